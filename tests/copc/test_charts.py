"""Control charts against published charts, and against what a healthy centre does."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from copc import charts, simulation, staffing
from copc.charts import Chart


def expected(shared_data: Path, name: str) -> dict[str, np.ndarray]:
    """Columns of a published chart in ../data/spc (NA is NaN)."""
    with (shared_data / "spc" / f"{name}.expected.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cells = {"TRUE": 1.0, "FALSE": 0.0, "NA": np.nan}
    return {
        column: np.array([cells[row[column]] if row[column] in cells else float(row[column]) for row in rows])
        for column in ("y", "cl", "ucl", "lcl", "sigma.signal")
    }


def subgroups(shared_data: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means, SDs and sizes of the samples of an input table in ../data/spc."""
    groups: dict[str, list[float]] = defaultdict(list)
    with (shared_data / "spc" / name).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups[row["sample"]].append(float(row["obs"]))
    samples = [np.array(group) for group in groups.values()]
    return (
        np.array([sample.mean() for sample in samples]),
        np.array([sample.std(ddof=1) for sample in samples]),
        np.array([sample.size for sample in samples]),
    )


def assert_same(chart: Chart, published: dict[str, np.ndarray], rtol: float = 2e-5) -> None:
    """Points, centre and signals are the published ones, and limits to a share of their distance."""
    np.testing.assert_allclose(chart.points, published["y"], rtol=1e-10)
    np.testing.assert_allclose(chart.centre, published["cl"], rtol=1e-10)
    reach = rtol * (published["ucl"] - published["cl"])
    assert (np.abs(chart.upper - published["ucl"]) <= reach).all()
    assert (np.abs(chart.lower - published["lcl"]) <= reach).all()
    assert chart.outside.tolist() == (published["sigma.signal"] == 1).tolist()


@pytest.mark.parametrize(("table", "figure"), [("input_tbl_06.03.csv", "ex_6.3"), ("input_tbl_06.04.csv", "ex_6.4")])
def test_xbar_and_s_charts_of_montgomery(shared_data: Path, table: str, figure: str) -> None:
    """Examples 6.3 (equal samples) and 6.4 (unequal ones): ../data/spc/ex_6.3_* and ex_6.4_*."""
    means, sds, sizes = subgroups(shared_data, table)
    assert_same(charts.xbar_chart(means, sds, sizes), expected(shared_data, f"{figure}_1"))
    assert_same(charts.s_chart(means, sds, sizes), expected(shared_data, f"{figure}_2"))


def test_xmr_chart_of_montgomery(shared_data: Path) -> None:
    """Example 6.5, limits from the first 20 weeks: ../data/spc/ex_6.5_3 and ex_6.5_4, weeks 39 and 40 signal."""
    with (shared_data / "spc" / "input_tbl_06.07.csv").open(encoding="utf-8") as file:
        cost = np.array([float(row["cost"]) for row in csv.DictReader(file)])
    individuals = charts.x_chart(cost, baseline=20)
    assert_same(individuals, expected(shared_data, "ex_6.5_3"))
    assert (np.flatnonzero(individuals.outside) + 1).tolist() == [39, 40]
    assert_same(charts.moving_range_chart(cost, baseline=20), expected(shared_data, "ex_6.5_4"))


def test_factors_of_the_books() -> None:
    """2.66 and 3.267 x the mean moving range; A3 1.427, B3 0 and B4 2.089 for samples of five (Montgomery VI)."""
    chart = charts.x_chart([0, 1, 0, 1])
    assert round(float(chart.upper[0] - chart.centre[0]), 2) == 2.66
    assert charts.moving_range_chart([0, 1, 0, 1]).upper[0] == pytest.approx(3.267)
    ones = np.ones(2)
    assert round(float(charts.xbar_chart(0 * ones, ones, 5).upper[0]), 3) == 1.427
    s = charts.s_chart(0 * ones, ones, 5)
    assert (round(float(s.lower[0]), 3), round(float(s.upper[0]), 3)) == (0, 2.089)


def test_p_c_and_u_limits_are_their_formulas() -> None:
    """Binomial and Poisson three-sigma limits, cut at what a proportion or a count can be."""
    p = charts.p_chart([20, 10, 60], [100, 100, 100])
    assert p.centre[0] == 0.3
    assert p.upper[0] == pytest.approx(0.3 + 3 * np.sqrt(0.3 * 0.7 / 100))
    assert p.outside.tolist() == [False, True, True]
    c = charts.c_chart([4, 4, 4, 13])
    assert (c.centre[0], c.lower[0]) == (6.25, 0)
    assert c.upper[0] == pytest.approx(6.25 + 7.5)
    u = charts.u_chart([10, 20], [5, 10])
    assert u.upper.tolist() == pytest.approx([2 + 3 * np.sqrt(2 / 5), 2 + 3 * np.sqrt(2 / 10)])


def test_laney_is_the_p_chart_where_nothing_is_overdispersed() -> None:
    """On binomial data sigma_z is about 1; on data that wander it widens the limits."""
    rng = np.random.default_rng(7)
    k = rng.binomial(200, 0.8, 3000)
    plain, laney = charts.p_chart(k, 200), charts.laney_p_chart(k, 200)
    assert float(laney.sigma[0] / plain.sigma[0]) == pytest.approx(1, abs=0.05)
    wandering = rng.binomial(200, rng.beta(16, 4, 3000))
    assert float(charts.laney_p_chart(wandering, 200).sigma[0]) > 2.5 * float(charts.p_chart(wandering, 200).sigma[0])


def test_plain_p_chart_is_wrong_for_a_healthy_centre_and_laney_and_xmr_are_right() -> None:
    """Up to 72 % of healthy intervals leave a p-chart, 1 to 2 % leave p' and XmR (docs/concepts/figures.md#signals)."""
    rng = np.random.default_rng(70)
    for volume, least in ((25, 0.045), (100, 0.3), (400, 0.5)):
        load = volume * 180 / 1800
        agents = int(staffing.required_agents(load, 180, 20, 0.8, 180))
        contacts = simulation.simulate(
            rng, load=load, aht_seconds=180, agents=agents, duration_seconds=1500 * 1800, patience_seconds=180
        )
        over, under = simulation.interval_levels(contacts, interval_seconds=1800, threshold_seconds=20)
        over, under = over[under > 0], under[under > 0]
        assert least < charts.p_chart(over, under).outside.mean() < 0.8
        assert charts.laney_p_chart(over, under).outside.mean() < 0.03
        assert charts.x_chart(over / under).outside.mean() < 0.03


def test_robust_limits_are_not_moved_by_past_incidents() -> None:
    """Six bad points of sixty widen the plain limits, and hardly the robust ones."""
    rng = np.random.default_rng(8)
    clean = rng.normal(100, 5, 60)
    dirty = clean.copy()
    dirty[5:60:10] = 20
    reach = {
        name: float((chart.upper - chart.lower)[0])
        for name, chart in {
            "clean": charts.x_chart(clean),
            "plain": charts.x_chart(dirty),
            "robust": charts.x_chart(dirty, robust=True),
        }.items()
    }
    assert reach["plain"] > 2 * reach["clean"]
    assert reach["robust"] == pytest.approx(reach["clean"], rel=0.15)
    n = np.full(60, 100)
    good = rng.binomial(100, 0.8, 60)
    bad = good.copy()
    bad[5:60:10] = 10
    clean_p, robust_p = charts.laney_p_chart(good, n), charts.laney_p_chart(bad, n, robust=True)
    assert float(robust_p.lower[0]) == pytest.approx(float(clean_p.lower[0]), abs=0.04)
    assert robust_p.outside[5:60:10].all()


def test_lumpy_points_are_not_screened_away() -> None:
    """Where the median moving range is 0, robust limits fall back to the plain ones."""
    lumpy = [1.0] * 14 + [0.5, 1.0] * 6
    assert float(charts.x_chart(lumpy, robust=True).sigma[0]) == float(charts.x_chart(lumpy).sigma[0])


def test_perfect_baseline_has_limits_at_its_centre() -> None:
    """A baseline of ones makes any loss a signal, without dividing by zero."""
    chart = charts.laney_p_chart([10] * 20 + [9], 10, baseline=20)
    assert chart.outside.tolist() == [False] * 20 + [True]


def test_arguments_that_make_no_sense_are_refused_by_name() -> None:
    """Each argument is refused by name."""
    for name, call in {
        "values": lambda: charts.x_chart([1]),
        "baseline": lambda: charts.x_chart([1, 2, 3], baseline=4),
        "successes": lambda: charts.p_chart([3, 1], [2, 2]),
        "sizes": lambda: charts.laney_p_chart([0, 0], [1, 0]),
        "counts": lambda: charts.c_chart([1, -1]),
        "exposures": lambda: charts.u_chart([1, 1], 0),
        "sds": lambda: charts.s_chart([1, 1], [1, -1], 5),
        "means": lambda: charts.xbar_chart([1, np.nan], [1, 1], 5),
    }.items():
        with pytest.raises(ValueError, match=f"^{name} must"):
            call()
    with pytest.raises(ValueError, match="shapes do not fit together"):
        charts.p_chart([1, 1, 1], [2, 2])
