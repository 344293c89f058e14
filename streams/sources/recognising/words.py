"""Words in cells that the list of known ones lacks: an outcome or a state as the same words name a figure."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from streams.sources.recognising.names import meaning_of
from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["outcome_word", "state_word"]

_OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "answered": "answered",
        "handled": "answered",
        "abandoned": "abandoned",
        "short_abandoned": "abandoned",
        "overflowed": "overflowed",
        "elsewhere": "overflowed",
        "lost": "open",
    }
)
"""By the figure that a word names as a heading, the outcome that it is as a cell."""
_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "available": "available",
        "talk": "handling",
        "hold": "handling",
        "handle": "handling",
        "occupied": "handling",
        "ring": "handling",
        "contact": "handling",
        "wrap": "wrap",
        "aux": "unavailable",
    }
)
"""By the figure the state."""
_PARTED: Final = re.compile(r"\s*[,;|]\s*")


def _figure(text: str) -> str:
    """The figure that a text names, where it names nothing else."""
    meaning = meaning_of(text)
    return meaning.measure if not meaning.strange and not meaning.kinds else ""


def outcome_word(text: str) -> str:
    """The outcome that a word stands for; `out`: of a contact that did not come in; empty: not known.

    `open` is one of which only the file can say whether it is abandoned; `waiting` is none yet. The words of a list
    must all be known; beside its direction the other one counts.
    """
    parts = [part for part in _PARTED.split(text) if part]
    if len(parts) > 1:
        found = list(dict.fromkeys(outcome_word(part) for part in parts if _way(plain(part)) != "in"))
        return "out" if "out" in found else found[0] if len(found) == 1 else ""
    name = plain(text)
    if name in vocabulary().cells["outcome"]:
        return vocabulary().cells["outcome"][name]
    way = _way(name)
    if way:
        return "answered" if way == "in" else "out"
    if len(name.split()) > 1 and _way(name.partition(" ")[0]) == "out":
        return "out"
    return _OUTCOMES.get(_figure(text), "")


def _way(name: str) -> str:
    return vocabulary().cells["direction"].get(name, "")


def state_word(text: str) -> str:
    """The state of an agent that a word stands for; empty: not known."""
    return vocabulary().cells["state"].get(plain(text)) or _STATES.get(_figure(text), "")
