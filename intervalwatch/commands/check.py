"""`intervalwatch check`: prints in plain words what a configuration means, or what is wrong with it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from agents.live.topics import names_on
from config.assessing.metrics import MetricSettings
from config.hours import describe_hours
from config.notify import NotifySettings
from config.queue_settings import UNASSIGNED
from config.rules import RULES, RuleValue
from config.settings import Configuration, QueueSettings, Settings, load
from copc.service_level import FORMULAS
from intervalwatch.looking import look_at, look_lines
from intervalwatch.options import backfill_lines
from intervalwatch.refuting import history_lines
from streams.kafka.broker import EMBEDDED_PARTITIONS, require_reachable
from streams.kafka.inspection import inspect_topics
from streams.sources.figures import told
from streams.sources.merge import parse_inputs
from streams.sources.registry import open_sources

__all__ = ["check", "describe"]

_OURS: Final = MetricSettings()
_DEFAULT: Final = " [default of this product]"


@click.command()
@click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="A configuration file; repeat it for several parameter versions.",
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME=FILE[,FILE…]",
    help="Read these files as a source, and say what they give; repeat for several.",
)
@click.option("--broker", metavar="URL", help="Look at the topics of this running broker, too: kafka://host:port.")
@click.option(
    "--history",
    metavar="URL",
    help="Hold the settings against the last week of this history, too: sqlite:///history.db or postgresql+psycopg://…",
)
def check(configs: tuple[Path, ...], sources: tuple[str, ...], broker: str | None, history: str | None) -> int:
    """Validate a configuration and print what it means; with --source, what files give."""
    configuration = load(configs)
    opened = open_sources(configuration)
    if sources:
        return _check_sources(configuration, sources)
    for line in describe(configuration):
        click.echo(line)
    for source in opened.values():
        for line in told(source, configuration.versions[-1]):
            click.echo(line)
    if history is not None:
        for line in history_lines(configuration, history):
            click.echo(line)
    return 0 if broker is None else _check_broker(configuration, broker)


def _check_sources(configuration: Configuration, options: tuple[str, ...]) -> int:
    """Print what files give; 1 where nothing of a source is accepted."""
    nothing = False
    inputs = parse_inputs(configuration, options)
    for name in dict.fromkeys(given.source.name for given in inputs):
        of_source = [given for given in inputs if given.source.name == name]
        look, outcomes = look_at(configuration, of_source)
        for line in look_lines(configuration, of_source[0].source, look, outcomes):
            click.echo(line)
        nothing = nothing or not look.accepted
    return 1 if nothing else 0


def _check_broker(configuration: Configuration, url: str) -> int:
    """Print what is wrong with a broker's topics; 1 where anything is."""
    kafka = configuration.kafka
    reached = require_reachable(url, kafka.security)
    names = names_on(configuration, url)
    wanted = EMBEDDED_PARTITIONS if reached.embedded else kafka.partitions
    click.echo(f"Broker {url}")
    faults = 0
    for fault in inspect_topics(
        url, kafka.security, partitions=wanted, tied=names.tied, settings_too=not reached.embedded
    ):
        faults += 1
        click.echo(f"    {fault}")
    if not faults:
        click.echo("    topics are as they must be, and of the newest messages every key lies in its own partition")
    return 1 if faults else 0


def describe(configuration: Configuration) -> Iterator[str]:
    """The meaning of each version of the parameters for each queue, line by line."""
    for settings in configuration.versions:
        yield from _describe_version(settings)
    yield from backfill_lines(configuration)


def _describe_version(settings: Settings) -> Iterator[str]:
    queues = [(program, queue) for program, names in settings.programs.items() for queue in names]
    begins = dt.datetime.fromtimestamp(settings.parameters_from_ms / 1000, ZoneInfo(settings.timezone)).isoformat()
    yield f"{settings.path}: valid"
    yield f"  parameters   version {settings.parameters_version}, for intervals that start at or after {begins}"
    yield f"  content      sha256 {settings.content_hash}"
    size = f"{_count(len(settings.programs), 'program')}, {_count(len(queues), 'queue')}"
    yield f"  site         {settings.timezone}; {size}"
    yield f"  sources      {', '.join(settings.sources) or 'none'}"
    keep = settings.history.retention_days
    yield (
        f"  kafka        topics {settings.kafka.topic_prefix or ''}call-data, …; "
        f"{_count(settings.kafka.partitions, 'partition')}, replication {settings.kafka.replication}, "
        f"{settings.kafka.security.get('security_protocol', 'PLAINTEXT')}"
    )
    yield f"  history      kept {'for ever' if keep is None else _count(keep, 'day')}"
    yield f"  notify       {_told(settings.notify)}"
    yield from _describe_metrics(settings.metrics)
    yield ""
    yield "Any queue the file does not name"
    base = settings.program(UNASSIGNED)
    yield from _describe_queue(base, settings.origins("", UNASSIGNED))
    yield "    rules        (* set in the file; the rest are defaults of this product)"
    for rule in RULES:
        yield f"      {_describe_rule(rule, base, settings.origins('', UNASSIGNED))}"
    for program, queue in queues:
        own = settings.queue(queue)
        origins = settings.origins(queue)
        yield ""
        yield f"Program {program}, queue {queue}"
        yield from _describe_queue(own, origins)
        others = [rule for rule in RULES if own.rules[rule] != base.rules[rule]]
        yield f"    rules        as above{', but' if others else ''}"
        for rule in others:
            yield f"      {_describe_rule(rule, own, origins)}"
    yield ""
    yield from _describe_groups(settings)


def _describe_metrics(metrics: MetricSettings) -> Iterator[str]:
    """The metrics that the scorecard requires, and its gate."""
    required = "; ".join(f"{item} {', '.join(names) or 'none'}" for item, names in metrics.required.items())
    yield f"  metrics      {required or 'none is required'}{_DEFAULT if metrics.ours else ''}"
    for queue, limits in metrics.aht_seconds.items():
        low, high = limits.at_least, limits.at_most
        ends = [*([] if low is None else [f"at least {low:g}"]), *([] if high is None else [f"at most {high:g}"])]
        yield f"               average handle time of {queue}: {', '.join(ends)} s"
    ours = _DEFAULT if (metrics.collected, metrics.integrity) == (_OURS.collected, _OURS.integrity) else ""
    gate = f"figures in {metrics.collected:.4g} of the intervals due, at most {metrics.integrity:.4g} failed a check"
    yield f"               CUI gate: {gate}{ours}"


def _describe_groups(settings: Settings) -> Iterator[str]:
    """Sites and pools, a line each."""
    for site in settings.sites:
        yield f"Site {site.id}: {site.timezone or settings.timezone}; {', '.join(site.queues) or 'no queue'}"
    for pool in settings.pools:
        yield f"Pool {pool.id}: {', '.join(pool.queues)}"
    if settings.sites or settings.pools:
        yield ""


def _told(notify: NotifySettings) -> str:
    """Who is told, in a line."""
    if not notify.routes:
        return "nobody is told; a section notify says who is"
    people = {name: notify.people[name] for team in notify.teams.values() for name in team.people}
    told = ", ".join(f"{name} by {', '.join(each.kind for each in one.channels)}" for name, one in people.items())
    repeat = "" if notify.repeat_ms is None else f"; reminded every {notify.repeat_ms / 3_600_000:g} h"
    return f"{_count(len(notify.routes), 'route')}; {told}{repeat}"


def _describe_queue(own: QueueSettings, origins: Mapping[str, str]) -> Iterator[str]:
    def mark(*names: str) -> str:
        return "" if any(origins[name] for name in names) else _DEFAULT

    level = own.service_level
    sl = "service_level."
    edge = "counts as within" if level.threshold_inclusive else "does not count as within"
    denominator = ", overflowed contacts in the denominator" if level.overflow_counts else ""
    yield f"    channel      {own.channel}, {'deferred' if own.deferred else 'real-time'}{mark('channel', 'deferred')}"
    at_once = f"{own.concurrency:g} {'contact' if own.concurrency == 1 else 'contacts'} at once"
    yield f"    an agent     effectively serves {at_once}{mark('concurrency')}"
    yield f"    counted as   {level.definition}: {FORMULAS[level.definition]}{denominator}{mark(sl + 'definition')}"
    yield f"    threshold    {_seconds(level.threshold_ms)}, which itself {edge}{mark(sl + 'threshold_ms')}"
    yield f"    target       {_percent(level.target)}{mark(sl + 'target')}"
    limits = "none" if level.range is None else " to ".join(_percent(end) for end in level.range)
    yield f"    range        {limits}{mark(sl + 'range')}"
    yield f"    short aband. up to {_seconds(level.short_abandon_ms)}{mark(sl + 'short_abandon_ms')}"
    model = "Erlang C, customers never give up"
    if level.patience_seconds is not None:
        model = f"Erlang A, mean patience {level.patience_seconds:g} s"
    yield f"    staffing     {model}{mark(sl + 'patience_seconds')}"
    yield f"                 occupancy at most {_percent(level.max_occupancy)}{mark(sl + 'max_occupancy')}"
    span = "[start, end)" if own.interval_closed == "left" else "(start, end]"
    yield f"    intervals    {own.interval_ms // 60_000} minutes, {span}{mark('interval_ms', 'interval_closed')}"
    moment = "arrives" if own.attribution == "arrival" else "leaves"
    yield f"                 counted where a contact {moment}{mark('attribution')}"
    final = own.grace_ms + level.threshold_ms
    yield (
        f"    final        {_seconds(final)} after its end: threshold + grace of {_seconds(own.grace_ms)}"
        f"{mark('grace_ms')}"
    )
    yield f"    plan         {own.plan}{mark('plan')}"
    yield f"    time zone    {own.timezone}{mark('timezone')}"
    yield f"    vocabulary   {own.vocabulary}, of errors in monitored transactions (2.4){mark('vocabulary')}"
    days = [name for name in origins if name.startswith("hours.")]
    hours = "open whenever there is data" if own.hours is None else describe_hours(own.hours)
    yield f"    hours        {hours}{mark(*days)}"
    if own.closed:
        yield f"    closed on    {', '.join(day.isoformat() for day in sorted(own.closed))}"


def _describe_rule(rule: str, own: QueueSettings, origins: Mapping[str, str]) -> str:
    settings = own.rules[rule]
    needed = RULES[rule].on_when_set
    head = f"{rule} ({RULES[rule].item}, {RULES[rule].noun}):"
    if not settings.on:
        hint = f" until its {needed} is set" if needed and settings.parameters[needed] is None else ""
        return f"{head} off{'*' if origins[f'rules.{rule}.on'] else ''}{hint}"
    parts = [
        f"{name} {_value(value)}" + ("*" if origins[f"rules.{rule}.{name}"] else "")
        for name, value in settings.parameters.items()
    ]
    return f"{head} {settings.severity}{'*' if origins[f'rules.{rule}.severity'] else ''}; {', '.join(parts)}"


def _value(value: RuleValue) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return " to ".join(f"{end:g}" for end in value)
    return f"{value:g}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g} s"


def _percent(ratio: float | None) -> str:
    return "none" if ratio is None else f"{ratio * 100:.6g} %"
