"""The state machine of one group: results of its queues in, its own intervals and breaches out.

The third kind of engine, beside those of queues and programs. A group's interval is final when every queue that has
ever delivered is past it: it has made it final (or missing), is closed for the rest of it, or lies more than its
`dormant_days` behind the others. Late queues and corrections make a correction. Figures are those that
`agents.groups.intervals` sums up from the latest rows, so that the order in which queues tell them changes nothing in
the end.

Its state is the rows of the last `correction_days`, a cell an interval, and the rule of a pool.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from agents.groups.intervals import GroupSums, day_of
from agents.groups.membership import Day, Delivered, Group, Groups
from agents.groups.pool_rules import PoolRules, PoolRulesState
from agents.intervals.calendar import Calendar
from agents.intervals.counters import RecordCounters
from agents.intervals.outputs import BreachEvent
from agents.rules.status import QueueStatus
from agents.state.store import Commit, StateStore, manifest_keys, reach, read_manifests
from config.queue_settings import QueueSettings
from config.settings import Configuration, in_force
from streams.groups import GROUP_KINDS, GroupInterval, GroupKind
from streams.queue_interval import MemberRow, QueueInterval

__all__ = ["GroupEngine", "GroupName", "GroupOutput", "GroupResult", "group_of"]

_MARK: Final = "\x01"
"""Before a group's kind and name in the store: no queue's or program's name holds it."""
_WAIT_MS: Final = 3 * 86_400_000
"""So far the others of a pool may be ahead of a queue that has never delivered, as a program waits for its queues."""
_KEPT_MANIFESTS: Final = 3
"""Manifests that stay when a new writer begins, as in `agents.engine.manifest`."""


class GroupResult(NamedTuple):
    """A group's interval as it is published."""

    interval: GroupInterval
    revision: int
    """1: every queue was past it; 2, 3, …: corrected."""


GroupOutput = GroupResult | BreachEvent


class _Progress(msgspec.Struct, array_like=True):
    """How far one queue has come."""

    program: str
    first_ms: int
    """Start of its first interval."""
    last_ms: int
    """Start of its last one."""
    through_ms: int
    """Every interval that starts before it is final."""


class _Published(msgspec.Struct, array_like=True):
    """An interval whose rows are kept."""

    end_ms: int
    revision: int = 0
    """The last that was published; 0: it is not final."""


class _Rows(msgspec.Struct, array_like=True):
    """The rows of one interval, as a cell holds them."""

    latest: list[MemberRow] = []
    first: list[MemberRow] = []
    """First revisions of rows that have been corrected, for the rules."""


class _Manifest(msgspec.Struct, array_like=True):
    """The committed state but for its cells. Fields are appended, never reordered."""

    applied_offsets: dict[str, int] = {}
    """Source -> the last offset that is in the state."""
    versions: dict[str, str] = {}
    counter: int = 0
    queues: dict[str, _Progress] = {}
    intervals: dict[int, _Published] = {}
    """By start."""
    rules: PoolRulesState = msgspec.field(default_factory=PoolRulesState)


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Manifest).decode
_DECODE_ROWS = msgspec.msgpack.Decoder(_Rows).decode


class GroupEngine:
    """One group: `apply_record` what its queues tell, `commit` the state.

    Args:
        configuration: whose group it is.
        kind: program, site or pool.
        group: its id.
        store: committed state, as for `agents.engine.queue.QueueEngine`.
        writer: a name no other live process has (`agents.state.store`).
        manifests: store keys of the group's manifests; None: look for them.
    """

    def __init__(
        self,
        configuration: Configuration,
        kind: GroupKind,
        group: str,
        store: Mapping[bytes, bytes],
        writer: str = "",
        manifests: Sequence[bytes] | None = None,
    ) -> None:
        self.kind: Final = kind
        self.group: Final = group
        self.owner: Final = GroupName(kind, group).owner
        """The name its entries in the store have."""
        self.counters = RecordCounters()
        self.status = QueueStatus(self.counters)
        self._configuration = configuration
        self._groups = {version.parameters_version: Groups(version) for version in configuration.versions}
        self._cells = StateStore(store, self.owner, writer)
        self._manifest = self._latest_manifest(
            store, manifest_keys(store).get(self.owner, ()) if manifests is None else manifests
        )
        self._cells.versions, self._cells.counter = self._manifest.versions, self._manifest.counter
        self._rules = PoolRules(group, self._manifest.rules)
        self._loaded: dict[int, _Rows] = {}
        self._changed: set[int] = set()
        self._calendars: dict[str, Calendar] = {}
        self._members_of: dict[Day, list[str]] = {}
        """Queues of the group by its local day, as long as no further one delivers."""
        self._sums = self._new_sums()
        self._open = {start_ms for start_ms, each in self._manifest.intervals.items() if not each.revision}
        """Starts of intervals that are not final."""
        self._out: list[GroupResult] = []
        self._dirty = False
        self.status.restore(None, self._manifest.rules.rule_states, ())

    def _latest_manifest(self, store: Mapping[bytes, bytes], keys: Sequence[bytes]) -> _Manifest:
        """The manifest that is furthest along, as of a queue's engine."""
        manifests = read_manifests(store, keys, _DECODE)
        if not manifests:
            return _Manifest()
        furthest_first = sorted(manifests, key=lambda key: (*reach(manifests[key].applied_offsets), key), reverse=True)
        self._cells.forget_manifests(furthest_first[_KEPT_MANIFESTS:])
        return manifests[furthest_first[0]]

    # --- what a shell calls -------------------------------------------------------------------------

    def applied_offset(self, source: str) -> int:
        """The last offset of `source` that the state holds, -1 for none: what is not newer is skipped."""
        return self._manifest.applied_offsets.get(source, -1)

    def mark_applied(self, source: str, offset: int) -> None:
        """Note that everything of `source` up to `offset` is in the state."""
        self._manifest.applied_offsets[source] = offset
        self._dirty = True

    def apply_record(self, told: QueueInterval) -> None:
        """Apply one result of a queue; one that was told before changes nothing."""
        row = told.result
        progress = self._manifest.queues.get(row.queue)
        if progress is None:
            progress = _Progress(row.program, row.interval_start_ms, row.interval_start_ms, told.through_ms)
            self._manifest.queues[row.queue] = progress
            self._sums = self._new_sums()
            self._members_of.clear()
        progress.program = row.program
        progress.first_ms = min(progress.first_ms, row.interval_start_ms)
        progress.last_ms = max(progress.last_ms, row.interval_start_ms)
        progress.through_ms = max(progress.through_ms, told.through_ms)
        self._dirty = True
        start_ms = self._put(row)
        if start_ms is None:
            self.counters.duplicate += 1
        else:
            self.counters.accepted += 1
            if self._manifest.intervals[start_ms].revision:
                self._publish(start_ms)
        self._publish_ready()

    def finish(self) -> None:
        """Publish what is left: nothing more comes (replay)."""
        for start_ms in sorted(self._open):
            self._publish(start_ms)
        settings = self._settings(max(self._manifest.rules.last_ms, 0), 0)
        self._rules.end_day(settings, self._manifest.rules.day_end_ms)

    def take(self) -> list[GroupOutput]:
        """Intervals and breach records since the last call, in order."""
        events = self._rules.take()
        for event in events:
            self.status.breach(event)
        found, self._out = self._out, []
        return [*found, *map(BreachEvent, events)]

    def commit(self) -> Commit | None:
        """The state to be stored, None where nothing has changed; see `agents.state.store` for the order."""
        if not self._dirty:
            return None
        self._dirty = False
        self._forget_old()
        for start_ms in sorted(self._changed & self._manifest.intervals.keys()):
            self._cells.replace(_cell(start_ms), _ENCODE(self._loaded[start_ms]))
        self._changed.clear()
        self._loaded = {
            start_ms: rows
            for start_ms, rows in self._loaded.items()
            if start_ms in self._manifest.intervals and not self._manifest.intervals[start_ms].revision
        }
        self._manifest.versions, self._manifest.counter = self._cells.versions, self._cells.counter
        return self._cells.commit(_ENCODE(self._manifest))

    # --- rows ---------------------------------------------------------------------------------------

    def _new_sums(self) -> GroupSums:
        """Sums over the rows of this group alone, by the queues that have delivered so far."""
        return GroupSums(self._configuration, self._delivered(), {}, self._is_own)

    def _is_own(self, group: Group) -> bool:
        return (group.kind, group.id) == (self.kind, self.group)

    def _delivered(self) -> dict[str, Delivered]:
        return {
            queue: Delivered(progress.program, progress.first_ms, progress.last_ms)
            for queue, progress in self._manifest.queues.items()
        }

    def _put(self, row: MemberRow) -> int | None:
        """Keep a row; the start of its interval. None: the group has no such interval, or the row is no news."""
        span = self._sums.interval_of(row)
        if span is None:
            return None
        start_ms = span.start_ms
        published = self._manifest.intervals.get(start_ms)
        if published is None:
            if start_ms < self._kept_from():
                return None
            published = self._manifest.intervals[start_ms] = _Published(span.end_ms)
            self._open.add(start_ms)
        rows = self._load(start_ms)
        at = next((at for at, each in enumerate(rows.latest) if _same(each, row)), None)
        if at is None:
            rows.latest.append(row)
        elif rows.latest[at].revision >= row.revision:
            if row.revision == 1 and not any(_same(each, row) for each in rows.first):
                rows.first.append(row)
                self._changed.add(start_ms)
            return None
        else:
            if rows.latest[at].revision == 1:
                rows.first.append(rows.latest[at])
            rows.latest[at] = row
        self._changed.add(start_ms)
        return start_ms

    def _load(self, start_ms: int) -> _Rows:
        found = self._loaded.get(start_ms)
        if found is None:
            blob = self._cells.read(_cell(start_ms))
            found = self._loaded[start_ms] = _Rows([], []) if blob is None else _DECODE_ROWS(blob)
        return found

    def _kept_from(self) -> int:
        """The start of the oldest interval that a correction may still concern."""
        queues = self._manifest.queues
        front = max((each.through_ms for each in queues.values()), default=0)
        awake = [each.through_ms for queue, each in queues.items() if not self._is_dormant(queue, front)]
        return min(awake, default=front) - self._configuration.last.program("").correction_ms

    def _forget_old(self) -> None:
        since_ms = self._kept_from()
        old = [at for at, each in self._manifest.intervals.items() if each.revision and each.end_ms <= since_ms]
        self._cells.remove(map(_cell, old))
        for start_ms in old:
            del self._manifest.intervals[start_ms]
            self._loaded.pop(start_ms, None)

    # --- finality -----------------------------------------------------------------------------------

    def _publish_ready(self) -> None:
        while self._open:
            start_ms = min(self._open)
            if not self._is_final(start_ms, self._manifest.intervals[start_ms].end_ms):
                return
            self._publish(start_ms)

    def _is_final(self, start_ms: int, end_ms: int) -> bool:
        """Whether every queue of the group that has ever delivered is past an interval.

        A pool waits for its other queues as well, for a while: its rule looks once, and at the begin of a backlog one
        worker may be far ahead of another.
        """
        front = max(each.through_ms for each in self._manifest.queues.values())
        return all(
            self._through(queue) >= end_ms
            or self._is_closed(queue, self._through(queue), end_ms)
            or self._is_behind(queue, front)
            for queue in self._members(start_ms)
        )

    def _through(self, queue: str) -> int:
        """The instant through which a queue is final; of one that has not delivered the begin of the group."""
        progress = self._manifest.queues.get(queue)
        return self._begin_ms() if progress is None else progress.through_ms

    def _begin_ms(self) -> int:
        return min(each.first_ms for each in self._manifest.queues.values())

    def _members(self, start_ms: int) -> Sequence[str]:
        """The queues that the group waits for: those that have ever delivered; of a pool all."""
        groups = self._groups[self._configuration.at(start_ms).parameters_version]
        group = groups.find(self.kind, self.group)
        if group is None:
            return ()
        day = day_of(start_ms, group.timezone)
        if day not in self._members_of:
            members = groups.members(group, self._delivered(), day)
            self._members_of[day] = [
                queue for queue in members if self.kind == "pool" or queue in self._manifest.queues
            ]
        return self._members_of[day]

    def _is_closed(self, queue: str, from_ms: int, to_ms: int) -> bool:
        """Whether a queue opens in no interval of a span; one without open hours never says so."""
        calendar = self._calendar(queue)
        return calendar.has_hours(from_ms) and next(calendar.open_starts(from_ms, to_ms), None) is None

    def _is_behind(self, queue: str, front_ms: int) -> bool:
        """Whether a queue is so far behind the others that nobody waits for it."""
        if queue not in self._manifest.queues:
            return front_ms - self._begin_ms() > _WAIT_MS
        return self._is_dormant(queue, front_ms)

    def _is_dormant(self, queue: str, front_ms: int) -> bool:
        through_ms = self._manifest.queues[queue].through_ms
        return front_ms - through_ms > in_force(self._versions(queue), through_ms).dormant_ms

    def _versions(self, queue: str) -> Sequence[QueueSettings]:
        progress = self._manifest.queues.get(queue)
        return self._configuration.queue(queue, None if progress is None else progress.program)

    def _calendar(self, queue: str) -> Calendar:
        if queue not in self._calendars:
            self._calendars[queue] = Calendar.of(self._versions(queue), self._begin_ms())
        return self._calendars[queue]

    # --- figures ------------------------------------------------------------------------------------

    def _publish(self, start_ms: int) -> None:
        """Publish an interval, the first time or corrected; a pool's rule looks at the first."""
        published = self._manifest.intervals[start_ms]
        rows = self._load(start_ms)
        figures = self._figures(rows.latest, start_ms)
        published.revision += 1
        self._open.discard(start_ms)
        self._dirty = True
        self._out.append(GroupResult(figures, published.revision))
        if self.kind != "pool" or published.revision > 1:
            return
        corrected = {(row.queue, row.interval_start_ms) for row in rows.first}
        first = [row for row in rows.latest if (row.queue, row.interval_start_ms) not in corrected]
        judged = self._figures([*first, *rows.first], start_ms) if rows.first else figures
        self._rules.judge(judged, self._settings(start_ms, judged.interval_ms), self._day_end(start_ms))

    def _figures(self, rows: Iterable[MemberRow], start_ms: int) -> GroupInterval:
        sums = self._new_sums()
        for row in rows:
            sums.add(row)
        return next(each for each in sums.take() if each.period == "interval" and each.interval_start_ms == start_ms)

    def _settings(self, start_ms: int, length_ms: int) -> QueueSettings:
        """The rules in force for a pool: those of the program that has all its queues, else of the site."""
        version = self._configuration.at(start_ms)
        group = self._groups[version.parameters_version].find(self.kind, self.group)
        homes = {version.queue(queue).program for queue in self._members(start_ms)}
        settings = version.program(homes.pop() if len(homes) == 1 else "")
        zone = settings.timezone if group is None else group.timezone
        return dataclasses.replace(settings, timezone=zone, interval_ms=length_ms or settings.interval_ms)

    def _day_end(self, start_ms: int) -> int:
        """The end of the open day that an interval belongs to: when the last of its queues closes, else midnight."""
        ends: list[int] = []
        for queue in self._members(start_ms):
            calendar = self._calendar(queue)
            day = calendar.open_day(calendar.start_of(start_ms))
            if calendar.has_hours(start_ms) and day is not None:
                ends.append(day.end_ms)
        group = self._groups[self._configuration.at(start_ms).parameters_version].find(self.kind, self.group)
        midnight = start_ms if group is None else day_of(start_ms, group.timezone).end_ms
        return max(ends, default=midnight)


class GroupName(NamedTuple):
    """The name of a group."""

    kind: GroupKind
    id: str

    @property
    def owner(self) -> str:
        """The name that its entries in the store have."""
        return f"{_MARK}{self.kind}{_MARK}{self.id}"


def group_of(owner: str) -> GroupName | None:
    """The group whose entries in the store have the name `owner`; None: they are another's."""
    mark, _, name = owner.partition(_MARK)
    kind, _, group = name.partition(_MARK)
    return None if mark or kind not in GROUP_KINDS else GroupName(kind, group)


def _cell(start_ms: int) -> str:
    return f"i{start_ms}"


def _same(one: MemberRow, other: MemberRow) -> bool:
    return (one.queue, one.interval_start_ms) == (other.queue, other.interval_start_ms)
