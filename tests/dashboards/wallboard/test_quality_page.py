"""The month's critical error accuracy for the screens: published intervals, random selections, whole months."""

from pathlib import Path
from typing import Any

import pytest
from wallboard_rows import AT_NOON, configuration, evaluation

from dashboards.wallboard.quality_page import quality_of_month
from streams.history.store import Store


def of(folder: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The month at noon of 2 March."""
    with Store(f"sqlite:///{folder}/history.db") as store:
        store.write_evaluations(rows)
        return quality_of_month(store, configuration(folder), AT_NOON)


def test_an_accuracy_comes_with_n_and_its_exact_interval(tmp_path: Path) -> None:
    """95 of 100 is 88.72 to 98.36 % (docs/concepts/figures.md#critical-error-accuracy), against the target of 95 %."""
    told = of(tmp_path, [evaluation(number, passed=number >= 5) for number in range(100)])
    (program,) = told["programs"]
    (family,) = program["families"]
    assert (told["month"], program["min_n"]) == ("2026-03", 30)
    assert (family["family"], family["right"], family["n"], family["target"]) == ("end_user", 95, 100, 0.95)
    assert (family["low"], family["high"]) == (pytest.approx(0.8872, abs=5e-5), pytest.approx(0.9836, abs=5e-5))


def test_targeted_selections_stand_apart(tmp_path: Path) -> None:
    """Transactions that were picked because they looked bad make no accuracy."""
    rows = [evaluation(1), evaluation(2, passed=False, selection="targeted"), evaluation(3, passed=None)]
    (family,) = of(tmp_path, rows)["programs"][0]["families"]
    assert (family["right"], family["n"], family["targeted_right"], family["targeted_n"]) == (1, 1, 0, 1)


def test_the_month_is_the_sites_own(tmp_path: Path) -> None:
    """23:30Z on 28 February is March already in Madrid; 22:30Z is not."""
    rows = [
        evaluation(1, handled_at="2026-02-28T23:30:00Z"),
        evaluation(2, handled_at="2026-02-28T22:30:00Z"),
    ]
    (family,) = of(tmp_path, rows)["programs"][0]["families"]
    assert family["n"] == 1


def test_each_queue_of_a_program_has_its_own(tmp_path: Path) -> None:
    """The program is the sum of its queues' counts, never a mean of their ratios."""
    rows = [evaluation(1), evaluation(2), evaluation(3, passed=False, queue="orders")]
    (program,) = of(tmp_path, rows)["programs"]
    assert [(one["queue"], one["families"][0]["right"], one["families"][0]["n"]) for one in program["queues"]] == [
        ("orders", 0, 1),
        ("sales", 2, 2),
    ]
    assert (program["families"][0]["right"], program["families"][0]["n"]) == (2, 3)


def test_where_nothing_was_monitored_there_is_nothing_to_show(tmp_path: Path) -> None:
    """No program, so that the screen has no empty tab."""
    assert of(tmp_path, [])["programs"] == []


def test_limits_are_those_in_force_and_not_those_of_2099(tmp_path: Path) -> None:
    """A version that begins later does not change how few transactions give no verdict, nor the target."""
    today = configuration(tmp_path)
    (tmp_path / "later").mkdir()
    rules = "rules: {critical_error_accuracy: {min_n: 7, end_user: 0.5}}\nsite: {timezone: Europe/Madrid}\n"
    later = configuration(
        tmp_path / "later", f'parameters: {{version: "2099-01", from: 2099-01-01T00:00:00Z}}\n{rules}'
    )
    both = type(today)((*today.versions, *later.versions))
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        store.write_evaluations([evaluation(1), evaluation(2)])
        assert quality_of_month(store, both, AT_NOON) == quality_of_month(store, today, AT_NOON)


def test_who_is_not_monitored_comes_with_the_month(tmp_path: Path) -> None:
    """Bob handled contacts and was never listened to; the check that fails most comes first."""
    with Store(f"sqlite:///{tmp_path}/history.db") as store:
        store.write_evaluations([evaluation(number, passed=number > 0) for number in range(40)])
        by = [["2026-03", agent, None, None, 300, 90_000_000] for agent in ("a1", "bob")]
        day: dict[str, Any] = {"program": "retail", "queue": "sales", "part": 0, "interval_start_ms": AT_NOON}
        told = [("2026-03-02", by, [["2026-03", 9, 600]]), ("2026-03-16", [], [])]
        store.write_program_days([{**day, "day": date, "handled_by": a, "handled_at": b} for date, a, b in told])
        (program,) = quality_of_month(store, configuration(tmp_path), AT_NOON)["programs"]
    found = program["monitoring"]
    assert program["vocabulary"] == "critical"
    assert (found["coverage"]["behind"], found["coverage"]["as_of"]) == (1, "2026-03-16")
    assert found["coverage"]["agents"][0] == {"agent": "bob", "contacts": 300, "evaluations": 0, "due": 1}
    assert [(check["check"], check["failed"], check["applicable"]) for check in found["failures"]] == [
        ("answer", 1, 40)
    ]
    assert {figure["dimension"]: figure["finding"] for figure in found["spread"]} == {"hours": False, "agents": True}
