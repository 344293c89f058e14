"""Tests of "what if" and of proposals to move agents: days of two and more queues, asked as people ask."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from agents.projection.advice import move_words, shown_moves, shown_what_if, what_if_words
from agents.projection.inputs import Change, Goal, IntervalAhead, Note, QueueAhead
from agents.projection.moves import Proposal, moves_for, span_at_risk
from agents.projection.project import project_one
from agents.projection.whatif import UnknownQueueError, asked_of, what_if
from copc.moves import Effect

HOUR = 3_600_000
HALF = HOUR // 2
NOON = 1_772_409_600_000 + 12 * HOUR
"""2 March 2026, UTC."""


def queue(name: str, agents: Mapping[int, float] | float, **given: Any) -> QueueAhead:
    """A queue at noon with 100 contacts of 240 s each half hour; 16 agents meet its target."""
    by_place = agents if isinstance(agents, Mapping) else {}
    usual = 18.0 if by_place else float(agents)  # type: ignore[arg-type]  # a number where it is no mapping
    intervals = tuple(
        IntervalAhead(
            start_ms=NOON + place * HALF,
            hour=12 + place // 2,
            forecast_offered=100.0,
            forecast_aht_seconds=240.0,
            scheduled_agents=by_place.get(place, usual),
            planned=True,
        )
        for place in range(12)
    )
    fields: Mapping[str, Any] = {
        "program": "bank",
        "queue": name,
        "channel": "voice",
        "timezone": "UTC",
        "parameters_version": "1",
        "interval_ms": HALF,
        "known_ms": NOON,
        "begin_ms": NOON - 4 * HOUR,
        "end_ms": NOON + 6 * HOUR,
        "intervals": intervals,
        "staffed": 18.0,
        "busy": 13.3,
        "offered": 800,
        "good": 680.0,
        "counted": 800.0,
        "goal": Goal(patience_seconds=180.0, target=0.8, low=0.75, high=0.95),
    }
    return QueueAhead(**{**fields, **given})


SHORT = queue("cards", {2: 13.0, 3: 13.0, 4: 13.0})
"""It lacks 3 agents from 13:00 to 14:30."""


def centre(*others: QueueAhead) -> dict[str, QueueAhead]:
    """The short queue, and others."""
    return {each.queue: each for each in (SHORT, *others)}


def asked(**parameters: str) -> Any:
    """A question, as a query gives it."""
    return asked_of({name.rstrip("_"): text for name, text in parameters.items()})


def test_chats_at_once_ask_and_give_as_calls_of_their_share_of_an_agent() -> None:
    """Chats of 600 s at 2.5 at once are short, spare and change as calls of 240 s do, in "what if" and in proposals."""

    def as_chats(calls: QueueAhead) -> QueueAhead:
        intervals = tuple(msgspec.structs.replace(each, forecast_aht_seconds=600.0) for each in calls.intervals)
        goal = msgspec.structs.replace(calls.goal, concurrency=2.5)
        return msgspec.structs.replace(calls, intervals=intervals, goal=goal)

    calls = centre(queue("orders", 21.0))
    chats = {name: as_chats(each) for name, each in calls.items()}
    of_calls, of_chats = (moves_for(queues, "cards", NOON) for queues in (calls, chats))
    assert of_calls.proposals
    assert (of_chats.span, of_chats.proposals) == (of_calls.span, of_calls.proposals)
    question = asked(queue="cards", agents="2", from_="13:00", for_="90")
    levels = [what_if(queues, question, NOON).queues[0].after.intervals[2] for queues in (calls, chats)]
    assert levels[0].projected_service_level == pytest.approx(levels[1].projected_service_level)
    assert levels[0].required_agents == levels[1].required_agents


# --- what if ----------------------------------------------------------------------------------------


def test_agents_who_move_change_both_days_in_the_span_alone() -> None:
    """Three agents from orders to cards lift the one and lower the other from 13:00 to 14:30, and nothing before."""
    answer = what_if(
        centre(queue("orders", 21.0)), asked(queue="orders", agents="-3", to="cards", from_="13:00", for_="90"), NOON
    )
    assert (answer.from_ms, answer.to_ms) == (NOON + HOUR, NOON + HOUR + 3 * HALF)
    orders, cards = answer.queues
    for both, sign in ((orders, -1), (cards, 1)):
        pairs = list(zip(both.before.intervals, both.after.intervals, strict=True))
        assert all(before == after for before, after in pairs[:2])
        for before, after in pairs[2:5]:
            assert after.expected_agents == pytest.approx((before.expected_agents or 0) + 3 * sign)
            assert sign * ((after.projected_service_level or 0) - (before.projected_service_level or 0)) > 0.01
        assert pairs[6][0] == pairs[6][1]
    before, after = cards.over(answer.from_ms, answer.to_ms)
    assert before is not None
    assert after is not None
    assert before < 0.65
    assert after > 0.75


def test_the_sign_of_agents_who_go_elsewhere_does_not_matter() -> None:
    """With `to`, 3 and -3 agents both leave the queue."""
    queues = centre(queue("orders", 21.0))
    answers = [what_if(queues, asked(queue="orders", agents=agents, to="cards"), NOON) for agents in ("3", "-3")]
    assert answers[0].queues == answers[1].queues


def test_volume_and_handle_time_are_changed_by_percent_to_the_close_of_day() -> None:
    """A tenth more contacts that take a twentieth longer need as many agents as the projection then says."""
    answer = what_if(centre(), asked(queue="cards", volume="+10", aht="5"), NOON)
    assert (answer.from_ms, answer.to_ms) == (NOON, NOON + 6 * HOUR)
    expected = project_one(SHORT, NOON, [Change(NOON, NOON + 6 * HOUR, 0, 1.1, 1.05)])
    assert answer.queues[0].after == expected
    last = expected.intervals[-1]
    assert last.reforecast_offered == pytest.approx(110)
    assert last.reforecast_aht_seconds == pytest.approx(252)
    day = answer.queues[0].after.day
    assert day is not None
    assert day.service_level is not None


def test_hours_are_those_of_the_queues_own_clock() -> None:
    """From 22:00 in Shanghai is 14:00 UTC, and an hour past midnight is on the next date of a day that runs over it."""
    night = msgspec.structs.replace(SHORT, timezone="Asia/Shanghai", end_ms=NOON + 6 * HOUR)
    queues = {"cards": night}
    assert what_if(queues, asked(queue="cards", agents="1", from_="22:00"), NOON).from_ms == NOON + 2 * HOUR
    assert what_if(queues, asked(queue="cards", agents="1", from_="01:00"), NOON).from_ms == NOON + 5 * HOUR
    begun = what_if(queues, asked(queue="cards", agents="1", from_="19:00", for_="120"), NOON)
    assert (begun.from_ms, begun.to_ms) == (NOON, NOON + HOUR)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "queue: is missing"),
        ({"queue": "cards"}, "nothing is changed"),
        ({"queue": "cards", "agents": "2.5"}, "agents: found '2.5'; write a whole number from -1000"),
        ({"queue": "cards", "agents": "9999"}, "agents: found '9999'"),
        ({"queue": "cards", "volume": "-101"}, "volume: found '-101'; write a number from -100 to 1000"),
        ({"queue": "cards", "volume": "nan"}, "volume: found 'nan'"),
        ({"queue": "cards", "aht": "-95"}, "aht: found '-95'; write a number from -90"),
        ({"queue": "cards", "aht": "x" * 500}, "aht: found 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx';"),
        ({"queue": "cards", "agents": "1", "from": "25:00"}, "from: found '25:00'; write HH:MM"),
        ({"queue": "cards", "agents": "1", "for": "0"}, "for: found '0'; write minutes, 1 to 1440"),
        ({"queue": "cards", "to": "orders"}, "to: needs agents"),
        ({"queue": "cards", "to": "cards", "agents": "1"}, "to: 'cards' is the queue that they leave"),
        ({"queue": "cards", "heads": "1"}, "heads: is no parameter; known are queue, agents"),
    ],
)
def test_a_bad_parameter_is_named_in_one_line(parameters: dict[str, str], reason: str) -> None:
    """Each bound has its message, which quotes no more than 40 characters."""
    with pytest.raises(ValueError, match=r".") as refused:
        asked_of(parameters)
    assert str(refused.value).startswith(reason)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 160


def test_unknown_queues_and_spans_that_are_over_are_refused() -> None:
    """A queue that is not known is a lookup error, a span that ended before now, or after the close, a bad value."""
    with pytest.raises(UnknownQueueError, match="queue 'nobody': is not known here"):
        what_if(centre(), asked(queue="nobody", agents="1"), NOON)
    with pytest.raises(UnknownQueueError, match="queue 'nobody'"):
        what_if(centre(), asked(queue="cards", agents="1", to="nobody"), NOON)
    for begin, minutes in (("08:00", "60"), ("20:00", "60"), ("05:00", "60")):
        with pytest.raises(ValueError, match="the span is not ahead"):
            what_if(centre(), asked(queue="cards", agents="1", from_=begin, for_=minutes), NOON)
    closed = msgspec.structs.replace(SHORT, begin_ms=0, end_ms=0, intervals=(), notes=(Note("closed_day"),))
    with pytest.raises(ValueError, match="closed today"):
        what_if({"cards": closed}, asked(queue="cards", agents="1"), NOON)


def test_a_queue_without_a_level_is_answered_with_its_volume_and_a_question_mark() -> None:
    """Where no service level can be projected the sentence says so, and the notes say why."""
    blind = msgspec.structs.replace(SHORT, notes=(Note("no_agents"),))
    answer = what_if({"cards": blind}, asked(queue="cards", volume="10"), NOON)
    assert what_if_words(answer)[0] == "cards 12:00-18:00 with volume +10 %: ? -> ?, the day ? -> ?."
    body = shown_what_if(answer)
    assert body["queues"][0]["span"] == {"before": None, "after": None}
    assert body["queues"][0]["after"]["notes"][0]["reason"] == "no_agents"


def test_the_answer_can_be_read_aloud_in_both_languages() -> None:
    """A change is said with its span and its effect; a move names both queues."""
    queues = centre(queue("orders", 21.0))
    text, text_zh = what_if_words(what_if(queues, asked(queue="cards", agents="2", aht="-5", from_="13:00"), NOON))
    assert text.startswith("cards 13:00-18:00 with 2 agents more, AHT -5 %: ")
    assert text_zh.startswith("cards 13:00-18:00，增加2名坐席，平均处理时长 -5 %：")
    text, text_zh = what_if_words(what_if(queues, asked(queue="orders", agents="1", to="cards", for_="60"), NOON))
    assert text.startswith("Move 1 agent from orders to cards 12:00-13:00: cards ")
    assert text_zh.startswith("12:00-13:00从orders调1名坐席到cards：cards ")


# --- who could help -----------------------------------------------------------------------------------


def test_the_span_is_the_next_run_of_intervals_at_risk() -> None:
    """Three half hours at risk are one span; the lack is the greatest of them."""
    assert span_at_risk(project_one(SHORT, NOON), NOON) == (NOON + HOUR, NOON + HOUR + 3 * HALF, 3, 3)
    assert span_at_risk(project_one(queue("orders", 21.0), NOON), NOON) is None


def test_a_span_is_two_hours_at_most_and_begins_at_a_full_five_minutes() -> None:
    """A queue that is short all day asks for help from 12:05 to 14:00 at 12:02, and from 12:30 on at 12:24."""
    projection = project_one(queue("cards", 13.0), NOON)
    assert span_at_risk(projection, NOON + 120_000) == (NOON + 300_000, NOON + 2 * HOUR, 3, 3)
    assert span_at_risk(projection, NOON + 24 * 60_000) == (NOON + HALF, NOON + HALF + 2 * HOUR, 3, 3)


def test_the_queue_with_most_to_spare_is_proposed_first() -> None:
    """Donors are ranked by the contacts that both serve in time; each stays in its range; sentences say both sides."""
    moves = moves_for(centre(queue("orders", 24.0), queue("loans", 19.0), queue("tight", 15.0)), "cards", NOON)
    assert [proposal.donor for proposal in moves.proposals] == ["orders", "loans"]
    first = moves.proposals[0]
    assert (first.agents, first.from_ms, first.to_ms) == (3, NOON + HOUR, NOON + HOUR + 3 * HALF)
    assert first.contacts > moves.proposals[1].contacts > 0
    assert not moves.skills_known
    body = shown_moves(moves)
    assert body["why"] is None
    assert body["notes"][0].startswith("No agent is seen on two queues")
    text = body["proposals"][0]["text"]
    assert text.startswith("Move 3 agents from orders to cards 13:00-14:30: cards ")
    # The proposal says the same as the projections, asked again with the change.
    answer = what_if(
        centre(queue("orders", 24.0)), asked(queue="orders", agents="3", to="cards", from_="13:00", for_="90"), NOON
    )
    for both, effect in zip(answer.queues, (first.giver, first.receiver), strict=True):
        assert both.over(answer.from_ms, answer.to_ms) == pytest.approx(effect, abs=0.005)
    lowest = min(each.projected_service_level or 0 for each in answer.queues[0].after.intervals[2:5])
    assert lowest >= 0.75


def test_only_queues_that_share_an_agent_are_asked_where_that_is_known() -> None:
    """Agent states name the queues that an agent serves too; the others are not proposed."""
    lacking = msgspec.structs.replace(SHORT, shares_with=("loans", "gone"))
    queues = {"cards": lacking, "orders": queue("orders", 24.0), "loans": queue("loans", 22.0)}
    moves = moves_for(queues, "cards", NOON)
    assert moves.skills_known
    assert [proposal.donor for proposal in moves.proposals] == ["loans"]
    assert shown_moves(moves)["notes"] == []


def test_one_agent_on_two_queues_says_who_could_help_either() -> None:
    """It is enough that the other queue names this one; where others share and this one does not, nobody is asked."""
    sharing = msgspec.structs.replace(queue("loans", 22.0), shares_with=("cards",))
    moves = moves_for(centre(queue("orders", 24.0), sharing), "cards", NOON)
    assert moves.skills_known
    assert [proposal.donor for proposal in moves.proposals] == ["loans"]
    elsewhere = msgspec.structs.replace(sharing, shares_with=("orders",))
    moves = moves_for(centre(queue("orders", 24.0), elsewhere), "cards", NOON)
    assert (moves.proposals, moves.why, moves.skills_known) == ((), "no_donors", True)
    alone = msgspec.structs.replace(SHORT, shares_with=())
    moves = moves_for({"cards": alone, "orders": queue("orders", 24.0)}, "cards", NOON)
    assert (moves.skills_known, [proposal.donor for proposal in moves.proposals]) == (False, ["orders"])


def test_queues_of_another_program_are_not_asked() -> None:
    """Where no agent is seen on two queues every queue of the program is asked, and no other."""
    strange = msgspec.structs.replace(queue("orders", 24.0), program="shop")
    moves = moves_for(centre(strange), "cards", NOON)
    assert (moves.proposals, moves.why) == ((), "no_donors")


def test_why_nothing_is_proposed_is_said() -> None:
    """No risk, nobody to ask and nobody to spare are three answers; a queue that is not known is refused."""
    calm = {"cards": queue("cards", 21.0), "orders": queue("orders", 24.0)}
    assert (
        shown_moves(moves_for(calm, "cards", NOON))["why"] == "no interval of cards is at risk for the rest of the day"
    )
    tight = moves_for(centre(queue("orders", 15.0)), "cards", NOON)
    assert (tight.proposals, tight.why) == ((), "none_worth")
    assert "能在不低于自身目标区间" in shown_moves(tight)["why_zh"]
    with pytest.raises(UnknownQueueError, match="queue 'nobody': is not known here"):
        moves_for(calm, "nobody", NOON)


def test_a_donor_that_closes_or_is_blind_in_the_span_is_not_asked() -> None:
    """Whose day ends before the span, or whose level cannot be projected, gives nobody."""
    orders = queue("orders", 24.0)
    closing = msgspec.structs.replace(orders, intervals=orders.intervals[:3], end_ms=NOON + 3 * HALF)
    blind = msgspec.structs.replace(queue("loans", 24.0), notes=(Note("no_agents"),))
    boundless = msgspec.structs.replace(queue("extra", 24.0), goal=Goal(patience_seconds=180.0))
    assert moves_for(centre(closing, blind, boundless), "cards", NOON).proposals == ()


def test_a_donor_that_is_busy_later_gives_for_the_first_half() -> None:
    """Who needs its agents from 14:00 on is proposed for the part of the span before."""
    busy_later = queue("orders", {2: 22.0, 3: 22.0, 4: 15.0})
    moves = moves_for(centre(busy_later), "cards", NOON)
    assert len(moves.proposals) == 1
    assert (moves.proposals[0].from_ms, moves.proposals[0].to_ms) == (NOON + HOUR, NOON + 2 * HOUR)


def test_a_figure_never_contradicts_the_limit_it_is_read_against() -> None:
    """A donor at 75.04 % against a floor of 75 % prints above it, and a queue at 74.96 % below."""
    proposal = Proposal(
        1, "orders", "cards", NOON + HOUR, NOON + 2 * HOUR, Effect(0.612, 0.7496), Effect(0.92, 0.7504), 0.75, 9.0
    )
    text, text_zh = move_words(proposal, "UTC", 0.75)
    assert text == "Move 1 agent from orders to cards 13:00-14:00: cards 61 % -> 74 %, orders 92 % -> 76 %."
    assert text_zh == "13:00-14:00从orders调1名坐席到cards：cards 61 % -> 74 %，orders 92 % -> 76 %。"


def test_a_backlog_lacks_nobody_and_may_still_be_helped() -> None:
    """Agents are as many as required and 90 contacts wait: nobody is said to be lacking, and one agent may go there."""
    cards = msgspec.structs.replace(queue("cards", 19.0), waiting=90.0)
    found = moves_for({each.queue: each for each in (cards, queue("orders", 24.0))}, "cards", NOON)
    assert found.span is not None
    assert (found.span.lacks, found.span.most) == (None, 1)
    assert shown_moves(found)["lacks"] is None
    assert {each.agents for each in found.proposals} <= {1}
