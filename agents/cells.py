"""A queue's state as named cells over a key-value store, with one point of commit.

A Faust Table writes one key at a time and not atomically, so a crash can fall between two entries. Here
everything but the *head* is written under a key of its own generation and never overwritten while the
head still points at the generation before; writing the head commits. After a crash the head says which
generations count, whatever else was written is not looked at, and the records since are applied again.
The same code runs on a plain dict (replay) and on a Table's contents (live).
"""

from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["HEAD", "Cells", "Commit", "head_key", "split_key"]

HEAD: Final = b"head"
_SEPARATOR: Final = b"\x00"


def head_key(queue: str) -> bytes:
    """Store key of a queue's head."""
    return queue.encode() + _SEPARATOR + HEAD


def split_key(key: bytes) -> tuple[str, bytes]:
    """Queue and cell name (with generation) of a store key."""
    queue, _, name = key.rpartition(_SEPARATOR)
    return queue.decode(), name


class Commit:
    """One commit of one queue: write `cells`, then `head`, then delete `stale`; each step before the next."""

    __slots__ = ("cells", "head", "stale")

    def __init__(self, cells: list[tuple[bytes, bytes]], head: tuple[bytes, bytes], stale: list[bytes]) -> None:
        self.cells = cells
        self.head = head
        self.stale = stale

    def apply(self, store: dict[bytes, bytes]) -> None:
        """Make the commit in a mapping that is atomic by itself."""
        store.update(self.cells)
        store[self.head[0]] = self.head[1]
        for key in self.stale:
            store.pop(key, None)


class Cells:
    """Reads and writes of one queue's cells, held back until `commit`.

    Args:
        store: the committed entries, keys as `head_key` and `commit` make them; only read from.
        queue: the queue's name.
    """

    def __init__(self, store: Mapping[bytes, bytes], queue: str) -> None:
        self._store = store
        self._prefix = queue.encode() + _SEPARATOR
        self.generations: dict[str, int] = {}
        """Generation of every cell that has one other than 0; part of the head."""
        self._written: dict[str, bytes] = {}
        self._stale: list[bytes] = []

    def head(self) -> bytes | None:
        """The committed head, None for a queue that has none."""
        return self._store.get(self._prefix + HEAD)

    def read(self, name: str) -> bytes | None:
        """A cell as last written, committed or not."""
        written = self._written.get(name)
        if written is not None:
            return written
        return self._store.get(self._key(name, self.generations.get(name, 0)))

    def require(self, name: str) -> bytes:
        """A cell that the head says is there.

        Raises:
            KeyError: it is not: the store has lost an entry, and its figures cannot be trusted.
        """
        value = self.read(name)
        if value is None:
            raise KeyError(f"state of {self._prefix[:-1].decode()}: cell {name} is missing")
        return value

    def create(self, name: str, value: bytes) -> None:
        """Write a cell whose name no committed head knows, under generation 0."""
        self._written[name] = value

    def replace(self, name: str, value: bytes) -> None:
        """Write a cell that may exist, under its next generation."""
        if name not in self._written:
            generation = self.generations.get(name, 0)
            self._stale.append(self._key(name, generation))
            self.generations[name] = generation + 1
        self._written[name] = value

    def remove(self, names: Iterable[str]) -> None:
        """Forget cells; their entries are deleted after the commit. A name once removed is not used again."""
        for name in names:
            self._written.pop(name, None)
            self._stale.append(self._key(name, self.generations.pop(name, 0)))

    @property
    def dirty(self) -> bool:
        """Whether anything waits for a commit."""
        return bool(self._written or self._stale)

    def commit(self, head: bytes) -> Commit:
        """Everything written since the last commit, to be stored in the order that `Commit` states."""
        cells = [(self._key(name, self.generations.get(name, 0)), value) for name, value in self._written.items()]
        written = {key for key, _ in cells}
        commit = Commit(cells, (self._prefix + HEAD, head), [key for key in self._stale if key not in written])
        self._written, self._stale = {}, []
        return commit

    def _key(self, name: str, generation: int) -> bytes:
        return self._prefix + (name if not generation else f"{name}@{generation}").encode()
