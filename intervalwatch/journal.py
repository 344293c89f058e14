"""Writing into the journal from a command: into a history itself, or through a running `web`."""

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

from config.errors import UserError
from config.shown_text import shown_address
from config.timestamps import rfc3339
from dashboards.wallboard.door.access import TOKEN_VARIABLE
from streams.history.schema import describe
from streams.history.store import Store
from streams.journal.entry import Entry, entry

__all__ = ["write_entry"]

_SECONDS = 15.0


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
        return _through(url.rstrip("/"), {"incident": incident, "by": by, **texts})
    with Store(str(history), create=False, upgrade=True) as store:
        with store.reading() as reader:
            found = reader.incident_of(incident)
        if found is None:
            raise UserError(
                f"{incident}: {describe(store.url)} has no such incident or breach; "
                f"intervalwatch export --what breaches lists them with their ids"
            )
        return store.append_journal(entry(found, by, rfc3339(time.time_ns() // 1_000_000), **texts))


def _through(url: str, asked: dict[str, Any]) -> Entry:
    if not url.startswith(("http://", "https://")):
        raise UserError(f"--url {shown_address(url)}: write it like http://127.0.0.1:6067")
    headers = {"Content-Type": "application/json"}
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{url}/api/journal", json.dumps(asked).encode(), headers)  # noqa: S310 - http alone, by the check above
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            placed: Entry = json.load(answer)
            return placed
    except urllib.error.HTTPError as error:
        raise UserError(f"--url {shown_address(url)}: {_reason(error)}") from None
    except (OSError, ValueError) as error:
        raise UserError(f"--url {shown_address(url)}: no answer ({type(error).__name__})") from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"answered {error.code}"
