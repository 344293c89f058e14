"""Facts of a table that all types of records need: its queue, its instants, and how its columns are written."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from typing import Any, Final
from zoneinfo import available_timezones

from streams.sources.proposal import Expected, Option, Proposal
from streams.sources.recognising.cells.instants import CLOCK, DATE, INSTANT, Written, day_first, instants_of, moments
from streams.sources.recognising.tables import Column, Table

__all__ = ["YES_OR_NO", "Findings", "Moment", "is_duration", "shares", "usual_step"]

_DAY_MS: Final = 86_400_000
_CODE: Final = re.compile(r"[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]+)*")
"""A name that no person gave: a UUID, or the like."""
_UTC: Final = re.compile(r"(?<![A-Za-z])(?:UTC|GMT|Zulu)(?![A-Za-z]|[+-]\d)|[(\[ _](?:utc|gmt)(?![a-z]|[+-]\d)")
_FEW: Final = 0.5
"""Share of different texts among a column's cells above which it names no queue."""
_WEAK: Final = ("group", "team", "disposition", "site", "channel", "")
"""Measures of columns that may name queues where none is called so; the empty one: nothing is known of it."""
_DURATIONS: Final = frozenset(
    {"talk", "hold", "wrap", "handle", "wait", "asa", "ivr", "ring", "aux", "login", "available", "occupied", "staffed",
     "wait_abandoned"}
)  # fmt: skip
_PLANNED: Final = frozenset({"forecast", "required", "scheduled"})
YES_OR_NO: Final = frozenset({"true", "false", "yes", "no", "y", "n", "ja", "nein", "si", "sí", "oui", "non", "0", "1"})
"""Cells that answer a question which only the name of the column asks."""
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_FIRST: Final = (
    *("Europe/", "Africa/", "Australia/", "Pacific/Auckland", "Asia/Kolkata", "Asia/Dubai"),
    *(f"America/{city}" for city in ("Argentina", "Sao_Paulo", "Mexico_City", "Bogota", "Santiago", "Lima")),
)
"""Beginnings of the names of time zones whose countries write the day before the month."""


@dataclass(slots=True)
class Moment:
    """Columns that give an instant together."""

    columns: tuple[Column, ...]
    value: dict[str, Any]
    """As it stands in the source."""
    ms: list[int | None]
    """On the wall clock, row by row."""
    kind: str
    note: str = ""
    doubt: str = ""
    other: dict[str, Any] | None = None
    """The value of the other reading of day and month, where that is in doubt."""
    whole: bool = True
    """Whether the names say that it is an instant."""

    def options(self, field: str) -> tuple[Option, ...]:
        """The ways to close its doubt."""
        if self.other is None:
            return ()
        order = "day first" if str(self.value).find("%d") < str(self.value).find("%m") else "month first"
        others = "month first" if order == "day first" else "day first"
        key = ("columns", field)
        return (Option(order, {key: self.value}), Option(others, {key: self.other}))


class Findings:
    """Everything that is found out about one table.

    Args:
        table: the table.
        path: of the file.
        expected: facts from outside.
        proposal: where it goes.
    """

    def __init__(self, table: Table, path: str, expected: Expected, proposal: Proposal) -> None:
        self.table, self.path, self.expected, self.proposal = table, path, expected, proposal
        self.used: set[str] = set()
        """Names of columns that are mapped."""

    def use(self, *columns: Column) -> None:
        """Note that columns are mapped."""
        self.used.update(column.name for column in columns)

    def queue(self) -> Column | None:
        """Map the queue; the column that names it, if one does."""
        named = [column for column in self.table.of("queue") if self._names_something(column)]
        column = self._best_queue(named)
        if column is not None:
            others = [one for one in named if one is not column and not _same_parts(one, column)]
            doubt = f"{others[0].name} may be the queue, too" if others else ""
            doubt = doubt or ("" if column.meaning.whole else f"of {column.name!r} only a part is understood")
            self._map_queue(column, doubt, others)
            return column
        return self._unnamed_queue()

    def is_guessed_queue(self, column: Column) -> bool:
        """Whether a column is mapped as the queue for want of a better one, so that it keeps its own meaning."""
        entry = self.proposal.entry("columns", "queue")
        return entry is not None and bool(entry.doubt) and entry.value == column.name

    def _unnamed_queue(self) -> Column | None:
        """Map the queue where no column is called so."""
        weak = [
            column
            for column in self.table.columns
            if column.meaning.measure in _WEAK and not column.meaning.statistic and self._names_something(column)
        ]
        groups = [column for column in weak if column.meaning.measure == "group"]
        title = self._titled()
        if title is not None and not groups:
            self._put_queue(title, "from the title of the file")
            return None
        weak = [column for column in weak if len(column.different) > 1] or weak
        column = self._best_queue(groups or [one for one in weak if one.meaning.measure] or weak)
        if column is None:
            self._put_queue(PurePath(self.path).stem, doubt="no column names the queue; this is the file's name")
            return None
        self._map_queue(
            column, "no column is called queue: is it this one?", [one for one in weak if one is not column]
        )
        return column

    def _put_queue(self, name: str, note: str = "", doubt: str = "") -> None:
        self.proposal.queues = [name]
        self.proposal.map("queue", {"const": name}, note, doubt)

    def _map_queue(self, column: Column, doubt: str, others: Iterable[Column]) -> None:
        self.use(column)
        self.proposal.queues = column.different
        note = f"{_counted(len(column.different), 'queue')}: {', '.join(column.different[:3])}"
        options = [Option(one.name, {("columns", "queue"): one.name}) for one in (column, *others)][:5]
        self.proposal.map("queue", column.name, note, doubt, options if doubt else ())

    def _names_something(self, column: Column) -> bool:
        """Whether a column's cells may be names that come again."""
        different = column.different
        named = column.meaning.measure in {"queue", "group"}
        if (
            not different
            or column.percent_signs
            or column.meaning.kinds & _PLANNED
            or (not named and (column.shown is not None or column.is_numeric))
        ):
            return False
        if column.shown is not None and column.shown.kind != CLOCK:
            return False  # a number such as 1501 may look like a clock
        if {text.casefold() for text in different} <= YES_OR_NO:
            return False
        if not any(letter.isalnum() for text in different for letter in text):
            return False  # a mark such as * names nothing
        if column.is_numeric and any("." in text or "," in text for text in different):
            return False
        return len(different) <= max(3, _FEW * len(column.filled))

    def _best_queue(self, columns: Sequence[Column]) -> Column | None:
        """Names before numbers, what is understood before what is not, more values before one."""
        return min(
            columns,
            key=lambda one: (
                not one.meaning.whole,
                one.is_numeric or "id" in one.meaning.tokens or bool(_CODE.fullmatch(one.different[0])),
                len(one.different) < 2,
                len(one.filled) < 0.95 * self.table.count,
                one.place,
            ),
            default=None,
        )

    def _titled(self) -> str | None:
        """The queue that a title line names: `Split/Skill: Sales`."""
        from streams.sources.recognising.names import meaning_of  # noqa: PLC0415 - only here

        for place, title in enumerate(self.table.titles):
            head, sign, tail = title.partition(":")
            following = self.table.titles[place + 1] if place + 1 < len(self.table.titles) else ""
            name = tail.strip() or (following if sign else "")
            if sign and name and meaning_of(head).measure == "queue" and not meaning_of(head).statistic:
                return name
        return None

    # --- instants

    def moment(self, *columns: Column) -> Moment | None:
        """The instant that one column, or a date's and a clock's, give."""
        shown = [column.shown for column in columns]
        if any(one is None for one in shown):
            return None
        first = shown[0]
        assert first is not None  # noqa: S101 - looked at above
        clock = shown[1] if len(shown) > 1 else None
        names = [column.name for column in columns]
        value: dict[str, Any] = {"column": names[0]} if len(names) == 1 else {"columns": names}
        formats = self._formats(first, clock)
        if formats:
            value["format"] = formats[0]
        if formats[1:]:
            value["also"] = list(formats[1:])
        span = clock.span if clock is not None else first.span
        if span:
            value["range"] = span
        texts = [column.texts for column in columns]
        ms = moments(first, texts[0])
        if clock is not None:
            ms = instants_of(ms, moments(clock, texts[1]))
        kind = INSTANT if clock is not None else first.kind
        found = Moment(columns, value, ms, kind, whole=all(column.meaning.whole for column in columns))
        self._order(found, first, clock)
        return found

    def _formats(self, first: Written, clock: Written | None) -> list[str]:
        if clock is None:
            return list(first.formats)
        return [f"{one} {two}" for two in clock.formats for one in first.formats]

    def _order(self, found: Moment, first: Written, clock: Written | None) -> None:
        """Decide which of day and month comes first, where digits leave that open."""
        if not first.other:
            return
        if "." in first.formats[0] and "." not in first.formats[0].partition("%d")[0]:
            return  # with points between them, the day stands in front everywhere
        texts = found.columns[0].texts
        said, why = day_first(first, texts, self.expected.now)
        by_weekday = self._by_weekday(first, texts)
        if by_weekday is not None:
            said, why = by_weekday, "the weekdays fit"
        doubt = ""
        if said is None:
            said, why = self._by_habit(first)
            doubt = f"{texts[0]} may be {_long(first.formats[0])} or {_long(first.other)}"
        swapped = Written(first.kind, (first.other, *first.formats[1:]), first.span)
        forms = self._formats(swapped, clock)
        other = {**found.value, "format": forms[0]} | ({"also": forms[1:]} if forms[1:] else {})
        if not said:
            found.value, other = other, found.value
            days = moments(swapped, texts)
            found.ms = days if clock is None else instants_of(days, moments(clock, found.columns[1].texts))
        found.note, found.doubt = why, doubt
        found.other = other if doubt else None

    def _by_weekday(self, first: Written, texts: Sequence[str]) -> bool | None:
        for column in self.table.columns:
            names = [text[:3].casefold() for text in column.texts]
            if not column.filled or not set(names) <= {*_WEEKDAYS, ""}:
                continue
            fits = [
                all(
                    ms is None or not name or _WEEKDAYS[(ms // _DAY_MS + 3) % 7] == name
                    for ms, name in zip(moments(first, texts, form), names, strict=True)
                )
                for form in (first.formats[0], first.other)
            ]
            if fits[0] != fits[1]:
                return fits[0]
        return None

    def _by_habit(self, first: Written) -> tuple[bool, str]:
        """Whether the first format, which has the day in front, is the likelier one by the habits of a country."""
        mine_is_day = first.formats[0].find("%d") < first.formats[0].find("%m")
        zone = self.expected.timezone
        points = 0
        if "." in first.formats[0]:
            points += 3
        if self.table.grid.options.get("delimiter") == ";":
            points += 2
        if any("%p" in form for column in self.table.columns if column.shown for form in column.shown.formats):
            points -= 2
        if zone is not None:
            points += 2 if zone.startswith(_DAY_FIRST) else -2 if zone.startswith("America/") else 0
        if any(not column.name.isascii() for column in self.table.columns):
            points += 1
        day = points > 0
        return day == mine_is_day, "as its country writes dates" if points else ""

    def say_zone(self, found: Moment) -> None:
        """Say in which time zone clocks are, where the name of their column or a column of zones does."""
        shown = found.columns[0].shown
        if shown is None or shown.offset:
            return
        if any(_UTC.search(column.name) for column in found.columns):
            self.proposal.put("timezone", "UTC", "by the name of the column")
            return
        zones = next((one for one in self.table.of("zone") if _are_zones(one)), None)
        if zones is None:
            return
        doubt = "" if zones.meaning.whole else f"are the clocks in the zone of {zones.name}?"
        self.use(zones)
        if len(zones.different) == 1:
            self.proposal.put("timezone", zones.different[0], f"by {zones.name}", doubt)
        else:
            found.value["timezone"] = {"column": zones.name}
            found.doubt = found.doubt or doubt

    def instants(self, *measures: str, kinds: Sequence[str] = (INSTANT,)) -> list[Column]:
        """Columns of instants whose names name one of some measures; all where none is given."""
        return [
            column
            for column in self.table.columns
            if column.shown is not None
            and column.shown.kind in kinds
            and not column.twice
            and (not measures or column.meaning.measure in measures)
        ]

    def pairs(self) -> list[tuple[Column, Column]]:
        """Columns of dates with columns of clocks."""
        dates = self.instants(kinds=(DATE,))
        clocks = [one for one in self.instants(kinds=(CLOCK,)) if not is_duration(one)]
        return [(date, clock) for date in dates for clock in clocks]


def is_duration(column: Column) -> bool:
    """Whether a column of clocks is one of durations, by its name."""
    meaning = column.meaning
    named = meaning.measure in _DURATIONS and not meaning.tokens & {"start", "end"}
    return named or meaning.statistic in {"avg", "max", "sum", "least", "median"}


def _are_zones(column: Column) -> bool:
    """Whether every row of a column has the IANA name of a time zone."""
    return len(column.filled) == len(column.texts) > 0 and set(column.different) <= available_timezones()


def _same_parts(one: Column, other: Column) -> bool:
    """Whether two columns name the same things, one by one."""
    pairs = set(zip(one.texts, other.texts, strict=True))
    return len(pairs) == len(set(one.texts)) == len(set(other.texts))


def _long(form: str) -> str:
    return "day/month" if form.find("%d") < form.find("%m") else "month/day"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def usual_step(starts: Mapping[str, Iterable[int]]) -> int | None:
    """The commonest distance between neighbouring starts of one queue, milliseconds; None: there are no two.

    Rows that are left out make longer ones, so that of common distances the shortest counts.
    """
    steps: Counter[int] = Counter()
    for one in starts.values():
        steps.update(after - before for before, after in pairwise(sorted(set(one))))
    if not steps:
        return None
    often = [step for step, count in steps.items() if count >= 0.1 * steps.most_common(1)[0][1]]
    return min(often)


def shares(left: Sequence[float | None], right: Sequence[float | None], tolerance: float = 1e-6) -> tuple[int, int]:
    """In how many rows two figures are equal, of how many in which both are known."""
    pairs = [(one, two) for one, two in zip(left, right, strict=True) if one is not None and two is not None]
    return sum(1 for one, two in pairs if abs(one - two) <= tolerance), len(pairs)
