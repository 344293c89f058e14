"""A report as tables of text cells, which the printed text and the page share.

A table has five columns: the item of the standard, the name of the figure, the figure, its counts, and the target or
limit to read it against. Nothing is computed here.
"""

from collections.abc import Iterator
from typing import Final

from config.rules import RULES
from dashboards.report.cells import NOTHING, UNBROKEN, Line, Table, counts_of, of, percent, span
from dashboards.report.group_table import group_table
from streams.report.figures import (
    Attainment,
    BreachSummary,
    ChanceTenth,
    CriticalErrors,
    Finding,
    ForecastAccuracy,
    Intervals,
    ItemPoints,
    MetricSummary,
    MonitoringSummary,
    ProgramReport,
    ProjectionAccuracy,
    QueueReport,
    Ratio,
    Report,
    Service,
    Sigma,
    VariationFigure,
)

__all__ = ["HEADER", "Line", "Table", "tables"]

HEADER: Final = ("Item", "What", "Figure", "Counts", "Read against")

_MODELS: Final = {"erlang_a": "Erlang A", "erlang_c": "Erlang C"}
_NAMED: Final = 5
"""Agents, and checks, listed by name at most."""
_QUANTITIES: Final = {"volume": "Volume", "aht": "AHT", "workload": "Workload"}
_IMPROVING: Final = {True: "improving", False: "not shown", None: NOTHING}


def tables(report: Report) -> Iterator[Table]:
    """Every table of the report: queues, worst first, then programs, groups of queues, and the items."""
    for queue in report.queues:
        yield _queue(queue)
    for program in report.programs:
        yield _program(program)
    for group in report.groups:
        yield group_table(group)
    if report.calibration:
        yield _calibration(report.calibration)
    yield _items(report)
    if report.findings:
        yield _findings(report.findings)


def _queue(queue: QueueReport) -> Table:
    lines: list[Line] = []
    for service in queue.service:
        lines += _service(service, named=len(queue.service) > 1)
    lines.append(Line("4.3", "Abandon rate", percent(queue.abandon_rate.value), counts_of(queue.abandon_rate), ""))
    lines.append(_mean("4.3", "Average speed of answer", queue.asa_seconds, "answered"))
    lines += [_sigma(sigma) for service in queue.service for sigma in service.sigma]
    lines += [_variation(figure) for figure in queue.variation]
    lines += _signals(queue.signals)
    lines += [line for forecast in queue.forecast for line in _forecast(forecast)]
    lines += [line for projected in queue.projections for line in _projected(projected)]
    lines += _plan_flags(queue)
    lines += [line for errors in queue.critical_errors for line in _critical_errors(errors)]
    lines.append(_mean("4.5", "Average handle time", queue.aht_seconds, "handled"))
    if queue.occupancy.value is not None:
        busy = queue.occupancy
        hours = f"{busy.numerator / 3600:,.1f} / {busy.denominator / 3600:,.1f} h"
        lines.append(Line("4.5", "Occupancy", percent(busy.value), hours, _target(queue.metrics, "occupancy")))
    lines += _trends(queue.metrics)
    lines += _intervals(queue.intervals)
    lines += _breaches(queue.breaches, queue.carried_in)
    cautions = dict.fromkeys(f"Variation: {figure.caution}." for figure in queue.variation if figure.caution)
    where = f"{queue.program or 'no program'} / {queue.queue}"
    return Table(f"{where} ({queue.channel})" if queue.channel else where, lines, list(cautions))


def _service(service: Service, *, named: bool) -> Iterator[Line]:
    how = f"{service.definition}, {service.threshold_seconds:g} s"
    found: Attainment = service.attainment
    expected = found.expected
    if expected.share is not None:
        beside = f"expected {percent(expected.share)} ({_MODELS[expected.model]})"
    else:
        beside = f"no expectation: {expected.why_not}"
    suffix = f" ({how})" if named else ""
    yield Line("2.G.A", f"Intervals in range{suffix}", percent(found.share), of(found.in_range, found.judged), beside)
    yield Line("", "  below the range", "", f"{found.below:,}", "")
    yield Line("", "  above the range", "", f"{found.above:,}", "")
    withheld = {"low volume": found.low_volume, "no demand": found.no_demand, "no figure": found.unknown}
    for why, intervals in withheld.items():
        if intervals:
            yield Line("", f"  {why}: no verdict", "", f"{intervals:,}", "")
    limits = []
    if service.target is not None:
        limits.append(f"target {percent(service.target)}")
    if service.range is not None:
        limits.append(f"range {percent(service.range[0])} to {percent(service.range[1])}")
    aim = ", ".join(limits) or "no target set"
    yield Line("4.3", f"Service level ({how})", percent(service.level.value), counts_of(service.level), aim)


def _sigma(sigma: Sigma) -> Line:
    level = "withheld" if sigma.level is None else f"{f'{sigma.bound} ' if sigma.bound else ''}{sigma.level:.2f}"
    beside = f"yield {percent(sigma.yield_ratio)}, DPMO {sigma.dpmo:,.0f}, shift {sigma.shift:g}"
    if sigma.bound == "withheld":
        beside = f"low volume; {beside}"
    counts = f"not: {of(sigma.defects, sigma.units)}"
    return Line("2.2", f"Sigma: {sigma.opportunity}", level, counts, beside)


def _variation(figure: VariationFigure) -> Line:
    value = NOTHING if figure.value is None else f"{figure.value:.2f}"
    word = "at least" if figure.rule == "C" else "at most"
    verdict = {True: "too big", False: "not too big", None: "no verdict"}[figure.too_big]
    counts = f"n = {figure.n:,} {figure.over}"
    what = f"Variation {figure.rule}: {figure.metric.replace('_', ' ')} over {figure.over}"
    return Line("2.2", what, value, counts, f"{word} {figure.limit:g}: {verdict}")


def _signals(signals: dict[str, int]) -> Iterator[Line]:
    judged = sum(signals.get(name, 0) for name in ("usual", "low", "high"))
    for name in ("low", "high"):
        if judged:
            share = signals.get(name, 0)
            yield Line("2.2", f"Unusually {name} service level", percent(share / judged), of(share, judged), "")


def _forecast(forecast: ForecastAccuracy) -> Iterator[Line]:
    name = _QUANTITIES[forecast.quantity]
    over = f"{forecast.intervals:,} intervals"
    yield Line("2.5", f"{name}: WAPE", percent(forecast.wape.value), counts_of(forecast.wape), over)
    yield Line("2.5", f"{name}: bias", percent(forecast.bias.value, signed=True), counts_of(forecast.bias), over)
    attainable = "" if forecast.attainable is None else f"attainable {percent(forecast.attainable)}"
    what = f"{name}: within {forecast.tolerance:.0%} (our default)"
    yield Line("2.5", what, percent(forecast.within.value), counts_of(forecast.within), attainable)


def _projected(found: ProjectionAccuracy) -> Iterator[Line]:
    at, over = f"Projected at {found.made_at}", f"{found.wape.intervals:,} intervals of {found.days:,} days"
    alone = f"{_given(found.forecast_wape)}: forecast left alone"
    yield Line("2.5", f"{at}: volume, WAPE", _given(found.wape), counts_of(found.wape), alone)
    alone = f"{_given(found.forecast_bias, signed=True)}: forecast left alone"
    yield Line("", "  bias", _given(found.bias, signed=True), counts_of(found.bias), alone)
    yield Line("", "  inside its 80 % range", _given(found.volume_in_range), counts_of(found.volume_in_range), over)
    for name, error, inside in (
        ("service level", found.level_error, found.level_in_range),
        ("day at its close", found.day_level_error, found.day_level_in_range),
    ):
        if inside.denominator:
            off = "mean error withheld" if error.value is None else f"mean error {error.value * 100:+.1f} points"
            yield Line("2.G.A", f"{at}: {name} inside its 80 % range", _given(inside), counts_of(inside), off)
    if found.brier.denominator:
        score = "withheld" if found.brier.value is None else f"{found.brier.value:.3f}"
        base = found.base_rate_brier.value
        beside = "few days" if base is None else f"{base:.3f}: base rate (0 is perfect)"
        days = f"{found.brier.intervals:,} days"
        yield Line("2.G.A", f"{at}: P(day at target), Brier score", score, days, beside)
        said = f"mean P {_given(found.chance)}"
        yield Line("", "  days at target", _given(found.on_target), counts_of(found.on_target), said)


def _calibration(found: list[ChanceTenth]) -> Table:
    lines = [
        Line(
            "2.G.A",
            f"P(day at target) {tenth.low * 100:.0f} to {tenth.high * 100:.0f}{UNBROKEN}%: made it",
            _given(tenth.on_target),
            counts_of(tenth.on_target),
            f"mean P {_given(tenth.chance)}",
        )
        for tenth in found
    ]
    note = "Several projections of one day, and queues that stray together, tell less than as many days of one queue."
    return Table("Chances of a day as projected, and days that made it, all queues and times", lines, [note])


def _plan_flags(queue: QueueReport) -> Iterator[Line]:
    planned = queue.intervals.used - queue.plan_flags.get("no_plan", 0)
    for flag in ("understaffed", "overstaffed", "plan_late"):
        intervals = queue.plan_flags.get(flag, 0)
        if intervals:
            share = percent(intervals / planned) if planned else NOTHING
            yield Line("2.5", f"Intervals {flag.replace('_', ' ')}", share, of(intervals, planned), "")
    if queue.plan_flags.get("no_plan"):
        yield Line("2.5", "Intervals without a plan", "", f"{queue.plan_flags['no_plan']:,}", "")


def _critical_errors(errors: CriticalErrors) -> Iterator[Line]:
    target = "no target set" if errors.target is None else f"target {percent(errors.target)}"
    sure = f"{percent(errors.low)} to {percent(errors.high)} ({errors.confidence:.0%} exact); {target}"
    name = f"{errors.label[0].upper()}{errors.label[1:]} accuracy"
    yield Line("2.4", name, percent(errors.value), of(errors.right, errors.n), sure if errors.n else "none at random")
    if errors.targeted_n:
        yield Line("", "  targeted selections, apart", "", of(errors.targeted_right, errors.targeted_n), "")
    if errors.sigma is not None:
        yield _sigma(errors.sigma)
    if errors.variation is not None and errors.variation.value is not None:
        yield _variation(errors.variation)


def _monitoring(found: MonitoringSummary) -> Iterator[Line]:
    for month in found.coverage:
        agents = len(month.agents)
        short = [f"{each.agent} {each.evaluations}/{each.due}" for each in month.agents[: min(month.behind, _NAMED)]]
        more = f", + {month.behind - _NAMED}" if month.behind > _NAMED else ""
        enough = agents - month.behind
        beside = f"short: {', '.join(short)}{more}" if short else f"{month.min_evaluations} an agent and month"
        yield Line("2.4", f"Agents monitored, {month.month}", percent(enough / agents), of(enough, agents), beside)
    if not found.coverage:
        yield Line("2.4", "Agents monitored", NOTHING, "", "not known: no contacts by agent")
    for spread in found.spread:
        for figure in spread.figures:
            if figure.p_value is None:
                continue
            verdict = "uneven" if figure.finding else "as contacts are"
            counts = f"{sum(group.evaluations for group in figure.groups):,} evaluations"
            limit = f"p {figure.p_value:.2g}, a finding below {figure.limit:.2g}"
            yield Line("2.4", f"Spread over {figure.dimension}, {spread.month}", verdict, counts, limit)
    for pairs in found.calibration:
        kappa = "kappa undefined" if pairs.kappa is None else f"kappa {pairs.kappa:.2f}"
        name = f"Calibration: {found.labels[pairs.family]}"
        yield Line("2.4", name, percent(pairs.agreed / pairs.pairs), of(pairs.agreed, pairs.pairs), kappa)
    for check in found.failures[:_NAMED]:
        beside = f"{percent(check.cumulative)} of failures down to here"
        share = percent(check.failed / check.applicable)
        yield Line("2.4", f"Failed: {check.check}", share, of(check.failed, check.applicable), beside)
    for agent in found.outside_funnel:
        worse = "below" if agent.outside == "low" else "above"
        beside = f"{worse} chance: {percent(agent.low)} to {percent(agent.high)} for n = {agent.n:,}"
        name = f"Agent {agent.agent}: {found.labels[agent.family]} accuracy"
        yield Line("2.4", name, percent(agent.value), of(agent.right, agent.n), beside)


def _mean(item: str, what: str, mean: Ratio, of: str) -> Line:
    value = NOTHING if mean.value is None else f"{mean.value:,.1f} s"
    return Line(item, what, value, f"{mean.numerator:,.0f} s / {mean.denominator:,.0f} {of}", "")


def _target(metrics: list[MetricSummary], name: str) -> str:
    targets = [metric.target for metric in metrics if metric.metric == name and metric.target]
    return targets[0] if targets else "no target set"


def _trends(metrics: list[MetricSummary]) -> Iterator[Line]:
    for metric in metrics:
        if metric.improving is not None:
            yield Line(
                metric.item,
                f"Trend: {metric.metric}",
                _IMPROVING[metric.improving],
                f"{len(metric.months)} whole months",
                "our default of sustained improvement",
            )


def _intervals(intervals: Intervals) -> Iterator[Line]:
    yield Line("2.6", "Intervals in the figures", "", of(intervals.used, intervals.total), "")
    yield Line("2.6", "  missing, left out", "", f"{intervals.missing:,}", "")
    checks = ", ".join(f"{name} {count:,}" for name, count in intervals.checks.items())
    yield Line("2.6", "  failed a check, left out", "", f"{intervals.left_out:,}", checks)
    yield Line("2.6", "  corrected by late data", "", f"{intervals.corrected:,}", "")


def _breaches(breaches: list[BreachSummary], carried_in: int) -> Iterator[Line]:
    for breach in breaches:
        severities = ", ".join(f"{count:,} {severity}" for severity, count in breach.by_severity.items())
        seen = breach.acknowledgement
        if seen.median_seconds is None or seen.longest_seconds is None:
            beside = "none acknowledged"
        else:
            beside = (
                f"{seen.acknowledged:,} acknowledged, after {span(seen.median_seconds)} (median), "
                f"{span(seen.longest_seconds)} at most"
            )
        still = f"; {breach.still_open:,} open" if breach.still_open else ""
        # A history may hold breaches of a rule that this version does not have.
        name = RULES[breach.rule].noun if breach.rule in RULES else breach.rule.replace("_", " ")
        what = f"Breaches: {name}"
        yield Line(breach.item, what, f"{breach.opened:,}", f"{severities}{still}", beside)
    if carried_in:
        yield Line("", "Breaches open from before", "", f"{carried_in:,}", "")


def _program(program: ProgramReport) -> Table:
    lines = [line for errors in program.critical_errors for line in _critical_errors(errors)]
    if program.monitoring is not None:
        lines += _monitoring(program.monitoring)
    lines += _trends(program.metrics)
    lines += _breaches(program.breaches, program.carried_in)
    return Table(f"{program.program or 'no program'}, all queues together", lines, [])


def _findings(findings: list[Finding]) -> Table:
    lines = [
        Line(
            "2.3",
            f"{found.incident}: {found.cause or NOTHING}",
            f"controllable: {found.controllable}" if found.controllable else "",
            found.action or NOTHING,
            f"{found.outcome or 'no outcome yet'} ({found.by}, {found.at[:10]})",
        )
        for found in findings
    ]
    return Table("Causes, actions and outcomes, from the journal", lines, [])


def _items(report: Report) -> Table:
    lines = [_item(item) for item in report.items]
    return Table("Points, as far as figures can give them" + (" (Gold)" if report.gold else ""), lines, [])


def _item(item: ItemPoints) -> Line:
    if item.least is None or item.most is None:
        return Line(item.item, item.title, NOTHING, f"of {item.points} points", item.why)
    parts = []
    if item.level is not None:
        parts.append(f"level {item.level}{UNBROKEN}%: {item.at_target} of {item.metrics} at target")
    if item.trend is not None:
        parts.append(f"trend {item.trend}{UNBROKEN}%: {item.improving} improving")
    points = f"{item.least:.0f} to {item.most:.0f}"
    return Line(item.item, item.title, points, f"of {item.points} points", "; ".join([*parts, item.why]))


def _given(ratio: Ratio, *, signed: bool = False) -> str:
    """A figure that is withheld where there is too little of it."""
    few = ratio.value is None and ratio.denominator > 0
    return "withheld" if few else percent(ratio.value, signed=signed)
