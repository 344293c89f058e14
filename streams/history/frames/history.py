"""The history as an analyst reads it: five tables as DataFrames, read only, each from one snapshot.

A pandas session must not keep a worker from writing, nor see half of what one writes: so each frame is read in a
transaction of its own, or all of them in one (`History.snapshot`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Self

import pandas as pd

from config.errors import UserError
from streams.columns import EVALUATIONS, JOURNAL, RESULTS
from streams.groups import GROUP_KINDS, GROUPS
from streams.history.frames.spans import Moment, Span, span_of
from streams.history.frames.types import frame
from streams.history.incidents.columns import INCIDENTS
from streams.history.incidents.reading import incident_batches
from streams.history.query import Batch, Filters, HistoryQuery
from streams.history.schema import describe
from streams.history.store import Store

__all__ = ["GroupRows", "History"]

GroupRows = Callable[[HistoryQuery, Span, str | None, str | None], Iterator[Batch]]
"""Makes the rows of groups of a span, a kind and a group's id: they follow from results by the settings' rules."""

_UTC: Final = "UTC"


class History:
    """The history of a centre as DataFrames.

    Every method reads the database anew. Its moments are local days of the site (`2026-10-01`, a date) or instants;
    `begin` is the first that is wanted, `end` the first that is not, None no limit. Instants are in the site's time
    zone in every frame; columns `…_local` are the readings of the queue's own clock, which may be of another site.
    """

    def __init__(self, url: str, groups: GroupRows | None = None) -> None:
        """Open the history at `url`, to read.

        Args:
            url: an SQLAlchemy URL, `sqlite:///history.db` or `postgresql+psycopg://…`.
            groups: makes the rows of groups; `intervalwatch.History` gives it.

        Raises:
            UserError: the URL cannot be read, or there is no history.
        """
        if not isinstance(url, str):
            raise UserError(f"history {url!r} is not a database URL; write sqlite:///history.db")
        self.url = url
        self._groups = groups
        self._reader: HistoryQuery | None = None
        with self._reading():
            """It can be read."""

    def __repr__(self) -> str:
        return f"History({describe(self.url)!r})"

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        """All frames that are read inside are of the same moment, whatever is written meanwhile."""
        with Store(self.url, create=False) as store, store.reading() as reader:
            self._reader = reader
            try:
                yield self
            finally:
                self._reader = None

    @property
    def timezone(self) -> str:
        """IANA name of the site's time zone, by its last parameter version; UTC where history has none."""
        with self._reading() as reader:
            return _timezone(reader)

    def intervals(
        self,
        begin: Moment | None = None,
        end: Moment | None = None,
        *,
        program: str | None = None,
        queue: str | None = None,
        latest_only: bool = True,
    ) -> pd.DataFrame:
        """Interval results by queue and order of publication.

        Args:
            begin: intervals that start at or after it.
            end: intervals that start before it.
            program: only this one.
            queue: only this one.
            latest_only: only the last revision of each interval; else all of them.

        Raises:
            UserError: a moment cannot be read, the two are reversed, or history knows no such program or queue.
        """
        with self._reading() as reader:
            zone, filters = _asked(reader, begin, end, program, queue, latest_only=latest_only)
            return frame(reader.results(filters), RESULTS, zone)

    def incidents(
        self,
        begin: Moment | None = None,
        end: Moment | None = None,
        *,
        program: str | None = None,
        queue: str | None = None,
    ) -> pd.DataFrame:
        """Incidents that began in the span, whole, by when they began; `until` of an open one is empty.

        Args and raises: as `intervals`.
        """
        with self._reading() as reader:
            zone, filters = _asked(reader, begin, end, program, queue)
            return frame(incident_batches(reader, filters), INCIDENTS, zone)

    def groups(
        self,
        begin: Moment | None = None,
        end: Moment | None = None,
        *,
        kind: str | None = None,
        group: str | None = None,
    ) -> pd.DataFrame:
        """Intervals and local days of programs, sites and pools.

        Args:
            begin: intervals and days that start at or after it.
            end: those that start before it.
            kind: only `program`, `site` or `pool`.
            group: only the group of this id.

        Raises:
            UserError: as `intervals`; there is no such kind or group.
        """
        if self._groups is None:
            raise UserError("groups: their rows are made by intervalwatch.History; use that")
        if kind is not None and kind not in GROUP_KINDS:
            raise UserError(f"kind: {kind!r} is none of {', '.join(GROUP_KINDS)}")
        with self._reading() as reader:
            zone = _timezone(reader)
            return frame(self._groups(reader, span_of(begin, end, zone), kind, group), GROUPS, zone)

    def evaluations(
        self,
        begin: Moment | None = None,
        end: Moment | None = None,
        *,
        program: str | None = None,
        queue: str | None = None,
    ) -> pd.DataFrame:
        """Monitored transactions by when they were handled; `checks` holds lists of objects.

        Args and raises: as `intervals`, but a program or queue without any gives an empty frame.
        """
        with self._reading() as reader:
            zone = _timezone(reader)
            span = span_of(begin, end, zone)
            return frame(reader.evaluations(Filters(span.start, span.end, program, queue)), EVALUATIONS, zone)

    def journal(self) -> pd.DataFrame:
        """Acknowledgements, causes, actions and outcomes as people wrote them, by number."""
        with self._reading() as reader:
            return frame(reader.journal(), JOURNAL, _timezone(reader))

    @contextmanager
    def _reading(self) -> Iterator[HistoryQuery]:
        if self._reader is not None:
            yield self._reader
        else:
            with Store(self.url, create=False) as store, store.reading() as reader:
                yield reader


def _timezone(reader: HistoryQuery) -> str:
    versions = reader.parameters()
    content = versions[-1].content if versions else []
    site = next((own for own in content if not own.get("program") and not own.get("queue")), {})
    return str(site.get("timezone") or _UTC)


def _asked(
    reader: HistoryQuery,
    begin: Moment | None,
    end: Moment | None,
    program: str | None,
    queue: str | None,
    *,
    latest_only: bool = False,
) -> tuple[str, Filters]:
    """The site's zone and the filters; a name that history does not know is no empty frame."""
    zone = _timezone(reader)
    span = span_of(begin, end, zone)
    known = reader.queues(Filters())
    if known and (program or queue) and not reader.queues(Filters(program=program, queue=queue)):
        wanted = f"queue {queue!r}" if queue else f"program {program!r}"
        raise UserError(f"{wanted}: history holds no result of it; queues it holds: {', '.join(known)[:400]}")
    return zone, Filters(span.start, span.end, program, queue, latest_only)
