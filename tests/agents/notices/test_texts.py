"""The text of an incident: headed by what a caller feels, with its other rules, and at the end that of the end."""

from notices import at, change, incident

from agents.notices.texts import text_of


def test_the_service_level_heads_the_story_whichever_was_first() -> None:
    """A volume that was noticed before, and a staffing gap that is worse, stand behind it."""
    found = incident(
        change("09 10:05", rule="volume_variance", title="cards: volume"),
        change("09 10:35", message="cards: 20 %.", message_zh="cards：20 %。", title="cards: service level 20 %"),
        change("09 10:40", severity="critical", rule="schedule_gap"),
    )
    text = text_of(found)
    assert text.title == "cards: service level 20 %"
    assert text.message == "cards: 20 %. Also: staffing short of schedule, volume off its forecast."
    assert text.message_zh == "cards：20 %。另有：在岗人数少于排班、话务量偏离预测。"
    assert (text.rule, text.version) == ("service_level_below_range", at("09 10:40"))


def test_while_it_is_open_an_open_breach_heads_it_and_at_the_end_the_end() -> None:
    """The service level that is back inside gives way to what is still wrong; when all is over its end is told."""
    found = incident(
        change("09 10:05", title="begin"),
        change("09 10:05", rule="volume_variance", title="volume"),
        change("09 11:05", "resolved", title="ended"),
    )
    assert text_of(found).title == "volume"
    found.put(change("09 11:35", "resolved", rule="volume_variance", title="volume ended"))
    assert (text_of(found).title, text_of(found).message) == ("ended", "")
    assert text_of(found).version == at("09 11:35")


def test_a_record_of_an_earlier_program_has_no_title() -> None:
    """Its message stands for it, cut to a heading's length."""
    text = text_of(incident(change("09 10:05", message="x" * 500, message_zh="")))
    assert text.title == "x" * 160
