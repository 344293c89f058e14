"""A parameter version from 2099 changes nothing today: not the wallboard, not the metrics, not the alerts."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from metrics_worker import HALF_HOUR, TEN, Scraper, Worker, bad_half_hours, two_intervals

from agents.live.partitions import Partitions
from config.settings import Configuration, load
from dashboards.wallboard.state import View
from intervalwatch.commands.alerting import alerting

NOW = TEN + 4 * HALF_HOUR + 300_000
TODAY = """
parameters: {version: "2026-01", from: 2026-01-01T00:00:00+01:00}
site: {timezone: Europe/Madrid, grace_seconds: 60, idle_seconds: 30}
defaults:
  service_level: {threshold_seconds: 20, target: 0.80, range: [0.75, 0.90]}
  hours: {mon-sun: "08:00-22:00"}
rules: {service_level_below_range: {accumulate: 0.60, critical: 1.50, clear_after: 2, min_volume: 20}}
programs:
  - id: retail
    queues: [{id: sales}, {id: orders, channel: chat}, {id: quiet}, {id: leaving}]
"""
FUTURE = """
parameters: {version: "2099-01", from: 2099-01-01T00:00:00+01:00}
site: {timezone: Europe/Madrid, grace_seconds: 3000, idle_seconds: 3000, silent_after_seconds: 60}
defaults:
  service_level: {definition: S5, threshold_seconds: 300, target: 0.30, range: [0.20, 0.35]}
  hours: {sun: "03:00-04:00"}
  channel: case
rules:
  service_level_below_range: {on: false}
  occupancy_outside_range: {range: [0.7, 0.9]}
  variation_too_big: {sigma_shift: 0.0, min_units: 1}
  critical_error_accuracy: {min_n: 7}
programs:
  - id: retail
    queues: [{id: sales}, {id: quiet}, {id: coming}]
  - id: another
    queues: [{id: orders}]
"""


def files_of(folder: Path, *, future: bool) -> list[Path]:
    """Today's file, and the one of 2099 beside it."""
    paths = []
    for name, text in {"today.yaml": TODAY, **({"future.yaml": FUTURE} if future else {})}.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def centre(configuration: Configuration) -> tuple[Worker, View]:
    """A morning of three queues, and the screens that its worker feeds."""
    view = View(configuration)
    partitions = Partitions(configuration, {}, "call-data", "s")
    worker = Worker(partitions, step_ms=1_000, on_result=view.result, on_breach=view.breach)
    bad_half_hours(worker, 4)
    two_intervals(worker, "orders")
    two_intervals(worker, "leaving")
    worker.unseen = partitions.never_seen(NOW, lambda _: True)
    return worker, view


def screens(view: View, now_ms: int) -> dict[str, Any]:
    """Everything the wallboard shows of its queues."""
    date = dt.date(2026, 3, 2)
    days = {name: view.day(name, date) or [] for name in sorted(view.names(now_ms))}
    return {
        "queues": view.overview(now_ms),
        "breaches": view.breaches(),
        "causes": {name: [view.causes(row) for row in rows] for name, rows in days.items()},
        "days": days,
        "settings": {name: view.settings_of_day(name, date, rows) for name, rows in days.items()},
    }


@pytest.fixture
def both(tmp_path: Path) -> tuple[tuple[Worker, View], tuple[Worker, View]]:
    """The same morning without and with the version of 2099."""
    found = [centre(load(files_of(tmp_path, future=future))) for future in (False, True)]
    return found[0], found[1]


@pytest.mark.parametrize("later_ms", [0, 90 * 60_000, 12 * 3_600_000])
def test_the_wallboard_shows_what_holds_now(
    both: tuple[tuple[Worker, View], tuple[Worker, View]], later_ms: int
) -> None:
    """States, targets, ranges, open hours and queues are today's, at noon, later, and when the queues are closed."""
    (_, alone), (_, beside) = both
    assert screens(beside, NOW + later_ms) == screens(alone, NOW + later_ms)
    states = {summary["queue"]: summary["state"] for summary in alone.overview(NOW)}
    assert states["quiet"] == "never_seen"
    assert states["sales"] == "critical"
    assert "coming" not in states


def test_the_wallboard_changes_when_the_version_holds(both: tuple[tuple[Worker, View], tuple[Worker, View]]) -> None:
    """From its instant on the new targets and queues are shown."""
    _, (_, beside) = both
    then = int(dt.datetime(2099, 1, 2, tzinfo=dt.UTC).timestamp() * 1000)
    shown = {summary["queue"]: summary for summary in beside.overview(then)}
    assert (shown["coming"]["target"], shown["coming"]["program"], shown["coming"]["state"]) == (
        0.30,
        "retail",
        "closed",
    )
    assert "coming" not in {summary["queue"] for summary in beside.overview(NOW)}


# After 12,500 s the queues have been silent for longer than today's idle time, and not for that of 2099.
@pytest.mark.parametrize("later_ms", [0, 90 * 60_000, 12_500_000, 12 * 3_600_000])
def test_the_metrics_are_those_of_today(both: tuple[tuple[Worker, View], tuple[Worker, View]], later_ms: int) -> None:
    """Targets, labels, process sigma, queues open, overdue and never seen do not know of 2099."""
    pages: list[str] = []
    for worker, view in both:
        scraper = Scraper(worker, view.configuration)
        scraper.clock_ms = NOW + later_ms
        pages.append(scraper.collector.render())
    assert pages[0] == pages[1]
    assert 'intervalwatch_queue_never_seen{program="retail",queue="quiet",channel="voice"} 1' in pages[0]
    assert "intervalwatch_process_sigma" in pages[0]


def test_the_alerts_are_those_of_today(tmp_path: Path) -> None:
    """Rules and routing are made of the version that holds when they are made."""
    made: list[Mapping[str, str]] = []
    for future in (False, True):
        output = tmp_path / str(future)
        output.mkdir()
        options = [word for path in files_of(tmp_path, future=future) for word in ("--config", str(path))]
        ended = CliRunner().invoke(alerting, [*options, "--output", str(output)], standalone_mode=False)
        assert ended.return_value == 0
        made.append({path.name: path.read_text(encoding="utf-8") for path in sorted(output.rglob("*.yml"))})
    assert made[0] == made[1]
    assert "OccupancyOutsideRange" not in made[0]["alerts.yml"]
