"""Figures that a proposal could lose without a word: each is mapped, offered for its field, or named with a mark."""

from collections.abc import Sequence
from pathlib import Path

from export_parts import table
from mapped_samples import propose
from unseen_numbers import Half, clock, halves, visits

from streams.sources.proposal import Proposal


def _proposed(tmp_path: Path, head: str, rows: Sequence[Sequence[object]], record: str | None = None) -> Proposal:
    file = tmp_path / "report.csv"
    file.write_bytes(table(head.split(";"), rows, ";"))
    return propose(file, record)


def _begin(h: Half) -> list[object]:
    return [h.queue, f"{h.at:%Y-%m-%d %H:%M}"]


def _open(proposal: Proposal) -> dict[str, object]:
    return {entry.key[-1]: entry.value for entry in proposal.doubts()}


def test_a_forecast_of_parts_is_their_sum(tmp_path: Path) -> None:
    """Talk alone is no handle time where the work after it is forecast as well."""
    rows = [[*_begin(h), h.offered, h.mean(h.talk), h.mean(h.wrap), h.agents] for h in halves("A", seed=41)]
    head = "Queue;Start;Forecast Calls;Forecast Avg Talk Time;Forecast Avg ACW;Agents Forecast"
    proposal = _proposed(tmp_path, head, rows)
    entry = proposal.entry("columns", "forecast_aht_seconds")
    assert entry is not None
    assert entry.value == {"sum": ["Forecast Avg Talk Time", "Forecast Avg ACW"]}
    assert _open(proposal) == {"required_agents": "Agents Forecast"}


def test_agents_of_a_plan_that_nobody_understands_are_offered(tmp_path: Path) -> None:
    """The second number of agents may be the scheduled ones."""
    rows = [[*_begin(h), h.offered, h.aht, int(h.agents), int(h.agents) + 2] for h in halves("A", seed=42)]
    proposal = _proposed(tmp_path, "Queue;Start;Forecast Calls;Forecast AHT;Required Agents;Zz Heads", rows)
    assert _open(proposal) == {"scheduled_agents": "Zz Heads"}


def test_a_rate_of_answers_is_no_service_level(tmp_path: Path) -> None:
    """The rows tell which of two percentages is the rate of the answered, whatever both are called."""
    rows = [
        [*_begin(h), h.offered, h.answered, h.abandoned, f"{100 * h.answered / h.offered:.1f}%",
         f"{100 * h.within / h.offered:.1f}%"] for h in halves("A", seed=43)
    ]  # fmt: skip
    proposal = _proposed(tmp_path, "Queue;Start;Offered;Answered;Abandoned;Erreichbarkeit;Service Level", rows)
    entry = proposal.entry("columns", "answered_within")
    assert entry is not None
    assert entry.value == {"share": "Service Level", "of": "Offered"}


def test_counts_without_words_are_told_by_a_sum_of_three(tmp_path: Path) -> None:
    """Offered is what was answered, given up and diverted; each is marked."""
    rows = [[*_begin(h), h.offered, h.answered, h.abandoned, h.overflowed] for h in halves("A", seed=44, overflow=True)]
    if sum(int(str(row[4])) for row in rows) < sum(int(str(row[5])) for row in rows):
        rows = [[*row[:4], row[5], row[4]] for row in rows]
    found = _open(_proposed(tmp_path, "Queue;Start;Xa;Xb;Xc;Xd", rows))
    assert [found.get(name) for name in ("offered", "answered", "abandoned", "overflowed")] == ["Xa", "Xb", "Xc", "Xd"]


def test_short_and_long_abandons_are_the_abandoned(tmp_path: Path) -> None:
    """Where no column counts them all, and the rows show that they are the rest."""
    rows = [[*_begin(h), h.offered, h.answered, h.short, h.abandoned - h.short] for h in halves("A", seed=45)]
    proposal = _proposed(tmp_path, "Queue;Start;Offered;Answered;Abandoned <= 5s;Abandoned > 5s", rows)
    entry = proposal.entry("columns", "abandoned")
    assert entry is not None
    assert entry.value == {"sum": ["Abandoned <= 5s", "Abandoned > 5s"]}
    assert proposal.mapped("short_abandoned")


def test_times_and_names_of_contacts_that_nobody_understands_are_offered(tmp_path: Path) -> None:
    """A time beside talk alone may be the work after it, a name beside talk alone the agent's."""
    rows = [
        [v.number, f"{v.at:%Y-%m-%d %H:%M:%S}", v.queue, v.outcome, v.wait, v.talk, v.wrap, v.agent]
        for v in visits("a", "b", seed=46)
    ]
    head = "Call ID;Offered At;Queue;Outcome;Wait (s);Talk (s);Zork time (s);Zyx"
    assert _open(_proposed(tmp_path, head, rows)).items() >= {"wrap_seconds": "Zork time (s)", "agent": "Zyx"}.items()


def test_a_second_column_that_says_more_of_the_outcome_is_told(tmp_path: Path) -> None:
    """Yes and no are fewer outcomes than answered, abandoned and timed out."""
    words = ["Abandoned", "Timed out"]
    rows = [
        [v.number, f"{v.at:%Y-%m-%d %H:%M:%S}", v.queue, "yes" if v.talk else "no",
         "Agent" if v.talk else words[v.number % 2], v.wait, v.talk] for v in visits("a", "b", seed=47)
    ]  # fmt: skip
    proposal = _proposed(tmp_path, "Call ID;Offered At;Queue;Answered;Disposition;Wait (s);Talk (s)", rows)
    entry = proposal.entry("columns", "outcome")
    assert entry is not None
    assert "Disposition" in str(entry.value) or "Disposition" in entry.doubt


def test_a_sum_of_conversations_in_durations_is_talk(tmp_path: Path) -> None:
    """The same words above a count would say how many came."""
    rows = [[*_begin(h), h.offered, h.answered, h.abandoned, clock(h.talk)] for h in halves("A", seed=51)]
    proposal = _proposed(tmp_path, "Queue;Start;Offered;Answered;Abandoned;Total conversation", rows)
    entry = proposal.entry("columns", "talk_seconds")
    assert entry is not None
    assert entry.value == {"column": "Total conversation", "duration": "h:mm:ss"}


def test_the_name_of_nobody_is_no_agent(tmp_path: Path) -> None:
    """A name that all contacts without an answer have, and no other one, means that there was none."""
    rows = [
        [v.number, f"{v.at:%Y-%m-%d %H:%M:%S}", v.queue, v.outcome, v.wait, v.talk, v.agent or "VDCL"]
        for v in visits("a", "b", seed=48)
    ]
    proposal = _proposed(tmp_path, "Call ID;Offered At;Queue;Outcome;Wait (s);Talk (s);Agent", rows)
    entry = proposal.entry("columns", "agent")
    assert entry is not None
    assert entry.value == {"column": "Agent", "empty": ["VDCL"]}


def test_a_figure_that_has_no_other_column_is_named(tmp_path: Path) -> None:
    """An average of which no column counts the contacts cannot be mapped: the proposal says so with a mark."""
    rows = [[*_begin(h), h.offered, h.mean(h.wait), h.aht] for h in halves("A", seed=49)]
    proposal = _proposed(tmp_path, "Queue;Start;Offered;ASA;AHT", rows)
    remarks = [one for one in proposal.remarks if one.startswith("check: left out")]
    assert len(remarks) == 1
    assert "ASA" in remarks[0]
    assert "AHT" in remarks[0]


def test_minutes_of_an_unknown_clock_are_no_instants(tmp_path: Path) -> None:
    """A mean wait of 0:00:37 beside the interval's own clock makes the rows no single contacts."""
    rows = [
        [h.queue, f"{h.at:%Y-%m-%d}", f"{h.at:%H:%M}", f"0:00:{h.mean(h.wait):02}", h.offered]
        for h in halves("A", seed=50)
    ]
    assert _proposed(tmp_path, "Xq;Date;Time;Xw;Calls Offered", rows).record == "interval"
