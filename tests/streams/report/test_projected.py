"""The accuracy of stored projections in a report, against figures worked out by hand."""

from pathlib import Path

import pytest
from projected_rows import HALF_HOUR, centre, day_of, is_over, ms, projection
from report_rows import MARCH, history, interval

from config.timestamps import rfc3339
from copc.forecast import base_rate_score, brier_score, share_inside
from streams.history.store import Store
from streams.report.figures import Report
from streams.report.report import report


def made(store: Store, start: str = MARCH[0]) -> Report:
    """The report of March."""
    with store, store.reading() as reader:
        return report(reader, start, MARCH[1])


def test_projections_stand_beside_the_forecast_left_alone(tmp_path: Path) -> None:
    """112 against 110 is 2 of 110, against the plan's 100 it is 12 of 100; what had begun at 11:00 is in neither."""
    (found,) = made(centre(tmp_path, range(2, 12))).queues[0].projections
    assert (found.made_at, found.days, found.wape.intervals) == ("11:00", 10, 20)
    assert (found.wape.numerator, found.wape.denominator) == (40, 2200)
    assert (found.bias.value, found.forecast_bias.value) == pytest.approx((2 / 110, 0.12))
    assert found.forecast_wape.value == pytest.approx(0.12)
    assert found.volume_in_range.value == 1.0


def test_levels_are_inside_their_range_or_not(tmp_path: Path) -> None:
    """89 % is inside 70 to 90 %, and 70 % (78 of 112 is 69.6 %) outside; the days' close likewise at 75 to 85 %."""
    (found,) = made(centre(tmp_path, range(2, 12))).queues[0].projections
    assert (found.level_in_range.numerator, found.level_in_range.denominator) == (10, 20)
    assert found.level_error.value == pytest.approx(((100 / 112 - 0.8) + (78 / 112 - 0.8)) / 2)
    assert (found.day_level_in_range.numerator, found.day_level_in_range.denominator) == (0, 10)


def test_chances_have_a_brier_score_and_tenths(tmp_path: Path) -> None:
    """0.9 that came and 0.3 that did not: (0.01 + 0.09) / 2 = 0.05, where the base rate of one half has 0.25."""
    whole = made(centre(tmp_path, range(2, 22)))
    (found,) = whole.queues[0].projections
    assert (found.on_target.numerator, found.on_target.denominator) == (10, 20)
    assert (found.brier.value, found.base_rate_brier.value) == pytest.approx((0.05, 0.25))
    assert found.chance.value == pytest.approx(0.6)
    tenths = [(round(each.low, 1), each.projections, each.on_target.value) for each in whole.calibration]
    assert tenths == [(0.3, 10, 0.0), (0.9, 10, 1.0)]


def test_figures_of_few_days_are_withheld_and_counted(tmp_path: Path) -> None:
    """Nine days have their sums, and no value."""
    whole = made(centre(tmp_path, range(2, 11)))
    (found,) = whole.queues[0].projections
    assert (found.days, found.wape.denominator, found.wape.value) == (9, 1980, None)
    assert (found.brier.denominator, found.brier.value) == (9, None)
    assert {each.on_target.value for each in whole.calibration} == {None}
    assert sum(each.projections for each in whole.calibration) == 9


def test_a_day_that_is_not_over_has_no_verdict(tmp_path: Path) -> None:
    """Its volumes are judged, its chance is not."""
    (found,) = made(centre(tmp_path, range(2, 14), over=False)).queues[0].projections
    assert (found.days, found.brier.denominator, found.day_level_in_range.denominator) == (12, 0, 0)


def test_a_day_that_the_period_cuts_has_no_verdict(tmp_path: Path) -> None:
    """A period from 11:00 of the first day on judges its intervals, and the days after it whole."""
    (found,) = made(centre(tmp_path, range(2, 14)), rfc3339(ms(2, 11))).queues[0].projections
    assert (found.days, found.brier.denominator) == (12, 11)


def test_a_shift_over_midnight_is_one_day(tmp_path: Path) -> None:
    """From 10:30 to 01:00 of the next date: 60 % before midnight and 100 % after it are 80 %, at target."""
    days = range(2, 14)
    starts = [(day, ms(day, 23) + n * HALF_HOUR, 60 if n < 2 else 100) for day in days for n in range(4)]
    store = history(tmp_path, [interval("sales", rfc3339(start), within, 100) for _, start, within in starts])
    for day in days:
        store.write_projections(projection(day, 0.9))
    store.write_program_days([is_over(day, ms(day, 23) + 3 * HALF_HOUR) for day in days])
    with store, store.reading() as reader:
        found = report(reader, *MARCH)
    assert found.queues[0].projections == []
    assert [(each.on_target.numerator, each.on_target.denominator) for each in found.calibration] == [(12, 12)]


def test_a_day_of_two_targets_has_no_verdict(tmp_path: Path) -> None:
    """Where intervals of one day count in two ways, its level is neither's."""
    rows = [row for day in range(2, 14) for row in day_of(day, 90)]
    rows[0]["definition"] = "S2"
    store = history(tmp_path, rows)
    for day in range(2, 14):
        store.write_projections(projection(day, 0.9))
    store.write_program_days([is_over(day) for day in range(2, 14)])
    (found,) = made(store).queues[0].projections
    assert (found.days, found.brier.denominator) == (12, 11)


def test_scores_are_those_of_their_formulas() -> None:
    """Ends of a range are inside; a coin that is called 0.5 has 0.25; without anything there is no figure."""
    assert share_inside([1, 2, 3], [1, 2.5, 0], [2, 4, 3]) == (2, 3, ())
    assert brier_score([0.5, 0.5], [True, False]) == (0.5, 2, ())
    assert base_rate_score([1, 0, 0, 0]).value == pytest.approx(3 / 16)
    assert base_rate_score([]).value is None
    with pytest.raises(ValueError, match="chances"):
        brier_score([1.5], [1])
