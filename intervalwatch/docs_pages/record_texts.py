"""The meaning of every field of a record, for the reference; a test compares the names with the fields there are."""

from collections.abc import Mapping
from typing import Final

__all__ = ["FIELD_TEXTS", "TYPE_TEXTS"]

TYPE_TEXTS: Final[Mapping[str, str]] = {
    "contact": "One visit: a stay of a contact in one queue, as last reported.",
    "interval": "One interval's call data so far, as ACDs export it.",
    "plan": "The forecast and the schedule of one interval, in a named version.",
    "agent_state": "From `since` on, the agent is in this state. It is sent once to each of the agent's queues, to the "
    "old and the new ones when they change.",
    "evaluation": "One monitored transaction (item 2.4).",
}

_QUEUE = "the queue as the configuration names it; the key of the message"
_TALK = "talk time, seconds"
_HOLD = "hold time, seconds"
_WRAP = "after-contact work, seconds"
_TEAM = "the agent's team at that time"
_SHIFT = "the agent's shift at that time"
_START = "start of the interval; a multiple of its length in local standard time"

FIELD_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "contact": {
        "contact_id": "name of the contact; with its queue the identity of the record",
        "queue": _QUEUE,
        "offered_at": "when the contact entered the queue (not the IVR); the event time",
        "outcome": "`answered`, `abandoned` or `overflowed` (left in any other way); empty: still waiting",
        "exited_at": "when it left the queue; empty beside `wait_seconds`: offer + wait",
        "wait_seconds": "where the feed measures the wait itself; else exit - offer",
        "talk_seconds": _TALK,
        "hold_seconds": _HOLD,
        "wrap_seconds": _WRAP,
        "agent": "who handled it",
        "team": _TEAM,
        "shift": _SHIFT,
        "channel": "`voice`, `chat`, …, of a queue that the configuration does not name",
        "updated_at": "how new the copy is; empty: `exited_at`, then `offered_at`",
    },
    "interval": {
        "program": "of a queue that the configuration does not name",
        "queue": _QUEUE,
        "channel": "of a queue that the configuration does not name",
        "interval_start": _START,
        "interval_seconds": "its length; the queue's own where it is empty, and it must be that",
        "as_of": "how far the counts go, and how new the copy is; empty: the interval's end",
        "offered": "contacts that entered the queue",
        "answered": "those an agent took",
        "answered_within": "of the answered: those that waited no longer than the threshold",
        "threshold_seconds": "the threshold that `answered_within` was counted at",
        "abandoned": "those that gave up",
        "abandoned_within": "of the abandoned: those that waited no longer than the threshold",
        "short_abandoned": "of the abandoned: those that waited no longer than the short-abandon limit",
        "overflowed": "those that left in any other way",
        "waiting": "those still in the queue",
        "wait_seconds": "wait of the answered, summed",
        "talk_seconds": f"{_TALK}, summed",
        "hold_seconds": f"{_HOLD}, summed",
        "wrap_seconds": f"{_WRAP}, summed",
        "handled": "contacts whose handling ended",
        "occupied_seconds": "agents' handling and wrap time inside the interval",
        "available_seconds": "agents' time free and ready",
        "staffed_seconds": "agents' time logged in and assigned to the queue, without breaks",
        "service_level_reported": "the feed's own service level, a ratio; it is compared with the recomputed one",
        "source": "who reports",
    },
    "plan": {
        "plan_version": "name of the version",
        "published_at": "when this version was published; the event time",
        "queue": _QUEUE,
        "interval_start": _START,
        "interval_seconds": "its length; shorter rows are rolled up, longer ones (up to an hour) split",
        "forecast_offered": "contacts expected",
        "forecast_aht_seconds": "average handle time expected, seconds",
        "required_agents": "the plan's own requirement, agents",
        "scheduled_agents": "agents productive on the queue (rostered less breaks, training and absence)",
    },
    "agent_state": {
        "agent": "who",
        "team": _TEAM,
        "shift": _SHIFT,
        "queues": "the agent's queues; in CSV joined by `;`",
        "state": "`available`, `handling`, `wrap`, `unavailable` (logged in, not to be had) or `offline`",
        "handling_queue": "the queue that handling or wrap is for; its time counts wholly there",
        "reason": "why unavailable",
        "since": "from when on; the event time",
        "sequence": "orders states of one instant; empty: 0",
    },
    "evaluation": {
        "evaluation_id": "name of the evaluation; the identity of the record",
        "contact_id": "the contact that was monitored",
        "queue": _QUEUE,
        "agent": "who handled it",
        "team": _TEAM,
        "shift": _SHIFT,
        "handled_at": "when it was handled; says which month it belongs to",
        "evaluated_at": "when it was evaluated, and how new the copy is; the event time",
        "evaluator": "who evaluated it",
        "selection": "`random` (counts in accuracy; empty means it) or `targeted` (shown apart)",
        "checks": "a list of `{name, family, passed}`: family `end_user`, `business`, `compliance` or `non_critical`; "
        "passed true, false, or null for not applicable",
    },
}
"""By record type and field."""
