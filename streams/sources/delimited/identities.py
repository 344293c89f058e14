"""Identities that a spreadsheet has rounded: `1.23457E+15` is no longer the id that the system wrote.

Two records of such an id are taken for copies of one, and one of them is lost without a word. So they are refused.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import pyarrow.compute as pc

from streams.sources.blocks import Cells
from streams.sources.cell_types import SHEET_1900, SHEET_1904
from streams.sources.delimited.derived import ValueReader, Values

__all__ = ["IDENTITIES", "unrounded"]

IDENTITIES: Final = ("contact_id", "evaluation_id")
"""Fields that tell records apart. Their texts hardly repeat: looking for repetition costs more than it gives."""
_ROUNDED: Final = rf"^[\s\x1c-\x1f]*[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{{2,3}}\s*$|^[{SHEET_1900}{SHEET_1904}][0-9]{{16,}}$"
"""A text with an exponent, or a number of a workbook that may be beyond those it holds exactly."""
_EXACT: Final = 1 << 53
"""The last whole number up to which a workbook holds each."""


def unrounded(read: ValueReader, columns: Iterable[str]) -> ValueReader:
    """The reader of an identity that refuses rows in which one of its cells was rounded."""
    names = tuple(columns)

    def checked(cells: Cells) -> Values:
        values = read(cells)
        for name in names:
            column = cells.column(name)
            for row in np.flatnonzero(pc.match_substring_regex(column.array, _ROUNDED)).tolist():
                found = column.text(row)
                if values.values[row] is not None and not (found.isdecimal() and int(found) <= _EXACT):
                    values.faults[row] = (
                        f"column {name} has {found[:80]!r}, which a spreadsheet has rounded, and other ids look the "
                        "same then; export it as text"
                    )
                    values.values[row] = None
        return values

    return checked
