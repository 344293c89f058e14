"""The three conditions of certification, by the standard's slides, page 8."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from copc.certification import certification
from copc.items import ITEMS
from copc.scoring import scorecard

BASE = [code for code, item in ITEMS.items() if item.points is not None]
PROCESS = [code for code in BASE if ITEMS[code].category < 4]
PERFORMANCE = [code for code in BASE if ITEMS[code].category == 4]
BANDS = st.sampled_from([0, 25, 50, 75, 100])
SCORES = st.dictionaries(st.sampled_from(BASE), BANDS)


def full(codes: list[str]) -> dict[str, float]:
    """Full marks of some items."""
    return dict.fromkeys(codes, 100.0)


def test_full_marks_meet_all_three() -> None:
    """Two thousand points, full approach, full category 4."""
    found = certification(full(BASE), full(BASE))
    assert (found.total.met, found.approach.met, found.performance.met, found.met) == (True, True, True, True)


def test_deployment_alone_may_cost_points_and_at_most_a_hundred() -> None:
    """Item 2.7 (40 points) at deployment 0 is met; items 2.2 and 2.7 (140 points) lose the first condition alone."""
    light = certification(full(BASE) | {"2.7": 0.0}, full(BASE))
    assert light.met is True
    heavy = certification(full(BASE) | {"2.7": 0.0, "2.2": 0.0}, full(BASE))
    assert (heavy.total.met, heavy.approach.met, heavy.performance.met, heavy.met) == (False, True, True, False)
    assert heavy.total.short == ("2.2", "2.7")


def test_approach_short_in_one_item_is_named() -> None:
    """Nineteen hundred points with item 1.1 at approach 75 would not meet the second condition."""
    found = certification(full(BASE) | {"1.1": 75.0}, full(BASE) | {"1.1": 75.0})
    assert found.total.met is True
    assert (found.approach.met, found.approach.short, found.met) == (False, ("1.1",), False)


def test_the_other_reading_of_the_third_stands_beside_it() -> None:
    """Category 4 with full approach and a level short: by the letter not met, by approach alone met."""
    found = certification(full(BASE) | {"4.1": 250 / 3}, full(BASE))
    assert (found.performance.met, found.performance.short) == (False, ("4.1",))
    assert found.performance_approach.met is True


def test_without_an_input_it_cannot_be_said() -> None:
    """Items 3.1 and 3.2 without an input leave the first two open, and the third as it is."""
    rest = [code for code in BASE if code not in {"3.1", "3.2"}]
    found = certification(full(rest), full(rest))
    assert (found.total.met, found.approach.met, found.performance.met, found.met) == (None, None, True, None)
    assert found.approach.unknown == ("3.1", "3.2")


def test_items_of_gold_are_not_asked() -> None:
    """The standard has 21 items: 14 of categories 1 to 3, 7 of category 4."""
    assert (len(PROCESS), len(PERFORMANCE)) == (14, 7)
    assert certification(full(BASE), full(BASE)).total.unknown == ()


def test_thirds_of_points_add_up_whole() -> None:
    """Three items at 83 1/3 % of 200, 150 and 100 points lose 75 points, to the last digit."""
    assert scorecard(full(BASE) | dict.fromkeys(("4.2", "4.3", "4.1"), 250 / 3)).total == 1925.0


@given(SCORES, SCORES)
def test_more_input_never_unmakes_what_is_decided(scores: dict[str, Any], more: dict[str, Any]) -> None:
    """A condition that is met or not met stays so, however the items without an input are scored."""
    before = certification(scores, scores)
    after = certification(more | scores, more | scores)
    for was, now in zip(before, after, strict=True):
        assert was.met is None or now.met is was.met
    assert before.met is None or after.met is before.met


@given(SCORES)
def test_a_total_is_the_sum_of_its_items(scores: dict[str, Any]) -> None:
    """Points by item, of 2,000; unscored items are a lower bound."""
    card = scorecard(scores)
    assert card.total == sum(score * (ITEMS[code].points or 0) for code, score in scores.items()) / 100
    assert card.available == 2000
    assert set(card.unscored) == set(BASE) - set(scores)
