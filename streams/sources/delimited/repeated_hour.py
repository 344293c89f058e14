"""The hour that a wall clock shows twice when summer time ends, told apart by the order of a file's rows.

`on_ambiguous: in_order`. An interval has one row for each of the two hours: the first row is the first hour. A contact
takes the readings of its clocks that keep it shortest; where both hours are as good it is the first, until a row of its
queue had to be the second: files are written in the order of time.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from streams.sources.delimited.fields import Values
from streams.sources.timestamps.fields import Instants

__all__ = ["RepeatedHour"]

_NEAR_MS: Final = 10_800_000
"""Readings of one change of the clocks lie nearer to each other than this."""
_CONTACT_CLOCKS: Final = ("offered_at", "exited_at")

_Parts = Mapping[str, Values | Instants]


class RepeatedHour:
    """Chooses readings for the rows of one file, block by block.

    Args:
        record: the type of its records.
    """

    def __init__(self, record: str | None) -> None:
        self._record = record
        self._second: dict[Any, int] = {}
        """By queue (or agent) a second reading that a row of it had to take, or the last one."""
        self._rows: dict[tuple[Any, ...], int] = {}
        """By identity of an interval the rows that it has had."""

    def place(self, parts: _Parts, skew_ms: Callable[[str], int]) -> None:
        """Choose the readings of a block of rows; the instants of `parts` are changed in place.

        Args:
            parts: the fields by name.
            skew_ms: clock skew of a queue.
        """
        rows: set[int] = set()
        for part in parts.values():
            if isinstance(part, Instants) and part.twins:
                rows.update(part.twins)
        if not rows:
            return
        if self._record == "contact":
            self._contacts(parts, sorted(rows), skew_ms)
        elif self._record in ("interval", "plan"):
            self._intervals(parts, sorted(rows))
        else:
            self._others(parts, sorted(rows))

    def _contacts(self, parts: _Parts, rows: list[int], skew_ms: Callable[[str], int]) -> None:
        queues = parts.get("queue")
        for row in rows:
            queue = queues.values[row] if isinstance(queues, Values) else None
            offers, exits = (_readings(parts.get(name), row) for name in _CONTACT_CLOCKS)
            if not offers:
                _take(parts, "updated_at", row, later=max(exits, default=0))
                continue
            options = sorted((offer, end) for offer in offers for end in exits or [offer])
            skew = skew_ms(queue) if queue else 0
            # Clocks that disagree by less than the skew are nearer than an hour more.
            fits = [option for option in options if option[1] - option[0] >= -skew] or options
            best = min(abs(end - offer) for offer, end in fits)
            good = [option for option in fits if abs(option[1] - option[0]) == best]
            known = self._second.get(queue)
            turned = known is not None and abs(known - good[-1][1]) < _NEAR_MS
            offer, end = good[-1] if turned else good[0]
            forced = good[0]
            if len(offers) == 2 and forced[0] == offers[1]:
                self._second[queue] = forced[0]
            elif len(exits) == 2 and forced[1] == exits[1]:
                self._second[queue] = forced[1]
            _set(parts.get("offered_at"), row, offer)
            if exits:
                _set(parts.get("exited_at"), row, end)
            _take(parts, "updated_at", row, later=end)

    def _intervals(self, parts: _Parts, rows: list[int]) -> None:
        for row in rows:
            starts = _readings(parts.get("interval_start"), row)
            if len(starts) == 2:
                key = (starts[0], *(_value(parts, name, row) for name in ("queue", "plan_version", "published_at")))
                until = _readings(parts.get("as_of"), row)
                key = (*key, *until)
                before = self._rows.get(key, 0)
                self._rows[key] = before + 1
                second = bool(before % 2) and not (len(until) == 1 and until[0] < starts[1])
                _set(parts.get("interval_start"), row, starts[second])
            _take(parts, "as_of", row, later=_value(parts, "interval_start", row) or 0)

    def _others(self, parts: _Parts, rows: list[int]) -> None:
        """Rows of one agent, say, follow each other in time."""
        for row in rows:
            owner = _value(parts, "agent", row)
            for name, part in parts.items():
                readings = _readings(part, row)
                if len(readings) != 2:
                    continue
                last = self._second.get((owner, name), 0)
                chosen = readings[0] < last <= readings[1]
                _set(part, row, readings[chosen])
                self._second[owner, name] = readings[chosen]


def _readings(part: Values | Instants | None, row: int) -> list[int]:
    """The readings of a row's clock, the first one first; none where it is not reported."""
    if not isinstance(part, Instants) or not part.known[row]:
        return []
    return sorted({int(part.ms[row]), part.twins.get(row, int(part.ms[row]))})


def _value(parts: _Parts, name: str, row: int) -> Any:  # noqa: ANN401 - what the field holds
    part = parts.get(name)
    if isinstance(part, Instants):
        return int(part.ms[row]) if part.known[row] else None
    return None if part is None else part.values[row]


def _set(part: Values | Instants | None, row: int, ms: int) -> None:
    assert isinstance(part, Instants)  # noqa: S101 - its readings were asked for
    if row in part.twins and ms != part.ms[row]:
        part.twins[row] = int(part.ms[row])
        part.ms[row] = np.int64(ms)


def _take(parts: _Parts, name: str, row: int, *, later: int) -> None:
    """Give a clock the first of its readings that is not before `later`, else its last one."""
    readings = _readings(parts.get(name), row)
    if len(readings) == 2:
        _set(parts.get(name), row, readings[0] if readings[0] >= later else readings[1])
