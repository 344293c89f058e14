"""The fields of a JSON object as records want them; what is wrong with one is said with its place in the object."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from config.sources.fields import TEXT_CHARACTERS
from config.timestamps import from_rfc3339
from streams.limits import TOO_LARGE, word
from streams.records import RecordError

__all__ = ["count", "entries", "instant", "milliseconds", "part", "text"]

_UNKEPT: Final = re.compile("[\0\ud800-\udfff]")

Parts = Mapping[str, Any]


def part(parts: Parts, key: str, field: str) -> Parts:
    """The object under a key; empty if there is none.

    Raises:
        RecordError: something else stands there.
    """
    value = parts.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RecordError(f"{field}: {key} is no object")
    return value


def entries(parts: Parts, key: str, field: str) -> list[Parts]:
    """The objects of the list under a key; empty if there is none.

    Raises:
        RecordError: something else stands there.
    """
    value = parts.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise RecordError(f"{field}: {key} is no list of objects")
    return value


def text(parts: Parts, key: str, field: str) -> str | None:
    """The trimmed text under a key; None if there is none, or an empty one.

    Raises:
        RecordError: something else stands there, or a text that no record can carry.
    """
    value = parts.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise RecordError(f"{field}: {key} is no text")
    value = value.strip()
    if len(value) > TEXT_CHARACTERS:
        raise RecordError(
            f"{TOO_LARGE} {field} has {len(value):,} characters, and a text has at most {TEXT_CHARACTERS}"
        )
    if not value.isalnum() and _UNKEPT.search(value):
        raise RecordError(f"{field}: {key} holds what no database can keep")
    return value or None


def instant(parts: Parts, key: str, field: str) -> int | None:
    """The milliseconds of the RFC 3339 instant under a key; None if there is none.

    Raises:
        RecordError: something else stands there.
    """
    value = parts.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise RecordError(f"{field}: {key} is no instant such as 2026-03-02T01:00:00Z")
    try:
        return from_rfc3339(value.strip())
    except (ValueError, OverflowError):
        raise RecordError(f"{field}: {key} {word(value)} is no instant such as 2026-03-02T01:00:00Z") from None


def milliseconds(parts: Parts, key: str, field: str, unit: int = 1) -> int | None:
    """The duration under a key in milliseconds; None if there is none.

    Args:
        parts: the object.
        key: the key.
        field: the record's field.
        unit: milliseconds of one.

    Raises:
        RecordError: something else stands there.
    """
    value = parts.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RecordError(f"{field}: {key} is no number")
    return round(value * unit)


def count(parts: Parts, key: str, field: str) -> int | None:
    """The whole number under a key; None if there is none.

    Raises:
        RecordError: something else stands there.
    """
    value = milliseconds(parts, key, field)
    if value is not None and value != parts[key]:
        raise RecordError(f"{field}: {key} is no whole number")
    return value
