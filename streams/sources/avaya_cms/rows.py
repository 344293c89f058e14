"""Rows of Avaya CMS as interval records.

Calls are counted in the interval in which they end, so the site says `attribution: event`; I_ times are those
inside the interval.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np

from config.timestamps import rfc3339
from streams.records import RecordError
from streams.sources.timestamps.local_time import LocalClock
from streams.sources.timestamps.ranges import start_of_range

__all__ = ["Clock", "Fields", "Spot", "of_hsplit", "of_report", "spot_of_hsplit", "spot_of_report"]

Fields = dict[str, Any]
"""Fields of an interval by their name inside."""

_DATES: Final = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%d.%m.%Y", "%d.%m.%y", "%Y%m%d")
_HALF_SECOND: Final = 0.5
_HALF_TENTH: Final = 0.05
"""Half a unit of the last digit of averages, seconds, and of positions staffed."""
_MIDNIGHT: Final = ("24:00", "24:00:00")
_CLOCKS: Final = ("%H:%M", "%I:%M%p", "%H:%M:%S")
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - local times are naive until they are placed
_HOUR_MINUTES: Final = 60
_DAY_MINUTES: Final = 1440
_COUNTS: Final = {
    "offered": "CALLSOFFERED",
    "answered": "ACDCALLS",
    "handled": "ACDCALLS",
    "answered_within": "ACCEPTABLE",
    "abandoned": "ABNCALLS",
    "abandoned_within": "SLVLABNS",
}
_SECONDS: Final = {
    "wait_ms": "ANSTIME",
    "talk_ms": "ACDTIME",
    "hold_ms": "HOLDTIME",
    "wrap_ms": "ACWTIME",
    "available_ms": "I_AVAILTIME",
    "threshold_ms": "SERVICELEVEL",
}
_LEFT: Final = ("OUTFLOWCALLS", "BUSYCALLS", "DISCCALLS", "DEQUECALLS")
"""Calls that left the split in any other way."""
_STAFFED: Final = ("I_AVAILTIME", "I_ACDTIME", "I_ACWTIME", "I_RINGTIME")
"""Time on duty, where pauses (I_AUXTIME) are not there to be taken from the time logged in."""


class Clock:
    """Dates and clocks of one file to instants; of two rows of one local name the second is the second hour.

    Args:
        clock: of the source.
        dates: strptime formats of dates, tried in turn; none: the usual ones.
    """

    def __init__(self, clock: LocalClock, dates: tuple[str, ...] = ()) -> None:
        self._clock = clock
        self._dates = dates or _DATES
        self._placed: dict[int, tuple[int, int]] = {}
        self._seen: dict[tuple[str, int], int] = {}

    def date(self, text: str) -> datetime:
        """The day that a text names.

        Raises:
            ValueError: it names none.
        """
        for form in self._dates:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - placed by `start`
            except ValueError:
                continue
        raise ValueError

    def start(self, queue: str, day: datetime, minutes: int) -> tuple[int, int | None]:
        """The instant of minutes after midnight on the wall clock, and the other one of that name, if there is one.

        Raises:
            RecordError: there is no such time, or there are two, and the source says `reject`.
        """
        local = (day - _EPOCH).days * 86_400_000 + minutes * 60_000
        if local not in self._placed:
            placed = self._clock.place(np.array([local], dtype=np.int64))
            for wrong, words in ((placed.ambiguous[0], "occurs twice"), (placed.nonexistent[0], "does not occur")):
                if wrong:
                    raise RecordError(f"interval_start: {rfc3339(local)[:16]} {words} in {self._clock.timezone}")
            self._placed[local] = int(placed.utc_ms[0]), int(placed.twin_ms[0])
        start, twin = self._placed[local]
        if start == twin:
            return start, None
        if self._clock.on_ambiguous == "in_order":
            times = self._seen.get((queue, start), 0)
            self._seen[queue, start] = times + 1
            if times % 2:
                return twin, start
        return start, twin


class Spot(NamedTuple):
    """The split and the instant of a row, known before its figures are read."""

    queue: str
    start_ms: int
    twin_ms: int | None
    """The other start of the same local name."""


class _Row(NamedTuple):
    cells: Mapping[str, str]

    def number(self, name: str) -> Decimal | None:
        text = self.cells.get(name, "")
        if not text:
            return None
        if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{0,6})?", text):
            raise RecordError(f"row: column {name} has {text[:80]!r}; expected a number")
        return Decimal(text)

    def whole(self, name: str) -> int | None:
        number = self.number(name)
        if number is not None and number != int(number):
            raise RecordError(f"row: column {name} has {self.cells[name][:80]!r}; expected a whole number")
        return None if number is None else int(number)

    def sum_ms(self, names: tuple[str, ...]) -> int | None:
        numbers = [number for name in names if (number := self.number(name)) is not None]
        return round(sum(numbers) * 1000) if numbers else None


def spot_of_hsplit(cells: Mapping[str, str], clock: Clock, name: Callable[[str, str], str]) -> Spot:
    """The split and the instant of a row of hsplit.

    Args:
        cells: by the column's name.
        clock: of the file.
        name: gives the name of a split of an ACD.

    Raises:
        RecordError: a cell that cannot be read.
    """
    queue = name(cells.get("SPLIT", ""), cells.get("ACD", ""))
    day = _day(cells.get("ROW_DATE", ""), "ROW_DATE", clock)
    digits = _Row(cells).whole("STARTTIME")
    if digits is None or not 0 <= digits < 2400 or digits % 100 >= _HOUR_MINUTES:
        found = cells.get("STARTTIME", "")
        raise RecordError(
            f"interval_start: column STARTTIME has {found[:80]!r}; expected hours and minutes such as 930"
        )
    return Spot(queue, *clock.start(queue, day, digits // 100 * 60 + digits % 100))


def of_hsplit(cells: Mapping[str, str], spot: Spot) -> Fields:
    """The fields of a row of hsplit.

    Args:
        cells: by the column's name.
        spot: of the row.

    Raises:
        RecordError: a cell that cannot be read.
    """
    row = _Row(cells)
    length = row.whole("INTRVL")
    length_ms = None if length is None else length * 60_000
    fields: Fields = {"start_ms": spot.start_ms, "length_ms": length_ms}
    fields |= {field: row.whole(column) for field, column in _COUNTS.items()}
    fields |= {field: row.sum_ms((column,)) for field, column in _SECONDS.items()}
    left = [number for column in _LEFT if (number := row.whole(column)) is not None]
    fields["overflowed"] = sum(left) if left else None
    fields["occupied_ms"] = row.sum_ms(("I_ACDTIME", "I_ACWTIME"))
    logged_in, pauses = row.number("I_STAFFTIME"), row.number("I_AUXTIME")
    on_duty = all(row.number(column) is not None for column in _STAFFED[:3])
    if logged_in is not None and pauses is not None:
        fields["staffed_ms"] = round((logged_in - pauses) * 1000)
    elif on_duty:
        fields["staffed_ms"] = row.sum_ms(_STAFFED)
    if row.whole("SVCLEVELCHG"):
        # Counted at two thresholds within the interval: none of them is that of the row.
        fields |= {"definition_changed": 1, "threshold_ms": None}
    if row.whole("INCOMPLETE") and length_ms is not None:
        fields["as_of_ms"] = spot.start_ms + length_ms - 1
    return fields


def spot_of_report(
    cells: Mapping[str, str], clock: Clock, titles: Mapping[str, str], name: Callable[[str, str], str]
) -> Spot:
    """The split and the instant of a row of the Split/Skill Interval report.

    Args:
        cells: by the field that the heading gives.
        clock: of the file.
        titles: the date, the split and its ACD in the lines above the table.
        name: gives the name of a split of an ACD.

    Raises:
        RecordError: a cell that cannot be read, no date, no split.
    """
    queue = name(cells.get("queue") or titles.get("queue", ""), cells.get("acd") or titles.get("acd", ""))
    day = _day(cells.get("date") or titles.get("date", ""), "Date", clock)
    return Spot(queue, *clock.start(queue, day, _stretch(cells)[0]))


def of_report(cells: Mapping[str, str], spot: Spot) -> Fields:
    """The fields of a row of the Split/Skill Interval report.

    Args:
        cells: by the field that the heading gives.
        spot: of the row.

    Raises:
        RecordError: a cell that cannot be read.
    """
    row = _Row(cells)
    first, last = _stretch(cells)
    length_ms = None if last is None else (last - first) % _DAY_MINUTES * 60_000
    answered, abandoned, flowed = (row.whole(field) for field in ("answered", "abandoned", "overflowed"))
    offered = None if answered is None or abandoned is None else answered + abandoned + (flowed or 0)
    fields: Fields = {"start_ms": spot.start_ms, "length_ms": length_ms, "offered": offered}
    fields |= {"answered": answered, "handled": answered, "abandoned": abandoned, "overflowed": flowed}
    derived = []
    for field in ("wait", "talk", "wrap"):
        average = _average(cells.get(field, ""), field)
        fields[f"{field}_ms"] = None if average is None or answered is None else average * answered
        if average is not None and answered:
            derived.append(f"{field}_seconds={_HALF_SECOND * answered:g}")
    staffed = row.number("staffed")
    if staffed is not None and length_ms is not None:
        fields["staffed_ms"] = round(staffed * length_ms)
        derived.append(f"staffed_seconds={_HALF_TENTH * length_ms / 1000:g}")
    return fields | {"derived": derived}


def _stretch(cells: Mapping[str, str]) -> tuple[int, int | None]:
    """Start of a row of the report, and its end where it says one, in minutes after midnight.

    Raises:
        RecordError: it is no stretch.
    """
    text = cells.get("time", "")
    first, last = _minutes(start_of_range(text, "-")), _minutes(text.rpartition("-")[2])
    if first is None or last is None:
        raise RecordError(f"interval_start: column Time has {text[:80]!r}; expected a stretch such as 9:00- 9:30AM")
    return first, last if "-" in text else None


def _day(text: str, column: str, clock: Clock) -> datetime:
    try:
        return clock.date(text)
    except ValueError:
        raise RecordError(f"interval_start: {column} has {text[:80]!r}; expected a date such as 3/2/2026") from None


def _minutes(text: str) -> int | None:
    """Minutes after midnight of a clock; 24:00 is that of the day after."""
    if text.strip() in _MIDNIGHT:
        return _DAY_MINUTES
    for form in _CLOCKS:
        try:
            moment = datetime.strptime(text.strip().upper().replace(" ", ""), form)  # noqa: DTZ007 - a clock alone
        except ValueError:
            continue
        return moment.hour * 60 + moment.minute
    return None


def _average(text: str, field: str) -> int | None:
    """Milliseconds of an average such as 3:10, :22 or 1:15:10."""
    if not text:
        return None
    match = re.fullmatch(r"(?:(?:([0-9]{1,4}):)?([0-9]{0,4}):)?([0-9]{1,6})", text)
    if match is None:
        raise RecordError(f"{field}_seconds: has {text[:80]!r}; expected minutes and seconds such as 3:10")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return (hours * 3600 + minutes * 60 + seconds) * 1000
