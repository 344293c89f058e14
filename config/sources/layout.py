"""The layout of a file's text: how it writes numbers, and where its header stands.

Exports differ in both, and neither can be guessed from one cell: `16.200` is sixteen seconds or sixteen thousand.
"""

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final, TypeVar

from config.sources.expressions import Column
from config.sources.numbers import APOSTROPHES, PLAIN, SPACES, NumberStyle
from config.yaml import Node

__all__ = ["FIRST_LINE", "HeaderLayout", "read_header", "read_numbers", "styled"]

_SEPARATORS: Final = (".", ",", " ", "'", "")
_MOST_LINES: Final = 10_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class HeaderLayout:
    """The place of a file's header."""

    rows: tuple[int, ...] = ()
    """Its lines, from 1; the texts of several are joined by a blank. Empty: the first line that is not blank."""
    names: tuple[str, ...] = ()
    """Names of the columns of a file without a header."""

    @property
    def written(self) -> str:
        """The lines as the configuration has them."""
        return f"{{row: {self.rows[0]}}}" if len(self.rows) == 1 else f"{{rows: [{', '.join(map(str, self.rows))}]}}"


FIRST_LINE: Final = HeaderLayout()
"""The header is the first line that is not blank."""


def read_header(node: Node) -> HeaderLayout:
    """The layout that `header:` describes.

    Raises:
        UserError: no form or several, a line that is none, a name that stands twice.
    """
    entries = node.fields(("row", "rows", "columns"))
    if len(entries) != 1:
        raise node.wrong("one of row: 3, rows: [4, 5], columns: [names]")
    ((form, entry),) = entries.items()
    match form:
        case "row":
            return HeaderLayout((entry.integer(1, _MOST_LINES),))
        case "rows":
            rows = tuple(item.integer(1, _MOST_LINES) for item in entry.items("a list of lines, such as [4, 5]"))
            if not rows or list(rows) != sorted(set(rows)):
                raise entry.wrong("a list of lines from top to bottom, such as [4, 5]")
            return HeaderLayout(rows)
        case _:
            names = tuple(name.strip() for name in entry.texts("a list of names", blank=True))
            twice = [name for place, name in enumerate(names) if name and name in names[:place]]
            if twice:
                raise entry.fault(f"has {twice[0]!r} twice; give each column its own name")
            if not any(names):
                raise entry.wrong("a list of names")
            return HeaderLayout(names=names)


def read_numbers(decimal: Node | None, thousands: Node | None) -> NumberStyle:
    """The style that `decimal:` and `thousands:` of a source say.

    Raises:
        UserError: a mark that no number has, or the same one for both.
    """
    point = None if decimal is None else _mark(decimal, (".", ","))
    group = None if thousands is None else _mark(thousands, _SEPARATORS)
    if thousands is not None and group and group == (point or "."):
        other = "," if group == "." else "."
        raise thousands.fault(f"groups by the decimal point; set decimal: {other!r} as well, or another mark")
    return NumberStyle(point, group)


def _mark(node: Node, allowed: tuple[str, ...]) -> str:
    shown = " or ".join(f'"{mark}"' for mark in allowed)
    text = node.text(shown, blank=True)
    mark = " " if text in SPACES and text else "'" if text in APOSTROPHES and text else text
    if mark not in allowed:
        raise node.wrong(shown)
    return mark


def styled(expression: _T, style: NumberStyle) -> _T:
    """The same expression, whose columns' numbers are written in this style; constants stay plain."""
    if isinstance(expression, Column):
        return replace(expression, numbers=style)
    if isinstance(expression, tuple):
        return type(expression)(styled(part, style) for part in expression)
    if is_dataclass(expression) and not isinstance(expression, type) and style != PLAIN:
        parts: dict[str, Any] = {}
        for field in fields(expression):
            value = getattr(expression, field.name)
            if isinstance(value, tuple) or is_dataclass(value):
                parts[field.name] = styled(value, style)
        return replace(expression, **parts)
    return expression
