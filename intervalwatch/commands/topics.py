"""`intervalwatch topics`: the topics that are in force, and the way to more partitions."""

from pathlib import Path

import click

from agents.live.growing import grow
from agents.live.topics import names_on
from config.errors import UserError
from config.settings import Configuration, load
from intervalwatch.options import broker
from streams.kafka.reader import TopicReader
from streams.topics import TOPIC_CALL_DATA, TOPIC_PROGRAM_DAYS

__all__ = ["topics"]


@click.command()
@click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The configuration file, where it sets kafka: (prefix, security).",
)
@broker
@click.option("--grow", "partitions", type=click.IntRange(1, 10_000), metavar="N", help="Go on with N partitions.")
def topics(configs: tuple[Path, ...], broker: str, partitions: int | None) -> None:
    """Show the topics that are in force, or go on with more partitions.

    --grow wants the input read to its end and the workers stopped. It makes new topics and carries each queue's state
    over. Stopped in the middle, it has changed nothing or goes on when it is run again; run again later, it carries
    over what producers still sent to the topics before.
    """
    configuration = load(configs) if configs else None
    if partitions is None:
        for line in _shown(configuration, broker):
            click.echo(line)
        return
    done = grow(configuration, broker, partitions)
    if done.owners:
        click.echo(f"the state of {done.owners:,} queues, programs and groups is carried over, and read back the same")
    if done.messages:
        click.echo(f"{done.messages:,} messages that no worker had read are carried over")
    click.echo(
        f"in force: {done.names.of(TOPIC_CALL_DATA)}, {done.names.of(TOPIC_PROGRAM_DAYS)}, {done.names.changelog} with "
        f"{done.partitions} partitions"
    )
    click.echo(
        f"now set kafka.partitions: {done.partitions} for workers, ingest and web, and let producers write to "
        f"{done.names.of(TOPIC_CALL_DATA)}"
    )


def _shown(configuration: Configuration | None, url: str) -> list[str]:
    names = names_on(configuration, url)
    security = {} if configuration is None else configuration.kafka.security
    with TopicReader(url, security, names.group) as reader:
        found = reader.topics()
        if names.tied[0] not in found:
            raise UserError(f"{url}: there is no topic {names.tied[0]} yet; a worker or ingest makes it")
        lines = [f"{name}: {found.get(name, 0)} partitions" for name in names.tied]
        count = found[names.tied[0]]
        committed, bounds = reader.committed(names.tied[0], count), reader.bounds(names.tied[0], count)
    unread = sum(high - max(low, committed.get(at, low)) for at, (low, high) in bounds.items())
    return [*lines, f"{names.tied[0]}: {unread:,} offsets that the workers have not acknowledged"]
