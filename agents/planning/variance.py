"""Plan against actual for one interval: the requirement, net staffing, and how far volume and AHT were off.

Required agents are computed again from the volume and AHT that came, so net staffing says how many agents were
short for the actual work. The one-interval conditions of the rules (docs/reference/rules.md) name a deviation in
the `plan` column, so that column and breaches use the same limits.
"""

from typing import Final

import msgspec

from agents.intervals.figures import ReportedCounts, number, trusted
from agents.planning.causes import fill_effects, model_of, served_seconds
from agents.planning.plans import Planned
from agents.rules.observations import EPSILON, amount, counts_for
from agents.rules.staffing import settled
from config.queue_settings import QueueSettings
from copc.forecast import aht_z, mean_at_end, variance_ratio, volume_at_end, volume_z
from streams.results import IntervalResult, seconds

__all__ = ["Reference", "compare", "net_verdict"]

_LEAST_SPREAD: Final = 0.01
"""A plan that a site tolerates no deviation from is not perfect for that."""


class Reference(msgspec.Struct, array_like=True, frozen=True):
    """The plan and statistics that an interval is measured by, kept with it so that a correction uses the same."""

    plan: Planned | None = None
    dispersion: float = 1.0
    """Dispersion phi of the queue's volumes, from the intervals before."""
    cv: float = 1.0
    """SD / mean of the queue's handle times, from the intervals before."""
    open_for_ms: int = 0
    """How long the queue had been open when the interval began; 0 where that is not known."""


def compare(
    result: IntervalResult,
    actuals: ReportedCounts,
    settings: QueueSettings,
    reference: Reference,
    elapsed_ms: int | None = None,
) -> None:
    """Fill in the columns of plan and staffing of an interval.

    Args:
        result: the interval's result without these columns.
        actuals: the counts that it was made of.
        settings: in force for it.
        reference: its plan, and the queue's statistics.
        elapsed_ms: the part of an open interval that is over. Its requirement is that of the whole interval at the
            volume and AHT it will have had at its end, its staffed agents are the mean so far, and its volume is not
            compared yet. None: the interval is final.
    """
    planned = reference.plan
    length = (result.interval_ms if elapsed_ms is None else elapsed_ms) / 1000
    offered, aht = trusted(actuals, "offered"), result.aht_seconds
    staffed_seconds = seconds(trusted(actuals, "staffed_ms"))
    staffed = None if staffed_seconds is None or length <= 0 else staffed_seconds / length
    if elapsed_ms is None:
        required = _required(offered, aht, length, settings)
    else:
        required = _required(*_at_end(result, actuals, settings, reference, length), settings)
    net = None if staffed is None or required is None else staffed - required
    forecast, forecast_aht = (None, None) if planned is None else (planned.offered, planned.aht_seconds)
    volume = None
    if elapsed_ms is None and forecast is not None and offered is not None:
        volume = variance_ratio(offered, forecast)
    longer = None if aht is None or not forecast_aht else variance_ratio(aht, forecast_aht)
    counts = counts_for("forecast_accuracy", actuals.checks)
    verdicts = [
        _volume_verdict(offered, forecast, settings, reference) if elapsed_ms is None and counts else None,
        _aht_verdict(aht, forecast_aht, actuals.handled, settings, reference),
        net_verdict(net, required, settings) if counts else None,
    ]
    if planned is not None:
        result.plan_version = planned.version
        result.scheduled_agents = number(planned.scheduled)
        result.plan_required_agents = number(planned.required)
    result.forecast_offered = number(forecast)
    result.forecast_aht_seconds = number(forecast_aht)
    result.required_agents = required
    result.staffed_agents = number(staffed)
    result.net_staffing = number(net)
    result.volume_variance = number(volume)
    result.aht_variance = number(longer)
    result.plan = _plan_verdicts(planned, verdicts)
    if elapsed_ms is None:
        fill_effects(result, settings)


def _at_end(
    result: IntervalResult, actuals: ReportedCounts, settings: QueueSettings, reference: Reference, elapsed: float
) -> tuple[float | None, float | None, float]:
    """Volume and AHT that an open interval will have had at its end, and the seconds they belong to.

    Taken at the pace of its first minutes the requirement would jump with every contact. Without a plan the pace so
    far is all there is, and it tells something once `min_volume` contacts have come.
    """
    offered, aht, planned = trusted(actuals, "offered"), result.aht_seconds, reference.plan
    below = settings.rules["service_level_below_range"]
    if offered is None or offered < 0 or planned is None or not planned.offered:
        return (offered if (offered or 0) >= amount(below, "min_volume") else None), aht, elapsed
    whole = result.interval_ms / 1000
    share = min(elapsed / whole, 1.0)
    volume = volume_at_end(offered, share, planned.offered, _spread(settings, "volume_variance"), reference.dispersion)
    handled = actuals.handled if aht is not None and actuals.handled else 0
    rest = volume - offered
    if planned.aht_seconds and handled + rest > 0:
        spread = _spread(settings, "aht_variance")
        aht = mean_at_end(aht or 0.0, handled, rest, planned.aht_seconds, spread, reference.cv)
    return volume, aht, whole


def _spread(settings: QueueSettings, rule: str) -> float:
    """How far an interval's true volume or AHT lies from a plan that is as good as the site takes it to be."""
    return max(amount(settings.rules[rule], "tolerance"), _LEAST_SPREAD)


def _required(offered: float | None, aht: float | None, length: float, settings: QueueSettings) -> int | None:
    """Agents that a volume and AHT need; None: nobody came, AHT is not known, or no model or target."""
    model = model_of(settings)
    if model is None or settings.service_level.target is None or not offered or offered < 0 or not aht or length <= 0:
        return None
    busy = served_seconds(aht, settings)
    return model.required_agents(offered * busy / length, busy)


def _volume_verdict(
    offered: int | None, forecast: float | None, settings: QueueSettings, reference: Reference
) -> str | None:
    """`volume_high`, `volume_low`, empty (as planned), or None: not to be compared."""
    if offered is None or forecast is None or offered < 0:
        return None
    ratio = variance_ratio(offered, forecast)
    if ratio is None:
        return "volume_high" if offered else ""
    rule = settings.rules["volume_variance"]
    z = volume_z(offered, forecast, reference.dispersion)
    if abs(z) > amount(rule, "z") + EPSILON and abs(ratio) > amount(rule, "tolerance") + EPSILON:
        return "volume_high" if ratio > 0 else "volume_low"
    return ""


def _aht_verdict(
    aht: float | None, forecast: float | None, handled: int | None, settings: QueueSettings, reference: Reference
) -> str | None:
    rule = settings.rules["aht_variance"]
    if aht is None or not forecast or not handled or handled < amount(rule, "min_handled"):
        return None
    ratio = aht / forecast - 1
    if ratio < 0 and not settled(reference.open_for_ms, forecast):
        return None
    z = aht_z(aht, forecast, handled, reference.cv) or 0.0
    if abs(z) > amount(rule, "z") + EPSILON and abs(ratio) > amount(rule, "tolerance") + EPSILON:
        return "aht_high" if ratio > 0 else "aht_low"
    return ""


def net_verdict(net: float | None, required: float | None, settings: QueueSettings) -> str | None:
    """Whether net staffing is beyond what `net_staffing` allows: `understaffed`, `overstaffed`, empty (within it).

    Args:
        net: staffed - required agents; None: not known.
        required: agents; None: not known.
        settings: whose rule it is.

    Returns:
        None where it cannot be said.
    """
    if net is None or required is None:
        return None
    rule = settings.rules["net_staffing"]
    allowed = max(amount(rule, "agents"), amount(rule, "share") * required)
    if abs(net) <= allowed + EPSILON:
        return ""
    if settings.pooled:
        return "pooled"
    return "understaffed" if net < 0 else "overstaffed"


def _plan_verdicts(planned: Planned | None, verdicts: list[str | None]) -> tuple[str, ...]:
    """The `plan` column, in the reference's order; empty where there is a plan and nothing could be compared.

    Two words come besides the reference's: `plan_resized` (rolled up or split from another interval length) and
    `plan_incomplete` (the plan has no volume, AHT or schedule).
    """
    off = [verdict for verdict in verdicts if verdict]
    words: list[str] = []
    if planned is None:
        words = [*off, "no_plan"]
    else:
        if not off and any(verdict is not None for verdict in verdicts):
            words.append("on_plan")
        if planned.late:
            words.append("plan_late")
        words.extend(off)
        if planned.resized:
            words.append("plan_resized")
        if None in {planned.offered, planned.aht_seconds, planned.scheduled}:
            words.append("plan_incomplete")
    return tuple(words)
