"""A simulated queue whose rows the engine's own code makes and judges: the common ground of the studies of the rules.

`Judge` has a plan and agents, as `bench_rules.py` needs; `CallData` knows of call data alone, as `bench_alarm.py` does
on the days on which something happens.
"""

import copy
import datetime as dt
import tempfile
from collections import defaultdict, deque
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
from config.settings import QueueSettings, load
from copc.cusum import Spread
from copc.forecast import DISPERSION_WINDOW, dispersion, dispersion_term
from streams.results import BreachRecord, IntervalResult, Row
from streams.simulation.simulator import DayTruth, QueueSpec

FIRST = dt.date(2026, 1, 5)
HOURS = ((8 * 60, 20 * 60),)
AHTS = (180, 300, 600)
INTERVALS = (15, 30)
SIZES = (0.5, 2, 10, 25, 100, 400)
DISPERSIONS = (1.0, 1.5)
LIMIT_RULE, LIMIT_ALL, LIMIT_CRITICAL = 0.10, 0.33, 0.01
Handling = Literal["exponential", "lognormal"]
CV: Mapping[Handling, float] = {"exponential": 1.0, "lognormal": 0.75}


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


def final_row(settings: QueueSettings, calendar: Calendar, start: int, actuals: ReportedCounts) -> IntervalResult:
    """The engine's first row of a final interval."""
    return interval_result(
        settings,
        calendar,
        start,
        actuals,
        program="bench",
        channel="voice",
        revision=1,
        status="final",
        sources=("bench:1-1",),
    )


class CallData:
    """One queue of which only call data is known.

    Args:
        settings: of the queue.
        spread: what its past has shown of its chance; None: it has no past.
    """

    def __init__(self, settings: QueueSettings, spread: Spread | None = None) -> None:
        self.settings = settings
        self.calendar = Calendar("UTC", settings.interval_ms, "left", settings.hours, settings.closed, 0)
        state = RulesState()
        if spread is not None:
            state.chance.spread = spread
        self.rules = QueueRules(lambda _: settings, state, Baselines(StateStore({}, "queue")))

    def judge(self, start_ms: int, counts: tuple[int, int, int]) -> list[BreachRecord]:
        """The breach records of one final interval: of its contacts, those answered in time, and those lost."""
        offered, good, lost = counts
        reported = ReportedCounts(offered, offered - lost, good, lost, 0, 0, 0, 0)
        result = final_row(self.settings, self.calendar, start_ms, reported)
        return self.rules.judge(result, start_ms, self.calendar.open_day(start_ms), Facts()).events


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
        result = final_row(self.settings, self.calendar, start, actuals)
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
