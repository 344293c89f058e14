"""Incidents: the breaches of one queue that tell one story, so that people hear it once.

A caller who waits, a volume above its forecast and agents who are missing are one story, *too few hands*. So a breach
joins the open incident of its queue and side if it opens soon after its first, or if callers feel that one already.
Else it begins one: a missed service level is never swallowed by an older story about the plan. A rule without a side
tells a story by itself; a silent source tells one for all its queues (docs/concepts/breaches.md#incidents).
"""

from collections.abc import Collection
from typing import Final

import msgspec

from config.rules import RULES, Side
from streams.results import breach_id

__all__ = ["Incident", "incident_of_notice", "incident_of_source", "join", "side_of"]

_SOON: Final = 2
"""Number of intervals after an incident's first breach in which any breach of its side joins it."""


class Incident(msgspec.Struct, array_like=True):
    """An incident that later breaches may join. Fields are appended, never reordered."""

    incident_id: str
    side: Side
    opened_ms: int
    """The interval that opened its first breach."""
    is_felt: bool
    """Whether it holds a breach that callers feel."""


def side_of(rule: str, observed: float | None, limit: float | None) -> Side:
    """The side on which a breach of a rule stands.

    Args:
        rule: its name.
        observed: the figure that opened it; None: there is none, since more came than nothing was expected.
        limit: the limit that it is beyond.
    """
    side = RULES[rule].side
    if side != "by_limit":
        return side
    return "too_many" if observed is not None and limit is not None and observed < limit else "too_few"


def join(
    held: list[Incident], still_open: Collection[str], rule: str, side: Side, identity: str, opened_ms: int, length: int
) -> str:
    """The incident of a breach that opens; where none fits, it begins one.

    Args:
        held: the queue's incidents, oldest first; brought up in place.
        still_open: incidents of which a breach is open.
        rule: of the breach.
        side: of the breach.
        identity: its id.
        opened_ms: the interval that opens it.
        length: of an interval, in milliseconds.
    """
    if not side:
        return identity
    held[:] = [incident for incident in held if incident.incident_id in still_open]
    latest = next((incident for incident in reversed(held) if incident.side == side), None)
    if latest is None or not (latest.is_felt or opened_ms <= latest.opened_ms + _SOON * length):
        latest = Incident(identity, side, opened_ms, is_felt=False)
        held.append(latest)
    latest.is_felt = latest.is_felt or RULES[rule].is_felt
    return latest.incident_id


def incident_of_source(rule: str, source: str, through_ms: int) -> str:
    """The incident of a silent source, the same for all queues that it feeds.

    Args:
        rule: the one that tells of it.
        source: its name.
        through_ms: its last word.
    """
    return breach_id(rule, source, "", through_ms)


def incident_of_notice(held: Collection[Incident], still_open: Collection[str], side: Side, takes_over: str) -> str:
    """The incident of a notice about an open interval: the latest open one of its side.

    Args:
        held: as for `join`.
        still_open: as for `join`.
        side: of the notice.
        takes_over: the id that the breach would have whose rule takes over when the interval is final.
    """
    found = [incident for incident in held if side and incident.side == side and incident.incident_id in still_open]
    return found[-1].incident_id if found else takes_over
