"""Which notices of an incident stand at an instant: a pure function of incident, acknowledgements, settings and clock.

A notice is the incident for one person. It stands from when that person is to be told until a minute after the end,
so that Alertmanager, which tells the end to exactly those it told the beginning, has the text of the end by then. A
notice that does not stand any more, or was begun and called off, is shown as 0 for a day: a worker that dies says
nothing, so only a 0 means that something is over.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from agents.notices.incidents import LINGER_MS, Change, Incident, rank
from agents.notices.routing import Telling, in_time, targets, told_by_team
from config.notify import TOLD_SEVERITIES, NotifySettings
from config.timestamps import rfc3339

__all__ = ["Notice", "notices_of"]

Kind = Literal["incident", "reminder", "escalation"]

_STALE_MS: Final = 86_400_000
"""A change that was published so long after its interval began is told to nobody: a backfill, or the end of an outage.
A rule over a day or a month has twice as long: its interval may be the day's first."""
_PULSE_MS: Final = 300_000
"""A reminder stands so long at most."""
_REMINDERS_SHOWN: Final = 24
"""Reminders of one person that are shown, the last one and those before it as 0."""

Tellings = dict[str, dict[str, Telling]]
"""By person and severity, when he was first told of it; what is less bad than what he knew is left out."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An incident for one person, or a reminder or escalation of it."""

    person: str
    kind: Kind
    severity: str
    notice: str
    """Those with the same one share a message: the incident's id, or the morning in which several are told together."""
    active: bool


def notices_of(incident: Incident, acknowledged: Sequence[int], settings: NotifySettings, now_ms: int) -> list[Notice]:
    """The notices of an incident that stand, or have stood, at an instant.

    Args:
        incident: its changes, each with the time at which it was published.
        acknowledged: when somebody acknowledged it, milliseconds since 1970 by the same clock.
        settings: who is told.
        now_ms: the instant.
    """
    told = _first(_tellings(incident, settings), now_ms)
    escalated = _first(_escalations(incident, told, settings), now_ms)
    called = {
        person: _notice_of(incident, told.get(person, {}), escalated.get(person, {})) for person in told | escalated
    }
    stands = _stands(incident, now_ms)
    notices = [
        Notice(person, "incident", severity, called[person], stands)
        for person, by_severity in sorted(told.items())
        for severity in by_severity
    ]
    since_ms, begin_ms = _since_ms(incident, settings), incident.changes[0].published_ms
    # One of an earlier episode does not count for this one.
    acknowledged = [at for at in acknowledged if at >= begin_ms]
    for person, by_severity in sorted(escalated.items()):
        for severity, telling in by_severity.items():
            called_off = any(since_ms <= at < telling.at_ms for at in acknowledged)
            in_vain = incident.ended_ms is not None and incident.ended_ms <= telling.at_ms
            active = stands and not called_off and not in_vain
            notices.append(Notice(person, "escalation", severity, called[person], active))
    if settings.repeat_ms is not None and not all(change.is_long for change in incident.changes):
        for person, by_severity in sorted(told.items()):
            notices += _reminders(
                incident, by_severity, called[person], acknowledged, settings, settings.repeat_ms, now_ms
            )
    return notices


def _stands(incident: Incident, now_ms: int) -> bool:
    return incident.ended_ms is None or now_ms < incident.ended_ms + LINGER_MS


def _first(tellings: Iterable[tuple[str, Telling]], now_ms: int) -> Tellings:
    """Everything that each person has been told by now; what is less bad than what he knows joins silently."""
    found: Tellings = {}
    for severity, telling in sorted(tellings, key=lambda each: (each[1].at_ms, -rank(each[0]))):
        known = found.get(telling.person, {})
        if telling.at_ms <= now_ms and all(rank(other) < rank(severity) for other in known):
            found.setdefault(telling.person, {})[severity] = telling
    return found


def _notice_of(incident: Incident, *told: dict[str, Telling]) -> str:
    """The notice of a person, which stays: what was held back until one instant shares one, else it is the incident."""
    first = min(
        (telling for each in told for telling in each.values()), key=lambda telling: (telling.at_ms, telling.held)
    )
    return f"held/{rfc3339(first.at_ms)}" if first.held else incident.notice


# --- who is told --------------------------------------------------------------------------------------


def _tellings(incident: Incident, settings: NotifySettings) -> Iterator[tuple[str, Telling]]:
    """Severity and person of everything that is told while its breach is open."""
    reached: dict[str, int] = {}
    through: dict[str, list[Telling]] = {}
    for change in incident.changes:
        breach, severity = change.breach_id, change.severity
        if change.over or _is_stale(change) or rank(severity) <= reached.get(breach, 0):
            continue
        reached[breach] = rank(severity)
        over_ms = incident.resolved.get(breach)
        # Who knows of it as a warning hears that it is worse, whoever is on duty now.
        known = [
            Telling(one.person, change.published_ms, one.team, held=False)
            for one in through.get(breach, ())
            if one.at_ms <= change.published_ms
        ]
        for telling in (*targets(change, settings, incident.without_data), *known):
            # It is told to nobody if it began and ended while it was held back.
            if over_ms is None or telling.at_ms < over_ms or telling.at_ms == change.published_ms:
                through.setdefault(breach, []).append(telling)
                yield severity, telling


def _is_stale(change: Change) -> bool:
    return change.published_ms - change.interval_start_ms > _STALE_MS * (2 if change.is_long else 1)


# --- when nobody has acknowledged ---------------------------------------------------------------------


def _escalations(incident: Incident, told: Tellings, settings: NotifySettings) -> Iterator[tuple[str, Telling]]:
    """Severity and person of everything that is told when nobody acknowledges."""
    escalate = settings.escalate
    if escalate is None or all(change.is_long for change in incident.changes):
        return
    for severity in TOLD_SEVERITIES[TOLD_SEVERITIES.index(escalate.at_least) :]:
        since = [
            telling.at_ms
            for by_severity in told.values()
            for known, telling in by_severity.items()
            if rank(known) >= rank(severity)
        ]
        if since:
            for telling in told_by_team(escalate.to, severity, min(since) + escalate.after_ms, settings):
                yield severity, telling


def _since_ms(incident: Incident, settings: NotifySettings) -> int:
    """When an incident became bad enough to escalate; who acknowledges it from then on calls that off."""
    if settings.escalate is None:
        return 0
    least = rank(settings.escalate.at_least)
    return min(
        (change.published_ms for change in incident.changes if not change.over and rank(change.severity) >= least),
        default=0,
    )


def _reminders(
    incident: Incident,
    told: dict[str, Telling],
    notice: str,
    acknowledged: Sequence[int],
    settings: NotifySettings,
    repeat_ms: int,
    now_ms: int,
) -> Iterator[Notice]:
    """The latest reminders of one person, each under a name of its own: what has been 0 must never be 1 again."""
    ended_ms = incident.ended_ms
    until_ms = now_ms + 1 if ended_ms is None else min(now_ms + 1, ended_ms)
    stands_ms = min(_PULSE_MS, repeat_ms // 2)
    acknowledged_by_now = any(at <= now_ms for at in acknowledged)
    steps = sorted(told.items(), key=lambda each: each[1].at_ms)
    # A new beginning: who was told that it is worse is reminded so long after that.
    for (severity, telling), end_ms in zip(steps, [*(each.at_ms for _, each in steps[1:]), until_ms], strict=True):
        begins = range(telling.at_ms + repeat_ms, min(end_ms, until_ms), repeat_ms)
        for begin_ms in begins[-_REMINDERS_SHOWN:]:
            if in_time(settings, telling.team, severity, begin_ms):
                over = now_ms >= begin_ms + stands_ms or (ended_ms is not None and now_ms >= ended_ms)
                name = f"{notice}@{rfc3339(begin_ms)}"
                yield Notice(telling.person, "reminder", severity, name, not over and not acknowledged_by_now)
