"""`intervalwatch dead-letters`: what was refused and why, and the way back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from agents.live.dead_letters import Kind, count_kinds, kind_of, letters_of_topic
from agents.live.redrive import Redriven, redrive
from agents.live.topics import names_on
from config.errors import UserError
from config.settings import Configuration, load
from config.timestamps import from_rfc3339, rfc3339
from intervalwatch.options import bar
from streams.history.store import Store
from streams.kafka.reader import TopicReader
from streams.topics import TOPIC_DEAD_LETTERS

__all__ = ["dead_letters"]

_SHOWN: Final = 160
"""Characters of a sample's reason and value on the screen."""


@click.command("dead-letters")
@click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="The configuration file, where it sets kafka: (prefix, security).",
)
@click.option("--broker", metavar="URL", help="The Kafka broker: kafka://host:port.")
@click.option("--history", metavar="URL", help="Count the letters of this interval history instead.")
@click.option("--redrive", "again", is_flag=True, help="Send the refused records again, each once.")
@click.option("--reason", metavar="KIND", help="Only letters of this kind (the first word of their reasons).")
@click.option("--queue", metavar="ID", help="With --redrive: only records of this queue.")
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def dead_letters(
    configs: tuple[Path, ...],
    broker: str | None,
    history: str | None,
    again: bool,
    reason: str | None,
    queue: str | None,
    form: str,
) -> int:
    """Count dead letters by kind, or send their records again.

    With --redrive the exit code is 1 where a message is no longer in its topic; each is named.
    """
    if (broker is None) == (history is None):
        raise UserError("--broker, --history: name one of them, and not both")
    if again and broker is None:
        raise UserError("--redrive: reads the messages of a broker; give --broker instead of --history")
    if queue is not None and not again:
        raise UserError("--queue: goes with --redrive only, as a letter may name no queue; leave it out")
    if broker is None:
        kinds, _ = count_kinds(_rows_of_history(str(history)))
        return _show(kinds, reason, form)
    configuration = load(configs) if configs else None
    if again:
        return _redrive(configuration, broker, reason, queue, form)
    kinds, _ = count_kinds(_rows_of_topic(configuration, broker))
    return _show(kinds, reason, form)


def _security(configuration: Configuration | None) -> dict[str, str]:
    return {} if configuration is None else dict(configuration.kafka.security)


def _rows_of_topic(configuration: Configuration | None, url: str) -> Iterator[tuple[dict[str, Any], int | None, bool]]:
    topic = names_on(configuration, url).of(TOPIC_DEAD_LETTERS)
    with TopicReader(url, _security(configuration)) as reader:
        yield from letters_of_topic(reader.read(topic, reader.bounds(topic, reader.topics().get(topic, 0))))


def _rows_of_history(url: str) -> Iterator[tuple[dict[str, Any], int | None, bool]]:
    with Store(url, create=False) as store, store.reading() as reader:
        for batch in reader.dead_letters("index", "recorded_at"):
            for row in batch:
                at = row.pop("recorded_at")
                yield row, None if at is None else from_rfc3339(at), False


def _redrive(configuration: Configuration | None, url: str, reason: str | None, queue: str | None, form: str) -> int:
    with bar("sending again", " letters") as progress:
        done = redrive(
            url,
            _security(configuration),
            names_on(configuration, url),
            reason=reason,
            queue=queue,
            progress=progress.update,
        )
    if form == "json":
        gone = [{**_place(letter.place), "reason": letter.reason} for letter in done.gone]
        click.echo(msgspec.json.encode({"sent": done.sent, "gone": gone, "left": done.left}))
    else:
        for line in _told(done):
            click.echo(line)
    return 1 if done.gone else 0


def _told(done: Redriven) -> Iterator[str]:
    yield f"{done.sent:,} records sent again"
    for why, number in sorted(done.left.items()):
        yield f"{number:,} not sent: {why}"
    for letter in done.gone:
        topic, partition, offset, index = letter.place
        yield f"no longer in the topic: {topic}/{partition}@{offset}, record {index} ({kind_of(letter.reason)})"


def _place(place: tuple[str, int | None, int, int]) -> dict[str, object]:
    return dict(zip(("topic", "partition", "offset", "index"), place, strict=True))


def _show(kinds: list[Kind], reason: str | None, form: str) -> int:
    kinds = [kind for kind in kinds if reason is None or kind.reason == reason]
    if form == "json":
        rows = [
            {
                "reason": kind.reason,
                "count": kind.count,
                "redriven": kind.redriven,
                "first": _instant(kind.first_ms),
                "last": _instant(kind.last_ms),
                "sample": kind.sample,
            }
            for kind in kinds
        ]
        click.echo(msgspec.json.encode(rows))
        return 0
    total = sum(kind.count for kind in kinds)
    click.echo(f"{total:,} dead letter{'' if total == 1 else 's'}")
    for kind in kinds:
        again = f", {kind.redriven:,} sent again" if kind.redriven else ""
        click.echo(f"{_plain(kind.reason)}: {kind.count:,}{again}")
        if kind.first_ms is not None:
            click.echo(f"    first {_instant(kind.first_ms)}, last {_instant(kind.last_ms)}")
        if kind.sample:
            row = kind.sample
            where = row["topic"] if row["partition"] is None else f"{row['topic']}/{row['partition']}"
            click.echo(f"    {_plain(where)}@{row['offset']}: {_plain(row['reason'])}")
            click.echo(f"    {_plain(row['value'] or '')}")
    return 0


def _instant(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(at_ms)


def _plain(text: str) -> str:
    """A sender's text on one line of a screen, its control characters escaped."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
