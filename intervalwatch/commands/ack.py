"""`intervalwatch ack`: acknowledges a breach; history keeps who saw it, and the note."""

import re
import time
from typing import Final

import click

from config.errors import UserError
from config.timestamps import rfc3339
from intervalwatch.options import history
from streams.history.query import Filters
from streams.history.schema import describe
from streams.history.store import Store

__all__ = ["ack"]

_INSTANT: Final = re.compile(r"/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)(?:/live)?\Z", re.ASCII)
"""The first interval, at the end of a breach's id."""


@click.command()
@click.argument("breach_id")
@click.option("--by", required=True, metavar="NAME", help="Who has seen it.")
@click.option("--note", metavar="TEXT", help="What was found, and what is being done.")
@history
def ack(breach_id: str, by: str, note: str | None, history: str) -> None:
    """Acknowledge the breach BREACH_ID (as wallboard, exports and alerts show it)."""
    who, text = by.strip(), note.strip() if note else None
    if not who:
        raise UserError("--by: is empty; name who has seen the breach")
    with Store(history, create=False, upgrade=True) as store:
        message = _last_message(store, breach_id)
        store.write_acknowledgement(breach_id, who, rfc3339(int(time.time() * 1000)), text or None)
    click.echo(f"acknowledged by {who}: {message}")


def _last_message(store: Store, breach_id: str) -> str:
    """The latest message of a breach.

    Raises:
        UserError: history has no such breach.
    """
    named = _INSTANT.search(breach_id)
    message = None
    # A breach has no record of an interval before its first.
    with store.reading() as reader:
        for batch in reader.breaches(Filters(start=named[1] if named else None)):
            for record in batch:
                if record["breach_id"] == breach_id:
                    message = record["message"]
    if message is None:
        raise UserError(
            f"{breach_id}: {describe(store.url)} has no such breach; "
            f"intervalwatch export --what breaches lists them with their ids"
        )
    return str(message)
