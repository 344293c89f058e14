"""Tests of `agents.engine.outlook`: what a queue's engine gathers for projections, and learns from its days."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import pytest
from engine import HALF_HOUR, MINUTE, QUEUE, SOURCE, at, contact, settings
from outlook_days import DAY, HOUR, HOURS, MONDAY, RATE, agents, calls, look, plan, reasons

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Output, Projected, Result
from agents.projection.inputs import QueueAhead
from config.settings import QueueSettings
from streams.records import AgentState, Contact, Feed, Plan, Record, event_ms


def run(records: Sequence[Record], store: dict[bytes, bytes] | None = None) -> tuple[QueueEngine, list[Output]]:
    """An engine with these records in order of time, and what it put out."""
    engine = QueueEngine(settings(hours=HOURS), {} if store is None else store)
    out = []
    for offset, record in enumerate(sorted(records, key=event_ms)):
        out += engine.apply([record], SOURCE, offset)
    return engine, out


def made(out: Sequence[Output]) -> Iterator[Projected]:
    """The projections among outputs."""
    return (output for output in out if isinstance(output, Projected))


@pytest.fixture(scope="module")
def morning() -> list[Record]:
    """A planned day up to noon."""
    return [*plan(MONDAY), *agents(MONDAY), *calls(MONDAY, last=24)]


def test_a_planned_day_is_projected_to_its_close(morning: list[Record]) -> None:
    """At noon the intervals up to 20:00 have volume, agents and service level, and the day its chances."""
    engine, _ = run(morning)
    inputs, projection = look(engine, at("12:00"))
    assert [each.start_ms for each in projection.intervals] == [at("12:00") + n * HALF_HOUR for n in range(16)]
    assert inputs.offered == sum(isinstance(record, Contact) for record in morning)
    assert inputs.counted == inputs.good == inputs.offered
    assert inputs.staffed == 8
    assert inputs.busy == pytest.approx(RATE * 240 / 1800, rel=0.3)
    first = projection.intervals[0]
    assert first.forecast_offered == RATE
    assert first.reforecast_aht_seconds == pytest.approx(240, rel=0.01)
    assert first.expected_agents == pytest.approx(8, abs=0.05)
    assert projection.day is not None
    assert projection.day.service_level is not None
    assert projection.day.service_level > 0.85
    assert reasons(projection) == []


@pytest.mark.parametrize("minutes", [1, 5, 20])
def test_agents_with_chats_that_go_on_are_busy_before_the_chats_end(minutes: int) -> None:
    """60 chats of 600 s a half hour at 2.5 at once keep 8 of 10 agents busy, also while none has ended yet."""
    now = at("10:00") + minutes * MINUTE
    chats = [contact(f"c{n}", at("08:00") + n * 30_000, wait=0, talk=600) for n in range(300)]
    ended = [each for each in chats if each.offered_ms + 600_000 < now]
    going_on = [contact(each.contact_id, each.offered_ms, wait=0) for each in chats if each.offered_ms < now]
    configured = tuple(dataclasses.replace(each, channel="chat", concurrency=2.5) for each in settings(hours=HOURS))
    engine = QueueEngine(configured, {})
    for offset, record in enumerate(sorted([*agents(MONDAY, heads=10), *going_on, *ended], key=event_ms)):
        if event_ms(record) < now:
            engine.apply([record], SOURCE, offset)
    inputs = look(engine, now)[0]
    assert inputs.staffed == pytest.approx(10)
    assert inputs.busy == pytest.approx(8, abs=0.2)


def chats_at_once(**changes: object) -> QueueAhead:
    """The inputs after two hours of two agents, of whom `ana` has three chats at once for 20 minutes.

    She is handling from 09:00 to 09:20 and in wrap for 5 minutes of the last chat; `ben` has nobody. The third half
    hour is not final, and its chat does not count.
    """
    configured = tuple(dataclasses.replace(each, **{"channel": "chat", **changes}) for each in settings(hours=HOURS))  # type: ignore[arg-type]  # fields of the settings
    states = [("ana", "08:00", "available"), ("ben", "08:00", "available"), ("ana", "09:00", "handling")]
    states += [("ana", "09:20", "wrap"), ("ana", "09:25", "available"), ("ana", "09:40", "handling")]
    records: list[Record] = [AgentState(who, at(clock), state, (QUEUE,)) for who, clock, state in states]
    records += [contact(f"c{n}", at("09:00"), wait=0, talk=1200) for n in range(2)]
    records += [contact("c2", at("09:00"), wait=0, talk=1200, wrap=300), contact("c3", at("09:40"), wait=0, talk=900)]
    records.append(Feed("calls", at("09:59")))
    engine = QueueEngine(configured, {})
    for offset, record in enumerate(sorted(records, key=event_ms)):
        engine.apply([record], SOURCE, offset)
    return look(engine, at("09:59"))[0]


@pytest.mark.parametrize("concurrency", [1.0, 2.5])
def test_contacts_at_once_are_seen_in_states_and_contacts_whatever_the_setting(concurrency: float) -> None:
    """3,900 s of chats in 1,500 s of an agent who has any are 2.6 at once."""
    inputs = chats_at_once(concurrency=concurrency)
    assert (inputs.handling_ms, inputs.with_contact_ms) == (3_900_000, 1_500_000)
    assert inputs.reached == pytest.approx(2.6)


def test_contacts_at_once_are_not_told_of_calls() -> None:
    """An agent on calls has one at a time: nothing is summed."""
    inputs = chats_at_once(channel="voice")
    assert (inputs.handling_ms, inputs.with_contact_ms, inputs.reached) == (0, 0, None)


def test_the_open_interval_is_known_up_to_now() -> None:
    """Ten minutes into an interval its contacts count, and the rest of it is projected."""
    records = [*plan(MONDAY), *agents(MONDAY), *calls(MONDAY, last=24)]
    records += [contact(f"x{n}", at("12:00") + n * 30_000, wait=60, talk=240) for n in range(20)]
    engine, _ = run(records)
    inputs, projection = look(engine, at("12:10"))
    assert (inputs.intervals[0].offered, inputs.intervals[0].counted, inputs.intervals[0].good) == (20, 20, 0)
    assert projection.intervals[0].reforecast_offered == pytest.approx(20 + RATE * 2 / 3, rel=0.15)
    assert projection.intervals[0].start_ms == at("12:00")


def test_without_a_plan_three_same_weekdays_are_needed() -> None:
    """Two Mondays give no forecast, three do; the day says so either way."""
    weeks = [[*calls(MONDAY + week * 7 * DAY), *agents(MONDAY + week * 7 * DAY)] for week in range(3)]
    for known in (2, 3):
        today = MONDAY + known * 7 * DAY
        records = [record for week in weeks[:known] for record in week]
        engine, _ = run([*records, *calls(today, last=24), *agents(today)])
        _, projection = look(engine, today + 12 * HOUR)
        if known == 2:
            assert reasons(projection) == ["staffed_of_now", "no_history"] or "no_history" in reasons(projection)
            assert projection.day is None
            assert projection.intervals == ()
        else:
            assert "no_plan" in reasons(projection)
            assert "staffed_of_now" in reasons(projection)
            assert projection.day is not None
            volumes = [each.forecast_offered for each in projection.intervals]
            assert np.mean(volumes) == pytest.approx(RATE, rel=0.12)  # type: ignore[arg-type]  # none is empty


def test_a_plan_that_ends_at_noon_ends_the_projection_there() -> None:
    """Nothing is said of the afternoon that nobody has a forecast of, nor of the day."""
    engine, _ = run([*plan(MONDAY, last=24), *agents(MONDAY), *calls(MONDAY, last=20)])
    _, projection = look(engine, at("10:00"))
    assert [each.reforecast_offered is not None for each in projection.intervals] == [True] * 4 + [False] * 16
    assert projection.day is None
    assert [(note.reason, note.at_ms) for note in projection.notes if note.reason != "staffed_of_now"] == [
        ("plan_ends", at("12:00")),
        ("partly_no_history", at("12:00")),
    ]


def test_a_closed_day_and_one_that_is_over_say_so(morning: list[Record]) -> None:
    """After close and on Saturday there is nothing to project."""
    engine, _ = run(morning)
    assert reasons(look(engine, at("20:30"))[1]) == ["day_over"]
    assert reasons(look(engine, at("2026-03-07T11:00"))[1]) == ["closed_day"]


def test_before_opening_the_whole_day_is_ahead(morning: list[Record]) -> None:
    """At seven the day is as planned, and nothing is known of it."""
    engine, _ = run([*morning, *plan(MONDAY + DAY)])
    inputs, projection = look(engine, at("2026-03-03T07:00"))
    assert len(projection.intervals) == 24
    assert (inputs.offered, inputs.waiting, inputs.busy) == (0, 0, 0)
    assert projection.intervals[0].reforecast_offered == pytest.approx(RATE)


def test_a_feed_that_is_missing_takes_the_service_level_away() -> None:
    """While nobody knows who waits, volume alone is projected; afterwards the gap is named."""
    rows: list[Record] = [*plan(MONDAY), *agents(MONDAY), *calls(MONDAY, last=20)]
    engine = QueueEngine(settings(hours=HOURS, silent_after_seconds=1800), {})
    for offset, record in enumerate(sorted(rows, key=event_ms)):
        engine.apply_records([record], [0], SOURCE, [offset], feeds=["acd" if isinstance(record, Contact) else None])
    engine.apply([Feed("acd", at("10:00"))], SOURCE, 10_000)
    engine.tick(at("10:00"))
    engine.finish(at("11:30"))
    _, projection = look(engine, at("11:40"))
    assert "missing_feed" in reasons(projection)
    assert all(each.projected_service_level is None for each in projection.intervals)
    assert projection.intervals[0].reforecast_offered is not None
    assert projection.day is not None
    assert projection.day.service_level is None


def test_a_deferred_queue_has_volume_and_handle_time_only(morning: list[Record]) -> None:
    """Contacts that wait by design have no such service level."""
    engine = QueueEngine(tuple(_deferred(each) for each in settings(hours=HOURS)), {})
    for offset, record in enumerate(sorted(morning, key=event_ms)):
        engine.apply([record], SOURCE, offset)
    _, projection = look(engine, at("12:00"))
    assert "deferred" in reasons(projection)
    assert projection.intervals[0].reforecast_offered is not None
    assert projection.intervals[0].required_agents is None
    assert projection.intervals[0].projected_service_level is None


def _deferred(given: QueueSettings) -> QueueSettings:
    return dataclasses.replace(given, deferred=True)


def test_projections_are_made_at_their_times_and_before_the_record_that_reaches_them(morning: list[Record]) -> None:
    """At 09:00 and 11:00, each from what lies before it, whatever comes next."""
    _, out = run(morning)
    found = list(made(out))
    assert [each.made_ms for each in found] == [at("09:00"), at("11:00")]
    before = [record for record in morning if isinstance(record, Contact) and record.offered_ms < at("11:00")]
    inputs = cast("QueueAhead", found[1].inputs)
    assert inputs.offered == len(before)
    assert inputs.known_ms == at("11:00")


@pytest.mark.parametrize("batch", [7, 400])
def test_projections_do_not_hang_on_batches_or_restarts(morning: list[Record], batch: int) -> None:
    """One record at a time, in batches, or with a new engine after each batch: the same, with the same hashes."""
    days = [morning, calls(MONDAY, first=24), plan(MONDAY + DAY), agents(MONDAY + DAY), calls(MONDAY + DAY)]
    records = sorted((record for day in days for record in day), key=event_ms)
    _, expected = run(records)
    store: dict[bytes, bytes] = {}
    out: list[Output] = []
    for first in range(0, len(records), batch):
        engine = QueueEngine(settings(hours=HOURS), store)
        part = records[first : first + batch]
        engine.apply_records(part, range(len(part)), SOURCE, range(first, first + len(part)))
        out += engine.take()
        commit = engine.commit()
        if commit is not None:
            commit.apply(store)
    differing = [one.made_ms for one, other in zip(made(out), made(expected), strict=True) if one != other]
    assert differing == []
    assert len(list(made(out))) == 8
    assert [each.row["hash"] for each in out if isinstance(each, Result)] == [
        each.row["hash"] for each in expected if isinstance(each, Result)
    ]


def test_a_night_shift_is_one_day() -> None:
    """At one in the night the day is the one that began the evening before."""
    hours = {"mon-fri": "20:00-04:00"}
    engine = QueueEngine(settings(hours=hours), {})
    records = [*plan(MONDAY, 40, 56), *agents(MONDAY, begin=20 * HOUR, end=28 * HOUR), *calls(MONDAY, 40, 50)]
    for offset, record in enumerate(sorted(records, key=event_ms)):
        engine.apply([record], SOURCE, offset)
    inputs, projection = look(engine, at("2026-03-03T01:00"))
    assert (inputs.begin_ms, inputs.end_ms) == (at("20:00"), at("2026-03-03T04:00"))
    assert len(projection.intervals) == 6
    assert inputs.offered > 300


def test_the_day_on_which_clocks_go_back_has_an_hour_more() -> None:
    """25 October 2026 in Madrid: every interval of its 25 hours is ahead, both of the repeated hour."""
    versions = settings(timezone="Europe/Madrid", hours={"mon-sun": "00:00-24:00"})
    engine = QueueEngine(versions, {})
    midnight = at("2026-10-24T22:00")
    rows = [
        Plan("v1", midnight - DAY, midnight + n * HALF_HOUR, HALF_HOUR, 30.0, 200_000, None, 6.0) for n in range(50)
    ]
    engine.apply(rows, SOURCE, 0)
    engine.apply([contact("c", midnight - HOUR)], SOURCE, 1)
    inputs, _ = look(engine, midnight)
    assert len(inputs.intervals) == 50
    assert [each.hour for each in inputs.intervals[2:10]] == [1, 1, 2, 2, 2, 2, 3, 3]
    assert inputs.end_ms - inputs.begin_ms == 25 * HOUR


def test_learned_sums_of_a_queue_stay_small() -> None:
    """Beside a few sums a slot, what is learned takes under 2 KB however many days it was."""
    store: dict[bytes, bytes] = {}
    records: list[Record] = []
    for day in range(26):
        if (MONDAY + day * DAY) // DAY % 7 in {4, 5, 6, 0, 1}:
            records += [*plan(MONDAY + day * DAY), *calls(MONDAY + day * DAY, rate=10), *agents(MONDAY + day * DAY, 3)]
    engine, _ = run(records, store)
    commit = engine.commit()
    assert commit is not None
    commit.apply(store)
    cells = {key.split(b"\0")[1]: len(value) for key, value in store.items() if b"\0ahead" in key}
    own = [size for name, size in cells.items() if name.startswith(b"ahead@") or name == b"ahead"]
    assert own
    assert sum(own) < 2048
    slots = [size for name, size in cells.items() if name[5:6].isdigit()]
    assert all(size < 24 * 32 for size in slots)


def test_a_day_that_is_not_kept_is_not_projected(morning: list[Record]) -> None:
    """With corrections of a day alone, a restart would forget the morning: nothing is said then."""
    engine = QueueEngine(settings(hours=HOURS, correction_days=1), {})
    for offset, record in enumerate(sorted(morning, key=event_ms)):
        engine.apply([record], SOURCE, offset)
    _, projection = look(engine, at("12:00"))
    assert reasons(projection) == ["not_kept"]
    assert projection.intervals == ()


def test_an_idle_queues_day_runs_on_by_the_clock(morning: list[Record]) -> None:
    """A driver's clock moves what is known, as it moves the watermark."""
    engine = QueueEngine(settings(hours=HOURS), {})
    for offset, record in enumerate(sorted(morning, key=event_ms)):
        engine.apply([record], SOURCE, offset, event_ms(record))
    last = max(event_ms(record) for record in morning if isinstance(record, Contact))
    still, later = engine.view.outlook(), engine.view.outlook(last + 10 * MINUTE)
    assert still is not None
    assert later is not None
    assert (still.known_ms, later.known_ms) == (last, last + 10 * MINUTE)


def test_a_shortage_within_two_hours_is_told_before_it_comes(morning: list[Record]) -> None:
    """The engine's notices read the projection that its driver made: when, how bad, why."""
    short = [
        Plan(
            "v1", MONDAY - HOUR, MONDAY + place * HALF_HOUR, HALF_HOUR, 40.0, 240_000, None, 4.0 if place == 26 else 8.0
        )
        for place in range(16, 40)
    ]
    engine, _ = run([*(record for record in morning if not isinstance(record, Plan)), *short])
    _, engine.projection = look(engine, at("12:00"))
    result = engine.provisional()
    assert result is not None
    [notice] = engine.notices(result)
    record = notice.record
    assert (record.rule, record.state, record.severity, record.live) == (
        "service_level_at_risk",
        "opened",
        "warning",
        True,
    )
    assert record.first_interval_start_ms == at("13:00")
    assert engine.notices(result) == []
    assert [breach.rule for breach in engine.status.breaches(0.0, 1.0)] == ["service_level_at_risk"]
