"""Lines of Avaya CMS exports: titles, headers, rows of the table hsplit and of the Split/Skill Interval report.

A file may hold several reports one after another, each with its titles and its header. Only what a line says decides
what it is.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

__all__ = ["DATABASE", "REPORT", "delimiter_of", "header_of", "is_name", "split_line", "strange_headings", "title_of"]

DATABASE: Final = (
    "ROW_DATE",
    "STARTTIME",
    "INTRVL",
    "ACD",
    "SPLIT",
    "I_STAFFTIME",
    "I_AVAILTIME",
    "I_ACDTIME",
    "I_ACWTIME",
    "I_ACWOUTTIME",
    "I_ACWINTIME",
    "I_AUXTIME",
    "I_AUXOUTTIME",
    "I_AUXINTIME",
    "I_OTHERTIME",
    "MAXSTAFFED",
    "ACWINCALLS",
    "ACWINTIME",
    "AUXINCALLS",
    "AUXINTIME",
    "ACWOUTCALLS",
    "ACWOUTTIME",
    "ACWOUTOFFCALLS",
    "ACWOUTOFFTIME",
    "ACWOUTADJCALLS",
    "AUXOUTCALLS",
    "AUXOUTTIME",
    "AUXOUTOFFCALLS",
    "AUXOUTOFFTIME",
    "AUXOUTADJCALLS",
    "EVENT1",
    "EVENT2",
    "EVENT3",
    "EVENT4",
    "EVENT5",
    "EVENT6",
    "EVENT7",
    "EVENT8",
    "EVENT9",
    "ASSISTS",
    "INFLOWCALLS",
    "ACDCALLS",
    "ANSTIME",
    "ACDTIME",
    "ACWTIME",
    "O_ACDCALLS",
    "O_ACDTIME",
    "O_ACWTIME",
    "ACDCALLS1",
    "ACDCALLS2",
    "ACDCALLS3",
    "ACDCALLS4",
    "ACDCALLS5",
    "ACDCALLS6",
    "ACDCALLS7",
    "ACDCALLS8",
    "ACDCALLS9",
    "ACDCALLS10",
    "BACKUPCALLS",
    "HOLDCALLS",
    "HOLDTIME",
    "HOLDABNCALLS",
    "TRANSFERRED",
    "CONFERENCE",
    "ABNCALLS",
    "ABNTIME",
    "ABNCALLS1",
    "ABNCALLS2",
    "ABNCALLS3",
    "ABNCALLS4",
    "ABNCALLS5",
    "ABNCALLS6",
    "ABNCALLS7",
    "ABNCALLS8",
    "ABNCALLS9",
    "ABNCALLS10",
    "DEQUECALLS",
    "DEQUETIME",
    "BUSYCALLS",
    "BUSYTIME",
    "DISCCALLS",
    "DISCTIME",
    "OUTFLOWCALLS",
    "OUTFLOWTIME",
    "INTERFLOWCALLS",
    "LOWCALLS",
    "MEDCALLS",
    "HIGHCALLS",
    "TOPCALLS",
    "ACCEPTABLE",
    "SERVICELEVEL",
    "PERIOD1",
    "PERIOD2",
    "PERIOD3",
    "PERIOD4",
    "PERIOD5",
    "PERIOD6",
    "PERIOD7",
    "PERIOD8",
    "PERIOD9",
    "MAXINQUEUE",
    "MAXOCWTIME",
    "CALLSOFFERED",
    "PERIODCHG",
    "SVCLEVELCHG",
    "I_RINGTIME",
    "RINGTIME",
    "RINGCALLS",
    "ABNRINGCALLS",
    "O_ABNCALLS",
    "O_OTHERCALLS",
    "DA_ACWINCALLS",
    "DA_ACWINTIME",
    "DA_ACWOCALLS",
    "DA_ACWOTIME",
    "NOANSREDIR",
    "INCOMPLETE",
    "ACDAUXOUTCALLS",
    "I_ACDAUX_OUTTIME",
    "I_ACDAUXINTIME",
    "I_ACDOTHERTIME",
    "PHANTOMABNS",
    "OTHERCALLS",
    "OTHERTIME",
    "SLVLABNS",
    "SLVLOUTFLOWS",
    "I_ARRIVED",
)
"""Columns of the table hsplit in the order of the database; releases append more."""

REPORT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "date": "date",
        "time": "time",
        "acd": "acd",
        "split/skill": "queue",
        "split": "queue",
        "skill": "queue",
        "acd calls": "answered",
        "aban calls": "abandoned",
        "avg speed ans": "wait",
        "avg acd time": "talk",
        "avg acw time": "wrap",
        "avg pos staff": "staffed",
        "flow out": "overflowed",
    }
)
"""Headings of the saved report that give a figure; others are passed over."""

_PASSED_OVER: Final = frozenset(
    {
        "avg aban time", "max delay", "max speed ans", "flow in", "extn out calls", "avg extn out time",
        "dequeued calls", "avg time to dequeue", "% acd time", "% ans calls", "calls per pos", "% within service level",
        "% within service lvl", "% aban", "acd", "",
    }
)  # fmt: skip
"""Headings of the saved report that give no figure of a record."""

_MARKS: Final = ("|", "\t", ";", ",")
_TITLE: Final = re.compile(
    r"\s*(date|split/skill|split|skill|acd)\s*(?::[|\t;,\s]*(.*?)|[|\t;,]\s*([^|\t;,]*?))[|\t;,\s]*", re.IGNORECASE
)
_NAME: Final = re.compile(
    r"(historical:?\s+)?(split/skill|split|skill)s?\s+(interval|report)(\s+report)?", re.IGNORECASE
)
_TITLES: Final = {"date": "date", "split/skill": "queue", "split": "queue", "skill": "queue", "acd": "acd"}
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"')


def delimiter_of(line: str) -> str:
    """The mark between the cells of a line: the commonest outside quotes, of equal ones the first of pipe, tab,
    semicolon, comma.
    """
    return max(_MARKS, key=_QUOTED.sub("", line).count)


def split_line(line: str, delimiter: str) -> list[str]:
    """The trimmed cells of a line; quotes stand around whole cells. A line that ends with a pipe has no cell more."""
    cells: list[str] = []
    at = 0
    quotes = re.compile(rf'[ ]*"((?:[^"]|"")*)"[ ]*(?={re.escape(delimiter)}|$)')
    while at <= len(line):
        quoted = quotes.match(line, at)
        if quoted is not None:
            cells.append(quoted[1].replace('""', '"').strip())
            at = quoted.end() + 1
            continue
        end = line.find(delimiter, at)
        end = len(line) if end < 0 else end
        cells.append(line[at:end].strip())
        at = end + 1
    if delimiter == "|" and len(cells) > 1 and not cells[-1]:
        cells.pop()
    return cells


def is_name(line: str) -> bool:
    """Whether a line is the name of a report."""
    return _NAME.fullmatch(line.strip(' \t|;,"')) is not None


def title_of(line: str) -> tuple[str, str] | None:
    """The `date`, `queue` or `acd` of the rows below, as a title line says it, and its text; None: it is no title."""
    if '"' in line:
        cells = [cell for cell in split_line(line.strip(), delimiter_of(line)) if cell]
        first = cells[0] if cells else ""
        line = first if first.rstrip(": ").lower() not in _TITLES else f"{first.rstrip(': ')}: {' '.join(cells[1:])}"
    match = _TITLE.fullmatch(line.strip())
    text = "" if match is None else match[2] or match[3]
    if match is None or not text:
        return None
    return _TITLES[match[1].lower()], text.strip()


def strange_headings(cells: Sequence[str]) -> list[str]:
    """The headings of a report that Avaya CMS does not write: it may be another product's."""
    plain = {cell: re.sub(r"\s+", " ", cell).strip().lower() for cell in cells}
    return [cell for cell, text in plain.items() if text not in REPORT and text not in _PASSED_OVER]


def header_of(cells: Sequence[str]) -> tuple[str, list[str]] | None:
    """Layout (`hsplit` or `report`) and columns of a header; None: the cells are none."""
    plain = [re.sub(r"\s+", " ", cell).strip().lower() for cell in cells]
    if {"row_date", "starttime", "split"} <= set(plain):
        return "hsplit", [cell.upper() for cell in plain]
    if {"time", "acd calls"} <= set(plain):
        return "report", [REPORT.get(cell, "") for cell in plain]
    return None
