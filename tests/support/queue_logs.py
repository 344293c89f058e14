"""Logs of Asterisk as tests write them, read by the reader of a source."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sources import shared

from config.settings import load
from streams.records import AgentState, Contact
from streams.sources.merge import Feed, parse_inputs, read_feed
from streams.sources.registry import open_source

__all__ = ["AT", "NOW", "contacts", "line", "read_logs", "reader", "states"]

AT: Final = 1_772_445_600
"""2026-03-02T10:00:00Z, seconds."""
NOW: Final = 1_772_481_600_000
"""2026-03-02T20:00:00Z, milliseconds: the clock of those who read."""


def line(after: float, callid: str, queue: str, agent: str, event: str, *data: object) -> str:
    """A line of the file, so many seconds after `AT`."""
    return "|".join([f"{AT + after:.6f}", callid, queue, agent, event, *map(str, data)])


def reader(**options: Any) -> Any:
    """The reader of a source with these options."""
    return open_source(shared("pbx", format="queue_log", **options)).reader


def read_logs(folder: Path, *logs: Sequence[str] | str, options: str = "", timezone: str = "UTC") -> Feed:
    """The feed of one source, a file for each log in this order; each row is counted once."""
    config = folder / "monitor.yaml"
    config.write_text(
        f"site: {{timezone: {timezone}}}\nsources:\n  pbx: {{format: queue_log{', ' if options else ''}{options}}}\n",
        encoding="utf-8",
    )
    files = []
    for at, log in enumerate(logs):
        file = folder / f"queue_log.{at}"
        text = log if isinstance(log, str) else "\n".join(log) + "\n"
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
        files.append(str(file))
    configuration = load((config,))
    feed = read_feed(configuration, parse_inputs(configuration, [f"pbx={','.join(files)}"]), NOW)
    rows = [(place, row) for queue in feed.queues.values() for place, row in zip(queue.inputs, queue.rows, strict=True)]
    counted = [each for each in rows if each[1] > 0]
    assert len(counted) == len(set(counted))
    assert feed.read == feed.filtered + feed.joined + len(counted) + len(feed.bad_rows)
    return feed


def contacts(feed: Feed, queue: str) -> list[Contact]:
    """The last copy of each visit of a queue, by its offer."""
    found: dict[tuple[str, int], Contact] = {}
    for record in feed.queues[queue].records if queue in feed.queues else ():
        if isinstance(record, Contact):
            before = found.get((record.contact_id, record.offered_ms))
            if before is None or (record.updated_ms, record.stage) >= (before.updated_ms, before.stage):
                found[record.contact_id, record.offered_ms] = record
    return sorted(found.values(), key=lambda contact: (contact.offered_ms, contact.contact_id))


def states(feed: Feed, queue: str) -> list[AgentState]:
    """The agent states that a queue is told of, in order."""
    found = [record for record in feed.queues[queue].records if isinstance(record, AgentState)]
    return sorted(found, key=lambda state: (state.since_ms, state.sequence))
