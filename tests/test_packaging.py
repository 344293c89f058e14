"""An installed program has what a checkout has: every file that the program reads is package data."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_file_the_program_reads_is_installed_with_it() -> None:
    """The wallboard's static files and the demo's configuration match the patterns of pyproject's package-data."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]
    installed = {
        path
        for package, globs in patterns.items()
        for pattern in globs
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    needed = {path for path in (ROOT / "dashboards" / "wallboard" / "static").rglob("*") if path.is_file()}
    assert needed
    assert needed | {ROOT / "config" / "monitor.yaml"} <= installed
