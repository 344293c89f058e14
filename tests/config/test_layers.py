"""Laying places of the file over each other: the most specific wins, whatever the values."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from config.layers import OVERRIDES, PRODUCT, name_in_layer
from config.settings import load

# One leaf of each kind that a place may set, with values that are right in any combination.
LEAVES = {
    "grace_seconds": st.integers(0, 1000),
    "interval_minutes": st.sampled_from([5, 15, 30, 60]),
    "attribution": st.sampled_from(["arrival", "event"]),
    "service_level.threshold_seconds": st.integers(0, 100),
    "service_level.definition": st.sampled_from(["S1", "S2", "S5"]),
    "hours.mon": st.sampled_from(["08:00-12:00", "13:00-24:00", []]),
    "hours.sun": st.sampled_from(["09:00-10:00", "closed"]),
    "rules.integrity.on": st.booleans(),
    "rules.feed_missing.clear_after": st.integers(1, 9),
}
PLACE = st.fixed_dictionaries({}, optional=LEAVES)


def _nested(flat: dict[str, object]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for name, value in flat.items():
        node = tree
        *outer, last = name.split(".")
        for part in outer:
            node = node.setdefault(part, {})  # type: ignore[assignment]  # mappings all the way down
        node[last] = value
    return tree


@settings(max_examples=60, deadline=None)
@given(site=PLACE, program=PLACE, queue=PLACE)
def test_each_setting_comes_from_the_most_specific_place_that_sets_it(
    site: dict[str, object], program: dict[str, object], queue: dict[str, object]
) -> None:
    """For any three places, every setting's origin is the innermost that names it, and else the product."""
    wide = _nested(site)
    text = {
        "site": {key: wide[key] for key in ("grace_seconds", "interval_minutes", "attribution") if key in wide},
        "defaults": {key: wide[key] for key in ("service_level", "hours") if key in wide},
        "rules": wide.get("rules", {}),
        "programs": [{"id": "p", **_nested(program), "queues": [{"id": "q", **_nested(queue)}]}],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        with path.open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump(text, file)
        configuration = load([path])
    origins = configuration.last.origins("q")
    (own,) = configuration.queue("q")
    for name in LEAVES:
        origin = origins[name_in_layer(name)]
        if name in queue:
            assert origin == f"programs[0].queues[0].{name}"
        elif name in program:
            assert origin == f"programs[0].{name}"
        elif name in site:
            assert origin in {f"site.{name}", f"defaults.{name}", name}
        else:
            assert origin == ""
    merged = {**site, **program, **queue}
    assert own.grace_ms == merged.get("grace_seconds", 300) * 1000  # type: ignore[operator]  # a number
    assert own.interval_ms == merged.get("interval_minutes", 30) * 60_000  # type: ignore[operator]  # a number
    assert own.attribution == merged.get("attribution", "arrival")
    assert own.service_level.threshold_ms == merged.get("service_level.threshold_seconds", 20) * 1000  # type: ignore[operator]
    assert own.service_level.definition == merged.get("service_level.definition", "S1")
    assert own.rules["integrity"].on == merged.get("rules.integrity.on", True)
    assert own.rules["feed_missing"].parameters["clear_after"] == merged.get("rules.feed_missing.clear_after", 2)
    assert (own.hours is None) == ("hours.mon" not in merged and "hours.sun" not in merged)


def test_every_overridable_key_has_a_default() -> None:
    """Nothing that can be set is without a value when it is not."""
    outer = {name.split(".")[0] for name in PRODUCT}
    assert outer == {name_in_layer(key) for key in OVERRIDES}


def test_durations_are_held_in_milliseconds_under_names_that_say_so() -> None:
    """A name in a layer tells the unit of its value; only the mean patience stays in seconds."""
    assert name_in_layer("grace_seconds") == "grace_ms"
    assert name_in_layer("interval_minutes") == "interval_ms"
    assert name_in_layer("correction_days") == "correction_ms"
    own = {name for name in PRODUCT if not name.startswith("rules.")}
    assert {name for name in own if name.endswith(("_seconds", "_minutes", "_days"))} == {
        "service_level.patience_seconds"
    }
    assert PRODUCT["grace_ms"].value == 300_000
