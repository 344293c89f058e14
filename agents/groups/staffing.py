"""The agents that a group needs, and those that it had.

A pool is one line of contacts for agents of several queues, so it needs fewer agents than its queues one by one
(`copc.pools`). A program or site needs the sum over its queues; a pool that lies wholly in it stands there once.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from agents.groups.figures import MISSING, planned_rows
from agents.intervals.figures import number
from agents.planning.causes import model_of, served_seconds
from config.programs import Pool
from config.queue_settings import QueueSettings
from copc.pools import Member, PoolRequirement, pool_requirement
from streams.groups import GroupInterval
from streams.results import IntervalResult
from streams.told.queue_interval import MemberRow

__all__ = ["fill_staffing"]

_ONE_LINE: Final = 1.0
"""All agents of a pool can help all its queues."""


def fill_staffing(
    found: GroupInterval,
    rows: Iterable[IntervalResult],
    settings_of: Callable[[IntervalResult], QueueSettings],
    pools: Sequence[Pool],
    shared: Mapping[str, Mapping[int, int]],
) -> None:
    """Fill in scheduled, required and staffed agents of a group's interval, and net staffing.

    Args:
        found: the interval, with its sums.
        rows: that it was made of.
        settings_of: the settings that a row was made with.
        pools: of a program or site: those that stand in it once (`agents.groups.membership.pools_within`).
        shared: by pool and start of an interval of it, its staffed time of agents on two or more of its queues, for
            rows that do not say so themselves. A pool of which it is not known is taken as one line.
    """
    by_queue: dict[str, list[IntervalResult]] = defaultdict(list)
    for row in rows:
        if row.status != MISSING:
            by_queue[row.queue].append(row)
    pooled = found.kind == "pool"
    span = range(found.interval_start_ms, found.interval_start_ms + found.interval_ms)
    if pooled:
        found.shared_ms = _shared_ms(found.group, by_queue, shared, span)
        found.shared_ratio = _ratio(found.shared_ms, by_queue)
    lacking = (queue for queue, own in by_queue.items() if _lacks(own, settings_of, pooled=pooled))
    found.not_required = tuple(sorted(lacking))
    if by_queue and not found.not_required:
        if pooled:
            needed = _of_pool(by_queue, settings_of, found.interval_ms, found.shared_ratio)
            found.required_agents, found.required_if_all, found.required_if_none = needed
        else:
            found.required_agents = number(_of_queues(by_queue, settings_of, pools, span, shared))
    _fill_agents(found, planned_rows(row for own in by_queue.values() for row in own))


def _fill_agents(found: GroupInterval, planned: Sequence[IntervalResult]) -> None:
    """Scheduled and staffed agents, and net staffing."""
    scheduled = [row.scheduled_agents * row.interval_ms for row in planned if row.scheduled_agents is not None]
    if scheduled and len(scheduled) == len(planned):
        found.scheduled_agents = number(math.fsum(scheduled) / found.interval_ms)
    if found.staffed_ms is None:
        return
    staffed = found.staffed_ms / found.interval_ms
    found.staffed_agents = number(staffed)
    if found.required_agents is not None:
        found.net_staffing = number(staffed - found.required_agents)


def _lacks(
    rows: Sequence[IntervalResult], settings_of: Callable[[IntervalResult], QueueSettings], *, pooled: bool
) -> bool:
    """Whether no requirement can be given for a queue."""
    if any(row.offered is None or (row.offered and row.required_agents is None) for row in rows):
        return True
    settings = settings_of(rows[0])
    return pooled and (model_of(settings) is None or settings.service_level.target is None)


def _shared_ms(
    pool: str, rows: Mapping[str, Sequence[IntervalResult]], shared: Mapping[str, Mapping[int, int]], span: range
) -> int | None:
    """The staffed time of agents on two or more queues of a pool; None: not known."""
    own = [row.shared_ms if isinstance(row, MemberRow) else None for of_queue in rows.values() for row in of_queue]
    if own and None not in own:
        return sum(by_pool.get(pool, 0) for by_pool in own if by_pool is not None)
    given = [ms for start_ms, ms in shared.get(pool, {}).items() if start_ms in span]
    return sum(given) if given else None


def _ratio(shared_ms: int | None, rows: Mapping[str, Sequence[IntervalResult]]) -> float | None:
    """The share of a pool's staffed time; None: not known, or nobody was there."""
    staffed_ms = sum(row.staffed_ms or 0 for of_queue in rows.values() for row in of_queue)
    return min(1.0, shared_ms / staffed_ms) if shared_ms is not None and staffed_ms > 0 else None


def _of_pool(
    rows: Mapping[str, Sequence[IntervalResult]],
    settings_of: Callable[[IntervalResult], QueueSettings],
    length_ms: int,
    shared: float | None,
) -> PoolRequirement:
    """Agents that queues need together; none where nobody came."""
    members: list[Member] = []
    for _, own in sorted(rows.items()):
        settings = settings_of(own[0])
        offered, handled = sum(row.offered or 0 for row in own), sum(row.handled or 0 for row in own)
        model = model_of(settings)
        if offered and model is not None:
            seconds = sum(row.handle_ms or 0 for row in own) / 1000 / handled
            members.append(Member(offered, served_seconds(seconds, settings), model))
    needed = pool_requirement(members, length_ms / 1000, _ONE_LINE if shared is None else shared)
    return PoolRequirement(0, 0, 0) if needed is None else needed


def _of_queues(
    rows: Mapping[str, Sequence[IntervalResult]],
    settings_of: Callable[[IntervalResult], QueueSettings],
    pools: Sequence[Pool],
    span: range,
    shared: Mapping[str, Mapping[int, int]],
) -> float:
    """Agents that queues need one by one, but for those of a pool, which are needed once."""
    total, pooled = 0, set[str]()
    for pool in pools:
        members = {queue: rows[queue] for queue in pool.queues if queue in rows}
        settings = [settings_of(own[0]) for own in members.values()]
        if all(model_of(each) is not None and each.service_level.target is not None for each in settings):
            ratio = _ratio(_shared_ms(pool.id, members, shared, span), members)
            total += _of_pool(members, settings_of, len(span), ratio).required
            pooled |= members.keys()
    apart = sum(
        (row.required_agents or 0) * row.interval_ms
        for queue, own in rows.items()
        if queue not in pooled
        for row in own
    )
    return total + apart / len(span)
