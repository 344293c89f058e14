"""Messages of a breach: queue, local interval, figure, limit, and causes with their share, in two languages."""

from dataclasses import replace

import pytest
from engine import at, settings
from rule_rows import Queue, breach, missing

from agents.rules import registry
from agents.rules.observations import Facts, IntervalContext
from agents.rules.words import messages
from streams.results import IntervalResult

CAUSES = [
    {"cause": "aht", "effect": -0.17},
    {"cause": "volume", "effect": -0.09},
    {"cause": "staffing", "effect": -0.05},
    {"cause": "unexplained", "effect": 0.02},
]
ACTUAL = {
    "offered": 112,
    "forecast_offered": 100,
    "aht_seconds": 205,
    "forecast_aht_seconds": 180,
    "staffed_agents": 13,
    "scheduled_agents": 14,
}
BELOW = {"service_level_below_range": {"accumulate": 0.20, "critical": None}}


def test_a_missed_service_level_is_told_in_the_order_in_which_it_is_read() -> None:
    """When, the figure with its counts, since when, why, who is lacking, the item (docs/concepts/figures.md#causes)."""
    queue = Queue(BELOW, timezone="Europe/Madrid")
    queue.interval("09:30", level=0.41, causes=CAUSES, required_agents=17, **ACTUAL)
    assert queue.events[0]["message"] == (
        "sales 2026-03-02 10:30-11:00: service level 41 % (46 of 112 answered within 20 s), range 75-90 %, "
        "target 80 %. Since 10:30 (Europe/Madrid, UTC+01:00), for 30 min. "
        "Why: AHT is 14 % above forecast: costs 17 points; volume is 12 % above forecast: costs 9 points; "
        "1 agent fewer than scheduled: costs 5 points; not explained by these: adds 2 points. "
        "Lacking: 4 agents (13 staffed, 17 required at this volume and AHT). "
        "Item 2.G.A, Managing the business at interval level."
    )
    assert queue.events[0]["title"] == "sales: service level 41 % (range 75-90 %), since 10:30"


def test_the_chinese_twin_says_the_same() -> None:
    """The same figures in the same order."""
    queue = Queue(BELOW, timezone="Europe/Madrid")
    queue.interval("09:30", level=0.41, causes=CAUSES, required_agents=17, **ACTUAL)
    assert queue.events[0]["message_zh"] == (
        "sales 2026-03-02 10:30-11:00：服务水平 41 %（112 个中 46 个在 20 秒内应答），范围 75-90 %，目标 80 %。"
        "自 10:30 起（Europe/Madrid, UTC+01:00），已持续 30 分钟。"
        "原因：平均处理时长比预测高 14 %，拉低 17 个百分点；话务量比预测高 12 %，拉低 9 个百分点；"
        "比排班少 1 人，拉低 5 个百分点；以上未能解释的部分，抬高 2 个百分点。"
        "缺少 4 人（在岗 13，按实际话务量和处理时长需要 17）。条款 2.G.A：时段层面管理业务。"
    )
    assert queue.events[0]["title_zh"] == "sales：服务水平 41 %（范围 75-90 %），自 10:30 起"


def surge() -> Queue:
    """A card queue of a busy morning: 94, then 64 of 460 contacts in time, and two healthy half hours."""
    level = {"target": 0.90, "threshold_seconds": 15, "range": [0.85, 1.0]}
    queue = Queue(BELOW, timezone="Europe/Madrid", level=level)
    for good in (94, 64):
        counts = {"offered": 460, "answered": 460, "answered_within": good, "forecast_offered": 460}
        queue.interval("10:30" if good == 94 else None, level=good / 460, **counts)
    queue.interval(level=0.90)
    queue.interval(level=0.90)
    return queue


def test_the_subject_of_a_missed_service_level() -> None:
    """The figure with its range and since when; back inside; then the end, how long it was and how bad."""
    assert [event["title"] for event in surge().events] == [
        "sales: service level 20 % (range 85-100 %), since 11:30",
        "sales: service level 14 % (range 85-100 %), since 11:30",
        "sales: service level 90 % (range 85-100 %), back inside since 12:30",
        "sales: ended 12:30 after 1 h, worst 14 %",
    ]
    assert [event["title_zh"] for event in surge().events][-1] == "sales：12:30 结束，历时 1 小时，最差 14 %"


def test_the_end_tells_the_worst_figure_and_the_length() -> None:
    """The counts of the worst interval, and the causes of that one."""
    last = surge().events[-1]
    assert str(last["message"]).startswith(
        "sales 2026-03-02 13:00-13:30: service level 90 % (90 of 100 answered within 15 s), range 85-100 %, "
        "target 90 %. "
        "Ended 12:30 after 1 h (11:30-12:30, Europe/Madrid, UTC+01:00), back inside for 2 intervals; "
        "worst 14 % (64 of 460) in 12:00-12:30. "
    )


def test_a_breach_that_nobody_saw_recover_is_not_said_to_have_come_back() -> None:
    """Neither title nor message says that it is back inside where the day ended."""
    queue = Queue(BELOW)
    queue.interval("19:30", level=0.2)
    opened, over = queue.records("service_level_below_range")
    assert opened["title"] == "sales: service level 20 % (range 75-90 %), since 19:30"
    assert over["title"] == "sales: ended 20:00 after 30 min, worst 20 %, not seen to recover"
    assert "service level below its range: the open day is over, and it was not seen to recover. " in str(
        over["message"]
    )
    assert "Outside 19:30-20:00 (UTC), for 30 min; worst 20 % (20 of 100) in 19:30-20:00." in str(over["message"])
    assert "back" not in f"{over['title']} {over['message']}".lower()


def test_the_other_rules_of_an_incident_are_named() -> None:
    """Also those that open after it in the same interval."""
    queue = Queue({**BELOW, "abandon_rate_above_limit": {"accumulate": 0.1}})
    queue.interval(level=0.2, abandon_rate=0.30, answered=70, abandoned=30)
    below, abandons = queue.events
    assert "In the same incident: abandon rate above its limit." in str(below["message"])
    assert "In the same incident: service level below its range." in str(abandons["message"])
    assert "abandon rate 30 % (30 of 100 gave up), limit 8 %. " in str(abandons["message"])
    assert "同一事件中还有：放弃率超过限值。" in str(below["message_zh"])


def test_one_point_is_singular_and_staff_may_be_over_schedule() -> None:
    """Small words matter to those who read a hundred of them; a cause of less than half a point is left out."""
    queue = Queue(BELOW)
    causes = [
        {"cause": "volume", "effect": -0.012},
        {"cause": "staffing", "effect": 0.034},
        {"cause": "aht", "effect": 0.001},
    ]
    queue.interval(
        level=0.41, causes=causes, staffed_agents=16.5, scheduled_agents=14, offered=1003, forecast_offered=1000
    )
    assert (
        "Why: volume is 0.3 % above forecast: costs 1 point; 2.5 agents more than scheduled: adds 3 points. "
    ) in str(queue.events[0]["message"])


def test_without_known_causes_none_are_named() -> None:
    """No plan, no causes."""
    queue = Queue(BELOW)
    queue.interval(level=0.41)
    assert "Why" not in str(queue.events[0]["message"])


def test_staffing_says_who_was_there_and_who_was_needed() -> None:
    """The gap, both headcounts and the limit."""
    queue = Queue({"net_staffing": {"running": 1, "agents": 1, "share": 0.10}})
    queue.interval(staffed_agents=13, required_agents=17)
    (record,) = queue.records("net_staffing")
    assert ("net staffing -4 agents (13 staffed, 17 required at this volume and AHT), limit -1.7. ") in str(
        record["message"]
    )
    assert record["title"] == "sales: 4 agents short of the requirement, since 08:00"


def test_a_feed_that_is_silent_is_titled_by_its_source() -> None:
    """All queues of it have one incident; the message says when it last spoke."""
    queue = Queue(timezone="Europe/Madrid")
    facts = Facts(silent=("acd",), throughs={"acd": at("09:58")}, has_data=False)
    queue.interval("10:00", facts=facts, **missing())
    (record,) = queue.records("feed_missing")
    assert record["title"] == "acd: no data, since 11:00"
    assert "no data arrived from acd for the interval; it last spoke at 10:58. " in str(record["message"])


def test_a_breach_of_before_midnight_names_its_day() -> None:
    """A shift over midnight is one day, and a time alone would be misread."""
    queue = Queue({"service_level_below_range": {"accumulate": 0.3}}, hours={"mon-sun": "20:00-04:00"})
    queue.interval("23:30", level=0.30)
    queue.interval("2026-03-03T00:00", level=0.31)
    opened, updated = queue.records("service_level_below_range")
    assert opened["title"] == "sales: service level 30 % (range 75-90 %), since 23:30"
    assert updated["title"] == "sales: service level 31 % (range 75-90 %), since 2026-03-02 23:30"


def test_a_failed_check_shows_the_counts_that_fail() -> None:
    """The message says in words and numbers which check failed."""
    queue = Queue()
    queue.interval(integrity="exceeds_answered", level=None, answered=90, answered_within=95)
    assert "answered 90, answered_within 95" in str(queue.events[0]["message"])


def test_every_message_is_one_line_and_never_says_the_standard_requires() -> None:
    """Nor does any mention COPC, over all rules."""
    queue = Queue({**BELOW, "service_level_above_range": {"accumulate": 0.1}})
    everything = [
        {"level": 0.1, "abandon_rate": 0.9},
        missing(),
        missing(),
        {"level": 1.0},
        {"level": 1.0, "plan": "no_plan"},
        {"offered": 300, "forecast_offered": 100},
        {"aht_seconds": 500},
        {"staffed_agents": 2},
        {"staffed_agents": 2},
        {"integrity": "unbalanced", "level": None},
    ]
    for columns in everything * 3:
        queue.interval(**columns)
    assert len({event["rule"] for event in queue.events}) >= 8
    for event in queue.events:
        for text in (str(event["title"]), str(event["title_zh"])):
            assert "?" not in text
            assert text.startswith(("sales: ", "sales："))
        for text in (str(event["message"]), str(event["message_zh"])):
            assert "\n" not in text
            assert "?" not in text
            assert "COPC" not in text
            assert "standard" not in text
            assert text.startswith("sales 2026-03-0")


def test_a_sentence_that_fails_leaves_figure_and_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The breach opens all the same, with a plain text, and the next rule has its own."""

    def broken(_record: object, _row: object) -> tuple[str, str]:
        raise KeyError("no such column")

    logic = dict(registry.LOGIC)
    logic["abandon_rate_above_limit"] = replace(logic["abandon_rate_above_limit"], sentence=broken)
    monkeypatch.setattr(messages, "LOGIC", logic)
    queue = Queue({**BELOW, "abandon_rate_above_limit": {"accumulate": 0.1}})
    queue.interval("09:30", level=0.41, abandon_rate=0.5)
    told = {str(event["rule"]): (str(event["message"]), str(event["message_zh"])) for event in queue.events}
    assert told["abandon_rate_above_limit"] == (
        "sales 2026-03-02T09:30:00Z: abandon_rate_above_limit: 0.5 against 0.08",
        "sales 2026-03-02T09:30:00Z：abandon_rate_above_limit：0.5，限值 0.08",
    )
    assert told["service_level_below_range"][0].startswith("sales 2026-03-02 09:30-10:00: service level 41 %")


def test_a_rule_without_a_sentence_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a gap in the table stop the engine."""
    monkeypatch.setattr(messages, "LOGIC", {})
    queue = Queue(BELOW)
    queue.interval(level=0.41)
    (record,) = queue.records("service_level_below_range")
    assert "service_level_below_range: 0.41 against 0.75" in str(record["message"])


def test_a_program_s_sentence_that_fails_names_the_program() -> None:
    """A breach of no queue begins with its program."""

    def broken(*_: object) -> tuple[str, str]:
        raise ZeroDivisionError

    record = breach("monitoring_coverage", queue=None, interval_start_ms=at("09:30"), observed=3, limit=0)
    context = IntervalContext(IntervalResult(), settings()[-1], at("09:30"))
    texts = messages.say_safely(broken, record, context, messages.BreachContext())
    assert texts.title == "retail: monitoring_coverage"
    assert texts.message == "retail 2026-03-02T09:30:00Z: monitoring_coverage: 3 against 0"
