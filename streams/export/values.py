"""Values as texts of cells, and back: the four formats must carry equal values.

A file that cannot be read back to the very values it was written from could not be verified; and a cell
that a spreadsheet takes for a formula could run something on an auditor's machine. Both are settled here,
once for every format.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

import msgspec

from streams.columns import BREACHES, DEAD_LETTERS, EVALUATIONS, JOURNAL, RESULTS, Kind
from streams.groups import GROUPS
from streams.history.chain import plain
from streams.history.incidents.columns import INCIDENTS
from streams.projected import PROJECTIONS

__all__ = ["COLUMNS", "WHAT", "What", "json_text", "neutral", "number_text", "original", "parse_cell"]

What = Literal["intervals", "breaches", "incidents", "dead-letters", "evaluations", "journal", "projections", "groups"]

WHAT: Final[tuple[What, ...]] = get_args(What)

COLUMNS: Final[Mapping[What, Mapping[str, Kind]]] = {
    "intervals": {column.name: column.kind for column in RESULTS},
    "breaches": {column.name: column.kind for column in BREACHES},
    "incidents": {column.name: column.kind for column in INCIDENTS},
    "dead-letters": {column.name: column.kind for column in DEAD_LETTERS},
    "evaluations": {column.name: column.kind for column in EVALUATIONS},
    "journal": {column.name: column.kind for column in JOURNAL},
    "projections": {column.name: column.kind for column in PROJECTIONS},
    "groups": {column.name: column.kind for column in GROUPS},
}
"""Tables that can be exported: their columns in the reference's order, with the kind of each."""

_TRIGGER: Final = re.compile(r"'*[=+\-@\t\r]")


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula: `'` before one that starts with `= + - @`, tab or return.

    A text that begins with such a prefix already gets one more, so that `original` always undoes it.
    """
    return "'" + text if _TRIGGER.match(text) else text


def original(text: str) -> str:
    """The text that `neutral` was given."""
    return text[1:] if text.startswith("'") and _TRIGGER.match(text) else text


def number_text(number: float) -> str:
    """The shortest text that reads back to the same number, a whole number without a point: 120, 0.8125."""
    return repr(plain(number)) if isinstance(number, float) else str(number)


def json_text(value: object) -> str:
    """Compact JSON for a cell."""
    return msgspec.json.encode(value).decode()


def parse_cell(text: str, kind: Kind) -> Any:  # noqa: ANN401 - a cell's own type
    """The value of a CSV cell; an empty cell is None.

    Raises:
        ValueError: the cell does not hold what its column does.
    """
    if text == "":
        return None
    if kind == "integer":
        return int(text)
    if kind == "number":
        return float(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind == "json":
        return msgspec.json.decode(text)
    return text if kind == "instant" else original(text)
