"""Bands, item scores, trend, total and certification."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copc import scoring
from copc.items import ITEMS


def test_approach_bands_of_the_standard() -> None:
    """<25 % 0; to <50 % 25; to <75 % 50; to <100 % 75; all 100 (docs/concepts/standard.md#scoring)."""
    bands = [scoring.approach_band(met, 100) for met in (0, 24, 25, 49, 50, 74, 75, 99, 100)]
    assert bands == [0, 0, 25, 25, 50, 50, 75, 75, 100]
    assert scoring.approach_band(3, 4) == 75


def test_deployment_bands_of_the_standard() -> None:
    """As approach, except 75 to <90 % 75 and 90 % or more 100 (docs/concepts/standard.md#scoring)."""
    bands = [scoring.deployment_band(met, 100) for met in (0, 24, 25, 49, 50, 74, 75, 89, 90, 100)]
    assert bands == [0, 0, 25, 25, 50, 50, 75, 75, 100, 100]
    assert scoring.deployment_band(9, 10) == 100


def test_level_bands_of_the_standard_and_of_gold() -> None:
    """<25 % 0; to <50 % 50; else 100; Gold asks 65 % for 100 (docs/concepts/standard.md#scoring)."""
    assert [scoring.level_band(n, 100) for n in (0, 24, 25, 49, 50, 100)] == [0, 0, 50, 50, 100, 100]
    assert [scoring.level_band(n, 100, gold=True) for n in (24, 25, 64, 65, 100)] == [0, 50, 50, 100, 100]


def test_trend_bands_of_the_standard() -> None:
    """None 0, one 50, two or more 100 (docs/concepts/standard.md#scoring)."""
    assert [scoring.trend_band(n) for n in (0, 1, 2, 7)] == [0, 50, 100, 100]


def test_item_scores_of_the_standards_examples() -> None:
    """Approach 75 and deployment 50 give 50; 75, 50 and 100 give 75 (docs/concepts/standard.md#scoring)."""
    assert scoring.process_score(75, 50) == 50
    assert scoring.performance_score(75, 50, 100) == 75


def test_achieving_results_lifts_trend_of_4_1_to_4_6_only_and_not_in_gold() -> None:
    """Where item 4.7 is met, trend of 4.1 to 4.6 is 100, standard only."""
    lifted = {code for code in ITEMS if scoring.trend_with_achieving_results(code, 0, item_4_7_met=True) == 100}
    assert lifted == {"4.1", "4.2", "4.3", "4.4", "4.5", "4.6"}
    assert scoring.trend_with_achieving_results("4.3", 50, item_4_7_met=True, gold=True) == 50
    assert scoring.trend_with_achieving_results("4.3", 50, item_4_7_met=False) == 50


def test_three_quarters_at_target_need_no_improvement_approach() -> None:
    """An item with 75 % of its metrics at target need not show an approach to improvement."""
    assert not scoring.improvement_approach_needed(3, 4)
    assert scoring.improvement_approach_needed(2, 3)


def test_improving_needs_level_and_trend() -> None:
    """Three months above the three before, and a significant trend over six or more (product default)."""
    rising = [0.70, 0.72, 0.74, 0.76, 0.78, 0.80]
    assert scoring.improving(rising)
    assert not scoring.improving(rising, higher_is_better=False)
    assert scoring.improving([-x for x in rising], higher_is_better=False)
    assert not scoring.improving(rising[:5])
    assert not scoring.improving([*rising[:5], 0.71])  # the last month fell back into the base
    assert not scoring.improving([0.9, 0.5, 0.4, 0.61, 0.62, 0.63])  # above its base, but no trend
    assert not scoring.improving([0.8] * 12)


def test_steady_metric_seldom_seems_to_improve() -> None:
    """A metric that only wanders by chance is called improving in at most 2.5 of 100 years."""
    rng = np.random.default_rng(11)
    assert np.mean([scoring.improving(rng.normal(size=12)) for _ in range(1500)]) < 0.025


def test_scorecard_adds_up_against_1900() -> None:
    """Full scores give 2,000 and certification; 94 % of every item does not."""
    full = scoring.scorecard(dict.fromkeys(ITEMS, 100.0))
    assert (full.total, full.available, full.unscored, full.certified) == (2000, 2000, (), True)
    assert scoring.scorecard(dict.fromkeys(ITEMS, 95.0)).certified is True
    assert scoring.scorecard(dict.fromkeys(ITEMS, 94.0)).certified is False
    gold = scoring.scorecard(dict.fromkeys(ITEMS, 100.0), gold=True)
    assert (gold.total, gold.available, gold.certified) == (3000, 3000, None)


def test_unscored_items_are_named_and_leave_certification_open() -> None:
    """An item without a score is not 0: certification is open while it could decide."""
    scores = {code: 100.0 for code, item in ITEMS.items() if code != "4.2" and item.points}
    open_card = scoring.scorecard(scores)
    assert (open_card.total, open_card.unscored, open_card.certified) == (1800, ("4.2",), None)
    assert scoring.scorecard({**scores, "4.1": 0.0, "4.3": 50.0}).certified is False
    assert len(scoring.scorecard({}, gold=True).unscored) == 30


shares = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(shares, shares, st.integers(0, 9), st.booleans())
def test_all_scores_stay_within_their_bands(
    first: tuple[int, int], second: tuple[int, int], improving: int, gold: bool
) -> None:
    """Bands are bands, they rise with the share, and item scores lie between the least and greatest part."""
    approach, deployment = scoring.approach_band(*first), scoring.deployment_band(*second)
    level, trend = scoring.level_band(*second, gold=gold), scoring.trend_band(improving)
    assert {approach, deployment} <= {0, 25, 50, 75, 100}
    assert {level, trend} <= {0, 50, 100}
    assert scoring.process_score(approach, deployment) == min(approach, deployment)
    score = scoring.performance_score(approach, level, trend)
    assert min(approach, level, trend) <= score <= max(approach, level, trend)
    if second[0] < second[1]:
        more = (second[0] + 1, second[1])
        assert scoring.deployment_band(*more) >= deployment
        assert scoring.level_band(*more, gold=gold) >= level
    card = scoring.scorecard(dict.fromkeys(ITEMS, score), gold=gold)
    assert 0 <= card.total <= card.available + 1e-9


def test_arguments_that_make_no_sense_are_refused_by_name() -> None:
    """Each argument is refused by name."""
    for message, call in {
        "met must be at most requirements": lambda: scoring.approach_band(3, 2),
        "requirements must be": lambda: scoring.approach_band(0, 0),
        "deployed must be": lambda: scoring.deployment_band(-1, 2),
        "at_target must be": lambda: scoring.level_band(math.nan, 2),  # type: ignore[arg-type]
        "improving_metrics must be": lambda: scoring.trend_band(-1),
        "approach must be": lambda: scoring.process_score(101, 0),
        "trend must be": lambda: scoring.performance_score(0, 0, math.inf),
        "monthly must": lambda: scoring.improving([[1, 2], [3, 4]]),
        "code must be an item": lambda: scoring.trend_with_achieving_results("4.9", 0, item_4_7_met=True),
        "scores must name items": lambda: scoring.scorecard({"9.9": 1}),
        r"scores\[4.1\] must be": lambda: scoring.scorecard({"4.1": 101}),
    }.items():
        with pytest.raises(ValueError, match=f"^{message}"):
            call()
