"""The parts of a document beside the figures of `streams.report.figures`, as data.

Page and JSON show the same structures, as the figures do. A figure that is not reported is None.
"""

from typing import Any, Literal

import msgspec

from streams.report.figures import Ratio, Report

__all__ = ["Cover", "DataQuality", "Document", "HeatMap", "Judgement", "Provenance", "Slice", "Verdict", "Version"]

Verdict = Literal["met", "not_met", "no_verdict", "no_target"]
"""`no_verdict`: too little for one, or no figure; `no_target`: nothing to read the figure against."""
By = Literal["day", "week", "weekday", "hour"]


class Cover(msgspec.Struct, frozen=True):
    """Who made which report of which site, as people gave it; empty: not given."""

    site: str
    client: str
    made_by: str
    made_at: str
    """Local time, RFC 3339."""
    timezone: str
    """IANA name of the site's clock."""
    local_from: str
    """The period's begin on the site's clock, RFC 3339."""
    local_to: str
    """Its end, outside the period, likewise."""
    product_version: str


class Judgement(msgspec.Struct, frozen=True):
    """One figure of the period read against its target."""

    item: str
    program: str
    queue: str
    """Empty: of the program, all queues together."""
    metric: str
    figure: Ratio
    least: float | None
    """The figure should be at least so much; None: no such limit."""
    most: float | None
    """The figure should be at most so much; None: no such limit."""
    verdict: Verdict


class Slice(msgspec.Struct, frozen=True):
    """The sums of a queue, or of a program's queues, over one day, week, weekday or hour of the site's clock."""

    by: By
    name: str
    """2026-10-05, 2026-W41, 1 (Monday) to 7, or 00 to 23."""
    program: str
    queue: str
    """Empty: all queues of the program."""
    offered: int | None
    """None: an interval does not report it."""
    level: Ratio | None
    """Service level; None: intervals are counted in different ways, and cannot be summed."""
    in_range: Ratio
    """Intervals in range over intervals with a verdict."""
    aht_seconds: Ratio


class HeatMap(msgspec.Struct, frozen=True):
    """The verdict of each interval of a queue's period."""

    program: str
    queue: str
    minutes: int
    """Length of an interval."""
    days: dict[str, str]
    """By local day, a letter for each interval from midnight: `b` below, `i` in range, `a` above, `n` no verdict, `m`
    missing or failed a check, `.` no row. The worst of a repeated hour counts, in the order b m a i n."""


class DataQuality(msgspec.Struct, frozen=True):
    """The quality of one queue's data (item 2.G.F); intervals in their latest revision."""

    program: str
    queue: str
    total: int
    missing: int
    rejected: int
    """Intervals with records that could not be counted."""
    corrected: int
    derived: int
    """Intervals in which a count was derived from others."""
    failed: int
    """Intervals that failed a check, missing ones aside."""
    restated: int | None
    """None: the history does not keep how often a source stated a record again."""
    lag_seconds: float | None
    """None: the history keeps no clock time of arrival, so that live and replay give the same rows."""
    final_after_seconds: float | None
    """From the end of an interval until it is final, as configured: threshold + grace."""


class Version(msgspec.Struct, frozen=True):
    """A version of the parameters that rows of the period name."""

    version: str
    valid_from: str
    content_hash: str
    intervals: int
    """Intervals of the period that name it."""


class Provenance(msgspec.Struct, frozen=True):
    """The origin of the figures: parameters, chains, verification, refused records."""

    versions: list[Version]
    heads: dict[str, tuple[int, str]]
    """By queue, the number of its results and the hash of the last."""
    journal_entries: int
    journal_hash: str
    """Hash of the last entry; empty: there is none."""
    verified: str
    """`sound`, `broken` or `not_run`."""
    findings: list[str]
    """Faults that the verification found, the first ones."""
    dead_letters: dict[str, int]
    """Refused records of the whole history, by the kind of reason."""


class Document(Report, frozen=True, rename={"start": "from", "end": "to"}):
    """A report with its cover, its verdicts, its incidents and its origin."""

    cover: Cover
    judgements: list[Judgement]
    incidents: list[dict[str, Any]]
    """Rows of `INCIDENTS` that began in the period, or before it and were not over at its begin."""
    slices: list[Slice]
    heat_maps: list[HeatMap]
    data_quality: list[DataQuality]
    provenance: Provenance
    scorecard: dict[str, Any] | None
    """The scorecard of an assessment; None: none was given."""
