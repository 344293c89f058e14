"""Any delimited export (comma, semicolon, tab, …) or workbook, read by a column mapping."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from config.errors import UserError
from config.sources.layout import FIRST_LINE, read_header
from config.sources.mapping import OPTIONS as MAPPING_OPTIONS
from config.sources.mapping import read_mapping
from config.sources.settings import SourceOption, SourceSettings
from config.yaml import Node
from streams.records import RECORD_TYPES
from streams.sources.batch import Batch
from streams.sources.delimited.mapping import require_constants
from streams.sources.delimited.reader import read, read_text
from streams.sources.delimited.settings import DelimitedSource
from streams.sources.escapes import ESCAPE
from streams.sources.following import growing
from streams.sources.proposal import HEAD_BYTES, Proposal, Sighted
from streams.sources.recognising.grids import delimited_grid, sheet_grids
from streams.sources.recognising.recognise import propose
from streams.sources.source_format import ReadContext, SourceFormat
from streams.sources.workbooks.archive import WORKBOOK, is_workbook

__all__ = ["FORMAT", "CsvReader"]

_RECORDS: Final = tuple(name for name in RECORD_TYPES if name not in {"feed", "rejected", "tick"})
_OPTIONS: Final[Mapping[str, SourceOption]] = MappingProxyType(
    {
        "delimiter": SourceOption('","', 'one character; a tab is `"\\t"`; a first line `sep=;` wins over it'),
        "header": SourceOption(
            "the first line that is not blank",
            "`{row: 3}`; `{rows: [4, 5]}`, joined by a blank; `{columns: [names]}`: no header; "
            "lines before are passed over",
        ),
        "sheet": SourceOption("the first", "the sheet of `.xlsx` files"),
        **MAPPING_OPTIONS,
    }
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
            read_header(given["header"]) if "header" in given else FIRST_LINE,
            given["sheet"].text("the name of a sheet") if "sheet" in given else None,
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
            if is_workbook(file):
                raise UserError(f"{file}: is a workbook, which cannot be followed; leave out --follow")
            return read_text(
                growing(file, self.source.settings.encoding, ESCAPE),
                self.source,
                file=file,
                site_timezone=context.site_timezone,
                queue_length=context.queue_length,
                skew_ms=context.skew_ms,
                now=context.now,
                queue_zone=context.queue_zone,
            )
        return read(
            file,
            self.source,
            site_timezone=context.site_timezone,
            queue_length=context.queue_length,
            skew_ms=context.skew_ms,
            now=context.now,
            queue_zone=context.queue_zone,
        )


def _delimiter(node: Node) -> str:
    text = node.text('one character; a tab is "\\t"')
    if len(text) != 1 or text in '\r\n"\0':
        raise node.wrong('one character, not a quote or line end; a tab is "\\t"')
    return text


def _recognise(sighted: Sighted) -> Proposal | None:
    """The source that reads a delimited file, or a workbook."""
    if sighted.head.startswith(WORKBOOK):
        return propose(list(sheet_grids(sighted.path)), sighted, "csv")
    if sighted.head[:4].lstrip()[:1] in {b"{", b"["}:
        return None
    return propose([delimited_grid(sighted.head, cut=len(sighted.head) >= HEAD_BYTES)], sighted, "csv")


FORMAT: Final = SourceFormat(
    summary="Delimited text or a workbook (`.xlsx`): exports of any system, a row a record, read by a column mapping.",
    records=_RECORDS,
    options=_OPTIONS,
    open=CsvReader,
    recognise=_recognise,
)
