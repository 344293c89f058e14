"""Whether a worker's memory stays flat: an hour at 1,000 contacts a second, with restarts, on real Apache Kafka.

Fifty queues in messages of a hundred contacts. State keeps a contact while it can be corrected, results for as long as
rules look back. So that the first has its full size soon, and the second hardly counts, contacts are correctable for
a quarter of an hour of the run here (900,000 of them), and the stream, which lies in the past, runs ten times as fast
as the clock. A worker with history and `web` run as their own commands; the worker is ended every few minutes,
by SIGTERM and SIGKILL in turn, and started again. Once a minute both processes' resident memory is read (Linux), and at
the end its slope: least squares over the samples after the warm-up. Every final interval must hold all its contacts.
Prints Markdown.

    python bench/bench_memory.py --minutes 60
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from load import BATCH, INTERVAL_MS, broker, contacts, free_port, line, name, table

from agents.live.topics import make_topics
from config.settings import load
from streams.audit.findings import Summary
from streams.audit.verify import verify_history
from streams.codec import encode
from streams.history.store import Store
from streams.kafka.producer import Producer

QUEUES: Final = 50
CONTACTS_A_SECOND: Final = 1_000
WANTED: Final = 20.0
"""MB an hour that memory may grow by; a worker that kept every contact would grow by 1,000."""
_DAY_MS: Final = 86_400_000
_DAY_MINUTES: Final = 1_440
_CONFIGURATION: Final = """
site: {{timezone: Europe/Madrid, interval_minutes: 15, idle_seconds: 86400, correction_days: {days}}}
kafka: {{topic_prefix: "memory-", partitions: 4}}
programs: [{{id: retail, queues: [{queues}]}}]
"""


class Feed(threading.Thread):
    """Sends contacts at a steady rate until it is stopped.

    Args:
        url: the broker.
        from_ms: instant of each queue's first contact, milliseconds since 1970.
        step_ms: between two contacts of a queue, in the stream's time.
    """

    def __init__(self, url: str, from_ms: int, step_ms: int) -> None:
        super().__init__(daemon=True)
        self._url, self._from_ms, self._step_ms = url, from_ms, step_ms
        self.stopping = threading.Event()
        self.sent = 0

    def run(self) -> None:
        """Send."""
        began, number = time.monotonic(), 0
        with Producer(self._url, prefix="memory-") as producer:
            while not self.stopping.is_set():
                round_, queue = divmod(number, QUEUES)
                some = contacts(queue, round_ * BATCH, BATCH, self._from_ms, self._step_ms)
                producer.send(name(queue), encode(name(queue), some))
                number += 1
                self.sent = number * BATCH
                self.stopping.wait(max(0.0, began + self.sent / CONTACTS_A_SECOND - time.monotonic()))


class Command:
    """A command of the program as a process of its own."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self._log, self._arguments = log, arguments
        self.start()

    def start(self) -> None:
        """Start it, and again after `end`."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "intervalwatch", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def end(self, how: signal.Signals) -> None:
        """End it."""
        self.process.send_signal(how)
        self.process.wait(60)

    def megabytes(self) -> float:
        """Its resident memory in MB (10^6 bytes)."""
        if self.process.poll() is not None:
            raise SystemExit(f"{self._arguments[0]} ended by itself:\n{self._log.read_text()[-2000:]}")
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def slope(samples: list[tuple[float, float]]) -> float:
    """Growth in MB an hour of (minute, MB): the line of least squares."""
    count = len(samples)
    mean_at, mean = sum(at for at, _ in samples) / count, sum(size for _, size in samples) / count
    spread = sum((at - mean_at) ** 2 for at, _ in samples)
    return 60 * sum((at - mean_at) * (size - mean) for at, size in samples) / spread


def main() -> int:
    """Print the table; return 1 if memory grows, or a final interval lacks a contact."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--restart-minutes", type=int, default=10)
    parser.add_argument("--warm-up-minutes", type=int, default=20)
    parser.add_argument("--kept-minutes", type=int, default=15, help="of the run; so long a contact is correctable")
    parser.add_argument("--speed", type=int, default=10, help="seconds of the stream in a second of the run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, broker() as server:
        path = Path(folder) / "memory.yaml"
        days = options.kept_minutes * options.speed / _DAY_MINUTES
        queues = ", ".join(f"{{id: {name(at)}}}" for at in range(QUEUES))
        path.write_text(_CONFIGURATION.format(queues=queues, days=days), encoding="utf-8")
        return _run(options, path, server.url)


def _run(options: argparse.Namespace, path: Path, url: str) -> int:
    configuration = load([path])
    make_topics(configuration, url)
    history = f"sqlite:///{path.with_name('history.db')}"
    Store(history).close()
    shared = ("--config", str(path), "--broker", url, "--history", history)
    worker = Command(path.with_name("worker.log"), "worker", *shared, "--port", str(free_port()))
    web = Command(path.with_name("web.log"), "web", *shared, "--port", str(free_port()))
    # As far back as the run is long, and a day more: no contact may be of the future.
    past = _DAY_MS + options.minutes * 60_000 * options.speed
    from_ms = (int(time.time() * 1000) - past) // INTERVAL_MS * INTERVAL_MS
    step_ms = options.speed * 1_000 * QUEUES // CONTACTS_A_SECOND
    feed = Feed(url, from_ms, step_ms)
    try:
        feed.start()
        grows = _watch(options, worker, web, feed)
        feed.stopping.set()
        feed.join(60)
        return int(grows | _lacks(history, feed.sent, INTERVAL_MS // step_ms))
    finally:
        feed.stopping.set()
        worker.process.kill()
        web.process.kill()


def _watch(options: argparse.Namespace, worker: Command, web: Command, feed: Feed) -> bool:
    """Print memory by the minute and its slope; whether it grows by more than is wanted."""
    began = time.monotonic()
    kept: dict[str, list[tuple[float, float]]] = {"worker": [], "web": []}
    table("minute", "contacts sent", "worker, MB", "web, MB", "")
    for minute in range(1, options.minutes + 1):
        time.sleep(max(0.0, began + minute * 60 - time.monotonic()))
        sizes = {"worker": worker.megabytes(), "web": web.megabytes()}
        if minute > options.warm_up_minutes:
            for process, size in sizes.items():
                kept[process].append((minute, size))
        note = ""
        if minute % options.restart_minutes == 0 and minute < options.minutes:
            how = signal.SIGTERM if minute // options.restart_minutes % 2 else signal.SIGKILL
            worker.end(how)
            worker.start()
            note = f"{how.name}, started again"
        line(str(minute), f"{feed.sent:,}", f"{sizes['worker']:,.0f}", f"{sizes['web']:,.0f}", note)
    grows = False
    for process, samples in kept.items():
        if len(samples) > 1:
            hourly = slope(samples)
            grows |= hourly > WANTED
            print(f"\n{process}: {hourly:+.1f} MB an hour after minute {options.warm_up_minutes}", flush=True)
    return grows


def _lacks(history: str, sent: int, wanted: int) -> bool:
    """Whether a final interval has not `wanted` contacts, once what was sent is in history, or history is not sound."""
    # The last two intervals of a queue wait for later contacts.
    rows = QUEUES * max(0, sent // QUEUES // wanted - 2)
    until = time.monotonic() + 60
    while True:
        with Store(history) as store, store.reading() as reader:
            offered = [row["offered"] for batch in store.results() for row in batch]
            faults = list(verify_history(reader, Summary()))
        if len(offered) >= rows or time.monotonic() > until:
            break
        time.sleep(1)
    wrong = sum(1 for each in offered if each != wanted)
    print(f"\n{len(offered):,} final intervals, {wrong} without their {wanted} contacts, {len(faults)} faults found")
    return bool(wrong or faults or len(offered) < rows)


if __name__ == "__main__":
    sys.exit(main())
