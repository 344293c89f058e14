"""The rule on breaches that come back at the same time of day: they go to problem solving (item 2.3)."""

from typing import Final

from config.rules.definition import Kind, RuleDefinition
from config.rules.parameters import count

__all__ = ["DEFINITIONS"]

DEFINITIONS: Final = (
    RuleDefinition(
        name="repeat_breach",
        item="2.3",
        noun="repeated breach",
        noun_zh="重复违规",
        kind=Kind.REPEATS,
        unit="count",
        parameters={
            "times": count(3, "breaches of one rule in one slot that open it", "breaches", low=2, high=1000),
            "weeks": count(4, "weeks they are counted over", "weeks", high=52),
        },
    ),
)
