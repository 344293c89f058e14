"""The configuration reader: YAML 1.2 as its core schema has it, and every fault in one line that says where."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from config.errors import UserError
from config.yaml import Node, read_yaml


def _read(tmp_path: Path, text: str | bytes) -> Node:
    path = tmp_path / "c.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_yaml(path)


def _fault(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(UserError) as caught:
        _read(tmp_path, text)
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "c.yaml"))
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("08:00", "08:00"),
        ("12:30:45", "12:30:45"),
        ("911_10", "911_10"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("yes", "yes"),
        ("off", "off"),
        ("y", "y"),
        ("2026-12-25", "2026-12-25"),
        ("2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
        ("2026-01", "2026-01"),
        ('"911"', "911"),
        ("'true'", "true"),
        ("!!str 911", "911"),
        ("911", 911),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-3", -3),
        ("0.80", 0.8),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("!!float 3", 3.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(tmp_path: Path, written: str, value: object) -> None:
    """Plain scalars resolve as section 10.3 of YAML 1.2.2 has it: no sexagesimals, underscores, dates or yes/no."""
    found = _read(tmp_path, f"key: {written}\n").plain()
    assert found == {"key": value}
    assert type(found["key"]) is type(value)  # type: ignore[index]  # a mapping, by the line above


def test_a_version_directive_does_not_bring_yaml_1_1_back(tmp_path: Path) -> None:
    """A document that claims YAML 1.1 is read by the same rules."""
    assert _read(tmp_path, "%YAML 1.1\n---\non: 08:00\n").plain() == {"on": "08:00"}


def test_infinity_and_nan_are_numbers_that_no_setting_takes(tmp_path: Path) -> None:
    """`.inf` and `.nan` are floats of the core schema, and out of every range."""
    for written in (".inf", "-.inf", ".nan", "1e999"):
        node = _read(tmp_path, f"key: {written}").fields(("key",))["key"]
        with pytest.raises(UserError, match=r"key \(line 1\): found the number .* allowed: a number from 0 to 1"):
            node.number(0, 1)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("---\n", "the file is empty"),
        ("- a\n- b\n", "found a list; allowed: a mapping with keys like site"),
        ("just text", "found the text 'just text'; allowed: a mapping"),
        ("a: 1\na: 2\n", "a (line 2): the key stands twice, first in line 1"),
        ("site:\n  plan: x\n  plan: x\n", "site.plan (line 3): the key stands twice"),
        ("programs:\n- id: a\n  queues: [{id: b, id: c}]\n", "programs[0].queues[0].id (line 3): the key stands twice"),
        ("a: [1, 2", "(line 1, column 9): not valid YAML"),
        ("a: b: c", "not valid YAML: mapping values are not allowed here"),
        ("a: *x", "found undefined alias 'x'"),
        ("a: 1\n---\nb: 2\n", "found another document"),
        ("a: &x [*x]", "a[0] (line 1): an alias that contains itself"),
        ("a: !!python/object:os.system x", "python/object:os.system"),
        ("a: !secret x", "!secret"),
        ("a: !!timestamp 2026-01-01", "timestamp"),
        ("a: !!set {x, y}", "the tag tag:yaml.org,2002:set"),
        ("a: !!int twelve", "found the text 'twelve' as"),
        ("? [a, b]\n: c\n", "a mapping or list stands as a key"),
        ("a: \x07", "not valid YAML"),
        ('a: "\\ud800"', "half a character"),
        ("[" * 5000, "not valid YAML"),
        ("a: " + "9" * 5000, "a (line 1)"),
        (b"a: caf\xe9\n", "byte 6 (0xe9) is not UTF-8"),
        (b"\x00\x01\x02\xff", "is not UTF-8"),
        ("a: 1\n".encode("utf-16"), "is not UTF-8"),
        (b"PK\x03\x04\x00\x00", "not valid YAML"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_the_place(tmp_path: Path, text: str | bytes, part: str) -> None:
    """Empty, binary, undecodable, malformed and unsafe files each give one line with file, place and reason."""
    assert part in _fault(tmp_path, text)


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    """A small file that expands to billions of values stops with a message, not with the machine's memory."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert "once aliases are expanded" in _fault(tmp_path, "\n".join(lines))


def test_aliases_that_nest_without_end_are_refused(tmp_path: Path) -> None:
    """A chain of aliases deeper than any setting is refused before the interpreter's stack is used up."""
    lines = ["a0: &a0 x"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 3000)]
    assert "nested more than 40 deep" in _fault(tmp_path, "\n".join(lines))


def test_aliases_share_what_was_written_once(tmp_path: Path) -> None:
    """Anchors and aliases stand for a copy of the value."""
    assert _read(tmp_path, "a: &x {b: 1}\nc: *x\n").plain() == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """A path that cannot be opened is named with the system's reason."""
    with pytest.raises(UserError, match=r"nowhere\.yaml: cannot be read: No such file"):
        read_yaml(tmp_path / "nowhere.yaml")
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path)


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    """Editors that write a mark before UTF-8 text do not change what is read."""
    assert _read(tmp_path, b"\xef\xbb\xbfsite: {}\n").plain() == {"site": {}}


def test_a_number_for_a_name_says_how_to_quote_it_as_written(tmp_path: Path) -> None:
    """A queue called 010 is not the number ten; the message shows the text to put in quotes."""
    node = _read(tmp_path, "id: 010").fields(("id",))["id"]
    with pytest.raises(UserError, match=r'id \(line 1\): found the number 010, and a name is wanted; quote it: "010"'):
        node.name("the name of a queue")


def test_a_number_for_a_key_says_quote_it(tmp_path: Path) -> None:
    """A key that YAML reads as a number or a truth value is refused where a name is wanted."""
    for key in ("911", "true", "null"):
        with pytest.raises(UserError, match="a name is wanted; quote it"):
            _read(tmp_path, f"{key}: x").fields(("911",))


def test_a_question_mark_in_brackets_is_text(tmp_path: Path) -> None:
    """`?` marks a key only before a blank (YAML 1.2, 7.3.3), in brackets as elsewhere."""
    read = _read(tmp_path, "a: [?0, ?x y]\nb: {? k : 1}\nc: ?z\nd: {?q: 2}\ne: [? m : 3]").plain()
    assert read == {"a": ["?0", "?x y"], "b": {"k": 1}, "c": "?z", "d": {"?q": 2}, "e": [{"m": 3}]}


def test_a_colon_after_a_colon_begins_a_text(tmp_path: Path) -> None:
    """In braces a `:` that follows the mark of a value is text (YAML 1.2, 7.3.3), and one after a quoted key a mark."""
    read = _read(tmp_path, 'a: {b: :0, c:  :x}\nd: {"e":1, f: {g: :h}}\ni: [:0, j: :k]\nl: {m: , n: 2}').plain()
    assert read == {
        "a": {"b": ":0", "c": ":x"},
        "d": {"e": 1, "f": {"g": ":h"}},
        "i": [":0", {"j": ":k"}],
        "l": {"m": None, "n": 2},
    }


def test_an_unknown_key_brings_the_nearest_known_one(tmp_path: Path) -> None:
    """A slip of the pen is answered with the key that was meant, and with all that are known."""
    with pytest.raises(
        UserError, match=r'timezon \(line 1\): unknown key .*did you mean "timezone"\? allowed: timezone, plan'
    ):
        _read(tmp_path, "timezon: x").fields(("timezone", "plan"))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**15), 10**15)
        | st.text(st.characters(codec="ascii", exclude_categories=["Cc"])),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=3),
        max_leaves=10,
    )
)
def test_what_a_yaml_1_2_writer_wrote_is_read_back(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    """Any value written by an independent YAML 1.2 writer is read back as it was."""
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump({"key": value}, file)
    assert read_yaml(path).plain() == {"key": value}


def test_a_text_may_have_blanks_and_be_any_cell(tmp_path: Path) -> None:
    """Cells of files are texts as they stand; one alone is a list of it; numbers, empty texts and lists are refused."""
    fields = _read(tmp_path, 'tab: "\\t"\ncells: [a, " b "]\none: a\nblank: ""\nnumber: 010\nnone: []\n').fields(
        ("tab", "cells", "one", "blank", "number", "none")
    )
    assert fields["tab"].text("one character") == "\t"
    assert (fields["cells"].texts("cells"), fields["one"].texts("cells")) == (("a", " b "), ("a",))
    assert fields["blank"].text("a cell", blank=True) == ""
    for key, words in (
        ("blank", "blank (line 4): found the text ''; allowed: cells"),
        ("number", 'number (line 5): found the number 010, and text is wanted; quote it: "010"'),
        ("none", "none (line 6): found a list; allowed: cells"),
    ):
        with pytest.raises(UserError) as caught:
            fields[key].texts("cells")
        assert str(caught.value).endswith(words)


def test_an_unknown_key_without_a_near_one_lists_what_is_allowed(tmp_path: Path) -> None:
    """The message names the kind of key, and all that are known."""
    with pytest.raises(UserError, match=r"xyz \(line 1\): unknown field 'xyz'; allowed: queue, agent$"):
        _read(tmp_path, "xyz: 1").fields(("queue", "agent"), kind="field")
