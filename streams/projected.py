"""Columns of the rest of a day as it was projected at some time of it, for judging the product later.

A row an interval, and one of the day, whose `interval_start` is empty.
"""

from typing import Final

from streams.columns import Column

__all__ = ["PLACE", "PROJECTIONS", "PROJECTION_COLUMNS"]

PLACE: Final = "place"
"""The number of a row in its projection, beside the columns of every export: 0 of the day, 1 of the first interval."""

# fmt: off
PROJECTIONS: Final = (
    Column("program", "text", "", "Program", "方案", "The client's line of business."),
    Column("queue", "text", "", "Queue", "队列", "The queue.", required=True),
    Column("made_at", "instant", "", "Made at", "预测时间", "The time that it is made for.", required=True),
    Column("interval_start", "instant", "", "Interval", "时段", "Start of the interval; empty: the day."),
    Column("forecast_offered", "number", "contacts", "Forecast", "预测量",
           "By the plan, else the queue's own mean of this weekday."),
    Column("reforecast_offered", "number", "contacts", "Updated forecast", "更新预测量", "The updated forecast."),
    Column("reforecast_low", "number", "contacts", "Lower end", "下限", "Lower end of its 80 % range."),
    Column("reforecast_high", "number", "contacts", "Upper end", "上限", "Upper end of its 80 % range."),
    Column("forecast_aht_seconds", "number", "seconds", "Forecast AHT", "预测处理时长",
           "By the plan, else the queue's own."),
    Column("reforecast_aht_seconds", "number", "seconds", "Updated AHT", "更新处理时长", "The updated handle time."),
    Column("expected_agents", "number", "agents", "Expected agents", "预计坐席", "Agents who will be there."),
    Column("projected_service_level", "number", "ratio", "Projected service level", "预计服务水平",
           "In the queue's own definition."),
    Column("projected_low", "number", "ratio", "Lower end", "下限", "Lower end of its 80 % range."),
    Column("projected_high", "number", "ratio", "Upper end", "上限", "Upper end of its 80 % range."),
    Column("day_service_level", "number", "ratio", "Day's service level", "当日服务水平",
           "Projected at the day's close."),
    Column("day_low", "number", "ratio", "Lower end", "下限", "Lower end of its 80 % range."),
    Column("day_high", "number", "ratio", "Upper end", "上限", "Upper end of its 80 % range."),
    Column("p_in_range", "number", "ratio", "P(in range)", "落入范围概率",
           "Probability that the day's service level is inside its range."),
    Column("p_on_target", "number", "ratio", "P(on target)", "达标概率",
           "Probability that it is at or above its target."),
)
"""Columns of a projection, in the order of every export."""
# fmt: on
PROJECTION_COLUMNS: Final = tuple(column.name for column in PROJECTIONS)
