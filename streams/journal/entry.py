"""An entry of the journal, and the chain that ties it to the one before.

Each has the next number and the hash of the entry before it, so that one that is changed, dropped, added or moved
breaks the chain at that place (docs/concepts/breaches.md#the-journal). The hash is SHA-256 over RFC 8785 JSON of all
columns before it, which an auditor can compute in any language.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import rfc8785

from config.errors import UserError
from streams.columns import JOURNAL_COLUMNS

__all__ = ["ACKNOWLEDGED", "CONTROLLABLE", "FIRST_HASH", "Entry", "chained", "entry", "entry_hash", "problems"]

Entry = dict[str, Any]
"""One entry, by column."""

ACKNOWLEDGED: Final = "acknowledged"
_ACTED: Final = "acted"
CONTROLLABLE: Final = ("yes", "no", "partly")
"""Whether the centre could have prevented the cause."""
FIRST_HASH: Final = "0" * 64
"""The hash before the first entry."""
_HASHED: Final = tuple(name for name in JOURNAL_COLUMNS if name != "hash")
_MOST: Final = {"by": 80, "note": 2_000, "cause": 2_000, "action": 2_000, "outcome": 2_000, "incident_id": 500}
"""Characters of a text at most."""

Controllable = Literal["yes", "no", "partly"]


def entry(incident_id: str, by: str, at: str, **texts: str | None) -> Entry:
    """An entry that has no place in the chain yet.

    Args:
        incident_id: the incident it is about.
        by: who writes it.
        at: when, RFC 3339.
        texts: `note` (of an acknowledgement), `cause`, `controllable`, `action`, `outcome`, and `link`, the mark of a
            signed link that was used.

    Raises:
        UserError: nobody writes it, or a text is too long or holds what no database keeps.
    """
    given = {name: text.strip() if text else None for name, text in texts.items()}
    found: Entry = {**dict.fromkeys(JOURNAL_COLUMNS), **given, "incident_id": incident_id, "by": by.strip(), "at": at}
    done = any(found[name] for name in ("cause", "controllable", "action", "outcome"))
    found["kind"] = _ACTED if done else ACKNOWLEDGED
    if not found["by"]:
        raise UserError("by: is empty; name who has seen the incident")
    for name, most in _MOST.items():
        text = found[name] or ""
        if len(text) > most:
            raise UserError(f"{name}: has {len(text)} characters; at most {most} are kept")
        if "\0" in text:
            raise UserError(f"{name}: holds a NUL character, which no database keeps")
    return found


def chained(found: Mapping[str, Any], number: int, previous_hash: str) -> Entry:
    """An entry at its place in the chain.

    Args:
        found: the entry.
        number: its place, from 1.
        previous_hash: of the entry before.
    """
    placed = {**found, "number": number, "previous_hash": previous_hash}
    return {**placed, "hash": entry_hash(placed)}


def entry_hash(found: Mapping[str, Any]) -> str:
    """The hash that belongs to an entry at its place, hexadecimal."""
    return hashlib.sha256(rfc8785.dumps({name: found[name] for name in _HASHED})).hexdigest()


def problems(entries: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    """The faults of a journal, by the number of the entry, the first break of the chain alone.

    Args:
        entries: all of them, by number.
    """
    last = FIRST_HASH
    for number, found in enumerate(entries, 1):
        if found["number"] != number:
            yield number, f"entry {number} is missing; the next one there has number {found['number']}"
            return
        if found["previous_hash"] != last:
            yield number, "previous_hash is not the hash of the entry before"
            return
        last = found["hash"]
        if last != _hash_or_none(found):
            yield number, "its content does not give its hash: a column was changed after it was written"
            return


def _hash_or_none(found: Mapping[str, Any]) -> str | None:
    try:
        return entry_hash(found)
    except ValueError:
        return None  # a changed value that RFC 8785 does not know
