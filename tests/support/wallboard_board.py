"""A wallboard's server over a view that a test feeds."""

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from wallboard_rows import configuration

from dashboards.wallboard.state import View
from streams.history.store import Store
from streams.journal.entry import FIRST_HASH, Entry, chained


class Board:
    """A server with its view, what was acknowledged and its health, for tests to move."""

    def __init__(self, folder: Path, store: Store | None) -> None:
        self.view = View(configuration(folder))
        self.kept: list[Entry] = []
        self.health = (True, "ok")
        self.store = store
        self.client: TestClient

    def keep(self, found: Entry) -> Entry:
        """Keep an entry of the journal here."""
        last = self.kept[-1]["hash"] if self.kept else FIRST_HASH
        self.kept.append(chained(found, len(self.kept) + 1, last))
        return self.kept[-1]


async def next_event(stream: ClientResponse, name: str) -> Any:
    """The content of the next event called `name`."""
    async with asyncio.timeout(5):
        while True:
            line = (await stream.content.readline()).decode()
            if line == f"event: {name}\n":
                return json.loads((await stream.content.readline()).decode().removeprefix("data: "))
