"""The page for analysts: its blocks run, in their order, on a small history that is replayed here."""

import re
from pathlib import Path
from typing import Any

import golden_history
import pandas as pd
import pytest

from agents.replay import replay
from config.timestamps import from_rfc3339
from streams.history.store import Store
from streams.journal.entry import entry

PAGE = Path(__file__).resolve().parents[2] / "docs" / "analysts.md"
END = from_rfc3339("2026-03-31T10:00:00Z")


def test_the_blocks_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one session, beside a history of two days of one queue; the figures are those of its incident."""
    records = [each for each in golden_history.read_records() if each[1] == "cards"]
    with Store(f"sqlite:///{tmp_path / 'history.db'}") as store:
        feed = golden_history.feed_of(records)
        replay(golden_history.read_configuration(), feed, store, END, until_ms=END, as_arrived=True)
        store.append_journal(entry("service_level_below_range/cards", "Ana", "2026-03-31T09:00:00Z"))
    monkeypatch.chdir(tmp_path)
    session: dict[str, Any] = {}
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) > 5
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), session)  # noqa: S102 - the page's own code is what is tested
    assert len(session["days"]) > 0
    assert isinstance(session["service_level"], pd.Series)
    assert "staffing" in set(session["worst"]["cause"].dropna())
