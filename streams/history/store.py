"""Where results come to rest: writes that may be repeated, by as many workers as there are.

A stream delivers at least once, and workers crash and catch up; so every write here can be made again,
by anyone, in any order, and the history is the same. No write ever replaces a result by another: an audit
trail that could be overwritten would be none.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from config.errors import UserError
from config.held import same_content
from config.timestamps import from_rfc3339, rfc3339
from streams.columns import HASHED_SINCE, LATER_BREACH_COLUMNS
from streams.history import schema
from streams.history.bulk_insert import BulkInsert, by_queue, parts
from streams.history.chain import GENESIS_HASH, content_hash
from streams.history.groups.rows import GroupKeeper, KeptGroups
from streams.history.journal_writing import add_entries, append_entry, require_journal
from streams.history.marks import Place, advance
from streams.history.query import Batch, Filters, HistoryQuery
from streams.history.readonly import FilePlace, ReadOnlyFile
from streams.history.retiring import Retired, retire
from streams.history.settling import settled
from streams.history.tables import (
    METADATA,
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
    retired_results,
)
from streams.journal.entry import Entry

__all__ = ["Retired", "Store"]

log = logging.getLogger("intervalwatch.history")

Row = Mapping[str, Any]
T = TypeVar("T")

_LATER: Final = dict.fromkeys(HASHED_SINCE)
"""The columns that form 1 does not have."""
_LATER_OF_BREACHES: Final = dict.fromkeys(LATER_BREACH_COLUMNS)


class Store:
    """The interval history in an SQLite file or a PostgreSQL database. Safe to use from several threads."""

    def __init__(self, url: str, *, create: bool = True, upgrade: bool | None = None) -> None:
        """Open the history at `url`.

        Args:
            url: an SQLAlchemy URL, `sqlite:///history.db` or `postgresql+psycopg://…`.
            create: make the file and the tables where there are none; readers pass False.
            upgrade: bring the tables of an earlier program up, as whoever writes results needs them; else they are
                read as they are. None: as `create`.

        Raises:
            UserError: as `streams.history.schema` says.
        """
        self.url = url
        file = schema.file_of(url)
        only_read = file is not None and file.exists() and not create and not upgrade
        self._read_only = ReadOnlyFile(file) if file is not None and only_read else None
        self._engine = schema.connect(url, create=create, read_only=self._read_only)
        dialect = self._engine.dialect
        self._upsert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
        self._insert = {table: BulkInsert(table, dialect) for table in METADATA.tables.values()}
        self._current = schema.prepare(self._engine, url, create=create, upgrade=create if upgrade is None else upgrade)
        self._place = FilePlace(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
        if self._read_only is not None:
            self._read_only.close()

    def require_there(self) -> None:
        """Check that the file that was opened is still the one under its name.

        Raises:
            UserError: it was deleted or replaced. From then on another file under its name is the history.
        """
        problem = self._place.problem()
        if problem is not None:
            self._engine.dispose()
            if self._place.file is not None and self._place.file.exists():
                self._place = FilePlace(self._place.file)
            raise UserError(f"history {schema.describe(self.url)}: {problem}")

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction: all of it is kept, or nothing."""
        try:
            with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
                yield connection
        except (DBAPIError, sqlite3.Error) as error:
            raise schema.translate(error, self.url) from error

    @contextmanager
    def reading(self) -> Iterator[HistoryQuery]:
        """A reader that sees the history as it is at this moment, whatever is written meanwhile."""
        options: dict[str, Any] = {}
        if self._engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self._engine.connect().execution_options(**options) as connection, connection.begin():
                yield HistoryQuery(connection, None if self._current else schema.columns_there(connection))
            if self._read_only is not None and self._read_only.disturbed:
                raise UserError(
                    f"history {schema.describe(self.url)}: a worker began to write while it was read; run this again"
                )
        except (DBAPIError, sqlite3.Error) as error:
            raise schema.translate(error, self.url) from error

    def results(self, filters: Filters | None = None) -> Iterator[Batch]:
        """Interval results in batches, queue by queue in order of publication, from one snapshot."""
        with self.reading() as reader:
            yield from reader.results(filters or Filters())

    def heads(self) -> dict[str, tuple[int, str]]:
        """Each queue's number of results and the hash of its last."""
        with self.reading() as reader:
            return reader.heads()

    def write_results(self, rows: Sequence[Row], groups: GroupKeeper | None = None) -> int:
        """Keep interval results; those that are there already are passed over.

        Args:
            rows: every column of their form; empty is None. An extra `position` is the row's number in
                its queue's chain, from 0; without it, the row follows the one its `previous_hash` names.
                Rows of revision 0 (provisional) are not kept.
            groups: brings the rows of groups up in the same transaction.

        Returns:
            How many were new.

        Raises:
            UserError: history holds another result under one of the identities or positions; the database
                failed.
            ValueError: a row without `position` follows no result that is known.
        """
        # An earlier program's rows, still in the topic, lack the columns of later forms.
        kept = [row if "form" in row else {**_LATER, **row} for row in rows if row["revision"] != 0]
        if not kept:
            return 0
        with self._writing() as connection:
            of_groups = KeptGroups(HistoryQuery(connection), self._upsert)
            if groups is not None:
                of_groups.lock()
                groups.begin(of_groups)
            heads = HistoryQuery(connection).heads()
            placed = kept if all("position" in row for row in kept) else self._placed(connection, kept, heads)
            seen = [row for row in placed if row["position"] < heads.get(row["queue"], (0, ""))[0]]
            if seen:
                retired = self._held(connection, retired_results, seen)
                placed = [row for row in placed if (row["queue"], row["position"]) not in retired]
            new = self._insert[interval_results](connection, placed)
            if new < len(placed):
                held = self._held(connection, interval_results, placed)
                for row in placed:
                    if (row["queue"], row["position"]) not in held:
                        raise self._conflict(row)
            self._advance_heads(connection, placed)
            if groups is not None and new:
                groups.update(of_groups, placed)
        return new

    def with_groups(self, change: Callable[[KeptGroups], T]) -> T:
        """Change the rows of groups in one transaction; returns what `change` does."""
        with self._writing() as connection:
            kept = KeptGroups(HistoryQuery(connection), self._upsert)
            kept.lock()
            return change(kept)

    def _placed(
        self, connection: Connection, rows: Sequence[Row], heads: Mapping[str, tuple[int, str]]
    ) -> list[dict[str, Any]]:
        """The rows with their positions, found by the hash each one follows."""
        after = {(queue, last): results for queue, (results, last) in heads.items()}
        placed = []
        for row in rows:
            queue, previous = row["queue"], row["previous_hash"]
            position = row.get("position")
            if position is None:
                position = 0 if previous == GENESIS_HASH else after.get((queue, previous))
            if position is None:
                before = select(interval_results.c.position).where(
                    interval_results.c.queue == queue, interval_results.c.hash == previous
                )
                found = connection.execute(before).scalar()
                if found is None:
                    raise ValueError(
                        f"queue {queue!r}, interval {row['interval_start']}, revision {row['revision']}: follows "
                        f"hash {previous}, which history does not hold; pass the row's position"
                    )
                position = found + 1
            after[queue, row["hash"]] = position + 1
            placed.append({**row, "position": position})
        return placed

    def _held(self, connection: Connection, table: Table, rows: Sequence[Row]) -> set[tuple[str, int]]:
        """Those of the rows' places in the chains that `table` holds, each with the row's own hash."""
        held = set()
        for queue, places in by_queue(rows).items():
            for part in parts(list(places)):
                there = select(table.c.position, table.c.hash).where(table.c.queue == queue, table.c.position.in_(part))
                for position, known in connection.execute(there):
                    if places[position]["hash"] != known:
                        raise self._conflict(places[position])
                    held.add((queue, position))
        return held

    def _conflict(self, row: Row) -> UserError:
        return UserError(
            f"history {schema.describe(self.url)}: holds another result than the one for queue {row['queue']!r}, "
            f"interval {row['interval_start']}, revision {row['revision']}, number {row['position'] + 1} of its queue; "
            "results are never replaced: write to a new history, or feed the same records again"
        )

    def _advance_heads(self, connection: Connection, rows: Sequence[Row]) -> None:
        last: dict[str, dict[str, Any]] = {}
        for row in rows:
            results = row["position"] + 1
            head = last.get(row["queue"])
            if head is None or head["results"] < results:
                last[row["queue"]] = {"queue": row["queue"], "results": results, "last_hash": row["hash"]}
        statement = self._upsert(chain_heads)
        further = statement.on_conflict_do_update(
            index_elements=["queue"],
            set_={"results": statement.excluded.results, "last_hash": statement.excluded.last_hash},
            where=statement.excluded.results > chain_heads.c.results,
        )
        # In order of queue, so that two workers that advance the same heads cannot lock each other out.
        connection.execute(further, [last[queue] for queue in sorted(last)])

    def write_breaches(self, rows: Sequence[Row]) -> int:
        """Keep changes of breaches; identity (breach_id, sequence). Returns how many were new.

        A row has the columns of `BREACH_COLUMNS`, an earlier program's without `LATER_BREACH_COLUMNS`; `causes` is a
        list of objects, `live` true or false.
        """
        if not rows:
            return 0
        kept = [row if "incident_id" in row else {**_LATER_OF_BREACHES, **row} for row in rows]
        with self._writing() as connection:
            return self._insert[breaches](connection, kept)

    def write_dead_letters(self, rows: Sequence[Row]) -> int:
        """Keep records that could not be counted. Returns how many were new.

        A row has the columns of `DEAD_LETTER_COLUMNS` (`value` as bytes; `partition` None for a file), and
        may have `index`, the record's place in its message (0), and `recorded_at`, when it was read, which
        retention goes by.
        """
        if not rows:
            return 0
        placed = [
            {
                **row,
                "partition": NO_PARTITION if row["partition"] is None else row["partition"],
                "index": row.get("index") or 0,
                "recorded_at": row.get("recorded_at"),
            }
            for row in rows
        ]
        with self._writing() as connection:
            return self._insert[dead_letters](connection, placed)

    def write_evaluations(self, rows: Sequence[Row]) -> int:
        """Keep monitored transactions; of several copies the one that counts by `streams.quality.copies`.

        A row has the columns of `EVALUATION_COLUMNS`; `checks` is a list of objects.

        Returns:
            How many were new or replaced an older copy.
        """
        if not rows:
            return 0
        statement = self._upsert(evaluations)
        newer = statement.on_conflict_do_update(
            index_elements=["evaluation_id"],
            set_={c.name: statement.excluded[c.name] for c in evaluations.c if c.name != "evaluation_id"},
            where=statement.excluded.evaluated_at > evaluations.c.evaluated_at,
        ).returning(evaluations.c.evaluation_id)
        with self._writing() as connection:
            # In order, so that workers never wait in a circle. Returned rows are counted: PostgreSQL tells no number.
            ordered = sorted(rows, key=lambda row: str(row["evaluation_id"]))
            return sum(
                connection.execute(newer, row).first() is not None or settled(connection, row) for row in ordered
            )

    def write_program_days(self, days: Sequence[Row]) -> int:
        """Keep what queues told their programs (`streams.told.queue_day`); how many were new."""
        rows = [{**day, "interval_start": rfc3339(day["interval_start_ms"])} for day in days]
        with self._writing() as connection:
            return self._insert[program_days](connection, rows)

    def write_projections(self, rows: Sequence[Row]) -> int:
        """Keep the rest of days as it was projected; how many rows were new."""
        with self._writing() as connection:
            return self._insert[projections](connection, rows)

    def advance_marks(self, spans: Mapping[Place, tuple[int, int]]) -> set[Place]:
        """Note what was written of topics (`streams.history.marks.advance`)."""
        with self._writing() as connection:
            return advance(connection, self._upsert, spans)

    def append_journal(self, found: Entry) -> Entry:
        """Add an entry to the journal, and return it with its place in the chain.

        Raises:
            UserError: its link has been used; the tables are an earlier program's; the database failed.
        """
        require_journal(self.url, current=self._current)
        placed = None
        while placed is None:
            with self._writing() as connection:
                placed = append_entry(connection, self._insert[journal], found)
        return placed

    def write_journal(self, entries: Sequence[Row]) -> int:
        """Keep entries that another history wrote, as far as they follow what is there; how many were new."""
        require_journal(self.url, current=self._current)
        with self._writing() as connection:
            new, stray = add_entries(connection, self._insert[journal], [dict(each) for each in entries])
        if stray is not None:
            log.error("journal: entry %s does not follow what history holds; it is passed over", stray["number"])
        return new

    def write_parameters(self, version: str, valid_from: str, content: Sequence[Mapping[str, Any]]) -> bool:
        """Keep the parameters that a version stands for.

        Args:
            version: `parameters.version` of the configuration.
            valid_from: its `from`, RFC 3339.
            content: everything resolved, JSON-like: one object of settings for the site (`program` and `queue`
                empty), each program (`queue` empty) and each configured queue, with its `service_level`.

        Returns:
            Whether the version was new.

        Raises:
            UserError: history holds the version with other content.
        """
        row = {
            "version": version,
            "content_hash": content_hash(content),
            "valid_from": rfc3339(from_rfc3339(valid_from)),
            "content": content,
        }
        c = parameters.c
        with self._writing() as connection:
            new = self._insert[parameters](connection, [row]) == 1
            known = connection.execute(
                select(c.content_hash, c.valid_from, c.content).where(c.version == version)
            ).one()
        same = known.content_hash == row["content_hash"] or same_content(known.content, content)
        if not same or known.valid_from != row["valid_from"]:
            raise UserError(
                f"parameters.version {version!r}: history {schema.describe(self.url)} holds this version with other "
                "content; give the changed parameters a new version and a `from`"
            )
        return new

    def retain(self, before: str) -> Retired:
        """Remove what is older than `before` (RFC 3339), keeping each result's link so that chains still verify.

        Results, breaches and days go by their interval, dead letters by `recorded_at`, evaluations by `handled_at`; the
        journal stays. Several workers may do it at once.
        """
        with self._writing() as connection:
            return retire(connection, self._upsert, before)
