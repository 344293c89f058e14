"""Breaches that a restart must know still: who was told of an incident's beginning is to be told of its end.

A broker with disks keeps the topic for days, and workers read it from its beginning. An embedded one forgets what is
acknowledged; so what belongs to an incident that is open, or ended less than a day ago, is kept for it.
"""

from collections.abc import Sequence

from agents.live.kept.log import KeptMessage
from agents.notices.incidents import Change, Incidents
from streams.own_messages import read_row
from streams.topics import TOPIC_BREACHES

__all__ = ["needless"]


def needless(messages: Sequence[KeptMessage], now_ms: int) -> list[KeptMessage]:
    """The messages of `breaches` that nobody has to be told of any more.

    Args:
        messages: all that are kept.
        now_ms: the driver's clock.
    """
    incidents, known = Incidents(), list[tuple[KeptMessage, str]]()
    for message in sorted(messages, key=lambda each: each.at_ms):
        try:
            change = Change.of(read_row(TOPIC_BREACHES, message.value), message.at_ms)
        except ValueError:
            known.append((message, ""))  # another program's, which the history has noted
        else:
            incidents.put(change)
            known.append((message, change.incident_id))
    standing = incidents.standing(now_ms)
    return [message for message, incident in known if incident not in standing]
