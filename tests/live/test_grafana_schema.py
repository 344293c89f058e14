"""Grafana's own types: the committed dashboards compile against the npm package @grafana/schema of Grafana 11.6.

The round trip through the SDK (tests/dashboards/grafana/test_files.py) trusts the SDK's reading of the schema; this
asks Grafana's. Types do not hold a panel's options (they are a free record there), so these are checked against the
types of their own panel.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("@grafana/schema@11.6.0", "typescript@5.7.3")
CACHE = ROOT / ".cache" / "grafana-schema-11.6.0"
DASHBOARDS = sorted((ROOT / "config" / "grafana" / "dashboards").glob("*.json"))
OPTIONS = {
    "stat": "stat/panelcfg/x/StatPanelCfg",
    "timeseries": "timeseries/panelcfg/x/TimeSeriesPanelCfg",
    "table": "table/panelcfg/x/TablePanelCfg",
    "bargauge": "bargauge/panelcfg/x/BarGaugePanelCfg",
    "state-timeline": "statetimeline/panelcfg/x/StateTimelinePanelCfg",
}
"""Where the package keeps the types of a panel's options."""
PLAIN = """
// Types as JSON writes them: an enum of texts is its texts; what a panel leaves out has the panel's default.
type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Given<T> = { [K in keyof T]?: Plain<T[K]> };
// What the package's types leave open: the SDK gives each variable the defaults of an interval variable,
// and an annotation carries the fields of its data source.
type Variable = Plain<VariableModel> & { auto: false; auto_min: "10s"; auto_count: 30 };
type OfPrometheus = { expr?: string };
type OfGrafana = { target?: { limit: number; matchAny: boolean; tags: string[]; type: "tags" | "dashboard" } };
type Annotation = Omit<Plain<AnnotationQuery>, "target"> & OfPrometheus & OfGrafana;
type Whole = Omit<Plain<Dashboard>, "templating" | "annotations"> & { templating: { list: Variable[] };
  annotations?: { list?: Annotation[] } };
"""


@pytest.fixture(scope="module")
def compiler(require_binary: Callable[[str], Path]) -> Path:
    """A folder in which TypeScript finds the package, fetched once."""
    require_binary("node")
    require_binary("npm")
    if not (CACHE / "node_modules" / "typescript" / "bin" / "tsc").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", str(CACHE)]
        fetched = subprocess.run([*command, *PACKAGES], capture_output=True, text=True, timeout=180, check=False)
        if fetched.returncode:
            lack = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            lack(f"npm could not fetch {PACKAGES[0]}: {fetched.stderr.strip().splitlines()[-1:]}")
    return CACHE


def complaints(compiler: Path, folder: Path, sources: dict[str, str]) -> str:
    """The complaints of the compiler about these files."""
    for name, text in sources.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "node_modules").symlink_to(compiler / "node_modules")
    options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler"]
    run = subprocess.run(
        ["node", "node_modules/typescript/bin/tsc", *options, *sources],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    return run.stdout if run.returncode else ""


def typed(content: dict[str, Any]) -> str:
    """A dashboard as TypeScript: whole, and its panels' options each against its own type."""
    panels = [panel for panel in content["panels"] if panel["type"] != "row"]
    lines = ['import type { AnnotationQuery, Dashboard, VariableModel } from "@grafana/schema";', PLAIN]
    for place, kind in enumerate(sorted({panel["type"] for panel in panels})):
        home = f"./node_modules/@grafana/schema/dist/esm/raw/composable/{OPTIONS[kind]}_types.gen"
        lines.append(f'import type {{ Options as Options{place} }} from "{home}";')
        lines.extend(
            f"export const panel{panel['id']}: Given<Options{place}> = {json.dumps(panel.get('options', {}))};"
            for panel in panels
            if panel["type"] == kind
        )
    lines.append(f"export const dashboard: Whole = {json.dumps(content)};")
    return "\n".join(lines)


def test_every_dashboard_is_valid_for_grafanas_types(compiler: Path, tmp_path: Path) -> None:
    """No unknown key, no wrong type, no value outside its enum."""
    sources = {f"{path.stem}.ts": typed(json.loads(path.read_text(encoding="utf-8"))) for path in DASHBOARDS}
    assert len(sources) == 5
    assert complaints(compiler, tmp_path, sources) == ""


def test_the_check_finds_a_fault(compiler: Path, tmp_path: Path) -> None:
    """A value outside its enum, in the dashboard or in a panel's options, does not compile."""
    content = json.loads(DASHBOARDS[0].read_text(encoding="utf-8"))
    wrong = json.loads(json.dumps(content))
    wrong["templating"]["list"][0]["type"] = "guess"
    options = json.loads(json.dumps(content))
    panel = next(panel for panel in options["panels"] if panel["type"] in {"stat", "timeseries", "table"})
    panel["options"]["guess"] = 1
    found = complaints(compiler, tmp_path, {"wrong.ts": typed(wrong), "options.ts": typed(options)})
    assert "wrong.ts" in found
    assert "options.ts" in found
