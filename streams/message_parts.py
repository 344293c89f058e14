"""A message taken apart into its objects, so that one bad object does not take its neighbours along.

JSON's own decoder gives up a whole array for half a surrogate pair or a NaN in one object; here brackets and strings
alone say where an object ends. All of it is linear in the message's bytes, whatever stands in them.
"""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import msgspec

__all__ = ["UNREADABLE", "Part", "Parts", "unwritable"]

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""The errors that decoding of bytes from outside can raise."""

Part = msgspec.Raw | bytes
"""One object as it was sent."""

_DECODE_RAW: Final = msgspec.json.Decoder(list[msgspec.Raw])
_HALF: Final = re.compile("[\ud800-\udfff]")
_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{},]', re.DOTALL)
"""The marks by which an object's end is found; a quote by itself is one that is never closed."""


class Parts:
    """The objects of a message as they were sent; taken apart once, and only where one of them is refused."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        """The whole message."""

    @cached_property
    def all(self) -> Sequence[Part]:
        """The objects, in order.

        Raises:
            msgspec.DecodeError: they cannot be told from each other.
            RecursionError: one is nested too deeply.
        """
        if self.value.lstrip()[:1] != b"[":
            return [self.value]
        try:
            return _DECODE_RAW.decode(self.value)
        except UNREADABLE:
            # Half a surrogate pair or a NaN: no JSON, and still the fault of one object.
            parts = _split(self.value)
            if parts is None:
                raise
            return parts


def _split(value: bytes) -> Sequence[bytes] | None:
    """The objects of an array that is no JSON, where its brackets tell them from each other; else None."""
    parts: list[bytes] = []
    depth = begin = end = 0
    for found in _TOKEN.finditer(value):
        token = found[0]
        if token in {b"[", b"{"}:
            depth += 1
            if depth == 1:
                begin = found.end()
        elif token in {b"]", b"}"}:
            depth -= 1
            if depth == 0:
                parts.append(value[begin : found.start()].strip())
                end = found.end()
                break
        elif token == b'"':
            return None
        elif token == b"," and depth == 1:
            parts.append(value[begin : found.start()].strip())
            begin = found.end()
    return parts if end and not value[end:].strip() and all(parts) else None


def unwritable(part: Part) -> str:
    """The field that holds what JSON cannot (half a surrogate pair, NaN), or `value` where none can be told."""
    try:
        found = json.loads(bytes(part))
    except (ValueError, RecursionError):
        return "value"
    for name, value in found.items() if isinstance(found, dict) else ():
        if any(_HALF.search(text) for text in (name, value) if isinstance(text, str)) or value != value:  # noqa: PLR0124 - NaN
            return str(name) if name.isprintable() else "value"
    return "value"
