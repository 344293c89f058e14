"""JSON text cut into objects: layouts, pieces, limits, and what is torn."""

import json
from typing import Any

import pytest

from streams.sources.objects.cutter import Cut, Cutter


def cutter(**changed: Any) -> Cutter:
    """One that knows objects by `id`, and pages by `items`."""
    return Cutter(lambda value: "id" in value, "id", **{"lists": ["items"]} | changed)


def cuts(text: str, size: int = 1 << 20, **changed: Any) -> list[Cut]:
    """The cuts of a text that arrives in pieces of a size."""
    one = cutter(**changed)
    found = [cut for at in range(0, len(text), size) for cut in one.feed(text[at : at + size])]
    return [*found, *one.end()]


def ids(found: list[Cut]) -> list[Any]:
    """The ids of objects; of others the fault's first words."""
    return [cut.fault[:19] if cut.value is None else cut.value["id"] for cut in found]


WHOLE = ['{"id": 1, "a": {"b": [1, "}{"]}}', '{"id": 2, "u": "\\u00e9\\\\"}', '{"id": 3}']
LAYOUTS = {
    "lines": "\n".join(WHOLE),
    "list": f"[{','.join(WHOLE)}]",
    "back to back": "".join(WHOLE),
    "page": f'{{"total": 3, "items": [{",".join(WHOLE)}], "more": {{"x": [1]}}}}',
    "pages": f'[{{"items": [{WHOLE[0]}]}}, {{"items": [{WHOLE[1]}, {WHOLE[2]}], "total": 3}}]',
    "page of pages": f'{{"items": [{{"items": [{",".join(WHOLE)}]}}]}}',
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pieces_of_any_size_give_the_same_objects(layout: str, size: int) -> None:
    """Objects come with their text, whatever the layout and the pieces."""
    found = cuts(LAYOUTS[layout], size)
    assert [cut.value for cut in found] == [json.loads(text) for text in WHOLE]
    assert [cut.text for cut in found] == WHOLE


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"id": 1} rubbish\n{"id": 2}', [1, "object: text outsid", 2]),
        ('{"id": 1, "a": {"id": 9\n{"id": 2}', ["object: broken JSON", 2]),
        ('{"id": 1, "a": "b\n{"id": 2}', ["object: broken JSON", 2]),
        ('{"id": 1, "a": "b{"id": 2}', ["object: broken JSON", 2]),
        ('[{"id": 1, "a": [{"id": 2}, {"id": 3}]', ["object: broken JSON", 2, 3]),
        ('[{"items": [{"id": 1, "a": [{"id": 2}, {"id": 3}]}', ["object: broken JSON", 2, 3]),
        ('{"id": 1}{"id": ', [1, "object: the file en"]),
        ('{"id": 1}{"id": tru', [1, "object: the file en"]),
        ('[{"id": 1}, {"id": 2}', [1, 2, "object: the file en"]),
        ('{"items": [{"id": 1}]', [1, "object: the file en"]),
        ('{"items": [{"id": 1}], "more": ', [1, "object: the file en"]),
        ('{"items": [{"id": 1}], "more" 7}{"id": 2}', [1, "object: broken JSON", 2]),
        ('}{"id": 1}', ["object: text outsid", 1]),
        ("null", ["object: text outsid"]),
        ('{"id": 1, "a": tru}{"id": 2}', ["object: broken JSON", 2]),
    ],
)
def test_what_is_broken_costs_itself_alone(text: str, found: list[Any], size: int) -> None:
    """The text up to the next object that counts is set aside once, with its reason."""
    assert ids(cuts(text, size)) == found


def test_depth_size_and_numbers_without_end_are_no_trouble() -> None:
    """An object nested too deeply or too large is set aside, the next one counts; a long number is infinite."""
    deep = '{"id": 1, "a": ' + "[" * 100_000 + '{"id": 2}'
    assert ids(cuts(deep))[-1] in {2, "object: text outsid"}
    large = '{"id": 1, "a": "' + "x" * 5000 + '"}{"id": 2}'
    assert ids(cuts(large, 100, limit=1000)) == ["too_large: object h", "object: text outsid", 2]
    assert ids(cuts('{"id": ' + "9" * 5000 + "}")) == [float("inf")]


def test_the_next_file_begins_anew() -> None:
    """A list that one file leaves open does not reach into the next."""
    one = cutter()
    assert ids([*one.feed('[{"id": 1}'), *one.end("no complete gzip file")]) == [1, "object: no complete"]
    assert ids([*one.feed('{"id": 2}]'), *one.end()]) == [2]
