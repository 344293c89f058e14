"""How often the rules raise false alarms, and how soon they find a real incident: the study behind their defaults.

    python bench/bench_rules.py                               # both studies
    python bench/bench_rules.py --days 40 --incident-days 10  # a quick look
    python bench/bench_rules.py --rule volume_variance.z=3.5

Healthy days have Erlang-A queues staffed exactly for 80 % in 20 seconds and planned with their true mean, in each
cell of AHT x interval x size x dispersion; every warning there is false. Incident days have a surge, long calls, or
absent agents from 10:00 to 12:00, with lognormal handle times as real ones are (SD 0.75 of the mean, which the engine
learns from contacts). The right rule is that of the cause, or one of the service level, whose message names the cause.
The engine's own code makes and judges the rows.
"""

import argparse
import datetime as dt
import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np
from judged_queue import (
    AHTS,
    CV,
    DISPERSIONS,
    FIRST,
    INTERVALS,
    LIMIT_ALL,
    LIMIT_CRITICAL,
    LIMIT_RULE,
    SIZES,
    Cell,
    Handling,
    Judge,
    queue_spec,
)

from agents.intervals.figures import ReportedCounts
from agents.rules.early_warnings import EarlyWarnings
from agents.rules.observations import IntervalContext
from config.rules import RULES
from streams.simulation.simulator import (
    CentreSpec,
    DayTruth,
    Incident,
    IncidentKind,
    SimulatedDay,
    simulate_counts,
    simulate_day,
)

KINDS: tuple[IncidentKind, ...] = ("surge", "long_calls", "absent")
HISTORY_DAYS = 30
COLLAPSE = 0.15
RIGHT = {
    "surge": ("volume_variance", "service_level_below_range", "service_level_lost"),
    "long_calls": ("aht_variance", "service_level_below_range", "service_level_lost"),
    "absent": ("schedule_gap", "net_staffing", "service_level_below_range", "service_level_lost"),
}
FACTORS = {
    "surge": {"small": 1.2, "medium": 1.3, "large": 1.5},
    "long_calls": {"small": 1.2, "medium": 1.3, "large": 1.5},
    "absent": {"small": 0.15, "medium": 0.2, "large": 1 / 3},
}


class Alarms(NamedTuple):
    """False alarms of one cell."""

    warnings: Mapping[str, int]
    criticals: int
    days: int
    incidents: int = 0
    """Incidents with a warning: people are told of each once, whichever rules speak."""
    days_under: int = 0
    """Among them those that say that a day ended under its range: a fact, no guess."""


def healthy_days(cell: Cell, handling: Handling, days: int, seed: int) -> list[DayTruth]:
    """Days of a cell on which nothing is wrong."""
    spec = CentreSpec((queue_spec(cell, handling),))
    return [simulate_counts(spec, "queue", FIRST + dt.timedelta(days=number), seed) for number in range(days)]


def count_alarms(judge: Judge, truths: Iterable[DayTruth]) -> Alarms:
    """Count the breaches that people are told of, or that become critical, on days on which nothing is wrong."""
    warnings: Counter[str] = Counter()
    told: set[object] = set()
    criticals: set[object] = set()
    incidents: set[object] = set()
    days_under: set[object] = set()
    days = 0
    for truth in truths:
        days += 1
        for _, _, events in judge.day(truth):
            for event in events:
                breach, rule = event["breach_id"], str(event["rule"])
                if event["severity"] == "info" or event["state"] == "resolved":
                    continue
                if breach not in told:
                    told.add(breach)
                    warnings[rule] += 1
                    incidents.add(event["incident_id"])
                    if "service_level_day" in {rule, str(event["scope"]).partition("@")[0]}:
                        days_under.add(event["incident_id"])
                if event["severity"] == "critical":
                    criticals.add(breach)
    return Alarms(warnings, len(criticals), days, len(incidents), len(days_under))


def healthy(cell: Cell, days: int, overrides: Iterable[str], seed: int, handling: Handling) -> Alarms:
    """The alarms of one cell's healthy days."""
    return count_alarms(Judge(cell, overrides, handling), healthy_days(cell, handling, days, seed))


def print_healthy(results: Mapping[Cell, Alarms]) -> None:
    """Print warnings per queue and day as a Markdown table, and the rules that miss their limit."""
    rules = [rule for rule in RULES if any(rule in result.warnings for result in results.values())]
    print(
        "\n| AHT s | interval | contacts / 30 min | dispersion |", *(f"{rule} |" for rule in rules), "all | critical |"
    )
    print("|", "--- | " * (6 + len(rules)), sep="")
    worst: Counter[str] = Counter()
    for cell, result in results.items():
        rates = {rule: result.warnings[rule] / result.days for rule in rules}
        total, critical = sum(rates.values()), result.criticals / result.days
        print(f"| {cell.aht} | {cell.interval} | {cell.size:g} | {cell.phi:g} |", end=" ")
        print(*(f"{rate:.3f} |" for rate in rates.values()), f"{total:.3f} | {critical:.3f} |", flush=True)
        for name, rate in {**rates, "all": total, "critical": critical}.items():
            worst[name] = max(worst[name], rate)  # type: ignore[assignment]  # rates in a Counter
    print("\nWorst cell:", ", ".join(f"{name} {rate:.3f}" for name, rate in worst.items()))
    limits = {"all": LIMIT_ALL, "critical": LIMIT_CRITICAL}
    missed = [name for name, rate in worst.items() if rate > limits.get(name, LIMIT_RULE)]
    print("Beyond their limit:", ", ".join(missed) or "none")


class Seen(NamedTuple):
    """The detection of one incident."""

    right: int | None
    """Intervals until the right rule opened, 1 being the first of the incident; None: never while it lasted."""
    minutes: float | None
    """From the incident's begin to the first breach or early warning; None: neither came while it lasted."""
    level: float
    """Service level over the incident."""
    first_level: float
    """Service level over its first half hour."""


def incident_days(cell: Cell, kind: IncidentKind, days: int, overrides: list[str], seed: int) -> dict[str, list[Seen]]:
    """Days with one incident each, by its size, from 10:00 to 12:00, each after the same 30 healthy days."""
    queue, judge = queue_spec(cell, "lognormal"), Judge(cell, overrides, "lognormal")
    for number in range(HISTORY_DAYS):
        for _ in judge.day(simulate_counts(CentreSpec((queue,)), "queue", FIRST + dt.timedelta(days=number), seed)):
            pass
    judge.cells.commit(b"").apply(judge.store)
    date = FIRST + dt.timedelta(days=HISTORY_DAYS)
    begin = int(dt.datetime.combine(date, dt.time(10), tzinfo=dt.UTC).timestamp()) * 1000
    seen: dict[str, list[Seen]] = {}
    for name, factor in FACTORS[kind].items():
        incident = Incident(kind, "queue", begin, begin + 2 * 3_600_000, factor)
        centre = CentreSpec((queue,), (incident,))
        seen[name] = [
            incident_day(judge.clone(), simulate_day(centre, "queue", date, seed + 1 + number), incident)
            for number in range(days)
        ]
    return seen


def incident_day(judge: Judge, simulated: SimulatedDay, incident: Incident) -> Seen:
    """Judge one day with one incident."""
    begin, end, length = incident.start_ms, incident.end_ms, judge.settings.interval_ms
    delay = judge.settings.service_level.threshold_ms + judge.settings.grace_ms
    truth, right = simulated.truth, None
    alarms: list[int] = []
    for start, _, events in judge.day(truth, functools.partial(watched, judge, simulated, range(begin, end), alarms)):
        if not begin <= start < end:
            continue
        opened = {event["rule"] for event in events if event["state"] == "opened" and not event["live"]}
        if alarms:
            opened.add("service_level_lost")
        if opened:
            alarms.append(start + length + delay)
        if right is None and opened & set(RIGHT[incident.kind]):
            right = (start - begin) // length + 1

    def level(until: int) -> float:
        during = (truth.start_ms >= begin) & (truth.start_ms < until)
        return float(truth.answered_within[during].sum() / truth.offered[during].sum())

    return Seen(right, (min(alarms) - begin) / 60_000 if alarms else None, level(end), level(begin + 1_800_000))


def noticed(judge: Judge, simulated: SimulatedDay, start: int) -> int | None:
    """The minute at which an early warning on an interval has severity `warning`; None: none has."""
    truth, span = simulated.truth, simulated.run.spans[0]
    at = int(np.searchsorted(truth.start_ms, start))
    inside = (span.offered >= start) & (span.offered < start + judge.settings.interval_ms)
    offered, exited, taken = span.offered[inside], span.exited[inside], span.seat[inside] >= 0
    threshold = judge.settings.service_level.threshold_ms
    within = exited - offered <= threshold
    notices = EarlyWarnings(judge.rules.state.rule_states, chance=judge.rules.state.chance)
    for now in range(start + 60_000, start + judge.settings.interval_ms + 1, 60_000):
        here, left = offered < now, exited <= now
        counts = ReportedCounts(
            offered=int(here.sum()),
            answered=int((left & taken).sum()),
            answered_within=int((left & taken & within).sum()),
            abandoned=int((left & ~taken).sum()),
            waiting=int((here & ~left & (offered < now - threshold)).sum()),
        )
        facts = judge.facts()
        case = IntervalContext(judge.result(truth, at, start, facts, counts), judge.settings, start, facts)
        if any(record.severity != "info" for record in notices.observe(case, now, start, waiting_is_overdue=True)):
            return now
    return None


def watched(judge: Judge, simulated: SimulatedDay, while_: range, alarms: list[int], start: int) -> None:
    """Put the first early warning on an interval of the incident into `alarms`."""
    if start in while_ and not alarms:
        now = noticed(judge, simulated, start)
        alarms.extend([] if now is None else [now])


def print_incidents(pool: ProcessPoolExecutor, days: int, overrides: list[str], seed: int) -> None:
    """Print the detection by kind and size of incident and of queue, as a Markdown table."""
    print("\n| incident | factor | AHT s | interval | contacts / 30 min | dispersion | service level |", end=" ")
    print("right rule within 2 intervals | within 4 | minutes p50 | p95 |", end=" ")
    print(f"days at {COLLAPSE:.0%} or less in the first half hour | their minutes p50 | p95 |")
    print("|", "--- | " * 14, sep="")
    queues = itertools.starmap(Cell, itertools.product((180, 300, 600), INTERVALS, (25, 100, 400), DISPERSIONS))
    kinds, cells = zip(*itertools.product(KINDS, queues), strict=True)
    work = functools.partial(incident_days, days=days, overrides=overrides, seed=seed)
    for kind, cell, found in zip(kinds, cells, pool.map(work, cells, kinds), strict=True):
        for name, seen in found.items():
            shares = [sum(s.right is not None and s.right <= n for s in seen) / len(seen) for n in (2, 4)]
            level = float(np.mean([s.level for s in seen]))
            collapsed = [s for s in seen if s.first_level <= COLLAPSE]
            print(f"| {kind} | {FACTORS[kind][name]:.2f} | {cell.aht} | {cell.interval} | {cell.size:g} |", end=" ")
            print(f"{cell.phi:g} | {level:.0%} | {shares[0]:.0%} | {shares[1]:.0%} | {quantiles(seen)} |", end=" ")
            print(f"{len(collapsed) / len(seen):.0%} | {quantiles(collapsed)} |", flush=True)


def quantiles(seen: list[Seen]) -> str:
    """Median and 95th percentile of the minutes to the first notification; an undetected incident is infinite."""
    minutes = [math.inf if one.minutes is None else one.minutes for one in seen]
    found: list[float] = np.quantile(minutes, (0.5, 0.95), method="higher").tolist() if minutes else []
    return " | ".join("never" if math.isinf(q) else f"{q:.0f}" for q in found) or "- | -"


def main() -> None:
    """Run the studies that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=200, help="healthy days in each cell")
    parser.add_argument("--incident-days", type=int, default=50, help="days of each incident")
    parser.add_argument("--jobs", type=int, help="processes; default: one a processor")
    parser.add_argument("--rule", action="append", default=[], metavar="RULE.PARAMETER=VALUE")
    parser.add_argument("--only", choices=("healthy", "incidents"))
    parser.add_argument("--size", type=float, action="append", help="contacts in half an hour; default: all")
    parser.add_argument("--handling", choices=tuple(CV), default="exponential", help="on healthy days")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.only != "incidents":
            grid = itertools.product(AHTS, INTERVALS, options.size or SIZES, DISPERSIONS)
            cells = list(itertools.starmap(Cell, grid))
            work = functools.partial(
                healthy, days=options.days, overrides=options.rule, seed=options.seed, handling=options.handling
            )
            print_healthy(dict(zip(cells, pool.map(work, cells), strict=True)))
        if options.only != "healthy":
            print_incidents(pool, options.incident_days, options.rule, options.seed)


if __name__ == "__main__":
    main()
