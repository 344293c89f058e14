"""Rows of groups in history, kept in step with the results of their queues.

A row is kept when its interval or day is final, in order of time, and changes when a result of its queues does. It is
computed from the history itself, in the transaction that writes the results: so the rows of a group are the same
however often, in which order and by how many workers results are written.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from agents.groups.intervals import GroupSums, day_of
from agents.groups.members import Members, Progress
from agents.groups.membership import Day, Delivered, Group, Groups
from config.held import configuration_of_held
from config.settings import Configuration
from config.timestamps import from_rfc3339, rfc3339
from streams.groups import GroupInterval, GroupKind, Period
from streams.history.extent import QueueSpan, queue_spans
from streams.history.groups.rows import GroupKey, KeptGroups, group_key
from streams.history.query import ParameterVersion
from streams.history.store import Store
from streams.results import IntervalResult

__all__ = [
    "DAY_MS",
    "LONGEST_DAY_MS",
    "Centre",
    "RowsOfGroups",
    "TouchedTime",
    "fill_groups",
    "first_kept",
    "held_centre",
]

Row = Mapping[str, Any]
Name = tuple[GroupKind, str]

DAY_MS: Final = 86_400_000
LONGEST_DAY_MS: Final = 26 * 3_600_000
_INTERVALS: Final[tuple[Period, ...]] = ("interval",)
_BOTH: Final[tuple[Period, ...]] = ("interval", "day")


class Centre:
    """The groups of a history, and how far its queues have come.

    Args:
        configuration: the parameter versions of the history.
        spans: what each queue has delivered.
    """

    def __init__(self, configuration: Configuration, spans: Mapping[str, QueueSpan]) -> None:
        self.configuration: Final = configuration
        self.delivered: Final = {
            queue: Delivered(span.program, from_rfc3339(span.first), from_rfc3339(span.last))
            for queue, span in spans.items()
        }
        self._groups = {version.parameters_version: Groups(version) for version in configuration.versions}
        self._members: dict[Name, Members | None] = {}
        self.all: Final = GroupSums(configuration, self.delivered, {})

    @property
    def first_ms(self) -> int:
        """Start of the first interval of all."""
        return min(span.first_ms for span in self.delivered.values())

    @property
    def last_ms(self) -> int:
        """Start of the last interval of all."""
        return max(span.last_ms for span in self.delivered.values())

    def queues(self, name: Name) -> list[str]:
        """The queues of a site or pool in any version; of a program those that have delivered for it."""
        kind, group = name
        if kind == "program":
            return [queue for queue, span in self.delivered.items() if span.program == group]
        found: set[str] = set()
        for version in self.configuration.versions:
            named = version.sites if kind == "site" else version.pools
            found.update(*(each.queues for each in named if each.id == group))
        return sorted(found & self.delivered.keys())

    def is_past(self, name: Name, start_ms: int, end_ms: int) -> bool:
        """Whether every queue of a group is past an interval or day of it."""
        if name not in self._members:
            queues = {queue: self._progress(queue) for queue in self.queues(name)}
            self._members[name] = Members(self.configuration, *name, queues) if queues else None
        members = self._members[name]
        return members is not None and members.is_past(start_ms, end_ms)

    def _progress(self, queue: str) -> Progress:
        program, first_ms, last_ms = self.delivered[queue]
        length_ms = self.configuration.at(last_ms).queue(queue, program).interval_ms
        return Progress(program, first_ms, last_ms, last_ms + length_ms)

    def sums(self, name: Name) -> GroupSums:
        """Sums of one group alone."""
        return GroupSums(self.configuration, self.delivered, {}, lambda group: (group.kind, group.id) == name)

    def next_version(self, ms: int) -> int | None:
        """The begin of the next parameter version."""
        begins = (each.parameters_from_ms for each in self.configuration.versions)
        return min((begin for begin in begins if begin > ms), default=None)


class _Versions:
    """Parameter versions, equal where their names, begins and hashes are."""

    def __init__(self, versions: Sequence[ParameterVersion]) -> None:
        self.versions: Final = versions
        self._key = tuple((each.version, each.valid_from, each.content_hash) for each in versions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Versions) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=1)
def _configuration(held: _Versions) -> Configuration | None:
    """The settings that versions stand for: to restore them takes longer than a flush."""
    return configuration_of_held(held.versions)


def held_centre(kept: KeptGroups) -> Centre | None:
    """The groups of a history; None: it has no results, or no parameters, which say which groups there are."""
    spans = queue_spans(kept.reader)
    configuration = _configuration(_Versions(kept.reader.parameters())) if spans else None
    return None if configuration is None else Centre(configuration, spans)


@dataclass
class _Touched:
    """Intervals and days of one group whose figures may have changed."""

    intervals: set[tuple[int, int]] = field(default_factory=set)
    days: set[Day] = field(default_factory=set)
    whole: set[Day] = field(default_factory=set)
    """Days of which every interval may have."""


class RowsOfGroups:
    """Brings the rows of groups up, for `streams.history.store.Store`."""

    def __init__(self) -> None:
        self._before: Mapping[str, QueueSpan] = {}

    def begin(self, kept: KeptGroups) -> None:
        """Look at how far queues are before results are written."""
        self._before = queue_spans(kept.reader)

    def update(self, kept: KeptGroups, rows: Sequence[Row]) -> None:
        """Bring up what follows from results that were written."""
        centre = held_centre(kept)
        if centre is None:
            return
        results = [IntervalResult.from_row(row) for row in rows]
        since = kept.since_ms
        if since is None:
            since = min(row.interval_start_ms for row in results) - LONGEST_DAY_MS
            kept.keep_from(since)
        begin = first_kept(kept, since)
        for name, touched in sorted(_touched(centre, self._before, results).items()):
            _OneGroup(centre, kept, name, begin, finish=False).bring_up(touched)

    def fill(self, kept: KeptGroups) -> bool:
        """Keep the rows of one day that has none yet, of results that an earlier program wrote; False: none is left."""
        centre = held_centre(kept)
        if centre is None:
            return False
        since = kept.since_ms
        if since is None:
            since = centre.last_ms + 1
        if since <= centre.first_ms - LONGEST_DAY_MS:
            return False
        start = since - DAY_MS
        for name in sorted({(group.kind, group.id) for group in _groups(centre)}):
            own = _OneGroup(centre, kept, name, first_kept(kept, start), finish=False)
            own.fill(start, since)
        kept.keep_from(start)
        return True


class TouchedTime:
    """The time whose groups a replay brings up when all its results are written.

    Args:
        kept: the rows of groups before the replay.
    """

    def __init__(self, kept: KeptGroups) -> None:
        self._before = queue_spans(kept.reader)
        self._begin_ms: int | None = None
        self._seen: set[str] = set()

    def add(self, result: IntervalResult) -> None:
        """Take a result that is written."""
        starts = [result.interval_start_ms]
        if result.queue not in self._seen:
            self._seen.add(result.queue)
            before = self._before.get(result.queue)
            if before is not None:
                # A queue that comes back is missing in the time between, where nobody waited for it.
                moved = before.program != result.program
                starts.append(from_rfc3339(before.first if moved else before.last))
        if self._begin_ms is not None:
            starts.append(self._begin_ms)
        self._begin_ms = min(starts)

    def bring_up(self, kept: KeptGroups) -> None:
        """Keep every interval and day of that time: nothing more comes."""
        centre = held_centre(kept)
        if centre is None or self._begin_ms is None:
            return
        begin = self._begin_ms - LONGEST_DAY_MS
        since = kept.since_ms
        if since is None:
            kept.keep_from(begin)
        for name in sorted({(group.kind, group.id) for group in _groups(centre)}):
            own = _OneGroup(centre, kept, name, first_kept(kept, begin), finish=True)
            for start in range(begin, centre.last_ms + 1, DAY_MS):
                own.fill(start, min(start + DAY_MS, centre.last_ms + 1))


def fill_groups(store: Store) -> None:
    """Keep the rows of results that an earlier program wrote, the newest first, a transaction a day."""
    keeper = RowsOfGroups()
    while store.with_groups(keeper.fill):
        pass


def first_kept(kept: KeptGroups, since_ms: int) -> int:
    """The earliest start of a row that is kept: retention may have taken results of those before it."""
    before = kept.reader.retired_before()
    return since_ms if before is None else max(since_ms, from_rfc3339(before))


def _groups(centre: Centre) -> Iterator[Group]:
    """Every group of every version and queue."""
    for version in centre.configuration.versions:
        groups = Groups(version)
        for queue, span in centre.delivered.items():
            yield from groups.of_queue(queue, span.program)


def _touched(
    centre: Centre, before: Mapping[str, QueueSpan], results: Iterable[IntervalResult]
) -> dict[Name, _Touched]:
    """The intervals and days that new results may have changed, by group."""
    found: dict[Name, _Touched] = {}
    queues: set[str] = set()
    for row in results:
        queues.add(row.queue)
        for span in centre.all.spans_of(row):
            own = found.setdefault((span.group.kind, span.group.id), _Touched())
            if span.period == "day":
                own.days.add(Day(span.start_ms, span.end_ms))
            else:
                own.intervals.add((span.start_ms, span.end_ms))
    for queue in queues:
        now, then = centre.delivered[queue], before.get(queue)
        begin, end = _changed(now, then)
        for ms in range(begin, end + DAY_MS, DAY_MS) if begin < end else ():
            at = min(ms, end)
            version = centre.configuration.at(at)
            for group in Groups(version).of_queue(queue, now.program):
                found.setdefault((group.kind, group.id), _Touched()).whole.add(day_of(at, group.timezone))
    return found


def _changed(now: Delivered, then: QueueSpan | None) -> tuple[int, int]:
    """The span in which a queue has come to be a member, or to be missing, where it was not before."""
    if then is None:
        return now.first_ms, now.last_ms
    first, last = from_rfc3339(then.first), from_rfc3339(then.last)
    if then.program != now.program:
        return now.first_ms, now.last_ms
    if now.first_ms < first:
        return now.first_ms, max(first, now.last_ms if now.last_ms > last + DAY_MS else first)
    return (last, now.last_ms) if now.last_ms > last + DAY_MS else (0, 0)


class _OneGroup:
    """The rows of one group."""

    def __init__(self, centre: Centre, kept: KeptGroups, name: Name, begin_ms: int, *, finish: bool) -> None:
        self._centre = centre
        self._kept = kept
        self._name = name
        self._begin_ms = begin_ms
        self._finish = finish
        kind, group = name
        self._program = group if kind == "program" else None
        self._queues = centre.queues(name)

    def bring_up(self, touched: _Touched) -> None:
        """Compute again what may have changed, and go on with what has become final."""
        through = {period: self._through(period) for period in _BOTH}
        done: set[Day] = set()
        for day in sorted(touched.days | touched.whole):
            if day.start_ms < through["day"]:
                if self._is_past(day):
                    self._recompute(*day, _BOTH)
                    done.add(day)
                else:
                    # A replay ended in it: it comes again when it is over.
                    self._kept.remove([GroupKey(*self._name, "day", rfc3339(day.start_ms))])
            if day not in done and day in touched.whole:
                self._recompute(day.start_ms, min(day.end_ms, through["interval"]), _INTERVALS)
                done.add(day)
        left = {
            (start, end)
            for start, end in touched.intervals
            if start < through["interval"] and not any(day.start_ms <= start < day.end_ms for day in done)
        }
        for start, end in _merged(left):
            self._recompute(start, end, _INTERVALS)
        self._go_on("interval")
        self._go_on("day")

    def fill(self, start_ms: int, end_ms: int) -> None:
        """Keep what starts in a span of time and has no row yet."""
        self._recompute(start_ms, end_ms, _BOTH, until_ms=end_ms + LONGEST_DAY_MS)

    def _through(self, period: Period) -> int:
        """The end of what is kept. Once a day is, all its intervals are."""
        periods: Collection[Period] = _BOTH if period == "interval" else ("day",)
        found = [self._kept.through(*self._name, each) for each in periods]
        return max([self._begin_ms, *(each for each in found if each is not None)])

    def _is_past(self, span: Day | tuple[int, int]) -> bool:
        return self._finish or self._centre.is_past(self._name, *span)

    def _go_on(self, period: Period) -> None:
        """Keep what has become final, in order of time, a day at a time."""
        through = self._through(period)
        while (row := self._kept.first_result(through, self._program, self._queues)) is not None:
            spans = [span for span in self._centre.all.spans_of(row) if (span.group.kind, span.group.id) == self._name]
            day = next((span for span in spans if span.period == "day"), None)
            if day is None:
                following = self._centre.next_version(row.interval_start_ms)
                if following is None:
                    return
                through = following
                continue
            first = next((span for span in spans if span.period == period), None)
            if first is not None and first.start_ms >= self._begin_ms:
                if not self._is_past((first.start_ms, first.end_ms)):
                    return
                end_ms = first.end_ms if period == "day" else day.end_ms
                if not self._recompute(first.start_ms, end_ms, (period,)):
                    return
            through = max(day.end_ms, through + 1)

    def _recompute(self, start_ms: int, end_ms: int, periods: Collection[Period], until_ms: int | None = None) -> bool:
        """Compute what starts in a span of time, and keep what is final or was kept; whether all of it is."""
        if start_ms >= end_ms:
            return True
        sums = self._centre.sums(self._name)
        for result in self._kept.results(start_ms, until_ms or end_ms, self._program, self._queues):
            sums.add(result)
        held = {
            group_key(row): row for row in self._kept.between(start_ms, end_ms, *self._name) if row["period"] in periods
        }
        new, is_whole = [], True
        for figures in sums.take():
            if not self._is_asked(figures, start_ms, end_ms, periods):
                continue
            row = figures.row()
            before = held.pop(group_key(row), None)
            if before is None:
                span = figures.interval_start_ms, figures.interval_start_ms + figures.interval_ms
                if not is_whole or not self._is_past(span):
                    is_whole = False
                    continue
                new.append({**row, "revision": 1})
            elif any(row[column] != before[column] for column in row):
                new.append({**row, "revision": before["revision"] + 1})
        self._kept.put(new)
        self._kept.remove(held)
        return is_whole

    def _is_asked(self, figures: GroupInterval, start_ms: int, end_ms: int, periods: Collection[Period]) -> bool:
        at = figures.interval_start_ms
        return figures.period in periods and max(start_ms, self._begin_ms) <= at < end_ms


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that follow each other as one, a day long at most."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and found[-1][1] >= start and end - found[-1][0] <= DAY_MS:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
