"""An installed program has what a checkout has: its code, every file that it reads, and the marks of its types."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("copc", "config", "streams", "agents", "dashboards", "intervalwatch")


def data_files() -> set[Path]:
    """Every file beside the code that the program reads, and each package's `py.typed`."""
    static = {path for path in (ROOT / "dashboards" / "wallboard" / "static").rglob("*") if path.is_file()}
    templates = set((ROOT / "dashboards" / "report" / "templates").iterdir())
    assert static
    assert templates
    typed = {ROOT / package / "py.typed" for package in PACKAGES}
    return static | templates | typed | {ROOT / "config" / "monitor.yaml"}


def test_every_file_the_program_reads_is_package_data() -> None:
    """Static files, the demo's configuration and `py.typed` match the patterns of pyproject's package-data."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]
    installed = {
        path
        for package, globs in patterns.items()
        for pattern in globs
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    assert data_files() <= installed


def test_the_wheel_holds_every_module_and_every_file_the_program_reads(tmp_path: Path) -> None:
    """A wheel built from a copy of the checkout has all modules and data files, and nothing from tests or bench."""
    pytest.importorskip("setuptools", minversion="77", reason="an older setuptools does not read our pyproject.toml")
    source = tmp_path / "source"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path)], cwd=source, check=True, timeout=300, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    modules = {path for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert {path.relative_to(ROOT).as_posix() for path in modules | data_files()} <= held
    assert {name.partition("/")[0] for name in held} == set(PACKAGES)
