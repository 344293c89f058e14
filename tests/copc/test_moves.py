"""Moves of agents against a simulation, against the whole projection, and against the donors' floors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copc.moves import PROPOSALS, Side, best_moves, shares_of
from copc.projection import PATHS, Coming, Objectives, levels_of
from copc.simulation import interval_levels, simulate_day

HALF_HOUR = 1800.0
SPAN = np.array([0.0, 0.0, 1.0, 1.0, 0.0])
ONE = np.zeros(1, dtype=np.intp)


def side(offered: list[float], agents: list[float], floor: float = 0.75, share: np.ndarray = SPAN) -> Side:
    """Queues with a steady volume and so many agents, and nothing in doubt."""
    shape = (len(offered), len(share))
    volume = np.repeat(np.array(offered, dtype=float)[:, None], shape[1], axis=1)
    sure = np.ones((shape[0], PATHS, shape[1]))
    none = np.zeros(shape[0])
    coming = Coming(
        offered=volume,
        aht_seconds=np.full(shape, 240.0),
        agents=np.repeat(np.array(agents, dtype=float)[:, None], shape[1], axis=1),
        seconds=np.full(shape, HALF_HOUR),
        volume_paths=sure,
        load_paths=sure,
        busy=np.minimum(volume[:, 0] * 240 / HALF_HOUR, agents),
        waiting=none,
        dispersion=none + 1,
    )
    goals = Objectives(none + 20, none + 180)
    return Side(goals, coming, np.broadcast_to(share, shape), none + floor, none, none)


def test_a_span_covers_intervals_in_part() -> None:
    """A span from 00:15 to 01:10 covers half of the first half hour, all of the second and a third of the third."""
    starts, seconds = np.arange(4) * HALF_HOUR, np.full(4, HALF_HOUR)
    assert shares_of(starts, seconds, 900, 4200) == pytest.approx([0.5, 1.0, 1 / 3, 0.0])
    assert shares_of(starts, seconds, 4200, 900) == pytest.approx([0.0] * 4)


def test_effect_of_a_move_is_that_of_a_simulation() -> None:
    """Three agents more for an hour change the service level by as much as in 150 simulated days, within 3 points."""
    lacking = side([150.0], [18.0])
    projected = [float(lacking.with_agents(ONE, np.array([more])).over(lacking.covered(ONE))[0]) for more in (0.0, 3.0)]
    lived = []
    for more in (0, 3):
        over, under = np.zeros(5), np.zeros(5)
        for run in range(150):
            contacts, _ = simulate_day(
                np.random.default_rng(run),
                offered=[150.0] * 5,
                aht_seconds=[240.0] * 5,
                agents=(18 + more * SPAN).astype(int).tolist(),
                interval_seconds=HALF_HOUR,
                patience_seconds=180,
            )
            part = interval_levels(contacts, interval_seconds=HALF_HOUR, threshold_seconds=20)
            over += part[0]
            under += part[1]
        lived.append((over * SPAN).sum() / (under * SPAN).sum())
    assert lived[1] - lived[0] > 0.15
    assert projected[1] - projected[0] == pytest.approx(lived[1] - lived[0], abs=0.03)


def test_a_span_alone_gives_the_figures_of_the_whole_projection() -> None:
    """The levels asked of the span are those that `levels_of` gives with the agents changed, also after an overload."""
    lacking = side([150.0], [17.0])
    agents = lacking.coming.agents + 3 * SPAN
    whole = levels_of(lacking.objectives, Coming(**{**_fields(lacking.coming), "agents": agents}))
    assert lacking.with_agents(ONE, np.array([3.0])).level[0] == pytest.approx(whole.level[0, 2:])


def _fields(coming: Coming) -> dict[str, np.ndarray]:
    return {name: getattr(coming, name) for name in Coming.__dataclass_fields__}


def test_the_donor_that_loses_least_is_first() -> None:
    """The wide queue gives before the one that is just staffed; the one below its range gives nothing."""
    donors = side([150.0, 150.0, 150.0], [28.0, 24.0, 19.0])
    moves = best_moves(side([150.0], [18.0]), [donors], 3)
    assert [move.donor for move in moves] == [0, 1]
    assert moves[0].contacts > moves[1].contacts > 0
    assert moves[0].agents == 3
    assert moves[0].receiver.after > moves[0].receiver.before + 0.1
    assert moves[0].giver.after >= 0.75


def test_a_move_wins_the_contacts_that_both_queues_serve_more() -> None:
    """The contacts of a move are those of both whole projections after it, less those before it."""
    lacking, donors = side([150.0], [18.0]), side([200.0], [31.0])
    move = best_moves(lacking, [donors], 2)[0]
    served = []
    for queue, sign in ((lacking, 1), (donors, -1)):
        for agents in (0, sign * move.agents):
            changed = {**_fields(queue.coming), "agents": queue.coming.agents + agents * SPAN}
            rest = levels_of(queue.objectives, Coming(**changed))
            served.append(float((rest.path_levels * rest.path_denominators).mean(axis=1).sum()))
    assert move.contacts == pytest.approx(served[1] - served[0] + served[3] - served[2], abs=1e-6)


def test_an_open_interval_counts_with_its_known_part() -> None:
    """A donor whose open interval went badly so far is below its floor with that part, and gives nothing."""
    now = np.array([1.0, 1.0, 0.0])
    donors = side([150.0], [28.0], share=now)
    assert best_moves(side([150.0], [18.0], share=now), [donors], 2)
    poor = Side(donors.objectives, donors.coming, donors.share, donors.floor, np.array([20.0]), np.array([90.0]))
    assert best_moves(side([150.0], [18.0], share=now), [poor], 2) == []


def test_sides_of_several_definitions_are_ranked_together() -> None:
    """At most five proposals, best first, name the side and the queue that gives."""
    several = [side([150.0] * 4, [26.0, 27.0, 28.0, 29.0]), side([60.0] * 4, [14.0, 15.0, 16.0, 17.0])]
    moves = best_moves(side([150.0], [17.0]), several, 4)
    assert len(moves) == PROPOSALS
    assert [move.contacts for move in moves] == sorted((move.contacts for move in moves), reverse=True)
    assert len({(move.side, move.donor) for move in moves}) == PROPOSALS
    assert len(best_moves(side([150.0], [17.0]), several, 4, proposals=2)) == 2


@settings(deadline=None, max_examples=40)
@given(
    lacking=st.floats(0.7, 1.0),
    staffed=st.lists(st.tuples(st.floats(10, 300), st.floats(0.8, 1.6)), min_size=1, max_size=6),
    floor=st.floats(0.5, 0.95),
    most=st.integers(1, 30),
)
def test_no_donor_falls_below_its_floor(
    lacking: float, staffed: list[tuple[float, float]], floor: float, most: int
) -> None:
    """Each proposal leaves its donor an agent, and its level at the floor or above in every interval of the span."""
    donors = side([offered for offered, _ in staffed], [round(1 + of * 240 / 1800 * by) for of, by in staffed], floor)
    for move in best_moves(side([150.0], [20 * lacking]), [donors], most):
        assert 1 <= move.agents <= most
        assert move.contacts >= 0.5
        agents = donors.coming.agents[[move.donor]] - move.agents * SPAN
        assert (agents > 0).all()
        coming = {name: each[[move.donor]] for name, each in _fields(donors.coming).items()} | {"agents": agents}
        goals = Objectives(donors.objectives.threshold_seconds[:1], np.array([180.0]))
        assert (levels_of(goals, Coming(**coming)).level[0][SPAN > 0] >= floor - 1e-6).all()


def test_moves_need_one_queue_that_lacks_agents() -> None:
    """Two receivers, or none that lacks an agent, are refused; without donors there is no proposal."""
    with pytest.raises(ValueError, match="found 2 and 1 agents"):
        best_moves(side([150.0, 150.0], [18.0, 18.0]), [], 1)
    with pytest.raises(ValueError, match="found 1 and 0 agents"):
        best_moves(side([150.0], [18.0]), [], 0)
    assert best_moves(side([150.0], [18.0]), [], 3) == []
