"""The centre of the demo: the queues of a configuration, with sizes, customers and a few incidents.

A newcomer should see within seconds what the product is for. So the demo's day is not left to chance. It begins in the
afternoon of a working day, whatever the clock says: one queue is in the middle of a surge that has broken its service
level, another has been through long calls and recovered, a third misses a third of its agents, and a fourth had a feed
that stopped and then handed in its records late. A seed decides which queues these are, and all that follows.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from config.queue_settings import QueueSettings
from streams.simulation.centre import (
    DEFAULT_ACCURACY,
    FLAT,
    OFFICE,
    ROUND_THE_CLOCK,
    SHOP,
    CentreSpec,
    Incident,
    IncidentKind,
    QueueSpec,
)
from streams.simulation.plan import open_forecast

__all__ = ["best_moment", "demo_centre", "queue_spec"]

_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class _Size:
    """The size and the customers of a queue, which the configuration does not hold."""

    contacts_per_half_hour: float
    aht_seconds: float
    curve: tuple[float, ...]
    spare_agents: int = 0
    saturday: float = 0.7
    handling_cv: float = 0.75
    accuracy: tuple[tuple[str, float], ...] = DEFAULT_ACCURACY


_SIZES: Final = {
    "sales": _Size(180, 240, SHOP),
    "orders": _Size(60, 200, SHOP, spare_agents=2),
    "returns": _Size(18, 300, SHOP),
    "shop_chat": _Size(55, 420, SHOP, handling_cv=0.5),
    "cards": _Size(260, 210, ROUND_THE_CLOCK, saturday=0.85),
    "lost_cards": _Size(6, 180, ROUND_THE_CLOCK, saturday=1.0),
    "billing": _Size(
        95, 330, OFFICE, accuracy=(("end_user", 0.88), ("business", 0.95), ("compliance", 0.998), ("non_critical", 0.9))
    ),
    "outages": _Size(25, 260, ROUND_THE_CLOCK, saturday=1.0),
}
"""Sizes of the queues of config/monitor.yaml."""
_OTHER: Final = (_Size(120, 240, FLAT), _Size(40, 300, FLAT), _Size(12, 360, FLAT))
"""Sizes that the queues of another configuration take in turn."""

_SCRIPT: Final[tuple[tuple[IncidentKind, float, float, float], ...]] = (
    ("surge", -2.6, 2.0, 0.8),
    ("long_calls", -6.5, -4.5, 0.5),
    ("absent", -1.5, 1.0, 0.4),
    ("feed_stop", -5.5, -3.5, 0.5),
)
"""Kind, begin and end in hours from now, and by how much a seed moves the end. Each goes to a queue that is open until
now and has none yet: the busiest, or the one that a seed chooses."""
_SURGES: Final = 3
"""Busiest queues of which a seed chooses the one with the surge."""
_BEST_TIME: Final = dt.time(16, 10)
"""The local time at which every queue of a shop, an office and a bank is open and busy."""
_DAYS_BACK: Final = 14
_SATURDAY: Final = 5
_LEAST_FORECAST: Final = 20.0
"""Least contacts an interval: below it the rules would not judge an incident."""
_BIG_POOL: Final = 100.0
"""Contacts an interval from which volume x 1.6 surely breaks a service level; a small pool can bear it."""


def queue_spec(settings: QueueSettings, contacts_per_half_hour: float, aht_seconds: float) -> QueueSpec:
    """A queue that is open, counted and staffed by `settings`; a queue without a target is staffed for 80 %.

    Raises:
        ValueError: a figure is out of its limits.
    """
    level = settings.service_level
    return QueueSpec(
        program=settings.program,
        queue=settings.queue,
        contacts_per_half_hour=contacts_per_half_hour,
        aht_seconds=aht_seconds,
        concurrency=settings.concurrency,
        channel=settings.channel,
        timezone=settings.timezone,
        interval_minutes=settings.interval_ms // 60_000,
        hours=settings.hours,
        closed=settings.closed,
        patience_seconds=level.patience_seconds,
        definition=level.definition,
        threshold_seconds=level.threshold_ms / 1000,
        threshold_inclusive=level.threshold_inclusive,
        short_abandon_seconds=level.short_abandon_ms / 1000,
        target=0.80 if level.target is None else level.target,
        max_occupancy=level.max_occupancy,
    )


def best_moment(queues: Sequence[QueueSettings], now_ms: int) -> int:
    """The instant at which the demo begins: the latest one up to `now_ms` that can show all its incidents.

    It lies in the afternoon of a working day, in the time zone of the first queue. Where no day of the last two weeks
    can show them all, it is `now_ms`.
    """
    zone = ZoneInfo(queues[0].timezone)
    today = dt.datetime.fromtimestamp(now_ms / 1000, zone).date()
    for back in range(_DAYS_BACK + 1):
        date = today - dt.timedelta(days=back)
        moment = round(dt.datetime.combine(date, _BEST_TIME, zone).timestamp() * 1000)
        if moment > now_ms or date.weekday() >= _SATURDAY:
            continue
        if len(demo_centre(queues, moment).incidents) == len(_SCRIPT):
            return moment
    return now_ms


def demo_centre(queues: Iterable[QueueSettings], now_ms: int, seed: int = 0) -> CentreSpec:
    """The demo's centre, with its incidents laid around `now_ms`.

    The surge has been going on for two and a half hours at `now_ms` and lasts two more. An incident for which
    no queue is open and busy enough (a configuration without a queue round the clock, at night) is left out.

    Args:
        queues: settings of its queues.
        now_ms: milliseconds since 1970.
        seed: which queues have the incidents, and when those end; 0: the busiest ones.
    """
    dice = np.random.default_rng(seed)
    specs: list[QueueSpec] = []
    for number, settings in enumerate(queues):
        size = _SIZES.get(settings.queue, _OTHER[number % len(_OTHER)])
        specs.append(
            replace(
                queue_spec(settings, size.contacts_per_half_hour, size.aht_seconds),
                curve=size.curve,
                weekdays=(1.05, 1.0, 0.98, 0.97, 1.0, size.saturday, size.saturday),
                dispersion=1.2,
                handling_cv=size.handling_cv,
                spare_agents=size.spare_agents,
                evaluation_share=0.02,
                accuracy=size.accuracy,
            )
        )
    free = {spec.queue: spec for spec in specs}
    incidents: list[Incident] = []
    for kind, begin, end, moved in _SCRIPT:
        last = end + (float(dice.uniform(-moved, moved)) if seed else 0.0)
        start_ms, end_ms = now_ms + round(begin * _HOUR_MS), now_ms + round(last * _HOUR_MS)
        forecasts = {name: open_forecast(spec, start_ms, min(end_ms, now_ms)) for name, spec in free.items()}
        busy = {name: forecast for name, forecast in forecasts.items() if forecast >= _LEAST_FORECAST}
        order = sorted(busy, key=lambda name: -busy[name])[: _SURGES if kind == "surge" else None]
        if order:
            chosen = order[int(dice.integers(len(order))) if seed else 0]
            del free[chosen]
            surge = 1.6 if busy[chosen] >= _BIG_POOL else 2.2
            incidents.append(Incident(kind, chosen, start_ms, end_ms, surge if kind == "surge" else None))
    return CentreSpec(tuple(specs), tuple(incidents), incident_rate=0.5, incidents_from_ms=now_ms + 2 * _HOUR_MS)
