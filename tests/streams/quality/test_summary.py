"""A month of monitoring on one page: figures with n and interval, agents against chance, calibration, failures."""

import datetime as dt
import json
from typing import Any

import msgspec
import pytest
from engine import configuration, content
from quality_months import sheet, told

from agents.evaluations.book import evaluation_row
from copc.quality import beyond_chance, funnel_limits
from streams.quality.month import Month
from streams.quality.summary import month_of_rows, quality_summary
from streams.told.queue_day import QueueDay, encode_queue_day

DAY = dt.date(2026, 3, 20)
RULES = {name: rule.parameters for name, rule in configuration(content()).last.program("retail").rules.items()}


def summary(*days: QueueDay) -> dict[str, Any]:
    """The page of some days, which must be JSON."""
    month = Month("2026-03")
    for day in days:
        month.add(day)
    page: dict[str, Any] = msgspec.to_builtins(quality_summary(month, DAY, RULES))
    assert json.loads(json.dumps(page, allow_nan=False)) == page
    return page


def row(page: dict[str, Any], scope: str, name: str = "", family: str = "end_user") -> dict[str, Any]:
    """One row of accuracy."""
    (found,) = [
        each for each in page["accuracy"] if (each["scope"], each["name"], each["family"]) == (scope, name, family)
    ]
    return dict(found)


def test_accuracy_stands_with_n_and_interval_random_and_targeted_apart() -> None:
    """95 of 100 is 0.8872 to 0.9836 (docs/concepts/figures.md#critical-error-accuracy); what was chosen on purpose is
    beside it, not in it.
    """
    chosen = [sheet(f"t{k}", "2026-03-02T10:00", right=False, selection="targeted") for k in range(10)]
    evaluations = [sheet(f"r{k}", "2026-03-02T10:00", right=k >= 5) for k in range(100)]
    found = row(summary(told("2026-03-02", [*evaluations, *chosen])), "program")
    assert (found["random"]["right"], found["random"]["n"], found["random"]["value"]) == (95, 100, 0.95)
    assert found["random"]["low"] == pytest.approx(0.8872, abs=5e-5)
    assert found["random"]["high"] == pytest.approx(0.9836, abs=5e-5)
    assert (found["targeted"]["right"], found["targeted"]["n"]) == (0, 10)
    assert found["target"] == 0.95


def test_queues_teams_and_agents_have_their_own_rows() -> None:
    """Each scope sums its own transactions."""
    page = summary(
        told("2026-03-02", [sheet("a", "2026-03-02T10:00", agent="ann", team="north")]),
        told("2026-03-02", [sheet("b", "2026-03-02T10:00", agent="bob", team="south", right=False)], queue="orders"),
    )
    for scope, name, right in (("queue", "orders", 0), ("team", "north", 1), ("agent", "bob", 0)):
        found = row(page, scope, name)
        assert (found["random"]["right"], found["random"]["n"]) == (right, 1)


def test_agents_are_held_against_chance() -> None:
    """An agent with 20 of 40 where all others are right is outside the funnel; one with 1 of 2 is not."""
    evaluations = [sheet(f"o{k}", "2026-03-02T10:00", agent=f"other{k % 9}") for k in range(360)]
    evaluations += [sheet(f"b{k}", "2026-03-02T10:00", agent="bad", right=k < 20) for k in range(40)]
    evaluations += [sheet(f"f{k}", "2026-03-02T10:00", agent="few", right=k < 1) for k in range(2)]
    outside = {each["agent"]: each["outside"] for each in summary(told("2026-03-02", evaluations))["funnel"]}
    assert (outside["bad"], outside["few"], outside["other0"]) == ("low", "", "")


@pytest.mark.parametrize(
    ("n", "centre", "low", "high"),
    [
        # By hand: R ~ Bin(2, 0.5) is 0, 1, 2 with 1/4, 1/2, 1/4. At 50 % the tails are 1/4: r = 0 with a = 0 below,
        # r = 1 with a = 0 above.
        (2, 0.5, 0.0, 0.5),
        # Bin(1, 0.9): 0 with 0.1. Tail 1/4: r = 1, a = (1 - 0.25) / 0.9 = 0.8333; tail 3/4: a = 0.25 / 0.9 = 0.2778.
        (1, 0.9, 1 - 0.75 / 0.9, 1 - 0.25 / 0.9),
    ],
)
def test_funnel_limits_are_interpolated_quantiles(n: int, centre: float, low: float, high: float) -> None:
    """Spiegelhalter's interpolation, worked by hand at a confidence of one half."""
    assert funnel_limits(n, centre, 0.5) == pytest.approx((low, high))


def test_one_of_one_is_never_beyond_chance() -> None:
    """A single right transaction says nothing, though the interpolated limit lies below 1."""
    assert beyond_chance(1, 1, 0.9) == ""
    assert beyond_chance(0, 5, 0.9) == "low"  # 0.1 ** 5 is below 0.001
    assert beyond_chance(0, 2, 0.9) == ""


def test_two_evaluators_of_one_contact_are_calibration() -> None:
    """Agreement and Cohen's kappa: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no have kappa 0.4 (Cohen's example)."""
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    evaluations = []
    for number, (first, second) in enumerate(pairs):
        for evaluator, right in (("ann", first), ("zoe", second)):
            name = f"{evaluator}{number}"
            evaluations.append(sheet(name, "2026-03-02T10:00", right=right, contact=f"c{number}", evaluator=evaluator))
    (found,) = summary(told("2026-03-02", evaluations))["calibration"]
    assert (found["family"], found["pairs"], found["agreed"]) == ("end_user", 50, 35)
    assert found["kappa"] == pytest.approx(0.4)


def test_failures_are_in_order_with_their_share() -> None:
    """Checks that fail most come first, each with the share of all failures down to it."""
    evaluations = [sheet(f"a{k}", "2026-03-02T10:00", right=k >= 6) for k in range(10)]
    evaluations += [sheet(f"b{k}", "2026-03-02T10:00", right=k >= 2, family="business") for k in range(10)]
    assert [
        (each["family"], each["failed"], each["cumulative"])
        for each in summary(told("2026-03-02", evaluations))["failures"]
    ] == [
        ("end_user", 6, 0.75),
        ("business", 2, 1.0),
    ]


def test_coverage_and_spread_are_shown_where_contacts_are_known() -> None:
    """Agents behind by name; where no contact is known, nothing is claimed."""
    seen = [sheet("a", "2026-03-02T10:00")]
    page = summary(told("2026-03-02", seen, [("ann", 300), ("bob", 300)], [(10, 600)]))
    assert page["coverage"] == {
        "month": "2026-03",
        "as_of": "2026-03-20",
        "min_evaluations": 4,
        "behind": 2,
        "agents": [
            {"agent": "bob", "contacts": 300, "evaluations": 0, "due": 2},
            {"agent": "ann", "contacts": 300, "evaluations": 1, "due": 2},
        ],
    }
    groups = {each["dimension"]: each["groups"] for each in page["spread"]}
    assert groups["agents"] == [
        {"group": "ann", "contacts": 300, "evaluations": 1},
        {"group": "bob", "contacts": 300, "evaluations": 0},
    ]
    assert summary(told("2026-03-02", seen))["coverage"] is None


def test_a_month_from_the_history_has_the_same_accuracy() -> None:
    """Rows of the history make the same figures as what queues told; what is of another month is left out."""
    evaluations = [sheet(f"r{k}", "2026-03-02T10:00", right=k >= 5) for k in range(100)]
    other = sheet("x", "2026-02-27T10:00", right=False)
    rows = [evaluation_row(each, "retail", "sales") for each in [*evaluations, other]]
    day = told("2026-03-02", evaluations, [("ann", 300), ("bob", 300)], [(10, 600)])
    kept = json.loads(encode_queue_day(day))
    month, last = month_of_rows(rows, [kept], "2026-03", "UTC")
    assert last == day.day
    assert msgspec.to_builtins(quality_summary(month, DAY, RULES)) == summary(day)


def test_a_correction_that_moves_an_evaluation_counts_once() -> None:
    """An evaluation corrected to another queue, or to another month, is counted where its latest copy says."""
    first = sheet("a", "2026-03-02T10:00", right=False)
    moved = msgspec.structs.replace(first, evaluated_ms=first.evaluated_ms + 1, checks=sheet("a", 0).checks)
    days = [told("2026-03-02", [first]), told("2026-03-02", [moved], queue="orders")]
    for order in (days, days[::-1]):
        assert [each["name"] for each in summary(*order)["accuracy"] if each["scope"] == "queue"] == ["orders"]
    gone = msgspec.structs.replace(
        first, evaluated_ms=first.evaluated_ms + 1, handled_ms=first.handled_ms - 10 * 86_400_000
    )
    for days in ([told("2026-03-02", [first]), told("2026-03-03", [gone])], [told("2026-03-02", [gone, first])]):
        assert summary(*days)["accuracy"] == []
