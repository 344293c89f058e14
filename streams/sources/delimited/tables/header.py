"""The header of delimited text: which lines it stands in, what is passed over before it, and how wide rows may be.

Exports begin with a title, a line `sep=;`, a header of two lines, or none at all; and some end every row, but not
the header, with a delimiter.
"""

import re
from typing import Final

from config.sources.layout import HeaderLayout
from streams.sources.delimited.tables.open_lines import ANY_WIDTH, End, OpenLines

__all__ = ["HeaderFinder", "Width", "joined_header", "separator"]

_SEPARATOR: Final = re.compile(r'\ufeff?"?sep=(.)"?[\r\n]*', re.IGNORECASE)


def separator(line: str) -> str | None:
    """The delimiter that a line `sep=;` sets; None where the line is none such."""
    match = _SEPARATOR.fullmatch(line)
    return match.group(1) if match else None


def joined_header(rows: list[list[str]]) -> list[str]:
    """The names of columns whose header stands in several rows: the texts of each column joined by a blank."""
    width = max(map(len, rows))
    padded = [[*(cell.strip() for cell in row), *[""] * (width - len(row))] for row in rows]
    return [" ".join(cell for cell in column if cell) for column in zip(*padded, strict=True)]


class HeaderFinder:
    """Takes lines up to the header.

    Args:
        layout: where it stands.
    """

    def __init__(self, layout: HeaderLayout) -> None:
        self._layout = layout
        self._line = 0
        """Lines taken."""
        self._found: list[list[str]] = []

    def take(self, lines: OpenLines, end: End) -> list[str] | None:
        """The trimmed cells of the header; None where more lines are needed.

        Args:
            lines: what is at hand; the header and what stands before it are taken from them.
            end: what follows the lines.
        """
        rows = self._layout.rows
        while lines:
            if rows and self._line + 1 < rows[len(self._found)]:
                lines.pass_over()
                self._line += 1
                continue
            row = lines.row(ANY_WIDTH, end)
            if row is None:
                return None
            self._line += 1
            if rows:
                self._found.append(row.cells)
                if len(self._found) == len(rows):
                    return joined_header(self._found)
            elif any(cell.strip() for cell in row.cells):
                return joined_header([row.cells])
        return None

    def count(self) -> None:
        """Count a line that was taken otherwise."""
        self._line += 1


class Width:
    """The number of cells that a row of a file has: the header's, or one more that is empty in every row."""

    def __init__(self, header: int) -> None:
        self._header = header
        self._narrow = False
        """Whether a row as wide as the header was seen: then one more cell is a fault."""
        self.trailing = False
        """Whether rows have an empty cell more than the header, as far as they were seen."""

    @property
    def cells(self) -> int:
        """Cells of a row, as far as rows were seen."""
        return self._header + self.trailing

    @property
    def possible(self) -> range:
        """The numbers of cells that the next row may have."""
        return range(self._header, self._header + (1 if self._narrow else 2))

    @property
    def header(self) -> int:
        """Cells of the header."""
        return self._header

    def fits(self, cells: list[str]) -> bool:
        """Whether a row has as many cells as it should."""
        if len(cells) == self._header:
            self.narrow()
            return True
        if len(cells) == self._header + 1 and not self._narrow and not cells[-1].strip():
            self.trailing = True
            return True
        return False

    def narrow(self) -> None:
        """A row as wide as the header was seen."""
        self._narrow, self.trailing = True, False
