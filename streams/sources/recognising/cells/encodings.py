"""The encoding of a file's first bytes: by its mark, by its letters, by the words that are known in one of several."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from streams.sources.recognising.names import meaning_of

__all__ = ["decoded", "encoding_of"]

_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LETTERS: Final = frozenset(
    "äöüÄÖÜßéèêëáàâãåíìîïóòôõúùûñçÉÈÀÁÍÓÚÑÇœæøØÅØýšžőűłąćęńóśźżč€°řŘěĚčČďťňŤŇůŮľĽŁŚŹŻĆğışĞİŞ\u2013\u2019\u00b4ªº¿¡«»"
)
_ALPHABETS: Final = (
    "äöüÄÖÜßØ",
    "éèêëàâîïôùûçœÉÈÊÀÇØ",
    "áéíóúüñÁÉÍÓÚÑ¿¡ºªØ",
    "áàâãéêíóôõúçÁÂÃÉÍÓÇØ",
    "àèéìòùÀÈÉØ",
    "æøåéÆØÅ",
    "åäöéÅÄÖØ",
    "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ",
    "áäčďéíĺľňóôŕšťúýžÁÄČĎÉÍĽŇÓÔŠŤÚÝŽ",
    "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ",
    "áéíóöőúüűÁÉÍÓÖŐÚÜŰ",
    "çğıöşüâÇĞİÖŞÜ",
    "čćđšžČĆĐŠŽ",
)
"""The letters beyond ASCII of one language each, of those in the west with the sign of an average."""
_OFTEN_ALONE: Final = frozenset("ØñÑ°")
"""Letters that are often the only one of a text beyond ASCII; those that other encodings have there are not."""
_WESTERN: Final = ("windows-1252", "windows-1250", "windows-1254", "cp850", "mac_roman")
"""Encodings with one byte a letter; of those that fit as well, the first."""
_KANA: Final = re.compile("[\u3041-\u30fc]")
_LEAST_KANA: Final = 2
_GROUPED: Final = re.compile("(?<=\\d)\u00a0(?=\\d{3}(?!\\d))")
"""A no-break blank that groups thousands."""
_MEAN: Final = re.compile("(?<![^\\W\\d_])Ø(?![^\\W\\d_])")
"""A letter that stands alone, before a word of any language: the mean of what it names."""
_ODD_LETTER: Final = re.compile("(?<=\\d)[^\\W\\d_](?=\\d)|(?<=[a-zß-ÿ])[À-ÖØ-Þ]")
"""A letter between digits, or a capital inside a word: signs of the wrong encoding."""
_PAIRED: Final = ("gb18030", "cp949")
"""Encodings of two bytes a letter, both beyond ASCII."""
_OF_WORDS: Final = ("windows-1251", "koi8-r", "windows-1253", "cp866", "iso8859-5")
"""Encodings with an alphabet of their own beyond ASCII."""
_WORD: Final = 3
"""Letters beyond ASCII in a row that hardly any western word has."""
_FIRST: Final = 4_096
"""Bytes whose words tell one encoding from another."""


def encoding_of(head: bytes, *, cut: bool) -> tuple[str, str]:
    """The encoding of a file's first bytes, and why it may be wrong.

    Args:
        head: the bytes.
        cut: whether more follow, so that the last character may be half.
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, ""
    if head[1:200:2].count(0) > 80 or (len(head) > 4 and head[1] == head[3] == 0):
        return "utf-16-le", ""
    if head[0:200:2].count(0) > 80:
        return "utf-16-be", ""
    try:
        head[: len(head) - 4 if cut else None].decode("utf-8")
    except UnicodeDecodeError as error:
        if not cut or error.start < len(head) - 8:
            return _without_mark(head)
    return "utf-8", ""


def _without_mark(head: bytes) -> tuple[str, str]:
    """The encoding of text that is no UTF-8, by its letters."""
    if _is_japanese(head):
        return "cp932", ""
    runs = re.findall(rb"[\x81-\xfe]+", head)
    pairs = b"".join(runs)
    if all(len(run) % 2 == 0 and all(byte >= 0xA1 for byte in run) for run in runs) and len(pairs) >= 4:
        return _by_words(head, _PAIRED)
    if _is_of_words(runs):
        return _by_words(head, _OF_WORDS)
    scores = {name: _letters(head, name) for name in _WESTERN}
    fits = {name: (scores[name] + _in_one_language(head, name), _known(head, name)) for name in _WESTERN}
    best = max(_WESTERN, key=lambda name: fits[name])
    strange = sum(1 for byte in head if byte >= 0x80)
    doubt = "" if scores[best] >= 0.7 * strange else "its letters beyond ASCII fit no encoding well"
    as_well = [one for one in fits if fits[one] == fits[best] and _differing(head, best, one) - _OFTEN_ALONE]
    doubt = doubt or (f"{as_well[0]} fits as well" if as_well else "")
    return best, doubt


def _is_of_words(runs: Sequence[bytes]) -> bool:
    """Whether whole words are beyond ASCII, as in Cyrillic and Greek, and not single letters of them."""
    long = sum(len(run) for run in runs if len(run) >= _WORD)
    return long > sum(map(len, runs)) / 2


def _by_words(head: bytes, encodings: Sequence[str]) -> tuple[str, str]:
    """The one of some encodings in which most cells of the first lines have words that are known, and its doubt.

    Without such words it is the one whose letters are the more usual: few capitals, none of them inside a word.
    """
    scores = {name: (_known(head, name), _usual(head, name)) for name in encodings}
    best = max(encodings, key=lambda name: scores[name])
    second = max(scores[name][0] for name in encodings if name != best)
    return best, "" if scores[best][0] > second else "its letters fit another encoding as well"


def _known(head: bytes, encoding: str) -> int:
    """How many of the first cells name figures, as a whole, in this encoding."""
    cells = [cell.strip() for cell in re.split(r'[;,|\t\r\n"]+', decoded(head[:_FIRST], encoding))]
    return sum(1 for cell in dict.fromkeys(cells) if not cell.isascii() and meaning_of(cell).whole)


def _usual(head: bytes, encoding: str) -> int:
    """How many letters beyond ASCII are small ones, less those that are capitals inside a word or none at all."""
    text = decoded(head[:_FIRST], encoding)
    odd = sum(1 for one, two in pairwise(text) if ord(two) >= 0x80 and one.islower() and two.isupper())
    signs = sum(1 for letter in text if ord(letter) >= 0x80 and not letter.isalpha())
    return sum(1 for letter in text if ord(letter) >= 0x80 and letter.islower()) - 3 * odd - 3 * signs


def _differing(head: bytes, one: str, other: str) -> set[str]:
    """The letters of a text in one encoding that are others in another one."""
    pairs = zip(decoded(head, one), decoded(head, other), strict=False)
    return {letter for letter, another in pairs if letter != another}


def _is_japanese(head: bytes) -> bool:
    """Whether text is Shift JIS: it decodes, but for its last character, and has syllables that nothing else has."""
    try:
        text = head[: max(len(head) - 2, 0)].decode("cp932")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return False
        text = head[: error.start].decode("cp932")
    return len(_KANA.findall(text)) >= _LEAST_KANA


def _letters(head: bytes, encoding: str) -> int:
    """How many bytes beyond ASCII are usual letters, where they stand, in this encoding."""
    text = head.decode(encoding, errors="replace")
    usual = sum(1 for letter in text if ord(letter) >= 0x80 and letter in _LETTERS)
    odd = sum(1 for letter in _ODD_LETTER.findall(text) if ord(letter) >= 0x80 and letter in _LETTERS)
    return usual + len(_GROUPED.findall(text)) - odd


def _in_one_language(head: bytes, encoding: str) -> int:
    """How many letters of a text, in this encoding, are of the language that has most of them, or a sign of means."""
    text = head.decode(encoding, errors="replace")
    letters = [letter for letter in text if ord(letter) >= 0x80]
    return len(_MEAN.findall(text)) + max(sum(1 for each in letters if each in alphabet) for alphabet in _ALPHABETS)


def decoded(head: bytes, encoding: str) -> str:
    """The text of a file's first bytes."""
    text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    return text.replace("\0", "").removeprefix("\ufeff")
