"""The column mapping of a source: the YAML of `columns:` into expressions.

A mapping without a meaning is refused here: it has an unknown field, a format on a field that is no instant, or lacks
a field without which no record can be admitted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from types import MappingProxyType
from typing import Final, NamedTuple

from config.sources.checks import is_sheet, read_sheet
from config.sources.expressions import (
    EPOCHS,
    Column,
    Const,
    Difference,
    Expression,
    First,
    Join,
    Product,
    Share,
    Sum,
)
from config.sources.fields import KINDS, RecordField, mandatory
from config.yaml import Node, nearest

__all__ = ["FORMS", "MODIFIERS", "Form", "Modifier", "read_columns"]


class Form(NamedTuple):
    """One form of an entry of `columns:`, which says where a field comes from."""

    written: str
    gives: str
    keys: tuple[str, ...]
    """Keys that may stand beside it."""
    kinds: tuple[str, ...] = tuple(KINDS)
    """Kinds of fields that it serves."""


class Modifier(NamedTuple):
    """One key beside a form."""

    meaning: str
    kinds: tuple[str, ...] = tuple(KINDS)
    """Kinds of fields that it serves."""


_NUMERIC: Final = ("seconds", "count", "number", "ratio")
_SUMMED: Final = ("seconds", "count", "number")
_OF_CELLS: Final = (
    "format",
    "also",
    "range",
    "plus",
    "timezone",
    "after",
    "values",
    "empty",
    "multiply",
    "duration",
    "percent",
)

FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "column": Form("`{column: NAME}`, or just `NAME`", "one column", _OF_CELLS),
        "columns": Form("`{columns: [DATE, TIME]}`", "several, joined by a blank; empty if any is empty", _OF_CELLS),
        "sum": Form(
            "`{sum: [ANSWERED, ABANDONED]}`",
            "a sum of columns; empty if any part is empty",
            ("empty", "multiply", "duration"),
            _SUMMED,
        ),
        "difference": Form(
            "`{difference: [OFFERED, ANSWERED]}`",
            "the first less the others, each a column or a mapping; empty if any part is empty",
            ("empty",),
            _SUMMED,
        ),
        "product": Form(
            "`{product: [AVG_WAIT, ANSWERED]}`",
            "an average times its count, each a column or a mapping; `integrity` says `derived`",
            ("empty",),
            _SUMMED,
        ),
        "share": Form(
            "`{share: SL_PCT, of: ANSWERED}`",
            "a percentage of a count in whole contacts, each a column or a mapping (a ratio: `percent: false`); "
            "`integrity` says `derived`",
            ("of", "empty"),
            ("count",),
        ),
        "const": Form("`{const: 1}`", "the same value for every row", ()),
        "first": Form(
            "`{first: [{column: A}, {column: B}]}`", "the first of several that is not empty", ("after", "empty")
        ),
        "join": Form(
            '`{join: [LINE, CALL_ID], with: "-"}`', "texts joined; empty if any is empty", ("with", "empty"), ("text",)
        ),
    }
)
"""The forms of a column mapping."""

MODIFIERS: Final[Mapping[str, Modifier]] = MappingProxyType(
    {
        "format": Modifier(
            "a strptime format, `epoch` or `epoch_ms`; without it RFC 3339, the offset optional", ("instant",)
        ),
        "also": Modifier("further formats, tried in turn", ("instant",)),
        "after": Modifier(
            "an instant field; a clock more than 12 hours earlier is of the next day, a clock that is less earlier is "
            "none that agrees with it (`clock_skew_seconds`)",
            ("instant",),
        ),
        "range": Modifier('`"-"`: of 08:00-08:30 the start; AM or PM may stand at the end alone', ("instant",)),
        "plus": Modifier("a column of seconds that are added", ("instant",)),
        "timezone": Modifier("`{column: TZ}`: the row's own time zone, an IANA name", ("instant",)),
        "values": Modifier(
            "what a cell stands for; `*` any other text, null: not reported", ("text", *_NUMERIC, "list")
        ),
        "multiply": Modifier("a factor: minutes x 60", _NUMERIC),
        "duration": Modifier('a layout such as `h:mm:ss`; a leading part may be lacking (":22" is 22 s)', ("seconds",)),
        "percent": Modifier('"94.01%" or 94.01', ("ratio",)),
        "empty": Modifier('cells that mean "not reported" here'),
        "of": Modifier("the count that `share` is a share of", ("count",)),
        "with": Modifier("the text between the parts of `join`"),
    }
)
"""The keys beside a form."""


def read_columns(
    node: Node, record: str, fields: Mapping[str, RecordField], empty: frozenset[str]
) -> Mapping[str, Expression]:
    """The mapping that `columns:` describes for records of type `record`.

    Args:
        node: the value of `columns:`.
        record: the record's type, as messages call it.
        fields: its fields by name.
        empty: cells that mean "not reported" in every column of the source.

    Raises:
        UserError: an unknown field or key, a form that the field cannot have, a mandatory field that is not mapped.
    """
    kinds = {name: field.kind for name, field in fields.items()}
    columns: dict[str, Expression] = {
        name: read_sheet(entry) if kinds[name] == "checks" and is_sheet(entry) else _read(entry, kinds[name], empty)
        for name, entry in node.fields(fields, kind=f"field of a record of type {record}:").items()
    }
    needed = mandatory(fields)
    missing = [name for name in needed if name not in columns]
    if missing:
        raise node.fault(f"no column for {', '.join(missing)}; a record of type {record} needs {', '.join(needed)}")
    if record == "contact":
        _check_departure(node, columns)
    _check_after(node, columns, kinds)
    return MappingProxyType(columns)


def _check_departure(node: Node, columns: Mapping[str, Expression]) -> None:
    left = [name for name in ("exited_at", "wait_seconds") if name in columns]
    if left and "outcome" not in columns:
        raise node.fault(f"{left[0]} is mapped and outcome is not; say how a contact left: map outcome")
    if "outcome" in columns and not left:
        raise node.fault("outcome is mapped, but neither exited_at nor wait_seconds; map one of them")


def _read(  # noqa: C901, PLR0911 - one return for each form
    node: Node, kind: str, empty: frozenset[str]
) -> Expression:
    if isinstance(node.value, str):
        return Column((node.text("the name of a column"),), empty=empty)
    form = _form(node)
    entries = node.fields((form, *FORMS[form].keys))
    for key, entry in entries.items():
        serves = FORMS[key].kinds if key in FORMS else MODIFIERS[key].kinds
        if kind not in serves:
            those = " or ".join(KINDS[one] for one in serves)
            raise entry.fault(f"{key!r} cannot be used here: this field holds {KINDS[kind]}, and it serves {those}")
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
        case "difference" | "product" | "share":
            return _computed(form, node, entries, kind, empty)
        case "sum":
            shared = _modified(Column((), empty=empty), entries)
            return Sum(tuple(replace(shared, columns=(name,)) for name in entries["sum"].texts("a list of columns")))
        case _:
            names = entries[form].texts("a list of columns") if form == "columns" else (_one(entries[form]),)
            if len(names) > 1 and kind in _NUMERIC:
                raise entries[form].fault("several columns make no number; use sum, or one column")
            return _modified(Column(names, empty=empty), entries)


def _computed(
    form: str, node: Node, entries: Mapping[str, Node], kind: str, empty: frozenset[str]
) -> Difference | Product | Share:
    """A form whose parts are columns or mappings themselves."""
    if form == "difference":
        return Difference(tuple(_read(item, kind, empty) for item in _several(entries[form])))
    if form == "product":
        return Product(tuple(_read(item, _operand(item), empty) for item in _several(entries[form])))
    if "of" not in entries:
        raise node.fault("says share and no of; add of: the count that it is a share of")
    return Share(_percentage(entries[form], empty), _read(entries["of"], kind, empty))


def _several(node: Node) -> list[Node]:
    items = list(node.items("a list of two or more, each a column or a mapping"))
    if len(items) < 2:
        raise node.wrong("a list of two or more, each a column or a mapping")
    return items


def _operand(node: Node) -> str:
    """The kind of an operand of a product: a count where it is a share of one, seconds where it is laid out as such."""
    if isinstance(node.value, dict) and "share" in node.value:
        return "count"

    def laid_out(value: object) -> bool:
        if isinstance(value, dict):
            return "duration" in value or any(map(laid_out, value.values()))
        return isinstance(value, list) and any(map(laid_out, value))

    return "seconds" if laid_out(node.value) else "number"


def _percentage(node: Node, empty: frozenset[str]) -> Expression:
    """A share, in per cent unless it says `percent: false`."""
    share = _read(node, "ratio", empty)
    said = isinstance(node.value, dict) and "percent" in node.value
    return replace(share, percent=True) if isinstance(share, Column) and not said else share


def _form(node: Node) -> str:
    """The form of a mapping."""
    allowed = f"the name of a column, or a mapping with one of {', '.join(FORMS)}"
    entries = node.entries(allowed)
    forms = [form for form in FORMS if form in entries]
    if len(forms) > 1:
        raise node.fault(f"found {' and '.join(forms)} together; allowed: one of {', '.join(FORMS)}")
    if not forms:
        known = {*FORMS, *MODIFIERS}
        strange = [f"; unknown key {key!r}{nearest(key, known)}" for key in entries if key not in known]
        raise node.fault(f"says no column{''.join(strange[:1])}; allowed: {allowed}")
    return forms[0]


def _first(entries: Mapping[str, Node], kind: str, empty: frozenset[str]) -> First:
    options = tuple(_read(item, kind, empty) for item in entries["first"].items("a list of mappings"))
    if not options:
        raise entries["first"].wrong("a list of mappings")
    if "after" not in entries:
        return First(options)
    after = entries["after"].text("the name of an instant field")
    return First(
        tuple(
            replace(option, after=after) if isinstance(option, Column) and option.after is None else option
            for option in options
        )
    )


def _one(node: Node) -> str:
    if isinstance(node.value, list):
        raise node.wrong("the name of one column; for several use columns")
    return node.text("the name of a column")


def _const(node: Node, kind: str) -> Const:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool) and kind in _NUMERIC:
        return Const(str(node.value))
    return Const(node.text("text, or a number where the field holds one").strip())


def _modified(column: Column, entries: Mapping[str, Node]) -> Column:
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
            raw = entry.value
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
        percent=entries["percent"].boolean() if "percent" in entries else False,
        span=entries["range"].text('the text between start and end, such as "-"') if "range" in entries else None,
        plus=entries["plus"].text("the name of a column of seconds") if "plus" in entries else None,
        zone=_zone(entries["timezone"]) if "timezone" in entries else None,
    )


def _zone(node: Node) -> str:
    entries = node.fields(("column",))
    if "column" not in entries:
        raise node.wrong("{column: TZ}, the column of the rows' zones; one zone for all stands at the source")
    return entries["column"].text("the name of a column")


def _formats(entries: Mapping[str, Node]) -> tuple[str, ...]:
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


def _check_format(node: Node, text: str) -> None:
    """Refuse a format that does not give a whole date, by writing a moment in it and reading it again."""
    allowed = "a strptime format such as %Y-%m-%d %H:%M, epoch or epoch_ms"
    shown = f"found the text {text!r}"
    if "%" not in text:
        raise node.fault(f"{shown}{nearest(text, EPOCHS)}; allowed: {allowed}")
    if "%Z" in text:
        raise node.fault(f"{shown}, and a zone's short name is no offset; use %z, or write it out and set timezone")
    sample = datetime(2023, 11, 25, 13, 0, tzinfo=UTC)
    try:
        read = datetime.strptime(sample.strftime(text), text)  # noqa: DTZ007 - only its date is looked at
    except (ValueError, re.error):
        raise node.fault(f"{shown}, which strptime cannot read; allowed: {allowed}") from None
    if read.date() != sample.date():
        raise node.fault(f"{shown}, which gives no whole date; allowed: {allowed}, with year, month and day")


def _duration(node: Node) -> str:
    layout = node.text("a layout such as h:mm:ss").lower()
    units = [letter for letter, _ in groupby(layout) if letter.isalnum()]
    if not units or units != [unit for unit in "dhms" if unit in units]:
        raise node.wrong("a layout of d, h, m and s in this order, such as h:mm:ss, mm:ss or d.hh:mm:ss")
    return layout


def _check_after(node: Node, columns: Mapping[str, Expression], kinds: Mapping[str, str]) -> None:
    """Refuse an `after` that names no mapped instant, and a circle of them."""
    for name in columns:
        seen = [name]
        pending = [name]
        while pending:
            for target in _afters(columns[pending.pop()]):
                where = f"{name}: after: {target}"
                if kinds.get(target) != "instant" or target not in columns:
                    instants = [field for field in columns if kinds[field] == "instant" and field != name]
                    raise node.fault(f"{where} is no instant that is mapped here; allowed: {', '.join(instants)}")
                if target == name:
                    raise node.fault(f"{where} leads back to itself; name an instant that stands by itself")
                if target not in seen:
                    seen.append(target)
                    pending.append(target)


def _afters(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Column) and expression.after is not None:
        yield expression.after
    elif isinstance(expression, First):
        for option in expression.options:
            yield from _afters(option)
