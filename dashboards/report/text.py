"""A report as text of 100 columns, for a terminal or a mail."""

import textwrap
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from dashboards.report.tables import HEADER, Line, tables
from streams.report.figures import Report

__all__ = ["report_text"]

WIDTH: Final = 100
_WIDTHS: Final = (5, 32, 10, 21, 24)
_RIGHT: Final = (2, 3)
"""Columns of numbers, set flush right."""


def report_text(report: Report) -> str:
    """The report as lines of at most 100 columns."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    gold = ", Gold" if report.gold else ""
    yield f"Report {report.start} to {report.end} ({report.standard}{gold})"
    for table in tables(report):
        yield ""
        yield from textwrap.wrap(table.title, WIDTH)
        yield "=" * WIDTH
        yield from _cells(Line(*HEADER))
        yield "-" * WIDTH
        for line in table.lines:
            yield from _cells(line)
        for note in table.notes:
            yield from textwrap.wrap(note, WIDTH)
    yield ""
    yield "Notes"
    for note in report.notes:
        yield from textwrap.wrap(note, WIDTH, initial_indent="- ", subsequent_indent="  ")


def _cells(line: Line) -> Iterator[str]:
    """The lines of one row; a cell longer than its column continues on the next line."""
    wrapped = []
    for cell, width in zip(line, _WIDTHS, strict=True):
        indent = " " * (len(cell) - len(cell.lstrip()))
        wrapped.append(textwrap.wrap(cell.strip(), width, initial_indent=indent, subsequent_indent=indent or " "))
    for parts in zip_longest(*wrapped, fillvalue=""):
        padded = [
            part.strip().rjust(width) if place in _RIGHT else part.ljust(width)
            for place, (part, width) in enumerate(zip(parts, _WIDTHS, strict=True))
        ]
        yield "  ".join(padded).rstrip().replace("\N{NO-BREAK SPACE}", " ")
