"""Which copy of an evaluation stands, where two of the same moment meet in history."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from streams.columns import EVALUATION_COLUMNS
from streams.history.tables import evaluations
from streams.quality.copies import evaluation_of, replaces

__all__ = ["settled"]


def settled(connection: Connection, row: Mapping[str, Any]) -> bool:
    """Settle an evaluation that is not newer than its copy in history: whether it now stands in place of that one.

    Which of one moment does is the engine's to say, not the database's; so the copy is read, and locked.
    """
    c = evaluations.c
    same = c.evaluation_id == row["evaluation_id"]
    found = connection.execute(
        select(*(c[name] for name in EVALUATION_COLUMNS))
        .where(same, c.evaluated_at == row["evaluated_at"])
        .with_for_update()
    ).one_or_none()
    if found is None:
        return False
    before = found._asdict()
    copy, copy_before = evaluation_of(row), evaluation_of(before)
    queue, queue_before = str(row["queue"]), str(before["queue"])
    if (copy, queue) == (copy_before, queue_before) or not replaces(copy, queue, copy_before, queue_before):
        return False
    connection.execute(update(evaluations).where(same).values(**row))
    return True
