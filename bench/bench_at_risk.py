"""How early a queue is told that it will be short, and how often for nothing.

    python bench/bench_at_risk.py                 # 100 healthy days and 100 with an incident that builds up
    python bench/bench_at_risk.py --days 20

A centre is staffed by its plan for 80 % in 20 s; volume and handle time stray by day and half hour. In an incident
volume or handle time rises to +50 % over an hour and a half, or a third of the agents leaves over as long; it lasts for
three hours more. The product's own engine gets contacts, agent states and the plan, and is looked at every ten minutes,
as a worker does. It tells of an incident when `service_level_at_risk` opens, and `service_level_below_range`.
"""

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import BreachEvent, Output
from agents.projection.project import project_one
from config.settings import load
from copc.arguments import Floats
from copc.queue_model import QueueModel
from copc.simulation import simulate_day
from streams.admission import admit_contact
from streams.records import AgentState, Plan, Record, event_ms

SLOTS: Final = 24
HALF_HOUR_MS: Final = 1_800_000
OPENS_MS: Final = 8 * 3_600_000
DAY_MS: Final = 86_400_000
LOOK_MS: Final = 600_000
FIRST_MS: Final = int(dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp() * 1000)
MODEL: Final = QueueModel(threshold_seconds=20, target=0.8, patience_seconds=180)
AHT: Final = 240.0
CONTACTS: Final = 100.0
"""A half hour, mean of the day."""
RAMP: Final = (0.17, 0.33, 0.5)
HOLDS: Final = 6
KINDS: Final = ("volume", "AHT", "agents")
WARNINGS: Final = 0.10
EARLIER_MINUTES: Final = 30
SETTINGS: Final = """
site: {timezone: UTC}
defaults: {hours: {mon-sun: "08:00-20:00"}}
programs: [{id: p, queues: [{id: q}]}]
"""


@dataclass
class Day:
    """A day and what was told of it."""

    kind: str
    """The kind of its incident; empty: it was healthy."""
    began_ms: int
    risks: list[tuple[int, str]] = field(default_factory=list)
    """When the early warning opened or became a warning, and as what."""
    below_ms: list[int] = field(default_factory=list)
    """When the rule on final intervals opened."""

    def first(self, moments: Sequence[int]) -> int | None:
        """The first of them since the incident began."""
        return min((moment for moment in moments if moment >= self.began_ms), default=None)


def shape(rng: np.random.Generator, kind: str) -> tuple[int, Floats]:
    """The first half hour of an incident, and how far it goes in each half hour of the day."""
    along = np.zeros(SLOTS)
    first = int(rng.integers(3, SLOTS - len(RAMP) - HOLDS))
    if kind:
        along[first : first + len(RAMP)] = RAMP
        along[first + len(RAMP) : first + len(RAMP) + HOLDS] = RAMP[-1]
    return first, along


def records(rng: np.random.Generator, begin_ms: int, forecast: Floats, along: Floats, kind: str) -> list[Record]:
    """A day's records in order of time."""
    plan = np.array([float(MODEL.required_agents(offered * AHT / 1800, AHT)) for offered in forecast])
    offered = forecast * np.exp(rng.normal(0, 0.05) + rng.normal(0, 0.03, SLOTS)) * (1 + along * (kind == "volume"))
    aht = AHT * np.exp(rng.normal(0, 0.03) + rng.normal(0, 0.02, SLOTS)) * (1 + along * (kind == "AHT"))
    there = np.round(plan * (1 - along * (2 / 3) * (kind == "agents"))).astype(int)
    contacts, _ = simulate_day(
        rng, offered=offered.tolist(), aht_seconds=aht.tolist(), agents=there.tolist(), interval_seconds=1800.0,
        patience_seconds=180.0,
    )  # fmt: skip
    open_ms = begin_ms + OPENS_MS
    found: list[Record] = [
        Plan(
            "v",
            begin_ms - 3_600_000,
            open_ms + n * HALF_HOUR_MS,
            HALF_HOUR_MS,
            float(forecast[n]),
            int(AHT * 1000),
            None,
            heads,
        )
        for n, heads in enumerate(plan.tolist())
    ]
    before = 0
    for n, heads in enumerate([*there.tolist(), 0]):
        for number in range(min(before, heads), max(before, heads)):
            state = "available" if heads > before else "offline"
            found.append(AgentState(f"a{number}", open_ms + n * HALF_HOUR_MS, state, ("q",)))
        before = heads
    slots = np.minimum(contacts.offered_at // 1800, SLOTS - 1).astype(int)
    talks = rng.exponential(aht[slots])
    for number, (at, wait, answered) in enumerate(zip(*(column.tolist() for column in contacts), strict=True)):
        talk = int(talks[number] * 1000) if answered else None
        times = (open_ms + int(at * 1000), "answered" if answered else "abandoned", None, int(wait * 1000), talk)
        found.append(admit_contact(f"{begin_ms}.{number}", *times, None, None, None, None, None, None, None, 5_000))
    return sorted(found, key=event_ms)


def note(day: Day, outputs: Sequence[Output], now_ms: int) -> None:
    """Note what an engine tells."""
    for output in outputs:
        if isinstance(output, BreachEvent) and output.record.state != "resolved":
            record = output.record
            if record.rule == "service_level_at_risk":
                day.risks.append((now_ms, record.severity))
            elif record.rule == "service_level_below_range" and record.state == "opened":
                day.below_ms.append(now_ms)


def live(engine: QueueEngine, day: Day, given: Sequence[Record], begin_ms: int) -> None:
    """Let an engine live a day, and look at it every ten minutes."""
    at = 0
    for now_ms in range(begin_ms + OPENS_MS, begin_ms + OPENS_MS + SLOTS * HALF_HOUR_MS, LOOK_MS):
        upto = at
        while upto < len(given) and event_ms(given[upto]) < now_ms:
            upto += 1
        engine.apply_records(given[at:upto], range(at, upto), "bench", range(at, upto))
        note(day, engine.take(), now_ms)
        at = upto
        inputs, result = engine.view.outlook(), engine.provisional()
        if inputs is not None and result is not None:
            engine.projection = project_one(inputs, inputs.known_ms)
            note(day, engine.notices(result), now_ms)
    rest = given[at:]
    engine.apply_records(rest, range(len(rest)), "bench", range(len(rest)))
    note(day, engine.take(), begin_ms + OPENS_MS + SLOTS * HALF_HOUR_MS)


def study(days: int, kinds: Sequence[str], seed: int) -> list[Day]:
    """So many days of a centre, with incidents of these kinds in turn."""
    rng = np.random.default_rng(seed)
    profile = 1 + 0.6 * np.sin(np.linspace(0, np.pi, SLOTS)) ** 2
    forecast = CONTACTS * profile / profile.mean()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "monitor.yaml")
        file.write_text(SETTINGS, encoding="utf-8")
        engine = QueueEngine(load([file]).queue("q"), {})
    found = []
    for number in range(days):
        kind, begin_ms = kinds[number % len(kinds)], FIRST_MS + number * DAY_MS
        first, along = shape(rng, kind)
        day = Day(kind, begin_ms + OPENS_MS + first * HALF_HOUR_MS if kind else begin_ms)
        live(engine, day, records(rng, begin_ms, forecast, along, kind), begin_ms)
        found.append(day)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables; 1 where a wanted figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=100, help="of each kind of study")
    options = parser.parse_args(arguments)
    missed = []
    healthy = study(options.days, [""], seed=1)
    warned = sum(any(severity == "warning" for _, severity in day.risks) for day in healthy) / len(healthy)
    told = sum(bool(day.risks) for day in healthy) / len(healthy)
    print(f"{len(healthy)} healthy days of {CONTACTS:g} contacts a half hour:")
    print(f"told on {told:.2f} of them, on {warned:.2f} as a warning.")
    if warned > WARNINGS:
        missed.append(f"{warned:.2f} warnings a healthy day")
    print("\n| incident | days | foretold | minutes before service_level_below_range (median) | 30 minutes or more |")
    print("| --- | ---: | ---: | ---: | ---: |")
    days = study(options.days, KINDS, seed=2)
    for kind in (*KINDS, "all"):
        these = [day for day in days if kind in {day.kind, "all"}]
        leads = []
        for day in these:
            risk, below = day.first([at for at, _ in day.risks]), day.first(day.below_ms)
            if below is not None:
                leads.append(0.0 if risk is None else max((below - risk) / 60_000, 0.0))
        ahead = np.array(leads or [0.0])
        early = float((ahead >= EARLIER_MINUTES).mean())
        print(
            f"| {kind} | {len(these)} | {(ahead > 0).mean():.0%} | {np.median(ahead):.0f} | {early:.0%} |", flush=True
        )
        if kind == "all" and early < 0.5:
            missed.append(f"{EARLIER_MINUTES} minutes earlier in {early:.0%} of incidents")
    print("\nMissed:", "; ".join(missed) or "none")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
