"""`intervalwatch ack`: who has seen a breach is kept, and a breach that is not there is said to be missing."""

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
    """The note goes into history with name and time; the command repeats what the breach said last."""
    assert run(["ack", BREACH, "--by", " Ana ", "--note", "two agents called in", "--history", history]) == 0
    (row,) = kept(history)
    assert (row["breach_id"], row["acknowledged_by"], row["note"]) == (BREACH, "Ana", "two agents called in")
    assert row["acknowledged_at"].endswith("Z")
    assert capsys.readouterr().out == "acknowledged by Ana: short 2\n"


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
    assert "--by" in capsys.readouterr().err
