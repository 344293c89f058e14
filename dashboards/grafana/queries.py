"""The parts of Grafana dashboards: data sources, variables, links and queries.

Data sources have fixed ids, so that a dashboard finds its data wherever it is imported. All dashboards choose program
and queue by the same variables, which links pass on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import prometheus as prometheus_models

from agents.live.metrics import families
from config.rules import RULES
from dashboards.alerting.group_rules import RECORD_GROUP_QUEUES

__all__ = [
    "ANNOTATION_TAG",
    "HISTORY",
    "LIVE",
    "QUEUE",
    "QUEUE_LINK",
    "SCREENS",
    "Panel",
    "Screen",
    "frame",
    "group_variables",
    "history_variables",
    "item_variable",
    "live_variables",
    "now",
    "over_time",
    "rows",
    "sql",
]

LIVE: Final = model.DataSourceRef(type_val="prometheus", uid="intervalwatch-live")
"""Prometheus, which scrapes the workers."""
HISTORY: Final = model.DataSourceRef(type_val="grafana-postgresql-datasource", uid="intervalwatch-history")
"""PostgreSQL, which holds interval history."""
QUEUE: Final = '{program=~"$program",queue=~"$queue"}'
"""The queues chosen on a dashboard."""
ANNOTATION_TAG: Final = "intervalwatch"
"""The tag of all our annotations; a queue's own tag is `queue:NAME`."""
_TAG: Final = "intervalwatch"

Panel = Builder[model.Panel]


@dataclass(frozen=True, slots=True)
class Screen:
    """A dashboard's place among the others."""

    uid: str
    title: str
    description: str


SCREENS: Final = {
    "overview": Screen("intervalwatch-overview", "Live: overview", "How every queue stands now, worst first."),
    "queue": Screen("intervalwatch-queue", "Live: queue", "One queue through the day, against range and plan."),
    "breaches": Screen("intervalwatch-breaches", "Breaches", "What is in breach, since when, and why."),
    "history": Screen("intervalwatch-history", "History", "Final intervals: attainment, variation, forecast accuracy."),
    "runtime": Screen("intervalwatch-runtime", "Runtime", "Whether the figures can be trusted: workers, feeds, lag."),
}
"""The dashboards by the name of their file."""


QUEUE_LINK: Final = (
    f"/d/{SCREENS['queue'].uid}?var-program=${{__data.fields.program}}&var-queue=${{__data.fields.queue}}"
    "&${__url_time_range}"
)
"""The link from a row of a table to its queue's dashboard."""


def frame(screen: Screen, *, since: str = "now-12h", refresh: str = "30s") -> build.Dashboard:
    """An empty dashboard with links to the others and to the wallboard.

    Args:
        screen: which dashboard.
        since: begin of the time shown.
        refresh: how often Grafana queries again.
    """
    dashboard = (
        build.Dashboard(screen.title)
        .uid(screen.uid)
        .description(screen.description)
        .tags([_TAG])
        .time(since, "now")
        .refresh(refresh)
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(
            build.DashboardLink("Dashboards")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([_TAG])
            .include_vars(include_vars=True)
            .keep_time(keep_time=True)
        )
        .link(
            build.DashboardLink("Wallboard")
            .type(model.DashboardLinkType.LINK)
            .icon("external link")
            .url("${wallboard}/")
            .target_blank(target_blank=True)
        )
    )
    return dashboard.with_variable(
        build.TextBoxVariable("wallboard").label("Wallboard").default_value("http://127.0.0.1:6067")
    )


# --- variables --------------------------------------------------------------------------------------


def live_variables(*, one_queue: bool = False) -> list[Builder[model.VariableModel]]:
    """The variables program and queue, filled from Prometheus.

    Args:
        one_queue: whether exactly one queue is to be chosen.
    """
    watermark = families.WATERMARK
    program = _live_variable("program", "Program", f"label_values({watermark}, program)")
    queue = _live_variable("queue", "Queue", f'label_values({watermark}{{program=~"$program"}}, queue)')
    return [_choosing(program, many=True), _choosing(queue, many=not one_queue)]


def _live_variable(name: str, label: str, query: str) -> build.QueryVariable:
    return build.QueryVariable(name).label(label).datasource(LIVE).query({"query": query, "refId": name})


def _choosing(variable: build.QueryVariable, *, many: bool) -> build.QueryVariable:
    variable.refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(model.VariableSort.ALPHABETICAL_ASC)
    if many:
        variable.multi(multi=True).include_all(include_all=True).all_value(".*")
        variable.current(model.VariableOption(text="All", value="$__all"))
    return variable


def group_variables() -> list[Builder[model.VariableModel]]:
    """The variables kind and group (a program, site or pool by its id), filled from Prometheus."""
    kind = _live_variable("kind", "Kind of group", f"label_values({RECORD_GROUP_QUEUES}, kind)")
    group = _live_variable("group", "Group", f'label_values({RECORD_GROUP_QUEUES}{{kind=~"$kind"}}, group)')
    return [_choosing(kind, many=True), _choosing(group, many=True)]


def history_variables() -> list[Builder[model.VariableModel]]:
    """The variables program and queue, filled from history."""
    queries = {
        "program": "SELECT DISTINCT program FROM interval_results ORDER BY 1",
        "queue": "SELECT DISTINCT queue FROM interval_results WHERE program IN ($program) ORDER BY 1",
    }
    return [
        build.QueryVariable(name)
        .label(name.capitalize())
        .datasource(HISTORY)
        .query(query)
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .multi(multi=True)
        .include_all(include_all=True)
        .current(model.VariableOption(text="All", value="$__all"))
        for name, query in queries.items()
    ]


def item_variable() -> Builder[model.VariableModel]:
    """The variable item: the items of the standard that have a breach rule."""
    items = sorted({definition.item for definition in RULES.values()})
    return (
        build.CustomVariable("item")
        .label("Item")
        .values(",".join(items))
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(model.VariableOption(text="All", value="$__all"))
    )


# --- queries ----------------------------------------------------------------------------------------


def over_time(expression: str, legend: str = "") -> Builder[Dataquery]:
    """A PromQL expression over the time shown."""
    return prometheus.Dataquery().expr(expression).range().legend_format(legend or "__auto").datasource(LIVE)


def now(expression: str, legend: str = "", *, as_table: bool = False) -> Builder[Dataquery]:
    """The present value of a PromQL expression."""
    query = prometheus.Dataquery().expr(expression).instant().legend_format(legend or "__auto").datasource(LIVE)
    return query.format(prometheus_models.PromQueryFormat.TABLE) if as_table else query


class _Sql(Dataquery):
    """A query of Grafana's PostgreSQL source, which the SDK has no type for."""

    def __init__(self, statement: str, shape: str) -> None:
        self._statement = statement
        self._shape = shape
        self.ref_id = ""

    def to_json(self) -> dict[str, object]:
        """The query in Grafana's form."""
        return {
            "datasource": HISTORY,
            "editorMode": "code",
            "format": self._shape,
            "rawQuery": True,
            "rawSql": self._statement,
            "refId": self.ref_id,
        }


class sql(Builder[Dataquery]):  # noqa: N801 - reads as the other queries do
    """A SQL statement on history, as a table or, with a column `time`, as series."""

    def __init__(self, statement: str, *, series: bool = False) -> None:
        self._query = _Sql(" ".join(statement.split()), "time_series" if series else "table")

    def build(self) -> Dataquery:
        """The query."""
        return self._query


# --- layout ---


def rows(dashboard: build.Dashboard, parts: Mapping[str, Sequence[Panel]]) -> build.Dashboard:
    """Add rows of panels, by the rows' titles, to a dashboard; panels are numbered in order, from 1."""
    number = count(1)
    for title, panels in parts.items():
        dashboard.with_row(build.Row(title).id(next(number)))
        for panel in panels:
            built = panel.build()
            built.id_val = next(number)
            dashboard.with_panel(panel)
    return dashboard
