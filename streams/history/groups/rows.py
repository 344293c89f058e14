"""The kept rows of groups: one an interval or local day, the latest, which counts how often it has changed.

They are in no hash chain and follow from the results of queues, so a later row takes the place of an earlier one. They
are written in the transaction that writes the results: who reads history sees both or neither.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Connection, and_, delete, func, inspect, or_, select, text

from config.timestamps import from_rfc3339, rfc3339
from streams.groups import GROUP_COLUMNS
from streams.history.query import BATCH_ROWS, Batch, HistoryQuery
from streams.history.tables import group_results, grouped, interval_results
from streams.results import IntervalResult

__all__ = ["GroupKeeper", "GroupKey", "KeptGroups", "group_key"]

_LOCK: Final = 7_271_021
_NEEDED: Final = tuple(
    column.name
    for column in interval_results.columns
    if column.name not in {"position", "signal", "plan", "breaches", "sources", "reason", "form"}
    and column.name not in {"previous_hash", "hash", "process_sigma"}
    and not column.name.startswith("effect_")
)
"""Columns of a result that a figure of a group may need."""

Row = Mapping[str, Any]


class GroupKey(NamedTuple):
    """The identity of a kept row."""

    kind: str
    group: str
    period: str
    interval_start: str


def group_key(row: Row) -> GroupKey:
    """The identity of a row."""
    return GroupKey(row["kind"], row["group"], row["period"], row["interval_start"])


class GroupKeeper(Protocol):
    """Brings the rows of groups up to what the results of queues say."""

    def begin(self, kept: "KeptGroups") -> None:
        """Look at the history before results are written."""

    def update(self, kept: "KeptGroups", rows: Sequence[Row]) -> None:
        """Bring rows up after results were written, in the same transaction."""


class KeptGroups:
    """The kept rows of groups, in one transaction.

    Args:
        reader: of the history, in the transaction.
        upsert: the database's own INSERT; None: nothing is written.
    """

    def __init__(self, reader: HistoryQuery, upsert: Callable[..., Any] | None = None) -> None:
        self.reader = reader
        self._connection: Connection = reader.connection
        self._upsert = upsert

    def lock(self) -> None:
        """Wait for other writers: each must see the results of those before it."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})

    @property
    def since_ms(self) -> int | None:
        """The instant from which on rows are kept; None: none are."""
        if not inspect(self._connection).has_table(grouped.name):
            return None
        found = self._connection.execute(select(func.min(grouped.c.since))).scalar()
        return None if found is None else from_rfc3339(str(found))

    def keep_from(self, since_ms: int) -> None:
        """Note that rows are kept from an instant on."""
        self._connection.execute(delete(grouped))
        self._connection.execute(grouped.insert().values(since=rfc3339(since_ms)))

    def through(self, kind: str, group: str, period: str) -> int | None:
        """The end of the newest row of a group; None: it has none."""
        c = group_results.c
        newest = (
            select(c.interval_start, c.interval_seconds)
            .where(c.kind == kind, c.group == group, c.period == period)
            .order_by(c.interval_start.desc())
            .limit(1)
        )
        row = self._connection.execute(newest).first()
        return None if row is None else from_rfc3339(row[0]) + int(row[1]) * 1000

    def between(
        self, start_ms: int | None, end_ms: int | None, kind: str | None = None, group: str | None = None
    ) -> Batch:
        """The rows that start in a span of time, with their `revision`."""
        c = group_results.c
        names = (*GROUP_COLUMNS, "revision")
        wanted = select(*(c[name] for name in names)).where(
            *([c.interval_start >= rfc3339(start_ms)] if start_ms is not None else []),
            *([c.interval_start < rfc3339(end_ms)] if end_ms is not None else []),
            *([c.kind == kind] if kind is not None else []),
            *([c.group == group] if group is not None else []),
        )
        return [dict(zip(names, row, strict=True)) for row in self._connection.execute(wanted)]

    def put(self, rows: Sequence[Row]) -> None:
        """Keep rows, with their `revision`, each in the place of the one before it."""
        if not rows or self._upsert is None:
            return
        write = self._upsert(group_results)
        write = write.on_conflict_do_update(
            index_elements=[column.name for column in group_results.primary_key],
            set_={c.name: write.excluded[c.name] for c in group_results.c if not c.primary_key},
        )
        self._connection.execute(write, [dict(row) for row in rows])

    def remove(self, keys: Iterable[GroupKey]) -> None:
        """Remove rows."""
        c = group_results.c
        for key in keys:
            own = and_(*(c[name] == value for name, value in key._asdict().items()))
            self._connection.execute(delete(group_results).where(own))

    def results(
        self, start_ms: int, end_ms: int, program: str | None = None, queues: Sequence[str] | None = None
    ) -> Iterable[IntervalResult]:
        """The latest results of a program, or of some queues, or of all, that start in a span of time."""
        c, later = interval_results.c, interval_results.alias("later")
        newer = select(later.c.queue).where(
            later.c.queue == c.queue, later.c.interval_start == c.interval_start, later.c.revision > c.revision
        )
        wanted = select(*(c[name] for name in _NEEDED)).where(
            *_spanned(start_ms, end_ms), *_members(program, queues), ~newer.exists()
        )
        result = self._connection.execute(wanted, execution_options={"yield_per": BATCH_ROWS})
        for part in result.partitions():
            for row in part:
                yield IntervalResult.from_row(dict(zip(_NEEDED, row, strict=True)))

    def first_result(self, start_ms: int, program: str | None, queues: Sequence[str] | None) -> IntervalResult | None:
        """The earliest result of a program, or of some queues, that starts at an instant or later."""
        c = interval_results.c
        wanted = (
            select(*(c[name] for name in _NEEDED))
            .where(*_spanned(start_ms, None), *_members(program, queues))
            .order_by(c.interval_start)
            .limit(1)
        )
        row = self._connection.execute(wanted).first()
        return None if row is None else IntervalResult.from_row(dict(zip(_NEEDED, row, strict=True)))


def _spanned(start_ms: int, end_ms: int | None) -> list[ColumnElement[bool]]:
    c = interval_results.c
    bounds = [c.interval_start >= rfc3339(start_ms)]
    return bounds if end_ms is None else [*bounds, c.interval_start < rfc3339(end_ms)]


def _members(program: str | None, queues: Sequence[str] | None) -> list[ColumnElement[bool]]:
    c = interval_results.c
    given = [*([c.program == program] if program is not None else []), *([c.queue.in_(queues)] if queues else [])]
    return [or_(*given)] if given else []
