"""Projections for rows of the overview: renewed in parts, and who will be short ranks above who is fine."""

from pathlib import Path

import pytest
from wallboard_ahead import ahead
from wallboard_rows import AT_NOON, breach, configuration, final

from agents.projection.inputs import Note
from agents.projection.project import project_one
from dashboards.wallboard.ahead.held import HeldOutlooks
from dashboards.wallboard.ahead.rows import RowOutlooks, outlook
from dashboards.wallboard.state import View

SHORT = {"15:30": 5.0, "16:00": 6.0}


@pytest.fixture
def view(tmp_path: Path) -> View:
    """Two queues that are in range now; orders is short at 15:30."""
    view = View(configuration(tmp_path))
    for queue in ("orders", "sales"):
        view.result(final(queue, 7, 0.80))
    view.outlooks.put(ahead("orders", SHORT))
    view.outlooks.put(ahead("sales"))
    return view


def test_a_row_has_nothing_until_a_turn_has_projected_it(view: View) -> None:
    """A browser that connects waits for no projection; the next turn tells it."""
    (first, _) = view.overview(AT_NOON)
    assert first["ahead"] is None
    assert sorted(view.row_outlooks.renew(view.names(AT_NOON), AT_NOON)) == ["orders", "sales"]
    first, second = view.overview(AT_NOON)
    assert (first["queue"], first["state"], second["state"]) == ("orders", "at_risk", "in_range")
    assert first["ahead"]["risk"] == {
        "start_ms": AT_NOON + 140 * 60_000,
        "lacks": 3,
        "p_below": pytest.approx(0.94, abs=0.01),
    }
    assert first["ahead"]["note"] is None


def test_the_sooner_risk_is_first_then_the_greater_lack(view: View) -> None:
    """15:00 stands above 15:30, and at one time four agents above two; a breach that is open stands above all."""
    view.outlooks.put(ahead("sales", {"15:00": 6.0}))
    view.row_outlooks.renew(view.names(AT_NOON), AT_NOON)
    assert [one["queue"] for one in view.overview(AT_NOON)] == ["sales", "orders"]
    view.outlooks.put(ahead("sales", {"15:30": 4.0}, known_ms=AT_NOON + 1))
    view.row_outlooks.renew(view.names(AT_NOON), AT_NOON + 10_000)
    assert [one["queue"] for one in view.overview(AT_NOON)] == ["sales", "orders"]
    view.breach(breach("orders"))
    assert [one["state"] for one in view.overview(AT_NOON)] == ["warning", "at_risk"]


def test_a_row_is_projected_again_after_ten_seconds_and_in_parts() -> None:
    """No turn projects more than 64 queues, the oldest first; one that has nothing new is not told of."""
    held = HeldOutlooks(steady=lambda: 0.0)
    queues = [f"q{number:03}" for number in range(150)]
    for queue in queues:
        held.put(ahead(queue))
    rows = RowOutlooks(held)
    turns = [rows.renew(queues, AT_NOON) for _ in range(4)]
    assert [len(turn) for turn in turns] == [64, 64, 22, 0]
    assert set().union(*turns) == set(queues)
    assert rows.renew(queues, AT_NOON + 9_999) == []
    held.put(ahead("q149", known_ms=AT_NOON + 5_000))
    found = [rows.renew(queues, AT_NOON + 10_000) for _ in range(3)]
    assert [name for turn in found for name in turn] == ["q149"]
    rows.forget("q149")
    assert rows.last("q149") is None


def test_a_row_says_why_it_has_no_level() -> None:
    """A reason that takes the day's level away is told; one that takes nothing away is not."""
    silent = outlook(project_one(ahead("sales", notes=(Note("missing_feed", 5),)), AT_NOON))
    assert silent["level"] is None
    assert silent["note"] == {"reason": "missing_feed", "at_ms": 5}
    own = outlook(project_one(ahead("sales", notes=(Note("no_plan"),)), AT_NOON))
    assert own["level"] is not None
    assert own["note"] is None
