"""The quality page: item 2.4 in the month so far, with n and exact intervals, and the coverage of monitoring."""

import dataclasses
import datetime as dt
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from config.queue_settings import UNASSIGNED
from config.settings import Configuration, Settings
from config.timestamps import rfc3339
from streams.history.query import Filters
from streams.history.store import Store
from streams.quality.summary import month_of_rows, quality_summary
from streams.report.critical_errors import Monitoring

__all__ = ["quality_of_month"]

_Rows = list[dict[str, Any]]
_LATE = dt.timedelta(days=40)


def quality_of_month(store: Store, configuration: Configuration, now_ms: int) -> dict[str, Any]:
    """The quality figures of every program with monitored transactions.

    Args:
        store: the history.
        configuration: the targets and time zones.
        now_ms: an instant of the calendar month that is shown, milliseconds since 1970.

    Returns:
        `month` (2026-03) and `programs`. Each program has its `families` and `queues`, `min_n` (no verdict is given
        below it), the `vocabulary` of families, and `monitoring` (`streams.quality.summary.QualitySummary`). The list
        is empty where nothing was monitored.

    Raises:
        UserError: the database fails.
    """
    zone = ZoneInfo(configuration.timezone)
    first = dt.datetime.fromtimestamp(now_ms / 1000, zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    begin = Filters(start=_instant(first), end=_instant(after))
    # Queues tell of a contact when its day is over, be it in the month after.
    told = Filters(start=_instant(first), end=_instant(after + _LATE))
    evaluations: defaultdict[str, _Rows] = defaultdict(list)
    days: defaultdict[str, _Rows] = defaultdict(list)
    with store.reading() as reader:
        for batch in reader.evaluations(begin):
            for row in batch:
                evaluations[row["program"] or UNASSIGNED].append(row)
        for row in reader.program_days(told):
            days[row["program"]].append(row)
    month = f"{first:%Y-%m}"
    shown = [
        _program(configuration.at(now_ms), name, evaluations[name], days[name], month) for name in sorted(evaluations)
    ]
    return {"month": month, "programs": shown}


def _instant(moment: dt.datetime) -> str:
    return rfc3339(int(moment.timestamp() * 1000))


def _program(configuration: Settings, name: str, rows: _Rows, days: _Rows, month: str) -> dict[str, Any]:
    settings, monitoring = configuration.program(name), Monitoring()
    for row in rows:
        monitoring.add(name, configuration.timezone, row)
    rules = {rule: dataclasses.asdict(own) for rule, own in settings.rules.items()}
    parameters = {rule: own.parameters for rule, own in settings.rules.items()}
    summary = quality_summary(*month_of_rows(rows, days, month, configuration.timezone), parameters)
    return {
        "program": name,
        "min_n": parameters["critical_error_accuracy"]["min_n"],
        "vocabulary": settings.vocabulary,
        "families": msgspec.to_builtins(monitoring.of(name, None, rules, settings.vocabulary)),
        "queues": [
            {"queue": queue, "families": msgspec.to_builtins(monitoring.of(name, queue, rules, settings.vocabulary))}
            for queue in sorted({row["queue"] or "" for row in rows})
        ],
        "monitoring": msgspec.to_builtins(summary),
    }
