"""Servers for tests that want the real thing; a machine that lacks one skips, and CI, where none may lack, fails."""

import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from browser import TIMED
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


@pytest.fixture(scope="module")
def chromium(require_binary: Callable[[str], Path]) -> Iterator[Any]:
    """A headless browser."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - absent on a machine without browsers
    except ImportError:
        _lack("Playwright is not installed (pip install playwright)")
    binary = require_binary("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(binary), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page; afterwards nothing may have gone wrong in it, and no other host may have been asked."""
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, timezone_id="America/New_York")
    context.add_init_script(TIMED)
    page = context.new_page()
    page.set_default_timeout(90_000)  # a machine that runs much beside it takes its time
    page.faults = []
    page.expected = ()
    page.hosts = set()
    page.on("console", lambda said: page.faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda asked: page.hosts.add(re.sub(r":\d+.*", "", asked.url.split("/")[2])))
    yield page
    faults = [fault for fault in page.faults if not any(part in fault for part in page.expected)]
    hosts = page.hosts
    context.close()
    assert faults == []
    assert hosts <= {"127.0.0.1"}


@pytest.fixture
def axe() -> Any:
    """Checks of accessibility."""
    try:
        from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - as Playwright
    except ImportError:
        _lack("axe is not installed (pip install axe-playwright-python)")
    return Axe()


def _lack(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
