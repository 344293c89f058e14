"""Signals: a slot's own past decides what is usual, past incidents do not."""

import datetime as dt

import numpy as np
import pytest
from rule_rows import Queue

from agents.rules.baseline import KEPT_POINTS, Baselines, basis_of, read_signal, slot_of
from agents.state.store import StateStore


def points(values: list[float], size: int = 100) -> list[tuple[int, int]]:
    """Intervals of `size` contacts with these service levels."""
    return [(round(value * size), size) for value in values]


STEADY = [0.78, 0.82, 0.80, 0.79, 0.81] * 6


class TestBasis:
    """Laney's p' over a slot's past."""

    def test_follows_the_formula(self) -> None:
        """Pooled mean and the mean moving range of the z's / 1.128, computed here."""
        basis = basis_of(points(STEADY))
        mean = float(np.mean(STEADY))
        z = (np.array(STEADY) - mean) / np.sqrt(mean * (1 - mean) / 100)
        assert basis.centre == pytest.approx(mean)
        assert basis.sigma_z == pytest.approx(float(np.abs(np.diff(z)).mean()) / 1.128)

    def test_past_incidents_do_not_widen_it(self) -> None:
        """Three days at 10 % among thirty leave centre and spread as they were."""
        clean, troubled = basis_of(points(STEADY)), basis_of(points([*STEADY[:15], 0.1, 0.1, 0.1, *STEADY[15:]]))
        assert troubled.centre == pytest.approx(clean.centre, abs=0.002)
        assert troubled.sigma_z == pytest.approx(clean.sigma_z, rel=0.1)

    @pytest.mark.parametrize("level", [0.0, 1.0])
    def test_a_past_without_spread_still_allows_for_chance(self, level: float) -> None:
        """After twenty perfect days one contact in a hundred is no signal, half of them are."""
        basis = basis_of(points([level] * 20))
        assert 0 < basis.centre < 1
        assert read_signal(basis, 50, 100).signal in {"low", "high"}

    def test_the_same_level_every_day_takes_binomial_spread(self) -> None:
        """No moving range at all: sigma_z is 1."""
        assert basis_of(points([0.8] * 20)).sigma_z == 1.0


class TestSignal:
    """One interval against the limits."""

    def test_low_and_high_are_beyond_three_sigma(self) -> None:
        """Limits are centre +- 3 sigma_z sqrt(pbar (1 - pbar) / n); a point on a limit is usual."""
        basis = basis_of(points(STEADY))
        reach = 3 * basis.sigma_z * (basis.centre * (1 - basis.centre) / 400) ** 0.5
        low, high = (basis.centre - reach) * 400, (basis.centre + reach) * 400
        assert read_signal(basis, low - 0.01, 400).signal == "low"
        assert read_signal(basis, low + 0.01, 400).signal == "usual"
        assert read_signal(basis, high - 0.01, 400).signal == "usual"
        assert read_signal(basis, high + 0.01, 400).signal == "high"

    def test_smaller_intervals_have_wider_limits(self) -> None:
        """40 of 50 hold a level that 400 contacts would not."""
        basis = basis_of(points(STEADY))
        assert read_signal(basis, 0.72 * 400, 400).signal == "low"
        assert read_signal(basis, 36, 50).signal == "usual"


class TestBaselines:
    """Points by slot, in cells."""

    def test_needs_twenty_points(self) -> None:
        """The twentieth has none before it that suffice, the twenty-first has."""
        baselines = Baselines(StateStore({}, "sales"))
        slot = slot_of(0, 600)
        found = [baselines.read(slot, "S1", point, 20).signal for point in points(STEADY[:21])]
        assert found == ["no_baseline"] * 20 + ["usual"]

    def test_slots_and_day_classes_are_apart(self) -> None:
        """Monday to Friday are one class, Saturday and Sunday one each; 10:00 and 10:30 are two slots."""
        assert {slot_of(day, 600) for day in range(5)} == {slot_of(0, 600)}
        assert len({slot_of(4, 600), slot_of(5, 600), slot_of(6, 600), slot_of(4, 630)}) == 4
        baselines = Baselines(StateStore({}, "sales"))
        for point in points(STEADY):
            baselines.read(slot_of(0, 600), "S1", point, 20)
        assert baselines.read(slot_of(0, 630), "S1", (80, 100), 20).signal == "no_baseline"
        assert baselines.read(slot_of(5, 600), "S1", (80, 100), 20).signal == "no_baseline"

    def test_counts_made_otherwise_are_no_baseline(self) -> None:
        """Another definition or threshold begins anew."""
        baselines = Baselines(StateStore({}, "sales"))
        for point in points(STEADY):
            baselines.read(slot_of(0, 600), "S1 20000", point, 20)
        assert baselines.read(slot_of(0, 600), "S1 15000", (80, 100), 20).signal == "no_baseline"

    def test_keeps_the_latest_points_only(self) -> None:
        """A year at 50 % is forgotten after sixty days at 80 %."""
        baselines = Baselines(StateStore({}, "sales"))
        slot = slot_of(0, 600)
        for point in points([0.5, 0.52] * 100):
            baselines.read(slot, "S1", point, 20)
        for point in points([0.79, 0.81] * (KEPT_POINTS // 2)):
            baselines.read(slot, "S1", point, 20)
        reading = baselines.read(slot, "S1", (80, 100), 20)
        assert (reading.signal, reading.centre) == ("usual", pytest.approx(0.80))

    def test_a_close_rewrites_one_small_cell(self) -> None:
        """A final interval rewrites one hour of one day class, however long the history is."""
        store: dict[bytes, bytes] = {}
        cells = StateStore(store, "sales")
        baselines = Baselines(cells)
        for _ in range(60):
            for minute in range(0, 1440, 15):
                baselines.read(slot_of(0, minute), "S1", (80, 100), 20)
        cells.commit(b"").apply(store)
        baselines.read(slot_of(0, 600), "S1", (80, 100), 20)
        written = cells.commit(b"").cells
        assert len(written) == 1
        assert len(written[0][1]) < 3_000


class TestUnusual:
    """2.2 and 2.G.A: the signal in the result, and the rule on it."""

    RULES = {"service_level_unusual": {"intervals": 2, "of_last": 3, "critical": 3}}  # noqa: RUF012 - read only

    def _with_history(self) -> Queue:
        queue = Queue(self.RULES)
        for day in range(30):
            date = dt.date(2026, 1, 5) + dt.timedelta(days=day)
            for half in range(24):
                start = f"{date}T{8 + half // 2:02d}:{30 * (half % 2):02d}"
                queue.interval(start, level=0.80 + 0.02 * ((day + half) % 3 - 1))
        queue.events.clear()
        return queue

    def test_two_of_three_open_it_and_three_of_three_are_critical(self) -> None:
        """Low, usual, low: opened at the third; then low again and again."""
        queue = self._with_history()
        for level in (0.4, 0.8, 0.41, 0.42, 0.43):
            queue.interval(f"2026-02-04T{'08:00' if level == 0.4 else ''}" if level == 0.4 else None, level=level)
        records = queue.records("service_level_unusual")
        assert [(r["state"], r["severity"]) for r in records] == [
            ("opened", "warning"),
            ("updated", "warning"),
            ("updated", "critical"),
        ]
        assert records[0]["first_interval_start"] == "2026-02-04T08:00:00Z"
        assert records[0]["limit"] < 0.8

    def test_low_usual_usual_low_is_not_enough(self) -> None:
        """Only the last three count."""
        queue = self._with_history()
        queue.interval("2026-02-04T08:00", level=0.4)
        for level in (0.8, 0.8, 0.4, 0.8, 0.8):
            queue.interval(level=level)
        assert queue.records("service_level_unusual") == []

    def test_rows_carry_the_signal(self) -> None:
        """Low, usual and high."""
        queue = self._with_history()
        queue.interval("2026-02-04T08:00", level=0.4)
        queue.interval(level=0.8)
        queue.interval(level=1.0)
        assert [row["signal"] for row in queue.rows[-3:]] == ["low", "usual", "high"]

    def test_a_missing_interval_has_no_signal_and_no_place_in_history(self) -> None:
        """Nor has one whose counts fail a check."""
        queue = self._with_history()
        queue.interval("2026-02-04T08:00", integrity="exceeds_answered", level=0.0)
        assert queue.rows[-1]["signal"] == "no_baseline"

    def test_five_minutes_are_not_charted(self) -> None:
        """A service level of five minutes is noise."""
        queue = Queue(interval_minutes=5, hours=None)
        for day in range(1, 29):
            queue.interval(f"2026-03-{day:02d}T10:00")
        assert {row["signal"] for row in queue.rows} == {"no_baseline"}
