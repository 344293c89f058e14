"""`intervalwatch publish-dashboards` against a stand-in for Grafana."""

from collections.abc import Iterator

import pytest
from grafana_stand_in import TOKEN, StandIn, stand_in

from intervalwatch.main import run

HISTORY = "postgresql+psycopg://grafana:secret@db.example:5433/calls"  # no such place


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A stand-in whose token is in the environment."""
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    with stand_in() as running:
        yield running


def test_everything_is_published_and_nothing_twice(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    """One folder, two data sources, five dashboards in it; again, and nothing that can be compared changes."""
    command = ["publish-dashboards", "--grafana", server.url, "--history", HISTORY, "--prometheus", "http://p:9090"]
    assert run(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert all(line.startswith("created ") for line in lines)
    assert {each["meta"]["folderUid"] for each in server.dashboards.values()} == {"intervalwatch"}
    assert [source["url"] for source in server.sources] == ["http://p:9090", "db.example:5433"]
    posted = [body for method, path, body in server.requests if (method, path) == ("POST", "/api/datasources")]
    assert posted[1]["secureJsonData"] == {"password": "secret"}
    assert run(command) == 0
    again = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in again] == ["unchanged", "unchanged", "updated"] + ["unchanged"] * 5


def test_without_history_that_data_source_is_left_alone(server: StandIn) -> None:
    """Only Prometheus is put."""
    assert run(["publish-dashboards", "--grafana", server.url]) == 0
    assert [source["uid"] for source in server.sources] == ["intervalwatch-live"]


def test_no_token_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without GRAFANA_TOKEN nothing is asked."""
    monkeypatch.delenv("GRAFANA_TOKEN", raising=False)
    assert run(["publish-dashboards", "--grafana", "http://127.0.0.1:1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "GRAFANA_TOKEN" in line


@pytest.mark.parametrize(
    "history",
    ["sqlite:///history.db", "nonsense", "mysql://ana:secret@host/db", "postgresql://ana:secret@host:port/db"],
)
def test_history_must_be_postgresql(server: StandIn, capsys: pytest.CaptureFixture[str], history: str) -> None:
    """Another database is refused in one line without the password, before Grafana is asked."""
    assert run(["publish-dashboards", "--grafana", server.url, "--history", history]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--history" in line
    assert "secret" not in line
    assert not server.requests


def test_a_wrong_token_is_one_line(
    server: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """401 ends with 2, and no dashboard is sent."""
    monkeypatch.setenv("GRAFANA_TOKEN", "wrong")
    assert run(["publish-dashboards", "--grafana", server.url]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "does not know the token" in line
    assert not server.dashboards
