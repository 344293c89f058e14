"""Holding what history keeps beside results against a replay of the raw records: breaches, evaluations and more.

No hash covers them; so computing them again is what proves them, as far as the raw records reach.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from config.rules import RULES
from config.timestamps import from_rfc3339
from streams.audit.breaches import LATER
from streams.audit.findings import Finding
from streams.audit.projections_again import compare_projections
from streams.audit.recompute import Comparison, Spans, compare_with_recomputed, said
from streams.columns import BREACH_COLUMNS, EVALUATION_COLUMNS, LATER_BREACH_COLUMNS
from streams.history.query import Filters, HistoryQuery

__all__ = ["compare_histories"]

Row = Mapping[str, Any]
_Key = tuple[Any, ...]

_EVERYTHING: Final = Filters()
_DAY_COLUMNS: Final = ("interval_start", "handled_by", "handled_at")
_TABLES: Final = ("breaches", "evaluations", "program_days")
_CHANGED: Final = {"message", "message_zh", "causes", *LATER_BREACH_COLUMNS}
_PARTLY: Final = "breaches, evaluations, days and projections that the raw records do not reach"


def compare_histories(
    held: HistoryQuery, again: HistoryQuery, unproved: Iterable[str], *, as_arrived: bool
) -> Comparison:
    """Hold a history against one that was computed again from raw records.

    Args:
        held: the history.
        again: what the raw records give.
        unproved: what nothing has proved so far (`streams.audit.findings.UNPROVED`).
        as_arrived: whether `again` took the rows in the order of the files.

    Returns:
        The comparison; its `unproved` names the columns that nothing has proved even so.
    """
    retired = {
        (queue, link.interval_start) for queue in held.queues(_EVERYTHING) for link in held.left_out(queue, _EVERYTHING)
    }
    compared = compare_with_recomputed(
        (row for batch in held.results(_EVERYTHING) for row in batch),
        (row for batch in again.results(_EVERYTHING) for row in batch),
        retired,
        as_arrived=as_arrived,
    )
    spans = compared.spans
    whole = not compared.unproved and not retired and _reach_all(held, spans)
    compared.findings.extend(_breaches(held, again, spans, whole=whole))
    compared.findings.extend(_evaluations(held, again, spans))
    compared.findings.extend(_days(held, again, spans))
    projections = compare_projections(held, again, spans, as_arrived=as_arrived)
    compared.findings.extend(projections.findings)
    compared.unproved.update(projections.unproved)
    proved = {*(_TABLES if whole else ()), *(("projections",) if whole and not projections.unproved else ())}
    compared.unproved.update(each for each in unproved if each.partition(".")[0] not in proved)
    if not whole:
        compared.unproved.add(_PARTLY)
    return compared


def _reach_all(held: HistoryQuery, spans: Spans) -> bool:
    """Whether the raw records speak of every result of the history."""
    return all(
        spans.settles(queue, row["interval_start"])
        for queue in held.queues(_EVERYTHING)
        for batch in held.queue_results(queue, _EVERYTHING)
        for row in batch
    )


def _breaches(held: HistoryQuery, again: HistoryQuery, spans: Spans, *, whole: bool) -> Iterator[Finding]:
    """Live notices are outside of every promise; breaches of programs need the records of all their queues."""
    going_on = _going_on(held, again)

    def comparable(row: Row, *, ours: bool | None) -> bool:
        queue, start = row["queue"], row["interval_start"]
        if row["live"] or (queue is None and (not whole or ours is False)):
            return False
        if queue is None or ours is None:
            return queue is None or spans.settles(queue, start)
        if not spans.settles(queue, start) or not spans.is_last(queue, start):
            return spans.settles(queue, start)
        # A day that the raw records do not see the end of is over in history; or it goes on there.
        at_its_end = row["state"] == "resolved" or RULES[row["rule"]].kind in LATER
        return not ours and not (at_its_end and queue in going_on)

    yield from _differences(
        (row for batch in held.breaches(_EVERYTHING) for row in batch),
        (row for batch in again.breaches(_EVERYTHING) for row in batch),
        lambda row: (row["breach_id"], row["sequence"]),
        comparable,
        _breach_columns,
        "breach {}, sequence {}",
    )


def _breach_columns(mine: Row) -> Sequence[str]:
    """Columns of a breach that must be given again; an earlier program's sentences and causes were others."""
    if mine["incident_id"] is not None:
        return BREACH_COLUMNS
    return [name for name in BREACH_COLUMNS if name not in _CHANGED]


def _evaluations(held: HistoryQuery, again: HistoryQuery, spans: Spans) -> Iterator[Finding]:
    theirs = [row for batch in again.evaluations(_EVERYTHING) for row in batch]
    instants = [from_rfc3339(row["handled_at"]) for row in theirs]
    if not theirs:
        return

    def comparable(row: Row, *, ours: bool | None) -> bool:
        inside = min(instants) <= from_rfc3339(row["handled_at"]) <= max(instants)
        return not ours or (row["queue"] in spans.covered and inside)

    yield from _differences(
        (row for batch in held.evaluations(_EVERYTHING) for row in batch),
        theirs,
        lambda row: (row["evaluation_id"],),
        comparable,
        lambda _: EVALUATION_COLUMNS,
        "evaluation {}",
    )


def _days(held: HistoryQuery, again: HistoryQuery, spans: Spans) -> Iterator[Finding]:
    going_on = _going_on(held, again)

    def comparable(row: Row, *, ours: bool | None) -> bool:
        queue, start = row["queue"], row["interval_start"]
        if ours is False and row["day"] == going_on.get(queue):
            return False
        return spans.settles(queue, start) and not (ours and spans.is_last(queue, start))

    yield from _differences(
        held.program_days(_EVERYTHING),
        again.program_days(_EVERYTHING),
        lambda row: (row["program"], row["queue"], row["day"], row["part"]),
        comparable,
        lambda _: _DAY_COLUMNS,
        "program {}, queue {}, day {}, part {}",
    )


def _going_on(held: HistoryQuery, again: HistoryQuery) -> dict[str, str]:
    """By queue the last day that the raw records give, where it goes on in history: a replay ends it with them."""
    over = {(row["queue"], row["day"]) for row in held.program_days(_EVERYTHING)}
    last: dict[str, str] = {}
    for row in again.program_days(_EVERYTHING):
        last[row["queue"]] = max(row["day"], last.get(row["queue"], row["day"]))
    return {queue: day for queue, day in last.items() if (queue, day) not in over}


def _differences(
    held: Iterable[Row],
    again: Iterable[Row],
    key: Callable[[Row], _Key],
    comparable: Callable[..., bool],
    columns: Callable[[Row], Sequence[str]],
    place: str,
) -> Iterator[Finding]:
    """Rows that differ.

    `comparable(row, ours=…)` says of one that only one side has whether the other should; of one that both have (None)
    whether they should be alike. `columns` gives those that are compared of a row of history.
    """
    ours, theirs = {key(row): row for row in held}, {key(row): row for row in again}
    for each in sorted(ours.keys() | theirs.keys()):
        mine, yours = ours.get(each), theirs.get(each)
        if mine is None or yours is None:
            alone = mine or yours
            problem = (
                "is not in history, and the raw records give it"
                if mine is None
                else "is in history, and the raw records do not give it"
            )
            if alone is not None and comparable(alone, ours=yours is None):
                yield Finding(place.format(*each), problem)
        elif comparable(yours, ours=None) or comparable(mine, ours=None):
            problem = "; ".join(
                f"{name} is {said(mine[name])} in history, and the raw records give {said(yours[name])}"
                for name in columns(mine)
                if mine[name] != yours[name]
            )
            if problem:
                yield Finding(place.format(*each), problem)
