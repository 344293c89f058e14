"""Columns whose cells say what they are, whatever their names: directions and channels under the name of a queue."""

from dataclasses import replace
from typing import Final

from streams.sources.recognising.names import meaning_of
from streams.sources.recognising.tables import Column, Table
from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["told_by_cells"]

_NAMED: Final = frozenset({"queue", "group", "disposition", "outcome", "channel", "direction", ""})
_MOST: Final = 12
_MOSTLY: Final = 0.6


def told_by_cells(table: Table) -> Table:
    """The table, in which such columns have the meaning that their cells say."""
    return replace(table, columns=[_told(column) for column in table.columns])


def _told(column: Column) -> Column:
    if column.meaning.measure not in _NAMED or not 1 <= len(column.different) <= _MOST or column.is_numeric:
        return column
    for measure in ("direction", "channel"):
        words = vocabulary().cells[measure]
        known = [words.get(plain(text), "") for text in column.filled]
        share = sum(map(bool, known)) / len(known)
        outcomes = [text for text in column.different if plain(text) in vocabulary().cells["outcome"]]
        if measure == "direction" and any(plain(text) not in words for text in outcomes):
            continue  # inbound, outbound, abandoned: it says how contacts left as well
        if share >= _MOSTLY and measure != column.meaning.measure and ("in" in known or measure == "channel"):
            return replace(column, said=meaning_of(measure))
    return column
