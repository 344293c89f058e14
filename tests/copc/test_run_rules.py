"""Run rules fire on the point that completes their pattern, and seldom by chance."""

import numpy as np
import pytest

from copc import run_rules
from copc.charts import Chart


def chart(z: list[float] | np.ndarray) -> Chart:
    """A chart with centre 0 and sigma 1."""
    points = np.asarray(z, dtype=float)
    one = np.ones_like(points)
    return Chart(points, 0 * one, -3 * one, 3 * one, one, np.abs(points) > 3)


def fired(flags: np.ndarray) -> list[int]:
    """Indexes of the flagged points."""
    return np.flatnonzero(flags).tolist()


def test_western_electric_rules_on_hand_made_runs() -> None:
    """Each of the four rules on the shortest run that completes it, and not one point earlier."""
    assert fired(run_rules.western_electric(chart([0, 3.1, 0, -3.1]))[1]) == [1, 3]
    assert fired(run_rules.western_electric(chart([2.1, 0, 2.1, 0, 0]))[2]) == [2]
    assert fired(run_rules.western_electric(chart([2.1, 0, -2.1, 0]))[2]) == []
    assert fired(run_rules.western_electric(chart([-1.1, -1.1, 0, -1.1, -1.1, 0]))[3]) == [4]
    assert fired(run_rules.western_electric(chart([0.1] * 9))[4]) == [7, 8]
    assert fired(run_rules.western_electric(chart([0.1] * 7 + [-0.1]))[4]) == []


def test_nelson_rules_on_hand_made_runs() -> None:
    """Each of the eight rules on the shortest run that completes it."""
    assert fired(run_rules.nelson(chart([0, 3.1]))[1]) == [1]
    assert fired(run_rules.nelson(chart([-0.1] * 9))[2]) == [8]
    assert fired(run_rules.nelson(chart([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.4]))[3]) == [5]
    assert fired(run_rules.nelson(chart([0.5, 0.4, 0.3, 0.2, 0.1, 0]))[3]) == [5]
    assert fired(run_rules.nelson(chart([0.1, -0.1] * 7))[4]) == [13]
    assert fired(run_rules.nelson(chart([0.1, -0.1] * 6 + [0.1]))[4]) == []
    assert fired(run_rules.nelson(chart([0, 2.1, 2.1]))[5]) == [2]
    assert fired(run_rules.nelson(chart([1.1, 1.1, 1.1, 0, 1.1]))[6]) == [4]
    assert fired(run_rules.nelson(chart([0.5, -0.5, 0.2] * 5))[7]) == [14]
    assert fired(run_rules.nelson(chart([1.5, -1.5] * 4))[8]) == [7]


def test_missing_points_break_every_run() -> None:
    """A point without a figure stands in no pattern."""
    run = [0.1] * 4 + [np.nan] + [0.1] * 4
    assert not any(flags.any() for flags in run_rules.western_electric(chart(run)).values())
    assert not any(flags.any() for flags in run_rules.nelson(chart(run)).values())


def test_short_and_flat_series_fire_nothing() -> None:
    """Fewer points than a pattern needs, and points without spread, give no flag and no error."""
    assert not any(flags.any() for flags in run_rules.nelson(chart([0.1, 0.2])).values())
    flat = chart([0.0] * 20)._replace(sigma=np.zeros(20))
    assert not any(flags.any() for flags in run_rules.western_electric(flat).values())


def test_false_alarms_of_normal_points_are_those_of_the_literature() -> None:
    """All four Western Electric rules together fire about once in 92 normal points (Champ and Woodall 1987)."""
    rng = np.random.default_rng(9)
    firsts = []
    for _ in range(600):
        flags = np.any(list(run_rules.western_electric(chart(rng.normal(size=1500))).values()), axis=0)
        firsts.append(int(np.argmax(flags)) + 1 if flags.any() else 1500)
    assert np.mean(firsts) == pytest.approx(91.75, rel=0.15)


def test_rules_are_described() -> None:
    """Every rule that can fire has its words."""
    assert run_rules.WESTERN_ELECTRIC.keys() == run_rules.western_electric(chart([0.0])).keys()
    assert run_rules.NELSON.keys() == run_rules.nelson(chart([0.0])).keys()
