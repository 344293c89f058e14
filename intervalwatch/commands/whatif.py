"""`intervalwatch whatif`: the rest of a queue's day if agents, volume or handle time were others."""

import json
from collections.abc import Iterator
from typing import Any, Final

import click

from agents.projection.advice import shown_what_if
from agents.projection.inputs import QueueAhead
from agents.projection.past import LEARNED_DAYS, inputs_of_past
from agents.projection.whatif import PARAMETERS, Asked, asked_of, what_if
from config.errors import UserError
from config.held import restored
from config.shown_text import escaped
from config.timestamps import from_rfc3339, local_rfc3339, rfc3339
from copc.rounding import rounded, rounded_percent
from intervalwatch.options import instant
from intervalwatch.running import ask
from streams.history.query import Filters, HistoryQuery
from streams.history.schema import describe
from streams.history.store import Store
from streams.history.stored_settings import StoredSettings
from streams.results import IntervalResult

__all__ = ["whatif"]

_DAY_MS: Final = 86_400_000
_LONGEST_DAY_MS: Final = 2 * _DAY_MS
"""A local day that has begun is over by then."""


@click.command()
@click.option("--queue", required=True, metavar="QUEUE", help="The queue whose day is looked at.")
@click.option("--agents", metavar="±N", help="Agents more, or fewer.")
@click.option("--to", metavar="QUEUE", help="The queue to which those agents go; both days are shown.")
@click.option("--volume", metavar="±PCT", help="Percent more contacts, or fewer.")
@click.option("--aht", metavar="±PCT", help="Percent longer handle time, or shorter.")
@click.option("--from", "begin", metavar="HH:MM", help="When it begins, local time of the queue; by default now.")
@click.option("--for", "minutes", metavar="MINUTES", help="How long it lasts; by default to the close of day.")
@click.option("--url", metavar="URL", help="A running web or worker (token: INTERVALWATCH_TOKEN).")
@click.option("--history", metavar="URL", help="Interval history instead, with --at.")
@click.option("--at", callback=instant, metavar="INSTANT", help="With --history: only rows final by then are known.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def whatif(
    queue: str,
    agents: str | None,
    to: str | None,
    volume: str | None,
    aht: str | None,
    begin: str | None,
    minutes: str | None,
    url: str | None,
    history: str | None,
    at: int | None,
    form: str,
) -> None:
    """Show the rest of a queue's day before and after a change, interval by interval; nothing is changed."""
    given = (queue, agents, to, volume, aht, begin, minutes)
    parameters = {name: text for name, text in zip(PARAMETERS, given, strict=True) if text is not None}
    if (url is None) == (history is None):
        raise UserError("give either --url of a running intervalwatch web or worker, or --history URL with --at")
    asked = _asked(parameters)
    if url is not None:
        if at is not None:
            raise UserError("--at: a running server answers for now; leave it out, or give --history")
        body = ask(url, "/api/whatif", parameters)
    elif at is None:
        raise UserError("--at: is missing; with --history give the instant to look from")
    else:
        body = _of_history(str(history), asked, at)
    if form == "json":
        click.echo(json.dumps(body, ensure_ascii=False))
        return
    for line in _lines(body):
        click.echo(line)
    if history is not None:
        click.echo("from history: the rows final by then; contacts that waited then are not known")


def _asked(parameters: dict[str, str]) -> Asked:
    try:
        return asked_of(parameters)
    except ValueError as error:
        option = str(error).partition(":")[0] in PARAMETERS
        raise UserError(f"--{error}" if option else str(error)) from None


def _of_history(url: str, asked: Asked, at_ms: int) -> dict[str, Any]:
    """The answer from the rows that were final at an instant."""
    with Store(url, create=False, upgrade=True) as store, store.reading() as reader:
        held = StoredSettings(reader.parameters())
        names = [name for name in (asked.queue, asked.to) if name is not None]
        known = {name: _past(reader, held, name, at_ms, describe(store.url)) for name in names}
    try:
        return shown_what_if(what_if(known, asked, at_ms))
    except ValueError as error:
        raise UserError(str(error)) from None


def _past(reader: HistoryQuery, held: StoredSettings, queue: str, at_ms: int, where: str) -> QueueAhead:
    first, last = rfc3339(at_ms - LEARNED_DAYS * _DAY_MS), rfc3339(at_ms + _LONGEST_DAY_MS)
    rows = [row for batch in reader.results(Filters(start=first, end=last, queue=queue)) for row in batch]
    if not rows:
        raise UserError(f"--queue {escaped(queue)}: {where} has no results of it in the {LEARNED_DAYS} days before")
    contents = [
        held.of(version.version, rows[-1]["program"], queue)
        for version in sorted(held.versions.values(), key=lambda each: each.parameters_from_ms)
    ]
    versions = [restored(content) for content in contents if content is not None]
    if not versions:
        raise UserError(f"{where}: holds no parameters of {escaped(queue)}")
    return inputs_of_past([IntervalResult.from_row(row) for row in rows], versions, at_ms)


def _lines(body: dict[str, Any]) -> Iterator[str]:
    """The answer for a terminal: its sentence, and a table of each queue."""
    yield escaped(body["text"])
    for queue in body["queues"]:
        before, after = queue["before"], queue["after"]
        yield f"{escaped(queue['queue'])} ({before['timezone']}):"
        yield f"  {'':5}  {'contacts':>16}  {'agents':>14}  {'service level':>16}"
        for one, other in zip(before["intervals"], after["intervals"], strict=True):
            at = local_rfc3339(from_rfc3339(one["interval_start"]), before["timezone"])[11:16]
            volume = _pair(one["reforecast_offered"], other["reforecast_offered"], 0)
            heads = _pair(one["expected_agents"], other["expected_agents"], 1)
            level = _percents(one["projected_service_level"], other["projected_service_level"])
            yield f"  {at:5}  {volume:>16}  {heads:>14}  {level:>16}"
        days = [each["day"] or {} for each in (before, after)]
        level = _percents(*(day.get("service_level") for day in days))
        target = _percents(*(day.get("p_on_target") for day in days))
        yield f"  the day: service level {level}, P(at target) {target}"
        for note in before["notes"]:
            yield f"  {escaped(note['text'])}"


def _pair(before: float | None, after: float | None, digits: int) -> str:
    return " -> ".join("?" if value is None else rounded(value, digits) for value in (before, after))


def _percents(before: float | None, after: float | None) -> str:
    return " -> ".join("?" if value is None else f"{rounded_percent(value)} %" for value in (before, after))
