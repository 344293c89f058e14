"""Conversation aggregates of Genesys Cloud: a group of a queue, with the metrics of each interval.

The answer of `POST /api/v2/analytics/conversations/aggregates/query`. Genesys leaves out a metric that did not
occur. It counts an offer in the interval of the offer, and an answer or abandon in the interval in which it
happened. An abandon within the short-abandon limit is counted in tAbandon as well as in tShortAbandon.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from streams.admission import admit_snapshot
from streams.records import RecordError, Snapshot
from streams.sources.objects.fields import count, entries, instant, milliseconds, part, text

__all__ = ["METRICS", "Asked", "is_group", "queue_of_group", "snapshot", "start_of"]

METRICS: Final = (
    "nOffered", "tAnswered", "nOverSla", "oServiceLevel", "tAbandon", "tShortAbandon", "tFlowOut", "tHandle",
    "tTalkComplete", "tHeldComplete", "tAcw",
)  # fmt: skip
"""The metrics that are read."""
_DIMENSIONS: Final = ("queueId", "mediaType")

Parts = Mapping[str, Any]


class Asked(NamedTuple):
    """The settings of a source about its answers."""

    metrics: Collection[str] | None
    """Those that were asked for; None: not said."""
    compare: bool
    """Whether Genesys' own service level is compared."""
    threshold_ms: int | None
    """Threshold of the service level, which the answer does not tell."""


def is_group(value: Parts) -> bool:
    """Whether an object in broken text is a group, and no part of one."""
    return "group" in value and "data" in value


def queue_of_group(group: Parts) -> str:
    """The id of the queue whose figures a group has.

    Raises:
        RecordError: it has those of no queue, or of a part of one.
    """
    queue_id = text(group, "queueId", "queue")
    if queue_id is None:
        raise RecordError("queue: the group names no queueId; ask for groupBy queueId")
    for name in group:
        if name not in _DIMENSIONS:
            raise RecordError(
                f"queue: the group is a part of its queue ({name:.80}); ask for groupBy queueId (and mediaType) alone"
            )
    return queue_id


def start_of(value: Parts) -> int:
    """Start of a row, milliseconds.

    Raises:
        RecordError: it has none.
    """
    return _interval_of(value)[0]


def _interval_of(value: Parts) -> tuple[int, int]:
    """Start and end of a row, milliseconds.

    Raises:
        RecordError: it has none.
    """
    given = text(value, "interval", "interval_start")
    start, sign, end = (given or "").partition("/")
    if not sign:
        raise RecordError("interval_start: interval is not START/END")
    return _instant(start), _instant(end)


def _instant(one: str) -> int:
    found = instant({"interval": one}, "interval", "interval_start")
    if found is None:
        raise RecordError("interval_start: interval is not START/END")
    return found


def snapshot(value: Parts, asked: Asked, channel: str | None, queue_length_ms: int, now_ms: int) -> Snapshot:
    """The record of one interval of a group.

    A row whose end is still to come tells the counts so far.

    Raises:
        RecordError: a figure cannot be read, or a rule is broken.
    """
    start_ms, end_ms = _interval_of(value)
    stats = {}
    for metric in entries(value, "metrics", "offered"):
        name = text(metric, "metric", "offered")
        if name in stats:
            raise RecordError(
                f"offered: metric {name} stands there twice; ask for groupBy queueId (and mediaType) alone"
            )
        stats[name] = part(metric, "stats", "offered")
    figures = _Figures(stats, asked.metrics)
    return admit_snapshot(
        start_ms,
        end_ms - start_ms,
        min(end_ms, now_ms) if start_ms <= now_ms else None,
        queue_length_ms,
        channel=channel,
        threshold_ms=asked.threshold_ms,
        service_level_reported=figures.service_level() if asked.compare else None,
        offered=figures.count("nOffered", "offered"),
        answered=figures.count("tAnswered", "answered"),
        answered_within=figures.answered_within(),
        abandoned=figures.count("tAbandon", "abandoned"),
        short_abandoned=figures.count("tShortAbandon", "short_abandoned"),
        overflowed=figures.count("tFlowOut", "overflowed"),
        wait_ms=figures.sum("tAnswered", "wait_seconds"),
        talk_ms=figures.talk(),
        hold_ms=figures.sum("tHeldComplete", "hold_seconds"),
        wrap_ms=figures.sum("tAcw", "wrap_seconds"),
        handled=figures.count("tHandle", "handled"),
    )


class _Figures:
    """The statistics of a row by metric.

    Args:
        stats: what stands there.
        asked: the metrics that were asked for; None: it is not said, and one that is not there is 0 beside nOffered.
    """

    def __init__(self, stats: Mapping[Any, Parts], asked: Collection[str] | None) -> None:
        self._stats = stats
        self._asked = asked

    def _absent(self, metric: str) -> int | None:
        if self._asked is not None:
            return 0 if metric in self._asked else None
        return 0 if "nOffered" in self._stats else None

    def count(self, metric: str, field: str) -> int | None:
        """How often it occurred."""
        if metric not in self._stats:
            return self._absent(metric)
        return count(self._stats[metric], "count", field)

    def sum(self, metric: str, field: str) -> int | None:
        """Its time, milliseconds."""
        if metric not in self._stats:
            return self._absent(metric)
        return milliseconds(self._stats[metric], "sum", field)

    def answered_within(self) -> int | None:
        """Answered in time: the numerator of the service level, whatever its denominator counts; else by nOverSla."""
        if "oServiceLevel" in self._stats:
            numerator = count(self._stats["oServiceLevel"], "numerator", "answered_within")
            if numerator is not None:
                return numerator
        answered, late = self.count("tAnswered", "answered"), self.count("nOverSla", "answered_within")
        return None if answered is None or late is None else answered - late

    def talk(self) -> int | None:
        """Talk; where it was not asked for, what tHandle leaves beside hold and after-call work."""
        if "tTalkComplete" in self._stats or "tHandle" not in self._stats:
            return self.sum("tTalkComplete", "talk_seconds")
        handle = self.sum("tHandle", "talk_seconds")
        if handle is None:
            return None
        return handle - (self.sum("tHeldComplete", "hold_seconds") or 0) - (self.sum("tAcw", "wrap_seconds") or 0)

    def service_level(self) -> float | None:
        """Genesys' own ratio."""
        level = self._stats.get("oServiceLevel", {})
        above, below = (
            count(level, "numerator", "service_level_reported"),
            count(level, "denominator", "service_level_reported"),
        )
        return above / below if above is not None and below else None
