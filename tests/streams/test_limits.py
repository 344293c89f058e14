"""How far a record may reach, in time and in size."""

from typing import Any

import pytest
from messages import CONTACT, EVALUATION, INTERVAL, PLAN, STATE, outcome, refused


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (CONTACT | {"exited_at": "2026-03-02T10:30:05.001Z"}, "in_the_future: exited_at"),
        (CONTACT | {"updated_at": "2026-03-02T10:30:05.001Z"}, "in_the_future: updated_at"),
        (INTERVAL | {"as_of": "2026-03-02T10:30:05.001Z"}, "in_the_future: as_of"),
        (EVALUATION | {"handled_at": "2026-03-02T10:30:05.001Z"}, "in_the_future: handled_at"),
        (EVALUATION | {"handled_at": "1970-01-01T00:00:00Z"}, "too_old: handled_at"),
        (INTERVAL | {"interval_start": "1970-01-01T00:00:00Z"}, "too_old: interval_start"),
        (PLAN | {"interval_start": "1900-01-01T00:00:00Z"}, "too_old: interval_start"),
        (EVALUATION | {"checks": [{"name": f"c{n}", "family": "business"} for n in range(201)]}, "too_large: checks"),
        (
            EVALUATION | {"checks": [{"name": f"{n:03}" + "é" * 250, "family": "business"} for n in range(200)]},
            "too_large: checks has 100,600 bytes of names",
        ),
        (
            EVALUATION | {"checks": [{"name": "n" * 257, "family": "business"}]},
            "too_large: checks[0].name has more than 256",
        ),
        (STATE | {"queues": [f"q{n}" for n in range(101)]}, "too_large: queues has more than 100 entries"),
        (STATE | {"reason": "r" * 257}, "too_large: reason has more than 256 characters"),
    ],
)
def test_instants_and_sizes_have_limits(record: dict[str, Any], reason: str) -> None:
    """An instant of the past lies neither in the future nor before 1980, and no field is larger than its limit."""
    accepted, reasons = outcome(CONTACT, record)
    assert accepted == 1
    assert [given[: len(reason)] for given in reasons] == [reason]


def test_a_key_has_the_limit_of_a_name() -> None:
    """A queue's name is kept with everything of the queue."""
    (refusal,) = refused(STATE, key="q" * 257)
    assert refusal[1].startswith("too_large: key has 257 characters")
