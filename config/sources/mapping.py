"""The mapping from rows to records: which rows a source keeps, and where a record's fields come from.

Formats whose files have columns (or keys) of the site's own choosing share these options. A format that knows its own
layout needs none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from config.sources.columns import read_columns
from config.sources.expressions import Expression, own_columns
from config.sources.fields import RecordField
from config.sources.layout import read_numbers, styled
from config.sources.settings import SourceOption, SourceSettings
from config.sources.shape import Shape, read_shape
from config.yaml import Node

__all__ = ["OPTIONS", "ColumnMapping", "read_mapping"]

OPTIONS: Final[Mapping[str, SourceOption]] = MappingProxyType(
    {
        "where": SourceOption("all rows", "per column the cells of the rows that are kept"),
        "where_not": SourceOption("no row", "per column the cells of the rows that are left out"),
        "fill": SourceOption("none", "columns whose empty cells have the value above them"),
        "wide": SourceOption(
            "none",
            'columns into rows, `{columns: "[0-9]{2}:[0-9]{2}", as: time, value: value}`: each heading that matches in '
            "whole (a regular expression; its named groups are columns) makes a row with the heading under `as` and "
            "the cell under `value`; `spread: FIGURE` makes a column of each kind that the column or group FIGURE has; "
            "`join: adjacent` makes one row of equal neighbours, whose `end` is the next heading",
        ),
        "decimal": SourceOption(
            "whatever has one reading",
            'the decimal point of the file\'s numbers, `"."` or `","`; a cell with two readings is a dead letter',
        ),
        "thousands": SourceOption(
            "whatever has one reading",
            'the mark that groups thousands: `"."`, `","`, `" "` (any blank), `"\'"`, or `""`: none',
        ),
        "empty": SourceOption("none", 'cells that mean "not reported" in every column'),
        "columns": SourceOption("the record's own names", "per field of the record where it comes from"),
    }
)
"""The keys of a source whose files are mapped."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The mapping of a source's rows to records of one type."""

    record: str
    fields: Mapping[str, RecordField] = field(hash=False)
    """The fields of the record's type by name."""
    where: Mapping[str, frozenset[str]] = field(hash=False)
    """By column, the cells of the rows that are kept."""
    where_not: Mapping[str, frozenset[str]] = field(hash=False)
    """By column, the cells of the rows that are left out."""
    columns: Mapping[str, Expression] = field(hash=False)
    """By record field, the expression that gives it."""
    own_columns: bool
    """Whether the file's columns are called like the fields; the mandatory ones must be there then."""
    shape: Shape | None = None
    """Steps that rows go through before they are looked at; None: none."""


def read_mapping(source: SourceSettings, fields: Mapping[str, RecordField]) -> ColumnMapping:
    """The mapping that a source's own options describe.

    Args:
        source: the source; its `record` is set.
        fields: the fields of a record of this type, by name.

    Raises:
        UserError: an option without a meaning.
    """
    assert source.record is not None  # noqa: S101 - the caller has set it
    given = source.options
    empty: frozenset[str] = frozenset()
    if "empty" in given:
        empty = frozenset(cell.strip() for cell in given["empty"].texts("a list of cells", blank=True))
    numbers = read_numbers(given.get("decimal"), given.get("thousands"))
    columns = (
        read_columns(given["columns"], source.record, fields, empty)
        if "columns" in given
        else own_columns(fields, empty)
    )
    return ColumnMapping(
        record=source.record,
        fields=fields,
        where=_rows(given.get("where")),
        where_not=_rows(given.get("where_not")),
        columns=MappingProxyType({name: styled(expression, numbers) for name, expression in columns.items()}),
        own_columns="columns" not in given,
        shape=read_shape(given.get("fill"), given.get("wide")),
    )


def _rows(node: Node | None) -> Mapping[str, frozenset[str]]:
    rows = {} if node is None else node.entries("a mapping of columns to lists of cells")
    return MappingProxyType(
        {
            column: frozenset(cell.strip() for cell in cells.texts("a list of cells", blank=True))
            for column, cells in rows.items()
        }
    )
