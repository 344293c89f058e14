"""How soon the alarm tells, and its cost: the shipped rules beside a raw sum and an EWMA, on the same intervals.

    python bench/bench_alarm.py              # the whole table, some minutes on two cores
    python bench/bench_alarm.py --quick      # a look
    python bench/bench_alarm.py --bank ../shared/data/anonymous_bank/february.txt

Healthy days are those of `bench_rules.py`: Erlang-A queues staffed exactly for 80 % in 20 seconds. On the days on which
something happens, contacts are late or lost by lot, from call data alone: two hours as usual, three hours of it. The
shipped rules are the engine's own code. The raw sum adds half hours x distance and starts anew at one interval inside,
as the rules did before; the EWMA is a mean of distances that forgets (0.3 for half an hour). Neither judges intervals
of fewer than 20 contacts. Each has the lowest limit that warns at most 0.10 times a day in every healthy cell.
"""

import argparse
import csv
import dataclasses
import datetime as dt
import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench_rules import (
    AHTS,
    DISPERSIONS,
    FIRST,
    INTERVALS,
    LIMIT_ALL,
    LIMIT_CRITICAL,
    LIMIT_RULE,
    SIZES,
    Alarms,
    Cell,
    healthy,
    incident_days,
    queue_spec,
    settings_of,
)

from agents.intervals.calendar import Calendar
from agents.intervals.figures import ReportedCounts, interval_result
from agents.rules.baseline import Baselines
from agents.rules.engine import QueueRules, RulesState
from agents.rules.observations import Facts
from agents.state.store import StateStore
from config.rules import RULES
from copc.cusum import ABOVE, BELOW, LOST, Scale, Spread, Tally, amount, learn
from streams.results import BreachRecord
from streams.simulation.simulator import CentreSpec, simulate_counts

Counts = tuple[int, int, int]
"""The counts of one interval: offered, answered in time, lost."""
Day = list[Counts]
LOW, HIGH, LOSS, TARGET = 0.75, 0.90, 0.08, 0.80
FEW = 20
SUMS = ("service_level_below_range", "service_level_above_range", "abandon_rate_above_limit")
SCALES: Mapping[str, Scale] = dict(zip(SUMS, (BELOW, ABOVE, LOST), strict=True))
INSIDE = {SUMS[0]: TARGET - LOW, SUMS[1]: HIGH - TARGET, SUMS[2]: None}
USUAL = 4
"""Half hours as usual before something happens."""
FORGETS = 0.3
SWEEP = tuple(step / 100 for step in range(4, 161))


def distance(rule: str, counts: Counts) -> float:
    """How far an interval is beyond the limit of a rule."""
    offered, good, lost = counts
    if rule == SUMS[0]:
        return LOW - good / offered
    return good / offered - HIGH if rule == SUMS[1] else lost / offered - LOSS


# --- the contestants on the sums ------------------------------------------------------------------------


def forgetting(rule: str, day: Day, seconds: int, weight: float) -> Iterator[float]:
    """The sum of the shipped rules, after each interval."""
    total = 0.0
    for counts in day:
        if counts[0]:
            few, inside = counts[0] < FEW, INSIDE[rule]
            far = distance(rule, counts)
            part = amount(SCALES[rule], far, contacts=counts[0], seconds=seconds, target_inside=inside, few=few)
            total = max(0.0, total + weight * part)
        yield total


def raw(rule: str, day: Day, seconds: int, _weight: float) -> Iterator[float]:
    """The sum that starts anew at one interval inside."""
    total = 0.0
    for counts in day:
        if counts[0] >= FEW:
            far = distance(rule, counts)
            total = total + far * seconds / 1800 if far > 0 else 0.0
        yield total


def ewma(rule: str, day: Day, seconds: int, _weight: float) -> Iterator[float]:
    """The mean of distances that forgets."""
    mean, share = -0.05, 1 - (1 - FORGETS) ** (seconds / 1800)
    for counts in day:
        if counts[0] >= FEW:
            mean += share * (distance(rule, counts) - mean)
        yield mean


Contestant = Callable[[str, Day, int, float], Iterator[float]]
CONTESTANTS: Mapping[str, Contestant] = {"shipped": forgetting, "raw sum": raw, "EWMA": ewma}


class Peaks(NamedTuple):
    """The highest value of each healthy day, by contestant and rule."""

    highest: Mapping[tuple[str, str], list[float]]
    weight: float
    """How much such a queue is believed after these days."""


def peaks(cell: Cell, days: int, seed: int) -> Peaks:
    """Healthy days of one cell, each judged by how much the days before varied."""
    spec, seconds, spread = CentreSpec((queue_spec(cell, "exponential"),)), cell.interval * 60, Spread()
    highest: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for number in range(days):
        truth = simulate_counts(spec, "queue", FIRST + dt.timedelta(days=number), seed)
        columns = (truth.offered, truth.answered_within, truth.abandoned)
        day: Day = list(zip(*(column[truth.open].tolist() for column in columns), strict=True))
        for (name, path), rule in itertools.product(CONTESTANTS.items(), SUMS):
            highest[name, rule].append(max(path(rule, day, seconds, spread.weight)))
        spread = learn(spread, tally(day, seconds))
    return Peaks(dict(highest), spread.weight)


def tally(day: Day, seconds: int) -> Tally:
    """A day summed up for how much it varies."""
    found = Tally()
    for offered, good, _ in day:
        if offered >= FEW:
            found = found.add(good / offered, offered, seconds)
    return found


def false_alarms(cells: Mapping[Cell, Peaks], name: str, rule: str, limit: float) -> float:
    """Share of healthy days warned in the worst cell."""
    return max(float(np.mean(np.array(found.highest[name, rule]) >= limit - 1e-9)) for found in cells.values())


def limit_of(cells: Mapping[Cell, Peaks], name: str, rule: str) -> float:
    """The shipped limit, or the lowest of an alternative that every healthy cell bears."""
    if name == "shipped":
        return float(str(RULES[rule].parameters["accumulate"].default))
    most = 0.02 if rule == SUMS[1] else LIMIT_RULE
    return next((limit for limit in SWEEP if false_alarms(cells, name, rule, limit) <= most), SWEEP[-1])


# --- the engine on call data ----------------------------------------------------------------------------


class CallData:
    """The shipped rules on a queue of which only call data is known."""

    def __init__(self, settings_like: Cell) -> None:
        self.settings = settings_of(settings_like, ())
        hours = self.settings.hours
        self.calendar = Calendar("UTC", self.settings.interval_ms, "left", hours, self.settings.closed, 0)
        self.rules = QueueRules(lambda _: self.settings, RulesState(), Baselines(StateStore({}, "queue")))

    def judge(self, start_ms: int, counts: Counts) -> list[BreachRecord]:
        """The breach records of one final interval."""
        offered, good, lost = counts
        reported = ReportedCounts(offered, offered - lost, good, lost, 0, 0, 0, 0)
        result = interval_result(
            self.settings,
            self.calendar,
            start_ms,
            reported,
            program="bench",
            channel="voice",
            revision=1,
            status="final",
            sources=("bench:1-1",),
        )
        return self.rules.judge(result, start_ms, self.calendar.open_day(start_ms), Facts()).events


def start_of(number: int, interval: int, place: int) -> int:
    """An interval of a simulated day, which opens at 08:00."""
    return int(dt.datetime.combine(FIRST + dt.timedelta(days=number), dt.time(8), dt.UTC).timestamp() * 1000) + (
        place * interval * 60_000
    )


# --- days on which something happens --------------------------------------------------------------------


class Happening(NamedTuple):
    """A line of the table."""

    text: str
    contacts: float
    """In half an hour, on average."""
    rule: str
    usual: float
    """The share answered in time, or lost, before."""
    then: tuple[float, ...]
    """The share in each half hour from then on; the last one repeats until the day is over."""
    wanted: tuple[tuple[int, str, float], ...]
    """Number, `intervals` or `contacts`, and the share of days that is to be told within them."""
    before: int = USUAL


def _fall(level: float, contacts: int, *wanted: tuple[int, str, float]) -> Happening:
    then = (level,) * 6 + (TARGET,)
    return Happening(
        f"service level falls to {level:.0%}, {contacts} contacts", contacts, SUMS[0], TARGET, then, wanted
    )


def _few(contacts: float, level: float, *wanted: tuple[int, str, float]) -> Happening:
    name = "total loss" if level == 0 else f"fall to {level:.0%}"
    before = 0 if wanted[0][1] == "day" else USUAL
    return Happening(f"{name}, {contacts:g} contacts", contacts, SUMS[0], TARGET, (level,), wanted, before)


HAPPENINGS = (
    _fall(0.55, 40, (6, "intervals", 0.85), (4, "intervals", 0.55)),
    _fall(0.55, 100, (6, "intervals", 0.90), (4, "intervals", 0.55)),
    _fall(0.55, 400, (6, "intervals", 0.95), (4, "intervals", 0.65)),
    *(_fall(0.40, size, (4, "intervals", 0.95)) for size in (40, 100, 400)),
    Happening(
        "alternating 78 / 30 %, 100 contacts",
        100,
        SUMS[0],
        TARGET,
        (0.78, 0.30) * 6,
        ((5, "intervals", 0.75), (8, "intervals", 0.95)),
        0,
    ),
    _few(15, 0.0, (60, "contacts", 1.0)),
    _few(5, 0.0, (0, "day", 0.90)),
    _few(2, 0.0, (0, "day", 0.90)),
    *(_few(size, 0.20, (40, "contacts", 0.90)) for size in (5, 10, 15)),
    Happening(
        "abandon rate rises to 18 %, 40 contacts",
        40,
        SUMS[2],
        0.03,
        (0.18,) * 6 + (0.03,),
        ((4, "intervals", 0.60), (6, "intervals", 0.85)),
    ),
)


def days_of(line: Happening, days: int, seed: int) -> list[Day]:
    """Days of 24 half hours, by lot."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(days):
        day = []
        for place, offered in enumerate(rng.poisson(line.contacts, 24).tolist()):
            since = place - line.before
            share = line.usual if since < 0 else line.then[min(since, len(line.then) - 1)]
            hits = int(rng.binomial(offered, share))
            day.append((offered, offered - hits, hits) if line.rule == SUMS[2] else (offered, hits, 0))
        found.append(day)
    return found


def within(line: Happening, day: Day, told: int | None, number: int, unit: str) -> bool:
    """Whether an interval is among those that must tell: so many of them, or until so many contacts came."""
    if told is None:
        return False
    if unit == "contacts":
        return sum(offered for offered, _, _ in day[line.before : told]) < number
    return unit == "day" or told - line.before < number


def told_by_engine(line: Happening, day: Day) -> int | None:
    """The interval that opens the rule's breach; breaches from before that time do not count."""
    queue = CallData(Cell(300, 30, line.contacts, 1.0))
    for place, counts in enumerate(day):
        opened = {record.rule for record in queue.judge(start_of(0, 30, place), counts) if record.state == "opened"}
        if line.rule in opened and place >= line.before:
            return place
    return None


def told_at(line: Happening, day: Day, name: str, limit: float, weight: float = 1.0) -> int | None:
    """The interval in which a contestant reaches a limit."""
    path = enumerate(CONTESTANTS[name](line.rule, day, 1800, weight))
    return next((at for at, value in path if at >= line.before and value >= limit - 1e-9), None)


def shares(line: Happening, days: Sequence[Day], told: Sequence[int | None]) -> list[float]:
    """The share of days told within each wanted span."""
    pairs = list(zip(days, told, strict=True))
    return [float(np.mean([within(line, day, at, n, unit) for day, at in pairs])) for n, unit, _ in line.wanted]


def print_happenings(cells: Mapping[Cell, Peaks], days: int, seed: int) -> list[Happening]:
    """Print what is told, and return the lines that are not met."""
    print("\n## What is told\n")
    print("| it happens | within | wanted | shipped | after a month of a varied centre | raw sum | EWMA |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    missed = []
    limits = {(name, rule): limit_of(cells, name, rule) for name, rule in itertools.product(CONTESTANTS, SUMS)}
    for line in HAPPENINGS:
        made = days_of(line, days, seed)
        weights = [found.weight for cell, found in cells.items() if (cell.size, cell.interval) == (100, 30)]
        columns = [
            shares(line, made, [told_by_engine(line, day) for day in made]),
            shares(
                line,
                made,
                [told_at(line, day, "shipped", limits["shipped", line.rule], float(np.mean(weights))) for day in made],
            ),
            *(
                shares(line, made, [told_at(line, day, name, limits[name, line.rule]) for day in made])
                for name in ("raw sum", "EWMA")
            ),
        ]
        for place, (number, unit, wanted) in enumerate(line.wanted):
            span = "the day" if unit == "day" else f"{number} {unit}"
            print(f"| {line.text} | {span} | {wanted:.0%} |", *(f"{column[place]:.1%} |" for column in columns))
        if any(got < wanted for got, (_, _, wanted) in zip(columns[0], line.wanted, strict=True)):
            missed.append(line)
    print("\nLimits:", ", ".join(f"{name} {rule} {limit:g}" for (name, rule), limit in limits.items()))
    return missed


def print_curves(cells: Mapping[Cell, Peaks], lines: Iterable[Happening], days: int, seed: int) -> None:
    """Print false alarms against detection, by limit, for each contestant."""
    for line in lines:
        made, (number, unit, wanted) = days_of(line, days, seed), line.wanted[-1]
        print(f"\n## Trade-off: {line.text}, within {number} {unit} (wanted {wanted:.0%})\n")
        print("| contestant | limit | false alarms in the worst cell | told |\n| --- | --- | --- | --- |")
        for name in CONTESTANTS:
            for most in (0.20, 0.15, 0.10, 0.05, 0.02):
                fits = (limit for limit in SWEEP if false_alarms(cells, name, line.rule, limit) <= most)
                limit = next(fits, SWEEP[-1])
                told = shares(line, made, [told_at(line, day, name, limit) for day in made])[-1]
                print(f"| {name} | {limit:g} | {false_alarms(cells, name, line.rule, limit):.3f} | {told:.1%} |")


# --- the rest of the table ------------------------------------------------------------------------------


def print_healthy(engine: Mapping[Cell, Alarms]) -> None:
    """Print the false alarms of every shipped rule in its worst cell."""
    print("\n## Healthy days: warnings a queue and day in the worst cell\n")
    print("| rule | wanted | shipped | its cell |\n| --- | --- | --- | --- |")
    told, counted = "all together, as people are told (incidents)", "all together, each rule counted"
    but_days = "as people are told, without days that ended under their range"
    rates: dict[str, dict[Cell, float]] = defaultdict(dict)
    for cell, found in engine.items():
        for rule in RULES:
            rates[rule][cell] = found.warnings.get(rule, 0) / found.days
        rates[told][cell] = found.incidents / found.days
        rates[but_days][cell] = (found.incidents - found.days_under) / found.days
        rates[counted][cell] = sum(found.warnings.values()) / found.days
        rates["critical"][cell] = found.criticals / found.days
    wanted = {told: LIMIT_ALL, but_days: LIMIT_ALL, counted: LIMIT_ALL, "critical": LIMIT_CRITICAL, SUMS[1]: 0.02}
    for rule, by_cell in rates.items():
        worst = max(by_cell, key=by_cell.__getitem__)
        if by_cell[worst] or rule in wanted:
            print(f"| {rule} | {wanted.get(rule, LIMIT_RULE):.2f} | {by_cell[worst]:.3f} | {tuple(worst)} |")


def print_sums(cells: Mapping[Cell, Peaks]) -> None:
    """Print the days in the worst cell on which a sum alone warns, and the raw sum at the limits of before."""
    print("\n| sum alone | shipped | raw sum, limit as before | its rate |\n| --- | --- | --- | --- |")
    for rule, before in zip(SUMS, (1.0, 0.7, 0.6), strict=True):
        shipped = false_alarms(cells, "shipped", rule, limit_of(cells, "shipped", rule))
        print(f"| {rule} | {shipped:.3f} | {before:g} | {false_alarms(cells, 'raw sum', rule, before):.3f} |")


def print_large(days: int, seed: int) -> None:
    """Print how soon large incidents are told, by the engine with a plan."""
    print("\n## Large incidents (wanted: 95 % within 2 intervals)\n")
    print("| incident | contacts in an interval | told |\n| --- | --- | --- |")
    for kind, size in itertools.product(("surge", "long_calls", "absent"), (100, 400)):
        seen = incident_days(Cell(300, 30, size, 1.0), kind, days, [], seed)["large"]  # type: ignore[arg-type]  # a kind
        print(f"| {kind} | {size} | {np.mean([s.right is not None and s.right <= 2 for s in seen]):.0%} |")


def bank_days(file: Path) -> dict[str, dict[str, list[Counts]]]:
    """Half hours of each service type and day; calls that the bank says to ignore are left out."""
    found: dict[str, dict[str, list[Counts]]] = defaultdict(dict)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["outcome"] not in {"AGENT", "HANG"}:
                continue
            day = found[row["type"]].setdefault(row["date"], [(0, 0, 0)] * 48)
            hour, minute, _ = map(int, row["vru_entry"].split(":"))
            offered, good, lost = day[place := 2 * hour + minute // 30]
            answered = row["outcome"] == "AGENT"
            day[place] = (offered + 1, good + (answered and float(row["q_time"]) <= 20), lost + (not answered))
    return found


def print_bank(file: Path) -> None:
    """Print the days of the bank's February that are told while they run, by service type and size."""
    told: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    for days in bank_days(file).values():
        queue = CallData(Cell(300, 30, 1, 1.0))
        queue.settings = dataclasses.replace(queue.settings, hours=None)
        queue.calendar = Calendar("UTC", queue.settings.interval_ms, "left", None, frozenset(), 0)
        for date, day in sorted(days.items()):
            start = int(dt.datetime.strptime(f"19{date}+0000", "%Y%m%d%z").timestamp()) * 1000
            last = max(place for place, counts in enumerate(day) if counts[0])
            warned = [
                place
                for place, counts in enumerate(day[: last + 1])
                for record in queue.judge(start + place * 1_800_000, counts)
                if record.state == "opened" and record.severity != "info" and record.rule != "repeat_breach"
            ]
            offered, good = (sum(counts[at] for counts in day) for at in (0, 1))
            bad, size = good / offered <= TARGET - 0.15, "200 and more" if offered >= 200 else "50 to 199"
            if bad and offered >= 50:
                all_[size] += 1
                told[size] += any(place < last for place in warned)
            elif good / offered >= LOW:
                all_["healthy"] += 1
                told["healthy"] += len(warned)
    print("\n## The bank's February, by service type\n\n| days | wanted | found |\n| --- | --- | --- |")
    for size, wanted in (("200 and more", 0.80), ("50 to 199", 0.60)):
        print(f"| 15 points under target, {size} contacts, told while it runs | {wanted:.0%} |", end=" ")
        print(f"{told[size]} of {all_[size]} ({told[size] / max(all_[size], 1):.0%}) |")
    print(f"| warnings a healthy queue-day | 0.33 | {told['healthy'] / max(all_['healthy'], 1):.2f} |", end=" ")
    print(f"\n\nHealthy queue-days: {all_['healthy']}, at or above {LOW:.0%}.")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few days a cell")
    parser.add_argument("--days", type=int, default=80, help="healthy days a cell that the engine judges")
    parser.add_argument("--size", type=float, action="append", help="contacts in half an hour there; default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bank", type=Path, default=Path("../shared/data/anonymous_bank/february.txt"))
    parser.add_argument("--only", choices=("sums", "engine", "large", "bank"), action="append")
    options = parser.parse_args()
    parts = options.only or ("sums", "engine", "large", "bank")
    grid = itertools.product(AHTS, INTERVALS, SIZES, DISPERSIONS)
    cells = [Cell(*each) for each in grid]
    found: dict[Cell, Peaks] = {}
    with ProcessPoolExecutor() as pool:
        if "sums" in parts:
            work = functools.partial(peaks, days=20 if options.quick else 200, seed=options.seed)
            found = dict(zip(cells, pool.map(work, cells), strict=True))
        if "engine" in parts:
            judge = functools.partial(
                healthy,
                days=3 if options.quick else options.days,
                overrides=(),
                seed=options.seed,
                handling="exponential",
            )
            sized = [cell for cell in cells if cell.size in (options.size or SIZES)]
            print_healthy(dict(zip(sized, pool.map(judge, sized), strict=True)))
    if found:
        print_sums(found)
        days = 50 if options.quick else 500
        missed = print_happenings(found, days, options.seed)
        print_curves(found, {*missed, HAPPENINGS[0], HAPPENINGS[6]}, days, options.seed)
    if "large" in parts:
        print_large(5 if options.quick else 60, options.seed)
    if "bank" in parts and options.bank.exists():
        print_bank(options.bank)


if __name__ == "__main__":
    main()
