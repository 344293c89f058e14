"""Inserting what is not there yet, in bulk and with a count that can be trusted.

SQLAlchemy folds many rows into one statement for PostgreSQL and then does not know how many were new, and
its conversion of every parameter costs more than the insert. So the statement is SQLAlchemy's, and the
driver's own `executemany` carries it out: two to three times as fast, and it counts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table

__all__ = ["BulkInsert", "by_queue", "parts"]

Row = Mapping[str, Any]

_LOOK_UP: Final = 200
"""Places asked for in one statement, well under any database's limit of parameters."""


class BulkInsert:
    """`INSERT … ON CONFLICT DO NOTHING` into one table of one kind of database."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        quote = dialect.identifier_preparer.quote
        mark = "?" if dialect.paramstyle == "qmark" else "%s"
        names = ", ".join(quote(column.name) for column in table.columns)
        marks = ", ".join(mark for _ in table.columns)
        self._statement: Final = f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        self._cells: Final[list[tuple[str, Callable[[Any], Any] | None]]] = [
            (column.name, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in table.columns
        ]
        names_in_order = [column.name for column in table.columns]
        self._key: Final = itemgetter(*(names_in_order.index(column.name) for column in table.primary_key))

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows that are not there; returns how many those were.

        They go in by primary key, so that workers with the same rows in other orders never wait for each other
        in a circle.

        Raises:
            KeyError: a row lacks a column.
        """
        if not rows:
            return 0
        cells = self._cells
        values = [tuple([row[name] if form is None else form(row[name]) for name, form in cells]) for row in rows]
        values.sort(key=self._key)
        return connection.exec_driver_sql(self._statement, values).rowcount


def by_queue(rows: Sequence[Row]) -> dict[str, dict[int, Row]]:
    """The rows of each queue by position."""
    queues: dict[str, dict[int, Row]] = {}
    for row in rows:
        queues.setdefault(row["queue"], {})[row["position"]] = row
    return queues


def parts(places: Sequence[int]) -> Iterable[Sequence[int]]:
    """Places, a few at a time, for one statement each."""
    return (places[first : first + _LOOK_UP] for first in range(0, len(places), _LOOK_UP))
