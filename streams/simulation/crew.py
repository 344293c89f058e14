"""The agents on the seats of a simulated queue, their breaks, and the states they report.

The service of contacts knows seats only. People change on them: a shift ends and another agent takes the seat, or a
relief agent covers a group of five seats one after another while their agents have a break. A seat is handed over at
the first moment, at or after the planned one, when no contact is being handled there. So the change of people neither
adds nor loses staffed time, and staffing is exactly as the plan scheduled it. Where agents serve several contacts at
once there may be no such moment: then the seat is handed over as planned, with the contacts that are being handled.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from streams.records import AgentState
from streams.simulation.queue import DayRun, SpanRun
from streams.simulation.truth import wrap_times

__all__ = ["Agent", "Stint", "agent_states", "stints_of"]

_MINUTE_MS: Final = 60_000
_LONGEST_SHIFT_MS: Final = 9 * 60 * _MINUTE_MS
_GROUP: Final = 5
"""Seats that one relief agent covers."""
_BREAK_MS: Final = 30 * _MINUTE_MS
_BEFORE_BREAKS_MS: Final = 90 * _MINUTE_MS
_BREAK_ROUND_MS: Final = 180 * _MINUTE_MS
_TEAM: Final = 10
"""Seats of a team."""
_BREAK: Final = "break"
_BACK_OFFICE: Final = "back_office"
_ABSENCE: Final = "absence"


_Handled = tuple[int, int, int]
"""Start of a contact's handling, start of its after-contact work, and end."""


class Agent(NamedTuple):
    """A person, as contacts and states name them."""

    agent: str
    team: str
    shift: str


@dataclass(frozen=True, slots=True)
class Stint:
    """One agent on one seat, without a gap."""

    start_ms: int
    end_ms: int
    agent: Agent
    contacts: tuple[int, ...]
    """Numbers (in the span) of the contacts taken, in order."""
    leaves_for: str
    """The reason of the agent's absence until the next stint, if there is one: break, back_office or absence."""
    taken_over: tuple[int, ...] = ()
    """Numbers of the contacts that the agent before had taken, and that were still being handled."""


class _Seat:
    """One seat's contacts and the stretches in which it is on duty."""

    def __init__(
        self, span: SpanRun, contacts: list[int], starts: list[int], ends: list[int], seat: int, *, at_once: bool
    ) -> None:
        self.contacts, self.starts, self.ends = contacts, starts, ends
        self.runs: list[list[int]] = []
        self._at_once = at_once
        latest = list(accumulate(ends, max))
        planned = [(on + span.begin_ms, off + span.begin_ms) for on, off in span.seats[seat]]
        for index, (on, off) in enumerate(planned):
            following = planned[index + 1][0] if index + 1 < len(planned) else None
            last = bisect_left(starts, following) if following is not None else len(starts)
            end = max(off, latest[last - 1]) if last else off
            if self.runs and self.runs[-1][1] >= on:
                self.runs[-1][1] = end
            else:
                self.runs.append([on, end])

    def free_from(self, at: int) -> int:
        """The first moment at or after `at` when the seat can be handed over."""
        if self._at_once:
            return at
        index = bisect_left(self.starts, at) - 1
        return max(at, self.ends[index]) if index >= 0 else at

    def running(self, at: int) -> tuple[int, ...]:
        """Numbers of the contacts that were taken before `at` and are being handled then."""
        before = bisect_left(self.starts, at)
        return tuple(self.contacts[index] for index in range(before) if self.ends[index] > at)


class _Crew:
    """The agents of one open span, in the fewest shifts of equal length that last at most nine hours."""

    def __init__(self, run: DayRun, number: int) -> None:
        self.queue = run.queue.queue
        span = run.spans[number]
        length = span.end_ms - span.begin_ms
        shifts = max(1, -(-length // _LONGEST_SHIFT_MS))
        self.bounds = [span.begin_ms + length * shift // shifts for shift in range(shifts + 1)]
        zone = ZoneInfo(run.queue.timezone)
        self.begins = [dt.datetime.fromtimestamp(bound / 1000, zone) for bound in self.bounds[:-1]]

    def agent(self, shift: int, seat: int, *, relief: bool = False) -> Agent:
        """The agent of a seat, or the relief of its group, in a shift.

        The name holds the local time at which the shift begins. So the same people come day after day, and a shift
        that runs into the next day has other people than that day's first one.
        """
        begin = self.begins[shift]
        code = f"{self.queue}-{begin:%H%M}"
        number = f"r{seat // _GROUP + 1:02d}" if relief else f"{seat + 1:03d}"
        name = "night" if begin.hour >= 20 or begin.hour < 5 else "early" if begin.hour < 11 else "late"
        return Agent(f"{code}-{number}", f"{code}-t{seat // _TEAM + 1:02d}", name)


def _stretches(
    crew: _Crew, seat: _Seat, number: int, absences: list[tuple[int, int]]
) -> list[tuple[int, int, Agent, str]]:
    """The seat's stretches of duty, cut where one shift hands over to the next."""
    stretches: list[tuple[int, int, Agent, str]] = []
    for on, off in seat.runs:
        begin = on
        shift = min(bisect_right(crew.bounds, on), len(crew.bounds) - 1) - 1
        for following in range(shift + 1, len(crew.bounds) - 1):
            handover = seat.free_from(crew.bounds[following])
            if handover >= off:
                break
            stretches.append((begin, handover, crew.agent(shift, number), _BACK_OFFICE))
            begin, shift = handover, following
        absent = any(start <= off < end for start, end in absences)
        stretches.append((begin, off, crew.agent(shift, number), _ABSENCE if absent else _BACK_OFFICE))
    return stretches


def _give_breaks(
    crew: _Crew, group: int, seats: list[_Seat], cut: dict[int, list[tuple[int, int, Agent, str]]]
) -> None:
    """Let the group's relief agents cover seat after seat; a break that does not fit is left out."""
    members = range(group, min(group + _GROUP, len(seats)))
    for shift, (begin, end) in enumerate(pairwise(crew.bounds)):
        relief, relief_free = crew.agent(shift, group, relief=True), begin
        for round_at in range(begin + _BEFORE_BREAKS_MS, end - 2 * _BREAK_MS, _BREAK_ROUND_MS):
            for place, number in enumerate(members):
                planned = max(round_at + place * _BREAK_MS, relief_free)
                leave = seats[number].free_from(planned)
                back = seats[number].free_from(leave + _BREAK_MS)
                stretches = cut[number]
                at = bisect_right(stretches, leave, key=lambda stretch: stretch[0]) - 1
                if at < 0:
                    continue
                start, stop, agent, leaves_for = stretches[at]
                if start < leave and back < stop and agent == crew.agent(shift, number):
                    stretches[at : at + 1] = [
                        (start, leave, agent, _BREAK),
                        (leave, back, relief, _BACK_OFFICE),
                        (back, stop, agent, leaves_for),
                    ]
                    relief_free = back


def stints_of(run: DayRun, number: int) -> list[Stint]:
    """All stints of the open span of that number, seat by seat, in order of time within a seat."""
    span = run.spans[number]
    taken: list[list[int]] = [[] for _ in span.seats]
    for index, seat in enumerate(span.seat.tolist()):
        if seat >= 0:
            taken[seat].append(index)
    exited, ended = span.exited.tolist(), span.ended.tolist()
    at_once = run.queue.concurrency > 1
    seats = [
        _Seat(span, contacts, [exited[i] for i in contacts], [ended[i] for i in contacts], seat, at_once=at_once)
        for seat, contacts in enumerate(taken)
    ]
    crew = _Crew(run, number)
    absences = [(i.start_ms, i.end_ms) for i in run.incidents if i.kind == "absent"]
    cut = {index: _stretches(crew, seat, index, absences) for index, seat in enumerate(seats)}
    for group in range(0, len(seats), _GROUP):
        _give_breaks(crew, group, seats, cut)
    stints: list[Stint] = []
    for index, seat in enumerate(seats):
        for begin, end, agent, leaves_for in cut[index]:
            low, high = bisect_left(seat.starts, begin), bisect_left(seat.starts, end)
            taken_over = seat.running(begin) if at_once else ()
            stints.append(Stint(begin, end, agent, tuple(seat.contacts[low:high]), leaves_for, taken_over))
    return stints


def agent_states(run: DayRun, number: int, stints: list[Stint]) -> Iterator[AgentState]:
    """The states of all agents of the span, agent by agent, in order of time.

    Sequence numbers of an agent rise from state to state and from day to day.
    """
    span, queue = run.spans[number], run.queue.queue
    exited, ended = span.exited.tolist(), span.ended.tolist()
    talked = (span.ended - wrap_times(run.queue, span.ended - span.exited)).tolist()
    by_agent: defaultdict[Agent, list[Stint]] = defaultdict(list)
    for stint in stints:
        by_agent[stint.agent].append(stint)
    queues = (queue,)
    in_turn = _at_once if run.queue.concurrency > 1 else _one_by_one
    for (name, team, shift), own in by_agent.items():
        own.sort(key=lambda stint: stint.start_ms)
        sequence = count(run.date.toordinal() * 100_000 + 1)
        for stint, following in zip(own, [*own[1:], None], strict=True):
            handled = [(exited[at], talked[at], ended[at]) for at in (*stint.taken_over, *stint.contacts)]
            for since, state in in_turn(stint, handled):
                busy_for = None if state == "available" else queue
                yield AgentState(name, since, state, queues, next(sequence), busy_for, None, team, shift)
            gap = _gap(stint, following)
            if gap is not None:
                state, reason = gap
                yield AgentState(name, stint.end_ms, state, queues, next(sequence), None, reason, team, shift)


def _one_by_one(stint: Stint, handled: Sequence[_Handled]) -> Iterator[tuple[int, str]]:
    """When each state of a stint begins, and its name: one contact after the other."""
    free = stint.start_ms
    for start, wrap, end in handled:
        if start > free:
            yield free, "available"
        yield start, "handling"
        if wrap < end:
            yield wrap, "wrap"
        free = end
    if stint.end_ms > free:
        yield free, "available"


def _at_once(stint: Stint, handled: Sequence[_Handled]) -> Iterator[tuple[int, str]]:
    """The same where contacts overlap: wrap is time in which no contact is more than after-contact work."""
    edges = {stint.start_ms, *(edge for times in handled for edge in times)}
    before = None
    for at in sorted(edge for edge in edges if stint.start_ms <= edge < stint.end_ms):
        talking = any(start <= at < wrap for start, wrap, _ in handled)
        busy = any(start <= at < end for start, _, end in handled)
        state = "handling" if talking else "wrap" if busy else "available"
        if state != before:
            yield at, state
        before = state


def _gap(stint: Stint, following: Stint | None) -> tuple[str, str | None] | None:
    """State and reason of an agent after a stint; None where the next one follows at once."""
    if following is None:
        return "offline", None
    if following.start_ms == stint.end_ms:
        return None
    return ("offline", None) if stint.leaves_for == _ABSENCE else ("unavailable", stint.leaves_for)
