# ruff: noqa: RUF001  Chinese text has full-width marks
"""The empty assessment, with every item's title in both languages, for an assessor to fill in."""

from collections.abc import Iterator

from copc.items import ITEMS, Item

__all__ = ["template"]

_HEAD = """\
# An assessment after the COPC-2000 CSP standard: what only people know. Leave empty what was not assessed.
# 依据 COPC-2000 CSP 标准的评审：只有人知道的内容。未评审的留空。
#
# requirements: how many of the item's requirements are met, of how many (approach, 方式)
# deployment:   programs (category 3: key positions) with full deployment, of how many (部署)
# improvement:  category 4: whether a systematic approach to improvement is among the requirements met
# evidence:     texts, or {text: ..., link: ...}
assessor:
date:
items:
"""
_TAIL = """\
# Metrics of which intervalwatch has no figures, with their target and a figure a month:
# metrics:
#   - {item: "4.2", name: satisfaction, program: bank, unit: ratio, at_least: 0.85, months: {2026-10: 0.87}}
metrics:
"""


def template() -> str:
    """assessment.yaml with all 30 items and nothing filled in."""
    return _HEAD + "".join(line + "\n" for item in ITEMS.values() for line in _lines(item)) + _TAIL


def _lines(item: Item) -> Iterator[str]:
    gold = "" if item.points is not None else " (Gold)"
    yield f'  "{item.code}":  # {item.title} · {item.title_zh}{gold}'
    yield f"    requirements: {{met: , of: {', improvement: ' if item.category == 4 else ''}}}"
    if item.category < 4:
        yield "    deployment: {full: , of: }"
    if item.code == "4.7":
        yield "    complies:"
    yield "    evidence: []"
