"""Files that are followed: however a log is turned over, no row is lost and none comes twice."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from sources import delimited

from config.errors import UserError
from streams.records import Contact
from streams.sources import following
from streams.sources.batch import DeadLetter
from streams.sources.delimited.reader import read_text
from streams.sources.following import growing

HEADER = "id,queue,at\n"
SOURCE = delimited(format="csv", record="contact", columns={"contact_id": "id", "queue": "queue", "offered_at": "at"})


def row(name: str) -> str:
    """A row of the contact `name`."""
    return f"{name},sales,2026-03-02T10:00:00Z\n"


def rows(*names: str) -> str:
    """Rows of contacts."""
    return "".join(map(row, names))


class Follower:
    """Follows a file in a thread of its own."""

    def __init__(self, path: Path, encoding: str = "utf-8") -> None:
        self.path = path
        self.ids: list[str] = []
        self.numbers: list[int] = []
        self.dead: list[DeadLetter] = []
        self.fault: UserError | None = None
        Thread(target=self._follow, args=(encoding,), daemon=True).start()

    def _follow(self, encoding: str) -> None:
        try:
            for batch in read_text(
                growing(str(self.path), encoding),
                SOURCE,
                file=str(self.path),
                site_timezone="UTC",
                queue_length=lambda _queue, _program: 1_800_000,
                skew_ms=lambda _: 5000,
            ):
                self.ids += [record.contact_id for record in batch.records if isinstance(record, Contact)]
                self.numbers += batch.rows
                self.dead += batch.dead
        except UserError as error:
            self.fault = error

    def wait(self, *ids: str, dead: int = 0) -> None:
        """Wait for exactly these contacts, in this order, and so many dead letters."""
        until(lambda: self.fault is not None or (len(self.ids) >= len(ids) and len(self.dead) >= dead))
        assert self.fault is None
        assert (self.ids, len(self.dead)) == (list(ids), dead)


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, 20 seconds at most."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a log lies, looked at often."""
    monkeypatch.setattr(following, "_POLL_SECONDS", 0.01)
    path = tmp_path / "calls.csv"
    path.write_text(HEADER + rows("a", "b"), encoding="utf-8")
    yield path
    # Ends the thread: a folder cannot be followed.
    path.unlink(missing_ok=True)
    path.mkdir()


def append(path: Path, text: str) -> None:
    """Write to a log as its writer does."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize("size", [1, 500])
@pytest.mark.parametrize("header", [HEADER, "", "at,id,more,queue\n"])
def test_a_log_that_is_renamed_is_read_to_its_end_and_then_its_successor(path: Path, size: int, header: str) -> None:
    """The new file is longer or shorter, with the same header, another order of columns, or none at all."""
    follower = Follower(path)
    follower.wait("a", "b")
    old = path.with_suffix(".1")
    path.rename(old)
    append(old, row("c"))
    new = [f"n{number}" for number in range(size)]
    text = rows(*new) if "more" not in header else "".join(f"2026-03-02T10:00:00Z,{name},x,sales\n" for name in new)
    path.write_text(header + text, encoding="utf-8")
    follower.wait("a", "b", "c", *new)
    append(path, row("z") if "more" not in header else "2026-03-02T10:00:00Z,z,x,sales\n")
    follower.wait("a", "b", "c", *new, "z")
    assert follower.numbers == list(range(1, len(new) + 5))


def test_a_writer_that_keeps_the_renamed_file_is_followed_until_the_new_one_holds_something(path: Path) -> None:
    """An empty successor is not the log yet."""
    follower = Follower(path)
    follower.wait("a", "b")
    old = path.with_suffix(".1")
    path.rename(old)
    path.touch()
    for name in "cde":
        append(old, row(name))
        follower.wait(*"abcde"["abcde".index("a") : "abcde".index(name) + 1])
    append(path, HEADER + row("f"))
    follower.wait(*"abcdef")


@pytest.mark.parametrize("header", [HEADER, ""])
@pytest.mark.parametrize("names", ["c", "cdefghij"])
def test_a_log_that_is_copied_and_cut_off_goes_on(path: Path, header: str, names: str) -> None:
    """Whether it is shorter or longer than before when it is looked at again."""
    follower = Follower(path)
    follower.wait("a", "b")
    with path.open("r+b") as file:
        file.truncate(0)
        file.write((header + rows(*names)).encode())
    follower.wait("a", "b", *names)


def test_a_writer_that_goes_on_behind_the_cut_leaves_a_hole(path: Path) -> None:
    """NUL bytes in front of the next row are no part of it."""
    follower = Follower(path)
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        follower.wait("a", "b")
        os.truncate(path, 0)
        file.write(row("c").encode())
        file.flush()
        follower.wait("a", "b", "c")
        file.write(row("d").encode())
    follower.wait("a", "b", "c", "d")


def test_a_file_written_anew_with_the_old_rows_in_front_gives_the_new_ones(path: Path) -> None:
    """An export that takes the old one's place and holds all of it: no row comes twice."""
    follower = Follower(path)
    follower.wait("a", "b")
    fresh = path.with_suffix(".new")
    fresh.write_text(HEADER + rows("a", "b", "c"), encoding="utf-8")
    fresh.replace(path)
    follower.wait("a", "b", "c")
    append(path, row("d"))
    follower.wait("a", "b", "c", "d")


def test_a_row_without_a_line_end_counts_when_its_log_is_left(path: Path) -> None:
    """It is not glued to the first row of the next file."""
    follower = Follower(path)
    follower.wait("a", "b")
    append(path, row("c").rstrip())
    path.rename(path.with_suffix(".1"))
    append(path, rows("d"))
    follower.wait("a", "b", "c", "d")


def test_a_stray_quote_costs_its_own_row(path: Path) -> None:
    """The rows after it are not held back; a cell over several lines is waited for."""
    follower = Follower(path)
    append(path, 'x,"sales,2026-03-02T10:00:00Z\n')
    append(path, rows("c"))
    follower.wait("a", "b", "c", dead=1)
    assert follower.dead[0].reason.startswith("row: a quote opens a cell and is not closed")
    append(path, '"d\n')
    append(path, 'd",sales,2026-03-02T10:00:00Z\n')
    follower.wait("a", "b", "c", "d\nd", dead=1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_first_column(path: Path, encoding: str) -> None:
    """In front of the file, and in front of what a writer appends that opens it each time."""
    path.write_bytes((HEADER + row("a")).encode("utf-8-sig" if encoding == "utf-8" else encoding))
    follower = Follower(path, encoding)
    follower.wait("a")
    with path.open("ab") as file:
        file.write(row("b").encode("utf-8-sig" if encoding != "utf-16" else "utf-16-le"))
        if encoding != "utf-16":
            file.write(b"\xef\xbb\xbf" + row("c").encode())
    follower.wait(*("ab" if encoding == "utf-16" else "abc"))


def test_a_nul_in_a_row_costs_that_row(path: Path) -> None:
    """No database keeps it in a text."""
    follower = Follower(path)
    append(path, row("c\0") + row("d"))
    follower.wait("a", "b", "d", dead=1)
    assert follower.dead[0].reason == "row: holds a NUL character"


def test_what_cannot_be_followed_is_refused_in_one_line(tmp_path: Path) -> None:
    """A file that is not there, a folder, a pipe, another encoding."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bytes").write_bytes(b"a,b\n\xff,1\n")
    for name, problem in (("none", "no such file"), ("", "Is a directory"), ("bytes", "is not utf-8")):
        with pytest.raises(UserError, match=problem):
            list(growing(str(tmp_path / name), "utf-8"))
    writer = Thread(target=lambda: (tmp_path / "pipe").open("wb").close())
    writer.start()
    with pytest.raises(UserError, match="is no regular file"):
        list(growing(str(tmp_path / "pipe"), "utf-8"))
    writer.join()
