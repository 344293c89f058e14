"""Interval rows: counts and times of a queue by the half hour, as an ACD reports them."""

from typing import Final

from streams.sources.proposal import Option
from streams.sources.recognising.findings import Findings, shares
from streams.sources.recognising.records.counts import choose_counts
from streams.sources.recognising.records.grids_of_time import choose_start, say_length
from streams.sources.recognising.records.levels import choose_levels
from streams.sources.recognising.records.profiles import choose_profile
from streams.sources.recognising.records.times import choose_times, doubt_what_is_left
from streams.sources.recognising.tables import Column

__all__ = ["propose_intervals"]

_PAUSES: Final = ("aux",)
_NEARLY_ALL: Final = 0.9
_NO_AGENTS: Final = frozenset({"time", "id", "login", "aux"})
"""Tokens of a column whose numbers are no agents at work: ids, times, and those who are logged in but away."""
_REMARKED: Final = {
    "login": "logged-in time holds pauses, and is no staffed time",
    "occupancy": "a ratio: it is computed from occupied_seconds and available_seconds",
    "adherence": "no field of an interval holds it",
    "waiting": "contacts that had to wait are not those that wait at the interval's end",
}


def propose_intervals(findings: Findings) -> None:
    """Map the columns of a table of intervals."""
    queue = findings.queue()
    start = choose_start(findings)
    if start is None:
        return
    length = say_length(findings, start, queue)
    counts = choose_counts(findings)
    choose_profile(findings, counts)
    choose_levels(findings, counts)
    choose_times(findings, counts)
    doubt_what_is_left(findings)
    if length is not None:
        _staff(findings, length / 1000)
    _identity(findings, queue, start.ms)
    _remark(findings)


def _staff(findings: Findings, seconds: float) -> None:
    """Map the agents' time, where no pause is inside it."""
    proposal = findings.proposal
    available = _agent_time(findings, "available")
    occupied = _agent_time(findings, "occupied")
    pauses = _agent_time(findings, *_PAUSES)
    login = _agent_time(findings, "login")
    for name, found in (("available_seconds", available), ("occupied_seconds", occupied)):
        if found is not None:
            findings.use(found[0])
            proposal.map(name, found[1])
    staffed = _agent_time(findings, "staffed")
    agents = _agents(findings)
    if staffed is not None:
        findings.use(staffed[0])
        proposal.map("staffed_seconds", staffed[1], doubt=_pauses_inside(staffed[2], available, occupied))
    elif agents is not None:
        findings.use(agents)
        value = {"column": agents.name, "multiply": int(seconds)}
        proposal.map("staffed_seconds", value, f"agents x {seconds:g} s", doubt="are pauses left out of it?")
    elif login is not None and pauses is not None and isinstance(login[1], str) and isinstance(pauses[1], str):
        findings.use(login[0], pauses[0])
        proposal.map("staffed_seconds", {"difference": [login[1], pauses[1]]}, "logged-in time without pauses")


def _pauses_inside(staffed: list[float | None], *parts: tuple[Column, object, list[float | None]] | None) -> str:
    """Why staffed time may hold pauses; empty where the rows show that it does not."""
    known = [part[2] for part in parts if part is not None]
    if len(known) == 2:
        total = [None if None in row else sum(one or 0 for one in row) for row in zip(*known, strict=True)]
        good, rows = shares(staffed, total, 2.0)
        if rows and good >= _NEARLY_ALL * rows:
            return ""
    return "are pauses left out of it?"


def _agent_time(findings: Findings, *measures: str) -> tuple[Column, object, list[float | None]] | None:
    """A column of summed seconds of agents, how it is written, and its seconds."""
    for column in findings.table.of(*measures):
        meaning = column.meaning
        if (
            meaning.statistic in {"pct", "avg", "max", "least", "median", "number"}
            or meaning.kinds
            or column.percent_signs
        ):
            continue
        if column.layouts:
            layout = column.layouts[0]
            return column, {"column": column.name, "duration": layout}, column.seconds(layout)
        if column.is_numeric and ("time" in meaning.tokens or meaning.unit is not None or meaning.statistic == "sum"):
            unit = meaning.unit or 1.0
            value: object = (
                column.name if unit == 1 else {"column": column.name, "multiply": unit if unit < 1 else int(unit)}
            )
            return column, value, [None if number is None else number * unit for number in column.numbers]
    return None


def _agents(findings: Findings) -> Column | None:
    """A column with the number of staffed agents."""
    for column in findings.table.of("staffed", "agent"):
        meaning = column.meaning
        counted = meaning.statistic in {"", "avg", "number"} and meaning.unit is None
        if column.is_numeric and counted and not (meaning.kinds or meaning.strange or meaning.tokens & _NO_AGENTS):
            return column
    return None


def _identity(findings: Findings, queue: Column | None, starts: list[int | None]) -> None:
    """Find the column that tells rows of one queue and interval apart, and ask what is meant by it."""
    names = queue.texts if queue is not None else [""] * len(starts)
    keys = list(zip(names, starts, strict=True))
    if len(set(keys)) == len(keys) or (queue is None and len(set(keys)) * 1.02 >= len(keys)):
        return
    if len(set(keys)) >= 0.98 * len(keys):
        return  # a few rows that were written twice: the look says so
    for column in findings.table.columns:
        if column.is_numeric or column is queue or column.shown is not None or column.twice or not column.different:
            continue
        if len({(*key, text) for key, text in zip(keys, column.texts, strict=True)}) >= 0.98 * len(keys):
            _split_by(findings, queue, column)
            return
    findings.proposal.warnings.append(
        "rows share queue and interval, and no column tells them apart: the last one counts"
    )


def _split_by(findings: Findings, queue: Column | None, column: Column) -> None:
    proposal = findings.proposal
    entry = proposal.entry("columns", "queue")
    assert entry is not None  # noqa: S101 - a queue was mapped
    joined = {"join": [queue.name, column.name], "with": " "} if queue is not None else column.name
    findings.use(column)
    kept = [Option(f"only {text}", {("where",): {column.name: [text]}, ("columns", "queue"): entry.value})
            for text in column.different[:4]]  # fmt: skip
    options = [Option(f"a queue for each {column.name}", {("columns", "queue"): joined}), *kept]
    doubt = f"rows of a queue and interval differ in {column.name}: are these queues of their own?"
    proposal.map("queue", joined, entry.note, doubt, options)


def _remark(findings: Findings) -> None:
    """Say of columns that look useful why they are not mapped."""
    for column in findings.table.columns:
        why = _REMARKED.get(column.meaning.measure)
        if why and column.name not in findings.used and not column.meaning.kinds:
            findings.proposal.remarks.append(f"{column.name} is not mapped: {why}")
