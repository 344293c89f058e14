"""Reads incidents and the journal, which every worker must know to tell people, and copies the journal for them."""

import asyncio
from collections.abc import Mapping

from agents.live.telling.board import NoticeBoard
from agents.live.telling.copier import JournalCopier
from streams.history.store import Store
from streams.kafka.follower import LogFollower
from streams.topics import TOPIC_BREACHES, TOPIC_JOURNAL, TopicNames

__all__ = ["Telling"]


class Telling:
    """Feeds a board from its topics, and the journal's topic from a history.

    Args:
        board: the incidents, and what is shown of them.
        store: a history, whose journal is copied; None: there is none here.
        bootstrap: the brokers, `host:port[,host:port]`.
        names: of the topics.
        security: the configuration's `kafka.security`.
    """

    def __init__(
        self, board: NoticeBoard, store: Store | None, bootstrap: str, names: TopicNames, security: Mapping[str, str]
    ) -> None:
        self.board = board
        self._bootstrap = bootstrap
        self._topics = [names.of(TOPIC_BREACHES), names.of(TOPIC_JOURNAL)]
        self._security = security
        self._store = store
        self._follower: LogFollower | None = None

    def start(self) -> None:
        """Begin to read, if anybody is to be told or there is a journal; in the worker's own loop."""
        if self.board.tells or self._store is not None:
            board = self.board
            self._follower = LogFollower(
                self._bootstrap, dict.fromkeys(self._topics, 0), self._security, board.take, board.read_to_end
            )
            self._follower.start()

    def end(self) -> None:
        """Tell the reader to stop."""
        if self._follower is not None:
            self._follower.end()

    async def copy_often(self) -> None:
        """Copy the journal, until cancelled; without a history there is none."""
        if self._store is None:
            return
        copier = JournalCopier(self._store, self._bootstrap, self._topics[1], self._security, self.board.known_entries)
        try:
            await copier.copy_often()
        except asyncio.CancelledError:
            return
