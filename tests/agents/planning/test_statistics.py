"""Statistics of a queue: dispersion, spread of handle times and slot means, which survive a restart."""

import pytest
from monitor_runs import QUEUE

from agents.planning.statistics import LEAST_CV, QueueStatistics
from agents.state.store import StateStore


class Book:
    """Habits on a dict, which can be left and taken up again."""

    def __init__(self) -> None:
        self.store: dict[bytes, bytes] = {}
        self.cells = StateStore(self.store, QUEUE)
        self.habits = QueueStatistics(self.cells)

    def restart(self) -> None:
        """Commit, and go on from what was written alone."""
        self.habits.write()
        self.cells.commit(b"head").apply(self.store)
        cells = StateStore(self.store, QUEUE, "again")
        cells.versions, cells.counter = dict(self.cells.versions), self.cells.counter
        self.cells, self.habits = cells, QueueStatistics(cells)


def test_dispersion_is_one_until_fifty_intervals_are_known() -> None:
    """The mean of (A - F)^2 / F: 16 where every interval is 40 off 100, from the 50th on."""
    book = Book()
    for n in range(50):
        assert book.habits.dispersion == 1
        book.habits.learn_volume((60, 140)[n % 2], 100)
    assert book.habits.dispersion == pytest.approx(16)
    book.restart()
    assert book.habits.dispersion == pytest.approx(16)


def test_only_the_last_500_intervals_count() -> None:
    """A restless year ago is forgotten, and what is kept stays small."""
    book = Book()
    for _ in range(700):
        book.habits.learn_volume(140, 100)
        book.habits.learn_handling(100, 18_000_000, 100 * 1800**2)
    for _ in range(500):
        book.habits.learn_volume(100, 100)
    assert book.habits.dispersion == 1
    book.restart()
    assert book.habits.dispersion == 1
    assert max(map(len, book.store.values())) < 20_000


def test_a_forecast_of_nobody_adds_nothing() -> None:
    """(A - F)^2 / F has no value at F = 0: such an interval is not among the known."""
    book = Book()
    for _ in range(60):
        book.habits.learn_volume(5, 0)
    assert book.habits.dispersion == 1


def test_handle_times_are_exponential_until_200_are_known() -> None:
    """100 of 100 s and 100 of 300 s: mean 200, sample SD 100.25, from the 200th on."""
    book = Book()
    book.habits.learn_handling(100, 10_000_000, 100 * 1000**2)
    assert book.habits.handle_time_cv == 1
    book.habits.learn_handling(100, 30_000_000, 100 * 3000**2)
    assert book.habits.handle_time_cv == pytest.approx((200 * 100**2 / 199) ** 0.5 / 200)
    book.restart()
    assert book.habits.handle_time_cv == pytest.approx((200 * 100**2 / 199) ** 0.5 / 200)


def test_handle_times_all_alike_leave_a_little_room() -> None:
    """No spread at all would make one second significant."""
    book = Book()
    book.habits.learn_handling(300, 54_000_000, 300 * 1800**2)
    assert book.habits.handle_time_cv == LEAST_CV


def test_a_slot_has_its_own_mean() -> None:
    """Weekday and minute of the local day; a slot never seen has no mean, which is not 0."""
    book = Book()
    for offered in (10, 13, 16):
        book.habits.learn_slot((1, 540), offered)
    book.habits.learn_slot((1, 570), 0)
    book.restart()
    assert book.habits.slot_mean((1, 540)) == 13
    assert book.habits.slot_mean((1, 570)) == 0
    assert book.habits.slot_mean((2, 540)) is None
