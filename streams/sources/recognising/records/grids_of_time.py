"""The start and length of a table's intervals: which columns give them, and whether they are intervals at all."""

from collections.abc import Sequence
from typing import Final

from config.timestamps import INTERVAL_LENGTHS_MINUTES
from streams.sources.recognising.cells.instants import CLOCK, DATE, INSTANT, moments
from streams.sources.recognising.findings import Findings, Moment, usual_step
from streams.sources.recognising.tables import Column

__all__ = ["choose_start", "say_length"]

_STARTS: Final = ("start", "datetime", "clock", "date", "time")
"""Names of starts, the likeliest first."""
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000


def choose_start(findings: Findings, field: str = "interval_start") -> Moment | None:
    """Map the start of the rows' intervals; None, and a warning: no columns give it."""
    whole = sorted(findings.instants(kinds=(INSTANT,)), key=_rank)
    pairs = sorted(findings.pairs(), key=lambda pair: (_rank(pair[0]), _rank(pair[1])))
    found = _first(findings, [(one,) for one in whole if _fits(one)] + pairs + [(one,) for one in whole])
    if found is None:
        _say_why(findings)
        return None
    rivals = [one for one in whole if _fits(one) and one not in found.columns and not _is_end(one)]
    doubt = found.doubt
    if len(found.columns) == 1 and rivals and not doubt and _rank(rivals[0]) == _rank(found.columns[0]):
        doubt = f"{rivals[0].name} may be it, too"
    if _says_end(found.columns[-1]) and not doubt:
        doubt = "it is when an interval ends, so that each row is one late: does the export have the start, too?"
    findings.use(*found.columns)
    findings.say_zone(found)
    findings.proposal.map(field, _short(found), found.note, doubt, found.options(field))
    return found


def _short(found: Moment) -> object:
    """The value as short as it can be written."""
    return found.columns[0].name if set(found.value) == {"column"} else found.value


def _first(findings: Findings, candidates: Sequence[tuple[Column, ...]]) -> Moment | None:
    for columns in candidates:
        found = findings.moment(*columns)
        if found is not None and any(ms is not None for ms in found.ms):
            return found
    return None


def _fits(column: Column) -> bool:
    return column.meaning.measure in _STARTS


def _is_end(column: Column) -> bool:
    return column.meaning.measure == "end"


def _says_end(column: Column) -> bool:
    tokens = column.meaning.tokens
    return "end" in tokens and "start" not in tokens and not (column.shown is not None and column.shown.span)


def _rank(column: Column) -> tuple[bool, int, int]:
    measure = column.meaning.measure
    rank = _STARTS.index(measure) if measure in _STARTS else len(_STARTS)
    return _is_end(column), rank, column.place


def _say_why(findings: Findings) -> None:
    dates, clocks = findings.instants(kinds=(DATE,)), findings.instants(kinds=(CLOCK,))
    if dates:
        findings.proposal.warnings.append(
            f"{dates[0].name} has days without a clock: a file of days is none of intervals; export it by the half hour"
        )
    elif clocks:
        findings.proposal.warnings.append(
            f"{clocks[0].name} has clocks, and no column has their date; add a column of dates to the export"
        )
    else:
        findings.proposal.warnings.append("no column has instants that can be read: no row can be placed in time")


def say_length(findings: Findings, start: Moment, queue: Column | None) -> int | None:
    """Say how long the intervals are; milliseconds, None where that cannot be told."""
    proposal = findings.proposal
    names = queue.texts if queue is not None else [""] * len(start.ms)
    starts: dict[str, set[int]] = {}
    for name, ms in zip(names, start.ms, strict=True):
        if ms is not None:
            starts.setdefault(name, set()).add(ms)
    step = usual_step(starts)
    if step is None or step >= _DAY_MS:
        step = usual_step({"": {ms for one in starts.values() for ms in one}}) or step
    spanned = _spanned(findings, start)
    length = spanned or step
    if length is None:
        return None
    minutes = length / _MINUTE_MS
    if length >= _DAY_MS:
        proposal.warnings.append(
            "its rows lie whole days apart: a file of days is none of intervals; export it by the half hour"
        )
    elif minutes > 60:
        proposal.warnings.append(f"its rows are {minutes:g} minutes long: longer than an hour is a total, no interval")
    elif minutes in INTERVAL_LENGTHS_MINUTES:
        proposal.interval_minutes = int(minutes)
        doubt = ""
        if spanned is None and _sparse(starts, length):
            doubt = f"most rows lie farther than {minutes:g} minutes apart"
        proposal.put(
            "interval_minutes", int(minutes), "the rows' own" if spanned else "its rows lie so far apart", doubt
        )
    return length


def _sparse(starts: dict[str, set[int]], length: int) -> bool:
    """Whether few rows lie as far apart as they are taken to be long."""
    steps = [
        after - before for one in starts.values() for before, after in zip(sorted(one), sorted(one)[1:], strict=False)
    ]
    return bool(steps) and sum(1 for step in steps if step == length) < 0.3 * len(steps)


def _spanned(findings: Findings, start: Moment) -> int | None:
    """The length that the rows themselves say: as a stretch, by their ends, or as minutes in a column."""
    return _of_stretch(start) or _of_ends(findings, start) or _of_minutes(findings, start)


def _of_stretch(start: Moment) -> int | None:
    last = start.columns[-1]
    shown = last.shown
    if shown is None or not shown.span:
        return None
    ends = Column("", 0, [text.rpartition(shown.span)[2].strip() for text in last.different], last.style)
    if ends.shown is None:
        return None
    return _whole(_common(_differences(moments(shown, last.different), moments(ends.shown, ends.texts))))


def _whole(long: int | None) -> int | None:
    """A length to whose end the last minute or second is lacking: of 08:00-08:59, or 08:00:00-08:29:59."""
    for lacking in (1000, _MINUTE_MS):
        if long is not None and (long + lacking) / _MINUTE_MS in INTERVAL_LENGTHS_MINUTES and long % (5 * _MINUTE_MS):
            return long + lacking
    return long


def _of_ends(findings: Findings, start: Moment) -> int | None:
    for column in findings.instants("end", kinds=(INSTANT, CLOCK)):
        if column.shown is None or column in start.columns:
            continue
        long = _common(_differences(start.ms, moments(column.shown, column.texts)))
        if long and long <= 60 * _MINUTE_MS:
            return _whole(long)
    return None


def _of_minutes(findings: Findings, start: Moment) -> int | None:
    for column in findings.table.of("clock", "time"):
        if column.is_numeric and column not in start.columns and len(column.different) == 1:
            number = next(one for one in column.numbers if one is not None)
            for unit in (_MINUTE_MS, 1000):
                if number * unit / _MINUTE_MS in INTERVAL_LENGTHS_MINUTES:
                    return int(number * unit)
    return None


def _differences(begins: Sequence[int | None], stops: Sequence[int | None]) -> list[int]:
    pairs = zip(begins, stops, strict=True)
    return [(stop - begin) % _DAY_MS for begin, stop in pairs if begin is not None and stop is not None]


def _common(lengths: Sequence[int]) -> int | None:
    known = [one for one in lengths if one > 0]
    return max(set(known), key=known.count) if known else None
