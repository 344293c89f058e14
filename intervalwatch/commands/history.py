"""`intervalwatch history`: looks after an interval history; `rebuild` fills it from the topics."""

import time
from pathlib import Path

import click

from agents.live.history.rebuild import rebuild as fill
from agents.live.topics import names_on
from config.settings import load
from intervalwatch.options import bar, broker
from intervalwatch.options import history as history_option
from streams.history.parameters import with_history, write_parameters
from streams.history.schema import describe
from streams.history.store import Store

__all__ = ["history"]


@click.group()
def history() -> None:
    """Look after an interval history."""


@history.command()
@history_option
@broker
@click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The configuration: its parameter versions are kept, too, and topics may have a prefix, the broker security.",
)
def rebuild(history: str, broker: str, configs: tuple[Path, ...]) -> None:
    """Fill a history that was restored from a backup, or a new one, with all that the topics hold.

    Rows that are there already stay as they are; `verify` names what the topics no longer hold.
    """
    configuration = load(configs) if configs else None
    security = {} if configuration is None else configuration.kafka.security
    names = names_on(configuration, broker)
    with Store(history) as store, bar("reading", " messages") as progress:
        if configuration is not None:
            write_parameters(with_history(configuration, store), store)
        now_ms = int(time.time() * 1000)
        new = fill(store, broker, names, security, now_ms, progress.update)
    found = ", ".join(f"{count:,} of {topic}" for topic, count in new.items())
    click.echo(f"history {describe(history)}: new rows: {found}")
