"""The names of topics: what workers, producers and screens send each other is found under them.

Each takes the site's prefix (`config.servers`) before it is a topic of a broker.
"""

from typing import Final

__all__ = [
    "TOPIC_BREACHES",
    "TOPIC_CALL_DATA",
    "TOPIC_DEAD_LETTERS",
    "TOPIC_EVALUATIONS",
    "TOPIC_PROGRAM_DAYS",
    "TOPIC_RESULTS",
]

TOPIC_CALL_DATA: Final = "call-data"
"""Every kind of record, keyed by queue: the one input."""
TOPIC_RESULTS: Final = "interval-results"
"""Results of intervals, keyed by queue."""
TOPIC_BREACHES: Final = "breaches"
"""Each change of each breach, keyed by queue or program."""
TOPIC_PROGRAM_DAYS: Final = "program-days"
"""Contacts handled by queue and local day, keyed by program: the input of rules over a program."""
TOPIC_DEAD_LETTERS: Final = "dead-letters"
"""Records that could not be counted."""
TOPIC_EVALUATIONS: Final = "evaluations"
"""Evaluations as they count, for the history alone."""
