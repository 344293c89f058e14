# ruff: noqa: RUF001  Chinese text has full-width marks
"""The texts of alerts in English and Chinese, as templates that Prometheus fills in.

Figures are metrics of their own beside `intervalwatch_breach_active`, and never labels: a label that changes would
make a new alert of every interval. So the templates query the figures.
"""

from collections.abc import Mapping
from typing import Final

from agents.live.metrics import families
from config.rules import RULES, FigureUnit
from dashboards.alerting.notice_alerts import HELD

__all__ = ["breach_annotations"]

_KEPT: Final = f"[{HELD}]"
"""How far back the templates look for a figure: as far as for the breach itself."""


_FORMATS: Final[Mapping[FigureUnit, tuple[str, str]]] = {
    "ratio": ("100 * ", "%.1f %%"),
    "change": ("100 * ", "%+.1f %%"),
    "agents": ("", "%+.1f"),
    "count": ("", "%.0f"),
}
"""Factor and format of a figure, by unit."""

_WHERE: Final = (
    '{{ $where := printf "{program=%q,queue=%q,rule=%q,scope=%q,severity=%q}" '
    "$labels.program $labels.queue $labels.rule $labels.scope $labels.severity }}"
)
_NAME: Final = (
    "{{ if $labels.queue }}{{ $labels.queue }}{{ else }}{{ $labels.program }}{{ end }}"
    "{{ if $labels.scope }} ({{ $labels.scope }}){{ end }}"
)


def breach_annotations(rule: str) -> dict[str, str]:
    """The annotations of the alert on one breach rule: summary and description, each in two languages.

    Args:
        rule: a name of `config.rules.RULES`.
    """
    definition = RULES[rule]
    english, chinese = definition.noun, definition.noun_zh
    unit = definition.unit
    observed, limit = _figure(families.BREACH_OBSERVED.name, unit), _figure(families.BREACH_LIMIT.name, unit)
    order = "sort_desc" if definition.causes_raise else "sort"
    causes = _causes(order, _CAUSES, "points", ", ")
    causes_zh = _causes(order, _CAUSES_ZH, "个百分点", "、")
    return {
        "summary": f"{_NAME}: {english}",
        "summary_zh": f"{_NAME}：{chinese}",
        "description": (
            f"{_WHERE}{_NAME}, program {{{{ $labels.program }}}}: {english}, "
            f"{observed} against a limit of {limit}{causes[0]}. Causes: {causes[1]}"
        ),
        "description_zh": (
            f"{_WHERE}{_NAME}，方案 {{{{ $labels.program }}}}：{chinese}，"
            f"{observed}，限值 {limit}{causes_zh[0]}。原因：{causes_zh[1]}"
        ),
    }


_CAUSES: Final = {"volume": "volume", "aht": "AHT", "staffing": "staffing", "unexplained": "unexplained"}
_CAUSES_ZH: Final = {"volume": "话务量", "aht": "平均处理时长", "staffing": "人员", "unexplained": "未解释"}


def _figure(metric: str, unit: FigureUnit) -> str:
    factor, form = _FORMATS[unit]
    query = f'printf "{factor}max(last_over_time({metric}%s{_KEPT}))" $where | query'
    return f'{{{{ with {query} }}}}{{{{ . | first | value | printf "{form}" }}}}{{{{ else }}}}?{{{{ end }}}}'


def _causes(order: str, words: Mapping[str, str], points: str, comma: str) -> tuple[str, str]:
    """Begin and end of the part that lists causes; the text between them is printed only where causes are known."""
    query = f'printf "{order}(100 * max by (cause) (last_over_time({families.BREACH_EFFECT}%s{_KEPT})))" $where | query'
    choice = "".join(
        f'{{{{ {"if" if at == 0 else "else if"} eq $e.Labels.cause "{cause}" }}}}{word}'
        for at, (cause, word) in enumerate(words.items())
    )
    each = f'{{{{ if $i }}}}{comma}{{{{ end }}}}{choice}{{{{ end }}}} {{{{ $e | value | printf "%+.0f" }}}} {points}'
    return f"{{{{ with {query} }}}}", f"{{{{ range $i, $e := . }}}}{each}{{{{ end }}}}{{{{ end }}}}"
