"""Whom a breach is to be told, and when: by route, hours and quiet time, before anything is sent.

Nothing is muted later: a message that was held back on its way would let people hear an end of which they never heard
the beginning, or a beginning without its end. So what is held back is not told until its time comes.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from agents.notices.incidents import Change, rank
from agents.notices.local_weeks import next_begin, span_end
from config.notify import NotifySettings, Quiet, Team

__all__ = ["Telling", "in_time", "targets", "told_by_team"]

_TURNS: Final = 20
"""Hours and quiet time may hold a message back in turn; so often at most."""


class Telling(NamedTuple):
    """One person who is to be told."""

    person: str
    at_ms: int
    team: str
    """Through which he is told."""
    held: bool
    """Whether hours or quiet time have held it back until then."""


def targets(change: Change, settings: NotifySettings, without_data: Sequence[tuple[int, int | None]]) -> list[Telling]:
    """Who is to be told of a breach that has just reached its severity, and when.

    Args:
        change: of the breach.
        settings: who is told.
        without_data: when the call data of its queue was missing; None: it still is.
    """
    row, severity = change.row, change.severity
    route = settings.route(change.program, change.queue, str(row.get("scope") or ""), str(row["item"]), severity)
    if route is None or rank(severity) < rank(route.at_least):
        return []
    at_ms = change.published_ms
    if change.rests_on_call_data:
        for since_ms, until_ms in without_data:
            if since_ms <= at_ms and (until_ms is None or at_ms < until_ms):
                if until_ms is None:
                    return []
                at_ms = until_ms
    return told_by_team(route.team, severity, at_ms, settings)


def told_by_team(name: str, severity: str, at_ms: int, settings: NotifySettings) -> list[Telling]:
    """Who of a team, or of the one that stands in for it, is told, and when.

    Args:
        name: of the team.
        severity: of what is told.
        at_ms: when it is to be told, milliseconds since 1970.
        settings: hours and quiet time.
    """
    if rank(severity) < rank(settings.teams[name].at_least):
        return []
    when_ms = at_ms
    for _ in range(_TURNS):
        quiet_until = _quiet_until(settings, severity, when_ms)
        if quiet_until is not None:
            when_ms = quiet_until
            continue
        team = _on_duty(settings, name, severity, when_ms)
        if team is not None:
            return [Telling(person, when_ms, team.name, when_ms > at_ms) for person in team.people]
        begin_ms = next_begin(settings.teams[name].hours or (), settings.timezone, when_ms)
        if begin_ms is None:
            return []
        when_ms = begin_ms
    return []


def in_time(settings: NotifySettings, team: str, severity: str, ms: int) -> bool:
    """Whether somebody who is told through a team may be reminded at an instant."""
    hours = settings.teams[team].hours
    on_duty = hours is None or span_end(hours, settings.timezone, ms) is not None
    return on_duty and _quiet_until(settings, severity, ms) is None


def _quiet_until(settings: NotifySettings, severity: str, ms: int) -> int | None:
    quiet: Quiet | None = settings.quiet
    if quiet is None or rank(severity) >= rank(quiet.below):
        return None
    return span_end(quiet.hours, settings.timezone, ms)


def _on_duty(settings: NotifySettings, name: str, severity: str, ms: int) -> Team | None:
    """The team that is told at an instant; None: nobody until the hours of the first begin."""
    team: Team | None = settings.teams[name]
    while team is not None:
        if team.hours is None or span_end(team.hours, settings.timezone, ms) is not None:
            return team if rank(severity) >= rank(team.at_least) else None
        team = None if team.otherwise is None else settings.teams[team.otherwise]
    return None
