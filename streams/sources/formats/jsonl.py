"""JSON lines of any system, read by a mapping whose columns name keys."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from config.sources.mapping import OPTIONS as MAPPING_OPTIONS
from config.sources.mapping import read_mapping
from config.sources.settings import SourceSettings
from streams.records import RECORD_TYPES
from streams.sources.batch import Batch
from streams.sources.delimited.mapping import require_constants
from streams.sources.delimited.reader import CHUNK_BYTES, read_rows
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.delimited.tables.json_rows import JsonRows
from streams.sources.escapes import ESCAPE
from streams.sources.following import growing
from streams.sources.proposal import HEAD_BYTES, Proposal, Sighted
from streams.sources.recognising.grids import json_grid
from streams.sources.recognising.recognise import propose
from streams.sources.source_format import ReadContext, SourceFormat
from streams.sources.text import input_name, texts

__all__ = ["FORMAT", "JsonLinesReader"]

_RECORDS: Final = tuple(name for name in RECORD_TYPES if name != "tick")


class JsonLinesReader:
    """Reads the files of one source of JSON lines.

    Raises:
        UserError: an option that cannot be meant.
    """

    def __init__(self, settings: SourceSettings) -> None:
        assert settings.record is not None  # noqa: S101 - the format has records to choose from
        self.source = DelimitedSource(settings, read_mapping(settings, RECORD_TYPES[settings.record].fields), ",")
        require_constants(self.source)

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:
        """The records of a file, in batches of bounded size and in file order."""
        encoding = self.source.settings.encoding
        pieces = growing(file, encoding, ESCAPE) if context.follow else texts(file, encoding, chunk_bytes=CHUNK_BYTES)
        return read_rows(
            lambda: JsonRows(pieces, self.source.mapping),
            self.source,
            file=input_name(file),
            site_timezone=context.site_timezone,
            queue_length=context.queue_length,
            skew_ms=context.skew_ms,
            now=context.now,
            queue_zone=context.queue_zone,
            whole=not context.follow,
        )


def _recognise(sighted: Sighted) -> Proposal | None:
    """The source that reads JSON lines."""
    grid = json_grid(sighted.head, cut=len(sighted.head) >= HEAD_BYTES)
    return None if grid is None else propose([grid], sighted, "jsonl")


FORMAT: Final = SourceFormat(
    summary="JSON lines: an object a line, or an array of objects; columns name keys, nested ones with dots "
    "(`Queue.Name`). A list of plain values is joined by `;`, a key that is not there is empty.",
    records=_RECORDS,
    options=MappingProxyType({name: option for name, option in MAPPING_OPTIONS.items() if name != "wide"}),
    open=JsonLinesReader,
    recognise=_recognise,
)
