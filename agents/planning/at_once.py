"""Whether a day refutes the setting of how many contacts an agent serves at once (`concurrency`).

A wrong setting makes every figure that rests on it wrong, and no breach says so. Two things show it. Contacts cannot
take more of the agents than there is of them; and where the model is off in every interval of a day, and always to
one side, it is not chance. Both are findings about the configuration: for people, never a breach.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from agents.planning.causes import model_of, served_seconds
from config.queue_settings import QueueSettings
from streams.results import IntervalResult

__all__ = ["LEAST_INTERVALS", "MOST_OF_CAPACITY", "POINTS", "Refuted", "is_told", "refuted"]

MOST_OF_CAPACITY: Final = 1.05
"""Handling time / capacity that refutes a setting: above 1 for clocks that differ and handling that a day inherits."""
POINTS: Final = 0.30
"""Difference of service level and model that refutes a setting where each interval of a day is beyond it, ratio."""
LEAST_INTERVALS: Final = 4
"""Intervals that can be judged, below which a day says nothing."""
_LEAST_CONTACTS: Final = 10
"""Contacts of an interval whose service level is compared: by chance alone hardly one is 30 points off."""
_VOICE: Final = "voice"


class Refuted(NamedTuple):
    """Evidence of a day against the setting."""

    kind: Literal["handling", "service_level"]
    """handling: contacts took more than the agents' capacity; service_level: the model is off in every interval."""
    concurrency: float
    """The setting."""
    observed: float
    """Handling time / capacity; or the mean service level, weighted by contacts offered."""
    expected: float
    """The most that the first may be; or what the model says of the same intervals."""
    at_least: float | None
    """Contacts at once that the handling proves, handling time / staffed time; None: it proves nothing."""
    intervals: int
    """Number of intervals that it rests on."""


def is_told(settings: QueueSettings) -> bool:
    """Whether several at once are told of a queue: they are set, or its contacts are no calls."""
    return not settings.deferred and (settings.concurrency > 1 or settings.channel != _VOICE)


def refuted(results: Sequence[IntervalResult], settings: QueueSettings) -> tuple[Refuted, ...]:
    """The evidence of one local day against `concurrency`; empty: the data bear it, or are too few to tell.

    The handling time is that of the contacts; capacity is staffed time x concurrency. An agent on calls has one at a
    time: there a model that is off has other reasons, and only handling beyond the capacity is told.

    Args:
        results: the latest results of the day's intervals, all made under `settings`.
        settings: of the queue.
    """
    if settings.deferred:
        return ()
    sound = [result for result in results if _is_sound(result)]
    found = [_by_handling(sound, settings), _by_level(sound, settings) if is_told(settings) else None]
    return tuple(each for each in found if each is not None)


def _is_sound(result: IntervalResult) -> bool:
    """Whether an interval is final and says how long the queue's own agents were there."""
    return bool(
        result.revision
        and result.status != "missing"
        and not result.failed_checks()
        and "shared_agents" not in result.integrity
        and result.staffed_ms
        and result.staffed_ms > 0
    )


def _handling_ms(result: IntervalResult, settings: QueueSettings) -> int | None:
    """The contacts' handling time: of those that ended in the interval, else the part of it that lies there."""
    if result.handle_ms is not None or settings.concurrency == 1:
        return result.handle_ms
    return result.occupied_ms


def _by_handling(results: Sequence[IntervalResult], settings: QueueSettings) -> Refuted | None:
    known = [(each.staffed_ms or 0, ms) for each in results if (ms := _handling_ms(each, settings)) is not None]
    staffed, handling = (sum(column) for column in zip(*known, strict=True)) if known else (0, 0)
    ratio = handling / (staffed * settings.concurrency) if staffed else 0.0
    if len(known) < LEAST_INTERVALS or ratio <= MOST_OF_CAPACITY:
        return None
    return Refuted("handling", settings.concurrency, ratio, MOST_OF_CAPACITY, handling / staffed, len(known))


def _by_level(results: Sequence[IntervalResult], settings: QueueSettings) -> Refuted | None:
    model = model_of(settings)
    if model is None:
        return None
    weights: list[int] = []
    observed: list[float] = []
    expected: list[float] = []
    for each in results:
        offered, level, aht, agents = each.offered, each.service_level, each.aht_seconds, each.staffed_agents
        if offered is None or offered < _LEAST_CONTACTS or level is None or not aht or aht < 0 or not agents:
            continue
        busy = served_seconds(aht, settings)
        weights.append(offered)
        observed.append(level)
        expected.append(model.service_level(offered * busy / (each.interval_ms / 1000), busy, agents))
    off = [seen - said for seen, said in zip(observed, expected, strict=True)]
    if len(off) < LEAST_INTERVALS or not (min(off) > POINTS or max(off) < -POINTS):
        return None
    seen, said = (
        sum(weight * level for weight, level in zip(weights, levels, strict=True)) / sum(weights)
        for levels in (observed, expected)
    )
    return Refuted("service_level", settings.concurrency, seen, said, None, len(off))
