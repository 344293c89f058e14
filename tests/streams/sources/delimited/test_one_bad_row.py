"""One bad row costs one row: whatever stands in it, its 99 neighbours count."""

import io

import pytest
from sources import delimited

from streams.records import Contact, Evaluation
from streams.sources.batch import Batch
from streams.sources.delimited.reader import read

NOW = 1_772_449_200_000  # 2026-03-02T11:00:00Z
FIELDS = ("contact_id", "queue", "offered_at", "outcome", "exited_at", "wait_seconds", "talk_seconds", "agent")
GOOD = dict(
    zip(FIELDS, ("c", "q", "2026-03-02T10:00:00Z", "answered", "2026-03-02T10:00:09Z", "", "5", "a"), strict=True)
)


def run(header: str, lines: list[str], **source: object) -> Batch:
    """The batches of a file as one."""
    whole = Batch()
    for batch in read(
        io.BytesIO("\n".join([header, *lines]).encode()),
        delimited(format="csv", **source),
        site_timezone="UTC",
        queue_length=lambda _queue, _program: 1_800_000,
        skew_ms=lambda _: 5000,
        now=lambda: NOW,
    ):
        whole.records += batch.records
        whole.rows += batch.rows
        whole.dead += batch.dead
        whole.read += batch.read
    return whole


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"offered_at": "0001-01-01T00:00:00+10:00"}, "too_old: offered_at: column offered_at has '0001"),
        ({"offered_at": "9999-12-31T23:59:59-10:00"}, "offered_at: column offered_at has '9999"),
        ({"offered_at": "1970-01-01T00:00:00Z"}, "too_old: offered_at: column offered_at has '1970"),
        ({"exited_at": "1900-01-01"}, "too_old: exited_at: column exited_at has '1900"),
        ({"talk_seconds": "1e308"}, "talk_seconds: column talk_seconds has '1e308'"),
        ({"talk_seconds": "-9e999"}, "talk_seconds: column talk_seconds has '-9e999'"),
        ({"contact_id": "c" * 257}, "too_large: contact_id: column contact_id has 257 characters"),
        ({"agent": "é" * 257}, "too_large: agent: column agent has 257 characters"),
        ({"outcome": "x" * 50_000}, "too_large: outcome: column outcome has 50,000 characters"),
        ({"queue": "q" * 257}, "too_large: queue: column queue has 257 characters"),
        ({"exited_at": "2026-03-02T11:00:05.001Z"}, "in_the_future: exited_at 2026-03-02T11:00:05.001Z"),
        ({"exited_at": "", "wait_seconds": "3606"}, "in_the_future: exited_at 2026-03-02T11:00:06Z"),
    ],
)
@pytest.mark.parametrize("place", [0, 50, 99])
def test_one_bad_row_costs_one_row(bad: dict[str, str], reason: str, place: int) -> None:
    """The row is a dead letter that names the field; no other row is lost."""
    rows = [GOOD | {"contact_id": f"c{number}"} for number in range(100)]
    rows[place] |= bad
    batch = run(
        ",".join(FIELDS),
        [",".join(row.values()) for row in rows],
        record="contact",
        columns={field: field for field in FIELDS},
    )
    assert batch.rows == [number for number in range(1, 101) if number != place + 1]
    ((row, given, value, *_),) = batch.dead
    assert row == place + 1
    assert given.startswith(reason)
    assert len(given) < 500
    assert len(value.encode()) <= 4096


def test_an_id_of_several_columns_has_the_limit_of_a_text() -> None:
    """The columns of an id are measured together."""
    columns = {"contact_id": {"join": ["a", "b"], "with": "-"}, "queue": "q", "offered_at": "t"}
    lines = [f"{'x' * 127},{'y' * size},q,2026-03-02T10:00:00Z" for size in (128, 129)]
    batch = run("a,b,q,t", lines, record="contact", columns=columns)
    assert [record.contact_id for record in batch.records if isinstance(record, Contact)] == [
        f"{'x' * 127}-{'y' * 128}"
    ]
    assert [letter.reason[:60] for letter in batch.dead] == [
        "too_large: contact_id: column a, b has 257 characters, and a"
    ]


def test_checks_beyond_the_limit_leave_the_evaluation_those_before_them() -> None:
    """In a sheet with a row a check, the rows past the two hundredth are dead letters; the evaluation counts."""
    columns = {
        "evaluation_id": "id", "queue": "q", "handled_at": "t", "evaluated_at": "t",
        "checks": {"row": "name", "family": "family", "result": "result"},
    }  # fmt: skip
    lines = [f"e1,q,2026-03-02T10:00:00Z,n{number:03},business,1" for number in range(203)]
    batch = run("id,q,t,name,family,result", lines, record="evaluation", columns=columns)
    (record,) = batch.records
    assert isinstance(record, Evaluation)
    assert len(record.checks) == 200
    assert [(letter.row, letter.reason[:17]) for letter in batch.dead] == [
        (201, "too_large: checks"),
        (202, "too_large: checks"),
        (203, "too_large: checks"),
    ]
    assert batch.accepted == 200
