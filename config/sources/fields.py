"""A field of a record for column mappings, messages and the documentation.

The fields of each type of record are annotations of its structure in `streams.records`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = [
    "CHECKS",
    "ENTRIES_BYTES",
    "FROM_FILE",
    "KINDS",
    "LIST_ENTRIES",
    "TEXT_CHARACTERS",
    "RecordField",
    "mandatory",
]

TEXT_CHARACTERS: Final = 256
"""The most that a text, a name in a list or the name of a check holds: at most 1,024 bytes in UTF-8."""
LIST_ENTRIES: Final = 100
"""Entries of a list at most."""
CHECKS: Final = 200
"""Checks of an evaluation at most."""
ENTRIES_BYTES: Final = 32_768
"""The most that all texts of a list, or of the checks of an evaluation, hold together, in UTF-8."""

FROM_FILE: Final = ("plan_version", "published_at")
"""Fields of a plan that its file gives as a whole, where no column does."""

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text": "text",
        "instant": "an instant",
        "seconds": "seconds",
        "count": "a whole number",
        "number": "a number",
        "ratio": "a ratio",
        "list": "a list",
        "checks": "checks (JSON)",
    }
)
"""Kinds of values, and the name of each in messages."""


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a type of record."""

    name: str
    kind: str
    """One of `KINDS`: instants are RFC 3339 texts, ratios are 0 to 1, lists in a cell are joined by `;`."""
    meaning: str
    mandatory: bool = False
    """Whether no record of the type can be admitted without it."""


def mandatory(fields: Mapping[str, RecordField]) -> tuple[str, ...]:
    """The names of the fields that a row must give, or no record can be admitted."""
    return tuple(name for name, field in fields.items() if field.mandatory and name not in FROM_FILE)
