"""The item table adds up to what the standard says."""

from copc import items


def test_points_add_up_by_category_and_in_all() -> None:
    """100/600/300/1000 = 2,000 and Gold 150/900/450/1500 = 3,000 (docs/concepts/standard.md#items)."""
    base = {c: sum(item.points or 0 for item in items.ITEMS.values() if item.category == c) for c in range(1, 5)}
    gold = {c: sum(item.gold_points for item in items.ITEMS.values() if item.category == c) for c in range(1, 5)}
    assert base == {1: 100, 2: 600, 3: 300, 4: 1000}
    assert gold == {1: 150, 2: 900, 3: 450, 4: 1500}
    assert sum(base.values()) == items.STANDARD_TOTAL == 2000
    assert sum(gold.values()) == items.GOLD_TOTAL == 3000
    assert items.CERTIFICATION_POINTS == 1900


def test_twenty_one_items_carry_base_requirements_and_gold_adds_nine() -> None:
    """Gold's own items are those whose code holds a G (docs/concepts/standard.md#items)."""
    only_gold = {code for code, item in items.ITEMS.items() if item.points is None}
    assert len(items.ITEMS) - len(only_gold) == 21
    assert len(only_gold) == 9
    assert only_gold == {code for code in items.ITEMS if ".G." in code}


def test_titles_are_in_both_languages() -> None:
    """Item 2.G.A is the one this product is about; every item has an English and a Chinese title."""
    assert items.ITEMS["2.G.A"].title == "Managing the business at interval level"
    assert items.ITEMS["2.G.A"].title_zh == "时段层面管理业务"
    assert all(item.title and item.title_zh and item.code == code for code, item in items.ITEMS.items())
