"""The texts of the wallboard's screens: the catalogue of its own words, with the names of breaches from their rules."""

import functools
import json
from pathlib import Path
from typing import Any, Final

from config.errors import UserError
from config.rules import RULES
from dashboards.wallboard.breaches import is_finding

__all__ = ["LANGUAGE_VARIABLE", "STATIC", "catalogue", "language_of", "require_language", "rules_shown"]

STATIC: Final = Path(__file__).with_name("static")
LANGUAGE_VARIABLE: Final = "INTERVALWATCH_LANGUAGE"
"""The environment variable that sets the language of every browser that has not chosen one."""
_LANGUAGES: Final = ("en", "zh")


def require_language(text: str | None) -> str | None:
    """The language that a site sets: en or zh; None: each browser's own.

    Raises:
        UserError: it is another.
    """
    if not text:
        return None
    if text not in _LANGUAGES:
        raise UserError(f"{LANGUAGE_VARIABLE}: found {text!r}; write en or zh, or leave it out")
    return text


def language_of(accepted: str) -> str:
    """The language of a browser by its header `Accept-Language`: of those that the screens have, the one it likes best.

    Args:
        accepted: such as `zh-CN,zh;q=0.9,en;q=0.8`; one that cannot be read counts as English.
    """
    liked: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, rest = part.strip().partition(";")
        quality = rest.strip().removeprefix("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        liked.append((weight, tag.strip().lower().partition("-")[0]))
    known = [(weight, tag) for weight, tag in liked if tag in _LANGUAGES and weight > 0]
    return max(known, key=lambda each: each[0])[1] if known else "en"


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
