"""A worker starts only if the names it overrides in Faust, mode and aiokafka are as they were tested."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import faust
import pytest
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from agents.live.faust_patches import contract
from config.errors import UserError

ROOT = Path(__file__).resolve().parents[4]


def test_versions_are_those_whose_sources_were_read() -> None:
    """Another version means that somebody must look first: read agents/live/faust_patches/README.md, and follow it."""
    installed = {name: importlib.metadata.version(name) for name in contract.TESTED_VERSIONS}
    assert installed == contract.TESTED_VERSIONS, (
        "these versions were not looked at: read agents/live/faust_patches/README.md before anything else"
    )


def test_versions_are_pinned_and_spelled_alike() -> None:
    """The package, the constraints and the README name exactly the versions that were tested."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    constraints = [line.partition(" ")[0] for line in lines]  # hashes follow
    readme = (ROOT / "agents" / "live" / "faust_patches" / "README.md").read_text(encoding="utf-8")
    for name, number in contract.TESTED_VERSIONS.items():
        assert f"{name}=={number}" in project["dependencies"]
        assert f"{name}=={number}" in constraints
        assert f"{name} {number}" in readme


def test_what_is_installed_is_as_it_was_tested() -> None:
    """Every private name and signature that is used is there."""
    assert list(contract.differences()) == []
    contract.require_tested_names()


def test_a_parameter_that_differs_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method of another signature is refused with its name, both signatures, and the versions to install."""

    def renamed(self: object, consumer: object, partitions: object) -> None:
        """As a release might have it."""

    monkeypatch.setattr(AIOKafkaConsumerThread, "_fetch_records", renamed)
    with pytest.raises(UserError) as refused:
        contract.require_tested_names()
    said = str(refused.value)
    assert "\n" not in said
    assert said.startswith(
        "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread._fetch_records is (self, consumer, partitions) and "
        "not (self, consumer, active_partitions, timeout=None, max_records=None). Installed: "
    )
    assert said.endswith("needs, faust-streaming==0.15.3, mode-streaming==0.7.1, aiokafka==0.14.0")


@pytest.mark.parametrize(
    ("table", "entry", "said"),
    [
        ("USED", {"faust.streams:Stream.nowhere": "(self)"}, "faust.streams:Stream.nowhere is not there"),
        ("OVERRIDDEN", {"faust.nowhere:Stream.noack": "(self)"}, "faust.nowhere:Stream.noack is not there"),
        ("ATTRIBUTES", {"faust.streams:Stream.nowhere": ("_x",)}, "faust.streams:Stream.nowhere is not there"),
        (
            "ATTRIBUTES",
            {"aiokafka.consumer.consumer:AIOKafkaConsumer.start": ("_fetch",)},
            "aiokafka.consumer.consumer:AIOKafkaConsumer.start does not use _fetch",
        ),
    ],
)
def test_a_name_that_is_gone_is_named(
    monkeypatch: pytest.MonkeyPatch, table: str, entry: dict[str, object], said: str
) -> None:
    """A module, a method or an attribute that a release no longer has is refused by its name."""
    monkeypatch.setattr(contract, table, entry)
    assert list(contract.differences()) == [said]


@pytest.mark.parametrize("name", sorted(contract.OVERRIDDEN))
def test_every_patch_is_in_the_readme(name: str) -> None:
    """Each method of Faust's that is overridden stands in the README, where it says why."""
    readme = (ROOT / "agents" / "live" / "faust_patches" / "README.md").read_text(encoding="utf-8")
    assert f"`{name.rpartition('.')[2]}`" in readme


def test_lines_that_the_readme_names_are_there() -> None:
    """Each upstream file that the README names exists in what is installed, and has as many lines."""
    readme = (ROOT / "agents" / "live" / "faust_patches" / "README.md").read_text(encoding="utf-8")
    site = Path(faust.__file__).parents[1]
    named = re.findall(r"`((?:faust|mode|aiokafka)/[\w/]+\.py):(\d+)", readme)
    assert len(named) > 10
    for path, line in named:
        assert int(line) <= len((site / path).read_text(encoding="utf-8").splitlines()), path
