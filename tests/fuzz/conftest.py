"""Divides the inputs that were asked for over the fuzz tests of a run, and says how many they were."""

import pytest
from fuzzing import set_inputs

INPUTS = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Set the number of inputs of each test."""
    config.stash[INPUTS] = set_inputs(item.obj for item in items if isinstance(item, pytest.Function))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many inputs there were."""
    terminalreporter.write_line(f"fuzz: {config.stash.get(INPUTS, 0):,} inputs")
