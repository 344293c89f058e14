"""One test for a whole table of forecast errors by weekday and slot of the day.

A table of seven weekdays and two dozen slots has some 200 cells: judged one by one, ten of them would be called biased
in a queue that has no bias. So one limit holds for all cells of all queues together. Contacts of one day err together
and vary more than Poisson's, so whole days are the units: each day's errors keep or change their sign as one, in all
queues at once, and the limit is what the greatest statistic of all cells passes in so few of these tables. Whole days
have a limit of their own, so that a biased Monday is not drowned by the number of slots; the levels of both add up.

Source: sign-flipping of independent, symmetric units with the maximum statistic (Westfall and Young, Resampling-Based
Multiple Testing, 1993, section 2); which statistic is taken is this product's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from copc.arguments import Floats

__all__ = ["FLIPS", "LEVEL", "MIN_WEEKS", "BiasCell", "BiasTest", "DayErrors", "weekly_bias"]

DAYS_LEVEL: Final = 0.025
"""Share of reviews without a bias in which a whole weekday is found (this product's default)."""
SLOTS_LEVEL: Final = 0.015
"""Likewise a slot."""
LEVEL: Final = DAYS_LEVEL + SLOTS_LEVEL
"""Share of reviews in which anything is found where there is no bias, at most."""
FLIPS: Final = 1999
MIN_WEEKS: Final = 4
"""Days of a weekday below which it is in no cell (this product's default)."""
_SEED: Final = 20_260_406
_WEEKDAYS: Final = 7


@dataclass(frozen=True, slots=True)
class DayErrors:
    """A queue's volumes by day (lines) and slot (columns); NaN where an interval lacks either."""

    days: Sequence[int]
    """Each day's ordinal, as `datetime.date.toordinal` counts; no day twice."""
    actual: Floats
    forecast: Floats


class BiasCell(NamedTuple):
    """The errors of one weekday and slot."""

    queue: str
    weekday: int | None
    """1 (Monday) to 7; None: all days."""
    slot: int | None
    """Column of the queue's table; None: whole days."""
    days: int
    actual: float
    forecast: float
    statistic: float
    """Standardised sum of errors; above 0 the actual exceeds the forecast."""
    found: bool
    """Whether it is beyond the limit of the whole table."""


class BiasTest(NamedTuple):
    """The cells of all queues, and the limits that one of them must pass."""

    day_limit: float
    slot_limit: float
    cells: list[BiasCell]


def weekly_bias(queues: Mapping[str, DayErrors], *, flips: int = FLIPS) -> BiasTest:
    """Which weekdays and slots are off their forecast by more than chance, in one test for all of them.

    Args:
        queues: errors by queue.
        flips: number of sign-flipped tables; the table itself counts as one more.
    """
    dates = sorted({day for errors in queues.values() for day in errors.days})
    signs = np.random.default_rng(_SEED).choice(np.array([-1.0, 1.0]), size=(flips, len(dates)))
    place = {day: column for column, day in enumerate(dates)}
    of_days, of_slots = np.zeros(flips), np.zeros(flips)
    found: list[BiasCell] = []
    for queue, errors in queues.items():
        if not len(errors.days):
            continue
        scaled, there = _scaled(errors)
        own = signs[:, [place[day] for day in errors.days]]
        for weekday, lines in _lines(errors.days):
            n = there[lines].sum(axis=0)
            enough = n >= MIN_WEEKS
            if not enough.any():
                continue
            scale = np.sqrt(np.where(enough, n, 1.0))
            flipped = np.abs(own[:, lines] @ scaled[lines]) / scale
            flipped[:, ~enough] = 0.0
            of_days = np.maximum(of_days, flipped[:, -1])
            of_slots = np.maximum(of_slots, flipped[:, :-1].max(axis=1))
            statistics = scaled[lines].sum(axis=0) / scale
            found += _cells(queue, weekday, errors, lines, (n, enough), statistics)
    days, slots = _limit(of_days, DAYS_LEVEL), _limit(of_slots, SLOTS_LEVEL)
    return BiasTest(
        days,
        slots,
        [cell._replace(found=abs(cell.statistic) > (days if cell.slot is None else slots)) for cell in found],
    )


def _limit(greatest: Floats, level: float) -> float:
    """The value that so small a share of tables passes; the table itself counts as one of them."""
    rank = int(np.ceil((1 - level) * (len(greatest) + 1)))
    return float(np.sort(greatest)[min(rank, len(greatest)) - 1])


def _scaled(errors: DayErrors) -> tuple[Floats, Floats]:
    """Errors by day and slot, each over the root of its forecast and in units of its column; whole days come last."""
    there = np.isfinite(errors.actual) & np.isfinite(errors.forecast)
    actual, forecast = np.where(there, errors.actual, 0.0), np.where(there, errors.forecast, 0.0)
    actual, forecast = (np.column_stack([part, part.sum(axis=1)]) for part in (actual, forecast))
    there = np.column_stack([there, there.any(axis=1)])
    off = np.where(there, (actual - forecast) / np.sqrt(np.maximum(forecast, 1.0)), 0.0)
    # About 0, not about the mean: flips of signs leave this scale as it is, so the test is exact.
    spread = np.sqrt((off**2).sum(axis=0) / np.maximum(there.sum(axis=0), 1))
    return off / np.where(spread > 0, spread, 1.0), there.astype(float)


def _lines(days: Sequence[int]) -> Iterator[tuple[int | None, np.ndarray[tuple[int], np.dtype[np.intp]]]]:
    """The lines of each weekday, and of all days; ordinal 1 was a Monday."""
    weekdays = (np.asarray(days) - 1) % _WEEKDAYS + 1
    yield None, np.arange(len(days))
    for weekday in range(1, _WEEKDAYS + 1):
        yield weekday, np.flatnonzero(weekdays == weekday)


def _cells(
    queue: str,
    weekday: int | None,
    errors: DayErrors,
    lines: np.ndarray[tuple[int], np.dtype[np.intp]],
    counted: tuple[Floats, Floats],
    statistics: Floats,
) -> Iterator[BiasCell]:
    both = np.isfinite(errors.actual[lines]) & np.isfinite(errors.forecast[lines])
    sums = [np.where(both, part[lines], 0.0).sum(axis=0) for part in (errors.actual, errors.forecast)]
    actual, forecast = (np.append(part, part.sum()) for part in sums)
    last = len(actual) - 1
    n, enough = counted
    for slot in np.flatnonzero(enough):
        yield BiasCell(
            queue=queue,
            weekday=weekday,
            slot=None if slot == last else int(slot),
            days=int(n[slot]),
            actual=float(actual[slot]),
            forecast=float(forecast[slot]),
            statistic=float(statistics[slot]),
            found=False,
        )
