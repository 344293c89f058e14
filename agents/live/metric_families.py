"""What each metric says of itself on the page: its help, in the words of the contract, and its type."""

from typing import Final

from streams.names import (
    INTERVAL_METRICS,
    METRIC_AFTER_THE_FACT,
    METRIC_BREACH_ACTIVE,
    METRIC_BREACH_EFFECT,
    METRIC_BREACH_LIMIT,
    METRIC_BREACH_OBSERVED,
    METRIC_BREACHES_OPENED,
    METRIC_CORRECTIONS,
    METRIC_INTERVALS_FINAL,
    METRIC_LAG,
    METRIC_MONITORED,
    METRIC_MONITORED_RIGHT,
    METRIC_NEVER_SEEN,
    METRIC_QUEUES_OPEN,
    METRIC_QUEUES_OVERDUE,
    METRIC_RANGE_HIGH,
    METRIC_RANGE_LOW,
    METRIC_RECORDS,
    METRIC_RECOVERING,
    METRIC_SIGMA,
    METRIC_TARGET,
    METRIC_WATERMARK,
)

__all__ = ["HEADS"]

_HELP: Final = {
    "interval_start": "Start of the interval, seconds since 1970.",
    "offered": "Contacts that entered the queue in the interval.",
    "answered": "Of the offered: those an agent took.",
    "answered_within": "Of the answered: those that waited no longer than the threshold.",
    "abandoned": "Of the offered: those that gave up.",
    "short_abandoned": "Of the abandoned: those that waited no longer than the short-abandon limit.",
    "overflowed": "Of the offered: those that left in any other way.",
    "wait_seconds": "Wait of the answered, summed.",
    "handle_seconds": "Talk, hold and wrap of the contacts whose handling ended in the interval, summed.",
    "handled": "Contacts whose handling ended in the interval.",
    "staffed_agents": "Agents logged in and assigned to the queue, mean over the interval.",
    "scheduled_agents": "Agents the plan has productive on the queue.",
    "required_agents": "Least agents that meet the service objective at the actual volume and AHT.",
    "forecast_offered": "Contacts the plan expects.",
    "forecast_aht_seconds": "Average handle time the plan expects.",
    "service_level_numerator": "Contacts served in time, in the queue's own definition of the service level.",
    "service_level_denominator": "Contacts the service level is taken over, in the queue's own definition.",
}
_GAUGES: Final = {
    **{INTERVAL_METRICS[column]: text for column, text in _HELP.items()},
    METRIC_TARGET: "Target of the service level.",
    METRIC_RANGE_LOW: "Low end of the service level's range.",
    METRIC_RANGE_HIGH: "High end of the service level's range.",
    METRIC_SIGMA: "Process sigma of contacts served in time, shift included, over the last local days.",
    METRIC_WATERMARK: "How far the queue's call data has come, seconds since 1970.",
    METRIC_BREACH_ACTIVE: "1 while the breach is open, 0 for 15 minutes after.",
    METRIC_BREACH_OBSERVED: "The figure that is in breach.",
    METRIC_BREACH_LIMIT: "The limit it is held against.",
    METRIC_BREACH_EFFECT: "Effect of a cause on the service level, as a ratio.",
    METRIC_NEVER_SEEN: "1 for a configured queue without call data an hour into its open time.",
    METRIC_QUEUES_OPEN: "Queues of this worker in their open hours.",
    METRIC_QUEUES_OVERDUE: "Queues of this worker with an interval that is due by the clock and not final.",
    METRIC_LAG: "Messages of the input topic that have not been applied yet.",
    METRIC_MONITORED: "Transactions of the month so far, chosen at random, with an applicable check of the family.",
    METRIC_MONITORED_RIGHT: "Of the monitored: those without an error of the family.",
    METRIC_RECOVERING: "1 while the worker reads its state and shows no figures.",
}
_COUNTERS: Final = {
    METRIC_BREACHES_OPENED: "Breaches and live notices that opened.",
    METRIC_RECORDS: "Records by what became of them.",
    METRIC_CORRECTIONS: "Results after the first of their interval.",
    METRIC_INTERVALS_FINAL: "Intervals that became final.",
    METRIC_AFTER_THE_FACT: "Plan rows for a final interval that had a plan.",
}
HEADS: Final = {
    name: f"# HELP {name} {text}\n# TYPE {name} {kind}\n"
    for kind, texts in (("gauge", _GAUGES), ("counter", _COUNTERS))
    for name, text in texts.items()
}
"""The two lines before the samples of each metric."""
