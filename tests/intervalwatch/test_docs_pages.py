"""The documentation: reference pages as the program makes them today, every name in its page, every link alive."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from prometheus_client import CollectorRegistry
from sources import delimited

from agents.live.metrics.families import FAMILIES
from agents.summary import Summary
from config.errors import UserError
from config.notify import NotifySettings
from config.rules import RULES
from config.settings import load
from dashboards.alerting.prometheus_rules import alerting_rules
from dashboards.alerting.recording_rules import RECORDING_RULES
from dashboards.wallboard.server import make_app
from dashboards.wallboard.state import View
from intervalwatch.docs_pages import PAGES
from intervalwatch.docs_pages.configuration import KEYS, known_keys
from intervalwatch.docs_pages.http_api import ROUTES
from intervalwatch.docs_pages.markdown import as_yaml, table
from intervalwatch.docs_pages.rule_texts import RULE_TEXTS
from intervalwatch.docs_pages.runbook import RUNBOOK
from intervalwatch.main import cli
from streams.export.values import COLUMNS
from streams.records import RECORD_TYPES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
_REFERENCE = re.compile(r"docs/[\w/-]+\.md#[\w-]+")


def _text(name: str) -> str:
    return (DOCS / "reference" / name).read_text(encoding="utf-8")


def _anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as mkdocs makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in headings)
    return {re.sub(r"[\s-]+", "-", heading) for heading in plain}


@pytest.mark.parametrize("name", PAGES)
def test_each_reference_page_is_as_the_program_makes_it_today(name: str) -> None:
    """A committed page equals the generated one; `make generate` writes them."""
    assert _text(name) == PAGES[name]()


@pytest.mark.parametrize("name", RUNBOOK)
def test_each_page_of_the_runbook_is_as_the_program_makes_it_today(name: str) -> None:
    """A committed page equals the generated one, and has each of its five parts."""
    text = (DOCS / "runbook" / name).read_text(encoding="utf-8")
    assert text == RUNBOOK[name]()
    if name != "index.md":
        parts = ("it means", "it is computed", "usually causes it", "to do first", "to tune it")
        assert [line.split(maxsplit=2)[2] for line in text.splitlines() if line.startswith("## ")] == list(parts)
        assert "**For example:**" in text


def test_every_alert_that_anybody_is_told_of_leads_to_its_page() -> None:
    """Each rule, and each alert on the product itself, has a page, to which its annotation leads."""
    assert {f"{rule}.md" for rule in RULES} <= set(RUNBOOK)
    groups = alerting_rules(load([ROOT / "config" / "monitor.yaml"]), NotifySettings(docs_url="https://d"))["groups"]
    told = [rule for group in groups if group["name"] != "intervalwatch-breaches" for rule in group["rules"]]
    for alert in told:
        url = alert["annotations"]["runbook_url"]
        assert url.startswith("https://d/runbook/")
        name = url.removeprefix("https://d/runbook/").removesuffix(".html")
        assert alert["alert"] == "Notice" or f"{name}.md" in RUNBOOK


def test_no_generated_page_is_left_over() -> None:
    """The folders hold the generated pages and nothing else."""
    assert {path.name for path in (DOCS / "reference").iterdir()} == set(PAGES)
    assert {path.name for path in (DOCS / "runbook").iterdir()} == set(RUNBOOK)


def test_every_rule_has_its_condition_its_parameters_and_their_defaults() -> None:
    """Each rule is a heading with its condition and the reason of its defaults, and a row for each parameter."""
    assert set(RULE_TEXTS) == set(RULES)
    page = _text("rules.md")
    for name, rule in RULES.items():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert "**Opens when**" in section
        assert "**Why these defaults**" in section
        for key, parameter in rule.parameters.items():
            assert f"| `{key}` | `{as_yaml(parameter.default)}` |" in section


def test_every_metric_is_listed_with_its_labels() -> None:
    """Each family of `/metrics` and each recording rule has a row."""
    page = _text("metrics.md")
    assert [family.name for family in FAMILIES if f"| `{family.name}` | {family.kind} |" not in page] == []
    assert [name for name in RECORDING_RULES if f"| `{name}` |" not in page] == []


def test_every_column_has_a_meaning() -> None:
    """Each column of results, breaches, dead letters and evaluations has a row in its section."""
    sections = _text("columns.md").split("\n## ")[1:]
    for section, columns in zip(sections, COLUMNS.values(), strict=True):
        assert [name for name in columns if f"| `{name}` |" not in section] == []


def test_every_field_of_a_record_has_a_meaning() -> None:
    """Each record type is a heading, with a row for each of its fields."""
    sections = {part.split("\n")[0]: part for part in _text("records.md").split("\n## ")[1:]}
    assert list(sections) == list(RECORD_TYPES)
    for name, record in RECORD_TYPES.items():
        if name != "tick":
            assert [field for field in record.fields if f"| `{field}` |" not in sections[name]] == []


def test_every_key_of_the_configuration_has_a_meaning() -> None:
    """The keys of site and defaults are those that the program reads, and so are the options of a source."""
    for section, keys in known_keys().items():
        assert set(KEYS[section]) == set(keys)
    with pytest.raises(UserError, match="nonsense") as error:
        delimited(format="csv", record="contact", nonsense=1)
    options = _text("sources.md").split("\n## ")[1]
    for key in re.findall(r"\w+", str(error.value).split("allowed:")[1]):
        assert f"| `{key}` |" in options


def test_every_command_and_option_is_listed() -> None:
    """Each command is a heading with a row for each of its options."""
    page, context = _text("commands.md"), click.Context(cli)
    for name in cli.list_commands(context):
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        command = cli.get_command(context, name)
        options = [param.opts[0] for param in command.params if isinstance(param, click.Option)]
        assert [option for option in options if f"`{option}" not in section] == []
    assert [field for field in Summary.__struct_fields__ if f"| `{field}` |" not in page] == []


def test_every_address_of_the_server_is_listed(tmp_path: Path) -> None:
    """The table of the HTTP API is the server's own routes."""
    (tmp_path / "monitor.yaml").write_text("site: {timezone: UTC}\n", encoding="utf-8")
    view = View(load([tmp_path / "monitor.yaml"]))
    app = make_app(view, health=lambda: (True, "ok"), now=lambda: 0, registry=CollectorRegistry())
    routes = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}
    assert {route for route in routes if route[0] != "HEAD"} == set(ROUTES)


def test_a_cell_of_a_table_keeps_its_row_whole() -> None:
    """A bar in a cell is escaped, and a line end becomes a blank."""
    assert table(("a",), [("x | y\nz",)]).splitlines()[-1] == r"| x \| y z |"


def test_every_link_of_readme_and_documentation_leads_somewhere() -> None:
    """Each relative link names a file that is there, and each anchor a heading of it."""
    dead = []
    for path in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for target in _LINK.findall(path.read_text(encoding="utf-8")):
            name, _, anchor = target.partition("#")
            page = path if not name else (path.parent / name)
            if not page.exists() or (anchor and anchor not in _anchors(page)):
                dead.append(f"{path.relative_to(ROOT)}: {target}")
    assert dead == []


def test_every_reference_in_code_leads_to_a_heading() -> None:
    """A docstring or comment that names a page and its heading names one that is there."""
    dead = []
    for folder in ("copc", "config", "streams", "agents", "dashboards", "intervalwatch", "tests", "bench"):
        for path in (ROOT / folder).rglob("*.py"):
            for reference in _REFERENCE.findall(path.read_text(encoding="utf-8")):
                name, _, anchor = reference.partition("#")
                if not (ROOT / name).exists() or anchor not in _anchors(ROOT / name):
                    dead.append(f"{path.relative_to(ROOT)}: {reference}")
    assert dead == []


def test_readme_is_short_enough_for_a_newcomer() -> None:
    """README has 600 to 900 words."""
    assert 600 <= len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 900


def test_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    """A strict build, in which every warning is an error, succeeds, and its pages load nothing from elsewhere."""
    if find_spec("mkdocs") is None or find_spec("material") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mkdocs-material is not installed; `make docs` installs it")
        pytest.skip("mkdocs-material is not installed; `make docs` installs it")
    site = tmp_path / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    found = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    assert (found.returncode, "WARNING" in found.stdout + found.stderr) == (0, False), found.stderr
    pages = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.html"))
    assert re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="?https?://[^" >]+', pages) == []
