"""From the history's journal into its topic, where every worker reads who acknowledged what, and a new history fills.

Entries are written into a history by whoever has one: a command, or a `web`. A process that has a history and a broker
copies what the topic lacks. Two that do so at once write an entry twice, which readers know by its number.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from confluent_kafka import KafkaException, Producer

from config.errors import UserError
from streams.history.store import Store
from streams.kafka.security import security_for_librdkafka

__all__ = ["JournalCopier"]

_LOOK_SECONDS: Final = 1.0
_SEND_SECONDS: Final = 10.0
_ENCODE: Final = msgspec.json.Encoder().encode
log = logging.getLogger("intervalwatch.worker")


class JournalCopier:
    """Copies entries of the journal into its topic.

    Args:
        store: the history.
        bootstrap: the brokers, `host:port[,host:port]`.
        topic: full name of the journal's topic.
        security: the configuration's `kafka.security`.
        known: gives the greatest number that has been read from the topic; None: it is not read to its end yet.
    """

    def __init__(
        self,
        store: Store,
        bootstrap: str,
        topic: str,
        security: Mapping[str, str],
        known: Callable[[], int | None],
    ) -> None:
        self._store = store
        self._topic = topic
        self._known = known
        self._sent = 0
        self._trouble = ""
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "log_level": 0,
                "acks": "all",
                "enable.idempotence": True,
                **security_for_librdkafka(security),
            }
        )

    async def copy_often(self) -> None:
        """Copy what comes, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            known = self._known()
            if known is None:
                continue
            try:
                await asyncio.to_thread(self.copy, known)
            except (UserError, KafkaException, BufferError) as error:
                if str(error) != self._trouble:
                    log.error("journal: %s; trying again until it is copied", error)  # noqa: TRY400 - a line, no traceback
                self._trouble = str(error)
            else:
                self._trouble = ""

    def copy(self, known: int) -> int:
        """Copy the entries that the topic lacks; how many they were.

        Args:
            known: the greatest number that the topic has.

        Raises:
            UserError: history cannot be read, or the broker does not take them.
        """
        after = max(known, self._sent)
        with self._store.reading() as reader:
            entries = [entry for batch in reader.journal(after) for entry in batch]
        if not entries:
            return 0
        faults: list[Any] = []
        for entry in entries:
            self._producer.produce(
                self._topic, _ENCODE(entry), partition=0, on_delivery=lambda error, _: faults.append(error)
            )
        left = self._producer.flush(_SEND_SECONDS)
        refused = [fault for fault in faults if fault is not None]
        if left or refused:
            raise UserError(f"the broker has not taken {left or len(refused)} entries for {self._topic}")
        self._sent = int(entries[-1]["number"])
        return len(entries)
