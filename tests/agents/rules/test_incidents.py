"""Incidents: which breach joins which story, and what a breach keeps of its worst interval and its end."""

from typing import Any

import pytest
from engine import at, settings
from rule_rows import Queue

from agents.rules.early_warnings import EarlyWarnings
from agents.rules.incidents import Incident, incident_of_notice, join, side_of
from agents.rules.observations import Facts, IntervalContext
from config.timestamps import from_rfc3339, rfc3339
from streams.results import IntervalResult

HALF_HOUR = 1_800_000
QUICK = {
    "service_level_below_range": {"accumulate": 0.30, "critical": None},
    "service_level_above_range": {"accumulate": 0.10},
    "abandon_rate_above_limit": {"accumulate": 0.10},
    "volume_variance": {"z": 3, "z_two": None},
    "net_staffing": {"running": 1},
    "schedule_gap": {"running": 1},
}


def incidents(queue: Queue) -> dict[str, str]:
    """Rule and begin of the incident of each rule's first breach."""
    return {
        str(event["rule"]): str(event["incident_id"]).replace("/sales/2026-03-02T", " ").removesuffix(":00Z")
        for event in reversed(queue.events)
        if event["state"] == "opened"
    }


def test_breaches_of_one_interval_are_one_incident_headed_by_the_first_of_the_table() -> None:
    """Service level, abandons and volume of one interval tell one story; its id is the service level's."""
    queue = Queue(QUICK)
    queue.interval("10:00", level=0.30, abandon_rate=0.30, offered=220, forecast_offered=100)
    found = incidents(queue)
    assert found["service_level_below_range"] == "service_level_below_range 10:00"
    assert set(found.values()) == {"service_level_below_range 10:00"}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("later", "joins"), [("10:30", True), ("11:00", True), ("11:30", False)], ids=["next", "second", "third"]
)
def test_a_breach_joins_within_two_intervals_of_the_first(later: str, joins: bool) -> None:
    """A missed service level belongs to a story about volume that has just begun, and not to an older one."""
    queue = Queue(QUICK)
    at_ms = at("10:00")
    while at_ms <= at(later):
        level = 0.30 if at_ms == at(later) else 0.80
        queue.interval(rfc3339(at_ms)[:16], level=level, offered=220, forecast_offered=100)
        at_ms += HALF_HOUR
    found = incidents(queue)
    expected = "volume_variance 10:00" if joins else f"service_level_below_range {later}"
    assert found["service_level_below_range"] == expected


def test_whatever_opens_later_joins_a_felt_incident() -> None:
    """Once callers feel it, a late finding about staffing is the same story."""
    queue = Queue(QUICK)
    for start in ("10:00", "10:30", "11:00", "11:30"):
        queue.interval(start, level=0.30)
    queue.interval("12:00", level=0.30, staffed_agents=5)
    assert incidents(queue)["net_staffing"] == "service_level_below_range 10:00"


def test_the_two_sides_are_two_incidents() -> None:
    """Too few calls and too high a service level do not join a shortage of agents."""
    queue = Queue(QUICK)
    queue.interval("10:00", staffed_agents=5, level=0.80)
    queue.interval("10:30", staffed_agents=5, level=1.0, offered=40, forecast_offered=100)
    found = incidents(queue)
    assert found["net_staffing"] == "net_staffing 10:00"
    assert found["service_level_above_range"] == found["volume_variance"] == "service_level_above_range 10:30"


def test_an_incident_ends_with_the_last_of_its_breaches() -> None:
    """The first breach may be over before the others; a breach after the last of them begins a new incident."""
    queue = Queue(QUICK)
    queue.interval("10:00", offered=220, forecast_offered=100)
    queue.interval("10:30", level=0.30)
    for start in ("11:00", "11:30"):
        queue.interval(start, level=0.30)
    assert queue.states("volume_variance") == [("opened", "10:00"), ("updated", "10:30"), ("resolved", "11:00")]
    queue.interval("12:00", level=0.30, staffed_agents=5)
    assert incidents(queue)["net_staffing"] == "volume_variance 10:00"
    for start in ("12:30", "13:00"):
        queue.interval(start)
    assert not queue.rules.open_ids()
    queue.interval("13:30", staffed_agents=5)
    assert queue.events[-1]["incident_id"] == "net_staffing/sales/2026-03-02T13:30:00Z"


def test_an_incident_outlives_a_restart() -> None:
    """It is part of the state, so that a worker that takes over joins the same one."""
    queue = Queue(QUICK)
    queue.interval("10:00", level=0.30)
    queue.restart()
    for start in ("10:30", "11:00", "11:30"):
        queue.interval(start, level=0.30)
    queue.restart()
    queue.interval("12:00", level=0.30, staffed_agents=5)
    assert incidents(queue)["net_staffing"] == "service_level_below_range 10:00"


def test_a_rule_without_a_side_is_an_incident_by_itself() -> None:
    """A failed check and a missing plan tell stories of their own."""
    queue = Queue(QUICK)
    queue.interval("10:00", level=0.30)
    queue.interval("10:30", integrity="unbalanced", level=None, plan="no_plan")
    found = incidents(queue)
    assert found["integrity"] == "integrity/sales/unbalanced/2026-03-02T10:30"
    assert found["plan_missing"] == "plan_missing 10:30"


def test_a_silent_source_is_one_incident_for_all_its_queues() -> None:
    """Its id is of rule, source and the source's last word, whichever queue finds it out first."""
    through = from_rfc3339("2026-03-02T09:58:30Z")
    told = set()
    for start in ("10:00", "14:00"):
        queue = Queue(QUICK)
        silent = Facts(silent=("acd",), throughs={"acd": through}, has_data=False)
        queue.interval(start, facts=silent, status="missing", integrity="missing", offered=None, level=None)
        (event,) = queue.records("feed_missing")
        assert (event["scope"], event["breach_id"]) == (
            "acd",
            f"feed_missing/sales/acd/2026-03-02T{start}:00Z",
        )
        told.add(event["incident_id"])
    assert told == {"feed_missing/acd/2026-03-02T09:58:30Z"}


def test_a_queue_that_speaks_for_itself_is_its_own_incident() -> None:
    """Without a word of any source there is nothing that queues could share."""
    queue = Queue(QUICK)
    queue.interval("10:00", facts=Facts(silent=("",), has_data=False), status="missing", offered=None, level=None)
    (event,) = queue.records("feed_missing")
    assert event["incident_id"] == event["breach_id"]


def test_the_side_of_a_deviation_is_that_of_its_limit() -> None:
    """More work than forecast needs hands, less leaves them idle."""
    assert side_of("volume_variance", 0.5, 0.1) == "too_few"
    assert side_of("volume_variance", None, None) == "too_few"
    assert side_of("aht_variance", -0.5, -0.1) == "too_many"
    assert side_of("occupancy_outside_range", 0.6, 0.75) == "too_many"
    assert side_of("schedule_gap", -3, -1) == "too_few"
    assert side_of("repeat_breach", 3, 3) == ""


def test_of_several_open_incidents_the_latest_is_joined() -> None:
    """A felt story of before does not take what belongs to the newer one."""
    held = [Incident("old", "too_few", 0, is_felt=True), Incident("new", "too_few", 9 * HALF_HOUR, is_felt=True)]
    found = join(held, {"old", "new"}, "schedule_gap", "too_few", "gap", 20 * HALF_HOUR, HALF_HOUR)
    assert found == "new"
    assert join(held, {"old"}, "schedule_gap", "too_few", "gap", 20 * HALF_HOUR, HALF_HOUR) == "old"
    assert [incident.incident_id for incident in held] == ["old"]


def notice(open_rules: Queue, **columns: Any) -> str:
    """The incident of a notice that the open interval of 10:30 is lost."""
    result = IntervalResult(queue="sales", offered=100, forecast_offered=100, waiting=0, **columns)
    result.interval_ms, result.answered, result.answered_within, result.abandoned = HALF_HOUR, 90, 10, 10
    result.service_level = 0.1
    context = IntervalContext(result, settings()[-1], at("10:30"))
    state = open_rules.rules.state
    warnings = EarlyWarnings(state.rule_states, state.incidents)
    (record,) = warnings.observe(context, at("10:59"), at("10:30"))
    return str(record.incident_id)


def test_a_live_notice_joins_the_open_incident() -> None:
    """The notice joins one of its side; a breach never joins the notice."""
    queue = Queue(QUICK)
    queue.interval("10:00", staffed_agents=5)
    assert notice(queue) == "net_staffing/sales/2026-03-02T10:00:00Z"


def test_a_live_notice_alone_has_the_incident_of_the_rule_that_takes_over() -> None:
    """So that one notification stands for both: the breach begins with the first interval of its run."""
    queue = Queue({"service_level_below_range": {"accumulate": 1.0}})
    assert notice(queue) == "service_level_below_range/sales/2026-03-02T10:30:00Z"
    queue.interval("10:00", level=0.40)
    assert notice(queue) == "service_level_below_range/sales/2026-03-02T10:00:00Z"
    assert incident_of_notice([], (), "too_few", "mine") == "mine"


def test_a_resolved_breach_keeps_its_worst_interval_and_that_one_s_causes() -> None:
    """The causes of an opened or updated breach are its interval's, those of a resolved one its worst interval's."""
    queue = Queue({"service_level_below_range": {"accumulate": 0.20, "critical": None}})
    queue.interval("10:00", level=0.50, causes=[{"cause": "volume", "effect": -0.2}])
    queue.interval("10:30", level=0.14, causes=[{"cause": "aht", "effect": -0.6}])
    queue.interval("11:00", level=0.40, causes=[{"cause": "volume", "effect": -0.3}])
    queue.interval("11:30")
    queue.interval("12:00")
    records = queue.records("service_level_below_range")
    assert [record["state"] for record in records] == ["opened", "updated", "updated", "updated", "resolved"]
    last = records[-1]
    assert (last["worst_interval_start"], last["worst_observed"]) == ("2026-03-02T10:30:00Z", 0.14)
    assert last["causes"] == [{"cause": "aht", "effect": -0.6}]
    assert [record["worst_observed"] for record in records[:3]] == [0.50, 0.14, 0.14]
    assert records[2]["causes"] == [{"cause": "volume", "effect": -0.3}]
    assert [record["reason"] for record in records] == [None, None, None, None, "recovered"]


def test_the_worst_interval_may_lie_before_the_breach_opened() -> None:
    """It is sought in the run that opened it as well."""
    queue = Queue({"service_level_below_range": {"accumulate": 0.60, "critical": None}})
    queue.interval("10:00", level=0.30)
    queue.interval("10:30", level=0.50)
    (record,) = queue.records("service_level_below_range")
    assert (record["interval_start"], record["worst_interval_start"]) == (
        "2026-03-02T10:30:00Z",
        "2026-03-02T10:00:00Z",
    )
    assert record["worst_observed"] == 0.30


def test_an_interval_before_the_run_is_not_the_worst() -> None:
    """Only the intervals that opened the breach count."""
    queue = Queue({"net_staffing": {"running": 2}})
    queue.interval("10:00", staffed_agents=2)
    queue.interval("10:30", staffed_agents=14)
    queue.interval("11:00", staffed_agents=9)
    queue.interval("11:30", staffed_agents=8)
    (record,) = queue.records("net_staffing")
    assert (record["worst_interval_start"], record["worst_observed"]) == ("2026-03-02T11:30:00Z", -6)


@pytest.mark.parametrize(
    ("intervals", "reason"),
    [(["19:30"], "day_ended"), (["10:00", "10:30", "11:00", "11:30", "12:00"], "no_volume")],
)
def test_a_breach_that_was_not_seen_to_recover_says_why_it_is_over(intervals: list[str], reason: str) -> None:
    """The day ended, or nobody called any more."""
    queue = Queue(QUICK)
    for number, start in enumerate(intervals):
        queue.interval(start, **({"level": 0.2} if not number else {"offered": 0, "level": None}))
    record = queue.records("service_level_below_range")[-1]
    assert (record["state"], record["reason"], record["worst_observed"]) == ("resolved", reason, 0.2)
