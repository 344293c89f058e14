"""How often the rules cry wolf, and how soon they see a real incident: the study behind their defaults.

    python bench/bench_rules.py                    # both studies, 200 days a cell
    python bench/bench_rules.py --days 40          # a quick look
    python bench/bench_rules.py --rule volume_variance.z=3.5

Healthy days: Erlang-A queues staffed exactly for 80 % in 20 seconds, planned with their true mean, in each
cell of AHT x interval x size x dispersion; every warning there is false. Incident days: a surge, long
calls, or absent agents from 10:00 to 12:00. Rows are made and judged by the engine's own code.
"""

import argparse
import datetime as dt
import itertools
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agents.baseline import Baselines
from agents.breaches import QueueRules, RulesState
from agents.calendar import Calendar
from agents.cells import Cells
from agents.comparison import Yardstick, compare
from agents.figures import Actuals, Row, result_row
from agents.plans import Planned
from agents.rules import Facts
from config.settings import QueueSettings, load
from copc.forecast import DISPERSION_WINDOW, dispersion, dispersion_term
from streams.names import RULE_ITEMS
from streams.sources.simulator import CentreSpec, DayTruth, Incident, QueueSpec, simulate_counts

FIRST = dt.date(2026, 1, 5)
OPENS, CLOSES = 8 * 60, 20 * 60
HOURS = ((OPENS, CLOSES),)
AHTS = (180, 300, 600)
INTERVALS = (15, 30)
SIZES = (0.5, 2, 10, 25, 100, 400)
DISPERSIONS = (1.0, 1.5)
LIMIT_RULE, LIMIT_ALL, LIMIT_CRITICAL = 0.10, 0.33, 0.01
KINDS = ("surge", "long_calls", "absent")
RIGHT = {
    "surge": ("volume_variance", "service_level_below_range"),
    "long_calls": ("aht_variance", "service_level_below_range"),
    "absent": ("schedule_gap", "net_staffing", "service_level_below_range"),
}
FACTORS = {
    "surge": {"small": 1.2, "medium": 1.3, "large": 1.5},
    "long_calls": {"small": 1.2, "medium": 1.3, "large": 1.5},
    "absent": {"small": 0.15, "medium": 0.2, "large": 1 / 3},
}


class Cell(NamedTuple):
    """A kind of queue."""

    aht: int
    interval: int
    size: float
    """Contacts in half an hour."""
    phi: float


def settings_of(cell: Cell, overrides: Iterable[str]) -> QueueSettings:
    """The settings of such a queue: the product's defaults, but for what is overridden."""
    rules: defaultdict[str, list[str]] = defaultdict(list)
    for override in overrides:
        name, value = override.split("=")
        rule, parameter = name.split(".")
        rules[rule].append(f"{parameter}: {value}")
    lines = [f"  {rule}: {{{', '.join(parameters)}}}" for rule, parameters in rules.items()]
    text = "\n".join(
        [
            f"site: {{timezone: UTC, interval_minutes: {cell.interval}}}",
            'defaults: {hours: {sun-sat: "08:00-20:00"}}',
            "programs: [{id: bench, queues: [{id: queue}]}]",
            *(["rules:", *lines] if lines else []),
        ]
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "monitor.yaml"
        file.write_text(text + "\n", encoding="utf-8")
        return load([file]).queue("queue")[-1]


class Judge:
    """One queue through days: rows as the engine makes them, judged by its rules."""

    def __init__(self, cell: Cell, overrides: Iterable[str]) -> None:
        self.settings = settings_of(cell, overrides)
        self.calendar = Calendar(
            "UTC", self.settings.interval_ms, "left", self.settings.hours, self.settings.closed, 0
        )
        self.rules = QueueRules(lambda _: self.settings, RulesState(), Baselines(Cells({}, "queue")))
        self.terms: deque[float] = deque(maxlen=DISPERSION_WINDOW)
        self.total = 0.0
        self.aht = float(cell.aht)

    def day(self, truth: DayTruth) -> Iterator[tuple[int, Row, list[Row]]]:
        """Start, result and breach records of each open interval."""
        for at in np.flatnonzero(truth.open).tolist():
            start = int(truth.start_ms[at])
            facts = Facts(dispersion(max(self.total, 0.0), len(self.terms)), 1.0, has_plan=True)
            row = self.row(truth, at, start, facts)
            verdict = self.rules.judge(row, start, self.calendar.open_day(start), facts)
            term = dispersion_term(float(truth.offered[at]), float(truth.forecast_offered[at]))
            if term is not None:
                if len(self.terms) == DISPERSION_WINDOW:
                    self.total -= self.terms[0]
                self.terms.append(term)
                self.total += term
            yield start, row, verdict.events

    def row(self, truth: DayTruth, at: int, start: int, facts: Facts) -> Row:
        """The engine's row of one interval."""
        offered, handled = int(truth.offered[at]), int(truth.handled[at])
        handle_ms, occupied_ms = int(truth.handle_ms[at]), int(truth.occupied_ms[at])
        actuals = Actuals(
            offered=offered,
            answered=int(truth.answered[at]),
            answered_within=int(truth.answered_within[at]),
            abandoned=int(truth.abandoned[at]),
            abandoned_within=int(truth.abandoned_within[at]),
            short_abandoned=int(truth.short_abandoned[at]),
            overflowed=0,
            waiting=0,
            wait_ms=int(truth.wait_ms[at]),
            handle_ms=handle_ms,
            handled=handled,
            occupied_ms=occupied_ms,
            available_ms=int(truth.available_ms[at]),
            staffed_ms=int(truth.staffed_ms[at]),
        )
        row = result_row(
            self.settings,
            self.calendar,
            start,
            actuals,
            program="bench",
            channel="voice",
            revision=1,
            status="final",
            sources="bench:1-1",
        )
        planned = Planned(
            version="bench",
            offered=float(truth.forecast_offered[at]),
            aht_seconds=self.aht,
            required=int(truth.required[at]),
            scheduled=int(truth.scheduled[at]),
        )
        row.update(compare(row, actuals, self.settings, Yardstick(planned, facts.dispersion, facts.handle_time_cv)))
        return row


def queue_spec(cell: Cell) -> QueueSpec:
    """The simulated queue of a cell: exponential handle times and patience, so that Erlang A is true."""
    return QueueSpec(
        "bench",
        "queue",
        cell.size,
        cell.aht,
        interval_minutes=cell.interval,
        hours=(HOURS,) * 7,
        dispersion=cell.phi,
        handling="exponential",
    )


class Alarms(NamedTuple):
    """False alarms of one cell."""

    warnings: Mapping[str, int]
    criticals: int
    days: int


def healthy(cell: Cell, days: int, overrides: Iterable[str], seed: int) -> Alarms:
    """Count what opens as a warning, or becomes critical, on days on which nothing is wrong."""
    spec, judge = CentreSpec((queue_spec(cell),)), Judge(cell, overrides)
    warnings: Counter[str] = Counter()
    criticals: set[object] = set()
    for number in range(days):
        truth = simulate_counts(spec, "queue", FIRST + dt.timedelta(days=number), seed)
        for _, _, events in judge.day(truth):
            for event in events:
                if event["state"] == "opened" and event["severity"] != "info":
                    warnings[str(event["rule"])] += 1
                if event["severity"] == "critical":
                    criticals.add(event["breach_id"])
    return Alarms(warnings, len(criticals), days)


def print_healthy(results: Mapping[Cell, Alarms]) -> None:
    """Warnings per queue and day as a Markdown table, and what misses its limit."""
    rules = [rule for rule in RULE_ITEMS if any(rule in result.warnings for result in results.values())]
    print("\n| AHT s | interval | contacts / 30 min | dispersion |", *(f"{rule} |" for rule in rules), "all | critical |")
    print("|", "--- | " * (6 + len(rules)), sep="")
    worst: Counter[str] = Counter()
    for cell, result in results.items():
        rates = {rule: result.warnings[rule] / result.days for rule in rules}
        total, critical = sum(rates.values()), result.criticals / result.days
        print(f"| {cell.aht} | {cell.interval} | {cell.size:g} | {cell.phi:g} |", end=" ")
        print(*(f"{rate:.3f} |" for rate in rates.values()), f"{total:.3f} | {critical:.3f} |", flush=True)
        for name, rate in {**rates, "all": total, "critical": critical}.items():
            worst[name] = max(worst[name], rate)  # type: ignore[type-var,assignment]  # rates in a Counter
    print("\nWorst cell:", ", ".join(f"{name} {rate:.3f}" for name, rate in worst.items()))
    limits = {"all": LIMIT_ALL, "critical": LIMIT_CRITICAL}
    missed = [name for name, rate in worst.items() if rate > limits.get(name, LIMIT_RULE)]
    print("Beyond their limit:", ", ".join(missed) or "none")


class Seen(NamedTuple):
    """How one incident was seen."""

    right: int | None
    """Intervals until the right rule opened, 1 being the first of the incident; None: never while it lasted."""
    minutes: float | None
    """From the incident's begin until an interval with the first breach was final; None: not seen."""
    level: float
    """Service level over the incident."""


def incident_days(cell: Cell, kind: str, factor: float, days: int, overrides: list[str], seed: int) -> list[Seen]:
    """Days with one incident each, from 10:00 to 12:00, after 30 healthy days of history."""
    queue, judge, seen = queue_spec(cell), Judge(cell, overrides), []
    for number in range(30 + days):
        date = FIRST + dt.timedelta(days=number)
        begin = int(dt.datetime.combine(date, dt.time(10), tzinfo=dt.UTC).timestamp()) * 1000
        end = begin + 2 * 3_600_000
        there = number >= 30
        incidents = (Incident("queue", kind, begin, end, factor),) if there else ()  # type: ignore[arg-type]  # a kind
        truth = simulate_counts(CentreSpec((queue,), incidents), "queue", date, seed)
        right, minutes, good, all_ = None, None, 0, 0
        for start, row, events in judge.day(truth):
            if not there or not begin <= start < end:
                continue
            good, all_ = good + int(row["answered_within"]), all_ + int(row["offered"])  # type: ignore[call-overload]  # counts
            final_ms = start + judge.settings.interval_ms + judge.settings.service_level.threshold_ms
            opened = {event["rule"] for event in events if event["state"] == "opened" and event["severity"] != "info"}
            if right is None and opened & set(RIGHT[kind]):
                right = (start - begin) // judge.settings.interval_ms + 1
                minutes = (final_ms + judge.settings.grace_ms - begin) / 60_000
        if there:
            seen.append(Seen(right, minutes, good / all_ if all_ else 1.0))
    return seen


def print_incidents(days: int, overrides: list[str], seed: int) -> None:
    """Detection by kind and size of incident and of queue, as a Markdown table."""
    print("\n| incident | factor | AHT s | interval | contacts / 30 min | dispersion | service level |", end=" ")
    print("right rule within 2 intervals | within 4 | minutes p50 | p95 |")
    print("|", "--- | " * 11, sep="")
    for kind, (size, aht, interval, phi) in itertools.product(
        KINDS, itertools.product((25, 100, 400), (300,), INTERVALS, DISPERSIONS)
    ):
        for factor in FACTORS[kind].values():
            cell = Cell(aht, interval, size, phi)
            seen = incident_days(cell, kind, factor, days, overrides, seed)
            shares = [sum(s.right is not None and s.right <= n for s in seen) / len(seen) for n in (2, 4)]
            times = [s.minutes for s in seen if s.minutes is not None]
            level = float(np.mean([s.level for s in seen]))
            quantiles = [f"{np.percentile(times, q):.0f}" for q in (50, 95)] if times else ["-", "-"]
            print(f"| {kind} | {factor:.2f} | {aht} | {interval} | {size:g} | {phi:g} | {level:.0%} |", end=" ")
            print(f"{shares[0]:.0%} | {shares[1]:.0%} | {quantiles[0]} | {quantiles[1]} |", flush=True)


def main() -> None:
    """Run the studies that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=200, help="days in each cell")
    parser.add_argument("--rule", action="append", default=[], metavar="RULE.PARAMETER=VALUE")
    parser.add_argument("--only", choices=("healthy", "incidents"))
    parser.add_argument("--size", type=float, action="append", help="contacts in half an hour; default: all")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.only != "incidents":
        cells = itertools.starmap(Cell, itertools.product(AHTS, INTERVALS, options.size or SIZES, DISPERSIONS))
        print_healthy({cell: healthy(cell, options.days, options.rule, options.seed) for cell in cells})
    if options.only != "healthy":
        print_incidents(options.days, options.rule, options.seed)


if __name__ == "__main__":
    main()
