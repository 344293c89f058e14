"""Options that several commands share, and the lines they print in common."""

import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from tqdm import tqdm

from agents.intervals.calendar import Calendar
from agents.outcomes import Outcomes
from agents.summary import Summary
from config.errors import UserError
from config.settings import Configuration
from config.shown_text import escaped, squeezed
from config.timestamps import from_rfc3339, rfc3339
from streams.history.schema import describe
from streams.sources.look import misread
from streams.sources.merge import Feed

__all__ = [
    "DEFAULT_BROKER",
    "all_dead_letters",
    "as_arrived",
    "backfill_lines",
    "bar",
    "broker",
    "commonest_refusals",
    "configs",
    "ended_by_signals",
    "grafana_token",
    "history",
    "instant",
    "json_summary",
    "max_bad",
    "open_hours",
    "report_summary",
    "shell_command",
    "sources",
    "unconfigured",
    "warn_looks",
    "warn_unconfigured",
]

_NAMED: Final = 5
"""Queues that a warning names at most."""
_NAME_CHARACTERS: Final = 100
_REASONS: Final = 5
"""Reasons for refusals that the end of a command names at most."""
_REASON_CHARACTERS: Final = 300
_GRAFANA_TOKEN: Final = "GRAFANA_TOKEN"  # noqa: S105 - the variable's name

DEFAULT_BROKER: Final = "kafka://127.0.0.1:9092"

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
    "--broker", default=DEFAULT_BROKER, show_default=True, metavar="URL", help="The Kafka broker."
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
        UserError: the text is not an instant.
    """
    if value is None:
        return None
    try:
        return from_rfc3339(value)
    except ValueError as error:
        raise UserError(f"{option.opts[0]} {value}: is not an instant like 2026-03-02T01:00:00Z ({error})") from None


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block in order, as Ctrl-C does: what it leaves half done is cleared away.

    A signal that was to be ignored (`nohup`) stays ignored. The exit code is the shell's: 128 + the signal's number.
    """

    def end(number: int, _frame: object) -> None:
        for each in taken:
            signal.signal(each, signal.SIG_IGN)  # a second one shall not end the clearing
        sys.exit(128 + number)

    taken = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def bar(what: str, unit: str) -> "tqdm[Any]":
    """A progress bar, shown only on a terminal."""
    return tqdm(desc=what, unit=unit, unit_scale=True, disable=None, leave=False)


def shell_command(*words: str) -> str:
    """A command as it may be typed: words with blanks and the like are quoted."""
    return shlex.join(words)


def all_dead_letters(history: str) -> str:
    """The command that shows every refused row of a history."""
    return shell_command(
        *("intervalwatch", "export", "--history", describe(history), "--what", "dead-letters"),
        *("--format", "csv", "--output", "-"),
    )


def report_summary(
    summary: Summary,
    outcomes: Outcomes,
    *,
    as_json: bool,
    most_bad: int | None,
    where: str,
    rest: str,
    say: Callable[[str], None] = click.echo,
) -> int:
    """Print the numbers of records by outcome, and of intervals; returns the exit code.

    Args:
        summary: the numbers.
        outcomes: of each source's rows.
        as_json: print them as JSON, too, at the end.
        most_bad: more dead letters than this are exit code 1; None: any number is well.
        where: a line that says where it all went.
        rest: the command that shows every refused row.
        say: prints a line.
    """
    s = summary
    duplicates = f", {s.records_duplicate:,} duplicate" if s.records_duplicate else ""
    restated = f", {s.records_restated:,} restated" if s.records_restated else ""
    say(
        f"{s.records_read:,} records read: {s.records_accepted:,} accepted, {s.records_filtered:,} filtered"
        f"{duplicates}{restated}, {s.records_dead_lettered:,} dead-lettered ({s.seconds:.1f} s)"
    )
    if s.records_restated:
        say(
            "restated: rows that share their identity with another and say something else; the later one counts (if "
            "they are records of their own, a column that tells them apart is not mapped)"
        )
    if s.intervals_final or s.intervals_missing:
        published = s.intervals_final + s.intervals_missing
        corrected = f"{s.intervals_corrected:,} corrected ({s.intervals_corrected / published:.1%})"
        if s.corrections != s.intervals_corrected:
            corrected += f" in {s.corrections:,} revisions"
        say(
            f"{published:,} intervals final, {s.intervals_missing:,} of them missing; {corrected}; "
            f"{s.breaches_opened:,} breaches opened"
        )
    for line in _refused_lines(outcomes, rest):
        say(line)
    say(where)
    nothing = [source for source, rows in outcomes.accepted.items() if rows <= 0]
    for source in nothing:
        refused = outcomes.refused[source]
        why = f"{refused:,} of its rows were refused" if refused else "its files have no row that is kept"
        click.echo(f"source {source}: nothing was accepted: {why}", err=True)
    if as_json:
        say(msgspec.json.encode(summary).decode())
    return 1 if nothing or (most_bad is not None and summary.records_dead_lettered > most_bad) else 0


def _refused_lines(outcomes: Outcomes, rest: str) -> Iterator[str]:
    """The commonest reasons why rows were refused, each with its first row."""
    if not outcomes.kinds:
        return
    yield "refused rows, commonest reason first:"
    for line in commonest_refusals(outcomes):
        yield f"  {line}"
    if outcomes.kinds > _REASONS:
        yield f"  and {outcomes.kinds - _REASONS:,} more reasons"
    yield f"all of them: {rest}"


def commonest_refusals(outcomes: Outcomes) -> Iterator[str]:
    """A line for each of the commonest reasons for which rows were refused: how many, the first one, and why."""
    for kind in outcomes.commonest(_REASONS):
        rows = f"{kind.count:,} rows, first" if kind.count > 1 else "1 row,"
        yield f"{rows} {escaped(kind.file)}:{kind.row}: {escaped(kind.reason[:_REASON_CHARACTERS])}"


def unconfigured(configuration: Configuration, queues: Iterable[str]) -> str:
    """The queues that the configuration lacks, often because of their spelling; empty: none, or it names no queue."""
    strange = sorted(queue for queue in queues if not any(own.configured for own in configuration.queue(queue)))
    if not strange or not configuration.configured_queues():
        return ""
    more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
    alike = {squeezed(queue): queue for _, queue in configuration.configured_queues()}
    named = []
    for name in strange[:_NAMED]:
        near = alike.get(squeezed(name))
        but = "" if near is None else f" (not {escaped(near)}: blanks, capitals or marks that are not seen differ)"
        named.append(escaped(name[:_NAME_CHARACTERS]) + but)
    return ", ".join(named) + more


def warn_unconfigured(configuration: Configuration, queues: Iterable[str]) -> None:
    """Name on standard error the queues that the configuration lacks."""
    named = unconfigured(configuration, queues)
    if named:
        click.echo(f"not in the configuration, so computed with its defaults: {named}", err=True)


def open_hours(configuration: Configuration) -> Callable[[str, int], bool]:
    """Tells whether a queue is open at an instant, milliseconds."""

    def is_open(queue: str, at_ms: int) -> bool:
        calendar = Calendar.of(configuration.queue(queue), at_ms)
        return calendar.is_open(calendar.start_of(at_ms))

    return is_open


def warn_looks(configuration: Configuration, feed: Feed) -> None:
    """Say on standard error which sources look as if they were misread."""
    for source, warning in misread(feed, open_hours(configuration)):
        click.echo(f"source {source}: looks wrong: {warning}", err=True)


def backfill_lines(configuration: Configuration) -> Iterator[str]:
    """A line that says which version holds before the earliest one begins; none where it has no beginning."""
    first = configuration.versions[0]
    if first.parameters_from_ms > 0:
        yield (
            f"parameters {first.parameters_version}: no earlier version is given or held by history, so it holds for "
            f"intervals before {rfc3339(first.parameters_from_ms)}, too (where a queue's state holds an earlier one, "
            "that one goes on)"
        )


def grafana_token() -> str:
    """The token of a Grafana service account, from the environment.

    Raises:
        UserError: it is not set.
    """
    token = os.environ.get(_GRAFANA_TOKEN)
    if not token:
        raise UserError(f"{_GRAFANA_TOKEN}: is not set; put the token of a Grafana service account into it")
    return token
