"""The types that cells of workbooks and values of JSON bring along, as a mark before the cell's text.

A number that is a number in its file has one reading, and a real date needs no format. The mark is a control character
that trimming takes away: whoever wants the text gets the text, and who asks for the type finds it.
"""

from typing import Final

__all__ = ["ERROR", "JSON_NUMBER", "MARKS", "SHEET_1900", "SHEET_1904", "mark_of"]

ERROR: Final = "\x1c"
"""A cell whose formula failed."""
JSON_NUMBER: Final = "\x1d"
"""A number of JSON."""
SHEET_1904: Final = "\x1e"
"""As `SHEET_1900`, in a workbook that counts days from 1904-01-01."""
SHEET_1900: Final = "\x1f"
"""A typed cell of a workbook: a number (`16.2`), a percentage (`94.01%`), a date (`2026-03-02`, with its clock
`2026-03-02 09:00:00`), a clock or duration (`45:06:00`). The mark stands twice where the cell shows its hours beyond 24
(`[h]:mm`)."""
MARKS: Final = frozenset((ERROR, JSON_NUMBER, SHEET_1900, SHEET_1904))


def mark_of(text: str) -> str:
    """The mark of an untrimmed text; empty if it has none."""
    return text[0] if text and text[0] in MARKS else ""
