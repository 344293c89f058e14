"""Writing into the journal over HTTP: by the page, by a command, and by the signed link in a message, once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from wallboard_rows import AT_NOON, breach, configuration

from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View
from streams.history.store import Store
from streams.journal.link import Signer

TOKEN = "a long token of this test"  # noqa: S105 - of a test
BEARER = {"Authorization": f"Bearer {TOKEN}"}
INCIDENT = "i1"


class Wall:
    """A server with a history, and what it keeps."""

    def __init__(self, client: TestClient[Any, Any], store: Store) -> None:
        self.client = client
        self.store = store

    def entries(self) -> list[dict[str, Any]]:
        """The journal."""
        with self.store.reading() as reader:
            return [row for batch in reader.journal() for row in batch]


@pytest.fixture
async def wall(tmp_path: Path) -> AsyncIterator[Wall]:
    """A wallboard that asks for a token and shows one breach of an incident."""
    view = View(configuration(tmp_path))
    view.breach(breach(breach_id="b1", incident_id=INCIDENT, title="sales: service level 41 %"))
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        app = make_app(
            view,
            health=lambda: (True, "ok"),
            now=lambda: AT_NOON,
            registry=CollectorRegistry(),
            token=TOKEN,
            store=store,
        )
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            yield Wall(client, store)


def _link(until_ms: int = AT_NOON + 1000) -> str:
    return Signer(TOKEN).path(INCIDENT, until_ms)


async def test_a_command_writes_with_the_token_alone(wall: Wall) -> None:
    """With the bearer's token an entry is kept under its incident; without it, or as a form, none is."""
    asked = {"incident": "b1", "by": "Ana", "note": "two from billing"}
    answer = await wall.client.post("/api/journal", json=asked, headers=BEARER)
    assert answer.status == 200
    assert (await answer.json())["incident_id"] == INCIDENT
    assert (await wall.client.post("/api/journal", json=asked)).status == 401
    assert (await wall.client.post("/api/journal", data=asked, headers=BEARER)).status == 400
    [kept] = wall.entries()
    assert (kept["by"], kept["note"], kept["at"]) == ("Ana", "two from billing", "2026-03-02T12:10:00Z")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"incident": "none", "by": "Ana"}, 404),
        ({"incident": INCIDENT, "by": " "}, 400),
        ({"incident": INCIDENT}, 400),
        ({"incident": INCIDENT, "by": "Ana", "controllable": "maybe"}, 400),
        ({"incident": INCIDENT, "by": "Ana", "nonsense": 1}, 400),
    ],
)
async def test_what_cannot_be_written_is_refused(wall: Wall, asked: dict[str, Any], status: int) -> None:
    """An unknown incident, nobody, or a word that is none of those allowed."""
    assert (await wall.client.post("/api/journal", json=asked, headers=BEARER)).status == status
    assert wall.entries() == []


async def test_a_link_opens_a_form_and_only_the_form_acknowledges_once(wall: Wall) -> None:
    """A mail filter that opens the link changes nothing; who sends the form is asked for a name, and nobody twice."""
    link = _link()
    page = await (await wall.client.get(link)).text()
    assert "sales: service level 41 %" in page
    assert wall.entries() == []
    form = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    nobody = await wall.client.post("/acknowledge", data={**form, "by": " "})
    assert nobody.status == 400
    assert wall.entries() == []
    done = await wall.client.post("/acknowledge", data={**form, "by": "Ana <b>", "note": "on it"})
    assert done.status == 200
    assert "Ana &lt;b&gt;" in await done.text()
    again = await wall.client.post("/acknowledge", data={**form, "by": "Ben"})
    assert again.status == 400
    assert "has been used" in await again.text()
    [kept] = wall.entries()
    assert (kept["incident_id"], kept["by"], kept["note"]) == (INCIDENT, "Ana <b>", "on it")
    assert form["signature"] not in str(kept)


async def test_a_link_that_is_over_or_forged_opens_nothing(wall: Wall) -> None:
    """At its end, or with another signature or incident, it is refused, by GET and POST alike."""
    forged = _link().replace("signature=", "signature=0")
    for link in (_link(AT_NOON), forged, _link().replace(f"incident={INCIDENT}", "incident=i2"), "/acknowledge"):
        assert (await wall.client.get(link)).status == 403
        form = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        assert (await wall.client.post("/acknowledge", data={**form, "by": "Ana"})).status == 403
    assert wall.entries() == []


async def test_without_a_token_there_are_no_links(tmp_path: Path) -> None:
    """A server of this machine alone has no key; whatever looks like a link is refused."""
    view = View(configuration(tmp_path))
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: AT_NOON, registry=CollectorRegistry())
    async with TestServer(app) as server, ClientSession() as session:
        assert (await session.get(server.make_url("/acknowledge"), params={"incident": "i"})).status == 403
