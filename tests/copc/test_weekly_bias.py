"""The test of the weekly review: finds a biased Monday, hardly anything else, and needs enough weeks."""

import datetime as dt

import numpy as np

from copc.weekly_bias import LEVEL, MIN_WEEKS, DayErrors, weekly_bias

FIRST = dt.date(2026, 7, 6).toordinal()
FORECAST = np.full(20, 50.0)
"""Contacts by slot: 1,000 a day."""


def queue(seed: int, *, monday: float = 0.0, weeks: int = 12) -> DayErrors:
    """A queue whose days vary by 5 % as a whole, and each slot by Poisson; Mondays are off by a ratio."""
    random = np.random.default_rng(seed)
    days = np.arange(FIRST, FIRST + 7 * weeks)
    planted = np.where((days - 1) % 7 == 0, 1 + monday, 1.0)
    level = planted * random.lognormal(0, 0.05, len(days))
    actual = random.poisson(level[:, None] * FORECAST).astype(float)
    return DayErrors(days.tolist(), actual, np.tile(FORECAST, (len(days), 1)))


def found(errors: DayErrors) -> list[tuple[int | None, int | None]]:
    """Weekdays and slots that are named."""
    return [(cell.weekday, cell.slot) for cell in weekly_bias({"q": errors}, flips=499).cells if cell.found]


def test_a_planted_monday_is_found_in_90_of_100_reviews() -> None:
    """10 % on Mondays of a queue of 1,000 contacts a day, 12 weeks."""
    assert sum((1, None) in found(queue(seed, monday=0.10)) for seed in range(100)) >= 90


def test_a_queue_without_bias_is_left_alone_in_95_of_100_reviews() -> None:
    """Days that vary as a whole name no weekday and no slot."""
    assert LEVEL <= 0.05
    assert sum(bool(found(queue(seed))) for seed in range(100, 200)) <= 5


def test_ten_queues_are_judged_together() -> None:
    """The limit is that of all their cells: it is above that of one queue alone."""
    one = weekly_bias({"0": queue(0)})
    ten = weekly_bias({str(seed): queue(seed) for seed in range(10)})
    assert ten.day_limit > one.day_limit
    assert ten.slot_limit > one.slot_limit


def test_bias_is_the_sum_of_errors_and_missing_intervals_are_in_neither_sum() -> None:
    """A cell has the sums of actual and forecast over the days that have both."""
    errors = queue(1, weeks=MIN_WEEKS)
    errors.actual[0, 3] = np.nan
    cells = {(cell.weekday, cell.slot): cell for cell in weekly_bias({"q": errors}).cells if cell.weekday is None}
    column = errors.actual[:, 3]
    assert cells[None, 3].days == 7 * MIN_WEEKS - 1
    assert cells[None, 3].actual == np.nansum(column)
    assert cells[None, 3].forecast == 50.0 * (7 * MIN_WEEKS - 1)
    assert cells[None, None].actual == np.nansum(errors.actual)


def test_too_few_weeks_have_no_cell_of_a_weekday() -> None:
    """Three Mondays say nothing about Mondays."""
    cells = weekly_bias({"q": queue(1, monday=0.5, weeks=MIN_WEEKS - 1)}).cells
    assert {cell.weekday for cell in cells} == {None}


def test_no_queue_has_no_cell() -> None:
    """An empty history is no error."""
    assert weekly_bias({}).cells == []
