"""The requirement of queues that share agents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copc.pools import Member, pool_level, pool_requirement
from copc.queue_model import QueueModel

EIGHTY_IN_20 = QueueModel(threshold_seconds=20, target=0.80, patience_seconds=180)
TWO = [Member(70, 200, EIGHTY_IN_20), Member(14, 200, EIGHTY_IN_20)]
"""70 and 14 contacts a half hour of 200 s."""


def test_a_pool_needs_fewer_than_its_queues_one_by_one() -> None:
    """Worked figure: queue by queue 10 + 3, from one line 12 (11: .7717, 12: .8536)."""
    found = pool_requirement(TWO, 1800, shared=1.0)
    assert found is not None
    assert (found.required, found.one_line, found.apart) == (12, 12, 13)
    assert pool_level(TWO, 1800, 11) == pytest.approx(0.7717, abs=5e-5)
    assert pool_level(TWO, 1800, 12) == pytest.approx(0.8536, abs=5e-5)


def test_below_a_fifth_of_shared_time_queues_are_counted_one_by_one() -> None:
    """Agents who rarely help do not make a pool."""
    found = pool_requirement(TWO, 1800, shared=0.19)
    assert found is not None
    assert found.required == found.apart == 13


def test_few_shared_agents_save_most_of_what_one_line_would() -> None:
    """Six like queues with 30 % shared: one line alone is 3 to 5 agents too few, queue by queue as many too many."""
    six = [Member(60, 240, EIGHTY_IN_20)] * 6
    found = pool_requirement(six, 1800, shared=0.3)
    assert found is not None
    assert 3 <= found.required - found.one_line <= 5
    assert found.required < found.apart


def test_each_queue_is_asked_for_its_own_threshold() -> None:
    """Members of other thresholds are weighed by their volume, each in its own definition."""
    slow = QueueModel(threshold_seconds=60, target=0.80, patience_seconds=180)
    both = [Member(60, 240, EIGHTY_IN_20), Member(20, 240, slow)]
    at_20, at_60 = (
        QueueModel(threshold, patience_seconds=180).service_level(80 * 240 / 1800, 240, 12) for threshold in (20, 60)
    )
    assert pool_level(both, 1800, 12) == pytest.approx(0.75 * at_20 + 0.25 * at_60, abs=1e-12)


def test_without_patience_anywhere_nobody_gives_up() -> None:
    """Erlang C for the pool where no member has a patience; else that of those who have one."""
    patient = QueueModel(threshold_seconds=20, target=0.80)
    alone = pool_level([Member(70, 200, patient)], 1800, 11)
    assert alone == patient.service_level(70 * 200 / 1800, 200, 11)
    mixed = [Member(70, 200, patient), Member(14, 200, EIGHTY_IN_20)]
    assert pool_level(mixed, 1800, 12) == pytest.approx(pool_level(TWO, 1800, 12), abs=1e-12)


def test_a_pool_without_contacts_needs_nothing_known() -> None:
    """Nobody came: there is no requirement."""
    assert pool_requirement([Member(0, 200, EIGHTY_IN_20)], 1800, shared=1.0) is None


def test_a_share_beyond_all_is_refused() -> None:
    """The share of shared time lies from 0 to 1."""
    with pytest.raises(ValueError, match="shared must lie from 0 to 1"):
        pool_requirement(TWO, 1800, shared=1.2)


@given(
    st.lists(st.tuples(st.floats(0.5, 200), st.floats(60, 600)), min_size=1, max_size=6),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_pool_lies_between_its_ends(queues: list[tuple[float, float]], shared: float, more: float) -> None:
    """It never needs less than one line or more than its queues apart, nor more where more is shared."""
    members = [Member(offered, aht, EIGHTY_IN_20) for offered, aht in queues]
    low, high = sorted((shared, more))
    one, other = pool_requirement(members, 1800, low), pool_requirement(members, 1800, high)
    assert one is not None
    assert other is not None
    assert one.one_line <= other.required <= one.required <= one.apart
