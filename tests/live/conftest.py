"""Servers for tests that want the real thing; a machine that lacks one skips, and CI, where none may lack, fails."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from kafka_server import KafkaServer, fetch_jars, missing_tools


@pytest.fixture(scope="session")
def require_binary() -> Callable[[str], Path]:
    """A function that finds a program on PATH, or ends the test with the reason."""

    def find(name: str) -> Path:
        found = shutil.which(name)
        if found is None:
            _lack(f"{name} is not on PATH")
        return Path(found)

    return find


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[KafkaServer]:
    """A running Kafka for the whole run; a test that stops it starts it again before it ends."""
    lacking = missing_tools()
    if lacking is not None:
        _lack(lacking)
    try:
        jars = fetch_jars()
    except RuntimeError as error:
        _lack(str(error))
    server = KafkaServer(jars)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def kafka(kafka_server: KafkaServer) -> str:
    """The running Kafka's `kafka://127.0.0.1:PORT`."""
    return kafka_server.url


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test has, so that tests share a broker and nothing on it."""
    return f"test-{uuid.uuid4().hex[:12]}."


def _lack(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
