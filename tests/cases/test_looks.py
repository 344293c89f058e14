"""Worked cases that `check --source` and `replay` must tell, though each of their rows is sound."""

from pathlib import Path

from click.testing import CliRunner

from intervalwatch.commands.check import check
from intervalwatch.commands.replay import replay


def test_an_average_mapped_to_a_sum_is_told(shared_cases: Path) -> None:
    """Talk time of the hand-made table is an average: AHT 4.75 s is told as what it is."""
    case = shared_cases / "avaya-split-report"
    options = ["--config", str(case / "config.yaml"), "--source", f"hand={case / 'hand.csv'}"]
    ended = CliRunner().invoke(check, options, standalone_mode=False)
    assert ended.return_value == 0
    assert "AHT is 4.75 s: an average is mapped to a sum" in ended.output
    assert "no service level S1 from hand: answered_within is mapped to nothing" in ended.output


def test_a_replay_tells_it_too(shared_cases: Path, tmp_path: Path) -> None:
    """Who replays the file without a look at it first is told on standard error."""
    case = shared_cases / "avaya-split-report"
    options = ["--config", str(case / "config.yaml"), "--source", f"hand={case / 'hand.csv'}"]
    ended = CliRunner().invoke(replay, [*options, "--history", f"sqlite:///{tmp_path}/history.db"])
    assert "source hand: looks wrong: AHT is 4.75 s: an average is mapped to a sum" in ended.stderr
