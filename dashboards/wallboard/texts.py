"""The texts of the wallboard's screens: the catalogue of its own words, with the names of breaches from their rules."""

import functools
import json
from pathlib import Path
from typing import Any, Final

from config.rules import RULES
from dashboards.wallboard.breaches import is_finding

__all__ = ["STATIC", "catalogue", "rules_shown"]

STATIC: Final = Path(__file__).with_name("static")


@functools.cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every text of the screens by its key, in English (en) and Chinese (zh); `rule.<name>` is a breach's name."""
    own: dict[str, dict[str, str]] = json.loads((STATIC / "texts.json").read_text(encoding="utf-8"))
    english = {f"rule.{rule}": definition.noun for rule, definition in RULES.items()}
    chinese = {f"rule.{rule}": definition.noun_zh for rule, definition in RULES.items()}
    return {"en": {**own["en"], **english}, "zh": {**own["zh"], **chinese}}


def rules_shown() -> dict[str, dict[str, Any]]:
    """The facts about rules that the screens need, by rule name."""
    return {
        rule: {
            "item": definition.item,
            "title": {"en": definition.title, "zh": definition.title_zh},
            "explains_service_level": definition.explains_service_level,
            "causes_raise": definition.causes_raise,
            "back_at": definition.back_at,
            "finding": is_finding(rule),
            "tells_missing_data": definition.tells_missing_data,
        }
        for rule, definition in RULES.items()
    }
