"""Agent states: since when an agent is available, handling, wrapping up, unavailable or offline."""

from collections.abc import Mapping
from typing import Any, Final

from streams.sources.recognising.cells.instants import CLOCK, DATE, INSTANT
from streams.sources.recognising.findings import Findings, Moment
from streams.sources.recognising.tables import Column
from streams.sources.recognising.vocabulary import plain, vocabulary
from streams.sources.recognising.words import state_word

__all__ = ["propose_states", "state_words"]

_STARTS: Final = ("start", "datetime", "date", "clock", "time")
_MOST_WORDS: Final = 60


def propose_states(findings: Findings) -> None:
    """Map the columns of a table of agent states."""
    proposal = findings.proposal
    since = _since(findings)
    if since is None:
        proposal.warnings.append("no column has instants that can be read: no state can be placed in time")
        return
    findings.use(*since.columns)
    findings.say_zone(since)
    value: Any = since.columns[0].name if set(since.value) == {"column"} else since.value
    proposal.map("since", value, since.note, since.doubt, since.options("since"))
    _agent(findings)
    _state(findings)
    _queues(findings)
    for name in ("team", "shift"):
        columns = [one for one in findings.table.of(name) if one.filled and one.name not in findings.used]
        if columns:
            findings.use(columns[0])
            proposal.map(name, columns[0].name)


def _since(findings: Findings) -> Moment | None:
    whole = [one for one in findings.instants(kinds=(INSTANT,)) if one.meaning.measure != "end"]
    whole.sort(key=lambda one: _STARTS.index(one.meaning.measure) if one.meaning.measure in _STARTS else 9)
    if whole:
        return findings.moment(whole[0])
    dates, clocks = findings.instants(kinds=(DATE,)), findings.instants(kinds=(CLOCK,))
    clocks = [one for one in clocks if one.meaning.measure != "end" and "time" not in one.meaning.tokens] or clocks
    return findings.moment(dates[0], clocks[0]) if dates and clocks else None


def _agent(findings: Findings) -> None:
    columns = [one for one in findings.table.of("agent") if one.shown is None and one.filled]
    if columns:
        best = min(columns, key=lambda one: (not one.meaning.whole, one.is_numeric, one.place))
        findings.use(best)
        findings.proposal.map("agent", best.name)


def state_words(column: Column) -> float:
    """The share of a column's cells that are words of states."""
    if not column.filled or column.shown is not None or column.is_numeric or len(column.different) > _MOST_WORDS:
        return 0.0
    return sum(1 for text in column.filled if state_word(text)) / len(column.filled)


def _state(findings: Findings) -> None:
    columns = [one for one in findings.table.columns if state_words(one) >= 0.4 and not one.twice]
    if not columns:
        return
    best = max(columns, key=lambda one: (one.meaning.measure in {"state", "outcome"}, state_words(one)))
    findings.use(best)
    values: dict[str, Any] = {text: state_word(text) or "unavailable" for text in best.different}
    strange = [text for text in best.different if not state_word(text)]
    strange += _off_queue(values)
    values |= dict.fromkeys(strange, "unavailable")
    doubt = f"{', '.join(strange[:4])}: unavailable, or available?" if strange else ""
    same = all(text == state for text, state in values.items())
    findings.proposal.map("state", best.name if same else {"column": best.name, "values": values}, doubt=doubt)
    reasons = [
        one
        for one in findings.table.columns
        if one.meaning.tokens & {"disposition", "state"}
        and one is not best
        and one.filled
        and one.shown is None
        and one.name not in findings.used
    ]
    if reasons:
        findings.use(reasons[0])
        findings.proposal.map("reason", reasons[0].name)


def _off_queue(values: Mapping[str, Any]) -> list[str]:
    """Words of agents who are there and on no queue, where other words say who is on one."""
    on_queue = vocabulary().cells["on_queue"]
    ready = [text for text, state in values.items() if state == "available"]
    others = [text for text in ready if plain(text) not in on_queue]
    return others if len(others) < len(ready) else []


def _parting(column: Column) -> str:
    """The mark between the queues of a cell: `;`, or another one that many cells have."""
    lists = [text for text in column.filled if ";" not in text]
    for mark in (",", "|", "/", "+"):
        held = sum(1 for text in lists if mark in text)
        if len(lists) == len(column.filled) and held > 0.2 * len(lists):
            return mark
    return ";"


def _queues(findings: Findings) -> None:
    """Map the queues of an agent."""
    proposal = findings.proposal
    columns = [one for one in findings.table.of("queue") if one.filled and one.shown is None]
    if columns:
        findings.use(columns[0])
        mark = _parting(columns[0])
        parts = {text: [part.strip() for part in text.split(mark) if part.strip()] for text in columns[0].different}
        proposal.queues = list(dict.fromkeys(part for one in parts.values() for part in one))
        values = {text: ";".join(one) for text, one in parts.items()}
        if mark == ";":
            proposal.map("queues", columns[0].name)
        else:
            doubt = f"does {mark!r} part queues, and can no other sets of queues come?"
            proposal.map("queues", {"column": columns[0].name, "values": values}, doubt=doubt)
        return
    groups = [one for one in findings.table.of("group", "team") if one.filled and one.name not in findings.used]
    if groups:
        findings.use(groups[0])
        proposal.map("queues", groups[0].name, doubt="no column names the queues: is it this one?")
        return
    proposal.map(
        "queues", {"const": "queue"}, doubt="no column names the queues of an agent: write them here, joined by ;"
    )
