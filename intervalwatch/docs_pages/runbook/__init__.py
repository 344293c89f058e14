"""The runbook: a page for each alert, whose address the alert carries.

The facts of a rule (item, condition, parameters) are printed from the tables that the program reads; what usually
causes it and what to do first is written beside them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from config.rules import RULES
from copc.items import ITEMS
from dashboards.alerting.system_alerts import PRODUCT_ALERTS
from intervalwatch.docs_pages.markdown import as_yaml, code, page, table
from intervalwatch.docs_pages.rule_texts import RULE_TEXTS
from intervalwatch.docs_pages.runbook.product import PRODUCT_TEXTS
from intervalwatch.docs_pages.runbook.rules import advice_of

__all__ = ["RUNBOOK"]

_INDEX: Final = """
Each alert leads to its page here: what it means, how it is computed, what usually causes it, what to do first, and
how to tune it. [Alerts](../alerting.md) tells who hears of what.
"""


def _index() -> str:
    rules = ((f"[{code(name)}]({name}.md)", rule.item, rule.title) for name, rule in RULES.items())
    product = (
        (f"[{alert['alert']}]({alert['alert']}.md)", alert["labels"]["severity"], PRODUCT_TEXTS[alert["alert"]].means)
        for alert in PRODUCT_ALERTS
    )
    return page(
        "Runbook",
        _INDEX,
        "## Incidents",
        table(("rule", "item", "it says"), rules),
        "## The product itself",
        table(("alert", "severity", "it says"), product),
    )


def _rule(name: str) -> str:
    definition, text, advice = RULES[name], RULE_TEXTS[name], advice_of(name)
    parameters = ((code(key), code(as_yaml(each.default)), each.meaning) for key, each in definition.parameters.items())
    return page(
        definition.title,
        f"Rule `{name}`, item {definition.item} ({ITEMS[definition.item].title}). {definition.title_zh}。",
        "## What it means",
        f"It looks at {text.looks_at.rstrip('.')}. {advice.means}",
        "## How it is computed",
        f"It opens when {text.opens.rstrip('.')}. Critical: {text.critical.rstrip('.')}. It ends "
        f"{text.ends.rstrip('.')}.",
        f"**For example:** {advice.example}",
        "## What usually causes it",
        _list(advice.causes),
        "## What to do first",
        _list(advice.first),
        "## How to tune it",
        f"{text.why.rstrip('.')}. [Breach rules](../reference/rules.md#{name}) has units and allowed values; set a "
        f"parameter under `rules:` for the site, a program or a queue, in a new "
        f"[parameter version](../concepts/parameters.md).",
        table(("parameter", "default", "meaning"), parameters),
    )


def _product(name: str) -> str:
    text = PRODUCT_TEXTS[name]
    (alert,) = [each for each in PRODUCT_ALERTS if each["alert"] == name]
    waits = f", for {alert['for']}" if "for" in alert else ""
    return page(
        name,
        f"An alert on the product itself, severity {alert['labels']['severity']}.",
        "## What it means",
        text.means,
        "## How it is computed",
        f"```promql\n{alert['expr']}\n```",
        f"It fires when this has a result{waits}. **For example:** {text.example}",
        "## What usually causes it",
        _list(text.causes),
        "## What to do first",
        _list(text.first),
        "## How to tune it",
        text.tune,
    )


def _list(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _pages() -> Iterator[tuple[str, Callable[[], str]]]:
    yield "index.md", _index
    for rule in RULES:
        yield f"{rule}.md", partial(_rule, rule)
    for alert in PRODUCT_ALERTS:
        yield f"{alert['alert']}.md", partial(_product, alert["alert"])


RUNBOOK: Final[Mapping[str, Callable[[], str]]] = dict(_pages())
"""Each file of `docs/runbook` with the function that makes its text."""
