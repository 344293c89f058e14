"""Prometheus' and Alertmanager's own checkers, for tests of generated files."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dashboards.generated import to_yaml

__all__ = ["find_tool", "promtool_test", "run_tool"]

_PACKAGES = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}


def find_tool(name: str) -> str:
    """Path of promtool or amtool; a skip that says it is absent."""
    found = shutil.which(name)
    if found is None:
        reason = f"{name} not found on PATH (Debian: apt-get install {_PACKAGES[name]})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def run_tool(*command: object) -> str:
    """Output of a command that must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def promtool_test(folder: Path, rules: Path, tests: list[dict[str, Any]], evaluation: str = "1m") -> None:
    """Run unit tests of a file of rules."""
    path = folder / "tests.yml"
    document = {"rule_files": [str(rules)], "evaluation_interval": evaluation, "tests": tests}
    path.write_text(to_yaml(document), encoding="utf-8")
    run_tool(find_tool("promtool"), "test", "rules", path)
