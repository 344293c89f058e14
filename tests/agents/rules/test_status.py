"""Status of a queue between its outputs: breaches as they stand, and those just over."""

from engine import at
from msgspec.structs import replace
from rule_rows import breach

from agents.intervals.counters import RecordCounters
from agents.rules.observations import Effect
from agents.rules.status import QueueStatus
from streams.results import IntervalResult


def test_causes_stay_with_the_breach() -> None:
    """Each cause of a breach has its effect under a label, and an early warning of the same rule ends by itself."""
    shown = QueueStatus(RecordCounters())
    causes: list[Effect] = [{"cause": "volume", "effect": -0.2}, {"cause": "aht", "effect": -0.1}]
    record = breach("service_level_below_range", observed=0.5, limit=0.75, causes=causes)
    shown.breach(record)
    (status,) = shown.breaches(0.0, 900.0)
    assert status.effects == (("volume", -0.2), ("aht", -0.1))
    shown.breach(replace(record, breach_id="live", live=True, state="resolved", causes=None))
    assert [status.active for status in shown.breaches(0.0, 900.0)] == [True, False]


def test_a_breach_resolved_by_a_process_that_never_showed_it_is_shown_as_zero() -> None:
    """So that whoever saw it open through another worker hears that it is over."""
    shown = QueueStatus(RecordCounters())
    shown.breach(breach("feed_missing", state="resolved", observed=0, limit=1))
    (status,) = shown.breaches(0.0, 900.0)
    assert not status.active
    assert status.item == "2.6"


def test_a_breach_that_is_over_is_shown_for_a_while_from_when_it_was_first_looked_at() -> None:
    """The time runs by the reader's clock from its first look; a breach that opens again begins anew."""
    shown = QueueStatus(RecordCounters())
    record = breach("net_staffing", observed=-4, limit=-1)
    shown.breach(record)
    shown.breach(replace(record, state="resolved"))
    assert [status.active for status in shown.breaches(100.0, 900.0)] == [False]
    assert [status.active for status in shown.breaches(999.0, 900.0)] == [False]
    shown.breach(record)
    assert [status.active for status in shown.breaches(2_000.0, 900.0)] == [True]
    shown.breach(replace(record, state="resolved"))
    assert [status.active for status in shown.breaches(2_100.0, 900.0)] == [False]
    assert shown.breaches(3_000.0, 900.0) == []


def test_openings_and_final_intervals_are_counted() -> None:
    """Each opening counts under its rule, each first revision as a final interval; the latest interval is shown."""
    counters = RecordCounters()
    shown = QueueStatus(counters)
    early, late = at("09:00"), at("09:30")
    for start, revision in ((early, 1), (late, 1), (early, 2)):
        shown.result(IntervalResult(interval_start_ms=start, revision=revision))
    assert counters.intervals_final == 2
    assert shown.final is not None
    assert shown.final.interval_start_ms == late
