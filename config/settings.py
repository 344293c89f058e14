"""The settings of each queue, typed and frozen, from one YAML file or several versions of it.

The engine asks for a queue and gets every setting resolved: product defaults, then the file's site and defaults, then
the program, then the queue, where the later one wins (docs/reference/configuration.md).
"""

import dataclasses
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import rfc8785

from config.assessing.metrics import MetricSettings, read_metrics
from config.channels import read_smtp
from config.errors import UserError
from config.layers import DEFAULT_KEYS, PRODUCT, SITE_KEYS, Layer, Setting, read_layer
from config.notify import NotifySettings, read_notify
from config.programs import Pool, Programs, Site, read_programs
from config.queue_settings import LATER_SETTINGS, UNASSIGNED, QueueSettings, ServiceLevel, queue_settings
from config.rules import RuleSettings
from config.servers import HistorySettings, KafkaSettings, read_history, read_kafka
from config.sources.settings import SourceSettings, read_source
from config.timestamps import from_rfc3339
from config.yaml import Node, read_yaml

__all__ = [
    "UNVERSIONED",
    "Configuration",
    "HistorySettings",
    "KafkaSettings",
    "QueueSettings",
    "RuleSettings",
    "ServiceLevel",
    "Settings",
    "configuration_of",
    "in_force",
    "load",
    "read_settings",
    "settings_of",
]

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class _Version(Protocol):
    @property
    def parameters_from_ms(self) -> int:
        """First instant of the version, milliseconds since 1970-01-01 UTC."""


_V = TypeVar("_V", bound=_Version)


def in_force(versions: Sequence[_V], ms: int) -> _V:
    """The version in force at an instant: the last of those that began by then; before all of them, the first.

    Args:
        versions: at least one, in order of `parameters_from_ms`.
        ms: milliseconds since 1970-01-01 UTC; for an interval, its start.
    """
    found = versions[0]
    if len(versions) > 1:
        for version in versions:
            if version.parameters_from_ms <= ms:
                found = version
    return found


UNVERSIONED: Final = "unversioned"
"""The parameter version of a file that names none; it holds from 1970 on."""


@dataclass(frozen=True, eq=False)
class Settings:
    """One configuration file, resolved; its content stands for one parameter version."""

    path: Path
    timezone: str
    """IANA name of the site."""
    parameters_version: str
    parameters_from_ms: int
    """The version holds for intervals that start at or after this instant."""
    programs: Mapping[str, tuple[str, ...]]
    """Configured queues by program, in the order of the file."""
    sites: tuple[Site, ...]
    """In order of id."""
    pools: tuple[Pool, ...]
    """In order of id."""
    sources: Mapping[str, SourceSettings]
    kafka: KafkaSettings
    history: HistorySettings
    notify: NotifySettings
    metrics: MetricSettings
    """Metrics that the scorecard requires; they decide no figure, and so belong to no parameter version."""
    _layers: Mapping[tuple[str, str], Layer] = field(repr=False)
    """Resolved values by (program, queue): ("", "") for the site, (program, "") for a program itself."""
    _program_of: Mapping[str, str] = field(repr=False)
    _resolved: dict[tuple[str, str], QueueSettings] = field(default_factory=dict, repr=False)

    def queue(self, queue: str, program: str | None = None) -> QueueSettings:
        """The settings of `queue`.

        The configuration's program wins over the record's `program`. A queue that the file does not name has the
        settings of the record's program if the file names that, else the defaults; without a program it belongs to
        `unassigned`.
        """
        home = self._program_of.get(queue) or program or UNASSIGNED
        settings = self._resolved.get((home, queue))
        if settings is None:
            settings = self._build(home, queue)
            self._resolved[home, queue] = settings
        return settings

    def configured_queues(self) -> list[tuple[str, str]]:
        """Every queue that the file names, as (program, queue) in its order."""
        return [(program, queue) for program, queues in self.programs.items() for queue in queues]

    def program(self, program: str) -> QueueSettings:
        """The settings of a program itself, for rules on a program, team, agent or month."""
        return self._build(program, "")

    @functools.cached_property
    def content(self) -> list[dict[str, Any]]:
        """All settings that decide a figure or a breach, resolved and JSON-like, without sources, kafka and history.

        One object for the site (`program` and `queue` empty), each program (`queue` empty) and each queue. The site's
        has the `sites` and `pools`, where there are any.
        """
        site, *others = [_content(self._build(*key)) for key in sorted(self._layers)]
        groups: dict[str, Sequence[Site | Pool]] = {"sites": self.sites, "pools": self.pools}
        named = {name: [_plain(each) for each in given] for name, given in groups.items() if given}
        return [site | named, *others]

    @functools.cached_property
    def content_hash(self) -> str:
        """SHA-256 of `content`.

        The order of programs and queues does not matter, nor whether a value was written out or left to its default.
        """
        return hashlib.sha256(rfc8785.dumps(self.content)).hexdigest()

    def origins(self, queue: str, program: str | None = None) -> dict[str, str]:
        """The path of the key that set each setting, by dotted name; empty: a default of this product."""
        layer = self._layer(self._program_of.get(queue) or program or UNASSIGNED, queue)
        return {name: given.origin for name, given in layer.items()}

    def _layer(self, program: str, queue: str) -> Layer:
        for key in ((program, queue), (program, ""), ("", "")):
            if key in self._layers:
                return self._layers[key]
        raise AssertionError("a Settings without the site's layer")

    def _build(self, program: str, queue: str) -> QueueSettings:
        layer = self._layer(program, queue)
        settings = queue_settings(
            layer,
            program,
            queue,
            configured=queue in self._program_of if queue else program in self.programs,
            parameters=(self.parameters_version, self.parameters_from_ms),
        )
        return dataclasses.replace(settings, pooled=self._is_pooled(queue))

    def _is_pooled(self, queue: str) -> bool:
        return any(queue in pool.queues for pool in self.pools)


def _plain(group: Site | Pool) -> dict[str, Any]:
    return dataclasses.asdict(group) | {"queues": list(group.queues)}


def _content(settings: QueueSettings) -> dict[str, Any]:
    """Settings JSON-like, as they stand for a parameter version."""
    content = dataclasses.asdict(settings) | {"closed": sorted(day.isoformat() for day in settings.closed)}
    del content["pooled"]  # the site's pools say it
    for name in LATER_SETTINGS:
        if content[name] == PRODUCT[name].value:
            del content[name]
    return content


@dataclass(frozen=True, slots=True, eq=False)
class Configuration:
    """All versions of the parameters, ordered by the instant each holds from."""

    versions: tuple[Settings, ...]
    _queues: dict[tuple[str, str | None], tuple[QueueSettings, ...]] = field(default_factory=dict, repr=False)

    @property
    def last(self) -> Settings:
        """The latest version, which decides on sources, servers and the site's clock."""
        return self.versions[-1]

    @property
    def sources(self) -> Mapping[str, SourceSettings]:
        """How files and feeds are read."""
        return self.last.sources

    @property
    def absent_is_missing(self) -> frozenset[str]:
        """Sources of interval rows that write a row of zeros for an interval without contacts."""
        return frozenset(name for name, source in self.sources.items() if source.absent == "missing")

    @property
    def timezone(self) -> str:
        """IANA name of the site."""
        return self.last.timezone

    @property
    def kafka(self) -> KafkaSettings:
        """How Kafka is reached."""
        return self.last.kafka

    @property
    def history(self) -> HistorySettings:
        """How long results are kept."""
        return self.last.history

    @property
    def notify(self) -> NotifySettings:
        """Who is told of what."""
        return self.last.notify

    def at(self, ms: int) -> Settings:
        """The version for an interval that starts at `ms`; before the first version's time, the first."""
        return in_force(self.versions, ms)

    def as_of(self, ms: int) -> "Configuration":
        """The configuration of the version in force at `ms` alone, for files made of one version."""
        return Configuration((self.at(ms),))

    def queue(self, queue: str, program: str | None = None) -> tuple[QueueSettings, ...]:
        """The settings of `queue` in each version, ordered by `parameters_from_ms`."""
        key = (queue, program)
        found = self._queues.get(key)
        if found is None:
            found = tuple(settings.queue(queue, program) for settings in self.versions)
            self._queues[key] = found
        return found

    def configured_queues(self) -> list[tuple[str, str]]:
        """Every queue that any version names, as (program, queue), once, with the program of the latest version."""
        named = {queue: program for settings in self.versions for program, queue in settings.configured_queues()}
        return [(program, queue) for queue, program in named.items()]


def load(paths: Sequence[Path]) -> Configuration:
    """The configuration of one file or several versions of it.

    Raises:
        UserError: a file cannot be read or is wrong, or two files have the same version or the same `from`.
    """
    if not paths:
        raise UserError("no configuration given; name a file with --config")
    versions = sorted((read_settings(path) for path in paths), key=lambda settings: settings.parameters_from_ms)
    seen: dict[str, Settings] = {}
    for earlier, settings in zip([None, *versions], versions, strict=False):
        same = seen.setdefault(settings.parameters_version, settings)
        if same is not settings:
            raise UserError(
                f"{settings.path}: parameters.version: found {settings.parameters_version!r}, which {same.path} has "
                f"too; give each file a version of its own"
            )
        if earlier is not None and earlier.parameters_from_ms == settings.parameters_from_ms:
            raise UserError(
                f"{settings.path}: parameters.from: the same instant as in {earlier.path}; let each version begin at "
                f"its own"
            )
    return configuration_of(versions)


def configuration_of(versions: Sequence[Settings]) -> Configuration:
    """The configuration of versions in order of their `parameters_from_ms`.

    Raises:
        UserError: two versions lay a queue's intervals otherwise.
    """
    configuration = Configuration(tuple(versions))
    for program, queue in [("", ""), *configuration.last.configured_queues()]:
        _require_one_grid(configuration.versions, program, queue)
    return configuration


_GRID: Final = ("timezone", "interval_ms", "interval_closed", "attribution")
"""Settings that no version may change for a queue, so that its intervals stay one series."""


def _require_one_grid(versions: Sequence[Settings], program: str, queue: str) -> None:
    first, *others = [settings.queue(queue, program or None) for settings in versions]
    for settings, found in zip(versions[1:], others, strict=True):
        for name in _GRID:
            was, now = getattr(first, name), getattr(found, name)
            if was != now:
                key = "interval_minutes" if name == "interval_ms" else name
                raise UserError(
                    f"{settings.path}: {key} of {f'queue {queue}' if queue else 'the site'}: differs from "
                    f"{versions[0].path} ({_shown(name, was)}, here {_shown(name, now)}); a queue keeps one grid of "
                    f"intervals: give the queue a new id, or start a new history"
                )


def _shown(name: str, value: object) -> str:
    return str(value // 60_000) if name == "interval_ms" and isinstance(value, int) else str(value)


def read_settings(path: Path) -> Settings:
    """The settings of one configuration file.

    Raises:
        UserError: the file cannot be read, or a key or value is wrong.
    """
    return settings_of(read_yaml(path), path)


def settings_of(root: Node, path: Path) -> Settings:
    """The settings that a document stands for; `path` is that of its file.

    Raises:
        UserError: a key or value is wrong.
    """
    elsewhere = dict.fromkeys(SITE_KEYS, "under site") | dict.fromkeys(DEFAULT_KEYS, "under defaults")
    fields = root.fields(_KEYS, elsewhere)
    version, from_ms = _read_parameters(fields.get("parameters"))
    placed = read_programs(fields, _read_site(fields))
    layers, programs, sites, pools = placed
    return Settings(
        path=path,
        timezone=layers["", ""]["timezone"].value,
        parameters_version=version,
        parameters_from_ms=from_ms,
        programs=programs,
        sites=sites,
        pools=pools,
        sources=_read_sources(fields.get("sources")),
        kafka=read_kafka(fields["kafka"]) if "kafka" in fields else KafkaSettings(),
        history=read_history(fields["history"]) if "history" in fields else HistorySettings(),
        notify=_read_notify(fields, placed, layers["", ""]["timezone"].value),
        metrics=read_metrics(fields.get("metrics")),
        _layers=layers,
        _program_of={queue: program for program, queues in programs.items() for queue in queues},
    )


_KEYS: Final = (
    *("site", "parameters", "defaults", "programs", "sites", "pools", "sources", "rules", "kafka", "history"),
    *("notify", "smtp", "metrics"),
)


def _read_parameters(node: Node | None) -> tuple[str, int]:
    fields = {} if node is None else node.fields(("version", "from"))
    if node is None or not fields:
        return UNVERSIONED, 0
    for key in ("version", "from"):
        if key not in fields:
            raise node.fault(f"{key} is missing; a version has both a name and the instant from which it holds")
    version = fields["version"].name('the name of a version, like "2026-01"')
    instant = fields["from"]
    allowed = "an instant with its offset, like 2026-01-01T00:00:00+01:00"
    if not isinstance(instant.value, str) or not _INSTANT.fullmatch(instant.value):
        raise instant.wrong(allowed)
    try:
        return version, from_rfc3339(instant.value)
    except (ValueError, OverflowError):
        raise instant.wrong(allowed) from None


def _read_site(fields: Mapping[str, Node]) -> Layer:
    """The settings of `site`, `defaults` and `rules`."""
    site: dict[str, Setting] = {}
    if "site" in fields:
        site |= read_layer(fields["site"].fields(tuple(SITE_KEYS), dict.fromkeys(DEFAULT_KEYS, "under defaults")))
    if "defaults" in fields:
        site |= read_layer(fields["defaults"].fields(DEFAULT_KEYS, dict.fromkeys(SITE_KEYS, "under site")))
    if "rules" in fields:
        site |= read_layer({"rules": fields["rules"]})
    return site


def _read_notify(fields: Mapping[str, Node], programs: Programs, timezone: str) -> NotifySettings:
    mail = read_smtp(fields["smtp"]) if "smtp" in fields else None
    if "notify" in fields:
        return read_notify(fields["notify"], mail, programs, timezone)
    return NotifySettings(timezone=timezone, mail=mail)


def _read_sources(node: Node | None) -> dict[str, SourceSettings]:
    entries = {} if node is None else node.entries("a mapping of sources by name")
    return {name: read_source(name, entry) for name, entry in entries.items()}
