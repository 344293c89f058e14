"""The file that an embedded broker's log is kept in."""

from pathlib import Path

from agents.live.kept.log import KeptLog, KeptMessage, Place


def message(offset: int, topic: str = "call-data") -> KeptMessage:
    """A message of partition 1."""
    return KeptMessage(topic, 1, offset, b"sales", b"value %d" % offset, 1_000 + offset)


def test_of_each_entry_the_last_stands(tmp_path: Path) -> None:
    """An entry that is written again has the later value, one that is deleted is gone, of another process, too."""
    log = KeptLog(tmp_path / "log.db")
    log.note({(0, b"a\0x"): b"1", (0, b"b\0x"): b"1", (3, b"c\0x"): b"1"}, [])
    log.note({(0, b"a\0x"): b"2", (0, b"b\0x"): None}, [])
    log.close()
    again = KeptLog(tmp_path / "log.db")
    assert list(again.entries([0, 1])) == [(0, b"a\0x", b"2")]
    assert list(again.entries([0, 3])) == [(0, b"a\0x", b"2"), (3, b"c\0x", b"1")]
    again.close()


def test_messages_stay_until_they_are_acknowledged(tmp_path: Path) -> None:
    """Messages come back in order, each once, those below the floor not at all."""
    log = KeptLog(tmp_path / "log.db")
    log.note({}, [message(2), message(0), message(1)])
    log.note({}, [message(2), message(3)])
    assert [each.offset for each in log.messages("call-data")] == [0, 1, 2, 3]
    log.forget({("call-data", 1): 2})
    assert log.messages("call-data") == [message(2), message(3)]
    assert log.floors("call-data") == {1: 2}
    log.renumber(["call-data"], [message(0)])
    assert (log.messages("call-data"), log.floors("call-data")) == ([message(0)], {})
    log.close()


def test_a_place_is_kept_until_it_is_forgotten(tmp_path: Path) -> None:
    """A source that was never read is at its beginning."""
    log = KeptLog(tmp_path / "log.db")
    assert log.place("calls=a.csv") == Place()
    log.set_place("calls=a.csv", Place(7, 100, "abc"))
    log.set_place("calls=a.csv", Place(9, 100, "abc"))
    assert log.place("calls=a.csv") == Place(9, 100, "abc")
    log.set_place("calls=a.csv", None)
    assert log.place("calls=a.csv") == Place()
    log.close()
