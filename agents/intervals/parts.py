"""The rows of one interval as one: parts are summed, and the interval is incomplete until they cover it.

A feed may write an interval whole, in parts (quarter hours of a queue of half hours), or change from one to the other.
Which rows count follows from the rows alone, never from the order in which they came.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import structs

from streams.records import Snapshot

__all__ = ["AMBIGUOUS_HOUR", "combined", "is_ambiguous", "is_cover", "kept", "same_values"]

AMBIGUOUS_HOUR: Final = "ambiguous_hour"
"""Check of the two hours of one local name that a file has one row for; it only tells."""
_SUMMED: Final = (
    "offered",
    "answered",
    "answered_within",
    "abandoned",
    "abandoned_within",
    "short_abandoned",
    "overflowed",
    "wait_ms",
    "handled",
    "occupied_ms",
    "available_ms",
    "staffed_ms",
)
_HANDLING: Final = ("talk_ms", "hold_ms", "wrap_ms")
_FIGURES: Final = (*_SUMMED, *_HANDLING, "waiting")
_SEVERAL_THRESHOLDS: Final = -1
"""In place of a threshold where parts were counted at several: one of them is not the queue's."""


def is_ambiguous(row: Snapshot) -> bool:
    """Whether a row may hold the other hour of the same local name, too, or is held by it."""
    # Messages of before said it of the hour without counts alone, as its source.
    return row.twin_ms is not None or row.source == AMBIGUOUS_HOUR


def is_cover(row: Snapshot) -> bool:
    """Whether a row only says that its hour is covered by the other hour of the same local name."""
    return is_ambiguous(row) and all(getattr(row, name) is None for name in _FIGURES)


def same_values(one: Snapshot, other: Snapshot) -> bool:
    """Whether two copies say the same; who reports, and whether the length was said, makes no copy different."""
    return one == other or structs.replace(one, source=None, said=True) == structs.replace(
        other, source=None, said=True
    )


def kept(rows: Sequence[Snapshot]) -> list[Snapshot]:
    """The rows of one interval that can ever count, by start: none that a longer row of a said length holds."""
    return sorted(
        (row for row in rows if not any(_holds(longer, row) for longer in rows if longer is not row)),
        key=lambda row: (row.start_ms, row.length_ms),
    )


def _holds(longer: Snapshot, row: Snapshot) -> bool:
    within = longer.start_ms <= row.start_ms and row.end_ms <= longer.end_ms
    return longer.said and within and row.length_ms < longer.length_ms


def combined(rows: Sequence[Snapshot], start_ms: int, length_ms: int) -> Snapshot:
    """The counts of an interval from its rows; a single row that is the whole interval is it.

    Args:
        rows: one or more, as `kept` gives them.
        start_ms: of the interval.
        length_ms: likewise.
    """
    end_ms = start_ms + length_ms
    spans = _spans(rows, end_ms)
    if len(spans) == 1 and spans[0][:2] == (start_ms, end_ms):
        return spans[0][2]
    reach = start_ms
    for begin, end, row in spans:
        if begin != reach:
            break
        reach = min(end, row.as_of_ms)
        if reach < end:
            break
    return _sum([row for _, _, row in spans], start_ms, length_ms, max(start_ms, reach))


def _spans(rows: Sequence[Snapshot], end_ms: int) -> list[tuple[int, int, Snapshot]]:
    """The rows that count, each with its begin and end, in order; none overlaps another.

    A row of unsaid length lasts to the next one. Where rows overlap, one of a said length counts rather than one of an
    unsaid, then the longer, then the earlier.
    """
    starts = sorted({row.start_ms for row in rows})
    following = dict(zip(starts, [*starts[1:], end_ms], strict=True))
    found = [(row.start_ms, row.end_ms if row.said else following[row.start_ms], row) for row in rows]
    found.sort(key=lambda span: (not span[2].said, span[0] - span[1], span[0]))
    taken: list[tuple[int, int, Snapshot]] = []
    for begin, end, row in found:
        if all(end <= other_begin or other_end <= begin for other_begin, other_end, _ in taken):
            taken.append((begin, end, row))
    return sorted(taken, key=lambda span: span[0])


def _sum(rows: Sequence[Snapshot], start_ms: int, length_ms: int, as_of_ms: int) -> Snapshot:
    last = rows[-1]
    sums = {name: _total([getattr(row, name) for row in rows]) for name in (*_SUMMED, *_HANDLING)}
    if len({tuple(getattr(row, name) is None for name in _HANDLING) for row in rows}) > 1:
        # Each row's handle time is what it reports of the three.
        sums |= dict.fromkeys(_HANDLING) | {"talk_ms": _total([row.handle_ms for row in rows])}
    thresholds = {row.threshold_ms for row in rows if row.threshold_ms is not None}
    return Snapshot(
        start_ms,
        length_ms,
        as_of_ms,
        last.program,
        last.channel,
        threshold_ms=_SEVERAL_THRESHOLDS if len(thresholds) > 1 else next(iter(thresholds), None),
        waiting=last.waiting,
        twin_ms=next((row.twin_ms for row in rows if row.twin_ms is not None), None),
        derived=_derived(rows),
        definition_changed=1 if any(row.definition_changed for row in rows) else None,
        source=last.source,
        **sums,  # type: ignore[arg-type]  # fields of counts and times only
    )


def _total(values: Sequence[int | None]) -> int | None:
    """The sum; None where one is not reported. A negative one fails its check, whatever the others make of it."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return min(known) if min(known) < 0 else sum(known)


def _derived(rows: Sequence[Snapshot]) -> tuple[str, ...] | None:
    """The computed fields of all rows, with the sum of their rounding."""
    rounding: dict[str, float] = {}
    for row in rows:
        for name, amount in row.roundings().items():
            rounding[name] = rounding.get(name, 0.0) + amount
    return tuple(f"{name}={amount:.12g}" for name, amount in sorted(rounding.items())) or None
