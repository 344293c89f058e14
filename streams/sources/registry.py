"""Which formats there are, and the reader of each source: the one place that `check`, `ingest`, `replay`, `verify` ask.

A format of this product is a module in `streams.sources.formats`, found by its name. Another package adds one by an
entry point of the group `intervalwatch.sources`, named like the format, whose object is a `SourceFormat`.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module, metadata
from typing import Final, NamedTuple

from config.errors import UserError
from config.settings import Configuration
from config.sources.settings import OPTIONS, SourceSettings
from config.yaml import nearest
from streams.sources import formats
from streams.sources.proposal import Proposal, Sighted
from streams.sources.source_format import SourceFormat, SourceReader

__all__ = [
    "GROUP",
    "Source",
    "built_in_formats",
    "find_format",
    "format_names",
    "open_source",
    "open_sources",
    "recognise",
]

GROUP: Final = "intervalwatch.sources"
"""The entry points by which other packages add formats."""


class Source(NamedTuple):
    """One entry of `sources:` with its reader."""

    settings: SourceSettings
    reader: SourceReader

    @property
    def name(self) -> str:
        """The entry's key."""
        return self.settings.name


def built_in_formats() -> tuple[str, ...]:
    """Names of this product's own formats."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(formats.__path__)))


def format_names() -> tuple[str, ...]:
    """Names of all formats that can be read here: this product's, then those of other packages."""
    return tuple(dict.fromkeys([*built_in_formats(), *sorted(metadata.entry_points(group=GROUP).names)]))


def find_format(name: str) -> SourceFormat:
    """The format of this name, one of `format_names()`; only its own module is loaded.

    Raises:
        UserError: two packages offer it, or the package that does cannot be loaded.
    """
    offers = list(metadata.entry_points(group=GROUP, name=name))
    own = name in built_in_formats()
    if len(offers) + own > 1:
        packages = [*(["intervalwatch"] if own else []), *map(_package, offers)]
        raise UserError(f"format {name}: {' and '.join(packages)} offer it; uninstall all but one")
    if own:
        format_of_module: SourceFormat = import_module(f"{formats.__name__}.{name}").FORMAT
        return format_of_module
    return _load(offers[0])


def _load(offer: metadata.EntryPoint) -> SourceFormat:
    try:
        found = offer.load()
    except Exception as error:
        raise UserError(f"format {offer.name}: {_package(offer)} cannot be loaded: {error}; reinstall it") from error
    if not isinstance(found, SourceFormat):
        raise UserError(f"format {offer.name}: {_package(offer)} offers no SourceFormat under {offer.value}; report it")
    return found


def _package(offer: metadata.EntryPoint) -> str:
    return f"package {offer.dist.name}" if offer.dist is not None else f"module {offer.module}"


def open_source(settings: SourceSettings) -> Source:
    """The source with its reader, which has read its own options.

    Raises:
        UserError: no reader serves its format, a key that neither all formats nor this one have, an option that cannot
            be meant; the message names file, key and line.
    """
    known = format_names()
    node = settings.node
    entries = node.entries("a mapping")
    if settings.format not in known:
        given = entries.get("format", node)
        hint = nearest(settings.format, known) or ";"
        raise given.fault(f"found {given.found}, which no reader serves{hint} allowed: one of {', '.join(known)}")
    source_format = find_format(settings.format)
    keys = (*OPTIONS, *source_format.options)
    for key, option in settings.options.items():
        if key not in keys:
            raise option.unknown(key, keys)
    if source_format.records and settings.record is None:
        raise node.fault(f"says no record; add record: one of {', '.join(source_format.records)}")
    if settings.record is not None:
        if not source_format.records:
            raise entries["record"].fault(f"format {settings.format} says itself which records it gives; remove it")
        entries["record"].choice(source_format.records)
    return Source(settings, source_format.open(settings))


def recognise(sighted: Sighted) -> list[Proposal]:
    """How each format that recognises a file would read it, the surest first."""
    found = [find_format(name).recognise(sighted) for name in format_names()]
    return sorted((one for one in found if one is not None), key=lambda one: -one.certainty)


def open_sources(configuration: Configuration) -> Mapping[str, Source]:
    """The sources of the configuration by name; those of earlier versions are looked at, too.

    Raises:
        UserError: as `open_source`.
    """
    opened: dict[str, Source] = {}
    for version in configuration.versions:
        opened = {name: open_source(settings) for name, settings in version.sources.items()}
    return opened
