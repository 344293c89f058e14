"""A month of a small simulated site with two planted incidents, replayed from files as a site would."""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from agents.replay import replay
from config.settings import load
from config.timestamps import from_rfc3339
from streams.history.query import Filters
from streams.history.store import Store
from streams.journal.entry import entry
from streams.sources.merge import parse_inputs, read_feed

ZONE = ZoneInfo("Europe/Madrid")
CONFIGURATION = """
site: {timezone: Europe/Madrid, interval_minutes: 30}
parameters: {version: "2026-autumn", from: 2026-09-01T00:00:00+02:00}
defaults:
  service_level: {threshold_seconds: 20, target: 0.80, range: [0.75, 0.95], patience_seconds: 180}
  hours: {mon-sun: "08:00-20:00"}
programs:
  - id: retail
    queues: [{id: sales}, {id: orders}]
sources:
  counts:
    format: csv
    record: interval
    columns: {queue: queue, interval_start: start, offered: offered, answered: answered, answered_within: within,
      abandoned: abandoned, wait_seconds: wait, talk_seconds: handle, handled: answered,
      staffed_seconds: staffed, available_seconds: available, occupied_seconds: occupied}
  plan:
    format: csv
    record: plan
    published: 2026-09-25T00:00:00Z
    columns: {queue: queue, interval_start: start, forecast_offered: forecast, forecast_aht_seconds: aht,
      scheduled_agents: agents}
"""
FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
SURGE = (dt.date(2026, 10, 8), 20, 26)
"""Day, first and last half hour (outside) of the surge at `sales`: 10:00 to 13:00."""
ABSENCE = (dt.date(2026, 10, 20), 28, 36)
"""Likewise of the absence at `orders`: 14:00 to 18:00."""
HANDLE_SECONDS = 240
_VOLUMES = {"sales": 60, "orders": 30}


def slots() -> Iterator[tuple[dt.date, int, dt.datetime]]:
    """Day, half hour from midnight and start of each open interval of the month."""
    day = FIRST
    while day <= LAST:
        for slot in range(16, 40):
            yield day, slot, dt.datetime.combine(day, dt.time(slot // 2, slot % 2 * 30), tzinfo=ZONE)
        day += dt.timedelta(days=1)


def within(planted: tuple[dt.date, int, int], day: dt.date, slot: int) -> bool:
    """Whether an interval lies in a planted incident."""
    return day == planted[0] and planted[1] <= slot < planted[2]


def write_files(folder: Path, seed: int = 7) -> None:
    """The month's counts and plan as CSV."""
    random = np.random.default_rng(seed)
    with (folder / "counts.csv").open("w", newline="") as counts, (folder / "plan.csv").open("w", newline="") as plan:
        counted, planned = csv.writer(counts), csv.writer(plan)
        head = ["queue", "start", "offered", "answered", "within", "abandoned", "wait", "handle"]
        counted.writerow([*head, "staffed", "available", "occupied"])
        planned.writerow(["queue", "start", "forecast", "aht", "agents"])
        for day, slot, start in slots():
            for queue, volume in _VOLUMES.items():
                agents = volume * HANDLE_SECONDS // 1800 + 3
                planned.writerow([queue, start.isoformat(), volume, HANDLE_SECONDS, agents])
                surge = queue == "sales" and within(SURGE, day, slot)
                absence = queue == "orders" and within(ABSENCE, day, slot)
                offered = int(random.poisson(volume * (1.6 if surge else 1.0)))
                here = agents - 3 if absence else agents
                abandoned = int(random.binomial(offered, 0.25 if surge or absence else 0.02))
                answered = offered - abandoned
                inside = int(random.binomial(answered, 0.25 if surge or absence else 0.88))
                handle = answered * HANDLE_SECONDS
                staffed = here * 1800
                occupied = min(staffed, handle)
                wait = inside * 5 + (answered - inside) * 60
                row = [offered, answered, inside, abandoned, wait, handle, staffed, staffed - occupied, occupied]
                counted.writerow([queue, start.isoformat(), *row])


def month(folder: Path) -> str:
    """URL of a history of the month, its two incidents acknowledged and explained."""
    write_files(folder)
    (folder / "monitor.yaml").write_text(CONFIGURATION, encoding="utf-8")
    url = f"sqlite:///{folder / 'month.db'}"
    configuration = load([folder / "monitor.yaml"])
    now_ms = from_rfc3339("2026-11-02T00:00:00Z")
    inputs = parse_inputs(configuration, [f"counts={folder / 'counts.csv'}", f"plan={folder / 'plan.csv'}"])
    feed = read_feed(configuration, inputs, now_ms, lambda _: None)
    with Store(url) as store:
        replay(configuration, feed, store, now_ms)
        with store.reading() as reader:
            opened: dict[str, str] = {}
            for batch in reader.breaches(Filters()):
                for row in batch:
                    if row["rule"] == "service_level_below_range" and row["state"] == "opened":
                        opened.setdefault(row["queue"], row["incident_id"])
        store.append_journal(entry(opened["sales"], "Ann Wu", "2026-10-08T09:12:00Z", note="called in the reserve"))
        told = {"cause": "A mailing went out unannounced", "controllable": "yes", "outcome": "Back in range at 13:00"}
        told["action"] = "Mailings are announced"
        store.append_journal(entry(opened["sales"], "Ann Wu", "2026-10-09T08:00:00Z", **told))
        store.append_journal(entry(opened["orders"], "Bo Li", "2026-10-20T13:05:00Z"))
        told = {"cause": "Three agents on strike", "controllable": "no", "action": "Sales agents were lent"}
        store.append_journal(entry(opened["orders"], "Bo Li", "2026-10-21T08:00:00Z", **told))
    return url
