"""How soon the alarm tells, and its cost: the shipped rules beside a raw sum and an EWMA, on the same intervals.

    python bench/bench_alarm.py              # the whole table
    python bench/bench_alarm.py --quick      # a look
    python bench/bench_alarm.py --only happenings --only bank --days 100

Healthy days are those of `bench_rules.py`: Erlang-A queues staffed exactly for 80 % in 20 seconds. On the days on which
something happens, contacts are late or lost by lot, from call data alone: two hours as usual, three hours of it. The
shipped rules are the engine's own code: on a new queue, and on one with a month of healthy days behind it, of each of
the six centres of that size (AHT 180, 300 and 600 s, dispersion 1 and 1.5). The raw sum adds half hours x distance and
starts anew at one interval inside, as the rules did before; the EWMA is a mean of distances that forgets (0.3 for half
an hour). Neither judges intervals of fewer than 20 contacts. Each has the lowest limit that warns at most 0.10 times a
day in every healthy cell.
"""

import argparse
import csv
import dataclasses
import datetime as dt
import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench_rules import KINDS, Alarms, count_alarms, healthy_days, incident_days
from bench_rules import print_healthy as print_cells
from happenings import HAPPENINGS, Happening, days_of, shares, told_at, told_by_engine
from judged_queue import (
    AHTS,
    DISPERSIONS,
    INTERVALS,
    LIMIT_ALL,
    LIMIT_CRITICAL,
    LIMIT_RULE,
    SIZES,
    CallData,
    Cell,
    Judge,
    settings_of,
)
from sums import CONTESTANTS, LOW, SUMS, SWEEP, TARGET, Counts, Peaks, day_of, false_alarms, limit_of, peaks

from config.rules import RULES
from copc.cusum import Spread

MONTH = 30
"""Days of history."""
MONTHS = 3
"""Months of history tried of each centre."""
PARTS = ("healthy", "happenings", "large", "bank")


# --- healthy days ---------------------------------------------------------------------------------------


class Healthy(NamedTuple):
    """The healthy days of one cell."""

    alarms: Alarms
    """The engine's, by every rule."""
    peaks: Peaks
    """Those of the sums alone."""


def healthy_cell(cell: Cell, days: int, seed: int) -> Healthy:
    """The healthy days of one cell, judged by the engine and by each contestant."""
    truths = healthy_days(cell, "exponential", days, seed)
    alarms = count_alarms(Judge(cell, (), "exponential"), truths)
    return Healthy(alarms, peaks(cell, map(day_of, truths)))


# --- what is told ---------------------------------------------------------------------------------------


def months_of(centre: tuple[float, int, float], seed: int) -> list[Spread]:
    """The chance of a healthy centre as some months have shown it, at half hours.

    Args:
        centre: contacts in half an hour, AHT and dispersion.
        seed: of its days.
    """
    size, aht, phi = centre
    cell = Cell(aht, 30, size, phi)
    days = [day_of(truth) for truth in healthy_days(cell, "exponential", MONTH * MONTHS, seed + 100)]
    return [peaks(cell, days[MONTH * at : MONTH * (at + 1)]).spread for at in range(MONTHS)]


def told_of(line: Happening, pasts: list[list[Spread]], days: int, seed: int) -> tuple[list[float], list[list[float]]]:
    """The shares of days told: on a new queue, and on queues with a month behind them, one list a centre."""
    made = days_of(line, days, seed)
    new = shares(line, made, told_by_engine(line, made))
    part = made[: max(1, len(made) // 5)]
    after = []
    for spreads in pasts:
        found = [shares(line, part, told_by_engine(line, part, spread)) for spread in spreads]
        after.append([float(np.mean(each)) for each in zip(*found, strict=True)])
    return new, after


def print_happenings(
    pool: ProcessPoolExecutor, cells: Mapping[Cell, Peaks], days: int, seed: int
) -> list[tuple[Happening, int]]:
    """Print what is told, and return the lines that are not met."""
    print("\n## What is told\n")
    print("| it happens | within | wanted | new queue | after a month, six centres | the worst of them |", end="")
    print(" raw sum | EWMA |" if cells else "")
    print("|", "--- | " * (8 if cells else 6), sep="")
    others = ("raw sum", "EWMA") if cells else ()
    limits = {(name, rule): limit_of(cells, name, rule) for name, rule in itertools.product(others, SUMS)}
    missed = []
    centres = list(itertools.product(sorted({line.contacts for line in HAPPENINGS}), AHTS, DISPERSIONS))
    months = pool.map(functools.partial(months_of, seed=seed), centres)
    known: defaultdict[float, list[list[Spread]]] = defaultdict(list)
    for centre, spreads in zip(centres, months, strict=True):
        known[centre[0]].append(spreads)
    work = functools.partial(told_of, days=days, seed=seed)
    told = pool.map(work, HAPPENINGS, [known[line.contacts] for line in HAPPENINGS])
    for line, (new, after) in zip(HAPPENINGS, told, strict=True):
        made = days_of(line, days, seed)
        beside = [
            shares(line, made, [told_at(line, day, name, limits[name, line.rule]) for day in made]) for name in others
        ]
        for place, (number, unit, wanted) in enumerate(line.wanted):
            span = "the day" if unit == "day" else f"{number} {unit}"
            month = [centre[place] for centre in after]
            columns = (new[place], float(np.mean(month)), min(month), *(column[place] for column in beside))
            print(f"| {line.text} | {span} | {wanted:.0%} |", *(f"{column:.1%} |" for column in columns), flush=True)
            if min(columns[:2]) < wanted:
                missed.append((line, place))
    print("\nLines not met:", ", ".join(f"{line.text}, {line.wanted[place][:2]}" for line, place in missed) or "none")
    if limits:
        print("\nLimits:", ", ".join(f"{name} {rule} {limit:g}" for (name, rule), limit in limits.items()))
    return missed


def print_curves(cells: Mapping[Cell, Peaks], lines: Iterable[tuple[Happening, int]], days: int, seed: int) -> None:
    """Print false alarms against detection, by limit, for each contestant."""
    for line, place in lines:
        made, (number, unit, wanted) = days_of(line, days, seed), line.wanted[place]
        print(f"\n## Trade-off: {line.text}, within {number} {unit} (wanted {wanted:.0%})\n")
        print("| contestant | limit | false alarms in the worst cell | told |\n| --- | --- | --- | --- |")
        for name in CONTESTANTS:
            for most in (0.20, 0.15, 0.10, 0.05, 0.02):
                fits = (limit for limit in SWEEP if false_alarms(cells, name, line.rule, limit) <= most)
                limit = next(fits, SWEEP[-1])
                told = shares(line, made, [told_at(line, day, name, limit) for day in made])[place]
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
    for kind, size in itertools.product(KINDS, (100, 400)):
        seen = incident_days(Cell(300, 30, size, 1.0), kind, days, [], seed)["large"]
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
        queue = CallData(dataclasses.replace(settings_of(Cell(300, 30, 1, 1.0), ()), hours=None))
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
    parser.add_argument("--days", type=int, default=200, help="healthy days in each cell")
    parser.add_argument("--times", type=int, default=500, help="days on which each line happens")
    parser.add_argument("--size", type=float, action="append", help="contacts in half an hour there; default: all")
    parser.add_argument("--jobs", type=int, help="processes; default: one a processor")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bank", type=Path, default=Path("../shared/data/anonymous_bank/february.txt"))
    parser.add_argument("--only", choices=PARTS, action="append")
    options = parser.parse_args()
    parts = options.only or PARTS
    days = 50 if options.quick else options.times
    with ProcessPoolExecutor(options.jobs) as pool:
        found: dict[Cell, Peaks] = {}
        if "healthy" in parts:
            grid = itertools.product(AHTS, INTERVALS, options.size or SIZES, DISPERSIONS)
            cells = list(itertools.starmap(Cell, grid))
            work = functools.partial(healthy_cell, days=5 if options.quick else options.days, seed=options.seed)
            judged = dict(zip(cells, pool.map(work, cells), strict=True))
            found = {cell: healthy.peaks for cell, healthy in judged.items()}
            alarms = {cell: healthy.alarms for cell, healthy in judged.items()}
            print_healthy(alarms)
            print_sums(found)
            print_cells(alarms)
        if "happenings" in parts:
            missed = print_happenings(pool, found, days, options.seed)
            if found:
                print_curves(found, [*missed, (HAPPENINGS[0], 1), (HAPPENINGS[6], 0)], days, options.seed)
        if "large" in parts:
            print_large(5 if options.quick else 60, options.seed)
        if "bank" in parts and options.bank.exists():
            print_bank(options.bank)


if __name__ == "__main__":
    main()
