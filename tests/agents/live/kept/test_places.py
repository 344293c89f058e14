"""Files that are read on where an earlier run has stopped."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sources import shared

from agents.live.kept.log import Place
from agents.live.kept.places import ResumedReader, is_whole, place_of, same_file, settings_digest
from streams.records import Tick
from streams.sources.batch import Batch, DeadLetter
from streams.sources.source_format import ReadContext


def context(*, follow: bool = False) -> ReadContext:
    """A context whose settings nobody asks for."""
    return ReadContext("UTC", lambda _q, _p: 1, lambda _: 0, lambda: 0, follow)


class Numbers:
    """A reader whose n-th row is a record, filtered (n divisible by 3) or refused (by 5)."""

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = sizes

    def read(self, file: str, context: ReadContext) -> Iterator[Batch]:  # noqa: ARG002 - a reader's signature
        """Batches of the sizes."""
        row = 0
        for size in self.sizes:
            batch = Batch(read=size)
            for row in range(row + 1, row + size + 1):  # noqa: B020 - it goes on from batch to batch
                if row % 3 == 0:
                    batch.filtered += 1
                elif row % 5 == 0:
                    batch.dead.append(DeadLetter(row, "no", "x"))
                else:
                    batch.queues.append("q")
                    batch.records.append(Tick(row))
                    batch.rows.append(row)
            yield batch


def rows(batches: Iterator[Batch], of: Callable[[Batch], list[int]]) -> list[int]:
    """Rows of all batches."""
    return [row for batch in batches for row in of(batch)]


@given(st.lists(st.integers(0, 7), max_size=6), st.integers(0, 40))
def test_rows_behind_a_place_are_all_there_and_no_others(sizes: list[int], skip: int) -> None:
    """However the batches fall, each row behind the place comes once, and the counts are of these rows alone."""
    reader = ResumedReader(Numbers(sizes), skip, whole=False)
    batches = list(reader.read("-", context()))
    whole = list(Numbers(sizes).read("-", context()))
    assert rows(iter(batches), lambda b: b.rows) == [row for row in rows(iter(whole), lambda b: b.rows) if row > skip]
    refused = [row for row in rows(iter(whole), lambda b: [letter.row for letter in b.dead]) if row > skip]
    assert rows(iter(batches), lambda b: [letter.row for letter in b.dead]) == refused
    total = sum(sizes)
    assert reader.rows == total
    assert sum(batch.read for batch in batches) == max(0, total - skip)
    filtered = sum(1 for row in range(skip + 1, total + 1) if row % 3 == 0)
    assert sum(batch.filtered for batch in batches) == filtered


def test_a_row_that_counts_elsewhere_goes_with_its_row() -> None:
    """A record that a row gives a second queue has the row's number less than 0: it is left out with its row, too."""

    class Shared:
        def read(self, file: str, context: ReadContext) -> Iterator[Batch]:  # noqa: ARG002 - a reader's signature
            yield Batch(["a", "b", "a", "b"], [Tick(1), Tick(1), Tick(2), Tick(2)], [1, -1, 2, -2], read=2)

    (batch,) = ResumedReader(Shared(), 1, whole=False).read("-", context())
    assert (batch.queues, batch.rows, batch.read, batch.filtered) == (["a", "b"], [2, -2], 1, 0)


def test_a_last_row_that_may_go_on_is_left_for_later(tmp_path: Path) -> None:
    """Without a line end the last row may not be complete; with one, all rows are."""
    file = tmp_path / "a.csv"
    for text, wanted in ((b"1\n2\n3\n4", [1, 2]), (b"1\n2\n3\n4\n", [1, 2, 4])):
        file.write_bytes(text)
        reader = ResumedReader(Numbers([2, 2]), 0, whole=True)
        assert rows(reader.read(str(file), context()), lambda b: b.rows) == wanted
        assert reader.rows == text.count(b"\n")


def test_a_record_without_a_row_of_its_own_batch_is_kept(tmp_path: Path) -> None:
    """It may be of rows long read, or say what time alone makes so; that of a row left for later waits with it."""

    class Late:
        def read(self, file: str, context: ReadContext) -> Iterator[Batch]:  # noqa: ARG002 - a reader's signature
            yield Batch(["q"] * 3, [Tick(1), Tick(2), Tick(3)], [1, 2, 3], read=3)
            yield Batch(["q"] * 2, [Tick(7), Tick(8)], [1, 3])

    file = tmp_path / "log"
    file.write_bytes(b"1\n2\n3")
    assert rows(ResumedReader(Late(), 2, whole=False).read(str(file), context()), lambda b: b.rows) == [3, 1, 3]
    assert rows(ResumedReader(Late(), 0, whole=True).read(str(file), context()), lambda b: b.rows) == [1, 2, 1]


def test_a_file_is_known_by_its_beginning(tmp_path: Path) -> None:
    """A file that has grown is the same, one that was written anew is another, and none is no file at all."""
    file = tmp_path / "a.csv"
    file.write_text("id,queue\n1,a\n")
    place = place_of(str(file), 1)
    file.write_text("id,queue\n1,a\n2,b\n")
    assert same_file(str(file), place)
    file.write_text("id,queue\n7,a\n2,b\n")
    assert not same_file(str(file), place)
    assert not same_file(str(tmp_path / "none"), place)
    assert not same_file(str(file), Place())


def test_an_object_is_known_by_its_length_too(tmp_path: Path) -> None:
    """An object that was cut off when it was copied, and is whole now, was not read whole."""
    file = tmp_path / "object"
    file.write_bytes(b'{"a": 1} {"a"')
    place = place_of(str(file), 2)
    assert is_whole(str(file), place)
    file.write_bytes(b'{"a": 1} {"a": 2}')
    assert same_file(str(file), place)
    assert not is_whole(str(file), place)
    assert not is_whole(str(tmp_path / "none"), Place())


def test_what_decides_about_rows_is_in_the_digest() -> None:
    """A key, a value, its type, the order of formats, and the zone of naive times make another digest."""
    changes: list[dict[str, Any]] = [
        {},
        {"queues": {"1": "Sales"}},
        {"queues": {"1": "Sale"}},
        {"queues": {"1": "Sales", "2": "x"}},
        {"dates": ["%d/%m/%Y", "%m/%d/%Y"]},
        {"dates": ["%m/%d/%Y", "%d/%m/%Y"]},
        {"timezone": "Europe/Madrid"},
        {"absent": "missing"},
    ]
    sources = [shared(format="avaya_cms", record="interval", **change) for change in changes]
    digests = [settings_digest(source, "UTC") for source in sources]
    assert len({*digests, settings_digest(sources[0], "Europe/Rome")}) == len(changes) + 1
    again = shared(format="avaya_cms", record="interval", queues={"1": "Sales"})
    assert settings_digest(again, "UTC") == digests[1]
    assert settings_digest(sources[6], "Europe/Rome") == digests[6]


def test_input_without_a_beginning_is_read_whole(tmp_path: Path) -> None:
    """Standard input, a folder and an empty file cannot be known again: no row of theirs is left out."""
    empty = tmp_path / "empty.csv"
    empty.touch()
    for path in ("-", str(tmp_path), str(empty)):
        assert not same_file(path, place_of(path, 5))
