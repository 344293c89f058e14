"""The scorecard of a small history, against points worked out by hand."""

from pathlib import Path
from typing import Any

import pytest
from history_rows import missing as gap_row
from hypothesis import given
from hypothesis import strategies as st
from report_rows import MARCH, breach, history, interval

from config.assessing.assessment import Assessment, ItemAssessment, Share, SiteMetric
from config.assessing.metrics import Limits, MetricSettings
from streams.report.report import report
from streams.scorecard.figures import CardItem, Counted, RequiredMetric, ScoreCard
from streams.scorecard.metrics import whole_months
from streams.scorecard.reading import read_score_card

DAY = "2026-03-02"
SERVICE = MetricSettings({"4.3": ("service_level",)}, ours=False)


def scored(
    folder: Path,
    rows: list[dict[str, Any]],
    metrics: MetricSettings = SERVICE,
    items: dict[str, ItemAssessment] | None = None,
    given_metrics: tuple[SiteMetric, ...] = (),
    *,
    gold: bool = False,
) -> ScoreCard:
    """The scorecard of March of the rows."""
    with history(folder, rows) as store, store.reading() as reader:
        found = report(reader, *MARCH, gold=gold)
        return read_score_card(reader, found, metrics, Assessment(items or {}, given_metrics), "Europe/Madrid")


def item(card: ScoreCard, code: str) -> CardItem:
    """An item of a scorecard."""
    (found,) = (each for each in card.items if each.item == code)
    return found


def day_of(queue: str, within: int, intervals: int = 10, **changes: Any) -> list[dict[str, Any]]:
    """Half hours of 100 contacts from 8:00 UTC on, `within` of them in time."""
    starts = [f"{DAY}T{8 + place // 2:02}:{30 * (place % 2):02}:00Z" for place in range(intervals)]
    return [interval(queue, start, within, 100, **changes) for start in starts]


def gap(queue: str, start: str) -> dict[str, Any]:
    """A half hour in which no data came."""
    return gap_row(queue, 0) | {"interval_start": start, "interval_start_local": start}


def kinds(metric: RequiredMetric) -> list[str]:
    """The letters of CUI that a metric fails."""
    return [each.kind for each in metric.deficiencies]


def test_of_four_required_three_at_target_two_of_them_failing_cui_one_counts(tmp_path: Path) -> None:
    """One of four at target is 25 %: level 50 (the example of the specification)."""
    rows = day_of("sales", 85)
    hole = [gap("orders", f"{DAY}T13:00:00Z")]
    satisfaction = SiteMetric("4.3", "csat", "retail", "ratio", Limits(0.8, None), {"2026-03": 0.7})
    collected = SiteMetric("4.3", "revenue", "retail", "EUR", Limits(10, None), {"2026-03": 12}, ("2026-03",))
    card = scored(tmp_path, [*rows, *day_of("orders", 85), *hole], given_metrics=(satisfaction, collected))
    by_name = {(metric.name, metric.queue): metric for metric in card.metrics}
    assert {name: metric.at_target for name, metric in by_name.items()} == {
        ("service_level", "sales"): True,
        ("service_level", "orders"): True,
        ("csat", ""): False,
        ("revenue", ""): True,
    }
    assert kinds(by_name["service_level", "sales"]) == []
    assert kinds(by_name["service_level", "orders"]) == ["C"]
    assert kinds(by_name["revenue", ""]) == ["I"]
    found = item(card, "4.3")
    assert (found.required, found.at_target, found.level) == (4, 1, 50)


def test_a_gap_of_two_in_a_hundred_passes_and_three_fail(tmp_path: Path) -> None:
    """Figures in 98 % of the intervals due are collected; intervals without demand are not due."""
    for gaps, failing in ((2, []), (3, ["C"])):
        rows = [
            interval("sales", f"2026-03-{2 + n // 20:02}T{6 + n % 20 // 2:02}:{30 * (n % 2):02}:00Z", 85, 100)
            for n in range(100 - gaps)
        ]
        rows += [gap("sales", f"2026-03-20T{8 + n:02}:00:00Z") for n in range(gaps)]
        quiet = {
            "offered": 0,
            "answered": 0,
            "answered_within": 0,
            "service_level": None,
            "handled": 0,
            "spec": "no_demand",
        }
        rows += [interval("sales", f"2026-03-21T{8 + n:02}:00:00Z", 1, 1) | quiet for n in range(5)]
        folder = tmp_path / str(gaps)
        folder.mkdir()
        (metric,) = scored(folder, rows).metrics
        assert kinds(metric) == failing
        if failing:
            assert metric.deficiencies[0].counts == Counted(97, 100)


def test_a_metric_without_a_target_or_with_failed_checks_or_another_definition_cannot_count(tmp_path: Path) -> None:
    """U without a target, I above 2 % of failed checks, U where the definition changed within a version."""
    no_target = MetricSettings({"4.5": ("occupancy",), "4.3": ("service_level",)}, ours=False)
    failed = day_of("sales", 85)
    failed[0] |= {"integrity": "unbalanced"}
    changed = day_of("orders", 85)
    changed[0] |= {"threshold_seconds": 30}
    card = scored(tmp_path, [*failed, *changed], no_target)
    assert [(metric.name, metric.queue, kinds(metric)) for metric in card.metrics] == [
        ("service_level", "orders", ["U"]),
        ("service_level", "sales", ["I"]),
    ]
    assert item(card, "4.3").at_target == 0


def test_what_is_required_and_has_no_data_stays_required(tmp_path: Path) -> None:
    """Accuracy of a program without evaluations, and a metric of the site without figures, are deficiencies C."""
    metrics = MetricSettings({"4.4": ("critical_error_accuracy",), "4.2": ("satisfaction",)}, ours=False)
    card = scored(tmp_path, day_of("sales", 85), metrics)
    assert [(metric.name, metric.value, kinds(metric)) for metric in card.metrics] == [
        ("critical_error_accuracy", None, ["C"]),
        ("satisfaction", None, ["C"]),
    ]
    assert (item(card, "4.2").level, item(card, "4.2").required) == (0, 1)


def test_limits_of_aht_make_it_required(tmp_path: Path) -> None:
    """Handling takes 200 s: within 230 s, and above 190 s."""
    for most, reached in ((230.0, True), (190.0, False)):
        folder = tmp_path / str(most)
        folder.mkdir()
        metrics = MetricSettings({"4.5": ("average_handle_time",)}, {"sales": Limits(None, most)}, ours=False)
        (metric,) = scored(folder, day_of("sales", 85), metrics).metrics
        assert (metric.value, metric.at_target) == (200, reached)


def test_an_assessed_item_has_the_lesser_band_and_its_points(tmp_path: Path) -> None:
    """Item 1.1 with 3 of 4 requirements and 1 of 2 programs: 75 and 50 give 50 % of 60 points."""
    card = scored(tmp_path, day_of("sales", 85), items={"1.1": ItemAssessment(Share(3, 4), None, Share(1, 2))})
    found = item(card, "1.1")
    assert (found.approach, found.deployment, found.score, found.earned) == (75, 50, 50, 30)
    assert item(card, "1.2").lacking == ["approach", "deployment"]
    assert "1.2" in card.unscored
    assert card.would_meet is False


def test_achieving_results_lifts_the_trend_and_gold_does_not(tmp_path: Path) -> None:
    """Approach 75, level 100, and trend 100 as 4.7 complies: 91 2/3 % of 150 points; Gold has no trend of one month."""
    items = {"4.3": ItemAssessment(Share(3, 4)), "4.7": ItemAssessment(complies=True)}
    found = item(scored(tmp_path, day_of("sales", 85), items=items), "4.3")
    assert (found.level, found.trend, found.lifted) == (100, 100, True)
    assert found.earned == pytest.approx(137.5)
    folder = tmp_path / "gold"
    folder.mkdir()
    card = scored(folder, day_of("sales", 85), items=items, gold=True)
    assert (item(card, "4.3").trend, item(card, "4.3").lifted, card.would_meet, card.conditions) == (
        None,
        False,
        None,
        {},
    )
    assert (card.available, len(card.items)) == (3000, 30)


def test_three_quarters_at_target_waive_the_approach_to_improvement(tmp_path: Path) -> None:
    """With all metrics at target, 3 of 4 requirements without that of improvement count as 4."""
    for improvement, band in ((False, 100), (True, 75), (None, 75)):
        folder = tmp_path / str(improvement)
        folder.mkdir()
        items = {"4.3": ItemAssessment(Share(3, 4), improvement)}
        card = scored(folder, day_of("sales", 85), items=items)
        assert item(card, "4.3").approach == band
        assert card.requirements == [] if band == 100 else [code for code, _ in card.requirements] == ["4.3"]


def test_deployment_is_proposed_from_the_data_and_scores_nothing(tmp_path: Path) -> None:
    """A program with plan and verdicts in all its intervals, without an incident that nobody saw."""
    card = scored(tmp_path, day_of("sales", 85), gold=True)
    assert item(card, "2.5").proposal == Counted(1, 1)
    assert item(card, "2.6").proposal == Counted(1, 1)
    assert item(card, "2.G.A").proposal == Counted(1, 1)
    assert item(card, "2.5").score is None
    folder = tmp_path / "unplanned"
    folder.mkdir()
    late = day_of("sales", 85)
    late[0] |= {"plan": "plan_late"}
    assert item(scored(folder, late), "2.5").proposal == Counted(0, 1)


def test_an_incident_that_nobody_acknowledged_takes_the_proposal_of_2_g_a(tmp_path: Path) -> None:
    """None of one was acknowledged within the hour."""
    store = history(tmp_path, day_of("sales", 85))
    store.write_breaches([breach("b1", 1, "open", f"{DAY}T08:00:00Z")])
    with store, store.reading() as reader:
        found = report(reader, *MARCH, gold=True)
        card = read_score_card(reader, found, SERVICE, Assessment(), "Europe/Madrid")
    assert item(card, "2.G.A").proposal == Counted(0, 1)


def test_whole_months_are_those_of_the_sites_clock() -> None:
    """March of Madrid, where the clock changes, and no month that the period cuts."""
    march = (1772319600000, 1774994400000)
    assert whole_months(*march, "Europe/Madrid") == ["2026-03"]
    assert whole_months(march[0] + 1, march[1], "Europe/Madrid") == []
    assert whole_months(march[0], march[1] - 1, "Europe/Madrid") == []
    assert whole_months(*march, "Asia/Shanghai") == []


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=1, max_size=6))
def test_a_band_never_falls_as_more_is_met(shares: list[tuple[int, int]]) -> None:
    """More requirements met, of as many, never give less."""
    from copc.scoring import approach_band, deployment_band  # noqa: PLC0415  next to what it is asked of

    for part, whole in shares:
        low, high = min(part, whole), min(part + 1, whole)
        assert approach_band(low, whole) <= approach_band(high, whole) <= 100
        assert deployment_band(low, whole) >= approach_band(low, whole)
