"""The status of a queue between its outputs: its last final interval and its breaches, with those just over.

Outputs are sent and forgotten, but Prometheus reads the current status at any time. So each engine keeps a little of
its latest outputs. This status is in no state and no hash: after a restart it is made again from the queue's state,
and only a breach that was over before is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.intervals.counters import RecordCounters
from agents.rules.lifecycle import RuleStates
from agents.rules.observations import Effect
from config.rules import RULES
from streams.results import BreachRecord, IntervalResult

__all__ = ["BreachStatus", "QueueStatus"]


@dataclass(slots=True)
class BreachStatus:
    """A breach of one severity as it stands, or as it stood when it was over (or rose to a higher severity)."""

    breach_id: str
    rule: str
    scope: str
    severity: str
    active: bool
    observed: float | None
    limit: float | None
    effects: tuple[tuple[str, float], ...] = ()
    """Causes of a missed service level, each with its effect on the ratio."""
    over_since: float | None = None
    """When a reader first found it over, by the reader's clock."""

    @property
    def item(self) -> str:
        """The item of the standard."""
        return RULES[self.rule].item


class QueueStatus:
    """The status of one queue.

    Args:
        counters: of the queue; opened breaches and final intervals are counted in it.
    """

    def __init__(self, counters: RecordCounters) -> None:
        self.final: IntervalResult | None = None
        """The latest final interval in its last revision; after a restart without the columns of its publication
        (`revision`, `status`, `sources`, `reason` and hashes)."""
        self._counters = counters
        self._breaches: dict[tuple[str, str], BreachStatus] = {}
        """By breach and severity."""

    def restore(self, final: IntervalResult | None, rule_states: RuleStates, causes: Sequence[Effect]) -> None:
        """Begin with the status that a queue's state holds.

        Args:
            final: the latest final interval.
            rule_states: the runs and breaches of its rules.
            causes: of that interval's service level, for the breaches that need them.
        """
        self.final = final
        for rule, scopes in rule_states.items():
            for scope, rule_state in scopes.items():
                opened = rule_state.breach
                if opened is not None:
                    effects = _effects(causes) if rule in RULES and RULES[rule].explains_service_level else ()
                    self._breaches[opened.breach_id, opened.severity] = BreachStatus(
                        opened.breach_id, rule, scope, opened.severity, True, opened.observed, opened.limit, effects
                    )

    def result(self, result: IntervalResult) -> None:
        """Note a result as it is published."""
        if result.revision == 1:
            self._counters.intervals_final += 1
        if self.final is None or result.interval_start_ms >= self.final.interval_start_ms:
            self.final = result

    def breach(self, record: BreachRecord) -> None:
        """Note a breach record as it is published, or an early warning as it is sent."""
        rule, severity, breach = record.rule, record.severity, record.breach_id
        active = record.state != "resolved"
        if record.state == "opened":
            self._counters.opened[rule] += 1
        for (other, _), shown in self._breaches.items():
            if other == breach:
                shown.active = False
        effects = _effects(record.causes or ())
        self._breaches[breach, severity] = BreachStatus(
            breach, rule, record.scope, severity, active, record.observed, record.limit, effects
        )

    def breaches(self, now: float, keep_seconds: float) -> list[BreachStatus]:
        """Breaches that are open, and those found over for less than `keep_seconds`.

        Args:
            now: seconds of any steady clock.
            keep_seconds: how long a breach is shown after it was over.
        """
        for key, breach in list(self._breaches.items()):
            if breach.active:
                breach.over_since = None
            elif breach.over_since is None:
                breach.over_since = now
            elif now - breach.over_since >= keep_seconds:
                del self._breaches[key]
        return list(self._breaches.values())


def _effects(causes: Sequence[Effect]) -> tuple[tuple[str, float], ...]:
    effects = ((str(cause["cause"]), _number(cause["effect"])) for cause in causes)
    return tuple((cause, effect) for cause, effect in effects if effect is not None)


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None
