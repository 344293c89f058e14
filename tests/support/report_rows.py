"""A small history to be reported: figures that a reader can add up in the head."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from history_rows import chained, result

from config.settings import load
from config.timestamps import from_rfc3339, local_rfc3339, rfc3339
from streams.history.store import Store

CONFIGURATION = """
site: {timezone: Europe/Madrid, interval_minutes: 30}
parameters: {version: "2026-01", from: 2026-01-01T00:00:00+01:00}
defaults: {service_level: {threshold_seconds: 20, target: 0.80, range: [0.75, 0.90], patience_seconds: 180}}
programs:
  - id: retail
    queues: [{id: sales}, {id: orders}]
"""
MARCH = ("2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")
"""In Madrid, where the clock changes on the 29th."""


def interval(queue: str, start: str, within: int, answered: int, **changes: Any) -> dict[str, Any]:
    """A sound interval: `within` of `answered` in time, nobody abandoned, 200 s each, forecast exactly."""
    ms = from_rfc3339(start)
    row = result(queue, 0) | {
        "interval_start": rfc3339(ms),
        "interval_start_local": local_rfc3339(ms, "Europe/Madrid"),
        "offered": answered,
        "answered": answered,
        "answered_within": within,
        "abandoned": 0,
        "abandoned_within": 0,
        "short_abandoned": 0,
        "waiting": 0,
        "wait_seconds": answered * 10,
        "handle_seconds": answered * 200,
        "handled": answered,
        "service_level": within / answered,
        "abandon_rate": 0,
        "asa_seconds": 10,
        "aht_seconds": 200,
        "forecast_offered": answered,
        "forecast_aht_seconds": 200,
        "volume_variance": 0,
        "aht_variance": 0,
        "spec": "below" if within / answered < 0.75 else "above" if within / answered > 0.90 else "in_range",
        "plan": "on_plan",
    }
    return row | changes


def handled_in(seconds: float, contacts: int) -> dict[str, Any]:
    """The columns of an interval whose `contacts` took `seconds` each."""
    return {"handled": contacts, "handle_seconds": seconds * contacts, "aht_seconds": seconds}


def breach(breach_id: str, sequence: int, state: str, start: str, **changes: Any) -> dict[str, Any]:
    """A record of a breach of the service level of `sales`."""
    row = {
        "breach_id": breach_id,
        "sequence": sequence,
        "state": state,
        "item": "2.G.A",
        "rule": "service_level_below_range",
        "severity": "warning",
        "program": "retail",
        "queue": "sales",
        "scope": "",
        "interval_start": start,
        "first_interval_start": start,
        "observed": 0.7,
        "expected": 0.8,
        "limit": 0.75,
        "unit": "ratio",
        "message": "below",
        "message_zh": "低于",
        "causes": [],
        "live": False,
        "parameters_version": "2026-01",
    }
    return row | changes


def evaluation(number: int, *, passed: bool | None, handled_at: str, **changes: Any) -> dict[str, Any]:
    """A monitored transaction of `sales` with one check, end-user critical."""
    row = {
        "program": "retail",
        "evaluation_id": f"e{number}",
        "contact_id": f"c{number}",
        "queue": "sales",
        "agent": "ann",
        "team": None,
        "shift": None,
        "handled_at": handled_at,
        "evaluated_at": handled_at,
        "evaluator": "eve",
        "selection": "random",
        "checks": [{"name": "promise", "family": "end_user", "passed": passed}],
    }
    return row | changes


def history(folder: Path, rows: Iterable[dict[str, Any]], configuration: str = CONFIGURATION) -> Store:
    """A history of these rows, with the parameters they name."""
    file = folder / "monitor.yaml"
    file.write_text(configuration, encoding="utf-8")
    store = Store(f"sqlite:///{folder / 'history.db'}")
    settings = load([file]).last
    store.write_parameters(settings.parameters_version, rfc3339(settings.parameters_from_ms), settings.content)
    store.write_results(chained(rows))
    return store
