"""`intervalwatch ingest`: reads files into Kafka."""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import click

from agents.ingest import Sender
from agents.ingest import ingest as send_all
from agents.live.topics import make_topics
from agents.outcomes import Outcomes
from agents.summary import Summary
from config.errors import UserError
from config.settings import Configuration, load
from intervalwatch.options import (
    as_arrived,
    bar,
    broker,
    configs,
    json_summary,
    max_bad,
    report_summary,
    shell_command,
    sources,
    warn_looks,
    warn_unconfigured,
)
from streams.kafka.producer import Producer
from streams.sources.batch import Batch
from streams.sources.merge import Input, arriving, follow_input, parse_inputs, read_feed

__all__ = ["ingest"]


@click.command()
@configs
@sources
@broker
@as_arrived
@click.option("--follow", is_flag=True, help="Go on reading a file as it grows, until Ctrl-C; rows go as they arrive.")
@json_summary
@max_bad
def ingest(
    configs: tuple[Path, ...],
    sources: tuple[str, ...],
    broker: str,
    as_arrived: bool,
    follow: bool,
    json_summary: bool,
    max_bad: int | None,
) -> int:
    """Read files into Kafka; sources are merged by event time unless told otherwise."""
    configuration = load(configs)
    inputs = parse_inputs(configuration, sources)
    if follow and len(inputs) != 1:
        raise UserError(f"--follow: reads one file, found {len(inputs)}; start one ingest a file")
    kafka, outcomes = configuration.kafka, Outcomes()
    if as_arrived or follow:
        with open_producer(configuration, broker) as producer, bar("sending", " rows") as progress:
            summary = Summary()
            sender = Sender(producer, summary, configuration, outcomes)
            began = time.perf_counter()
            try:
                with sender.speaking() if follow else nullcontext():
                    for given, batch in _arriving(configuration, inputs, follow=follow):
                        sender.batch(given, batch)
                        if follow:
                            sender.send()
                            producer.flush()
                        progress.update(batch.read)
            except KeyboardInterrupt:
                if not follow:
                    raise
            sender.say_rest()
            sender.send()
            producer.flush()
            summary.seconds = round(time.perf_counter() - began, 3)
    else:
        began = time.perf_counter()
        with bar("reading", " rows") as progress:
            feed = read_feed(configuration, inputs, int(time.time() * 1000), progress.update)
        warn_unconfigured(configuration, feed.queues)
        warn_looks(configuration, feed)
        with open_producer(configuration, broker) as producer, bar("sending", " records") as progress:
            summary = send_all(configuration, feed, producer, progress.update, outcomes)
        summary.seconds = round(time.perf_counter() - began, 3)
    return report_summary(
        summary,
        outcomes,
        as_json=json_summary,
        most_bad=max_bad,
        where=f"sent to {kafka.topic_prefix}call-data at {broker}",
        rest=f"{_dead_letters(configs, broker)} (workers add what their queues refuse)",
    )


def _dead_letters(configs: tuple[Path, ...], broker: str) -> str:
    asked = [word for path in configs for word in ("--config", str(path))]
    return shell_command("intervalwatch", "dead-letters", *asked, "--broker", broker)


def _arriving(configuration: Configuration, inputs: list[Input], *, follow: bool) -> Iterator[tuple[Input, Batch]]:
    if follow:
        for batch in follow_input(configuration, inputs[0]):
            yield inputs[0], batch
        return
    for place, batch in arriving(configuration, inputs, lambda: int(time.time() * 1000)):
        yield inputs[place], batch


def open_producer(configuration: Configuration, url: str) -> Producer:
    """A producer to the broker at `url`, after its topics are checked.

    Raises:
        UserError: the broker cannot be reached, or a topic is unsuitable.
    """
    names = make_topics(configuration, url).names
    return Producer(url, configuration.kafka.security, names.prefix, generation=names.generation)
