"""Objects of cloud contact centres with anything among them: every row is counted, and no good object is lost."""

import copy
import gzip
import json
import tempfile
from pathlib import Path
from typing import Any, Final

from cloud_objects import agent_event, connect_record, conversation, group, read_whole, user_details
from fuzzing import fuzz, soon
from hypothesis import given
from hypothesis import strategies as st

from config.errors import UserError
from streams.sources.batch import Batch

STATS: Final = {"nOffered": {"count": 3}, "tAnswered": {"count": 2, "sum": 20_000}, "tHandle": {"count": 2, "sum": 9}}


def good(kind: str, number: int) -> Any:
    """An object that counts, known by its number."""
    match kind:
        case "amazon_connect contact":
            return connect_record(f"good{number}")
        case "amazon_connect agent_state":
            event = agent_event("STATE_CHANGE", f"09:00:{number:02d}")
            event["CurrentAgentSnapshot"]["Configuration"]["Username"] = f"good{number}"
            return event
        case "genesys interval":
            return group(f"good{number}", **copy.deepcopy(STATS))
        case "genesys contact":
            return conversation(f"good{number}")
    return user_details(f"good{number}")


KINDS: Final = {
    "amazon_connect contact": None,
    "amazon_connect agent_state": None,
    "genesys interval": "results",
    "genesys contact": "conversations",
    "genesys agent_state": "userDetails",
}
LEAVES: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            "2026-03-02T09:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59Z",
            "\0",
            "x" * 300,
            "é" * 300,
            "\ud800",
        ]
    ),
    st.sampled_from([10**30, -1, 1e308, float("nan"), float("inf"), 10**400]),
)
VALUES: Final = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def run(kind: str, content: bytes) -> Batch:
    """The rows of a file's content."""
    format_name, record = kind.split()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "objects"
        file.write_bytes(content)
        options: dict[str, Any] = {}
        if kind == "genesys agent_state":
            lines = [f"good{number},sales" for number in range(8)]
            (Path(folder) / "members.csv").write_text("\n".join(lines), encoding="utf-8")
            options = {"members": str(Path(folder) / "members.csv")}
        with soon():
            return read_whole(file, format=format_name, record=record, **options)


def kept(batch: Batch) -> set[str]:
    """The good objects that gave records: by contact, agent, or queue."""
    names = (
        getattr(record, "contact_id", None) or getattr(record, "agent", None) or queue
        for queue, record in zip(batch.queues, batch.records, strict=True)
    )
    return {name for name in names if name.startswith("good")}


def laid(kind: str, layout: str, texts: list[str]) -> str:
    """Texts of objects in a layout of a file."""
    key = KINDS[kind]
    match layout:
        case "lines":
            return "\n".join(texts)
        case "back to back":
            return "".join(texts)
    inside = f"[{','.join(texts)}]"
    return inside if key is None else f'{{"{key}": {inside}, "totalHits": 1}}'


LAYOUTS: Final = st.sampled_from(["lines", "back to back", "list"])


@fuzz()
@given(st.sampled_from([*KINDS]), st.binary(max_size=300), st.sampled_from([b"", b"{", b'{"results": [', b"\x1f\x8b"]))
def test_any_bytes_are_rows_or_one_line(kind: str, content: bytes, head: bytes) -> None:
    """A file of anything is counted by rows, or refused in one line."""
    said = ""
    try:
        run(kind, head + content)
    except UserError as error:
        said = str(error)
    assert "\n" not in said


@fuzz()
@given(st.sampled_from([*KINDS]), LAYOUTS, st.integers(0, 5), st.floats(0, 1), st.data())
def test_half_an_object_never_takes_a_good_one(
    kind: str, layout: str, place: int, share: float, data: st.DataObject
) -> None:
    """Those before and after it count, wherever it was cut off; a list that was cut off costs what it lacks alone."""
    texts = [json.dumps(good(kind, number), indent=data.draw(st.sampled_from([None, 1]))) for number in range(6)]
    size = max(1, int(share * (len(texts[place]) - 1)))
    # Nothing stands between half an object and the next one.
    texts[place : place + 2] = [texts[place][:size] + "".join(texts[place + 1 : place + 2])]
    content = laid(kind, layout, texts)
    found = run(kind, content.encode())
    assert kept(found) >= {f"good{number}" for number in range(6)} - {f"good{place}"}
    assert found.dead


@fuzz()
@given(st.sampled_from([*KINDS]), LAYOUTS, st.floats(0, 1), st.booleans())
def test_a_file_that_ends_early_keeps_what_is_whole(kind: str, layout: str, share: float, compressed: bool) -> None:
    """Objects before the end of a torn file count, and the tear is told, compressed or not."""
    texts = [json.dumps(good(kind, number)) for number in range(6)]
    content = laid(kind, layout, texts).encode()
    whole = gzip.compress(content) if compressed else content
    size = max(2, int(share * (len(whole) - 1)))
    found = run(kind, whole[:size])
    if compressed:
        assert found.dead
        return
    ends = [content.index(text.encode()) + len(text) for text in texts]
    assert kept(found) >= {f"good{number}" for number, end in enumerate(ends) if end <= size}


@fuzz()
@given(st.sampled_from([*KINDS]), LAYOUTS, VALUES, st.data())
def test_any_value_at_any_place_costs_its_object_at_most(
    kind: str, layout: str, value: Any, data: st.DataObject
) -> None:
    """An object in which anything stands at some key is a record, filtered, or a dead letter; the others count."""
    bad = good(kind, 7)
    at = bad
    while True:
        key = data.draw(st.sampled_from([*at] if isinstance(at, dict) else [*range(len(at))]))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            at[key] = value
            break
        at = at[key]
    texts = [json.dumps(one) for one in (good(kind, 0), bad, good(kind, 1))]
    assert kept(run(kind, laid(kind, layout, texts).encode())) >= {"good0", "good1"}
