"""Calls to Grafana, against a stand-in that answers as Grafana does: 401, 403, 404, 409, 412, 5xx, and time-outs."""

from collections.abc import Iterator

import pytest
from grafana_stand_in import TOKEN, StandIn, stand_in

from config.errors import UserError
from dashboards.grafana.client import Grafana, UnavailableError

BOARD = {"uid": "board", "title": "Board", "panels": [], "schemaVersion": 41}
SOURCE = {"name": "Live", "uid": "live", "type": "prometheus", "access": "proxy", "url": "http://p:9090"}


@pytest.fixture
def server() -> Iterator[StandIn]:
    """A stand-in, empty."""
    with stand_in() as running:
        yield running


def client(server: StandIn, token: str = TOKEN, timeout: float = 5.0) -> Grafana:
    """A client that tries three times and does not wait between."""
    return Grafana(server.url, token, timeout=timeout, tries=3, pause=lambda _: None)


def test_publishing_twice_changes_nothing_the_second_time(server: StandIn) -> None:
    """Folder, data source and dashboard are created once, then found unchanged, then updated when they differ."""
    grafana = client(server)

    def publish() -> list[str]:
        return [grafana.put_folder("f", "F"), grafana.put_data_source(SOURCE), grafana.put_dashboard(BOARD, "f")]

    assert publish() == ["created"] * 3
    before = server.changes()
    assert publish() == ["unchanged"] * 3
    assert server.changes() == before
    assert grafana.put_folder("f", "G") == "updated"
    assert grafana.put_data_source({**SOURCE, "url": "http://q:9090"}) == "updated"
    assert grafana.put_dashboard({**BOARD, "panels": [{"id": 1}]}, "f") == "updated"
    assert server.dashboards["board"]["dashboard"]["panels"] == [{"id": 1}]
    assert server.sources[0]["url"] == "http://q:9090"


def test_a_dashboard_that_somebody_edited_is_put_back(server: StandIn) -> None:
    """A change made in Grafana is overwritten: the files are what holds."""
    grafana = client(server)
    grafana.put_folder("f", "F")
    grafana.put_dashboard(BOARD, "f")
    server.dashboards["board"]["dashboard"]["title"] = "Mine"
    assert grafana.put_dashboard(BOARD, "f") == "updated"
    assert server.dashboards["board"]["dashboard"]["title"] == "Board"


def test_a_password_is_sent_and_never_read_back(server: StandIn) -> None:
    """A data source with a password is updated each time, since Grafana never shows it."""
    source = {**SOURCE, "secureJsonData": {"password": "x"}}
    grafana = client(server)
    assert [grafana.put_data_source(source), grafana.put_data_source(source)] == ["created", "updated"]
    assert "secureJsonData" not in server.sources[0]


def test_a_path_before_the_api_is_kept(server: StandIn) -> None:
    """A Grafana under a path is asked under that path."""
    with pytest.raises(UserError):
        Grafana(f"{server.url}/grafana/", TOKEN, tries=1).put_data_source(SOURCE)
    assert server.requests[-1][1] == "/grafana/api/datasources"


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_trouble_that_passes_is_tried_again(server: StandIn, status: int) -> None:
    """Two failures, then success: nobody hears of it."""
    server.failures = [status, status]
    assert client(server).put_folder("f", "F") == "created"


def test_trouble_that_stays_is_one_sentence(server: StandIn) -> None:
    """After three tries it says what, how often, and stops."""
    server.down = 503
    with pytest.raises(UnavailableError, match=r"folder f: answered 503, 3 times"):
        client(server).put_folder("f", "F")
    assert len(server.requests) == 3


def test_a_time_out_is_tried_again(server: StandIn) -> None:
    """An answer that comes too late does not count; the next one does."""
    server.failures = [0.5]
    assert client(server, timeout=0.2).put_folder("f", "F") == "created"
    server.failures = [0.5, 0.5, 0.5]
    with pytest.raises(UnavailableError, match="did not answer in time"):
        client(server, timeout=0.2).put_folder("f", "F")


def test_nobody_there(server: StandIn) -> None:
    """A closed port is said to be one."""
    url = server.url
    server.failures = []
    grafana = Grafana(url.replace(str(server.port), "1"), TOKEN, tries=2, pause=lambda _: None)
    with pytest.raises(UnavailableError, match="does not answer"):
        grafana.put_folder("f", "F")


def test_a_wrong_token_is_said_once(server: StandIn) -> None:
    """401 is not tried again, and names the variable."""
    with pytest.raises(UserError, match="GRAFANA_TOKEN"):
        client(server, token="wrong").put_folder("f", "F")  # noqa: S106 - no secret
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "role Admin"), (400, "refused with 400"), (409, "holds another one"), (412, "holds another one")],
)
def test_refusals_name_the_thing_and_the_reason(server: StandIn, status: int, words: str) -> None:
    """A request that Grafana refuses is not tried again; the message carries Grafana's own reason."""
    server.failures = [status]
    with pytest.raises(UserError, match=words) as refused:
        client(server).put_data_source(SOURCE)
    assert f"failure {status}" in str(refused.value)
    assert len(server.requests) == 1


def test_a_dashboard_of_the_same_title_is_412(server: StandIn) -> None:
    """Another dashboard of that title in Grafana ends in a sentence that says so."""
    grafana = client(server)
    grafana.put_folder("f", "F")
    grafana.put_dashboard(BOARD, "f")
    with pytest.raises(UserError, match=r"dashboard Board: .*same name already exists"):
        grafana.put_dashboard({**BOARD, "uid": "other"}, "f")


def test_something_else_than_grafana_answers(server: StandIn) -> None:
    """A page of HTML with status 200 is not Grafana's API."""
    server.failures = ["<html>"]
    with pytest.raises(UserError, match="not Grafana's API"):
        client(server).put_folder("f", "F")


@pytest.mark.parametrize("url", ["grafana.example", "ftp://grafana", "http://", "http://host:port"])
def test_an_address_that_is_none(url: str) -> None:
    """An address that is not http is refused before any request is sent."""
    with pytest.raises(UserError, match="is not an address"):
        Grafana(url, TOKEN)
