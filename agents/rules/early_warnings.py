"""What can be said of an interval before it is final: that it is lost already, or that nobody planned it.

A notice helps whoever can still act. It is no breach: it rests on an open interval, stands in no hash, and
is kept in memory only. Its sequence numbers follow from its states (opened 1, raised 2, resolved 3), so
that a restart that says it again says the same. It is acknowledged as breaches are, under its own id, which
ends in `/live`: the breach that may follow is another one, and asks to be seen anew.
"""

from dataclasses import dataclass
from typing import Final

from agents.intervals.figures import Row
from agents.rules.conditions import HAIR, Case, Look, amount, figure, looks, optional
from agents.rules.engine import level_counts
from agents.rules.lifecycle import Open, Tracks, breach_id, breach_record
from agents.rules.messages import Occasion

__all__ = ["LiveNotices"]

_OPENED, _RAISED, _RESOLVED = 1, 2, 3
_RULES: Final = ("service_level_lost", "plan_missing")


@dataclass(slots=True)
class _Notice:
    """A notice that stands, and the interval it is about."""

    open: Open
    case: Case


class LiveNotices:
    """The notices of one queue.

    Args:
        tracks: the runs and breaches of the queue's rules, read only: a notice adds to what is running.
    """

    def __init__(self, tracks: Tracks) -> None:
        self._tracks = tracks
        self._notices: dict[str, _Notice] = {}

    def look(
        self, case: Case, watermark_ms: int, closed_through_ms: int, *, waiting_is_overdue: bool = False
    ) -> list[Row]:
        """Look at the open interval, and return the records that follow, `live` all of them.

        Args:
            case: the open interval as it stands (revision 0).
            watermark_ms: how far the call data has come: what is still to come, is forecast.
            closed_through_ms: intervals that start before it are final, and need no notice.
            waiting_is_overdue: `waiting` counts those who have waited beyond the threshold, as a feed of contacts
                tells, not all who wait.
        """
        records: list[Row] = []
        for rule in _RULES:
            notice = self._notices.get(rule)
            if notice is not None and notice.case.start_ms < closed_through_ms:
                records.append(self._resolve(rule, "final"))
                notice = None
            if notice is not None and notice.case.start_ms != case.start_ms:
                continue  # the interval before is not final yet: one notice at a time
            if rule == "service_level_lost":
                look, severity = self._lost(case, watermark_ms, waiting_is_overdue)
            else:
                look, severity = self._unplanned(case)
            if notice is None and look is not None and look.outside:
                first = Open(
                    f"{breach_id(rule, str(case.row['queue']), '', case.start_ms)}/live", case.start_ms, severity
                )
                notice = self._notices[rule] = _Notice(first, case)
                records.append(self._say("opened", rule, notice, look))
            elif notice is not None and look is not None and not look.outside:
                records.append(self._resolve(rule, "recovered", look))
            elif notice is not None and look is not None:
                notice.case = case
                if severity == "warning" and notice.open.severity == "info":
                    notice.open.severity, notice.open.sequence = severity, _RAISED
                    records.append(self._say("updated", rule, notice, look))
        return records

    def _lost(self, case: Case, watermark_ms: int, waiting_is_overdue: bool) -> tuple[Look | None, str]:
        """Whether the interval ends below its range even if every further contact were answered in time."""
        settings, row = case.settings, case.row
        rule, below = settings.rules["service_level_lost"], settings.rules["service_level_below_range"]
        waiting, forecast = figure(row, "waiting") or 0, figure(row, "forecast_offered")
        # Those who wait may still be answered in time, but for those who have waited for too long already.
        overdue = waiting if waiting_is_overdue else 0
        hope = _in_queue(row) - overdue if waiting_is_overdue else waiting
        counts = level_counts({**row, "waiting": overdue}, settings)
        limits = settings.service_level.range
        if not rule.on or limits is None or forecast is None or counts is None:
            return None, rule.severity
        good, settled = counts
        if settled < amount(rule, "min_volume"):
            return None, rule.severity
        left = min(max(case.start_ms + settings.interval_ms - watermark_ms, 0) / settings.interval_ms, 1.0)
        coming = max(hope, 0) + forecast * left
        best = (good + coming) / (settled + coming)
        short = (limits[0] - best) * settings.interval_ms / 1_800_000
        track = self._tracks.get("service_level_below_range", {}).get("")
        running = sum(added for _, added, _ in track.run) if track is not None else 0.0
        by_sum = below.on and running + short >= amount(below, "accumulate") - HAIR
        alone = optional(rule, "alone")
        raised = by_sum or (alone is not None and short >= alone - HAIR)
        severity = "warning" if raised and rule.severity == "info" else rule.severity
        return Look(limits[0] - best > HAIR, best, limits[0], "ratio", settings.service_level.target), severity

    def _unplanned(self, case: Case) -> tuple[Look | None, str]:
        """Whether contacts come without a plan; silent where the breach is open already."""
        severity = case.settings.rules["plan_missing"].severity
        track = self._tracks.get("plan_missing", {}).get("")
        if track is not None and track.breach is not None:
            return None, severity
        return looks("plan_missing", case, ())[0][1], severity

    def _resolve(self, rule: str, reason: str, look: Look | None = None) -> Row:
        notice = self._notices.pop(rule)
        notice.open.sequence = _RESOLVED
        return self._say("resolved", rule, notice, look, reason)

    @staticmethod
    def _say(state: str, rule: str, notice: _Notice, look: Look | None, reason: str = "") -> Row:
        if look is not None:
            notice.open.note(look)
        record = breach_record(state, (rule, ""), notice.open, Occasion(look=look, reason=reason), notice.case)
        return {**record, "live": True}


def _in_queue(row: Row) -> float:
    """Contacts that have neither been answered nor left."""
    offered, *gone = (figure(row, name) or 0 for name in ("offered", "answered", "abandoned", "overflowed"))
    return offered - sum(gone)
