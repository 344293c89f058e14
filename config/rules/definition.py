"""The definition of a breach rule: every fact about it that more than one part of the program needs.

Alerts, routing, screens, reports and `check` read these facts, so that a rule is described once. Its condition and its
sentence stand in the module of the same family in `agents.rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

from config.rules.parameters import Parameter, RuleValue

__all__ = ["SEVERITIES", "FigureUnit", "Kind", "RuleDefinition", "RuleSettings", "Side"]

SEVERITIES: Final = ("info", "warning", "critical")

FigureUnit = Literal["ratio", "change", "agents", "count"]
"""How an alert writes observed figure and limit: `41.2 %`, `+12.0 %`, `-4.0` or `2`."""


Side = Literal["", "too_few", "too_many", "by_limit"]
"""The side on which a rule's breach stands: too few hands, or too many; `by_limit`: too few above its limit, too many
below it; empty: neither, so that each of its breaches is an incident by itself."""


class Kind(Enum):
    """How looks at a queue or a program add up to a breach."""

    ACCUMULATE = "accumulate"
    """The distances of intervals from the limit add up to a sum that forgets slowly (`accumulate`, `critical`)."""
    RUNNING = "running"
    """Intervals running outside it are counted: `running` of them open it, 1 where the rule has no such parameter.
    `critical` running make it critical, or the last `critical_running` if all lie beyond the critical depth."""
    OF_LAST = "of_last"
    """`intervals` outside among the last `of_last` counting ones."""
    DEVIATION = "deviation"
    """One interval is enough; one beyond the critical depth is critical."""
    DAY = "day"
    """A queue's day, looked at when it is over."""
    MONTH = "month"
    """A program's month so far, looked at when a day is over."""
    OPEN_INTERVAL = "open_interval"
    """An interval that is not final yet: a notice, no breach."""
    AHEAD = "ahead"
    """Intervals to come, as projected: a notice, no breach."""
    REPEATS = "repeats"
    """The breaches of other rules that opened in one slot (a time of day)."""


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """One breach rule as it holds for one queue."""

    on: bool
    severity: str
    """Severity a breach opens with: info, warning or critical."""
    parameters: Mapping[str, RuleValue] = field(hash=False)
    """By name; every parameter of the rule is there."""


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """The facts about one breach rule."""

    name: str
    item: str
    """The item of the standard that it speaks to (docs/reference/rules.md)."""
    noun: str
    """Its breach in English as within a sentence: `service level below its range`. No noun says that the standard asks
    for a number: limits are this site's own."""
    noun_zh: str
    """The same in Chinese."""
    kind: Kind
    unit: FigureUnit
    parameters: Mapping[str, Parameter]
    on: bool = True
    severity: str = "warning"
    ordered: tuple[tuple[str, str], ...] = ()
    """Pairs of parameters of which the second must not be less than the first."""
    on_when_set: str | None = None
    """The parameter without which the rule cannot be on; setting it turns the rule on."""
    rests_on_call_data: bool = False
    """Whether it says nothing while call data is missing; its alerts are then silent."""
    tells_missing_data: bool = False
    """Whether its breach means that call data is missing."""
    explains_service_level: bool = False
    """Whether it is about the service level of final intervals, so that its breaches carry causes."""
    side: Side = ""
    is_felt: bool = False
    """Whether callers feel its breach: an incident that holds one takes in all later breaches of its side."""
    causes_raise: bool = False
    """Whether the causes that raise the service level come first, else those that lower it."""
    back_at: tuple[str, ...] = ()
    """Values of `spec` at which the last interval is back inside while the breach is not over yet."""
    silenced_by: tuple[str, ...] = ()
    """Rules whose breach says the same with more certainty, so that its alert is not sent beside theirs."""

    @property
    def title(self) -> str:
        """Its breach as a heading, in English: `Service level below its range`."""
        return self.noun[:1].upper() + self.noun[1:]

    @property
    def title_zh(self) -> str:
        """The same in Chinese."""
        return self.noun_zh
