"""Names of columns: the figure they name, its statistic, unit and threshold, in the languages of centres."""

import pytest

from streams.sources.recognising.names import meaning_of
from streams.sources.recognising.vocabulary import plain, vocabulary


@pytest.mark.parametrize(
    ("name", "measure", "statistic"),
    [
        ("Avg Speed Ans", "asa", "avg"),
        ("Calls Abandoned", "abandoned", ""),
        ("% Abandoned", "abandoned", "pct"),
        ("Anrufe angeboten", "offered", ""),
        ("Gesprächszeit", "talk", ""),
        ("Gespraechszeit", "talk", ""),
        ("Ø Nachbearbeitungszeit (s)", "wrap", "avg"),
        ("Llamadas ofrecidas", "offered", ""),
        ("TMO", "handle", "avg"),
        ("Appels abandonnés", "abandoned", ""),
        ("Chamadas atendidas", "answered", ""),
        ("平均通话时长", "talk", "avg"),
        ("放弃量", "abandoned", ""),
        ("CallsOffered", "offered", ""),
        ("Max Wait Time", "wait", "max"),
        ("Queue Wait Time", "wait", ""),
        ("Calls in SL", "answered_within", ""),
        ("Answered in 20 s", "answered_within", ""),
        ("Durée moyenne de conversation", "talk", "avg"),
        ("Conversation (s)", "talk", ""),
        ("Conversations abandoned", "abandoned", ""),
        ("Chiamate risposte", "answered", ""),
        ("Gem. wachttijd (s)", "wait", "avg"),
    ],
)
def test_a_name_says_which_figure_it_is_of(name: str, measure: str, statistic: str) -> None:
    """Names of many systems and languages lead to one figure and its statistic."""
    meaning = meaning_of(name)
    assert (meaning.measure, meaning.statistic) == (measure, statistic)


def test_a_word_inside_a_compound_is_found() -> None:
    """Demand of staff is required, whichever of the compound's words stands first in the vocabulary."""
    assert meaning_of("Personalbedarf").kinds == {"required"}
    assert meaning_of("Bedarf").kinds == {"required"}
    assert meaning_of("Reklamationsquote").statistic == "pct"


def test_a_unit_and_a_threshold_are_told_apart() -> None:
    """Seconds in brackets are a unit, a number of seconds is a threshold, and in 80/20 it is the second one."""
    assert meaning_of("Wait (s)").unit == 1
    assert meaning_of("Wait (min)").unit == 60
    assert (meaning_of("Service Level (20 Seconds)").unit, meaning_of("Service Level (20 Seconds)").seconds) == (
        None,
        20,
    )
    assert meaning_of("SL 80/30").seconds == 30


def test_a_word_that_is_not_known_leaves_the_name_half_understood() -> None:
    """`Calls zorbed abandoned` is about abandoned calls, but nobody knows which."""
    meaning = meaning_of("Calls zorbed abandoned")
    assert (meaning.measure, meaning.whole, meaning.strange) == ("abandoned", False, ("zorbed",))


def test_the_vocabulary_has_no_phrase_twice_under_two_tokens() -> None:
    """Each phrase has one meaning, so that the order of the file decides nothing."""
    data = vocabulary()
    assert len({phrase.text for phrase in data.phrases}) == len(data.phrases)
    assert all(phrase.text == plain(phrase.text) for phrase in data.phrases)


def test_every_measure_is_named_by_tokens_that_words_have() -> None:
    """A measure of tokens that no word gives could never be found."""
    tokens = {token for phrase in vocabulary().phrases for token in phrase.tokens}
    assert {token for measure in vocabulary().measures for token in measure.tokens} <= tokens
