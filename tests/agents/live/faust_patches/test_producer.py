"""The producer of a worker, and the transport that has it."""

import faust

from agents.live.faust_patches.batch_consumer import BatchConsumer
from agents.live.faust_patches.producer import OrderedProducer, use_patched_transport


def test_a_worker_writes_idempotently_and_waits_for_all_copies() -> None:
    """Outside Faust's transactions, too: an old manifest behind a newer one would turn the state back."""
    app = faust.App("ordered", broker="kafka://127.0.0.1:1", store="memory://")
    use_patched_transport(app)
    producer = app.transport.create_producer()
    assert isinstance(producer, OrderedProducer)
    assert producer._settings_extra() == {"acks": "all", "enable_idempotence": True}
    assert app.transport.Consumer is BatchConsumer
