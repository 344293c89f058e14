"""Days on which something happens, by lot, from call data alone: the lines of the table "What the alarm must do"."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from judged_queue import FIRST, CallData, Cell, settings_of
from sums import CONTESTANTS, SUMS, TARGET, Day

from copc.cusum import Spread

USUAL = 4
"""Half hours as usual before something happens."""


def start_of(place: int) -> int:
    """A half hour of a day that opens at 08:00."""
    return int(dt.datetime.combine(FIRST, dt.time(8), dt.UTC).timestamp() * 1000) + place * 1_800_000


class Happening(NamedTuple):
    """A line of the table."""

    text: str
    contacts: float
    """In half an hour, on average."""
    rule: str
    usual: float
    """The share answered in time, or lost, before."""
    then: tuple[float, ...]
    """The share in each half hour from then on; the last one repeats until the day is over."""
    wanted: tuple[tuple[int, str, float], ...]
    """Number, `intervals` or `contacts`, and the share of days that is to be told within them."""
    before: int = USUAL


def _fall(level: float, contacts: int, *wanted: tuple[int, str, float]) -> Happening:
    then = (level,) * 6 + (TARGET,)
    return Happening(
        f"service level falls to {level:.0%}, {contacts} contacts", contacts, SUMS[0], TARGET, then, wanted
    )


def _few(contacts: float, level: float, *wanted: tuple[int, str, float]) -> Happening:
    name = "total loss" if level == 0 else f"fall to {level:.0%}"
    before = 0 if wanted[0][1] == "day" else USUAL
    return Happening(f"{name}, {contacts:g} contacts", contacts, SUMS[0], TARGET, (level,), wanted, before)


HAPPENINGS = (
    _fall(0.55, 40, (6, "intervals", 0.85), (4, "intervals", 0.55)),
    _fall(0.55, 100, (6, "intervals", 0.90), (4, "intervals", 0.55)),
    _fall(0.55, 400, (6, "intervals", 0.95), (4, "intervals", 0.65)),
    *(_fall(0.40, size, (4, "intervals", 0.95)) for size in (40, 100, 400)),
    Happening(
        "alternating 78 / 30 %, 100 contacts",
        100,
        SUMS[0],
        TARGET,
        (0.78, 0.30) * 6,
        ((5, "intervals", 0.75), (8, "intervals", 0.95)),
        0,
    ),
    _few(15, 0.0, (60, "contacts", 1.0)),
    _few(5, 0.0, (0, "day", 0.90)),
    _few(2, 0.0, (0, "day", 0.90)),
    *(_few(size, 0.20, (40, "contacts", 0.90)) for size in (5, 10, 15)),
    Happening(
        "abandon rate rises to 18 %, 40 contacts",
        40,
        SUMS[2],
        0.03,
        (0.18,) * 6 + (0.03,),
        ((4, "intervals", 0.60), (6, "intervals", 0.85)),
    ),
)


def days_of(line: Happening, days: int, seed: int) -> list[Day]:
    """Days of 24 half hours, by lot."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(days):
        day = []
        for place, offered in enumerate(rng.poisson(line.contacts, 24).tolist()):
            since = place - line.before
            share = line.usual if since < 0 else line.then[min(since, len(line.then) - 1)]
            hits = int(rng.binomial(offered, share))
            day.append((offered, offered - hits, hits) if line.rule == SUMS[2] else (offered, hits, 0))
        found.append(day)
    return found


def within(line: Happening, day: Day, told: int | None, number: int, unit: str) -> bool:
    """Whether an interval is among those that must tell: so many of them, or until so many contacts came."""
    if told is None:
        return False
    if unit == "contacts":
        return sum(offered for offered, _, _ in day[line.before : told]) < number
    return unit == "day" or told - line.before < number


def told_by_engine(line: Happening, days: Sequence[Day], spread: Spread | None = None) -> list[int | None]:
    """The interval of each day that opens the rule's breach; breaches from before that time do not count.

    Args:
        line: what happens.
        days: on which it does.
        spread: what the queue's past has shown of its chance; None: it has no past.
    """
    settings = settings_of(Cell(300, 30, line.contacts, 1.0), ())
    found: list[int | None] = []
    for day in days:
        queue = CallData(settings, spread)
        told = None
        for place, counts in enumerate(day):
            opened = {record.rule for record in queue.judge(start_of(place), counts) if record.state == "opened"}
            if line.rule in opened and place >= line.before:
                told = place
                break
        found.append(told)
    return found


def told_at(line: Happening, day: Day, name: str, limit: float, weight: float = 1.0) -> int | None:
    """The interval in which a contestant reaches a limit."""
    path = enumerate(CONTESTANTS[name](line.rule, day, 1800, weight))
    return next((at for at, value in path if at >= line.before and value >= limit - 1e-9), None)


def shares(line: Happening, days: Sequence[Day], told: Sequence[int | None]) -> list[float]:
    """The share of days told within each wanted span."""
    pairs = list(zip(days, told, strict=True))
    return [float(np.mean([within(line, day, at, n, unit) for day, at in pairs])) for n, unit, _ in line.wanted]
