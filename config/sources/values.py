"""A plain value of the configuration together with the path it stands at, so that every complaint can name it.

`config.yaml` reads files into nodes that know their line; sources are handed on as plain mappings and
their path, which is all that a mapping built in code has.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from config.errors import UserError
from config.yaml import nearest

__all__ = ["Value"]


@dataclass(frozen=True, slots=True)
class Value:
    """One value and where it stands; the readers return it in the type wanted or raise a `UserError`."""

    where: str
    """File and path of the key: `config/monitor.yaml: sources.acd.columns.queue`."""
    raw: Any

    def fault(self, message: str) -> UserError:
        """The error to raise for this value; `message` says what was found and what to do."""
        return UserError(f"{self.where}: {message}")

    def wrong(self, allowed: str) -> UserError:
        """The error for a value that is not what is `allowed` here."""
        return self.fault(f"found {self.found}; allowed: {allowed}")

    @property
    def found(self) -> str:
        """The value in words, short enough for a message."""
        raw = self.raw
        if raw is None:
            return "nothing (null)"
        if isinstance(raw, bool):
            return "true" if raw else "false"
        if isinstance(raw, int | float):
            return f"the number {raw}"
        if isinstance(raw, str):
            return f"the text {raw[:60]!r}" + ("…" if len(raw) > 60 else "")
        return "a mapping" if isinstance(raw, Mapping) else "a list"

    def fields(self, known: Collection[str], what: str = "key") -> dict[str, "Value"]:
        """The entries of a mapping whose keys are all among `known`."""
        entries = self.entries(f"a mapping with the keys {', '.join(known)}")
        for key, value in entries.items():
            if key not in known:
                raise value.fault(f"unknown {what} {key!r}{nearest(key, known)}; allowed: {', '.join(known)}")
        return entries

    def entries(self, allowed: str) -> dict[str, "Value"]:
        """The entries of a mapping with free keys, which must be text."""
        if not isinstance(self.raw, Mapping):
            raise self.wrong(allowed)
        entries = {}
        for key, raw in self.raw.items():
            if not isinstance(key, str):
                shown = str(key).lower() if isinstance(key, bool) else key
                raise self.fault(f'the key {shown} is not text; quote it: "{shown}"')
            entries[key] = Value(f"{self.where}.{key}", raw)
        return entries

    def items(self, allowed: str) -> list["Value"]:
        """The items of a list that is not empty."""
        if not isinstance(self.raw, list | tuple) or not self.raw:
            raise self.wrong(allowed)
        return [Value(f"{self.where}[{index}]", raw) for index, raw in enumerate(self.raw)]

    def text(self, allowed: str, *, blank: bool = False) -> str:
        """Text; with `blank` it may be empty."""
        if isinstance(self.raw, bool | int | float):
            shown = str(self.raw).lower() if isinstance(self.raw, bool) else self.raw
            raise self.fault(f'found {self.found}, and text is wanted; quote it: "{shown}"')
        if not isinstance(self.raw, str) or not (self.raw or blank):
            raise self.wrong(allowed)
        return self.raw

    def texts(self, allowed: str, *, blank: bool = False) -> tuple[str, ...]:
        """A list of texts; one text alone counts as a list of it."""
        if isinstance(self.raw, list | tuple):
            return tuple(item.text(allowed, blank=blank) for item in self.items(allowed))
        return (self.text(allowed, blank=blank),)

    def choice(self, options: Collection[str]) -> str:
        """One of a few names."""
        allowed = f"one of {', '.join(options)}"
        name = self.text(allowed)
        if name not in options:
            raise self.fault(f"found {self.found}{nearest(name, options)}; allowed: {allowed}")
        return name

    def yes(self) -> bool:
        """True or false."""
        if not isinstance(self.raw, bool):
            raise self.wrong("true or false")
        return self.raw

    def number(self, low: float, high: float) -> float:
        """A finite number from `low` to `high`."""
        if (
            isinstance(self.raw, bool)
            or not isinstance(self.raw, int | float)
            or not math.isfinite(self.raw)
            or not low <= self.raw <= high
        ):
            raise self.wrong(f"a number from {low:g} to {high:g}")
        return self.raw
