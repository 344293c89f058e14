"""Settings that history holds: found by the version, program and queue that a row names."""

from typing import Any

from streams.history.query import ParameterVersion
from streams.history.stored_settings import StoredSettings


def own(program: str, queue: str, target: float) -> dict[str, Any]:
    """Settings that can be told apart."""
    return {"program": program, "queue": queue, "service_level": {"target": target}}


HELD = StoredSettings(
    [
        ParameterVersion("1", "2026-01-01T00:00:00Z", "", [own("", "", 0.8), own("bank", "", 0.9)]),
        ParameterVersion("2", "2026-02-01T00:00:00Z", "", [own("", "", 0.7), own("bank", "vip", 0.95)]),
    ]
)


def target(version: str, program: str | None, queue: str | None) -> float | None:
    """The target found."""
    found = HELD.of(version, program, queue)
    return None if found is None else float(found["service_level"]["target"])


def test_the_most_specific_settings_hold() -> None:
    """A queue's own, else its program's, else the site's, of the version that is named."""
    assert target("2", "bank", "vip") == 0.95
    assert target("1", "bank", "vip") == 0.9
    assert target("1", "bank", None) == 0.9
    assert target("2", "bank", "loans") == 0.7
    assert target("1", None, "loans") == 0.8


def test_a_version_that_is_not_held_has_none() -> None:
    """It is not guessed from another."""
    assert target("3", "bank", "vip") is None


def test_a_row_names_its_settings() -> None:
    """By `parameters_version`, `program` and `queue`."""
    found = HELD.of_row({"parameters_version": "2", "program": "bank", "queue": "vip"})
    assert found == own("bank", "vip", 0.95)
