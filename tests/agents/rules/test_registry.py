"""The registry of rules: each definition has its condition and its sentence, and nothing else is there."""

import importlib
import pkgutil

import pytest

import agents.rules
import config.rules
from agents.rules import registry
from agents.rules.observations import RuleLogic, Thresholds, thresholds
from config.rules import RULES, Kind, RuleDefinition, RuleSettings

INTERVAL_KINDS = {Kind.ACCUMULATE, Kind.RUNNING, Kind.OF_LAST, Kind.DEVIATION}


def test_every_rule_has_a_condition_and_a_sentence() -> None:
    """The families of `agents.rules` list the rules of `config.rules`, in the order of publication."""
    assert list(registry.LOGIC) == list(RULES)
    assert set(registry._FOUND) == set(RULES)


@pytest.mark.parametrize(("rule", "definition"), RULES.items())
def test_a_rule_has_the_condition_that_its_kind_is_judged_by(rule: str, definition: RuleDefinition) -> None:
    """One over intervals is asked about intervals, one over a day about days; any may look at an open interval."""
    logic = registry.LOGIC[rule]
    asked = {
        "interval": logic.interval is not None or logic.by_scope is not None,
        "day": logic.day is not None,
        "month": logic.month is not None,
        "open_interval": logic.open_interval is not None and definition.kind is Kind.OPEN_INTERVAL,
    }
    wanted = {Kind.DAY: "day", Kind.MONTH: "month", Kind.OPEN_INTERVAL: "open_interval"}
    wanted |= dict.fromkeys(INTERVAL_KINDS, "interval")
    expected = [wanted[definition.kind]] if definition.kind in wanted else []
    assert [name for name, there in asked.items() if there] == expected


def test_both_halves_of_a_rule_stand_in_modules_of_one_name() -> None:
    """The module of a rule's definition tells where its condition is."""
    families = [name for _, name, _ in pkgutil.iter_modules(config.rules.__path__)]
    here = {name for _, name, _ in pkgutil.iter_modules(agents.rules.__path__)}
    for family in sorted({*families} - {"definition", "parameters"}):
        assert family in here
        definitions: tuple[RuleDefinition, ...] = importlib.import_module(f"config.rules.{family}").DEFINITIONS
        logic: tuple[RuleLogic, ...] = importlib.import_module(f"agents.rules.{family}").LOGIC
        assert [each.name for each in logic] == [each.name for each in definitions]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("service_level_below_range", Thresholds(0.7, 2.0, adds_up=True, few=20)),
        ("service_level_unusual", Thresholds(3, None, of_last=4)),
        ("occupancy_outside_range", Thresholds(4, None)),
        ("volume_variance", Thresholds(1, None, deep_running=1)),
        ("net_staffing", Thresholds(5, None, deep_running=4)),
        ("schedule_gap", Thresholds(2, None, deep_running=1)),
        ("plan_missing", Thresholds(1, None)),
        ("feed_missing", Thresholds(1, 2)),
        ("integrity", Thresholds(1, None)),
    ],
)
def test_how_intervals_add_up_follows_from_the_kind(rule: str, expected: Thresholds) -> None:
    """Opening, critical, depth and length of the run, with the defaults."""
    definition = RULES[rule]
    defaults = {name: parameter.default for name, parameter in definition.parameters.items()}
    assert thresholds(definition.kind, RuleSettings(True, "warning", defaults)) == expected
