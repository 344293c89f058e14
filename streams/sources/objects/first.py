"""The first objects of a file, to see whose they are."""

import gzip
import zlib
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from streams.sources.objects.cutter import Cutter

__all__ = ["first_text", "known_records"]


def first_text(head: bytes) -> str:
    """The text of a file's first bytes."""
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, len(head) * 8)
        except (zlib.error, gzip.BadGzipFile):
            return ""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return head.decode(encoding, errors="replace")


def known_records(
    text: str, kinds: Mapping[str, tuple[Callable[[dict[str, Any]], bool], str, Sequence[str]]]
) -> dict[str, list[dict[str, Any]]]:
    """By type of record the first objects of a text that are of this type.

    Args:
        text: the beginning of a file.
        kinds: by type whether an object is of it, a key that each has once, and the lists of pages that hold them.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    if text.lstrip("\ufeff \t\r\n")[:1] not in {"{", "["}:
        return found
    for record, (known, sign, lists) in kinds.items():
        if f'"{sign}"' not in text and not any(f'"{name}"' in text for name in lists):
            continue
        cutter = Cutter(known, sign, lists)
        objects: list[dict[str, Any]] = []
        for cut in islice(cutter.feed(text), 200):
            if cut.value is not None:
                inside = [one for name in lists if isinstance(cut.value.get(name), list) for one in cut.value[name]]
                objects += [one for one in (inside or [cut.value]) if isinstance(one, dict)]
        good = [one for one in objects if known(one)]
        if good and len(good) * 2 >= len(objects):
            found[record] = good
    return found
