"""`intervalwatch ack` and `act`: the journal keeps who saw an incident, what caused it and what was done."""

from pathlib import Path
from typing import Any

import pytest

from intervalwatch.main import run
from streams.columns import BREACH_COLUMNS
from streams.history.store import Store

BREACH = "net_staffing/sales/2026-03-02T08:30:00Z"


@pytest.fixture
def history(tmp_path: Path) -> str:
    """A history with one breach that was updated."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    rows: list[dict[str, Any]] = []
    for sequence, state in ((1, "opened"), (2, "updated")):
        row: dict[str, Any] = dict.fromkeys(BREACH_COLUMNS)
        row |= {"breach_id": BREACH, "sequence": sequence, "state": state, "rule": "net_staffing", "queue": "sales"}
        row |= {"interval_start": "2026-03-02T09:30:00Z", "first_interval_start": "2026-03-02T08:30:00Z"}
        rows.append(row | {"live": False, "message": f"short {sequence}", "program": "retail"})
    with Store(url) as store:
        store.write_breaches(rows)
    return url


def kept(url: str) -> list[dict[str, Any]]:
    """All acknowledgements."""
    with Store(url) as store, store.reading() as reader:
        return reader.acknowledgements()


def test_who_saw_it_and_what_they_noted_is_kept(history: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The note goes into the journal with name and time."""
    assert run(["ack", BREACH, "--by", " Ana ", "--note", "two agents called in", "--history", history]) == 0
    (row,) = kept(history)
    assert (row["incident_id"], row["by"], row["note"]) == (BREACH, "Ana", "two agents called in")
    assert row["at"].endswith("Z")
    assert capsys.readouterr().out == f"acknowledged by Ana: {BREACH} (entry 1 of the journal)\n"


def test_the_note_may_be_left_out(history: str) -> None:
    """Who saw it is enough."""
    assert run(["ack", BREACH, "--by", "Ana", "--history", history]) == 0
    assert kept(history)[0]["note"] is None


@pytest.mark.parametrize("breach", ["net_staffing/sales/2026-03-02T08:00:00Z", "nonsense", f"{BREACH}/live"])
def test_a_breach_that_is_not_there(history: str, capsys: pytest.CaptureFixture[str], breach: str) -> None:
    """An id that history does not hold ends with 2, one line, and keeps nothing."""
    assert run(["ack", breach, "--by", "Ana", "--history", history]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert breach in line
    assert "export --what breaches" in line
    assert not kept(history)


def test_nobody_cannot_acknowledge(history: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty name is refused."""
    assert run(["ack", BREACH, "--by", " ", "--history", history]) == 2
    assert "by: is empty" in capsys.readouterr().err


def test_a_breach_of_an_incident_stands_for_it(tmp_path: Path) -> None:
    """Whichever of its breaches is named, the incident is acknowledged; so it is by its own id."""
    url = f"sqlite:///{tmp_path / 'incidents.db'}"
    with Store(url) as store:
        for name in ("first", "second"):
            row: dict[str, Any] = dict.fromkeys(BREACH_COLUMNS)
            row |= {"breach_id": name, "sequence": 1, "state": "opened", "rule": "net_staffing", "queue": "sales"}
            row |= {"interval_start": "2026-03-02T09:30:00Z", "first_interval_start": "2026-03-02T08:30:00Z"}
            store.write_breaches([row | {"live": False, "incident_id": "first"}])
    for name in ("second", "first"):
        assert run(["ack", name, "--by", "Ana", "--history", url]) == 0
    assert [row["incident_id"] for row in kept(url)] == ["first", "first"]


def test_what_was_found_and_done_is_added(history: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Cause, whether it could have been prevented, and action; the outcome comes later, in an entry of its own."""
    options = ["--cause", "campaign", "--controllable", "partly", "--action", "two agents called in"]
    assert run(["act", BREACH, "--by", "Ana", *options, "--history", history]) == 0
    assert run(["act", BREACH, "--by", "Ben", "--outcome", "back in range at noon", "--history", history]) == 0
    assert "entry 2 of the journal" in capsys.readouterr().out
    with Store(history) as store, store.reading() as reader:
        first, second = (row for batch in reader.journal() for row in batch)
    assert (first["kind"], first["cause"], first["controllable"]) == ("acted", "campaign", "partly")
    assert (second["outcome"], second["previous_hash"]) == ("back in range at noon", first["hash"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["act", BREACH, "--by", "Ana", "--history", "HISTORY"], "nothing to add"),
        (["ack", BREACH, "--by", "Ana"], "give either --history URL, or --url"),
        (["ack", BREACH, "--by", "Ana", "--url", "ftp://x"], "write it like http://127.0.0.1:6067"),
        (["ack", BREACH, "--by", "Ana", "--url", "http://127.0.0.1:1"], "no answer"),
        (["ack", BREACH, "--by", "A" * 81, "--history", "HISTORY"], "by: has 81 characters; at most 80"),
    ],
)
def test_what_cannot_be_written_is_one_line(
    history: str, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """Nothing to add, nowhere to write, or a name that is a novel."""
    assert run([history if each == "HISTORY" else each for each in arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not kept(history)
