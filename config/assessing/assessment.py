"""The assessment: what only people know of each item, read from assessment.yaml.

A share keeps its counts. An item that is left empty was not assessed, which is not a share of 0.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config.assessing.metrics import Limits
from config.yaml import Node, read_yaml
from copc.items import ITEMS

__all__ = ["Assessment", "Evidence", "ItemAssessment", "Share", "SiteMetric", "read_assessment"]

_MOST: Final = 100_000
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, as people counted it."""

    part: int
    whole: int
    """At least 1."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that an auditor can look at."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class ItemAssessment:
    """An assessor's findings of one item."""

    approach: Share | None = None
    """Requirements met, of all; None: not assessed."""
    improvement: bool | None = None
    """Whether a systematic approach to improvement (category 4) is among those met; None: not said."""
    deployment: Share | None = None
    """Programs (category 3: key positions) with full deployment, of all; None: not assessed."""
    complies: bool | None = None
    """Item 4.7: whether it complies; None: not assessed."""
    evidence: tuple[Evidence, ...] = ()
    assessor: str = ""
    date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class SiteMetric:
    """A metric of which the history has no figures, such as satisfaction."""

    item: str
    name: str
    program: str
    """Empty: of the whole site."""
    unit: str
    limits: Limits | None
    """The target; None: it has none."""
    months: Mapping[str, float] = field(default_factory=dict)
    """Figures by local month, `2026-10`."""
    failed: tuple[str, ...] = ()
    """Months whose figure failed a check."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A whole assessment."""

    items: Mapping[str, ItemAssessment] = field(default_factory=dict)
    metrics: tuple[SiteMetric, ...] = ()

    def of(self, code: str) -> ItemAssessment:
        """The finding of one item; empty where there is none."""
        return self.items.get(code, ItemAssessment())


def read_assessment(path: Path) -> Assessment:
    """The assessment in a file.

    Raises:
        UserError: the file cannot be read, an item is unknown, a share is over 1 or has no denominator, or another
            key or value is wrong.
    """
    fields = read_yaml(path).fields(("assessor", "date", "items", "metrics"))
    assessor = _text(fields.get("assessor"))
    date = _date(fields.get("date"))
    items = fields["items"].fields(tuple(ITEMS), kind="item") if "items" in fields else {}
    metrics = fields["metrics"].items("a list of metrics") if "metrics" in fields else []
    found: dict[tuple[str, str, str], SiteMetric] = {}
    for node in metrics:
        metric = _metric(node)
        if found.setdefault((metric.item, metric.name, metric.program), metric) is not metric:
            raise node.fault(f"{metric.name} of {metric.program or 'the site'} stands twice; keep one")
    return Assessment({code: _item(code, node, assessor, date) for code, node in items.items()}, tuple(found.values()))


def _item(code: str, node: Node, assessor: str, date: dt.date | None) -> ItemAssessment:
    performance = ITEMS[code].category == 4
    own = ("complies",) if code == "4.7" else ()
    known = ("requirements", *(() if performance else ("deployment",)), *own, "evidence", "assessor", "date")
    fields = node.fields(known, {"deployment": "to items of categories 1 to 3", "complies": "to item 4.7"})
    requirements = fields.get("requirements")
    shares = ("met", "of", "improvement") if performance else ("met", "of")
    parts = {} if requirements is None else requirements.fields(shares)
    improvement = parts.pop("improvement", None)
    return ItemAssessment(
        approach=None if requirements is None else _share(requirements, parts, "met"),
        improvement=_flag(improvement),
        deployment=_share(fields["deployment"], fields["deployment"].fields(("full", "of")), "full")
        if "deployment" in fields
        else None,
        complies=_flag(fields.get("complies")),
        evidence=_evidence(fields.get("evidence")),
        assessor=_text(fields.get("assessor")) or assessor,
        date=_date(fields.get("date")) or date,
    )


def _share(node: Node, fields: Mapping[str, Node], part: str) -> Share | None:
    """The share that two fields give; None: both are empty."""
    given = {name: each for name, each in fields.items() if each.value is not None}
    if not given:
        return None
    for name in (part, "of"):
        if name not in given:
            raise node.fault(f"{name} is missing; write how many of how many: {part} and of")
    whole, some = given["of"].integer(1, _MOST), given[part].integer(0, _MOST)
    if some > whole:
        raise given[part].fault(f"found {some} of {whole}, more than all; correct {part} or of")
    return Share(some, whole)


def _flag(node: Node | None) -> bool | None:
    return None if node is None or node.value is None else node.boolean()


def _text(node: Node | None) -> str:
    return "" if node is None or node.value is None else node.text("text", blank=True).strip()


def _date(node: Node | None) -> dt.date | None:
    text = _text(node)
    if node is None or not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise node.wrong("a date, like 2026-10-31") from None


def _evidence(node: Node | None) -> tuple[Evidence, ...]:
    if node is None or node.value is None:
        return ()
    if isinstance(node.value, str):
        return (Evidence(node.text("text")),)
    found = []
    for item in node.items("a text, or a list of texts or of text and link"):
        if isinstance(item.value, str):
            found.append(Evidence(item.text("text")))
            continue
        fields = item.fields(("text", "link"))
        evidence = Evidence(_text(fields.get("text")), _text(fields.get("link")))
        if not (evidence.text or evidence.link):
            raise item.wrong("a text, a link, or both")
        found.append(evidence)
    return tuple(found)


def _metric(node: Node) -> SiteMetric:
    fields = node.fields(("item", "name", "program", "unit", "at_least", "at_most", "months", "failed"))
    for name in ("item", "name"):
        if name not in fields:
            raise node.fault(f"{name} is missing; a metric has the item that it speaks to, and a name")
    code = fields["item"].choice([each for each, item in ITEMS.items() if item.category == 4 and each != "4.7"])
    low, high = (fields[end].number(-1e12, 1e12) if end in fields else None for end in ("at_least", "at_most"))
    months = fields["months"].entries("a mapping of months to figures") if "months" in fields else {}
    failed = [item.name("a month") for item in fields["failed"].items("a list of months")] if "failed" in fields else []
    for month, place in [*months.items(), *((month, fields["failed"]) for month in failed)]:
        if not _MONTH.fullmatch(month):
            raise place.fault(f"found the month {month!r}; write it like 2026-10")
    return SiteMetric(
        item=code,
        name=fields["name"].name("the name of a metric"),
        program=_text(fields.get("program")),
        unit=_text(fields.get("unit")),
        limits=None if low is None and high is None else Limits(low, high),
        months={month: value.number(-1e12, 1e12) for month, value in sorted(months.items()) if value.value is not None},
        failed=tuple(failed),
    )
