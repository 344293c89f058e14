"""A queue's state as named cells over a key-value store, with one point of commit.

A Faust Table writes one key at a time and not atomically, so a crash can fall between two entries. Here
everything but the *manifest* is written under a key of its own version, and never overwritten while the
manifest still names the version before; writing the manifest commits. After a crash the manifest says which
versions count, whatever else was written is not looked at, and the records since are applied again.
The same code runs on a plain dict (replay) and on a Table's contents (live).

A version carries the name of the *writer* that made it, and so does a manifest. So a worker that was taken
for dead, and writes once more after another has taken its partition over, writes beside the other's cells,
not into them. The next worker goes on from the manifest that is furthest along: both workers read the
same log, so whatever one of them deleted, the one further along does not need.

No entry is larger than `LARGEST_BYTES`, whatever a queue's data is like: a broker would refuse it for ever. A larger
cell or manifest is split: its parts are entries of their own, and its own entry says how many they are.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Final, Protocol, TypeVar

import msgspec

from config.errors import UserError

__all__ = [
    "LARGEST_BYTES",
    "Commit",
    "StateStore",
    "furthest_manifest",
    "is_entry",
    "is_manifest",
    "manifest_keys",
    "queue_of",
    "reach",
    "read_manifests",
    "whole",
]

log = logging.getLogger("intervalwatch.state")
ManifestT = TypeVar("ManifestT")


class _Reaching(Protocol):
    """A manifest of any owner."""

    applied_offsets: dict[str, int]


ReachingT = TypeVar("ReachingT", bound=_Reaching)

LARGEST_BYTES: Final = 1 << 19
"""The size of a value in the store, and of a message that a worker sends: half of what a broker takes by default."""

_KEPT_MANIFESTS: Final = 3
"""Manifests that stay when a new writer begins: workers that wrote them may go on for a while, further than it."""
_MANIFEST: Final = b"head."
"""Begins the key of a manifest, which keeps the name that states of before have."""
_SEPARATOR: Final = b"\x00"
_SPLIT: Final = b"\xc1"
"""Begins an entry that is split, followed by its turn (`a` or `b`) and the number of its parts. MessagePack never uses
this byte, and JSON cannot begin with it."""
_TURNS: Final = (b"a", b"b")
_SPLIT_ENTRY: Final = re.compile(_SPLIT + rb"[ab]([1-9][0-9]{0,4})")


def queue_of(key: bytes) -> str:
    """The queue that a store key is of."""
    return key.rpartition(_SEPARATOR)[0].decode()


def is_entry(key: bytes | None) -> bool:
    """Whether a key can be of the state: an owner's name, and the name of what is kept of it."""
    if key is None or _SEPARATOR not in key:
        return False
    try:
        key.decode()
    except UnicodeDecodeError:
        return False
    return True


def manifest_keys(keys: Iterable[bytes]) -> dict[str, list[bytes]]:
    """Store keys of manifests by queue: one for each writer of late."""
    found: dict[str, list[bytes]] = {}
    for key in keys:
        if key.rpartition(_SEPARATOR)[2].startswith(_MANIFEST):
            found.setdefault(queue_of(key), []).append(key)
    return found


def is_manifest(key: bytes, value: bytes) -> bool:
    """Whether an entry is the manifest of a state, and no junk under the key of one."""
    if not key.rpartition(_SEPARATOR)[2].startswith(_MANIFEST):
        return False
    if _SPLIT_ENTRY.fullmatch(value):
        return True
    try:
        fields = msgspec.msgpack.decode(value)
    except msgspec.MsgspecError:
        return False
    if not isinstance(fields, list) or not fields or not isinstance(fields[0], dict):
        return False
    return all(isinstance(offset, int) for offset in fields[0].values())


def whole(store: Mapping[bytes, bytes], key: bytes) -> bytes | None:
    """The value under a key, put together where it is split; None: it, or a part of it, is not there."""
    value = store.get(key)
    keys = _part_keys(key, value)
    if not keys:
        return value
    parts = [store.get(part) for part in keys]
    return None if None in parts else b"".join(part for part in parts if part is not None)


def read_manifests(
    store: Mapping[bytes, bytes], keys: Sequence[bytes], decode: Callable[[bytes], ManifestT]
) -> dict[bytes, ManifestT]:
    """The manifests under `keys` that can be read; one that cannot is passed over, as long as another one counts.

    Raises:
        UserError: none can be read, and there are cells: the state is damaged.
    """
    found: dict[bytes, ManifestT] = {}
    for key in keys:
        blob = whole(store, key)
        try:
            if blob is not None:
                found[key] = decode(blob)
        except msgspec.MsgspecError as error:
            log.error("state: the entry %r is no manifest (%s); it is passed over", key, error)  # noqa: TRY400 - a line, no traceback
    if keys and not found:
        prefix = keys[0].rpartition(_SEPARATOR)[0] + _SEPARATOR
        if any(key.startswith(prefix) and key not in keys for key in store):
            raise UserError(
                f"the state of {queue_of(keys[0])!r} is damaged: its manifest cannot be read. Find out who else writes "
                f"into the changelog; delete this state there, and its records are counted anew"
            )
    return found


def _part_keys(key: bytes, value: bytes | None) -> list[bytes]:
    """Keys of the parts of an entry; none where it is not split, or says so in a way that no worker does."""
    split = None if value is None else _SPLIT_ENTRY.fullmatch(value)
    if value is None or split is None:
        return []
    owner, _, name = key.rpartition(_SEPARATOR)
    turn, count = value[1:2], int(split[1])
    # They must not begin as a manifest's key does.
    return [owner + _SEPARATOR + b"part.%s.%d." % (turn, number) + name for number in range(count)]


def _split(key: bytes, value: bytes, before: bytes | None) -> list[tuple[bytes, bytes]]:
    """The entries that hold a value, its own last; `before` is the entry that it overwrites with another value.

    Parts do not overwrite those of the entry before, which counts until its own entry is overwritten.
    """
    if len(value) <= LARGEST_BYTES:
        return [(key, value)]
    turn = _TURNS[before is not None and before[1:2] == _TURNS[0]]
    chunks = [value[at : at + LARGEST_BYTES] for at in range(0, len(value), LARGEST_BYTES)]
    own = b"%s%s%d" % (_SPLIT, turn, len(chunks))
    return [*zip(_part_keys(key, own), chunks, strict=True), (key, own)]


def reach(applied_offsets: Mapping[str, int]) -> tuple[int, int]:
    """How far along a manifest is, of those of one queue.

    The first message of a partition has offset 0, so that the number of sources decides where sums are equal: a queue
    whose partition is new (`agents.live.growing`) has a source more.
    """
    return sum(applied_offsets.values()), len(applied_offsets)


class Commit:
    """One commit of one queue: write `cells`, then `manifest`, then delete `garbage`; each step before the next."""

    __slots__ = ("cells", "garbage", "manifest")

    def __init__(self, cells: list[tuple[bytes, bytes]], manifest: tuple[bytes, bytes], garbage: list[bytes]) -> None:
        self.cells = cells
        self.manifest = manifest
        self.garbage = garbage

    def apply(self, store: MutableMapping[bytes, bytes]) -> None:
        """Make the commit in a mapping that is atomic by itself."""
        store.update(self.cells)
        store[self.manifest[0]] = self.manifest[1]
        for key in self.garbage:
            store.pop(key, None)


class StateStore:
    """Reads and writes of one queue's cells, held back until `commit`.

    Args:
        store: the committed entries, keys as `commit` makes them; only read from.
        queue: the queue's name.
        writer: a name no other live process has; the first version of a cell has none.
    """

    def __init__(self, store: Mapping[bytes, bytes], queue: str, writer: str = "") -> None:
        self._store = store
        self._prefix = queue.encode() + _SEPARATOR
        self._manifest_key = self._prefix + _MANIFEST + writer.encode()
        self._writer = writer
        self.versions: dict[str, str] = {}
        """Version of every cell that is not in its first; part of the manifest."""
        self.counter = 0
        """Versions given so far; part of the manifest, so that none is given twice."""
        self.inherited: list[str] = []
        """Cells of other writers that this one needs no more; part of the manifest, for the next one to delete."""
        self._written: dict[str, bytes] = {}
        self._garbage: list[bytes] = []

    def forget_manifests(self, keys: Iterable[bytes]) -> None:
        """Delete other writers' manifests after the next commit."""
        self._garbage.extend(key for key in keys if key != self._manifest_key)

    def read(self, name: str) -> bytes | None:
        """A cell as last written, committed or not."""
        written = self._written.get(name)
        if written is not None:
            return written
        return whole(self._store, self._key(name, self.versions.get(name, "")))

    def require(self, name: str) -> bytes:
        """A cell that the manifest says is there.

        Raises:
            KeyError: it is not: the store has lost an entry, and its figures cannot be trusted.
        """
        value = self.read(name)
        if value is None:
            raise KeyError(f"state of {self._prefix[:-1].decode()}: cell {name} is missing")
        return value

    def create(self, name: str, value: bytes) -> None:
        """Write a cell that no committed manifest knows and that every writer would write alike."""
        self._written[name] = value

    def unique(self, letter: str) -> str:
        """A cell name that was never used and that no other writer uses."""
        self.counter += 1
        return f"{letter}{self._writer}.{self.counter}"

    def replace(self, name: str, value: bytes) -> None:
        """Write a cell that may exist, under a new version.

        One that was created since the last commit gets a version too: what other writers would write under
        its bare name does not have the change.
        """
        if name not in self._written:
            self._garbage.append(self._key(name, self.versions.get(name, "")))
        if name not in self._written or name not in self.versions:
            self.versions[name] = self.unique("@")
        self._written[name] = value

    def remove(self, names: Iterable[str]) -> None:
        """Forget cells; their entries are deleted after the commit. A name once removed is not used again."""
        for name in names:
            self._written.pop(name, None)
            self._garbage.append(self._key(name, self.versions.pop(name, "")))

    def replace_foreign(self, names: Iterable[str]) -> None:
        """Forget cells of unique names, rewritten at a moment that no record decides.

        The writer whose cells they are may still rest on them: only the writer after this one deletes them.
        """
        for name in names:
            if name[1:].rpartition(".")[0] == self._writer:
                self.remove([name])
            else:
                self._written.pop(name, None)
                self.inherited.append(name)

    @property
    def dirty(self) -> bool:
        """Whether anything waits for a commit."""
        return bool(self._written or self._garbage)

    def commit(self, manifest: bytes) -> Commit:
        """Everything written since the last commit, to be stored in the order that `Commit` states."""
        store, head = self._store, self._manifest_key
        cells: list[tuple[bytes, bytes]] = []
        for name, value in self._written.items():
            key = self._key(name, self.versions.get(name, ""))
            if len(value) <= LARGEST_BYTES:
                cells.append((key, value))
            else:
                cells.extend(_split(key, value, None))
        *parts, own = _split(head, manifest, store.get(head))
        cells.extend(parts)
        written = {key for key, _ in cells}
        garbage = [*self._garbage, *_part_keys(head, store.get(head))]
        garbage.extend(part for key in self._garbage for part in _part_keys(key, store.get(key)))
        self._written, self._garbage = {}, []
        return Commit(cells, own, [key for key in garbage if key not in written])

    def _key(self, name: str, version: str) -> bytes:
        return self._prefix + (name + version).encode()


def furthest_manifest(
    store: Mapping[bytes, bytes], keys: Sequence[bytes], decode: Callable[[bytes], ReachingT], cells: StateStore
) -> ReachingT | None:
    """The manifest that is furthest along; None: there is none.

    Args:
        store: committed state.
        keys: store keys of the owner's manifests.
        decode: reads one.
        cells: the owner's cells; told to forget manifests that nobody goes on from.
    """
    manifests = read_manifests(store, keys, decode)
    if not manifests:
        return None
    furthest_first = sorted(manifests, key=lambda key: (*reach(manifests[key].applied_offsets), key), reverse=True)
    cells.forget_manifests(furthest_first[_KEPT_MANIFESTS:])
    return manifests[furthest_first[0]]
