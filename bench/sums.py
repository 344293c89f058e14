"""The contestants on the sums of service level and abandons, over whole days: the shipped rules, a raw sum, an EWMA."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from judged_queue import LIMIT_RULE, Cell

from config.rules import RULES
from copc.cusum import ABOVE, BELOW, LOST, Scale, Spread, Tally, amount, learn, sum_of
from streams.simulation.simulator import DayTruth

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
    total, was_calm = 0.0, False
    for counts in day:
        if counts[0]:
            few, inside = counts[0] < FEW, INSIDE[rule]
            far = distance(rule, counts)
            part = amount(SCALES[rule], far, contacts=counts[0], seconds=seconds, target_inside=inside, few=few)
            calm = part < 0 and not few
            total, was_calm = sum_of(total, part if few else weight * part, calm=calm and was_calm), calm
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
    spread: Spread
    """The queue's chance, as these days have shown it."""


def day_of(truth: DayTruth) -> Day:
    """The counts of a simulated day's open intervals."""
    columns = (truth.offered, truth.answered_within, truth.abandoned)
    return list(zip(*(column[truth.open].tolist() for column in columns), strict=True))


def peaks(cell: Cell, days: Iterable[Day]) -> Peaks:
    """Healthy days of one cell, each judged by how much the days before varied."""
    seconds, spread = cell.interval * 60, Spread()
    highest: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for day in days:
        for (name, path), rule in itertools.product(CONTESTANTS.items(), SUMS):
            highest[name, rule].append(max(path(rule, day, seconds, spread.weight)))
        spread = learn(spread, tally(day, seconds))
    return Peaks(dict(highest), spread)


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
