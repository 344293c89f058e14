"""Layouts of many systems: the proposal is the mapping that a person wrote, or says where it may not be."""

from pathlib import Path

import pytest
from mapped_samples import SAMPLES, outcome_of

FILES = sorted(path for path in SAMPLES.iterdir() if not path.name.endswith(".right.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_a_known_layout_needs_no_edit(file: Path) -> None:
    """Records are those of the right mapping, and no line is marked but those that only a person can decide."""
    outcome = outcome_of(file)
    assert (outcome.edits, outcome.silent, outcome.needless) == ([], [], [])
