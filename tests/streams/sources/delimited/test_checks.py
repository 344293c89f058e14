"""Evaluation sheets: a column a check, a row a check, and cells that mean nothing."""

import io
from typing import Any

import pytest
from sources import delimited

from config.errors import UserError
from streams.records import Check, Evaluation
from streams.sources.batch import Batch
from streams.sources.delimited.reader import read

PLAIN: dict[str, Any] = {
    "evaluation_id": "sheet",
    "queue": "queue",
    "handled_at": "handled",
    "evaluated_at": "evaluated",
    "evaluator": "by",
}
EACH = {"each": {"greeting": "non_critical", "answer": "end_user", "entry": "business"}}
ROW = {"row": "check", "family": "type", "result": "result"}
TIMES = "2026-03-02T10:00:00Z,2026-03-02T12:00:00Z"


def batches(checks: dict[str, Any], text: str, chunk_bytes: int = 1 << 20) -> list[Batch]:
    """A file read with this mapping of `checks`."""
    raw = {"format": "csv", "record": "evaluation", "columns": PLAIN | {"checks": checks}}
    source = delimited("sheets", file="monitor.yaml", **raw)
    return list(
        read(
            io.BytesIO(text.encode()),
            source,
            site_timezone="UTC",
            queue_length=lambda _queue, _program: 1_800_000,
            skew_ms=lambda _queue: 5_000,
            chunk_bytes=chunk_bytes,
        )
    )


def evaluations(found: list[Batch]) -> list[Evaluation]:
    """The records of all batches."""
    return [record for batch in found for record in batch.records if isinstance(record, Evaluation)]


def test_a_column_a_check() -> None:
    """One row a transaction: each named column is a check of its family, in the usual words in any case."""
    text = (
        "sheet,queue,handled,evaluated,by,greeting,answer,entry\n"
        f"s1,sales,{TIMES},eve,Yes,N,\n"
        f"s2,sales,{TIMES},eve,1,pass,n/a\n"
    )
    first, second = evaluations(batches(EACH, text))
    assert first.checks == (
        Check("answer", "end_user", False),
        Check("entry", "business", None),
        Check("greeting", "non_critical", True),
    )
    assert [check.passed for check in second.checks] == [True, None, True]
    assert (first.evaluation_id, first.selection, first.evaluator) == ("s1", "random", "eve")


def test_a_site_s_own_words_for_results() -> None:
    """`results` says what cells stand for; its words win over the usual ones of another result."""
    own = EACH | {"results": {"pass": ["0"], "fail": ["X"]}}
    text = f"sheet,queue,handled,evaluated,by,greeting,answer,entry\ns1,sales,{TIMES},eve,0,x,NA\n"
    (found,) = evaluations(batches(own, text))
    assert {check.name: check.passed for check in found.checks} == {"greeting": True, "answer": False, "entry": None}


def test_a_cell_that_is_no_result_is_a_dead_letter() -> None:
    """The reason names field, column, what was found and what was expected; other rows count."""
    text = (
        "sheet,queue,handled,evaluated,by,greeting,answer,entry\n"
        f"s1,sales,{TIMES},eve,maybe,N,\n"
        f"s2,sales,{TIMES},eve,Y,Y,Y\n"
    )
    (batch,) = batches(EACH, text)
    assert batch.dead[0].reason.startswith("checks: column greeting has 'maybe'; expected one of y, yes")
    assert [record.evaluation_id for record in evaluations([batch])] == ["s2"]
    assert (batch.read, batch.accepted) == (2, 1)


@pytest.mark.parametrize("chunk_bytes", [40, 1 << 20])
def test_a_row_a_check(chunk_bytes: int) -> None:
    """Rows of one evaluation that follow each other are one record, also across batches; every row was accepted."""
    text = (
        "sheet,queue,handled,evaluated,by,check,type,result\n"
        f"s1,sales,{TIMES},eve,greeting,non_critical,Y\n"
        f"s1,sales,{TIMES},eve,answer,end_user,N\n"
        f"s2,sales,{TIMES},eve,answer,end_user,Y\n"
        f"s2,sales,{TIMES},eve,entry,business,\n"
    )
    found = batches(ROW, text, chunk_bytes)
    assert [(each.evaluation_id, each.checks) for each in evaluations(found)] == [
        ("s1", (Check("answer", "end_user", False), Check("greeting", "non_critical", True))),
        ("s2", (Check("answer", "end_user", True), Check("entry", "business", None))),
    ]
    assert [row for batch in found for row in batch.rows] == [1, 3]
    assert sum(batch.accepted for batch in found) == sum(batch.read for batch in found) == 4
    assert sum(batch.joined for batch in found) == 2


def test_families_in_a_site_s_words() -> None:
    """`families` maps the file's words; a word it does not know is a dead letter of its row alone."""
    own = ROW | {"families": {"Fatal": "end_user", "Non-fatal": "non_critical"}}
    text = (
        "sheet,queue,handled,evaluated,by,check,type,result\n"
        f"s1,sales,{TIMES},eve,answer,Fatal,N\n"
        f"s1,sales,{TIMES},eve,entry,Business,N\n"
    )
    found = batches(own, text)
    assert evaluations(found)[0].checks == (Check("answer", "end_user", False),)
    assert found[0].dead[0].reason.startswith("checks: column type has 'Business'; expected one of Fatal, Non-fatal")


def test_an_update_is_not_joined_with_what_it_replaces() -> None:
    """Rows of one id with another evaluated_at are two copies of the evaluation."""
    text = (
        "sheet,queue,handled,evaluated,by,check,type,result\n"
        f"s1,sales,{TIMES},eve,answer,end_user,N\n"
        "s1,sales,2026-03-02T10:00:00Z,2026-03-02T13:00:00Z,eve,answer,end_user,Y\n"
    )
    assert [each.checks[0].passed for each in evaluations(batches(ROW, text))] == [False, True]


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ({"each": {"a": "fatal"}}, r"columns\.checks\.each\.a \(line 1\): .*allowed: one of end_user, business"),
        ({"each": {}}, r"columns\.checks\.each \(line 1\): .*a mapping of columns to families"),
        ({"row": "check", "family": "type"}, "says row and no result; add result"),
        ({"row": "check", "family": "t", "result": "r", "word": 1}, "unknown key 'word'"),
    ],
)
def test_a_shape_that_says_nothing_is_refused(checks: dict[str, Any], message: str) -> None:
    """An unknown family or key, no check, no column for the result: the message names the key and what is allowed."""
    with pytest.raises(UserError, match=message):
        batches(checks, "")
