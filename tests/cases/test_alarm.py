"""Days that somebody must be told of, from files alone: good and bad half hours in turn, and a small queue."""

from pathlib import Path

from case_runs import replayed, rows_of


def told(url: str, rule: str) -> list[tuple[str, str]]:
    """State and time of day of a rule's breach records."""
    return [(row["state"], row["interval_start"][11:16]) for row in rows_of(url, "breaches") if row["rule"] == rule]


def test_a_bad_day_with_short_recoveries_is_one_breach(shared_cases: Path, tmp_path: Path) -> None:
    """It opens by 10:00, and ends at the second of two half hours inside, 17:00; no other follows."""
    url = replayed(shared_cases / "flapping", tmp_path, f="data.csv")
    found = told(url, "service_level_below_range")
    assert [state for state, _ in found if state != "updated"] == ["opened", "resolved"]
    assert found[0][1] in {"09:00", "09:30", "10:00"}
    assert found[-1] == ("resolved", "17:00")


def test_a_day_that_alternates_is_told(shared_cases: Path, tmp_path: Path) -> None:
    """78 and 30 % in turn, 54 % over the day: told within five half hours, and again as a day."""
    url = replayed(shared_cases / "flapping", tmp_path, f="alternate.csv")
    assert told(url, "service_level_below_range")[0] == ("opened", "09:30")
    (day,) = (row for row in rows_of(url, "breaches") if row["rule"] == "service_level_day")
    assert (day["observed"], day["severity"]) == (0.54, "critical")


def test_a_small_queue_is_told_within_sixty_contacts(shared_cases: Path, tmp_path: Path) -> None:
    """19 a half hour, 15 of them lost and none in time: told by the third, 57 contacts."""
    url = replayed(shared_cases / "small-queue-is-never-told", tmp_path, acd="data.csv")
    opened = [row["interval_start"] for row in rows_of(url, "breaches") if row["state"] == "opened"]
    assert min(opened) <= "2026-01-05T10:00:00Z"
