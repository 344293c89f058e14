"""Columns of a file without a header: what they may be, by how their numbers relate; each guess is marked."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Final

from streams.sources.recognising.names import Meaning, meaning_of
from streams.sources.recognising.tables import Column, Table

__all__ = ["named_by_numbers"]

_MOST: Final = 12
_LEAST_ROWS: Final = 3


def named_by_numbers(table: Table) -> Table:
    """The table with meanings for columns of numbers: offered is the sum of answered and abandoned."""
    counts = [column for column in table.columns if _is_count(column)][:_MOST]
    for whole, most, rest in permutations(counts, 3):
        if not _is_sum(whole, most, rest):
            continue
        meanings = {whole.name: "Offered", most.name: "Answered", rest.name: "Abandoned"}
        for column in counts:
            if column.name not in meanings and _is_part(column, most):
                meanings[column.name] = "Answered within"
                break
        return replace(table, columns=[_meant(column, meanings.get(column.name)) for column in table.columns])
    return table


def _is_count(column: Column) -> bool:
    return column.is_numeric and all(one is None or (one >= 0 and one == int(one)) for one in column.numbers)


def _is_sum(whole: Column, most: Column, rest: Column) -> bool:
    rows = list(zip(whole.numbers, most.numbers, rest.numbers, strict=True))
    known = [(a, b, c) for a, b, c in rows if a is not None and b is not None and c is not None]
    if len(known) < _LEAST_ROWS or not any(c for _, _, c in known):
        return False
    return all(a == b + c for a, b, c in known) and sum(b for _, b, _ in known) > sum(c for _, _, c in known)


def _is_part(column: Column, of: Column) -> bool:
    pairs: Sequence[tuple[float | None, float | None]] = list(zip(column.numbers, of.numbers, strict=True))
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return bool(known) and all(a <= b for a, b in known) and any(a for a, _ in known)


def _meant(column: Column, name: str | None) -> Column:
    if name is None:
        return column
    meaning: Meaning = meaning_of(name)._replace(whole=False)
    return replace(column, said=meaning)
