"""Contact rows: one call or chat a row, as a telephone system lists them."""

import re
from collections.abc import Sequence
from typing import Any, Final

from streams.sources.recognising.cells.instants import CLOCK, DATE, INSTANT
from streams.sources.recognising.findings import Findings, Moment, is_duration
from streams.sources.recognising.records.contact_names import name_contacts
from streams.sources.recognising.records.outcomes import choose_outcome
from streams.sources.recognising.records.spells import Spell, spell_of
from streams.sources.recognising.tables import Column
from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["propose_contacts"]

_ENTERED: Final = frozenset({"queue", "waiting", "wait", "offered"})
"""Tokens of an instant at which a contact entered its queue."""
_STARTS: Final = ("start", "datetime", "offered", "date", "clock", "updated", "id", "contact", "time", "")
_MIDNIGHT: Final = re.compile(r"(?:^|[ T])0?0:00(?::00)?$")
_WAITS: Final = ("wait", "asa", "waiting")
_NEARLY_ALL: Final = 0.8
_MOMENT_MS: Final = 3_000
"""Between two instants that are the same, as systems write them, at most."""


def propose_contacts(findings: Findings) -> None:
    """Map the columns of a table of contacts."""
    findings.queue()
    offered = _offered(findings)
    if offered is None:
        return
    _direction(findings)
    talk = _handling(findings)
    _doubt_what_is_left(findings, talk)
    answered = choose_outcome(findings, talk)
    _departure(findings, offered, answered)
    name_contacts(findings, offered)
    for name in ("agent", "team", "shift"):
        _text(findings, name)
    _nobody(findings, answered)
    _channel(findings)


def _moments(findings: Findings) -> list[Moment]:
    """Every instant that the table gives: of one column, or of a date with a clock."""
    found = [findings.moment(one) for one in findings.instants(kinds=(INSTANT,))]
    if not any(found):
        dates = findings.instants(kinds=(DATE,))
        clocks = findings.instants(kinds=(CLOCK,))
        found = [findings.moment(dates[0], clock) for clock in clocks if not is_duration(clock)] if dates else []
    return [one for one in found if one is not None and any(ms is not None for ms in one.ms)]


def _offered(findings: Findings) -> Moment | None:
    """Map the instant at which contacts entered the queue."""
    moments = [one for one in _moments(findings) if not _later(one)]
    if not moments:
        findings.proposal.warnings.append("no column has instants that can be read: no contact can be placed in time")
        return None
    best = min(moments, key=_rank)
    findings.use(*best.columns)
    findings.say_zone(best)
    value: Any = best.columns[0].name if set(best.value) == {"column"} else best.value
    entered = bool(_tokens(best) & _ENTERED)
    before = _spell(findings, "ivr") if not entered else None
    note, doubt = best.note, best.doubt
    if before is not None and before.unit == 1 and before.layout is None:
        if _is_whole_without(findings, before):
            doubt = doubt or f"the whole time holds no {before.column.name}: is the queue entered after it (plus)?"
        else:
            findings.use(before.column)
            value = {**best.value, "plus": before.column.name}
            note = "after the time before the queue"
    doubt = doubt or _null_clock(best)
    rivals = [one for one in moments if one is not best and _rank(one)[:2] == _rank(best)[:2]]
    if rivals and not doubt:
        doubt = f"{rivals[0].columns[-1].name} may be it, too"
    findings.proposal.map("offered_at", value, note, doubt, best.options("offered_at") if best.doubt else ())
    return best


def _is_whole_without(findings: Findings, before: Spell) -> bool:
    """Whether some whole of a contact is its wait and its handling alone, so that nothing precedes them in it."""
    wait = _spell(findings, *_WAITS)
    handled = _spell(findings, "talk", "handle")
    if wait is None or handled is None or not any(before.each):
        return False
    parts = [wait.each, handled.each]
    wholes = [spell.each for column in findings.table.of("time") if (spell := _of(column, "time")) is not None]
    return any(_adds_up(parts, whole) and not _adds_up([*parts, before.each], whole) for whole in wholes)


def _adds_up(parts: Sequence[Sequence[float | None]], whole: Sequence[float | None]) -> bool:
    rows = [(sum(one or 0 for one in row), total) for *row, total in zip(*parts, whole, strict=True) if total]
    return len(rows) > 1 and sum(1 for one, total in rows if abs(one - total) <= 1) >= _NEARLY_ALL * len(rows)


def _null_clock(moment: Moment) -> str:
    """Why some instants may be none: many rows have midnight, and no other clock comes so often."""
    texts = moment.columns[-1].filled
    zeros = sum(1 for text in texts if _MIDNIGHT.search(text))
    if len(moment.columns) > 1 and 1 < zeros > 0.02 * len(texts) and zeros < len(texts):
        return f"{zeros} rows have midnight in {moment.columns[-1].name}: does it mean none?"
    return ""


def _tokens(moment: Moment) -> frozenset[str]:
    return frozenset().union(*(column.meaning.tokens for column in moment.columns))


def _later(moment: Moment) -> bool:
    """Whether an instant is one of the contact's end, by its name."""
    tokens = moment.columns[-1].meaning.tokens
    return bool(tokens & {"end", "exit", "answered", "abandoned", "asa", "wrap", "updated", "published"})


def _rank(moment: Moment) -> tuple[bool, int, int]:
    measure = moment.columns[-1].meaning.measure
    rank = _STARTS.index(measure) if measure in _STARTS else len(_STARTS)
    entered = bool(_tokens(moment) & _ENTERED) and not moment.columns[-1].meaning.tokens & {"end", "exit"}
    return not entered, rank, moment.columns[-1].place


def _spell(findings: Findings, *kinds: str) -> Spell | None:
    """A column of durations of single contacts."""
    for kind in kinds:
        columns = [
            column
            for column in findings.table.of(kind)
            if column.meaning.statistic in {"", "sum", "avg"}
            and (column.layouts or column.is_numeric)
            and not column.percent_signs
            and not column.meaning.tokens & {"start", "end"}
            and not (column.shown is not None and column.name in findings.used)  # a clock of an instant
        ]
        for column in sorted(columns, key=lambda one: (not one.meaning.whole, one.place)):
            spell = _of(column, kind)
            if spell is not None:
                return spell
    return None


def _of(column: Column, kind: str) -> Spell | None:
    return spell_of(column, kind, (), single=True) if column.layouts or column.is_numeric else None


def _handling(findings: Findings) -> Column | None:
    """Map talk, hold and wrap; the column of talk, if there is one."""
    talk, whole = _talk(findings)
    parts = {f"{kind}_seconds": spell for kind in ("hold", "wrap") if (spell := _spell(findings, kind)) is not None}
    beside = {name: one for name, one in parts.items() if whole is None or _is_beside(one, whole)}
    inside = [one for name, one in parts.items() if name not in beside and any(one.each)]
    if talk is not None:
        note = "handle time as a whole" if whole is not None and not beside else ""
        _put(findings, "talk_seconds", talk, note, f"is {inside[0].column.name} inside it?" if inside else "")
    for name, spell in beside.items():
        _put(findings, name, spell)
    for name, spell in parts.items():
        if spell in inside:
            doubt = f"not mapped: is {spell.column.name} beside {talk.column.name if talk else 'talk'}, not inside it?"
            findings.proposal.leave_open(("columns", name), spell.value(), doubt)
    return None if talk is None else talk.column


def _talk(findings: Findings) -> tuple[Spell | None, Spell | None]:
    """The time of talk, and the same again where it is that of all handling."""
    talk = _spell(findings, "talk")
    if talk is not None:
        return talk, None
    whole = _spell(findings, "handle")
    if whole is None and _spell(findings, *_WAITS) is not None:
        talk = _spell(findings, "time")
        if talk is not None:
            talk.doubt = talk.doubt or "a duration of talk alone, or of the whole contact?"
        return talk, None
    return whole, whole


def _put(findings: Findings, name: str, spell: Spell, note: str = "", doubt: str = "") -> None:
    part = "" if spell.column.meaning.whole else f"of the name {spell.column.name!r} only a part is understood"
    findings.use(spell.column)
    findings.proposal.map(name, spell.value(), note, spell.doubt or part or doubt)


def _doubt_what_is_left(findings: Findings, talk: Column | None) -> None:
    """Mark talk where nothing is the work after it, and a time that nobody understands is shorter than talk."""
    entry = findings.proposal.entry("columns", "talk_seconds")
    if entry is None or talk is None or entry.doubt or entry.note or findings.proposal.mapped("wrap_seconds"):
        return
    taken = _of(talk, "talk")
    for column in findings.table.of("time", "", "handled", "answered"):
        spell = _of(column, "time") if "time" in column.meaning.tokens and column.shown is None else None
        if spell is None or taken is None or not any(spell.each) or column is talk or column.name in findings.used:
            continue
        pairs = list(zip(spell.each, taken.each, strict=True))
        if not column.meaning.whole and sum(1 for one, two in pairs if one and two and one < two) > len(pairs) / 4:
            entry.doubt = f"is {column.name} a part of handling, too?"
            return


def _is_beside(part: Spell, whole: Spell) -> bool:
    """Whether a time cannot be a part of another one: in some rows it is longer."""
    pairs = zip(part.each, whole.each, strict=True)
    return sum(1 for one, all_of in pairs if (one or 0) > (all_of or 0) + 1) > 1


def _departure(findings: Findings, offered: Moment, answered: list[bool | None]) -> None:
    """Map how long a contact waited, or when it left the queue."""
    proposal = findings.proposal
    if not proposal.mapped("outcome"):
        return
    wait = _spell(findings, *_WAITS)
    if wait is not None:
        findings.use(wait.column)
        lost = _spell(findings, "wait_abandoned")
        value, note, doubt = wait.value(), "", wait.doubt
        if lost is not None and lost.column is not wait.column:
            findings.use(lost.column)
            value = {"first": [_as_mapping(wait.value()), _as_mapping(lost.value())]}
        elif _only_zeros(wait, answered):
            doubt = doubt or "contacts that nobody answered have 0 in it: is that their wait?"
        if not doubt and not wait.column.meaning.whole:
            doubt = f"of the name {wait.column.name!r} only a part is understood"
        proposal.map("wait_seconds", value, note, doubt)
        return
    _exit(findings, offered)


def _as_mapping(value: Any) -> Any:  # noqa: ANN401 - any value of YAML
    return {"column": value} if isinstance(value, str) else value


def _only_zeros(wait: Spell, answered: Sequence[bool | None]) -> bool:
    """Whether every contact without an answer waited 0 s."""
    lost = [seconds for seconds, taken in zip(wait.each, answered, strict=False) if taken is False]
    return len(lost) > 1 and all(seconds == 0 for seconds in lost)


def _exit(findings: Findings, offered: Moment) -> None:
    """Map the instant at which contacts left the queue: when they were answered, else when they ended."""
    moments = [one for one in _moments(findings) if one.columns[-1] is not offered.columns[-1]]
    chain, doubt = _departures(moments)
    if not chain:
        _guessed_wait(findings)
        return
    late = {} if len(offered.columns) == 1 else {"after": "offered_at"}
    values = [{**one.value, **late} for one in chain]
    findings.use(*(column for one in chain for column in one.columns))
    value: Any = values[0] if len(values) == 1 else {"first": values}
    value = value["column"] if set(value) == {"column"} else value
    findings.proposal.map("exited_at", value, doubt=next((one.doubt for one in chain if one.doubt), doubt))


def _departures(moments: Sequence[Moment]) -> tuple[list[Moment], str]:
    """The instants of which the first that is there is the departure, and why that may be wrong."""
    left = [one for one in moments if "exit" in _tokens(one) or _tokens(one) >= {"queue", "end"}]
    taken = [one for one in moments if one.columns[-1].meaning.tokens & {"answered", "asa", "agent", "talk"}]
    if left and taken and _mostly_before(taken[0], left[0]):
        return [taken[0], left[0]], ""
    if left:
        return left[:1], ""
    gone = [one for one in moments if one.columns[-1].meaning.tokens & {"abandoned", "end"}]
    both = bool(taken and gone)
    return [
        *taken[:1],
        *gone[:1],
    ], "" if both else "is this when the contact left the queue, also where nobody answered it?"


def _mostly_before(one: Moment, other: Moment) -> bool:
    """Whether an instant lies so long before another one that a contact was handled between them."""
    pairs = [(a, b) for a, b in zip(one.ms, other.ms, strict=True) if a is not None and b is not None]
    return bool(pairs) and 2 * sum(1 for a, b in pairs if b - a > _MOMENT_MS) > len(pairs)


def _guessed_wait(findings: Findings) -> None:
    """Map the wait where no column is called so: the whole of a contact without its talk, or its ringing."""
    proposal = findings.proposal
    whole, ring, talk = _spell(findings, "time"), _spell(findings, "ring"), proposal.entry("columns", "talk_seconds")
    if ring is not None:
        findings.use(ring.column)
        proposal.map("wait_seconds", ring.value(), doubt="is the time of ringing all that a contact waits?")
        entry = proposal.entry("columns", "offered_at")
        if entry is not None and isinstance(entry.value, dict) and "plus" in entry.value and not entry.doubt:
            entry.doubt = f"is {entry.value['plus']} before the queue, or a part of the wait?"
    elif whole is not None and talk is not None:
        findings.use(whole.column)
        value = {"difference": [whole.value(), talk.value]}
        proposal.map("wait_seconds", value, doubt="is all but talk the wait? no column is called so")
    else:
        proposal.warnings.append("no column says how long a contact waited, or when it left the queue")


def _direction(findings: Findings) -> None:
    """Keep only contacts that came in, where a column tells."""
    words = vocabulary().cells["direction"]
    for column in findings.table.of("direction", "disposition", "outcome"):
        ways = {text: words.get(plain(text), "") for text in column.different}
        known = sum(1 for text in column.filled if ways[text])
        kinds = {*ways.values()} - {""}
        if any(plain(text) in vocabulary().cells["outcome"] for text, way in ways.items() if not way):
            continue
        if len(kinds) < 2 or known < _NEARLY_ALL * len(column.filled):
            continue
        if column.meaning.measure != "direction" and column.is_numeric:
            continue
        kept = [text for text, way in ways.items() if way == "in"]
        strange = [text for text, way in ways.items() if not way]
        findings.use(column)
        doubt = f"{', '.join(strange[:3])}: did these contacts not come in?" if strange else ""
        findings.proposal.put("where", {column.name: kept}, "contacts that came in", doubt)
        return


def _text(findings: Findings, name: str) -> None:
    """Map a field that is a text."""
    columns = [
        column
        for column in findings.table.of(name)
        if column.shown is None
        and not column.meaning.statistic
        and column.filled
        and (column.name not in findings.used or findings.is_guessed_queue(column))
        and not (column.is_numeric and name != "agent")
    ]
    if columns:
        best = min(columns, key=_by_name)
        findings.use(best)
        findings.proposal.map(name, best.name)


def _nobody(findings: Findings, answered: Sequence[bool | None]) -> None:
    """Say which name of an agent means none: that of nearly all contacts without an answer, and of none with one."""
    entry = findings.proposal.entry("columns", "agent")
    if entry is None or not isinstance(entry.value, str):
        return
    column = findings.table.column(entry.value)
    lost = [text for text, taken in zip(column.texts, answered, strict=False) if taken is False and text]
    common = max(set(lost), key=lost.count, default="")
    taken = {text for text, one in zip(column.texts, answered, strict=False) if one is not False}
    if len(lost) > 2 and common not in (*taken, *column.none) and lost.count(common) >= _NEARLY_ALL * len(lost):
        entry.value, entry.note = {"column": column.name, "empty": [common]}, "no answered contact has it"


def _by_name(column: Column) -> tuple[bool, bool, int]:
    """Names before ids, numbers and addresses."""
    code = column.is_numeric or "id" in column.meaning.tokens or "@" in column.filled[0]
    return not column.meaning.whole, code, column.place


def _channel(findings: Findings) -> None:
    """Map the channel, where contacts have several."""
    words = vocabulary().cells["channel"]
    for column in findings.table.of("channel"):
        ways = {text: words.get(plain(text), "") for text in column.different}
        if column.name in findings.used or len(ways) < 2 or not any(ways.values()):
            continue
        findings.use(column)
        strange = [text for text, way in ways.items() if not way]
        values = {text: way or plain(text) for text, way in ways.items()}
        doubt = f"{', '.join(strange[:3])}: which channel is it?" if strange else ""
        same = all(text == way for text, way in values.items())
        findings.proposal.map(
            "channel", column.name if same else {"column": column.name, "values": values}, doubt=doubt
        )
        return
