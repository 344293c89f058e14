"""The input of the engine's benchmarks: a centre, its contacts as messages, a broker of their own.

Contacts have the fields that an ACD reports of an answered or abandoned call; a queue has a thousand of them in
each quarter of an hour, so that the cost of a contact shows and that of closing an interval is still part of it.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from kafka_server import KafkaServer, fetch_jars, missing_tools
from postgresql_server import free_port

from config.settings import Configuration, load
from streams.admission import admit_contact
from streams.codec import encode
from streams.records import Contact

__all__ = [
    "BATCH",
    "INTERVAL_MS",
    "KafkaServer",
    "broker",
    "centre",
    "contacts",
    "free_port",
    "line",
    "messages",
    "name",
    "ran",
    "table",
]

BATCH: Final = 100
"""Number of contacts of a message, where several travel together."""
INTERVAL_MS: Final = 900_000
_PER_INTERVAL: Final = 1_000
_MOST_SECONDS: Final = 120


@contextmanager
def broker() -> Iterator[KafkaServer]:
    """A real Apache Kafka; where there is none, the program ends with the reason."""
    lacking = missing_tools()
    if lacking is not None:
        raise SystemExit(f"skipped, no Kafka here: {lacking}")
    server = KafkaServer(fetch_jars())
    server.start()
    try:
        yield server
    finally:
        server.close()


def centre(
    folder: Path, queues: int, prefix: str = "", partitions: int = 4, interval_ms: int = INTERVAL_MS
) -> tuple[Path, Configuration]:
    """A configuration of `queues` queues, and the file it is in."""
    path = folder / f"{prefix or 'centre'}.yaml"
    names = ", ".join(f"{{id: {name(at)}}}" for at in range(queues))
    path.write_text(
        f"""
site: {{timezone: Europe/Madrid, interval_minutes: {interval_ms // 60_000}}}
kafka: {{topic_prefix: "{prefix}", partitions: {partitions}}}
sources: {{calls: {{format: csv, record: contact, decimal: "."}}}}
programs: [{{id: retail, queues: [{names}]}}]
""",
        encoding="utf-8",
    )
    return path, load([path])


def name(queue: int) -> str:
    """The name of a queue."""
    return f"queue-{queue:05d}"


def contacts(
    queue: int, first: int, count: int, from_ms: int, step: int = INTERVAL_MS // _PER_INTERVAL
) -> list[Contact]:
    """Contacts of a queue in order of their offers, from the `first` on, one each `step` milliseconds."""
    made = []
    for at in range(first, first + count):
        offered = from_ms + at * step
        wait = (at * 7919 + queue) % 30_000
        answered = at % 20 > 0
        made.append(
            admit_contact(
                f"{queue}-{at}",
                offered,
                "answered" if answered else "abandoned",
                offered + wait,
                wait,
                60_000 + at * 613 % 240_000 if answered else None,
                1_000 if answered else None,
                20_000 if answered else None,
                None,
                f"agent-{at % 40}" if answered else None,
                f"team-{at % 4}" if answered else None,
                "early" if answered else None,
                "voice",
                skew_ms=0,
            )
        )
    return made


def messages(queues: int, count: int, size: int) -> Iterator[tuple[str, bytes]]:
    """Messages (queue, value) of `size` contacts, queue by queue in turn; the last contact is a minute old."""
    rounds = count // queues
    from_ms = int(time.time() * 1000) - 60_000 - rounds * size * (INTERVAL_MS // _PER_INTERVAL)
    for number in range(rounds):
        for queue in range(queues):
            value = encode(name(queue), contacts(queue, number * size, size, from_ms))
            yield name(queue), value if size > 1 else value[1:-1]


def ran(python: str, script: str, *arguments: object, most_seconds: float = _MOST_SECONDS) -> dict[str, Any] | None:
    """The JSON that a contestant printed; None, with a line that says why, if it failed."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [python, str(Path(__file__).with_name(script)), *map(str, arguments)]
        try:
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, cwd=scratch, timeout=most_seconds
            )
        except subprocess.TimeoutExpired:
            print(f"{' '.join(map(str, arguments[:1]))}: not through after {most_seconds:g} s", flush=True)
            return None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        print(f"{' '.join(map(str, arguments[:2]))}: did not run: {last}", flush=True)
        return None
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def table(*heads: str) -> None:
    """The head of a Markdown table; the first column is text."""
    print(f"\n| {' | '.join(heads)} |")
    print(f"| --- |{' ---: |' * (len(heads) - 1)}", flush=True)


def line(*cells: str) -> None:
    """A row of a Markdown table."""
    print(f"| {' | '.join(cells)} |", flush=True)
