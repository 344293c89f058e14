"""Power and false findings of the weekly review's test, over simulated queues whose days err together.

    python bench/bench_weekly.py [--reviews 200]

A queue of 1,000 contacts a day, 24 slots, 12 weeks. Each day has its own factor (SD 5 %), each slot of a day another
(SD 5 %), and counts are Poisson around them. It prints how often a Monday that is 10 % above its forecast is found, how
often anything is found where nothing is planted, and how often a planted review names a weekday that was not planted.
"""

import argparse
import datetime as dt

import numpy as np

from copc.weekly_bias import DayErrors, weekly_bias

FIRST = dt.date(2026, 7, 6).toordinal()
SLOTS = 24
CURVE = np.sin(np.linspace(0.3, np.pi - 0.3, SLOTS))


def queue(random: np.random.Generator, *, monday: float, contacts: float, weeks: int, day_sd: float) -> DayErrors:
    """A queue's days, with a bias planted on Mondays."""
    days = np.arange(FIRST, FIRST + 7 * weeks)
    forecast = np.tile(contacts * CURVE / CURVE.sum(), (len(days), 1))
    level = random.lognormal(-(day_sd**2) / 2, day_sd, (len(days), 1)) * random.lognormal(0, 0.05, forecast.shape)
    planted = np.where((days - 1) % 7 == 0, 1 + monday, 1.0)[:, None]
    return DayErrors(days.tolist(), random.poisson(forecast * level * planted).astype(float), forecast)


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reviews", type=int, default=200)
    reviews = parser.parse_args().reviews
    for weeks, queues, day_sd in ((12, 1, 0.05), (12, 1, 0.08), (8, 1, 0.05), (12, 10, 0.05)):
        random = np.random.default_rng(12)
        hits = others = false = 0
        for _ in range(reviews):
            names = [f"q{number}" for number in range(queues)]
            same = {"contacts": 1000.0, "weeks": weeks, "day_sd": day_sd}
            null = {name: queue(random, monday=0, **same) for name in names}
            false += any(cell.found for cell in weekly_bias(null).cells)
            found = weekly_bias({**null, "q0": queue(random, monday=0.1, **same)}).cells
            named = {(cell.queue, cell.weekday) for cell in found if cell.found}
            hits += any(c.found and (c.queue, c.weekday, c.slot) == ("q0", 1, None) for c in found)
            others += any(name not in {("q0", 1), ("q0", None)} for name in named)
        print(
            f"{weeks} weeks, {queues} queues, days' SD {day_sd:.0%}: Monday found {hits / reviews:.1%}, "
            f"anything where nothing is {false / reviews:.1%}, another weekday named {others / reviews:.1%}"
        )


if __name__ == "__main__":
    main()
