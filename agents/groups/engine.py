"""The state machine of one group: results of its queues in, its own intervals and breaches out.

The third kind of engine, beside those of queues and programs. A group's interval is final when every queue that has
ever delivered is past it: it has made it final (or missing), is closed for the rest of it, or lies more than its
`dormant_days` behind the others. Late queues and corrections make a correction. Figures are those that
`agents.groups.intervals` sums up from the latest rows, so that the order in which queues tell them changes nothing in
the end.

Its state is the rows of the last `correction_days`, a cell an interval, and the rule of a pool.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from agents.groups.intervals import GroupSums
from agents.groups.members import Members, Progress
from agents.groups.membership import Group
from agents.groups.pool_rules import PoolRules, PoolRulesState
from agents.intervals.counters import RecordCounters
from agents.intervals.outputs import BreachEvent
from agents.rules.status import QueueStatus
from agents.state.store import Commit, StateStore, furthest_manifest, manifest_keys
from config.settings import Configuration
from streams.groups import GROUP_KINDS, GroupInterval, GroupKind
from streams.told.queue_interval import MemberRow, QueueInterval

__all__ = ["GroupEngine", "GroupName", "GroupOutput", "GroupResult", "group_of"]

_MARK: Final = "\x01"
"""Before a group's kind and name in the store: no queue's or program's name holds it."""


class GroupResult(NamedTuple):
    """A group's interval as it is published."""

    interval: GroupInterval
    revision: int
    """1: every queue was past it; 2, 3, …: corrected."""


GroupOutput = GroupResult | BreachEvent


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
    queues: dict[str, Progress] = {}
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
        self._cells = StateStore(store, self.owner, writer)
        found = manifest_keys(store).get(self.owner, ()) if manifests is None else manifests
        self._manifest = furthest_manifest(store, found, _DECODE, self._cells) or _Manifest()
        self._cells.versions, self._cells.counter = self._manifest.versions, self._manifest.counter
        self._rules = PoolRules(group, self._manifest.rules)
        self._loaded: dict[int, _Rows] = {}
        self._changed: set[int] = set()
        self._members = Members(configuration, kind, group, self._manifest.queues)
        self._sums = self._new_sums()
        self._open = {start_ms for start_ms, each in self._manifest.intervals.items() if not each.revision}
        """Starts of intervals that are not final."""
        self._out: list[GroupResult] = []
        self._dirty = False
        self._latest: GroupInterval | None = None
        self._looked = False
        """Whether the committed state has been asked for it."""
        self.status.restore(None, self._manifest.rules.rule_states, ())

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
        if self._members.note(told):
            self._sums = self._new_sums()
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
        settings = self._members.settings(max(self._manifest.rules.last_ms, 0), 0)
        self._rules.end_day(settings, self._manifest.rules.day_end_ms)

    def take(self) -> list[GroupOutput]:
        """Intervals and breach records since the last call, in order."""
        events = self._rules.take()
        for event in events:
            self.status.breach(event)
        found, self._out = self._out, []
        return [*found, *map(BreachEvent, events)]

    def latest(self) -> GroupInterval | None:
        """The figures of the last final interval; None: there is none any more."""
        if self._latest is None and not self._looked:
            self._looked = True
            start_ms = max((at for at, each in self._manifest.intervals.items() if each.revision), default=None)
            if start_ms is not None and self._members.knows(start_ms):
                self._latest = self._figures(self._load(start_ms).latest, start_ms)
        return self._latest

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
        return GroupSums(self._configuration, self._members.delivered(), {}, self._is_own)

    def _is_own(self, group: Group) -> bool:
        return (group.kind, group.id) == (self.kind, self.group)

    def _put(self, row: MemberRow) -> int | None:
        """Keep a row; the start of its interval. None: the group has no such interval, or the row is no news."""
        span = self._sums.interval_of(row)
        if span is None:
            return None
        start_ms = span.start_ms
        published = self._manifest.intervals.get(start_ms)
        if published is None:
            if start_ms < self._members.kept_from():
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

    def _forget_old(self) -> None:
        since_ms = self._members.kept_from()
        old = [at for at, each in self._manifest.intervals.items() if each.revision and each.end_ms <= since_ms]
        self._cells.remove(map(_cell, old))
        for start_ms in old:
            del self._manifest.intervals[start_ms]
            self._loaded.pop(start_ms, None)

    # --- finality -----------------------------------------------------------------------------------

    def _publish_ready(self) -> None:
        while self._open:
            start_ms = min(self._open)
            if not self._members.is_past(start_ms, self._manifest.intervals[start_ms].end_ms):
                return
            self._publish(start_ms)

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
        if self._latest is None or self._latest.interval_start_ms <= start_ms:
            self._latest = figures
        if self.kind != "pool" or published.revision > 1:
            return
        corrected = {(row.queue, row.interval_start_ms) for row in rows.first}
        first = [row for row in rows.latest if (row.queue, row.interval_start_ms) not in corrected]
        judged = self._figures([*first, *rows.first], start_ms) if rows.first else figures
        self._rules.judge(judged, self._members.settings(start_ms, judged.interval_ms), self._members.day_end(start_ms))

    def _figures(self, rows: Iterable[MemberRow], start_ms: int) -> GroupInterval:
        sums = self._new_sums()
        for row in rows:
            sums.add(row)
        return next(each for each in sums.take() if each.period == "interval" and each.interval_start_ms == start_ms)


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
