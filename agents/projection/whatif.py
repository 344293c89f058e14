"""The rest of a queue's day, if agents, volume or handle time were others for a while.

One set of parameters for the command, the HTTP API and the wallboard, with its bounds: `asked_of`. Agents may go to
another queue; then both days are shown. Nothing here reads a clock or changes anything: it is an answer to a question.
"""

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from agents.projection.inputs import Change, QueueAhead
from agents.projection.outcome import Projection
from agents.projection.project import project_one

__all__ = ["PARAMETERS", "Asked", "Both", "UnknownQueueError", "WhatIf", "asked_of", "what_if"]

PARAMETERS: Final = {
    "queue": "an id",
    "agents": "a whole number from -1000 to 1000: agents more, or fewer",
    "to": "an id: the agents leave `queue` and go to this one",
    "volume": "a number from -100 to 1000: percent more contacts, or fewer",
    "aht": "a number from -90 to 1000: percent longer handle time, or shorter",
    "from": "HH:MM, local time of the queue; by default now",
    "for": "minutes, 1 to 1440; by default to the close of day",
}
"""The parameters of a question, with what each may be."""
_AGENTS: Final = 1000
_MOST: Final = 1000.0
_LEAST: Final = {"volume": -100.0, "aht": -90.0}
_MINUTES: Final = 1440
_SHOWN: Final = 40
"""Characters of a bad value that its message quotes."""
_DAY: Final = dt.timedelta(days=1)


class UnknownQueueError(LookupError):
    """A queue that nothing is known of here."""


class Asked(msgspec.Struct, frozen=True):
    """A question about a day: agents, volume or handle time that somebody thinks of."""

    queue: str
    agents: int = 0
    """Agents more, or fewer; with `to`, those who leave."""
    to: str | None = None
    """The queue that they go to; None: they come from nowhere, or go home."""
    volume: float = 0.0
    """Percent more contacts, -100 or more."""
    aht: float = 0.0
    """Percent longer handle time, -90 or more."""
    begin: tuple[int, int] | None = None
    """Hour and minute of the local day; None: now."""
    minutes: int | None = None
    """None: to the close of day."""


class Both(NamedTuple):
    """A queue's day without and with the change."""

    before: Projection
    after: Projection

    def over(self, from_ms: int, to_ms: int) -> tuple[float | None, float | None]:
        """The service level over a span, without and with it; None where none is projected."""
        return _over(self.before, from_ms, to_ms), _over(self.after, from_ms, to_ms)


class WhatIf(NamedTuple):
    """The answer."""

    asked: Asked
    from_ms: int
    to_ms: int
    queues: tuple[Both, ...]
    """The queue's; and that of the queue to which agents go."""


def asked_of(parameters: Mapping[str, str]) -> Asked:
    """The question, from texts as people write them.

    Raises:
        ValueError: naming the parameter that is none, or out of its bounds, in one line.
    """
    for name in parameters:
        if name not in PARAMETERS:
            raise ValueError(f"{name[:_SHOWN]}: is no parameter; known are {', '.join(PARAMETERS)}")
    queue, to = parameters.get("queue", ""), parameters.get("to") or None
    if not queue:
        raise ValueError("queue: is missing; name the queue")
    asked = Asked(
        queue=queue,
        agents=round(_number(parameters, "agents", -_AGENTS, _AGENTS, whole=True)),
        to=to,
        volume=_number(parameters, "volume", _LEAST["volume"], _MOST),
        aht=_number(parameters, "aht", _LEAST["aht"], _MOST),
        begin=_clock(parameters.get("from")),
        minutes=round(_number(parameters, "for", 1, _MINUTES, whole=True)) if "for" in parameters else None,
    )
    if to is not None and not asked.agents:
        raise ValueError("to: needs agents, how many go there")
    if to == queue:
        raise ValueError(f"to: {to[:_SHOWN]!r} is the queue that they leave")
    if not (asked.agents or asked.volume or asked.aht):
        raise ValueError("nothing is changed; give agents, volume or aht")
    return asked


def _number(parameters: Mapping[str, str], name: str, low: float, high: float, *, whole: bool = False) -> float:
    text = parameters.get(name, "0").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high or (whole and value != round(value)):
        raise ValueError(f"{name}: found {text[:_SHOWN]!r}; write {PARAMETERS[name]}")
    return value


def _clock(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip(), re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"from: found {text[:_SHOWN]!r}; write {PARAMETERS['from']}")
    return int(found[1]), int(found[2])


def what_if(queues: Mapping[str, QueueAhead], asked: Asked, now_ms: int) -> WhatIf:
    """The day of the queue, and of the one that agents go to, without and with the change.

    Args:
        queues: what is known, by queue.
        asked: the question.
        now_ms: the time for which it is asked.

    Raises:
        UnknownQueueError: one of its queues is not known here.
        ValueError: the span is not ahead of now in the queue's day.
    """
    for name in (asked.queue, asked.to):
        if name is not None and name not in queues:
            raise UnknownQueueError(f"queue {name!r}: is not known here")
    queue = queues[asked.queue]
    from_ms, to_ms = _span(queue, asked, now_ms)
    agents = -abs(asked.agents) if asked.to is not None else asked.agents
    change = Change(from_ms, to_ms, agents, 1 + asked.volume / 100, 1 + asked.aht / 100)
    sides = [Both(project_one(queue, now_ms), project_one(queue, now_ms, [change]))]
    if asked.to is not None:
        there = Change(from_ms, to_ms, -agents)
        other = queues[asked.to]
        sides.append(Both(project_one(other, now_ms), project_one(other, now_ms, [there])))
    return WhatIf(asked, from_ms, to_ms, tuple(sides))


def _span(queue: QueueAhead, asked: Asked, now_ms: int) -> tuple[int, int]:
    """The span in milliseconds: inside the rest of the queue's local day."""
    begin_ms, end_ms = queue.begin_ms, queue.end_ms
    if not begin_ms or end_ms <= now_ms:
        raise ValueError(f"queue {queue.queue!r}: its day is over, or it is closed today; there is nothing to change")
    from_ms = max(now_ms, begin_ms)
    if asked.begin is not None:
        zone = ZoneInfo(queue.timezone)
        day = dt.datetime.fromtimestamp(begin_ms / 1000, zone).date()
        at = [dt.datetime.combine(day + more, dt.time(*asked.begin), zone) for more in (_DAY * 0, _DAY)]
        # A day that runs over midnight has hours of the next date.
        from_ms = next((ms for each in at if (ms := round(each.timestamp() * 1000)) >= begin_ms), end_ms)
    to_ms = end_ms if asked.minutes is None else min(from_ms + asked.minutes * 60_000, end_ms)
    if from_ms >= end_ms or to_ms <= now_ms:
        raise ValueError("from: the span is not ahead in the queue's day; give a later time, or another length")
    return max(from_ms, now_ms), to_ms


def _over(projection: Projection, from_ms: int, to_ms: int) -> float | None:
    """The service level of a span: its intervals by the contacts still to count, each by the part that it covers."""
    good = counted = 0.0
    for interval in projection.intervals:
        begin, end = max(interval.start_ms, projection.known_ms), interval.start_ms + projection.interval_ms
        share = (min(end, to_ms) - max(begin, from_ms)) / max(end - begin, 1)
        if share <= 0 or interval.counted <= 0:
            continue
        if interval.projected_service_level is None:
            return None
        good += interval.projected_service_level * interval.counted * share
        counted += interval.counted * share
    return good / counted if counted > 0 else None
