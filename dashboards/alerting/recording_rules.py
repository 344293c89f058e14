"""Recording rules: the ratios that Prometheus computes from the workers' counts, each with its name and expression.

Counts are exported, not percentages: a ratio of sums has a meaning for several queues, a mean of ratios has none.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ruamel.yaml.scalarstring import LiteralScalarString

from agents.live.metrics.families import INTERVAL_METRICS
from config.queue_settings import UNASSIGNED
from config.settings import Configuration, QueueSettings
from dashboards.alerting.group_rules import GROUP_RECORDS, group_rules
from dashboards.promql import held_once, one_of

__all__ = [
    "RECORDING_RULES",
    "RECORD_PROGRAM_SERVICE_LEVEL",
    "RECORD_QUEUE_ABANDON",
    "RECORD_QUEUE_NET_STAFFING",
    "RECORD_QUEUE_SERVICE_LEVEL",
    "Rule",
    "configured_settings",
    "laid_out",
    "recording_rules",
]

_HOUR: Final = 3600

Rule = dict[str, Any]

_NUMERATOR: Final = INTERVAL_METRICS["service_level_numerator"]
_DENOMINATOR: Final = INTERVAL_METRICS["service_level_denominator"]
_STARTS: Final = INTERVAL_METRICS["interval_start"]


def recording_rules(configuration: Configuration) -> dict[str, Any]:
    """The recording rules of docs/reference/metrics.md#recording-rules, each ratio a sum over a sum, for the latest
    version.
    """
    made = {name: expression(configuration) for name, expression in _RATIOS.items()}
    rules = [laid_out({"record": name, "expr": expression}) for name, expression in made.items() if expression]
    of_groups = group_rules(configuration)
    of_groups["rules"] = [laid_out(rule) for rule in of_groups["rules"]]
    return {"groups": [{"name": "intervalwatch-ratios", "rules": rules}, of_groups]}


def _queue_service_level(_: Configuration) -> str:
    return f"{held_once(_NUMERATOR)}\n/\n({held_once(_DENOMINATOR)} > 0)"


def _program_service_level(configuration: Configuration) -> str | None:
    """The service level of programs whose sums have a meaning; None: there is no such program."""
    programs = _comparable_programs(configuration)
    if not programs:
        return None
    within = f"{{program=~{one_of(programs)}}}"
    # The last final interval of a queue that closed hours ago says nothing of now.
    latest = _latest(within)
    return (
        f"sum by (job, program, state) ({held_once(_NUMERATOR, within)} and {latest})\n/\n"
        f"(sum by (job, program, state) ({held_once(_DENOMINATOR, within)} and {latest}) > 0)"
    )


def _abandon(configuration: Configuration) -> str:
    """Abandoned over answered and abandoned; under S5 without short abandons."""
    metric = INTERVAL_METRICS

    def rate(which: str, abandoned: str) -> str:
        return f"{abandoned}\n/\n({held_once(metric['answered'], which)} + {abandoned} > 0)"

    short = sorted({s.queue for s in configured_settings(configuration) if s.service_level.definition == "S5"})
    if not short:
        return rate("", held_once(metric["abandoned"]))
    pick, others = f"{{queue=~{one_of(short)}}}", f"{{queue!~{one_of(short)}}}"
    lost = f"({held_once(metric['abandoned'], pick)} - {held_once(metric['short_abandoned'], pick)})"
    return f"{rate(others, held_once(metric['abandoned'], others))}\nor\n{rate(pick, lost)}"


def _net_staffing(_: Configuration) -> str:
    staffed, required = INTERVAL_METRICS["staffed_agents"], INTERVAL_METRICS["required_agents"]
    return f"{held_once(staffed)}\n-\n{held_once(required)}"


RECORD_QUEUE_SERVICE_LEVEL: Final = "queue:intervalwatch_service_level:ratio"
RECORD_PROGRAM_SERVICE_LEVEL: Final = "program:intervalwatch_service_level:ratio"
RECORD_QUEUE_ABANDON: Final = "queue:intervalwatch_abandon:ratio"
RECORD_QUEUE_NET_STAFFING: Final = "queue:intervalwatch_net_staffing:agents"

_RATIOS: Final[Mapping[str, Callable[[Configuration], str | None]]] = {
    RECORD_QUEUE_SERVICE_LEVEL: _queue_service_level,
    RECORD_PROGRAM_SERVICE_LEVEL: _program_service_level,
    RECORD_QUEUE_ABANDON: _abandon,
    RECORD_QUEUE_NET_STAFFING: _net_staffing,
}
"""Ratios of queues and programs: by name, the function of its expression. None: the site has no use for it."""
RECORDING_RULES: Final = (*_RATIOS, *GROUP_RECORDS)
"""The names of the series that Prometheus computes."""


def laid_out(rule: Rule) -> Rule:
    """The rule, with an expression of several lines written as a block in YAML."""
    return {**rule, "expr": LiteralScalarString(f"{rule['expr']}\n")} if "\n" in rule["expr"] else rule


def _latest(within: str) -> str:
    """An expression for the intervals of a program's queues that began within an hour of its latest one."""
    each = held_once(_STARTS, within)
    return (
        f"{each} > on (job, program, state) group_left () (max by (job, program, state) ({_STARTS}{within}) - {_HOUR})"
    )


def configured_settings(configuration: Configuration) -> list[QueueSettings]:
    """Settings of every configured queue, of each program itself, and of a queue that is not configured."""
    last = configuration.last
    queues = [last.queue(queue) for _, queue in configuration.configured_queues()]
    return [*queues, *map(last.program, last.programs), last.program(UNASSIGNED)]


def _comparable_programs(configuration: Configuration) -> list[str]:
    """Programs whose queues share definition and threshold, so that sums over them have a meaning."""
    last = configuration.last
    programs = {program: [last.program(program), *map(last.queue, queues)] for program, queues in last.programs.items()}
    programs[UNASSIGNED] = [last.program(UNASSIGNED)]

    def terms(settings: QueueSettings) -> tuple[object, ...]:
        level = settings.service_level
        return level.definition, level.threshold_ms, level.threshold_inclusive, level.overflow_counts

    return [program for program, settings in programs.items() if len({terms(each) for each in settings}) == 1]
