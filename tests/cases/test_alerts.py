"""Alerts through scrapes that fail, and workers that die and are replaced."""

import shutil
from pathlib import Path

from alert_tools import find_tool, run_tool

PROMETHEUS = Path(__file__).resolve().parents[2] / "config" / "prometheus"


def test_alerts_outlast_gaps_and_a_dead_worker_and_end_by_the_next_ones_word(
    shared_cases: Path, tmp_path: Path
) -> None:
    """Gaps of 1.5 minutes, a worker that is gone for 20, and one that dies and is replaced: promtool agrees."""
    for path in (shared_cases / "alert-scrape-gaps-dead-worker" / "t.yml", *PROMETHEUS.glob("*.yml")):
        shutil.copy(path, tmp_path)
    assert "SUCCESS" in run_tool(find_tool("promtool"), "test", "rules", tmp_path / "t.yml")
