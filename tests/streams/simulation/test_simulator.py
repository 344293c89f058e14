"""The simulated centre: its truth is independent of the engine, so here it is held against plainer means."""

import datetime as dt
import itertools
import math
from collections import Counter, defaultdict
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import read_settings
from copc import erlang
from copc.staffing import required_agents
from streams import codec as wire
from streams import records
from streams.records import AgentState, Contact, Evaluation, Plan
from streams.simulation import queue as simulated_queue
from streams.simulation.centre import OFFICE, ROUND_THE_CLOCK, CentreSpec, Incident, QueueSpec
from streams.simulation.plan import day_plan, incidents_of
from streams.simulation.simulator import (
    SimulatedDay,
    add_up,
    demo_centre,
    simulate_counts,
    simulate_day,
    snapshots,
    stream,
)
from streams.simulation.truth import DayTruth

MONDAY = dt.date(2026, 3, 2)
OPEN = (((8 * 60, 20 * 60),),) * 7
MINUTE = 60_000
HALF_HOUR = 30 * MINUTE
HOUR = 60 * MINUTE
MADRID = "Europe/Madrid"


def centre(*incidents: Incident, **fields: object) -> CentreSpec:
    """A centre of one queue `q`, 08:00-20:00 unless told otherwise."""
    queue: dict[str, object] = {"contacts_per_half_hour": 60, "aht_seconds": 240, "hours": OPEN, **fields}
    return CentreSpec((QueueSpec("p", "q", **queue),), incidents)  # type: ignore[arg-type]


def at(hour: float, date: dt.date = MONDAY, zone: str = "UTC") -> int:
    """Milliseconds of a local hour."""
    local = dt.datetime.combine(date, dt.time(), tzinfo=ZoneInfo(zone)) + dt.timedelta(hours=hour)
    return int(local.timestamp() * 1000)


def of_type(day: SimulatedDay, kind: type) -> list[tuple[int, object]]:
    """The day's records of one type with their instants."""
    return [(emitted, record) for emitted, _, record in day.records if type(record) is kind]


def final_contacts(day: SimulatedDay) -> dict[str, Contact]:
    """The copy of each contact that counts in the end."""
    latest: dict[str, Contact] = {}
    for _, record in of_type(day, Contact):
        assert isinstance(record, Contact)
        known = latest.get(record.contact_id)
        if known is None or (record.updated_ms, record.stage) >= (known.updated_ms, known.stage):
            latest[record.contact_id] = record
    return latest


def spread(stretches: list[tuple[int, int]], starts: list[int], length: int) -> list[int]:
    """Milliseconds of the stretches in each interval, one stretch after another."""
    total: Counter[int] = Counter()
    for begin, end in stretches:
        now = begin
        while now < end:
            start = starts[0] + (now - starts[0]) // length * length
            until = min(end, start + length)
            total[start] += until - now
            now = until
    assert set(total) <= set(starts)
    return [total[start] for start in starts]


def stretches_of(day: SimulatedDay) -> dict[str, dict[str, list[tuple[int, int]]]]:
    """Agent -> state -> stretches, read off the agent states as they were sent."""
    by_agent: defaultdict[str, list[AgentState]] = defaultdict(list)
    for _, record in of_type(day, AgentState):
        assert isinstance(record, AgentState)
        by_agent[record.agent].append(record)
    found: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for agent, states in by_agent.items():
        mine = found.setdefault(agent, {})
        assert states[-1].state == "offline"
        for state, following in itertools.pairwise(states):
            assert state.since_ms < following.since_ms
            assert state.sequence < following.sequence
            mine.setdefault(state.state, []).append((state.since_ms, following.since_ms))
    return found


def naive(
    contacts: list[tuple[int, int, int]], levels: list[tuple[int, int]], closing: int
) -> list[tuple[int, int] | None]:
    """Who is served when, millisecond by millisecond: (start, end), or None for a contact that gave up.

    Each millisecond: calls end, seats above the level go (once free), those who have waited too long go,
    then whoever is first takes a free seat. After closing no new contact comes and the last level stays.
    """
    busy: list[int] = []
    queue: list[int] = []
    served: list[tuple[int, int] | None] = [None] * len(contacts)
    coming = 0
    now = 0
    while coming < len(contacts) or queue:
        level = [agents for since, agents in levels if since <= min(now, closing - 1)][-1]
        busy = [end for end in busy if end > now]
        while coming < len(contacts) and contacts[coming][0] <= now:
            queue.append(coming)
            coming += 1
        queue = [number for number in queue if contacts[number][1] >= now]
        while queue and len(busy) < level:
            number = queue.pop(0)
            busy.append(now + contacts[number][2])
            served[number] = (now, busy[-1])
        now += 1
    return served


@settings(max_examples=150, deadline=None)
@given(
    contacts=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 60), st.integers(1, 40)), min_size=1, max_size=40),
    agents=st.integers(1, 4),
)
def test_service_is_first_come_first_served_with_the_patience_of_each(
    contacts: list[tuple[int, int, int]], agents: int
) -> None:
    """With a constant crew the heap serves exactly whom a millisecond-by-millisecond simulation serves."""
    contacts = sorted((arrival, arrival + patience, handle) for arrival, patience, handle in contacts)
    seats = simulated_queue._seats(((0, agents), (100, 0)))
    arrivals, deadlines, handles = (list(column) for column in zip(*contacts, strict=True))
    taken, _, bits = simulated_queue._serve(arrivals, deadlines, handles, seats, 100)
    starts = [None if packed < 0 else packed >> bits for packed in taken]
    expected = naive(contacts, [(0, agents)], 100)
    assert starts == [None if span is None else span[0] for span in expected]


@settings(max_examples=100, deadline=None)
@given(
    levels=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    contacts=st.lists(st.tuples(st.integers(0, 149), st.integers(0, 80), st.integers(1, 60)), min_size=1, max_size=40),
)
def test_no_seat_takes_two_contacts_or_one_off_duty(levels: list[int], contacts: list[tuple[int, int, int]]) -> None:
    """While staffing rises and falls a seat has one contact at a time and takes none when off duty."""
    contacts = sorted((arrival, arrival + patience, handle) for arrival, patience, handle in contacts)
    closing = 30 * len(levels)
    contacts = [contact for contact in contacts if contact[0] < closing]
    steps = [(30 * place, level) for place, level in enumerate(levels)]
    distinct = [step for place, step in enumerate(steps) if not place or steps[place - 1][1] != step[1]]
    seats = simulated_queue._seats((*distinct, (closing, 0)))
    arrivals, deadlines, handles = ([c[i] for c in contacts] for i in range(3))
    taken, overruns, bits = simulated_queue._serve(arrivals, deadlines, handles, seats, closing)
    spans: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for (arrival, deadline, handle), packed in zip(contacts, taken, strict=True):
        if packed >= 0:
            start, seat = packed >> bits, packed & ((1 << bits) - 1)
            assert arrival <= start <= deadline
            assert any(on <= start < off or (off == closing and start >= on) for on, off in seats[seat])
            spans[seat].append((start, start + handle))
    for own in spans.values():
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(sorted(own)))
    # Staffed milliseconds: on duty by plan, or busy beyond it; counted one by one.
    staffed = {(seat, ms) for seat, run in enumerate(seats) for on, off in run for ms in range(on, off)}
    staffed |= {(seat, ms) for seat, own in spans.items() for start, end in own for ms in range(start, end)}
    assert sum(off - on for run in seats for on, off in run) + sum(b - a for a, b in overruns) == len(staffed)


SPECS = st.builds(
    lambda rate, aht, phi, interval, handling, patience, longest, kind, hours: centre(
        *([Incident(kind, "q", at(9.3), at(11.1))] if kind else []),
        contacts_per_half_hour=rate,
        aht_seconds=aht,
        dispersion=phi,
        interval_minutes=interval,
        handling=handling,
        patience_seconds=patience,
        max_wait_seconds=longest,
        hours=hours,
        curve=OFFICE,
    ),
    st.sampled_from([0.5, 8, 60]),
    st.sampled_from([30, 180, 600]),
    st.sampled_from([1.0, 1.5]),
    st.sampled_from([5, 15, 30, 60]),
    st.sampled_from(["lognormal", "exponential"]),
    st.sampled_from([None, 20, 180]),
    st.sampled_from([None, 60]),
    st.sampled_from([None, "surge", "long_calls", "absent", "feed_stop"]),
    st.sampled_from([None, OPEN, (((9 * 60, 13 * 60), (15 * 60 + 10, 26 * 60)),) * 7]),
)


@settings(max_examples=40, deadline=None)
@given(spec=SPECS, seed=st.integers(0, 2**31))
def test_every_contact_leaves_the_queue_in_one_way(spec: CentreSpec, seed: int) -> None:
    """Offered = answered + abandoned + overflowed in every interval, parts are no larger than wholes."""
    truth = simulate_counts(spec, "q", MONDAY, seed)
    assert (truth.offered == truth.answered + truth.abandoned + truth.overflowed).all()
    assert (truth.answered_within <= truth.answered).all()
    assert (truth.abandoned_within <= truth.abandoned).all()
    assert (truth.available_ms >= 0).all()
    assert truth.handled.sum() == truth.answered.sum()
    assert truth.handle_ms.sum() == truth.occupied_ms.sum()
    assert (truth.offered[~truth.open] == 0).all()


def check_against_records(day: SimulatedDay) -> None:
    """Truth from arrays equals figures counted from the records, one by one."""
    truth = day.truth
    queue = truth.queue
    starts, length = truth.start_ms.tolist(), queue.interval_ms
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for contact in final_contacts(day).values():
        start = starts[0] + (contact.offered_ms - starts[0]) // length * length
        assert contact.exited_ms is not None
        assert contact.wait_ms == contact.exited_ms - contact.offered_ms
        counts["offered"][start] += 1
        counts[contact.outcome][start] += 1
        within = contact.wait_ms <= queue.threshold_seconds * 1000
        if contact.outcome == "answered":
            counts["answered_within"][start] += within
            counts["wait_ms"][start] += contact.wait_ms
            assert contact.handle_ms is not None
            end = contact.exited_ms + contact.handle_ms
            finished = starts[0] + (end - starts[0]) // length * length
            counts["handled"][finished] += 1
            counts["handle_ms"][finished] += contact.handle_ms
        elif contact.outcome == "abandoned":
            counts["abandoned_within"][start] += within
            counts["short_abandoned"][start] += contact.wait_ms <= queue.short_abandon_seconds * 1000
    for name in (
        "offered", "answered", "answered_within", "abandoned", "abandoned_within", "short_abandoned", "overflowed",
        "wait_ms", "handled", "handle_ms",
    ):  # fmt: skip
        assert [counts[name][start] for start in starts] == getattr(truth, name).tolist(), name


def check_agents(day: SimulatedDay) -> None:
    """Agent states add up to the truth's staffed and occupied time; handling is what contacts report."""
    truth = day.truth
    starts, length = truth.start_ms.tolist(), truth.queue.interval_ms
    found = stretches_of(day)

    def seconds(*states: str) -> list[int]:
        own = [stretch for mine in found.values() for state in states for stretch in mine.get(state, [])]
        return spread(own, starts, length)

    assert seconds("handling", "wrap") == truth.occupied_ms.tolist()
    assert seconds("available", "handling", "wrap") == truth.staffed_ms.tolist()
    by_agent: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    wraps: defaultdict[str, int] = defaultdict(int)
    for contact in final_contacts(day).values():
        if contact.outcome == "answered":
            assert contact.agent is not None
            assert contact.exited_ms is not None
            talked = (contact.talk_ms or 0) + (contact.hold_ms or 0)
            by_agent[contact.agent].append((contact.exited_ms, contact.exited_ms + talked))
            wraps[contact.agent] += contact.wrap_ms or 0
    for agent, mine in found.items():
        assert sorted(mine.get("handling", [])) == sorted(by_agent[agent])
        assert sum(end - start for start, end in mine.get("wrap", [])) == wraps[agent]


@settings(max_examples=15, deadline=None)
@given(spec=SPECS, seed=st.integers(0, 2**31))
def test_records_say_what_the_truth_says(spec: CentreSpec, seed: int) -> None:
    """Contacts give the truth's counts, agents its staffed and occupied time, and both the same handling."""
    day = simulate_day(spec, "q", MONDAY, seed)
    check_against_records(day)
    check_agents(day)


@pytest.mark.parametrize("rate", [3, 40, 250])
def test_a_busy_day_of_a_queue_of_any_size_adds_up(rate: float) -> None:
    """Shift changes and breaks of a long, busy day lose no staffed second and put nobody on two seats."""
    day = simulate_day(centre(contacts_per_half_hour=rate, curve=ROUND_THE_CLOCK, hours=None), "q", MONDAY, 5)
    check_against_records(day)
    check_agents(day)


CHATS: dict[str, object] = {"aht_seconds": 600, "concurrency": 2.5, "handling_cv": 0.5, "threshold_seconds": 30.0}


def working(day: SimulatedDay, *states: str) -> list[tuple[int, int]]:
    """The stretches in which an agent was in one of the states."""
    return [stretch for mine in stretches_of(day).values() for state in states for stretch in mine.get(state, [])]


def covered(day: SimulatedDay) -> int:
    """Milliseconds in which a seat had at least one contact, however many."""
    total = 0
    for span in day.run.spans:
        for seat in set(span.seat[span.seat >= 0].tolist()):
            own, through = span.seat == seat, 0
            for begin, end in sorted(zip(span.exited[own].tolist(), span.ended[own].tolist(), strict=True)):
                total += max(0, end - max(begin, through))
                through = max(through, end)
    return total


@pytest.mark.parametrize("rate", [3, 60])
def test_agents_who_serve_several_at_once_are_where_the_truth_says(rate: float) -> None:
    """Their states add up to the staffed time; contacts' handling, more than the agents' own, to the occupied time."""
    day = simulate_day(centre(**{**CHATS, "contacts_per_half_hour": rate, "hours": None}), "q", MONDAY, 5)
    check_against_records(day)
    truth, starts = day.truth, day.truth.start_ms.tolist()
    assert spread(working(day, "available", "handling", "wrap"), starts, HALF_HOUR) == truth.staffed_ms.tolist()
    handled = [
        (contact.exited_ms, contact.exited_ms + contact.handle_ms)
        for contact in final_contacts(day).values()
        if contact.exited_ms is not None and contact.handle_ms is not None
    ]
    assert spread(handled, starts, HALF_HOUR) == truth.occupied_ms.tolist()
    times = zip(truth.staffed_ms.tolist(), truth.occupied_ms.tolist(), strict=True)
    assert truth.available_ms.tolist() == [max(round(2.5 * staffed) - occupied, 0) for staffed, occupied in times]
    with_contact = sum(end - begin for begin, end in working(day, "handling", "wrap"))
    assert with_contact == covered(day)
    assert truth.occupied_ms.sum() > with_contact


def test_an_agent_who_never_lacks_a_next_contact_serves_as_many_at_once_as_said() -> None:
    """At twice the volume that ten agents can bear each has 2.5 contacts at once in the mean."""
    busy = centre(**{**CHATS, "contacts_per_half_hour": 150, "agents": 10, "hours": None})
    day = simulate_day(busy, "q", MONDAY, 2)
    assert day.truth.occupied_ms.sum() / covered(day) == pytest.approx(2.5, rel=0.02)


def test_chats_at_once_are_answered_as_the_model_of_one_server_an_agent_says() -> None:
    """60 chats of 600 s, 2.5 at once: ten agents answer 83 % in 30 s (Erlang A of 8 erlang, 240 s, patience 180 s)."""
    spec = centre(**{**CHATS, "handling": "exponential", "hours": None})
    assert {interval.required for interval in day_plan(spec.queues[0], MONDAY).intervals} == {10}
    truth = add_up(days_of(spec, 60))
    within, counted = truth.answered_within.sum(), (truth.answered + truth.abandoned).sum()
    assert within / counted == pytest.approx(0.8326, abs=0.01)


def test_staffing_is_exactly_the_plan_while_the_level_stays() -> None:
    """On a flat day without incidents the staffed agents of every open interval are the scheduled ones."""
    truth = simulate_counts(centre(), "q", MONDAY, 1)
    assert truth.staffed_agents[truth.open].tolist() == truth.scheduled[truth.open].tolist()


def test_agents_have_breaks_and_shifts() -> None:
    """In a twelve hour day nobody is on duty longer than nine hours, and most have a break of half an hour."""
    found = stretches_of(simulate_day(centre(), "q", MONDAY, 1))
    breaks = 0
    for mine in found.values():
        on_duty = sum(b - a for state in ("available", "handling", "wrap") for a, b in mine.get(state, []))
        assert on_duty <= 9 * HOUR
        away = mine.get("unavailable", [])
        breaks += any(end - start >= HALF_HOUR for start, end in away)
    assert breaks > len(found) / 2


def days_of(spec: CentreSpec, count: int, seed: int = 1) -> list[DayTruth]:
    """The truth of some days running."""
    return [simulate_counts(spec, "q", MONDAY + dt.timedelta(day), seed) for day in range(count)]


def test_a_stationary_queue_has_the_service_level_of_erlang_a() -> None:
    """Service level, abandon rate and occupancy agree with Erlang A within 99.9 % confidence intervals."""
    spec = centre(contacts_per_half_hour=100, aht_seconds=180, agents=11, handling="exponential", patience_seconds=120)
    load = 100 * 180 / 1800
    expected = {
        "service_level": erlang.service_level(load, 11, 180, 20, 120),
        "abandoned": erlang.abandon_probability(load, 11, 180, 120),
        "occupancy": erlang.occupancy(load, 11, 180, 120),
    }
    figures: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for truth in days_of(spec, 150):
        settled = slice(2, 24)  # the day begins with an empty queue
        offered = float(truth.offered[settled].sum())
        figures["service_level"].append((float(truth.answered_within[settled].sum()), offered))
        figures["abandoned"].append((float(truth.abandoned[settled].sum()), offered))
        figures["occupancy"].append((float(truth.occupied_ms[settled].sum()), float(truth.staffed_ms[settled].sum())))
    for name, pairs in figures.items():
        over, under = np.array(pairs).T
        ratio = over.sum() / under.sum()
        # Days are independent: the error of a ratio of sums, from the days' residuals.
        error = float(np.std(over - ratio * under, ddof=1)) * math.sqrt(len(over)) / under.sum()
        assert abs(ratio - float(expected[name])) < 3.3 * error, name
        assert error < 0.01


@pytest.mark.parametrize("phi", [1.0, 1.5, 4.0])
def test_counts_are_as_dispersed_as_asked(phi: float) -> None:
    """Variance / mean of interval counts is phi, and their mean the forecast, within four standard errors."""
    spec = centre(contacts_per_half_hour=80, dispersion=phi)
    counts = np.concatenate([truth.offered[:24] for truth in days_of(spec, 120)])
    index = counts.var(ddof=1) / counts.mean()
    assert abs(index - phi) < 4 * phi * math.sqrt(2 / len(counts)) * 1.1
    assert abs(counts.mean() - 80) < 4 * math.sqrt(phi * 80 / len(counts))


@pytest.mark.parametrize(("handling", "cv"), [("exponential", 1.0), ("lognormal", 0.6)])
def test_handle_times_have_their_mean_and_spread(handling: str, cv: float) -> None:
    """Mean and coefficient of variation of handle times are those of the spec."""
    spec = centre(contacts_per_half_hour=400, handling=handling, handling_cv=0.6)
    span = simulate_day(spec, "q", MONDAY, 3).run.spans[0]
    seconds = (span.ended - span.exited)[span.seat >= 0] / 1000
    assert abs(seconds.mean() - 240) < 4 * 240 * cv / math.sqrt(len(seconds))
    assert seconds.std() / seconds.mean() == pytest.approx(cv, rel=0.08)


def test_a_surge_brings_half_as_many_contacts_again_and_no_other_plan() -> None:
    """Volume x 1.5 while a surge lasts; the forecast knows nothing of it."""
    spec = centre(Incident("surge", "q", at(10), at(12, MONDAY + dt.timedelta(39))), contacts_per_half_hour=100)
    whole = days_of(spec, 39)
    inside = sum(int(truth.offered.sum()) for truth in whole[1:])
    expected = 150.0 * 24 * 38
    assert abs(inside - expected) < 4 * math.sqrt(expected)
    assert whole[5].forecast_offered[:24].tolist() == pytest.approx([100] * 24)
    first = whole[0]
    assert [("surge" in kinds) for kinds in first.incidents[:6]] == [False, False, False, False, True, True]


def test_a_surge_that_begins_within_an_interval_changes_that_part_only() -> None:
    """From 10:15 the rate is ten times as high; nothing is added before."""
    spec = centre(Incident("surge", "q", at(10.25), at(10.5), 10.0), contacts_per_half_hour=200)
    offered = simulate_day(spec, "q", MONDAY, 2).run.spans[0].offered
    before = int(((offered >= at(10)) & (offered < at(10.25))).sum())
    after = int(((offered >= at(10.25)) & (offered < at(10.5))).sum())
    assert abs(before - 100) < 40
    assert abs(after - 1000) < 130


def test_long_calls_lengthen_contacts_offered_meanwhile_and_nothing_else() -> None:
    """Handle times x 1.5 in the window; arrivals stay, other contacts keep theirs."""
    spec = centre(agents=200)  # nobody waits, so that the same contacts are answered in both
    plain = simulate_day(spec, "q", MONDAY, 4).run.spans[0]
    long = simulate_day(centre(Incident("long_calls", "q", at(10), at(12)), agents=200), "q", MONDAY, 4).run.spans[0]
    assert (plain.offered == long.offered).all()
    inside = (plain.offered >= at(10)) & (plain.offered < at(12))
    before, after = plain.ended - plain.exited, long.ended - long.exited
    assert (before[~inside] == after[~inside]).all()
    assert np.abs(after[inside] - 1.5 * before[inside]).max() <= 2


def test_a_third_of_the_agents_is_absent_and_comes_back() -> None:
    """Staffed agents fall by a third of the scheduled ones from the incident's begin to its end."""
    spec = centre(Incident("absent", "q", at(10), at(12)), contacts_per_half_hour=120)
    truth = simulate_counts(spec, "q", MONDAY, 6)
    scheduled = int(truth.scheduled[0])
    away = round(scheduled / 3)
    staffed = truth.staffed_agents
    assert staffed[:4].tolist() == [scheduled] * 4
    # Calls begun before ten are finished first; after that nobody is left over.
    assert scheduled - away < staffed[4] < scheduled
    assert staffed[6:8].tolist() == [scheduled - away] * 2
    assert staffed[8:24].tolist() == [scheduled] * 16
    day = simulate_day(spec, "q", MONDAY, 6)
    check_agents(day)
    went = [r for _, r in of_type(day, AgentState) if isinstance(r, AgentState) and r.state == "offline"]
    assert sum(at(10) <= state.since_ms < at(11) for state in went) == away


def test_a_feed_that_stops_hands_its_records_in_later() -> None:
    """No record comes out in the window, all come out at its end in their order, and the truth is the same."""
    plain = simulate_day(centre(), "q", MONDAY, 7)
    stopped = simulate_day(centre(Incident("feed_stop", "q", at(10), at(11.5))), "q", MONDAY, 7)
    assert not [emitted for emitted, _, _ in stopped.records if at(10) <= emitted < at(11.5)]
    assert [record for _, _, record in plain.records] == [record for _, _, record in stopped.records]
    held = sum(at(10) <= emitted < at(11.5) for emitted, _, _ in plain.records)
    assert sum(emitted == at(11.5) for emitted, _, _ in stopped.records) >= held > 100
    assert (plain.truth.offered == stopped.truth.offered).all()
    assert "feed_stop" in stopped.truth.incidents[4]


def test_a_feed_that_loses_its_records_never_hands_them_in() -> None:
    """With `deliver_late` off the records of the window are missing for good."""
    plain = simulate_day(centre(), "q", MONDAY, 7)
    lost = simulate_day(centre(Incident("feed_stop", "q", at(10), at(11.5), deliver_late=False)), "q", MONDAY, 7)
    assert lost.records == [row for row in plain.records if not at(10) <= row[0] < at(11.5)]


def test_the_same_seed_gives_the_same_records_and_another_seed_others() -> None:
    """A day is a function of spec, queue, date and seed."""
    spec = centre(evaluation_share=0.1)
    assert simulate_day(spec, "q", MONDAY, 1).records == simulate_day(spec, "q", MONDAY, 1).records
    assert simulate_day(spec, "q", MONDAY, 1).records != simulate_day(spec, "q", MONDAY, 2).records
    assert (
        simulate_day(spec, "q", MONDAY, 1).truth.offered.tolist()
        != simulate_day(spec, "q", MONDAY + dt.timedelta(1), 1).truth.offered.tolist()
    )


def test_counts_alone_are_the_truth_of_the_day() -> None:
    """The lean path gives the very figures of the day whose records it does not make."""
    spec = centre(dispersion=1.5)
    lean, full = simulate_counts(spec, "q", MONDAY, 1), simulate_day(spec, "q", MONDAY, 1).truth
    for name in ("offered", "answered_within", "wait_ms", "handled", "staffed_ms", "occupied_ms", "settled_ms"):
        assert (getattr(lean, name) == getattr(full, name)).all()


def test_contacts_are_reported_as_they_progress() -> None:
    """A contact that waited has a copy when it began to wait, one when it left, and one when handling ended."""
    day = simulate_day(centre(contacts_per_half_hour=100, spare_agents=-2), "q", MONDAY, 1)
    stages: defaultdict[str, list[int]] = defaultdict(list)
    for emitted, record in of_type(day, Contact):
        assert isinstance(record, Contact)
        assert emitted == record.updated_ms
        stages[record.contact_id].append(record.stage)
    for number, contact in final_contacts(day).items():
        waited = [0] if contact.wait_ms else []
        assert stages[number] == [*waited, *([1, 2] if contact.outcome == "answered" else [1])]


def test_a_feed_of_ended_contacts_has_one_copy_of_each_in_order_of_its_end() -> None:
    """reports="ended" sends the final copy only, and the same truth."""
    spec = centre()
    ended = simulate_day(spec, "q", MONDAY, 1, reports="ended")
    copies = [record for _, record in of_type(ended, Contact)]
    assert all(isinstance(copy, Contact) for copy in copies)
    updated = [copy.updated_ms for copy in copies if isinstance(copy, Contact)]
    assert updated == sorted(updated)
    assert len(copies) == ended.truth.offered.sum()
    assert final_contacts(ended) == final_contacts(simulate_day(spec, "q", MONDAY, 1))
    assert not [
        record for _, record in of_type(simulate_day(spec, "q", MONDAY, 1, reports="exits"), Contact)
        if isinstance(record, Contact) and record.stage == 0
    ]  # fmt: skip


@pytest.mark.parametrize("queue", ["voice", "office"])
def test_records_come_out_in_order_and_obey_the_rules_of_records(queue: str) -> None:
    """Emission times never fall, and every record goes through message and admission unchanged."""
    spec = centre(evaluation_share=0.2, channel=queue, max_wait_seconds=40, dispersion=2.0)
    rows = simulate_day(spec, "q", MONDAY, 9).records
    assert all(first[0] <= second[0] for first, second in itertools.pairwise(rows))
    for emitted, name, record in rows:
        assert emitted >= records.event_ms(record)
        decoded = wire.decode(wire.encode(name, [record]), name, HALF_HOUR, 0, emitted)
        assert not decoded.rejected
        assert decoded.records == [record]


def test_the_plan_is_published_the_evening_before_and_staffs_for_the_target() -> None:
    """Each open interval has forecast, AHT, requirement by the queue's own model, and schedule."""
    spec = centre(timezone=MADRID, curve=OFFICE, spare_agents=1, target=0.9, evaluation_share=0.0)
    plans = [record for _, record in of_type(simulate_day(spec, "q", MONDAY, 1), Plan)]
    assert len(plans) == 24
    for number, plan in enumerate(plans):
        assert isinstance(plan, Plan)
        assert plan.published_ms == at(18, MONDAY - dt.timedelta(1), MADRID)
        assert plan.start_ms == at(8 + number / 2, MONDAY, MADRID)
        assert plan.forecast_offered == pytest.approx(60 * OFFICE[16 + number])
        need = int(required_agents(plan.forecast_offered * 240 / 1800, 240, 20, 0.9, 180))
        assert (plan.required_agents, plan.scheduled_agents) == (need, need + 1)
        assert plan.forecast_aht_ms == 240_000


def test_evaluations_have_the_true_accuracy_of_each_family() -> None:
    """Random contacts are evaluated at the asked rate; the share without an error of a family is its accuracy."""
    accuracy = (("end_user", 0.9), ("business", 0.8), ("compliance", 0.99), ("non_critical", 0.7))
    spec = centre(contacts_per_half_hour=400, evaluation_share=0.3, accuracy=accuracy)
    day = simulate_day(spec, "q", MONDAY, 1)
    contacts = final_contacts(day)
    found = [record for _, record in of_type(day, Evaluation)]
    answered = int(day.truth.answered.sum())
    assert abs(len(found) - 0.3 * answered) < 4 * math.sqrt(answered * 0.21)
    right: Counter[str] = Counter()
    for record in found:
        assert isinstance(record, Evaluation)
        assert record.selection == "random"
        contact = contacts[record.contact_id or ""]
        assert (record.agent, contact.outcome) == (contact.agent, "answered")
        assert record.handled_ms == contact.updated_ms < record.evaluated_ms
        for family, _ in accuracy:
            applicable = [c.passed for c in record.checks if c.family == family and c.passed is not None]
            assert applicable
            right[family] += all(applicable)
    for family, share in accuracy:
        error = math.sqrt(share * (1 - share) / len(found))
        assert abs(right[family] / len(found) - share) < 4 * error, family


@pytest.mark.parametrize(
    ("date", "intervals"), [(dt.date(2026, 3, 28), 48), (dt.date(2026, 3, 29), 46), (dt.date(2026, 10, 25), 50)]
)
def test_a_local_day_has_23_24_or_25_hours(date: dt.date, intervals: int) -> None:
    """Round the clock the plan covers the local day from midnight to midnight, each half hour of it once."""
    plan = day_plan(centre(timezone=MADRID, hours=None).queues[0], date).intervals
    midnights = [
        int(dt.datetime.combine(day, dt.time(), tzinfo=ZoneInfo(MADRID)).timestamp() * 1000)
        for day in (date, date + dt.timedelta(1))
    ]
    assert [interval.start_ms for interval in plan] == list(range(*midnights, HALF_HOUR))
    assert len(plan) == intervals


def test_open_hours_are_local_across_a_clock_change() -> None:
    """A queue opens at eight by the wall clock before and after summer time begins."""
    spec = centre(timezone=MADRID)
    before = day_plan(spec.queues[0], dt.date(2026, 3, 28)).intervals[0].start_ms
    after = day_plan(spec.queues[0], dt.date(2026, 3, 29)).intervals[0].start_ms
    assert after - before == 23 * HOUR


def test_intervals_lie_on_multiples_of_local_standard_time() -> None:
    """In a zone five and a half hours from UTC, hourly intervals begin on the local hour."""
    spec = centre(timezone="Asia/Kolkata", interval_minutes=60, hours=(((8 * 60 + 20, 12 * 60),),) * 7)
    plan = day_plan(spec.queues[0], MONDAY).intervals
    assert plan[0].start_ms == at(8, MONDAY, "Asia/Kolkata")
    assert plan[0].begin_ms == at(8 + 1 / 3, MONDAY, "Asia/Kolkata")
    assert plan[0].forecast == pytest.approx(80)


def test_closed_dates_have_no_records() -> None:
    """On a closed date there is neither plan nor contact."""
    day = simulate_day(centre(closed=frozenset({MONDAY})), "q", MONDAY, 1)
    assert day.records == []
    assert day.truth.offered.size == 0


def stream_centre() -> CentreSpec:
    """Three queues of different hours, one of them round the clock, over a clock change."""
    queues = (
        QueueSpec("a", "round", 12, 200, timezone=MADRID, hours=None, curve=ROUND_THE_CLOCK, evaluation_share=0.1),
        QueueSpec("a", "day", 30, 200, timezone=MADRID, hours=OPEN),
        QueueSpec("b", "late", 8, 300, timezone=MADRID, hours=(((20 * 60, 28 * 60),),) * 7),
    )
    return CentreSpec(queues, incident_rate=1.0)


def test_a_stream_merges_queues_and_days_in_order() -> None:
    """Four days over a clock change give every day's records once, by time of emission."""
    spec = stream_centre()
    first = dt.date(2026, 3, 27)
    start, end = at(0, first, MADRID), at(0, first + dt.timedelta(4), MADRID)
    rows = list(stream(spec, start, end, 3))
    assert all(one[0] <= two[0] for one, two in itertools.pairwise(rows))
    assert all(start <= emitted < end for emitted, _, _ in rows)
    for queue in spec.queues:
        expected: Counter[object] = Counter()
        for day in range(-1, 5):
            simulated = simulate_day(spec, queue.queue, first + dt.timedelta(day), 3)
            expected.update((emitted, record) for emitted, _, record in simulated.records if start < emitted < end)
        got = Counter((emitted, record) for emitted, name, record in rows if name == queue.queue and emitted > start)
        assert got == expected
    assert rows == list(stream(spec, start, end, 3))


def test_a_stream_begins_with_what_holds_then() -> None:
    """Switched on at noon it says the plans still to come and the last state of each agent on duty."""
    spec = centre(timezone=MADRID)
    noon = at(12, MONDAY, MADRID)
    rows = list(stream(spec, noon, noon + HOUR, 1))
    day = simulate_day(spec, "q", MONDAY, 1)
    opening = [record for emitted, _, record in rows if emitted == noon]
    plans = [record for record in opening if isinstance(record, Plan)]
    assert [plan.start_ms for plan in plans] == [noon + HALF_HOUR * number for number in range(16)]
    last: dict[str, AgentState] = {}
    for emitted, record in of_type(day, AgentState):
        if emitted < noon and isinstance(record, AgentState):
            last[record.agent] = record
    on = {agent: state for agent, state in last.items() if state.state != "offline"}
    told = {record.agent: record for record in opening if isinstance(record, AgentState) and record.since_ms < noon}
    assert told == on
    later = [row for row in rows if row[0] > noon]
    assert later == [row for row in day.records if noon < row[0] < noon + HOUR]


def test_a_stream_of_years_begins_at_once() -> None:
    """Days are simulated when their records are due, not before."""
    rows = stream(stream_centre(), at(0), at(0) + 4000 * 24 * HOUR, 1)
    assert len(list(itertools.islice(rows, 1000))) == 1000


@pytest.mark.parametrize(
    "hours", [None, (((15 * 60, 24 * 60),), ((0, 2 * 60), (15 * 60, 24 * 60)), *[((0, 2 * 60),)] * 5)]
)
def test_agents_of_two_days_do_not_collide_at_midnight(hours: object) -> None:
    """Calls that run into the next day leave its agents alone: nobody has two states at once."""
    spec = centre(hours=hours, aht_seconds=900)
    last: dict[str, AgentState] = {}
    for _, _, record in stream(spec, at(0), at(0) + 72 * HOUR, 1):
        if isinstance(record, AgentState):
            known = last.get(record.agent)
            assert known is None or (known.since_ms < record.since_ms and known.sequence < record.sequence)
            last[record.agent] = record


def test_days_add_up_over_midnight() -> None:
    """Handling that ends after midnight is added to the interval in which it ended."""
    spec = centre(hours=None, contacts_per_half_hour=40)
    days = days_of(spec, 3)
    both = add_up(days)
    assert len(both.start_ms) == len(set(both.start_ms.tolist()))
    for name in ("offered", "handled", "staffed_ms", "talk_ms"):
        assert getattr(both, name).sum() == sum(getattr(day, name).sum() for day in days)
    midnight = both.start_ms.tolist().index(at(24))
    assert both.handled[midnight] == days[0].handled[48] + days[1].handled[0] > days[1].handled[0]
    with pytest.raises(ValueError, match="one queue"):
        add_up([])


def test_snapshots_hold_the_truth_of_each_interval() -> None:
    """One snapshot an interval says the truth's counts and times, after its last contact has left."""
    truth = simulate_counts(centre(hours=(((9 * 60, 12 * 60), (15 * 60, 20 * 60)),) * 7), "q", MONDAY, 2)
    rows = snapshots(truth)
    assert [emitted for emitted, _, _ in rows] == sorted(emitted for emitted, _, _ in rows)
    at_start = {start: index for index, start in enumerate(truth.start_ms.tolist())}
    assert {record.start_ms for _, _, record in rows} >= set(truth.start_ms[truth.open].tolist())
    for emitted, _, record in rows:
        index = at_start[record.start_ms]
        assert emitted >= max(record.as_of_ms, int(truth.settled_ms[index]))
        assert record.offered == truth.offered[index]
        assert record.answered_within == truth.answered_within[index]
        assert record.handle_ms == truth.handle_ms[index]
        assert record.staffed_ms == truth.staffed_ms[index]
        assert record.occupied_ms == truth.occupied_ms[index]


def test_a_contact_that_waits_too_long_overflows() -> None:
    """With a limit of 30 s and patient customers nobody waits longer, and those who reach it overflow."""
    spec = centre(agents=6, patience_seconds=None, max_wait_seconds=30)
    day = simulate_day(spec, "q", MONDAY, 1)
    span = day.run.spans[0]
    assert (span.exited - span.offered).max() == 30_000
    assert day.truth.overflowed.sum() > 100
    assert day.truth.abandoned.sum() == 0
    assert (span.exited - span.offered)[span.overflowed].min() == 30_000


def test_the_queue_is_emptied_after_closing() -> None:
    """Contacts that wait at closing are answered, in time their agents still count as staffed."""
    spec = centre(agents=3, patience_seconds=None, contacts_per_half_hour=25)
    truth = simulate_counts(spec, "q", MONDAY, 1)
    assert truth.offered[truth.open].sum() == truth.answered.sum() > 0
    assert not truth.open[24]
    assert truth.staffed_ms[24] == truth.occupied_ms[24] > 0


def test_the_seed_places_incidents_from_an_instant_on() -> None:
    """Placed incidents lie in open time at the asked rate, and none begins before `incidents_from_ms`."""
    spec = CentreSpec(centre().queues, incident_rate=2.0, incidents_from_ms=at(12))
    placed = [
        incident for day in range(200) for incident in incidents_of(spec, spec.queues[0], MONDAY + dt.timedelta(day), 1)
    ]
    assert min(incident.start_ms for incident in placed) >= at(12)
    assert abs(len(placed) - 400) < 4 * 20
    assert {incident.kind for incident in placed} == {"surge", "long_calls", "absent", "feed_stop"}
    hours = [dt.datetime.fromtimestamp(incident.start_ms / 1000, dt.UTC).hour for incident in placed]
    assert min(hours) >= 8
    assert max(hours) < 20


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"contacts_per_half_hour": -1}, "contacts_per_half_hour"),
        ({"aht_seconds": 0}, "aht_seconds"),
        ({"dispersion": 0.5}, "dispersion"),
        ({"concurrency": 0.5}, "concurrency"),
        ({"interval_minutes": 7}, "interval_minutes"),
        ({"curve": (1.0,)}, "curve"),
        ({"definition": "S9"}, "definition"),
        ({"patience_seconds": float("nan")}, "patience_seconds"),
    ],
)
def test_a_queue_that_cannot_be_is_refused_by_name(fields: dict[str, object], named: str) -> None:
    """A wrong figure is refused and the message names the field."""
    with pytest.raises(ValueError, match=named):
        centre(**fields)


def test_an_incident_that_cannot_be_is_refused() -> None:
    """An unknown queue, kind, size or an empty stretch is refused, and so is a queue named twice."""
    queue = centre().queues[0]
    with pytest.raises(ValueError, match="'x'"):
        CentreSpec((queue,), (Incident("surge", "x", 0, 1),))
    with pytest.raises(ValueError, match="different names"):
        CentreSpec((queue, queue))
    with pytest.raises(ValueError, match="end_ms"):
        Incident("surge", "q", 1, 1)
    with pytest.raises(ValueError, match="factor"):
        Incident("absent", "q", 0, 1, 1.5)
    with pytest.raises(ValueError, match="kind"):
        Incident("storm", "q", 0, 1)  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(ValueError, match="reports"):
        _ = simulate_day(centre(), "q", MONDAY, 1, reports="never").records  # type: ignore[arg-type]  # as above


DEMO = Path(__file__).resolve().parents[3] / "config" / "monitor.yaml"


@pytest.mark.parametrize("hour", [0, 3, 7, 10, 13, 16, 19, 22])
def test_the_demo_has_a_broken_service_level_at_any_hour(hour: int) -> None:
    """At any hour of a working day a surge is going on whose final intervals fall 0.60 and more below the range."""
    configuration = read_settings(DEMO)
    queues = [configuration.queue(queue) for own in configuration.programs.values() for queue in own]
    for date, seed in ((dt.date(2026, 3, 4), 1), (dt.date(2026, 7, 17), 2)):
        now = at(hour + 0.2, date, MADRID)
        spec = demo_centre(queues, now)
        assert [queue.queue for queue in spec.queues] == [queue.queue for queue in queues]
        surge = next(incident for incident in spec.incidents if incident.kind == "surge")
        assert surge.start_ms < now < surge.end_ms
        truth = add_up(simulate_counts(spec, surge.queue, date + dt.timedelta(day), seed) for day in (-1, 0))
        final = (truth.start_ms + HALF_HOUR + 320_000 <= now) & (truth.start_ms >= now - 8 * HOUR)
        low = configuration.queue(surge.queue).service_level.range
        assert low is not None
        running = 0.0
        for level, offered in zip(truth.service_level[final], truth.offered[final], strict=True):
            if offered >= 20:
                running = running + low[0] - level if level < low[0] else 0.0
        assert running >= 0.60


def test_the_demo_has_queues_of_very_different_size_and_several_incidents_by_day() -> None:
    """In the afternoon four queues have an incident, and the busiest is thirty times the quietest."""
    configuration = read_settings(DEMO)
    queues = [configuration.queue(queue) for own in configuration.programs.values() for queue in own]
    spec = demo_centre(queues, at(16, dt.date(2026, 3, 4), MADRID))
    assert {incident.kind for incident in spec.incidents} == {"surge", "long_calls", "absent", "feed_stop"}
    assert len({incident.queue for incident in spec.incidents}) == 4
    rates = [queue.contacts_per_half_hour for queue in spec.queues]
    assert max(rates) > 30 * min(rates)
    assert len({queue.program for queue in spec.queues}) == 3
