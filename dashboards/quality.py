"""The month so far of item 2.4 for the screens: critical error accuracy, always with n and its exact interval."""

import dataclasses
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from config.settings import Configuration
from streams.history.reading import Filters
from streams.history.report_quality import Monitoring
from streams.history.store import Store
from streams.instants import rfc3339
from streams.names import UNASSIGNED

__all__ = ["quality_of_month"]


def quality_of_month(store: Store, configuration: Configuration, now_ms: int) -> dict[str, Any]:
    """Accuracy by family of every program with monitored transactions, and of each of its queues.

    Args:
        store: the history.
        configuration: names targets and time zones.
        now_ms: its calendar month at the site is shown.

    Returns:
        `month` (2026-03) and `programs`, each with its `families`, `queues` and `min_n`, below which no verdict is
        given; empty where nothing was monitored.

    Raises:
        UserError: the database fails.
    """
    zone = ZoneInfo(configuration.timezone)
    first = dt.datetime.fromtimestamp(now_ms / 1000, zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    monitoring = Monitoring()
    queues: dict[str, set[str]] = {}
    with store.reading() as reader:
        for batch in reader.evaluations(Filters(start=rfc3339(int(first.timestamp() * 1000)))):
            for row in batch:
                program = row["program"] or UNASSIGNED
                monitoring.add(program, configuration.timezone, row)
                queues.setdefault(program, set()).add(row["queue"] or "")
    return {
        "month": f"{first:%Y-%m}",
        "programs": [_program(monitoring, configuration, name, queues[name]) for name in sorted(queues)],
    }


def _program(monitoring: Monitoring, configuration: Configuration, name: str, queues: set[str]) -> dict[str, Any]:
    rules = {rule: dataclasses.asdict(settings) for rule, settings in configuration.last.program(name).rules.items()}
    return {
        "program": name,
        "min_n": rules["critical_error_accuracy"]["parameters"]["min_n"],
        "families": msgspec.to_builtins(monitoring.of(name, None, rules)),
        "queues": [
            {"queue": queue, "families": msgspec.to_builtins(monitoring.of(name, queue, rules))}
            for queue in sorted(queues)
        ],
    }
