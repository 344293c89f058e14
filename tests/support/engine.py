"""Short ways to say a queue's settings, its records and what became of them, for tests of the engine.

Instants are texts: `10:05` is 2026-03-02 (a Monday) at 10:05 UTC, `2026-03-29T01:30` names its day.
"""

import functools
import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import DeadLetter, Output, Result
from config.settings import Configuration, QueueSettings, load
from config.timestamps import from_rfc3339
from streams import admission
from streams.records import Contact, Record, Snapshot

SITE = {"timezone": "UTC", "interval_minutes": 30, "grace_seconds": 300}
LEVEL = {"threshold_seconds": 20, "target": 0.8}
MINUTE = 60_000
HALF_HOUR = 1_800_000
QUEUE = "sales"
SOURCE = "calls.csv"


def at(text: str) -> int:
    """Milliseconds of `10:05`, `10:05:30.250` or `2026-03-02T10:05`, all UTC."""
    full = text if "T" in text else f"2026-03-02T{text}"
    return from_rfc3339(f"{full}:00Z" if full.count(":") == 1 else f"{full}Z")


@functools.cache
def _load(texts: tuple[str, ...]) -> Configuration:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{place}.yaml" for place in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        return load(paths)


def content(
    level: dict[str, Any] | None = None,
    hours: dict[str, Any] | None = None,
    closed: Sequence[str] = (),
    version: tuple[str, str] | None = None,
    rules: dict[str, Any] | None = None,
    **site: Any,
) -> dict[str, Any]:
    """A configuration file: the queue `sales` of the program `retail`, and what is said of the site."""
    given: dict[str, Any] = {
        "site": SITE | site,
        "defaults": {"service_level": LEVEL | (level or {}), "closed": list(closed)},
        "programs": [{"id": "retail", "queues": [{"id": QUEUE}]}],
    }
    if hours is not None:
        given["defaults"]["hours"] = hours
    if version is not None:
        given["parameters"] = {"version": version[0], "from": version[1]}
    if rules is not None:
        given["rules"] = rules
    return given


def configuration(*files: dict[str, Any]) -> Configuration:
    """The configuration of one or several files (`content`)."""
    return _load(tuple(json.dumps(file) for file in files or (content(),)))


def settings(**given: Any) -> tuple[QueueSettings, ...]:
    """The settings of `sales` (arguments as of `content`)."""
    return configuration(content(**given)).queue(QUEUE)


def contact(
    contact_id: str,
    offered: str | int,
    *,
    wait: float | None = 0,
    outcome: str = "answered",
    talk: float | None = None,
    hold: float | None = None,
    wrap: float | None = None,
    updated: str | int | None = None,
    channel: str | None = None,
) -> Contact:
    """A contact that left the queue after `wait` seconds (None: it waits still); talk, hold and wrap in seconds."""

    def ms(seconds: float | None) -> int | None:
        return None if seconds is None else round(seconds * 1000)

    offered_ms = at(offered) if isinstance(offered, str) else offered
    updated_ms = at(updated) if isinstance(updated, str) else updated
    waiting = wait is None
    return admission.admit_contact(
        contact_id,
        offered_ms,
        None if waiting else outcome,
        None,
        ms(wait),
        ms(talk),
        ms(hold),
        ms(wrap),
        updated_ms,
        None,
        None,
        None,
        channel,
        skew_ms=5000,
    )


def snapshot(start: str | int, as_of: str | int | None = None, length_ms: int = HALF_HOUR, **counts: Any) -> Snapshot:
    """A snapshot of the interval that begins at `start`; `counts` are fields of `Snapshot`."""
    return admission.admit_snapshot(
        at(start) if isinstance(start, str) else start,
        length_ms,
        at(as_of) if isinstance(as_of, str) else as_of,
        length_ms,
        **counts,
    )


def engine(*, state: dict[bytes, bytes] | None = None, until: str | None = None, **given: Any) -> QueueEngine:
    """A machine for `sales` on a state of its own."""
    return QueueEngine(settings(**given), {} if state is None else state, limit_ms=None if until is None else at(until))


def feed(machine: QueueEngine, given: Iterable[Record], first_row: int = 1) -> list[Output]:
    """Apply records one by one, as rows of a file; the outputs."""
    return [output for row, record in enumerate(given, first_row) for output in machine.apply([record], SOURCE, row)]


def run(given: Iterable[Record], until: str | None = None, **configured: Any) -> list[dict[str, Any]]:
    """The results of `given` in this order, every interval made final up to `until` (default: the last with data)."""
    machine = engine(until=until, **configured)
    outputs = feed(machine, given)
    outputs += machine.finish(None if until is None else at(until))
    return rows(outputs)


def rows(outputs: Iterable[Output]) -> list[dict[str, Any]]:
    """The results among the outputs."""
    return [output.row for output in outputs if isinstance(output, Result)]


def reasons(outputs: Iterable[Output]) -> list[str]:
    """Why records were refused."""
    return [output.reason for output in outputs if isinstance(output, DeadLetter)]


def columns(given: Iterable[dict[str, Any]], *names: str) -> list[Any]:
    """These columns of each row; times of the day are cut from `interval_start`."""
    table = [tuple(row[name][11:16] if name == "interval_start" else row[name] for name in names) for row in given]
    return [row[0] for row in table] if len(names) == 1 else table
