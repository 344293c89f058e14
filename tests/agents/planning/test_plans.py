"""The plan book: which version counts, other interval lengths, half plans, late plans, conflicts, bounds."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_runs import HALF_HOUR, QUARTER, QUEUE, at, plan

from agents.intervals.arrivals import Arrival
from agents.planning.plans import PlanBook, Planned, PlanState
from agents.state.store import StateStore, manifest_keys
from streams.records import Plan

DAY_MS = 86_400_000
HOUR = 3_600_000
OPENS = at("08:00")
EVENING = at("18:00", "2026-03-01")
"""The evening before."""


class Book:
    """A plan book on a dict, which can be left and taken up again."""

    def __init__(self, *plans: Plan) -> None:
        self.store: dict[bytes, bytes] = {}
        self.cells = StateStore(self.store, QUEUE)
        self.book = PlanBook(PlanState(), self.cells)
        for one in plans:
            self.book.add(one)

    def restart(self) -> None:
        """Commit, and go on from what was written alone."""
        self.book.write()
        self.cells.commit(b"head").apply(self.store)
        cells = StateStore(self.store, QUEUE, "again")
        cells.versions, cells.counter = dict(self.cells.versions), self.cells.counter
        cells.remove(self.cells.inherited)
        cells.forget_manifests(manifest_keys(self.store)[QUEUE])
        self.cells, self.book = cells, PlanBook(self.book.state, cells)

    def choose(self, clock: str = "09:00", mode: str = "frozen", length: int = HALF_HOUR) -> Planned | None:
        """The plan of the interval at `clock`."""
        return self.book.choose(at(clock), at(clock) + length, OPENS, mode)


def version(planned: Planned | None) -> tuple[str, float | None, bool] | None:
    """Version, volume and whether it came late."""
    return None if planned is None else (planned.version, planned.offered, planned.late)


def test_a_plan_gives_its_figures_as_they_are() -> None:
    """Volume, AHT in seconds, required and scheduled agents of the interval; nothing is flagged."""
    book = Book(plan("09:00", EVENING, 100, 180, 14, 13.5))
    assert book.choose() == Planned("wfm", 100, 180, 13.5, 14)
    assert book.choose("09:30") is None


def test_frozen_is_the_latest_before_the_open_day_began() -> None:
    """A plan that is published once the day has begun, or at that very moment, changes no comparison of the day."""
    book = Book(
        plan("09:00", EVENING, 100),
        plan("09:00", EVENING + HOUR, 110),
        plan("09:00", "08:00", 120),
        plan("09:00", "08:30", 130, version="intraday"),
    )
    assert version(book.choose()) == ("wfm", 110, False)


def test_of_plans_published_together_the_greatest_version_counts() -> None:
    """Equal `published_at`: the greatest plan_version, whether it is a prefix of the other or not."""
    book = Book(*(plan("09:00", EVENING, n, version=name) for n, name in enumerate(("b", "a", "bb"))))
    assert version(book.choose()) == ("bb", 2, False)
    late = Book(*(plan("09:00", "08:10", n, version=name) for n, name in enumerate(("b", "bb", "a"))))
    assert version(late.choose()) == ("bb", 1, True)


def test_without_a_frozen_plan_the_first_published_counts_and_is_late() -> None:
    """No plan the evening before: the one published first, before, in or after the interval, flagged."""
    book = Book(plan("09:00", "08:40", 120), plan("09:00", "08:20", 110), plan("09:00", "09:00", 130))
    assert version(book.choose()) == ("wfm", 110, True)
    for published in ("09:00", "09:15", "11:00"):
        assert version(Book(plan("09:00", published, 130)).choose()) == ("wfm", 130, True)


def test_latest_takes_the_latest_before_the_interval() -> None:
    """`latest` follows re-forecasts until the interval starts, and flags one only where there was none by then."""
    book = Book(
        plan("09:00", EVENING, 100), plan("09:00", "08:40", 120, version="a"), plan("09:00", "09:10", 130, version="z")
    )
    assert version(book.choose(mode="latest")) == ("a", 120, False)
    only = Book(plan("09:00", "09:20", 140), plan("09:00", "09:10", 130))
    assert version(only.choose(mode="latest")) == ("wfm", 130, True)


def test_a_version_can_be_asked_for_by_name() -> None:
    """The named version's latest before the interval, else its first, flagged; no other version stands in."""
    book = Book(
        plan("09:00", EVENING, 100, version="budget"),
        plan("09:00", "08:40", 105, version="budget"),
        plan("09:00", EVENING, 90),
        plan("09:30", "12:00", 80, version="budget"),
        plan("10:00", EVENING, 70),
    )
    assert version(book.choose(mode="budget")) == ("budget", 105, False)
    assert version(book.choose("09:30", mode="budget")) == ("budget", 80, True)
    assert book.choose("10:00", mode="budget") is None


# --- other interval lengths, half plans --------------------------------------------------------------


def test_quarter_hours_roll_up_to_the_half_hour() -> None:
    """Volumes add up, AHT is their mean by volume, agents their mean by time; the figure is flagged."""
    book = Book(
        plan("09:00", EVENING, 40, 100, 10, 9, length=QUARTER), plan("09:15", EVENING, 60, 200, 14, 12, length=QUARTER)
    )
    assert book.choose() == Planned("wfm", 100, 160, 10.5, 12, resized=True)


def test_every_part_of_a_roll_up_is_needed() -> None:
    """One quarter hour alone says nothing of the half hour: empty and flagged, never half a forecast."""
    book = Book(plan("09:00", EVENING, 40, 100, 10, 9, length=QUARTER))
    found = book.choose()
    assert found == Planned("wfm", resized=True)
    assert not found.says_something


def test_an_hour_is_split_in_proportion() -> None:
    """Half the hour has half its volume; AHT and agents are as they are."""
    book = Book(plan("09:00", EVENING, 101, 180, 14, 13, length=HOUR))
    assert book.choose("09:00") == book.choose("09:30") == Planned("wfm", 50.5, 180, 13, 14, resized=True)


def test_rows_off_the_grid_count_by_their_overlap() -> None:
    """Twenty-minute rows over a half hour: 20 of the first's 20 minutes, 10 of the second's."""
    third = 1_200_000
    book = Book(
        plan("09:00", EVENING, 30, 180, 12, length=third),
        plan("09:20", EVENING, 60, 180, 15, length=third),
        plan("09:40", EVENING, 90, 180, 18, length=third),
    )
    assert book.choose("09:00") == Planned("wfm", 60, 180, None, 13, resized=True)
    assert book.choose("09:30") == Planned("wfm", 120, 180, None, 17, resized=True)


def test_the_newest_rows_count_and_of_those_the_queues_own_length() -> None:
    """An hour published later goes before the half hour of before; published together, the half hour does."""
    newer = Book(plan("09:00", EVENING, 100), plan("09:00", EVENING + 1, 998, length=HOUR))
    assert version(newer.choose()) == ("wfm", 499, False)
    together = Book(plan("09:00", EVENING, 998, length=HOUR), plan("09:30", EVENING, 70))
    assert version(together.choose("09:30")) == ("wfm", 70, False)


def test_a_part_published_again_takes_its_old_neighbours_along() -> None:
    """One quarter hour republished under the same version: the other one counts as published before."""
    book = Book(
        plan("09:00", EVENING, 40, 180, 10, length=QUARTER),
        plan("09:15", EVENING, 60, 180, 10, length=QUARTER),
        plan("09:15", EVENING + HOUR, 80, 180, 10, length=QUARTER),
    )
    assert version(book.choose()) == ("wfm", 120, False)


def test_half_a_plan_gives_the_figures_it_can() -> None:
    """Volume without AHT, agents without volume: what is there is there, and what is not is empty, not 0."""
    book = Book(plan("09:00", EVENING, 100), plan("09:30", EVENING, scheduled=14), plan("10:00", EVENING, 0, 180, 0))
    assert book.choose("09:00") == Planned("wfm", 100)
    assert book.choose("09:30") == Planned("wfm", scheduled=14)
    assert book.choose("10:00") == Planned("wfm", 0, 180, None, 0)


def test_a_figure_that_one_part_lacks_is_empty() -> None:
    """A part that expects contacts and says no AHT leaves AHT empty; one that expects nobody needs none."""
    book = Book(
        plan("09:00", EVENING, 40, 100, 10, length=QUARTER),
        plan("09:15", EVENING, 60, None, None, length=QUARTER),
        plan("09:30", EVENING, 40, 100, 10, length=QUARTER),
        plan("09:45", EVENING, 0, None, 10, length=QUARTER),
    )
    assert book.choose("09:00") == Planned("wfm", 100, resized=True)
    assert book.choose("09:30") == Planned("wfm", 40, 100, None, 10, resized=True)


# --- late plans --------------------------------------------------------------------------------------


def test_a_plan_that_comes_for_a_final_interval_is_late_whatever_it_says() -> None:
    """Published in time but come too late, or published after the fact: taken, and flagged."""
    for published in (EVENING, at("11:00")):
        row = plan("09:00", published, 100)
        found = Book(row).book.choose_late(at("09:00"), at("09:30"), OPENS, "frozen")
        assert version(found) == ("wfm", 100, True)


def test_a_late_plan_waits_for_all_its_parts() -> None:
    """The first quarter hour alone makes no correction; with the second one it does."""
    first, second = (plan(clock, "11:00", 50, length=QUARTER) for clock in ("09:00", "09:15"))
    book = Book(first)
    assert book.book.choose_late(at("09:00"), at("09:30"), OPENS, "frozen") is None
    book.book.add(second)
    assert version(book.book.choose_late(at("09:00"), at("09:30"), OPENS, "frozen")) == ("wfm", 100, True)


def test_a_late_plan_of_another_version_than_the_named_one_does_not_count() -> None:
    """With `plan: budget`, a late row of another version leaves the interval without a plan."""
    row = plan("09:00", "11:00", 100)
    assert Book(row).book.choose_late(at("09:00"), at("09:30"), OPENS, "budget") is None


# --- copies, state, bounds ---------------------------------------------------------------------------


@pytest.mark.parametrize("length", [HALF_HOUR, HOUR])
def test_of_rows_of_one_identity_the_later_one_in_the_log_counts(length: int) -> None:
    """The same row again is nothing new; one with other values, its length among them, restates the first whole."""
    one, other = plan("09:00", EVENING, 100, 180, 14), plan("09:00", EVENING, 120, length=length)
    for first, second in ((one, other), (other, one)):
        book = Book(first)
        book.restart()
        assert [book.book.add(row) for row in (first, second, second)] == [
            Arrival.DUPLICATE,
            Arrival.RESTATED,
            Arrival.DUPLICATE,
        ]
        book.restart()
        assert book.choose() == Book(second).choose()


def test_old_plans_are_dropped_and_future_ones_kept() -> None:
    """Rows of dropped days take no room again; a plan for weeks ahead stays."""
    book = Book(*(plan(at("09:00") + day * DAY_MS, EVENING, 100 + day) for day in range(60)))
    book.restart()
    book.book.forget_before(at("08:00") + 40 * DAY_MS)
    book.restart()
    assert len(book.store) == 20 + 2  # and the cells' names, and the head
    assert book.book.add(plan("09:00", EVENING, 5))
    book.restart()
    assert len(book.store) == 20 + 2
    start = at("09:00") + 50 * DAY_MS
    assert version(book.book.choose(start, start + HALF_HOUR, start - HOUR, "frozen")) == ("wfm", 150, False)


def test_a_year_of_plans_is_written_a_few_hours_at_a_time() -> None:
    """A new row rewrites the cell of its four hours, not the book; cells stay small."""
    book = Book(*(plan(at("00:00") + n * HALF_HOUR, EVENING, 100, 180, 14, 13) for n in range(48 * 365)))
    book.restart()
    assert sorted(map(len, book.store.values()))[-2] < 1_000  # the largest is the list of the cells' names
    book.book.add(plan("09:00", EVENING + 1, 120))
    book.book.write()
    assert len(book.cells.commit(b"head").cells) == 2
    assert len(book.cells.versions) == 1


def _identity(row: Plan) -> tuple[str, int, int]:
    return row.plan_version, row.start_ms, row.published_ms


rows = st.builds(
    plan,
    clock=st.sampled_from([at("08:30") + n * QUARTER for n in range(6)]),
    published=st.sampled_from([EVENING, EVENING + 1, at("08:10"), at("08:50"), at("09:20")]),
    offered=st.sampled_from([None, 10.0, 20.0]),
    aht=st.sampled_from([None, 100, 200]),
    scheduled=st.sampled_from([None, 5.0, 6.0]),
    version=st.sampled_from(["a", "b"]),
    length=st.sampled_from([QUARTER, HALF_HOUR, HOUR]),
)


@settings(max_examples=150, deadline=None)
@given(plans=st.lists(rows, max_size=20, unique_by=_identity), seed=st.integers(0, 10**6))
def test_order_and_restarts_change_no_choice(plans: list[Plan], seed: int) -> None:
    """The set of rows decides, however they came and wherever the book was taken up again."""
    chance = random.Random(seed)
    found = []
    for attempt in range(2):
        book = Book()
        shuffled = list(plans) + plans[:3]
        if attempt:
            chance.shuffle(shuffled)
        for row in shuffled:
            book.book.add(row)
            if attempt and chance.random() < 0.3:
                book.restart()
        found.append([book.choose(clock, mode) for clock in ("08:30", "09:00") for mode in ("frozen", "latest", "a")])
    assert found[0] == found[1]
