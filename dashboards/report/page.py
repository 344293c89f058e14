"""A report as one page of HTML that loads no other file and prints well, in English, Chinese, or both.

A template is a section; what it writes comes from `words.toml` in the reader's language. Nothing is computed here.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import jinja2

from config.rules import RULES
from copc.items import ITEMS
from copc.service_level import FORMULAS
from dashboards.report.card import card_sections
from dashboards.report.heat import heat_shapes
from dashboards.report.words import Words, words_of
from dashboards.report.written import FILTERS, Written
from streams.report.document.judgements import attainment_floor
from streams.report.document.parts import Document
from streams.report.document.weekly import WeeklyReview
from streams.scorecard.figures import ScoreCard

__all__ = ["LANGUAGES", "Language", "report_page", "weekly_page"]

Language = Literal["en", "zh", "both"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh", "both")

SECTIONS: Final = (
    "met",
    "attainment",
    "incidents",
    "calendar",
    "heat",
    "variation",
    "forecast",
    "accuracy",
    "groups",
    "scorecard",
    "quality",
    "provenance",
    "definitions",
)
"""Sections after the cover, in order; each is a template of that name."""


def _environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("dashboards.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(FILTERS)
    return found


def report_page(document: Document, language: Language = "en", card: ScoreCard | None = None) -> str:
    """The document as HTML without links to other files, scripts or pictures.

    Args:
        document: of the period.
        language: en, zh, or both, one after the other.
        card: the scorecard of the period; None: the points that figures alone give.
    """
    context = {"document": document, "card": card, "card_sections": card_sections, **_held(document)}
    return _page(language, SECTIONS, "report", context)


def weekly_page(review: WeeklyReview, language: Language = "en") -> str:
    """The weekly review as HTML; arguments as for `report_page`."""
    cover = {"cover": review.cover, "gold": False}
    return _page(language, ("bias", "lacks", "repeated", "actions"), "weekly", {"document": cover, "review": review})


def _page(language: Language, sections: tuple[str, ...], title: str, context: Mapping[str, Any]) -> str:
    """A page of sections.

    Args:
        language: en, zh, or both.
        sections: names of templates.
        title: key of its title among the words.
        context: what the templates read.
    """
    environment = _environment()
    chosen: tuple[Literal["en", "zh"], ...] = ("en", "zh") if language == "both" else (language,)
    bodies = [
        environment.get_template("body.html").render(
            **context,
            **_said(each),
            sections=sections,
            title=title,
            prefix=f"{each}-",
        )
        for each in chosen
    ]
    return environment.get_template("page.html").render(
        bodies=list(zip(chosen, bodies, strict=True)), lang=chosen[0], title=words_of(chosen[0])["words"][title]
    )


def _said(language: Literal["en", "zh"]) -> dict[str, Any]:
    words: Words = words_of(language)
    written = Written(words)
    return {"w": words["words"], "said": words, "write": written, "language": language}


def _held(document: Document) -> dict[str, Any]:
    """Facts that templates look up beside the document."""
    programs = sorted({queue.program for queue in document.queues})
    return {
        "programs": programs,
        "items": ITEMS,
        "rules": RULES,
        "formulas": {
            service.definition: FORMULAS[service.definition]  # type: ignore[index]  # the report's own definitions
            for queue in document.queues
            for service in queue.service
        },
        "floor": attainment_floor,
        "heat_shapes": heat_shapes,
    }
