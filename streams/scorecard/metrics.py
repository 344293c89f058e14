"""The required metrics of a period, each with its figure, its target and what the CUI gate says of it.

A metric that is required stays so without data: it then fails "C", and cannot count as at target. Nothing here decides
a band; that is `copc.scoring`'s.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from config.assessing.assessment import SiteMetric
from config.assessing.metrics import BY_PROGRAM, BY_QUEUE, Limits, MetricSettings
from config.timestamps import local_rfc3339
from copc.scoring import TREND_MIN_POINTS, improving
from streams.report.figures import MetricSummary, Report
from streams.scorecard.figures import Counted, Deficiency, RequiredMetric
from streams.scorecard.gate import Collected, QueueGate

__all__ = ["required_metrics", "whole_months"]

_ACCURACY: Final = "critical_error_accuracy"


def whole_months(start_ms: int, end_ms: int, timezone: str) -> list[str]:
    """The local months that lie wholly within a period, as `2026-10`."""
    first, end = (dt.datetime.fromisoformat(local_rfc3339(ms, timezone)).date() for ms in (start_ms, end_ms))
    month = first.replace(day=1)
    # A period that begins within a month does not have that month whole.
    if dt.datetime.fromisoformat(local_rfc3339(start_ms, timezone)).replace(tzinfo=None) > dt.datetime.combine(
        month, dt.time()
    ):
        month = _next(month)
    found = []
    while _next(month) <= end:
        found.append(f"{month:%Y-%m}")
        month = _next(month)
    return found


def _next(month: dt.date) -> dt.date:
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def required_metrics(
    report: Report,
    gates: Mapping[str, QueueGate],
    settings: MetricSettings,
    given: Iterable[SiteMetric],
    months: list[str],
) -> list[RequiredMetric]:
    """Every required metric of a period, once a queue, a program, or as the site gives it.

    Args:
        report: of the period.
        gates: of its queues.
        settings: which metrics are required, and the limits of the gate.
        given: metrics of the assessment.
        months: whole local months of the period, in which those are due.
    """
    found: list[RequiredMetric] = []
    summaries = {
        (queue.program, queue.queue, summary.metric.replace(" ", "_")): summary
        for queue in report.queues
        for summary in queue.metrics
    }
    site = list(given)
    for item, names in settings.required.items():
        for name in names:
            if name in BY_QUEUE:
                for queue, gate in sorted(gates.items(), key=lambda each: (each[1].program, each[0])):
                    summary = summaries.get((gate.program, queue, name))
                    found.extend(_of_queue(name, queue, gate, summary, settings))
            elif name in BY_PROGRAM:
                found.extend(_accuracies(item, report, gates, months, settings))
            elif not any((metric.item, metric.name) == (item, name) for metric in site):
                no_data = Deficiency("C", Counted(0, len(months)), "no_data")
                found.append(RequiredMetric(item, name, "", "", "", None, "", None, None, [no_data]))
    # A metric that the site gives figures of is one that it requires of itself.
    found.extend(_given(metric, months, settings) for metric in site)
    return found


def _of_queue(
    name: str, queue: str, gate: QueueGate, summary: MetricSummary | None, settings: MetricSettings
) -> Iterator[RequiredMetric]:
    collected = gate.metrics[name]
    limits = settings.aht_seconds.get(queue) if name == "average_handle_time" else None
    value = None if summary is None else summary.value
    target, at_target = ("", None) if summary is None else (summary.target, summary.at_target)
    if limits is not None:
        target, at_target = in_words(limits), None if value is None else within(value, limits)
    # AHT and occupancy are required where the site sets a limit or range for them; without demand none is due.
    if collected.due == 0 or (BY_QUEUE[name] == "4.5" and not target):
        return
    yield RequiredMetric(
        item=BY_QUEUE[name],
        name=name,
        program=gate.program,
        queue=queue,
        unit="seconds" if name == "average_handle_time" else "ratio",
        value=value,
        target=target,
        at_target=at_target,
        improving=None if summary is None else summary.improving,
        deficiencies=_deficiencies(collected, settings, target=bool(target), changed=gate.changed),
    )


def _deficiencies(
    collected: Collected, settings: MetricSettings, *, target: bool, changed: bool = False
) -> list[Deficiency]:
    found = []
    if collected.found < settings.collected * collected.due or not collected.found:
        found.append(
            Deficiency("C", Counted(collected.found, collected.due), "figures" if collected.found else "no_data")
        )
    if not target:
        found.append(Deficiency("U", None, "no_target"))
    if changed:
        found.append(Deficiency("U", None, "definition"))
    if collected.failed > settings.integrity * collected.found:
        found.append(Deficiency("I", Counted(collected.failed, collected.found), "checks"))
    return found


def _accuracies(
    item: str, report: Report, gates: Mapping[str, QueueGate], months: list[str], settings: MetricSettings
) -> Iterator[RequiredMetric]:
    """The accuracies of each program: a program without an evaluation has one that is lacking."""
    of_program = {program.program: program for program in report.programs}
    for program in sorted({gate.program for gate in gates.values()}):
        own = of_program.get(program)
        summaries = [] if own is None else [each for each in own.metrics if each.item == item]
        for summary in summaries:
            collected = Collected()
            monitored = {month.month for month in summary.months}
            for month in months:
                collected.add(found=month in monitored)
            if not months:
                collected.add(found=summary.value is not None)
            yield RequiredMetric(
                item=item,
                name=summary.metric,
                program=program,
                queue="",
                unit=summary.unit,
                value=summary.value,
                target=summary.target,
                at_target=summary.at_target,
                improving=summary.improving,
                deficiencies=_deficiencies(collected, settings, target=bool(summary.target)),
            )
        if not summaries:
            lacking = Deficiency("C", Counted(0, max(1, len(months))), "no_data")
            yield RequiredMetric(item, _ACCURACY, program, "", "ratio", None, "", None, None, [lacking])


def _given(metric: SiteMetric, months: list[str], settings: MetricSettings) -> RequiredMetric:
    """A metric of the assessment: its figure is the mean of the period's months, which is ours to say."""
    figures = [metric.months[month] for month in months if month in metric.months]
    collected = Collected()
    for month in months:
        collected.add(found=month in metric.months, failed=month in metric.failed)
    value = sum(figures) / len(figures) if figures else None
    limits = metric.limits
    trend = None
    if limits is not None and len(figures) >= TREND_MIN_POINTS and None in {limits.at_least, limits.at_most}:
        trend = improving(figures, higher_is_better=limits.at_most is None)
    return RequiredMetric(
        item=metric.item,
        name=metric.name,
        program=metric.program,
        queue="",
        unit=metric.unit,
        value=value,
        target="" if limits is None else in_words(limits),
        at_target=None if limits is None or value is None else within(value, limits),
        improving=trend,
        deficiencies=_deficiencies(collected, settings, target=limits is not None),
    )


def within(value: float, limits: Limits) -> bool:
    """Whether a figure lies within its limits, ends included."""
    low = limits.at_least is None or value >= limits.at_least
    return low and (limits.at_most is None or value <= limits.at_most)


def in_words(limits: Limits) -> str:
    """Limits as the report writes a target."""
    if limits.at_least is None:
        return f"at most {limits.at_most:.6g}"
    return (
        f"at least {limits.at_least:.6g}"
        if limits.at_most is None
        else (f"from {limits.at_least:.6g} to {limits.at_most:.6g}")
    )
