"""What a queue shows in between: breaches as they stand, and what was just over."""

from agents.intervals.counters import RecordCounters
from agents.rules.status import QueueStatus


def test_causes_stay_with_the_breach() -> None:
    """Each cause of a breach has its effect under a label, and a notice and a breach of one name are one sample."""
    shown = QueueStatus(RecordCounters())
    record: dict[str, object] = {
        "rule": "service_level_below_range",
        "scope": "",
        "severity": "warning",
        "state": "opened",
        "live": False,
        "observed": 0.5,
        "limit": 0.75,
        "causes": [{"cause": "volume", "effect": -0.2}, {"cause": "aht", "effect": -0.1}],
    }
    shown.breach(record)
    (breach,) = shown.breaches(0.0, 900.0)
    assert breach.effects == (("volume", -0.2), ("aht", -0.1))
    shown.breach({**record, "live": True, "state": "resolved", "causes": None})
    (breach,) = shown.breaches(0.0, 900.0)
    assert breach.active


def test_a_breach_resolved_by_a_process_that_never_showed_it_is_shown_as_zero() -> None:
    """So that whoever saw it open through another worker hears that it is over."""
    shown = QueueStatus(RecordCounters())
    shown.breach(
        {
            "rule": "feed_missing",
            "scope": "",
            "severity": "warning",
            "state": "resolved",
            "live": False,
            "observed": 0,
            "limit": 1,
            "causes": None,
        }
    )
    (breach,) = shown.breaches(0.0, 900.0)
    assert not breach.active
    assert breach.item == "2.6"


def test_a_breach_that_is_over_is_shown_for_a_while_from_when_it_was_first_looked_at() -> None:
    """The time runs by the reader's clock from its first look; a breach that opens again begins anew."""
    shown = QueueStatus(RecordCounters())
    record: dict[str, object] = {
        "rule": "net_staffing", "scope": "", "severity": "warning", "state": "opened", "live": False,
        "observed": -4, "limit": -1, "causes": None,
    }  # fmt: skip
    shown.breach(record)
    shown.breach({**record, "state": "resolved"})
    assert [breach.active for breach in shown.breaches(100.0, 900.0)] == [False]
    assert [breach.active for breach in shown.breaches(999.0, 900.0)] == [False]
    shown.breach(record)
    assert [breach.active for breach in shown.breaches(2_000.0, 900.0)] == [True]
    shown.breach({**record, "state": "resolved"})
    assert [breach.active for breach in shown.breaches(2_100.0, 900.0)] == [False]
    assert shown.breaches(3_000.0, 900.0) == []


def test_openings_and_final_intervals_are_counted() -> None:
    """Each opening counts under its rule, each first revision as a final interval; the latest interval is shown."""
    counters = RecordCounters()
    shown = QueueStatus(counters)
    early, late = "2026-03-02T09:00:00Z", "2026-03-02T09:30:00Z"
    for start, revision in ((early, 1), (late, 1), (early, 2)):
        shown.result({"interval_start": start, "revision": revision})
    assert counters.intervals_final == 2
    assert shown.final is not None
    assert shown.final["interval_start"] == late
