"""The words of contact centres' systems, ready to be found in the names of columns and in cells.

The words themselves are data (`vocabulary.toml`, and `languages.toml` for further languages), so that a new system's
names are a line there and no code.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["Measure", "Phrase", "Vocabulary", "plain", "vocabulary"]

_FILES: Final = ("vocabulary.toml", "languages.toml")
"""A word that several files have is that of the first."""
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue"}
_WIDE: Final = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff]")
_MARKS: Final = "%#<>/="
_BESIDE: Final = re.compile(
    "(?<=[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff])(?=[a-z])|(?<=[a-z])(?=[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff])"
)
"""The border between scripts without blanks and Latin letters: 预测AHT."""


class Phrase(NamedTuple):
    """Some words, and the tokens they stand for."""

    text: str
    expression: str
    tokens: tuple[str, ...]
    """Empty: words without a meaning of their own."""

    def find(self, text: str) -> "re.Match[str] | None":
        """The phrase in a plain text."""
        return _compiled(self.expression).search(text)


class Measure(NamedTuple):
    """A figure or a fact, and the tokens that name it together."""

    name: str
    tokens: frozenset[str]


class Vocabulary(NamedTuple):
    """Everything that is known of names and cells."""

    phrases: Sequence[Phrase]
    """Longer ones first."""
    measures: Sequence[Measure]
    """Those of most tokens first; those whose key ends with `~` after all others."""
    cells: Mapping[str, Mapping[str, str]]
    """By field, what the plain words of its cells stand for."""


def plain(text: str) -> str:
    """A text as phrases are compared: no capitals, accents or punctuation, words parted by single blanks."""
    text = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", unicodedata.normalize("NFKC", text))
    letters = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    bare = unicodedata.normalize("NFC", bare)  # the syllables of Korean, which are whole letters
    bare = re.sub(rf"([{_MARKS}])", r" \1 ", bare)
    bare = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", bare)
    bare = _BESIDE.sub(" ", bare)
    return " ".join(re.sub(rf"[^\w{_MARKS}]+|_+", " ", bare).split())


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the product."""
    data, *others = [tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8")) for name in _FILES]
    phrases: dict[str, Phrase] = {}
    said = [entry for one in (data, *others) for entry in (*one["words"].items(), ("", one["ignored"]["words"]))]
    for tokens, words in said:
        for word in words:
            for spelled in _spellings(word):
                text = plain(spelled.strip("*"))
                known = phrases.get(text)
                if known is None or (known.tokens == tuple(tokens.split()) and "*" in spelled):
                    phrases[text] = Phrase(text, _pattern(text, spelled), tuple(tokens.split()))
    measures = [Measure(name, frozenset(one.split())) for name, all_of in data["measures"].items() for one in all_of]
    measures.sort(key=lambda measure: (measure.name.endswith("~"), -len(measure.tokens)))
    cells = {
        field: MappingProxyType(
            {
                plain(word): meaning
                for one in (*others, data)
                for meaning, words in one["cells"].get(field, {}).items()
                for word in words
            }
        )
        for field in data["cells"]
    }
    return Vocabulary(
        tuple(sorted(phrases.values(), key=lambda phrase: -len(phrase.text))),
        tuple(measure._replace(name=measure.name.rstrip("~")) for measure in measures),
        MappingProxyType(cells),
    )


def _spellings(word: str) -> list[str]:
    """A word, and the same with its umlauts written out."""
    written = "".join(_UMLAUTS.get(letter, letter) for letter in word)
    return [word] if written == word else [word, written]


@cache
def _compiled(expression: str) -> "re.Pattern[str]":
    """An expression, made when its phrase is first met: of thousands a file has few."""
    return re.compile(expression)


def _pattern(text: str, spelled: str) -> str:
    """The expression that finds a phrase: as whole words, in scripts without blanks anywhere."""
    escaped = re.escape(text)
    if _WIDE.search(text) or not text[:1].isalnum():
        return escaped
    before = "" if spelled.startswith("*") else r"(?<![^\W_])"
    after = r"[^\W\d_]*" if spelled.endswith("*") else r"(?![^\W_])"
    return f"{before}{escaped}{after}"
