"""Logs that were turned over while nobody read them: found again by their beginning, beside the file in their place.

`queue_log` becomes `queue_log.1`, `queue_log-20260302` or a packed one of these. Rows behind the place where a reader
had stopped stand there, and calls that were open then end in the file that came after it.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from agents.live.kept.log import Place
from agents.live.kept.places import place_of, same_file
from streams.sources.merge import Input
from streams.sources.registry import find_format

__all__ = ["carried", "is_turned", "with_predecessors"]

_ALL: Final = 1 << 62
_DATE_DIGITS: Final = 6
"""Digits from which a number in a name is a date, which grows; a count of turns begins with 1 for the newest."""


def carried(inputs: Sequence[Input], given: Input) -> list[str] | None:
    """The files before one of the same source in what they leave open; None: a later file goes on with it.

    Empty where files of the format do not go on with each other.
    """
    if not find_format(given.source.settings.format).carries:
        return []
    paths = [each.path for each in inputs if each.source.name == given.source.name]
    return paths[:-1] if paths[-1] == given.path else None


def is_turned(path: str, known: Place) -> bool:
    """Whether a log was turned over since it was read up to a place, and another one lies at its path already."""
    return Path(path).exists() and not same_file(path, known) and bool(_turned_over(path, known, carries=False))


def with_predecessors(inputs: Sequence[Input], place: Callable[[Input], Place]) -> list[tuple[Input, Place]]:
    """Files that grow, and before each the ones that it took the place of: each with how far it was read.

    Args:
        inputs: the files.
        place: how far one was read, by its name.
    """
    named = {Path(given.path).resolve() for given in inputs}
    found: list[tuple[Input, Place]] = []
    for given in inputs:
        known = place(given)
        there, carries = same_file(given.path, known), find_format(given.source.settings.format).carries
        if there:
            earlier = _before(given.path, known) if carries else []
        else:
            earlier = _turned_over(given.path, known, carries=carries)
        for path, how_far in earlier:
            if path.resolve() not in named:
                found.append((given._replace(path=str(path), name=path.name), how_far))
        if not there:
            last = place_of(str(earlier[-1][0]), 0) if earlier else Place()
            known = Place(before=(last.head, last.digest))
        found.append((given, known))
    return found


def _before(path: str, known: Place) -> list[tuple[Path, Place]]:
    """The file in whose place one came that is the same still; all of it was read."""
    head, digest = known.before
    sought = Place(_ALL, head, digest)
    return [(each, sought) for each in _siblings(path) if same_file(str(each), sought)][:1]


def _turned_over(path: str, known: Place, *, carries: bool) -> list[tuple[Path, Place]]:
    """The file that a place is of, where another lies at its path now, and those that came after it; oldest first.

    Where files carry on, the one before it stands in front.
    """
    siblings = _siblings(path)
    at = next((at for at, each in enumerate(siblings) if same_file(str(each), known)), None)
    if at is None:
        return []
    before = _before(path, known) if carries else []
    return [*before, (siblings[at], known), *((each, Place()) for each in siblings[at + 1 :])]


def _siblings(path: str) -> list[Path]:
    """The files that a log was turned over into, by their names; the oldest first."""
    file = Path(path)
    name, stem, suffix = (re.escape(part) for part in (file.name, file.stem, file.suffix))
    turned = re.compile(rf"(?:{name}[.-]([0-9]+)|{stem}[.-]([0-9]+){suffix})(?:\.gz)?")
    found: list[tuple[bool, int, Path]] = []
    for each in file.parent.iterdir() if file.parent.is_dir() else ():
        match = turned.fullmatch(each.name)
        if match is not None and each.is_file() and each.name != file.name:
            digits = match[1] or match[2]
            dated = len(digits) >= _DATE_DIGITS
            found.append((dated, int(digits) if dated else -int(digits), each))
    return [each for _, _, each in sorted(found)]
