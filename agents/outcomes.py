"""The outcome of reading files, for the end of `ingest` and `replay`: sources that gave nothing, and refused rows.

Refused rows are told by their commonest reasons, each with its first row. A thousand rows of one fault are one line.
Reasons name what was found, so they are alike but for what is quoted and for digits.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

__all__ = ["Outcomes", "Refusal"]

_VARIES: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[0-9]+")
_KINDS: Final = 1_000
"""Reasons that are told apart at most: whoever writes junk shall not fill the memory."""


@dataclass(slots=True)
class Refusal:
    """All rows that were refused for one reason."""

    reason: str
    """The first row's."""
    file: str
    row: int
    """The first row, from 1 without the header."""
    count: int = 1


class Outcomes:
    """Counts accepted rows by source, and refused rows by source and reason."""

    def __init__(self) -> None:
        self._kinds: dict[str, Refusal] = {}
        self.accepted: Counter[str] = Counter()
        """By source, the rows that gave a record."""
        self.refused: Counter[str] = Counter()
        """By source, the rows that were refused, by the reader or later by the queue."""

    def refuse(self, source: str, file: str, row: int, reason: str) -> None:
        """Count a refused row of a file."""
        self.refused[source] += 1
        alike = _VARIES.sub("…", reason)
        known = self._kinds.get(alike)
        if known is not None:
            known.count += 1
        elif len(self._kinds) < _KINDS:
            self._kinds[alike] = Refusal(reason, file, row)

    def commonest(self, most: int) -> list[Refusal]:
        """At most `most` reasons, the one of most rows first."""
        return sorted(self._kinds.values(), key=lambda kind: -kind.count)[:most]

    @property
    def kinds(self) -> int:
        """Number of reasons."""
        return len(self._kinds)
