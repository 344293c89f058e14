"""The arithmetic of a row, figure by figure."""

from typing import Any

import pytest
from history_rows import result

from streams.audit.arithmetic import figure_problems


def problems(overflow_counts: bool = False, **changes: Any) -> list[str]:
    """The faults found in a right row with `changes`."""
    return list(figure_problems(result("sales", 4) | changes, overflow_counts))


@pytest.mark.parametrize(
    ("definition", "level"),
    # ICMI's example (docs/concepts/figures.md#service-level): A 1000, B 60, IN 860, B_T 20, B_s 10.
    [
        ("S1", 860 / 1060),
        ("S2", 860 / 1000),
        ("S3", 860 / 1040),
        ("S4", 880 / 1060),
        ("S5", 860 / 1050),
        ("S6", 870 / 1060),
    ],
)
def test_each_definition_s_service_level(definition: str, level: float) -> None:
    """The published example passes under each definition, and half a point off does not."""
    counts = {
        "answered": 1000,
        "abandoned": 60,
        "answered_within": 860,
        "abandoned_within": 20,
        "short_abandoned": 10,
        "waiting": 0,
        "definition": definition,
        "abandon_rate": 50 / 1050 if definition == "S5" else 60 / 1060,
        "asa_seconds": None,
        "wait_seconds": None,
        "offered": None,
        "volume_variance": None,
        "handled": 1000,
        "handle_seconds": 200_000,
        "aht_seconds": 200,
        "aht_variance": 10 / 190,
    }
    assert problems(**counts, service_level=level) == []
    (found,) = problems(**counts, service_level=level + 0.005)
    assert found.startswith("service_level is")


def test_the_waiting_stand_in_the_denominator() -> None:
    """Contacts that wait beyond the threshold are in the denominator of S1, and not in that of S2."""
    assert problems(waiting=41, service_level=86 / 149) == []
    assert problems(waiting=41, definition="S2", service_level=86 / 104) == []
    assert problems(waiting=None, service_level=86 / 108) == []


def test_the_overflowed_count_where_the_queue_says_so() -> None:
    """`overflow_counts` puts them in the denominator."""
    assert problems(overflow_counts=True, overflowed=11, service_level=86 / 120) == []
    assert problems(overflowed=11, service_level=86 / 109) == []


def test_an_empty_figure_needs_a_reason() -> None:
    """A figure may be empty where a count is, where its denominator is 0, or where a check failed."""
    assert problems(occupancy=None) == ["occupancy is empty, and its counts give 0.874000042"]
    assert problems(occupancy=None, available_seconds=None) == []
    assert problems(occupancy=None, integrity="shared_agents") == []
    nothing = {"answered": 0, "abandoned": 0, "answered_within": 0, "abandoned_within": 0, "waiting": 0, "handled": 0}
    figures = ("service_level", "abandon_rate", "asa_seconds", "aht_seconds", "aht_variance")
    assert problems(**nothing, **dict.fromkeys(figures)) == []


def test_a_figure_without_counts_is_wrong() -> None:
    """A ratio cannot stand where its counts are not reported."""
    assert problems(answered_within=None) == ["service_level is 0.788990826, and its counts give no figure"]
    assert problems(staffed_seconds=None) == ["staffed_agents is 13.4, and the figures it compares are not there"]


def test_negative_counts_give_no_figure() -> None:
    """Counts that fail the check `negative` say nothing about figures."""
    assert problems(abandoned_within=-1, integrity="negative") == []


def test_status_and_revision_belong_together() -> None:
    """Revision 1 is final or missing, later ones are corrected, and the definition is one that exists."""
    assert problems(status="corrected") == ["status is 'corrected' at revision 1"]
    assert problems(revision=2) == ["status is 'final' at revision 2"]
    assert problems(status="missing", definition="S9") == ["definition is 'S9'"]


def test_comparisons() -> None:
    """Variances and net staffing follow from the figures they compare; an empty one is never wrong."""
    assert problems(volume_variance=None, net_staffing=None, aht_variance=None, staffed_agents=None) == []
    assert problems(volume_variance=0.0) == ["volume_variance is 0, and the figures it compares give 0.129533679"]
    assert problems(forecast_offered=0) == ["volume_variance is 0.129533679, and the figures it compares are not there"]
