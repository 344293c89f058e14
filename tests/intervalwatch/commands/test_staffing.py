"""`intervalwatch staffing`: the reference's object, the table for people, and one line for mistakes."""

import json

import pytest
from click.testing import CliRunner, Result

from config.errors import UserError
from intervalwatch.commands.staffing import staffing

QUESTION = ["--offered", "100", "--aht", "180", "--threshold", "20", "--target", "0.80"]


def run(*more: str) -> Result:
    """The command with the example's question and more options."""
    return CliRunner().invoke(staffing, [*QUESTION, *more])


def test_json_is_the_contracts_object_under_erlang_c() -> None:
    """The keys of docs/reference/commands.md#staffing in order, with the figures of
    docs/concepts/figures.md#required-agents at 14 agents.
    """
    answer = json.loads(run("--format", "json").output)
    assert list(answer) == [
        "model", "traffic", "required_agents", "service_level", "asa_seconds", "mean_wait_seconds", "occupancy",
        "p_wait", "p_abandon",
    ]  # fmt: skip
    assert answer["model"] == "erlang_c"
    assert (answer["traffic"], answer["required_agents"], answer["p_abandon"]) == (10, 14, 0)
    assert answer["service_level"] == pytest.approx(0.8883500192, abs=5e-11)
    assert answer["asa_seconds"] == pytest.approx(7.835937, abs=5e-7)
    assert answer["p_wait"] == pytest.approx(0.1741319336, abs=5e-11)
    assert answer["occupancy"] == pytest.approx(0.7142857, abs=5e-8)


def test_json_under_erlang_a_at_a_given_headcount() -> None:
    """With --patience and --agents 14: the Erlang A figures of docs/concepts/figures.md#required-agents, requirement
    beside them.
    """
    answer = json.loads(run("--patience", "300", "--agents", "14", "--format", "json").output)
    assert (answer["model"], answer["required_agents"]) == ("erlang_a", 13)
    assert answer["p_wait"] == pytest.approx(0.1452601, abs=5e-8)
    assert answer["p_abandon"] == pytest.approx(0.0139837, abs=5e-8)
    assert answer["mean_wait_seconds"] == pytest.approx(4.19514, abs=2e-5)
    assert answer["asa_seconds"] < answer["mean_wait_seconds"]


def test_overload_has_no_wait_to_give() -> None:
    """Too few agents for patient customers: service level 0 and waits null, since JSON has no infinity."""
    answer = json.loads(run("--agents", "9", "--format", "json").output)
    assert (answer["service_level"], answer["asa_seconds"], answer["mean_wait_seconds"]) == (0, None, None)
    assert "endless" in run("--agents", "9").output


def test_text_shows_the_answer_and_the_agents_around_it() -> None:
    """People see the requirement, its figures, and a table of three agents fewer to three more."""
    text = run().output
    assert "14 agents required." in text
    assert "service level 88.8%, occupancy 71.4%, speed of answer 7.8 s" in text
    rows = [line[1:].split() for line in text[text.index("  agents") :].splitlines()[1:]]
    assert [row[0] for row in rows] == ["11", "12", "13", "14", "15", "16", "17"]
    assert [line.split()[1:3] for line in text.splitlines() if line.startswith(">")] == [["14", "88.8%"]]


def test_given_headcount_is_marked_in_the_table() -> None:
    """A fractional headcount has its own row, marked, beside the requirement's."""
    text = run("--agents", "13.4", "--max-occupancy", "0.7").output
    assert "15 agents required." in text
    assert "With 13.4 agents: service level 83.3%" in text
    assert [line.split()[1] for line in text.splitlines() if line.startswith("* ")] == ["13.4"]


def test_interval_minutes_decide_the_traffic() -> None:
    """100 contacts in 15 minutes are twice the traffic of 100 in 30."""
    assert json.loads(run("--interval-minutes", "15", "--format", "json").output)["traffic"] == 20


@pytest.mark.parametrize(
    ("option", "bad"),
    [
        ("--offered", "-1"), ("--aht", "0"), ("--aht", "nan"), ("--threshold", "-5"), ("--target", "80"),
        ("--target", "1"), ("--patience", "0"), ("--max-occupancy", "1.2"), ("--interval-minutes", "0"),
        ("--agents", "0"), ("--agents", "inf"),
    ],
)  # fmt: skip
def test_bad_arguments_are_one_line_that_names_the_option(option: str, bad: str) -> None:
    """A bad argument raises the one user error (exit 2), in one line that begins with the option."""
    result = run(option, bad)
    assert isinstance(result.exception, UserError)
    message = str(result.exception)
    assert message.startswith(f"{option} must be ")
    assert "\n" not in message
