"""The rules that a record must pass to be counted.

Every way in (Kafka messages in `streams.codec`, files in `streams.sources`) passes through the same functions
(`admit_contact`, `admit_snapshot`, …), so that a rule about a record exists once. A record that breaks a rule raises
`RecordError`, whose text names the field; its copy goes to dead letters with that text.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from config.sources.fields import CHECKS, LIST_ENTRIES
from config.timestamps import interval_end, rfc3339
from copc.quality import FAMILIES
from streams.limits import FIRST_MS, LAST_MS, far, figure, require_size, require_years, word
from streams.records import (
    OUTCOMES,
    RECORD_TYPES,
    SELECTIONS,
    STATES,
    AgentState,
    Check,
    Contact,
    Evaluation,
    Plan,
    Record,
    RecordError,
    Snapshot,
)
from streams.word_rules import admit_feed, admit_refused_row

__all__ = [
    "admit",
    "admit_agent_state",
    "admit_contact",
    "admit_evaluation",
    "admit_plan",
    "admit_snapshot",
]

_HOUR_MS: Final = 3_600_000
_MOST: Final = 10**12
"""Milliseconds of an interval's times (thirty years), and counts: what is beyond is no figure of a contact centre."""
_DAY_MS: Final = 86_400_000
_COUNTED: Final = frozenset(
    field.name for field in RECORD_TYPES["interval"].fields.values() if field.kind in ("count", "seconds")
)
"""Fields of an interval that can be computed from an average or a share."""
_LONGEST_WAIT_MS: Final = 366 * _DAY_MS
_LONGEST_HANDLING_MS: Final = 31 * _DAY_MS
"""Handling is split over the intervals it spans: one that lasted for years would be years of intervals."""


def admit_contact(
    contact_id: str | None,
    offered_ms: int | None,
    outcome: str | None,
    exited_ms: int | None,
    wait_ms: int | None,
    talk_ms: int | None,
    hold_ms: int | None,
    wrap_ms: int | None,
    updated_ms: int | None,
    agent: str | None,
    team: str | None,
    shift: str | None,
    channel: str | None,
    skew_ms: int,
) -> Contact:
    """Admit one contact; every duration in milliseconds, None where not reported.

    A wait (or exit before the offer) that clocks make negative by up to `skew_ms` is 0. Where the feed does
    not measure the wait it is exit - offer; where it does not give the exit, the exit is offer + wait.

    Raises:
        RecordError: a required field is empty, an outcome unknown, a duration negative, a wait of more than a year,
            talk, hold or wrap of more than a month, an instant before 1980 (`too_old`) or after 2999.
    """
    # A live worker's hot path: a usual contact is admitted here, what is unusual is looked at again by a helper.
    if not contact_id or offered_ms is None or not FIRST_MS <= offered_ms < LAST_MS:
        raise _unidentified(contact_id, offered_ms)
    if (
        exited_ms is not None
        and outcome in OUTCOMES
        and offered_ms <= exited_ms <= offered_ms + _LONGEST_WAIT_MS
        and exited_ms < LAST_MS
        and (wait_ms is None or 0 <= wait_ms <= _LONGEST_WAIT_MS)
    ):
        if wait_ms is None:
            wait_ms = exited_ms - offered_ms
    else:
        outcome, exited_ms, wait_ms = _departure(offered_ms, outcome, exited_ms, wait_ms, skew_ms)
    if (
        (talk_ms is not None and not 0 <= talk_ms <= _LONGEST_HANDLING_MS)
        or (hold_ms is not None and not 0 <= hold_ms <= _LONGEST_HANDLING_MS)
        or (wrap_ms is not None and not 0 <= wrap_ms <= _LONGEST_HANDLING_MS)
    ):
        _require_handling(talk_seconds=talk_ms, hold_seconds=hold_ms, wrap_seconds=wrap_ms)
    if updated_ms is None:
        updated_ms = offered_ms if exited_ms is None else exited_ms
    elif not FIRST_MS <= updated_ms < LAST_MS:
        raise far("updated_at", updated_ms)
    return Contact(
        contact_id, offered_ms, outcome, exited_ms, wait_ms, talk_ms, hold_ms, wrap_ms, updated_ms, agent, team, shift,
        channel,
    )  # fmt: skip


def _unidentified(contact_id: str | None, offered_ms: int | None) -> RecordError:
    if not contact_id:
        return RecordError("contact_id: is empty")
    return RecordError("offered_at: is empty") if offered_ms is None else far("offered_at", offered_ms)


def _departure(
    offered_ms: int, outcome: str | None, exited_ms: int | None, wait_ms: int | None, skew_ms: int
) -> tuple[str, int | None, int | None]:
    """Outcome, exit and wait of a contact that still waits, or whose exit or wait is not the usual one.

    Raises:
        RecordError: as `admit_contact`.
    """
    if not outcome:
        if exited_ms is not None:
            raise RecordError("outcome: is empty though exited_at is given; say answered, abandoned or overflowed")
        return "", None, None
    if outcome not in OUTCOMES:
        raise RecordError(f"outcome: {word(outcome)} is none of {', '.join(OUTCOMES)}")
    if wait_ms is not None and wait_ms > _LONGEST_WAIT_MS:
        raise RecordError(f"wait_seconds: {figure(wait_ms / 1000)} is more than a year")
    exit_ms = _exit(offered_ms, outcome, exited_ms, wait_ms, skew_ms)
    if wait_ms is None:
        return outcome, exit_ms, exit_ms - offered_ms
    if wait_ms < -skew_ms:
        raise RecordError(f"wait_seconds: {figure(wait_ms / 1000)} is negative by more than clock_skew_seconds")
    return outcome, exit_ms, max(0, wait_ms)


def _exit(offered_ms: int, outcome: str, exited_ms: int | None, wait_ms: int | None, skew_ms: int) -> int:
    if exited_ms is None:
        if wait_ms is None:
            raise RecordError(f"exited_at: is empty though the outcome is {outcome}, and there is no wait_seconds")
        return offered_ms + max(0, wait_ms)
    if not FIRST_MS <= exited_ms < LAST_MS:
        raise far("exited_at", exited_ms)
    if exited_ms > offered_ms + _LONGEST_WAIT_MS:
        raise RecordError(f"exited_at: {rfc3339(exited_ms)} is more than a year after offered_at {rfc3339(offered_ms)}")
    if exited_ms < offered_ms - skew_ms:
        raise RecordError(
            f"exited_at: {rfc3339(exited_ms)} is before offered_at {rfc3339(offered_ms)} "
            f"by more than clock_skew_seconds"
        )
    return max(offered_ms, exited_ms)


def _require_handling(**fields_ms: int | None) -> None:
    for name, value in fields_ms.items():
        if value is not None and value < 0:
            raise RecordError(f"{name}: {figure(value / 1000)} is negative")
        if value is not None and value > _LONGEST_HANDLING_MS:
            raise RecordError(f"{name}: {figure(value / 1000)} is more than 31 days")


def _interval(start_ms: int | None, length_ms: int | None, queue_length_ms: int) -> tuple[int, int]:
    if start_ms is None:
        raise RecordError("interval_start: is empty")
    require_years(interval_start=start_ms)
    length = queue_length_ms if length_ms is None else length_ms
    if length > _HOUR_MS:
        raise RecordError(
            f"interval_seconds: {figure(length / 1000)} is longer than an hour; such a total is not an interval"
        )
    if length <= 0:
        raise RecordError(f"interval_seconds: {figure(length / 1000)} is not positive")
    return start_ms, length


def admit_snapshot(
    start_ms: int | None,
    length_ms: int | None,
    as_of_ms: int | None,
    queue_length_ms: int,
    zone: str = "UTC",
    twin_ms: int | None = None,
    derived: Sequence[str] | None = None,
    **fields: Any,  # noqa: ANN401 - the fields of Snapshot, whose types the decoder or the CSV reader has checked
) -> Snapshot:
    """Admit one interval snapshot, or a part of one; `fields` are those of `Snapshot`.

    A row that does not say how long it is may last to its interval's end; the queue's engine, which knows the other
    rows, decides. Negative counts are admitted: they fail the integrity check of their interval, where people see them.

    Raises:
        RecordError: no start, a length over the queue's, an `as_of` before the interval's start, an instant
            or a figure that no contact centre has, a `derived` that names no field with its rounding.
    """
    start, length = _interval(start_ms, length_ms, queue_length_ms)
    if length_ms is None:
        length = interval_end(start, queue_length_ms, zone) - start
    elif length > queue_length_ms:
        raise RecordError(
            f"interval_seconds: {figure(length / 1000)}, and the queue's intervals have {queue_length_ms / 1000:g} "
            f"(interval_minutes in the configuration); only shorter rows can be summed"
        )
    end = start + length
    as_of = end if as_of_ms is None else as_of_ms
    require_years(as_of=as_of)
    if as_of < start:
        raise RecordError(f"as_of: {rfc3339(as_of)} is before the interval's start {rfc3339(start)}")
    for name, value in fields.items():
        if value is not None and type(value) is not str and not -_MOST <= value <= _MOST:
            outside = name.replace("_ms", "_seconds")
            raise RecordError(f"{outside}: {figure(value if outside == name else value / 1000)} is beyond any interval")
    if twin_ms is not None:
        require_years(twin=twin_ms)
    return Snapshot(
        start, length, as_of, **fields, said=length_ms is not None, twin_ms=twin_ms, derived=_derived(derived)
    )


def _derived(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """The computed fields of an interval with their rounding, in order of their names."""
    for entry in given or ():
        name, sign, rounding = entry.partition("=")
        try:
            sound = bool(sign) and name in _COUNTED and 0 <= float(rounding) <= _MOST
        except ValueError:
            sound = False
        if not sound:
            raise RecordError(f"derived: {word(entry)} is no field and its rounding, such as answered_within=0.5")
    return tuple(sorted(set(given))) if given else None


def admit_plan(
    plan_version: str | None,
    published_ms: int | None,
    start_ms: int | None,
    length_ms: int | None,
    queue_length_ms: int,
    forecast_offered: float | None,
    forecast_aht_ms: int | None,
    required_agents: float | None,
    scheduled_agents: float | None,
) -> Plan:
    """Admit one plan row. Its interval may be shorter or longer than the queue's (rolled up or split later).

    Raises:
        RecordError: an empty identity, or a negative figure.
    """
    if not plan_version:
        raise RecordError("plan_version: is empty")
    if published_ms is None:
        raise RecordError("published_at: is empty")
    require_years(published_at=published_ms)
    start, length = _interval(start_ms, length_ms, queue_length_ms)
    for name, value in (
        ("forecast_offered", forecast_offered),
        ("forecast_aht_seconds", forecast_aht_ms),
        ("required_agents", required_agents),
        ("scheduled_agents", scheduled_agents),
    ):
        if value is not None and not 0 <= value <= _MOST:
            shown = figure(value / 1000 if name == "forecast_aht_seconds" else value)
            raise RecordError(f"{name}: {shown} is negative or beyond any plan")
    return Plan(
        plan_version, published_ms, start, length, forecast_offered, forecast_aht_ms, required_agents, scheduled_agents
    )


def admit_agent_state(
    agent: str | None,
    since_ms: int | None,
    state: str | None,
    queues: Sequence[str],
    sequence: int | None,
    handling_queue: str | None,
    reason: str | None,
    team: str | None,
    shift: str | None,
) -> AgentState:
    """Admit one agent state.

    Raises:
        RecordError: no agent, no instant, an unknown state, or queues missing while the agent is not offline.
    """
    if not agent:
        raise RecordError("agent: is empty")
    if since_ms is None:
        raise RecordError("since: is empty")
    require_years(since=since_ms)
    if abs(sequence or 0) > _MOST:
        raise RecordError(f"sequence: {figure(sequence or 0)} is beyond {_MOST}")
    if state not in STATES:
        raise RecordError(f"state: {word(state)} is none of {', '.join(STATES)}")
    names = tuple(sorted({name for name in queues if name}))
    require_size("queues", names, LIST_ENTRIES)
    if not names and state != "offline":
        raise RecordError("queues: is empty though the agent is not offline")
    return AgentState(agent, since_ms, state, names, sequence, handling_queue or None, reason, team, shift)


def admit_evaluation(
    evaluation_id: str | None,
    handled_ms: int | None,
    evaluated_ms: int | None,
    selection: str | None,
    checks: Sequence[Check],
    contact_id: str | None,
    agent: str | None,
    team: str | None,
    shift: str | None,
    evaluator: str | None,
) -> Evaluation:
    """Admit one evaluation; an empty `selection` is random.

    Raises:
        RecordError: an empty identity or instant, no checks, an unknown family or selection.
    """
    if not evaluation_id:
        raise RecordError("evaluation_id: is empty")
    if handled_ms is None:
        raise RecordError("handled_at: is empty")
    if evaluated_ms is None:
        raise RecordError("evaluated_at: is empty")
    require_years(handled_at=handled_ms, evaluated_at=evaluated_ms)
    if (selection or "random") not in SELECTIONS:
        raise RecordError(f"selection: {word(selection)} is none of {', '.join(SELECTIONS)}")
    if not checks:
        raise RecordError("checks: is empty")
    require_size("checks", [check.name for check in checks], CHECKS)
    for check in checks:
        if check.family not in FAMILIES:
            raise RecordError(f"checks: family {word(check.family)} is none of {', '.join(FAMILIES)}")
    return Evaluation(
        evaluation_id,
        handled_ms,
        evaluated_ms,
        selection or "random",
        tuple(sorted(checks, key=lambda check: (check.name, check.family))),
        contact_id,
        agent,
        team,
        shift,
        evaluator,
    )


_ADMIT: Final[Mapping[str, Callable[..., Record]]] = {
    "agent_state": admit_agent_state,
    "evaluation": admit_evaluation,
    "feed": admit_feed,
    "rejected": admit_refused_row,
}


def admit(record: str, values: Mapping[str, Any], queue_length_ms: int, zone: str = "UTC") -> Record:
    """Admit one record by the name of its type; contacts, which are many, have `admit_contact`.

    Args:
        record: interval, plan, agent_state, evaluation, feed or rejected.
        values: by the structure's names; None where not reported.
        queue_length_ms: the queue's interval length.
        zone: the queue's time zone, an IANA name.

    Raises:
        RecordError: a rule of its type is broken.
    """
    if record == "interval":
        return admit_snapshot(queue_length_ms=queue_length_ms, zone=zone, **values)
    if record == "plan":
        return admit_plan(queue_length_ms=queue_length_ms, **values)
    return _ADMIT[record](**values)
