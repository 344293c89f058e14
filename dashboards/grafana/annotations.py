"""Breaches as regions on Grafana's graphs, from opening to end, drawn beside the stream and never in its way.

A breach is handed over and that is all the stream ever waits for: a thread of its own talks to Grafana, tries
again a few times, then counts the failure and goes on. When more waits than is kept, the newest is left out
and counted. A region is found again by its breach's id, so a restart or a record that comes twice draws none twice.
"""

import logging
import queue
import threading
from collections.abc import Mapping
from typing import Any, Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter

from agents.live.metrics import families
from config.errors import UserError
from config.timestamps import from_rfc3339
from dashboards.grafana.client import Grafana, UnavailableError
from dashboards.grafana.queries import ANNOTATION_TAG

__all__ = ["Annotator"]

_WAITING: Final = 1_000
"""Records kept while Grafana is away."""
_STATES: Final = ("opened", "resolved")

log = logging.getLogger("intervalwatch.grafana")


class Annotator:
    """Draws breaches on Grafana.

    Args:
        grafana: the server.
        registry: where `intervalwatch_grafana_annotations_total` is counted: sent, failed (Grafana was away each
            time), refused (Grafana will not have it), dropped (too many waited).
        waiting: records kept at most.
    """

    def __init__(self, grafana: Grafana, registry: CollectorRegistry = REGISTRY, waiting: int = _WAITING) -> None:
        self._grafana = grafana
        self._waiting: queue.Queue[Mapping[str, Any] | None] = queue.Queue(waiting)
        counted = families.ANNOTATIONS
        self._counter = Counter(counted.name, counted.help, counted.labels, registry=registry)
        for outcome in ("sent", "failed", "refused", "dropped"):
            self._counter.labels(outcome)
        self._thread = threading.Thread(target=self._work, name="grafana", daemon=True)
        self._thread.start()

    def breach(self, record: Mapping[str, Any]) -> None:
        """Hand over a breach record; returns at once."""
        if record["state"] not in _STATES or record["live"]:
            return
        try:
            self._waiting.put_nowait(record)
        except queue.Full:
            self._counter.labels("dropped").inc()

    def close(self, timeout: float = 5.0) -> None:
        """Draw what waits, for at most `timeout` seconds."""
        try:
            self._waiting.put(None, timeout=timeout)
        except queue.Full:
            return
        self._thread.join(timeout)

    def _work(self) -> None:
        while (record := self._waiting.get()) is not None:
            try:
                self._draw(record)
            except UnavailableError as error:
                log.warning("breach %s is not on Grafana: %s", record["breach_id"], error)
                self._counter.labels("failed").inc()
            except UserError as error:
                log.warning("breach %s is not on Grafana: %s", record["breach_id"], error)
                self._counter.labels("refused").inc()
            except Exception:
                log.exception("breach %s could not be drawn", record["breach_id"])
                self._counter.labels("failed").inc()
            else:
                self._counter.labels("sent").inc()

    def _draw(self, record: Mapping[str, Any]) -> None:
        breach = f"breach:{record['breach_id']}"
        start, at = (from_rfc3339(str(record[name])) for name in ("first_interval_start", "interval_start"))
        tags = [ANNOTATION_TAG, breach, *(f"{name}:{record[name]}" for name in ("program", "queue", "item", "rule"))]
        tags.append(f"severity:{record['severity']}")
        text = f"{record['message']}\n{record['message_zh']}"
        known = self._grafana.find_annotation([breach])
        if known is None:
            self._grafana.add_annotation(start, at, tags, text)
        elif record["state"] == "resolved":
            self._grafana.change_annotation(int(known["id"]), start, at, tags, text)
