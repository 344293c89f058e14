"""Fixtures every test may use: the shared reference data, absent on most machines and required in CI."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SHARED_CASES = SHARED_DATA.with_name("cases")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the live tests: they last longest, and mostly wait."""
    items.sort(key=lambda item: item.get_closest_marker("live") is None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real calls and published figures beside the project, or a skip that says it is absent."""
    return _shared(SHARED_DATA, "reference data")


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder of worked cases beside the project, each with what is right, or a skip that says it is absent."""
    return _shared(SHARED_CASES, "worked cases")


def _shared(folder: Path, what: str) -> Path:
    if not folder.is_dir():
        reason = f"{what} not found at {folder} (not part of the project)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
