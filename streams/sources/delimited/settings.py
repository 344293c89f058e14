"""How the files of one delimited source are read: shared settings, column mapping and its own option."""

from dataclasses import dataclass

from config.sources.layout import FIRST_LINE, HeaderLayout
from config.sources.mapping import ColumnMapping
from config.sources.settings import SourceSettings

__all__ = ["DelimitedSource"]


@dataclass(frozen=True, slots=True)
class DelimitedSource:
    """One source of delimited files."""

    settings: SourceSettings
    mapping: ColumnMapping
    delimiter: str
    """One character."""
    header: HeaderLayout = FIRST_LINE
    """The place of the header in each file."""
    sheet: str | None = None
    """The sheet of a workbook that is read; None: the first that is not hidden."""
