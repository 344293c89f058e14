# ruff: noqa: RUF001  Chinese text has full-width marks
"""Condition and sentence of the rules on the call data itself (item 2.6)."""

from collections.abc import Iterable, Mapping
from typing import Final

from agents.rules.observations import IntervalContext, Observation, RuleLogic, counts_for, whole
from agents.rules.words.moments import Clock
from agents.rules.words.numbers import Pair, number
from streams.results import BreachRecord

__all__ = ["LOGIC"]


def _feed_missing(context: IntervalContext, open_scopes: Iterable[str]) -> list[tuple[str, Observation | None]]:
    """The observation of each source that was silent, and of others with a run or a breach."""
    running, facts = whole(context.settings.rules["feed_missing"], "running"), context.facts
    silent = (facts.silent or ("",)) if context.result.status == "missing" else ()
    found: list[tuple[str, Observation | None]] = [
        (source, Observation(outside=True, observed=None, limit=running, unit="intervals")) for source in silent
    ]
    for source in open_scopes:
        if source not in silent:
            # Without a word the queue may be quiet or the feed broken: no sign of its return.
            spoke = source in facts.spoke or (not silent and facts.has_data)
            found.append(
                (source, Observation(outside=False, observed=0, limit=running, unit="intervals") if spoke else None)
            )
    return sorted(found, key=lambda observation: observation[0])


def _tell_feed_missing(record: BreachRecord, context: IntervalContext) -> Pair:
    source = record.scope
    of, of_zh = (f" from {source}", f"来自 {source} 的") if source else ("", "")
    if not record.observed:
        return f"data arrives again{of}", f"已重新收到{of_zh}数据"
    through = context.facts.throughs.get(source)
    last = "" if through is None else Clock(context).at(through)
    word, word_zh = (f"; it last spoke at {last}", f"；最后一次消息在 {last}") if last else ("", "")
    return f"no data arrived{of} for the interval{word}", f"该时段没有收到{of_zh}数据{word_zh}"


def _head_feed_missing(record: BreachRecord, _context: IntervalContext) -> Pair:
    return ("no data", "没有数据") if record.observed else ("data again", "已有数据")


def _integrity(context: IntervalContext, open_scopes: Iterable[str]) -> list[tuple[str, Observation | None]]:
    """The observation of each check that failed, and of the others with a run or a breach."""
    failed = context.result.failed_checks()
    found: list[tuple[str, Observation | None]] = [
        (check, Observation(outside=True, observed=1, limit=0, unit="checks", expected=0)) for check in failed
    ]
    # An interval in which nothing came proves no check passed.
    proves = context.result.offered and counts_for("feed_missing", context.result.integrity)
    passed = Observation(outside=False, observed=0, limit=0, unit="checks", expected=0) if proves else None
    found.extend((check, passed) for check in open_scopes if check not in failed)
    return sorted(found, key=lambda observation: observation[0])


def _tell_integrity(record: BreachRecord, context: IntervalContext) -> Pair:
    check = record.scope
    if record.observed == 0:
        return f"data check {check} passed", f"数据校验 {check} 通过"
    english, chinese, counts = _CHECKS.get(check, ("", "", ()))
    found = ", ".join(
        f"{name} {number(getattr(context.result, name))}"
        for name in counts
        if getattr(context.result, name) is not None
    )
    said = f": {english}" if english else ""
    said_zh = f"：{chinese}" if chinese else ""
    shown = f" ({found})" if found else ""
    return f"data check {check} failed{said}{shown}", f"数据校验 {check} 未通过{said_zh}{shown}"


def _head_integrity(record: BreachRecord, _context: IntervalContext) -> Pair:
    english, chinese, _ = _CHECKS.get(record.scope, (record.scope, record.scope, ()))
    if record.observed == 0:
        return f"data check {record.scope} passed", f"数据校验 {record.scope} 通过"
    return f"data check failed: {english}", f"数据校验未通过：{chinese}"


_CHECKS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "exceeds_answered": (
        "more answered within the threshold than answered",
        "阈值内应答数大于应答数",
        ("answered", "answered_within"),
    ),
    "exceeds_abandoned": (
        "more abandoned within the threshold than abandoned",
        "阈值内放弃数大于放弃数",
        ("abandoned", "abandoned_within"),
    ),
    "unbalanced": (
        "more contacts left the queue than could have been in it",
        "离开队列的联系多于可能在队列中的联系",
        ("offered", "answered", "abandoned", "overflowed"),
    ),
    "negative": ("a count or a time is negative", "有负的计数或时长", ()),
    "reported_mismatch": (
        "the reported service level is not the one its counts give",
        "上报的服务水平与按计数重算的不符",
        ("answered", "answered_within", "abandoned"),
    ),
    "threshold_mismatch": ("counted at another threshold than the queue's", "计数所用阈值与队列设置不符", ()),
    "incomplete": ("the last copy was made before the interval ended", "最后一份数据早于时段结束", ()),
    "rejected": ("all rows of the interval were refused", "该时段的所有行均被拒收", ()),
    "definition_changed": ("counted by another definition than before", "计数定义已改变", ()),
    "two_feeds": ("both contacts and interval counts arrive; contacts are used", "同时收到明细与汇总，采用明细", ()),
}
"""Failed checks in words, with the columns that show them."""


LOGIC: Final = (
    RuleLogic("feed_missing", _tell_feed_missing, _head_feed_missing, by_scope=_feed_missing),
    RuleLogic("integrity", _tell_integrity, _head_integrity, by_scope=_integrity),
)
