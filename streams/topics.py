"""The names of topics: what workers, producers and screens send each other is found under them.

Each takes the site's prefix (`config.servers`) before it is a topic of a broker. Those that hold or feed state take a
generation, too: a centre that outgrows its partitions goes on in new ones (docs/operations/kafka-producers.md#growing).
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

__all__ = [
    "APP_ID",
    "TABLE",
    "TOPIC_AHEAD",
    "TOPIC_BREACHES",
    "TOPIC_CALL_DATA",
    "TOPIC_DEAD_LETTERS",
    "TOPIC_EVALUATIONS",
    "TOPIC_JOURNAL",
    "TOPIC_PROGRAM_DAYS",
    "TOPIC_PROJECTIONS",
    "TOPIC_QUEUE_INTERVALS",
    "TOPIC_RESULTS",
    "TopicNames",
    "generation_of",
]

APP_ID: Final = "intervalwatch"
"""The consumer group of workers, less the topic prefix."""
TABLE: Final = "state"
"""The table that the state's changelog is of."""

TOPIC_CALL_DATA: Final = "call-data"
"""Every kind of record, keyed by queue: the one input."""
TOPIC_RESULTS: Final = "interval-results"
"""Results of intervals, keyed by queue."""
TOPIC_BREACHES: Final = "breaches"
"""Each change of each breach, keyed by queue or program."""
TOPIC_PROGRAM_DAYS: Final = "program-days"
"""Contacts handled by queue and local day, keyed by program: the input of rules over a program."""
TOPIC_QUEUE_INTERVALS: Final = "queue-intervals"
"""Results by queue, told to each pool of the queue and keyed by it: the input of rules over a pool."""
TOPIC_DEAD_LETTERS: Final = "dead-letters"
"""Records that could not be counted."""
TOPIC_EVALUATIONS: Final = "evaluations"
"""Evaluations as they count, for the history alone."""
TOPIC_JOURNAL: Final = "journal"
"""Entries of the journal, a copy of the history's, in one partition: they have one order."""

TOPIC_PROJECTIONS: Final = "projections"
"""The rest of each day as projected at some times of it, for the history alone."""
TOPIC_AHEAD: Final = "queue-ahead"
"""Inputs of projections, keyed by queue, for screens that have no state; in MessagePack, the newest counts."""


class TopicNames(NamedTuple):
    """The names that topics have on a broker."""

    prefix: str = ""
    generation: int = 1
    """How many sets of partitions the centre has had, this one included."""

    def of(self, topic: str) -> str:
        """The full name of one of the topics above."""
        return f"{self.prefix}{topic}{self._suffix}" if topic in _TIED else f"{self.prefix}{topic}"

    @property
    def table(self) -> str:
        """The table that state rests in."""
        return f"{TABLE}{self._suffix}"

    @property
    def changelog(self) -> str:
        """Full name of the topic that state rests in."""
        return f"{self.group}-{self.table}-changelog"

    @property
    def group(self) -> str:
        """The consumer group of workers."""
        return f"{self.prefix}{APP_ID}"

    @property
    def tied(self) -> tuple[str, ...]:
        """Full names of the topics whose partitions go together, the input first."""
        return self.of(TOPIC_CALL_DATA), self.of(TOPIC_PROGRAM_DAYS), self.of(TOPIC_QUEUE_INTERVALS), self.changelog

    @property
    def _suffix(self) -> str:
        return "" if self.generation == 1 else f"-g{self.generation}"


_TIED: Final = frozenset({TOPIC_CALL_DATA, TOPIC_PROGRAM_DAYS, TOPIC_QUEUE_INTERVALS})


def generation_of(topics: Iterable[str], prefix: str) -> int:
    """The generation that is in force: the newest whose input topic is there.

    Args:
        topics: the names that the broker has.
        prefix: the site's.
    """
    form = re.compile(rf"{re.escape(prefix)}{TOPIC_CALL_DATA}-g([1-9][0-9]{{0,5}})")
    return max((int(found[1]) for found in map(form.fullmatch, topics) if found), default=1)
