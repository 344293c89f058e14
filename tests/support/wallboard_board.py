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


class Board:
    """A server with its view, what was acknowledged and its health, for tests to move."""

    def __init__(self, folder: Path, store: Store | None) -> None:
        self.view = View(configuration(folder))
        self.kept: list[tuple[str, str, str, str | None]] = []
        self.health = (True, "ok")
        self.store = store
        self.client: TestClient

    def acknowledge(self, breach_id: str, by: str, at: str, note: str | None) -> None:
        """Keep it here."""
        self.kept.append((breach_id, by, at, note))


async def next_event(stream: ClientResponse, name: str) -> Any:
    """The content of the next event called `name`."""
    async with asyncio.timeout(5):
        while True:
            line = (await stream.content.readline()).decode()
            if line == f"event: {name}\n":
                return json.loads((await stream.content.readline()).decode().removeprefix("data: "))
