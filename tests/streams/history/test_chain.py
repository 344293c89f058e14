"""The canonical form and the hash of interval results."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from streams.columns import FORM, RESULT_COLUMNS
from streams.history.chain import (
    FORMS,
    GENESIS_HASH,
    canonical,
    columns_of,
    content_hash,
    encode,
    form_of,
    hashed_columns,
    outside,
    plain,
    row_hash,
)

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1e-6, 9.9e-6, 1e-5, 1e15 + 0.5, 2.0**53, 1e16, 1e21, 5e-324, 120.0, 0.1 + 0.2]),
    st.text(st.characters(exclude_categories=["Cs"])),
)


def a_row(**values: object) -> dict[str, object]:
    """A result row of today's form, empty but for `values`."""
    return {**dict.fromkeys(RESULT_COLUMNS), "form": FORM, "previous_hash": GENESIS_HASH, **values}


@given(st.fixed_dictionaries(dict.fromkeys(RESULT_COLUMNS, VALUES) | {"form": st.sampled_from([None, *FORMS])}))
def test_canonical_is_rfc_8785(row: dict[str, object]) -> None:
    """The fast path writes byte for byte what the RFC 8785 library writes, in every form."""
    hashed: dict[str, Any] = {column: row[column] for column in hashed_columns(form_of(row))}
    assert canonical(row) == rfc8785.dumps(hashed)


def test_forms_are_the_reference_s() -> None:
    """Form 2 has every column of results, and form 1 all but these."""
    later = (
        "process_sigma, effect_volume, effect_aht, effect_staffing, effect_unexplained, due, done_in_time, backlog, "
    )
    later += "overdue, oldest_seconds, form"
    assert list(FORMS) == [1, 2]
    assert columns_of(2) == RESULT_COLUMNS
    assert outside(2) == ()
    assert ", ".join(outside(1)) == later
    assert columns_of(1) == tuple(column for column in RESULT_COLUMNS if column not in later.split(", "))
    assert [form_of({}), form_of({"form": None}), form_of({"form": 2}), form_of({"form": 3})] == [1, 1, 2, 3]


def test_a_form_that_is_not_known_has_no_hash() -> None:
    """Which columns a later program hashed cannot be guessed."""
    with pytest.raises(KeyError):
        row_hash(a_row(form=FORM + 1))


def test_columns_outside_the_form_are_outside_the_hash() -> None:
    """A result of form 1 gives the same hash whatever stands in the columns of later forms, and without them."""
    row = a_row(form=None, offered=3)
    assert row_hash(row) == row_hash(row | dict.fromkeys(outside(1), None) | {"due": 4})
    assert row_hash(row) == row_hash({column: row[column] for column in columns_of(1)})


def test_hash_can_be_recomputed_with_plain_json_and_sha256() -> None:
    """An auditor without our code gets the same hash from sorted, compact JSON."""
    row = a_row(queue="ventas", offered=12, wait_seconds=96.0, service_level=0.8125, plan="on_plan")
    kept = {column: value for column, value in row.items() if column not in {"sources", "hash"}}
    kept["wait_seconds"] = 96
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert row_hash(row) == hashlib.sha256(text.encode()).hexdigest()


def test_sources_and_the_hash_itself_are_outside() -> None:
    """Where a figure was read does not change its hash: a topic and a file give the same."""
    assert row_hash(a_row(sources="a.csv:1-9", hash="x")) == row_hash(a_row(sources="call-data/0:4-17", hash="y"))


@pytest.mark.parametrize("column", [column for column in hashed_columns(FORM) if column != "form"])
def test_every_other_column_is_inside(column: str) -> None:
    """A change of any hashed column, empty against zero included, changes the hash."""
    assert row_hash(a_row()) != row_hash(a_row(**{column: 0}))


def test_numbers_are_equal_as_values() -> None:
    """120 seconds hash the same whether they came back as an integer or as a double."""
    assert row_hash(a_row(wait_seconds=120)) == row_hash(a_row(wait_seconds=120.0))
    assert plain(120.0) == 120
    assert isinstance(plain(120.0), int)
    assert plain(0.5) == 0.5


def test_encode_keeps_the_order_given() -> None:
    """JSON Lines have the reference's column order and the canonical form of each value, small numbers too."""
    assert encode({"b": 1.0, "a": None}, ("b", "a")) == b'{"b":1,"a":null}'
    assert encode({"b": 1e-6, "a": "é"}, ("b", "a")) == '{"b":0.000001,"a":"é"}'.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_carry_is_refused(number: float) -> None:
    """NaN and infinity never get a hash."""
    with pytest.raises(ValueError, match=r"."):
        canonical(a_row(service_level=number))


def test_content_hash_ignores_key_order() -> None:
    """The same parameters written in another order are the same parameters."""
    assert content_hash({"a": 1, "b": [0.8]}) == content_hash({"b": [0.8], "a": 1.0})
