"""The figures of a report for a period, as data: each with the sums it is computed from.

The text, the page and the JSON show the same structures. So a number on paper can always be traced to its numerator
and denominator. A figure that cannot be given is None, and the reason stands beside it.
"""

from typing import Literal

import msgspec

from streams.quality.summary import Calibration, Coverage, FailedCheck, FunnelAgent, SpreadFigure

__all__ = [
    "Acknowledgement",
    "Attainment",
    "BreachSummary",
    "ChanceTenth",
    "CriticalErrors",
    "Expectation",
    "Finding",
    "ForecastAccuracy",
    "Intervals",
    "ItemPoints",
    "MetricSummary",
    "MonitoringSummary",
    "Month",
    "MonthSpread",
    "ProgramReport",
    "ProjectionAccuracy",
    "QueueReport",
    "Ratio",
    "Report",
    "Service",
    "Sigma",
    "VariationFigure",
]


class Ratio(msgspec.Struct, frozen=True):
    """A sum over a sum."""

    numerator: float
    denominator: float

    value: float | None
    """None where the denominator is 0."""
    intervals: int
    """Number of intervals that are summed."""


class Intervals(msgspec.Struct, frozen=True):
    """The intervals of the period by their use, each counted once, in its latest revision."""

    total: int
    corrected: int
    missing: int
    """Open intervals for which no data came; they are in no figure."""
    left_out: int
    """Intervals that failed an integrity check; they are in no figure."""
    checks: dict[str, int]
    """Failed checks, and those that only tell; one interval may have several."""
    used: int
    """Intervals that are in the figures."""


class Expectation(msgspec.Struct, frozen=True):
    """The expected share of intervals in range of a stable process with this mean."""

    share: float | None
    model: str
    """erlang_a or erlang_c; empty where there is none."""
    why_not: str
    """The reason why there is none; empty where there is one."""


class Attainment(msgspec.Struct, frozen=True):
    """Intervals in range, intervals with a verdict, and intervals without one."""

    in_range: int
    below: int
    above: int
    judged: int
    share: float | None
    """in_range / judged; None where none was judged."""
    expected: Expectation
    low_volume: int
    """Intervals of low volume, whose verdict is withheld."""
    no_demand: int
    unknown: int
    """Intervals without a figure, because a count is not reported."""


class Sigma(msgspec.Struct, frozen=True):
    """A sigma level with the facts that must be shown beside it."""

    opportunity: str
    defects: int
    units: int
    yield_ratio: float
    dpmo: float
    shift: float
    level: float | None
    bound: str
    """`>`: at least so much (no defect); `<`: at most; `withheld`: low volume; empty: the level itself."""


class Service(msgspec.Struct, frozen=True):
    """A queue's service level under one way of counting; a period in which that changed has several."""

    definition: str
    formula: str
    threshold_seconds: float
    overflow_counts: bool
    target: float | None
    range: tuple[float, float] | None
    level: Ratio
    attainment: Attainment
    sigma: list[Sigma]


class VariationFigure(msgspec.Struct, frozen=True):
    """A rule of thumb of item 2.2 over local days or agents."""

    rule: str
    metric: str
    over: str
    value: float | None
    limit: float
    n: int
    too_big: bool | None
    left_out: int
    """Number of days or agents with too little to compare."""
    caution: str


class ForecastAccuracy(msgspec.Struct, frozen=True):
    """How far the plan's forecast was off, over intervals."""

    quantity: Literal["volume", "aht", "workload"]
    intervals: int
    wape: Ratio
    bias: Ratio
    within: Ratio
    tolerance: float
    attainable: float | None
    """Share that a perfect forecast would have within the tolerance (volume only)."""


class ProjectionAccuracy(msgspec.Struct, frozen=True):
    """How far the projections that were made at one local time were off; a value is None where days are too few."""

    made_at: str
    """Local time, such as `11:00`."""
    days: int
    """Days with projected intervals that have a result."""
    wape: Ratio
    """The updated volume against what came, over intervals that had not begun."""
    bias: Ratio
    forecast_wape: Ratio
    """The forecast (the plan's, else the queue's own mean) left alone, over the same intervals."""
    forecast_bias: Ratio
    volume_in_range: Ratio
    """Volumes inside the range that should hold 80 %."""
    level_error: Ratio
    """Sum of service level less projected service level / intervals."""
    level_in_range: Ratio
    """Service levels inside the range that should hold 80 %."""
    day_level_error: Ratio
    """The same of days at their close."""
    day_level_in_range: Ratio
    on_target: Ratio
    """Days that ended at or above the target."""
    chance: Ratio
    """Mean probability of it, as projected, over the same days."""
    brier: Ratio
    """Brier score of these probabilities."""
    base_rate_brier: Ratio
    """Brier score of who always says the share of `on_target`."""


class ChanceTenth(msgspec.Struct, frozen=True):
    """Days by the probability, as projected, that they end at or above their target: all queues and times together."""

    low: float
    high: float
    projections: int
    chance: Ratio
    """Mean probability; None: too few."""
    on_target: Ratio
    """Share of the days that did; None: too few."""


class CriticalErrors(msgspec.Struct, frozen=True):
    """Critical error accuracy of one family, over random selections."""

    family: str
    label: str
    """The site's name of the family (`copc.quality.VOCABULARIES`)."""
    right: int
    n: int
    value: float | None
    low: float
    high: float
    confidence: float
    target: float | None
    targeted_right: int
    """Transactions without an error among targeted selections, which are shown apart."""
    targeted_n: int
    sigma: Sigma | None
    variation: VariationFigure | None
    """Rule C."""


class MonthSpread(msgspec.Struct, frozen=True):
    """Whether a month's evaluations are spread as its contacts are, by dimension."""

    month: str
    figures: list[SpreadFigure]


class MonitoringSummary(msgspec.Struct, frozen=True):
    """The coverage, the spread and the findings of a program's monitoring."""

    labels: dict[str, str]
    """The site's name of each family."""
    coverage: list[Coverage]
    """Coverage of each month that is known from its begin; empty: it is not known who handled contacts."""
    spread: list[MonthSpread]
    calibration: list[Calibration]
    """Calibration over the period, by family."""
    failures: list[FailedCheck]
    """Failed checks of the period, most frequent first."""
    outside_funnel: list[FunnelAgent]
    """Agents whose accuracy over the period differs from the program's by more than chance."""


class Acknowledgement(msgspec.Struct, frozen=True):
    """The time until breaches were acknowledged, from the end of the interval that opened each."""

    acknowledged: int
    median_seconds: float | None
    longest_seconds: float | None


class BreachSummary(msgspec.Struct, frozen=True):
    """Breaches of one rule that opened in the period."""

    item: str
    rule: str
    opened: int
    by_severity: dict[str, int]
    """Number of breaches by the highest severity that each reached."""
    resolved: int
    still_open: int
    acknowledgement: Acknowledgement


class Month(msgspec.Struct, frozen=True):
    """One local month that lies wholly in the period."""

    month: str
    numerator: float
    denominator: float
    value: float


class MetricSummary(msgspec.Struct, frozen=True):
    """A metric of category 4: its level against the target, and its trend over months."""

    item: str
    metric: str
    unit: str
    value: float | None
    target: str
    """The target in words; empty: none is set."""
    at_target: bool | None
    """Whether the level is at the target; None: there is no target, no figure, or too little for a verdict."""
    months: list[Month]
    improving: bool | None
    """Whether the months improve; None: the period holds too few whole months to tell."""


class QueueReport(msgspec.Struct, frozen=True):
    """The report of one queue."""

    program: str
    queue: str
    channel: str
    intervals: Intervals
    service: list[Service]
    abandon_rate: Ratio
    asa_seconds: Ratio
    aht_seconds: Ratio
    occupancy: Ratio
    signals: dict[str, int]
    plan_flags: dict[str, int]
    forecast: list[ForecastAccuracy]
    projections: list[ProjectionAccuracy]
    """By the local time at which they were made; empty: none is in the history."""
    variation: list[VariationFigure]
    critical_errors: list[CriticalErrors]
    breaches: list[BreachSummary]
    carried_in: int
    """Breaches that opened before the period and changed in it."""
    metrics: list[MetricSummary]


class ProgramReport(msgspec.Struct, frozen=True):
    """The report of one program: the figures that belong to no single queue."""

    program: str
    critical_errors: list[CriticalErrors]
    """Critical error accuracy over all its queues."""
    breaches: list[BreachSummary]
    """Breaches of rules over a program, team, agent or month."""
    carried_in: int
    monitoring: MonitoringSummary | None
    """Summary of its monitoring; None: no transaction was monitored."""
    metrics: list[MetricSummary]


class GroupReport(msgspec.Struct, frozen=True):
    """The report of a program, site or pool: sums over the latest rows of its queues."""

    kind: str
    group: str
    period: str
    """`interval`; `day` where its queues have no intervals in common."""
    total: int
    """Intervals, or days, with data."""
    incomplete: int
    """Those of them in which a queue that is open then has no data."""
    missing: dict[str, int]
    """In how many of them each such queue has none."""
    definition: str | None
    """Definition of the service level; `mixed_definitions`: queues differ, so there is none."""
    level: Ratio
    in_range: Ratio
    """Contacts offered in queues' intervals in range, over those in intervals with a verdict."""
    volume: Ratio | None
    """(offered - forecast) / forecast, where there is a plan; None: nowhere."""
    wape: Ratio | None
    """Sum of |offered - forecast| over intervals / sum of forecast; None: no plan, or days only."""


class ItemPoints(msgspec.Struct, frozen=True):
    """An item of the standard: the points that follow from the figures, and those that the assessor must give."""

    item: str
    title: str
    points: int
    metrics: int
    """Number of metrics with a target and a figure."""
    at_target: int
    level: int | None
    """Level, per cent; None: no metric with a target."""
    improving: int
    trend: int | None
    """Trend, per cent; None: too few whole months."""
    least: float | None
    """Points if the assessor gives none for the unknown part; None: only the assessor can score the item."""
    most: float | None
    approach_needed: bool | None
    """Whether the item must show a systematic approach to improvement: not with 75 % of its metrics at target."""
    why: str


class Finding(msgspec.Struct, frozen=True):
    """An entry of the journal about an incident of the period: what was found and done (items 2.1.2c and 2.3)."""

    at: str
    incident: str
    by: str
    cause: str | None
    controllable: str | None
    action: str | None
    outcome: str | None


class Report(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """A report for a period."""

    standard: str
    start: str
    end: str
    gold: bool
    queues: list[QueueReport]
    """Queues, the one furthest below its target first."""
    programs: list[ProgramReport]
    groups: list[GroupReport]
    """Programs, sites and pools, in order of kind and id."""
    items: list[ItemPoints]
    findings: list[Finding]
    """Causes, actions and outcomes of the period's incidents, in order of the journal."""
    calibration: list[ChanceTenth]
    """P(day at target) against what came, by tenth."""
    notes: list[str]
