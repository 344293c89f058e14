"""Writing into the journal from a command: into a history itself, or through a running `web`."""

import time

from config.errors import UserError
from config.timestamps import rfc3339
from intervalwatch.running import tell
from streams.history.schema import describe
from streams.history.store import Store
from streams.journal.entry import Entry, entry

__all__ = ["write_entry"]


def write_entry(incident: str, by: str, history: str | None, url: str | None, **texts: str | None) -> Entry:
    """Add an entry to the journal, and return it with its place in the chain.

    Args:
        incident: the id of an incident, or of one of its breaches.
        by: who writes it.
        history: URL of the history; None: through `url`.
        url: of a running `web` or worker that has a history.
        texts: the fields of the entry.

    Raises:
        UserError: the incident is not known, or the entry cannot be kept.
    """
    if (history is None) == (url is None):
        raise UserError("give either --history URL, or --url of a running intervalwatch web")
    if url is not None:
        placed: Entry = tell(url, "/api/journal", {"incident": incident, "by": by, **texts})
        return placed
    with Store(str(history), create=False, upgrade=True) as store:
        with store.reading() as reader:
            found = reader.incident_of(incident)
        if found is None:
            raise UserError(
                f"{incident}: {describe(store.url)} has no such incident or breach; "
                f"intervalwatch export --what breaches lists them with their ids"
            )
        return store.append_journal(entry(found, by, rfc3339(time.time_ns() // 1_000_000), **texts))
