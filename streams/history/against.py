"""Holding history against the raw records that its latest figures must follow from.

A chain shows that nothing was changed after it was published; only computing again from what the
switch or dialler exported shows that what was published was right.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from streams.history.verify import Finding
from streams.names import RESULT_COLUMNS

__all__ = ["FIGURES", "differences"]

Row = Mapping[str, Any]

FIGURES: Final = (
    "interval_seconds",
    "definition",
    "threshold_seconds",
    *RESULT_COLUMNS[RESULT_COLUMNS.index("offered") : RESULT_COLUMNS.index("aht_variance") + 1],
    "spec",
    "integrity",
)
"""What a recomputation must give again: counts, seconds, ratios, plan and staffing, and whether they hold.

Not revisions and reasons (recomputed from all records, nothing is late), nor signals and breaches, which
rest on first revisions.
"""


def differences(held: Iterable[Row], recomputed: Iterable[Row]) -> Iterator[Finding]:
    """Where the latest figures in history differ from those computed again.

    Args:
        held: results of a history, every revision or the latest only, in order of publication per queue.
        recomputed: results of a replay of the raw records, likewise.

    Yields:
        One finding for each interval that differs, or that only one side has, by queue and interval.
    """
    kept, again = _latest(held), _latest(recomputed)
    for queue, start in sorted(kept.keys() | again.keys()):
        ours, theirs = kept.get((queue, start)), again.get((queue, start))
        place = f"queue {queue!r}, interval {start}"
        if ours is None:
            yield Finding(place, "is not in history, and the raw records give it")
        elif theirs is None:
            yield Finding(place, "is in history, and the raw records do not give it")
        elif ours != theirs:
            changed = [
                f"{column} is {mine!r} in history, and the raw records give {yours!r}"
                for column, mine, yours in zip(FIGURES, ours, theirs, strict=True)
                if mine != yours
            ]
            yield Finding(place, "; ".join(changed))


def _latest(rows: Iterable[Row]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The figures of each interval's last revision."""
    latest: dict[tuple[str, str], tuple[int, tuple[Any, ...]]] = {}
    for row in rows:
        key = (row["queue"], row["interval_start"])
        if key not in latest or latest[key][0] <= row["revision"]:
            latest[key] = (row["revision"], tuple(row[column] for column in FIGURES))
    return {key: figures for key, (_, figures) in latest.items()}
