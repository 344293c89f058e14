"""The time until a contact is on /metrics, and until a burst is that puts 5,000 queues into breach.

The worker is the one that ships, on a real Kafka, asked over HTTP. First come 1,000 contacts a second, one a message,
over 20 queues; each is timed from its sending to the end of the first answer that counts it. Then come 5,000 queues
that have lost two intervals. Their next contacts make the second one final, and the time is taken from the first of
these to the end of the answer that shows the last breach. Prints Markdown.

    python bench/bench_metrics.py
"""

import argparse
import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from load import INTERVAL_MS, KafkaServer, broker, centre, free_port, line, name, table

from agents.live.metrics.families import BREACH_ACTIVE, INTERVAL_METRICS
from streams.admission import admit_contact
from streams.codec import encode
from streams.kafka.producer import Producer

RATE = 1_000
SECONDS = 20
QUEUES = 20
_WARM_UP = 2 * RATE
"""Number of contacts sent before any is timed."""
_SCRAPE_SECONDS = 0.02
_BURST_SCRAPE_SECONDS = 0.3
_OFFERED = re.compile(rf'^{INTERVAL_METRICS["offered"]}{{[^}}]*queue="([^"]+)"[^}}]*}} (\d+)', re.MULTILINE)
_BREACHES = re.compile(rf"^{BREACH_ACTIVE}{{[^}}]*}} 1$", re.MULTILINE)
_LIMITS = {"p99": 0.250, "burst": 1.0}


@contextmanager
def worker(server: KafkaServer, path: Path) -> Iterator[Callable[[], str]]:
    """A worker in a process of its own, as a function that asks for its metrics."""
    port = free_port()
    command = ["worker", "--config", str(path), "--broker", server.url, "--port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "intervalwatch", *command], stderr=subprocess.DEVNULL)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(path: str = "/metrics") -> str:
        connection.request("GET", path)
        return connection.getresponse().read().decode()

    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if ask("/healthz").startswith("ok"):
                    break
            except (OSError, http.client.HTTPException):
                connection.close()
            time.sleep(0.2)
        yield ask
    finally:
        process.terminate()
        process.wait(60)


def one_by_one(server: KafkaServer, folder: Path) -> list[float]:
    """Seconds from sending to /metrics of every contact after the first ones."""
    path, configuration = centre(folder, QUEUES, "latency-")
    sent: dict[str, list[float]] = defaultdict(list)
    seen: dict[str, int] = defaultdict(int)
    waits: list[float] = []
    with worker(server, path) as ask, Producer(server.url, prefix=configuration.kafka.topic_prefix) as producer:

        def send() -> None:
            began = time.perf_counter()
            # All contacts are in one interval, so that its count tells which ones have arrived.
            base = int(time.time() * 1000) // INTERVAL_MS * INTERVAL_MS - INTERVAL_MS
            for at in range(_WARM_UP + RATE * SECONDS):
                time.sleep(max(0.0, began + at / RATE - time.perf_counter()))
                queue = name(at % QUEUES)
                one = admit_contact(f"c{at}", base + at, "answered", base + at, 0, 60_000, 0, 0, *[None] * 5, skew_ms=0)
                sent[queue].append(time.perf_counter())
                producer.send(queue, encode(queue, [one]))
            producer.flush()

        sending = threading.Thread(target=send)
        sending.start()
        total = _WARM_UP + RATE * SECONDS
        until = time.monotonic() + 60
        while sum(seen.values()) < total and time.monotonic() < until:
            text, now = ask(), time.perf_counter()
            for queue, offered in _OFFERED.findall(text):
                first, seen[queue] = seen[queue], int(offered)
                waits += [now - at for at in sent[queue][max(first, _WARM_UP // QUEUES) : seen[queue]]]
            time.sleep(_SCRAPE_SECONDS)
        sending.join()
    return waits


def burst(server: KafkaServer, folder: Path, queues: int) -> tuple[float, float, int]:
    """Seconds until half of the breaches and all of them are shown, and the number shown at last."""
    path, configuration = centre(folder, queues, "burst-")
    base = int(time.time() * 1000) // INTERVAL_MS * INTERVAL_MS - 8 * INTERVAL_MS
    half = 0.0
    with worker(server, path) as ask, Producer(server.url, prefix=configuration.kafka.topic_prefix) as producer:

        def send(interval: int, count: int, step_ms: int = 1000) -> None:
            for at in range(queues):
                lost = [
                    admit_contact(
                        f"{interval}-{at}-{number}",
                        base + interval * INTERVAL_MS + number * step_ms,
                        "abandoned",
                        base + interval * INTERVAL_MS + number * step_ms + 60_000,
                        60_000,
                        *[None] * 8,
                        skew_ms=0,
                    )
                    for number in range(count)
                ]
                producer.send(name(at), encode(name(at), lost))
            producer.flush()

        send(0, 40)
        # The last of these make the first interval final; it alone is no breach.
        send(1, 40, INTERVAL_MS // 41)
        wanted = queues * 80
        until = time.monotonic() + 120
        while sum(int(n) for _, n in _OFFERED.findall(ask())) < wanted and time.monotonic() < until:
            time.sleep(1.0)
        before = len(_BREACHES.findall(ask()))
        time.sleep(3.0)  # provisional rows of what was sent are out of the way
        began = time.perf_counter()
        threading.Thread(target=send, args=(5, 1)).start()
        shown, until = 0, time.monotonic() + 60
        while shown < queues and time.monotonic() < until:
            shown = len(_BREACHES.findall(ask())) - before
            half = half or (time.perf_counter() - began if shown >= queues / 2 else 0.0)
            time.sleep(_BURST_SCRAPE_SECONDS)  # to answer with some 20 MB is work, too
        return half, time.perf_counter() - began - _BURST_SCRAPE_SECONDS, shown


def main() -> int:
    """Print the table; return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queues", type=int, default=5_000, help="of the burst")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, broker() as server:
        waits = one_by_one(server, Path(scratch))
        half, all_shown, shown = burst(server, Path(scratch), options.queues)
    marks = statistics.quantiles(waits, n=100)
    table("from sending to the answer of /metrics", "measured", "wanted")
    line(f"a contact, median of {len(waits):,}", f"{statistics.median(waits) * 1000:.0f} ms", "-")
    line("a contact, p99", f"{marks[98] * 1000:.0f} ms", f"{_LIMITS['p99'] * 1000:.0f} ms")
    line(f"half of a burst of {options.queues:,} breaches", f"{half:.2f} s", "-")
    line(f"{shown:,} of them", f"{all_shown:.2f} s", f"{_LIMITS['burst']:.2f} s")
    return int(marks[98] > _LIMITS["p99"] or all_shown > _LIMITS["burst"] or shown < options.queues)


if __name__ == "__main__":
    sys.exit(main())
