"""The share of intervals in range that chance alone leaves."""

import numpy as np
import pytest

from copc.queue_model import QueueModel
from copc.stability import Stratum, expected_share

ERLANG_A = QueueModel(threshold_seconds=20, patience_seconds=180)


def expect(mean: float, limits: tuple[float, float], *volumes: float, model: QueueModel = ERLANG_A) -> float:
    """The share to expect at these volumes a half hour, 100 intervals of each, AHT 240 s."""
    strata = [Stratum(volume, 100) for volume in volumes]
    rng = np.random.default_rng(11)
    return expected_share(rng, strata, mean, limits, model, aht_seconds=240, interval_seconds=1800)


def test_a_healthy_centre_at_80_percent_has_60_percent_of_half_hours_there() -> None:
    """The figure of docs/concepts/figures.md#signals."""
    assert expect(0.80, (0.80, 1.0), 50, 100, 200) == pytest.approx(0.60, abs=0.04)


def test_more_contacts_scatter_less() -> None:
    """A large queue is in range more often than a small one with the same mean."""
    assert expect(0.82, (0.75, 0.90), 25) < expect(0.82, (0.75, 0.90), 100) < expect(0.82, (0.75, 0.90), 400)


def test_strata_count_by_their_intervals() -> None:
    """Two volumes together lie between each alone."""
    assert expect(0.82, (0.75, 0.90), 25) < expect(0.82, (0.75, 0.90), 25, 400) < expect(0.82, (0.75, 0.90), 400)


def test_a_mean_far_out_of_range_leaves_next_to_nothing_in_it() -> None:
    """A stable process at 40 % is hardly ever at 75 %."""
    assert expect(0.40, (0.75, 0.90), 200) < 0.05


@pytest.mark.parametrize(("mean", "high", "share"), [(1.0, 1.0, 1.0), (1.0, 0.9, 0.0), (0.0, 0.9, 0.0)])
def test_a_mean_at_a_bound_needs_no_chance(mean: float, high: float, share: float) -> None:
    """All contacts in time, or none: every interval has that level."""
    assert expect(mean, (0.75, high), 100) == share


def test_patient_customers_are_another_model() -> None:
    """Under Erlang C a queue scatters more at the same mean: those who would have left wait on."""
    patient = QueueModel(threshold_seconds=20)
    assert expect(0.80, (0.75, 0.90), 100, model=patient) < expect(0.80, (0.75, 0.90), 100)


def test_no_interval_is_refused() -> None:
    """Nothing can be expected of nothing."""
    with pytest.raises(ValueError, match="strata must hold an interval"):
        expect(0.8, (0.75, 0.9))
