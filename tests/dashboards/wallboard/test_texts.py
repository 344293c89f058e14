"""The catalogue of texts and the page's files: whole in both languages, and from nowhere else."""

import re
from pathlib import Path

import pytest

from config.errors import UserError
from config.rules import RULES
from copc.service_level import FORMULAS
from dashboards.wallboard.figures import CODES, RANKS
from dashboards.wallboard.texts import STATIC, catalogue, language_of, require_language, rules_shown
from streams.columns import RESULTS

TEXTS = catalogue()
SCRIPTS = sorted(STATIC.glob("*.js"))
FILES = sorted(path for path in STATIC.iterdir() if path.is_file())


def test_both_languages_say_the_same_things() -> None:
    """Every text has its twin, with the same places to fill."""
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()
    for key, english in TEXTS["en"].items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", TEXTS["zh"][key])), key


def test_every_rule_state_and_verdict_has_its_words() -> None:
    """Nothing on the screen is a bare name of the program."""
    wanted = {f"rule.{rule}" for rule in RULES}
    wanted |= {f"state.{state}" for state in RANKS} | {f"verdict.{verdict}" for verdict in CODES}
    assert wanted <= TEXTS["en"].keys()


def test_a_breach_has_the_name_that_messages_and_alerts_give_it() -> None:
    """The catalogue of the screens takes the names of rules from their definitions, and holds none of its own."""
    for rule, definition in RULES.items():
        assert (TEXTS["en"][f"rule.{rule}"], TEXTS["zh"][f"rule.{rule}"]) == (definition.noun, definition.noun_zh)
    assert '"rule.' not in (STATIC / "texts.json").read_text(encoding="utf-8")
    assert rules_shown()["service_level_below_range"]["title"]["en"] == "Service level below its range"


def test_no_script_spells_the_name_of_a_rule() -> None:
    """A script asks for a rule's facts, so that a further rule needs no script."""
    columns = {"volume_variance", "aht_variance", "net_staffing", "integrity"}
    for script in SCRIPTS:
        spelled = set(re.findall(r"\w+", script.read_text(encoding="utf-8"))) & set(RULES)
        assert spelled <= columns, script.name


def test_the_definitions_are_said_as_the_arithmetic_has_them() -> None:
    """The formula on the screen is that of `copc.service_level`."""
    assert {key: TEXTS["en"][f"formula.{key}"] for key in FORMULAS} == FORMULAS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_text_a_script_asks_for_is_in_the_catalogue(script: Path) -> None:
    """`t("…")` with a fixed key finds it."""
    asked = set(re.findall(r"""\bt\("([^"]+)\"""", script.read_text(encoding="utf-8")))
    assert asked <= TEXTS["en"].keys()


def test_every_text_is_used() -> None:
    """The catalogue holds nothing that no screen says."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in [*SCRIPTS, STATIC / "index.html"])
    prefixes = tuple(re.findall(r"`(\w[\w.]*\.)\$\{", code))
    unused = [key for key in TEXTS["en"] if f'"{key}"' not in code and not key.startswith(prefixes)]
    assert unused == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_file_asks_another_host(path: Path) -> None:
    """Fonts, scripts and pictures all come from this server (the SVG namespace is a name, not an address)."""
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?:|//[\w-]+\.\w|@import", text)


def test_pages_carry_no_inline_script_or_style() -> None:
    """The content security policy would refuse them."""
    for page in STATIC.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_markup_is_made_of_text_only() -> None:
    """`innerHTML` is set once, from a fixed alphabet; everything else goes in as text."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    assert len(re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", code)) == 1


def test_labels_of_figures_are_the_columns_titles() -> None:
    """Where the wallboard has a label of a result column, it is the column's title, in both languages."""
    labelled = {key.removeprefix("field.") for key in TEXTS["en"] if key.startswith("field.")}
    titles = {column.name: (column.title_en, column.title_zh) for column in RESULTS if column.name in labelled}
    assert titles == {name: (TEXTS["en"][f"field.{name}"], TEXTS["zh"][f"field.{name}"]) for name in labelled}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("de,zh-TW;q=0.4,en;q=0.3", "zh"),
        ("zh;q=0,en", "en"),
        ("de", "en"),
        (";;,q=,zh;q=x", "en"),
        ("", "en"),
    ],
)
def test_a_browsers_language_is_the_one_it_likes_best_of_ours(accepted: str, language: str) -> None:
    """RFC 9110 12.5.4: weights from 0 (not wanted) to 1; English where it asks for neither."""
    assert language_of(accepted) == language


def test_a_site_sets_the_language_for_every_browser() -> None:
    """English or Chinese; empty leaves it to the browsers, and anything else is refused."""
    assert (require_language("zh"), require_language(""), require_language(None)) == ("zh", None, None)
    with pytest.raises(UserError, match="found 'de'"):
        require_language("de")
