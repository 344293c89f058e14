"""Packages of other people, or folders in the way, under the general names of ours."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from intervalwatch.packages import PACKAGES, foreign_package

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def script(tmp_path: Path) -> str:
    """A console script like the one that pip writes, in a folder of its own."""
    path = tmp_path / "bin" / "intervalwatch"
    path.parent.mkdir()
    path.write_text("from intervalwatch.main import main\n\nmain()\n", encoding="utf-8")
    return str(path)


def run(*command: str, folder: Path, path: tuple[Path, ...] = ()) -> subprocess.CompletedProcess[str]:
    """A command in `folder`, with `path` as PYTHONPATH."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONSAFEPATH"}}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def in_the_way(folder: Path, name: str, kind: str) -> Path:
    """A module, a package or a bare folder called `name`; its code would show itself by an error."""
    if kind == "module":
        place = folder / f"{name}.py"
        place.write_text("raise RuntimeError('foreign code ran')\n", encoding="utf-8")
        return place
    place = folder / name
    place.mkdir()
    if kind == "package":
        (place / "__init__.py").write_text("raise RuntimeError('foreign code ran')\n", encoding="utf-8")
    return place


def copy_of_the_program(folder: Path) -> Path:
    """A checkout in `folder` whose help says that it is the copy."""
    for name in (*PACKAGES, "intervalwatch"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    main = folder / "intervalwatch" / "main.py"
    text = main.read_text(encoding="utf-8")
    assert text.count("Watch a contact centre") == 1
    main.write_text(text.replace("Watch a contact centre", "The copy watches a contact centre"), encoding="utf-8")
    return folder


def test_the_packages_of_a_checkout_are_ours() -> None:
    """Nothing is said where every package stands beside `intervalwatch`."""
    assert foreign_package() is None


@pytest.mark.parametrize("name", PACKAGES)
@pytest.mark.parametrize("kind", ["module", "package"])
def test_a_package_of_the_same_name_is_one_line_and_exit_2(tmp_path: Path, script: str, name: str, kind: str) -> None:
    """A module or package ahead of ours on the path is named with its place, and its code does not run."""
    place = in_the_way(tmp_path, name, kind)
    ended = run(script, "--help", folder=tmp_path, path=(tmp_path, ROOT))
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"intervalwatch: {name} is found at {place}")


def test_a_package_that_was_overwritten_is_one_line(tmp_path: Path, script: str) -> None:
    """Another distribution installed its `config` into the folder of ours: exit 2, one line, its code does not run."""
    program = copy_of_the_program(tmp_path / "program")
    (program / "config" / "__init__.py").write_text("raise RuntimeError('foreign code ran')\n", encoding="utf-8")
    ended = run(script, "--help", folder=tmp_path, path=(program,))
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert "overwritten" in line


def test_a_package_that_lost_its_code_is_one_line(tmp_path: Path, script: str) -> None:
    """Another distribution took `config/__init__.py` with it when it was removed: exit 2, one line."""
    program = copy_of_the_program(tmp_path / "program")
    (program / "config" / "__init__.py").unlink()
    ended = run(script, "--help", folder=tmp_path, path=(program,))
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "config" in ended.stderr


@pytest.mark.parametrize(("name", "kind"), [("config", "module"), ("agents", "package"), ("streams", "folder")])
def test_running_as_a_module_is_not_misled_by_the_current_folder(tmp_path: Path, name: str, kind: str) -> None:
    """`python -m intervalwatch` in a folder with a `config.py` or an `agents/` of its own finds ours."""
    in_the_way(tmp_path, name, kind)
    ended = run("-m", "intervalwatch", "check", "--help", folder=tmp_path, path=(ROOT,))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Usage:" in ended.stdout


def test_a_checkout_runs_from_its_root(tmp_path: Path) -> None:
    """`python -m intervalwatch` in the root of a checkout runs that checkout, and needs no PYTHONPATH."""
    program = copy_of_the_program(tmp_path / "program")
    ended = run("-m", "intervalwatch", "--help", folder=program)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "The copy watches a contact centre" in ended.stdout
