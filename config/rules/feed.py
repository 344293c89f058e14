"""Rules on the call data itself: whether it arrives, and whether its counts can be right (item 2.6)."""

from typing import Final

from config.rules.definition import Kind, RuleDefinition
from config.rules.parameters import CLEAR_AFTER, Parameter, count, critical_count

__all__ = ["DEFINITIONS"]

DEFINITIONS: Final = (
    RuleDefinition(
        name="feed_missing",
        item="2.6",
        noun="missing feed",
        noun_zh="数据缺失",
        kind=Kind.RUNNING,
        unit="count",
        parameters={
            "running": count(1, "missing intervals running that open it", "intervals", high=1000),
            "critical": critical_count(2, "missing intervals running", 1000),
            "clear_after": CLEAR_AFTER,
        },
        ordered=(("running", "critical"),),
        tells_missing_data=True,
    ),
    RuleDefinition(
        name="integrity",
        item="2.6",
        noun="failed data check",
        noun_zh="数据校验失败",
        kind=Kind.RUNNING,
        unit="count",
        parameters={
            "tolerance": Parameter(
                0.005, "of a reported ratio against the recomputed one, besides its rounding", 0, 1, "ratio"
            ),
            "max_balance_seconds": Parameter(
                3600, "before an interval; who was offered in those that began then may leave in it", 0, 86_400, "s"
            ),
            "clear_after": CLEAR_AFTER,
        },
    ),
)
