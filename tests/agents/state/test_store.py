"""Cells over a store that writes one key at a time: what counts is what the head says."""

import msgspec
import pytest
from engine import QUEUE

from agents.state.store import (
    LARGEST_BYTES,
    Commit,
    StateStore,
    is_entry,
    manifest_keys,
    queue_of,
    read_manifests,
    whole,
)
from config.errors import UserError

Store = dict[bytes, bytes]


def opened(store: Store, writer: str, versions: dict[str, str] | None = None, counter: int = 0) -> StateStore:
    """The cells of a session that goes on from a head that said this."""
    cells = StateStore(store, QUEUE, writer)
    cells.versions, cells.counter = dict(versions or {}), counter
    return cells


def parts(commit: Commit) -> tuple[int, int]:
    """How many cells a commit writes and how many keys it deletes."""
    return len(commit.cells), len(commit.garbage)


def test_what_is_written_is_read_before_and_after_the_commit() -> None:
    """A cell reads as last written, committed or not; a cell never written is not there."""
    store: Store = {}
    cells = opened(store, "a")
    assert cells.read("x") is None
    cells.create("x", b"1")
    assert (cells.read("x"), store, cells.dirty) == (b"1", {}, True)
    cells.commit(b"head").apply(store)
    assert (cells.read("x"), cells.dirty) == (b"1", False)


def test_a_cell_is_never_overwritten_while_a_head_points_at_it() -> None:
    """A replaced cell has another key; the old one goes only after the head that no longer needs it."""
    store: Store = {}
    cells = opened(store, "a")
    cells.create("x", b"1")
    cells.commit(b"head 1").apply(store)
    cells.replace("x", b"2")
    commit = cells.commit(b"head 2")
    before = dict(store)
    store.update(commit.cells)
    assert before.items() <= store.items()
    assert parts(commit) == (1, 1)
    for key in commit.garbage:
        del store[key]
    assert opened(store, "b", cells.versions, cells.counter).read("x") == b"2"


def test_two_sessions_never_write_one_key_differently() -> None:
    """Replaced, also right after they were created, cells of two sessions lie beside each other."""
    store: Store = {}
    for writer in "ab":
        cells = opened(store, writer)
        cells.create("x", b"same")
        cells.create("y", b"same")
        cells.replace("y", writer.encode())
        cells.replace("z", writer.encode())
        cells.create(cells.unique("c"), writer.encode())
        written = dict(cells.commit(b"head of " + writer.encode()).cells)
        assert all(store.get(key, value) == value for key, value in written.items())
        store |= written


def test_each_session_has_a_head_and_the_old_ones_go_later() -> None:
    """Heads are found by queue, and deleted after the commit that forgets them."""
    store: Store = {}
    for writer in "abc":
        opened(store, writer).commit(b"of " + writer.encode()).apply(store)
    keys = manifest_keys(store)[QUEUE]
    assert sorted(store[key] for key in keys) == [b"of a", b"of b", b"of c"]
    cells = opened(store, "d")
    cells.forget_manifests(key for key in keys if store[key] != b"of b")
    cells.commit(b"of d").apply(store)
    assert sorted(store.values()) == [b"of b", b"of d"]


def test_what_is_removed_is_deleted_after_the_head() -> None:
    """Removed cells are no longer read, and their keys are in `garbage`; a name written again is not deleted."""
    store: Store = {}
    cells = opened(store, "a")
    cells.create("x", b"1")
    cells.create("y", b"1")
    cells.commit(b"head").apply(store)
    cells.remove(["x"])
    assert parts(cells.commit(b"head")) == (0, 1)
    cells.replace("y", b"2")
    cells.replace("y", b"3")
    commit = cells.commit(b"head")
    assert parts(commit) == (1, 1)
    assert commit.cells[0][1] == b"3"


def test_a_lost_cell_is_told() -> None:
    """A store that has lost what its head rests on must not be gone on from."""
    with pytest.raises(KeyError, match=r"sales.*rules"):
        opened({}, "a").require("rules")


def test_keys_name_their_queue() -> None:
    """The keys of a queue of any name are told from another's."""
    store: Store = {}
    for queue in ("sales", "sales.eu", "head.", "客服", "a b"):
        cells = StateStore(store, queue, "s")
        cells.create("x", b"")
        cells.commit(b"").apply(store)
    assert sorted(manifest_keys(store)) == sorted(["sales", "sales.eu", "head.", "客服", "a b"])
    assert {queue_of(key) for key in store} == set(manifest_keys(store))


def test_another_session_s_cells_are_left_to_the_next_to_delete() -> None:
    """The worker that wrote them may rest on them still; a session's own go at once."""
    store: Store = {}
    first = opened(store, "a")
    inherited = first.unique("c")
    first.create(inherited, b"")
    first.commit(b"").apply(store)
    second = opened(store, "b", counter=first.counter)
    own = second.unique("c")
    second.create(own, b"")
    second.replace_foreign([inherited])
    second.commit(b"").apply(store)
    assert second.read(inherited) == b""
    assert second.inherited == [inherited]
    second.replace_foreign([own])
    second.commit(b"").apply(store)
    assert second.read(own) is None


# --- what no broker would take ----------------------------------------------------------------------

LARGE = bytes(range(256)) * (LARGEST_BYTES // 100)
"""More than two entries hold."""


def sizes(commit: Commit) -> list[int]:
    """Bytes of each value that a commit writes."""
    return [len(value) for _, value in [*commit.cells, commit.manifest]]


def test_a_large_cell_is_split_and_read_whole() -> None:
    """No entry is over the limit; the parts go with their cell, when it is replaced and when it is removed."""
    store: Store = {}
    cells = opened(store, "a")
    cells.create("x", LARGE)
    commit = cells.commit(b"head 1")
    assert max(sizes(commit)) <= LARGEST_BYTES
    commit.apply(store)
    assert cells.read("x") == LARGE
    cells.replace("x", LARGE[1:])
    cells.commit(b"head 2").apply(store)
    assert opened(store, "b", cells.versions, cells.counter).require("x") == LARGE[1:]
    cells.remove(["x"])
    cells.commit(b"head 3").apply(store)
    assert list(store) == [f"{QUEUE}\0head.a".encode()]


def test_a_large_manifest_is_split_and_commits_at_one_point() -> None:
    """Its parts are cells that overwrite none of the manifest's before; so it counts when its own entry is there."""
    store: Store = {}
    cells = opened(store, "a")
    for step in range(4):
        before = dict(store)
        commit = cells.commit(LARGE[step:])
        assert max(sizes(commit)) <= LARGEST_BYTES
        store.update(commit.cells)
        assert before.items() <= store.items()
        if before:
            assert whole(store, commit.manifest[0]) == LARGE[step - 1 :]
        commit.apply(store)
        assert whole(store, commit.manifest[0]) == LARGE[step:]
        assert len(store) == len(commit.cells) + 1
    cells.commit(b"small").apply(store)
    assert store == {f"{QUEUE}\0head.a".encode(): b"small"}
    assert manifest_keys(store) == {QUEUE: [f"{QUEUE}\0head.a".encode()]}


def test_a_part_that_is_lost_is_noticed() -> None:
    """A cell that lacks a part is missing, and a figure is never made of the rest."""
    store: Store = {}
    cells = opened(store, "a")
    cells.create("x", LARGE)
    commit = cells.commit(b"head")
    commit.apply(store)
    del store[commit.cells[1][0]]
    with pytest.raises(KeyError, match="cell x is missing"):
        cells.require("x")


def test_what_is_small_is_written_as_it_always_was() -> None:
    """State up to the limit has the entries that earlier programs read and wrote."""
    cells = opened({}, "a")
    cells.create("x", bytes(LARGEST_BYTES))
    commit = cells.commit(b"head")
    assert commit.cells == [(f"{QUEUE}\0x".encode(), bytes(LARGEST_BYTES))]
    assert commit.manifest == (f"{QUEUE}\0head.a".encode(), b"head")


# --- what others write into the changelog -----------------------------------------------------------


def decoded(blob: bytes) -> int:
    """A manifest of these tests: a number in MessagePack."""
    return msgspec.msgpack.decode(blob, type=int)


@pytest.mark.parametrize("junk", [b"junk", b"\xc1junk", b"\xc1a", b"\xc1a99999999999"])
def test_a_manifest_that_is_none_is_passed_over(junk: bytes) -> None:
    """Junk under a manifest's key stops nothing as long as another manifest counts, or there is no state."""
    store = {b"sales\0head.a": msgspec.msgpack.encode(7), b"sales\0head.b": junk, b"other\0head.": junk}
    assert read_manifests(store, [b"sales\0head.a", b"sales\0head.b"], decoded) == {b"sales\0head.a": 7}
    assert read_manifests(store, [b"other\0head."], decoded) == {}
    with pytest.raises(UserError, match="the state of 'sales' is damaged"):
        read_manifests(store, [b"sales\0head.b"], decoded)


@pytest.mark.parametrize("key", [None, b"", b"no-owner", b"\xff\xfe\0head."])
def test_a_key_that_is_none_of_the_state(key: bytes | None) -> None:
    """A key that nobody of ours can have written is no entry."""
    assert not is_entry(key)
    assert is_entry(b"sales\0i1")
