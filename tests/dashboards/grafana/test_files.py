"""Grafana dashboards: the committed files are the generated ones, valid for Grafana's types, and name what exists."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from promql_names import unknown_names
from ruamel.yaml import YAML

from agents.projection.outcome import HORIZONS
from dashboards.grafana.files import dashboards, files, main
from streams.history.tables import METADATA

PROGRAM = Path(__file__).resolve().parents[3]
ROOT = PROGRAM / "config" / "grafana"
NAMES = ("overview", "queue", "breaches", "history", "runtime")


@pytest.fixture(scope="module", params=NAMES)
def dashboard(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A committed dashboard."""
    found: dict[str, Any] = json.loads((ROOT / "dashboards" / f"{request.param}.json").read_text(encoding="utf-8"))
    return found


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Its panels, without the rows they lie in."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Every query."""
    return [target for panel in panels(dashboard) for target in panel["targets"]]


def expressions(dashboard: dict[str, Any]) -> list[str]:
    """Every PromQL expression: of panels, annotations and variables."""
    found = [target["expr"] for target in targets(dashboard) if "expr" in target]
    found += [each["expr"] for each in dashboard.get("annotations", {}).get("list", []) if "expr" in each]
    for variable in dashboard["templating"]["list"]:
        query = variable.get("query")
        if isinstance(query, dict):
            found.append(query["query"])
    return found


def test_committed_files_are_the_generated_ones() -> None:
    """Generated anew, every file is what is committed."""
    for name, text in files().items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name} is stale: python -m dashboards.grafana.files"


def test_the_command_writes_them(tmp_path: Path) -> None:
    """`python -m dashboards.grafana.files` writes all files below the folder it is given."""
    assert main(["--output", str(tmp_path)]) == 0
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")} == set(files())


def test_a_round_trip_through_the_sdk_loses_nothing(dashboard: dict[str, Any]) -> None:
    """Read into the types of Grafana 11.6 and written again, it is the same."""
    register_default_plugins()
    again = json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))
    assert again == dashboard


def test_every_metric_named_is_one_that_exists(dashboard: dict[str, Any]) -> None:
    """No expression names a metric or ratio that the tables of families and of recording rules do not have."""
    for expression in expressions(dashboard):
        assert not unknown_names(expression), expression


def test_every_sql_statement_names_tables_of_history() -> None:
    """The history dashboard reads tables that the history has."""
    (dashboard,) = [each for name, each in dashboards().items() if name == "history"]
    statements = [target["rawSql"] for target in targets(dashboard)]
    assert len(statements) == 8
    for statement in statements:
        tables = set(re.findall(r"(?:FROM|JOIN) (\w+)", statement)) - {"latest", "levels", "days"}
        assert tables
        assert tables <= set(METADATA.tables)


def test_every_panel_says_what_it_counts_and_has_a_place(dashboard: dict[str, Any]) -> None:
    """Each has title, description, a number of its own and a place that no other covers."""
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert numbers == list(range(1, len(numbers) + 1))
    taken: set[tuple[int, int]] = set()
    for panel in panels(dashboard):
        assert panel["title"]
        assert panel["description"].endswith(".")
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_dashboards_are_linked_to_each_other_and_to_the_wallboard(dashboard: dict[str, Any]) -> None:
    """Each leads to the others with its choices and time kept, and to the wallboard."""
    others, wallboard = dashboard["links"]
    assert (others["type"], others["tags"]) == ("dashboards", ["intervalwatch"])
    assert others["includeVars"]
    assert others["keepTime"]
    assert wallboard["url"].startswith("${wallboard}")
    assert "intervalwatch" in dashboard["tags"]


def test_identities_are_unique() -> None:
    """No two dashboards share a uid or a title."""
    made = dashboards().values()
    assert len({each["uid"] for each in made}) == len({each["title"] for each in made}) == len(NAMES)


def test_provisioning_knows_the_data_sources_that_panels_ask() -> None:
    """Every data source that a panel names by uid is provisioned under it."""
    document = YAML(typ="safe").load((ROOT / "datasources" / "intervalwatch.yml").read_text(encoding="utf-8"))
    known = {(source["type"], source["uid"]) for source in document["datasources"]}
    asked = {
        (target["datasource"]["type"], target["datasource"]["uid"])
        for each in dashboards().values()
        for target in targets(each)
    }
    assert asked == known


def test_each_figure_of_the_overview_belongs_to_an_interval_that_is_named() -> None:
    """The begin of the last final interval stands before its figures, that of the open one before those so far."""
    dashboard = dashboards()["overview"]
    (table,) = [panel for panel in panels(dashboard) if panel["title"] == "Queues"]
    (names,) = [each["options"]["renameByName"] for each in table["transformations"] if each["id"] == "organize"]
    shown = list(names.values())
    final, open_ = shown.index("Final from"), shown.index("Open from")
    assert {"Service level", "Net staffing", "Volume against plan", "AHT against plan"} < set(shown[final:open_])
    assert shown[open_ + 1 : open_ + 3] == ["Service level so far", "Net staffing so far"]
    queries = {f"Value #{target['refId']}": target["expr"] for target in table["targets"]}
    states = {names[field]: re.findall(r'state="(\w+)"', queries[field]) for field in names if field in queries}
    assert all(set(states[name]) <= {"final"} for name in shown[final:open_])
    assert all(states[name] == ["open"] for name in shown[open_ : open_ + 3])
    assert "Process sigma, day" in shown
    assert shown[-3:] == ["Service level at close", "Day on target", "Least net staffing, next 2 h"]
    horizons = [re.findall(r'horizon="(\w+)"', queries[field]) for field in list(names)[-3:]]
    assert horizons == [["day"], [], ["hour_2"]]


def test_the_overview_shows_the_groups_that_are_chosen() -> None:
    """Its variables are filled by kind, and every figure of a group is of those chosen and of a final interval."""
    dashboard = dashboards()["overview"]
    kind, group = [each for each in dashboard["templating"]["list"] if each["name"] in {"kind", "group"}]
    record = "group:intervalwatch_queues:count"
    assert kind["query"]["query"] == f"label_values({record}, kind)"
    assert group["query"]["query"] == f'label_values({record}{{kind=~"$kind"}}, group)'
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert titles[titles.index("Programs, sites and pools") + 1 : titles.index("Since when")] == [
        "Groups",
        "Service level of groups",
        "Net staffing of groups",
        "Volume against plan of groups",
        "Contacts of groups",
    ]
    asked = [expression for expression in expressions(dashboard) if "$group" in expression]
    assert len(asked) == 18
    assert all(
        re.search(r'\{kind=~"\$kind",group=~"\$group",state="final"\}\[6m\]', expression) for expression in asked
    )


def test_a_queues_dashboard_shows_the_rest_of_its_day() -> None:
    """Level, net staffing and contacts of every horizon that the metrics have, and the chance of the day."""
    dashboard = dashboards()["queue"]
    titles = [panel["title"] for panel in dashboard["panels"]]
    ahead = titles[titles.index("Rest of the day") + 1 :]
    assert ahead == [
        "Projected service level",
        "Chance of the day on target",
        "Projected net staffing",
        "Contacts to come",
    ]
    for panel in panels(dashboard):
        asked = [each for target in panel["targets"] for each in re.findall(r'horizon="(\w+)"', target["expr"])]
        assert asked == ([*HORIZONS] if panel["title"] in {*ahead} - {ahead[1]} else [])


def test_a_new_panel_is_one_entry_in_one_module(tmp_path: Path) -> None:
    """An entry added to one dashboard's module changes that dashboard's file, and no other (tried in a copy)."""
    shutil.copytree(PROGRAM / "dashboards", tmp_path / "dashboards")
    module = tmp_path / "dashboards" / "grafana" / "runtime.py"
    text = module.read_text(encoding="utf-8")
    place = '            "Records": [\n'
    assert text.count(place) == 1
    entry = 'lines("Workers over time", "How many answer.", [over_time(f"sum({up})", "workers")]),'
    module.write_text(text.replace(place, place + entry), encoding="utf-8")
    command = [sys.executable, "-m", "dashboards.grafana.files", "--output", "generated"]
    paths = os.pathsep.join([str(tmp_path), str(PROGRAM)])
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=60)
    generated = {name: (tmp_path / "generated" / name).read_text(encoding="utf-8") for name in files()}
    assert [name for name, text in files().items() if generated[name] != text] == ["dashboards/runtime.json"]
    panels_now = json.loads(generated["dashboards/runtime.json"])["panels"]
    assert "Workers over time" in [panel["title"] for panel in panels_now]
