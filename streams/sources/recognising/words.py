"""The outcome that a cell's words stand for: by the list of known cells, else as the same words name a figure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from streams.sources.recognising.names import meaning_of
from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["outcome_word"]

_BY_FIGURE: Final[Mapping[str, str]] = MappingProxyType(
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


def outcome_word(text: str) -> str:
    """The outcome that a word stands for; `out`: of a contact that did not come in; empty: not known.

    `open` is one of which only the file can say whether it is abandoned; `waiting` is none yet.
    """
    name = plain(text)
    ways = vocabulary().cells["direction"]
    if name in vocabulary().cells["outcome"]:
        return vocabulary().cells["outcome"][name]
    if name in ways:
        return "answered" if ways[name] == "in" else "out"
    if ways.get(name.partition(" ")[0]) == "out" and len(name.split()) > 1:
        return "out"
    meaning = meaning_of(text)
    return _BY_FIGURE.get(meaning.measure, "") if not meaning.strange and not meaning.kinds else ""
