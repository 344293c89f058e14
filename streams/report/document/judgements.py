"""The figures of a period read against their targets: what was met, and what was not."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from copc.sigma import MIN_UNITS
from streams.report.document.parts import Judgement, Verdict
from streams.report.figures import Attainment, ProgramReport, QueueReport, Ratio, Service

__all__ = ["attainment_floor", "judgements"]

_MODEL_POINTS: Final = 0.02
"""The error of the simulated expectation (this product's figure)."""
_NORMAL_99: Final = 2.326
"""Upper 1 % point of the normal distribution."""

SettingsOf = Callable[[str, str | None], Mapping[str, Any]]


def judgements(
    queues: list[QueueReport], programs: list[ProgramReport], settings_of: SettingsOf
) -> Iterator[Judgement]:
    """Every figure of the period that has a target, a limit or an expectation.

    Args:
        queues: of the period.
        programs: of the period.
        settings_of: the settings in force at the period's end, by program and queue.
    """
    for queue in queues:
        rules = settings_of(queue.program, queue.queue).get("rules", {})
        for service in queue.service:
            yield _level(queue, service)
            yield _attainment(queue, service.attainment)
        most = _parameter(rules, "abandon_rate_above_limit", "limit")
        yield _judged(queue.program, queue.queue, "4.3", "abandon_rate", queue.abandon_rate, most=most)
        limits = _parameter(rules, "occupancy_outside_range", "range")
        least, most = (None, None) if limits is None else limits
        if queue.occupancy.value is not None or limits is not None:
            yield _judged(
                queue.program, queue.queue, "4.5", "occupancy", queue.occupancy, least=least, most=most, enough=0
            )
    for program in programs:
        rules = settings_of(program.program, None).get("rules", {})
        enough = rules.get("critical_error_accuracy", {}).get("parameters", {}).get("min_n", MIN_UNITS)
        for error in program.critical_errors:
            figure = Ratio(error.right, error.n, error.value, error.n)
            name = f"accuracy_{error.family}"
            yield _judged(program.program, "", "4.4", name, figure, least=error.target, enough=enough)


def attainment_floor(found: Attainment) -> float | None:
    """The share of intervals in range below which chance does not explain that a stable process has so few.

    The expected share less the error of its simulation and 2.326 standard errors of a share (1 % by chance, normal
    approximation; this product's limit). None: there is no expectation.
    """
    expected = found.expected.share
    if expected is None or not found.judged:
        return None
    return max(0.0, expected - _MODEL_POINTS - _NORMAL_99 * math.sqrt(expected * (1 - expected) / found.judged))


def _level(queue: QueueReport, service: Service) -> Judgement:
    return _judged(queue.program, queue.queue, "4.3", "service_level", service.level, least=service.target)


def _attainment(queue: QueueReport, found: Attainment) -> Judgement:
    figure = Ratio(found.in_range, found.judged, found.share, found.judged)
    least = attainment_floor(found)
    return _judged(queue.program, queue.queue, "2.G.A", "intervals_in_range", figure, least=least, enough=0)


def _parameter(rules: Mapping[str, Any], rule: str, name: str) -> Any:  # noqa: ANN401 - a number or a pair of them
    """A parameter of a rule that is on; None: it is not."""
    own = rules.get(rule, {})
    return own.get("parameters", {}).get(name) if own.get("on", True) else None


def _judged(
    program: str,
    queue: str,
    item: str,
    metric: str,
    figure: Ratio,
    *,
    least: float | None = None,
    most: float | None = None,
    enough: float = MIN_UNITS,
) -> Judgement:
    return Judgement(
        item=item,
        program=program,
        queue=queue,
        metric=metric,
        figure=figure,
        least=least,
        most=most,
        verdict=_verdict(figure, least, most, enough),
    )


def _verdict(figure: Ratio, least: float | None, most: float | None, enough: float) -> Verdict:
    if least is None and most is None:
        return "no_target"
    if figure.value is None or figure.denominator < enough:
        return "no_verdict"
    inside = (least is None or figure.value >= least) and (most is None or figure.value <= most)
    return "met" if inside else "not_met"
