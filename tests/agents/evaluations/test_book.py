"""Monitored transactions in a queue's machine: which copy counts, what is told when a day is over, what is refused."""

import random
from collections.abc import Iterable
from typing import Any

import pytest
from engine import MINUTE, at, configuration, contact, content, engine, feed, snapshot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import DeadLetter, Evaluated, Output
from agents.state.store import LARGEST_BYTES
from streams import admission
from streams.records import Check, Contact, Evaluation, Record, RecordError, event_ms
from streams.told.queue_day import QueueDay, decode_queue_day, encode_queue_day

HOURS = {"mon-sun": "09:00-12:00"}
DAY = 86_400_000
SLOW = [HealthCheck.too_slow]


def evaluation(name: str, handled: str, evaluated: str, *, right: bool = True, **given: Any) -> Evaluation:
    """An evaluation of one end-user check."""
    return admission.admit_evaluation(
        name,
        at(handled),
        at(evaluated),
        given.get("selection"),
        [Check("greeting", "end_user", right)],
        given.get("contact_id"),
        given.get("agent", "ann"),
        given.get("team", "north"),
        given.get("shift", "early"),
        given.get("evaluator", "eve"),
    )


def handled(name: str, offered: int, agent: str = "ann", talk: int = 60_000, updated: int | None = None) -> Contact:
    """A contact answered at once."""
    return admission.admit_contact(
        name, offered, "answered", None, 0, talk, None, None, updated, agent, "north", "early", None, skew_ms=5000
    )


def morning(day: str = "2026-03-02", every: int = 20) -> list[Contact]:
    """Contacts of a whole morning."""
    return [handled(f"{day}-{n}", at(f"{day}T09:00") + n * every * MINUTE) for n in range(180 // every)]


def days(outputs: Iterable[Output]) -> list[QueueDay]:
    """The days that were emitted to the program."""
    return [output for output in outputs if isinstance(output, QueueDay)]


def by_event(given: Iterable[Record]) -> list[Record]:
    """Records in order of event time."""
    return sorted(given, key=event_ms)


def run(given: Iterable[Record], until: str = "2026-03-03T12:00") -> tuple[QueueEngine, list[Output]]:
    """A machine that saw the records in order, and its outputs."""
    machine = engine(hours=HOURS)
    outputs = feed(machine, by_event(given))
    return machine, outputs + machine.finish(at(until))


def test_a_day_is_told_once_with_what_was_handled_and_monitored() -> None:
    """One record a queue and local day, after its last interval, with sums by agent and hour and the evaluations."""
    _, outputs = run([*morning(), evaluation("e1", "09:30", "10:30"), *morning("2026-03-03")])
    first, second = days(outputs)
    assert (first.day.isoformat(), first.next_day.isoformat()) == ("2026-03-02", "2026-03-03")
    assert (first.program, first.queue, first.interval_start_ms) == ("retail", "sales", at("11:30"))
    (row,) = first.handled_by
    assert (row.agent, row.month, row.contacts, row.handle_ms) == ("ann", "2026-03", 9, 540_000)
    assert [(slot.hour, slot.contacts) for slot in first.handled_at] == [(9, 3), (10, 3), (11, 3)]
    assert [each.evaluation_id for each in first.evaluations] == ["e1"]
    assert second.evaluations == ()
    assert decode_queue_day(encode_queue_day(first)) == first


def test_counts_by_interval_say_the_hour_and_nobody() -> None:
    """A feed of interval counts tells where contacts were in the day (handled, else answered), not who took them."""
    _, outputs = run(
        [
            snapshot("09:00", offered=9, answered=8, handled=7),
            snapshot("09:30", offered=9, answered=8),
            snapshot("11:30", offered=0),
        ]
    )
    first = days(outputs)[0]
    assert [(slot.hour, slot.contacts) for slot in first.handled_at] == [(9, 15)]
    assert first.handled_by == ()


def test_a_closed_day_is_not_told() -> None:
    """A date without open hours and without data has no record, and the day before says when the next one is."""
    machine = engine(hours={"mon": "09:00-12:00", "thu": "09:00-12:00"})
    outputs = feed(machine, morning()) + machine.finish(at("2026-03-05T12:00"))
    assert [(day.day.isoformat(), day.next_day.isoformat()) for day in days(outputs)] == [
        ("2026-03-02", "2026-03-05"),
        ("2026-03-05", "2026-03-09"),
    ]


def test_a_shift_over_midnight_is_one_day() -> None:
    """A contact handled after midnight is emitted with the day on which the shift began, under its own month."""
    machine = engine(hours={"mon-sun": "22:00-02:00"})
    late = [handled("a", at("2026-03-31T23:00")), handled("b", at("2026-04-01T01:00"))]
    outputs = feed(machine, late) + machine.finish(at("2026-04-01T02:00"))
    (day,) = days(outputs)
    assert day.day.isoformat() == "2026-03-31"
    assert [(row.month, row.contacts) for row in day.handled_by] == [("2026-03", 1), ("2026-04", 1)]


def test_an_evaluation_made_after_the_day_is_told_with_the_next() -> None:
    """The day on which an evaluation was made decides, not the one on which it is about."""
    _, outputs = run([*morning(), *morning("2026-03-03"), evaluation("e1", "09:30", "15:00")])
    assert [[each.evaluation_id for each in day.evaluations] for day in days(outputs)] == [[], ["e1"]]


def test_the_later_copy_counts_and_the_same_again_does_nothing() -> None:
    """The greatest evaluated_at replaces, an older copy is superseded, the same values again do nothing."""
    first = evaluation("e1", "09:30", "10:00")
    later = evaluation("e1", "09:30", "10:30", right=False)
    machine, outputs = run([*morning(), first, later, first, later])
    assert machine.counters.duplicate == 2
    assert days(outputs)[0].evaluations == (later,)
    assert [output.row["evaluated_at"] for output in outputs if isinstance(output, Evaluated)] == [
        "2026-03-02T10:00:00Z",
        "2026-03-02T10:30:00Z",
    ]
    machine = engine(hours=HOURS)
    outputs = feed(machine, [later, first])
    assert (machine.counters.accepted, machine.counters.duplicate) == (2, 0)
    assert len([output for output in outputs if isinstance(output, Evaluated)]) == 1


def test_a_replaced_copy_is_told_again() -> None:
    """An update that comes after its day was told comes with the next day's record."""
    update = evaluation("e1", "09:30", "2026-03-03T09:30", right=False)
    _, outputs = run([*morning(), evaluation("e1", "09:30", "10:00"), *morning("2026-03-03"), update])
    assert [day.evaluations[0].checks[0].passed for day in days(outputs)] == [True, False]


@pytest.mark.parametrize("verdicts", [(True, False), (False, True), (True, False, True)])
def test_of_copies_of_one_instant_the_later_one_in_the_log_counts(verdicts: tuple[bool, ...]) -> None:
    """Equal evaluated_at and other values: a restatement, whatever it says, and nothing is refused."""
    copies = [evaluation("e1", "09:30", "10:00", right=right) for right in verdicts]
    machine = engine(hours=HOURS)
    outputs = feed(machine, [*morning()[:1], *copies, *morning()[1:]]) + machine.finish(at("12:00"))
    assert not [output for output in outputs if isinstance(output, DeadLetter)]
    assert machine.counters.restated == len(verdicts) - 1
    assert [output.row["checks"][0]["passed"] for output in outputs if isinstance(output, Evaluated)] == list(verdicts)
    assert [copy.checks[0].passed for copy in days(outputs)[0].evaluations] == [verdicts[-1]]


def test_a_late_contact_is_told_with_the_next_day() -> None:
    """A copy that comes after its day was told takes its old self out and puts itself in."""
    machine = engine(hours=HOURS)
    outputs = feed(machine, [*morning(), *morning("2026-03-03")[:3]])
    changed = handled("2026-03-02-0", at("09:00"), agent="bob", talk=90_000, updated=at("13:00"))
    outputs += feed(machine, [changed, *morning("2026-03-03")[3:]]) + machine.finish(at("2026-03-03T12:00"))
    second = days(outputs)[1]
    assert {row.agent: (row.contacts, row.handle_ms) for row in second.handled_by} == {
        "ann": (9 - 1, 540_000 - 60_000),
        "bob": (1, 90_000),
    }


def test_an_evaluation_long_after_its_month_is_refused() -> None:
    """A month can be told of until correction_days after its end; what is made later is too late, by what it says."""
    machine = engine(hours=HOURS)
    inside = evaluation("in", "2026-03-31T09:30", "2026-04-07T23:00")
    outside = evaluation("out", "2026-03-31T09:30", "2026-04-08T00:30")
    outputs = feed(machine, [*morning("2026-03-31"), inside, outside])
    assert [output.reason[:9] for output in outputs if isinstance(output, DeadLetter)] == ["too_late:"]
    assert machine.counters.accepted == 9 + 1


def test_months_leave_the_state() -> None:
    """No cell holds a day that can no longer be corrected: the state of a year is as large as that of a month."""
    store: dict[bytes, bytes] = {}
    machine = QueueEngine(configuration(content(hours=HOURS)).queue("sales"), store)
    sizes: list[int] = []
    for month in range(1, 8):
        for day in range(1, 29, 3):
            date = f"2026-{month:02d}-{day:02d}"
            feed(machine, by_event([*morning(date, 60), evaluation(date, f"{date}T09:30", f"{date}T10:00")]))
            commit = machine.commit()
            assert commit is not None
            commit.apply(store)
        sizes.append(len([key for key in store if b"\x00ev" in key]))
    assert max(sizes) == max(sizes[:3])


def test_a_queue_that_nobody_configured_and_that_has_no_calls_keeps_its_evaluations() -> None:
    """An evaluation of an unknown queue gets the defaults, and is in the history whether calls come or not."""
    machine = QueueEngine(configuration(content()).queue("unheard-of"), {})
    (output,) = feed(machine, [evaluation("e1", "09:30", "10:00")])
    assert isinstance(output, Evaluated)
    assert (output.row["program"], output.row["queue"], output.row["selection"]) == (
        "unassigned",
        "unheard-of",
        "random",
    )
    assert output.row["checks"] == [{"name": "greeting", "family": "end_user", "passed": True}]


@pytest.mark.parametrize(
    ("checks", "selection", "reason"),
    [
        ([], "random", "checks: is empty"),
        ([Check("x", "fatal", True)], "random", "checks: family 'fatal' is none of end_user"),
        ([Check("x", "business", True)], "chosen", "selection: 'chosen' is none of random, targeted"),
    ],
)
def test_sheets_that_cannot_be_read_are_refused(checks: list[Check], selection: str, reason: str) -> None:
    """No checks, an unknown family, an unknown selection: the reason names the field."""
    with pytest.raises(RecordError, match=reason):
        admission.admit_evaluation(
            "e", 1_772_445_600_000, 1_772_445_600_000, selection, checks, None, None, None, None, None
        )


# --- what must never change what is told ------------------------------------------------------------


def drawn(dice: random.Random) -> list[Record]:
    """Some days of contacts and evaluations, copies and updates among them."""
    given: list[Record] = []
    for day in range(3):
        for number in range(12):
            offered = at("09:00") + day * DAY + dice.randrange(180) * MINUTE
            name = f"c{day}.{number}"
            waiting = contact(name, offered, wait=None)
            done = handled(name, offered, dice.choice("ab"), dice.choice([30_000, 600_000, 3 * 3_600_000]))
            given += [waiting, done] if dice.random() < 0.5 else [done]
        for number in range(6):
            # No two of one instant: of copies that say nothing else the log decides.
            evaluated = at("09:00") + day * DAY + dice.randrange(400) * MINUTE + number * 1000
            name = f"e{dice.randrange(12)}"
            given.append(
                admission.admit_evaluation(
                    name,
                    evaluated - dice.choice([0, MINUTE, DAY]),
                    evaluated,
                    None,
                    [Check("x", "business", dice.random() < 0.5)],
                    f"c{day}.{number}",
                    "a",
                    None,
                    None,
                    dice.choice("yz"),
                )
            )
    return sorted(given, key=event_ms)


def told(given: list[Record], dice: random.Random | None = None) -> list[QueueDay]:
    """The days that an engine emits; with `dice`, it is restarted now and then from its store alone."""
    versions = configuration(content(hours=HOURS, grace_seconds=3600)).queue("sales")
    store: dict[bytes, bytes] = {}
    machine = QueueEngine(versions, store)
    outputs: list[Output] = []
    for row, record in enumerate(given):
        outputs += machine.apply([record], "t", row)
        machine.mark_applied("t", row)
        if dice is not None and dice.random() < 0.2:
            commit = machine.commit()
            assert commit is not None
            commit.apply(store)
            machine = QueueEngine(versions, store, f"s{row}")
    return days(outputs + machine.finish(at("2026-03-05T12:00")))


@settings(
    max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(st.integers(0, 10_000))
def test_order_within_grace_copies_and_restarts_change_nothing(seed: int) -> None:
    """Records up to an hour out of order (the grace), twice, and a machine restarted at any commit: the same days."""
    dice = random.Random(seed)
    given_ = drawn(dice)
    clean = told(given_)
    jittered = sorted(given_, key=lambda record: event_ms(record) + dice.randrange(59) * MINUTE)
    assert told(jittered, dice) == clean
    twice = [copy for record in given_ for copy in ([record, record] if dice.random() < 0.3 else [record])]
    assert told(twice) == clean


# --- more than a message holds ----------------------------------------------------------------------


def test_a_day_of_very_many_evaluations_is_told_in_parts() -> None:
    """1,500 evaluations of 20 checks come in messages of under half a megabyte, and so does the state."""
    checks = [
        Check(f"the agent said what belongs to point {number} of the script", "business", True) for number in range(20)
    ]
    sheets = [
        admission.admit_evaluation(
            f"e{number:04}",
            at("09:30"),
            at("10:30") + number,
            None,
            checks,
            f"arn:aws:connect:{number:0120}",
            "ann",
            "north",
            "early",
            "eve",
        )
        for number in range(1_500)
    ]
    store: dict[bytes, bytes] = {}
    machine = engine(state=store, hours=HOURS)
    outputs = feed(machine, by_event([*morning(), *sheets]))
    commit = machine.commit()
    assert commit is not None
    commit.apply(store)
    assert max(map(len, store.values())) <= LARGEST_BYTES
    machine = engine(state=store, hours=HOURS)
    outputs += machine.finish(at("2026-03-02T13:00"))
    told = days(outputs)
    assert len(told) > 4
    assert max(len(encode_queue_day(day)) for day in told) <= LARGEST_BYTES
    assert [day.part for day in told] == list(range(len(told)))
    assert [day.last for day in told] == [False] * (len(told) - 1) + [True]
    assert [each.evaluation_id for day in told for each in day.evaluations] == [f"e{n:04}" for n in range(1_500)]


def test_a_day_of_very_many_agents_is_told_in_parts() -> None:
    """Sums by agent are split like evaluations, each agent once."""
    many = [handled(f"c{n}", at("09:00") + n, agent=f"{n:0240}") for n in range(3_000)]
    _, outputs = run(many)
    told = days(outputs)
    assert len(told) > 1
    assert max(len(encode_queue_day(day)) for day in told) <= LARGEST_BYTES
    assert sum(each.contacts for day in told for each in day.handled_by) == 3_000
