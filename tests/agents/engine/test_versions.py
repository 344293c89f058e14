"""By which parameter version an interval is counted, whoever counts it and when."""

from collections.abc import Sequence

import pytest
from engine import columns, configuration, contact, content, rows

from agents.engine.queue import QueueEngine
from agents.intervals.outputs import Output
from config.settings import QueueSettings

OLD = content(version=("old", "2026-01-01T00:00:00Z"))
NEW = content(version=("new", "2026-03-02T10:00:00Z"))
NEWER = content(version=("newer", "2026-03-02T12:00:00Z"))


def counted(*turns: tuple[Sequence[QueueSettings], str], restarts: bool = True) -> dict[str, str]:
    """The version of each interval, of contacts offered at `09:10 11:05`, by a worker a turn that leaves its state."""
    store: dict[bytes, bytes] = {}
    outputs: list[Output] = []
    worker = QueueEngine(turns[0][0], store)
    for offset, (versions, offered) in enumerate(turns):
        if restarts:
            worker = QueueEngine(versions, store)
        outputs += worker.apply([contact(hour, hour) for hour in offered.split()], "t/0", offset)
        commit = worker.commit()
        assert commit is not None
        commit.apply(store)
    outputs += worker.finish()
    return dict(columns(rows(outputs), "interval_start", "parameters_version"))


@pytest.mark.parametrize("restarts", [False, True])
def test_an_interval_between_a_version_s_begin_and_its_first_contact_keeps_it(restarts: bool) -> None:
    """A contact of 10:05 is counted by the version of 10:00, though the state was written after one of 11:05."""
    both = configuration(OLD, NEW).queue("sales")
    versions = counted((both, "09:10 11:05"), (both, "10:05"), restarts=restarts)
    assert versions == {"09:00": "old", "10:00": "new", "11:00": "new"}


@pytest.mark.parametrize("restarts", [False, True])
def test_an_interval_before_all_that_were_counted_keeps_its_own_version(restarts: bool) -> None:
    """A late contact of the old version's time is counted by it, though only the new one has counted until then."""
    both = configuration(OLD, NEW).queue("sales")
    versions = counted((both, "11:05"), (both, "09:10"), restarts=restarts)
    assert versions == {"09:00": "old", "11:00": "new"}


def test_versions_that_are_given_later_change_nothing_that_is_counted() -> None:
    """Begun again with versions of the past, a queue counts by the last from there on, and late data as before."""
    alone, three = configuration(NEW).queue("sales"), configuration(OLD, NEW, NEWER).queue("sales")
    versions = counted((alone, "09:40 12:05"), (three, "09:10 12:35"), (three, "09:45 12:10 13:05"))
    assert versions == {"09:00": "new", "09:30": "new", "12:00": "new", "12:30": "newer", "13:00": "newer"}
