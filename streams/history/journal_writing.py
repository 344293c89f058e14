"""Writing the journal into a history: the next entry of its chain, or entries that another history has had.

A writer that finds its number taken reads again: so any number of people and programs may write at once, and the chain
has no fork.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from config.errors import UserError
from streams.history.schema import describe
from streams.history.tables import journal
from streams.journal.entry import FIRST_HASH, Entry, chained

__all__ = ["add_entries", "append_entry", "require_journal"]

Insert = Callable[[Connection, Sequence[dict[str, Any]]], int]
"""Inserts rows that are not there; the number of those that are new."""

_USED: Final = "this link has been used; ask for the wallboard, or for a newer message"


def require_journal(url: str, *, current: bool) -> None:
    """Refuse to write the journal into tables of an earlier program, which have none.

    Args:
        url: of the history.
        current: whether its tables are this program's.

    Raises:
        UserError: nobody has brought them up yet.
    """
    if not current:
        raise UserError(
            f"history {describe(url)}: its tables are an earlier program's and have no journal; start a worker of this "
            f"version with it, which brings them up"
        )


def append_entry(connection: Connection, insert: Insert, found: Entry) -> Entry | None:
    """Add an entry at the end of the chain; None: another writer was faster.

    Raises:
        UserError: its link has been used.
    """
    link = found["link"]
    if link is not None and connection.execute(select(journal.c.number).where(journal.c.link == link)).first():
        raise UserError(_USED)
    placed = chained(found, *_head(connection))
    return placed if insert(connection, [placed]) else None


def add_entries(connection: Connection, insert: Insert, entries: Sequence[Entry]) -> tuple[int, Entry | None]:
    """Add entries that have their place already, as far as they follow what is there.

    Returns:
        How many were new, and the first that does not fit (None: all do): another stands in its place, or those before
        it are missing.
    """
    number, last = _head(connection)
    new: list[dict[str, Any]] = []
    for found in entries:
        if found["number"] == number and found["previous_hash"] == last:
            new.append(dict(found))
            number, last = number + 1, found["hash"]
        elif found["number"] >= number or _hash_at(connection, found["number"], new) != found["hash"]:
            return (insert(connection, new) if new else 0), found
    return (insert(connection, new) if new else 0), None


def _head(connection: Connection) -> tuple[int, str]:
    """The number and previous hash of the next entry."""
    c = journal.c
    last = connection.execute(select(c.number, c.hash).order_by(c.number.desc()).limit(1)).first()
    return (1, FIRST_HASH) if last is None else (last.number + 1, last.hash)


def _hash_at(connection: Connection, number: int, new: Sequence[Entry]) -> str | None:
    for found in new:
        if found["number"] == number:
            return str(found["hash"])
    kept = connection.execute(select(journal.c.hash).where(journal.c.number == number)).scalar()
    return None if kept is None else str(kept)
