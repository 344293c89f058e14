"""The page of messages: every rule's title and message as people get them, in English and in Chinese.

The examples are told by the program itself, of figures that are made up here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from agents.rules.lifecycle import BreachLog, OpenBreach, RuleState, breach_record, tell
from agents.rules.observations import Effect, Facts, IntervalContext, Observation, Thresholds
from agents.rules.words.messages import BreachContext, messages, program_messages
from config.layers import PRODUCT
from config.queue_settings import QueueSettings, queue_settings
from config.rules import RULES, Kind
from config.timestamps import from_rfc3339
from intervalwatch.docs_pages.markdown import page
from streams.results import BreachRecord, IntervalResult

__all__ = ["messages_page"]

_INTRODUCTION = """
A breach record has a title and a message, in English and in Chinese, made once with the record: history, wallboard,
alerts and notifications show the same words. A message has the order in which it is read on a telephone: when, the
figure with its counts and its range, since when and how long, why, who is lacking, the other rules of the
[incident](../concepts/breaches.md#incidents), the item of the standard. Figures are rounded away from the limit that
they are read against: 99.46 % against 99.5 % prints 99.4 %.

These examples are told by the program, of a queue `cards` and a program `bank` with made-up figures.
"""
_HALF_HOUR: Final = 1_800_000
_START: Final = from_rfc3339("2026-03-02T10:30:00Z")


def _settings() -> QueueSettings:
    settings = queue_settings(PRODUCT, "bank", "cards", configured=True, parameters=("2026-01", 0))
    level = replace(settings.service_level, target=0.90, range=(0.85, 1.0), threshold_ms=15_000)
    occupancy = settings.rules["occupancy_outside_range"]
    in_range = replace(occupancy, on=True, parameters={**occupancy.parameters, "range": (0.75, 0.88)})
    rules = {**settings.rules, "occupancy_outside_range": in_range}
    return replace(settings, timezone="Europe/Madrid", service_level=level, rules=rules)


_SETTINGS: Final = _settings()
_CAUSES: Final[tuple[Effect, ...]] = (
    {"cause": "volume", "effect": -0.64},
    {"cause": "aht", "effect": -0.17},
    {"cause": "staffing", "effect": -0.05},
    {"cause": "unexplained", "effect": 0.18},
)
_SURGE: Final[dict[str, Any]] = {
    "offered": 460,
    "answered": 376,
    "answered_within": 94,
    "abandoned": 84,
    "waiting": 0,
    "handled": 376,
    "service_level": 94 / 460,
    "abandon_rate": 84 / 460,
    "aht_seconds": 205.0,
    "forecast_offered": 207.0,
    "forecast_aht_seconds": 180.0,
    "scheduled_agents": 26.0,
    "staffed_agents": 25.0,
    "required_agents": 55,
    "net_staffing": -30.0,
}


def _result(columns: Mapping[str, Any]) -> IntervalResult:
    given: dict[str, Any] = {"program": "bank", "queue": "cards", "interval_ms": _HALF_HOUR, "definition": "S1"}
    return IntervalResult(**given | {"parameters_version": "2026-01", "utc_offset_seconds": 3600} | dict(columns))


@dataclass(frozen=True, slots=True)
class _Example:
    """The breach of one rule, as it opens."""

    rule: str
    observation: Observation
    columns: dict[str, Any] = field(default_factory=dict)
    scope: str = ""
    facts: Facts = field(default_factory=Facts)
    told: dict[str, object] = field(default_factory=dict)
    severity: str = "warning"

    @property
    def heading(self) -> str:
        """The rule, and how it differs where it has several examples."""
        return self.rule if self.severity == "warning" else f"{self.rule}, {self.severity}"

    def context(self, start_ms: int = _START, columns: Mapping[str, Any] | None = None) -> IntervalContext:
        """An interval with these columns."""
        queue = {"queue": ""} if RULES[self.rule].kind is Kind.MONTH else {}
        result = _result({**self.columns, **queue, "interval_start_ms": start_ms, **(columns or {})})
        return IntervalContext(result, _SETTINGS, start_ms, self.facts, told={"day": "2026-03-02", **self.told})

    def opened(self) -> BreachRecord:
        """The record that opens it."""
        context, told = self.context(), BreachContext(self.observation)
        if RULES[self.rule].kind in {Kind.OPEN_INTERVAL, Kind.AHEAD}:
            notice = OpenBreach(f"{self.rule}/live", _START, "info")
            notice.note(self.observation, _START + _HALF_HOUR)
            record = breach_record("opened", (self.rule, ""), notice, told, context, live=True)
            tell(record, context, told, {})
            return record
        log = BreachLog({}, program_messages if RULES[self.rule].kind is Kind.MONTH else messages)
        log.open((self.rule, self.scope), RuleState(), _START, self.severity, self.observation, told, context)
        return log.take()[0]


_LOW: Final = Observation(True, 94 / 460, 0.85, "ratio", 0.90)
_BELOW: Final = _Example("service_level_below_range", _LOW, _SURGE, facts=Facts(causes=lambda: list(_CAUSES)))
_MONTH: Final = {"vocabulary": "critical"}
_EXAMPLES: Final = (
    _BELOW,
    _Example(
        "service_level_above_range",
        Observation(True, 0.996, 0.95, "ratio", 0.90),
        {"offered": 250, "answered": 250, "answered_within": 249, "abandoned": 0, "waiting": 0, "service_level": 0.996},
    ),
    _Example("service_level_day", Observation(True, 0.742, 0.85, "ratio", 0.90), told={"level_counts": (3562, 4800)}),
    _Example(
        "service_level_day",
        Observation(True, 33 / 40, 0.85, "ratio", 0.90),
        told={"level_counts": (33, 40)},
        severity="info",
    ),
    _Example("service_level_unusual", Observation(True, 94 / 460, 0.62, "ratio", 0.81), _SURGE),
    _Example("service_level_lost", Observation(True, 0.412, 0.85, "ratio", 0.90), _SURGE),
    _Example(
        "service_level_at_risk",
        Observation(True, 0.612, 0.85, "ratio", 0.90),
        {"service_level": 0.612, "net_staffing": -4.0, "required_agents": 30, "staffed_agents": 26.0}
        | {"volume_variance": 0.22, "aht_variance": 0.03},
        facts=Facts(causes=lambda: [{"cause": "volume", "effect": -0.27}, {"cause": "aht", "effect": -0.03}]),
        told={"p_below": 0.93},
    ),
    _Example("abandon_rate_above_limit", Observation(True, 84 / 460, 0.08, "ratio"), _SURGE),
    _Example("occupancy_outside_range", Observation(True, 0.956, 0.88, "ratio"), {"occupancy": 0.956}),
    _Example("volume_variance", Observation(True, 460 / 207 - 1, 0.22, "ratio", 0.0), _SURGE),
    _Example("aht_variance", Observation(True, 205 / 180 - 1, 0.112, "ratio", 0.0), _SURGE),
    _Example("net_staffing", Observation(True, -30.0, -5.5, "agents", 0.0), _SURGE),
    _Example("schedule_gap", Observation(True, -3.0, -1.3, "agents", 0.0), _SURGE | {"staffed_agents": 23.0}),
    _Example("plan_missing", Observation(True, 460, 1, "contacts"), {"offered": 460, "plan": ("no_plan",)}),
    _Example("forecast_accuracy", Observation(True, 0.244, 0.18, "ratio", 0.0)),
    _Example(
        "critical_error_accuracy",
        Observation(True, 88 / 100, 0.95, "ratio", 0.95),
        scope="end_user",
        told=_MONTH | {"right": 88, "n": 100, "low": 0.79976, "high": 0.93643, "confidence": 0.95},
    ),
    _Example(
        "monitoring_coverage",
        Observation(True, 2, 0, "agents", 0),
        scope="agents",
        told={"agents": 31, "who": "ann (1/2), bob (0/2)"},
    ),
    _Example(
        "variation_too_big",
        Observation(True, 1.084, 0.70, "ratio"),
        scope="queue:cards:aht:agents:A",
        told=_MONTH | {"n": 31, "low": 118.2, "lowest": "ann", "high": 331.7, "highest": "bob"},
    ),
    _Example(
        "feed_missing",
        Observation(True, 1, 1, "intervals"),
        {"status": "missing"},
        "acd",
        Facts(silent=("acd",), throughs={"acd": _START - 95_000}, has_data=False),
    ),
    _Example(
        "integrity",
        Observation(True, 1, 0, "checks", 0),
        {"answered": 90, "answered_within": 95, "integrity": ("exceeds_answered",)},
        "exceeds_answered",
    ),
    _Example("repeat_breach", Observation(True, 3, 3, "breaches"), scope="volume_variance@10:00"),
)


def _course() -> Iterator[tuple[str, BreachRecord]]:
    """The life of a missed service level beside abandons; then one whose end nobody saw."""
    log, state, terms = BreachLog({}), RuleState(), Thresholds(1.0, 2.5)
    log.rule_states["service_level_below_range"] = {"": state}
    key = ("service_level_below_range", "")
    first = _BELOW.context()
    log.open(key, state, _START, "warning", _LOW, BreachContext(_LOW, terms), first)
    log.rule_states["abandon_rate_above_limit"] = {"": RuleState(breach=OpenBreach("abandons", _START, "warning"))}
    abandons = log.rule_states["abandon_rate_above_limit"][""].breach
    assert abandons is not None and state.breach is not None  # noqa: S101, PT018 - opened just above
    abandons.incident_id = state.breach.incident_id
    yield "a warning", log.take()[0]
    worse = replace(_LOW, observed=64 / 460)
    columns = {"answered_within": 64, "service_level": 64 / 460}
    context = _BELOW.context(_START + _HALF_HOUR, columns)
    log.update(key, state, "critical", worse, BreachContext(worse, terms), context, over=False)
    yield "critical", log.take()[0]
    del log.rule_states["abandon_rate_above_limit"]
    well = replace(_LOW, outside=False, observed=0.91)
    fine = {"offered": 200, "answered": 200, "answered_within": 182, "abandoned": 0, "service_level": 0.91}
    for inside in (1, 2):
        context = _BELOW.context(_START + (1 + inside) * _HALF_HOUR, fine)
        told = BreachContext(well, terms, inside=inside)
        log.update(key, state, "critical", well, told, context, over=inside == 2)
        yield "back inside" if inside == 1 else "the end", log.take()[0]
    log.open(key, state, _START, "warning", _LOW, BreachContext(_LOW, terms), first)
    log.resolve(key, state, "day_ended", BreachContext(), first)
    yield "an end that nobody saw", log.take()[1]


def messages_page() -> str:
    """The text of the page."""
    course = [part for name, record in _course() for part in (f"### {name[:1].upper()}{name[1:]}", _shown(record))]
    rules = [part for example in _EXAMPLES for part in (f"### {example.heading}", _shown(example.opened()))]
    return page("Messages", _INTRODUCTION, "## The course of an incident", *course, "## Every rule", *rules)


def _shown(record: BreachRecord) -> str:
    return "\n>\n".join(
        f"> **{title}**<br>\n> {message}"
        for title, message in ((record.title, record.message), (record.title_zh, record.message_zh))
    )
