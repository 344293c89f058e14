"""The few kinds of panels that all dashboards are made of, so that they look alike.

A figure has the same unit and decimals everywhere. Limits and plans are dashed. Every panel's description says what
it counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as model

from dashboards.grafana.queries import HISTORY, LIVE, Panel, sql

__all__ = ["Column", "Panel", "bars", "lines", "number", "states", "steps", "table_of"]


def steps(*limits: tuple[float | None, str]) -> build.ThresholdsConfig:
    """Colours by value: each holds from its limit on; the limit None is below all others."""
    return (
        build.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=value, color=color) for value, color in limits])
    )


def lines(
    title: str,
    description: str,
    queries: Sequence[Builder[Dataquery]],
    *,
    unit: str = "short",
    decimals: int | None = None,
    dashed: Sequence[str] = (),
    width: int = 12,
    height: int = 8,
    low: float | None = 0,
    high: float | None = None,
) -> Panel:
    """Series over time; `dashed` names the limits and plans among them."""
    panel = timeseries.Panel().title(title).description(description).unit(unit).span(width).height(height)
    panel.line_interpolation(common_models.LineInterpolation.STEP_AFTER).line_width(2).fill_opacity(0)
    panel.show_points(common_models.VisibilityMode.NEVER)
    panel.legend(
        common.VizLegendOptions()
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
    )
    panel.tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
    if decimals is not None:
        panel.decimals(decimals)
    if low is not None:
        panel.axis_soft_min(low)
    if high is not None:
        panel.axis_soft_max(high)
    for name in dashed:
        panel.override_by_name(
            name,
            [
                model.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
                model.DynamicConfigValue("custom.lineWidth", 1),
            ],
        )
    return _built(_with(panel, queries))


def number(
    title: str,
    description: str,
    query: Builder[Dataquery],
    colours: build.ThresholdsConfig,
    *,
    unit: str = "short",
    width: int = 4,
    none: str = "0",
) -> Panel:
    """One big number; `none` is shown where there is nothing to count."""
    panel = stat.Panel().title(title).description(description).unit(unit).span(width).height(4)
    panel.thresholds(colours).no_value(none).color_mode(common_models.BigValueColorMode.BACKGROUND)
    panel.graph_mode(common_models.BigValueGraphMode.NONE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return _built(_with(panel, [query]))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    """The heading."""
    unit: str = ""
    decimals: int | None = None
    colours: tuple[tuple[float | None, str], ...] = ()
    """Background colours by value."""
    link: str = ""
    """The address that a click opens, with Grafana's `${__data.fields.…}`."""
    width: int | None = None


def table_of(
    title: str,
    description: str,
    queries: Sequence[Builder[Dataquery]],
    columns: Mapping[str, Column],
    *,
    sort: tuple[str, bool] | None = None,
    width: int = 24,
    height: int = 12,
) -> Panel:
    """A table; several instant PromQL queries are merged by their labels, and only the fields in `columns` are shown.

    Args:
        title: the panel's title.
        description: what it counts.
        queries: PromQL or SQL queries, each of which gives a table.
        columns: columns by field (`Value #A` is the value of the first query), in the order shown.
        sort: a column's heading, and whether the greatest comes first.
        width: of 24.
        height: in units of Grafana's grid.
    """
    panel = table.Panel().title(title).description(description).span(width).height(height).filterable(filterable=True)
    if sort is not None:
        panel.sort_by([common.TableSortByFieldState().display_name(sort[0]).desc(desc=sort[1])])
    if len(queries) > 1:
        panel.with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
    panel.with_transformation(
        model.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(columns)}})
    )
    order = {field: at for at, field in enumerate(columns)}
    names = {field: column.name for field, column in columns.items()}
    panel.with_transformation(
        model.DataTransformerConfig(id_val="organize", options={"indexByName": order, "renameByName": names})
    )
    for column in columns.values():
        properties = _properties(column)
        if properties:
            panel.override_by_name(column.name, properties)
    return _built(_with(panel, queries))


def _properties(column: Column) -> list[model.DynamicConfigValue]:
    values: dict[str, object] = {}
    if column.unit:
        values["unit"] = column.unit
    if column.decimals is not None:
        values["decimals"] = column.decimals
    if column.width is not None:
        values["custom.width"] = column.width
    if column.colours:
        values["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
        values["thresholds"] = {
            "mode": "absolute",
            "steps": [{"value": value, "color": color} for value, color in column.colours],
        }
    if column.link:
        values["links"] = [{"title": "Open", "url": column.link}]
    return [model.DynamicConfigValue(name, value) for name, value in values.items()]


def states(
    title: str, description: str, queries: Sequence[Builder[Dataquery]], words: Mapping[str, tuple[str, str]]
) -> Panel:
    """States over time: each series is a bar whose values have the texts and colours of `words`."""
    panel = statetimeline.Panel().title(title).description(description).span(24).height(10)
    panel.show_value(common_models.VisibilityMode.NEVER).merge_values(merge_values=True).line_width(0).fill_opacity(80)
    panel.mappings(
        [
            model.ValueMap(
                options={
                    value: model.ValueMappingResult(text=text, color=color, index=at)
                    for at, (value, (text, color)) in enumerate(words.items())
                }
            )
        ]
    )
    return _built(_with(panel, queries))


def bars(
    title: str, description: str, queries: Sequence[Builder[Dataquery]], *, unit: str = "short", width: int = 12
) -> Panel:
    """Figures as bars side by side."""
    panel = bargauge.Panel().title(title).description(description).unit(unit).span(width).height(8)
    panel.orientation(common_models.VizOrientation.HORIZONTAL).display_mode(common_models.BarGaugeDisplayMode.BASIC)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return _built(_with(panel, queries))


def _built(panel: Any) -> Panel:  # noqa: ANN401 - as above
    built: Panel = panel
    return built


def _with(panel: Any, queries: Sequence[Builder[Dataquery]]) -> Any:  # noqa: ANN401 - the SDK's panels share no base
    for at, query in enumerate(queries):
        built = query.build()
        built.ref_id = chr(ord("A") + at)  # type: ignore[attr-defined]  # every query has one; the SDK's base does not say so
        panel.with_target(_Built(built))
    return panel.datasource(LIVE if not any(isinstance(query, sql) for query in queries) else HISTORY)


class _Built(Builder[Dataquery]):
    def __init__(self, query: Dataquery) -> None:
        self._query = query

    def build(self) -> Dataquery:
        return self._query
