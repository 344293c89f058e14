"""Worked cases of rules over a day: the day is their slot and the word of their messages."""

from pathlib import Path

from case_runs import replayed, rows_of


def test_a_rule_of_a_day_has_the_day_for_its_slot(shared_cases: Path, tmp_path: Path) -> None:
    """Three bad forecasts in a week are a repeated breach, whichever interval of the day was the last."""
    url = replayed(
        shared_cases / "day-rule-by-its-last-interval",
        tmp_path,
        "--until",
        "2026-01-10T01:00:00Z",
        acd="data.csv",
        plan="plan.csv",
    )
    rows = rows_of(url, "breaches")
    opened = [row for row in rows if row["state"] == "opened"]
    days = [row for row in opened if row["rule"] == "forecast_accuracy"]
    assert [row["interval_start"][:10] for row in days] == ["2026-01-05", "2026-01-07", "2026-01-09"]
    assert [row["message"].split(":", 1)[0] for row in days] == ["q 2026-01-05", "q 2026-01-07", "q 2026-01-09"]
    assert all(row["title"].endswith(f", {row['interval_start'][:10]}") for row in days)
    (again,) = (row for row in opened if row["scope"] == "forecast_accuracy@day")
    assert (again["rule"], again["observed"]) == ("repeat_breach", 3)
    assert again["message"].startswith(
        "q 2026-01-09: the day's volume off its forecast 3 times in 4 weeks; from 3 on it is handed over"
    )
