"""Answered contacts by how long they waited, a column a span: 0-10 s, 11-20 s, 21-30 s, and all above.

Only where the spans add up to the answered, row by row, are they taken for such a profile.
"""

import re
from typing import Final, NamedTuple

from streams.sources.recognising.findings import Findings
from streams.sources.recognising.records.counts import Counts, added
from streams.sources.recognising.tables import Column

__all__ = ["choose_profile"]

_SPAN: Final = re.compile(
    r"(?<![\d.,])(\d{1,4})\s*(?:s|sec\w*)?\s*(?:-|–|~|\bto\b|\bbis\b|\ba\b|\bà\b|至)\s*(\d{1,4})(?![\d.,])"  # noqa: RUF001 - a dash
)
_ABOVE: Final = re.compile(r"[>+≥]|\b(?:over|more|above|ab|über|plus|mehr|más|mais|ponad)\b|以上", re.IGNORECASE)
_BELOW: Final = re.compile(r"(?:[<≤]=?|\b(?:under|up to|unter|bis|hasta|até|moins de)\b)\s*(\d{1,4})", re.IGNORECASE)
_COUNTS: Final = ("answered", "answered_within", "answered_beyond", "handled", "contact", "")
_LEAST: Final = 3
"""Spans from which columns are a profile."""
_NEARLY_ALL: Final = 0.95


class _Span(NamedTuple):
    column: Column
    end: float
    """Its last second; infinite of the one that is open above."""


def choose_profile(findings: Findings, counts: Counts) -> None:
    """Map answered_within as the sum of the spans up to the queue's threshold."""
    spans = _spans(findings)
    if len(spans) < _LEAST or findings.proposal.mapped("answered_within") or not counts.answered_numbers:
        return
    total = added([span.column.numbers for span in spans])
    rows = [(one, two) for one, two in zip(total, counts.answered_numbers, strict=True) if one is not None and two]
    if not rows or sum(1 for one, two in rows if one == two) < _NEARLY_ALL * len(rows):
        return
    wanted = findings.expected.level("").threshold_ms / 1000
    within = [span for span in spans if span.end <= wanted]
    if not within:
        within = spans[:1]
    names = [span.column.name for span in within]
    end = within[-1].end
    findings.use(*(span.column for span in spans))
    there = ", ".join(span.column.name for span in spans)
    doubt = f"is the threshold {end:g} s, and are the spans seconds? {there} are there"
    findings.proposal.map("answered_within", {"sum": names}, "the spans add up to the answered", doubt)
    findings.proposal.threshold_seconds = end
    findings.proposal.put("threshold_seconds", int(end), "the end of the last span taken")


def _is_whole(column: Column) -> bool:
    """Whether cells are counts; seconds in the name are those of the span."""
    counted = column.is_numeric and not column.percent_signs and column.meaning.statistic in {"", "number", "sum"}
    return counted and all(number is None or number == int(number) for number in column.numbers)


def _spans(findings: Findings) -> list[_Span]:
    """The columns of a profile, the shortest waits first."""
    found = []
    for column in findings.table.of(*_COUNTS):
        match = _SPAN.search(column.name) or _BELOW.search(column.name)
        if column.name in findings.used or not (_is_whole(column) and (match or _ABOVE.search(column.name))):
            continue
        found.append(_Span(column, float("inf") if match is None else float(match[match.lastindex or 0])))
    found.sort(key=lambda span: span.end)
    ends = [span.end for span in found]
    return found if len(set(ends)) == len(ends) else []
