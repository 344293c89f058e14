"""Any delimited export (comma, semicolon, tab, …), read by a column mapping."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from config.sources.mapping import OPTIONS as MAPPING_OPTIONS
from config.sources.mapping import read_mapping
from config.sources.settings import SourceOption, SourceSettings
from config.yaml import Node
from streams.records import RECORD_TYPES
from streams.sources.batch import Batch
from streams.sources.delimited.mapping import require_constants
from streams.sources.delimited.reader import read, read_text
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.following import growing
from streams.sources.source_format import ReadContext, SourceFormat

__all__ = ["FORMAT", "CsvReader"]

_RECORDS: Final = tuple(name for name in RECORD_TYPES if name not in {"feed", "rejected", "tick"})
_OPTIONS: Final[Mapping[str, SourceOption]] = MappingProxyType(
    {"delimiter": SourceOption('","', 'one character; a tab is `"\\t"`'), **MAPPING_OPTIONS}
)


class CsvReader:
    """Reads the files of one delimited source.

    Raises:
        UserError: an option that cannot be meant.
    """

    def __init__(self, settings: SourceSettings) -> None:
        assert settings.record is not None  # noqa: S101 - the format has records to choose from
        given = settings.options
        self.source = DelimitedSource(
            settings,
            read_mapping(settings, RECORD_TYPES[settings.record].fields),
            _delimiter(given["delimiter"]) if "delimiter" in given else ",",
        )
        require_constants(self.source)

    @property
    def mapped(self) -> frozenset[str] | None:
        """The fields that are mapped; None: those whose names the files' columns have."""
        mapping = self.source.mapping
        return None if mapping.own_columns else frozenset(mapping.columns)

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:
        """The records of a file, in batches of bounded size and in file order."""
        if context.follow:
            return read_text(
                growing(file, self.source.settings.encoding),
                self.source,
                file=file,
                site_timezone=context.site_timezone,
                queue_length=context.queue_length,
                skew_ms=context.skew_ms,
                now=context.now,
            )
        return read(
            file,
            self.source,
            site_timezone=context.site_timezone,
            queue_length=context.queue_length,
            skew_ms=context.skew_ms,
            now=context.now,
        )


def _delimiter(node: Node) -> str:
    text = node.text('one character; a tab is "\\t"')
    if len(text) != 1 or text in '\r\n"\0':
        raise node.wrong('one character, not a quote or line end; a tab is "\\t"')
    return text


FORMAT: Final = SourceFormat(
    summary="Delimited text: exports of any system, a row a record, read by a column mapping.",
    records=_RECORDS,
    options=_OPTIONS,
    open=CsvReader,
)
