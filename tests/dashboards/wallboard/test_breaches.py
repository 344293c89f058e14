"""Breaches on the screens: order, life, acknowledgement, bounds."""

from wallboard_rows import breach, final

from dashboards.wallboard.breaches import Breaches
from streams.journal.entry import FIRST_HASH, chained, entry


def test_the_last_record_of_a_breach_stands_whatever_the_order_of_delivery() -> None:
    """A redelivered record that is older than the last one changes nothing."""
    board = Breaches()
    assert board.put(breach(sequence=1))
    assert board.put(breach(sequence=3, state="resolved"))
    assert not board.put(breach(sequence=2, state="updated"))
    assert not board.put(breach(sequence=3, state="resolved"))
    assert board.open_of("sales") == []
    assert [record["sequence"] for record in board.records()] == [1, 3]


def test_a_live_notice_may_come_again_under_its_number() -> None:
    """A notice that was withdrawn and is said again has the same id and sequence, and is open again."""
    board = Breaches()
    notice = breach(live=True, severity="info", rule="service_level_lost", breach_id="n/live")
    assert board.put(notice)
    assert board.put({**notice, "sequence": 3, "state": "resolved"})
    assert board.put(notice)
    assert [record["breach_id"] for record in board.open_of("sales")] == ["n/live"]


def test_what_is_urgent_comes_first() -> None:
    """Critical before warning, service before the rest, the oldest first, notices last; then what is over."""
    board = Breaches()
    board.put(breach(breach_id="old", first_interval_start="2026-03-02T07:00:00Z"))
    board.put(breach(breach_id="notice", severity="critical", live=True))
    board.put(breach(breach_id="staff", severity="critical", item="2.5"))
    board.put(breach(breach_id="level", severity="critical"))
    board.put(breach(breach_id="young"))
    board.put(breach(breach_id="over", severity="critical", state="resolved"))
    order = [record["breach_id"] for record in board.everything()]
    assert order == ["level", "staff", "old", "young", "notice", "over"]


def test_a_shown_breach_says_who_saw_it_and_what_its_causes_changed() -> None:
    """The causes' words need what came against plan in that interval."""
    board = Breaches()
    board.put(breach())
    seen = chained(entry(str(breach()["breach_id"]), "Ana", "2026-03-02T10:40:00Z"), 1, FIRST_HASH)
    assert board.note(seen) == {"sales"}
    row = final("sales", 4, 0.41, volume_variance=0.12, aht_variance=0.0, staffed_agents=13.0, scheduled_agents=14.0)
    shown = board.shown(breach(), "Europe/Madrid", row)
    assert shown["since"] == "2026-03-02T11:00+01:00"
    assert shown["acknowledged"]["by"] == "Ana"
    assert shown["changes"] == {"volume": 0.12, "aht": 0.0, "staffing": -1.0}


def test_an_entry_of_the_journal_reaches_every_breach_of_its_incident() -> None:
    """Acknowledging one is acknowledging all that tell the same story; what was found and done stands beside."""
    board = Breaches()
    for name, queue in (("a", "sales"), ("b", "orders"), ("c", "billing")):
        board.put(breach(queue, breach_id=name, incident_id="a" if name != "c" else "c"))
    seen = chained(entry("a", "Ana", "2026-03-02T10:40:00Z"), 1, FIRST_HASH)
    found = chained(entry("a", "Ben", "2026-03-02T12:00:00Z", cause="campaign", controllable="no"), 2, seen["hash"])
    assert [board.note(each) for each in (seen, found, found)] == [{"sales", "orders"}] * 3
    shown = {name: board.shown(board.find(name) or {}, "UTC", None) for name in ("a", "b", "c")}
    assert shown["b"]["acknowledged"]["by"] == "Ana"
    assert [each["cause"] for each in shown["a"]["acted"]] == ["campaign"]
    assert (shown["c"]["acknowledged"], shown["c"]["acted"]) == (None, [])


def test_resolved_breaches_are_bounded_and_open_ones_are_not_lost() -> None:
    """Ten thousand breaches that are over do not push out one that is open."""
    board = Breaches()
    board.put(breach(breach_id="open"))
    for number in range(10_000):
        board.put(breach(breach_id=f"b{number}", state="resolved"))
    everything = board.everything()
    assert everything[0]["breach_id"] == "open"
    assert len(everything) <= 2_001


def test_a_breach_updated_for_ever_keeps_its_beginning() -> None:
    """The first record and the last hundred are kept."""
    board = Breaches()
    for sequence in range(1, 1001):
        board.put(breach(sequence=sequence, state="opened" if sequence == 1 else "updated"))
    kept = [record["sequence"] for record in board.records()]
    assert len(kept) <= 100
    assert (kept[0], kept[-1]) == (1, 1000)
