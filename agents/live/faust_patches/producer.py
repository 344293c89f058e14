"""Faust's producer, idempotent; and the transport that has it and our consumer."""

from typing import Any

from faust.transport.drivers.aiokafka import Producer

from agents.live.faust_patches.batch_consumer import BatchConsumer

__all__ = ["OrderedProducer", "use_patched_transport"]


class OrderedProducer(Producer):
    """Sends again until the broker answers, and never twice or out of order.

    An old manifest that arrives after a newer one would turn the state back behind what is acknowledged.
    """

    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


def use_patched_transport(app: Any) -> None:  # noqa: ANN401 - Faust's app
    """Let an app read with `BatchConsumer` and write with `OrderedProducer`; before either is made."""
    transport = app.transport
    transport.Producer = OrderedProducer
    transport.Consumer = BatchConsumer
