"""The rule on a pool's net staffing, which looks at the pool's intervals as they become final.

It reads the first revision of every queue's row, as the rules of a queue do: a correction changes figures, never a
breach, and the order in which queues tell their rows changes nothing.
"""

import datetime as dt
from typing import Final

import msgspec

from agents.rules.engine import skip, step
from agents.rules.lifecycle import BreachLog, RuleState, RuleStates
from agents.rules.observations import IntervalContext
from agents.rules.registry import observe
from agents.rules.words.messages import BreachContext, pool_messages
from config.queue_settings import QueueSettings
from streams.groups import GroupInterval
from streams.results import BreachRecord, IntervalResult

__all__ = ["PoolRules", "PoolRulesState"]

_RULE: Final = "net_staffing"
_NEVER: Final = -(2**62)


class PoolRulesState(msgspec.Struct, array_like=True):
    """The state of a pool's rule. Fields are appended, never reordered."""

    rule_states: RuleStates = {}
    last_ms: int = _NEVER
    """Start of the last interval that was judged."""
    day_end_ms: int = _NEVER
    """End of its day."""
    offset_seconds: int = 0
    """Offset of its local time."""


class PoolRules:
    """The rule on one pool.

    Args:
        pool: its id.
        state: kept up to date in place.
    """

    def __init__(self, pool: str, state: PoolRulesState) -> None:
        self.state = state
        self._pool = pool
        self._log = BreachLog(state.rule_states, pool_messages)

    def judge(self, interval: GroupInterval, settings: QueueSettings, day_end_ms: int) -> None:
        """Look at the pool's next final interval.

        Args:
            interval: of the first revisions of its queues' rows.
            settings: the rules in force; time zone and length of an interval are the pool's.
            day_end_ms: the end of the pool's open day.
        """
        state = self.state
        if state.last_ms >= interval.interval_start_ms:
            return
        self.end_day(settings, interval.interval_start_ms)
        result = IntervalResult(
            interval_start_ms=interval.interval_start_ms,
            utc_offset_seconds=interval.utc_offset_seconds,
            interval_ms=interval.interval_ms,
            revision=1,
            status="final" if interval.members else "missing",
            parameters_version=interval.parameters_version,
            offered=interval.offered,
            required_agents=None if interval.required_agents is None else round(interval.required_agents),
            staffed_agents=interval.staffed_agents,
            integrity=("incomplete",) if interval.incomplete else (),
        )
        told: dict[str, object] = {"day": _date(interval)}
        if interval.required_if_all != interval.required_if_none:
            told |= {"if_all": interval.required_if_all, "if_none": interval.required_if_none}
        context = IntervalContext(result, settings, result.interval_start_ms, told=told)
        scopes = state.rule_states.setdefault(_RULE, {})
        ((_, observation),) = observe(_RULE, context, ())
        rule_state = scopes.get(self._pool, RuleState())
        key = (_RULE, self._pool)
        if observation is None:
            skip(self._log, key, rule_state, context)
        else:
            step(self._log, key, rule_state, observation, context, state.last_ms)
        if rule_state.is_empty:
            scopes.pop(self._pool, None)
        else:
            scopes[self._pool] = rule_state
        state.last_ms, state.day_end_ms = result.interval_start_ms, day_end_ms
        state.offset_seconds = interval.utc_offset_seconds
        self.end_day(settings, result.interval_start_ms + result.interval_ms)

    def end_day(self, settings: QueueSettings, through_ms: int) -> None:
        """Resolve the open breach if its day is over, now that every interval before an instant has been judged."""
        state = self.state
        if state.day_end_ms > through_ms:
            return
        for scope, rule_state in state.rule_states.pop(_RULE, {}).items():
            if rule_state.breach is not None:
                last = IntervalResult(
                    interval_start_ms=state.last_ms,
                    utc_offset_seconds=state.offset_seconds,
                    interval_ms=settings.interval_ms,
                    parameters_version=settings.parameters_version,
                )
                context = IntervalContext(last, settings, state.last_ms)
                self._log.resolve((_RULE, scope), rule_state, "day_ended", BreachContext(), context)

    def take(self) -> list[BreachRecord]:
        """Breach records since the last call, in order."""
        return self._log.take()


def _date(interval: GroupInterval) -> str:
    zone = dt.timezone(dt.timedelta(0, interval.utc_offset_seconds))
    return dt.datetime.fromtimestamp(interval.interval_start_ms / 1000, zone).date().isoformat()
