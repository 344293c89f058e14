"""The life of a breach: days, clocks, silence, restarts, and the ids that tie its records together."""

import json
from typing import Any

import pytest
from engine import at, engine, feed, snapshot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_rows import Queue, missing

from agents.intervals.outputs import BreachEvent, Output, Result
from config.rules import RULES
from streams.columns import BREACH_COLUMNS
from streams.results import breach_id

BELOW = {
    "service_level_below_range": {"accumulate": 0.50, "critical": 1.50},
    "service_level_day": {"on": False},
}
NIGHT = {"mon-sun": ["15:00-24:00", "00:00-02:00"]}


class TestOpenDay:
    """Runs, sums and breaches end with the open day."""

    def test_a_breach_still_open_is_resolved_with_the_day(self) -> None:
        """At the last interval, and its message says that it was not seen to recover."""
        queue = Queue(BELOW)
        queue.interval("19:00", level=0.15)
        last = queue.interval("19:30", level=0.14)
        assert queue.states("service_level_below_range") == [
            ("opened", "19:00"),
            ("updated", "19:30"),
            ("resolved", "19:30"),
        ]
        record = queue.events[-1]
        assert "the open day is over, and it was not seen to recover" in str(record["message"])
        assert "not seen to recover" in str(record["message"])
        assert "未观察到恢复" in str(record["message_zh"])
        assert (last.open_ids, last.resolved_ids) == ((), (record["breach_id"],))

    def test_a_sum_does_not_run_on_the_next_morning(self) -> None:
        """0.40 in the evening and 0.20 in the morning do not reach 0.50."""
        queue = Queue(BELOW)
        queue.interval("19:00", level=0.55)
        queue.interval("19:30", level=0.55)
        queue.interval("2026-03-03T08:00", level=0.55)
        assert queue.events == []

    def test_recovery_in_the_last_interval_is_a_recovery(self) -> None:
        """Two inside, the second being the last of the day."""
        queue = Queue(BELOW)
        for level in (0.15, 0.80, 0.80):
            queue.interval("18:30" if level < 0.5 else None, level=level)
        assert queue.states("service_level_below_range")[-1] == ("resolved", "19:30")
        assert "back inside for 2 intervals" in str(queue.events[-1]["message"])

    def test_a_shift_over_midnight_is_one_day(self) -> None:
        """23:00 to 00:30 at 55 % is one run; the day ends at 02:00."""
        queue = Queue(BELOW, hours=NIGHT)
        queue.interval("23:00", level=0.55)
        queue.interval(level=0.55)
        queue.interval(level=0.55)
        queue.interval("2026-03-03T01:30", level=0.54)
        assert queue.states("service_level_below_range") == [
            ("opened", "2026-03-03T00:00"),
            ("updated", "2026-03-03T01:30"),
            ("resolved", "2026-03-03T01:30"),
        ]

    def test_a_break_within_the_day_does_not_end_a_run(self) -> None:
        """Open 09:00-13:00 and 15:00-20:00: a run may span the afternoon break; rows in it are not judged."""
        queue = Queue(BELOW, hours={"mon": ["09:00-13:00", "15:00-20:00"]})
        queue.interval("12:30", level=0.55)
        queue.interval("13:00", level=0.0)
        queue.interval("15:00", level=0.55)
        queue.interval("15:30", level=0.55)
        assert queue.states("service_level_below_range") == [("opened", "15:30")]

    def test_without_hours_the_day_ends_at_local_midnight(self) -> None:
        """The breach of Monday ends with Monday, told at the next interval, which begins a run of its own."""
        queue = Queue(BELOW, hours=None)
        queue.interval("22:00", level=0.15)
        judgement = queue.interval("2026-03-03T09:00", level=0.55)
        assert queue.states("service_level_below_range") == [("opened", "22:00"), ("resolved", "22:00")]
        assert judgement.breaches == ()

    def test_time_alone_ends_such_a_day_with_the_same_record(self) -> None:
        """Whether the clock or the next interval says so makes no difference."""
        records = []
        for by_clock in (True, False):
            queue = Queue(BELOW, hours=None)
            queue.interval("22:00", level=0.15)
            if by_clock:
                queue.rules.pass_time(at("2026-03-02T23:30"))
                assert queue.rules.take() == []
                queue.rules.pass_time(at("2026-03-03T00:00"))
                queue.events.extend(record.row() for record in queue.rules.take())
            queue.interval("2026-03-03T09:00", level=0.80)
            records.append(queue.events)
        assert records[0] == records[1]


class TestClockChange:
    """Runs are laid on the UTC time line; days are local."""

    @pytest.mark.parametrize(
        ("date", "starts"),
        [
            ("2026-03-29", ("2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30")),  # 01:30, 03:00, 03:30
            ("2026-10-25", ("2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30")),  # 02:30, 02:00, 02:30
        ],
    )
    def test_a_run_goes_on_through_it(self, date: str, starts: tuple[str, ...]) -> None:
        """Three half hours are three half hours, whichever the local clock shows."""
        queue = Queue(BELOW, hours={"mon-sun": "00:00-08:00"}, timezone="Europe/Madrid")
        for start in starts:
            queue.interval(start, level=0.55)
        record = queue.records("service_level_below_range")[0]
        assert record["first_interval_start"] == f"{starts[0]}:00Z"
        assert record["interval_start"] == f"{starts[2]}:00Z"
        assert date in str(record["message"])

    def test_the_day_of_the_change_ends_at_its_own_midnight(self) -> None:
        """On 2026-03-29 midnight in Madrid is 22:00 UTC."""
        queue = Queue(BELOW, hours={"mon-sun": "00:00-24:00"}, timezone="Europe/Madrid")
        queue.interval("2026-03-29T21:00", level=0.15)
        queue.interval("2026-03-29T21:30", level=0.15)
        assert queue.events[-1]["state"] == "resolved"

    def test_the_message_names_both_ends_in_local_time(self) -> None:
        """The half hour before the clock goes back ends at 02:00 for the second time."""
        queue = Queue(BELOW, hours={"mon-sun": "00:00-08:00"}, timezone="Europe/Madrid")
        queue.interval("2026-10-25T00:30", level=0.15)
        assert "2026-10-25 02:30-02:00" in str(queue.events[0]["message"])


class TestSilence:
    """Intervals that do not count."""

    def test_four_of_them_resolve_with_no_volume(self) -> None:
        """The fourth without contacts, not the third; one with contacts in between starts the count anew."""
        queue = Queue(BELOW)
        queue.interval(level=0.15)
        for _ in range(3):
            queue.interval(offered=0, level=None)
        queue.interval(level=0.80)
        for _ in range(3):
            queue.interval(offered=0, level=None)
        assert queue.states("service_level_below_range") == [("opened", "08:00"), ("updated", "10:00")]
        queue.interval(offered=0, level=None)
        assert queue.states("service_level_below_range")[-1] == ("resolved", "12:00")
        assert "too few contacts to tell, and it was not seen to recover" in str(queue.events[-1]["message"])

    def test_no_contacts_do_not_break_the_way_back(self) -> None:
        """Inside, nobody, inside: resolved."""
        queue = Queue(BELOW)
        for columns in ({"level": 0.15}, {}, {"offered": 0, "level": None}, {}):
            queue.interval(**columns)
        assert queue.states("service_level_below_range")[-1] == ("resolved", "09:30")

    def test_a_missing_interval_breaks_the_way_back(self) -> None:
        """Inside, missing, inside: one more is needed."""
        queue = Queue(BELOW)
        for columns in ({"level": 0.15}, {}, missing(), {}):
            queue.interval(**columns)
        assert queue.states("service_level_below_range")[-1][0] == "updated"
        queue.interval()
        assert queue.states("service_level_below_range")[-1] == ("resolved", "10:00")

    def test_the_sum_does_not_survive_its_breach(self) -> None:
        """After `no_volume` a new breach needs a sum of its own, and has an id of its own."""
        queue = Queue(BELOW)
        queue.interval(level=0.15)
        for _ in range(4):
            queue.interval(offered=0, level=None)
        queue.interval(level=0.55)
        assert len(queue.states("service_level_below_range")) == 2
        queue.interval(level=0.15)
        ids = [record["breach_id"] for record in queue.records("service_level_below_range")]
        assert ids[0] == ids[1] != ids[2]


class TestRecords:
    """The columns of a breach record."""

    def test_has_the_columns_of_the_reference_in_order(self) -> None:
        """Every record."""
        queue = Queue(BELOW)
        queue.interval(level=0.15)
        assert tuple(queue.events[0]) == BREACH_COLUMNS
        assert queue.events[0]["live"] is False
        assert queue.events[0]["item"] == RULES["service_level_below_range"].item

    def test_carries_the_causes_of_its_own_interval(self) -> None:
        """As given, largest first; a rule on another figure has none."""
        causes = [{"cause": "aht", "effect": -0.17}, {"cause": "volume", "effect": -0.09}]
        queue = Queue(BELOW)
        queue.interval(level=0.15, causes=causes)
        queue.interval(**missing())
        assert queue.records("service_level_below_range")[0]["causes"] == causes
        assert queue.records("feed_missing")[0]["causes"] is None

    def test_the_rows_list_open_breaches_and_those_they_resolved(self) -> None:
        """From the interval that opened it to the one that resolved it, not after."""
        queue = Queue(BELOW)
        found = [queue.interval(level=level).breaches for level in (0.80, 0.15, 0.80, 0.80, 0.80)]
        identity = "service_level_below_range/sales/2026-03-02T08:30:00Z"
        assert found == [(), (identity,), (identity,), (identity,), ()]

    @pytest.mark.parametrize("queue", ["a;b", "a/b", "a b", "销售", "50%", "a\tb"])
    def test_ids_are_unambiguous_whatever_the_queue_is_called(self, queue: str) -> None:
        """No separator of lists or paths in a queue's part, and no two queues with one id."""
        identity = breach_id("integrity", queue, "unbalanced", 0)
        assert ";" not in identity
        assert not any(character.isspace() for character in identity)
        assert identity.count("/") == 3
        assert identity != breach_id("integrity", "a", "unbalanced", 0)

    def test_a_scope_stands_before_the_instant(self) -> None:
        """And nothing where there is none."""
        assert breach_id("integrity", "sales", "unbalanced", at("08:30")) == (
            "integrity/sales/unbalanced/2026-03-02T08:30:00Z"
        )
        assert breach_id("feed_missing", "sales", "", at("08:30")) == "feed_missing/sales/2026-03-02T08:30:00Z"


INTERVAL = st.sampled_from(
    [
        {"level": 0.15},
        {"level": 0.55},
        {"level": 0.80},
        {"level": 1.0},
        {"offered": 5, "level": 0.4},
        {"offered": 160, "forecast_offered": 100, "level": 0.3},
        {"aht_seconds": 300},
        {"staffed_agents": 9},
        {"abandon_rate": 0.5},
        {"integrity": "unbalanced", "level": None},
        {"plan": "no_plan"},
        missing(),
    ]
)


class TestProperties:
    """Properties that hold for any run of intervals."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(intervals=st.lists(INTERVAL, max_size=60), restarts=st.sets(st.integers(0, 60)))
    def test_a_restart_anywhere_changes_nothing(self, intervals: list[dict[str, Any]], restarts: set[int]) -> None:
        """The same records, ids and rows as without one."""
        steady, restarted = Queue(BELOW, hours=None), Queue(BELOW, hours=None)
        for place, columns in enumerate(intervals):
            if place in restarts:
                restarted.restart()
            steady.interval(**columns)
            restarted.interval(**columns)
        assert json.dumps(restarted.events) == json.dumps(steady.events)
        assert restarted.rows == steady.rows

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(intervals=st.lists(INTERVAL, max_size=80))
    def test_every_breach_has_one_life(self, intervals: list[dict[str, Any]]) -> None:
        """Opened once with sequence 1, numbered without a gap, resolved at most once and last; severity never falls."""
        queue = Queue(BELOW)
        for columns in intervals:
            queue.interval(**columns)
        lives: dict[str, list[dict[str, Any]]] = {}
        for event in queue.events:
            lives.setdefault(str(event["breach_id"]), []).append(event)
        rank = {"info": 0, "warning": 1, "critical": 2}
        for life in lives.values():
            assert [event["sequence"] for event in life] == list(range(1, len(life) + 1))
            assert [event["state"] for event in life].count("opened") == 1
            assert life[0]["state"] == "opened"
            assert "resolved" not in [event["state"] for event in life[:-1]]
            severities = [rank[event["severity"]] for event in life]
            assert severities == sorted(severities)
            assert len({event["first_interval_start"] for event in life}) == 1
        still_open = sorted(identity for identity, life in lives.items() if life[-1]["state"] != "resolved")
        assert queue.rules.open_ids() == still_open


class TestInTheMachine:
    """The rules within the state machine of the queue."""

    def _run(self, commits: bool) -> list[Output]:
        state: dict[bytes, bytes] = {}
        outputs: list[Output] = []
        rules = {"service_level_below_range": {"accumulate": 0.5, "critical": 1.5}}
        machine = engine(state=state, rules=rules, hours={"mon-sun": "08:00-20:00"})
        for row, hour in enumerate((8, 9, 10, 11, 12, 13, 14)):
            within = 10 if hour in {9, 10} else 80
            record = snapshot(
                f"{hour:02d}:00", offered=100, answered=100, answered_within=within, abandoned=0, waiting=0
            )
            outputs += feed(machine, [record], row)
            if commits:
                commit = machine.commit()
                assert commit is not None
                commit.apply(state)
                machine = engine(state=state, rules=rules, hours={"mon-sun": "08:00-20:00"})
        return outputs

    def test_a_result_is_followed_by_the_breaches_it_made(self) -> None:
        """The row names the breach that the next output opens."""
        outputs = self._run(commits=False)
        opened = next(output for output in outputs if isinstance(output, BreachEvent))
        before = outputs[outputs.index(opened) - 1]
        assert isinstance(before, Result)
        assert opened.row["breach_id"] in str(before.row["breaches"])
        assert opened.row["interval_start"] == before.row["interval_start"]

    def test_a_restart_after_every_commit_gives_the_same_outputs(self) -> None:
        """Events and hashes alike."""
        assert self._run(commits=True) == self._run(commits=False)

    def test_a_correction_changes_no_breach(self) -> None:
        """The late copy says 80 %: the row is corrected, names the same breaches, and its reason the verdict."""
        rules = {"service_level_below_range": {"accumulate": 0.5, "critical": 1.5}}
        machine = engine(rules=rules, hours={"mon-sun": "08:00-20:00"})
        counts = {"offered": 100, "answered": 100, "abandoned": 0, "waiting": 0}
        outputs = feed(machine, [snapshot("08:00", answered_within=10, **counts)])
        outputs += feed(machine, [snapshot("10:00", answered_within=80, **counts)], 2)
        late = feed(machine, [snapshot("08:00", "09:00", answered_within=80, **counts)], 3)
        first = next(o for o in outputs if isinstance(o, Result))
        assert [type(output) for output in late] == [Result]
        assert isinstance(late[0], Result)
        assert late[0].row["breaches"] == first.row["breaches"] is not None
        assert "spec below -> in_range" in str(late[0].row["reason"])

    def test_an_idle_queue_without_hours_is_due_when_its_day_is_over(self) -> None:
        """So that a tick is written, and the breach does not stay open over night."""
        machine = engine(rules=BELOW)
        counts = {"offered": 100, "answered": 100, "answered_within": 10, "abandoned": 0, "waiting": 0}
        machine.apply([snapshot("22:00", **counts)], "call-data/0", 0, at("22:30"))
        machine.tick(at("22:36"))
        assert not machine.due(at("23:59"))
        assert not machine.due(at("2026-03-03T00:05"))
        assert machine.due(at("2026-03-03T00:06"))
        outputs = machine.tick(at("2026-03-03T00:06"))
        assert [o.row["state"] for o in outputs if isinstance(o, BreachEvent)] == ["resolved"]
        assert not machine.due(at("2026-03-03T01:00"))
