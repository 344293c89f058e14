"""Incidents as they were published: joined by id, kept a day beyond their end, ended where their writer is gone."""

from notices import at, change

from agents.notices.incidents import OUTLIVED_MS, Incidents

DAY = 86_400_000


def _held(incidents: Incidents, when: str) -> dict[str, set[str]]:
    """By incident its open breaches."""
    return {each.incident_id: each.open_ids for each in incidents.all(at(when))}


def test_breaches_of_one_incident_are_joined_and_it_ends_with_the_last() -> None:
    """It is over when none is open, whichever was first, and may begin anew."""
    incidents = Incidents()
    for each in (
        change("09 10:05"),
        change("09 10:35", rule="volume_variance"),
        change("09 10:36", incident_id="i2", breach_id="b2", queue="sales"),
        change("09 11:05", "resolved"),
    ):
        incidents.put(each)
    assert _held(incidents, "09 11:10") == {"i1": {"volume_variance/cards"}, "i2": {"b2"}}
    incidents.put(change("09 12:05", "resolved", rule="volume_variance"))
    [first, _] = incidents.all(at("09 12:10"))
    assert first.ended_ms == at("09 12:05")


def test_an_incident_is_forgotten_a_day_and_a_minute_after_its_end() -> None:
    """Until then its gauges are 0, so that another worker's 1 of before is ended."""
    incidents = Incidents()
    incidents.put(change("09 10:05"))
    incidents.put(change("09 11:05", "resolved"))
    assert [each.incident_id for each in incidents.all(at("09 11:05") + OUTLIVED_MS - 1)] == ["i1"]
    assert list(incidents.all(at("09 11:05") + OUTLIVED_MS)) == []
    assert OUTLIVED_MS == DAY + 60_000


def test_missing_data_is_known_to_the_rules_that_rest_on_it() -> None:
    """A service level's incident knows when its queue's feed was missing; a plan's does not ask."""
    incidents = Incidents()
    incidents.put(change("09 09:05", rule="feed_missing", incident_id="f"))
    incidents.put(change("09 10:05"))
    incidents.put(change("09 10:05", rule="plan_missing", incident_id="p"))
    spans = {each.incident_id: each.without_data for each in incidents.all(at("09 10:10"))}
    assert spans == {"f": (), "i1": ((at("09 09:05"), None),), "p": ()}
    incidents.put(change("09 11:05", "resolved", rule="feed_missing", incident_id="f"))
    spans = {each.incident_id: each.without_data for each in incidents.all(at("09 11:10"))}
    assert spans["i1"] == ((at("09 09:05"), at("09 11:05")),)


def test_an_early_warning_whose_writer_is_gone_ends_a_minute_after_its_interval() -> None:
    """The worker that would resolve it is dead: whoever holds the queue sees its interval final, and ends it."""
    incidents = Incidents()
    start = at("09 10:00")
    incidents.put(change("09 10:20", rule="service_level_lost", live=True, interval_ms=start))
    for final in ({"cards": start - 1}, {"sales": start}, {"cards": start}):
        incidents.end_early_warnings(final, at("09 10:36"))
    assert _held(incidents, "09 10:36") == {"i1": {"service_level_lost/cards"}}
    incidents.end_early_warnings({"cards": start}, at("09 10:37"))
    [found] = incidents.all(at("09 10:40"))
    assert found.ended_ms == at("09 10:37")


def test_an_early_warning_left_behind_hours_ago_is_not_told_again_at_each_start() -> None:
    """Final before anybody here watched it: it was over an hour after it was published, whoever starts, and when."""
    start = at("09 10:00")
    warning = change("09 10:20", rule="service_level_lost", live=True, interval_ms=start)
    for when in ("09 11:20", "09 15:00"):
        incidents = Incidents()
        incidents.put(warning)
        incidents.end_early_warnings({}, at(when))
        incidents.end_early_warnings({"cards": start}, at(when))
        [found] = incidents.all(at(when))
        assert found.ended_ms == at("09 11:20")


def test_a_restart_must_know_what_is_open_or_ended_less_than_a_day_ago() -> None:
    """An early warning that nobody ended is known for an hour and a day."""
    incidents = Incidents()
    for each in (
        change("07 10:05"),
        change("07 10:05", incident_id="i2", breach_id="b2"),
        change("07 10:35", "resolved", incident_id="i2", breach_id="b2"),
        change("09 09:35", incident_id="i3", breach_id="b3"),
        change("09 09:40", "resolved", incident_id="i3", breach_id="b3"),
        change("08 08:20", incident_id="i4", breach_id="b4", live=True),
        change("09 09:20", incident_id="i5", breach_id="b5", live=True),
    ):
        incidents.put(each)
    assert incidents.standing(at("09 10:00")) == {"i1", "i3", "i5"}


def test_a_breach_that_the_early_warning_joined_is_not_ended_with_it() -> None:
    """Only what is live ends by another's hand."""
    incidents = Incidents()
    start = at("09 10:00")
    incidents.put(change("09 10:20", rule="service_level_lost", live=True, interval_ms=start))
    incidents.put(change("09 10:36", interval_ms=start))
    for when in ("09 10:36", "09 10:40"):
        incidents.end_early_warnings({"cards": start}, at(when))
    assert _held(incidents, "09 10:41") == {"i1": {"service_level_below_range/cards"}}


def test_an_incident_that_begins_again_is_another_episode() -> None:
    """An early warning is over, and half an hour later the breach opens that it warned of: it is told anew."""
    incidents = Incidents()
    warning = {"rule": "service_level_lost", "live": True}
    incidents.put(change("09 10:20", **warning))
    incidents.put(change("09 10:25", "resolved", **warning))
    incidents.put(change("09 10:36"))
    first, second = incidents.all(at("09 10:40"))
    assert (first.notice, first.ended_ms) == ("i1", at("09 10:25"))
    assert (second.notice, second.open_ids) == ("i1#2", {"service_level_below_range/cards"})
    assert [each.notice for each in incidents.all(at("10 10:30"))] == ["i1#2"]


def test_what_begins_again_while_its_end_is_still_being_told_goes_on() -> None:
    """Within a minute of the end it is the same episode; a redelivered record begins none."""
    incidents = Incidents()
    incidents.put(change("09 10:20", rule="service_level_lost", live=True))
    incidents.put(change("09 10:25", "resolved", rule="service_level_lost", live=True))
    incidents.put(change(at("09 10:26") - 1))
    incidents.put(change("09 10:40"))
    [only] = incidents.all(at("09 10:40"))
    assert (only.notice, only.ended_ms) == ("i1", None)


def test_an_early_warning_that_comes_again_is_told_again() -> None:
    """It bears the numbers of before, and is no redelivery."""
    incidents = Incidents()
    for when, state in (("09 10:05", "opened"), ("09 10:10", "resolved"), ("09 10:20", "opened")):
        incidents.put(change(when, state, rule="service_level_lost", live=True))
    assert [each.notice for each in incidents.all(at("09 10:21"))] == ["i1", "i1#2"]


def test_an_early_warning_that_comes_true_is_told_as_one_with_what_it_foretold() -> None:
    """The breach of the service level joins the warning that stands, and both end together, with the breach."""
    warning, own = "service_level_at_risk/cards/live", "service_level_below_range/cards"
    incidents = Incidents()
    risk = {"rule": "service_level_at_risk", "breach_id": warning, "incident_id": warning, "live": True}
    incidents.put(change("09 10:05", severity="info", interval_ms=at("09 11:00"), **risk))
    incidents.put(change("09 11:35", incident_id=own))
    incidents.put(change("09 11:36", "resolved", severity="info", sequence=2, **risk))
    [told] = incidents.all(at("09 11:40"))
    assert (told.incident_id, told.open_ids, told.also) == (warning, {own}, {own})
    assert incidents.standing(at("09 11:40")) == {warning, own}
    incidents.put(change("09 12:35", "resolved", incident_id=own))
    [told] = incidents.all(at("09 12:40"))
    assert told.ended_ms == at("09 12:35")
    assert list(incidents.all(at("09 12:35") + OUTLIVED_MS)) == []
    incidents.put(change("11 10:05", incident_id=own))
    assert [each.incident_id for each in incidents.all(at("11 10:06"))] == [own]


def test_a_warning_that_is_over_and_one_of_another_queue_foretell_nothing() -> None:
    """A breach that opens later, or elsewhere, is an incident of its own."""
    incidents = Incidents()
    for queue, ended in (("cards", True), ("sales", False)):
        identity = f"service_level_at_risk/{queue}/live"
        risk = {"rule": "service_level_at_risk", "breach_id": identity, "incident_id": identity, "live": True}
        incidents.put(change("09 10:05", queue=queue, interval_ms=at("09 11:00"), **risk))
        if ended:
            incidents.put(change("09 10:35", "resolved", queue=queue, **risk))
    incidents.put(change("09 11:35", incident_id="own"))
    assert "own" in {each.incident_id for each in incidents.all(at("09 11:40"))}
