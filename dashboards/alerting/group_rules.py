"""Recording rules of groups: a program's, site's and pool's figures in the interval that is current for it.

Each is a sum over the queues whose latest interval is the group's latest; a queue that has none there (it is closed,
late, or its data is missing) is in no sum, and a rule of its own says how many are. While one is behind by no more than
an hour, the group waits for it for some minutes, and has no figures: else the first queue that is final would be the
whole group for a moment, every half hour. Prometheus has one interval of each
queue, so groups whose queues have intervals of different lengths, or that do not lie on one grid, have no rules. The
figures follow those of `agents.groups`. The requirement of a pool is no sum: its worker shows it for the last final
interval, and it stands here as long as that is the group's interval. A program or site that has all queues of a pool
needs the pool once, and its other queues one by one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from agents.groups.membership import Group, Groups, common_length_ms, pools_within
from agents.live.metrics.families import (
    GROUP_REQUIRED,
    GROUP_REQUIRED_IF_ALL,
    GROUP_REQUIRED_IF_NONE,
    GROUP_SHARED,
    GROUP_STAFFED,
    GROUP_START,
    INTERVAL_METRICS,
)
from agents.live.metrics.family import Family
from config.programs import Pool
from config.queue_settings import QueueSettings
from config.settings import Configuration, Settings
from dashboards.promql import held_once, one_of, quoted
from streams.groups import GROUP_KINDS, GroupInterval

__all__ = [
    "GROUP_RECORDS",
    "RECORD_GROUP_ABANDON",
    "RECORD_GROUP_CURRENT",
    "RECORD_GROUP_FORECAST",
    "RECORD_GROUP_NET_STAFFING",
    "RECORD_GROUP_OFFERED",
    "RECORD_GROUP_QUEUES",
    "RECORD_GROUP_REQUIRED",
    "RECORD_GROUP_REQUIRED_IF_ALL",
    "RECORD_GROUP_REQUIRED_IF_NONE",
    "RECORD_GROUP_SERVICE_LEVEL",
    "RECORD_GROUP_SHARED",
    "RECORD_GROUP_STAFFED",
    "RECORD_GROUP_START",
    "RECORD_GROUP_VOLUME",
    "group_rules",
]

RECORD_GROUP_CURRENT: Final = "group:intervalwatch_queue_current:bool"
RECORD_GROUP_LATEST: Final = "group:intervalwatch_latest_start:seconds"
RECORD_GROUP_QUEUES: Final = "group:intervalwatch_queues:count"
RECORD_GROUP_START: Final = "group:intervalwatch_interval_start:seconds"
RECORD_GROUP_OFFERED: Final = "group:intervalwatch_offered:sum"
RECORD_GROUP_FORECAST: Final = "group:intervalwatch_forecast_offered:sum"
RECORD_GROUP_ANSWERED: Final = "group:intervalwatch_answered:sum"
RECORD_GROUP_ABANDONED: Final = "group:intervalwatch_abandoned:sum"
RECORD_GROUP_SERVICE_LEVEL: Final = "group:intervalwatch_service_level:ratio"
RECORD_GROUP_ABANDON: Final = "group:intervalwatch_abandon:ratio"
RECORD_GROUP_AHT: Final = "group:intervalwatch_aht:seconds"
RECORD_GROUP_STAFFED: Final = "group:intervalwatch_staffed:agents"
RECORD_GROUP_REQUIRED: Final = "group:intervalwatch_required:agents"
RECORD_GROUP_REQUIRED_IF_ALL: Final = "group:intervalwatch_required_if_all:agents"
RECORD_GROUP_REQUIRED_IF_NONE: Final = "group:intervalwatch_required_if_none:agents"
RECORD_GROUP_SHARED: Final = "group:intervalwatch_shared:ratio"
RECORD_GROUP_POOLED: Final = "group:intervalwatch_queue_pooled:bool"
RECORD_GROUP_OF_POOL: Final = "group:intervalwatch_pool_required:agents"
RECORD_GROUP_APART: Final = "group:intervalwatch_required_apart:agents"
RECORD_GROUP_NET_STAFFING: Final = "group:intervalwatch_net_staffing:agents"
RECORD_GROUP_VOLUME: Final = "group:intervalwatch_volume_variance:ratio"

GROUP_RECORDS: Final = (
    RECORD_GROUP_CURRENT,
    RECORD_GROUP_LATEST,
    RECORD_GROUP_QUEUES,
    RECORD_GROUP_START,
    RECORD_GROUP_OFFERED,
    RECORD_GROUP_FORECAST,
    RECORD_GROUP_ANSWERED,
    RECORD_GROUP_ABANDONED,
    RECORD_GROUP_SERVICE_LEVEL,
    RECORD_GROUP_ABANDON,
    RECORD_GROUP_AHT,
    RECORD_GROUP_STAFFED,
    RECORD_GROUP_REQUIRED_IF_ALL,
    RECORD_GROUP_REQUIRED_IF_NONE,
    RECORD_GROUP_SHARED,
    RECORD_GROUP_REQUIRED,
    RECORD_GROUP_POOLED,
    RECORD_GROUP_OF_POOL,
    RECORD_GROUP_APART,
    RECORD_GROUP_NET_STAFFING,
    RECORD_GROUP_VOLUME,
)
"""The series of groups, in an order in which each is made of those before it."""

_AT_LEISURE: Final = "15s"
"""Figures of intervals change every few minutes, and these rules look at every queue."""
_WAIT: Final = "4m"
"""For queues that become final after the first; longer than thresholds and idle times differ, and than feeds lag."""
_HOUR: Final = 3600
"""The longest interval, seconds."""
_LABELS: Final = "job, kind, group, state"
_OF_MEMBER: Final = "on (job, program, queue, channel, state) group_right ()"
_STARTS: Final = INTERVAL_METRICS["interval_start"]
_OFFERED: Final = held_once(INTERVAL_METRICS["offered"])
_NONE_CAME: Final = f"{_OFFERED} == 0"
_REQUIRED: Final = f"({held_once(INTERVAL_METRICS['required_agents'])} or {_NONE_CAME})"


@dataclass(slots=True)
class _Chosen:
    """Groups by what may be said of them."""

    sites_and_pools: list[tuple[Group, Sequence[str]]] = field(default_factory=list)
    """Those whose queues' intervals are laid alike, with their queues."""
    programs_apart: list[str] = field(default_factory=list)
    """Programs whose queues' intervals are not."""
    mixed: list[str] = field(default_factory=list)
    """Groups whose queues count their service level in different ways."""
    without_short: list[str] = field(default_factory=list)
    """Groups that leave short abandons out."""
    pools: list[str] = field(default_factory=list)
    holders: list[tuple[Group, Sequence[Pool]]] = field(default_factory=list)
    """Programs and sites, with the pools that stand once in their requirement."""


def group_rules(configuration: Configuration) -> dict[str, Any]:
    """The rules of every program, site and pool of the latest version, as a group of rules."""
    chosen = _choose(configuration.last)
    expressions = {
        RECORD_GROUP_LATEST: f"max by ({_LABELS}) ({_each(held_once(_STARTS))})",
        RECORD_GROUP_QUEUES: f"count by ({_LABELS}) ({_each(_OFFERED)})\nand\n{_whole()}",
        RECORD_GROUP_START: f"{RECORD_GROUP_LATEST}\nand\n{RECORD_GROUP_QUEUES}",
        RECORD_GROUP_OFFERED: _sum(_OFFERED),
        RECORD_GROUP_FORECAST: _sum(f"({_held('forecast_offered')} or {_NONE_CAME})"),
        RECORD_GROUP_ANSWERED: _sum(_held("answered")),
        RECORD_GROUP_ABANDONED: _sum(_held("abandoned")),
        RECORD_GROUP_SERVICE_LEVEL: _level(_but(chosen.mixed)),
        RECORD_GROUP_ABANDON: _abandon(chosen),
        RECORD_GROUP_AHT: f"({_sum(_held('handle_seconds'))})\n/\n(({_sum(_held('handled'))}) > 0)",
        RECORD_GROUP_STAFFED: _sum(_held("staffed_agents")),
        RECORD_GROUP_REQUIRED_IF_ALL: _of_pool(GROUP_REQUIRED_IF_ALL),
        RECORD_GROUP_REQUIRED_IF_NONE: _of_pool(GROUP_REQUIRED_IF_NONE),
        RECORD_GROUP_SHARED: f"({_of_pool(GROUP_SHARED)})\n/\n({held_once(GROUP_STAFFED)} > 0)",
        RECORD_GROUP_REQUIRED: _of_pool(GROUP_REQUIRED),
        RECORD_GROUP_NET_STAFFING: f"{RECORD_GROUP_STAFFED}\n-\n{RECORD_GROUP_REQUIRED}",
        # An open interval has only a part of its contacts yet.
        RECORD_GROUP_VOLUME: (
            f'{RECORD_GROUP_OFFERED}{{state="final"}}\n/\n({RECORD_GROUP_FORECAST}{{state="final"}} > 0)\n-\n1'
        ),
    }
    rules = [*_members(chosen), *({"record": name, "expr": text} for name, text in expressions.items())]
    at = list(expressions).index(RECORD_GROUP_NET_STAFFING) - len(expressions)
    rules[at:at] = [
        *_pooled(chosen),
        {"record": RECORD_GROUP_APART, "expr": _apart(chosen)},
        {"record": RECORD_GROUP_REQUIRED, "expr": _with_pools(chosen)},
    ]
    return {"name": "intervalwatch-groups", "interval": _AT_LEISURE, "rules": rules}


def _choose(settings: Settings) -> _Chosen:
    chosen = _Chosen()
    for group, queues in _queues_of(settings).items():
        alike = {(each.service_level.definition, each.service_level.overflow_counts) for each in queues}
        if len(alike) > 1:
            chosen.mixed.append(group.id)
        elif queues[0].service_level.definition == "S5":
            chosen.without_short.append(group.id)
        names = [each.queue for each in queues if each.queue]
        if group.kind == "pool":
            chosen.pools.append(group.id)
        elif pools := pools_within(settings, names):
            chosen.holders.append((group, pools))
        if not _one_grid(queues, group, settings.parameters_from_ms):
            if group.kind == "program":
                chosen.programs_apart.append(group.id)
        elif group.kind != "program":
            chosen.sites_and_pools.append((group, names))
    return chosen


def _queues_of(settings: Settings) -> dict[Group, list[QueueSettings]]:
    """The settings of each group's queues; a program's own stand for those that only its data name."""
    groups = Groups(settings)
    found = {groups.program(program): [settings.program(program)] for program in settings.programs}
    for program, queue in settings.configured_queues():
        for group in groups.of_queue(queue, program):
            found.setdefault(group, []).append(settings.queue(queue))
    return dict(sorted(found.items(), key=lambda each: (GROUP_KINDS.index(each[0].kind), each[0].id)))


def _one_grid(queues: Sequence[QueueSettings], group: Group, at_ms: int) -> bool:
    """Whether all intervals of the queues that begin together also end together."""
    lengths = {each.interval_ms for each in queues}
    fitting = common_length_ms(((each.interval_ms, each.timezone) for each in queues), group.timezone, at_ms)
    return len(lengths) == 1 and fitting is not None


def _members(chosen: _Chosen) -> list[dict[str, Any]]:
    """The rules that say, queue by queue, whether its latest interval is its group's latest."""
    within = f"{{program!~{one_of(chosen.programs_apart)}}}" if chosen.programs_apart else ""
    of_programs = f'label_replace(\n{_current(within, "job, program, state")},\n"group", "$1", "program", "(.*)")'
    rules = [{"record": RECORD_GROUP_CURRENT, "expr": of_programs, "labels": {"kind": "program"}}]
    for group, queues in chosen.sites_and_pools:
        expression = _current(f"{{queue=~{one_of(queues)}}}", "job, state")
        labels = {"kind": group.kind, "group": group.id}
        rules.append({"record": RECORD_GROUP_CURRENT, "expr": expression, "labels": labels})
    return rules


def _current(within: str, by: str) -> str:
    latest = f"max by ({by}) ({_STARTS}{within})"
    return f"{held_once(_STARTS, within)}\n== bool on ({by}) group_left ()\n{latest}"


def _held(column: str) -> str:
    return held_once(INTERVAL_METRICS[column])


def _but(groups: Iterable[str]) -> str:
    """A matcher of all groups but some; ids differ over programs, sites and pools."""
    names = one_of(groups)
    return "" if names == one_of(()) else f"{{group!~{names}}}"


def _each(term: str, which: str = "") -> str:
    """A figure of each queue that is current in a group, under the group's labels."""
    return f"{term} * {_OF_MEMBER} ({RECORD_GROUP_CURRENT}{which} == 1)"


def _whole() -> str:
    """The groups that wait for no queue: none is behind by up to an hour, or the wait is over."""
    others = f"{held_once(_STARTS)} + {_OF_MEMBER} ({RECORD_GROUP_CURRENT} == 0)"
    behind = f"{others} >= on ({_LABELS}) group_left () ({RECORD_GROUP_LATEST} - {_HOUR})"
    waited = f"{RECORD_GROUP_LATEST} == {RECORD_GROUP_LATEST} offset {_WAIT}"
    return f"(({RECORD_GROUP_LATEST} unless count by ({_LABELS}) ({behind})) or ({waited}))"


def _sum(term: str, which: str = "") -> str:
    """The sum over a group's queues; none where one that has data does not report the figure."""
    each = _each(term, which)
    return f"sum by ({_LABELS}) ({each})\nand\ncount by ({_LABELS}) ({each}) == {RECORD_GROUP_QUEUES}"


def _of_pool(metric: Family[GroupInterval]) -> str:
    """A figure that the worker of a pool shows, as long as it is of the interval that is current for the group."""
    current = f"{held_once(GROUP_START)} == on ({_LABELS}) {RECORD_GROUP_START}"
    return f"{held_once(metric)} and on ({_LABELS}) ({current})"


def _pooled(chosen: _Chosen) -> list[dict[str, Any]]:
    """The rules that say of programs and sites which of their queues, and which pools, are in them as pools."""
    rules: list[dict[str, Any]] = []
    for group, pools in chosen.holders:
        labels = {"kind": group.kind, "group": group.id}
        which = f'{{kind="{group.kind}",group={quoted(group.id)}'
        queues = one_of(queue for pool in pools for queue in pool.queues)
        in_pools = f"{RECORD_GROUP_CURRENT}{which},queue=~{queues}}}"
        rules.append({"record": RECORD_GROUP_POOLED, "expr": in_pools})
        for pool in pools:
            own = f'{{kind="pool",group={quoted(pool.id)}}}'
            needed = f"({RECORD_GROUP_REQUIRED}{own} or on ({_LABELS}) {RECORD_GROUP_LATEST}{own} * NaN)"
            now = f"{RECORD_GROUP_LATEST}{own} == on (job, state) {RECORD_GROUP_START}{which}}}"
            rules.append(
                {
                    "record": RECORD_GROUP_OF_POOL,
                    "expr": f"{needed} and on (job, state) ({now})",
                    "labels": {**labels, "pool": pool.id},
                }
            )
    return rules


def _apart(chosen: _Chosen) -> str:
    """Agents required by the queues that are in no pool of a program or site, one by one; 0 where there are none."""
    which = _but(chosen.pools)
    member = f"({RECORD_GROUP_CURRENT}{which} == 1 unless {RECORD_GROUP_POOLED})"
    each, came = (f"{term} * {_OF_MEMBER} {member}" for term in (_REQUIRED, _OFFERED))
    known = f"sum by ({_LABELS}) ({each})\nand\ncount by ({_LABELS}) ({each}) == count by ({_LABELS}) ({came})"
    return f"{known}\nor\n({RECORD_GROUP_START}{which} * 0 unless count by ({_LABELS}) ({came}))"


def _with_pools(chosen: _Chosen) -> str:
    """Agents required by a program or site: those of its queues apart, and each of its pools once."""
    holders = [group.id for group, _ in chosen.holders]
    if not holders:
        return RECORD_GROUP_APART
    which = f"{{group=~{one_of(holders)}}}"
    pools = f"sum by ({_LABELS}) ({RECORD_GROUP_OF_POOL})"
    once = f"({pools} >= 0 or ({RECORD_GROUP_START}{which} * 0 unless {pools}))"
    return f"{RECORD_GROUP_APART}{_but(holders)}\nor\n{RECORD_GROUP_APART}{which} + on ({_LABELS}) {once}"


def _level(which: str) -> str:
    numerator, denominator = (
        f"sum by ({_LABELS}) ({_each(_held(name), which)})"
        for name in ("service_level_numerator", "service_level_denominator")
    )
    return f"{numerator}\n/\n({denominator} > 0)\nand\n{RECORD_GROUP_QUEUES}"


def _abandon(chosen: _Chosen) -> str:
    """Abandoned over answered and abandoned; under S5 without short abandons; none where definitions differ."""

    def rate(which: str, abandoned: str) -> str:
        return f"{abandoned}\n/\n({RECORD_GROUP_ANSWERED}{which} + {abandoned} > 0)"

    plain = rate(which := _but([*chosen.mixed, *chosen.without_short]), f"{RECORD_GROUP_ABANDONED}{which}")
    if not chosen.without_short:
        return plain
    pick = f"{{group=~{one_of(chosen.without_short)}}}"
    lost = f"({RECORD_GROUP_ABANDONED}{pick} - ({_sum(_held('short_abandoned'), pick)}))"
    return f"{plain}\nor\n{rate(pick, lost)}"
