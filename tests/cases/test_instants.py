"""Worked cases of instants: clocks out of step, and the hour that occurs twice."""

from pathlib import Path

from case_runs import replayed, rows_of


def figures(url: str, *names: str) -> dict[str, tuple[object, ...]]:
    """These columns by the start of each interval with contacts."""
    return {row["interval_start"][11:16]: tuple(row[name] for name in names) for row in rows_of(url) if row["offered"]}


def test_after_adds_a_day_over_midnight_alone(shared_cases: Path, tmp_path: Path) -> None:
    """A clock ten seconds back is the clock skew's business; one of almost a day back is the next day's."""
    url = replayed(shared_cases / "after-adds-a-day", tmp_path, calls="data.csv")
    assert figures(url, "offered", "asa_seconds") == {"09:00": (2, 5.0), "23:30": (1, 15.0)}
    (letter,) = rows_of(url, "dead-letters")
    assert (letter["offset"], letter["reason"].split(":")[0]) == (3, "exited_at")


def test_clocks_out_of_step_cost_no_call_within_the_skew(shared_cases: Path, tmp_path: Path) -> None:
    """A wait that clocks make negative is 0 up to `clock_skew_seconds`, and a dead letter beyond."""
    expected = {"config.yaml": (4, 3, 1, 2), "config10.yaml": (5, 4, 1, 2)}
    for config, (offered, answered, abandoned, wait) in expected.items():
        folder = tmp_path / config
        folder.mkdir()
        url = replayed(shared_cases / "clocks-out-of-step", folder, config=config, z="calls.csv")
        rows = [row for row in rows_of(url) if row["offered"]]
        assert [tuple(row[name] for name in ("offered", "answered", "abandoned", "wait_seconds")) for row in rows] == [
            (offered, answered, abandoned, wait)
        ]
        assert rows[0]["service_level"] == answered / offered
        dead = [(letter["offset"], letter["reason"].split(":")[0]) for letter in rows_of(url, "dead-letters")]
        assert dead == ([(3, "exited_at")] if offered == 4 else [])


def test_both_hours_of_an_interval_file_count(shared_cases: Path, tmp_path: Path) -> None:
    """The first of two rows of one local name is the first hour, however busy it was."""
    expected = {
        "intervals.csv": [(28, 25), (26, 24), (22, 14), (24, 12)],
        "intervals_busier_second.csv": [(28, 25), (26, 24), (42, 14), (44, 12)],
    }
    for file, counts in expected.items():
        (tmp_path / file).mkdir()
        url = replayed(shared_cases / "dst-twin-hours", tmp_path / file, acd=file)
        found = figures(url, "offered", "answered_within")
        assert [found[start] for start in ("00:00", "00:30", "01:00", "01:30")] == counts


def test_calls_of_the_repeated_hour_are_as_short_as_they_can_be(shared_cases: Path, tmp_path: Path) -> None:
    """Each call is in its own hour, and none waits an hour; `after` changes nothing."""
    for name in ("calls", "calls_after"):
        (tmp_path / name).mkdir()
        url = replayed(shared_cases / "dst-twin-hours", tmp_path / name, **{name: "calls.csv"})
        found = figures(url, "offered", "asa_seconds")
        assert found == {
            "23:30": (1, 15.0), "00:00": (1, 12.0), "00:30": (1, 25.0), "01:00": (1, 10.0), "01:30": (1, 14.0),
        }  # fmt: skip
