"""Removing what is older than history is kept, with each result's link left so that chains still verify."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, literal_column, select

from streams.history.tables import (
    LINK_COLUMNS,
    breaches,
    dead_letters,
    evaluations,
    group_results,
    interval_results,
    program_days,
    projections,
    retention,
    retired_results,
)

__all__ = ["Retired", "retire"]


class Retired(NamedTuple):
    """How many rows retention removed."""

    results: int
    breaches: int
    dead_letters: int
    evaluations: int


def retire(connection: Connection, upsert: Callable[..., Any], before: str) -> Retired:
    """Remove what is older than an instant.

    Args:
        connection: in a transaction.
        upsert: the dialect's insert, which can pass over what is there.
        before: RFC 3339.
    """
    c = interval_results.c
    old = c.interval_start < before
    links = select(*(c[name] for name in LINK_COLUMNS)).where(old)
    # A result that retention took must be told from one that somebody removed; only the latest instant matters.
    connection.execute(upsert(retention).values(before=before).on_conflict_do_nothing())
    earlier = select(func.max(retention.c.before)).scalar_subquery()
    connection.execute(delete(retention).where(retention.c.before < earlier))
    keep = upsert(retired_results).from_select(list(LINK_COLUMNS), links)
    connection.execute(keep.on_conflict_do_nothing())
    # Only what has its link: a worker may have written another old result in between.
    r = retired_results.c
    linked = select(literal_column("1")).where(r.queue == c.queue, r.position == c.position).exists()
    results = connection.execute(delete(interval_results).where(old, linked)).rowcount
    gone = connection.execute(delete(breaches).where(breaches.c.interval_start < before)).rowcount
    letters = connection.execute(delete(dead_letters).where(dead_letters.c.recorded_at < before)).rowcount
    connection.execute(delete(projections).where(projections.c.made_at < before))
    connection.execute(delete(program_days).where(program_days.c.interval_start < before))
    connection.execute(delete(group_results).where(group_results.c.interval_start < before))
    sheets = connection.execute(delete(evaluations).where(evaluations.c.handled_at < before)).rowcount
    return Retired(results, gone, letters, sheets)
