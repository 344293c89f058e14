"""The page of breach rules: each with its condition, every parameter, and the reason of its defaults."""

from collections.abc import Iterator

from config.rules import RULES, Parameter, RuleDefinition
from copc.items import ITEMS
from intervalwatch.docs_pages.markdown import as_yaml, code, page, table
from intervalwatch.docs_pages.rule_texts import RULE_TEXTS

__all__ = ["rules_page"]

_INTRODUCTION = """
Each rule is data: switch it, change its severity, or set a parameter under `rules:` for the site, a program or a
queue ([configuration](configuration.md#rules)). `intervalwatch check` prints every parameter in force. Every default
is **this product's**: the public text of the standard gives no thresholds for items 2.4, 2.5 and 2.G.A.

"Counting" intervals are final intervals in open hours that are not missing and hold at least `min_volume` contacts.
An interval that does not count neither adds to a run nor breaks it; a missing interval breaks it. "Inside" is the
side of the limit where all is well, the limit included. [Breaches](../concepts/breaches.md) tells how a breach opens,
changes and ends.
"""

_BY_MONTH = ("critical_error_accuracy", "monitoring_coverage", "variation_too_big")


def rules_page() -> str:
    """The text of the page."""
    index = table(
        ("item", "rule", "opens with", "on"),
        (
            (
                rule.item,
                f"[{code(name)}](#{name})",
                rule.severity,
                "yes" if rule.on else f"with `{rule.on_when_set}`",
            )
            for name, rule in RULES.items()
        ),
    )
    return page("Breach rules", _INTRODUCTION, index, *(part for rule in RULES for part in _rule(rule)))


def _rule(name: str) -> Iterator[str]:
    definition, text = RULES[name], RULE_TEXTS[name]
    yield f"## {name}"
    opens = f"It opens as `{definition.severity}`"
    when = "." if definition.on else f", and is off until `{definition.on_when_set}` is set."
    yield f"**{definition.title}** ({definition.title_zh}). Item {definition.item}: {ITEMS[definition.item].title}."
    yield opens + when
    said = {
        "Looks at": text.looks_at,
        "Opens when": text.opens,
        "Critical when": text.critical,
        "Ends": text.ends,
        "Why these defaults": text.why,
    }
    yield "\n".join(f"- **{head}**: {sentence.rstrip('.')}." for head, sentence in said.items())
    yield table(
        ("parameter", "default", "unit", "allowed", "meaning"),
        (
            (code(key), code(as_yaml(each.default)), each.unit, _allowed(each), each.meaning)
            for key, each in definition.parameters.items()
        ),
    )
    constraints = _constraints(definition)
    if constraints:
        yield constraints


def _allowed(parameter: Parameter) -> str:
    if parameter.kind == "range":
        limits = "two ratios, the lower first"
    elif parameter.above:
        limits = f"above {parameter.low:,.12g}, up to {parameter.high:,.12g}"
    else:
        limits = f"{parameter.low:,.12g} to {parameter.high:,.12g}"
    return f"{limits}, or null" if parameter.nullable else limits


def _constraints(definition: RuleDefinition) -> str:
    pairs = [f"`{high}` must not be less than `{low}`" for low, high in definition.ordered]
    return f"{'; '.join(pairs)}." if pairs else ""
