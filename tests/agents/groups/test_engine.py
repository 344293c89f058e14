"""The machine of a group: when an interval is final, what corrects it, and the rule on a pool's net staffing."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from group_rows import configured, row
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.groups.engine import GroupEngine, GroupResult
from agents.groups.intervals import group_rows
from agents.groups.telling import Telling
from agents.intervals.outputs import BreachEvent
from config.settings import Configuration
from config.timestamps import from_rfc3339, rfc3339
from streams.groups import GROUP_KINDS, GroupInterval, GroupKind
from streams.results import BreachRecord, IntervalResult
from streams.told.queue_interval import decode_queue_interval, encode_queue_interval, require_sound_interval

HALF = 1_800_000
START = from_rfc3339("2026-03-02T08:00:00Z")
BANK = """
site: {timezone: UTC, dormant_days: 2}
programs: [{id: bank, queues: [{id: a}, {id: b}, {id: c}]}]
pools: [{id: team, queues: [a, b]}]
"""


class Run:
    """One group's machine, fed with results of queues as topics bring them."""

    def __init__(self, configuration: Configuration, kind: GroupKind = "program", group: str = "bank") -> None:
        self.configuration, self.kind, self.group = configuration, kind, group
        self.store: dict[bytes, bytes] = {}
        self.engine = GroupEngine(configuration, kind, group, self.store)
        self.telling = Telling(configuration, GROUP_KINDS)
        self.published: list[GroupResult] = []
        self.breaches: list[BreachRecord] = []

    def tell(self, *rows: IntervalResult) -> list[tuple[str, int, int | None]]:
        """Apply results in order; the start, revision and offered contacts of the intervals published by them."""
        before = len(self.published)
        for each in rows:
            for told in self.telling.of(each):
                if (told.kind, told.group) == (self.kind, self.group):
                    message = decode_queue_interval(encode_queue_interval(told))
                    require_sound_interval(message)
                    self.engine.apply_record(message)
        self.take()
        return [
            (rfc3339(each.interval.interval_start_ms)[11:16], each.revision, each.interval.offered)
            for each in self.published[before:]
        ]

    def take(self) -> None:
        """Take what the machine has to publish."""
        for output in self.engine.take():
            if isinstance(output, BreachEvent):
                self.breaches.append(output.record)
            else:
                self.published.append(output)

    def restart(self, *, committed: bool) -> None:
        """Go on from the committed state, after a commit or as after a crash."""
        if committed:
            commit = self.engine.commit()
            if commit is not None:
                commit.apply(self.store)
        self.engine = GroupEngine(self.configuration, self.kind, self.group, self.store)

    def finish(self) -> None:
        """Say that nothing more comes."""
        self.engine.finish()
        self.take()

    def latest(self) -> list[GroupInterval]:
        """The latest figures of each interval, in order."""
        return [
            latest for _, latest in sorted({e.interval.interval_start_ms: e.interval for e in self.published}.items())
        ]


def test_an_interval_is_final_when_every_queue_is_past_it() -> None:
    """A group waits for each queue that has ever delivered, and not for one that never has."""
    run = Run(configured(BANK))
    assert run.tell(row("a", START, 10)) == [("08:00", 1, 10)]
    assert run.tell(row("b", START, 5)) == [("08:00", 2, 15)]
    assert run.tell(row("a", START + HALF, 10)) == []
    assert run.tell(row("b", START + HALF, 7)) == [("08:30", 1, 17)]


def test_a_correction_of_a_queue_is_one_of_its_group() -> None:
    """A later revision of a row makes the next of the group; the same again makes none."""
    run = Run(configured(BANK))
    run.tell(row("a", START, 10), row("b", START, 5))
    late = row("a", START, 12, revision=2, status="corrected")
    assert run.tell(late) == [("08:00", 3, 17)]
    assert run.tell(late, row("a", START, 10)) == []
    assert run.engine.counters.duplicate == 2


def test_a_queue_that_is_closed_is_not_waited_for() -> None:
    """Once a queue's open hours are over the others' intervals become final without it."""
    text = BANK.replace("{id: b}", '{id: b, hours: {mon-sun: "08:00-09:00"}}')
    run = Run(configured(text))
    run.tell(row("a", START, 10), row("b", START, 5))
    assert run.tell(row("a", START + HALF, 10), row("a", START + 2 * HALF, 10)) == []
    assert run.tell(row("b", START + HALF, 6)) == [("08:30", 1, 16), ("09:00", 1, 10)]
    assert not run.published[-1].interval.incomplete


def test_a_queue_far_behind_is_not_waited_for() -> None:
    """A queue more than its dormant days behind is let go; its rows make corrections when they come at last."""
    run = Run(configured(BANK))
    run.tell(row("a", START, 10), row("b", START, 5))
    days = 2 * 48
    waiting = [row("a", START + part * HALF, 10) for part in range(1, days + 1)]
    assert run.tell(*waiting) == []
    told = run.tell(row("a", START + (days + 1) * HALF, 10))
    assert len(told) == days + 1
    assert run.tell(row("b", START + HALF, 5)) == [("08:30", 2, 15)]


def test_a_missing_row_is_past_its_interval() -> None:
    """A row that says that data is missing makes the interval final, incomplete and with the name of its queue."""
    run = Run(configured(BANK))
    gone = row("b", START, 0, status="missing")
    gone.offered = None
    run.tell(gone)
    run.tell(row("a", START, 10))
    assert (run.published[-1].interval.missing, run.published[-1].interval.offered) == (("b",), 10)


def _intervals(run: Run, rows: Sequence[IntervalResult]) -> list[GroupInterval]:
    found = group_rows(run.configuration, rows)
    return [e for e in found if (e.kind, e.group, e.period) == (run.kind, run.group, "interval")]


def _interleaved(chance: random.Random, queues: Iterable[list[IntervalResult]]) -> list[IntervalResult]:
    """The rows of several queues in one order that keeps that of each queue."""
    left = [list(rows) for rows in queues]
    found: list[IntervalResult] = []
    while any(left):
        found.append(chance.choice([rows for rows in left if rows]).pop(0))
    return found


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([("program", "bank"), ("pool", "team")]))
def test_the_latest_figures_are_the_same_in_every_order_and_through_crashes(
    chance: random.Random, group: tuple[GroupKind, str]
) -> None:
    """In every order between queues, through commits, crashes and redelivery, the last figures are the sum of rows."""
    queues = []
    for queue in "abc":
        firsts = [row(queue, START + part * HALF, chance.randint(0, 60)) for part in range(chance.randint(1, 12))]
        late = [
            row(queue, each.interval_start_ms, chance.randint(0, 60), revision=2, status="corrected")
            for each in firsts
            if chance.random() < 0.3
        ]
        queues.append([*firsts, *late])
    rows = _interleaved(chance, queues)
    run = Run(configured(BANK), *group)
    since = 0
    for at, each in enumerate(rows):
        run.tell(each)
        if chance.random() < 0.2:
            run.restart(committed=True)
            since = at + 1
        elif chance.random() < 0.1:
            run.restart(committed=False)
            run.tell(*rows[since : at + 1])
    run.finish()
    latest: dict[tuple[str, int], IntervalResult] = {}
    for each in sorted(rows, key=lambda each: each.revision):
        latest[each.queue, each.interval_start_ms] = each
    expected = _intervals(run, list(latest.values()))
    assert [(e.interval_start_ms, e.offered, e.rows, e.required_agents) for e in run.latest()] == [
        (e.interval_start_ms, e.offered, e.rows, e.required_agents) for e in expected
    ]


def _short(part: int, agents: float, **changes: Any) -> list[IntervalResult]:
    """Half an hour of a pool that needs 12 agents and has so many."""
    staffed = {"staffed_ms": round(agents / 2 * HALF), **changes}
    rows = [row("a", START + part * HALF, 70, **staffed), row("b", START + part * HALF, 14, **staffed)]
    for each in rows:
        each.handled, each.handle_ms = each.offered, (each.offered or 0) * 200_000
    return rows


def test_a_pool_that_is_short_is_in_breach_and_its_program_is_not() -> None:
    """Net staffing of a pool opens a breach with the pool as its scope, and no program or queue, until it recovers."""
    configuration = configured(BANK)
    run, program = Run(configuration, "pool", "team"), Run(configuration)
    for part in range(8):
        rows = _short(part, 6 if part < 4 else 12)
        run.tell(*rows)
        program.tell(*rows)
    opened, *_, resolved = run.breaches
    assert (opened.state, opened.rule, opened.scope, opened.program, opened.queue) == (
        "opened", "net_staffing", "team", None, None,
    )  # fmt: skip
    assert (opened.observed, opened.unit) == (-6, "agents")
    assert opened.message.startswith("team 2026-03-02 ")
    assert "6 staffed, 12 required at this volume and AHT; 12 if all can help, 13 if none" in opened.message
    assert (resolved.state, resolved.reason) == ("resolved", "recovered")
    assert resolved.breach_id == opened.breach_id
    assert program.breaches == []


def test_the_rule_of_a_pool_reads_first_revisions_in_every_order() -> None:
    """Breaches are the same whether queues tell in turn or one after the other, with corrections before the others."""
    configuration = configured(BANK)
    rows = [each for part in range(6) for each in _short(part, 6)]
    mended = [each for part in range(6) for each in _short(part, 30, revision=2, status="corrected")]
    turns = Run(configuration, "pool", "team")
    turns.tell(*rows, *mended)
    turns.finish()
    apart = Run(configuration, "pool", "team")
    for queue in "ba":
        apart.tell(*(each for each in [*rows, *mended] if each.queue == queue))
    apart.finish()
    told = [(each.state, each.interval_start_ms, each.observed, each.reason) for each in turns.breaches]
    assert told[0][0] == "opened"
    assert told[-1] == ("resolved", START + 5 * HALF, -6, "day_ended")
    assert turns.latest() == apart.latest()
    assert turns.breaches == apart.breaches


def test_a_pool_waits_for_a_queue_that_has_never_delivered_for_three_days() -> None:
    """A pool's interval waits for a configured queue without any data, until the others are three days ahead."""
    run = Run(configured(BANK), "pool", "team")
    assert run.tell(*(row("a", START + part * HALF, 10) for part in range(3 * 48))) == []
    assert len(run.tell(row("a", START + 3 * 48 * HALF, 10))) == 3 * 48 + 1


def test_a_pool_s_breach_ends_with_its_open_day() -> None:
    """When the last of its queues closes a breach is over, though nobody saw it recover."""
    text = BANK.replace("{id: a}", '{id: a, hours: {mon-sun: "08:00-10:00"}}').replace(
        "{id: b}", '{id: b, hours: {mon-sun: "08:00-10:00"}}'
    )
    run = Run(configured(text), "pool", "team")
    for part in range(4):
        run.tell(*_short(part, 6))
    assert [(each.state, each.reason) for each in run.breaches][-1] == ("resolved", "day_ended")
    assert "the open day is over" in run.breaches[-1].message


@pytest.mark.parametrize(
    ("field", "value"), [("group", ""), ("through_ms", -1), ("kind", "team"), ("revision", 0), ("queue", "a\x00")]
)
def test_a_record_that_no_queue_tells_is_refused(field: str, value: object) -> None:
    """A message of the right shape with a value that no worker writes names its field."""
    (told, *_) = Telling(configured(BANK), GROUP_KINDS).of(row("c", START, 5))
    text = encode_queue_interval(told)
    if field in {"group", "through_ms", "kind"}:
        broken = {"kind": told.kind, "group": told.group, "through_ms": told.through_ms} | {field: value}
        text = text.replace(f'"kind":"{told.kind}"'.encode(), f'"kind":"{broken["kind"]}"'.encode())
        text = text.replace(f'"group":"{told.group}"'.encode(), f'"group":"{broken["group"]}"'.encode())
        text = text.replace(f'"through_ms":{told.through_ms}'.encode(), f'"through_ms":{broken["through_ms"]}'.encode())
    elif field == "revision":
        text = text.replace(b'"revision":1', b'"revision":0')
    else:
        text = text.replace(b'"queue":"c"', b'"queue":"a\\u0000"')
    with pytest.raises(ValueError, match=field):
        require_sound_interval(decode_queue_interval(text))
