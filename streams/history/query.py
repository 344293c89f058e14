"""Reading the history in bounded memory, every table from one snapshot.

An export and its proof must speak of the same moment, though workers go on writing: so a `HistoryQuery` lives
in one transaction and everything is asked of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    and_,
    exists,
    func,
    not_,
    null,
    select,
    true,
    union_all,
)

from config.timestamps import from_rfc3339, rfc3339
from streams.columns import BREACH_COLUMNS, DEAD_LETTER_COLUMNS, EVALUATION_COLUMNS, JOURNAL_COLUMNS, RESULT_COLUMNS
from streams.history.tables import (
    LINK_COLUMNS,
    NO_PARTITION,
    breaches,
    chain_heads,
    dead_letters,
    evaluations,
    interval_results,
    journal,
    parameters,
    program_days,
    projections,
    retention,
    retired_results,
)
from streams.journal.entry import ACKNOWLEDGED
from streams.projected import PLACE, PROJECTION_COLUMNS

__all__ = ["BATCH_ROWS", "Batch", "Filters", "HistoryQuery", "Link", "ParameterVersion"]

Batch = list[dict[str, Any]]

BATCH_ROWS: Final = 5000
"""Rows in memory at a time."""

_STREAMING: Final = {"yield_per": BATCH_ROWS}
_TOLD: Final = frozenset({"message", "message_zh", "causes", "title", "title_zh"})
"""Columns of breaches that are told, and no check reads."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are wanted; None is all."""

    start: str | None = None
    """Intervals that start at or after this instant (RFC 3339)."""
    end: str | None = None
    """Intervals that start before this instant."""
    program: str | None = None
    queue: str | None = None
    latest_only: bool = False
    """Only the last revision of each interval."""


class Link(NamedTuple):
    """A result's place in its chain, without its figures."""

    position: int
    interval_start: str
    revision: int
    previous_hash: str
    hash: str


class ParameterVersion(NamedTuple):
    """Parameters that were in force, as history holds them."""

    version: str
    valid_from: str
    content_hash: str
    """SHA-256 of the content's RFC 8785 JSON."""
    content: list[dict[str, Any]]
    """Resolved settings: of the site, of each program, of each configured queue."""

    @property
    def parameters_from_ms(self) -> int:
        """First instant of the version, milliseconds since 1970-01-01 UTC."""
        return from_rfc3339(self.valid_from)


class HistoryQuery:
    """Queries in one read transaction; made by `Store.reading`.

    Args:
        connection: in its transaction.
        there: the columns of each table that the database has, where an earlier program made it; columns that are
            not there read as empty. None: all are there.
    """

    def __init__(self, connection: Connection, there: Mapping[str, frozenset[str]] | None = None) -> None:
        self.connection = connection
        self._there = there

    def heads(self) -> dict[str, tuple[int, str]]:
        """Each queue's number of results and the hash of its last, in order of queue."""
        rows = self.connection.execute(select(chain_heads.c.queue, chain_heads.c.results, chain_heads.c.last_hash))
        return {queue: (results, last) for queue, results, last in sorted(map(tuple, rows))}

    def queues(self, filters: Filters) -> list[str]:
        """Queues whose chains an export with these filters speaks of, in order, with results or retired ones."""
        c = interval_results.c
        if filters.program is None:
            names = union_all(select(c.queue).distinct(), select(retired_results.c.queue).distinct())
        else:
            names = union_all(select(c.queue).where(c.program == filters.program).distinct())
        found = {queue for (queue,) in self.connection.execute(names)}
        return sorted(found if filters.queue is None else found & {filters.queue})

    def results(self, filters: Filters) -> Iterator[Batch]:
        """Interval results, queue by queue in order of publication."""
        for queue in self.queues(filters):
            yield from self.queue_results(queue, filters)

    def queue_results(self, queue: str, filters: Filters, *extra: str) -> Iterator[Batch]:
        """One queue's results in order of publication; `extra` names columns that no export shows."""
        c = interval_results.c
        columns = (*RESULT_COLUMNS, *extra)
        wanted = (
            select(*self._columns(interval_results, columns))
            .where(c.queue == queue, _matches(filters))
            .order_by(c.position)
        )
        yield from self._batches(wanted, columns)

    def results_within(self, filters: Filters) -> int:
        """The number of results, in all revisions, of a span of time: it grows with each correction."""
        within = _within(interval_results.c.interval_start, filters)
        return int(self.connection.execute(select(func.count()).where(within)).scalar_one())

    def latest_columns(self, columns: tuple[str, ...], filters: Filters) -> Iterator[Batch]:
        """Some columns of the results of all queues in one span of time, in no particular order."""
        wanted = select(*self._columns(interval_results, columns)).where(_matches(filters))
        yield from self._batches(wanted, columns)

    def results_from(self, queue: str, position: int) -> Batch:
        """One queue's results from a place in its chain on, in order of publication."""
        c = interval_results.c
        wanted = (
            select(*self._columns(interval_results, RESULT_COLUMNS))
            .where(c.queue == queue, c.position >= position)
            .order_by(c.position)
        )
        return [row for batch in self._batches(wanted, RESULT_COLUMNS) for row in batch]

    def left_out(self, queue: str, filters: Filters) -> Iterator[Link]:
        """The links of a queue's results that the filters or retention leave out, in order of publication."""
        names = [name for name in LINK_COLUMNS if name != "queue"]
        c, r = interval_results.c, retired_results.c
        links = union_all(
            select(*(c[name] for name in names)).where(c.queue == queue, not_(_matches(filters))),
            select(*(r[name] for name in names)).where(r.queue == queue),
        ).order_by("position")
        for row in _stream(self.connection, links):
            yield Link(*row)

    def retired_before(self) -> str | None:
        """The instant (RFC 3339) before which retention took everything; None: it took nothing."""
        if self._there is not None and retention.name not in self._there:
            # An earlier program did not record it.
            latest = self.connection.execute(select(func.max(retired_results.c.interval_start))).scalar()
            return None if latest is None else rfc3339(from_rfc3339(latest) + 1)
        return self.connection.execute(select(func.max(retention.c.before))).scalar()

    def count(self, filters: Filters) -> int:
        """How many interval results there are to read."""
        return int(
            self.connection.execute(
                select(func.count())
                .select_from(interval_results)
                .where(_of(interval_results, filters), _matches(filters))
            ).scalar_one()
        )

    def breaches(self, filters: Filters) -> Iterator[Batch]:
        """Changes of breaches by interval, then breach and sequence."""
        c = breaches.c
        wanted = (
            select(*self._columns(breaches, BREACH_COLUMNS))
            .where(_of(breaches, filters), _within(c.interval_start, filters))
            .order_by(c.interval_start, c.breach_id, c.sequence)
        )
        yield from self._batches(wanted, BREACH_COLUMNS)

    def breach_changes(self, queue: str | None) -> Batch:
        """All changes of a queue's breaches (None: of programs' own), without sentences, by breach and sequence."""
        c = breaches.c
        names = tuple(name for name in BREACH_COLUMNS if name not in _TOLD)
        wanted = select(*self._columns(breaches, names)).where(c.queue == queue).order_by(c.breach_id, c.sequence)
        return [row for batch in self._batches(wanted, names) for row in batch]

    def breach_changes_count(self) -> int:
        """How many breach records and entries of the journal there are: it grows with each."""
        if self._there is not None and journal.name not in self._there:
            return int(self.connection.execute(select(func.count()).select_from(breaches)).scalar_one())
        counts = (select(func.count()).select_from(table).scalar_subquery() for table in (breaches, journal))
        return sum(int(count) for count in self.connection.execute(select(*counts)).one())

    def breach_queues(self) -> set[str]:
        """Queues that breaches name."""
        found = self.connection.execute(select(breaches.c.queue).distinct())
        return {queue for (queue,) in found if queue is not None}

    def evaluations(self, filters: Filters) -> Iterator[Batch]:
        """Monitored transactions by when they were handled."""
        c = evaluations.c
        wanted = (
            select(*(c[name] for name in EVALUATION_COLUMNS))
            .where(_of(evaluations, filters), _within(c.handled_at, filters))
            .order_by(c.handled_at, c.evaluation_id)
        )
        yield from self._batches(wanted, EVALUATION_COLUMNS)

    def projections(self, filters: Filters) -> Iterator[Batch]:
        """The rest of days as projected, by when and of which queue."""
        c = projections.c
        if self._there is not None and projections.name not in self._there:
            return
        wanted = (
            select(*(c[name] for name in PROJECTION_COLUMNS))
            .where(_of(projections, filters), _within(c.made_at, filters))
            .order_by(c.made_at, c.queue, c[PLACE])
        )
        yield from self._batches(wanted, PROJECTION_COLUMNS)

    def program_days(self, filters: Filters) -> Batch:
        """Handled contacts that queues emitted to their programs, by day, queue and part."""
        c = program_days.c
        if self._there is not None and program_days.name not in self._there:
            return []
        rows = self.connection.execute(
            select(program_days)
            .where(_of(program_days, filters), _within(c.interval_start, filters))
            .order_by(c.day, c.queue, c.part)
        )
        return [dict(row) for row in rows.mappings()]

    def dead_letters(self, *extra: str) -> Iterator[Batch]:
        r"""Records that could not be counted, by where they were read; `value` as text.

        Bytes that are no UTF-8 are shown as `\xff`. `extra` names columns that no export shows.
        """
        c = dead_letters.c
        columns = (*DEAD_LETTER_COLUMNS, *extra)
        wanted = select(*(c[name] for name in columns)).order_by(c.topic, c.partition, c.offset, c.index)
        for batch in self._batches(wanted, columns):
            for row in batch:
                row["partition"] = None if row["partition"] == NO_PARTITION else row["partition"]
                row["value"] = None if row["value"] is None else bytes(row["value"]).decode("utf-8", "backslashreplace")
            yield batch

    def journal(self, after: int = 0) -> Iterator[Batch]:
        """Entries of the journal by number, those after a number."""
        if self._there is None or journal.name in self._there:
            c = journal.c
            wanted = select(*(c[name] for name in JOURNAL_COLUMNS)).where(c.number > after).order_by(c.number)
            yield from self._batches(wanted, JOURNAL_COLUMNS)

    def acknowledgements(self) -> Batch:
        """Entries of the journal by which somebody acknowledged an incident, oldest first."""
        return [row for batch in self.journal() for row in batch if row["kind"] == ACKNOWLEDGED]

    def incident_of(self, name: str) -> str | None:
        """The incident of which this is the id, or the id of a breach; None: history has none."""
        c = breaches.c
        found = self.connection.execute(select(c.breach_id, c.incident_id).where(c.breach_id == name)).first()
        if found is None:
            found = self.connection.execute(select(c.breach_id, c.incident_id).where(c.incident_id == name)).first()
        return None if found is None else str(found.incident_id or found.breach_id)

    def parameters(self) -> list[ParameterVersion]:
        """Every parameter version that history holds, by when it took effect."""
        c = parameters.c
        rows = self.connection.execute(
            select(c.version, c.valid_from, c.content_hash, c.content).order_by(c.valid_from, c.version)
        )
        return [ParameterVersion(*row) for row in rows]

    def _columns(self, table: Table, names: Sequence[str]) -> list[ColumnElement[Any]]:
        """The columns of a table; null for one that the database does not have."""
        there = None if self._there is None else self._there[table.name]
        return [table.c[name] if there is None or name in there else null().label(name) for name in names]

    def _batches(self, wanted: Select[Any], columns: tuple[str, ...]) -> Iterator[Batch]:
        result = self.connection.execute(wanted, execution_options=_STREAMING)
        for part in result.partitions():
            yield [dict(zip(columns, row, strict=True)) for row in part]


def _stream(connection: Connection, wanted: CompoundSelect[Any]) -> Iterator[Any]:
    result = connection.execute(wanted, execution_options=_STREAMING)
    for part in result.partitions():
        yield from part


def _within(instant: ColumnElement[Any], filters: Filters) -> ColumnElement[bool]:
    return and_(
        true(),
        *([instant >= filters.start] if filters.start is not None else []),
        *([instant < filters.end] if filters.end is not None else []),
    )


def _of(table: Table, filters: Filters) -> ColumnElement[bool]:
    return and_(
        true(),
        *([table.c.program == filters.program] if filters.program is not None else []),
        *([table.c.queue == filters.queue] if filters.queue is not None else []),
    )


def _matches(filters: Filters) -> ColumnElement[bool]:
    """Whether a result of a queue that is exported is in the export."""
    c = interval_results.c
    later = interval_results.alias("later")
    return and_(
        _within(c.interval_start, filters),
        *([func.coalesce(c.program, "") == filters.program] if filters.program is not None else []),
        *(
            [
                ~exists().where(
                    later.c.queue == c.queue,
                    later.c.interval_start == c.interval_start,
                    later.c.revision > c.revision,
                )
            ]
            if filters.latest_only
            else []
        ),
    )
