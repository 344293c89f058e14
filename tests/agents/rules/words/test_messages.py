"""Messages of a breach: queue, local interval, figure, limit, and causes with their share, in two languages."""

from dataclasses import replace

import pytest
from engine import at, settings
from rule_rows import Queue, breach, missing

from agents.rules import registry
from agents.rules.observations import IntervalContext
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
BELOW = {"service_level_below_range": {"accumulate": 0.30, "critical": None}}


def test_a_missed_service_level_says_what_it_was_due_to() -> None:
    """Each cause in the words of the floor with its effect in points (docs/concepts/figures.md#causes)."""
    queue = Queue(BELOW, timezone="Europe/Madrid")
    queue.interval("09:30", level=0.41, causes=CAUSES, **ACTUAL)
    assert queue.events[0]["message"] == (
        "sales 2026-03-02 10:30-11:00: service level 41 %, range from 75 % (target 80 %); "
        "1 interval running, accumulated 0.34 (opens at 0.30). "
        "Causes: AHT +14 % (-17 points), volume +12 % (-9 points), 1 agent short of schedule (-5 points), "
        "unexplained 2 points"
    )


def test_the_chinese_twin_says_the_same() -> None:
    """The same figures in the same order."""
    queue = Queue(BELOW, timezone="Europe/Madrid")
    queue.interval("09:30", level=0.41, causes=CAUSES, **ACTUAL)
    assert queue.events[0]["message_zh"] == (
        "sales 2026-03-02 10:30-11:00：服务水平 41 %，范围下限 75 %（目标 80 %）；"
        "连续 1 个时段，累计 0.34（达到 0.30 触发）。"
        "原因：平均处理时长 +14 %（-17 个百分点）、话务量 +12 %（-9 个百分点）、"
        "比排班少 1 人（-5 个百分点）、未解释 2 个百分点"
    )


def test_one_point_is_singular_and_staff_may_be_over_schedule() -> None:
    """Small words matter to those who read a hundred of them."""
    queue = Queue(BELOW)
    causes = [{"cause": "volume", "effect": -0.012}, {"cause": "staffing", "effect": 0.034}]
    queue.interval(level=0.41, causes=causes, staffed_agents=16.5, scheduled_agents=14)
    assert "volume 0 % (-1 point), 2.5 agents over schedule (+3 points)" in str(queue.events[0]["message"])


def test_without_known_causes_none_are_named() -> None:
    """No plan, no causes."""
    queue = Queue(BELOW)
    queue.interval(level=0.41)
    assert "Causes" not in str(queue.events[0]["message"])


def test_staffing_says_who_was_there_and_who_was_needed() -> None:
    """The gap, both headcounts and the limit."""
    queue = Queue({"net_staffing": {"running": 1, "agents": 1, "share": 0.10}})
    queue.interval(staffed_agents=13, required_agents=17)
    assert "net staffing -4 agents (13 staffed, 17 required), limit -1.7 agents" in str(
        queue.events[0]["message"]
    ) or "net staffing -4 agents (13 staffed, 17 required), limit -1.7" in str(queue.events[0]["message"])


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
    english, _ = messages.say_safely(broken, record, context, messages.BreachContext())
    assert english == "retail 2026-03-02T09:30:00Z: monitoring_coverage: 3 against 0"
