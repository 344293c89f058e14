"""Data frames of a history: the database's own sums, the right types, local days, errors in one line."""

import datetime as dt
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from history_rows import a_day, chained, instant, result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_rows import breach, evaluation, history, interval

import intervalwatch
from config.errors import UserError
from streams.columns import COUNT_COLUMNS, RESULT_COLUMNS
from streams.history.frames.spans import span_of
from streams.history.incidents.columns import INCIDENT_COLUMNS
from streams.history.store import Store
from streams.journal.entry import entry

COUNTS = st.one_of(st.none(), st.integers(0, 10**9))
METHODS = ("intervals", "incidents", "groups", "evaluations", "journal")


def url_of(folder: Path) -> str:
    """The history that `report_rows.history` writes there."""
    return f"sqlite:///{folder / 'history.db'}"


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(COUNTS, COUNTS, st.one_of(st.none(), st.floats(0, 1e9))), min_size=1, max_size=8))
def test_sums_of_the_frame_are_those_of_the_table(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[Any, ...]]
) -> None:
    """By SQL over the latest revisions; where nothing was reported both have nothing."""
    folder = tmp_path_factory.mktemp("sums")
    rows = []
    for number, (offered, answered, seconds) in enumerate(values):
        figures = {"offered": offered, "answered": answered, "wait_seconds": seconds}
        rows.append(result("sales", number, revision=1, offered=77))
        rows.append(result("sales", number, revision=2, status="corrected", **figures))
    history(folder, rows).close()
    frame = intervalwatch.History(url_of(folder)).intervals()
    with sqlite3.connect(folder / "history.db") as database:
        sums = database.execute(
            "SELECT sum(offered), sum(answered), sum(wait_seconds), count(*) FROM interval_results AS r WHERE revision"
            " = (SELECT max(revision) FROM interval_results WHERE queue = r.queue AND interval_start = r.interval_start"
            ")"
        ).fetchone()
    for name, expected in zip(("offered", "answered", "wait_seconds"), sums, strict=False):
        total = frame[name].sum(min_count=1)
        assert (None if total is pd.NA else total) == (expected if expected is None else pytest.approx(expected))
    assert len(frame) == sums[3]


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_history_gives_the_types_of_a_full_one(tmp_path: Path, method: str) -> None:
    """But for the zone, which an empty history does not know."""
    (tmp_path / "full").mkdir()
    with history(tmp_path / "full", [interval("sales", "2026-03-02T09:00:00Z", 80, 100)]) as store:
        store.write_breaches([breach("b", 1, "opened", "2026-03-02T09:00:00Z")])
        store.write_evaluations([evaluation(1, passed=None, handled_at="2026-03-02T09:00:00Z")])
        store.append_journal(entry("b", "Ana", "2026-03-02T10:00:00Z", cause="a bill"))
    Store(f"sqlite:///{tmp_path}/empty.db").close()
    empty = getattr(intervalwatch.History(f"sqlite:///{tmp_path}/empty.db"), method)()
    full = getattr(intervalwatch.History(url_of(tmp_path / "full")), method)()
    assert len(empty) == 0
    assert len(full) > 0

    def kinds(frame: pd.DataFrame) -> dict[str, str]:
        return {name: str(kind).replace("UTC", "Europe/Madrid") for name, kind in frame.dtypes.items()}

    assert kinds(empty) == kinds(full)


def test_types_keep_what_is_missing_apart(tmp_path: Path) -> None:
    """A missing interval has no counts; instants are in the site's zone, the queue's clock stands beside them."""
    history(tmp_path, []).close()
    with Store(url_of(tmp_path)) as store:
        store.write_results(a_day())
    frame = intervalwatch.History(url_of(tmp_path)).intervals(queue="sales")
    gone = frame[frame["status"] == "missing"].iloc[0]
    assert tuple(frame) == RESULT_COLUMNS
    assert all(frame[name].dtype == "Int64" for name in COUNT_COLUMNS)
    assert gone["offered"] is pd.NA
    assert gone["service_level"] is pd.NA
    assert str(frame["interval_start"].dtype) == "datetime64[ms, Europe/Madrid]"
    assert gone["interval_start"] == pd.Timestamp("2026-03-02T10:30:00Z")
    assert gone["interval_start_local"] == pd.Timestamp("2026-03-02T11:30:00")
    assert len(intervalwatch.History(url_of(tmp_path)).intervals(queue="sales", latest_only=False)) == len(frame) + 2


@pytest.mark.parametrize("day", ["2026-03-29", dt.date(2026, 3, 29), "2026-03-29T00:00:00+01:00"])
def test_a_day_is_the_local_day_of_the_site(tmp_path: Path, day: Any) -> None:
    """The day the clock goes forward has 23 hours: 46 half hours, from local midnight to local midnight."""
    start = dt.datetime(2026, 3, 28, 20, tzinfo=dt.UTC)
    rows = [interval("sales", instant(start + n * dt.timedelta(minutes=30)), 8, 10) for n in range(80)]
    history(tmp_path, rows).close()
    frame = intervalwatch.History(url_of(tmp_path)).intervals(day, dt.datetime(2026, 3, 29, 22, tzinfo=dt.UTC))
    assert len(frame) == 46
    assert set(frame["interval_start_local"].dt.date) == {dt.date(2026, 3, 29)}


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        ("2026-03-02", "2026-03-02", "is not after begin"),
        ("2026-03-03", "2026-03-02T00:00:00Z", "is not after begin"),
        ("2026-02-30", None, "begin: '2026-02-30' is neither"),
        (None, "2026-03-02T10:00:00", "end: '2026-03-02T10:00:00' is neither"),
        (dt.datetime(2026, 3, 2), None, "is neither"),  # noqa: DTZ001 - a datetime without a zone is the case
        (20260302, None, "begin: 20260302 is neither"),
    ],
)
def test_a_moment_that_cannot_be_is_told_in_one_line(begin: Any, end: Any, said: str) -> None:
    """The moment is named, with what to write instead."""
    with pytest.raises(UserError) as raised:
        span_of(begin, end, "Europe/Madrid")
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("url", ["nonsense", "mysql://u:secret@h/d", "sqlite:///nowhere/none.db", "sqlite:///{}", None])
def test_what_is_no_history_is_told_in_one_line(tmp_path: Path, url: Any) -> None:
    """At once, not at the first frame, and without a password."""
    (tmp_path / "other.db").write_text("no database at all, but text", encoding="utf-8")
    with pytest.raises(UserError) as raised:
        intervalwatch.History(url and url.format(tmp_path / "other.db"))
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_names_that_history_does_not_know_are_errors(tmp_path: Path) -> None:
    """An empty frame would hide a slip of the pen; a group's kind and id likewise."""
    history(tmp_path, [interval("sales", "2026-03-02T09:00:00Z", 80, 100)]).close()
    frames = intervalwatch.History(url_of(tmp_path))
    for ask in (
        lambda: frames.intervals(queue="sale"),
        lambda: frames.incidents(program="retial"),
        lambda: frames.groups(kind="queue"),
        lambda: frames.groups(group="retial"),
    ):
        with pytest.raises(UserError, match=r"sale|retial|queue"):
            ask()


def test_frames_of_a_snapshot_are_of_one_moment(tmp_path: Path) -> None:
    """A row that is written between two calls shows in neither, and after it in both."""
    rows = chained([interval("sales", f"2026-03-02T{hour:02}:00:00Z", 80, 100) for hour in (9, 10)])
    with history(tmp_path, []) as store:
        store.write_results(rows[:1])
        frames = intervalwatch.History(url_of(tmp_path))
        with frames.snapshot():
            before = frames.intervals()
            store.write_results(rows[1:])
            assert len(frames.intervals()) == len(before) == 1
        assert len(frames.intervals()) == 2


def test_incidents_are_whole_and_of_the_span_in_which_they_began(tmp_path: Path) -> None:
    """One that ends in April is a row of March, with its end; severity is ordered."""
    start, end = "2026-03-31T21:30:00Z", "2026-03-31T23:00:00Z"
    with history(tmp_path, [interval("sales", start, 8, 10)]) as store:
        store.write_breaches([breach("b", 1, "opened", start), breach("b", 2, "resolved", end, severity="critical")])
    frames = intervalwatch.History(url_of(tmp_path))
    march = frames.incidents("2026-03-01", "2026-04-01")
    assert tuple(march) == INCIDENT_COLUMNS
    assert (march["severity"] >= "critical").all()
    assert len(march) == 1
    assert len(frames.incidents("2026-04-01", "2026-05-01")) == 0


def test_commands_do_not_wait_for_pandas() -> None:
    """The package is imported without it; it comes with `History`."""
    code = "import sys, intervalwatch; assert 'pandas' not in sys.modules; intervalwatch.History; sys.modules['pandas']"
    subprocess.run([sys.executable, "-c", code], check=True)
