"""One contestant of bench_live.py that is not Faust, in a process of its own; prints its times as JSON.

It runs on the Python of the folder that PEERS names (quixstreams, bytewax, msgspec), not on the project's, and so
imports nothing of it. It keeps the state that ours needs, durably: every contact by its id, whole, so that for
seven days an updated copy can replace it, and the sums of its quarter of an hour. It has neither rules nor results
nor metrics, checks nothing, and does not look for lateness.

    peers/bin/python bench/peers.py quixstreams|bytewax|quixstreams-sums|bytewax-sums BROKER TOPIC COUNT

`-sums` keeps sums only: a contact that is sent twice, or updated, counts twice.
"""

import json
import os
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

_QUARTER_SECONDS = 900


class Contact(msgspec.Struct, gc=False):
    """A contact."""

    contact_id: str
    offered_at: datetime
    outcome: str
    exited_at: datetime
    wait_seconds: float
    talk_seconds: float = 0.0
    hold_seconds: float = 0.0
    wrap_seconds: float = 0.0
    agent: str | None = None
    team: str | None = None
    shift: str | None = None
    channel: str | None = None


_MANY = msgspec.json.Decoder(list[Contact])
_ONE = msgspec.json.Decoder(Contact)


def decode(value: bytes) -> list[Contact]:
    """The contacts of a message."""
    return _MANY.decode(value) if value[:1] == b"[" else [_ONE.decode(value)]


def sums_of(sums: list[float], call: list[Any], sign: int) -> None:
    """Add a contact, as kept, to the sums of its quarter, or take it away."""
    outcome, wait, handle = call[0], call[1], call[2] + call[3] + call[4]
    sums[0] += sign
    if outcome == "answered":
        sums[1] += sign
        sums[2] += sign * (wait <= 20.0)
        sums[3] += sign * wait
        sums[4] += sign * handle
    else:
        sums[5] += sign


def kept(contact: Contact) -> list[Any]:
    """The fields of a contact that are kept."""
    return [
        contact.outcome,
        contact.wait_seconds,
        contact.talk_seconds,
        contact.hold_seconds,
        contact.wrap_seconds,
        contact.offered_at.timestamp(),
        contact.exited_at.timestamp(),
        contact.agent,
        contact.team,
        contact.shift,
        contact.channel,
    ]


def quarter(contact: Contact) -> int:
    """The quarter of an hour that a contact entered in."""
    return int(contact.offered_at.timestamp()) // _QUARTER_SECONDS


def by_quarter(message: Any) -> list[tuple[str, tuple[bool, list[Contact]]]]:  # noqa: ANN401 - of bytewax
    """The contacts of a message by queue and quarter of an hour, and whether they are its last."""
    quarters: dict[int, list[Contact]] = {}
    for contact in decode(message.value):
        quarters.setdefault(quarter(contact), []).append(contact)
    queue, last = message.key.decode(), max(quarters)
    return [(f"{queue}/{at}", (at == last, quarters[at])) for at in sorted(quarters)]


class Watch:
    """Wall and CPU time from the first message to the last."""

    def __init__(self, count: int) -> None:
        self.count = self.left = count
        self.wall = self.cpu = 0.0

    def message(self) -> bool:
        """Note a handled message, and print the times if it was the last; return whether it was."""
        if self.left == self.count:
            self.wall, self.cpu = time.perf_counter(), time.process_time()
        self.left -= 1
        if self.left == 0:
            wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
            print(json.dumps({"wall": wall, "cpu": cpu}), flush=True)
        return self.left == 0


def quixstreams(bootstrap: str, topic: str, count: int, *, by_contact: bool) -> None:
    """State in RocksDB with a changelog topic, as it comes."""
    from quixstreams import Application  # noqa: PLC0415 - the other peer need not be there

    watch = Watch(count)
    app = Application(
        broker_address=bootstrap,
        consumer_group="quixstreams",
        auto_offset_reset="earliest",
        state_dir="state",
        loglevel="ERROR",
    )
    source = app.topic(topic, value_deserializer="bytes", key_deserializer="str")
    frame = app.dataframe(source)

    def count_contacts(value: bytes, state: Any) -> None:  # noqa: ANN401 - of quixstreams
        changed: dict[int, list[float]] = {}
        for contact in decode(value):
            at, call = quarter(contact), kept(contact)
            sums = changed.get(at)
            if sums is None:
                sums = changed[at] = state.get(str(at)) or [0, 0, 0, 0.0, 0.0, 0]
            if by_contact:
                before = state.get(contact.contact_id)
                if before is not None:
                    sums_of(sums, before, -1)
                state.set(contact.contact_id, call)
            sums_of(sums, call, 1)
        for at, sums in changed.items():
            state.set(str(at), sums)
        if watch.message():
            app.stop()

    frame.update(count_contacts, stateful=True)
    app.run()


def bytewax(bootstrap: str, topic: str, count: int, *, by_contact: bool) -> None:
    """State in memory, kept in its recovery store every fifth of a second, as our worker does.

    The state of a key is written whole each time, so a key is a quarter of an hour of a queue: with one for each queue,
    the 24,000 batches of bench_live.py took more than twice as long.
    """
    import bytewax.connectors.kafka.operators as kop  # noqa: PLC0415 - the other peer need not be there
    import bytewax.operators as op  # noqa: PLC0415
    from bytewax.dataflow import Dataflow  # noqa: PLC0415
    from bytewax.outputs import DynamicSink, StatelessSinkPartition  # noqa: PLC0415
    from bytewax.recovery import RecoveryConfig, init_db_dir  # noqa: PLC0415
    from bytewax.run import cli_main  # noqa: PLC0415

    watch = Watch(count)

    class Nowhere(StatelessSinkPartition[Any]):
        def write_batch(self, items: list[Any]) -> None:
            for _, last in items:
                if last and watch.message():
                    os._exit(0)

    class Nothing(DynamicSink[Any]):
        def build(self, *_: Any) -> Nowhere:  # noqa: ANN401 - of no use
            return Nowhere()

    def count_contacts(
        state: tuple[list[float], dict[str, Any]] | None, given: tuple[bool, list[Contact]]
    ) -> tuple[Any, bool]:
        sums, calls = state = ([0, 0, 0, 0.0, 0.0, 0], {}) if state is None else state
        last, contacts = given
        for contact in contacts:
            call = kept(contact)
            if by_contact:
                before = calls.get(contact.contact_id)
                if before is not None:
                    sums_of(sums, before, -1)
                calls[contact.contact_id] = call
            sums_of(sums, call, 1)
        return state, last

    flow = Dataflow("centre")
    source = kop.input("in", flow, brokers=[bootstrap], topics=[topic], tail=True, batch_size=1000)
    keyed = op.flat_map("key", source.oks, by_quarter)
    counted = op.stateful_map("count", keyed, count_contacts)
    op.output("out", counted, Nothing())
    folder = Path(tempfile.mkdtemp(dir="."))
    init_db_dir(folder, 1)
    cli_main(flow, recovery_config=RecoveryConfig(folder), epoch_interval=timedelta(seconds=0.2))


if __name__ == "__main__":
    peer, _, variant = sys.argv[1].partition("-")
    run = {"quixstreams": quixstreams, "bytewax": bytewax}[peer]
    run(sys.argv[2].removeprefix("kafka://"), sys.argv[3], int(sys.argv[4]), by_contact=variant != "sums")
