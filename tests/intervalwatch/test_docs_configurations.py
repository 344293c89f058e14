"""Configurations that the documentation gives to copy: each is read, and reads what its page says it does."""

import random
import re
import sys
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from format_samples import SAMPLES, torn

from config.settings import load
from intervalwatch.commands.check import check
from streams.sources.merge import parse_inputs, read_feed
from streams.sources.registry import open_sources

HOUSE: Final = Path(__file__).parents[2]
PAGES: Final = [HOUSE / "README.md", *sorted((HOUSE / "docs").rglob("*.md"))]
NOW: Final = 1_772_600_000_000
"""2026-03-04T04:53:20Z."""
BESIDE: Final = {"names.csv": "id,name\nq-1,Sales\n", "members.csv": "user,queue\nu-0,q-1\n"}


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of a language in a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def whole(block: str) -> str | None:
    """A block as a configuration: as it is, or below what lacks; None: it shows a part of a source alone."""
    if re.search(r"^site:", block, re.MULTILINE):
        return block
    if re.search(r"^(sources|parameters|rules|defaults|programs):", block, re.MULTILINE):
        return f"site: {{timezone: UTC}}\n{block}"
    return f"site: {{timezone: UTC}}\nsources:\n{block}" if block.startswith("  ") else None


CONFIGURATIONS: Final = [
    pytest.param(text, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(page, "yaml"))
    if (text := whole(block)) is not None and page.name != "your-own.md"
]
SYSTEMS: Final = {
    "amazon_connect": {"calls": "connect sample", "agents": "connect_agents sample"},
    "avaya_cms": {"cms": "hsplit sample"},
    "genesys": {"totals": "genesys sample", "calls": "genesys_contacts sample", "users": "genesys_agents sample"},
    "queue_log": {"pbx": "pbx sample"},
}
"""By page, for each source of its configuration a file of its format."""


def configured(folder: Path, text: str) -> Path:
    """The configuration in a folder, and the files beside it."""
    for name, content in BESIDE.items():
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "monitor.yaml").write_text(text, encoding="utf-8")
    return folder / "monitor.yaml"


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_a_configuration_of_the_documentation_is_valid(text: str, tmp_path: Path) -> None:
    """`check` takes it, sources and all."""
    run = CliRunner().invoke(check, ["--config", str(configured(tmp_path, text))], standalone_mode=False)
    assert run.exception is None, run.exception
    assert run.return_value == 0


@pytest.mark.parametrize("system", [*SYSTEMS])
def test_the_configuration_of_a_system_reads_its_files(system: str, tmp_path: Path) -> None:
    """A file as the system writes it gives records, and no row of it is refused."""
    page = HOUSE / "docs" / "sources" / f"{system}.md"
    configuration = load((configured(tmp_path, blocks(page, "yaml")[0]),))
    for source, sample in SYSTEMS[system].items():
        file = torn(SAMPLES[sample], "whole", random.Random(0), tmp_path).partition("=")[2]
        configured(tmp_path, blocks(page, "yaml")[0])
        feed = read_feed(configuration, parse_inputs(configuration, [f"{source}={file}"]), NOW)
        assert feed.queues
        assert [bad.reason for _, bad in feed.bad_rows if "members" not in bad.reason] == []


def test_every_format_has_a_page() -> None:
    """A page says what a format reads; `csv` and `jsonl`, which read anything, have the pages on mappings."""
    pages = {page.stem for page in (HOUSE / "docs" / "sources").glob("*.md")}
    formats = {path.stem for path in (HOUSE / "streams" / "sources" / "formats").glob("*.py")} - {"__init__"}
    assert formats - pages == {"csv", "jsonl"}


def test_the_example_of_a_format_of_ones_own_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's module and entry point, installed as a package, read the page's configuration's source.

    One of its three lines is answered after 12 s, one is torn, and one lies in the future.
    """
    page = HOUSE / "docs" / "sources" / "your-own.md"
    (module,), (project,), (text,) = (blocks(page, language) for language in ("python", "toml", "yaml"))
    name, entry = re.findall(r'^name = "(.*)"$|^dialler = "(.*)"$', project, re.MULTILINE)
    info = tmp_path / f"{name[0]}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name[0]}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[intervalwatch.sources]\ndialler = {entry[1]}\n", encoding="utf-8")
    (tmp_path / "dialler_log.py").write_text(module, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "dialler_log", raising=False)
    (tmp_path / "log").write_text(
        "a-1*sales*2026-03-02T09:00:00Z*answered*12\na-2*sales\na-3*sales*2026-03-09T09:00:00Z*answered*1\n",
        encoding="utf-8",
    )
    configuration = load((configured(tmp_path, text),))
    assert open_sources(configuration)["calls"].reader
    feed = read_feed(configuration, parse_inputs(configuration, [f"calls={tmp_path / 'log'}"]), NOW)
    (record,) = feed.queues["sales"].records
    assert getattr(record, "wait_ms", None) == 12_000
    assert [(bad.row, bad.queue) for _, bad in feed.bad_rows] == [(2, None), (3, "sales")]
