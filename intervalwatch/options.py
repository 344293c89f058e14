"""Options that several commands share, spelled and explained once."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from tqdm import tqdm

from agents.summary import Summary
from config.errors import UserError
from config.settings import Configuration
from config.timestamps import from_rfc3339

__all__ = [
    "as_arrived",
    "bar",
    "broker",
    "configs",
    "grafana_token",
    "history",
    "instant",
    "json_summary",
    "max_bad",
    "report_summary",
    "sources",
    "warn_unconfigured",
]

_NAMED: Final = 5
"""Queues named in a warning at most."""
_GRAFANA_TOKEN: Final = "GRAFANA_TOKEN"  # noqa: S105 - the variable's name

configs: Final = click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="A configuration file; repeat it for several parameter versions.",
)
sources: Final = click.option(
    "--source",
    "sources",
    multiple=True,
    required=True,
    metavar="NAME=FILE[,FILE…]",
    help="A source of the configuration and the files to read as it (-: standard input); repeat for several.",
)
history: Final = click.option(
    "--history",
    required=True,
    metavar="URL",
    help="Interval history: sqlite:///history.db or postgresql+psycopg://…",
)
broker: Final = click.option(
    "--broker", default="kafka://127.0.0.1:9092", show_default=True, metavar="URL", help="The Kafka broker."
)
as_arrived: Final = click.option(
    "--as-arrived", is_flag=True, help="Take rows in file order, corrections included, instead of by event time."
)
json_summary: Final = click.option(
    "--json-summary", is_flag=True, help="Print one JSON object as the last line of standard output."
)
max_bad: Final = click.option(
    "--max-bad", type=click.IntRange(min=0), metavar="N", help="Exit with 1 if more than N records are dead letters."
)


def instant(_: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """Milliseconds of an RFC 3339 option.

    Raises:
        UserError: the text is none.
    """
    if value is None:
        return None
    try:
        return from_rfc3339(value)
    except ValueError as error:
        raise UserError(f"{option.opts[0]} {value}: is not an instant like 2026-03-02T01:00:00Z ({error})") from None


def bar(what: str, unit: str) -> "tqdm[Any]":
    """A progress bar on a terminal, and nothing where output is piped."""
    return tqdm(desc=what, unit=unit, unit_scale=True, disable=None, leave=False)


def report_summary(
    summary: Summary, *, as_json: bool, most_bad: int | None, where: str, say: Callable[[str], None] = click.echo
) -> int:
    """Print what became of the rows; the exit code."""
    s = summary
    duplicates = f", {s.records_duplicate:,} duplicate" if s.records_duplicate else ""
    say(
        f"{s.records_read:,} records read: {s.records_accepted:,} accepted, {s.records_filtered:,} filtered"
        f"{duplicates}, {s.records_dead_lettered:,} dead-lettered ({s.seconds:.1f} s)"
    )
    if s.intervals_final or s.intervals_missing:
        published = s.intervals_final + s.intervals_missing
        say(
            f"{published:,} intervals final, {s.intervals_missing:,} of them missing; {s.corrections:,} corrections "
            f"({s.corrections / published:.1%}); {s.breaches_opened:,} breaches opened"
        )
    say(where)
    if as_json:
        say(msgspec.json.encode(summary).decode())
    return 1 if most_bad is not None and summary.records_dead_lettered > most_bad else 0


def warn_unconfigured(configuration: Configuration, queues: Iterable[str]) -> None:
    """Name on standard error the queues that no program of the configuration has: often a name spelled differently."""
    strange = sorted(queue for queue in queues if not any(own.configured for own in configuration.queue(queue)))
    if strange and configuration.configured_queues():
        named = ", ".join(strange[:_NAMED]) + (f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else "")
        click.echo(f"not in the configuration, so computed with its defaults: {named}", err=True)


def grafana_token() -> str:
    """The token of a Grafana service account, from the environment.

    Raises:
        UserError: it is not set.
    """
    token = os.environ.get(_GRAFANA_TOKEN)
    if not token:
        raise UserError(f"{_GRAFANA_TOKEN}: is not set; put the token of a Grafana service account into it")
    return token
