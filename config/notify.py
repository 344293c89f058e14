"""Who is told of an incident, by which channel, and when: the section `notify`.

No figure depends on it, so it is no part of a parameter version's content. Hours are local times of the site.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from config.channels import LANGUAGES, Channel, MailServer, Person, read_channel, read_people, require_name, web_address
from config.hours import Spans, read_hours
from config.programs import PoolPlace, Programs, Site
from config.rules import RULES
from config.yaml import Node, nearest

__all__ = [
    "TOLD_SEVERITIES",
    "Escalation",
    "NotifySettings",
    "Quiet",
    "Route",
    "Team",
    "read_notify",
]

Week = tuple[Spans, ...]
"""Spans of seven weekdays from Monday, minutes from local midnight; an end beyond 1440 lies on the next day."""

TOLD_SEVERITIES: Final = ("warning", "critical")
"""Severities that anybody is told of; `info` is shown and kept."""
_MOST_HOURS: Final = 24 * 366


@dataclass(frozen=True, slots=True)
class Team:
    """People who are told together."""

    name: str
    people: tuple[str, ...]
    hours: Week | None = None
    """When they are told, local time; None: always."""
    otherwise: str | None = None
    """The team that is told outside `hours` (key `else`); None: theirs is held back until the hours begin."""
    at_least: str = "warning"
    """The severity below which nobody is told."""


@dataclass(frozen=True, slots=True)
class Route:
    """Which team is told of which breach; None: any."""

    team: str
    program: str | None = None
    queue: str | None = None
    site: Site | None = None
    item: str | None = None
    severity: str | None = None
    """The breach's at that moment."""
    at_least: str = "warning"
    """Below it the route fits and tells nobody."""
    pool: str | None = None
    """A named pool, whose own rule has neither program nor queue."""

    def fits(self, program: str, queue: str, item: str, severity: str) -> bool:
        """Whether it is the route of a breach; of a rule over a program the queue is empty, and no site's."""
        wanted = (self.program, self.queue, self.item, self.severity)
        same = all(one is None or one == is_ for one, is_ in zip(wanted, (program, queue, item, severity), strict=True))
        return same and self.pool is None and (self.site is None or queue in self.site.queues)

    def fits_pool(self, pool: PoolPlace, item: str, severity: str) -> bool:
        """Whether it is the route of a pool's breach: the pool's own, or that of a place which has all its queues."""
        return (
            self.pool in {None, pool.id}
            and self.item in {None, item}
            and self.severity in {None, severity}
            and self.queue is None
            and (self.program is None or set(pool.programs) == {self.program})
            and (self.site is None or set(pool.queues) <= set(self.site.queues))
        )


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who else is told of an incident that nobody acknowledges."""

    after_ms: int
    """Since it reached `at_least` and somebody was to be told."""
    to: str
    """A team."""
    at_least: str = "critical"


@dataclass(frozen=True, slots=True)
class Quiet:
    """When nobody is told of what is not bad enough; it is held back until the morning."""

    hours: Week
    below: str = "critical"
    """Severities under it are held back."""


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Who is told; without the section nobody is."""

    people: Mapping[str, Person] = field(default_factory=dict, hash=False)
    teams: Mapping[str, Team] = field(default_factory=dict, hash=False)
    routes: tuple[Route, ...] = ()
    pools: Mapping[str, PoolPlace] = field(default_factory=dict, hash=False)
    escalate: Escalation | None = None
    repeat_ms: int | None = None
    """Since a person was told of what is not over and nobody acknowledged; None: no reminders."""
    quiet: Quiet | None = None
    product: str | None = None
    """The team for the product's own troubles; None: nobody is told of any."""
    language: str = "en"
    timezone: str = "UTC"
    """IANA name of the site, in whose local time hours are."""
    alertmanager: str | None = None
    """Address of Alertmanager's pages, for links."""
    web_url: str | None = None
    """Address of the wallboard as people reach it, for links."""
    docs_url: str | None = None
    """Address of this documentation, for links to the runbook."""
    heartbeat: Channel | None = None
    """Who watches from outside that alerts can be told at all: a webhook that is called every minute, until it is
    not."""
    mail: MailServer | None = None

    def route(self, program: str, queue: str, scope: str, item: str, severity: str) -> Route | None:
        """The first route that fits a breach; None: nobody is told of it.

        A pool's breach, which has neither program nor queue, goes by the pool as a whole. If no route fits that, it
        goes as a breach of its queues would: by the first that fits one of them.
        """
        pool = None if program or queue else self.pools.get(scope)
        if pool is None:
            return next((each for each in self.routes if each.fits(program, queue, item, severity)), None)
        whole = (each for each in self.routes if each.fits_pool(pool, item, severity))
        places = list(zip(pool.programs, pool.queues, strict=True))
        part = (each for each in self.routes if any(each.fits(*place, item, severity) for place in places))
        return next(whole, None) or next(part, None)


_KEYS: Final = (
    "people",
    "teams",
    "routes",
    "escalate",
    "repeat_hours",
    "quiet",
    "product",
    "language",
    "alertmanager",
    "web_url",
    "docs_url",
    "heartbeat",
)
_ROUTE_KEYS: Final = ("program", "queue", "site", "pool", "item", "severity", "team", "at_least")


def read_notify(node: Node, mail: MailServer | None, programs: Programs, timezone: str) -> NotifySettings:
    """The settings of the section `notify:`.

    Args:
        node: of the section.
        mail: the section `smtp:`; None: there is none, and nobody has e-mail.
        programs: the programs, their queues, and the sites that routes may name.
        timezone: IANA name of the site.

    Raises:
        UserError: a key or value is wrong, a person or team is not there, or a route can fit nothing.
    """
    fields = node.fields(_KEYS)
    language = fields["language"].choice(LANGUAGES) if "language" in fields else "en"
    people = dict(read_people(fields.get("people"), language, mail))
    teams = dict(_teams(fields.get("teams"), people))
    routes = tuple(_routes(fields.get("routes"), teams, programs))
    product = _team(fields["product"], teams) if "product" in fields else (routes[-1].team if routes else None)
    return NotifySettings(
        people=people,
        teams=teams,
        routes=routes,
        pools=programs.placed_pools(),
        escalate=_escalation(fields["escalate"], teams) if "escalate" in fields else None,
        repeat_ms=_hours_ms(fields["repeat_hours"]) if "repeat_hours" in fields else None,
        quiet=_quiet(fields["quiet"]) if "quiet" in fields else None,
        product=product,
        language=language,
        timezone=timezone,
        alertmanager=web_address(fields.get("alertmanager")),
        web_url=web_address(fields.get("web_url")),
        docs_url=web_address(fields.get("docs_url")),
        heartbeat=read_channel("webhook", fields["heartbeat"]) if "heartbeat" in fields else None,
        mail=mail,
    )


# --- teams ------------------------------------------------------------------------------------------


def _teams(node: Node | None, people: Mapping[str, Person]) -> Iterator[tuple[str, Team]]:
    entries = {} if node is None else node.entries("a mapping of teams by name, each {people: […]}")
    others: dict[str, tuple[str, Node]] = {}
    for name, team in entries.items():
        require_name(name, team, "team")
        fields = team.fields(("people", "hours", "else", "at_least"))
        members = fields["people"].items("a list of people, like [ana, desk]") if "people" in fields else []
        if not members:
            raise team.fault(f"{name} has no people; allowed: {{people: [ana, desk]}}")
        hours = _week(fields["hours"]) if "hours" in fields else None
        if "else" in fields:
            if hours is None:
                raise fields["else"].fault("else without hours is never asked for; set hours, too, or leave it out")
            others[name] = _known(fields["else"], entries, "team"), fields["else"]
        yield (
            name,
            Team(
                name,
                tuple(dict.fromkeys(_known(member, people, "person") for member in members)),
                hours,
                others[name][0] if name in others else None,
                _told(fields.get("at_least"), "warning"),
            ),
        )
    for name, (_, at) in others.items():
        path = [name]
        while path[-1] in others:
            path.append(others[path[-1]][0])
            if path[-1] in path[:-1]:
                raise at.fault(f"goes round in a circle: {' -> '.join(path)}; let one of them be told always")


def _week(node: Node) -> Week:
    given = read_hours(node)
    return tuple(given[day][0] if day in given else () for day in range(7))


# --- routes -------------------------------------------------------------------------------------------


def _routes(node: Node | None, teams: Mapping[str, Team], programs: Programs) -> Iterator[Route]:
    items = [] if node is None else node.items("a list of routes, each {team: …}")
    routes: list[Route] = []
    for item in items:
        fields = item.fields(_ROUTE_KEYS)
        if "team" not in fields:
            raise item.fault(f"team is missing; allowed: one of {', '.join(teams)}")
        route = Route(
            _team(fields["team"], teams),
            *_place(fields, programs),
            item=_item(fields.get("item")),
            severity=fields["severity"].choice(TOLD_SEVERITIES) if "severity" in fields else None,
            at_least=_told(fields.get("at_least"), "warning"),
        )
        if route.severity is not None and _below(route.severity, route.at_least):
            raise item.fault("fits nothing that it tells: its severity is under its at_least; drop one of the two")
        if "pool" in fields:
            route = replace(route, pool=_pool(fields, programs))
        for at, earlier in enumerate(routes):
            if _takes_all_of(earlier, route, programs):
                raise item.fault(f"fits nothing: routes[{at}] before it takes all that would fit; put it before that")
        routes.append(route)
        yield route


def _place(fields: Mapping[str, Node], programs: Programs) -> tuple[str | None, str | None, Site | None]:
    """Program, queue and site of a route."""
    known = programs.programs
    program = fields["program"].name("the name of a program") if "program" in fields else None
    if program is not None and known and program not in known:
        raise fields["program"].fault(_nothing("program", program, known))
    queue = fields["queue"].name("the name of a queue") if "queue" in fields else None
    if queue is not None and known:
        within = [each for name, queues in known.items() if program in (None, name) for each in queues]
        if queue not in within:
            raise fields["queue"].fault(_nothing("queue", queue, within))
    site = _site(fields["site"], programs) if "site" in fields else None
    if site is not None and not _places(Route("", program, queue, site), known):
        lacks = f"the program {program!r} has no queue" if queue is None else f"the queue {queue!r} is not"
        raise fields["site"].fault(f"fits nothing: {lacks} at the site {site.id!r}; drop one of the two")
    return program, queue, site


def _pool(fields: Mapping[str, Node], programs: Programs) -> str:
    """The pool of a route."""
    node = fields["pool"]
    for key in ("program", "queue", "site"):
        if key in fields:
            raise fields[key].fault(
                "says nothing beside pool, whose breaches are of all its queues; drop one of the two"
            )
    name, known = node.name("the id of a pool"), [pool.id for pool in programs.pools]
    if not known:
        raise node.fault("fits nothing: no pools are configured; route by program, queue, site or item")
    if name not in known:
        raise node.fault(_nothing("pool", name, known))
    return name


def _site(node: Node, programs: Programs) -> Site:
    name = node.name("the name of a site")
    sites = {site.id: site for site in programs.sites}
    if not sites:
        raise node.fault("fits nothing: no sites are configured; route by program, queue or item")
    if name not in sites:
        raise node.fault(_nothing("site", name, sites))
    return sites[name]


def _nothing(kind: str, name: str, known: Collection[str]) -> str:
    return f"fits nothing: no {kind} {name!r} is configured{nearest(name, known) or ';'} known: {', '.join(known)}"


def _item(node: Node | None) -> str | None:
    if node is None:
        return None
    return node.choice(sorted({rule.item for rule in RULES.values()}))


def _takes_all_of(earlier: Route, later: Route, programs: Programs) -> bool:
    """Whether nothing that a later route fits is left by an earlier one."""
    if any(getattr(earlier, name) not in (None, getattr(later, name)) for name in ("item", "severity", "pool")):
        return False
    if later.pool is not None:
        return replace(earlier, item=None, severity=None).fits_pool(programs.placed_pools()[later.pool], "", "")
    places = [(later.program, later.queue)] if later.site is None else _places(later, programs.programs)
    return all(
        earlier.program in (None, program)
        and earlier.queue in (None, queue)
        and (earlier.site is None or queue in earlier.site.queues)
        for program, queue in places
    )


def _places(route: Route, programs: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """The queues that a route with a site may fit, each with its program."""
    return [
        (program, queue)
        for program, queues in programs.items()
        for queue in queues
        if route.program in (None, program)
        and route.queue in (None, queue)
        and (route.site is None or queue in route.site.queues)
    ]


# --- the rest -----------------------------------------------------------------------------------------


def _escalation(node: Node, teams: Mapping[str, Team]) -> Escalation:
    fields = node.fields(("after_minutes", "to", "at_least"))
    for key in ("after_minutes", "to"):
        if key not in fields:
            raise node.fault(f"{key} is missing; allowed: {{after_minutes: 20, to: TEAM, at_least: critical}}")
    minutes = fields["after_minutes"].number(0, _MOST_HOURS * 60, above=True)
    return Escalation(
        max(1, round(minutes * 60_000)), _team(fields["to"], teams), _told(fields.get("at_least"), "critical")
    )


def _quiet(node: Node) -> Quiet:
    entries = dict(node.entries('weekdays and below, like {mon-sun: "22:00-07:00", below: critical}'))
    below = _told(entries.pop("below", None), "critical")
    days = Node(node.file, node.path, node.line, dict(entries.items()))
    if not entries:
        raise node.fault('no weekday is named; allowed: {mon-sun: "22:00-07:00", below: critical}')
    return Quiet(_week(days), below)


def _hours_ms(node: Node) -> int:
    return max(1, round(node.number(0, _MOST_HOURS, above=True) * 3_600_000))


def _told(node: Node | None, default: str) -> str:
    return default if node is None else node.choice(TOLD_SEVERITIES)


def _below(severity: str, other: str) -> bool:
    return TOLD_SEVERITIES.index(severity) < TOLD_SEVERITIES.index(other)


def _team(node: Node, teams: Collection[str]) -> str:
    return _known(node, teams, "team")


def _known(node: Node, known: Collection[str], kind: str) -> str:
    name = node.name(f"the name of a {kind}")
    if name not in known:
        raise node.fault(
            f"no {kind} {name!r} is there{nearest(name, known) or ';'} known: {', '.join(known) or 'none'}"
        )
    return name
