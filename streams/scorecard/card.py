"""All items of the standard with their bands and points, the total, and what certification would ask.

Nothing is certified here: the words are "would meet", "would not", and "cannot be said". An item without an input has
no score, which is no score of 0.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from config.assessing.assessment import Assessment, ItemAssessment, Share
from config.assessing.metrics import MetricSettings
from copc.certification import certification
from copc.items import ITEMS, Item
from copc.scoring import (
    approach_band,
    deployment_band,
    improvement_approach_needed,
    level_band,
    performance_score,
    process_score,
    scorecard,
    trend_band,
    trend_with_achieving_results,
)
from streams.report.figures import Report
from streams.scorecard.figures import CardItem, Counted, Deficiency, RequiredMetric, ScoreCard
from streams.scorecard.gate import QueueGate
from streams.scorecard.metrics import required_metrics
from streams.scorecard.proposals import proposals

__all__ = ["score_card"]

_ACHIEVING: Final = "4.7"


def score_card(
    report: Report,
    gates: Mapping[str, QueueGate],
    settings: MetricSettings,
    assessment: Assessment,
    incidents: Iterable[Mapping[str, Any]],
    months: list[str],
) -> ScoreCard:
    """The scorecard of a period.

    Args:
        report: of the period; it says whether Gold is asked.
        gates: of its queues.
        settings: required metrics and the limits of the CUI gate.
        assessment: what only people know.
        incidents: rows of the incidents that began in the period.
        months: whole local months of the period.
    """
    metrics = required_metrics(report, gates, settings, assessment.metrics, months)
    proposed = proposals(report, gates, metrics, incidents)
    gold = report.gold
    items = [
        _item(item, assessment, metrics, proposed.get(item.code), gold=gold)
        for item in ITEMS.values()
        if gold or item.points is not None
    ]
    scores = {item.item: item.score for item in items if item.score is not None}
    card = scorecard(scores, gold=gold)
    conditions = None if gold else certification(scores, {i.item: i.approach for i in items if i.approach is not None})
    return ScoreCard(
        standard=report.standard,
        start=report.start,
        end=report.end,
        gold=gold,
        items=items,
        metrics=metrics,
        requirements=[
            (item.item, Deficiency("C", item.requirements, "requirements"))
            for item in items
            if ITEMS[item.item].category == 4 and item.requirements is not None and item.approach != 100
        ],
        total=card.total,
        available=card.available,
        unscored=list(card.unscored),
        conditions={} if conditions is None else conditions._asdict(),
        would_meet=None if conditions is None else conditions.met,
        ours=[*(["required"] if settings.ours else []), "denominator", "gate", "achieving", "trend", "given"],
    )


def _item(
    item: Item, assessment: Assessment, metrics: list[RequiredMetric], proposal: Counted | None, *, gold: bool
) -> CardItem:
    own = assessment.of(item.code)
    worth = item.gold_points if gold else item.points or 0
    if item.category == 4:
        return _performance(item, own, worth, metrics, complies=bool(assessment.of(_ACHIEVING).complies), gold=gold)
    approach = None if own.approach is None else approach_band(own.approach.part, own.approach.whole)
    deployment = None if own.deployment is None else deployment_band(own.deployment.part, own.deployment.whole)
    score = None if approach is None or deployment is None else process_score(approach, deployment)
    return CardItem(
        item=item.code,
        title=item.title,
        title_zh=item.title_zh,
        points=worth,
        requirements=_counted(own.approach),
        approach=approach,
        exempt=False,
        deployment_counts=_counted(own.deployment),
        deployment=deployment,
        proposal=proposal,
        required=0,
        at_target=0,
        level=None,
        improving=0,
        trend=None,
        lifted=False,
        score=score,
        earned=None if score is None else score * worth / 100,
        lacking=[name for name, part in (("approach", approach), ("deployment", deployment)) if part is None],
        **_source(own),
    )


def _performance(
    item: Item, own: ItemAssessment, worth: int, metrics: list[RequiredMetric], *, complies: bool, gold: bool
) -> CardItem:
    # Item 4.7 is about the results of all the others: its metrics are theirs. This is ours.
    metrics = [metric for metric in metrics if item.code in (metric.item, _ACHIEVING)]
    reached = sum(metric.counts and metric.at_target is True for metric in metrics)
    better = sum(metric.counts and metric.improving is True for metric in metrics)
    level = level_band(reached, len(metrics), gold=gold) if metrics else None
    told = any(metric.improving is not None for metric in metrics)
    trend = trend_band(better) if told else None
    lifted = complies and trend_with_achieving_results(item.code, 0, item_4_7_met=True, gold=gold) == 100
    trend = 100 if lifted else trend
    requirements, exempt = _requirements(own, reached, len(metrics))
    approach = None if requirements is None else approach_band(requirements.part, requirements.whole)
    parts = {"approach": approach, "level": level, "trend": trend}
    score = None if approach is None or level is None or trend is None else performance_score(approach, level, trend)
    return CardItem(
        item=item.code,
        title=item.title,
        title_zh=item.title_zh,
        points=worth,
        requirements=_counted(requirements),
        approach=approach,
        exempt=exempt,
        deployment_counts=None,
        deployment=None,
        proposal=None,
        required=len(metrics),
        at_target=reached,
        level=level,
        improving=better,
        trend=trend,
        lifted=lifted,
        score=score,
        earned=None if score is None else score * worth / 100,
        lacking=[name for name, part in parts.items() if part is None],
        **_source(own),
    )


def _requirements(own: ItemAssessment, reached: int, required: int) -> tuple[Share | None, bool]:
    """Requirements met, with that of improvement where it counts as met, and whether it does."""
    found = own.approach
    if found is None or own.improvement is not False or found.part == found.whole or not required:
        return found, False
    if improvement_approach_needed(reached, required):
        return found, False
    return Share(found.part + 1, found.whole), True


def _counted(share: Share | None) -> Counted | None:
    return None if share is None else Counted(share.part, share.whole)


def _source(own: ItemAssessment) -> dict[str, Any]:
    return {
        "evidence": [(each.text, each.link) for each in own.evidence],
        "assessor": own.assessor,
        "date": "" if own.date is None else own.date.isoformat(),
    }
