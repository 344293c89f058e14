"""Names of queues, agents and teams in Amazon Connect's objects: the name, else the end of the resource's name."""

from collections.abc import Mapping
from typing import Any, Final

from streams.sources.objects.fields import part, text

__all__ = ["agent_name", "is_agents_own", "queue_name", "team_name"]

_OWN: Final = "/queue/agent/"
_LEVELS: Final = ("Level5", "Level4", "Level3", "Level2", "Level1")


def queue_name(queue: Mapping[str, Any], field: str) -> str | None:
    """The queue's name; the id at the end of its ARN where it has none."""
    return text(queue, "Name", field) or _id(queue, field)


def is_agents_own(queue: Mapping[str, Any], field: str) -> bool:
    """Whether it is the queue that each agent has for calls to this agent alone; such a queue has no name."""
    return _OWN in (text(queue, "ARN", field) or "")


def agent_name(agent: Mapping[str, Any], field: str) -> str | None:
    """The agent's user name."""
    return text(agent, "Username", field)


def team_name(groups: Mapping[str, Any]) -> str | None:
    """The lowest group of the agent's hierarchy; contact records and events call its name differently."""
    for level in _LEVELS:
        group = part(groups, level, "team")
        if name := text(group, "GroupName", "team") or text(group, "Name", "team"):
            return name
    return None


def _id(resource: Mapping[str, Any], field: str) -> str | None:
    return (text(resource, "ARN", field) or "").rpartition("/")[2] or None
