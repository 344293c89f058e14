"""A source proposed for a file, tried by reading the file through it: what `map` prints and writes."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Final

from config.added_source import with_source
from config.errors import UserError
from config.queue_settings import ServiceLevel
from config.settings import Configuration, configuration_of, settings_of
from config.yaml import parse_yaml
from intervalwatch.looking import look_at, look_lines
from streams.records import RECORD_TYPES
from streams.sources.merge import parse_inputs
from streams.sources.proposal import HEAD_BYTES, Expected, Proposal, Sighted, value_text
from streams.sources.registry import recognise

__all__ = ["Trial", "propose_source", "source_name", "try_source", "written_into"]

_MOST_QUEUES: Final = 100
"""Queues that a new configuration names at most."""
_LOCALTIME: Final = Path("/etc/localtime")


@dataclass(frozen=True, slots=True)
class Trial:
    """A source as it would be in its configuration, and what it gives."""

    name: str
    text: str
    """The whole configuration."""
    lines: list[str]
    """The results of reading the file through it."""
    accepted: int


def propose_source(file: str, record: str | None, configuration: Configuration | None) -> Proposal:
    """The source that reads a file best.

    Args:
        file: its path.
        record: the type of record that is wanted; None: whichever it holds.
        configuration: what is set already; None: nothing.

    Raises:
        UserError: the file cannot be read, or no format knows what to do with it.
    """
    if record is not None and record not in RECORD_TYPES:
        raise UserError(f"--record {record}: this product has no such record; it has {', '.join(RECORD_TYPES)}")
    found = recognise(Sighted(file, _head(file), _expected(record, configuration)))
    fitting = [one for one in found if record is None or one.record in (record, None)]
    if not fitting:
        raise UserError(f"{file}: no format recognises it: it is no table, nor one of the known logs and feeds")
    return fitting[0]


def _head(file: str) -> bytes:
    """The first bytes of a file; of a folder those of its first file."""
    path = Path(file)
    if path.is_dir():
        path = next((one for one in sorted(path.rglob("*")) if one.is_file() and not one.name.startswith(".")), path)
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except FileNotFoundError:
        raise UserError(f"{file}: no such file; check the path") from None
    except OSError as error:
        raise UserError(f"{file}: cannot be read: {error.strerror or error}") from None


def _expected(record: str | None, configuration: Configuration | None) -> Expected:
    if configuration is None:
        return Expected(
            record, _level(_configuration("site: {timezone: UTC}\n", Path())), None, None, datetime.now(UTC)
        )
    minutes = configuration.queue("")[-1].interval_ms // 60_000
    return Expected(record, _level(configuration), minutes, configuration.timezone, datetime.now(UTC))


def _level(configuration: Configuration) -> Callable[[str], ServiceLevel]:
    return lambda queue: configuration.queue(queue)[-1].service_level


def source_name(file: str, taken: object = ()) -> str:
    """A name for the source of a file: its own, as far as a name may hold it."""
    stem = PurePath(file.removesuffix(".gz")).stem or "source"
    name = "".join(letter if letter.isalnum() else "_" for letter in stem).strip("_").lower()
    name = name if name[:1].isalpha() else f"file_{name}"
    base, number = name, 1
    while isinstance(taken, (set, frozenset, dict)) and name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def written_into(text: str | None, path: Path, name: str, proposal: Proposal, file: str) -> str:
    """The configuration with the source in it; a new one where there is none.

    Raises:
        UserError: it cannot be added.
    """
    lines = list(proposal.lines())
    base = text if text is not None else "\n".join(_minimal(proposal, file)) + "\n"
    return with_source(base, str(path), value_text(name), lines)


def _minimal(proposal: Proposal, file: str) -> Iterator[str]:
    """The least configuration that a wallboard needs."""
    yield f"# Made by `intervalwatch map` from {PurePath(file).name}; all settings: docs/reference/configuration.md"
    minutes = proposal.interval_minutes or 30
    yield "site:"
    yield f"  timezone: {_zone()}  # check: the time zone of this computer; is it the centre's?"
    yield f"  interval_minutes: {minutes}"
    threshold = proposal.threshold_seconds or 20
    yield "defaults:"
    yield f"  service_level: {{definition: S1, threshold_seconds: {threshold:g}, target: 0.80}}  # your own contract's"
    queues = list(proposal.queues)[:_MOST_QUEUES]
    if queues and len(proposal.queues) <= _MOST_QUEUES:
        yield "programs:"
        yield "  - id: centre"
        yield "    queues:"
        yield from (f"      - {{id: {value_text(queue)}}}" for queue in queues)


def _zone() -> str:
    """IANA name of this computer's time zone."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if "/" in named and not named.startswith("/"):
        return named
    try:
        target = str(_LOCALTIME.resolve(strict=True))
    except OSError:
        return "UTC"
    _, sign, name = target.partition("zoneinfo/")
    return name.removeprefix("posix/") if sign and name else "UTC"


def try_source(path: Path, text: str, name: str, file: str) -> Trial:
    """The source tried: its samples, its figures, and the rows that would be refused.

    Args:
        path: the configuration's, for messages.
        text: the configuration with the source in it.
        name: the source's.
        file: the file.

    Raises:
        UserError: the file cannot be read through it.
    """
    configuration = _configuration(text, path)
    inputs = parse_inputs(configuration, [f"{name}={file}"])
    look, outcomes = look_at(configuration, inputs)
    lines = list(look_lines(configuration, inputs[0].source, look, outcomes))
    return Trial(name, text, lines, look.accepted)


def _configuration(text: str, path: Path) -> Configuration:
    return configuration_of([settings_of(parse_yaml(text, str(path)), path)])
