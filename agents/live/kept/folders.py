"""Folders of objects, as Connect and Firehose write them: each object is a file of its own, which never grows.

A start then reads the objects that are new, and no other again.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from streams.sources.merge import Input
from streams.sources.objects.files import object_paths
from streams.sources.registry import find_format

__all__ = ["objects_of"]

_GZIP: Final = b"\x1f\x8b"
_HEAD: Final = 1 << 16
_BLANK: Final = b" \t\r\n\xef\xbb\xbf"


def objects_of(given: Input) -> Iterator[Input]:
    """An input for each object in a folder; the input itself, where it is no folder or its format reads none.

    Objects without content, as stores of objects put into folders, are left out.

    Raises:
        UserError: the folder has no file in it.
    """
    folder = Path(given.path)
    if not folder.is_dir() or not find_format(given.source.settings.format).folders:
        yield given
        return
    for path in object_paths(folder):
        if not _is_blank(path):
            name = f"{given.name}/{path.relative_to(folder).as_posix()}"
            yield given._replace(path=str(path), name=name)


def _is_blank(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
        if head.startswith(_GZIP):
            with gzip.open(path) as stream:
                head = stream.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return False
    return not head.strip(_BLANK)
