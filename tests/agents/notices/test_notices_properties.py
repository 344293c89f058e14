"""At any moment of any incident: nobody hears of an end without its beginning, or of a beginning without its end."""

import dataclasses
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from notices import DAYTIME, NIGHT, SETTINGS, at, change, escalation, incident

from agents.notices.incidents import LINGER_MS, Change, Incident, rank
from agents.notices.notices import Notice, notices_of
from config.notify import NotifySettings, Route, Team

MINUTE = 60_000
START = at("09 06:00")
DAY = 86_400_000

_TEAMS = {
    **SETTINGS.teams,
    "ops": Team("ops", ("ana", "bo"), DAYTIME, "night"),
    "planning": Team("planning", ("plan",), DAYTIME),
}
_BASE = dataclasses.replace(SETTINGS, teams=_TEAMS)
_SETTINGS = [
    dataclasses.replace(_BASE, quiet=quiet, repeat_ms=repeat_ms, escalate=escalate, routes=routes)
    for quiet in (None, NIGHT)
    for repeat_ms in (None, 40 * MINUTE)
    for escalate in (None, escalation(20, "night", "critical"), escalation(30, "ops", "warning"))
    for routes in (_BASE.routes, (Route("night", severity="critical"), Route("planning", item="2.5"), Route("ops")))
]
_RULES = ("service_level_below_range", "volume_variance", "abandon_rate_above_limit")


@st.composite
def _lives(draw: st.DrawFn) -> list[Change]:
    """The changes of an incident of up to three breaches, in order of publication."""
    changes: list[Change] = []
    for rule in draw(st.lists(st.sampled_from(_RULES), min_size=1, max_size=3, unique=True)):
        times = sorted(draw(st.lists(st.integers(0, 40 * 60), min_size=3, max_size=3)))
        opened, worse, over = (START + minute * MINUTE for minute in times)
        severity = draw(st.sampled_from(("info", "warning", "critical")))
        changes.append(change(opened, "opened", severity, rule))
        if draw(st.booleans()):
            severity = "critical"
            changes.append(change(worse, "updated", severity, rule))
        if draw(st.booleans()):
            changes.append(change(over, "resolved", severity, rule))
    return sorted(changes, key=lambda each: each.published_ms)


def _known(changes: list[Change], now_ms: int) -> Incident | None:
    """The incident as a worker knows it at an instant: what is published later is not known."""
    published = [each for each in changes if each.published_ms <= now_ms]
    return incident(*published) if published else None


def _seen(notices: list[Notice]) -> dict[tuple[str, str, str, str], bool]:
    return {(one.person, one.kind, one.severity, one.notice): one.active for one in notices}


_LOOKS = st.lists(st.integers(0, 44 * 60 * MINUTE), min_size=1, max_size=12).map(sorted)
_few = settings(max_examples=40, deadline=None)


@_few
@given(_lives(), st.sampled_from(_SETTINGS), st.lists(st.integers(0, 40 * 60), max_size=2), _LOOKS)
def test_what_has_stood_never_vanishes_and_ends_for_all_at_once(
    changes: list[Change], told_by: NotifySettings, acks: list[int], looks: list[int]
) -> None:
    """Each series that was 1 is shown at every later look; an incident's is 1 until a minute after the end, then 0."""
    before: dict[tuple[str, str, str, str], bool] = {}
    ended: set[tuple[str, str, str, str]] = set()
    for look in looks:
        now_ms = START + look
        known = _known(changes, now_ms)
        if known is None:
            continue
        given_by_now = [START + ack * MINUTE for ack in acks if START + ack * MINUTE <= now_ms]
        notices = notices_of(known, given_by_now, told_by, now_ms)
        found = _seen(notices)
        assert len(found) == len(notices)
        ended_ms = known.ended_ms
        over = ended_ms is not None and now_ms >= ended_ms + LINGER_MS
        if ended_ms is None or now_ms < ended_ms + DAY:
            assert {key for key, stood in before.items() if stood} <= found.keys()
        assert all(active is not over for key, active in found.items() if key[1] == "incident")
        assert not any(active for key, active in found.items() if over)
        if not over:
            # Another worker's 0 of before would hide a 1 for a day.
            assert not any(active for key, active in found.items() if key in ended)
            ended |= {key for key, active in found.items() if not active}
        before = found


@_few
@given(_lives(), st.sampled_from(_SETTINGS), _LOOKS)
def test_a_person_keeps_one_notice_and_hears_each_severity_once(
    changes: list[Change], told_by: NotifySettings, looks: list[int]
) -> None:
    """All that one person is told of an incident bears one notice, the same at every look."""
    notices_by_person: dict[str, set[str]] = {}
    for look in looks:
        known = _known(changes, START + look)
        if known is not None:
            for one in notices_of(known, [], told_by, START + look):
                notices_by_person.setdefault(one.person, set()).add(one.notice.partition("@")[0])
    assert all(len(notices) == 1 for notices in notices_by_person.values())


@_few
@given(_lives(), st.sampled_from(_SETTINGS))
def test_who_takes_over_tells_what_the_one_before_told(changes: list[Change], told_by: NotifySettings) -> None:
    """A worker that reads the topic from its beginning computes what one that followed it all along did."""
    followed = Incident("i1")
    for earlier, later in pairwise([*changes, change(START + 45 * 60 * MINUTE)]):
        followed.put(earlier)
        now_ms = later.published_ms - 1
        if earlier.published_ms <= now_ms:
            known = _known(changes, now_ms)
            assert known is not None
            assert notices_of(followed, [], told_by, now_ms) == notices_of(known, [], told_by, now_ms)


@_few
@given(_lives(), st.sampled_from(_SETTINGS), st.integers(0, 44 * 60))
def test_nobody_is_told_of_less_than_happened(changes: list[Change], told_by: NotifySettings, minute: int) -> None:
    """A notice's severity is one that the incident has had by then, and people are those of the settings."""
    now_ms = START + minute * MINUTE
    known = _known(changes, now_ms)
    if known is not None:
        worst = max((rank(each.severity) for each in known.changes if not each.over), default=0)
        for one in notices_of(known, [], told_by, now_ms):
            assert 1 <= rank(one.severity) <= worst
            assert one.person in told_by.people
