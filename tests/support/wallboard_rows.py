"""Rows made by hand for tests of the screens: a queue's intervals and the records of a breach."""

from pathlib import Path
from typing import Any

from history_rows import result

from config.settings import Configuration, load
from config.timestamps import from_rfc3339
from streams.columns import BREACH_COLUMNS

__all__ = ["AT_NOON", "breach", "configuration", "evaluation", "final", "running", "written"]

AT_NOON = from_rfc3339("2026-03-02T12:10:00Z")
"""A Monday; `final("sales", 0)` starts at 08:00Z, 09:00 in Madrid."""

_YAML = """
site: {timezone: Europe/Madrid, interval_minutes: 30, grace_seconds: 300}
parameters: {version: "2026-01", from: 2026-01-01T00:00:00+01:00}
defaults:
  service_level: {target: 0.80, range: [0.75, 0.90], patience_seconds: 180}
  hours: {mon-fri: "08:00-20:00"}
programs:
  - {id: retail, queues: [{id: sales}, {id: orders}]}
"""


def configuration(folder: Path, text: str = _YAML) -> Configuration:
    """A configuration of two queues, written to `folder`."""
    path = folder / "monitor.yaml"
    path.write_text(text, encoding="utf-8")
    return load([path])


def final(queue: str, number: int, level: float = 0.80, **changes: Any) -> dict[str, Any]:
    """The `number`-th half hour from 08:00Z with a service level of `level` over 100 contacts."""
    within = round(100 * level)
    counts = {"offered": 100, "answered": 100, "answered_within": within, "abandoned": 0, "abandoned_within": 0}
    counts |= {"short_abandoned": 0, "waiting": 0, "service_level": within / 100}
    spec = "below" if level < 0.75 else "above" if level > 0.90 else "in_range"
    whole = {
        "spec": spec,
        "breaches": None,
        "plan": "on_plan",
        "reason": None,
        "previous_hash": "0" * 64,
        "hash": "f" * 64,
    }
    return result(queue, number, **(counts | whole | changes))


def running(queue: str, number: int, level: float = 0.80, **changes: Any) -> dict[str, Any]:
    """The same interval while it is open."""
    return final(queue, number, level, **({"revision": 0, "status": "provisional", "hash": None} | changes))


def breach(queue: str = "sales", sequence: int = 1, state: str = "opened", **changes: Any) -> dict[str, Any]:
    """A record of a breach of the service level that began at 10:00Z."""
    first = "2026-03-02T10:00:00Z"
    record: dict[str, Any] = dict.fromkeys(BREACH_COLUMNS)
    record |= {
        "breach_id": f"service_level_below_range/{queue}/{first}",
        "sequence": sequence,
        "state": state,
        "item": "2.G.A",
        "rule": "service_level_below_range",
        "severity": "warning",
        "program": "retail",
        "queue": queue,
        "scope": "",
        "interval_start": first,
        "first_interval_start": first,
        "observed": 0.41,
        "expected": 0.8,
        "limit": 0.75,
        "unit": "ratio",
        "message": f"{queue} 2026-03-02 11:00-11:30: service level 41 %, range from 75 %",
        "message_zh": f"{queue} 2026-03-02 11:00-11:30：服务水平 41 %，范围下限 75 %",
        "causes": [{"cause": "volume", "effect": -0.3}, {"cause": "staffing", "effect": -0.05}],
        "live": False,
        "parameters_version": "2026-01",
    }
    return record | changes


def written(row: dict[str, Any], position: int, previous: str = "0" * 64) -> dict[str, Any]:
    """The row as history takes it: in its place of the chain."""
    return {**row, "position": position, "previous_hash": previous, "hash": f"{position:064x}"}


def evaluation(number: int, *, passed: bool | None = True, **changes: Any) -> dict[str, Any]:
    """A monitored transaction of 2 March with one end-user check."""
    return {
        "program": "retail",
        "evaluation_id": f"e{number}",
        "contact_id": f"c{number}",
        "queue": "sales",
        "agent": "a1",
        "team": None,
        "shift": None,
        "handled_at": "2026-03-02T09:00:00Z",
        "evaluated_at": "2026-03-02T10:00:00Z",
        "evaluator": "eve",
        "selection": "random",
        "checks": [{"name": "answer", "family": "end_user", "passed": passed}],
        **changes,
    }
