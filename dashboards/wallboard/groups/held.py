"""Programs, sites and pools as screens show them: each with its figures of the last interval that all its queues share.

The figures are those of `agents.groups`, made of the final rows that the view holds. To sum up 500 queues takes longer
than a push may, so a group is made again only when a queue of it has a new final row or its interval moves on, some
groups in each turn.
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from agents.groups.intervals import GroupSums
from agents.groups.membership import Delivered, Group, Groups, common_length_ms
from agents.intervals.figures import spec_verdict
from agents.planning.variance import net_verdict
from config.settings import Configuration, in_force
from config.timestamps import from_rfc3339, interval_end, rfc3339
from dashboards.wallboard.held_days import HeldDays
from streams.groups import GROUP_KINDS, GroupInterval
from streams.results import IntervalResult
from streams.told.queue_interval import MemberRow, QueueInterval, member_row

__all__ = ["HeldGroups"]

_PART: Final = 4
"""Groups that one turn sums up."""
_MINUTE_MS: Final = 60_000
"""How often the clock alone may move a group's interval on: a queue closes, or falls silent."""
_MOST_SHARED: Final = 200
"""Intervals of a queue whose shared time is held: two days and more of quarters of an hour."""
_MOST_NAMES: Final = 6
"""Queues that a group's figures name of those that are missing; their number tells of the others."""
_COLUMNS: Final = (
    "members", "offered", "definition", "service_level", "in_range_offered", "judged_offered",
    "in_range_ratio", "forecast_offered", "volume_variance",
    "aht_seconds", "forecast_aht_seconds", "aht_variance", "staffed_agents", "required_agents", "required_if_all",
    "required_if_none", "shared_ratio", "net_staffing",
)  # fmt: skip
"""Figures of a group that screens show, by column."""


class _Span(NamedTuple):
    """The interval of a group."""

    start_ms: int
    end_ms: int


class _Held(NamedTuple):
    """A group as it was made last."""

    queues: Sequence[str]
    span: _Span | None
    shown: dict[str, Any]


class HeldGroups:
    """The groups of the queues that a view holds.

    Args:
        configuration: names the groups.
        queues: the view's queues by name, which it adds to.
    """

    def __init__(self, configuration: Configuration, queues: Mapping[str, HeldDays]) -> None:
        self._configuration = configuration
        self._queues = queues
        self._groups: dict[str, Groups] = {}
        self._held: dict[Group, _Held] = {}
        self._changed: dict[str, None] = {}
        self._due: dict[Group, None] = {}
        self._minute: int | None = None
        self._shared: dict[str, dict[int, dict[str, int]]] = {}
        """By queue and start of an interval, what its agents share by pool."""

    def told(self, told: QueueInterval) -> None:
        """Take what a queue tells a pool of the time that its agents share."""
        result = told.result
        held = self._shared.setdefault(result.queue, {})
        if result.shared_ms is not None:
            held[result.interval_start_ms] = result.shared_ms
        else:
            held.pop(result.interval_start_ms, None)
        while len(held) > _MOST_SHARED:
            del held[min(held)]
        self.changed(result.queue)

    def member(self, row: Mapping[str, Any]) -> MemberRow:
        """A final row of a queue, with what its agents share; not known where nobody has told it here."""
        result = IntervalResult.from_row(row)
        return member_row(result, self._shared.get(result.queue, {}).get(result.interval_start_ms))

    def changed(self, queue: str) -> None:
        """Note that a queue has another final row, or is gone."""
        self._changed[queue] = None

    def homes(self, queue: str, now_ms: int) -> dict[str, Any]:
        """The `site` (None: it has none) and the `pools` of a queue."""
        found = self._of_queue(queue, now_ms)
        site = next((group.id for group in found if group.kind == "site"), None)
        return {"site": site, "pools": [group.id for group in found if group.kind == "pool"]}

    def is_pooled(self, queue: str, now_ms: int) -> bool:
        """Whether a queue shares its agents, so that its own net staffing tells little."""
        return any(group.kind == "pool" for group in self._of_queue(queue, now_ms))

    def shown(self) -> list[dict[str, Any]]:
        """Every group as it was made last, by kind and id."""
        ordered = sorted(self._held, key=lambda group: (GROUP_KINDS.index(group.kind), group.id))
        return [self._held[group].shown for group in ordered]

    def renew(self, now_ms: int, *, everything: bool) -> list[dict[str, Any]]:
        """Sum up some of the groups that are due, or all of them; returns those that are others than before.

        Returns:
            Each has its `kind`, `id`, `timezone` and `last`: the figures of the last interval that all its queues have
            finally, None without one. A queue of which nothing is heard is not waited for, and is named as
            missing.
        """
        minute = now_ms // _MINUTE_MS
        if not (self._changed or self._due) and minute == self._minute:
            return []
        members = self._members(now_ms)
        if self._changed or minute != self._minute:
            self._look(members, now_ms, everywhere=minute != self._minute)
            self._changed, self._minute = {}, minute
        turn = list(self._due)[: None if everything else _PART]
        new = []
        for group in turn:
            del self._due[group]
            made = self._made(group, members[group], now_ms)
            before = self._held.get(group)
            self._held[group] = made
            if before is None or before.shown != made.shown:
                new.append(made.shown)
        return new

    # --- which groups are due -----------------------------------------------------------------------

    def _look(self, members: Mapping[Group, Sequence[str]], now_ms: int, *, everywhere: bool) -> None:
        """Note the groups with a changed queue, and, where the clock has moved on, those with another interval."""
        for gone in self._held.keys() - members.keys():
            del self._held[gone]
            self._due.pop(gone, None)
        for group, queues in members.items():
            held = self._held.get(group)
            touched = held is None or held.queues != queues or not self._changed.keys().isdisjoint(queues)
            if touched or (everywhere and held is not None and self._span(group, queues, now_ms) != held.span):
                self._due[group] = None

    def _members(self, now_ms: int) -> dict[Group, list[str]]:
        """The queues of each group that are shown."""
        found: dict[Group, list[str]] = {}
        for name, queue in list(self._queues.items()):
            if queue.is_shown(now_ms):
                for group in self._of_queue(name, now_ms):
                    found.setdefault(group, []).append(name)
        return found

    def _of_queue(self, queue: str, now_ms: int) -> Sequence[Group]:
        settings = self._configuration.at(now_ms)
        groups = self._groups.get(settings.parameters_version)
        if groups is None:
            groups = self._groups[settings.parameters_version] = Groups(settings)
        return groups.of_queue(queue, self._queues[queue].program(now_ms))

    # --- the figures of one -------------------------------------------------------------------------

    def _span(self, group: Group, queues: Collection[str], now_ms: int) -> _Span | None:
        """The last interval of a group that is final of every queue that is heard of; None: there is none.

        Where nothing is heard of any of them it is the last one of all.
        """
        held = [self._queues[name] for name in queues]
        length_ms = common_length_ms(((each.interval_ms, each.zone.key) for each in held), group.timezone, now_ms)
        extents = [each.final_extent for each in held if each.final_extent is not None]
        if length_ms is None or not extents:
            return None
        oldest_ms, last_ms = min(first for first, _ in extents), max(end for _, end in extents)
        final_ms = min((until for each in held if (until := each.final_until_ms(now_ms)) is not None), default=last_ms)
        newest_ms = interval_end(last_ms - 1, length_ms, group.timezone)
        end_ms = min(_floor(final_ms, length_ms, group.timezone), newest_ms)
        while end_ms > oldest_ms:
            span = _Span(end_ms - length_ms, end_ms)
            if any(next(each.final_in(*span), None) for each in held):
                return span
            end_ms -= length_ms
        return None

    def _made(self, group: Group, queues: Sequence[str], now_ms: int) -> _Held:
        span = self._span(group, queues, now_ms)
        figures = None if span is None else self._figures(group, queues, span)
        shown = {"kind": group.kind, "id": group.id, "timezone": group.timezone, "last": figures}
        return _Held(queues, span, shown)

    def _figures(self, group: Group, queues: Sequence[str], span: _Span) -> dict[str, Any] | None:
        delivered = {name: each for name in queues if (each := _delivered(self._queues[name])) is not None}
        sums = GroupSums(self._configuration, delivered, {}, lambda one: one == group)
        for name in queues:
            for row in self._queues[name].final_in(*span):
                sums.add(self.member(row))
        for found in sums.take():
            if found.period == "interval" and found.interval_start_ms == span.start_ms:
                return _content(found) | self._verdicts(group, found, queues)
        return None

    def _verdicts(self, group: Group, found: GroupInterval, queues: Sequence[str]) -> dict[str, Any]:
        """Verdicts on net staffing and service level.

        Queues may have ranges of their own: a service level is below them where it is below that of every queue.
        """
        start_ms = found.interval_start_ms
        own = self._configuration.at(start_ms).program(group.id)
        net = net_verdict(found.net_staffing, found.required_agents, own)
        ranges = {in_force(self._queues[name].versions, start_ms).service_level.range for name in queues}
        limits = [each for each in ranges if each is not None]
        if found.service_level is None or len(limits) < len(ranges):
            return {"net": net, "spec": None, "range": None}
        widest = min(low for low, _ in limits), max(high for _, high in limits)
        level = dataclasses.replace(own.service_level, range=widest)
        spec = spec_verdict(found.offered, found.service_level, dataclasses.replace(own, service_level=level))
        return {"net": net, "spec": None if spec == "in_range" and len(limits) > 1 else spec, "range": widest}


def _floor(ms: int, length_ms: int, timezone: str) -> int:
    """The last end of an interval at or before an instant."""
    return interval_end(ms, length_ms, timezone) - length_ms


def _delivered(queue: HeldDays) -> Delivered | None:
    if queue.last is None or queue.final_extent is None:
        return None
    return Delivered(str(queue.last["program"]), queue.final_extent[0], from_rfc3339(queue.last["interval_start"]))


def _content(found: GroupInterval) -> dict[str, Any]:
    """The figures that a screen shows."""
    content: dict[str, Any] = {name: getattr(found, name) for name in _COLUMNS}
    return content | {
        "start": rfc3339(found.interval_start_ms),
        "seconds": found.interval_ms / 1000,
        "revised": any(row.revision > 1 for row in found.rows),
        "numerator": found.service_level_numerator,
        "denominator": found.service_level_denominator,
        "missing": found.missing[:_MOST_NAMES],
        "missing_count": len(found.missing),
        "not_counted": found.not_counted[:_MOST_NAMES],
        "not_required": found.not_required[:_MOST_NAMES],
    }
