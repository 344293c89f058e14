"""The settings that history holds beside its figures, by the version that a row names.

A report or a verification of last year's rows must not ask today's configuration what they meant: every
parameter version is kept whole, and read here as the engine read it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from streams.history.query import ParameterVersion

__all__ = ["StoredSettings"]


class StoredSettings:
    """Resolved settings (JSON-like) by parameter version, program and queue."""

    def __init__(self, versions: Iterable[ParameterVersion]) -> None:
        self.versions: Final = {version.version: version for version in versions}
        self._found: Final[dict[tuple[str, str, str], Mapping[str, Any] | None]] = {}

    def of(self, version: str, program: str | None, queue: str | None) -> Mapping[str, Any] | None:
        """The settings of a queue in a version: its own, its program's, or the site's; None: not held."""
        key = (version, program or "", queue or "")
        if key not in self._found:
            kept = self.versions.get(version)
            by_name = {(own.get("program"), own.get("queue")): own for own in kept.content} if kept else {}
            places = (key[1:], (key[1], ""), ("", ""))
            self._found[key] = next((by_name[place] for place in places if place in by_name), None)
        return self._found[key]

    def of_row(self, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The settings of the queue of a result or a breach, in the version it names."""
        return self.of(row["parameters_version"], row["program"], row["queue"])
