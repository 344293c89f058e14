"""How often the rules raise false alarms, and how soon they find a real incident: the study behind their defaults.

    python bench/bench_rules.py                    # both studies, 200 days a cell
    python bench/bench_rules.py --days 40          # a quick look
    python bench/bench_rules.py --rule volume_variance.z=3.5

Healthy days have Erlang-A queues staffed exactly for 80 % in 20 seconds and planned with their true mean, in each
cell of AHT x interval x size x dispersion; every warning there is false. Incident days have a surge, long calls, or
absent agents from 10:00 to 12:00, with lognormal handle times as real ones are (SD 0.75 of the mean, which the engine
learns from contacts). The right rule is that of the cause, or one of the service level, whose message names the cause.
The engine's own code makes and judges the rows.
"""

import argparse
import copy
import datetime as dt
import functools
import itertools
import math
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, Self

import msgspec
import numpy as np

from agents.intervals.calendar import Calendar
from agents.intervals.figures import ReportedCounts, interval_result
from agents.planning.plans import Planned
from agents.planning.variance import Reference, compare
from agents.rules.baseline import Baselines
from agents.rules.early_warnings import EarlyWarnings
from agents.rules.engine import QueueRules, RulesState
from agents.rules.observations import Facts, IntervalContext
from agents.state.store import StateStore
from config.rules import RULES
from config.settings import QueueSettings, load
from copc.forecast import DISPERSION_WINDOW, dispersion, dispersion_term
from streams.results import IntervalResult, Row
from streams.simulation.simulator import (
    CentreSpec,
    DayTruth,
    Incident,
    IncidentKind,
    QueueSpec,
    SimulatedDay,
    simulate_counts,
    simulate_day,
)

FIRST = dt.date(2026, 1, 5)
OPENS, CLOSES = 8 * 60, 20 * 60
HOURS = ((OPENS, CLOSES),)
AHTS = (180, 300, 600)
INTERVALS = (15, 30)
SIZES = (0.5, 2, 10, 25, 100, 400)
DISPERSIONS = (1.0, 1.5)
LIMIT_RULE, LIMIT_ALL, LIMIT_CRITICAL = 0.10, 0.33, 0.01
Handling = Literal["exponential", "lognormal"]
CV: Mapping[Handling, float] = {"exponential": 1.0, "lognormal": 0.75}
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


class Cell(NamedTuple):
    """A kind of queue."""

    aht: int
    interval: int
    size: float
    """Contacts in half an hour."""
    phi: float


def settings_of(cell: Cell, overrides: Iterable[str]) -> QueueSettings:
    """The settings of such a queue: the product's defaults, except for `overrides`."""
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
    """One queue through its days: rows as the engine makes them, judged by its rules."""

    def __init__(self, cell: Cell, overrides: Iterable[str], handling: Handling) -> None:
        self.settings = settings_of(cell, overrides)
        self.cv = CV[handling]
        self.calendar = Calendar("UTC", self.settings.interval_ms, "left", self.settings.hours, self.settings.closed, 0)
        self.store: dict[bytes, bytes] = {}
        self.start(StateStore(self.store, "queue"), RulesState())
        self.terms: deque[float] = deque(maxlen=DISPERSION_WINDOW)
        self.total = 0.0
        self.aht = float(cell.aht)

    def clone(self) -> Self:
        """The same queue with the same past, to go another way from here."""
        other = copy.copy(self)
        cells = StateStore(dict(self.store), "queue")
        cells.versions, cells.counter = dict(self.cells.versions), self.cells.counter
        other.start(cells, msgspec.msgpack.decode(msgspec.msgpack.encode(self.rules.state), type=RulesState))
        other.terms = self.terms.copy()
        return other

    def start(self, cells: StateStore, state: RulesState) -> None:
        """Start the rules from a state."""
        self.cells = cells
        self.rules = QueueRules(lambda _: self.settings, state, Baselines(cells))
        self.notices = EarlyWarnings(state.rule_states, state.incidents, state.chance)

    def look(
        self, truth: DayTruth, at: int, start: int, now_ms: int, counts: ReportedCounts | None = None
    ) -> list[Row]:
        """Early warnings on an interval at `now_ms`, with the counts so far (None: all of the interval)."""
        facts = self.facts()
        result = self.result(truth, at, start, facts, counts)
        case = IntervalContext(result, self.settings, start, facts)
        return [record.row() for record in self.notices.observe(case, now_ms, start)]

    def facts(self) -> Facts:
        """The queue's statistics, as the rules get them."""
        return Facts(dispersion(max(self.total, 0.0), len(self.terms)), self.cv, has_plan=True)

    def day(self, truth: DayTruth, watch: Callable[[int], None] | None = None) -> Iterator[tuple[int, Row, list[Row]]]:
        """Start, result and breach records of each open interval; `watch` is called before an interval is judged."""
        for at in np.flatnonzero(truth.open).tolist():
            start = int(truth.start_ms[at])
            if watch is not None:
                watch(start)
            facts = self.facts()
            result = self.result(truth, at, start, facts)
            live = self.look(truth, at, start, start + self.settings.interval_ms)
            verdict = self.rules.judge(result, start, self.calendar.open_day(start), facts)
            term = dispersion_term(float(truth.offered[at]), float(truth.forecast_offered[at]))
            if term is not None:
                if len(self.terms) == DISPERSION_WINDOW:
                    self.total -= self.terms[0]
                self.terms.append(term)
                self.total += term
            yield start, result.row(), [*live, *(record.row() for record in verdict.events)]

    def result(
        self, truth: DayTruth, at: int, start: int, facts: Facts, counts: ReportedCounts | None = None
    ) -> IntervalResult:
        """The engine's result of one interval, or of its counts so far."""
        offered, handled = int(truth.offered[at]), int(truth.handled[at])
        handle_ms, occupied_ms = int(truth.handle_ms[at]), int(truth.occupied_ms[at])
        actuals = counts or ReportedCounts(
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
        result = interval_result(
            self.settings,
            self.calendar,
            start,
            actuals,
            program="bench",
            channel="voice",
            revision=1,
            status="final",
            sources=("bench:1-1",),
        )
        planned = Planned(
            version="bench",
            offered=float(truth.forecast_offered[at]),
            aht_seconds=self.aht,
            required=int(truth.required[at]),
            scheduled=int(truth.scheduled[at]),
        )
        open_for_ms = self.rules.open_for_ms(start)
        reference = Reference(planned, facts.dispersion, facts.handle_time_cv, open_for_ms)
        compare(result, actuals, self.settings, reference)
        return result


def queue_spec(cell: Cell, handling: Handling) -> QueueSpec:
    """The simulated queue of a cell: exponential patience, handle times as said."""
    return QueueSpec(
        "bench",
        "queue",
        cell.size,
        cell.aht,
        interval_minutes=cell.interval,
        hours=(HOURS,) * 7,
        dispersion=cell.phi,
        handling=handling,
        handling_cv=CV["lognormal"],
    )


class Alarms(NamedTuple):
    """False alarms of one cell."""

    warnings: Mapping[str, int]
    criticals: int
    days: int
    incidents: int = 0
    """Incidents with a warning: people are told of each once, whichever rules speak."""
    days_under: int = 0
    """Among them those that say that a day ended under its range: a fact, no guess."""


def healthy(cell: Cell, days: int, overrides: Iterable[str], seed: int, handling: Handling) -> Alarms:
    """Count the breaches that open as a warning, or become critical, on days on which nothing is wrong."""
    spec, judge = CentreSpec((queue_spec(cell, handling),)), Judge(cell, overrides, handling)
    warnings: Counter[str] = Counter()
    criticals: set[object] = set()
    incidents: set[object] = set()
    days_under: set[object] = set()
    for number in range(days):
        truth = simulate_counts(spec, "queue", FIRST + dt.timedelta(days=number), seed)
        for _, _, events in judge.day(truth):
            for event in events:
                alerted = event["state"] == "opened" or (event["live"] and event["state"] == "updated")
                if alerted and event["severity"] != "info":
                    warnings[str(event["rule"])] += 1
                    incidents.add(event["incident_id"])
                    if "service_level_day" in {event["rule"], str(event["scope"]).partition("@")[0]}:
                        days_under.add(event["incident_id"])
                if event["severity"] == "critical":
                    criticals.add(event["breach_id"])
    return Alarms(warnings, len(criticals), days, len(incidents), len(days_under))


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


def print_incidents(days: int, overrides: list[str], seed: int) -> None:
    """Print the detection by kind and size of incident and of queue, as a Markdown table."""
    print("\n| incident | factor | AHT s | interval | contacts / 30 min | dispersion | service level |", end=" ")
    print("right rule within 2 intervals | within 4 | minutes p50 | p95 |", end=" ")
    print(f"days at {COLLAPSE:.0%} or less in the first half hour | their minutes p50 | p95 |")
    print("|", "--- | " * 14, sep="")
    queues = itertools.product((180, 300, 600), INTERVALS, (25, 100, 400), DISPERSIONS)
    for kind, queue in itertools.product(KINDS, queues):
        cell = Cell(*queue)
        for name, seen in incident_days(cell, kind, days, overrides, seed).items():
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
    parser.add_argument("--days", type=int, default=200, help="days in each cell")
    parser.add_argument("--rule", action="append", default=[], metavar="RULE.PARAMETER=VALUE")
    parser.add_argument("--only", choices=("healthy", "incidents"))
    parser.add_argument("--size", type=float, action="append", help="contacts in half an hour; default: all")
    parser.add_argument("--handling", choices=tuple(CV), default="exponential", help="on healthy days")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.only != "incidents":
        cells = itertools.starmap(Cell, itertools.product(AHTS, INTERVALS, options.size or SIZES, DISPERSIONS))
        print_healthy(
            {cell: healthy(cell, options.days, options.rule, options.seed, options.handling) for cell in cells}
        )
    if options.only != "healthy":
        print_incidents(options.days, options.rule, options.seed)


if __name__ == "__main__":
    main()
