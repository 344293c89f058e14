"""Who is told of an incident and when: begin, worse and end to the same people, and nothing else."""

import dataclasses
from collections.abc import Sequence

import pytest
from notices import DAYTIME, NIGHT, SETTINGS, at, change, escalation, incident

from agents.notices.incidents import Change, Incident
from agents.notices.notices import notices_of
from config.notify import NotifySettings, Quiet, Route, Team

HOURS_AND_NIGHT = dataclasses.replace(
    SETTINGS,
    teams={
        **SETTINGS.teams,
        "ops": Team("ops", ("ana",), DAYTIME, "night"),
        "night": Team("night", ("duty",), at_least="critical"),
    },
)
SL = "service_level_below_range"


def _active(
    found: Incident, when: str, settings: NotifySettings = SETTINGS, acknowledged: Sequence[str] = ()
) -> set[tuple[str, str, str, str]]:
    """Person, kind, severity and notice of what stands."""
    notices = notices_of(found, [at(text) for text in acknowledged], settings, at(when))
    return {(one.person, one.kind, one.severity, one.notice) for one in notices if one.active}


def _shown(found: Incident, when: str, settings: NotifySettings = SETTINGS, acks: Sequence[str] = ()) -> set[str]:
    """All that stands or is shown as 0, as `person kind severity value`."""
    notices = notices_of(found, [at(text) for text in acks], settings, at(when))
    return {f"{one.person} {one.kind} {one.severity} {int(one.active)}" for one in notices}


# --- begin, worse, end --------------------------------------------------------------------------------


def test_a_warning_that_becomes_critical_is_one_more_to_the_same_people_until_both_end() -> None:
    """The warning stands the whole time, the critical joins and stays; both end a minute after the end is published."""
    found = incident(
        change("09 10:05"),
        change("09 10:35", "updated", "critical"),
        change("09 12:05", "resolved", "critical"),
    )
    warning = {("ana", "incident", "warning", "i1"), ("bo", "incident", "warning", "i1")}
    critical = {("ana", "incident", "critical", "i1"), ("bo", "incident", "critical", "i1")}
    assert _active(found, "09 10:04") == set()
    assert _active(incident(found.changes[0]), "09 10:34") == warning
    assert _active(incident(*found.changes[:2]), "09 10:35") == warning | critical
    assert _active(found, "09 12:05") == warning | critical
    assert _active(found, "09 12:06") == set()
    assert _shown(found, "10 12:00") == {
        f"{who} incident {how} 0" for who in ("ana", "bo") for how in ("warning", "critical")
    }


def test_who_hears_only_criticals_has_the_critical_alone() -> None:
    """A route for criticals before the general one adds its people; those told before are told, too."""
    settings = dataclasses.replace(SETTINGS, routes=(Route("night", severity="critical"), Route("ops")))
    found = incident(change("09 10:05"), change("09 10:35", "updated", "critical"))
    assert _active(found, "09 10:40", settings) == {
        ("ana", "incident", "warning", "i1"),
        ("bo", "incident", "warning", "i1"),
        ("ana", "incident", "critical", "i1"),
        ("bo", "incident", "critical", "i1"),
        ("duty", "incident", "critical", "i1"),
    }


def test_later_rules_of_the_incident_join_silently_and_add_whom_they_are_routed_to() -> None:
    """A second warning of the same team changes nothing; one of item 2.5 tells planning then, until the common end."""
    volume = change("09 10:35", rule="volume_variance")
    other = change("09 10:36", rule="abandon_rate_above_limit", item="2.G.A")
    found = incident(change("09 10:05"), volume, other)
    assert _active(found, "09 10:34") == {("ana", "incident", "warning", "i1"), ("bo", "incident", "warning", "i1")}
    expected = _active(found, "09 10:34") | {("plan", "incident", "warning", "i1")}
    assert _active(found, "09 10:40") == expected
    found.put(change("09 11:05", "resolved", rule="volume_variance"))
    assert _active(found, "09 11:20") == expected


def test_planning_is_not_told_that_the_service_level_became_critical() -> None:
    """Each rule is routed by itself: who was told of the volume alone hears nothing of another team's rule."""
    found = incident(
        change("09 10:05"), change("09 10:05", rule="volume_variance"), change("09 10:35", "updated", "critical")
    )
    assert {one for one in _active(found, "09 10:40") if one[0] == "plan"} == {("plan", "incident", "warning", "i1")}


def test_info_is_told_to_nobody() -> None:
    """Severity info is shown and kept."""
    assert _shown(incident(change("09 10:05", severity="info")), "09 10:40") == set()


def test_below_at_least_a_route_fits_and_tells_nobody() -> None:
    """A warning that fits a route for criticals does not fall through to the next route."""
    settings = dataclasses.replace(
        SETTINGS, routes=(Route("planning", program="bank", at_least="critical"), Route("ops"))
    )
    assert _shown(incident(change("09 10:05")), "09 10:40", settings) == set()
    assert _active(incident(change("09 10:05", severity="critical")), "09 10:40", settings) == {
        ("plan", "incident", "critical", "i1")
    }


def test_what_begins_and_ends_within_one_publication_is_told_for_a_minute() -> None:
    """After an outage an incident may open and be over at once: it is told all the same, and its end a minute later."""
    found = incident(change("09 10:05"), change("09 10:05", "resolved"))
    assert _active(found, "09 10:05") == {("ana", "incident", "warning", "i1"), ("bo", "incident", "warning", "i1")}
    assert _active(found, "09 10:06") == set()


def test_records_older_than_a_day_are_told_to_nobody() -> None:
    """A backfill of last week's data rings nobody; the same incident an hour old does."""
    old = change("09 10:05", interval_ms=at("08 10:04"))
    assert _shown(incident(old), "09 10:40") == set()
    assert _shown(incident(change("09 10:05", interval_ms=at("08 10:05"))), "09 10:40") != set()


def test_a_backfill_that_runs_into_the_present_is_told_when_it_does() -> None:
    """An incident that opened in old records and still goes on is told with its first record of today."""
    old = change("09 10:05", interval_ms=at("07 10:00"))
    now = change("09 10:06", "updated", interval_ms=at("09 09:30"))
    assert _active(incident(old, now), "09 10:10") == {
        ("ana", "incident", "warning", "i1"),
        ("bo", "incident", "warning", "i1"),
    }


def test_one_source_is_one_notice_however_many_queues_it_feeds() -> None:
    """A dead source's incident ends with the last of its queues; each person has one notice."""
    sales = {"queue": "sales", "breach_id": "feed_missing/sales"}
    found = incident(
        change("09 10:05", rule="feed_missing"),
        change("09 10:06", rule="feed_missing", **sales),
        change("09 11:05", "resolved", rule="feed_missing"),
    )
    assert _active(found, "09 11:30") == {("ana", "incident", "warning", "i1"), ("bo", "incident", "warning", "i1")}
    assert found.owners == {("bank", "cards"), ("bank", "sales")}
    found.put(change("09 11:35", "resolved", rule="feed_missing", **sales))
    assert _active(found, "09 11:36") == set()


# --- hours and quiet time -----------------------------------------------------------------------------


def test_who_was_told_in_his_hours_is_told_of_the_end_after_them() -> None:
    """Told at 21:50, over at 23:00: the notice stands until the end is published, though hours ended at 22:00."""
    found = incident(change("09 21:50"), change("09 23:00", "resolved"))
    for when in ("09 21:50", "09 22:30", "09 23:00"):
        assert _active(found, when, HOURS_AND_NIGHT) == {("ana", "incident", "warning", "i1")}
    assert _active(found, "09 23:01", HOURS_AND_NIGHT) == set()


def test_outside_the_hours_another_team_is_told() -> None:
    """A critical at 23:00 goes to the night, and to nobody else."""
    found = incident(change("09 23:00", severity="critical"))
    assert _active(found, "09 23:00", HOURS_AND_NIGHT) == {("duty", "incident", "critical", "i1")}


def test_what_the_stand_in_does_not_want_to_hear_waits_for_the_hours() -> None:
    """A night that hears only criticals is not told of a warning at 05:00; the day is, at 07:00, if it lasts."""
    found = incident(change("10 05:00"))
    assert _active(found, "10 06:59", HOURS_AND_NIGHT) == set()
    assert _active(found, "10 07:00", HOURS_AND_NIGHT) == {("ana", "incident", "warning", "held/2026-03-10T06:00:00Z")}
    found.put(change("10 06:30", "resolved"))
    assert _shown(found, "10 07:00", HOURS_AND_NIGHT) == set()


def test_the_quiet_time_holds_warnings_back_and_lets_criticals_through() -> None:
    """A warning of the night is told at 07:00, a critical at once."""
    settings = dataclasses.replace(SETTINGS, quiet=NIGHT)
    found = incident(change("09 23:00"))
    assert _active(found, "10 06:59", settings) == set()
    morning = "held/2026-03-10T06:00:00Z"
    assert _active(found, "10 07:00", settings) == {
        ("ana", "incident", "warning", morning),
        ("bo", "incident", "warning", morning),
    }
    found = incident(change("09 23:00", severity="critical"))
    assert {one[:3] for one in _active(found, "09 23:00", settings)} == {
        ("ana", "incident", "critical"),
        ("bo", "incident", "critical"),
    }


def test_what_was_held_back_over_a_night_is_one_notice_in_the_morning() -> None:
    """Two incidents of one night share a notice; one that was over by then is told to nobody."""
    settings = dataclasses.replace(SETTINGS, quiet=NIGHT)
    first = incident(change("09 22:30"))
    second = incident(change("10 03:00", incident_id="i2"))
    over = incident(change("10 04:00", incident_id="i3"), change("10 05:00", "resolved"))
    assert _active(first, "10 07:00", settings) == _active(second, "10 07:00", settings) != set()
    assert _shown(over, "10 07:00", settings) == set()


def test_who_was_told_once_keeps_the_notice_and_is_not_told_less_in_the_morning() -> None:
    """A warning held back at 23:00 that became critical at 02:00 was told then; nothing is added at 07:00."""
    settings = dataclasses.replace(SETTINGS, quiet=NIGHT)
    found = incident(change("09 23:00"), change("10 02:00", "updated", "critical"))
    for when in ("10 02:00", "10 07:30"):
        assert _active(found, when, settings) == {
            ("ana", "incident", "critical", "i1"),
            ("bo", "incident", "critical", "i1"),
        }


def test_a_morning_notice_is_kept_when_it_becomes_critical() -> None:
    """Who heard of it in the morning hears that it is worse under the same notice."""
    settings = dataclasses.replace(SETTINGS, quiet=NIGHT)
    found = incident(change("09 23:00"), change("10 09:00", "updated", "critical"))
    assert {one[3] for one in _active(found, "10 09:00", settings)} == {"held/2026-03-10T06:00:00Z"}


def test_the_end_is_told_in_the_quiet_time() -> None:
    """Nothing mutes an end: what was told at 21:50 ends at 23:00, in the quiet time."""
    settings = dataclasses.replace(SETTINGS, quiet=NIGHT)
    found = incident(change("09 21:50"), change("09 23:00", "resolved"))
    assert _active(found, "09 22:59", settings) != set()
    assert _shown(found, "09 23:01", settings) == {"ana incident warning 0", "bo incident warning 0"}


def test_what_rests_on_a_feed_that_is_missing_waits_for_the_feed() -> None:
    """A service level that went wrong while its data was missing is told when data is back, if it is still wrong."""
    missing = ((at("09 09:00"), None),)
    found = incident(change("09 10:05"), without_data=missing)
    assert _shown(found, "09 12:00") == set()
    found.without_data = ((at("09 09:00"), at("09 11:00")),)
    assert _active(found, "09 10:59") == set()
    assert _active(found, "09 11:00") == {("ana", "incident", "warning", "i1"), ("bo", "incident", "warning", "i1")}
    found.put(change("09 10:35", "resolved"))
    assert _shown(found, "09 11:00") == set()


# --- reminders and escalation -------------------------------------------------------------------------


def test_nobody_has_acknowledged_for_twenty_minutes_after_he_was_told() -> None:
    """20 minutes after the critical was told, not after its interval, the night hears of it; it ends with the rest."""
    settings = dataclasses.replace(SETTINGS, escalate=escalation())
    found = incident(change("09 10:05"), change("09 10:35", "updated", "critical"))
    assert {one for one in _active(found, "09 10:54", settings) if one[1] == "escalation"} == set()
    wanted = {("duty", "escalation", "critical", "i1")}
    assert {one for one in _active(found, "09 10:55", settings) if one[1] == "escalation"} == wanted
    late = ["09 11:30"]
    assert {one for one in _active(found, "09 12:00", settings, late) if one[1] == "escalation"} == wanted
    found.put(change("09 12:05", "resolved", "critical"))
    assert {one for one in _active(found, "09 12:05", settings) if one[1] == "escalation"} == wanted
    assert "duty escalation critical 0" in _shown(found, "09 12:06", settings)


def test_an_acknowledgement_since_it_became_critical_calls_the_escalation_off() -> None:
    """One at 10:50 does; one of 10:10, when it was a warning, does not."""
    settings = dataclasses.replace(SETTINGS, escalate=escalation())
    found = incident(change("09 10:05"), change("09 10:35", "updated", "critical"))
    assert "duty escalation critical 0" in _shown(found, "09 10:55", settings, ["09 10:50"])
    assert "duty escalation critical 1" in _shown(found, "09 10:55", settings, ["09 10:10"])


def test_nothing_escalates_that_was_over_or_that_nobody_was_told_of() -> None:
    """An end before the 20 minutes, or a route that tells nobody: no escalation."""
    settings = dataclasses.replace(SETTINGS, escalate=escalation())
    over = incident(change("09 10:05", severity="critical"), change("09 10:20", "resolved", "critical"))
    assert "duty escalation critical 1" not in _shown(over, "09 10:25", settings)
    nobody = dataclasses.replace(settings, routes=(Route("night", program="retail"),))
    assert _shown(incident(change("09 10:05", severity="critical")), "09 11:00", nobody) == set()


def test_a_person_is_reminded_after_so_many_hours_until_somebody_acknowledges() -> None:
    """Told at 10:05: reminded at 14:05 and 18:05 for five minutes each, not after an acknowledgement at 15:00."""
    settings = dataclasses.replace(SETTINGS, repeat_ms=4 * 3_600_000)
    found = incident(change("09 10:05"))
    first, second = (("ana", "reminder", "warning", f"i1@2026-03-09T{hour}:05:00Z") for hour in (13, 17))
    assert first not in _active(found, "09 14:04", settings)
    assert first in _active(found, "09 14:05", settings)
    assert first in _active(found, "09 14:09", settings)
    assert "ana reminder warning 0" in _shown(found, "09 14:10", settings)
    assert second in _active(found, "09 18:05", settings)
    assert first not in _active(found, "09 18:05", settings)
    assert "ana reminder warning 0" in _shown(found, "09 18:05", settings, ["09 15:00"])
    found.put(change("09 18:06", "resolved"))
    assert "ana reminder warning 0" in _shown(found, "09 18:07", settings)


def test_reminders_count_from_when_he_was_told_that_it_is_worse() -> None:
    """A warning at 10:05, critical at 12:05: reminded of the critical at 16:05."""
    settings = dataclasses.replace(SETTINGS, repeat_ms=4 * 3_600_000)
    found = incident(change("09 10:05"), change("09 12:05", "updated", "critical"))
    assert {one for one in _active(found, "09 14:06", settings) if one[1] == "reminder"} == set()
    assert ("ana", "reminder", "critical", "i1@2026-03-09T15:05:00Z") in _active(found, "09 16:05", settings)


def test_nobody_is_reminded_in_the_quiet_time_or_outside_his_hours() -> None:
    """A warning told at 20:05 is not repeated at 00:05, and is at 08:05."""
    for settings in (dataclasses.replace(SETTINGS, quiet=NIGHT), HOURS_AND_NIGHT):
        reminding = dataclasses.replace(settings, repeat_ms=4 * 3_600_000)
        found = incident(change("09 20:05"))
        assert "ana reminder warning 1" not in _shown(found, "10 00:05", reminding)
        assert "ana reminder warning 1" in _shown(found, "10 08:05", reminding)


@pytest.mark.parametrize("rule", ["forecast_accuracy", "critical_error_accuracy", "repeat_breach"])
def test_rules_over_a_day_or_a_month_are_neither_repeated_nor_escalated(rule: str) -> None:
    """A month's figure does not change within hours, so nobody is asked again."""
    settings = dataclasses.replace(SETTINGS, repeat_ms=3_600_000, escalate=escalation(), routes=(Route("ops"),))
    found = incident(change("09 10:05", severity="critical", rule=rule))
    assert {one.split()[1] for one in _shown(found, "09 18:00", settings)} == {"incident"}


def test_the_day_is_told_when_its_last_interval_is_final_though_it_began_a_day_ago() -> None:
    """A rule over a day, whose record names the day's first interval, is no backfill."""
    found = incident(change("10 00:10", rule="forecast_accuracy", interval_ms=at("09 00:00")))
    assert _shown(found, "10 00:10") == {"plan incident warning 1"}


def test_hours_that_never_come_tell_nobody() -> None:
    """A team without a single span is never told, and nothing loops."""
    settings = dataclasses.replace(SETTINGS, teams={**SETTINGS.teams, "ops": Team("ops", ("ana",), ((),) * 7)})
    assert _shown(incident(change("09 10:05")), "09 10:40", settings) == set()
    always = Quiet(tuple(((0, 1440),) for _ in range(7)))
    assert _shown(incident(change("09 10:05")), "09 10:40", dataclasses.replace(SETTINGS, quiet=always)) == set()


def test_a_change_that_is_published_twice_counts_once_when_it_was_first() -> None:
    """A crash between output and acknowledgement sends records again: nobody is told later for it."""
    found = incident(change("09 10:05"), change("09 10:20"))
    assert [each.published_ms for each in found.changes] == [at("09 10:05")]


def test_a_change_knows_its_row() -> None:
    """Routes ask for what a row of the topic says; without an incident, the breach is one."""
    row = {**change("09 10:05").row, "incident_id": None}
    found = Change.of(row, at("09 10:05"))
    assert (found.incident_id, found.program, found.queue) == ("service_level_below_range/cards", "bank", "cards")
    assert found.interval_start_ms == at("09 09:35")
