"""Columns of a file without a header: what they may be, by how their numbers relate; each guess is marked.

The whole of some counts is the sum of its parts. The agents of a forecast are a little more than its work takes:
volume times handle time, divided by the interval.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from statistics import median, pstdev
from typing import Final

from streams.sources.recognising.cells.instants import INSTANT, moments
from streams.sources.recognising.findings import usual_step
from streams.sources.recognising.names import Meaning, meaning_of
from streams.sources.recognising.tables import Column, Table

__all__ = ["named_by_numbers"]

_MOST: Final = 12
_LEAST_ROWS: Final = 3
_AHT: Final = (20.0, 3600.0)
"""Seconds of a forecast handle time, at least and at most."""
_SPARE: Final = (0.8, 8.0)
"""Agents to the workload of an interval, at least and at most: it is staffed, and not idle."""
_EVEN: Final = 0.8
"""The spread of that ratio from which chance explains it."""


def named_by_numbers(table: Table) -> Table:
    """The table with meanings for columns of numbers, by how they relate."""
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
    planned = _planned(table)
    return replace(table, columns=[_meant(column, planned.get(column.name)) for column in table.columns])


def _planned(table: Table) -> dict[str, str]:
    """Names for the columns of a forecast: agents are about volume x handle time / interval; empty: there are none."""
    seconds = _step(table)
    numbers = [column for column in table.columns if column.is_numeric and column.shown is None][:_MOST]
    best, found = _EVEN, dict[str, str]()
    for volume, handle, agents in permutations(numbers, 3):
        spread = _spread(volume, handle, agents, seconds)
        if spread is not None and spread < best and volume.place < handle.place:
            best = spread
            found = {volume.name: "Forecast calls", handle.name: "Forecast AHT", agents.name: "Required agents"}
    return found


def _step(table: Table) -> float:
    """Seconds between neighbouring starts; 0: no column has starts."""
    for column in table.columns:
        shown = column.shown
        if shown is not None and shown.kind == INSTANT:
            ms = [one for one in moments(shown, column.texts) if one is not None]
            return (usual_step({"": ms}) or 0) / 1000
    return 0.0


def _spread(volume: Column, handle: Column, agents: Column, seconds: float) -> float | None:
    """How evenly agents follow the workload; None: they do not."""
    handled = [one for one in handle.numbers if one]
    if not seconds or not handled or not _AHT[0] <= median(handled) <= _AHT[1]:
        return None
    rows = zip(volume.numbers, handle.numbers, agents.numbers, strict=True)
    ratios = [c * seconds / (a * b) for a, b, c in rows if a and b and c and a > 0 and b > 0 and c > 0]
    good = sum(1 for one in ratios if _SPARE[0] <= one <= _SPARE[1])
    if len(ratios) < _LEAST_ROWS or good < 0.9 * len(ratios):
        return None
    return pstdev(map(math.log, ratios))


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
