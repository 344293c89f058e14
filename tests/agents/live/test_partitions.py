"""The decisions of a live worker between Kafka and the engines: messages in, records to be written out."""

import random
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from engine import MINUTE, at, columns, configuration, contact, content, snapshot
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Result
from agents.live.inbox import INTERVALS_A_TURN
from agents.live.output_batch import OutputBatch
from agents.live.partitions import Partitions
from config.errors import UserError
from config.settings import load
from config.timestamps import rfc3339
from streams.codec import encode
from streams.kafka.partitioner import partition_of
from streams.own_messages import read_row
from streams.records import Contact, Plan, Record, event_ms
from streams.topics import TOPIC_DEAD_LETTERS, TOPIC_RESULTS

TOPIC = "iw-call-data"
HOURS = {"mon-sun": "09:00-18:00"}
CENTRE = configuration(content(hours=HOURS))


class Partition:
    """A partition of the input topic, its changelog, and the worker that holds it."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes | None, bytes | None, int]] = []
        self.changelog: dict[bytes, bytes] = {}
        self.results: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.dead: dict[tuple[int, int], dict[str, Any]] = {}
        self.workers = 0
        self.restart()

    def restart(self) -> None:
        """A new worker that knows the changelog alone."""
        self.workers += 1
        self.partitions = Partitions(CENTRE, dict(self.changelog), TOPIC, f"w{self.workers}")
        self.partitions.load(dict.fromkeys(self.changelog, 0))

    def send(self, key: str | None, value: bytes | None, append_ms: int) -> None:
        """Append a message."""
        self.messages.append((None if key is None else key.encode(), value, append_ms))

    def deliver(self, first: int, upto: int) -> None:
        """Let the worker apply these messages."""
        for offset in range(first, upto):
            self.partitions.apply(0, offset, *self.messages[offset])

    def flush(self, now_ms: int = 0) -> OutputBatch:
        """Write what is to be written, in its order."""
        batch = self.partitions.collect(now_ms)
        self.send_out(batch)
        for _, commit in batch.commits:
            commit.apply(self.changelog)
        return batch

    def send_out(self, batch: OutputBatch) -> None:
        """Outputs arrive in topics, where identity makes one of two; who reads them there knows all for ours."""
        for message in (*batch.provisional, *batch.outputs):
            read_row(message.topic, message.value)
        for message in batch.outputs:
            row = msgspec.json.decode(message.value)
            if message.topic == TOPIC_RESULTS:
                key = (row["queue"], row["interval_start"], row["revision"])
                assert self.results.setdefault(key, row) == row
            elif message.topic == TOPIC_DEAD_LETTERS:
                place = (row["offset"], row["index"])
                assert self.dead.setdefault(place, row) == row


def reasons(partition: Partition) -> dict[tuple[int, int], str]:
    """Why what was refused, by offset and place in the message."""
    return {place: row["reason"] for place, row in partition.dead.items()}


def test_results_wait_for_the_flush_and_carry_their_position() -> None:
    """Outputs come with the commit that implies them; a result says which of its queue's it is."""
    p = Partition()
    p.send("sales", encode("sales", [contact("a", "09:10"), contact("b", "09:40")]), at("09:40"))
    p.send("sales", encode("sales", [contact("c", "10:36")]), at("10:36"))
    p.deliver(0, 2)
    batch = p.flush()
    rows = [msgspec.json.decode(message.value) for message in batch.outputs if message.topic == TOPIC_RESULTS]
    assert columns(rows, "interval_start", "offered", "position") == [("09:00", 1, 0), ("09:30", 1, 1), ("10:00", 0, 2)]
    assert [partition for partition, _ in batch.commits] == [0]
    assert not p.partitions.pending or not p.flush().outputs


def test_a_message_that_the_state_holds_is_skipped() -> None:
    """Redelivered after a restart, it counts nothing twice and sends nothing again."""
    p = Partition()
    p.send("sales", encode("sales", [contact("a", "09:10")]), at("09:10"))
    p.deliver(0, 1)
    p.flush()
    p.restart()
    p.deliver(0, 1)
    assert not p.flush().outputs
    [engine] = p.partitions.engines
    assert engine.counters.accepted == 0
    result = engine.view.open_result()
    assert result is not None
    row = result.row()
    assert row["offered"] == 1


def test_bad_messages_are_dead_letters_and_their_neighbours_count() -> None:
    """Each refused value names topic, partition, offset and place; nothing is dropped silently."""
    p = Partition()
    good = contact("a", "09:10")
    one = encode("sales", [good])
    p.send("sales", None, at("09:10"))
    p.send("sales", b"[" + one[1:-1] + b', {"type": "contact"}]', at("09:10"))
    p.send(None, encode("sales", [good, contact("b", "09:11")]), at("09:11"))
    p.send("sa\x00les", one, at("09:10"))
    p.send("orders", one, at("09:10"))
    p.send("sales", b'[{"type": "tick", "at": "2026-03-02T09:10:00Z"}]', at("09:10"))
    p.send(None, b'[{"type": "tick", "at": "2026-03-02T09:10:00Z"}, 7]', at("09:10"))
    p.messages.append((b"\xff", one, at("09:10")))
    p.deliver(0, len(p.messages))
    p.flush()
    told = reasons(p)
    assert {place: reason.split(":")[0] for place, reason in told.items()} == {
        (0, 0): "value",
        (1, 1): "queue",
        (2, 0): "key",
        (2, 1): "key",
        (3, 0): "key",
        (4, 0): "queue",
        (5, 0): "type",
        (6, 1): "key",
        (7, 0): "key",
    }
    assert {(row["topic"], row["partition"]) for row in p.dead.values()} == {(TOPIC, 0)}
    assert b"a" in p.dead[2, 0]["value"].encode()
    assert sum(engine.counters.accepted for engine in p.partitions.engines) == 1
    assert p.partitions.counters().dead_lettered == 9


def test_a_record_that_its_queue_refuses_is_a_dead_letter_of_its_message() -> None:
    """The letter has the place of the record in its message; a restated contact is none."""
    p = Partition()
    one, other = contact("a", "09:10", wait=3, updated="09:20"), contact("a", "09:10", wait=4, updated="09:20")
    p.send("sales", encode("sales", [one]), at("09:20"))
    p.send("sales", encode("sales", [other, contact("z", "2024-12-31T09:11")]), at("09:20"))
    p.deliver(0, 2)
    p.flush()
    assert {place: reason[:8] for place, reason in reasons(p).items()} == {(1, 1): "too_old:"}
    assert p.partitions.counters().restated == 1


def test_the_future_is_judged_by_the_append_time() -> None:
    """A record ahead of its append by more than the skew is refused, and again when it is read a year later."""
    p = Partition()
    p.send("sales", encode("sales", [contact("a", "09:10:05.001"), contact("b", "09:10:05")]), at("09:10"))
    p.deliver(0, 1)
    p.flush()
    assert {place: reason[:13] for place, reason in reasons(p).items()} == {(0, 0): "in_the_future"}


def test_a_tick_reaches_every_queue_of_its_partition() -> None:
    """One tick makes the idle queues' intervals final, and a queue that is due asks for one."""
    p = Partition()
    for queue in ("sales", "orders"):
        p.send(queue, encode(queue, [contact("a", "09:10")]), at("09:10"))
    p.deliver(0, 2)
    p.flush()
    assert not p.partitions.due(0, at("09:35:19.999"))
    assert p.partitions.due(0, at("09:35:20"))
    p.send(None, b'{"type": "tick", "at": "2026-03-02T09:35:20Z"}', at("09:35:20"))
    p.deliver(2, 3)
    p.flush()
    assert {(queue, revision) for queue, _, revision in p.results} == {("sales", 1), ("orders", 1)}
    assert not p.partitions.due(0, at("09:35:30"))


def test_a_partition_that_went_takes_its_queues_and_state_along() -> None:
    """A queue that another worker holds now is neither shown nor kept."""
    store: dict[bytes, bytes] = {}
    partitions = Partitions(CENTRE, store, TOPIC, "w")
    for partition, queue in enumerate(("sales", "orders")):
        partitions.apply(partition, 0, queue.encode(), encode(queue, [contact("a", "09:10")]), at("09:10"))
    partitions.collect(0)
    partitions.drop(0)
    assert [engine.queue for engine in partitions.engines] == ["orders"]
    assert store
    assert not [key for key in store if key.startswith(b"sales")]
    assert partitions.counters().accepted == 2


def test_an_open_interval_is_published_once_a_second_at_most() -> None:
    """Provisional rows of a queue are a second apart by the steady clock, and the last one always comes."""
    p = Partition()
    for offset in range(3):
        p.send("sales", encode("sales", [contact(f"c{offset}", "09:10")]), at("09:10"))
    counts = []
    for offset, now in enumerate((0, 500, 1000)):
        p.deliver(offset, offset + 1)
        counts.append([msgspec.json.decode(message.value)["offered"] for message in p.flush(now).provisional])
    assert counts == [[1], [], [3]]


def test_a_notice_on_an_open_interval_reaches_the_workers_own_screens() -> None:
    """It is sent for the other screens, and listed for this worker's."""
    p = Partition()
    p.send("sales", encode("sales", [Plan("v", at("08:00"), at("09:00"), 30 * MINUTE, 20.0)]), at("08:00"))
    p.send("sales", encode("sales", [contact("a", "09:40")]), at("09:40"))
    p.deliver(0, 2)
    batch = p.flush()
    sent = [msgspec.json.decode(message.value) for message in batch.provisional]
    assert [row["breach_id"] for row in sent if "breach_id" in row] == [row["breach_id"] for row in batch.breaches]
    assert [row["rule"] for row in batch.breaches if row["live"]] == ["plan_missing"]


def draw(seed: int) -> tuple[dict[str, list[Record]], random.Random]:
    """Records of some queues in order of event time, over a working day and the next morning."""
    dice = random.Random(seed)
    queues: dict[str, list[Record]] = {}
    for queue in ("sales", "orders", "chat")[: dice.randrange(1, 4)]:
        now, given = at("09:00"), list[Record]()
        for number in range(dice.randrange(5, 60)):
            now += dice.choice([1000, 20_000, 4 * MINUTE, 11 * MINUTE, 50 * MINUTE])
            if queue == "orders" and dice.random() < 0.2:
                given.append(snapshot(now - now % (30 * MINUTE) - 30 * MINUTE, offered=dice.randrange(9), answered=2))
            else:
                wait, talk = dice.choice([0, 5, 30, 400, None]), dice.choice([None, 20, 3000])
                outcome = dice.choice(["answered", "abandoned"])
                given.append(contact(f"c{number}", now, wait=wait, talk=talk, outcome=outcome))
        queues[queue] = sorted(given, key=event_ms)
    return queues, dice


def replayed(queues: dict[str, list[Record]], until: int) -> dict[object, dict[str, Any]]:
    """The results of each queue by itself, by identity."""
    expected: dict[object, dict[str, Any]] = {}
    for queue, log in queues.items():
        machine = QueueEngine(CENTRE.queue(queue), {}, limit_ms=until)
        outputs = [output for row, record in enumerate(log) for output in machine.apply([record], "f", row)]
        for output in outputs + machine.finish(until):
            if isinstance(output, Result):
                row = output.row | {"sources": None, "position": output.position}
                expected[queue, row["interval_start"], row["revision"]] = row
    return expected


def send_all(p: Partition, queues: dict[str, list[Record]], dice: random.Random) -> int:
    """Send the records in batches, some messages twice; when the last was appended."""
    pending, now = {queue: list(log) for queue, log in queues.items()}, 0
    while any(pending.values()):
        queue = min((queue for queue in pending if pending[queue]), key=lambda name: event_ms(pending[name][0]))
        log, size = pending[queue], dice.choice([1, 1, 2, 5, 20])
        # A sender of a batch holds its first records back, but not for longer than the grace.
        batch = [record for record in log[:size] if event_ms(record) < event_ms(log[0]) + 5 * MINUTE]
        del log[: len(batch)]
        now = max(now, *map(told_ms, batch))
        p.send(queue, encode(queue, batch), now + 1000)
        if dice.random() < 0.1:
            p.messages.append(p.messages[-1])
    return now


def told_ms(record: Record) -> int:
    """The latest instant that a record tells of: no message is appended before it."""
    event = event_ms(record)
    return max(event, record.exited_ms or 0, record.updated_ms) if isinstance(record, Contact) else event


def work(p: Partition, dice: random.Random) -> None:
    """Deliver every message to workers that crash before, between or after their writes."""
    position = acknowledged = 0
    while position < len(p.messages):
        upto = min(len(p.messages), position + dice.choice([1, 3, 10, 100]))
        p.deliver(position, upto)
        if dice.random() < 0.2:
            batch = p.partitions.collect(0)
            if dice.random() < 0.7:
                p.send_out(batch)
                for _, commit in batch.commits[: dice.randrange(len(batch.commits) + 1)]:
                    commit.apply(p.changelog)
            p.restart()
            position = dice.randrange(acknowledged + 1)
        else:
            p.flush()
            position = acknowledged = upto


@settings(max_examples=40, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**9))
def test_live_is_replay(seed: int) -> None:
    """Messages of any size, ticks, restarts, redelivery and crashes in between: the same rows and hashes as replay."""
    queues, dice = draw(seed)
    p, until = Partition(), at("2026-03-04T00:00")
    now = send_all(p, queues, dice)
    while now < until + 12 * 60 * MINUTE:
        now += dice.choice([7, 47, 200]) * MINUTE
        p.send(None, msgspec.json.encode({"type": "tick", "at": rfc3339(now)}), now)
    work(p, dice)
    got = {key: row | {"sources": None} for key, row in p.results.items() if row["interval_start"] < "2026-03-04"}
    assert got == replayed(queues, until)
    assert reasons(p) == {}


def test_a_queue_that_is_not_configured_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Data of an unknown queue are counted with the defaults, and the log says so once."""
    path = tmp_path / "monitor.yaml"
    path.write_text("site: {timezone: UTC}\nprograms: [{id: retail, queues: [{id: sales}]}]\n")
    partitions = Partitions(load([path]), {}, "call-data", "s")
    for offset, queue in enumerate(("sales", "stranger", "stranger")):
        partitions.apply(0, offset, queue.encode(), encode(queue, [contact(f"c{offset}", "09:10")]), at("09:20"))
    assert [record.message for record in caplog.records] == [
        "queue stranger is not in the configuration: it is watched with the defaults"
    ]


# --- clocks that are wrong, too many queues, much at once -------------------------------------------


def tick(at_ms: int, worker: str | None = None) -> bytes:
    """A tick as a worker writes it."""
    return msgspec.json.encode({"type": "tick", "at": rfc3339(at_ms)} | ({"worker": worker} if worker else {}))


def test_a_tick_of_a_clock_that_is_wrong_moves_nothing() -> None:
    """Ten days ahead, it is a dead letter that names its worker; what comes by the right clock counts as ever."""
    log, plain = Partition(), Partition()
    for held in (log, plain):
        held.send("sales", encode("sales", [contact("a", "09:10")]), at("09:10"))
        if held is log:
            for second in range(25):
                held.send(None, tick(at("09:11") + 10 * 86_400_000 + second * 1000, "host-7/ab"), at("09:11") + second)
        held.send("sales", encode("sales", [contact("b", "09:20")]), at("09:20"))
        held.send(None, tick(at("10:00") + 4_000), at("10:00"))
        held.send("sales", encode("sales", [contact("c", "12:00")]), at("12:00"))
        held.deliver(0, len(held.messages))
        held.flush()
    assert log.results.keys() == plain.results.keys()
    assert [row["hash"] for row in log.results.values()] == [row["hash"] for row in plain.results.values()]
    assert len(log.dead) == 25
    assert all(reason.startswith("in_the_future: at 2026-03-12T09:11:") for reason in reasons(log).values())
    assert all(reason.endswith("set the clock of the worker host-7/ab") for reason in reasons(log).values())


def test_queues_that_no_file_names_are_limited() -> None:
    """Beyond max_unconfigured_queues their records are refused; configured queues are not; a dormant one makes room."""
    partitions = Partitions(configuration(content(hours=HOURS, max_unconfigured_queues=2)), {}, TOPIC, "w")
    day = 86_400_000

    def apply(offset: int, queue: str, ms: int) -> list[str]:
        partitions.apply(0, offset, queue.encode(), encode(queue, [contact(f"c{offset}", ms)]), ms)
        messages = [msgspec.json.decode(message.value) for message in partitions.collect(0).outputs]
        return [row["reason"].split(" ")[0] for row in messages if "value" in row]

    start = at("09:10")
    assert apply(0, "one", start) == []
    assert apply(1, "two", start + day) == []
    assert apply(2, "three", start + 2 * day) == ["too_many_queues:"]
    assert apply(3, "sales", start + 2 * day) == []
    assert apply(4, "one", start + 3 * day) == []
    # `two` has had no data for eight days by now, and is dormant; then it comes back, and `three` is in its place.
    assert apply(5, "one", start + 9 * day) == []
    assert apply(6, "three", start + 9 * day) == []
    assert apply(7, "two", start + 9 * day) == ["too_many_queues:"]
    assert apply(8, "two", start + 17 * day) == []
    assert partitions.counters().too_many_queues == 2
    restarted = Partitions(
        configuration(content(hours=HOURS, max_unconfigured_queues=2)), partitions._store, TOPIC, "v"
    )
    restarted.load(dict.fromkeys(partitions._store, 0))
    partitions = restarted
    assert apply(9, "two", start + 18 * day) == []
    assert {engine.queue: engine.counters.dead_lettered for engine in partitions.engines} == {
        "one": 0, "two": 0, "three": 0, "sales": 0,
    }  # fmt: skip


def test_a_chain_goes_on_when_a_dormant_queue_comes_back() -> None:
    """The first result of a queue that no file names, after its absence, follows its last one."""
    partitions = Partitions(configuration(content(hours=HOURS)), {}, TOPIC, "w")
    rows = []
    for offset, ms in enumerate(
        (at("09:10"), at("12:00"), at("09:10") + 40 * 86_400_000, at("12:00") + 40 * 86_400_000)
    ):
        partitions.apply(0, offset, b"unknown", encode("unknown", [contact(f"c{offset}", ms)]), ms)
        rows += [row for row in partitions.collect(0).rows if row["revision"]]
    assert [row["previous_hash"] for row in rows[1:]] == [row["hash"] for row in rows[:-1]]
    assert len({row["interval_start"][:10] for row in rows}) == 9


def test_opening_many_intervals_takes_many_turns_and_changes_nothing() -> None:
    """Queues that were silent for a month close in slices of under 100 ms, with the hashes of one go."""
    values = [
        (f"q{number}", ms, encode(f"q{number}", [contact(f"c{ms}", ms)]))
        for ms in (at("09:10"), at("09:10") + 30 * 86_400_000)
        for number in range(3)
    ]
    given = configuration(content(hours=HOURS, correction_days=40))
    hashes = []
    for in_turns in (False, True):
        partitions = Partitions(given, {}, TOPIC, "w")
        found: list[str] = []
        for offset, (queue, ms, value) in enumerate([*values, ("", at("18:30") + 30 * 86_400_000, tick(at("18:30")))]):
            earlier = len(partitions._inbox.ready.rows)
            partitions.begin(0, offset, queue.encode() or None, value, ms)
            before = len(partitions._inbox.ready.rows)
            assert before - earlier <= INTERVALS_A_TURN
            turns, began = 1, time.process_time()
            while partitions.work():
                assert time.process_time() - began < 0.1
                turns, began = turns + 1, time.process_time()
                assert len(partitions._inbox.ready.rows) - before <= INTERVALS_A_TURN
                before = len(partitions._inbox.ready.rows)
            if not in_turns or offset % 2:
                found += [row["queue"] + row["hash"] for row in partitions.collect(0).rows if row["revision"]]
            if queue and ms > at("18:30"):
                assert turns > 5
        found += [row["queue"] + row["hash"] for row in partitions.collect(0).rows if row["revision"]]
        hashes.append(sorted(found))
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 3 * 30 * 18


def test_a_message_under_way_goes_with_its_partition() -> None:
    """A partition that is lost in the middle of a message leaves nothing of it behind."""
    partitions = Partitions(configuration(content(hours=HOURS)), {}, TOPIC, "w")
    partitions.apply(0, 0, b"sales", encode("sales", [contact("a", "09:10")]), at("09:10"))
    later = at("09:10") + 30 * 86_400_000
    partitions.begin(0, 1, b"sales", encode("sales", [contact("b", later)]), later)
    assert partitions.work()
    partitions.drop(0)
    assert not partitions.work()
    assert partitions.collect(0).commits == []


def test_a_key_in_another_partition_than_its_own_is_a_dead_letter() -> None:
    """A CRC32 producer's message is refused with the setting to make, and makes no second history of its queue."""
    partitions = Partitions(CENTRE, {}, TOPIC, "w", partition_count=4)
    home = partition_of(b"sales", 4)
    value = encode("sales", [contact("a", "09:10")])
    for partition in range(4):
        partitions.apply(partition, 0, b"sales", value, at("09:10"))
    dead = [msgspec.json.decode(m.value) for m in partitions.collect(0).outputs if m.topic == TOPIC_DEAD_LETTERS]
    assert [row["partition"] for row in dead] == [partition for partition in range(4) if partition != home]
    assert all(row["reason"].startswith("wrong_partition: key 'sales' lies in partition ") for row in dead)
    assert all("partitioner=murmur2_random" in row["reason"] for row in dead)
    assert [row["value"].encode() for row in dead] == [value] * 3
    assert [engine.counters.accepted for engine in partitions.engines] == [1]


def test_records_without_a_queue_lie_in_any_partition() -> None:
    """Ticks have no key, so every partition may hold them."""
    partitions = Partitions(CENTRE, {}, TOPIC, "w", partition_count=4)
    for partition in range(4):
        partitions.apply(partition, 0, None, b'{"type": "tick", "at": "2026-03-02T09:10:00Z"}', at("09:10"))
    assert not partitions.pending


def test_state_in_a_wrong_partition_ends_the_worker() -> None:
    """Where somebody increased the partitions, a queue would begin anew beside its state: a line names the way out."""
    store: dict[bytes, bytes] = {}
    before = Partitions(CENTRE, store, TOPIC, "w")
    astray = (partition_of(b"sales", 4) + 1) % 4
    before.apply(astray, 0, b"sales", encode("sales", [contact("a", "09:10")]), at("09:10"))
    before.collect(0)
    after = Partitions(CENTRE, store, TOPIC, "x", partition_count=4)
    with pytest.raises(UserError, match=r"the state of 'sales' lies in partition .*; intervalwatch topics --grow"):
        after.load(dict.fromkeys(store, astray))


def test_junk_in_a_wrong_partition_beside_the_state_ends_no_worker() -> None:
    """Under a key of a queue's manifest, in any partition, it is passed over; the queue goes on from its state."""
    store: dict[bytes, bytes] = {}
    home = partition_of(b"sales", 4)
    before = Partitions(CENTRE, store, TOPIC, "w", partition_count=4)
    before.apply(home, 0, b"sales", encode("sales", [contact("a", "09:10")]), at("09:10"))
    before.collect(0)
    places = dict.fromkeys(store, home)
    junk = b"sales\0head.x"
    for first in (True, False):
        held = {junk: b"junk", **store} if first else {**store, junk: b"junk"}
        after = Partitions(CENTRE, held, TOPIC, "x", partition_count=4)
        after.load({key: places.get(key, (home + 1) % 4) for key in held})
        [engine] = after.engines
        assert engine.applied_offset(f"{TOPIC}/{home}") == 0
