"""Counts and times of invented queues, from which exports are written in the layouts of many systems."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

__all__ = ["Half", "Visit", "clock", "comma", "halves", "stretch", "visits"]


class Half(NamedTuple):
    """One interval of one queue; times in seconds, summed."""

    queue: str
    at: datetime
    end: datetime
    offered: int
    answered: int
    within: int
    abandoned: int
    short: int
    overflowed: int
    wait: int
    talk: int
    hold: int
    wrap: int
    agents: float
    """Staffed."""
    available: int

    @property
    def aht(self) -> int:
        """Mean handling of the answered, whole seconds."""
        return self.mean(self.talk + self.hold + self.wrap)

    def mean(self, seconds: int) -> int:
        """Seconds by answered contact, whole."""
        return round(seconds / self.answered) if self.answered else 0


class Visit(NamedTuple):
    """One contact."""

    number: int
    queue: str
    at: datetime
    wait: int
    outcome: str
    talk: int
    hold: int
    wrap: int
    agent: str


def halves(
    *queues: str, seed: int, minutes: int = 30, count: int = 16, day: int = 16, days: int = 1, overflow: bool = False
) -> Iterator[Half]:
    """A working day from 8:00 of each queue, by queue and time."""
    dice = random.Random(seed)
    for queue in queues:
        mean, aht = dice.randrange(25, 70), dice.randrange(180, 420)
        for n in range(count * days):
            at = datetime(2026, 3, day + n // count, 8) + timedelta(minutes=minutes * (n % count))  # noqa: DTZ001 - local
            offered = max(8, round(dice.gauss(mean, mean**0.5)))
            abandoned = min(offered // 3, dice.choice([0, 1, 1, 2, 3, 5]))
            overflowed = dice.choice([0, 0, 1, 2]) if overflow else 0
            answered = offered - abandoned - overflowed
            within = round(answered * dice.uniform(0.62, 0.97))
            each = dice.randrange(9, 26)
            hold, wrap = round(answered * dice.uniform(4, 22)), round(answered * dice.uniform(15, 45))
            talk = round(answered * dice.uniform(0.9, 1.1) * aht)
            available = round(dice.uniform(0.1, 0.3) * (talk + hold + wrap))
            agents = round((talk + hold + wrap + available) / (minutes * 60), 1)
            yield Half(
                queue, at, at + timedelta(minutes=minutes), offered, answered, within, abandoned,
                min(abandoned, dice.randrange(2)), overflowed, answered * each + dice.randrange(answered), talk, hold,
                wrap, agents, available,
            )  # fmt: skip


def visits(*queues: str, seed: int, count: int = 60) -> Iterator[Visit]:
    """Contacts of a morning in the order of their arrival."""
    dice, at = random.Random(seed), datetime(2026, 3, 16, 8, 0, 11)  # noqa: DTZ001 - local
    for number in range(count):
        at += timedelta(seconds=dice.randrange(20, 200))
        gone = dice.random() < 0.15
        talk = 0 if gone else dice.randrange(40, 600)
        yield Visit(
            501_230 + number * 7, dice.choice(queues), at, dice.randrange(3, 75), "abandoned" if gone else "answered",
            talk, 0 if gone else dice.choice([0, 0, 12, 45]), 0 if gone else dice.randrange(5, 60),
            "" if gone else dice.choice(["Ana Ruiz", "Ben Okoro", "Chiara Neri"]),
        )  # fmt: skip


def clock(seconds: int) -> str:
    """Seconds as 0:03:25."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def stretch(seconds: int) -> str:
    """Seconds as 3:25."""
    return f"{seconds // 60}:{seconds % 60:02}"


def comma(number: float, digits: int = 1) -> str:
    """A number as Germans and others write it: 1.234,5."""
    return f"{number:,.{digits}f}".translate(str.maketrans(",.", ".,"))
