"""The values of a workbook to the digits that a spreadsheet keeps, so that it still verifies when it was saved again.

LibreOffice writes 15 digits of a number, and a hash of the row needs all of them. So the sidecar of a workbook has two
hashes of its values beside the heads of the chains: of all digits, and of 15. A file that has the second alone was
saved again; one that has the first was not, and is checked by its chains.
"""

import hashlib
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Context
from typing import Any, Final

import msgspec

__all__ = ["Values", "ValuesHash"]

_KEPT: Final = Context(prec=15, rounding=ROUND_HALF_UP)
"""LibreOffice's own: it rounds the shortest text that reads back to the number (found so for 30,000 numbers)."""


class Values(msgspec.Struct, frozen=True):
    """The hashes of a workbook's values, SHA-256 in hexadecimal."""

    exact: str
    """With all digits."""
    kept: str
    """With those that a spreadsheet keeps."""

    def saved_again(self, found: "Values") -> bool:
        """Whether a file with the hashes `found` is this one as a spreadsheet saved it again."""
        return found.exact != self.exact and found.kept == self.kept


class ValuesHash:
    """The hashes of rows, filled row by row.

    Args:
        columns: in order; columns that the rows have besides are left out.
    """

    def __init__(self, columns: Iterable[str]) -> None:
        self._columns = tuple(columns)
        self._exact, self._kept = hashlib.sha256(), hashlib.sha256()

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take rows, in the order of the file."""
        encode = msgspec.json.encode
        for row in rows:
            values = [_number(row.get(column)) for column in self._columns]
            self._exact.update(encode(values))
            self._kept.update(encode([_cut(value) if isinstance(value, float) else value for value in values]))

    def values(self) -> Values:
        """The hashes of all rows so far."""
        return Values(self._exact.hexdigest(), self._kept.hexdigest())


def _number(value: Any) -> Any:  # noqa: ANN401 - a cell's own type
    """A cell of a sheet: each number is a double, and an empty text is no value."""
    return float(value) if type(value) is int else value if value != "" else None


def _cut(value: float) -> float:
    return float(_KEPT.create_decimal(repr(value)))
