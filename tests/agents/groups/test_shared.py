"""The shared part of a pool, from agent states in the queues' engines to the pool's requirement."""

import json
from fractions import Fraction

import pytest
from group_rows import configured
from hypothesis import given
from hypothesis import strategies as st
from pool_day import CONFIGURATION, pool_day

from agents.groups.engine import GroupEngine, GroupResult
from agents.intervals.agent_time import StaffTime, shared_ms
from agents.live.partitions import Partitions
from config.timestamps import from_rfc3339
from streams.groups import GroupInterval
from streams.told.queue_interval import decode_queue_interval
from streams.topics import TOPIC_QUEUE_INTERVALS

CENTRE = configured(CONFIGURATION)
START = "2026-03-02T08:00:00Z"
HALF = 1_800_000
BOTH = ["cards", "lost_cards"]


def _told(queue: str, agents: list[list[str]], *, backwards: bool = False) -> list[bytes]:
    """The messages by which a worker that holds one queue tells its pool of the first half hour."""
    worker = Partitions(CENTRE, {}, "call-data", queue)
    states = [
        {"type": "agent_state", "agent": f"a{number}", "since": START, "state": "available", "queues": queues}
        for number, queues in enumerate(agents)
        if queue in queues
    ]
    day = [{"type": "interval", **row} for row in pool_day() if row["queue"] == queue][:2]
    records = [*states[:: -1 if backwards else 1], *day]
    messages: list[bytes] = []
    for offset, record in enumerate(records):
        at = from_rfc3339(str(record.get("since", record.get("interval_start")))) + HALF
        worker.apply(0, offset, queue.encode(), json.dumps(record).encode(), at + HALF)
        messages += [each.value for each in worker.collect(0).outputs if each.topic == TOPIC_QUEUE_INTERVALS]
    return messages


def _pool(messages: list[bytes]) -> GroupInterval:
    """The pool's first interval as it stands after all messages."""
    engine = GroupEngine(CENTRE, "pool", "cards_team", {})
    for message in messages:
        engine.apply_record(decode_queue_interval(message))
    engine.finish()
    found = [each.interval for each in engine.take() if isinstance(each, GroupResult)]
    return [each for each in found if each.interval_start_ms == from_rfc3339(START)][-1]


@pytest.mark.parametrize(("shared", "required"), [(0, 13), (2, 13), (3, 12), (12, 12)])
def test_a_pool_is_staffed_by_the_part_of_its_agents_who_share(shared: int, required: int) -> None:
    """With 0, 2, 3 or all of 12 agents on both queues: below a fifth 10 + 3 are required, else one line's 12."""
    agents = [*[BOTH] * shared, *[["cards"]] * (10 - shared), *[["lost_cards"]] * 2][: max(12, shared)]
    told = [_told(queue, agents) for queue in BOTH]
    pool = _pool([*told[0], *told[1]])
    assert (pool.required_if_all, pool.required_if_none, pool.required_agents) == (12, 13, required)
    assert pool.shared_ms == shared * HALF
    assert pool.shared_ratio == pytest.approx(shared / len(agents))


def test_two_workers_in_any_order_give_the_same_shared_part() -> None:
    """Each queue on a worker of its own, states forwards or backwards, either told first: one result."""
    agents = [*[BOTH] * 5, *[["cards", "loans"]] * 4, *[["lost_cards"]] * 3]
    one = [_told(queue, agents) for queue in BOTH]
    other = [_told(queue, agents, backwards=True) for queue in BOTH]
    assert _pool([*one[0], *one[1]]) == _pool([*other[1], *other[0]])
    assert _pool([*one[1], *one[0]]).shared_ratio == pytest.approx(5 / (5 + 4 / 2 + 3))


def test_a_late_state_moves_the_shared_part_with_its_queue() -> None:
    """An agent whose states come a day late is in the corrected figures of the pool, and in its shared part."""
    agents = [["cards"]] * 10
    told = [_told(queue, agents) for queue in BOTH]
    worker = Partitions(CENTRE, {}, "call-data", "w")
    messages: list[bytes] = []
    late = {"type": "agent_state", "agent": "late", "since": START, "state": "available", "queues": BOTH}
    day = [{"type": "interval", **row} for row in pool_day() if row["queue"] == "lost_cards"][:2]
    early = {**late, "agent": "a", "queues": ["lost_cards"]}
    for offset, record in enumerate([early, *day, late]):
        worker.apply(0, offset, b"lost_cards", json.dumps(record).encode(), from_rfc3339(START) + (offset + 2) * HALF)
        messages += [each.value for each in worker.collect(0).outputs if each.topic == TOPIC_QUEUE_INTERVALS]
    first = [message for message in messages if decode_queue_interval(message).result.revision == 1]
    assert _pool([*told[0], *first]).shared_ms == 0
    assert _pool([*told[0], *messages]).shared_ms == HALF // 2


def test_without_states_of_one_queue_the_shared_part_is_not_known() -> None:
    """A queue whose feed alone says how many agents it had leaves the pool as one line, and empty in its columns."""
    pool = _pool([*_told("cards", [BOTH] * 12), *_told("lost_cards", [])])
    assert (pool.shared_ms, pool.shared_ratio, pool.required_agents) == (None, None, 12)


@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abcdef"), min_size=2), st.booleans(), st.integers(0, HALF), st.booleans()),
        max_size=30,
    ),
    st.sets(st.sampled_from("abcdefg"), min_size=2),
)
def test_the_shared_time_is_the_exact_sum(added: list[tuple[set[str], bool, int, bool]], pool: set[str]) -> None:
    """Time is divided by the agent's queues, or counts wholly by name; what is taken back leaves no trace."""
    time, exact = StaffTime(), Fraction(0)
    for queues, whole, ms, back in added:
        time.add_shared(tuple(queues), whole=whole, ms=ms)
        if back:
            time.add_shared(tuple(queues), whole=whole, ms=-ms)
        elif len(queues & pool) > 1:
            exact += Fraction(ms, 1 if whole else len(queues))
    assert shared_ms(time.together(), pool) == int(exact + Fraction(1, 2))
