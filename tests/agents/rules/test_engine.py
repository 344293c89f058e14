"""Each rule of docs/reference/rules.md opens and resolves at the stated interval, and at neither side of its limit."""

import pytest
from rule_rows import Queue, missing

from agents.rules.observations import Facts

BELOW = {"service_level_below_range": {"accumulate": 0.696, "critical": 1.50, "clear_after": 2, "min_volume": 20}}
ABOVE = {"service_level_above_range": {"accumulate": 0.20}}
VOLUME = {"volume_variance": {"z": 3.0, "tolerance": 0.10, "critical": 6.0}}
AHT = {"aht_variance": {"z": 3.0, "tolerance": 0.10, "critical": 6.0}}
NET = {
    "net_staffing": {
        "agents": 1,
        "share": 0.10,
        "running": 3,
        "critical_agents": 3,
        "critical_share": 0.25,
        "critical_running": 2,
    }
}
GAP = {
    "schedule_gap": {
        "agents": 1,
        "share": 0.05,
        "running": 2,
        "critical_agents": 3,
        "critical_share": 0.20,
        "critical_running": 1,
    }
}
ABANDON = {"abandon_rate_above_limit": {"limit": 0.08, "accumulate": 0.30, "critical": 1.00}}
ONE = {"service_level_below_range": {"accumulate": 0.35, "critical": 1.50}}


class TestServiceLevelBelowRange:
    """2.G.A: the accumulated shortfall under the range's low end (0.75), by the weights of `copc.cusum`."""

    def test_opens_at_exactly_the_limit(self) -> None:
        """Three half hours at 55 % are 3 x 0.232 = 0.696: the third opens it, and the run began with the first."""
        queue = Queue(BELOW)
        for _ in range(3):
            queue.interval(level=0.55)
        assert queue.states("service_level_below_range") == [("opened", "09:00")]
        assert queue.events[0]["first_interval_start"] == "2026-03-02T08:00:00Z"

    def test_stays_quiet_one_interval_short(self) -> None:
        """Two half hours at 55 % are 0.464."""
        queue = Queue(BELOW)
        queue.interval(level=0.55)
        queue.interval(level=0.55)
        queue.interval(level=0.75)
        assert queue.events == []

    def test_the_low_end_itself_is_inside(self) -> None:
        """A day at exactly 75 % opens nothing."""
        queue = Queue(BELOW)
        for _ in range(24):
            queue.interval(level=0.75)
        assert queue.events == []

    def test_the_sum_forgets_slowly(self) -> None:
        """0.464, less 0.15 of a half hour at the target, + 0.464 = 0.778; 100 % gives back no more."""
        for good in (0.80, 1.0):
            queue = Queue(BELOW)
            for level in (0.55, 0.55, good, 0.55, 0.55):
                queue.interval(level=level)
            assert queue.states("service_level_below_range") == [("opened", "10:00")]
            assert queue.events[0]["first_interval_start"] == "2026-03-02T08:00:00Z"

    def test_a_sum_that_is_given_back_begins_anew(self) -> None:
        """0.232, given back by two half hours at the target; the next run has its own first interval."""
        queue = Queue(BELOW)
        for level in (0.55, 0.80, 0.80, 0.55, 0.55, 0.55):
            queue.interval(level=level)
        assert queue.events[0]["first_interval_start"] == "2026-03-02T09:30:00Z"

    def test_a_day_that_alternates_is_told_within_five_intervals(self) -> None:
        """78, 30, 78, 30 %: 0, 0.52, 0.52 - 0.09, + 0.52 = 0.95 with the defaults (0.70)."""
        queue = Queue()
        for level in (0.78, 0.30) * 4:
            queue.interval(level=level)
        assert queue.states("service_level_below_range")[0] == ("opened", "09:30")
        assert queue.records("service_level_below_range")[0]["observed"] == 0.30

    def test_two_hours_of_the_issue_are_told(self) -> None:
        """55.6 % in four half hours with 47 of 259 callers lost: both rules speak with the defaults."""
        queue = Queue()
        for lost in (12, 12, 12, 11):
            queue.interval(offered=65, level=36 / 65, abandoned=lost, abandon_rate=lost / 65)
        assert queue.states("service_level_below_range") == [("opened", "09:30")]
        assert queue.states("abandon_rate_above_limit")[0] == ("opened", "09:00")

    def test_deep_intervals_count_half_at_most(self) -> None:
        """A half hour at 15 % is 0.52, one at 0 % no more."""
        for level in (0.15, 0.0):
            queue = Queue(BELOW)
            queue.interval(level=level)
            assert queue.events == []
            queue.interval(level=level)
            assert queue.states("service_level_below_range") == [("opened", "08:30")]

    def test_quarter_hours_weigh_less_than_half(self) -> None:
        """A quarter hour at 15 % is 0.234: the third opens it."""
        queue = Queue(BELOW, interval_minutes=15)
        for _ in range(3):
            queue.interval(level=0.15)
        assert queue.states("service_level_below_range") == [("opened", "08:30")]

    def test_turns_critical_at_exactly_the_critical_sum(self) -> None:
        """1.04 opens it, 1.56 is critical, and severity does not fall again."""
        queue = Queue(BELOW)
        for level in (0.15, 0.15, 0.15, 0.80, 0.60):
            queue.interval(level=level)
        found = [(record["state"], record["severity"]) for record in queue.records("service_level_below_range")]
        assert found == [
            ("opened", "warning"),
            ("updated", "critical"),
            ("updated", "critical"),
            ("updated", "critical"),
        ]

    def test_a_missing_interval_leaves_the_sum(self) -> None:
        """0.464, missing, 0.232: only a resolved breach sets the sum to 0."""
        queue = Queue(BELOW)
        for columns in ({"level": 0.55}, {"level": 0.55}, missing(), {"level": 0.55}):
            queue.interval(**columns)
        record = queue.records("service_level_below_range")[0]
        assert (record["interval_start"], record["first_interval_start"]) == (
            "2026-03-02T09:30:00Z",
            "2026-03-02T08:00:00Z",
        )

    def test_resolves_after_two_intervals_inside(self) -> None:
        """One inside, one outside, two inside: resolved at the last, and not before; the sum is 0 then."""
        queue = Queue(BELOW)
        for level in (0.15, 0.15, 0.80, 0.60, 0.81, 0.82, 0.55, 0.55):
            queue.interval(level=level)
        assert queue.states("service_level_below_range") == [
            ("opened", "08:30"),
            ("updated", "09:00"),
            ("updated", "09:30"),
            ("updated", "10:00"),
            ("resolved", "10:30"),
        ]
        assert [record["sequence"] for record in queue.events] == [1, 2, 3, 4, 5]

    def test_a_queue_that_varies_by_chance_needs_more_to_be_believed(self) -> None:
        """After days between 0 and 100 % a half hour weighs 0.4: six at 55 % are 0.56, seven 0.65."""
        queue = Queue({"service_level_below_range": {"accumulate": 0.60}, "service_level_unusual": {"on": False}})
        for day in range(2, 22):
            queue.interval(f"2026-03-{day:02d}T08:00", level=0.0)
            for half in range(1, 24):
                queue.interval(level=float(half % 2))
        assert queue.rules.state.chance.weight == 0.4
        queue.events.clear()
        queue.interval("2026-03-22T08:00", level=0.55)
        for _ in range(6):
            queue.interval(level=0.55)
        assert queue.states("service_level_below_range") == [("opened", "2026-03-22T11:00")]

    def test_the_record_names_figure_target_and_limit(self) -> None:
        """Observed is the interval's level, expected the target, limit the low end."""
        queue = Queue(BELOW)
        queue.interval(level=0.14)
        queue.interval(level=0.15)
        record = queue.events[0]
        assert (record["item"], record["observed"], record["expected"], record["limit"], record["unit"]) == (
            "2.G.A",
            0.15,
            0.80,
            0.75,
            "ratio",
        )


class TestFewContacts:
    """Intervals of fewer than `min_volume` contacts: their contacts are judged one by one, in the same sum."""

    def test_nineteen_are_few_and_tell_half_as_much_as_their_time(self) -> None:
        """0.232, + 0.30 of 19 contacts all late (0.57 would be too sure), + 0.232 = 0.764."""
        queue = Queue(BELOW)
        queue.interval(level=0.55)
        queue.interval(level=0.0, offered=19)
        queue.interval(level=None, offered=0)
        queue.interval(level=0.55)
        assert queue.states("service_level_below_range") == [("opened", "09:30")]

    @pytest.mark.parametrize(("offered", "opens"), [(15, 3), (5, 5), (2, 12)])
    def test_a_queue_that_answers_nobody_is_told_within_sixty_contacts(self, offered: int, opens: int) -> None:
        """0.03 a contact, 0.30 a half hour at most: 45, 25 and 24 contacts reach 0.70."""
        queue = Queue()
        for _ in range(24):
            queue.interval(level=0.0, offered=offered, abandoned=offered, answered=0, abandon_rate=1.0)
        found = queue.states("service_level_below_range")[0]
        assert found == ("opened", f"{8 + (opens - 1) // 2:02d}:{30 * ((opens - 1) % 2):02d}")

    def test_they_count_as_one_each_time_there_are_min_volume(self) -> None:
        """Four half hours of ten contacts at 80 % are two intervals back inside."""
        queue = Queue(BELOW)
        for columns in ({"level": 0.15}, {"level": 0.15}, *[{"level": 0.80, "offered": 10}] * 4):
            queue.interval(**columns)
        assert queue.states("service_level_below_range") == [
            ("opened", "08:30"),
            ("updated", "09:30"),
            ("resolved", "10:30"),
        ]
        assert "back inside for 2 intervals" in str(queue.events[-1]["message"])

    def test_they_are_inside_together_or_not(self) -> None:
        """100 % of ten and 20 % of ten are 60 %: not back inside, and the count of those inside starts anew."""
        queue = Queue(BELOW)
        for level, offered in ((0.15, 100), (0.15, 100), (0.80, 100), (1.0, 10), (0.2, 10), (0.80, 100)):
            queue.interval(level=level, offered=offered)
        assert queue.states("service_level_below_range")[-2:] == [("updated", "10:00"), ("updated", "10:30")]
        queue.interval()
        assert queue.states("service_level_below_range")[-1] == ("resolved", "11:00")

    def test_one_inside_says_nothing_where_they_are_outside_together(self) -> None:
        """None of ten, then 100 % of ten: nobody says that it is back inside for 0 intervals."""
        queue = Queue(BELOW)
        for level, offered in ((0.15, 100), (0.15, 100), (0.0, 10), (1.0, 10)):
            queue.interval(level=level, offered=offered)
        assert queue.states("service_level_below_range") == [("opened", "08:30"), ("updated", "09:00")]

    def test_no_end_is_told_of_an_interval_outside(self) -> None:
        """95 % of 19 and none of one are inside together; the next interval inside says so."""
        queue = Queue({"service_level_below_range": {"accumulate": 0.60, "clear_after": 1}})
        for level, offered in ((0.15, 100), (0.15, 100), (18 / 19, 19), (0.0, 1), (1.0, 1)):
            queue.interval(level=level, offered=offered)
        assert queue.states("service_level_below_range") == [
            ("opened", "08:30"),
            ("updated", "09:30"),
            ("resolved", "10:00"),
        ]

    def test_the_worst_interval_is_one_of_many_contacts(self) -> None:
        """One late contact is 0 %, and no worse than 15 % of a hundred."""
        queue = Queue(BELOW)
        for level, offered in ((0.15, 100), (0.16, 100), (0.0, 1), (0.80, 100), (0.80, 100)):
            queue.interval(level=level, offered=offered)
        assert queue.events[-1]["state"] == "resolved"
        assert queue.events[-1]["worst_observed"] == 0.15


def test_no_interval_inside_opens_or_heads_a_breach_of_over_service() -> None:
    """Each half hour at 100 % is 0.10, one at 85 % gives back 0.10; what opens it is above 90 %."""
    queue = Queue(ABOVE)
    for level in (1.0, 1.0, 1.0, 0.85, 0.85, 1.0, 0.85, 1.0, 1.0, 1.0, 0.80, 0.80):
        queue.interval(level=level)
    found = [record for record in queue.records("service_level_above_range") if record["state"] == "opened"]
    assert [record["interval_start"] for record in found] == ["2026-03-02T08:30:00Z", "2026-03-02T12:00:00Z"]
    assert all(float(str(record["observed"])) > 0.90 for record in found)


def test_service_level_above_range_opens_on_excess_and_is_never_critical() -> None:
    """Two half hours at 100 % over a high end of 90 % are 0.20; a day of it stays a warning."""
    queue = Queue(ABOVE)
    queue.interval(level=1.0)
    assert queue.events == []
    for _ in range(10):
        queue.interval(level=1.0)
    assert queue.states("service_level_above_range")[0] == ("opened", "08:30")
    assert {record["severity"] for record in queue.events} == {"warning"}


def test_service_level_above_range_counts_the_high_end_as_inside() -> None:
    """Exactly 90 % is in range."""
    queue = Queue(ABOVE)
    for _ in range(24):
        queue.interval(level=0.90)
    assert queue.events == []


def test_a_queue_without_range_has_no_breach_of_it() -> None:
    """No target, no verdict."""
    queue = Queue({**BELOW, **ABOVE}, level={"target": None, "range": None})
    for level in (0.0, 0.0, 1.0, 1.0):
        queue.interval(level=level)
    assert [event for event in queue.events if "range" in str(event["rule"])] == []


class TestAbandonRate:
    """2.G.A: the accumulated excess over 8 %."""

    @pytest.mark.parametrize(("rate", "opens"), [(0.16, True), (0.15, False), (0.08, False)])
    def test_opens_at_an_excess_of_the_limit(self, rate: float, opens: bool) -> None:
        """From 8 points over the limit on a half hour counts 0.11, three of them 0.33; at 7 points it counts 0.08."""
        queue = Queue(ABANDON)
        for _ in range(3):
            queue.interval(abandon_rate=rate)
        assert bool(queue.records("abandon_rate_above_limit")) is opens

    def test_critical_at_the_critical_excess(self) -> None:
        """From 40 points over the limit on a half hour counts 0.27: two open it, four are 1.08."""
        queue = Queue(ABANDON)
        for rate in (0.48, 0.56, 0.70, 1.0):
            queue.interval(abandon_rate=rate)
        assert [record["severity"] for record in queue.events] == ["warning", "warning", "critical"]


class TestOccupancy:
    """2.G.A: off until a site sets its range."""

    def test_is_off_by_default(self) -> None:
        """No occupancy opens a breach by default."""
        queue = Queue()
        for _ in range(10):
            queue.interval(occupancy=1.0)
        assert queue.events == []

    def test_opens_after_four_running_outside_either_end(self) -> None:
        """The ends count as inside; an interval without agent time does not count."""
        queue = Queue({"occupancy_outside_range": {"range": [0.75, 0.88]}})
        for busy in (0.95, 0.95, 0.95, 0.88, 0.95, 0.60, None, 0.95, 0.95):
            queue.interval(occupancy=busy)
        assert queue.states("occupancy_outside_range") == [("opened", "12:00")]
        assert queue.events[0]["limit"] == 0.88


class TestVolumeVariance:
    """2.5: volume-adjusted deviation and tolerance, both."""

    @pytest.mark.parametrize(
        ("offered", "forecast", "opens"),
        [
            (132, 100, False),  # z 2.97
            (133, 100, True),  # z 3.06
            (73, 100, False),  # z -2.91
            (72, 100, True),  # z -3.02
            (1100, 1000, False),  # z 3.09, and 10 % exactly
            (1101, 1000, True),
        ],
    )
    def test_needs_z_and_tolerance(self, offered: int, forecast: float, opens: bool) -> None:
        """Beyond 3 standard deviations and more than 10 % off; 10 % exactly is within, however sure."""
        queue = Queue(VOLUME)
        queue.interval(offered=offered, forecast_offered=forecast)
        assert bool(queue.records("volume_variance")) is opens

    def test_dispersion_widens_the_limit(self) -> None:
        """140 for 100 is z 3.66 under phi 1 and 2.98 under phi 1.5."""
        for phi, opens in ((1.0, True), (1.5, False)):
            queue = Queue(VOLUME)
            queue.interval(offered=140, forecast_offered=100, facts=Facts(dispersion=phi))
            assert bool(queue.events) is opens

    def test_is_critical_beyond_six(self) -> None:
        """180 for 100 is z 6.82."""
        queue = Queue(VOLUME)
        queue.interval(offered=180, forecast_offered=100)
        record = queue.events[0]
        assert (record["severity"], record["observed"], record["unit"]) == ("critical", 0.8, "ratio")

    def test_states_the_limit_as_a_share_of_the_forecast(self) -> None:
        """At the limit that the record names, the deviation is 3 SD."""
        queue = Queue(VOLUME)
        queue.interval(offered=140, forecast_offered=100)
        limit = queue.events[0]["limit"]
        assert isinstance(limit, float)
        assert 2 * ((100 * (1 + limit) + 0.375) ** 0.5 - 100.375**0.5) == pytest.approx(3)

    def test_a_forecast_of_zero_has_no_ratio(self) -> None:
        """Contacts where none were expected open it, with no observed ratio."""
        queue = Queue(VOLUME)
        queue.interval(offered=30, forecast_offered=0)
        assert (queue.events[0]["rule"], queue.events[0]["observed"]) == ("volume_variance", None)

    def test_counts_where_many_came_or_should_have_come(self) -> None:
        """19 for a forecast of 4 is a small queue's chance; 20 for it is not, nor are 5 or none for 100."""
        for offered, forecast, opens in ((19, 4, False), (20, 4, True), (5, 100, True), (0, 20, True), (0, 19, False)):
            queue = Queue(VOLUME)
            queue.interval(offered=offered, forecast_offered=forecast, level=None, handled=None, aht_seconds=None)
            assert bool(queue.records("volume_variance")) is opens

    def test_a_missing_interval_is_no_collapse(self) -> None:
        """No data is not no contacts: that is `feed_missing`."""
        queue = Queue(VOLUME)
        queue.interval(**missing(forecast_offered=100))
        assert queue.records("volume_variance") == []


class TestAhtVariance:
    """2.5: handle time against forecast."""

    def test_opens_on_long_calls_and_says_how_long(self) -> None:
        """270 s for 180 s over 100 calls: z = 3 sqrt(100) (1.5^(1/3) - 1 + 1/900) = 4.37."""
        queue = Queue(AHT)
        queue.interval(aht_seconds=270)
        record = queue.events[0]
        assert (record["rule"], record["severity"]) == ("aht_variance", "warning")
        assert record["observed"] == pytest.approx(0.5)

    def test_the_worked_example_is_not_enough(self) -> None:
        """205 s for 180 s over 100 calls has z 1.36 (docs/concepts/figures.md#forecast-accuracy)."""
        queue = Queue(AHT)
        queue.interval(aht_seconds=205)
        assert queue.events == []

    def test_needs_twenty_handled(self) -> None:
        """19 handled calls are too few, however long."""
        queue = Queue(AHT)
        queue.interval(aht_seconds=900, handled=19)
        assert queue.events == []
        queue.interval(aht_seconds=900, handled=20)
        assert queue.states("aht_variance") == [("opened", "08:30")]

    def test_low_aht_says_nothing_until_five_handle_times_after_opening(self) -> None:
        """After opening only short calls have ended: with 180 s, 15 minutes long, so the second interval counts."""
        queue = Queue(AHT)
        queue.interval(aht_seconds=90)
        assert queue.events == []
        queue.interval(aht_seconds=90)
        assert queue.states("aht_variance") == [("opened", "08:30")]


class TestNetStaffing:
    """2.5: staffed less required at the actual volume and AHT."""

    def test_opens_in_the_third_running_interval(self) -> None:
        """Two short of fourteen, in three running; one interval enough in between starts anew."""
        queue = Queue(NET)
        for staffed in (12, 12, 14, 12, 12, 12):
            queue.interval(staffed_agents=staffed)
        assert queue.states("net_staffing") == [("opened", "10:30")]
        assert queue.events[0]["observed"] == -2

    def test_exactly_the_allowed_gap_is_inside(self) -> None:
        """10 % of 20 is 2: a gap of exactly 2 is allowed, 2.1 is not; of 5 required one agent is allowed."""
        for required, staffed, opens in ((20, 18, False), (20, 17.9, True), (5, 4, False), (5, 3.9, True)):
            queue = Queue(NET)
            for _ in range(3):
                queue.interval(required_agents=required, staffed_agents=staffed)
            assert bool(queue.records("net_staffing")) is opens

    def test_is_critical_when_the_last_two_are_deep(self) -> None:
        """More than 25 % short in two running: that opens it, too, one interval sooner; 25 % exactly is not deep."""
        queue = Queue(NET)
        for staffed in (15, 14.9, 15):
            queue.interval(required_agents=20, staffed_agents=staffed)
        assert [record["severity"] for record in queue.records("net_staffing")] == ["warning"]
        queue = Queue(NET)
        for staffed in (14.9, 14.9):
            queue.interval(required_agents=20, staffed_agents=staffed)
        assert [record["severity"] for record in queue.records("net_staffing")] == ["critical"]

    def test_is_silent_for_shared_agents(self) -> None:
        """Net staffing of agents on several queues is shown and raises no breach."""
        queue = Queue(NET)
        for _ in range(4):
            queue.interval(required_agents=20, staffed_agents=10, integrity="shared_agents")
        assert queue.records("net_staffing") == []


def test_schedule_gap_opens_in_the_second_interval() -> None:
    """Staffed less scheduled below -max(1, 5 %) in two running: 5 % exactly is inside."""
    queue = Queue(GAP)
    for staffed in (38, 37.9, 38):
        queue.interval(scheduled_agents=40, staffed_agents=staffed)
    assert queue.records("schedule_gap") == []
    queue.interval(scheduled_agents=40, staffed_agents=37.9)
    queue.interval(scheduled_agents=40, staffed_agents=37.9)
    assert [(r["severity"], r["limit"]) for r in queue.records("schedule_gap")] == [("warning", -2)]


def test_schedule_gap_of_a_fifth_is_critical_at_once() -> None:
    """More than max(3, 20 %) away in one interval does not wait for a second; 20 % exactly does."""
    queue = Queue(GAP)
    queue.interval(scheduled_agents=40, staffed_agents=32)
    assert queue.records("schedule_gap") == []
    queue = Queue(GAP)
    queue.interval(scheduled_agents=40, staffed_agents=31.9)
    assert [r["severity"] for r in queue.records("schedule_gap")] == ["critical"]


class TestPlanMissing:
    """2.5: contacts in an interval that nobody planned."""

    def test_opens_only_where_the_queue_has_any_plan(self) -> None:
        """A queue that never had a plan is not in breach."""
        queue = Queue()
        queue.interval(plan="no_plan", facts=Facts(has_plan=False))
        assert queue.events == []
        queue.interval(plan="no_plan")
        assert queue.states("plan_missing") == [("opened", "08:30")]

    def test_no_demand_without_plan_is_no_breach(self) -> None:
        """Nothing came, nothing was planned."""
        queue = Queue()
        queue.interval(plan="no_plan", offered=0, level=None)
        assert queue.events == []

    def test_resolves_after_two_planned_intervals(self) -> None:
        """`clear_after` as everywhere."""
        queue = Queue()
        for plan in ("no_plan", "on_plan", "on_plan;plan_late"):
            queue.interval(plan=plan)
        assert queue.states("plan_missing")[-1] == ("resolved", "09:00")


class TestFeedMissing:
    """2.6: a feed that has stopped."""

    def test_opens_at_once_and_is_critical_in_the_second(self) -> None:
        """One interval is a warning, two running are critical; data for two intervals resolves it."""
        queue = Queue()
        queue.interval(**missing())
        queue.interval(**missing())
        queue.interval()
        queue.interval()
        found = [(r["state"], r["severity"], r["observed"]) for r in queue.records("feed_missing")]
        assert found == [
            ("opened", "warning", 1),
            ("updated", "critical", 2),
            ("updated", "critical", 0),
            ("resolved", "critical", 0),
        ]

    def test_silence_is_no_sign_of_its_return(self) -> None:
        """An interval with neither contact nor source does not count as back."""
        queue = Queue()
        queue.interval(**missing())
        for _ in range(3):
            queue.interval(offered=0, level=None, facts=Facts(has_data=False))
        assert queue.states("feed_missing") == [("opened", "08:00")]


class TestIntegrity:
    """2.6: figures that cannot be."""

    def test_each_check_is_a_breach_of_its_own(self) -> None:
        """Two checks fail, one passes again."""
        queue = Queue()
        queue.interval(integrity="exceeds_answered;unbalanced", level=None)
        queue.interval(integrity="unbalanced", level=None)
        queue.interval(integrity="unbalanced", level=None)
        found = [(r["scope"], r["state"]) for r in queue.records("integrity")]
        assert found == [
            ("exceeds_answered", "opened"),
            ("unbalanced", "opened"),
            ("exceeds_answered", "updated"),
            ("exceeds_answered", "resolved"),
        ]

    @pytest.mark.parametrize("check", ["ambiguous_hour", "shared_agents", "attribution_mismatch"])
    def test_what_is_so_by_design_is_no_breach(self, check: str) -> None:
        """The repeated hour is covered, shared agents are a way of working."""
        queue = Queue()
        queue.interval(integrity=check)
        assert queue.events == []


class TestForecastAccuracy:
    """2.5: the day's WAPE, when its last interval is final."""

    RULES = {"forecast_accuracy": {"wape": 0.15, "min_forecast": 500, "critical": 0.30}}  # noqa: RUF012 - read only

    def _day(self, offered: int, forecast: float, queue: Queue, date: str = "2026-03-02") -> None:
        for half in range(24):
            start = f"{date}T{8 + half // 2:02d}:{30 * (half % 2):02d}"
            queue.interval(start, offered=offered, forecast_offered=forecast)

    def test_opens_at_the_last_interval_and_resolves_a_day_later(self) -> None:
        """16 % off is a breach of the day, 15 % is not, and ends it."""
        queue = Queue(self.RULES)
        self._day(116, 100, queue)
        assert queue.states("forecast_accuracy") == [("opened", "19:30")]
        self._day(115, 100, queue, "2026-03-03")
        assert queue.states("forecast_accuracy")[1] == ("resolved", "2026-03-03T19:30")

    def test_the_last_row_lists_it_and_it_stays_open_over_night(self) -> None:
        """Its id stands in the rows until it is resolved."""
        queue = Queue(self.RULES)
        self._day(116, 100, queue)
        identity = queue.records("forecast_accuracy")[0]["breach_id"]
        assert identity in str(queue.rows[-1]["breaches"])
        assert identity in queue.interval("2026-03-03T08:00").breaches

    def test_a_day_of_little_volume_is_not_judged(self) -> None:
        """24 x 20 = 480 forecast contacts are below 500."""
        queue = Queue(self.RULES)
        self._day(30, 20, queue)
        assert queue.states("forecast_accuracy") == []

    def test_is_critical_beyond_thirty_percent(self) -> None:
        """40 % off."""
        queue = Queue(self.RULES)
        self._day(140, 100, queue)
        assert queue.records("forecast_accuracy")[0]["severity"] == "critical"


class TestServiceLevelDay:
    """4.3: the day's service level, when its last interval is final."""

    RULES = {"service_level_below_range": {"on": False}}  # noqa: RUF012 - read only

    def _day(self, queue: Queue, level: float, date: str = "2026-03-02", offered: int = 100) -> None:
        for half in range(24):
            start = f"{date}T{8 + half // 2:02d}:{30 * (half % 2):02d}"
            queue.interval(start, level=(0.78, level)[half % 2], offered=offered)

    def test_a_day_of_good_and_bad_half_hours_is_told_at_its_end(self) -> None:
        """Half at 78 %, half at 70 %: 74 % of 2,400 contacts; a day at 75 % ends it."""
        queue = Queue(self.RULES)
        self._day(queue, 0.70)
        (record,) = queue.records("service_level_day")
        assert (record["item"], record["severity"], record["observed"]) == ("4.3", "warning", 0.74)
        assert str(record["message"]).startswith(
            "sales 2026-03-02: the day's service level 74 % (1776 of 2400 answered within 20 s), range 75-90 %, "
        )
        assert record["title"] == "sales: the day's service level 74 % (range 75-90 %), 2026-03-02"
        self._day(queue, 0.72, "2026-03-03")
        assert queue.states("service_level_day")[1] == ("resolved", "2026-03-03T19:30")
        assert "back inside" in str(queue.records("service_level_day")[1]["title"])

    def test_is_critical_fifteen_points_under(self) -> None:
        """78 and 42 % are 60 %: not deep; 78 and 40 % are 59 %."""
        for level, severity in ((0.42, "warning"), (0.40, "critical")):
            queue = Queue(self.RULES)
            self._day(queue, level)
            assert queue.records("service_level_day")[0]["severity"] == severity

    def test_a_day_that_chance_alone_may_bring_is_shown_and_nobody_is_called(self) -> None:
        """240 contacts in half hours of 10, 73.75 %: 1.8 standard errors of such a queue under 80 %."""
        queue = Queue(self.RULES)
        self._varied(queue, "2026-03-02")
        (record,) = queue.records("service_level_day")
        assert (record["severity"], record["observed"]) == ("info", pytest.approx(177 / 240))
        assert "; chance alone brings as much to so few contacts" in str(record["message"])

    def test_a_queue_that_is_short_every_day_is_told_after_some(self) -> None:
        """The same day twice is 2.5 standard errors: the second day raises the breach to a warning."""
        queue = Queue(self.RULES)
        self._varied(queue, "2026-03-02")
        queue.restart()
        self._varied(queue, "2026-03-03")
        opened, raised = queue.records("service_level_day")
        assert (raised["state"], raised["severity"], raised["breach_id"]) == ("updated", "warning", opened["breach_id"])
        assert "chance" not in str(raised["message"])
        for half in range(24):
            queue.interval(f"2026-03-04T{8 + half // 2:02d}:{30 * (half % 2):02d}", level=0.80, offered=10)
        assert queue.states("service_level_day")[-1] == ("resolved", "2026-03-04T19:30")
        self._varied(queue, "2026-03-05")
        assert queue.records("service_level_day")[-1]["severity"] == "info"

    def _varied(self, queue: Queue, date: str) -> None:
        for half in range(24):
            level = (0.4, 1.0, 0.8, 0.6, 0.9, 0.7)[half % 6] if half else 0.5
            queue.interval(f"{date}T{8 + half // 2:02d}:{30 * (half % 2):02d}", level=level, offered=10)

    def test_a_site_may_be_told_of_every_day(self) -> None:
        """`errors: 0` makes each day under its range a warning."""
        queue = Queue({**self.RULES, "service_level_day": {"errors": 0}})
        self._varied(queue, "2026-03-02")
        assert queue.records("service_level_day")[0]["severity"] == "warning"

    def test_a_day_of_few_contacts_is_not_judged(self) -> None:
        """39 contacts are fewer than twice 20; low volume by interval does not matter."""
        for last, opens in ((19, False), (20, True)):
            queue = Queue(self.RULES)
            queue.interval("08:00", level=0.5, offered=20)
            queue.interval("19:30", level=0.5, offered=last)
            assert bool(queue.records("service_level_day")) is opens

    def test_a_restart_within_the_day_changes_nothing(self) -> None:
        """The counts of before are in the state."""
        queue = Queue(self.RULES)
        queue.interval("08:00", level=0.5)
        queue.restart()
        queue.interval("19:30", level=0.6)
        assert queue.records("service_level_day")[0]["observed"] == 0.55


class TestRepeatBreach:
    """2.3: the third time in the same slot within four weeks."""

    def _open(self, queue: Queue, date: str) -> None:
        for level in (0.15, 0.8, 0.8):
            queue.interval(f"{date}T10:00" if level < 0.5 else None, level=level)
        queue.interval(f"{date}T19:30")

    def test_the_third_hands_over(self) -> None:
        """Three Mondays at 10:00; the scope names rule and slot."""
        queue = Queue(ONE)
        for date in ("2026-03-02", "2026-03-09", "2026-03-16"):
            assert queue.records("repeat_breach") == []
            self._open(queue, date)
        record = queue.records("repeat_breach")[0]
        assert (record["item"], record["scope"], record["observed"], record["limit"]) == (
            "2.3",
            "service_level_below_range@10:00",
            3,
            3,
        )
        assert record["first_interval_start"] == "2026-03-02T10:00:00Z"

    def test_it_names_rule_and_slot_in_words(self) -> None:
        """People read the rule's noun, and the day; a rule's name is for programs."""
        queue = Queue(ONE)
        for date in ("2026-03-02", "2026-03-09", "2026-03-16"):
            self._open(queue, date)
        record = queue.records("repeat_breach")[0]
        assert record["title"] == "sales: service level below its range 3 times at 10:00 in 4 weeks, 2026-03-16"
        assert str(record["message"]).startswith(
            "sales 2026-03-16: service level below its range 3 times at 10:00 in 4 weeks; from 3 on it is handed over "
            "to structured problem solving. Item 2.3, "
        )

    def test_a_missing_feed_is_not_counted(self) -> None:
        """A source that is silent again at the same hour is no process that people could improve."""
        queue = Queue()
        for date in ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"):
            queue.interval(f"{date}T10:00", **missing())
            queue.interval()
            queue.interval()
        assert len({record["breach_id"] for record in queue.records("feed_missing")}) == 4
        assert queue.records("repeat_breach") == []

    def test_four_weeks_later_the_first_is_forgotten(self) -> None:
        """28 days apart are not within four weeks."""
        queue = Queue(ONE)
        for date in ("2026-03-02", "2026-03-16", "2026-03-30"):
            self._open(queue, date)
        assert queue.records("repeat_breach") == []

    def test_resolves_when_too_few_are_left(self) -> None:
        """At the end of the first day on which fewer than three lie within four weeks."""
        queue = Queue(ONE)
        for date in ("2026-03-02", "2026-03-09", "2026-03-16"):
            self._open(queue, date)
        queue.interval("2026-03-29T19:30")
        assert [record["state"] for record in queue.records("repeat_breach")] == ["opened"]
        queue.interval("2026-03-30T19:30")
        assert [record["state"] for record in queue.records("repeat_breach")] == ["opened", "resolved"]


def test_a_rule_that_is_off_says_nothing() -> None:
    """`on: false` for one queue."""
    queue = Queue({"service_level_below_range": {"on": False}, "feed_missing": {"on": False}})
    for _ in range(5):
        queue.interval(level=0.0)
        queue.interval(**missing())
    assert [event["rule"] for event in queue.events if event["rule"] != "repeat_breach"] == []


def test_severity_is_data() -> None:
    """A site may have a rule only shown."""
    queue = Queue({"service_level_below_range": {"severity": "info", "accumulate": 0.5, "critical": None}})
    queue.interval(level=0.0)
    assert queue.events[0]["severity"] == "info"
