"""Typed results and breaches of the engine: milliseconds and lists inside, text only at the edge.

Rules, corrections and metrics work on these; topics, hashes, history and exports have rows, one value a column.
`row` and `from_row` are the one way from each to the other. Fields and columns stand in the same order, so that a
further column needs only its field here.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple, Self, cast
from urllib.parse import quote

import msgspec

from config.timestamps import from_rfc3339, offset_rfc3339, offset_seconds, rfc3339
from copc.service_level import Counts, Definition, Figure, service_level
from streams.columns import BREACH_COLUMNS, RESULT_COLUMNS

__all__ = [
    "LATE",
    "SILENT_CHECKS",
    "BreachRecord",
    "IntervalResult",
    "Row",
    "ServiceLevelCounts",
    "breach_id",
    "result_value",
    "seconds",
    "service_level_counts",
]

Row = dict[str, object]
"""One result or breach as it is published, by column."""

LATE: Final = "late "
"""The reason of a revision by a late record begins with it."""
SILENT_CHECKS: Final = frozenset(
    {
        "ok",
        "missing",
        "assumed_zero",
        "ambiguous_hour",
        "derived",
        "lost_track",
        "shared_agents",
        "attribution_mismatch",
    }
)
"""Values of `integrity` that are no failure of the feed: `missing` has its own rule, the others are by design."""


class ServiceLevelCounts(NamedTuple):
    """The two counts of an interval's service level, in the queue's own definition."""

    numerator: int
    """Contacts served in time."""
    denominator: int
    """Contacts that the service level is taken over; 0 in an interval without contacts."""
    trusted: bool
    """Whether no data check of the interval failed and the counts can be true together."""


class IntervalResult(msgspec.Struct):
    """One interval as the engine sees it. A field for each column of `streams.columns.RESULTS`, in that order.

    Columns of time are whole milliseconds (`wait_ms` for `wait_seconds`), joined columns are tuples, and the local
    time is the start's offset from UTC. None is "not reported".
    """

    program: str = ""
    queue: str = ""
    channel: str = ""
    interval_start_ms: int = 0
    utc_offset_seconds: int = 0
    """Offset of local time when the interval starts (column `interval_start_local`)."""
    interval_ms: int = 0
    revision: int = 0
    status: str = ""
    definition: Definition = "S1"
    threshold_ms: int | None = None
    parameters_version: str = ""
    offered: int | None = None
    answered: int | None = None
    answered_within: int | None = None
    abandoned: int | None = None
    abandoned_within: int | None = None
    short_abandoned: int | None = None
    overflowed: int | None = None
    waiting: int | None = None
    wait_ms: int | None = None
    handle_ms: int | None = None
    handled: int | None = None
    occupied_ms: int | None = None
    available_ms: int | None = None
    staffed_ms: int | None = None
    service_level: float | None = None
    abandon_rate: float | None = None
    asa_seconds: float | None = None
    aht_seconds: float | None = None
    occupancy: float | None = None
    plan_version: str | None = None
    forecast_offered: float | None = None
    forecast_aht_seconds: float | None = None
    scheduled_agents: float | None = None
    plan_required_agents: float | None = None
    required_agents: int | None = None
    staffed_agents: float | None = None
    net_staffing: float | None = None
    volume_variance: float | None = None
    aht_variance: float | None = None
    process_sigma: float | None = None
    effect_volume: float | None = None
    effect_aht: float | None = None
    effect_staffing: float | None = None
    effect_unexplained: float | None = None
    due: int | None = None
    done_in_time: int | None = None
    backlog: int | None = None
    overdue: int | None = None
    oldest_ms: int | None = None
    spec: str = "unknown"
    signal: str = "no_baseline"
    plan: tuple[str, ...] = ()
    """Verdicts on the plan; empty where there is a plan and nothing could be compared."""
    integrity: tuple[str, ...] = ()
    """Data checks that the interval failed, and notes that are no failure; empty: `ok`."""
    breaches: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    reason: str | None = None
    form: int | None = None
    previous_hash: str | None = None
    hash: str | None = None

    def row(self) -> Row:
        """The result as it is published, by column in the reference's order."""
        values = list(msgspec.structs.astuple(self))
        for place, text in _RESULT_TEXTS:
            values[place] = text(values[place])
        values[_LOCAL_PLACE] = self.interval_start_local
        return dict(zip(RESULT_COLUMNS, values, strict=True))

    @property
    def interval_start_local(self) -> str:
        """RFC 3339 with the site's offset."""
        return offset_rfc3339(self.interval_start_ms, self.utc_offset_seconds)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The result that a row holds; a missing column is empty."""
        given = _given(row, _RESULT_VALUES)
        local = row.get("interval_start_local")
        if local is not None:
            given["utc_offset_seconds"] = offset_seconds(local)
        return cls(**given)

    def failed_checks(self) -> list[str]:
        """The data checks that the interval failed, without those that are no failure of the feed."""
        return [check for check in self.integrity if check not in SILENT_CHECKS]

    def service_level_counts(self, *, overflow_counts: bool) -> ServiceLevelCounts | None:
        """Numerator and denominator of the service level.

        Args:
            overflow_counts: whether the queue's denominator includes overflowed contacts.

        Returns:
            None where a count that the definition needs is not reported or fails a check.
        """
        figure = _figure(_COUNTS_OF_RESULT(self), self.definition, overflow_counts)
        return _level_counts(figure, self.service_level, self.integrity)


class BreachRecord(msgspec.Struct):
    """One change of a breach. A field for each column of `streams.columns.BREACHES`, in that order."""

    breach_id: str
    sequence: int
    state: str
    item: str
    rule: str
    severity: str
    program: str | None
    queue: str | None
    scope: str
    interval_start_ms: int
    first_interval_start_ms: int
    observed: float | None = None
    expected: float | None = None
    limit: float | None = None
    unit: str = ""
    message: str = ""
    message_zh: str = ""
    causes: list[Mapping[str, object]] | None = None
    live: bool = False
    parameters_version: str = ""
    incident_id: str | None = None
    title: str | None = None
    title_zh: str | None = None
    worst_interval_start_ms: int | None = None
    worst_observed: float | None = None
    reason: str | None = None

    def row(self) -> Row:
        """The record as it is published, by column in the reference's order."""
        values = list(msgspec.structs.astuple(self))
        for place, text in _BREACH_TEXTS:
            values[place] = text(values[place])
        return dict(zip(BREACH_COLUMNS, values, strict=True))

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The record that a row holds."""
        return cls(**{"program": None, "queue": None} | _given(row, _BREACH_VALUES))


def breach_id(rule: str, owner: str, scope: str, first_ms: int) -> str:
    """The id of a breach: `service_level_below_range/sales/2026-03-02T08:30:00Z`, a scope before the instant.

    Characters that would make it ambiguous in a `;`-joined column or in a path are percent-encoded.

    Args:
        rule: of the breach.
        owner: its queue, or its program for a rule over programs.
        scope: what of it; empty: the whole.
        first_ms: the first interval.
    """
    return "/".join((rule, _plain(owner), *((_plain(scope),) if scope else ()), rfc3339(first_ms)))


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_.:@" else quote(c, safe="") for c in name)


def service_level_counts(row: Mapping[str, Any], *, overflow_counts: bool) -> ServiceLevelCounts | None:
    """`IntervalResult.service_level_counts` of a published row, without reading the rest of it."""
    figure = _figure(_COUNTS_OF_ROW(row), row["definition"], overflow_counts)
    return _level_counts(figure, row["service_level"], (row["integrity"] or "").split(";"))


def result_value(column: str) -> Callable[[IntervalResult], Any]:
    """A function that gives the value of one column of a result as its row has it, faster than the whole row.

    Raises:
        KeyError: there is no such column, or (`interval_start_local`) it takes more than one field.
    """
    edge = _RESULT_EDGES.get(column)
    if edge is None:
        if column not in IntervalResult.__struct_fields__:
            raise KeyError(column)
        return attrgetter(column)
    field, text = attrgetter(edge.field), edge.text
    return lambda result: text(field(result))


# --- the edge ---------------------------------------------------------------------------------------


class _Edge(NamedTuple):
    """A column whose field differs from its text."""

    field: str
    text: Callable[[Any], object]
    value: Callable[[Any], object]


def seconds(ms: int | None) -> float | int | None:
    """Milliseconds as seconds, whole where they are."""
    if ms is None:
        return None
    whole, part = divmod(ms, 1000)
    return ms / 1000 if part else whole


def _joined(parts: tuple[str, ...]) -> str | None:
    return ";".join(parts) or None


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split(";"))


def _instant(field: str) -> _Edge:
    return _Edge(field, rfc3339, from_rfc3339)


def _duration(field: str) -> _Edge:
    return _Edge(field, seconds, lambda value: round(value * 1000))


_RESULT_EDGES: Final = {
    "interval_start": _instant("interval_start_ms"),
    "interval_seconds": _duration("interval_ms"),
    "threshold_seconds": _duration("threshold_ms"),
    "wait_seconds": _duration("wait_ms"),
    "handle_seconds": _duration("handle_ms"),
    "occupied_seconds": _duration("occupied_ms"),
    "available_seconds": _duration("available_ms"),
    "staffed_seconds": _duration("staffed_ms"),
    "oldest_seconds": _duration("oldest_ms"),
    "plan": _Edge("plan", _joined, _parts),
    "integrity": _Edge(
        "integrity", lambda checks: ";".join(checks) or "ok", lambda text: () if text == "ok" else _parts(text)
    ),
    "breaches": _Edge("breaches", _joined, _parts),
    "sources": _Edge("sources", _joined, _parts),
}
"""Columns of results whose fields differ from their texts; `interval_start_local` is one more."""
_BREACH_EDGES: Final = {
    "interval_start": _instant("interval_start_ms"),
    "first_interval_start": _instant("first_interval_start_ms"),
    "worst_interval_start": _Edge(
        "worst_interval_start_ms", lambda ms: None if ms is None else rfc3339(ms), from_rfc3339
    ),
}
_LOCAL_PLACE: Final = RESULT_COLUMNS.index("interval_start_local")


def _texts(columns: tuple[str, ...], edges: Mapping[str, _Edge]) -> tuple[tuple[int, Callable[[Any], object]], ...]:
    """Places whose value in a row differs from the field's, each with the function that makes it."""
    return tuple((columns.index(column), edge.text) for column, edge in edges.items())


def _values(
    columns: tuple[str, ...], edges: Mapping[str, _Edge]
) -> tuple[tuple[str, str, Callable[[Any], object] | None], ...]:
    """Column, field, and the function that makes the field's value from the row's; None where they are the same."""
    return tuple(
        (column, edges[column].field, edges[column].value) if column in edges else (column, column, None)
        for column in columns
        if column != "interval_start_local"
    )


_RESULT_TEXTS: Final = _texts(RESULT_COLUMNS, _RESULT_EDGES)
_BREACH_TEXTS: Final = _texts(BREACH_COLUMNS, _BREACH_EDGES)
_RESULT_VALUES: Final = _values(RESULT_COLUMNS, _RESULT_EDGES)
_BREACH_VALUES: Final = _values(BREACH_COLUMNS, _BREACH_EDGES)


def _given(row: Mapping[str, Any], values: Iterable[tuple[str, str, Callable[[Any], object] | None]]) -> dict[str, Any]:
    """The fields that a row holds, by name."""
    given: dict[str, Any] = {}
    for column, field, value_of in values:
        value = row.get(column)
        if value is not None:
            given[field] = value if value_of is None else value_of(value)
    return given


# --- the service level's counts ---------------------------------------------------------------------

_COUNTS: Final = tuple(Counts.__dataclass_fields__)
_COUNTS_OF_RESULT: Final = cast("Callable[[IntervalResult], tuple[int | None, ...]]", attrgetter(*_COUNTS))
_COUNTS_OF_ROW: Final = cast("Callable[[Mapping[str, Any]], tuple[int | None, ...]]", itemgetter(*_COUNTS))


@lru_cache(maxsize=16_384)
def _figure(counts: tuple[int | None, ...], definition: Definition, overflow_counts: bool) -> Figure:
    """The service level of counts; a negative count fails its check, and is taken as not reported."""
    known = (None if count is None or count < 0 else count for count in counts)
    return service_level(Counts(*known), definition, overflow_counts=overflow_counts)


def _level_counts(figure: Figure, level: float | None, checks: Iterable[str]) -> ServiceLevelCounts | None:
    numerator, denominator, missing = figure
    if missing or (denominator and level is None):
        return None
    trusted = 0 <= numerator <= denominator and SILENT_CHECKS.issuperset(filter(None, checks))
    return ServiceLevelCounts(int(numerator), int(denominator), trusted)
