"""The history store on SQLite: idempotent writes, chain heads, filters, retention, parameters."""

import os
import random
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from history_rows import PARAMETERS, a_day, chained, exported, result, settings

from config.errors import UserError
from config.timestamps import from_rfc3339
from streams.columns import BREACH_COLUMNS, LATER_BREACH_COLUMNS
from streams.history.chain import outside
from streams.history.query import Filters
from streams.history.store import Retired, Store
from streams.journal.entry import chained as at_place
from streams.journal.entry import entry, problems


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A new history."""
    return Store(f"sqlite:///{tmp_path / 'history.db'}")


def read(store: Store, **filters: Any) -> list[dict[str, Any]]:
    """Every result that the filters let through."""
    return [row for batch in store.results(Filters(**filters)) for row in batch]


def breach(breach_id: str, sequence: int, start: str = "2026-03-02T09:00:00Z", **changes: Any) -> dict[str, Any]:
    """A change of a breach."""
    return {
        **dict.fromkeys(BREACH_COLUMNS),
        "breach_id": breach_id,
        "sequence": sequence,
        "state": "opened",
        "program": "retail",
        "queue": "sales",
        "interval_start": start,
        "first_interval_start": start,
        "observed": 0.61,
        "causes": [{"cause": "volume", "effect": -0.09}],
        "live": False,
        **changes,
    }


def test_rows_come_back_as_they_were_written(store: Store) -> None:
    """Every column of every result is read back equal, queue by queue in order of publication."""
    rows = a_day()
    assert store.write_results(rows) == len(rows)
    assert read(store) == exported(rows)


def test_rows_of_an_earlier_program_are_kept(store: Store) -> None:
    """Results that an earlier program left in the topic have no column of later forms; history keeps these empty."""
    old = chained({**result("sales", number), "form": None} for number in range(3))
    lacking = [{name: value for name, value in row.items() if name not in outside(1)} for row in old]
    assert store.write_results(lacking) == 3
    assert read(store) == exported(old)


def test_breaches_of_an_earlier_program_are_kept(store: Store) -> None:
    """Records that lack the later columns have these empty in history."""
    old = {name: value for name, value in breach("b", 1).items() if name not in LATER_BREACH_COLUMNS}
    assert store.write_breaches([old]) == 1
    with store.reading() as reader:
        (found,) = (row for batch in reader.breaches(Filters()) for row in batch)
    assert {found[name] for name in LATER_BREACH_COLUMNS} == {None}
    assert found["observed"] == 0.61


def test_writing_again_changes_nothing(store: Store) -> None:
    """A redelivered batch adds no row and moves no head, even an old one after newer ones."""
    rows = a_day()
    store.write_results(rows)
    heads = store.heads()
    assert store.write_results(rows[:7]) == 0
    assert store.write_results(rows) == 0
    assert store.heads() == heads
    assert read(store) == exported(rows)


def test_order_of_writing_does_not_matter(store: Store) -> None:
    """Workers that write one queue's results out of order leave the same rows and the same heads."""
    rows = a_day()
    shuffled = rows[:]
    random.Random(5).shuffle(shuffled)
    for row in shuffled:
        store.write_results([row])
    assert read(store) == exported(rows)
    assert store.heads() == {
        "+34 soporte": (12, exported(rows)[11]["hash"]),
        "sales": (14, exported(rows)[-1]["hash"]),
    }


def test_positions_are_found_from_the_chain(store: Store) -> None:
    """Rows without a position follow the row their previous hash names, within a batch, a head or history."""
    rows = a_day()
    bare = [{column: value for column, value in row.items() if column != "position"} for row in rows]
    store.write_results(bare[:10])
    store.write_results(bare[10:])
    assert store.write_results(bare[4:8]) == 0
    assert read(store) == exported(rows)


def test_a_row_that_follows_nothing_is_refused(store: Store) -> None:
    """Without a position, a result whose predecessor is unknown has no place."""
    row = {column: value for column, value in a_day()[8].items() if column != "position"}
    with pytest.raises(ValueError, match="follows hash"):
        store.write_results([row])


def test_a_result_is_never_replaced(store: Store) -> None:
    """Another result under a known identity or place is refused by name, and nothing of its batch is kept."""
    rows = chained([result("sales", 0), result("sales", 1)])
    store.write_results(rows)
    forged = chained([result("sales", 0, offered=999), result("sales", 1), result("sales", 2)])
    with pytest.raises(UserError, match=r"queue 'sales', interval 2026-03-02T08:00:00Z, revision 1.*never replaced"):
        store.write_results(forged)
    elsewhere = [{**rows[0], "position": 7}]
    with pytest.raises(UserError, match="never replaced"):
        store.write_results(elsewhere)
    assert read(store) == exported(rows)


def test_provisional_rows_are_not_kept(store: Store) -> None:
    """Revision 0, the open interval so far, is not history."""
    assert store.write_results([{**a_day()[0], "revision": 0}]) == 0
    assert read(store) == []
    assert store.write_results([]) == 0


def test_filters(store: Store) -> None:
    """From is inclusive, to exclusive; program, queue and the latest revision select as they say."""
    rows = a_day()
    store.write_results(rows)
    every = exported(rows)
    start, end = "2026-03-02T09:00:00Z", "2026-03-02T10:30:00Z"
    assert read(store, start=start, end=end) == [r for r in every if start <= r["interval_start"] < end]
    assert read(store, queue="sales") == [r for r in every if r["queue"] == "sales"]
    assert read(store, program="retail") == every
    assert read(store, program="other") == []
    latest = read(store, latest_only=True)
    assert len(latest) == 24
    assert [r["revision"] for r in latest if r["interval_start"] == "2026-03-02T09:30:00Z"] == [1, 3]


def test_an_offset_in_a_filter_is_the_same_instant(store: Store) -> None:
    """10:00 in Madrid is 09:00 UTC."""
    store.write_results(a_day())
    assert read(store, start="2026-03-02T10:00:00+01:00") == read(store, start="2026-03-02T09:00:00Z")


def test_a_reader_sees_one_moment(store: Store) -> None:
    """Rows that are written while an export reads are not in it: rows, links and heads agree."""
    rows = a_day()
    store.write_results(rows[:10])
    with store.reading() as reader:
        before = reader.heads()
        store.write_results(rows[10:])
        assert reader.heads() == before
        assert sum(len(batch) for batch in reader.results(Filters())) == 10
    assert len(read(store)) == len(rows)


def test_links_and_rows_make_the_chain(store: Store) -> None:
    """The rows that a filter leaves out and those that it lets through are together every position of the queue."""
    rows = a_day()
    store.write_results(rows)
    filters = Filters(start="2026-03-02T09:00:00Z", latest_only=True)
    with store.reading() as reader:
        left = [link.position for link in reader.left_out("sales", filters)]
        kept = [row["position"] for batch in reader.queue_results("sales", filters, "position") for row in batch]
    assert sorted(left + kept) == list(range(14))
    assert kept == sorted(kept)
    assert left == sorted(left)


def test_threads_write_together(store: Store) -> None:
    """Four threads that write overlapping parts of one stream leave each row once."""
    rows = a_day()
    threads = [
        threading.Thread(target=lambda: [store.write_results(rows[i : i + 3]) for i in range(len(rows))])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(store) == exported(rows)
    assert store.heads()["sales"][0] == 14


def test_a_failed_batch_leaves_nothing(store: Store) -> None:
    """A batch is written whole or not at all."""
    rows = a_day()
    with pytest.raises(UserError, match=r"interval_results\.hash"):
        store.write_results([*rows[:5], {**rows[5], "hash": None}])
    assert read(store) == []
    assert store.heads() == {}


HALF_WRITTEN = """
import sys
from history_rows import a_day
from streams.history.store import Store
from streams.journal.entry import chained as at_place
from streams.journal.entry import entry, problems

class Halting(Store):
    def _advance_heads(self, connection, rows):
        print("half", flush=True)
        sys.stdin.read()

Halting(sys.argv[1]).write_results(a_day())
"""
"""A writer that stops in mid-transaction, its rows written and its heads not."""


def test_a_writer_killed_in_mid_transaction_loses_nothing(store: Store) -> None:
    """The half-written rows of a killed writer are gone, earlier ones are whole, and the next writer is not held up."""
    rows = a_day()
    store.write_results(rows[:10])
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", HALF_WRITTEN, store.url],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "tests" / "support"), str(root)])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half\n"
        writer.kill()
    assert read(store) == exported(rows[:10])
    assert store.write_results(rows) == len(rows) - 10
    assert read(store) == exported(rows)


def test_retention_keeps_links(store: Store) -> None:
    """Old rows go, their links stay, heads stand, and a redelivered old row does not come back."""
    rows = a_day()
    store.write_results(rows)
    heads = store.heads()
    before = "2026-03-02T10:00:00Z"
    assert store.retain(before) == Retired(10, 0, 0, 0)
    assert store.heads() == heads
    assert read(store) == [row for row in exported(rows) if row["interval_start"] >= before]
    assert store.write_results(rows) == 0
    with store.reading() as reader:
        assert [link.position for link in reader.left_out("sales", Filters())] == [0, 1, 2, 3, 8, 11]
    assert store.retain(before) == Retired(0, 0, 0, 0)


def test_retention_covers_the_other_tables(store: Store) -> None:
    """Breaches, dead letters and evaluations go with their time; the journal, a chain, stays."""
    store.write_breaches([breach("old", 1, "2026-03-01T09:00:00Z"), breach("new", 1)])
    store.append_journal(entry("old", "ana", "2026-03-01T09:05:00Z"))
    store.append_journal(entry("new", "ana", "2026-03-01T09:05:00Z", note="called the client"))
    letter = {"topic": "call-data", "partition": 0, "reason": "offered: is negative", "value": b"{}"}
    store.write_dead_letters(
        [
            {**letter, "offset": 1, "recorded_at": "2026-03-01T09:00:00Z"},
            {**letter, "offset": 2, "recorded_at": "2026-03-02T09:00:00Z"},
        ]
    )
    store.write_evaluations([evaluation("1", "2026-03-01T09:00:00Z"), evaluation("2", "2026-03-02T09:00:00Z")])
    assert store.retain("2026-03-02T00:00:00Z") == Retired(0, 1, 1, 1)
    with store.reading() as reader:
        assert [row["breach_id"] for batch in reader.breaches(Filters()) for row in batch] == ["new"]
        assert [row["note"] for row in reader.acknowledgements()] == [None, "called the client"]
        assert [row["offset"] for batch in reader.dead_letters() for row in batch] == [2]
        assert [row["evaluation_id"] for batch in reader.evaluations(Filters()) for row in batch] == ["2"]


def evaluation(evaluation_id: str, evaluated_at: str, **changes: Any) -> dict[str, Any]:
    """A monitored transaction."""
    return {
        "program": "retail",
        "evaluation_id": evaluation_id,
        "contact_id": "c1",
        "queue": "sales",
        "agent": "ana",
        "team": None,
        "shift": None,
        "handled_at": evaluated_at,
        "evaluated_at": evaluated_at,
        "evaluator": "luis",
        "selection": "random",
        "checks": [{"name": "greeting", "family": "end_user", "passed": True}],
        **changes,
    }


def test_breaches_are_kept_once(store: Store) -> None:
    """A change of a breach has the identity (breach_id, sequence) and comes back as it was."""
    rows = [breach("b1", 1), breach("b1", 2, state="resolved", live=True, causes=None)]
    assert store.write_breaches(rows) == 2
    assert store.write_breaches(rows) == 0
    with store.reading() as reader:
        assert [row for batch in reader.breaches(Filters()) for row in batch] == rows
        assert [row for batch in reader.breaches(Filters(queue="other")) for row in batch] == []


def test_days_told_to_programs_are_kept_once_and_retained(store: Store) -> None:
    """A queue's day has the identity (program, queue, day, part), comes back as told, and goes with its interval."""
    handled = {"handled_by": [["2026-03", "ann", None, None, 30, 900_000]], "handled_at": [["2026-03", 9, 30]]}
    days: list[dict[str, Any]] = [
        {
            "program": "retail",
            "queue": "sales",
            "day": date,
            "part": 0,
            **handled,
            "interval_start_ms": from_rfc3339(last),
        }
        for date, last in (("2026-03-01", "2026-03-01T19:30:00Z"), ("2026-03-02", "2026-03-02T19:30:00Z"))
    ]
    assert store.write_program_days(days) == 2
    assert store.write_program_days(days) == 0
    store.retain("2026-03-02T00:00:00Z")
    with store.reading() as reader:
        (kept,) = reader.program_days(Filters())
        assert reader.program_days(Filters(program="other")) == []
    assert (kept["day"], kept["handled_by"], kept["handled_at"]) == ("2026-03-02", *handled.values())


def test_dead_letters_are_kept_once(store: Store) -> None:
    """Topic, partition, offset and the place in the message identify a dead letter; a file has no partition."""
    rows = [
        {"topic": "call-data", "partition": 3, "offset": 17, "index": 0, "reason": "a", "value": b'{"x":1}'},
        {"topic": "call-data", "partition": 3, "offset": 17, "index": 4, "reason": "b", "value": b"\xff\x00"},
        {"topic": "february.txt", "partition": None, "offset": 2, "reason": "c", "value": b"x"},
    ]
    assert store.write_dead_letters(rows) == 3
    assert store.write_dead_letters(rows) == 0
    with store.reading() as reader:
        kept = [row for batch in reader.dead_letters() for row in batch]
    assert [(row["partition"], row["reason"]) for row in kept] == [(3, "a"), (3, "b"), (None, "c")]
    assert kept[1]["value"] == "\\xff\x00"


def test_the_latest_evaluation_stands(store: Store) -> None:
    """A later `evaluated_at` replaces an evaluation, to the millisecond; an older copy or a duplicate does nothing."""
    first = evaluation("e1", "2026-03-02T09:00:00Z")
    later = evaluation("e1", "2026-03-02T09:00:00.001Z", evaluator="eva")
    assert store.write_evaluations([first]) == 1
    assert store.write_evaluations([later]) == 1
    assert store.write_evaluations([first, later]) == 0
    with store.reading() as reader:
        assert [row for batch in reader.evaluations(Filters()) for row in batch] == [later]


def test_of_evaluations_of_one_moment_the_one_written_last_stands(store: Store) -> None:
    """A queue's copies come in the order of its log; of two queues that of the greater name stands in any order."""
    at = "2026-03-02T09:00:00Z"
    one, other = evaluation("e1", at, evaluator="luis"), evaluation("e1", at, evaluator="eva")
    assert [store.write_evaluations([copy]) for copy in (one, other, one, one)] == [1, 1, 1, 0]
    assert store.write_evaluations([{**one, "evaluation_id": "e2"}, {**other, "evaluation_id": "e2"}]) == 2
    for name, queues in (("e3", "ab"), ("e4", "ba")):
        for queue in queues:
            store.write_evaluations([{**one, "evaluation_id": name, "queue": queue}])
    with store.reading() as reader:
        found = [(row["evaluator"], row["queue"]) for batch in reader.evaluations(Filters()) for row in batch]
    assert found == [("luis", one["queue"]), ("eva", one["queue"]), ("luis", "b"), ("luis", "b")]


def test_parameters_cannot_change_under_their_version(store: Store) -> None:
    """The same content is welcome again, in any spelling of its instant; other content is refused by name."""
    assert store.write_parameters("2026-01", "2026-01-01T00:00:00+01:00", PARAMETERS)
    assert not store.write_parameters("2026-01", "2025-12-31T23:00:00Z", PARAMETERS)
    changed = [settings("", "", "S2", 20_000, False), *PARAMETERS[1:]]
    with pytest.raises(UserError, match=r"parameters.version '2026-01'.*new version"):
        store.write_parameters("2026-01", "2025-12-31T23:00:00Z", changed)
    with pytest.raises(UserError, match="new version"):
        store.write_parameters("2026-01", "2026-02-01T00:00:00Z", PARAMETERS)
    with store.reading() as reader:
        assert [(p.version, p.valid_from, p.content) for p in reader.parameters()] == [
            ("2026-01", "2025-12-31T23:00:00Z", PARAMETERS)
        ]


def test_writers_of_the_journal_never_fork_it(store: Store) -> None:
    """Eight threads write ten entries each: eighty numbers, one chain."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.append_journal(entry(f"i{n}", "ana", "2026-03-02T10:00:00Z")), range(80)))
    with store.reading() as reader:
        entries = [row for batch in reader.journal() for row in batch]
    assert [row["number"] for row in entries] == list(range(1, 81))
    assert list(problems(entries)) == []


def test_a_link_works_once(store: Store) -> None:
    """The second use of a signed link is refused, and writes nothing."""
    found = entry("i", "ana", "2026-03-02T10:00:00Z", link="mark")
    store.append_journal(found)
    with pytest.raises(UserError, match="this link has been used"):
        store.append_journal(found)
    with store.reading() as reader:
        assert len(reader.acknowledgements()) == 1


def test_a_new_history_is_filled_with_the_journal_of_another(store: Store, tmp_path: Path) -> None:
    """Entries come in order, some of them twice; one that does not follow is passed over."""
    placed = [store.append_journal(entry(f"i{n}", "ana", "2026-03-02T10:00:00Z")) for n in range(4)]
    with Store(f"sqlite:///{tmp_path / 'new.db'}") as other:
        assert other.write_journal([placed[0], placed[0], placed[1]]) == 2
        assert other.write_journal([placed[1], placed[3]]) == 0
        assert other.write_journal([placed[2], placed[3]]) == 2
        forked = at_place(entry("else", "bo", "2026-03-02T10:00:00Z"), 2, placed[0]["hash"])
        assert other.write_journal([forked]) == 0
        with other.reading() as reader:
            assert [row for batch in reader.journal() for row in batch] == placed
