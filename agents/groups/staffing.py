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

__all__ = ["fill_staffing"]

_ONE_LINE: Final = 1.0
"""All agents of a pool can help all its queues."""


def fill_staffing(
    found: GroupInterval,
    rows: Iterable[IntervalResult],
    settings_of: Callable[[IntervalResult], QueueSettings],
    pools: Sequence[Pool],
    shared: Mapping[str, float],
) -> None:
    """Fill in scheduled, required and staffed agents of a group's interval, and net staffing.

    Args:
        found: the interval, with its sums.
        rows: that it was made of.
        settings_of: the settings that a row was made with.
        pools: of a program or site: those that stand in it once (`agents.groups.membership.pools_within`).
        shared: by pool: the share of its agent time that is of agents on two or more of its queues. A pool of which it
            is not known is taken as one line.
    """
    by_queue: dict[str, list[IntervalResult]] = defaultdict(list)
    for row in rows:
        if row.status != MISSING:
            by_queue[row.queue].append(row)
    pooled = found.kind == "pool"
    if pooled:
        found.shared_ratio = shared.get(found.group)
    lacking = (queue for queue, own in by_queue.items() if _lacks(own, settings_of, pooled=pooled))
    found.not_required = tuple(sorted(lacking))
    if by_queue and not found.not_required:
        if pooled:
            needed = _of_pool(by_queue, settings_of, found.interval_ms, shared.get(found.group, _ONE_LINE))
            found.required_agents, found.required_if_all, found.required_if_none = needed
        else:
            found.required_agents = number(_of_queues(by_queue, settings_of, pools, found.interval_ms, shared))
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


def _of_pool(
    rows: Mapping[str, Sequence[IntervalResult]],
    settings_of: Callable[[IntervalResult], QueueSettings],
    length_ms: int,
    shared: float,
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
    return pool_requirement(members, length_ms / 1000, shared) or PoolRequirement(0, 0, 0)


def _of_queues(
    rows: Mapping[str, Sequence[IntervalResult]],
    settings_of: Callable[[IntervalResult], QueueSettings],
    pools: Sequence[Pool],
    length_ms: int,
    shared: Mapping[str, float],
) -> float:
    """Agents that queues need one by one, but for those of a pool, which are needed once."""
    total, pooled = 0, set[str]()
    for pool in pools:
        members = {queue: rows[queue] for queue in pool.queues if queue in rows}
        settings = [settings_of(own[0]) for own in members.values()]
        if all(model_of(each) is not None and each.service_level.target is not None for each in settings):
            total += _of_pool(members, settings_of, length_ms, shared.get(pool.id, _ONE_LINE)).required
            pooled |= members.keys()
    apart = sum(
        (row.required_agents or 0) * row.interval_ms
        for queue, own in rows.items()
        if queue not in pooled
        for row in own
    )
    return total + apart / length_ms
