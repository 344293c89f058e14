"""Rows of objects into batches: what every reader of objects does around its own rules.

A row is what may give a record: an object, or a part of one where an object holds several. Rows read = rows filtered +
rows that gave records + dead letters, whatever the file holds.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from streams.limits import require_past
from streams.records import Record, RecordError
from streams.sources.batch import Batch, DeadLetter, cut
from streams.sources.objects.cutter import Cutter
from streams.sources.objects.files import file_texts
from streams.sources.source_format import ReadContext

__all__ = ["Gathered", "Row", "Spot", "read_objects"]

_MOST_ROWS: Final = 4096


class Row(NamedTuple):
    """A record, and the queues that it goes to."""

    queues: Sequence[str]
    record: Record


class Spot(NamedTuple):
    """The queue and instant of a row, for the letter that refuses it; None: that cannot be read."""

    queue: str | None
    at_ms: int | None


class Gathered:
    """The rows since the last batch.

    Args:
        context: the driver's settings.
    """

    def __init__(self, context: ReadContext) -> None:
        self.context = context
        self._batch = Batch()
        self._number = 0

    @property
    def full(self) -> bool:
        """Whether it is time to hand the batch on."""
        return self._batch.read >= _MOST_ROWS

    def take(self) -> Batch:
        """The batch, and a new one begins."""
        batch, self._batch = self._batch, Batch()
        return batch

    def filtered(self) -> None:
        """Count a row that is none of this source's business."""
        self._number += 1
        self._batch.read += 1
        self._batch.filtered += 1

    def refused(self, reason: str, text: str, spot: Spot = Spot(None, None)) -> None:  # noqa: B008 - it is immutable
        """Count a row that gives no record."""
        self._number += 1
        self._batch.read += 1
        self._batch.dead.append(DeadLetter(self._number, reason, cut(text), *spot))

    def row(
        self,
        text: str | Callable[[], str],
        make: Callable[[], Row | None],
        queue: str | Callable[[], str | None] | None = None,
        at_ms: int | Callable[[], int | None] | None = None,
    ) -> None:
        """Count a row.

        Args:
            text: the object it is of.
            make: gives its record, or None where it is none of this source's business, as is a record of no queue; it
                may raise a RecordError.
            queue: its queue, for the letter of a row that is refused; read only then, it may raise a RecordError.
            at_ms: its instant, as `queue`.
        """
        try:
            made = make()
            if made is not None:
                skew = max(map(self.context.skew_ms, made.queues), default=0)
                require_past(made.record, self.context.now(), skew)
        except RecordError as error:
            self.refused(str(error), text if isinstance(text, str) else text(), Spot(_tried(queue), _tried(at_ms)))
            return
        if made is None or not made.queues:
            self.filtered()
            return
        self._number += 1
        self._batch.read += 1
        for one in made.queues:
            self._batch.queues.append(one)
            self._batch.records.append(made.record)
            self._batch.rows.append(self._number)


def _tried(spot: Any) -> Any:  # noqa: ANN401 - a queue, an instant, or what reads one
    try:
        return spot() if callable(spot) else spot
    except RecordError:
        return None


def read_objects(
    file: str,
    context: ReadContext,
    encoding: str,
    cutter: Cutter,
    read: Callable[[dict[str, Any], str, Gathered], None],
) -> Iterator[Batch]:
    """The records of the objects of a file or a folder, in batches and in file order.

    Args:
        file: a path (`-`: standard input), of a file or a folder of files; compressed with gzip or not.
        context: the driver's settings.
        encoding: a codec Python knows.
        cutter: cuts its text.
        read: counts the rows of an object; gets its text, too.

    Raises:
        UserError: the file as a whole cannot be used.
    """
    gathered = Gathered(context)
    for piece in file_texts(file, encoding, follow=context.follow):
        if isinstance(piece, str):
            cuts = cutter.feed(piece)
        else:
            cuts = cutter.quiet() if piece.quiet else cutter.end(piece.torn)
        for one in cuts:
            if one.value is None:
                gathered.refused(one.fault, one.text)
            else:
                read(one.value, one.text, gathered)
            if gathered.full:
                yield gathered.take()
        if context.follow:
            yield gathered.take()
    yield gathered.take()
