"""The records of a simulated queue's day, in the order in which a feed would send them.

A plan comes the evening before, and agents' states come as they change. A contact comes as it progresses, as live
feeds report it, or only once it has ended, as exports do. Evaluations come some hours after the contact.
"""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final, Literal, get_args

import numpy as np

from streams.records import TYPE_RANK, AgentState, Check, Contact, Evaluation, Plan, Record
from streams.simulation.centre import Incident
from streams.simulation.crew import Stint, agent_states, stints_of
from streams.simulation.plan import publication_ms, random
from streams.simulation.queue import DayRun, SpanRun
from streams.simulation.truth import wrap_times

__all__ = ["Emission", "Reports", "day_records"]

Emission = tuple[int, str, Record]
"""(emitted at, milliseconds since 1970; queue; record)."""

Reports = Literal["progress", "exits", "ended"]
"""The moments at which a contact is reported. progress: when it begins to wait, when it leaves the queue and when
handling has ended; exits: the last two; ended: one copy, once all is over."""

_CHECKS: Final = {
    "end_user": ("right answer", "understood the customer", "explained next steps"),
    "business": ("data entered", "right disposition"),
    "compliance": ("caller identified", "disclosure read"),
    "non_critical": ("greeting", "tone of voice", "hold etiquette"),
}
_NOT_APPLICABLE: Final = 0.2
"""Chance that a check other than the family's first does not apply to a contact."""
_EVALUATORS: Final = 3
_EVALUATION_MS: Final = (600_000, 8 * 3_600_000)
"""Least and greatest delay of an evaluation."""
_HOLD_EVERY: Final = 3
"""Every so many contacts one is put on hold."""


def _plans(run: DayRun) -> Iterator[Plan]:
    queue, published = run.queue, publication_ms(run.queue, run.date)
    aht = round(queue.aht_seconds * 1000)
    last = None
    for interval in run.plan.intervals:
        # Two open spans may share an interval; a plan has one row for it.
        if interval.start_ms == last:
            continue
        last = interval.start_ms
        parts = [other for other in run.plan.intervals if other.start_ms == last]
        yield Plan(
            f"wfm-{run.date.isoformat()}",
            published,
            last,
            queue.interval_ms,
            sum(part.forecast for part in parts),
            aht,
            float(max(part.required for part in parts)),
            float(max(part.scheduled for part in parts)),
        )


def _contacts(
    run: DayRun, span: SpanRun, first: int, stints: Sequence[Stint], reports: Reports
) -> Iterator[tuple[int, Contact]]:
    """Copies of the span's contacts with the instants at which they are sent, contact by contact."""
    channel = run.queue.channel
    who: list[tuple[str | None, str | None, str | None]] = [(None, None, None)] * len(span.offered)
    for stint in stints:
        for index in stint.contacts:
            who[index] = stint.agent
    wrap = wrap_times(run.queue, span.ended - span.exited)
    talk = span.ended - span.exited - wrap
    hold = np.where(np.arange(first, first + len(talk)) % _HOLD_EVERY == 0, talk // 8, 0)
    columns = (span.offered, span.exited, span.ended, span.seat >= 0, span.overflowed, talk - hold, hold, wrap)
    prefix = f"{run.queue.queue}-{run.date:%Y%m%d}-"
    rows = zip(*(column.tolist() for column in columns), who, strict=True)
    for number, row in enumerate(rows, first):
        offered, exited, ended, answered, overflowed, talk_ms, hold_ms, wrap_ms, (agent, team, shift) = row
        name, wait = f"{prefix}{number:06d}", exited - offered
        if wait and reports == "progress":
            yield offered, Contact(name, offered, "", None, None, None, None, None, offered, channel=channel)
        if not answered:
            outcome = "overflowed" if overflowed else "abandoned"
            copy = Contact(name, offered, outcome, exited, wait, None, None, None, exited, channel=channel)
            yield exited, copy
            continue
        who_and_how = (agent, team, shift, channel)
        if reports != "ended":
            copy = Contact(name, offered, "answered", exited, wait, None, None, None, exited, *who_and_how)
            yield exited, copy
        copy = Contact(name, offered, "answered", exited, wait, talk_ms, hold_ms, wrap_ms, ended, *who_and_how)
        yield ended, copy


def _evaluations(
    run: DayRun, span: SpanRun, first: int, stints: Sequence[Stint], generator: np.random.Generator
) -> Iterator[Evaluation]:
    """Evaluations of contacts chosen at random; a family fails with its true probability, by one of its checks."""
    queue = run.queue
    ended = span.ended.tolist()
    for stint in stints:
        for index in stint.contacts:
            if generator.random() >= queue.evaluation_share:
                continue
            checks: list[Check] = []
            for family, accuracy in queue.accuracy:
                names = _CHECKS[family]
                applies = [True, *(generator.random(len(names) - 1) >= _NOT_APPLICABLE).tolist()]
                passed: list[bool | None] = [True if applied else None for applied in applies]
                if generator.random() >= accuracy:
                    candidates = [place for place, applied in enumerate(applies) if applied]
                    passed[candidates[int(generator.integers(len(candidates)))]] = False
                checks.extend(Check(name, family, ok) for name, ok in zip(names, passed, strict=True))
            number = first + index
            yield Evaluation(
                f"qa-{queue.queue}-{run.date:%Y%m%d}-{number:06d}",
                ended[index],
                ended[index] + int(generator.integers(*_EVALUATION_MS)),
                "random",
                tuple(sorted(checks, key=lambda check: (check.name, check.family))),
                f"{queue.queue}-{run.date:%Y%m%d}-{number:06d}",
                *stint.agent,
                f"evaluator-{int(generator.integers(_EVALUATORS)) + 1}",
            )


def _held_back(emitted_ms: int, stops: Sequence[Incident]) -> int | None:
    """The instant when a record that is due at `emitted_ms` comes out of a feed that stops; None: never."""
    for stop in stops:
        if stop.start_ms <= emitted_ms < stop.end_ms:
            if not stop.deliver_late:
                return None
            emitted_ms = stop.end_ms
    return emitted_ms


def day_records(run: DayRun, reports: Reports = "progress") -> list[Emission]:
    """All records of the day in the order in which they come out.

    Records of one instant come in the reference's order of types, states of one agent in their sequence.

    Raises:
        ValueError: `reports` is none of its values.
    """
    if reports not in get_args(Reports):
        raise ValueError(f"reports must be one of {', '.join(get_args(Reports))}, found {reports!r}")
    queue = run.queue.queue
    generator = random(run.seed, queue, run.date, "evaluations")
    due: list[tuple[int, int, Record]] = [(record.published_ms, TYPE_RANK[Plan], record) for record in _plans(run)]
    state_rank, contact_rank, evaluation_rank = TYPE_RANK[AgentState], TYPE_RANK[Contact], TYPE_RANK[Evaluation]
    first = 1
    for number, span in enumerate(run.spans):
        stints = stints_of(run, number)
        due.extend((state.since_ms, state_rank, state) for state in agent_states(run, number, stints))
        due.extend((at, contact_rank, copy) for at, copy in _contacts(run, span, first, stints, reports))
        if run.queue.evaluation_share > 0:
            due.extend(
                (record.evaluated_ms, evaluation_rank, record)
                for record in _evaluations(run, span, first, stints, generator)
            )
        first += len(span.offered)
    due.sort(key=itemgetter(0, 1))
    stops = sorted((i for i in run.incidents if i.kind == "feed_stop"), key=lambda stop: stop.start_ms)
    if not stops:
        return [(at, queue, record) for at, _, record in due]
    late = [(_held_back(at, stops), queue, record) for at, _, record in due]
    # A stable sort: held records come out in the order in which they were due, before those of that instant.
    return sorted(((at, name, record) for at, name, record in late if at is not None), key=itemgetter(0))
