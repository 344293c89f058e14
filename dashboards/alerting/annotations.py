# ruff: noqa: RUF001  Chinese text has full-width marks
"""The texts of alerts in English and Chinese, as templates that Prometheus fills in.

Figures are metrics of their own beside `intervalwatch_breach_active`, and never labels: a label that changes would
make a new alert of every interval. So the templates query the figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agents.live.metrics import families

__all__ = ["RULE_TEXTS", "RuleText", "breach_annotations"]

_KEPT: Final = "[15m]"
"""How far back the templates look for a figure: as far as for the breach itself."""


@dataclass(frozen=True, slots=True)
class RuleText:
    """The words of a breach rule in the texts of its alert."""

    english: str
    chinese: str
    unit: str
    """The format of figures: ratio, change (a ratio with its sign), agents, or count."""
    largest_first: str = "sort"
    """Order of causes: those that took most (`sort`) or those that added most (`sort_desc`)."""


RULE_TEXTS: Final[Mapping[str, RuleText]] = {
    "service_level_below_range": RuleText("service level below its range", "服务水平低于范围", "ratio"),
    "service_level_above_range": RuleText("service level above its range", "服务水平高于范围", "ratio", "sort_desc"),
    "service_level_unusual": RuleText("service level unusually low for this queue", "服务水平异常偏低", "ratio"),
    "service_level_lost": RuleText(
        "service level of the open interval can no longer reach its range", "本时段服务水平已无法达到范围", "ratio"
    ),
    "abandon_rate_above_limit": RuleText("abandon rate above its limit", "放弃率超过限值", "ratio"),
    "occupancy_outside_range": RuleText("occupancy outside its range", "占用率超出范围", "ratio"),
    "volume_variance": RuleText("volume off its forecast", "话务量偏离预测", "change"),
    "aht_variance": RuleText("AHT off its forecast", "平均处理时长偏离预测", "change"),
    "net_staffing": RuleText("staffed agents short of those required", "在岗人数少于所需人数", "agents"),
    "schedule_gap": RuleText("staffed agents short of schedule", "在岗人数少于排班", "agents"),
    "plan_missing": RuleText("contacts arrive in an interval without a plan", "时段有联系量但缺少计划", "count"),
    "forecast_accuracy": RuleText("volume forecast of the day inaccurate (WAPE)", "当日预测偏差 (WAPE)", "ratio"),
    "critical_error_accuracy": RuleText("critical error accuracy below its target", "关键差错准确率低于目标", "ratio"),
    "monitoring_coverage": RuleText("too few evaluations for the month so far", "本月监听数量不足", "count"),
    "variation_too_big": RuleText("variation between agents, teams or shifts too big", "波动过大", "count"),
    "feed_missing": RuleText("no call data arrives", "没有收到话务数据", "count"),
    "integrity": RuleText("call data failed a check", "话务数据未通过校验", "count"),
    "repeat_breach": RuleText(
        "the same breach again and again at this time of day: hand it to problem solving", "同一时段重复违规", "count"
    ),
}
"""The words by rule. No text says that the standard requires a number: limits are the site's own."""

_FORMATS: Final = {
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
        rule: a name of `streams.names.RULE_ITEMS`.
    """
    text = RULE_TEXTS[rule]
    observed, limit = _figure(families.BREACH_OBSERVED.name, text.unit), _figure(families.BREACH_LIMIT.name, text.unit)
    causes = _causes(text.largest_first, _CAUSES, "points", ", ")
    causes_zh = _causes(text.largest_first, _CAUSES_ZH, "个百分点", "、")
    return {
        "summary": f"{_NAME}: {text.english}",
        "summary_zh": f"{_NAME}：{text.chinese}",
        "description": (
            f"{_WHERE}{_NAME}, program {{{{ $labels.program }}}}: {text.english}, "
            f"{observed} against a limit of {limit}{causes[0]}. Causes: {causes[1]}"
        ),
        "description_zh": (
            f"{_WHERE}{_NAME}，方案 {{{{ $labels.program }}}}：{text.chinese}，"
            f"{observed}，限值 {limit}{causes_zh[0]}。原因：{causes_zh[1]}"
        ),
    }


_CAUSES: Final = {"volume": "volume", "aht": "AHT", "staffing": "staffing", "unexplained": "unexplained"}
_CAUSES_ZH: Final = {"volume": "话务量", "aht": "平均处理时长", "staffing": "人员", "unexplained": "未解释"}


def _figure(metric: str, unit: str) -> str:
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
