"""Figures that a screen shows of one interval, and the order of queues."""

from pathlib import Path

import pytest
from wallboard_rows import configuration, final

from config.timestamps import from_rfc3339
from dashboards.wallboard.figures import RANKS, cell_code, figures, rank, short_contacts, sigma


def test_contacts_short_of_the_range_weigh_a_queue_by_its_size(tmp_path: Path) -> None:
    """60 of 100 where 75 are asked for is 15 contacts short; inside the range it is none."""
    settings = configuration(tmp_path).queue("sales")[-1]
    assert short_contacts(final("sales", 0, 0.60), settings) == 15.0
    assert short_contacts(final("sales", 0, 0.80), settings) == 0.0


def test_a_figure_that_is_not_known_makes_nothing_short(tmp_path: Path) -> None:
    """Missing is not zero: a row without a service level is not the worst of all."""
    settings = configuration(tmp_path).queue("sales")[-1]
    assert short_contacts(final("sales", 0, service_level=None, answered=None), settings) == 0.0


def test_a_negative_count_of_a_bad_feed_does_not_stop_the_screen(tmp_path: Path) -> None:
    """A count that cannot be is left out; the level that does not need it keeps its counts."""
    settings = configuration(tmp_path).queue("sales")[-1]
    shown = figures(final("sales", 0, 0.80, overflowed=-4), settings)
    assert (shown["numerator"], shown["denominator"]) == (80, 100)


def test_an_interval_says_when_it_will_be_final(tmp_path: Path) -> None:
    """08:00-08:30Z is final once the threshold of 20 s and the grace period of 5 minutes are over: at 08:35:20Z."""
    shown = figures(final("sales", 0), configuration(tmp_path).queue("sales")[-1])
    assert (shown["start"], shown["seconds"]) == ("2026-03-02T08:00:00Z", 1800)
    assert shown["final_ms"] == from_rfc3339("2026-03-02T08:35:20Z")


def test_a_corrected_interval_has_its_letter_in_upper_case() -> None:
    """The heat map tells a corrected verdict from a first one, and a missing interval from a figure."""
    assert cell_code(final("sales", 0, 0.5)) == "b"
    assert cell_code(final("sales", 0, 0.5, revision=2, status="corrected")) == "B"
    assert cell_code(final("sales", 0, status="missing", spec="unknown")) == "m"


def test_an_open_breach_comes_before_everything_else() -> None:
    """Critical, warning, then what is not known, then what is out of range; then by contacts short."""
    order = ["critical", "warning", "never_seen", "stale", "below", "above", "in_range", "closed"]
    assert order == sorted(order, key=RANKS.__getitem__)
    assert rank("below", 40.0, 3.0) < rank("below", 12.0, -9.0) < rank("in_range", 0.0, None)


def test_among_queues_that_lose_as_much_now_the_one_that_will_be_short_sooner_stands_above() -> None:
    """First by the minute of the risk, then by the agents who lack, then by net staffing of now."""
    at_13, at_15 = ({"start_ms": hour * 3_600_000, "lacks": 3} for hour in (13, 15))
    keys = [
        rank("warning", 0.0, 6.0, at_13),
        rank("warning", 0.0, 5.0, {**at_15, "lacks": 4}),
        rank("warning", 0.0, 4.0, at_15),
        rank("warning", 0.0, -2.0),
        rank("warning", 0.0, None),
    ]
    assert keys == sorted(keys)
    assert rank("warning", 1.0, 9.0) < keys[0]


@pytest.mark.parametrize(("level", "expected"), [(0.80, 2.3416), (0.90, 2.7816), (0.95, 3.1449), (0.98, 3.5537)])
def test_an_interval_has_the_sigma_of_its_own_contacts(tmp_path: Path, level: float, expected: float) -> None:
    """The levels of published tables, with the shift of 1.5; yield and defects per million go with them."""
    found = sigma(final("sales", 0, level), configuration(tmp_path).queue("sales")[-1])
    assert found is not None
    assert found["level"] == pytest.approx(expected, abs=5e-5)
    assert (found["bound"], found["dpmo"], found["shift"]) == ("", round(1e6 * (1 - level)), 1.5)


def test_a_sigma_without_a_defect_is_a_bound_and_of_few_contacts_withheld(tmp_path: Path) -> None:
    """100 of 100: above the level of a share of 1 - 0.05^(1/100) defects. 29 contacts are too few."""
    settings = configuration(tmp_path).queue("sales")[-1]
    found = sigma(final("sales", 0, 1.0), settings)
    assert found is not None
    assert found["bound"] == ">"
    assert found["level"] == pytest.approx(3.3880, abs=5e-5)
    few = {"answered": 29, "answered_within": 20, "service_level": 20 / 29}
    assert sigma(final("sales", 0, 0.8, **few), settings) == {
        "level": None, "bound": "", "dpmo": 310345, "shift": 1.5, "least": 30
    }  # fmt: skip
    assert sigma(final("sales", 0, service_level=None, answered=None), settings) is None
