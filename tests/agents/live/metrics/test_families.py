"""The table of metrics: every name once, no Faust needed, and a new metric is one line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from agents.live.metrics import families
from agents.live.metrics.text import head, label_text, owner_labels, samples

ROOT = Path(__file__).resolve().parents[4]

NEWCOMER = (
    'FINAL: Final = QUEUE.gauge("intervalwatch_queue_intervals_final", "Final intervals.", '
    "lambda queue: queue.engine.counters.intervals_final)\n"
)
LOOK = """
import sys
from pathlib import Path
from metrics_worker import CONFIGURATION, sample_page
from promql_names import unknown_names
from agents.live.metrics.families import FAMILIES, METRICS
from config.settings import load
from intervalwatch.docs_pages.metrics import metrics_page

name = "intervalwatch_queue_intervals_final"
path = Path("centre.yaml")
path.write_text(CONFIGURATION, encoding="utf-8")
page = sample_page(load([path])).splitlines()
at = page.index(f"# HELP {name} Final intervals.")
assert page[at + 1] == f"# TYPE {name} gauge"
assert page[at + 2] == name + '{program="retail",queue="sales",channel="voice"} 4', page[at + 2]
assert not unknown_names(f'sum by (queue) ({name}{{queue=~"$queue"}}) > 3')
assert unknown_names("intervalwatch_queue_intervals_lost") == {"intervalwatch_queue_intervals_lost"}
assert f"| `{name}` | gauge | `program`, `queue`, `channel` | Final intervals. |" in metrics_page()
(family,) = [family for family in FAMILIES if family.name == name]
assert (family.kind, family.labels, family.help) == ("gauge", ("program", "queue", "channel"), "Final intervals.")
"""


def run(code: str, folder: Path, *paths: Path) -> None:
    """Run Python code in a process of its own, with modules from `paths`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_table_is_read_without_faust(tmp_path: Path) -> None:
    """Dashboards, rules and the reference are made where no worker runs."""
    run("import agents.live.metrics.families, sys; assert 'faust' not in sys.modules", tmp_path, ROOT)


def test_the_page_is_made_without_faust(tmp_path: Path) -> None:
    """The collector knows of a worker only that it has engines and counters."""
    run("import agents.live.metrics.collector, sys; assert 'faust' not in sys.modules", tmp_path, ROOT)


def test_a_new_metric_is_one_line(tmp_path: Path) -> None:
    """A line in the table puts a metric on the page and into the reference, and expressions may name it."""
    for name in ("agents", "config", "copc", "dashboards", "intervalwatch", "streams"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    table = tmp_path / "agents/live/metrics/families.py"
    before, mark, after = table.read_text(encoding="utf-8").partition("TARGET: Final = ")
    table.write_text(f"{before}{NEWCOMER}{mark}{after}", encoding="utf-8")
    run(LOOK, tmp_path, tmp_path, ROOT / "tests/support")


def test_no_metric_is_named_twice() -> None:
    """A name has one line, and is ours by its prefix; a counter's ends in `_total`, as Prometheus has it."""
    assert len(set(families.METRICS)) == len(families.METRICS)
    assert all(name.startswith("intervalwatch_") for name in families.METRICS)
    assert all(family.name.endswith("_total") == (family.kind == "counter") for family in families.FAMILIES)


def test_every_metric_of_the_reference_has_its_labels() -> None:
    """Section 8 names these labels; a series that loses one is another series."""
    labels = {family.name: family.labels for family in families.FAMILIES}
    queue = ("program", "queue", "channel")
    assert labels["intervalwatch_interval_offered"] == (*queue, "state")
    assert labels["intervalwatch_service_level_target_ratio"] == queue
    assert labels["intervalwatch_process_sigma"] == (*queue, "window")
    assert labels["intervalwatch_breach_active"] == (*queue, "item", "rule", "severity", "scope", "breach")
    assert labels["intervalwatch_breach_effect_ratio"] == (
        *queue,
        "item",
        "rule",
        "severity",
        "scope",
        "breach",
        "cause",
    )
    told = ("incident", "notice", "person", "kind", "severity")
    assert labels["intervalwatch_notice_active"] == (*queue, *told)
    assert labels["intervalwatch_incident_text"][:5] == ("incident", "title", "title_zh", "message", "message_zh")
    assert labels["intervalwatch_breaches_opened_total"] == ("item", "rule")
    assert labels["intervalwatch_records_total"] == ("topic", "outcome")
    assert labels["intervalwatch_corrections_total"] == ()


def test_a_value_becomes_lines() -> None:
    """One line without a mapping, one for each of a mapping's keys, none for what is not known."""
    assert head("a", "gauge", "Text.") == "# HELP a Text.\n# TYPE a gauge\n"
    assert samples("a", "", (), 3) == "a 3\n"
    assert samples("a", 'p="q"', (), 0.5) == 'a{p="q"} 0.5\n'
    assert samples("a", 'p="q"', ("x", "y"), {("1", "2"): 3}) == 'a{p="q",x="1",y="2"} 3\n'
    assert samples("a", "", ("x",), {("1",): 3, ("2",): 4}) == 'a{x="1"} 3\na{x="2"} 4\n'
    assert samples("a", "", (), None) == ""


def test_label_values_are_escaped() -> None:
    """A quote, a backslash and a line feed are written as the text format has them."""
    assert label_text([("a", 'b"\\\n')]) == 'a="b\\"\\\\\\n"'
    assert owner_labels('"', "q", "") == 'program="\\"",queue="q",channel=""'
