"""The column mapping of a source: which columns a record's field comes from, and how (contract section 4).

Each form of the grammar is one frozen structure below; `parse_columns` turns the YAML of `columns:` into
them and refuses what cannot mean anything: an unknown field, a format on a field that is no instant, a
field without which no record can be admitted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from types import MappingProxyType
from typing import Final

from config.source_values import Value
from config.yaml import nearest

__all__ = [
    "EPOCHS",
    "FIELDS",
    "MANDATORY",
    "Column",
    "Const",
    "Expression",
    "First",
    "Join",
    "Sum",
    "columns_of",
    "own_columns",
    "parse_columns",
]

EPOCHS: Final = ("epoch", "epoch_ms")
"""Formats of an instant that is a number: seconds, or milliseconds, since 1970-01-01T00:00Z."""

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "contact": {
        "contact_id": "text",
        "queue": "text",
        "offered_at": "instant",
        "outcome": "text",
        "exited_at": "instant",
        "wait_seconds": "seconds",
        "talk_seconds": "seconds",
        "hold_seconds": "seconds",
        "wrap_seconds": "seconds",
        "agent": "text",
        "team": "text",
        "shift": "text",
        "channel": "text",
        "updated_at": "instant",
    },
    "interval": {
        "program": "text",
        "queue": "text",
        "channel": "text",
        "interval_start": "instant",
        "interval_seconds": "seconds",
        "as_of": "instant",
        "offered": "count",
        "answered": "count",
        "answered_within": "count",
        "threshold_seconds": "seconds",
        "abandoned": "count",
        "abandoned_within": "count",
        "short_abandoned": "count",
        "overflowed": "count",
        "waiting": "count",
        "wait_seconds": "seconds",
        "talk_seconds": "seconds",
        "hold_seconds": "seconds",
        "wrap_seconds": "seconds",
        "handled": "count",
        "occupied_seconds": "seconds",
        "available_seconds": "seconds",
        "staffed_seconds": "seconds",
        "service_level_reported": "ratio",
        "source": "text",
    },
    "plan": {
        "plan_version": "text",
        "published_at": "instant",
        "queue": "text",
        "interval_start": "instant",
        "interval_seconds": "seconds",
        "forecast_offered": "number",
        "forecast_aht_seconds": "seconds",
        "required_agents": "number",
        "scheduled_agents": "number",
    },
    "agent_state": {
        "agent": "text",
        "team": "text",
        "shift": "text",
        "queues": "list",
        "state": "text",
        "handling_queue": "text",
        "reason": "text",
        "since": "instant",
        "sequence": "count",
    },
    "evaluation": {
        "evaluation_id": "text",
        "contact_id": "text",
        "queue": "text",
        "agent": "text",
        "team": "text",
        "shift": "text",
        "handled_at": "instant",
        "evaluated_at": "instant",
        "evaluator": "text",
        "selection": "text",
        "checks": "checks",
    },
}
"""Per record type its fields (contract section 2) and what each holds: text, instant, seconds, count (a whole number),
number, ratio (0-1), list (`;`-joined), checks (JSON)."""

MANDATORY: Final[Mapping[str, tuple[str, ...]]] = {
    "contact": ("contact_id", "queue", "offered_at"),
    "interval": ("queue", "interval_start"),
    "plan": ("plan_version", "published_at", "queue", "interval_start"),
    "agent_state": ("agent", "since", "state", "queues"),
    "evaluation": ("evaluation_id", "queue", "handled_at", "evaluated_at", "checks"),
}
"""Fields without which no record of the type can be admitted."""


@dataclass(frozen=True, slots=True)
class Column:
    """A cell, or several joined by a blank; empty if any of them is."""

    columns: tuple[str, ...]
    formats: tuple[str, ...] = ()
    """Of an instant: strptime formats, tried in turn, or one of `EPOCHS`; empty: RFC 3339, the offset optional."""
    after: str | None = None
    """The instant field that this one cannot be earlier than: then it is of the next day."""
    values: Mapping[str, str | None] | None = field(default=None, hash=False)
    """What the cell's text stands for; `*` for any other text, None for "not reported"."""
    empty: frozenset[str] = frozenset()
    """Cells that mean "not reported"."""
    multiply: Decimal | None = None
    duration: str | None = None
    """Layout of a duration, such as h:mm:ss; None: a number of seconds."""
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of several cells; empty if any of them is."""

    parts: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Const:
    """The same text for every row."""

    text: str


@dataclass(frozen=True, slots=True)
class Join:
    """Several cells joined by `separator`; empty if any of them is."""

    columns: tuple[str, ...]
    separator: str
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class First:
    """The first of several that is not empty."""

    options: "tuple[Expression, ...]"


Expression = Column | Sum | Const | Join | First

_FORMS: Final = ("column", "columns", "sum", "const", "first", "join")
_KEYS: Final = {
    "column": ("column", "format", "also", "after", "values", "empty", "multiply", "duration", "percent"),
    "columns": ("columns", "format", "also", "after", "values", "empty", "multiply", "duration", "percent"),
    "sum": ("sum", "empty", "multiply", "duration"),
    "const": ("const",),
    "first": ("first", "after", "empty"),
    "join": ("join", "with", "empty"),
}
_KINDS: Final = {
    "format": ("instant",),
    "also": ("instant",),
    "after": ("instant",),
    "values": ("text", "seconds", "count", "number", "ratio", "list"),
    "multiply": ("seconds", "count", "number", "ratio"),
    "duration": ("seconds",),
    "percent": ("ratio",),
    "sum": ("seconds", "count", "number"),
    "join": ("text",),
}
"""Which kinds of field a key can be used on; keys that are not here serve any."""
_NUMERIC: Final = ("seconds", "count", "number", "ratio")


def own_columns(record: str, empty: frozenset[str]) -> Mapping[str, Expression]:
    """The mapping of a file that has the contract's own columns, by name."""
    return MappingProxyType({name: Column((name,), empty=empty) for name in FIELDS[record]})


def columns_of(expression: Expression) -> Iterator[str]:
    """The file's columns that `expression` reads."""
    match expression:
        case Column(columns=columns) | Join(columns=columns):
            yield from columns
        case Sum(parts=inner) | First(options=inner):
            for one in inner:
                yield from columns_of(one)
        case Const():
            return


def parse_columns(value: Value, record: str, empty: frozenset[str]) -> Mapping[str, Expression]:
    """The mapping that `columns:` describes for records of type `record`.

    Args:
        value: the YAML of `columns:`.
        record: contact, interval, plan, agent_state or evaluation.
        empty: cells that mean "not reported" in every column of the source.

    Raises:
        UserError: an unknown field or key, a form that the field cannot have, a mandatory field that is not mapped.
    """
    kinds = FIELDS[record]
    fields = value.fields(kinds, f"field of a record of type {record}:")
    columns = {name: _parse(entry, kinds[name], empty) for name, entry in fields.items()}
    missing = [name for name in MANDATORY[record] if name not in columns]
    if missing:
        raise value.fault(
            f"no column for {', '.join(missing)}; a record of type {record} needs {', '.join(MANDATORY[record])}"
        )
    if record == "contact":
        left = [name for name in ("exited_at", "wait_seconds") if name in columns]
        if left and "outcome" not in columns:
            raise value.fault(f"{left[0]} is mapped and outcome is not; say how a contact left: map outcome")
        if "outcome" in columns and not left:
            raise value.fault("outcome is mapped, but neither exited_at nor wait_seconds; map one of them")
    _check_after(value, columns, kinds)
    return MappingProxyType(columns)


def _parse(value: Value, kind: str, empty: frozenset[str]) -> Expression:
    if isinstance(value.raw, str):
        return Column((value.text("the name of a column"),), empty=empty)
    form = _form(value)
    entries = value.fields(_KEYS[form])
    for key, entry in entries.items():
        if key in _KINDS and kind not in _KINDS[key]:
            raise entry.fault(f"{key!r} cannot be used here: this field holds {_a(kind)}, and it serves {_these(key)}")
    if "empty" in entries:
        empty |= frozenset(cell.strip() for cell in entries["empty"].texts("a list of cells", blank=True))
    match form:
        case "const":
            return _const(entries["const"], kind)
        case "first":
            return _first(entries, kind, empty)
        case "join":
            separator = entries["with"].text("text", blank=True) if "with" in entries else ""
            return Join(entries["join"].texts("a list of columns"), separator, empty)
        case "sum":
            shared = _modified(Column((), empty=empty), entries)
            return Sum(tuple(replace(shared, columns=(name,)) for name in entries["sum"].texts("a list of columns")))
        case _:
            names = entries[form].texts("a list of columns") if form == "columns" else (_one(entries[form]),)
            if len(names) > 1 and kind in _NUMERIC:
                raise entries[form].fault("several columns make no number; use sum, or one column")
            return _modified(Column(names, empty=empty), entries)


def _form(value: Value) -> str:
    """Which of the forms a mapping is."""
    allowed = f"the name of a column, or a mapping with one of {', '.join(_FORMS)}"
    entries = value.entries(allowed)
    forms = [form for form in _FORMS if form in entries]
    if len(forms) > 1:
        raise value.fault(f"found {' and '.join(forms)} together; allowed: one of {', '.join(_FORMS)}")
    if not forms:
        known = {key for keys in _KEYS.values() for key in keys}
        strange = [f"; unknown key {key!r}{nearest(key, known)}" for key in entries if key not in known]
        raise value.fault(f"says no column{''.join(strange[:1])}; allowed: {allowed}")
    return forms[0]


def _first(entries: Mapping[str, Value], kind: str, empty: frozenset[str]) -> First:
    options = tuple(_parse(item, kind, empty) for item in entries["first"].items("a list of mappings"))
    if "after" not in entries:
        return First(options)
    after = entries["after"].text("the name of an instant field")
    return First(
        tuple(
            replace(option, after=after) if isinstance(option, Column) and option.after is None else option
            for option in options
        )
    )


def _one(value: Value) -> str:
    if isinstance(value.raw, list | tuple):
        raise value.wrong("the name of one column; for several use columns")
    return value.text("the name of a column")


def _a(kind: str) -> str:
    return {
        "instant": "an instant",
        "seconds": "seconds",
        "count": "a whole number",
        "number": "a number",
        "ratio": "a ratio",
        "list": "a list",
        "checks": "checks (JSON)",
    }.get(kind, "text")


def _these(key: str) -> str:
    return " or ".join(_a(kind) for kind in _KINDS[key])


def _const(value: Value, kind: str) -> Const:
    if isinstance(value.raw, int | float) and not isinstance(value.raw, bool) and kind in _NUMERIC:
        return Const(str(value.raw))
    return Const(value.text("text, or a number where the field holds one").strip())


def _modified(column: Column, entries: Mapping[str, Value]) -> Column:
    formats = _formats(entries)
    if "duration" in entries and "multiply" in entries:
        raise entries["multiply"].fault("found duration and multiply together; a duration is in seconds already")
    values: dict[str, str | None] | None = None
    if "values" in entries:
        for key in ("format", "duration"):
            if key in entries:
                raise entries[key].fault(f"found {key} and values together; use one of them")
        values = {}
        for cell, entry in entries["values"].entries("a mapping of cells to what they stand for").items():
            raw = entry.raw
            number = isinstance(raw, int | float) and not isinstance(raw, bool)
            values[cell.strip()] = None if raw is None else str(raw) if number else entry.text("text, or a number")
        if not values:
            raise entries["values"].wrong("a mapping of cells to what they stand for")
    return replace(
        column,
        formats=formats,
        after=entries["after"].text("the name of an instant field") if "after" in entries else None,
        values=None if values is None else MappingProxyType(values),
        multiply=Decimal(str(entries["multiply"].number(-1e9, 1e9))) if "multiply" in entries else None,
        duration=_duration(entries["duration"]) if "duration" in entries else None,
        percent=entries["percent"].yes() if "percent" in entries else False,
    )


def _formats(entries: Mapping[str, Value]) -> tuple[str, ...]:
    if "format" not in entries:
        if "also" in entries:
            raise entries["also"].fault("names further formats, and there is no format; use format for the first")
        return ()
    formats = []
    for key in ("format", "also"):
        if key in entries:
            for text in entries[key].texts("a strptime format such as %Y-%m-%d %H:%M, epoch or epoch_ms"):
                if text not in EPOCHS:
                    _check_format(entries[key], text)
                formats.append(text)
    return tuple(formats)


def _check_format(value: Value, text: str) -> None:
    """A format must give a whole date, which a moment written in it and read again shows."""
    allowed = "a strptime format such as %Y-%m-%d %H:%M, epoch or epoch_ms"
    shown = f"found the text {text!r}"
    if "%" not in text:
        raise value.fault(f"{shown}{nearest(text, EPOCHS)}; allowed: {allowed}")
    if "%Z" in text:
        raise value.fault(f"{shown}, and a zone's short name is no offset; use %z, or write it out and set timezone")
    sample = datetime(2023, 11, 25, 13, 0, tzinfo=UTC)
    try:
        read = datetime.strptime(sample.strftime(text), text)  # noqa: DTZ007 - only its date is looked at
    except (ValueError, re.error):
        raise value.fault(f"{shown}, which strptime cannot read; allowed: {allowed}") from None
    if read.date() != sample.date():
        raise value.fault(f"{shown}, which gives no whole date; allowed: {allowed}, with year, month and day")


def _duration(value: Value) -> str:
    layout = value.text("a layout such as h:mm:ss").lower()
    units = [letter for letter, _ in groupby(layout) if letter.isalnum()]
    if not units or units != [unit for unit in "dhms" if unit in units]:
        raise value.wrong("a layout of d, h, m and s in this order, such as h:mm:ss, mm:ss or d.hh:mm:ss")
    return layout


def _check_after(value: Value, columns: Mapping[str, Expression], kinds: Mapping[str, str]) -> None:
    """Every `after` names a mapped instant, and following them comes to an end."""
    for name in columns:
        seen = [name]
        pending = [name]
        while pending:
            for target in _afters(columns[pending.pop()]):
                where = f"{name}: after: {target}"
                if kinds.get(target) != "instant" or target not in columns:
                    instants = [field for field in columns if kinds[field] == "instant" and field != name]
                    raise value.fault(f"{where} is no instant that is mapped here; allowed: {', '.join(instants)}")
                if target == name:
                    raise value.fault(f"{where} leads back to itself; name an instant that stands by itself")
                if target not in seen:
                    seen.append(target)
                    pending.append(target)


def _afters(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Column) and expression.after is not None:
        yield expression.after
    elif isinstance(expression, First):
        for option in expression.options:
            yield from _afters(option)
