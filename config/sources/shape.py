"""Steps that a file's rows go through before they are mapped: `fill` and `wide`.

Reports for people leave out what stands above, and put intervals side by side. A mapping knows rows only.
"""

import re
from dataclasses import dataclass

from config.yaml import Node

__all__ = ["Shape", "Wide", "read_shape"]


@dataclass(frozen=True, slots=True)
class Wide:
    """Columns that become rows."""

    headings: "re.Pattern[str]"
    """A heading that it matches in whole makes a row; its named groups are columns."""
    heading: str
    """Name of the column with the heading."""
    value: str
    """Name of the column with the cell."""
    spread: str | None
    """The column, or named group, with the kind of figure: each kind becomes a column."""
    join: bool
    """Whether equal neighbours are one row, with its `end`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The steps, in their order: fill, then wide."""

    fill: tuple[str, ...]
    wide: Wide | None


def read_shape(fill: Node | None, wide: Node | None) -> Shape | None:
    """The shape that `fill:` and `wide:` of a source describe; None: rows are taken as they are.

    Raises:
        UserError: a key without a meaning, an expression that is none.
    """
    columns = () if fill is None else tuple(name.strip() for name in fill.texts("a list of columns"))
    given = None if wide is None else _wide(wide)
    return Shape(columns, given) if columns or given is not None else None


def _wide(node: Node) -> Wide:
    entries = node.fields(("columns", "as", "value", "spread", "join"))
    if "columns" not in entries:
        raise node.fault('says no columns; add columns: a regular expression such as "[0-9]{2}:[0-9]{2}"')
    text = entries["columns"].text('a regular expression such as "[0-9]{2}:[0-9]{2}"')
    try:
        headings = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise entries["columns"].fault(f"found {text!r}, which is no regular expression: {error}") from None
    heading = entries["as"].text("the name of a column") if "as" in entries else "heading"
    value = entries["value"].text("the name of a column") if "value" in entries else "value"
    made = [heading, value, *headings.groupindex]
    twice = [name for place, name in enumerate(made) if name in made[:place]]
    if twice:
        raise node.fault(f"makes the column {twice[0]!r} twice; give each column its own name")
    join = "join" in entries and bool(entries["join"].choice(("adjacent",)))
    if join and "spread" in entries:
        raise entries["join"].fault("found join and spread together; use one of them")
    spread = entries["spread"].text("the name of a column or group") if "spread" in entries else None
    return Wide(headings, heading, value, spread, join)
