"""A report for a period: the figures of the history by item of the standard, with the limits of what they prove.

It reads the rows in one pass, queue by queue from one snapshot, and takes sums, never means of percentages. Points
that only an assessor can give (approach, deployment) are shown as a range. Numbers that the public text of the
standard does not give are this product's defaults, and called so.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from config.settings import in_force
from config.timestamps import from_rfc3339
from copc.items import ITEMS
from copc.queue_model import QueueModel, why_not_modelled
from copc.service_level import FORMULAS
from copc.stability import Stratum, expected_share
from copc.variation import MIN_HANDLED, RANGE_LIMIT, SD_LIMIT, chance_cv, rule_a, rule_b
from streams.history.query import Filters, HistoryQuery
from streams.history.stored_settings import StoredSettings
from streams.journal.entry import ACKNOWLEDGED
from streams.report.breaches import Breaches
from streams.report.critical_errors import Monitoring, sigma_of
from streams.report.figures import (
    Attainment,
    Expectation,
    Finding,
    ForecastAccuracy,
    Intervals,
    ProgramReport,
    ProjectionAccuracy,
    QueueReport,
    Report,
    Service,
    VariationFigure,
)
from streams.report.groups import group_reports
from streams.report.points import accuracy_metric, assessed_points, performance_points, queue_metrics
from streams.report.projected import Actuals, Judged, day_ends, tenths
from streams.report.sums import (
    TOLERANCE,
    Basis,
    QueueSums,
    ServiceSums,
    basis_of,
    ratio_of,
    ratio_of_figure,
    seconds_of,
)

__all__ = ["Seen", "report"]

_SEED: Final = 20_260_302
"""Seed of the simulations, so that the same history gives the same report."""
_ASSESSOR: Final = ("2.2", "2.3", "2.4", "2.5", "2.6", "2.G.A")
_PERFORMANCE: Final = ("4.3", "4.4", "4.5")

_FOUND: Final = ("at", "incident_id", "by", "cause", "controllable", "action", "outcome")
"""Columns of the journal that a finding has."""
_Settings = Mapping[str, Any]
_Row = Mapping[str, Any]
Seen = Callable[[Sequence[_Row], Iterable[_Row], Callable[[_Row], _Settings | None]], object]
"""Takes rows of a queue, as `report` reads them."""

_NOTES: Final = (
    (
        "After the COPC-2000 CSP standard. Targets, ranges, tolerances and limits are the configuration's or this "
        "product's defaults: the public text of the standard gives no thresholds for 2.4, 2.5 and 2.G.A."
    ),
    (
        "Figures are sums over sums of intervals in their latest revision. Intervals that are missing or failed an "
        "integrity check are in no figure; low volume has no verdict."
    ),
    (
        "In range, expected: the share that a stable queue with this mean and these volumes would have, by "
        "simulation; good to about 2 points."
    ),
    (
        "Variation over agents, teams and shifts is watched month by month by the rule variation_too_big; the history "
        "keeps intervals, so days are compared here. The sigma of a service level is shown, not judged: a target of "
        "80 % is itself a sigma of 2.34."
    ),
    (
        "Level: a metric is at target by its figure over the period. Trend: the latest 3 whole months each better "
        "than the 3 before, and a Mann-Kendall p below 0.05 over 6 or more. Both readings are this product's "
        "defaults. Which metrics an item requires is the assessor's to say; here every figure with a target counts as "
        "one."
    ),
    (
        "Points: the approach of 4.3 to 4.5 is the assessor's to judge, and what the period cannot tell counts from "
        "nothing to everything; so they are a range. Points of items 2.x are the assessor's: the figures above are "
        "evidence. All other items have no figures here."
    ),
    "Time to acknowledge runs from the end of the interval that opened the breach to the first acknowledgement.",
)
"""Notes that every report has."""
_PROJECTED: Final = (
    "Projections are those that the history kept at the times that `projections` names, of intervals that had not "
    "begun, and of days that are over. The forecast left alone is the plan's, else the queue's own mean. Fewer "
    "than 10 days have their counts, and no figure."
)
"""The note of a report with projections."""
_ON_GROUPS: Final = (
    "Programs, sites and pools: sums over the latest rows of their queues, each counted by its own threshold and "
    "judged by its own range, as `export --what groups` gives them. An interval that failed a check is in them. "
    "Volumes are summed over the queues before they are compared with the plan."
)


def report(
    reader: HistoryQuery,
    start: str,
    end: str,
    *,
    gold: bool = False,
    progress: Callable[[int], object] = lambda _: None,
    groups: Iterable[Sequence[Mapping[str, Any]]] = (),
    seen: Seen = lambda _rows, _used, _settings_of: None,
) -> Report:
    """The report for intervals from `start` to before `end`.

    Args:
        reader: a snapshot of the history.
        start: RFC 3339.
        end: RFC 3339.
        gold: levels and points of Gold.
        progress: called with the number of results read since its last call.
        groups: the rows of programs, sites and pools (`streams.groups.GROUPS`) that start in the period.
        seen: takes the rows that are read, those of them in the figures, and what gives their settings.
    """
    period = Filters(start=start, end=end, latest_only=True)
    limits = (from_rfc3339(start), from_rfc3339(end))
    held = StoredSettings(reader.parameters())
    settings = _settings_at(held, limits[1] - 1)
    days = reader.program_days(Filters(start=start, end=end))
    ends = day_ends(days)
    queues, projected, chances = [], {}, []
    for queue in reader.queues(Filters()):
        sums, actuals = QueueSums(queue), Actuals()
        for batch in reader.queue_results(queue, period):
            used = sums.add(batch, held.of_row)
            actuals.add((row, basis_of(row, held.of_row(row) or {})) for row in used)
            seen(batch, used, held.of_row)
            progress(len(batch))
        if sums.status:
            queues.append(sums)
            against = Judged(
                actuals, ends.get(queue, []), settings(sums.program, queue).get("timezone", "UTC"), limits[0]
            )
            for batch in reader.projections(Filters(start=start, end=end, queue=queue)):
                against.add(batch)
            projected[queue] = against.figures()
            chances += against.chances
    program_of = {sums.queue: sums.program for sums in queues}
    monitoring = Monitoring()
    for batch in reader.evaluations(Filters(start=start, end=end)):
        for row in batch:
            program = row["program"] or program_of.get(row["queue"], "")
            own = settings(program, row["queue"])
            monitoring.add(program, own.get("timezone", "UTC"), row)
    for day in days:
        monitoring.add_day(day)
    breaches = Breaches(end, held)
    for batch in reader.breaches(Filters(start=start)):
        breaches.add(batch)
    breaches.acknowledge(reader.acknowledgements())
    reports = [
        _queue(sums, settings(sums.program, sums.queue), monitoring, breaches, limits, projected[sums.queue])
        for sums in queues
    ]
    programs = [
        _program(program, settings(program, None), monitoring, breaches, limits)
        for program in sorted(monitoring.programs | breaches.programs)
    ]
    metrics = [metric for queue in reports for metric in queue.metrics]
    metrics += [metric for program in programs for metric in program.metrics]
    of_groups = group_reports(groups)
    return Report(
        standard="after the COPC-2000 CSP standard",
        start=start,
        end=end,
        gold=gold,
        queues=sorted(reports, key=_gap),
        programs=programs,
        groups=of_groups,
        items=[performance_points(code, metrics, gold=gold) for code in _PERFORMANCE]
        + [assessed_points(code, gold=gold) for code in _ASSESSOR if gold or ITEMS[code].points is not None],
        findings=[
            Finding(*(entry[name] for name in _FOUND))
            for entries in reader.journal()
            for entry in entries
            if entry["kind"] != ACKNOWLEDGED and breaches.has(entry["incident_id"])
        ],
        calibration=tenths(chances),
        notes=[
            *_NOTES,
            *([_PROJECTED] if any(projected.values()) else []),
            *([_ON_GROUPS] if of_groups else []),
        ],
    )


def _settings_at(held: StoredSettings, ms: int) -> Callable[[str, str | None], _Settings]:
    """The settings in force at an instant, by program and queue (None: of the program as such)."""
    versions = list(held.versions.values())
    version = in_force(versions, ms).version if versions else ""
    return lambda program, queue: held.of(version, program, queue) or {}


def _vocabulary(settings: _Settings) -> str:
    return str(settings.get("vocabulary", "critical"))


def _gap(queue: QueueReport) -> tuple[float, str, str]:
    """A sort key by the distance above the target: the queue furthest below is first, one without a target last."""
    gaps = [
        service.level.value - service.target
        for service in queue.service
        if service.level.value is not None and service.target is not None
    ]
    return (min(gaps) if gaps else 2.0, queue.program, queue.queue)


# --- one queue ---------------------------------------------------------------------------------------


def _queue(
    sums: QueueSums,
    settings: _Settings,
    monitoring: Monitoring,
    breaches: Breaches,
    period: tuple[int, int],
    projections: list[ProjectionAccuracy],
) -> QueueReport:
    rules = settings.get("rules", {})
    total = sum(sums.status.values())
    summaries, carried_in = breaches.of(sums.program, sums.queue)
    return QueueReport(
        program=sums.program,
        queue=sums.queue,
        channel=sums.channel,
        intervals=Intervals(
            total=total,
            corrected=sums.status["corrected"],
            missing=sums.status["missing"],
            left_out=sums.left_out,
            checks=dict(sorted(sums.checks.items())),
            used=total - sums.status["missing"] - sums.left_out,
        ),
        service=[_service(basis, own, rules) for basis, own in sums.services.items()],
        abandon_rate=ratio_of(sums.abandon),
        asa_seconds=seconds_of(sums.wait),
        aht_seconds=seconds_of(sums.handle),
        occupancy=seconds_of(sums.occupancy, both=True),
        signals=dict(sorted(sums.signals.items())),
        plan_flags=dict(sorted(sums.plan_flags.items())),
        forecast=list(_forecasts(sums)),
        projections=projections,
        variation=list(_variation(sums, rules.get("variation_too_big", {}).get("parameters", {}))),
        critical_errors=monitoring.of(sums.program, sums.queue, rules, _vocabulary(settings)),
        breaches=summaries,
        carried_in=carried_in,
        metrics=list(queue_metrics(sums, settings, period)),
    )


def _service(basis: Basis, sums: ServiceSums, rules: _Settings) -> Service:
    spec = sums.spec
    judged = spec["in_range"] + spec["below"] + spec["above"]
    level = sums.level
    sigma = []
    if level.denominator and 0 <= level.numerator <= level.denominator:
        opportunity = f"contact answered within {basis.threshold_seconds:g} s, as {basis.definition} counts"
        sigma.append(sigma_of(level.denominator - level.numerator, level.denominator, opportunity, rules))
    if judged:
        sigma.append(sigma_of(judged - spec["in_range"], judged, "interval in range", rules))
    return Service(
        definition=basis.definition,
        formula=FORMULAS[basis.definition],
        threshold_seconds=basis.threshold_seconds,
        overflow_counts=basis.overflow_counts,
        target=basis.target,
        range=basis.range,
        level=ratio_of(level),
        attainment=Attainment(
            in_range=spec["in_range"],
            below=spec["below"],
            above=spec["above"],
            judged=judged,
            share=spec["in_range"] / judged if judged else None,
            expected=_expectation(basis, sums),
            low_volume=spec["low_volume"],
            no_demand=spec["no_demand"],
            unknown=spec["unknown"],
        ),
        sigma=sigma,
    )


def _expectation(basis: Basis, sums: ServiceSums) -> Expectation:
    why = why_not_modelled(
        basis.definition, overflow_counts=basis.overflow_counts, short_abandon_seconds=basis.short_abandon_seconds
    )
    if basis.range is None or not sums.judged.denominator:
        why = "no range is set" if basis.range is None else "no interval has a verdict"
    elif why is None and not sums.handled.numerator:
        why = "no handle time is reported"
    if why is not None or basis.range is None:
        return Expectation(None, "", why or "")
    model = QueueModel(
        threshold_seconds=basis.threshold_seconds,
        patience_seconds=basis.patience_seconds,
        definition=basis.definition,
        short_abandon_seconds=basis.short_abandon_seconds,
    )
    share = expected_share(
        np.random.default_rng(_SEED),
        [Stratum(s.numerator / s.denominator, s.denominator) for _, s in sorted(sums.strata.items())],
        sums.judged.numerator / sums.judged.denominator,
        basis.range,
        model,
        # In the model an agent is one server, also of several contacts at once.
        aht_seconds=sums.handled.numerator / sums.handled.denominator / 1000 / basis.concurrency,
        interval_seconds=basis.interval_seconds,
    )
    return Expectation(share, model.name, "")


def _forecasts(sums: QueueSums) -> Iterator[ForecastAccuracy]:
    for quantity, figures in sums.forecasts.items():
        if figures:
            (found,) = figures
            n = int(found.within.denominator)
            yield ForecastAccuracy(
                quantity=quantity,  # type: ignore[arg-type]  # the keys that QueueSums begins with
                intervals=n,
                wape=ratio_of_figure(found.wape, found),
                bias=ratio_of_figure(found.bias, found),
                within=ratio_of_figure(found.within, found),
                tolerance=TOLERANCE,
                attainable=sums.attainable / n if quantity == "volume" else None,
            )


def _variation(sums: QueueSums, limits: _Settings) -> Iterator[VariationFigure]:
    """Rules A and B over local days, for average handle time and speed of answer."""
    least = limits.get("min_handled", MIN_HANDLED)
    for metric, per_day in (
        ("AHT", [day.handle for day in sums.days.values()]),
        ("ASA", [day.wait for day in sums.days.values()]),
    ):
        used = [day for day in per_day if day.denominator >= least]
        if len(used) < 2:
            continue
        values = [day.numerator / day.denominator / 1000 for day in used]
        caution = f"{metric}: A and B agree only near n = 35"
        if len(used) < len(per_day):
            caution += f"; {len(per_day) - len(used):,} days with fewer than {least:,} contacts are left out"
        if metric == "AHT":
            chance = chance_cv(1.0, min(day.denominator for day in used))
            caution += f"; by chance alone days differ by {chance:.1%} (SD / mean) where the fewest were handled"
        for verdict in (
            rule_a(values, limits.get("range_over_mean", RANGE_LIMIT)),
            rule_b(values, limits.get("sd_over_sixth", SD_LIMIT)),
        ):
            yield VariationFigure(
                rule=verdict.rule,
                metric=metric,
                over="days",
                value=verdict.value,
                limit=verdict.limit,
                n=verdict.n,
                too_big=verdict.too_big,
                left_out=len(per_day) - len(used),
                caution=caution,
            )


def _program(
    program: str, settings: _Settings, monitoring: Monitoring, breaches: Breaches, period: tuple[int, int]
) -> ProgramReport:
    rules = settings.get("rules", {})
    errors = monitoring.of(program, None, rules, _vocabulary(settings))
    summaries, carried_in = breaches.of(program, "")
    return ProgramReport(
        program=program,
        critical_errors=errors,
        breaches=summaries,
        carried_in=carried_in,
        monitoring=monitoring.summary(program, rules, period[0], _vocabulary(settings)),
        metrics=[
            accuracy_metric(program, error, monitoring, settings, period)
            for error in errors
            if error.family != "non_critical" and error.value is not None
        ],
    )
