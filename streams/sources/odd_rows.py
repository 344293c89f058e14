"""Rows that are no data of a queue, or of another hour: totals that a report adds, and contacts outside open hours.

Each such row is sound by itself. A totals row counts everything twice; contacts at night are those of a file whose time
zone is another, or of hours that are no longer so.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from config.timestamps import rfc3339
from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["SLOT_MS", "Outside", "Totals"]

SLOT_MS: Final = 300_000
"""Contacts are counted by so long stretches: all hours begin and end with one."""
_LEAST_SHARE: Final = 0.05
"""Share of a queue's contacts outside its hours from which a person is told; some always come at the edge."""
_MOST_SLOTS: Final = 2_000
"""Stretches of a queue that are looked at, of a long file taken by lot."""
_LEAST_ROWS: Final = 4
"""Rows whose sum another one is, that it is no chance."""
_LEAST_QUEUES: Final = 2


class Outside:
    """Counts contacts by queue and time."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[int]] = {}

    def add(self, queue: str, at_ms: int, contacts: int = 1) -> None:
        """Count contacts that were offered at an instant, or in an interval that begins then."""
        if contacts > 0:
            self._counts.setdefault(queue, Counter())[at_ms // SLOT_MS] += contacts

    def warnings(self, is_open: Callable[[str, int], bool]) -> Iterator[str]:
        """A sentence for the queues of which many contacts lie outside open hours."""
        shares: list[tuple[float, str, int]] = []
        for queue, slots in self._counts.items():
            some = sorted(slots)
            if len(some) > _MOST_SLOTS:
                some = random.Random(0).sample(some, _MOST_SLOTS)  # noqa: S311 - a lot, and no secret
            closed = [slot for slot in some if not is_open(queue, slot * SLOT_MS)]
            share = sum(slots[slot] for slot in closed) / sum(slots[slot] for slot in some)
            if share >= _LEAST_SHARE:
                shares.append((share, queue, min(closed) * SLOT_MS))
        if shares:
            share, queue, first = max(shares)
            more = f", and many of {len(shares) - 1} more queues," if len(shares) > 1 else ""
            yield (
                f"{share:.0%} of the contacts of queue {queue[:80]!r}{more} lie outside its open hours (as at "
                f"{rfc3339(first)}): are the hours of the queue right, and the time zone of the file?"
            )


class Totals:
    """Counts of interval rows, to find those that are sums of others."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[int, int]] = {}

    def add(self, queue: str, start_ms: int, contacts: int | None) -> None:
        """Note a row; of two rows of one interval the later one."""
        if contacts is not None:
            self._counts.setdefault(queue, {})[start_ms] = contacts

    def warnings(self) -> Iterator[str]:
        """A sentence for queues, or rows of one, that are the sum of others."""
        named = [queue for queue in self._counts if plain(queue) in vocabulary().cells["total"]]
        summed = next((queue for queue in self._counts if self._is_sum(queue)), None)
        if named and len(self._counts) > 1:
            yield f"queue {named[0][:80]!r} is named like a row of totals: leave it out by where_not"
        elif summed is not None:
            yield (
                f"queue {summed[:80]!r} has the sum of all other queues in each interval: is it a row of totals, to be "
                f"left out by where_not?"
            )
        for queue, rows in self._counts.items():
            place = _total_of(rows)
            if place is not None:
                yield (
                    f"the row of queue {queue[:80]!r} at {rfc3339(place)} has the sum of all its other rows: is it "
                    f"a row of totals, to be left out by where_not?"
                )
                return

    def _is_sum(self, queue: str) -> bool:
        others = [rows for name, rows in self._counts.items() if name != queue]
        own = {start: count for start, count in self._counts[queue].items() if count}
        if len(others) < _LEAST_QUEUES or len(own) < _LEAST_ROWS:
            return False
        several = sum(1 for start in own if sum(1 for rows in others if rows.get(start)) >= _LEAST_QUEUES)
        return several >= _LEAST_ROWS and all(
            sum(rows.get(start, 0) for rows in others) == count for start, count in own.items()
        )


def _total_of(rows: dict[int, int]) -> int | None:
    """The start of the row that has the sum of all others."""
    start = max(rows, key=lambda one: rows[one], default=None)
    if start is None or len(rows) <= _LEAST_ROWS or not rows[start]:
        return None
    counting = sum(1 for one, count in rows.items() if count and one != start)
    return start if counting >= _LEAST_ROWS and rows[start] * 2 == sum(rows.values()) else None
