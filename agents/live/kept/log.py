"""The file in which the log of an embedded broker outlives it.

An embedded broker forgets everything when it stops, and the beginning of a long log while it runs. The file holds what
a broker with disks would: of the state each entry that stands, of the other topics the messages that nobody has
acknowledged, and how far each source was read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    create_engine,
    delete,
    event,
    select,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError

from config.errors import UserError

__all__ = ["KeptLog", "KeptMessage", "Place"]

_METADATA: Final = MetaData()
_ENTRIES: Final = Table(
    "entries",
    _METADATA,
    Column("partition", Integer, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("partition", "key"),
)
_MESSAGES: Final = Table(
    "messages",
    _METADATA,
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("topic", "partition", "offset"),
)
_FLOORS: Final = Table(
    "floors",
    _METADATA,
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    PrimaryKeyConstraint("topic", "partition"),
)
_PLACES: Final = Table(
    "places",
    _METADATA,
    Column("source", Text, primary_key=True),
    Column("place", Text, nullable=False),
)


class KeptMessage(NamedTuple):
    """A message of a topic other than the state's."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    at_ms: int


class Place(msgspec.Struct):
    """How far a source was read."""

    rows: int = 0
    """Rows of the file (or messages of a whole load) that are in the log."""
    head: int = 0
    """Bytes at the beginning of the file by which it is known again."""
    digest: str = ""
    """The digest of these bytes."""
    before: tuple[int, str] = (0, "")
    """Head and digest of the file in whose place this one came; a head of 0: nobody knows."""
    settings: str = ""
    """The digest of the settings it was read with; empty: nobody knows."""
    size: int = -1
    """Bytes of the whole file, as it lies there; -1: nobody knows."""


class KeptLog:
    """The kept log of one site.

    Args:
        file: an SQLite file, made where there is none.

    Raises:
        UserError: it cannot be opened, or is no such file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 10})
        event.listen(self._engine, "connect", _set_up)
        try:
            _METADATA.create_all(self._engine)
        except DBAPIError as error:
            raise UserError(f"{file}: cannot hold the log ({error.orig}); give another folder") from error

    def close(self) -> None:
        """Give the file back."""
        self._engine.dispose()

    # --- what happens in the log --------------------------------------------------------------------

    def note(self, entries: Mapping[tuple[int, bytes], bytes | None], messages: Sequence[KeptMessage]) -> None:
        """Keep entries of the state (None: deleted), and messages, in one transaction."""
        standing = [
            {"partition": partition, "key": key, "value": value}
            for (partition, key), value in entries.items()
            if value is not None
        ]
        with self._engine.begin() as connection:
            for (partition, key), value in entries.items():
                if value is None:
                    connection.execute(delete(_ENTRIES).where(_ENTRIES.c.partition == partition, _ENTRIES.c.key == key))
            if standing:
                put = insert(_ENTRIES)
                connection.execute(
                    put.on_conflict_do_update(["partition", "key"], set_={"value": put.excluded.value}), standing
                )
            if messages:
                connection.execute(
                    insert(_MESSAGES).on_conflict_do_nothing(), [message._asdict() for message in messages]
                )

    def forget(self, floors: Mapping[tuple[str, int], int]) -> None:
        """Forget messages below an offset of their topic and partition: all who read them have acknowledged them."""
        with self._engine.begin() as connection:
            for (topic, partition), offset in floors.items():
                c = _MESSAGES.c
                connection.execute(
                    delete(_MESSAGES).where(c.topic == topic, c.partition == partition, c.offset < offset)
                )
                put = insert(_FLOORS).values(topic=topic, partition=partition, offset=offset)
                connection.execute(
                    put.on_conflict_do_update(["topic", "partition"], set_={"offset": put.excluded.offset})
                )

    def drop(self, messages: Iterable[KeptMessage]) -> None:
        """Forget some messages, wherever they stand."""
        c = _MESSAGES.c
        with self._engine.begin() as connection:
            for topic, partition, offset, *_ in messages:
                connection.execute(
                    delete(_MESSAGES).where(c.topic == topic, c.partition == partition, c.offset == offset)
                )

    def renumber(self, topics: Iterable[str], messages: Sequence[KeptMessage]) -> None:
        """Hold these messages, and no others, of topics whose offsets begin anew."""
        with self._engine.begin() as connection:
            for topic in topics:
                connection.execute(delete(_MESSAGES).where(_MESSAGES.c.topic == topic))
                connection.execute(delete(_FLOORS).where(_FLOORS.c.topic == topic))
            if messages:
                connection.execute(insert(_MESSAGES), [message._asdict() for message in messages])

    def set_place(self, source: str, place: Place | None) -> None:
        """Note how far a source was read; None: that does not matter any more."""
        with self._engine.begin() as connection:
            connection.execute(delete(_PLACES).where(_PLACES.c.source == source))
            if place is not None:
                encoded = msgspec.json.encode(place).decode()
                connection.execute(insert(_PLACES).values(source=source, place=encoded))

    # --- what it holds ------------------------------------------------------------------------------

    def entries(self, partitions: Iterable[int]) -> Iterator[tuple[int, bytes, bytes]]:
        """The entries of the state that stand, of some partitions: partition, key and value."""
        c = _ENTRIES.c
        with self._engine.connect() as connection:
            wanted = select(c.partition, c.key, c.value).where(c.partition.in_(list(partitions)))
            for row in connection.execute(wanted):
                yield row.partition, row.key, row.value

    def messages(self, topic: str) -> list[KeptMessage]:
        """The messages of a topic by partition and offset."""
        c = _MESSAGES.c
        wanted = select(_MESSAGES).where(c.topic == topic).order_by(c.partition, c.offset)
        with self._engine.connect() as connection:
            return [KeptMessage(*row) for row in connection.execute(wanted)]

    def floors(self, topic: str) -> dict[int, int]:
        """By partition: the offset below which messages were forgotten."""
        c = _FLOORS.c
        with self._engine.connect() as connection:
            found = connection.execute(select(c.partition, c.offset).where(c.topic == topic))
            return {row.partition: row.offset for row in found}

    def place(self, source: str) -> Place:
        """How far a source was read."""
        with self._engine.connect() as connection:
            found = connection.execute(select(_PLACES.c.place).where(_PLACES.c.source == source)).scalar()
        return Place() if found is None else msgspec.json.decode(found, type=Place)

    def places(self, source: str) -> list[Place]:
        """How far files of a source were read, by whatever names they had."""
        c = _PLACES.c
        with self._engine.connect() as connection:
            found = connection.execute(select(c.place).where(c.source.startswith(source, autoescape=True))).scalars()
            return [msgspec.json.decode(place, type=Place) for place in found]


def _set_up(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's connection
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
