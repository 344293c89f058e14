"""Layers of settings: the keys that site, defaults, program and queue set, and their merging.

Each of these places may set the same keys, and the most specific one wins. A place is read into a flat mapping from a
dotted name (`service_level.target`) to the value and its node. So merging is a union of mappings, and a fault that
shows only in the merged layer can still name the key to change.
"""

import functools
import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from config.hours import DAYS, Spans, overlap, read_closed, read_hours, read_times
from config.rules import RULES, read_range, read_rule
from config.timestamps import INTERVAL_LENGTHS_MINUTES
from config.yaml import Node, nearest
from copc.service_level import DEFINITIONS

__all__ = [
    "DEFAULT_KEYS",
    "OVERRIDES",
    "PRODUCT",
    "SERVICE_LEVEL_KEYS",
    "SITE_KEYS",
    "Layer",
    "Setting",
    "hours_of",
    "merge_layers",
    "name_in_layer",
    "read_layer",
    "read_timezone",
]

_YEAR_SECONDS: Final = 366 * 86_400
RANGE_BELOW: Final = 0.05
RANGE_ABOVE: Final = 0.10


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, with the node that set it."""

    value: Any  # of the type its name has in PRODUCT
    node: Node | None
    """The node that set it; None: a default of this product."""
    derived: bool = False
    """Whether the value was derived from the node (a range from its target)."""

    @property
    def origin(self) -> str:
        """Path of the key that set the value; empty: a default of this product."""
        return "" if self.node is None or self.derived else self.node.path


Layer = Mapping[str, Setting]


def _milliseconds(low: float, high: float, *, unit: int = 1000) -> Callable[[Node], int]:
    def read(node: Node) -> int:
        value = node.number(low, high)
        ms = round(value * unit)
        if abs(value * unit - ms) > 1e-6:
            raise node.wrong("seconds with at most three decimals")
        return ms

    return read


@functools.cache
def _timezones() -> frozenset[str]:
    # `localtime` and `Factory` are files of some systems' database, and mean something else on the next machine.
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory"})


def read_timezone(node: Node) -> str:
    """An IANA time zone.

    Raises:
        UserError: it is none.
    """
    allowed = "an IANA time zone like Europe/Madrid"
    name = node.name(allowed)
    if name not in _timezones():
        raise node.wrong(allowed + nearest(name, _timezones()))
    return name


def _interval(node: Node) -> int:
    if isinstance(node.value, bool) or node.value not in INTERVAL_LENGTHS_MINUTES:
        raise node.wrong(f"one of {', '.join(map(str, INTERVAL_LENGTHS_MINUTES))} minutes")
    return int(node.integer(1, 60)) * 60_000


def _plan(node: Node) -> str:
    return node.name("frozen, latest, or the name of a plan version")


def _optional_ratio(node: Node) -> float | None:
    return None if node.value is None else float(node.number(0, 1))


def _optional_range(node: Node) -> tuple[float, float] | None:
    return None if node.value is None else read_range(node)


def _patience(node: Node) -> float | None:
    return None if node.value is None else float(node.number(0, _YEAR_SECONDS, above=True))


def _projections(node: Node) -> tuple[int, ...]:
    given = node.fields(("at",))
    if "at" not in given:
        raise node.wrong('{at: ["09:00", "13:00"]}')
    return read_times(given["at"])


def _choice(*options: str) -> Callable[[Node], str]:
    return lambda node: node.choice(options)


SITE_KEYS: Final[Mapping[str, Callable[[Node], Any]]] = {
    "timezone": read_timezone,
    "interval_minutes": _interval,
    "interval_closed": _choice("left", "right"),
    "attribution": _choice("arrival", "event"),
    "grace_seconds": _milliseconds(0, _YEAR_SECONDS),
    "idle_seconds": _milliseconds(0.001, _YEAR_SECONDS),
    "clock_skew_seconds": _milliseconds(0, 86_400),
    "silent_after_seconds": _milliseconds(0, _YEAR_SECONDS),
    "max_state_seconds": _milliseconds(1, _YEAR_SECONDS),
    "max_wait_seconds": _milliseconds(1, _YEAR_SECONDS),
    "correction_days": _milliseconds(0, 3660, unit=86_400_000),
    "oldest_record_days": _milliseconds(1, 36_600, unit=86_400_000),
    "dormant_days": _milliseconds(1, 3660, unit=86_400_000),
    "max_unconfigured_queues": lambda node: int(node.integer(0, 1_000_000)),
    "plan": _plan,
    "projections": _projections,
    "vocabulary": _choice("critical", "fatal"),
}
SERVICE_LEVEL_KEYS: Final[Mapping[str, Callable[[Node], Any]]] = {
    "definition": _choice(*DEFINITIONS),
    "threshold_seconds": _milliseconds(0, _YEAR_SECONDS),
    "threshold_inclusive": Node.boolean,
    "target": _optional_ratio,
    "range": _optional_range,
    "short_abandon_seconds": _milliseconds(0, _YEAR_SECONDS),
    "overflow_counts": Node.boolean,
    "patience_seconds": _patience,
    "max_occupancy": lambda node: float(node.number(0, 1, above=True)),
}
_MOST_AT_ONCE: Final = 50
"""Contacts that one agent can be said to serve at once."""
_SINGLE_KEYS: Final[Mapping[str, Callable[[Node], Any]]] = {
    "channel": lambda node: node.name("a name like voice, chat, email or case"),
    "concurrency": lambda node: float(node.number(1, _MOST_AT_ONCE)),
    "deferred": Node.boolean,
}
_UNIT: Final = re.compile(r"_(seconds|minutes|days)$")
_AS_GIVEN: Final = ("patience_seconds",)
"""Keys whose value keeps the unit of its name."""


def name_in_layer(key: str) -> str:
    """The name in a layer of the value of a key; durations are held in milliseconds under a name that ends in _ms."""
    return key if key.endswith(_AS_GIVEN) else _UNIT.sub("_ms", key)


DEFAULT_KEYS: Final = ("channel", "concurrency", "deferred", "service_level", "hours", "closed")
OVERRIDES: Final = (*SITE_KEYS, *DEFAULT_KEYS, "rules")
"""The keys that a program or a queue may set again."""


def _product() -> Iterator[tuple[str, Any]]:
    """Every name with the default of this product."""
    yield "timezone", "UTC"
    yield "interval_ms", 30 * 60_000
    yield "interval_closed", "left"
    yield "attribution", "arrival"
    yield "grace_ms", 300_000
    yield "idle_ms", 30_000
    yield "clock_skew_ms", 5_000
    yield "silent_after_ms", 3_600_000
    yield "max_state_ms", 57_600_000
    yield "max_wait_ms", 14_400_000
    yield "correction_ms", 7 * 86_400_000
    yield "oldest_record_ms", 400 * 86_400_000
    yield "dormant_ms", 35 * 86_400_000
    yield "max_unconfigured_queues", 1_000
    yield "plan", "frozen"
    yield "projections", (540, 660, 780, 900)
    yield "vocabulary", "critical"
    yield "channel", "voice"
    yield "concurrency", 1.0
    yield "deferred", False
    yield "service_level.definition", "S1"
    yield "service_level.threshold_ms", 20_000
    yield "service_level.threshold_inclusive", True
    yield "service_level.target", 0.80
    yield "service_level.range", (0.75, 0.90)
    yield "service_level.short_abandon_ms", 5_000
    yield "service_level.overflow_counts", False
    yield "service_level.patience_seconds", 180.0
    yield "service_level.max_occupancy", 1.0
    yield "closed", frozenset()
    for day in DAYS:
        yield f"hours.{day}", None
    for rule, definition in RULES.items():
        yield f"rules.{rule}.on", definition.on
        yield f"rules.{rule}.severity", definition.severity
        for name, parameter in definition.parameters.items():
            yield f"rules.{rule}.{name}", parameter.default


PRODUCT: Final[Layer] = {name: Setting(value, None) for name, value in _product()}
"""The layer under all others. Durations are milliseconds, in whatever unit the file gives them."""


def read_layer(fields: Mapping[str, Node]) -> dict[str, Setting]:
    """The settings of one place; keys outside `OVERRIDES` are left to other readers.

    Raises:
        UserError: a key is unknown, or its value is not of the type or in the range allowed.
    """
    layer: dict[str, Setting] = {}
    for key, node in fields.items():
        if key in SITE_KEYS:
            layer[name_in_layer(key)] = Setting(SITE_KEYS[key](node), node)
        elif key == "service_level":
            layer.update(_read_service_level(node))
        elif key == "hours":
            layer.update(_read_hours(node))
        elif key == "closed":
            layer[key] = Setting(read_closed(node), node)
        elif key in _SINGLE_KEYS:
            layer[key] = Setting(_SINGLE_KEYS[key](node), node)
        elif key == "rules":
            for rule, child in node.fields(tuple(RULES)).items():
                layer.update(
                    {f"rules.{rule}.{name}": Setting(*given) for name, given in read_rule(rule, child).items()}
                )
    return layer


def _read_service_level(node: Node) -> dict[str, Setting]:
    fields = node.fields(tuple(SERVICE_LEVEL_KEYS))
    layer = {
        f"service_level.{name_in_layer(key)}": Setting(SERVICE_LEVEL_KEYS[key](child), child)
        for key, child in fields.items()
    }
    if "target" in fields and "range" not in fields:
        # A target set without a range gets a range of its own: the range of a wider place belongs to another target.
        target = layer["service_level.target"].value
        derived = None if target is None else _range_around(target)
        layer["service_level.range"] = Setting(derived, fields["target"], derived=True)
    return layer


def _range_around(target: float) -> tuple[float, float]:
    """[target - 0.05, target + 0.10] within 0 to 1, free of the last digit's rounding."""
    return max(0.0, round(target - RANGE_BELOW, 12)), min(1.0, round(target + RANGE_ABOVE, 12))


def _read_hours(node: Node) -> dict[str, Setting]:
    if node.value is None:
        return {f"hours.{day}": Setting(None, node) for day in DAYS}
    return {f"hours.{DAYS[day]}": Setting(spans, child) for day, (spans, child) in read_hours(node).items()}


def merge_layers(*layers: Layer) -> dict[str, Setting]:
    """The layers merged, the last on top, and checked for contradictions between them.

    Raises:
        UserError: the target is not strictly inside its range, spans of opening hours overlap, or parameters of a
            rule contradict each other.
    """
    total: dict[str, Setting] = {}
    for layer in layers:
        total.update(layer)
    _check_target(total)
    week = {day: total[f"hours.{name}"].value or () for day, name in enumerate(DAYS)}
    clash = overlap(week)
    if clash is not None:
        node = total[f"hours.{DAYS[clash]}"].node
        assert node is not None  # noqa: S101  the product's own hours are empty
        raise node.fault(f"the spans of {DAYS[clash]} overlap those of a day set elsewhere; set both days here")
    for rule in RULES:
        _check_rule(rule, total)
    return total


def hours_of(total: Layer) -> tuple[Spans, ...] | None:
    """The spans of the seven weekdays; None: no day is set, so the queue is open whenever there is data."""
    days = [total[f"hours.{day}"].value for day in DAYS]
    return None if all(day is None for day in days) else tuple(day or () for day in days)


def _check_target(total: Layer) -> None:
    target, limits = total["service_level.target"], total["service_level.range"]
    if target.value is None or limits.value is None:
        return
    low, high = limits.value
    if low < target.value < high:
        return
    node = limits.node if target.node is None else target.node
    assert node is not None  # noqa: S101  the product's own target is inside its range
    source = "worked out from it" if limits.derived else f"set by {limits.origin or 'default'}"
    raise node.fault(
        f"the target {target.value:g} is not strictly inside the range [{low:g}, {high:g}] ({source}); "
        f"set target and range together, with low < target < high"
    )


def _check_rule(rule: str, total: Layer) -> None:
    definition = RULES[rule]
    for first, second in definition.ordered:
        low, high = total[f"rules.{rule}.{first}"], total[f"rules.{rule}.{second}"]
        if low.value is None or high.value is None or low.value <= high.value:
            continue
        node = low.node if high.node is None else high.node
        assert node is not None  # noqa: S101  the product's own figures are in order
        raise node.fault(
            f"{second} is {high.value:g} ({high.origin or 'default'}) and {first} {low.value:g} "
            f"({low.origin or 'default'}); {second} must not be less than {first}"
        )
    needed = definition.on_when_set
    on = total[f"rules.{rule}.on"]
    if needed and on.value and on.node is not None and total[f"rules.{rule}.{needed}"].value is None:
        raise on.node.fault(f"the rule cannot be on without {needed}; set {needed} too")
