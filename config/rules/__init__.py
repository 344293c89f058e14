"""The breach rules: one home of each rule's facts, by family.

The condition and the sentence of a rule stand in the module of the same name in `agents.rules`; a rule is added by a
definition here and a condition with its sentence there.
"""

from collections.abc import Mapping
from typing import Final

from config.rules import feed, plan, quality, repeats, service_level, staffing
from config.rules.definition import SEVERITIES, FigureUnit, Kind, RuleDefinition, RuleSettings, Side
from config.rules.parameters import Parameter, RuleValue, read_range
from config.yaml import Node

__all__ = [
    "RULES",
    "SEVERITIES",
    "FigureUnit",
    "Kind",
    "Parameter",
    "RuleDefinition",
    "RuleSettings",
    "RuleValue",
    "Side",
    "read_range",
    "read_rule",
]

RULES: Final[Mapping[str, RuleDefinition]] = {
    definition.name: definition
    for family in (service_level, staffing, plan, quality, feed, repeats)
    for definition in family.DEFINITIONS
}
"""By rule name, in the order of docs/reference/rules.md, in which breaches are published as well."""


def read_rule(rule: str, node: Node) -> dict[str, tuple[bool | str | RuleValue, Node]]:
    """Settings of a rule that `node` gives: by `on`, `severity` and parameter name, the value and where it stands."""
    definition = RULES[rule]
    given: dict[str, tuple[bool | str | RuleValue, Node]] = {}
    for key, child in node.fields(("on", "severity", *definition.parameters)).items():
        if key == "on":
            given[key] = (child.boolean(), child)
        elif key == "severity":
            given[key] = (child.choice(SEVERITIES), child)
        else:
            given[key] = (definition.parameters[key].read(child), child)
    return given
