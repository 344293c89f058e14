"""Parameter versions that somebody holds beside the files given now: history, or the state of a queue.

A worker that is given only the next version must go on with the version in force until the next one begins. So
history and state keep each version's content, and it is read back here into the settings that it was.
"""

import dataclasses
import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from config.assessing.metrics import MetricSettings
from config.layers import PRODUCT, merge_layers
from config.notify import NotifySettings
from config.programs import Pool, Site
from config.queue_settings import QueueSettings, ServiceLevel, queue_settings
from config.rules import RuleSettings
from config.servers import HistorySettings, KafkaSettings
from config.settings import Configuration, Settings, configuration_of

__all__ = ["HeldVersion", "configuration_of_held", "kept", "restored", "same_content", "with_held"]

_FROM_HISTORY: Final = Path("history")


class HeldVersion(Protocol):
    """A parameter version as history holds it."""

    @property
    def version(self) -> str:
        """Its name."""

    @property
    def parameters_from_ms(self) -> int:
        """Its first instant, milliseconds since 1970-01-01 UTC."""

    @property
    def content(self) -> list[dict[str, Any]]:
        """As `config.settings.Settings.content`."""


@functools.cache
def _defaults() -> QueueSettings:
    """The settings of a queue of which no file says anything."""
    return queue_settings(merge_layers(PRODUCT), "", "", configured=False, parameters=("", 0))


def kept(settings: QueueSettings) -> dict[str, Any]:
    """The settings of one queue, JSON-like."""
    content = dataclasses.asdict(settings) | {"closed": sorted(day.isoformat() for day in settings.closed)}
    if not settings.pooled:
        del content["pooled"]  # as before there were pools
    return content


def restored(content: Mapping[str, Any]) -> QueueSettings:
    """The settings that `kept` was given; what an earlier program did not know is at its default."""
    default = _defaults()
    names = {each.name for each in dataclasses.fields(QueueSettings)}
    values = {name: _tuples(value) for name, value in content.items() if name in names}
    given = {each.name for each in dataclasses.fields(ServiceLevel)} & values.get("service_level", {}).keys()
    level = {name: _tuples(values["service_level"][name]) for name in given}
    values["service_level"] = dataclasses.replace(default.service_level, **level)
    values["closed"] = frozenset(map(dt.date.fromisoformat, values.get("closed", ())))
    values["rules"] = {rule: _rule(own, values.get("rules", {}).get(rule, {})) for rule, own in default.rules.items()}
    return dataclasses.replace(default, **values)


def _rule(default: RuleSettings, content: Mapping[str, Any]) -> RuleSettings:
    held = content.get("parameters", {})
    parameters = {name: _tuples(held.get(name, value)) for name, value in default.parameters.items()}
    return RuleSettings(content.get("on", default.on), content.get("severity", default.severity), parameters)


def _tuples(value: Any) -> Any:  # noqa: ANN401 - a setting of any kind
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def same_content(held: Iterable[Mapping[str, Any]], given: Iterable[Mapping[str, Any]]) -> bool:
    """Whether two contents of a version say the same.

    A setting that only `given` knows, because a later program wrote it, is no change at its default.

    Args:
        held: as history holds it.
        given: of this program.
    """
    old, new = _by_name(held), _by_name(given)
    default = kept(_defaults())
    return old.keys() == new.keys() and all(_same(old[name], new[name], default) for name in old)


def _by_name(content: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(own.get("program", ""), own.get("queue", "")): own for own in content}


def _same(held: Any, given: Any, default: Any) -> bool:  # noqa: ANN401 - a setting of any kind
    if isinstance(held, Mapping) and isinstance(given, Mapping) and isinstance(default, Mapping):
        return held.keys() <= given.keys() and all(
            _same(held[name], given[name], default.get(name))
            if name in held
            else _tuples(given[name]) == _tuples(default.get(name))
            for name in given
        )
    return bool(_tuples(held) == _tuples(given))


@dataclass(frozen=True, eq=False)
class _HeldSettings(Settings):
    """A parameter version whose file is not at hand."""

    _content: list[dict[str, Any]] = field(default_factory=list, repr=False)

    @functools.cached_property
    def content(self) -> list[dict[str, Any]]:
        """As it is held."""
        return self._content

    @functools.cached_property
    def _by_place(self) -> dict[tuple[str, str], QueueSettings]:
        return {name: restored(own) for name, own in _by_name(self._content).items()}

    def origins(self, queue: str, program: str | None = None) -> dict[str, str]:  # noqa: ARG002 - Settings' signature
        """No key of a file set anything."""
        return {}

    def _build(self, program: str, queue: str) -> QueueSettings:
        found = next(
            self._by_place[place] for place in ((program, queue), (program, ""), ("", "")) if place in self._by_place
        )
        configured = queue in self._program_of if queue else program in self.programs
        pooled = self._is_pooled(queue)
        return dataclasses.replace(found, program=program, queue=queue, configured=configured, pooled=pooled)


def _settings_of(held: HeldVersion, timezone: str) -> Settings:
    programs: dict[str, tuple[str, ...]] = {}
    for own in held.content:
        if own.get("program"):
            queues = programs.get(own["program"], ())
            programs[own["program"]] = (*queues, own["queue"]) if own.get("queue") else queues
    site = next((own for own in held.content if not own.get("program") and not own.get("queue")), {})
    return _HeldSettings(
        path=_FROM_HISTORY,
        timezone=site.get("timezone", timezone),
        parameters_version=held.version,
        parameters_from_ms=held.parameters_from_ms,
        programs=programs,
        sites=tuple(Site(each["id"], each["timezone"], tuple(each["queues"])) for each in site.get("sites", ())),
        pools=tuple(Pool(each["id"], tuple(each["queues"])) for each in site.get("pools", ())),
        sources={},
        kafka=KafkaSettings(),
        history=HistorySettings(),
        notify=NotifySettings(),
        metrics=MetricSettings(),
        _layers={},
        _program_of={queue: program for program, queues in programs.items() for queue in queues},
        _content=held.content,
    )


def with_held(configuration: Configuration, held: Iterable[HeldVersion]) -> Configuration:
    """The configuration with those held versions before it that were in force before the first one given.

    Raises:
        UserError: a held version lays a queue's intervals otherwise.
    """
    first = configuration.versions[0]
    names = {settings.parameters_version for settings in configuration.versions}
    earlier = [
        _settings_of(version, first.timezone)
        for version in sorted(held, key=lambda each: each.parameters_from_ms)
        if version.parameters_from_ms < first.parameters_from_ms and version.version not in names
    ]
    return configuration_of([*earlier, *configuration.versions]) if earlier else configuration


def configuration_of_held(held: Iterable[HeldVersion]) -> Configuration | None:
    """The configuration that held versions make, for readers of a history alone; None: none is held.

    Raises:
        UserError: two versions lay a queue's intervals otherwise.
    """
    versions = sorted(held, key=lambda each: each.parameters_from_ms)
    return configuration_of([_settings_of(version, "UTC") for version in versions]) if versions else None
