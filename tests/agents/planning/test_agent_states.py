"""Agent states into time per interval: sharing, ageing, conflicts, late states, restarts, bounds."""

import random
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_runs import BASE, QUARTER, QUEUE, at, queue_versions, state

from agents.intervals.agent_time import Kind, StaffTime
from agents.intervals.arrivals import Arrival, RecordRefused
from agents.planning.agent_states import Staffing
from agents.planning.final_agent_time import StaffingState
from agents.state.store import StateStore, manifest_keys
from config.settings import QueueSettings
from streams.records import AgentState

HOUR = 3_600_000


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[QueueSettings, ...]:
    """A queue of quarter hours."""
    text = BASE.replace("interval_minutes: 30", "interval_minutes: 15, correction_days: 2, max_state_seconds: 7200")
    return queue_versions(tmp_path_factory.mktemp("staffing"), text)


class Book:
    """Staffing on a dict, which can be left and taken up again."""

    def __init__(self, versions: tuple[QueueSettings, ...]) -> None:
        self.versions, self.store, self.writer = versions, dict[bytes, bytes](), 0
        self.head, self.cells = StaffingState(), StateStore({}, QUEUE)
        self.open({}, 0)

    def open(self, versions: dict[str, str], counter: int, inherited: Iterable[str] = ()) -> None:
        """Take the state up."""
        self.cells = StateStore(self.store, QUEUE, f"s{self.writer}")
        self.cells.versions, self.cells.counter = versions, counter
        self.cells.remove(inherited)
        self.cells.forget_manifests(manifest_keys(self.store).get(QUEUE, ()))
        self.staffing = Staffing(self.head, self.cells, lambda _: self.versions[-1], self.versions)

    def commit(self) -> None:
        """Write what changed."""
        self.staffing.write()
        self.cells.commit(b"head").apply(self.store)

    def restart(self) -> None:
        """Commit, and go on from what was written alone."""
        self.commit()
        self.writer += 1
        self.open(dict(self.cells.versions), self.cells.counter, self.cells.inherited)

    def seconds(self, clock: str) -> tuple[float, float, float, float] | None:
        """Available, handling, wrap and unavailable seconds of the final quarter hour at `clock`."""
        return shown(self.staffing.time(at(clock)))


def shown(time: StaffTime | None) -> tuple[float, float, float, float] | None:
    """Available, handling, wrap and unavailable seconds."""
    if time is None:
        return None
    return tuple(ms / 1000 for ms in (time.available_ms, time.handling_ms, time.wrap_ms, time.unavailable_ms))  # type: ignore[return-value]


@pytest.fixture
def book(versions: tuple[QueueSettings, ...]) -> Book:
    """An empty book."""
    return Book(versions)


def test_handling_is_split_over_the_quarter_hours_it_spans(book: Book) -> None:
    """Handled 09:10-09:40 gives 5:00, 15:00 and 10:00, the example of
    docs/concepts/intervals.md#where-intervals-lie.
    """
    book.staffing.add(state("ana", "09:10", "handling"))
    book.staffing.add(state("ana", "09:40", "offline"))
    book.staffing.close_through(at("09:45"))
    assert [book.seconds(clock) for clock in ("09:00", "09:15", "09:30")] == [
        (0, 300, 0, 0),
        (0, 900, 0, 0),
        (0, 600, 0, 0),
    ]


def test_every_state_counts_as_what_it_is(book: Book) -> None:
    """Available, handling, wrap and unavailable time are kept apart, and a break is not staffed time."""
    for clock, what in (
        ("09:00", "available"),
        ("09:02", "handling"),
        ("09:06", "wrap"),
        ("09:07", "unavailable"),
        ("09:10", "available"),
        ("09:14", "offline"),
    ):
        book.staffing.add(state("ana", clock, what))
    book.staffing.close_through(at("09:15"))
    time = book.staffing.time(at("09:00"))
    assert time is not None
    assert shown(time) == (360, 240, 60, 180)
    assert (time.occupied_ms, time.staffed_ms) == (300_000, 660_000)


def test_nothing_is_known_before_the_first_state_and_nobody_there_is_zero_after_it(book: Book) -> None:
    """A queue whose agents are all offline has 0 staffed; one that never had a state has nothing."""
    book.staffing.close_through(at("08:45"))
    assert book.seconds("08:30") is None
    book.staffing.add(state("ana", "08:50", "offline"))
    book.staffing.close_through(at("09:15"))
    assert book.seconds("08:30") is None
    assert book.seconds("09:00") == (0, 0, 0, 0)


def test_available_agents_of_k_queues_count_one_kth(book: Book) -> None:
    """On three queues 900 s are 300 s here, and a third of a second is not lost before the last division."""
    for agent in ("ana", "ben", "cem"):
        book.staffing.add(state(agent, at("09:00") + 1, "available", ("sales", "b", "c")))
    book.staffing.close_through(at("09:15"))
    assert book.seconds("09:00") == (899.999, 0, 0, 0)


def test_handling_counts_wholly_in_the_named_queue(book: Book) -> None:
    """A shared agent's contact counts wholly where it belongs, and not at all in the agent's other queues."""
    book.staffing.add(state("ana", "09:00", "handling", ("sales", "b"), handling="sales"))
    book.staffing.add(state("ben", "09:00", "handling", ("sales", "b"), handling="b"))
    book.staffing.close_through(at("09:15"))
    time = book.staffing.time(at("09:00"))
    assert shown(time) == (0, 900, 0, 0)
    assert time is not None
    assert not time.undivided


def test_an_agent_who_left_the_queue_counts_no_more(book: Book) -> None:
    """A state whose queues lack this one ends the agent's time here."""
    book.staffing.add(state("ana", "09:00", "available"))
    book.staffing.add(state("ana", "09:05", "available", ("b",)))
    book.staffing.close_through(at("09:15"))
    assert book.seconds("09:00") == (300, 0, 0, 0)


def test_a_state_that_is_too_old_is_unknown(book: Book) -> None:
    """After max_state_seconds (here two hours) without another state the agent is not staffed."""
    book.staffing.add(state("ana", "09:10", "available"))
    book.staffing.close_through(at("10:00"))
    book.restart()
    book.staffing.close_through(at("12:00"))
    assert [book.seconds(clock) for clock in ("10:45", "11:00", "11:15")] == [
        (900, 0, 0, 0),
        (600, 0, 0, 0),
        (0, 0, 0, 0),
    ]


def test_states_of_one_instant_go_by_their_sequence(book: Book) -> None:
    """Two states with the same `since` have one successor: the greater sequence holds."""
    book.staffing.add(state("ana", "09:00", "handling", sequence=2))
    book.staffing.add(state("ana", "09:00", "available", sequence=1))
    book.staffing.close_through(at("09:15"))
    assert book.seconds("09:00") == (0, 900, 0, 0)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize(("sequence", "outcome"), [(None, Arrival.ACCEPTED), (7, Arrival.RESTATED)])
def test_of_states_of_one_place_the_later_one_in_the_log_stands(
    versions: tuple[QueueSettings, ...], sequence: int | None, outcome: Arrival, *, closed: bool
) -> None:
    """Without a sequence both held, the first one for no time; with one, the second is a restatement of the first."""
    kinds = "available", "handling"
    for first, second in (kinds, kinds[::-1]):
        book = Book(versions)
        one, other = (state("ana", "09:00", name, sequence=sequence) for name in (first, second))
        assert [book.staffing.add(given) for given in (one, one)] == [Arrival.ACCEPTED, Arrival.DUPLICATE]
        if closed:
            book.staffing.close_through(at("09:15"))
            book.restart()
        assert [book.staffing.add(given) for given in (one, other, other)] == [
            Arrival.DUPLICATE,
            outcome,
            Arrival.DUPLICATE,
        ]
        book.restart()
        book.staffing.close_through(at("09:30"))
        expected = (*(900 * (name == second) for name in kinds), 0, 0)
        assert [book.seconds(clock) for clock in ("09:00", "09:15")] == [expected, expected]


@pytest.mark.parametrize("closed", [False, True])
def test_a_state_without_queues_is_of_those_of_before(book: Book, *, closed: bool) -> None:
    """Half an agent of two queues stays half an agent; also after a log-off, and where the states before are final."""
    book.staffing.add(state("ana", "09:00", "available", queues=("sales", "care")))
    book.staffing.add(state("ana", "09:15", "offline", queues=()))
    if closed:
        book.staffing.close_through(at("09:30"))
        book.restart()
    book.staffing.add(state("ana", "09:30", "available", queues=()))
    book.staffing.add(state("ben", "09:30", "available", queues=()))
    book.staffing.close_through(at("09:45"))
    assert [book.seconds(clock) for clock in ("09:00", "09:15", "09:30")] == [
        (450, 0, 0, 0),
        (0, 0, 0, 0),
        (450 + 900, 0, 0, 0),
    ]


def test_shared_agents_who_do_not_say_for_whom_leave_the_time_undivided() -> None:
    """More than 20 % of the time shared, and handling without a queue: nobody knows how busy the queue was."""
    time = StaffTime()
    time.add(1, Kind.available, 800)
    time.add(2, Kind.handling, 400)
    assert not time.undivided  # 200 of 1000: not over 20 %
    time.add(2, Kind.available, 2)
    assert time.undivided
    time.add(2, Kind.handling, -400)
    time.add(2, Kind.available, 4000)
    assert not time.undivided  # all handling is named


def test_a_late_state_moves_the_time_it_concerns(book: Book) -> None:
    """A break reported late takes its time from final intervals, which are named, and gives it back at its end."""
    book.staffing.add(state("ana", "09:00", "available"))
    book.staffing.close_through(at("09:45"))
    book.restart()
    book.staffing.add(state("ana", "09:20", "unavailable", reason="break"))
    assert sorted(book.staffing.changed_intervals) == [at("09:15"), at("09:30")]
    book.staffing.changed_intervals.clear()
    book.staffing.add(state("ana", "09:35", "available"))
    assert sorted(book.staffing.changed_intervals) == [at("09:30")]
    book.restart()
    book.staffing.close_through(at("10:00"))
    assert [book.seconds(clock) for clock in ("09:00", "09:15", "09:30", "09:45")] == [
        (900, 0, 0, 0),
        (300, 0, 0, 600),
        (600, 0, 0, 300),
        (900, 0, 0, 0),
    ]


def test_a_state_beyond_correction_is_too_late(book: Book) -> None:
    """A state in an interval final for more than correction_days is refused by name."""
    book.staffing.add(state("ana", at("09:00"), "available"))
    book.staffing.close_through(at("09:15") + 2 * 24 * HOUR)
    with pytest.raises(RecordRefused, match=r"too_late: since lies in the interval 2026-03-02T08:45:00Z"):
        book.staffing.add(state("ben", "08:50", "available"))


def test_what_is_kept_is_bounded(book: Book) -> None:
    """Ten days of states leave the cells of two days; a queue without call data keeps no more than that either."""
    start = at("00:00")
    for hour in range(240):
        book.staffing.add(state("ana", start + hour * HOUR, ("available", "handling")[hour % 2]))
        book.staffing.close_through(start + hour * HOUR)
        book.staffing.forget_old()
        if hour % 10 == 0:
            book.restart()
    book.commit()
    assert len(book.store) < 2.2 * 24 * 4 * 2
    unheard = Book(book.versions)
    for hour in range(240):
        unheard.staffing.add(state("ana", start + hour * HOUR, ("available", "handling")[hour % 2]))
        if hour % 10 == 0:
            unheard.restart()
    assert sum(map(len, unheard.store.values())) < 3.5 * 24 * 60


# --- the same set of states in any order, with any restarts ------------------------------------------


def oracle(states: list[AgentState], start: int, reach: int) -> dict[str, Fraction]:
    """Milliseconds by kind in the quarter hour at `start`, straight from the definition."""
    by_agent: dict[str, list[AgentState]] = defaultdict(list)
    for one in states:
        by_agent[one.agent].append(one)
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for own in by_agent.values():
        own.sort(key=lambda one: (one.since_ms, one.sequence))
        ends = [one.since_ms for one in own[1:]] + [10**15]
        for one, end in zip(own, ends, strict=True):
            ms = min(end, one.since_ms + reach, start + QUARTER) - max(one.since_ms, start)
            named = one.handling_queue if one.state in ("handling", "wrap") else None
            if ms > 0 and one.state != "offline" and (named == QUEUE or (named is None and QUEUE in one.queues)):
                sums[one.state] += Fraction(ms, 1 if named else len(one.queues))
    return sums


one_state = st.builds(
    lambda agent, minute, what, queues, named: AgentState(
        agent, at("06:00") + minute * 60_000, what, queues, minute, named if what in ("handling", "wrap") else None
    ),
    st.sampled_from("abc"),
    st.integers(0, 400),
    st.sampled_from(["available", "handling", "wrap", "unavailable", "offline"]),
    st.sampled_from([(QUEUE,), ("b",), ("b", QUEUE), ("b", "c", QUEUE)]),
    st.sampled_from([None, QUEUE, "b"]),
)


@settings(max_examples=150, deadline=None)
@given(
    records=st.lists(one_state, max_size=25, unique_by=lambda one: (one.agent, one.since_ms, one.sequence)),
    seed=st.integers(0, 10**6),
)
def test_order_closing_and_restarts_change_nothing(
    versions: tuple[QueueSettings, ...], records: list[AgentState], seed: int
) -> None:
    """The set of states decides, in whatever order they come, whenever intervals become final, wherever it restarts."""
    chance = random.Random(seed)
    book = Book(versions)
    shuffled = list(records) + chance.sample(records, len(records) // 2)
    chance.shuffle(shuffled)
    for record in shuffled:
        book.staffing.add(record)
        what = chance.random()
        if what < 0.2:
            book.restart()
        elif what < 0.4:
            book.staffing.close_through(at("06:00") + chance.randrange(40) * QUARTER)
    end = at("06:00") + 40 * QUARTER
    book.staffing.close_through(end)
    book.restart()
    first = min((record.since_ms for record in records), default=None)
    for start in range(at("06:00"), end, QUARTER):
        time = book.staffing.time(start)
        if first is None or first >= start + QUARTER:
            assert time is None
            continue
        assert time is not None
        expected = oracle(records, start, versions[-1].max_state_ms)
        found = (time.available_ms, time.handling_ms, time.wrap_ms, time.unavailable_ms)
        for kind, ms in zip(("available", "handling", "wrap", "unavailable"), found, strict=True):
            assert abs(ms - expected[kind]) <= Fraction(1, 2)


def test_the_open_interval_counts_up_to_the_moment_asked_for(book: Book) -> None:
    """Only the part of an open interval that is over counts."""
    book.staffing.add(state("ana", "09:00", "available"))
    book.staffing.add(state("ben", "09:04", "handling"))
    assert shown(book.staffing.time_so_far(at("09:00"), at("09:10"))) == (600, 360, 0, 0)
    assert book.staffing.time_so_far(at("08:30"), at("08:45")) is None


def test_a_crowd_fits_its_cells(versions: tuple[QueueSettings, ...]) -> None:
    """Ten thousand states of one interval are kept in cells well below a broker's limit."""
    book = Book(versions)
    for n in range(10_000):
        book.staffing.add(state(f"agent-{n % 500:04d}", at("09:00") + n * 80, ("available", "handling")[n // 500 % 2]))
    book.commit()
    assert max(map(len, book.store.values())) < 500_000
    book.staffing.close_through(at("09:15"))
    before = book.seconds("09:00")
    book.restart()
    assert max(map(len, book.store.values())) < 500_000
    assert book.seconds("09:00") == before


def test_queues_that_share_an_agent_are_those_of_the_agents_who_are_there(versions: tuple[QueueSettings, ...]) -> None:
    """Agents who left, or serve this queue no more, name none; nobody there says nothing, and it outlives a restart."""
    book = Book(versions)
    assert book.staffing.shares_with() is None
    book.staffing.add(state("ann", at("08:00"), "available", [QUEUE]))
    assert book.staffing.shares_with() == ()
    book.staffing.add(state("ben", at("08:00"), "handling", [QUEUE, "loans", "cards"]))
    book.staffing.add(state("cid", at("08:00"), "available", [QUEUE, "mail"]))
    assert book.staffing.shares_with() == ("cards", "loans", "mail")
    book.restart()
    assert book.staffing.shares_with() == ("cards", "loans", "mail")
    book.staffing.add(state("cid", at("09:00"), "offline", [QUEUE, "mail"]))
    book.staffing.add(state("ben", at("09:00"), "available", ["loans"]))
    assert book.staffing.shares_with() == ()
    book.staffing.add(state("ann", at("09:00"), "offline", [QUEUE]))
    assert book.staffing.shares_with() is None
