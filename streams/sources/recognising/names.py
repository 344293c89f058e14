"""The meaning of a column's name: which figure or fact it names, as which statistic, in which unit."""

import re
from functools import cache, lru_cache
from typing import Final, NamedTuple

from streams.sources.recognising.vocabulary import plain, vocabulary

__all__ = ["Meaning", "meaning_of"]

_STATISTICS: Final = ("pct", "avg", "max", "least", "median", "sum", "number")
"""The first that a name holds is its statistic."""
_UNITS: Final = {"seconds": 1.0, "minutes": 60.0, "milliseconds": 0.001}
_KINDS: Final = (
    "target", "forecast", "required", "scheduled", "difference", "previous", "cost", "outbound", "internal", "median",
)  # fmt: skip
_DOUBTFUL: Final = frozenset({"work"})
"""Tokens that say one thing in one system and another one elsewhere."""
_WITHOUT_WEIGHT: Final = frozenset(
    {
        "contact",
        "time",
        "number",
        "sum",
        "avg",
        "pct",
        "actual",
        "inbound",
        "per",
        "gross",
        "conversation",
        "aside",
        "acdcalls",
    }
    | {*_UNITS}
)
"""Tokens that make a name no less known."""
_BY_THRESHOLD: Final = {
    "answered": "answered_within",
    "handled": "answered_within",
    "abandoned": "abandoned_within",
}
"""The measures that a number of seconds in the name makes of others."""
_BEYOND: Final = ("abandoned_beyond",)
_HALF: Final = 4
"""Letters of each half of a word, at least."""
_HIDDEN: Final = "\x00"
_INSIDE: Final = re.compile(r"[(\[{]([^)\]}]*)[)\]}]\s*$")
_DIGITS: Final = re.compile(r"(?<![^\W_])\d+(?![^\W_])")
_PREFIXED: Final = re.compile(r"(mt|n|t|c|d)(?=[A-Z][a-z])")
"""The letters by which some tables tell counts, times, texts and instants: nAbandoned, tAcw, mtAcw, cName, dStart."""
_PREFIXES: Final = {"n": {"number"}, "t": {"time", "sum"}, "mt": {"time", "max"}, "c": set[str](), "d": set[str]()}
_TIMED: Final = {"answered": "asa", "abandoned": "wait_abandoned"}
"""The measures that a time of others is."""
_PERCENTILE: Final = re.compile(r"(?:^| )p (?:50|75|80|90|95|99)(?: |$)")
_SECONDS: Final = re.compile(r"[(\[]\s*(?:in )?sec(?:ond)?s?\.?\s*[)\]]\s*$", re.IGNORECASE)
_SHORT_UNITS: Final = {"s": "seconds", "m": "minutes", "ms": "milliseconds", "h": "hours"}


class Meaning(NamedTuple):
    """The meaning of a column's name."""

    measure: str
    """Name of a figure or fact of `vocabulary.toml`; empty: none that is known."""
    statistic: str
    """pct, avg, max, least, median, sum or number; empty: it says none."""
    kinds: frozenset[str]
    """Words that make it another kind of figure: forecast, target, outbound, …"""
    unit: float | None
    """Seconds of its unit; None: it says none."""
    seconds: float | None
    """A number of seconds in the name, such as the threshold in `SL 20s`."""
    whole: bool
    """Whether every word of the name is understood."""
    strange: tuple[str, ...] = ()
    """Words that are not known."""
    tokens: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def meaning_of(name: str) -> Meaning:
    """The meaning of the name of a column."""
    text, unit = _unit_of(name)
    letter = _PREFIXED.match(text)
    bare = plain(text if letter is None else text[letter.end() :])
    digits = re.findall(r"\d+", bare)
    held, rest = _tokens(" ".join(_DIGITS.sub(" ", bare).split()))
    if _PERCENTILE.search(bare):
        held |= {"median"}
    if letter is not None:
        held |= _PREFIXES[letter[1]]
    strange = tuple(re.findall(r"[^\W\d_]{2,}", rest.replace(_HIDDEN, " ")))
    parted = _parted(text, strange)
    if parted != text:
        return meaning_of(parted + name.removeprefix(text))
    kinds = held.intersection(_KINDS)
    measure, used = _measure(held)
    if letter is not None and "time" in _PREFIXES[letter[1]]:
        measure = _TIMED.get(measure, measure)
    measure = _by_number(measure, held, digits, in_seconds=unit is not None or _SECONDS.search(name) is not None)
    statistic = next((one for one in _STATISTICS if one in held), "")
    units = [_UNITS[one] for one in _UNITS if one in held]
    if not statistic and bare.startswith("min "):
        statistic, units = "least", []
    threshold = _threshold(digits, measure, held)
    if unit is None and units and threshold is None:
        unit = units[0]
    whole = bool(measure) and not strange and not held & _DOUBTFUL and not held - used - _WITHOUT_WEIGHT - kinds
    return Meaning(measure, statistic, kinds, unit, threshold, whole=whole, strange=strange, tokens=held)


def _parted(text: str, strange: tuple[str, ...]) -> str:
    """A text whose words that are not known are parted where both halves are: agentname, Anrufdatum."""
    for word in strange:
        for at in range(_HALF, len(word) - _HALF + 1):
            if {word[:at], word[at:]} <= _known():
                text = re.sub(re.escape(word), f"{word[:at]} {word[at:]}", text, flags=re.IGNORECASE)
                break
    return text


@cache
def _known() -> frozenset[str]:
    return frozenset(phrase.text for phrase in vocabulary().phrases if phrase.text.isalpha())


def _by_number(measure: str, held: frozenset[str], digits: list[str], *, in_seconds: bool) -> str:
    """The measure that a number of seconds, or a unit, makes of another one."""
    if digits and measure in _BY_THRESHOLD and held & {"seconds", "minutes"} and "time" not in held:
        return _BY_THRESHOLD[measure]  # "answered in 20 s"
    if in_seconds and "conversation" in held and measure in {"contact", "time"}:
        return "talk"  # "Conversation (s)"
    if measure == "service_level" and in_seconds and not held & {"pct", "within"}:
        return "threshold"  # "Service Level (sec)"
    if measure == "queue" and not digits and (in_seconds or "seconds" in held):
        return "wait"  # "queue_seconds"
    return measure


def _tokens(text: str) -> tuple[frozenset[str], str]:
    """The tokens of a plain name, and the name without the phrases that gave them."""
    tokens: list[str] = []
    for phrase in vocabulary().phrases:
        # A name may hold a phrase twice, as in "calls (calls)".
        while phrase.text in text and (found := phrase.find(text)):
            tokens += phrase.tokens
            text = f"{text[: found.start()]}{_HIDDEN}{text[found.end() :]}"
    return frozenset(tokens), text


def _unit_of(name: str) -> tuple[str, float | None]:
    """A name without a unit in brackets at its end, and that unit in seconds."""
    match = _INSIDE.search(name.strip())
    inside = "" if match is None else match[1].strip().casefold()
    if match is None:
        return name, None
    if inside in _SHORT_UNITS:
        unit = {"seconds": 1.0, "minutes": 60.0, "milliseconds": 0.001, "hours": 3600.0}[_SHORT_UNITS[inside]]
        return name[: match.start()], unit
    if inside.strip("d") in {"hh:mm:ss", "h:mm:ss", "mm:ss", "hh:mm", "hhmmss", "m:ss", "[h]:mm:ss"}:
        return name[: match.start()], None
    return name, None


def _measure(held: frozenset[str]) -> tuple[str, frozenset[str]]:
    """The measure that the tokens name, and those of them that do."""
    for measure in vocabulary().measures:
        if measure.tokens <= held:
            return measure.name, measure.tokens
    return "", frozenset()


def _threshold(digits: list[str], measure: str, held: frozenset[str]) -> float | None:
    """Seconds in the name of a figure that is counted by a threshold; in `80/20` the second number."""
    if measure not in {
        "service_level",
        "answered_within",
        "abandoned_within",
        "short_abandoned",
        "threshold",
        *_BEYOND,
    }:
        return None
    numbers = [int(digit) for digit in digits if 0 < int(digit) <= 3600]
    if not numbers:
        return None
    return float(numbers[-1]) * (60.0 if "minutes" in held else 1.0)
