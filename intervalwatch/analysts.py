"""The history for analysts: `intervalwatch.History`, with the rows of groups, which agents make."""

from collections.abc import Iterator

from agents.groups.history import GroupFilters, group_batches
from streams.history.frames import history
from streams.history.frames.spans import Span
from streams.history.query import Batch, HistoryQuery

__all__ = ["History"]


class History(history.History):
    """The history of a centre as DataFrames."""

    def __init__(self, url: str) -> None:
        """Open the history at `url`, to read.

        Args:
            url: an SQLAlchemy URL, `sqlite:///history.db` or `postgresql+psycopg://…`.

        Raises:
            UserError: the URL cannot be read, or there is no history.
        """
        super().__init__(url, _group_rows)


def _group_rows(reader: HistoryQuery, span: Span, kind: str | None, group: str | None) -> Iterator[Batch]:
    return group_batches(reader, GroupFilters(span.start_ms, span.end_ms, kind, group))
