"""Which metrics are required: this product's own until a site says otherwise."""

import pytest

from config.assessing.metrics import OUR_METRICS, Limits, MetricSettings, read_metrics
from config.errors import UserError
from config.yaml import parse_yaml


def read(text: str) -> MetricSettings:
    """The settings that a text stands for."""
    return read_metrics(parse_yaml(text, "monitor.yaml"))


def test_without_the_key_the_defaults_are_ours() -> None:
    """Service level and abandons, accuracy, AHT and occupancy; a gate of 0.98 and 0.02."""
    found = read_metrics(None)
    assert (found.required, found.ours) == (OUR_METRICS, True)
    assert (found.collected, found.integrity) == (0.98, 0.02)


def test_a_site_names_its_own() -> None:
    """Its list, limits of AHT by queue, and another gate."""
    found = read(
        'required: {"4.2": [satisfaction], "4.3": [service_level]}\n'
        "aht_seconds: {cards: {at_most: 230}}\ncui: {collected: 0.9, integrity: 0}"
    )
    assert found.required == {"4.2": ("satisfaction",), "4.3": ("service_level",)}
    assert (found.aht_seconds, found.collected, found.integrity, found.ours) == (
        {"cards": Limits(None, 230)},
        0.9,
        0,
        False,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('required: {"2.4": [x]}', "unknown item '2.4'"),
        ('required: {"4.2": [service_level]}', "service_level speaks to item 4.3"),
        ('required: {"4.2": [x, x]}', "stands twice"),
        ("aht_seconds: {cards: {}}", "at_least, at_most, or both"),
        ("aht_seconds: {cards: {at_least: 3, at_most: 2}}", "at_least 3 is above at_most 2"),
        ("cui: {collected: 1.1}", "a number from 0 to 1"),
    ],
)
def test_faults_are_told(text: str, told: str) -> None:
    """One line with the key and what is allowed."""
    with pytest.raises(UserError, match=told):
        read(text)
