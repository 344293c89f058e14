"""The rules' parameters: the defaults, and what may be set."""

from collections import Counter
from pathlib import Path

import pytest

from config.errors import UserError
from config.rules import RULES, Kind, Parameter, RuleDefinition, read_rule
from config.yaml import read_yaml

# The rules' defaults, written by hand, but for what bench/bench_rules.py and bench/bench_alarm.py found to warn too
# often in healthy centres (each marked); None: a rule that never gets critical by this parameter.
PUBLISHED = {
    "service_level_below_range": {
        "accumulate": 0.70,
        "critical": 2.00,
        "clear_after": 2,
        "min_volume": 20,
    },  # 0.60, 1.50 of sums without weights
    "service_level_above_range": {"accumulate": 0.60, "critical": None, "clear_after": 2, "min_volume": 20},  # 0.50
    # errors: this product's own
    "service_level_day": {"critical": 0.15, "errors": 2.0, "min_volume": 20, "chance": 0.05},
    "service_level_unusual": {"intervals": 3, "of_last": 4, "critical": None},  # 2, 3, 3
    "service_level_lost": {"min_volume": 20, "alone": 0.66},  # alone: this product's own
    "service_level_at_risk": {"opens": 0.80, "warning": 0.90, "ends": 0.50},
    "abandon_rate_above_limit": {"limit": 0.08, "accumulate": 0.25, "critical": 0.70},  # 0.30, 0.80 without weights
    "occupancy_outside_range": {"range": None, "running": 4},
    "volume_variance": {"z": 3.5, "z_two": 3.2, "tolerance": 0.10, "critical": 6},  # z 3; z_two: our own
    "aht_variance": {"z": 3.8, "z_two": 3.0, "tolerance": 0.10, "critical": 6, "min_handled": 20},  # z 3
    "net_staffing": {
        "agents": 1,
        "share": 0.10,
        "running": 5,  # 3
        "critical_agents": 4,  # 3
        "critical_share": 0.40,  # 0.25
        "critical_running": 4,  # 2
    },
    "schedule_gap": {"agents": 1, "share": 0.05, "running": 2, "critical_agents": 3, "critical_share": 0.20},
    "plan_missing": {"min_volume": 1},
    "forecast_accuracy": {"wape": 0.18, "critical": 0.30, "min_forecast": 1000},  # 0.15, 500
    "critical_error_accuracy": {
        "end_user": 0.95,
        "business": 0.90,
        "compliance": 0.995,
        "min_n": 30,
        "confidence": 0.95,
        "evidence": 100,
    },
    "monitoring_coverage": {"min_evaluations": 4, "p_value": 0.01},
    "variation_too_big": {
        "range_over_mean": 0.70,
        "sd_over_sixth": 1.0,
        "min_sigma": 2.5,
        "sigma_shift": 1.5,
        "min_handled": 200,
        "min_units": 30,
    },
    "feed_missing": {"running": 1, "critical": 2},
    "integrity": {"tolerance": 0.005},
    "repeat_breach": {"times": 3, "weeks": 4},
}


def test_every_rule_of_the_metrics_page_has_its_item() -> None:
    """Section 9 of the metrics names twenty rules in this order, each of an item of the standard."""
    assert tuple(RULES) == tuple(PUBLISHED)
    by_item = Counter(definition.item for definition in RULES.values())
    assert by_item == {"2.G.A": 7, "4.3": 1, "2.5": 6, "2.4": 2, "2.2": 1, "2.6": 2, "2.3": 1}


def test_every_definition_says_what_people_read() -> None:
    """A noun and a title in both languages that differ from every other rule's, and a unit beside each parameter."""
    for name, definition in RULES.items():
        assert definition.name == name
        assert definition.title.lower() == definition.noun.lower()
        assert definition.title[0].isupper()
        assert definition.title_zh
        assert definition.title_zh.isascii() is False
        assert all(parameter.unit for parameter in definition.parameters.values())
        assert set(definition.silenced_by) <= set(RULES)
    for names in ({d.noun for d in RULES.values()}, {d.noun_zh for d in RULES.values()}):
        assert len(names) == len(RULES)


@pytest.mark.parametrize(("rule", "definition"), RULES.items())
def test_a_rule_has_the_parameters_that_its_kind_reads(rule: str, definition: RuleDefinition) -> None:
    """How intervals add up is said by `kind`, and the parameters it needs are there."""
    needed = {
        Kind.ACCUMULATE: {"accumulate", "critical", "clear_after"},
        Kind.RUNNING: {"clear_after"},
        Kind.OF_LAST: {"intervals", "of_last", "critical", "clear_after"},
        Kind.DEVIATION: {"z", "critical", "clear_after"},
    }
    assert needed.get(definition.kind, set()) <= set(definition.parameters), rule


@pytest.mark.parametrize("rule", PUBLISHED)
def test_defaults_are_those_of_the_metrics_page(rule: str) -> None:
    """Each default that was written down is the default here."""
    assert {name: RULES[rule].parameters[name].default for name in PUBLISHED[rule]} == PUBLISHED[rule]


def test_occupancy_alone_comes_switched_off() -> None:
    """All rules are on but the one that needs a range of the site's own."""
    assert [rule for rule, definition in RULES.items() if not definition.on] == ["occupancy_outside_range"]


@pytest.mark.parametrize(
    ("rule", "name", "parameter"), [(r, n, p) for r, d in RULES.items() for n, p in d.parameters.items()]
)
def test_each_default_may_be_written_out(tmp_path: Path, rule: str, name: str, parameter: Parameter) -> None:
    """Every default passes its own check, so that a file may state it; every parameter says what it means."""
    path = tmp_path / "c.yaml"
    default = parameter.default
    path.write_text(f"{name}: {'null' if default is None else default}\n", encoding="utf-8")
    found = read_rule(rule, read_yaml(path))
    assert {key: value for key, (value, _) in found.items()} == {name: default}
    assert len(parameter.meaning) > 10


@pytest.mark.parametrize(
    ("rule", "text", "message"),
    [
        ("integrity", "onn: true", r'onn \(line 1\): unknown key .*did you mean "on"\?'),
        ("net_staffing", "runing: 3", r'runing \(line 1\): unknown key .*did you mean "running"\?'),
        ("integrity", "on: yes", r"on \(line 1\): found the text 'yes'; allowed: true or false"),
        ("integrity", "severity: fatal", r"severity \(line 1\): found the text 'fatal'; allowed: one of info, warning"),
        ("feed_missing", "running: 0", r"running \(line 1\): found the number 0; allowed: a whole number from 1 to"),
        ("feed_missing", "running: 1.5", r"running \(line 1\): found the number 1.5; allowed: a whole number"),
        ("feed_missing", "running: true", r"running \(line 1\): found true; allowed: a whole number"),
        ("feed_missing", "running: null", r"running \(line 1\): found nothing \(null\); allowed: a whole number"),
        ("volume_variance", "tolerance: 10", r"tolerance \(line 1\): found the number 10; allowed: a number above 0"),
        ("volume_variance", "z: '3'", r"z \(line 1\): found the text '3'; allowed: a number above 0"),
        ("volume_variance", "z: .nan", r"z \(line 1\): found the number .nan; allowed"),
        (
            "occupancy_outside_range",
            "range: [0.9, 0.8]",
            r"range \(line 1\): found \[0.9, 0.8\]; allowed: .* lower first",
        ),
        ("occupancy_outside_range", "range: [0.8]", r"range \(line 1\): found a list; allowed: a list of two numbers"),
        ("occupancy_outside_range", "range: [75, 88]", r"range\[0\] \(line 1\): found the number 75; allowed"),
    ],
)
def test_wrong_parameters_name_their_key(tmp_path: Path, rule: str, text: str, message: str) -> None:
    """Unknown names, wrong types and values out of range each say what is allowed."""
    path = tmp_path / "c.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read_rule(rule, read_yaml(path))
