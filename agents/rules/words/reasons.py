# ruff: noqa: RUF001  Chinese text has full-width marks
"""Why a service level was missed, and the agents that are lacking, in words that cannot be misread.

`+14 % (-17 points)` is read in two ways; "AHT is 14 % above forecast: costs 17 points" in one.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from agents.rules.words.numbers import Pair, agents, points, trim
from streams.results import IntervalResult

__all__ = ["Changes", "changes_of", "lacking", "why"]

_NAMES: Final = {"volume": ("volume", "话务量"), "aht": ("AHT", "平均处理时长")}


class Changes(NamedTuple):
    """The changes of an interval against its plan."""

    volume: float | None
    """(offered - forecast) / forecast."""
    aht: float | None
    """(AHT - forecast AHT) / forecast AHT."""
    staffing: float | None
    """Agents staffed less agents scheduled."""


def changes_of(result: IntervalResult) -> Changes:
    """The changes of an interval against its plan; None for one that is not known."""
    staffed, scheduled = result.staffed_agents, result.scheduled_agents
    return Changes(
        _change(result.offered, result.forecast_offered),
        _change(result.aht_seconds, result.forecast_aht_seconds),
        None if staffed is None or scheduled is None else staffed - scheduled,
    )


def _change(actual: float | None, forecast: float | None) -> float | None:
    return None if actual is None or not forecast else actual / forecast - 1


def why(causes: Sequence[tuple[str, float]], changes: Changes) -> Pair | None:
    """Each cause with what it costs or adds, in the order given; None: no cause comes to a point.

    Args:
        causes: volume, aht, staffing, unexplained, each with its effect on the ratio.
        changes: against the plan, of the same interval.
    """
    told = list(_told(causes, changes))
    if not told:
        return None
    return "; ".join(english for english, _ in told), "；".join(chinese for _, chinese in told)


def _told(causes: Sequence[tuple[str, float]], changes: Changes) -> Iterator[Pair]:
    for cause, effect in causes:
        shown = points(effect)
        if shown.startswith("0 "):
            continue
        english, chinese = _cause(cause, changes)
        count = shown.split(" ", 1)[0]
        verb, verb_zh = ("costs", "拉低") if effect < 0 else ("adds", "抬高")
        yield f"{english}: {verb} {shown}", f"{chinese}，{verb_zh} {count} 个百分点"


def _cause(cause: str, changes: Changes) -> Pair:
    if cause == "staffing":
        return _staffing(changes.staffing)
    if cause not in _NAMES:
        return "not explained by these", "以上未能解释的部分"
    english, chinese = _NAMES[cause]
    change = changes.volume if cause == "volume" else changes.aht
    if change is None:
        return english, chinese
    # A change that costs a point is no change of 0 %.
    share = trim(abs(100 * change), 0)
    share = trim(abs(100 * change), 1) if share == "0" else share
    if change < 0:
        return f"{english} is {share} % below forecast", f"{chinese}比预测低 {share} %"
    return f"{english} is {share} % above forecast", f"{chinese}比预测高 {share} %"


def _staffing(gap: float | None) -> Pair:
    if gap is None:
        return "staffing", "在岗人数"
    heads = trim(abs(gap))
    if heads == "0":
        return "staffing is as scheduled", "在岗人数与排班一致"
    if gap < 0:
        return f"{agents(heads)} fewer than scheduled", f"比排班少 {heads} 人"
    return f"{agents(heads)} more than scheduled", f"比排班多 {heads} 人"


def lacking(result: IntervalResult) -> Pair | None:
    """The agents that the volume and AHT that came needed and that were not there; None: none, or not known."""
    staffed, required = result.staffed_agents, result.required_agents
    if staffed is None or required is None or staffed >= required:
        return None
    short, there = trim(required - staffed), trim(staffed)
    return (
        f"Lacking: {agents(short)} ({there} staffed, {required} required at this volume and AHT)",
        f"缺少 {short} 人（在岗 {there}，按实际话务量和处理时长需要 {required}）",
    )
