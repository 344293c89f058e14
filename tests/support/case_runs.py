"""Running a case of the shared folder: its files through the commands, and what history then holds."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from intervalwatch.commands.export import export
from intervalwatch.commands.replay import replay
from intervalwatch.commands.verify import verify

__all__ = ["replayed", "rows_of", "summary_of", "verified"]


def replayed(case: Path, folder: Path, *arguments: str, config: str = "config.yaml", **sources: str) -> str:
    """Replay a case's files into a new history; its URL."""
    url = f"sqlite:///{folder}/history.db"
    named = [part for name, file in sources.items() for part in ("--source", f"{name}={case / file}")]
    run = CliRunner().invoke(replay, ["--config", str(case / config), *named, "--history", url, *arguments])
    assert run.exit_code == 0, run.output
    return url


def summary_of(case: Path, folder: Path, *sources: str, options: Sequence[str] = ()) -> dict[str, Any]:
    """The summary of a replay of `NAME=FILE` into the new history `summary.db`."""
    named = [part for source in sources for part in ("--source", source)]
    asked = ["--config", str(case / "config.yaml"), *named, "--history", f"sqlite:///{folder}/summary.db"]
    run = CliRunner().invoke(replay, [*asked, *options, "--json-summary"])
    assert run.exit_code == 0, run.output
    return dict(json.loads(run.stdout.splitlines()[-1]))


def rows_of(url: str, what: str = "intervals") -> list[dict[str, Any]]:
    """The rows of a history, as `export` gives them in JSON lines."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        run = CliRunner().invoke(export, ["--history", url, "--what", what, "--format", "jsonl", "--output", str(file)])
        assert run.exit_code == 0, run.output
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def verified(*arguments: str | Path) -> tuple[int, str]:
    """The exit code of `verify`, and what it said."""
    run = CliRunner().invoke(verify, [str(argument) for argument in arguments])
    return run.exit_code, run.output + (str(run.exception) if run.exit_code == 1 and run.exception else "")
