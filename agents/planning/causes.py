"""Causes of a service level that differs from the planned one: volume, handle time, staffing, and the unexplained rest.

The queue's own model (Erlang A with its patience, or C, in its own definition of the service level) gives the
effect of each change from plan to actual; `copc.attribution` splits the whole exactly.
"""

from functools import lru_cache
from typing import cast

from agents.intervals.figures import DIGITS, number
from config.queue_settings import QueueSettings, ServiceLevel
from copc.attribution import Drivers, attribute
from copc.queue_model import QueueModel, why_not_modelled
from streams.results import IntervalResult, seconds

__all__ = [
    "attribution",
    "fill_effects",
    "model_of",
    "served_seconds",
    "why_not_attributed",
    "why_not_modelled_queue",
]


@lru_cache(maxsize=4096)
def _model(level: ServiceLevel) -> QueueModel | None:
    short = level.short_abandon_ms / 1000
    if why_not_modelled(level.definition, overflow_counts=level.overflow_counts, short_abandon_seconds=short):
        return None
    return QueueModel(
        threshold_seconds=level.threshold_ms / 1000,
        target=0.80 if level.target is None else level.target,
        patience_seconds=level.patience_seconds,
        max_occupancy=level.max_occupancy,
        definition=level.definition,
        short_abandon_seconds=short,
    )


def model_of(settings: QueueSettings) -> QueueModel | None:
    """The queue's model; None where none computes its service level (`why_not_modelled_queue`).

    A queue without a target has a model, but no requirement; its target here is the product's default.
    """
    return None if settings.deferred else _model(settings.service_level)


def served_seconds(aht_seconds: float, settings: QueueSettings) -> float:
    """Seconds that a contact takes of one agent: in the models an agent is one server, also of several at once."""
    return aht_seconds / settings.concurrency


def why_not_modelled_queue(settings: QueueSettings) -> str | None:
    """The reason, for people, that a queue has neither requirement nor causes; None: it has a model."""
    level = settings.service_level
    if settings.deferred:
        return "its contacts wait by design (deferred), and the models are of contacts in real time"
    return why_not_modelled(
        level.definition,
        overflow_counts=level.overflow_counts,
        short_abandon_seconds=level.short_abandon_ms / 1000,
    )


_NEEDED = (
    ("forecast_offered", "the forecast volume"),
    ("forecast_aht_seconds", "the forecast AHT"),
    ("scheduled_agents", "the scheduled agents"),
    ("offered", "the volume"),
    ("aht_seconds", "the AHT"),
    ("staffed_agents", "the staffed agents"),
)


def why_not_attributed(result: IntervalResult, settings: QueueSettings) -> str | None:
    """The reason, for people, that an interval has no causes; None: it has them.

    Args:
        result: of the interval.
        settings: in force for it.
    """
    reason = why_not_modelled_queue(settings)
    if reason is not None:
        return reason
    unknown = [words for field, words in _NEEDED if getattr(result, field) is None]
    if unknown:
        return f"not known: {', '.join(unknown)}"
    if not result.forecast_aht_seconds or not result.aht_seconds:
        return "a handle time is 0"
    return "the volume is negative" if result.offered is not None and result.offered < 0 else None


def attribution(result: IntervalResult, settings: QueueSettings) -> list[dict[str, object]]:
    """Causes of the difference between the planned and the observed service level, largest effect first.

    Each is `{"cause": volume | aht | staffing | unexplained, "effect": difference of ratios}`. The effects of the
    first three add up to model(actual) - model(plan). `unexplained` (where a service level was observed) is
    observed - model(actual). The list is empty where anything needed is not known (`why_not_attributed` says what).
    Source: docs/concepts/figures.md#causes.

    Args:
        result: of the interval.
        settings: in force for it.
    """
    model = model_of(settings)
    if model is None or why_not_attributed(result, settings) is not None:
        return []
    planned_aht, aht = (
        served_seconds(_known(seconds_), settings) for seconds_ in (result.forecast_aht_seconds, result.aht_seconds)
    )
    plan = Drivers(_known(result.forecast_offered), planned_aht, _known(result.scheduled_agents))
    actual = Drivers(_known(result.offered), aht, _known(result.staffed_agents))
    length = _known(seconds(result.interval_ms))
    shares = attribute(model, plan, actual, length, result.service_level)
    return [{"cause": cause, "effect": effect} for cause, effect in shares.causes()]


def fill_effects(result: IntervalResult, settings: QueueSettings) -> None:
    """Fill in the columns of effects: every final interval's with a plan, staffed agents and a service level.

    Args:
        result: of the interval, its plan and staffing among them.
        settings: in force for it.
    """
    if result.service_level is not None:
        for each in attribution(result, settings):
            setattr(result, f"effect_{each['cause']}", number(round(cast("float", each["effect"]), DIGITS)))


def _known(value: float | None) -> float:
    assert value is not None  # noqa: S101 - asked before
    return value
