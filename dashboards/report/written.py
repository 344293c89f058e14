"""Figures as a page writes them: in the reader's language, and "not reported" where there is none."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from config.rules import RULES, Kind
from dashboards.report.cells import UNBROKEN, percent
from dashboards.report.words import Words
from streams.report.document.parts import Judgement
from streams.report.figures import Ratio, Sigma

__all__ = ["FILTERS", "Written"]


class Written:
    """Writes figures with the words of one language.

    Args:
        words: of the language.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._own = words["words"]

    def share(self, value: float | None, *, signed: bool = False) -> str:
        """A ratio as a percentage."""
        return str(self._own["not_reported"]) if value is None else percent(value, signed=signed)

    def seconds(self, value: float | None, *, digits: int = 1) -> str:
        """Seconds."""
        return str(self._own["not_reported"]) if value is None else f"{value:,.{digits}f}{UNBROKEN}s"

    def number(self, value: float | None) -> str:
        """A whole number."""
        return str(self._own["not_reported"]) if value is None else f"{value:,.0f}"

    def counts(self, ratio: Ratio | None) -> str:
        """The sums of a figure; nothing where none was summed."""
        if ratio is None or not ratio.denominator:
            return ""
        return f"{ratio.numerator:,.0f}{UNBROKEN}/ {ratio.denominator:,.0f}"

    def limit(self, judged: Judgement) -> str:
        """The target of a figure."""
        if judged.least is not None and judged.most is not None:
            return f"{percent(judged.least)} - {percent(judged.most)}"
        if judged.least is not None:
            return f"{self._own['at_least']} {percent(judged.least)}"
        return self._own["none_set"] if judged.most is None else f"{self._own['at_most']} {percent(judged.most)}"

    def lasted(self, seconds: float | None) -> str:
        """A span of time."""
        if seconds is None:
            return str(self._own["not_reported"])
        minutes = round(seconds / 60)
        if seconds and not minutes:
            return f"{seconds:.0f}{UNBROKEN}s"
        hours, left = divmod(minutes, 60)
        days, rest = divmod(hours, 24)
        parts = [(days, "d"), (rest, "h"), (left, "min")]
        return " ".join(f"{count}{UNBROKEN}{unit}" for count, unit in parts if count) or f"0{UNBROKEN}min"

    def figure(self, value: float | None, unit: str | None) -> str:
        """A breach's figure in its unit."""
        if value is None:
            return str(self._own["not_reported"])
        if unit == "ratio":
            return percent(value)
        word = self._words["units"].get(unit or "", unit or "")
        return f"{value:,.3g}{UNBROKEN}{word}" if abs(value) < 1000 else f"{value:,.0f}{UNBROKEN}{word}"

    def points(self, value: float) -> str:
        """An effect on a ratio, in points of a per cent."""
        return f"{value * 100:+.1f}{UNBROKEN}{self._own['points']}"

    def rule(self, name: str) -> str:
        """A rule's name; a history may hold breaches of a rule that this version does not have."""
        if name not in RULES:
            return name.replace("_", " ")
        return RULES[name].noun_zh if self._is_chinese else RULES[name].noun

    @property
    def _is_chinese(self) -> bool:
        return bool(self._own["yes"] != "yes")

    @staticmethod
    def of_days(rule: str) -> bool:
        """Whether a rule looks at a day or a month when it is over, so that its breaches have no time of day."""
        return rule in RULES and RULES[rule].kind in {Kind.DAY, Kind.MONTH}

    @staticmethod
    def has_cause(rule: str) -> bool:
        """Whether causes are computed for a rule's breaches."""
        return rule in RULES and RULES[rule].explains_service_level

    def title(self, item: Any) -> str:  # noqa: ANN401 - an item of the standard, as a template hands it on
        """The title of an item."""
        return str(item.title_zh if self._is_chinese else item.title)

    def said(self, sentence: str) -> str:
        """A sentence of the figures in the reader's language."""
        return str(self._words["said"].get(sentence, sentence))

    def sigma(self, sigma: Sigma) -> str:
        """A sigma level, at its bound where nothing went wrong."""
        if sigma.level is None:
            return str(self._own["withheld"])
        return f"{f'{sigma.bound} ' if sigma.bound else ''}{sigma.level:.2f}"

    def given(self, ratio: Ratio, *, signed: bool = False) -> str:
        """A figure that is withheld where there is too little of it."""
        if ratio.value is None and ratio.denominator > 0:
            return str(self._own["withheld"])
        return self.share(ratio.value, signed=signed)

    def period(self, begin: str, end: str) -> str:
        """A period on the local clock; whole days by their first and last."""
        if begin[11:16] == end[11:16] == "00:00":
            last = dt.date.fromisoformat(end[:10]) - dt.timedelta(days=1)
            return f"{begin[:10]} {self._own['to']} {last.isoformat()}"
        return f"{moment(begin)} {self._own['to']} {moment(end)}"

    def dated(self, local: str) -> str:
        """A local instant with its weekday."""
        return f"{self.weekday(str(dt.date.fromisoformat(local[:10]).isoweekday()))} {moment(local)}"

    def calendar(self, by: str, name: str) -> str:
        """The name of a part of the calendar."""
        if by == "day":
            return f"{name} {self.weekday(str(dt.date.fromisoformat(name).isoweekday()))}"
        return self.weekday(name) if by == "weekday" else f"{name}:00" if by == "hour" else name

    def weekday(self, name: str) -> str:
        """The name of a day of the week."""
        return str(self._words["weekdays"][name])


def moment(text: str | None) -> str:
    """A local instant without its offset: `2026-10-05 10:30`."""
    return "" if text is None else text[:16].replace("T", " ")


FILTERS: Final[Mapping[str, Callable[..., str]]] = {"moment": moment}
"""Filters of the templates."""
