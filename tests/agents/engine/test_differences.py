"""Figures of final intervals as the state keeps them, and what a correction says."""

import msgspec

from agents.engine.differences import difference, figures_of, result_of
from streams.columns import FIGURE_COLUMNS, RESULT_COLUMNS
from streams.history.chain import columns_of, outside
from streams.results import IntervalResult

NO_FIGURES = {"revision", "status", "breaches", "sources", "reason", "form", "previous_hash", "hash"}


def test_figures_of_form_1_come_first() -> None:
    """The state of an earlier program holds figures without names: those of later forms stand behind them."""
    first = [name for name in columns_of(1) if name not in NO_FIGURES]
    assert list(FIGURE_COLUMNS) == [*first, *(name for name in outside(1) if name not in NO_FIGURES)]
    assert first[-1] == "integrity"


def test_empty_figures_at_the_end_take_no_room() -> None:
    """A result without figures of later forms is kept as an earlier program kept it, and read back whole."""
    row = IntervalResult(queue="sales", interval_start_ms=1_772_443_800_000, offered=4, plan=("on_plan",)).row()
    figures = figures_of(row)
    assert len(figures) == len([name for name in columns_of(1) if name not in NO_FIGURES])
    assert {name: result_of(figures).row()[name] for name in FIGURE_COLUMNS} == {
        name: row[name] for name in FIGURE_COLUMNS
    }
    assert result_of(figures_of(row | {"due": 3})) == msgspec.structs.replace(result_of(figures), due=3)


def test_a_figure_that_came_or_went_is_told() -> None:
    """Lists of different lengths are compared column by column; figures that follow from others make no difference."""
    row: dict[str, object] = dict.fromkeys(RESULT_COLUMNS) | {"offered": 4, "integrity": "ok"}
    before, after = figures_of(row), figures_of(row | {"offered": 5, "overdue": 2, "process_sigma": 1.5})
    assert difference(before, after) == "offered 4 -> 5; overdue not reported -> 2"
    assert difference(after, before) == "offered 5 -> 4; overdue 2 -> not reported"
    assert difference(before, before) == ""
    assert figures_of(row | {"process_sigma": 1.5, "effect_aht": 0.1}) == before
