"""The programs, sites and pools of a file: who the queues belong to, and the layer of settings of each.

A queue belongs to one program and to at most one site, and to any number of pools. Their names differ over all three,
so that one name says which group is meant.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from config.layers import OVERRIDES, PRODUCT, Layer, Setting, merge_layers, read_layer, read_timezone
from config.queue_settings import UNASSIGNED
from config.yaml import Node, nearest

__all__ = ["Pool", "PoolPlace", "Programs", "Site", "read_programs"]


@dataclass(frozen=True, slots=True)
class Pool:
    """Queues that share agents."""

    id: str
    queues: tuple[str, ...]
    """At least two, in order of name."""


@dataclass(frozen=True, slots=True)
class Site:
    """Queues of one place."""

    id: str
    timezone: str | None
    """IANA name; None: that of the file's `site`."""
    queues: tuple[str, ...]
    """In order of name."""


@dataclass(frozen=True, slots=True)
class PoolPlace:
    """Where a pool is, for the routes of its breaches."""

    id: str
    queues: tuple[str, ...]
    programs: tuple[str, ...]
    """The program of each."""


class Programs(NamedTuple):
    """The queues of a file by program, site and pool, each with its settings."""

    layers: dict[tuple[str, str], Layer]
    """Resolved layers by (program, queue): ("", "") for the file's site, (program, "") for a program itself."""
    programs: dict[str, tuple[str, ...]]
    sites: tuple[Site, ...]
    """In order of id."""
    pools: tuple[Pool, ...]
    """In order of id."""

    def placed_pools(self) -> dict[str, PoolPlace]:
        """The pools by id, with the programs of their queues."""
        homes = {queue: program for program, queues in self.programs.items() for queue in queues}
        return {
            pool.id: PoolPlace(pool.id, pool.queues, tuple(homes[queue] for queue in pool.queues))
            for pool in self.pools
        }


class _Program(NamedTuple):
    """A program as the file has it."""

    layer: Layer
    queues: dict[str, Mapping[str, Node]]


def read_programs(fields: Mapping[str, Node], site: Layer) -> Programs:
    """The programs, sites and pools of a file.

    Args:
        fields: the file's keys; of them `programs`, `sites` and `pools` are read.
        site: the settings of `site`, `defaults` and `rules`.

    Raises:
        UserError: a key or value is wrong, an id stands twice, or a queue belongs to two programs or sites.
    """
    found = _read_programs(fields.get("programs"))
    programs = {program: tuple(each.queues) for program, each in found.items()}
    ids: dict[str, str] = dict.fromkeys(programs, "a program")
    ids.setdefault(UNASSIGNED, "the program of queues without one")
    sites, zones = _read_sites(fields.get("sites"), programs, ids)
    layers: dict[tuple[str, str], Layer] = {("", ""): merge_layers(PRODUCT, site)}
    for program, each in found.items():
        layers[program, ""] = merge_layers(PRODUCT, site, each.layer)
        for queue, own in each.queues.items():
            place = {"timezone": zones[queue]} if queue in zones else {}
            layers[program, queue] = merge_layers(PRODUCT, site, each.layer, place, read_layer(own))
    return Programs(layers, programs, sites, _read_pools(fields.get("pools"), programs, ids))


def _read_programs(node: Node | None) -> dict[str, _Program]:
    programs: dict[str, _Program] = {}
    places: dict[str, Node] = {}
    for program_node in _items(node, "a list of programs, each {id: …, queues: […]}"):
        keys = program_node.fields(("id", "queues", *OVERRIDES))
        program = _read_id(program_node, keys, "the name of the program as the data has it")
        if program in programs:
            raise keys["id"].fault(f"the program {program!r} stands twice; give each program an id of its own")
        queues: dict[str, Mapping[str, Node]] = {}
        for queue_node in _items(keys.get("queues"), "a list of queues, each {id: …}"):
            own = queue_node.fields(("id", *OVERRIDES))
            queue = _read_id(queue_node, own, "the name of the queue as the data has it")
            if queue in places:
                raise own["id"].fault(
                    f"the queue {queue!r} stands at {places[queue].path} too; a queue belongs to one program"
                )
            places[queue], queues[queue] = own["id"], own
        programs[program] = _Program(read_layer(keys), queues)
    return programs


def _read_sites(
    node: Node | None, programs: Mapping[str, tuple[str, ...]], ids: dict[str, str]
) -> tuple[tuple[Site, ...], dict[str, Setting]]:
    """The sites, and by queue the time zone that its site gives it."""
    homes = {queue: program for program, queues in programs.items() for queue in queues}
    named: dict[str, tuple[str, Node]] = {}
    whole: dict[str, tuple[str, Node]] = {}
    given: dict[str, Setting | None] = {}
    for place in _items(node, "a list of sites, each {id: …, programs: […], queues: […]}"):
        keys = place.fields(("id", "timezone", "programs", "queues"))
        site = _new_id(place, keys, ids, "a site")
        if "programs" not in keys and "queues" not in keys:
            raise place.fault("a site has neither programs nor queues; name those that it runs")
        given[site] = Setting(read_timezone(keys["timezone"]), keys["timezone"]) if "timezone" in keys else None
        _claim(named, keys.get("queues"), homes, ("queue", site))
        _claim(whole, keys.get("programs"), programs, ("program", site))
    of_queue = {queue: whole[program][0] for queue, program in homes.items() if program in whole}
    of_queue |= {queue: site for queue, (site, _) in named.items()}
    zones = {queue: zone for queue, site in of_queue.items() if (zone := given[site]) is not None}
    sites = tuple(
        Site(site, None if zone is None else zone.value, tuple(sorted(q for q, s in of_queue.items() if s == site)))
        for site, zone in sorted(given.items())
    )
    return sites, zones


def _claim(
    taken: dict[str, tuple[str, Node]], node: Node | None, known: Collection[str], claim: tuple[str, str]
) -> None:
    """Note the site of each queue or program that a list names."""
    kind, site = claim
    for name, item in _names(node, known, kind).items():
        if name in taken:
            other, place = taken[name]
            raise item.fault(f"the {kind} {name!r} stands at {place.path} (site {other}) too; it has one site")
        taken[name] = (site, item)


def _read_pools(node: Node | None, programs: Mapping[str, tuple[str, ...]], ids: dict[str, str]) -> tuple[Pool, ...]:
    known = [queue for queues in programs.values() for queue in queues]
    pools: list[Pool] = []
    for place in _items(node, "a list of pools, each {id: …, queues: […]}"):
        keys = place.fields(("id", "queues"))
        pool = _new_id(place, keys, ids, "a pool")
        queues = _names(keys.get("queues"), known, "queue")
        if len(queues) < 2:
            raise place.fault(f"the pool {pool!r} has fewer than two queues; name those that share agents")
        pools.append(Pool(pool, tuple(sorted(queues))))
    return tuple(sorted(pools, key=lambda pool: pool.id))


def _items(node: Node | None, allowed: str) -> list[Node]:
    return [] if node is None else node.items(allowed)


def _names(node: Node | None, known: Collection[str], kind: str) -> dict[str, Node]:
    """The names of a list, each of a queue or program that the file has."""
    names: dict[str, Node] = {}
    for item in _items(node, f"a list of names of {kind}s"):
        name = item.name(f"the id of a {kind} under programs")
        if name not in known:
            raise item.fault(
                f"the {kind} {name!r} stands nowhere under programs{nearest(name, known) or ';'} name it there first"
            )
        if name in names:
            raise item.fault(f"the {kind} {name!r} stands twice in this list; keep one")
        names[name] = item
    return names


def _new_id(node: Node, keys: Mapping[str, Node], ids: dict[str, str], kind: str) -> str:
    """The id of a site or pool, which nothing else has."""
    name = _read_id(node, keys, f"a name for {kind}")
    if name in ids:
        raise keys["id"].fault(f"{name!r} is the id of {ids[name]} too; programs, sites and pools differ in their ids")
    ids[name] = kind
    return name


def _read_id(node: Node, fields: Mapping[str, Node], allowed: str) -> str:
    if "id" not in fields:
        raise node.fault(f"id is missing; allowed: {allowed}")
    return fields["id"].name(allowed)
