"""Messages of any content: nothing but records and dead letters comes of them, and good neighbours count."""

import json
from typing import Any, Final

import msgspec
from fuzz_values import DAY, TOKENS
from fuzzing import fuzz, soon
from hypothesis import given
from hypothesis import strategies as st
from messages import CONTACT, EVALUATION, INTERVAL, NOW, PLAN, STATE

from streams.codec import Decoded, decode, encode
from streams.records import RECORD_TYPES, Contact
from streams.told.queue_day import decode_queue_day, encode_queue_day

KINDS: Final = [CONTACT, INTERVAL, PLAN, STATE, EVALUATION, {"type": "tick", "at": "2026-03-02T10:00:00Z"}]
NAMES: Final = sorted({name for record in RECORD_TYPES.values() for name in record.fields} | {"type", "unknown"})


@st.composite
def objects(draw: st.DrawFn) -> str:
    """A record as JSON text in which some fields hold anything."""
    fields = {name: json.dumps(value) for name, value in draw(st.sampled_from(KINDS)).items()}
    fields |= draw(st.dictionaries(st.sampled_from(NAMES), TOKENS, max_size=4))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=2)):
        fields.pop(name, None)
    return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in fields.items()) + "}"


def read(value: bytes, key: str = "sales") -> Decoded:
    """The records and dead letters of a message; whatever that is, it can be sent on."""
    with soon():
        decoded = decode(value, key, 1_800_000, 5_000, NOW)
    for _, fault in decoded.rejected:
        assert 0 < len(fault.reason) <= 500
        assert len(fault.value) <= 4096
        msgspec.json.encode(fault.reason)
    places = [*decoded.places, *(place for place, _ in decoded.rejected)]
    assert sorted(places) == list(range(len(places)))
    again = decode(encode(key, decoded.records), key, 1_800_000, 5_000, NOW)
    assert (list(again.records), list(again.rejected)) == (list(decoded.records), [])
    return decoded


@fuzz()
@given(
    st.binary() | st.text().map(lambda text: text.encode(errors="surrogatepass")), st.sampled_from(["sales", "", "é"])
)
def test_any_bytes_are_records_or_dead_letters(value: bytes, key: str) -> None:
    """Nothing raises."""
    read(value, key)


@fuzz()
@given(objects(), st.sampled_from(["sales", "", "q" * 300]))
def test_any_object_is_a_record_or_a_dead_letter(text: str, key: str) -> None:
    """One object is one of the two, and its queue is the key."""
    decoded = read(text.encode(errors="surrogatepass"), key)
    assert len(decoded.records) + len(decoded.rejected) == 1


@fuzz()
@given(st.lists(objects(), min_size=1, max_size=4), st.integers(0, 7))
def test_good_records_count_beside_any_other(bad: list[str], place: int) -> None:
    """They count whatever stands between them in a message."""
    good: list[dict[str, Any]] = [CONTACT | {"contact_id": f"good {number}"} for number in range(8)]
    texts = [*map(json.dumps, good[:place]), *bad, *map(json.dumps, good[place:])]
    decoded = read(("[" + ",".join(texts) + "]").encode(errors="surrogatepass"))
    accepted = [record.contact_id for record in decoded.records if isinstance(record, Contact)]
    assert [name for name in accepted if name.startswith("good ")] == [one["contact_id"] for one in good]
    assert len(decoded.records) + len(decoded.rejected) == len(good) + len(bad)


@fuzz()
@given(objects(), st.integers(0, 400), st.binary(max_size=3))
def test_a_message_that_was_damaged_on_its_way_raises_nothing(text: str, place: int, put: bytes) -> None:
    """Cut, or with bytes that were none of it."""
    value = f"[{json.dumps(CONTACT)},{text}]".encode(errors="surrogatepass")
    read(value[:place] + put + value[place + 1 :])


@fuzz()
@given(
    st.binary()
    | st.builds(
        lambda name, text: (json.dumps(DAY)[:-1] + f', "{name}": {text}}}').encode(errors="surrogatepass"),
        st.sampled_from([*DAY, "part", "last", "handled_at", "evaluations"]),
        TOKENS,
    )
)
def test_any_day_of_a_program_is_one_or_none(value: bytes) -> None:
    """A message of `program-days` is a queue's day, or it is told that it is none."""
    with soon():
        try:
            day = decode_queue_day(value)
        except msgspec.DecodeError:
            return
    assert decode_queue_day(encode_queue_day(day)) == day
