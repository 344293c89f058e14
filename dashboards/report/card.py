"""The scorecard as sections of text cells, which the printed text and the page share, in English or Chinese."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Final, NamedTuple

from copc.certification import Condition
from copc.items import ITEMS
from dashboards.report.card_texts import CARD_TEXTS
from dashboards.report.cells import UNBROKEN, percent
from streams.scorecard.figures import CardItem, Counted, Deficiency, RequiredMetric, ScoreCard

__all__ = ["Section", "card_sections", "card_text"]

_WIDEST: Final = 36
_CONDITIONS: Final = ("total", "approach", "performance", "performance_approach")


class Section(NamedTuple):
    """A part of the scorecard: a table, or lines of text where it has no heads."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]


class _Words:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = CARD_TEXTS[language]

    def __call__(self, key: str, **parts: object) -> str:
        return self._texts[key].format(**parts)

    def heads(self, key: str) -> tuple[str, ...]:
        return tuple(self(key).split("|"))

    def metric(self, name: str) -> str:
        """A metric's name in this language; a site's own stays as it is."""
        return self._texts.get(f"metric.{name}", name)

    def listed(self, names: list[str] | tuple[str, ...]) -> str:
        return ("、" if self.language == "zh" else ", ").join(names)

    def target(self, text: str) -> str:
        """A target in this language."""
        for word in ("at least", "at most"):
            text = text.replace(word, self(word))
        return text or "-"

    def of(self, counted: Counted) -> str:
        return self("of", part=f"{counted.part:,}", whole=f"{counted.whole:,}")


def card_sections(card: ScoreCard, language: str = "en") -> Iterator[Section]:
    """The scorecard part by part: items, metrics, deficiencies, certification, and what is this product's own."""
    words = _Words(language)
    gold = ", Gold" if card.gold else ""
    title = words("title", start=card.start, end=card.end, gold=gold)
    rows = [_item(item, words) for item in card.items]
    total = words("total", total=f"{card.total:,.1f}", available=f"{card.available:,}")
    notes: list[tuple[str, ...]] = [(total,)]
    if card.unscored:
        notes.append((words("unscored", items=words.listed(card.unscored)),))
    yield Section(title, words.heads("head"), rows)
    yield Section("", (), notes)
    if card.metrics:
        yield Section(words("metrics"), words.heads("metric_head"), [_metric(metric, words) for metric in card.metrics])
    yield Section(words("deficiencies"), (), [(line,) for line in _deficiencies(card, words)] or [(words("none"),)])
    if card.gold:
        yield Section(words("certification"), (), [(words("gold"),), (words("never"),)])
    else:
        yield Section(words("certification"), (), [(line,) for line in _certification(card, words)])
    yield Section(words("ours"), (), [(words(f"ours.{key}"),) for key in card.ours])


def _item(item: CardItem, words: _Words) -> tuple[str, ...]:
    title = item.title_zh if words.language == "zh" else item.title
    if ITEMS[item.item].category == 4:
        level = words("not_assessed") if item.level is None else f"{item.level}"
        trend = words("lifted") if item.lifted else words("not_assessed") if item.trend is None else f"{item.trend}"
        counts = words.of(Counted(item.at_target, item.required))
        second = f"{level} ({counts}); {trend}"
    else:
        second = _band(item.deployment, item.deployment_counts, words)
        if item.proposal is not None:
            second += f"; {words('data', part=item.proposal.part, whole=item.proposal.whole)}"
    first = _band(item.approach, item.requirements, words)
    if item.exempt:
        first += f"; {words('exempt')}"
    score = "-" if item.score is None else f"{item.score:.4g}{UNBROKEN}%"
    earned = f"- / {item.points}" if item.earned is None else f"{item.earned:.4g} / {item.points}"
    return item.item, title, first, second, score, earned


def _band(band: int | None, counted: Counted | None, words: _Words) -> str:
    if band is None or counted is None:
        return words("not_assessed")
    return f"{band} ({words.of(counted)})"


def _metric(metric: RequiredMetric, words: _Words) -> tuple[str, ...]:
    place = "/".join(part for part in (metric.program, metric.queue) if part) or words("site")
    figure = words("not_reported")
    if metric.value is not None:
        figure = percent(metric.value) if metric.unit == "ratio" else f"{metric.value:.6g}"
        if metric.unit == "seconds":
            figure += f"{UNBROKEN}s"
        elif metric.unit not in {"ratio", ""}:
            figure += f"{UNBROKEN}{metric.unit}"
    verdict = {True: words("at_target"), False: words("missed"), None: words("no_verdict")}[metric.at_target]
    if metric.improving:
        verdict += f", {words('improving')}"
    told = [verdict, *(_deficiency(each, words) for each in metric.deficiencies)]
    return metric.item, words.metric(metric.name), place, figure, words.target(metric.target), "; ".join(told)


def _deficiency(deficiency: Deficiency, words: _Words) -> str:
    counts = deficiency.counts or Counted(0, 0)
    return words(f"{deficiency.kind}.{deficiency.reason}", part=f"{counts.part:,}", whole=f"{counts.whole:,}")


def _deficiencies(card: ScoreCard, words: _Words) -> Iterator[str]:
    for item, deficiency in card.requirements:
        yield f"{item} {_deficiency(deficiency, words)}"
    for metric in card.metrics:
        place = "/".join(part for part in (metric.program, metric.queue) if part) or words("site")
        for deficiency in metric.deficiencies:
            yield f"{metric.item} {words.metric(metric.name)} ({place}) {_deficiency(deficiency, words)}"


def _certification(card: ScoreCard, words: _Words) -> Iterator[str]:
    for name in _CONDITIONS:
        yield f"{words(f'{name}_of')}: {_condition(name, card, words)}"
    verdict = {True: words("met"), False: "", None: ""}[card.would_meet]
    if not verdict:
        kind = "all_not" if card.would_meet is False else "all_unknown"
        three = [name for name in _CONDITIONS[:3] if card.conditions[name].met is card.would_meet]
        verdict = words(kind, items=words.listed([words(f"{name}_of") for name in three]))
    yield f"{words('all')}: {verdict}"
    yield words("never")


def _condition(name: str, card: ScoreCard, words: _Words) -> str:
    condition: Condition = card.conditions[name]
    if condition.met:
        return words("met")
    if condition.met is None:
        return words("unknown", items=words.listed(condition.unknown))
    if name == "total":
        missing = {item.item: item.points for item in card.items}
        most = card.total + sum(missing[code] for code in card.unscored)
        return words("points_lost", most=f"{most:,.1f}")
    return words("not_met", items=words.listed(condition.short))


def card_text(card: ScoreCard, language: str = "en") -> str:
    """The scorecard as lines of text, a table's cells divided by two blanks."""
    lines: list[str] = []
    for section in card_sections(card, language):
        lines += [section.title, "=" * 100] if section.title else []
        if not section.heads:
            lines += [cell for (cell,) in section.rows] + [""]
            continue
        rows = [section.heads, *section.rows]
        widths = [min(_WIDEST, max(_width(row[place]) for row in rows)) for place in range(len(section.heads))]
        for row in rows:
            parts = (_wrapped(cell, width) for cell, width in zip(row, widths, strict=True))
            lines += [
                "  ".join(
                    part + " " * (width - _width(part)) for part, width in zip(line, widths, strict=True)
                ).rstrip()
                for line in zip_longest(*parts, fillvalue="")
            ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _wrapped(cell: str, width: int) -> list[str]:
    """The lines of a cell; Chinese text breaks between any two characters."""
    lines = [""]
    pieces = cell.split(" ") if cell.isascii() or UNBROKEN in cell else list(cell)
    gap = " " if len(pieces) != len(cell) else ""
    for piece in pieces:
        longer = lines[-1] + (gap if lines[-1] else "") + piece
        if _width(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(piece)
    return [line.replace(UNBROKEN, " ") for line in lines]


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)
