"""The scorecard as typed values, which its text, its page and its JSON share."""

from typing import Literal

import msgspec

from copc.certification import Condition

__all__ = ["CardItem", "Counted", "Deficiency", "RequiredMetric", "ScoreCard"]


class Counted(msgspec.Struct, frozen=True):
    """A part of a whole, as it was counted."""

    part: int
    whole: int


class Deficiency(msgspec.Struct, frozen=True):
    """Why a metric does not count, or a requirement of category 4 is a deficiency of item 2.6."""

    kind: Literal["C", "U", "I"]
    """Not collected, not usable, or without integrity."""
    counts: Counted | None
    """C: figures that exist, of those due (or requirements met, of all); I: figures that failed a check, of all."""
    reason: Literal["figures", "no_data", "requirements", "no_target", "definition", "checks"]


class RequiredMetric(msgspec.Struct, frozen=True):
    """A required metric of category 4, of one queue or one program."""

    item: str
    name: str
    program: str
    queue: str
    """Empty: of the program, or the site."""
    unit: str
    value: float | None
    """Its figure of the whole period; None: not reported."""
    target: str
    """In words; empty: none is set."""
    at_target: bool | None
    improving: bool | None
    """None: too few whole months to tell."""
    deficiencies: list[Deficiency]
    """Empty: it passes the CUI gate."""

    @property
    def counts(self) -> bool:
        """Whether it may count in level and trend."""
        return not self.deficiencies


class CardItem(msgspec.Struct, frozen=True):
    """An item of the standard with its bands and points."""

    item: str
    title: str
    title_zh: str
    points: int
    """The most it is worth."""
    requirements: Counted | None
    """Met, of all; None: not assessed."""
    approach: int | None
    """Band, per cent; None: no input."""
    exempt: bool
    """Whether a systematic approach to improvement counted as met, as 75 % of its metrics are at target."""
    deployment_counts: Counted | None
    deployment: int | None
    """Band, per cent; None: no input, or an item of category 4."""
    proposal: Counted | None
    """Programs that the data show as deployed, of all; it does not count by itself. None: data cannot tell."""
    required: int
    """Required metrics (category 4)."""
    at_target: int
    level: int | None
    improving: int
    trend: int | None
    lifted: bool
    """Whether the trend is 100 because item 4.7 complies."""
    score: float | None
    """Per cent of its points; None: an input is lacking."""
    earned: float | None
    """Points."""
    lacking: list[str]
    """Inputs that are lacking: `approach`, `deployment`, `level`, `trend`."""
    evidence: list[tuple[str, str]]
    """Texts and links."""
    assessor: str
    date: str


class ScoreCard(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """The scorecard of a period."""

    standard: str
    start: str
    end: str
    gold: bool
    items: list[CardItem]
    metrics: list[RequiredMetric]
    requirements: list[tuple[str, Deficiency]]
    """Requirements of category 4 that are not met, by item: deficiencies C of item 2.6."""
    total: float
    available: int
    unscored: list[str]
    """Items without a score: they add nothing to the total, which is then a lower bound."""
    conditions: dict[str, Condition]
    """The conditions of certification, by name: total, approach, performance, performance_approach; empty for Gold."""
    would_meet: bool | None
    """Whether the site would meet all three; None: it cannot be said, or Gold."""
    ours: list[str]
    """Rules that the standard's public text does not fix, and that are this product's."""
