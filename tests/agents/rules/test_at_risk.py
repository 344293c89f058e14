"""Tests of `agents.rules.at_risk`: the early warning on intervals to come."""

from dataclasses import replace

from engine import HALF_HOUR, QUEUE, at, settings

from agents.rules.at_risk import AtRisk, Coming, DayAtRisk
from agents.rules.incidents import Incident
from agents.rules.lifecycle import OpenBreach, RuleState, RuleStates
from agents.rules.observations import Facts, IntervalContext
from streams.results import IntervalResult

RULES = settings(level={"target": 0.8, "range": [0.75, 0.9]})[-1]


def context(start_ms: int, level: float | None = None) -> IntervalContext:
    """An interval with a service level, 4 agents short."""
    result = IntervalResult(
        program="retail", queue=QUEUE, interval_start_ms=start_ms, interval_ms=HALF_HOUR, service_level=level,
        net_staffing=-4.0, offered=120, forecast_offered=100.0, required_agents=20, staffed_agents=16.0,
    )  # fmt: skip
    facts = Facts(causes=lambda: [{"cause": "volume", "effect": -0.2}])
    return IntervalContext(result, RULES, start_ms, facts, told={"p_below": 0.85})


def coming(here: str, *chances: float) -> tuple[list[Coming], IntervalContext]:
    """The intervals after the one at `here`, each with its chance to end below the range; and that one."""
    start = at(here)
    found = [Coming(context(start + (n + 1) * HALF_HOUR, 0.9 - chance / 2), chance) for n, chance in enumerate(chances)]
    return found, context(start)


def states(rule: AtRisk, here: str, *chances: float, day_over: bool = False) -> list[tuple[str, str, int]]:
    """State, severity and number of the records that follow."""
    records = rule.observe(*coming(here, *chances), day_over=day_over)
    assert all(record.live for record in records)
    return [(record.state, record.severity, record.sequence) for record in records]


def test_it_opens_at_four_fifths_and_lasts_until_none_is_at_a_half() -> None:
    """One warning from the first interval at risk to the last, told again as time goes on."""
    rule = AtRisk({})
    assert states(rule, "12:00", 0.3, 0.79) == []
    assert states(rule, "12:00", 0.3, 0.82) == [("opened", "info", 1)]
    assert states(rule, "12:00", 0.6, 0.7) == []
    assert states(rule, "12:30", 0.55, 0.2) == []
    assert states(rule, "13:00", 0.55, 0.2) == [("updated", "info", 2)]
    assert states(rule, "13:00", 0.45, 0.2) == [("resolved", "info", 3)]
    assert states(rule, "13:00", 0.6) == []


def test_nine_tenths_make_it_a_warning_and_it_stays_one() -> None:
    """Severity only rises."""
    rule = AtRisk({})
    assert states(rule, "12:00", 0.82) == [("opened", "info", 1)]
    assert states(rule, "12:00", 0.7, 0.93) == [("updated", "warning", 2)]
    assert states(rule, "12:00", 0.7, 0.7) == []
    assert states(rule, "12:00", 0.4) == [("resolved", "warning", 3)]


def test_it_says_when_how_bad_and_who_is_lacking() -> None:
    """The record is about the first interval at risk, under an id of its own."""
    [record] = AtRisk({}).observe(*coming("12:00", 0.3, 0.85), day_over=False)
    assert record.breach_id == "service_level_at_risk/sales/2026-03-02T13:00:00Z/live"
    assert record.incident_id == record.breach_id
    assert (round(record.observed or 0, 9), record.limit) == (0.475, 0.75)
    assert record.interval_start_ms == record.first_interval_start_ms == at("13:00")
    assert record.title == "sales: service level at risk, projected 48 % (range 75-90 %), 13:00-13:30"
    assert "13:00-13:30" in record.message
    assert "with a probability of 85 %" in record.message
    assert "volume is 20 % above forecast" in record.message
    assert "4 agents" in record.message
    assert "概率为 85 %" in record.message_zh


def test_the_end_of_the_day_ends_it() -> None:
    """With no interval to come, nobody saw it recover."""
    rule = AtRisk({})
    states(rule, "12:00", 0.9)
    [record] = rule.observe([], context(at("19:30")), day_over=True)
    assert (record.state, record.sequence) == ("resolved", 2)
    assert record.title == "sales: service level at risk: the day is over"
    assert "the open day is over" in record.message


def test_nobody_is_warned_of_what_he_was_told() -> None:
    """While the service level's own breach is open, no warning begins; one that stands joins nothing."""
    told: RuleStates = {"service_level_below_range": {"": RuleState(breach=OpenBreach("b", at("11:00"), "warning"))}}
    assert states(AtRisk(told), "12:00", 0.95) == []
    volume: RuleStates = {"volume_variance": {"": RuleState(breach=OpenBreach("v", 0, "warning", incident_id="v"))}}
    rule = AtRisk(volume, [Incident("v", "too_few", at("11:30"), is_felt=False)])
    [record] = rule.observe(*coming("12:00", 0.95), day_over=False)
    assert record.incident_id == "v"


def test_a_warning_goes_on_after_a_restart() -> None:
    """Its state is a few values, and the next record has the next number."""
    first = AtRisk({})
    states(first, "12:00", 0.85)
    second = AtRisk({})
    second.open = first.open
    assert states(second, "12:00", 0.2) == [("resolved", "info", 2)]


def close(p_at_least_low: float) -> Coming:
    """The day's last interval, with the day's service level at its close."""
    told = {"p_at_least_low": p_at_least_low, "day": "2026-03-02"}
    return Coming(replace(context(at("19:30"), 0.71), told=told), 1 - p_at_least_low)


def test_a_day_that_can_hardly_be_met_is_told_once_and_live() -> None:
    """Below 5 % it opens, under the id that the day's own breach will take over; at 10 % it is over."""
    rule, here = DayAtRisk({}), context(at("14:00"))
    assert rule.observe(close(0.06), here) == []
    [opened] = rule.observe(close(0.04), here)
    assert (opened.state, opened.severity, opened.live) == ("opened", "info", True)
    assert opened.breach_id == "service_level_day/sales/2026-03-02T19:30:00Z/live"
    assert opened.incident_id == "service_level_day/sales/2026-03-02T19:30:00Z"
    assert opened.title == "sales: the day's service level is projected at 71 % (range 75-90 %), 2026-03-02"
    assert "with a probability of 4 %" in opened.message
    assert rule.observe(close(0.08), here) == []
    [over] = rule.observe(close(0.12), here)
    assert (over.state, over.sequence, over.reason) == ("resolved", 2, "recovered")
    [again] = rule.observe(close(0.01), here)
    assert again.state == "opened"
    [ended] = rule.observe(None, here)
    assert (ended.state, ended.reason) == ("resolved", "day_ended")
    assert ended.title == "sales: the day's service level below its range: the day is over"
