"""The records of a breach must agree with its own life, with its incident, and with the results of its intervals."""

from typing import Any

import pytest
from rule_rows import Queue

from streams.audit.breaches import BreachCheck


def centre() -> Queue:
    """A morning with a missed service level that is an incident with the abandons, and then over."""
    queue = Queue({"service_level_below_range": {"accumulate": 0.20}, "abandon_rate_above_limit": {"accumulate": 0.10}})
    queue.interval("10:00", level=0.30, abandon_rate=0.30)
    queue.interval("10:30", level=0.14, abandon_rate=0.25)
    for start in ("11:00", "11:30"):
        queue.interval(start)
    queue.interval("12:00", integrity="unbalanced", level=None)
    return queue


def found(queue: Queue, **changes: Any) -> list[str]:
    """The findings of a check, the records of service level having some columns changed."""
    changed = "service_level_below_range"
    records = [{**event, **changes} if event["rule"] == changed else event for event in queue.events]
    check = BreachCheck(sorted(records, key=lambda each: (str(each["breach_id"]), each["sequence"])), None)
    for row in queue.rows:
        check.add(row)
    return [str(finding) for finding in check.findings()]


def test_records_as_they_were_written_are_sound() -> None:
    """Opened, updated and resolved, in an incident of two rules."""
    queue = centre()
    assert {event["state"] for event in queue.events} == {"opened", "updated", "resolved"}
    assert found(queue) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"incident_id": "integrity/sales/2026-03-02T10:00:00Z"}, "no breach of its rule can belong to that"),
        ({"incident_id": "net_staffing/sales/2026-03-02T09:00:00Z"}, "whose breach is not there"),
        ({"incident_id": None}, "names a worst interval or a reason, and no incident"),
        ({"reason": "recovered"}, "sequence 1: reason is 'recovered', which cannot stand here"),
        ({"reason": None}, "sequence 4: reason is None, which cannot stand here"),
        ({"reason": "tired"}, "reason is 'tired'"),
        ({"worst_observed": 0.13}, "worst_observed is 0.13, and service_level of its interval is 0.3"),
        ({"worst_interval_start": "2026-03-02T09:30:00Z"}, "is outside of the breach"),
        ({"worst_interval_start": "2026-03-02T13:30:00Z"}, "is outside of the breach"),
    ],
)
def test_what_cannot_be_is_found(changes: dict[str, Any], problem: str) -> None:
    """A changed incident, reason or worst interval contradicts rule, life or results."""
    assert problem in "; ".join(found(centre(), **changes))


def test_records_of_an_earlier_program_are_sound() -> None:
    """They name no incident, no worst interval and no reason."""
    empty = dict.fromkeys(("incident_id", "title", "title_zh", "worst_interval_start", "worst_observed", "reason"))
    queue = centre()
    queue.events = [{**event, **empty} for event in queue.events]
    assert found(queue) == []


def test_a_breach_that_two_programs_wrote_is_sound() -> None:
    """Opened by one that knew no incidents, it has one from then on."""
    queue = centre()
    empty = dict.fromkeys(("incident_id", "title", "title_zh", "worst_interval_start", "worst_observed", "reason"))
    queue.events = [{**event, **empty} if event["sequence"] == 1 else event for event in queue.events]
    assert found(queue) == []
