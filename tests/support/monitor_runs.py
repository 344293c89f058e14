"""A queue's machine in tests: settings from a few lines of YAML, records in, rows out, restarts on the way."""

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import DeadLetter, Output, Result
from config.settings import QueueSettings, load
from config.timestamps import from_rfc3339
from streams.records import AgentState, Contact, Plan, Record, Snapshot

QUEUE = "sales"
HALF_HOUR = 1_800_000
QUARTER = 900_000
DAY = "2026-03-02"
"""A Monday."""

BASE = """
site: {timezone: UTC, interval_minutes: 30, grace_seconds: 300, silent_after_seconds: 3600}
defaults:
  service_level: {threshold_seconds: 20, target: 0.80, patience_seconds: 180}
  hours: {mon-sun: "08:00-20:00"}
programs:
  - id: retail
    queues: [{id: sales}]
"""


def queue_versions(folder: Path, text: str = BASE) -> tuple[QueueSettings, ...]:
    """The queue's settings as a configuration of this text gives them."""
    path = folder / "monitor.yaml"
    path.write_text(text)
    return load([path]).queue(QUEUE)


def at(clock: str, day: str = DAY) -> int:
    """Milliseconds of a UTC clock time: `09:00` or `09:00:30`."""
    full = clock if clock.count(":") == 2 else f"{clock}:00"
    return from_rfc3339(f"{day}T{full}Z")


def at_ms(moment: dt.datetime) -> int:
    """Milliseconds of an aware moment."""
    return int(moment.timestamp() * 1000)


def state(
    agent: str,
    clock: str | int,
    what: str,
    queues: Sequence[str] = (QUEUE,),
    handling: str | None = None,
    sequence: int = 0,
    reason: str | None = None,
) -> AgentState:
    """An agent state from a clock time on."""
    since = at(clock) if isinstance(clock, str) else clock
    return AgentState(agent, since, what, tuple(queues), sequence, handling, reason)


def plan(
    clock: str | int,
    published: str | int,
    offered: float | None = None,
    aht: float | None = None,
    scheduled: float | None = None,
    required: float | None = None,
    version: str = "wfm",
    length: int = HALF_HOUR,
) -> Plan:
    """A plan row; AHT in seconds."""
    start = at(clock) if isinstance(clock, str) else clock
    out = at(published) if isinstance(published, str) else published
    # Volumes and agents are floats, as every way in makes them.
    offered, required, scheduled = (None if n is None else float(n) for n in (offered, required, scheduled))
    return Plan(version, out, start, length, offered, None if aht is None else round(aht * 1000), required, scheduled)


def contact(name: str, offered: int, wait: int = 1_000, handle: int | None = 180_000) -> Contact:
    """An answered contact that waited `wait` and was handled `handle` milliseconds."""
    return Contact(name, offered, "answered", offered + wait, wait, handle, None, None, offered + wait + (handle or 0))


def contacts(clock: str, count: int, handle: int = 180_000, wait: int = 1_000) -> list[Contact]:
    """Contacts spread evenly over the half hour from `clock`, all of whose handling would end in it if it could."""
    start = at(clock)
    return [contact(f"{clock}-{n}", start + n * (HALF_HOUR // count), wait, handle) for n in range(count)]


def snapshot(clock: str, offered: int, **counts: Any) -> Snapshot:
    """An ACD's half hour, all answered in time unless `counts` says otherwise."""
    start = at(clock)
    full = {"answered": offered, "answered_within": offered, "abandoned": 0, **counts}
    return Snapshot(start, HALF_HOUR, start + HALF_HOUR, offered=offered, **full)


class Run:
    """A machine on a dict, and everything it put out."""

    def __init__(self, versions: tuple[QueueSettings, ...], restart: random.Random | None = None) -> None:
        self.versions, self.restart = versions, restart
        self.store: dict[bytes, bytes] = {}
        self.engine = QueueEngine(versions, self.store)
        self.out: list[Output] = []
        self.offset = 0

    def feed(self, records: Iterable[Record]) -> "Run":
        """Apply records, each a message; with `restart`, commit now and then and go on from the store alone."""
        for record in records:
            self.out += self.engine.apply([record], "t", self.offset)
            self.engine.mark_applied("t", self.offset)
            self.offset += 1
            if self.restart is not None and self.restart.random() < 0.05:
                self.renew()
        return self

    def renew(self) -> None:
        """Commit, and start again from what was committed."""
        commit = self.engine.commit()
        if commit is not None:
            commit.apply(self.store)
        counters = self.engine.counters
        self.engine = QueueEngine(self.versions, self.store, writer=f"s{self.offset}")
        for name in counters.__struct_fields__:
            setattr(self.engine.counters, name, getattr(counters, name))

    def finish(self, clock: str | None = None) -> "Run":
        """Make final everything that ends by `clock`, or by the last data."""
        self.out += self.engine.finish(None if clock is None else at(clock))
        return self

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Published results, in order."""
        return [output.row for output in self.out if isinstance(output, Result)]

    @property
    def dead(self) -> list[str]:
        """Reasons of dead letters."""
        return [output.reason for output in self.out if isinstance(output, DeadLetter)]

    def latest(self) -> dict[str, dict[str, Any]]:
        """The last revision of every interval."""
        return {row["interval_start"][11:16]: row for row in self.rows}
