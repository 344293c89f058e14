"""The assessor's file: the empty template, a filled one, and faults in one line."""

import datetime as dt
from pathlib import Path

import pytest

from config.assessing.assessment import Evidence, Share, read_assessment
from config.assessing.metrics import Limits
from config.assessing.template import template
from config.errors import UserError
from copc.items import ITEMS


def read(folder: Path, text: str) -> object:
    """The assessment that a text stands for."""
    file = folder / "assessment.yaml"
    file.write_text(text, encoding="utf-8")
    return read_assessment(file)


def test_the_template_has_every_item_in_both_languages_and_says_nothing(tmp_path: Path) -> None:
    """All 30 items with their titles; read back, none was assessed."""
    file = tmp_path / "assessment.yaml"
    file.write_text(template(), encoding="utf-8")
    found = read_assessment(file)
    assert list(found.items) == list(ITEMS)
    assert all(item.title in template() and item.title_zh in template() for item in ITEMS.values())
    assert {(each.approach, each.deployment, each.complies, each.evidence) for each in found.items.values()} == {
        (None, None, None, ())
    }


def test_a_share_keeps_its_counts_and_evidence_its_link(tmp_path: Path) -> None:
    """Counts, evidence, assessor and date of an item; those of the file are the item's where it has none."""
    file = tmp_path / "a.yaml"
    file.write_text(
        "assessor: A\ndate: 2026-10-31\n"
        'items:\n  "1.1": {requirements: {met: 3, of: 4}, deployment: {full: 1, of: 2}, evidence: [minutes, '
        '{text: plan, link: "https://example.org"}]}\n  "4.7": {complies: true, assessor: B, date: 2026-11-01}\n'
        'metrics: [{item: "4.2", name: csat, at_least: 0.8, months: {2026-10: 0.9}}]\n',
        encoding="utf-8",
    )
    found = read_assessment(file)
    own = found.of("1.1")
    assert (own.approach, own.deployment) == (Share(3, 4), Share(1, 2))
    assert own.evidence == (Evidence("minutes"), Evidence("plan", "https://example.org"))
    assert (own.assessor, own.date) == ("A", dt.date(2026, 10, 31))
    assert (found.of("4.7").complies, found.of("4.7").assessor) == (True, "B")
    (metric,) = found.metrics
    assert (metric.limits, metric.months) == (Limits(0.8, None), {"2026-10": 0.9})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('items: {"1.9": {}}', "unknown item '1.9'"),
        ('items: {"1.1": {requirements: {met: 5, of: 4}}}', "found 5 of 4, more than all"),
        ('items: {"1.1": {requirements: {met: 5}}}', "of is missing"),
        ('items: {"1.1": {requirements: {of: 5}}}', "met is missing"),
        ('items: {"1.1": {requirements: {met: 0, of: 0}}}', "a whole number from 1"),
        ('items: {"4.1": {deployment: {full: 1, of: 2}}}', "it belongs to items of categories 1 to 3"),
        ('items: {"4.1": {complies: true}}', "it belongs to item 4.7"),
        ('items: {"1.1": {date: yesterday}}', "a date, like 2026-10-31"),
        ("metrics: [{name: x}]", "item is missing"),
        ('metrics: [{item: "2.4", name: x}]', "one of 4.1"),
        ('metrics: [{item: "4.2", name: x, months: {october: 1}}]', "write it like 2026-10"),
        ('metrics: [{item: "4.2", name: x}, {item: "4.2", name: x}]', "stands twice"),
    ],
)
def test_a_fault_is_one_line_that_names_its_key(tmp_path: Path, text: str, told: str) -> None:
    """File, key, line, what was found, what is allowed."""
    with pytest.raises(UserError) as error:
        read(tmp_path, text)
    assert told in str(error.value)
    assert "assessment.yaml: " in str(error.value)
    assert "\n" not in str(error.value)
