"""Days of a queue to be projected: plans, contacts and agents of half hours, and a look at what an engine knows."""

import numpy as np
from engine import HALF_HOUR, MINUTE, QUEUE, at, contact

from agents.engine.queue import QueueEngine
from agents.projection.inputs import QueueAhead
from agents.projection.outcome import Projection
from agents.projection.project import project_one
from streams.records import AgentState, Contact, Plan

__all__ = ["DAY", "HOUR", "HOURS", "MONDAY", "RATE", "agents", "calls", "look", "plan", "reasons"]

HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = at("2026-03-02T00:00")
HOURS = {"mon-fri": "08:00-20:00"}
RATE = 40


def plan(day_ms: int, first: int = 16, last: int = 40, *, heads: float | None = 8) -> list[Plan]:
    """A plan for half hours of a day, published the evening before."""
    return [
        Plan("v1", day_ms - HOUR, day_ms + place * HALF_HOUR, HALF_HOUR, float(RATE), 240_000, None, heads)
        for place in range(first, last)
    ]


def calls(day_ms: int, first: int = 16, last: int = 40, rate: float = RATE, seed: int = 1) -> list[Contact]:
    """Contacts of a day's half hours, each answered at once and handled for 240 s."""
    rng = np.random.default_rng([seed, day_ms % 2**31])
    return [
        contact(f"{day_ms + place}.{n}", day_ms + place * HALF_HOUR + int(ms), wait=5, talk=240)
        for place in range(first, last)
        for n, ms in enumerate(np.sort(rng.integers(0, HALF_HOUR, rng.poisson(rate))))
    ]


def agents(day_ms: int, heads: int = 8, begin: int = 8 * HOUR, end: int = 20 * HOUR) -> list[AgentState]:
    """Agents who are available for a span of a day."""
    states = []
    for n in range(heads):
        for state, since in (("available", begin), ("offline", end)):
            states.append(AgentState(f"a{n}", day_ms + since, state, (QUEUE,)))
    return states


def look(engine: QueueEngine, now: int) -> tuple[QueueAhead, Projection]:
    """The inputs at an instant, and their projection."""
    assert engine.view.intervals is not None
    inputs = engine.view.intervals.outlook.inputs(now)
    return inputs, project_one(inputs, now)


def reasons(projection: Projection) -> list[str]:
    """Why something cannot be projected."""
    return [note.reason for note in projection.notes]
