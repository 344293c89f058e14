"""Rows as a DataFrame: the type of each column by its kind.

Counts and figures are nullable (`Int64`, `Float64`), as missing is not zero; instants are aware, in one zone for the
whole frame, so that they can be compared; local times of queues are the readings of their own clocks, without a zone.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from config.rules import SEVERITIES
from streams.columns import Column, Kind

__all__ = ["frame"]

_CATEGORIES: Final = frozenset(
    {
        "program",
        "queue",
        "channel",
        "status",
        "definition",
        "parameters_version",
        "plan_version",
        "spec",
        "signal",
        "item",
        "rule",
        "unit",
        "controllable",
        "kind",
        "group",
        "period",
        "selection",
        "team",
        "shift",
    }
)
"""Columns of texts that have few values."""
_LOCAL: Final = "_local"
"""The end of the names of columns with the local time of a queue or group."""

Values = list[Any]


def frame(rows: Iterable[Sequence[Mapping[str, Any]]], columns: Sequence[Column], timezone: str) -> pd.DataFrame:
    """The rows as a frame; without rows the columns have their types all the same.

    Args:
        rows: in batches, by column.
        columns: the frame's, in order.
        timezone: IANA name of the zone that instants are shown in.
    """
    values: dict[str, Values] = {column.name: [] for column in columns}
    for batch in rows:
        for name, held in values.items():
            held.extend(row[name] for row in batch)
    return pd.DataFrame({column.name: _typed(column, values.pop(column.name), timezone) for column in columns})


def _typed(column: Column, values: Values, timezone: str) -> Any:  # noqa: ANN401 - an array of any type of pandas
    if column.name == "severity":
        return pd.Categorical(values, categories=list(SEVERITIES), ordered=True)
    if column.name in _CATEGORIES:
        return pd.Categorical(values, categories=sorted({value for value in values if value is not None}))
    if column.name.endswith(_LOCAL):
        return pd.Series(list(map(_clock_reading, values)), dtype="datetime64[ms]")
    if column.kind == "instant":
        instants = pd.to_datetime(pd.Series(values, dtype="object"), utc=True, format="ISO8601")
        return instants.dt.tz_convert(timezone).dt.as_unit("ms")
    return _ARRAYS[column.kind](values)


def _clock_reading(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text).replace(tzinfo=None)


_ARRAYS: Final[Mapping[Kind, Callable[[Values], Any]]] = {
    "text": lambda values: pd.array(values, dtype="string"),
    "integer": lambda values: pd.array(values, dtype="Int64"),
    "number": lambda values: pd.array(values, dtype="Float64"),
    "boolean": lambda values: pd.array(values, dtype="boolean"),
    "json": lambda values: pd.Series(values, dtype="object"),
}
