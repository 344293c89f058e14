"""The tables of the history: what each holds and what makes a row of it the same row again.

SQLite and PostgreSQL hold the same columns under the reference's names, so that a dashboard's SQL and an
auditor's read alike. Beside the reference's columns stand a few that no export shows, `position` above
all: the number of a result in its queue's chain.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from config.timestamps import from_rfc3339, rfc3339, to_ms
from streams import columns
from streams.columns import Kind
from streams.groups import GROUPS
from streams.projected import PLACE, PROJECTIONS

__all__ = [
    "LINK_COLUMNS",
    "METADATA",
    "NO_PARTITION",
    "Instant",
    "breaches",
    "chain_heads",
    "dead_letters",
    "evaluations",
    "group_results",
    "grouped",
    "interval_results",
    "journal",
    "marks",
    "parameters",
    "program_days",
    "projections",
    "retention",
    "retired_results",
]

LINK_COLUMNS: Final = ("queue", "position", "interval_start", "revision", "previous_hash", "hash")
"""Columns that stay of a result when it is left out: its place in the chain."""

NO_PARTITION: Final = -1
"""The partition of a dead letter that came from a file, inside the database: a key cannot be empty."""


class Instant(TypeDecorator[str]):
    """RFC 3339 text outside; inside, milliseconds (SQLite) or a timestamp with time zone (PostgreSQL).

    Both compare and sort as time does, which text with and without fractions does not.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type in each database."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else BigInteger())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401 - each driver's own type
        """The value that the database gets."""
        if value is None:
            return None
        ms = from_rfc3339(value)
        return datetime.fromtimestamp(ms / 1000, UTC) if dialect.name == "postgresql" else ms

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """RFC 3339 text in UTC; what someone else put there comes back as text, for `verify` to name."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return rfc3339(to_ms(value))
        return rfc3339(value) if isinstance(value, int) else str(value)


METADATA: Final = MetaData()


_TYPES: Final[Mapping[Kind, type[TypeEngine[Any]] | TypeEngine[Any]]] = {
    "text": Text,
    "integer": BigInteger,
    "number": Double,
    "instant": Instant,
    "json": JSON(none_as_null=True),
    "boolean": Boolean,
}


def _columns(given: Iterable[columns.Column], **types: type[TypeEngine[Any]]) -> list[Column[Any]]:
    """A table's columns from their homes; `types` are those that differ from their kind."""
    return [Column(each.name, types.get(each.name, _TYPES[each.kind]), nullable=not each.required) for each in given]


_RESULTS: Final = {column.name: column for column in columns.RESULTS}

interval_results: Final = Table(
    "interval_results",
    METADATA,
    *_columns(columns.RESULTS),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("queue", "position"),
    UniqueConstraint("queue", "interval_start", "revision"),
    Index("interval_results_by_time", "interval_start"),
)
"""Final, corrected and missing intervals; identity (queue, interval_start, revision)."""

retired_results: Final = Table(
    "retired_results",
    METADATA,
    *_columns(_RESULTS[name] for name in LINK_COLUMNS if name != "position"),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("queue", "position"),
    UniqueConstraint("queue", "interval_start", "revision"),
)
"""The links of results that retention removed: without figures, and the chain still whole."""

retention: Final = Table("retention", METADATA, Column("before", Instant, primary_key=True, autoincrement=False))
"""The instant before which retention took everything; no row until it did."""

chain_heads: Final = Table(
    "chain_heads",
    METADATA,
    Column("queue", Text, primary_key=True),
    Column("results", BigInteger, nullable=False),
    Column("last_hash", Text, nullable=False),
)
"""Each queue's number of results and last hash: what a truncated chain is found by."""

breaches: Final = Table(
    "breaches",
    METADATA,
    *_columns(columns.BREACHES),
    PrimaryKeyConstraint("breach_id", "sequence"),
    Index("breaches_by_time", "interval_start"),
    Index("breaches_by_queue", "queue"),
)
"""Each change of each breach's state; identity (breach_id, sequence)."""

journal: Final = Table(
    "journal",
    METADATA,
    *_columns(columns.JOURNAL),
    PrimaryKeyConstraint("number"),
    UniqueConstraint("link"),
)
"""Who acknowledged which incident, what was found and done: a chain of entries (`streams.journal`)."""

dead_letters: Final = Table(
    "dead_letters",
    METADATA,
    *_columns(columns.DEAD_LETTERS, partition=Integer, value=LargeBinary),
    Column("index", Integer, nullable=False),
    Column("recorded_at", Instant),
    PrimaryKeyConstraint("topic", "partition", "offset", "index"),
)
"""Records that could not be counted; identity topic, partition, offset, and place in the message."""

evaluations: Final = Table(
    "evaluations",
    METADATA,
    *_columns(columns.EVALUATIONS),
    PrimaryKeyConstraint("evaluation_id"),
    Index("evaluations_by_time", "handled_at"),
)
"""Monitored transactions; the greatest `evaluated_at` of an `evaluation_id` stands."""

program_days: Final = Table(
    "program_days",
    METADATA,
    Column("program", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("interval_start", Instant),
    Column("handled_by", JSON(none_as_null=True)),
    Column("handled_at", JSON(none_as_null=True)),
    PrimaryKeyConstraint("program", "queue", "day", "part"),
    Index("program_days_by_time", "interval_start"),
)
"""Contacts handled, as queues told their programs at the end of each local day (`streams.told.queue_day`)."""

projections: Final = Table(
    "projections",
    METADATA,
    *_columns(PROJECTIONS),
    Column(PLACE, Integer, nullable=False),
    PrimaryKeyConstraint("queue", "made_at", PLACE),
    Index("projections_by_time", "made_at"),
)
"""The rest of each day as projected at some times of it; a row an interval, and one of the day."""

group_results: Final = Table(
    "group_results",
    METADATA,
    *_columns(GROUPS),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("kind", "group", "period", "interval_start"),
    Index("group_results_by_time", "interval_start"),
)
"""The latest figures of each interval and local day of a group (`streams.history.groups`)."""

grouped: Final = Table("grouped", METADATA, Column("since", Instant, primary_key=True, autoincrement=False))
"""The instant from which on groups have rows; no row: they have none, and are summed up when they are read."""

marks: Final = Table(
    "marks",
    METADATA,
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    PrimaryKeyConstraint("topic", "partition"),
)
"""The offset up to which every message of a topic's partition is in the history (`streams.history.marks`)."""

parameters: Final = Table(
    "parameters",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("content", JSON, nullable=False),
)
"""Parameter versions as they were in force, whole, so that a figure can be checked years later."""
