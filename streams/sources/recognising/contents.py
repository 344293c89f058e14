"""Columns whose cells say what they are, whatever their names: directions, channels and outcomes under other names."""

from dataclasses import replace
from typing import Final

from streams.sources.recognising.names import meaning_of
from streams.sources.recognising.tables import Column, Table
from streams.sources.recognising.vocabulary import plain, vocabulary
from streams.sources.recognising.words import outcome_word

__all__ = ["told_by_cells"]

_NAMED: Final = frozenset({"queue", "group", "disposition", "outcome", "channel", "direction", ""})
_MOST: Final = 12
_MOSTLY: Final = 0.6
_NEARLY_ALL: Final = 0.9
_SEVERAL: Final = 3
"""Kinds of outcome from which cells tell more than who began a contact."""


def told_by_cells(table: Table) -> Table:
    """The table, in which such columns have the meaning that their cells say."""
    waits = any(column.meaning.measure in {"wait", "asa"} for column in table.columns)
    return replace(table, columns=[_timed(_told(column), waits=waits) for column in table.columns])


def _told(column: Column) -> Column:
    if "outcome" in column.meaning.tokens and column.meaning.measure != "outcome" and _tells_outcomes(column, kinds=2):
        return replace(column, said=meaning_of("outcome"))
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
    if column.meaning.measure in {"queue", "group", ""} and _tells_outcomes(column):
        return replace(column, said=meaning_of("outcome"))
    return column


def _tells_outcomes(column: Column, kinds: int = _SEVERAL) -> bool:
    """Whether nearly all cells are words of several outcomes, so that they are the names of no queue."""
    if column.is_numeric or not 1 <= len(column.different) <= _MOST:
        return False
    words = {text: outcome_word(text) for text in column.different}
    known = sum(1 for text in column.filled if words[text])
    return known >= _NEARLY_ALL * len(column.filled) and len({*words.values()} - {""}) >= kinds


def _timed(column: Column, *, waits: bool) -> Column:
    """A count of those who wait that is a time: how long a contact waited or, beside its wait, was put aside.

    The other way about, a wait of those who gave up may be their count, where "queue" and "wait" are one word.
    """
    meaning = column.meaning
    if column.layouts and "conversation" in meaning.tokens and meaning.measure in {"offered", "contact"}:
        return replace(column, said=meaning._replace(measure="talk"))  # "total conversation", written as durations
    if meaning.measure == "wait_abandoned" and meaning.statistic in {"", "number"} and _is_whole(column):
        return replace(column, said=meaning._replace(measure="abandoned", whole=False))
    if meaning.measure != "waiting" or not (column.layouts or meaning.unit is not None or "time" in meaning.tokens):
        return column
    measure = "hold" if waits and "aside" in meaning.tokens else "wait"
    return replace(column, said=meaning._replace(measure=measure, whole=not meaning.strange))


def _is_whole(column: Column) -> bool:
    """Whether cells are whole numbers, and no name says that they are times."""
    whole = column.is_numeric and not column.layouts and all(one is None or one == int(one) for one in column.numbers)
    return whole and column.meaning.unit is None and "time" not in column.meaning.tokens
