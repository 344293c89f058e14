"""Breaches on Grafana: one region each, from opening to end, and a stream that never waits for it."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_stand_in import TOKEN, StandIn, stand_in
from prometheus_client import CollectorRegistry

from agents.live.metrics import families
from config.timestamps import from_rfc3339
from dashboards.grafana.annotations import Annotator
from dashboards.grafana.client import Grafana

BREACH = "service_level_below_range/support%20+a/2026-03-02T08:30:00Z"


@pytest.fixture
def server() -> Iterator[StandIn]:
    """A stand-in, empty."""
    with stand_in() as running:
        yield running


def record(state: str, interval: str, **more: Any) -> dict[str, Any]:
    """A breach record, as far as a region needs it."""
    return {
        "breach_id": BREACH,
        "state": state,
        "item": "2.G.A",
        "rule": "service_level_below_range",
        "severity": "warning",
        "program": "retail",
        "queue": "support +a",
        "interval_start": interval,
        "first_interval_start": "2026-03-02T08:30:00Z",
        "message": f"it is {state}",
        "message_zh": "服务水平",
        "live": False,
        **more,
    }


OPENED = record("opened", "2026-03-02T09:00:00Z")
RESOLVED = record("resolved", "2026-03-02T10:30:00Z")


class Drawing:
    """An annotator on a stand-in, and its counts."""

    def __init__(self, server: StandIn, *, timeout: float = 5.0, waiting: int = 10) -> None:
        self.registry = CollectorRegistry()
        grafana = Grafana(server.url, TOKEN, timeout=timeout, tries=3, pause=lambda _: None)
        self.annotator = Annotator(grafana, self.registry, waiting)

    def counts(self) -> dict[str, float]:
        """How many records became what."""
        return {
            outcome: value
            for outcome in ("sent", "failed", "refused", "dropped")
            if (value := self.registry.get_sample_value(families.ANNOTATIONS.name, {"outcome": outcome}))
        }


def test_a_breach_is_one_region_from_opening_to_end(server: StandIn) -> None:
    """Opened it begins with its first interval; resolved it ends where the end was seen; queue and id are tags."""
    drawing = Drawing(server)
    drawing.annotator.breach(OPENED)
    drawing.annotator.breach(RESOLVED)
    drawing.annotator.close()
    (region,) = server.annotations.values()
    assert region["time"] == from_rfc3339("2026-03-02T08:30:00Z")
    assert region["timeEnd"] == from_rfc3339("2026-03-02T10:30:00Z")
    assert {"intervalwatch", f"breach:{BREACH}", "queue:support +a", "item:2.G.A"} <= set(region["tags"])
    assert region["text"] == "it is resolved\n服务水平"
    assert drawing.counts() == {"sent": 2}


def test_a_record_that_comes_twice_draws_nothing_twice(server: StandIn) -> None:
    """After a restart the region is found by its breach's id."""
    for _ in range(2):
        drawing = Drawing(server)
        drawing.annotator.breach(OPENED)
        drawing.annotator.close()
    assert len(server.annotations) == 1


def test_a_breach_whose_opening_was_lost_is_drawn_when_it_ends(server: StandIn) -> None:
    """The end alone knows where the region began."""
    drawing = Drawing(server)
    drawing.annotator.breach(RESOLVED)
    drawing.annotator.close()
    (region,) = server.annotations.values()
    assert region["timeEnd"] - region["time"] == 2 * 3_600_000


def test_updates_and_live_notices_are_not_drawn(server: StandIn) -> None:
    """Only openings and ends of breaches are."""
    drawing = Drawing(server)
    drawing.annotator.breach(record("updated", "2026-03-02T09:00:00Z"))
    drawing.annotator.breach({**OPENED, "live": True})
    drawing.annotator.close()
    assert not server.requests


def test_failures_are_tried_again_with_a_bound_and_counted(server: StandIn) -> None:
    """Two 5xx pass unnoticed; a Grafana that stays down costs one record, and the next is drawn when it is back."""
    server.failures = [503, 500]
    drawing = Drawing(server)
    drawing.annotator.breach(OPENED)
    drawing.annotator.close()
    assert drawing.counts() == {"sent": 1}
    server.down = 503
    asked = len(server.requests)
    drawing = Drawing(server)
    drawing.annotator.breach(RESOLVED)
    drawing.annotator.close()
    assert drawing.counts() == {"failed": 1}
    assert len(server.requests) == asked + 3


@pytest.mark.parametrize("status", [400, 403, 404, 412])
def test_a_refusal_is_counted_and_not_tried_again(server: StandIn, status: int) -> None:
    """An annotation that Grafana refuses is counted, and not sent again."""
    server.failures = [status]
    drawing = Drawing(server)
    drawing.annotator.breach(OPENED)
    drawing.annotator.close()
    assert drawing.counts() == {"refused": 1}
    assert len(server.requests) == 1


def test_the_stream_never_waits(server: StandIn) -> None:
    """Handing over takes no time while Grafana hangs; what is too much is dropped and counted."""
    server.failures = [1.0] * 30
    drawing = Drawing(server, timeout=0.2, waiting=10)
    began = time.perf_counter()
    for number in range(1_000):
        drawing.annotator.breach({**OPENED, "breach_id": f"{BREACH}{number}"})
    assert time.perf_counter() - began < 0.1
    assert drawing.counts()["dropped"] >= 985


def test_closing_waits_no_longer_than_it_may(server: StandIn) -> None:
    """A Grafana that hangs does not keep a worker from ending."""
    server.failures = [3.0] * 3
    drawing = Drawing(server)
    drawing.annotator.breach(OPENED)
    began = time.perf_counter()
    drawing.annotator.close(timeout=0.2)
    assert time.perf_counter() - began < 1.0
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "grafana")
