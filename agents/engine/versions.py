"""Parameter versions of one queue through time: an interval keeps the version that it was first counted by.

A worker may be started again with a version that begins in the past, or with the next version alone. Neither changes
what is counted already, nor what lies before the first version given: the state holds the versions that counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from agents.engine.manifest import Manifest
from agents.intervals.counts import NEVER
from agents.state.store import StateStore
from config.held import kept, restored
from config.settings import QueueSettings, in_force

__all__ = ["VersionLog", "effective_versions"]

_CELL: Final = "parameters"
_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(dict[str, dict[str, Any]]).decode
_GRID: Final = ("timezone", "interval_ms", "interval_closed", "attribution")


def _held(cells: StateStore) -> dict[str, dict[str, Any]]:
    blob = cells.read(_CELL)
    return {} if blob is None else _DECODE(blob)


def effective_versions(
    given: Sequence[QueueSettings], manifest: Manifest, cells: StateStore
) -> tuple[QueueSettings, ...]:
    """The settings of a queue, each from the first interval on that it counts for.

    Args:
        given: one a parameter version, in order of their `parameters_from_ms`.
        manifest: of the queue's state.
        cells: the queue's cells.

    Returns:
        Settings in order of time; `parameters_from_ms` is where each begins here.
    """
    if not manifest.counted_by:
        return tuple(given)
    last = given[-1]
    held = {name: restored(content) for name, content in _held(cells).items()}
    # A queue keeps one grid for ever: settings of another are of no use.
    held = {name: own for name, own in held.items() if all(getattr(own, key) == getattr(last, key) for key in _GRID)}
    names = {own.parameters_version for own in given}
    earlier = [
        own for name, own in held.items() if own.parameters_from_ms < given[0].parameters_from_ms and name not in names
    ]
    known = sorted([*earlier, *given], key=lambda own: own.parameters_from_ms)
    timeline: list[tuple[int, QueueSettings]] = [
        (start, held[name]) for start, name in manifest.counted_by if name in held
    ]
    if not timeline:
        return tuple(given)
    timeline[0] = (NEVER, timeline[0][1])
    ahead = _counted_through(manifest, last.interval_ms)
    timeline.append((ahead, in_force(known, ahead)))
    timeline += [(own.parameters_from_ms, own) for own in known if own.parameters_from_ms > ahead]
    return tuple(replace(own, parameters_from_ms=begin) for begin, own in timeline)


def _counted_through(manifest: Manifest, length: int) -> int:
    """The end of the last interval that anything was counted in."""
    contacts = manifest.contacts
    return max([contacts.closed_through, *(counts.start_ms + length for counts in contacts.open_counts)])


class VersionLog:
    """Notes in the state by which version intervals are counted.

    Args:
        manifest: of the queue's state.
        cells: the queue's cells.
        versions: as `effective_versions` gives them.
    """

    def __init__(self, manifest: Manifest, cells: StateStore, versions: Sequence[QueueSettings]) -> None:
        self._manifest: Final = manifest
        self._cells: Final = cells
        self._versions: Final = versions

    def note(self, starts: Iterable[int]) -> None:
        """Note the versions of intervals that are counted now, and those before them.

        A version is noted from its own begin on, not from the interval that comes first: one of the time between, whose
        data comes later, is counted by the same version, whoever goes on from the state.
        """
        log, reached = self._manifest.counted_by, max(starts, default=NEVER)
        if not log or any(log[-1][0] < own.parameters_from_ms <= reached for own in self._versions):
            self._note_until(reached)

    def _note_until(self, reached: int) -> None:
        log, held = self._manifest.counted_by, _held(self._cells)
        for settings in self._versions:
            begin, name = settings.parameters_from_ms, settings.parameters_version
            if log and (begin > reached or begin <= log[-1][0] or name == log[-1][1]):
                continue
            log.append((begin, name))
            if name not in held:
                held[name] = kept(settings)
                self._cells.replace(_CELL, _ENCODE(held))
