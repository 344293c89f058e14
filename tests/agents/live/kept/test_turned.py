"""Logs that were turned over while nobody read them are found by their beginning, and read in their order."""

import gzip
from pathlib import Path

import pytest
from sources import shared

from agents.live.kept.log import Place
from agents.live.kept.places import place_of, same_file
from agents.live.kept.turned import carried, is_turned, with_predecessors
from streams.sources.merge import Input
from streams.sources.registry import open_source

Plan = list[tuple[str, int]]
"""Names of files, and the rows of each that were read."""


def queue_log(folder: Path, name: str = "queue_log") -> Input:
    """A log of Asterisk's."""
    return Input(open_source(shared("pbx", format="queue_log")), str(folder / name), name)


def calls(folder: Path) -> Input:
    """A delimited file, which takes nothing over from another one."""
    columns = {"contact_id": "id", "queue": "queue", "offered_at": "at"}
    return Input(
        open_source(shared("calls", record="contact", columns=columns)), str(folder / "calls.csv"), "calls.csv"
    )


def planned(given: Input, place: Place) -> tuple[Plan, Place]:
    """The files to read, and how far the last one was read, with the file before it."""
    found = with_predecessors([given], lambda _: place)
    return [(Path(each.path).name, min(how_far.rows, 99)) for each, how_far in found], found[-1][1]


def written(folder: Path, **files: str) -> None:
    """Put files there: `queue_log_1` is queue_log.1."""
    for name, text in files.items():
        (folder / name.replace("log_", "log.")).write_text(text, encoding="utf-8")


def test_a_file_that_has_grown_is_read_on_alone(tmp_path: Path) -> None:
    """Nothing was turned over, whatever else lies there."""
    written(tmp_path, queue_log="a\n", queue_log_1="old\n")
    place = place_of(str(tmp_path / "queue_log"), 1)
    written(tmp_path, queue_log="a\nb\n")
    assert planned(queue_log(tmp_path), place)[0] == [("queue_log", 1)]
    assert not is_turned(str(tmp_path / "queue_log"), place)


@pytest.mark.parametrize("turned", ["queue_log.1", "queue_log-20260302", "queue_log.1.gz", "queue_log.12"])
def test_the_rest_of_a_log_that_was_turned_over_comes_first(turned: str, tmp_path: Path) -> None:
    """It is known by its beginning, packed or not, and the new log is read from its first row."""
    written(tmp_path, queue_log="a\nb\n")
    place = place_of(str(tmp_path / "queue_log"), 1)
    content = b"a\nb\nc\n"
    (tmp_path / turned).write_bytes(gzip.compress(content) if turned.endswith("gz") else content)
    written(tmp_path, queue_log="d\n")
    assert is_turned(str(tmp_path / "queue_log"), place)
    plan, last = planned(queue_log(tmp_path), place)
    assert plan == [(turned, 1), ("queue_log", 0)]
    assert same_file(str(tmp_path / turned), Place(0, *last.before))


def test_logs_between_are_read_whole(tmp_path: Path) -> None:
    """Turned over three times: behind the one that was read in part come those after it, the oldest first."""
    place = place_of(str(written(tmp_path, queue_log="a\n") or tmp_path / "queue_log"), 1)
    written(
        tmp_path, queue_log_4="older\n", queue_log_3="a\nb\n", queue_log_2="c\n", queue_log_1="d\n", queue_log="e\n"
    )
    plan, _ = planned(queue_log(tmp_path), place)
    assert plan == [("queue_log.3", 1), ("queue_log.2", 0), ("queue_log.1", 0), ("queue_log", 0)]


def test_a_log_that_was_cut_off_after_it_was_copied_is_the_same_case(tmp_path: Path) -> None:
    """`copytruncate`: the copy begins as what was read, and the log does no more."""
    written(tmp_path, queue_log="a\nb\n")
    place = place_of(str(tmp_path / "queue_log"), 2)
    written(tmp_path, queue_log_1="a\nb\n", queue_log="")
    assert planned(queue_log(tmp_path), place)[0] == [("queue_log.1", 2), ("queue_log", 0)]


def test_without_the_old_log_the_new_one_is_read_alone(tmp_path: Path) -> None:
    """Files with names of other kinds, or that begin otherwise, are none of the log's."""
    written(tmp_path, queue_log="a\n")
    place = place_of(str(tmp_path / "queue_log"), 1)
    written(tmp_path, queue_log="x\n", queue_log_1="other\n", queue_log_bak="a\n", queue_logs="a\n")
    assert planned(queue_log(tmp_path), place)[0] == [("queue_log", 0)]
    assert not is_turned(str(tmp_path / "queue_log"), place)


def test_the_log_before_is_read_again_for_its_open_calls(tmp_path: Path) -> None:
    """All its rows were read, so none is sent; a delimited file carries nothing on, and its old one is left alone."""
    written(tmp_path, queue_log="new\n", queue_log_2="old\n")
    old = place_of(str(tmp_path / "queue_log.2"), 1)
    new = place_of(str(tmp_path / "queue_log"), 1)
    known = Place(new.rows, new.head, new.digest, (old.head, old.digest))
    assert planned(queue_log(tmp_path), known)[0] == [("queue_log.2", 99), ("queue_log", 1)]
    (tmp_path / "calls.csv").write_text("id\n", encoding="utf-8")
    (tmp_path / "calls-1.csv").write_text("old\n", encoding="utf-8")
    now = place_of(str(tmp_path / "calls.csv"), 1)
    then = place_of(str(tmp_path / "calls-1.csv"), 1)
    assert planned(calls(tmp_path), Place(1, now.head, now.digest, (then.head, then.digest)))[0] == [("calls.csv", 1)]


def test_a_file_that_is_named_already_is_not_read_twice(tmp_path: Path) -> None:
    """The older log stands in the command, too, and goes on with its own place."""
    written(tmp_path, queue_log="a\n")
    place = place_of(str(tmp_path / "queue_log"), 1)
    written(tmp_path, queue_log_1="a\nb\n", queue_log="c\n")
    inputs = [queue_log(tmp_path, "queue_log.1"), queue_log(tmp_path)]
    assert [Path(each.path).name for each, _ in with_predecessors(inputs, lambda _: place)] == [
        "queue_log.1",
        "queue_log",
    ]


def test_the_last_file_of_a_source_carries_on_what_is_open(tmp_path: Path) -> None:
    """Those before it are over; of a delimited source each file stands for itself."""
    older, newer = queue_log(tmp_path, "queue_log.1"), queue_log(tmp_path)
    assert carried([older, newer], newer) == [older.path]
    assert carried([older, newer], older) is None
    assert carried([calls(tmp_path), newer], calls(tmp_path)) == []
