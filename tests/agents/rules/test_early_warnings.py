"""Notices about an interval that is not over: what is certain already, and only that."""

from typing import Any

from engine import at
from rule_rows import Queue, row_of

from agents.rules.early_warnings import EarlyWarnings
from agents.rules.observations import Facts, IntervalContext
from streams.results import IntervalResult

RULES = {
    "service_level_below_range": {"accumulate": 0.60, "critical": 1.50},
    "service_level_lost": {"min_volume": 20, "alone": 0.50},
}


class OpenInterval:
    """The open interval of a queue, as time passes."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.notices = EarlyWarnings(queue.rules.state.rule_states)

    def look(
        self, now: str, start: str = "10:00", closed: str = "10:00", overdue: bool = False, **columns: Any
    ) -> list[tuple[Any, ...]]:
        """State, rule and severity of what is said at `now`; `overdue`: all in `waiting` have waited for too long."""
        result = IntervalResult.from_row(row_of(at(start), self.queue.settings, **columns))
        case = IntervalContext(result, self.queue.settings, at(start), Facts(has_plan=True))
        told = self.notices.observe(case, at(now), at(closed), waiting_is_overdue=overdue)
        self.records = [record.row() for record in told]
        return [(record["state"], record["rule"], record["severity"]) for record in self.records]


def settled(good: int, all_: int, **columns: Any) -> dict[str, Any]:
    """An open interval in which `good` of `all_` contacts were answered in time; 100 are forecast."""
    return {
        "offered": all_,
        "answered": all_,
        "answered_within": good,
        "level": good / all_,
        "forecast_offered": 100,
        **columns,
    }


def test_is_lost_when_even_a_perfect_rest_would_not_do() -> None:
    """At half time 50 more may come: 25 of 50 can still reach exactly 75 %, 24 of 50 cannot."""
    interval = OpenInterval(Queue(RULES))
    assert interval.look("10:15", **settled(25, 50)) == []
    assert interval.look("10:15", **settled(24, 50)) == [("opened", "service_level_lost", "info")]
    record = interval.records[0]
    assert (record["observed"], record["limit"], record["live"], record["item"]) == (0.74, 0.75, True, "2.G.A")
    assert "can end at 74 % at best" in str(record["message"])


def test_those_who_wait_may_still_be_answered_in_time() -> None:
    """Ten in the queue count as hope: as if they were still to come."""
    waiting = settled(24, 50, waiting=10, offered=60)
    waiting["service_level"] = 24 / 60
    assert OpenInterval(Queue(RULES)).look("10:15", **waiting) == []


def test_those_who_have_waited_for_too_long_have_failed() -> None:
    """Four of ten in the queue are overdue: at the interval's end 66 of 90 and six more in time of 100 are 72 %."""
    columns = settled(66, 90, waiting=4, offered=100)
    interval = OpenInterval(Queue(RULES))
    assert interval.look("10:30", overdue=True, **columns) == [("opened", "service_level_lost", "info")]
    assert interval.records[0]["observed"] == 0.72


def test_those_who_are_not_overdue_are_hope() -> None:
    """Nine more in time of 100 reach exactly 75 %."""
    assert OpenInterval(Queue(RULES)).look("10:30", overdue=True, **settled(66, 90, waiting=1, offered=100)) == []


def test_a_definition_without_them_does_not_count_the_overdue() -> None:
    """S2 is of the answered only: those overdue may still give up, and 75 of 100 stay 75 %."""
    interval = OpenInterval(Queue(RULES, level={"definition": "S2"}))
    assert interval.look("10:30", overdue=True, **settled(75, 100, waiting=20, offered=120)) == []


def test_needs_twenty_settled_contacts_and_a_forecast() -> None:
    """19 are too few; without a forecast nobody knows what is to come."""
    interval = OpenInterval(Queue(RULES))
    assert interval.look("10:28", **settled(0, 19)) == []
    assert interval.look("10:28", **{**settled(0, 60), "forecast_offered": None}) == []
    assert interval.look("10:30", **settled(8, 20)) == [("opened", "service_level_lost", "info")]


def test_is_a_warning_once_the_running_sum_reaches_the_limit() -> None:
    """A certain shortfall of 0.20 after 0.40 is said once, at 0.60, and once again when it is raised."""
    queue = Queue(RULES)
    queue.interval("09:00", level=0.55)
    queue.interval(level=0.55)
    interval = OpenInterval(queue)
    assert interval.look("10:20", **settled(40, 80)) == [("opened", "service_level_lost", "info")]
    assert interval.look("10:21", **settled(40, 80)) == []
    assert interval.look("10:30", **settled(55, 100)) == [("updated", "service_level_lost", "warning")]
    assert interval.look("10:31", **settled(54, 100)) == []


def test_warns_no_more_where_the_breach_has_taken_over() -> None:
    """After 0.60 the breach is open; an interval that is lost by far is shown, and is no second warning."""
    queue = Queue(RULES)
    for _ in range(3):
        queue.interval(level=0.55)
    assert queue.states("service_level_below_range") == [("opened", "09:00")]
    interval = OpenInterval(queue)
    assert interval.look("10:30", **settled(10, 100)) == [("opened", "service_level_lost", "info")]


def test_an_interval_that_is_lost_by_far_warns_by_itself() -> None:
    """A certain shortfall of 0.50 in one half hour."""
    interval = OpenInterval(Queue({**RULES, "service_level_below_range": {"accumulate": 2.0, "critical": 3.0}}))
    assert interval.look("10:30", **settled(26, 100)) == [("opened", "service_level_lost", "info")]
    assert interval.look("10:30", **settled(25, 100)) == [("updated", "service_level_lost", "warning")]


def test_ends_when_the_interval_is_final() -> None:
    """And the next interval has its own."""
    interval = OpenInterval(Queue(RULES))
    interval.look("10:15", **settled(10, 50))
    first = interval.records[0]
    assert interval.look("10:33", start="10:30", closed="10:00") == []
    assert interval.look("10:36", start="10:30", closed="10:30") == [("resolved", "service_level_lost", "info")]
    assert interval.records[0]["breach_id"] == first["breach_id"]
    assert interval.records[0]["interval_start"] == "2026-03-02T10:00:00Z"


def test_a_restart_says_the_same_again() -> None:
    """The same id and sequence, so that whoever has it already knows."""
    queue = Queue(RULES)
    said = []
    for _ in range(2):
        interval = OpenInterval(queue)
        interval.look("10:15", **settled(10, 50))
        said.append((interval.records[0]["breach_id"], interval.records[0]["sequence"]))
    assert said[0] == said[1]


def test_an_unplanned_interval_is_told_at_once() -> None:
    """And withdrawn when a plan arrives; its id is not that of the breach which revision 1 may open."""
    queue = Queue(RULES)
    interval = OpenInterval(queue)
    assert interval.look("10:05", plan="no_plan") == [("opened", "plan_missing", "warning")]
    live = interval.records[0]["breach_id"]
    assert interval.look("10:06", plan="on_plan") == [("resolved", "plan_missing", "warning")]
    queue.interval("10:00", plan="no_plan")
    assert queue.records("plan_missing")[0]["breach_id"] != live
    assert interval.look("10:36", start="10:30", closed="10:30", plan="no_plan") == []
