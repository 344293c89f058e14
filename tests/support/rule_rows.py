"""A queue's rules, fed by results made by hand, for tests of breaches.

Instants are texts as in `engine`: `10:00` is Monday 2026-03-02, 10:00 UTC. An interval is healthy unless a test
says otherwise: 100 offered, service level 80 %, as planned.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from engine import HALF_HOUR, QUEUE, at, settings

from agents.intervals.calendar import Calendar
from agents.rules.baseline import Baselines
from agents.rules.engine import Judgement, QueueRules, RulesState
from agents.rules.observations import Effect, Facts
from agents.state.store import StateStore
from config.rules import RULES
from config.settings import QueueSettings
from config.timestamps import local_rfc3339, rfc3339
from streams.columns import RESULT_COLUMNS
from streams.results import BreachRecord, IntervalResult, Row

OFFICE = {"mon-sun": "08:00-20:00"}


class Queue:
    """One queue's rules; each interval follows the one before unless its start is said."""

    def __init__(
        self,
        rules: dict[str, Any] | None = None,
        hours: dict[str, Any] | None = OFFICE,
        timezone: str = "UTC",
        **configured: Any,
    ) -> None:
        self.settings: QueueSettings = settings(rules=rules, hours=hours, timezone=timezone, **configured)[-1]
        zone = self.settings
        self.calendar = Calendar(
            zone.timezone, zone.interval_ms, zone.interval_closed, zone.hours, zone.closed, at("00:00")
        )
        self.store: dict[bytes, bytes] = {}
        self.cells = StateStore(self.store, QUEUE)
        self.rules = QueueRules(lambda _: self.settings, RulesState(), Baselines(self.cells))
        self.next_ms = at("08:00")
        self.rows: list[Row] = []
        self.events: list[Row] = []

    def restart(self) -> None:
        """Go on from the state as it is written, as another process would."""
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(self.rules.state), type=RulesState)
        if self.cells.dirty:
            self.cells.commit(b"head").apply(self.store)
        versions, self.cells = self.cells.versions, StateStore(self.store, QUEUE)
        self.cells.versions = versions
        self.rules = QueueRules(lambda _: self.settings, state, Baselines(self.cells))

    def interval(
        self,
        start: str | None = None,
        *,
        facts: Facts | None = None,
        causes: Iterable[Effect] = (),
        **columns: Any,
    ) -> Judgement:
        """The verdict on an interval whose result has these columns."""
        start_ms = self.next_ms if start is None else at(start)
        self.next_ms = start_ms + self.settings.interval_ms
        result = IntervalResult.from_row(row_of(start_ms, self.settings, **columns))
        effects = list(causes)
        given = facts or Facts(has_plan=True, causes=lambda: effects)
        judgement = self.rules.judge(result, start_ms, self.calendar.open_day(start_ms), given)
        result.signal, result.breaches = judgement.reading.signal, judgement.breaches
        self.rows.append(result.row())
        self.events.extend(event.row() for event in judgement.events)
        return judgement

    def states(self, rule: str) -> list[tuple[str, str]]:
        """State and local time of the records of a rule."""
        return [
            (str(event["state"]), self.local(str(event["interval_start"])))
            for event in self.events
            if event["rule"] == rule
        ]

    def records(self, rule: str) -> list[Row]:
        """The records of a rule."""
        return [event for event in self.events if event["rule"] == rule]

    def local(self, instant: str) -> str:
        """`10:00` of an instant of the first day, its local date before it of another."""
        local = local_rfc3339(at(instant.removesuffix("Z").removesuffix(":00")), self.settings.timezone)
        return local[11:16] if local.startswith("2026-03-02") else local[:16]


def row_of(start_ms: int, queue: QueueSettings, **columns: Any) -> Row:
    """A healthy result with some columns set otherwise; `level` sets the service level and its counts."""
    level = columns.pop("level", 0.80)
    offered = columns.get("offered", 100)
    row: Row = dict.fromkeys(RESULT_COLUMNS)
    row.update(
        program="retail",
        queue=QUEUE,
        channel="voice",
        interval_start=rfc3339(start_ms),
        interval_start_local=local_rfc3339(start_ms, queue.timezone),
        interval_seconds=queue.interval_ms // 1000,
        revision=1,
        status="final",
        definition=queue.service_level.definition,
        parameters_version=queue.parameters_version,
        offered=offered,
        plan_version="v1",
        forecast_offered=offered,
        forecast_aht_seconds=180,
        aht_seconds=180,
        handled=offered,
        scheduled_agents=14,
        staffed_agents=14,
        required_agents=14,
        plan="on_plan",
        integrity="ok",
        sources="calls.csv:1-100",
    )
    if offered:
        row.update(
            answered=offered,
            answered_within=None if level is None else round(level * offered),
            abandoned=0,
            waiting=0,
            service_level=level,
            abandon_rate=0.0,
        )
    row.update(columns)
    return row


def breach(rule: str, **fields: Any) -> BreachRecord:
    """A record of a breach of Monday, 10:00, that has just opened."""
    given = {"breach_id": rule, "sequence": 1, "state": "opened", "severity": "warning", "item": RULES[rule].item}
    named = {"program": "retail", "queue": QUEUE, "scope": ""}
    instants = {"interval_start_ms": at("10:00"), "first_interval_start_ms": at("10:00")}
    return BreachRecord(rule=rule, **given | named | instants | fields)


def missing(**columns: Any) -> dict[str, Any]:
    """The columns of a missing interval."""
    nothing = dict.fromkeys(
        (
            "offered",
            "answered",
            "answered_within",
            "abandoned",
            "waiting",
            "handled",
            "aht_seconds",
            "abandon_rate",
            "staffed_agents",
            "required_agents",
            "sources",
        )
    )
    return {"level": None, **nothing, "service_level": None, "status": "missing", "integrity": "missing", **columns}


__all__ = ["HALF_HOUR", "OFFICE", "Queue", "breach", "missing", "row_of"]
