"""Fixtures every test may use: the shared reference data, absent on most machines and required in CI."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real calls and published figures beside the project, or a skip that says it is absent."""
    if not SHARED_DATA.is_dir():
        reason = f"reference data not found at {SHARED_DATA} (it is not part of the project)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED_DATA
