"""The server that tests of pages and of events ask."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from wallboard_board import Board
from wallboard_rows import AT_NOON

from dashboards.wallboard.server import make_app
from streams.history.store import Store


@pytest_asyncio.fixture
async def board(tmp_path: Path) -> AsyncIterator[Board]:
    """A server over an empty history."""
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        board = Board(tmp_path, store)
        app = make_app(
            board.view,
            health=lambda: board.health,
            now=lambda: AT_NOON,
            registry=CollectorRegistry(),
            store=store,
            keep=board.keep,
            timezone="Europe/Madrid",
            language="zh",
        )
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            board.client = client
            yield board
