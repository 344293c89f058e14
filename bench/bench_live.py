"""A live worker on real Apache Kafka beside Faust alone, quixstreams and bytewax: contacts a second.

All read the same messages from the same topics, each in a process of its own, from the first message to the last
one whose state is kept. Ours is the worker as it ships: state, rules, results, changelog, metrics scraped once a
second. "bare" is a Faust agent that does nothing with a JSON record; all ratios are to its speed. Prints Markdown.

quixstreams and bytewax are kept out of the project's environment: `python -m venv peers && peers/bin/pip install
quixstreams bytewax msgspec`, then `PEERS=peers python bench/bench_live.py`; without them their rows are left out.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from load import BATCH, broker, centre, line, messages, ran, table

from agents.live.topics import make_topics
from streams.kafka.producer import Producer
from streams.topics import TOPIC_CALL_DATA

QUEUES = 50
WANTED = {BATCH: 13.0, 1: 1.2}
"""Contacts a second of our worker, in messages a second of a bare Faust agent."""
PEERS = ("quixstreams", "bytewax", "bytewax-sums")


def main() -> int:
    """Print the table; return 1 if a wanted ratio is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=40_000, help="of one contact")
    parser.add_argument("--batches", type=int, default=24_000, help=f"messages of {BATCH} contacts")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is taken")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, broker() as server:
        files: dict[tuple[int, int], Path] = {}
        for size, count in ((1, options.messages), (BATCH, options.batches)):
            for turn in range(options.rounds):
                # Each round has a topic and a group of its own: a worker would go on where the one before ended.
                path, configuration = centre(Path(name), QUEUES, f"{'single' if size == 1 else 'batch'}-{turn}-")
                make_topics(configuration, server.url)
                with Producer(server.url, prefix=configuration.kafka.topic_prefix) as producer:
                    for queue, value in messages(QUEUES, count, size):
                        producer.send(queue, value)
                files[size, turn] = path
        return _report(server.url, files, options.messages, options.batches, options.rounds)


def _report(url: str, files: dict[tuple[int, int], Path], singles: int, batches: int, rounds: int) -> int:
    python = sys.executable
    table("contestant", "contacts a message", "contacts/s", "of the bare agent", "CPU µs a contact")
    bare, failed = 0.0, False
    contestants = [("bare", 1), ("table", 1), ("worker", 1), ("worker", BATCH)]
    for contestant, size in contestants:
        count = singles if size == 1 else batches
        took = [ran(python, "contestants.py", contestant, url, files[size, turn], count) for turn in range(rounds)]
        rates = [count * size / one["wall"] for one in took if one is not None]
        if not rates:
            failed = True
            continue
        rate = statistics.median(rates)
        cpu = statistics.median(one["cpu"] / count / size * 1e6 for one in took if one is not None)
        bare = bare or rate
        failed |= contestant == "worker" and rate < WANTED[size] * bare
        line(contestant, f"{size}", f"{rate:,.0f}", f"{rate / bare:.2f}", f"{cpu:.1f}")
    peers = os.environ.get("PEERS")
    if peers is None:
        print("\nquixstreams and bytewax: left out, PEERS names no environment that has them")
        return int(failed)
    for contestant in PEERS:
        for size in (1, BATCH):
            count = singles if size == 1 else batches
            topic = f"{'single' if size == 1 else 'batch'}-0-{TOPIC_CALL_DATA}"
            one = ran(str(Path(peers).resolve() / "bin" / "python"), "peers.py", contestant, url, topic, count)
            if one is not None:
                rate = count * size / one["wall"]
                cpu = one["cpu"] / count / size * 1e6
                line(contestant, f"{size}", f"{rate:,.0f}", f"{rate / bare:.2f}", f"{cpu:.1f}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
