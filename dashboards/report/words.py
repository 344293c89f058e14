"""The texts of the printed report in English and Chinese, read from the file beside its templates."""

import functools
import tomllib
from importlib import resources
from typing import Any, Literal

__all__ = ["Words", "words_of"]

Words = dict[str, Any]
"""By section and key, the text; `definition` is a list of them, and `said` maps sentences of figures."""


@functools.cache
def _file() -> dict[str, Any]:
    found = resources.files("dashboards.report").joinpath("templates", "words.toml")
    return tomllib.loads(found.read_text(encoding="utf-8"))


@functools.cache
def words_of(language: Literal["en", "zh"]) -> Words:
    """Every text in one language; a sentence of `said` that is not known stays English."""
    place = 0 if language == "en" else 1

    def chosen(found: dict[str, list[str]]) -> dict[str, str]:
        return {key: texts[place] for key, texts in found.items()}

    words: Words = {}
    for name, found in _file().items():
        if name == "said":
            words[name] = {sentence: sentence if language == "en" else text for sentence, text in found.items()}
        else:
            words[name] = [chosen(each) for each in found] if isinstance(found, list) else chosen(found)
    return words
