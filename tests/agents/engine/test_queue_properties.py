"""No figure changes by order within grace, copies, batches, restarts, crashes or other workers.

A day of a queue is drawn at random (contacts that are updated, come back and are answered late, snapshots, plans,
states of agents, records of long ago). One clean run of it, message by message on one engine that is never
restarted, is the truth; every disturbed run must publish the same results, in the same order, with the same
hashes.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from engine import MINUTE, at, columns, configuration, contact, content, rows, snapshot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import BreachEvent, DeadLetter, Output, Projected, Result
from agents.state.store import Commit
from config.settings import QueueSettings
from streams import admission, records
from streams.history.chain import GENESIS_HASH, row_hash
from streams.records import Contact, Record, Tick, event_ms
from streams.told.queue_day import QueueDay

SOURCE = "call-data/0"
QUICK = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a seed does not shrink
    suppress_health_check=[HealthCheck.too_slow],
)
GRACE_MS = 300_000
BEGIN = at("09:00")
DAY = 86_400_000


def versions() -> list[tuple[QueueSettings, ...]]:
    """Settings that decide differently: either attribution and border, hours or none, one and two versions."""
    hours = {"mon-sun": ["09:07-12:00", "12:40-14:00"]}
    plain = content(interval_minutes=15, hours=hours, correction_days=1, max_wait_seconds=1500)
    event = content(interval_minutes=15, attribution="event", interval_closed="right", level={"definition": "S5"})
    old = content(interval_minutes=15, hours=hours, max_wait_seconds=3000, version=("old", "2026-01-01T00:00:00Z"))
    new = content(
        interval_minutes=15,
        grace_seconds=60,
        max_wait_seconds=3000,
        hours={"mon-sun": "09:00-13:00"},
        level={"threshold_seconds": 40, "definition": "S4"},
        version=("new", "2026-03-02T10:30:00Z"),
    )
    return [
        configuration(plain).queue("sales"),
        configuration(event).queue("sales"),
        configuration(old, new).queue("sales"),
        configuration(plain).queue("nobody-configured-it"),
    ]


VERSIONS = versions()


@dataclass(frozen=True)
class Message:
    """Records of one message of the topic, at its offset, appended at an instant."""

    offset: int
    records: tuple[Record, ...]
    append_ms: int


def draw_contact(dice: random.Random, number: int, now: int) -> Contact:
    """A copy of one of some contacts: waiting or gone, handled for seconds or hours, offered now or long ago."""
    offered = now - dice.choice([0, 0, 0, 0, 0, 10_000, 200_000, 40 * MINUTE, 150 * MINUTE, 30 * 60 * MINUTE])
    # Now and then on the border, and that of another copy.
    offered -= dice.choice([0, offered % (3 * MINUTE), offered % (15 * MINUTE)])
    wait = dice.choice([None, 0, 5, 20, 20.001, 40, 300, 1000])
    talk = dice.choice([None, 0, 30, 600.5, 45 * 60, 100 * 60])
    return contact(
        f"c{number}",
        offered,
        wait=wait,
        outcome=dice.choice(["answered", "answered", "answered", "abandoned", "overflowed"]),
        talk=talk,
        wrap=dice.choice([None, 10]),
        updated=now + dice.choice([0, 0, 1000, -200_000]) - dice.choice([0, now % (9 * MINUTE)]),
        channel=dice.choice([None, None, "chat", "email"]),
    )


def draw_record(dice: random.Random, now: int, contacts: int) -> Record:
    """Mostly contacts, known ones among them; some snapshots, plans and agents' states."""
    kind = dice.random()
    if kind < 0.80:
        return draw_contact(dice, dice.randrange(contacts), now)
    start = now - now % (15 * MINUTE) - 15 * MINUTE * dice.choice([0, 1, 2, 9])
    if kind < 0.86:
        as_of = start + dice.choice([5, 15, 20]) * MINUTE
        return snapshot(start, as_of, 15 * MINUTE, offered=dice.randrange(3), answered=1, abandoned=0, source="acd")
    if kind < 0.92:
        return admission.admit_plan(
            dice.choice("AB"),
            now - dice.choice([0, 60 * MINUTE, DAY]),
            start,
            15 * MINUTE,
            15 * MINUTE,
            dice.choice([None, 3.0, 10.0]),
            60_000,
            None,
            2.0,
        )
    if kind < 0.94:
        checks = [records.Check(name, "business", dice.choice([True, False, None])) for name in "ab"]
        handled = now - dice.choice([0, 60 * MINUTE, 3 * DAY])
        return admission.admit_evaluation(
            dice.choice("efgh"), handled, now, dice.choice([None, "targeted"]), checks, None, "x", None, None, None
        )
    state = dice.choice(records.STATES)
    return admission.admit_agent_state(
        dice.choice("xyz"),
        now - dice.choice([0, 1000, 30 * MINUTE]),
        state,
        ["sales"],
        dice.randrange(3),
        None,
        None,
        None,
        None,
    )


def draw_log(seed: int, *, ticks: bool = True) -> list[Message]:
    """A partition's messages for one queue over some hours, with silences, ticks, duplicates and backfill."""
    dice = random.Random(seed)
    now, messages, past = BEGIN, list[Message](), list[Record]()
    for offset in range(dice.randrange(20, 90)):
        now += dice.choice([1000, 20_000, 3 * MINUTE, 9 * MINUTE, 9 * MINUTE, 35 * MINUTE])
        if ticks and dice.random() < 0.15:
            messages.append(Message(offset, (Tick(now + dice.choice([0, 20 * MINUTE])),), now))
            continue
        given = [draw_record(dice, now, 8) for _ in range(dice.choice([1, 1, 2, 5]))]
        if past and dice.random() < 0.3:
            given.append(dice.choice(past))
        past += given
        messages.append(Message(offset, tuple(given), now + dice.choice([0, 0, 0, 2 * DAY])))
    return messages


class Worker:
    """The work of a live worker on one queue: skip records that the state holds, apply, commit now and then."""

    def __init__(self, settings: tuple[QueueSettings, ...], store: dict[bytes, bytes], writer: str) -> None:
        self.engine = QueueEngine(settings, store, writer)
        self.store = store

    def take(self, message: Message) -> list[Output]:
        """Apply one message."""
        if message.offset <= self.engine.applied_offset(SOURCE):
            return []
        count = len(message.records)
        self.engine.apply_records(message.records, range(count), SOURCE, [message.offset] * count, message.append_ms)
        self.engine.mark_applied(SOURCE, message.offset)
        return self.engine.take()

    def commit(self) -> Commit | None:
        """The commit to be stored, which this worker's own view has already."""
        commit = self.engine.commit()
        if commit is not None:
            commit.apply(self.store)
        return commit


def steps(commit: Commit) -> Iterator[Callable[[dict[bytes, bytes]], object]]:
    """A commit's single writes, in the order in which the changelog gets them."""
    for key, value in [*commit.cells, commit.manifest]:
        yield lambda store, key=key, value=value: store.update({key: value})
    for key in commit.garbage:
        yield lambda store, key=key: store.pop(key, None)


def published(outputs: list[Output]) -> list[dict[str, Any]]:
    """All but dead letters (which name the message that brought them), in order of publication."""
    return [
        msgspec.to_builtins(output) if isinstance(output, QueueDay | Projected) else output.row
        for output in outputs
        if not isinstance(output, DeadLetter)
    ]


def identity(row: dict[str, Any]) -> tuple[object, ...]:
    """The identity of a row: two rows of a topic with the same one are one."""
    for names in (
        ("breach_id", "sequence"),
        ("evaluation_id", "evaluated_at", "handled_at", "checks"),
        ("day", "part"),
        ("made_ms",),
    ):
        if names[0] in row:
            return tuple(str(row[name]) for name in names)
    return row["interval_start"], row["revision"]


def clean(settings: tuple[QueueSettings, ...], log: list[Message]) -> list[Output]:
    """The run that nothing disturbs."""
    worker = Worker(settings, {}, "")
    outputs = [output for message in log for output in worker.take(message)]
    return outputs + worker.engine.finish()


def kept(outputs: list[Output]) -> dict[object, dict[str, Any]]:
    """History after outputs that may have been sent twice: one row an identity, the same whenever it came.

    Fails where two rows of one identity differ.
    """
    history: dict[object, dict[str, Any]] = {}
    for row in published(outputs):
        assert history.setdefault(identity(row), row) == row
    return history


@QUICK
@given(seed=st.integers(0, 10**9), which=st.integers(0, 3))
def test_rows_chain_and_balance(seed: int, which: int) -> None:
    """Each hash is of its row and the one before; of contacts, all who were offered are somewhere."""
    table = rows(clean(VERSIONS[which], draw_log(seed)))
    previous = GENESIS_HASH
    for row in table:
        assert row["previous_hash"] == previous
        assert row["hash"] == row_hash(row)
        previous = row["hash"]
        if row["integrity"] in {"ok", "two_feeds"} and row["handled"] is not None:
            left = row["answered"] + row["abandoned"] + row["overflowed"]
            assert row["offered"] == left + row["waiting"]
            assert 0 <= row["answered_within"] <= row["answered"]
            assert 0 <= row["short_abandoned"] <= row["abandoned"]
    assert [row["revision"] for row in table if row["revision"] == 0] == []
    latest: dict[str, int] = {}
    for row in table:
        assert row["revision"] == latest.get(row["interval_start"], 0) + 1
        latest[row["interval_start"]] = row["revision"]


@QUICK
@given(seed=st.integers(0, 10**9), which=st.integers(0, 3))
def test_the_latest_revisions_count_every_visit_once(seed: int, which: int) -> None:
    """Sums over the latest revisions are those of each visit's winning copy, whatever came how late."""
    dice = random.Random(seed)
    now, winners, machine = BEGIN, dict[tuple[str, int], Contact](), QueueEngine(VERSIONS[which], {})
    outputs: list[Output] = []
    for row in range(dice.randrange(20, 120)):
        now += dice.choice([1000, 20_000, 3 * MINUTE, 9 * MINUTE])
        given = draw_contact(dice, dice.randrange(5), max(now, BEGIN))
        offered = max(given.offered_ms, BEGIN - 60 * MINUTE)
        given = moved(given, offered - offered % (2 * MINUTE))
        visit = given.contact_id, given.offered_ms
        before = winners.get(visit)
        outputs += machine.apply([given], SOURCE, row)
        if before is None or (given.updated_ms, given.stage) >= (before.updated_ms, before.stage):
            winners[visit] = given
    outputs += machine.finish()
    latest = {row["interval_start"]: row for row in rows(outputs)}
    counted = winners.values()
    if VERSIONS[which][0].attribution == "event":
        counted = [contact for contact in counted if contact.outcome]
    answered = [contact for contact in counted if contact.outcome == "answered"]
    handled = [contact for contact in answered if contact.handle_ms is not None]

    def total(name: str) -> float:
        return sum(row[name] or 0 for row in latest.values())

    assert total("offered") == len(counted)
    assert total("answered") == len(answered)
    since = (machine.view.watermark_ms or 0) - VERSIONS[which][0].max_wait_ms
    assert total("waiting") == len(
        [contact for contact in counted if not contact.outcome and contact.updated_ms > since]
    )
    assert round(total("wait_seconds") * 1000) == sum(contact.wait_ms or 0 for contact in answered)
    assert total("handled") == len(handled)
    assert round(total("handle_seconds") * 1000) == sum(contact.handle_ms or 0 for contact in handled)
    assert round(total("occupied_seconds") * 1000) == sum(contact.handle_ms or 0 for contact in handled)


def moved(contact: Contact, offered_ms: int) -> Contact:
    """The contact at another time."""
    exited = None if contact.exited_ms is None else contact.exited_ms + offered_ms - contact.offered_ms
    return msgspec.structs.replace(contact, offered_ms=offered_ms, exited_ms=exited)


def draw_in_time(dice: random.Random) -> list[Record]:
    """Records that speak of the moment they are of: contacts and a later copy of some, snapshots, plans, states."""
    given: list[Record] = []
    now = BEGIN
    for number in range(dice.randrange(10, 80)):
        now += dice.choice([1000, 20_000, 3 * MINUTE, 9 * MINUTE, 40 * MINUTE])
        start, kind = now - now % (15 * MINUTE), dice.random()
        if kind < 0.75:
            first = moved(draw_contact(dice, number, now), now)
            given.append(first)
            if dice.random() < 0.3:
                later = msgspec.structs.replace(moved(draw_contact(dice, number, now), now), updated_ms=now + DAY)
                given.append(later)
        elif kind < 0.80:
            given.append(snapshot(start, now, 15 * MINUTE, offered=dice.randrange(3), answered=1, abandoned=0))
        elif kind < 0.90:
            begin = start + 15 * MINUTE * dice.randrange(1, 9)
            given.append(
                admission.admit_plan(
                    dice.choice("AB"), now, begin, 15 * MINUTE, 15 * MINUTE, 3.0, 60_000, None, dice.choice([None, 2])
                )
            )
        else:
            state = dice.choice(records.STATES)
            given.append(
                admission.admit_agent_state(dice.choice("xyz"), now, state, ["sales"], 0, None, None, None, None)
            )
    return given


@QUICK
@given(seed=st.integers(0, 10**9), which=st.integers(0, 3))
def test_order_within_grace_changes_nothing(seed: int, which: int) -> None:
    """Records that come up to the grace after their event time, in any order and twice over, change no result."""
    dice = random.Random(seed)
    grace = min(version.grace_ms for version in VERSIONS[which])
    in_order = draw_in_time(dice)
    twice = in_order + [record for record in in_order if dice.random() < 0.2]
    arrivals = sorted((event_ms(record) + dice.randrange(grace), place) for place, record in enumerate(twice))
    tables = []
    for order in (in_order, [twice[place] for _, place in arrivals]):
        machine = QueueEngine(VERSIONS[which], {})
        outputs = [output for row, record in enumerate(order) for output in machine.apply([record], SOURCE, row)]
        told = [output for output in outputs + machine.finish() if isinstance(output, Result | BreachEvent)]
        tables.append([row | {"sources": None} for row in published(told)])
    assert tables[0] == tables[1]


@QUICK
@given(seed=st.integers(0, 10**9), which=st.integers(0, 3), dice=st.randoms(use_true_random=False))
def test_contacts_counted_together_are_counted_as_one_by_one(seed: int, which: int, dice: random.Random) -> None:
    """Rows, dead letters, outcomes and state are the same, however many records come at a time."""
    log = draw_log(seed, ticks=False)
    given: list[tuple[Record, int, int]] = [
        (record, message.offset, place) for message in log for place, record in enumerate(message.records)
    ]
    given += [(draw_contact(dice, number, BEGIN + number * 20_000), len(log) + number, 0) for number in range(100, 200)]
    stores: tuple[dict[bytes, bytes], dict[bytes, bytes]] = {}, {}
    single, together = (QueueEngine(VERSIONS[which], store) for store in stores)
    for record, offset, place in given:
        single.index = place
        single.apply_record(record, SOURCE, offset, BEGIN)
    while given:
        some = [given.pop(0) for _ in range(min(len(given), dice.choice([1, 3, 10, 100])))]
        together.apply_records(
            [each[0] for each in some], [each[2] for each in some], SOURCE, [each[1] for each in some], BEGIN
        )
    assert together.take() == single.take()
    for engine, store in zip((single, together), stores, strict=True):
        commit = engine.commit()
        assert commit is not None
        commit.apply(store)
    assert stores[0] == stores[1]
    assert together.counters == single.counters
    assert together.finish() == single.finish()


@QUICK
@given(seed=st.integers(0, 10**9), which=st.integers(0, 3), dice=st.randoms(use_true_random=False))
def test_batching_and_restarts_change_nothing(seed: int, which: int, dice: random.Random) -> None:
    """Committed at any moment and made anew from the state, a machine goes on as if it had never been away."""
    log = draw_log(seed)
    expected = clean(VERSIONS[which], log)
    store: dict[bytes, bytes] = {}
    worker = Worker(VERSIONS[which], store, "s0")
    outputs: list[Output] = []
    for number, message in enumerate(log):
        outputs += worker.take(message)
        fate = dice.random()
        if fate < 0.4:
            worker.commit()
        if fate < 0.2:
            worker = Worker(VERSIONS[which], store, f"s{number + 1}")
    outputs += worker.engine.finish()
    assert published(outputs) == published(expected)


@QUICK
@given(seed=st.integers(0, 10**9), which=st.integers(0, 3), dice=st.randoms(use_true_random=False))
def test_a_crash_between_any_two_writes_changes_nothing(seed: int, which: int, dice: random.Random) -> None:
    """Outputs, cells, head, deletions: after a crash anywhere, redelivery from any earlier offset ends the same."""
    log = draw_log(seed)
    expected = kept(clean(VERSIONS[which], log))
    changelog: dict[bytes, bytes] = {}
    outputs: list[Output] = []
    acknowledged = begun = 0
    for writer in itertools.count():
        worker = Worker(VERSIONS[which], dict(changelog), f"s{writer}")
        position = dice.randrange(begun, acknowledged + 1)
        crashed = False
        while position < len(log) and not crashed:
            upto = min(len(log), position + dice.choice([1, 1, 2, 7, 30]))
            sent = [output for message in log[position:upto] for output in worker.take(message)]
            commit = worker.commit()
            writes = [] if commit is None else list(steps(commit))
            crashed = writer < 8 and dice.random() < 0.3
            if crashed:
                outputs += sent[: dice.randrange(len(sent) + 1)]
                if dice.random() < 0.7:
                    outputs += sent
                    for write in writes[: dice.randrange(len(writes) + 1)]:
                        write(changelog)
            else:
                outputs += sent
                for write in writes:
                    write(changelog)
                position = acknowledged = upto
        if not crashed:
            assert changelog == worker.store
            outputs += worker.engine.finish()
            break
    assert kept(outputs) == expected


@QUICK
@given(seed=st.integers(0, 10**9), which=st.integers(0, 3), dice=st.randoms(use_true_random=False))
def test_a_worker_taken_for_dead_changes_nothing(seed: int, which: int, dice: random.Random) -> None:
    """Two workers that apply the same messages and write the same changelog in turns leave a state that holds.

    Each starts from what is there, the one lagging behind the other; then a third goes on from the changelog,
    with every message redelivered that its head does not hold, and one of the two may still write beside it.
    """
    log = draw_log(seed)
    expected = kept(clean(VERSIONS[which], log))
    changelog: dict[bytes, bytes] = {}
    outputs: list[Output] = []
    position = 0
    before: tuple[Worker, int] | None = None
    for term in itertools.count():
        workers = [Worker(VERSIONS[which], dict(changelog), f"s{term}a")]
        places = [position]
        if before is None:
            workers.append(Worker(VERSIONS[which], dict(changelog), f"s{term}b"))
            places.append(position)
        else:
            workers.append(before[0])
            places.append(before[1])
        for _ in range(dice.randrange(2, 12)):
            turn = dice.randrange(2)
            upto = min(len(log), places[turn] + dice.choice([1, 2, 5]))
            for message in log[places[turn] : upto]:
                outputs += workers[turn].take(message)
            places[turn] = upto
            commit = workers[turn].commit()
            if commit is not None:
                for write in steps(commit):
                    write(changelog)
        before = workers[0], places[0]
        survivor = Worker(VERSIONS[which], dict(changelog), f"s{term}c")
        position = survivor.engine.applied_offset(SOURCE) + 1
        if term >= 3 or position >= len(log):
            for message in log[position:]:
                outputs += survivor.take(message)
            outputs += survivor.engine.finish()
            break
    assert kept(outputs) == expected


def test_the_drawn_days_are_days_worth_testing() -> None:
    """Among the drawn logs are late corrections, missing intervals, first revisions of late data and refusals."""
    outputs = [output for seed in range(25) for which in range(4) for output in clean(VERSIONS[which], draw_log(seed))]
    table = rows(outputs)
    assert {row["status"] for row in table} == {"final", "corrected", "missing"}
    assert {"ok", "two_feeds", "missing", "lost_track", "two_feeds;lost_track"} <= {row["integrity"] for row in table}
    assert len([row for row in table if row["revision"] > 2]) > 50
    assert {Result, DeadLetter, BreachEvent} <= {type(output) for output in outputs}
    assert columns(table, "parameters_version").count("old") > 50
