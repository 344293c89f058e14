"""How far each topic of the workers is in the history.

A history that was restored from a backup lacks what came after it, though workers have acknowledged that and are not
sent it again. Its marks are as old as the backup, the group's progress is not: the difference is the hole.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from streams.history.query import HistoryQuery
from streams.history.tables import marks

__all__ = ["Place", "advance", "read_marks"]

Place = tuple[str, int]
"""Full name of a topic, and a partition."""


def read_marks(reader: HistoryQuery) -> dict[Place, int]:
    """By topic and partition, the last offset up to which everything is in the history."""
    return _marks(reader.connection)


def advance(connection: Connection, upsert: Callable[..., Any], spans: Mapping[Place, tuple[int, int]]) -> set[Place]:
    """Note that messages were written.

    Args:
        connection: in a transaction.
        upsert: the database's own INSERT.
        spans: first and last offset by place; everything between was written.

    Returns:
        Places of which something before the span is not there: their mark stays.
    """
    known = _marks(connection)
    holes = {place for place, (first, _) in spans.items() if first > known.get(place, -1) + 1}
    # In order, so that workers never wait in a circle.
    rows = [
        {"topic": place[0], "partition": place[1], "offset": last}
        for place, (_, last) in sorted(spans.items())
        if place not in holes and last > known.get(place, -1)
    ]
    if rows:
        write = upsert(marks)
        further = write.on_conflict_do_update(
            index_elements=[marks.c.topic, marks.c.partition],
            set_={"offset": write.excluded.offset},
            where=write.excluded.offset > marks.c.offset,
        )
        connection.execute(further, rows)
    return holes


def _marks(connection: Connection) -> dict[Place, int]:
    found = connection.execute(select(marks.c.topic, marks.c.partition, marks.c.offset))
    return {(topic, partition): offset for topic, partition, offset in found}
