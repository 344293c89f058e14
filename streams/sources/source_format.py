"""A source format, as a module in `streams.sources.formats` or another package offers it.

Such a module has one `FORMAT: SourceFormat`; its name is the module's (or the entry point's).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from config.sources.settings import SourceOption, SourceSettings
from streams.sources.batch import Batch
from streams.sources.proposal import Proposal, Sighted

__all__ = ["NamesFields", "ReadContext", "SourceFormat", "SourceReader"]


class ReadContext(NamedTuple):
    """The settings that a reader gets besides its source."""

    site_timezone: str
    """IANA name, of naive times where the source names none."""
    queue_length: Callable[[str, str | None], int]
    """Interval length, milliseconds, of a queue (with the program the row names, if it does)."""
    skew_ms: Callable[[str], int]
    """Clock skew of a queue, milliseconds."""
    now: Callable[[], int]
    """The driver's clock, milliseconds: a record after it is a dead letter."""
    follow: bool = False
    """Whether to wait for more at the end of the file, without end, and hand on each row as it is completed."""
    queue_zone: Callable[[str], str] = lambda _queue: "UTC"
    """IANA name of a queue's time zone, in whose standard time its intervals lie."""
    more: bool = False
    """Whether another file of the same source follows, in which what this one leaves open may end."""


class SourceReader(Protocol):
    """Reads the files of one source."""

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:
        """The records of a file (`-`: standard input) in batches, in file order.

        A row that cannot be counted is a dead letter of its batch.

        Raises:
            UserError: the file as a whole cannot be used.
        """
        ...


@runtime_checkable
class NamesFields(Protocol):
    """A reader of columns that a site maps: it knows which fields of its record are mapped."""

    @property
    def mapped(self) -> frozenset[str] | None:
        """The record's fields that are mapped; None: those whose names the files' columns have."""


@dataclass(frozen=True, slots=True)
class SourceFormat:
    """A format of files or feeds."""

    summary: str
    """One sentence on the files that it reads."""
    records: tuple[str, ...]
    """Types of records of which a source must choose one under `record`; empty: the format itself says."""
    options: Mapping[str, SourceOption]
    """Its own keys of a source, besides those that all formats share."""
    open: Callable[[SourceSettings], SourceReader]
    """The reader of a source; it reads the source's own options, and raises `UserError` at what cannot be meant."""
    carries: bool = False
    """Whether a file of a source goes on with what the one before it left open, such as calls."""
    folders: bool = False
    """Whether it reads a folder as well: the files in it, each by itself, in the order of their paths."""
    recognise: Callable[[Sighted], Proposal | None] = lambda _: None
    """Proposes how a file is read, if it is one of this format."""
