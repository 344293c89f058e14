"""Entries of the journal and their chain: each break is found where it is."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UserError
from streams.journal.entry import FIRST_HASH, Entry, chained, entry, entry_hash, problems

AT = "2026-03-02T10:40:00Z"


def chain(count: int) -> list[Entry]:
    """A journal of so many entries."""
    entries: list[Entry] = []
    for number in range(1, count + 1):
        last = entries[-1]["hash"] if entries else FIRST_HASH
        entries.append(chained(entry(f"i{number}", "Ana", AT, note=f"备注 {number}"), number, last))
    return entries


def test_a_hash_is_that_of_the_canonical_json() -> None:
    """Any language can compute it: keys by code point, no blanks, UTF-8, null for what is empty."""
    found = chain(1)[0]
    values = {name: value for name, value in found.items() if name != "hash"}
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert found["hash"] == hashlib.sha256(text.encode()).hexdigest()


def test_an_entry_says_whether_it_acknowledges() -> None:
    """A note alone acknowledges; a cause, an action or an outcome is what was found and done."""
    assert entry("i", " Ana ", AT, note=" seen ")["kind"] == "acknowledged"
    assert entry("i", " Ana ", AT, note=" seen ")["note"] == "seen"
    for name in ("cause", "controllable", "action", "outcome"):
        assert entry("i", "Ana", AT, **{name: "no"})["kind"] == "acted"


@pytest.mark.parametrize(
    ("given_by", "texts", "message"),
    [
        (" ", {}, "by: is empty"),
        ("A" * 81, {}, "by: has 81 characters"),
        ("Ana", {"note": "n" * 2_001}, "note: has 2001 characters"),
        ("Ana", {"cause": "a\0b"}, "cause: holds a NUL character"),
    ],
)
def test_what_cannot_be_kept_is_refused(given_by: str, texts: dict[str, str], message: str) -> None:
    """Nobody, a novel, or what no database keeps."""
    with pytest.raises(UserError, match=message):
        entry("i", given_by, AT, **texts)


def test_a_whole_chain_has_no_problem() -> None:
    """Nothing is wrong with what was written in order."""
    assert list(problems(chain(5))) == []


@given(st.integers(1, 6), st.data())
def test_any_change_breaks_the_chain_at_its_place(count: int, data: st.DataObject) -> None:
    """An entry that is changed, dropped from the middle, doubled or swapped is named by its number."""
    entries: list[Any] = [dict(each) for each in chain(count)]
    place = data.draw(st.integers(0, count - 1))
    match data.draw(st.sampled_from(("change", "rehash", "double", "drop"))):
        case "change":
            entries[place]["note"] = "another"
            assert next(problems(entries))[0] == place + 1
        case "rehash" if place < count - 1:
            entries[place]["note"] = "another"
            entries[place]["hash"] = entry_hash(entries[place])
            assert next(problems(entries))[0] == place + 2
        case "double":
            entries.insert(place, entries[place])
            assert next(problems(entries))[0] == place + 2
        case "drop" if place < count - 1:
            del entries[place]
            assert next(problems(entries))[0] == place + 1
