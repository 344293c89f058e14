"""The files of a small centre, read into the embedded broker no faster than its worker counts them.

Each source is read on where an earlier run has stopped: a place is noted once everything before it is counted, in
history, and in the kept log.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from msgspec import structs

from agents.ingest import Sender
from agents.ingest import ingest as send_all
from agents.live.history.sink import HistorySink
from agents.live.kept.folders import objects_of
from agents.live.kept.keeper import LogKeeper
from agents.live.kept.log import KeptLog, Place
from agents.live.kept.pace import PacedProducer
from agents.live.kept.places import ResumedReader, is_whole, place_of, resumed, same_file, settings_digest
from agents.live.kept.turned import carried, is_turned, with_predecessors
from agents.live.worker import LiveWorker
from agents.outcomes import Outcomes
from agents.summary import Summary
from config.errors import UserError
from config.settings import Configuration
from streams.sources.merge import Input, follow_input, read_feed, read_inputs
from streams.sources.registry import open_source
from streams.topics import TOPIC_CALL_DATA, TopicNames

__all__ = ["Feeding"]

_LOOK_SECONDS: Final = 0.02
_POLL_SECONDS: Final = 0.25
_WHOLE_LOAD: Final = "whole load"
"""The name of the place in a load of several files, merged by event time."""


class _EndedError(Exception):
    """The process ends, and nothing waits for the worker any more."""


class Feeding:
    """Reads the sources in threads, no faster than the worker counts.

    Args:
        configuration: what is set.
        inputs: files and how each is read.
        log: where places are noted.
        keeper: of the broker's log.
        worker: counts what is sent.
        url: of the broker.
        names: of its topics.
        follow: go on reading the files as they grow.
        on_loaded: told of what the files held: the feed, the rows by outcome and by source. Called in a thread.
    """

    def __init__(
        self,
        configuration: Configuration,
        inputs: Sequence[Input],
        log: KeptLog,
        keeper: LogKeeper,
        worker: LiveWorker,
        url: str,
        names: TopicNames,
        *,
        follow: bool,
        on_loaded: Callable[[Sequence[str], Summary, Outcomes], None],
    ) -> None:
        self._configuration = configuration
        self._inputs = inputs
        self._log = log
        self._keeper = keeper
        self._worker = worker
        self._url = url
        self._names = names
        self._follow = follow
        self._on_loaded = on_loaded
        self._settings = {
            given.source.name: settings_digest(given.source.settings, configuration.timezone) for given in inputs
        }
        self._loading = threading.Lock()
        self._files: Sequence[Input] = ()
        """The files that are read, those that were turned over included."""
        self._begun = keeper.ends(TOPIC_CALL_DATA)
        self._ended = threading.Event()

    async def run(self) -> None:
        """Load what the files hold, then follow them if that is asked for.

        Raises:
            UserError: a file cannot be used.
        """
        loop = asyncio.get_running_loop()
        try:
            await self._in_thread(loop, lambda: self._load(loop))
            if self._follow:
                following = [
                    self._in_thread(loop, lambda given=given: self._follow_one(loop, given))  # type: ignore[misc]  # mypy cannot infer it
                    for given in self._inputs
                ]
                await asyncio.gather(*following)
        finally:
            self._ended.set()

    def _in_thread(self, loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> "asyncio.Future[None]":
        """Run in a thread that the end of the process does not wait for."""
        done: asyncio.Future[None] = loop.create_future()

        def tell(error: Exception | None) -> None:
            if not done.done():
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

        def run() -> None:
            error: Exception | None = None
            try:
                work()
            except _EndedError:
                pass
            except Exception as found:  # noqa: BLE001 - told to who waits
                error = found
            if not self._ended.is_set():
                loop.call_soon_threadsafe(tell, error)

        threading.Thread(target=run, daemon=True, name="feeding").start()
        return done

    # --- in threads ---------------------------------------------------------------------------------

    def _load(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send what the files hold behind their places, merged by event time."""
        log, outcomes = self._log, Outcomes()
        planned = with_predecessors(self._inputs, self._place) if self._follow else [*self._whole_files()]
        self._files = [given for given, _ in planned]
        places = [place for _, place in planned]
        inputs = [resumed(given, place, grows=self._follow) for given, place in planned]
        feed = read_feed(self._configuration, inputs, self._worker.clock.now_ms())
        after = [
            self._noted(given, structs.replace(place_of(given.path, _rows(given)), before=place.before))
            for given, place in zip(inputs, places, strict=True)
        ]
        digest = "/".join(
            f"{place.rows}:{end.rows}:{end.digest}:{end.settings}" for place, end in zip(places, after, strict=True)
        )
        before = log.place(_WHOLE_LOAD)
        known = before.digest == digest and all(place.head for place in after)
        skip = before.rows if known else 0
        queues = list(feed.queues)

        def settle(sent: int) -> None:
            self._settle(loop)
            log.set_place(_WHOLE_LOAD, Place(sent, digest=digest))

        with PacedProducer(self._url, self._names.prefix, settle, skip=skip) as producer:
            summary = send_all(self._configuration, feed, producer, outcomes=outcomes)
            producer.settle()
        for given, place, end in zip(inputs, places, after, strict=True):
            if end.rows >= place.rows:
                log.set_place(_name(given), end)
        log.set_place(_WHOLE_LOAD, None)
        self._on_loaded(queues, summary, outcomes)

    def _whole_files(self) -> Iterator[tuple[Input, Place]]:
        """The files that do not grow meanwhile, each with how far it was read; of a folder those that are new."""
        for given in self._inputs:
            for one in objects_of(given):
                if one is given:
                    place = self._place(given)
                    yield given, place if same_file(given.path, place) else Place()
                elif not is_whole(one.path, self._valid(given, self._log.place(_name(one)))):
                    yield one, Place()

    def _place(self, given: Input) -> Place:
        """How far a file was read, which may have had another name then."""
        own = self._log.place(_name(given))
        others = () if same_file(given.path, own) else self._log.places(f"{given.source.name}=")
        return self._valid(given, next((place for place in others if same_file(given.path, place)), own))

    def _valid(self, given: Input, place: Place) -> Place:
        """The place; none, where the source's settings were others then."""
        return place if place.settings in ("", self._settings[given.source.name]) else Place()

    def _noted(self, given: Input, place: Place) -> Place:
        """A place with the settings by which the rows before it were read."""
        return structs.replace(place, settings=self._settings[given.source.name])

    def _follow_one(self, loop: asyncio.AbstractEventLoop, given: Input) -> None:
        """Send each row of a file as it is written."""
        before = carried(self._files, given)
        if before is None:
            return
        while not Path(given.path).exists():  # it is being turned over
            if self._ended.wait(_POLL_SECONDS):
                return
        with self._loading:
            if is_turned(given.path, self._place(given)):
                self._load(loop)
                before = carried(self._files, given) or []
        # A reader of its own carries what is open from the files before, which are read for that alone.
        given = given._replace(source=open_source(given.source.settings))
        earlier = [given._replace(path=path) for path in before]
        for _ in read_inputs(self._configuration, earlier, self._worker.clock.now_ms, more=True):
            pass
        name, place = _name(given), self._log.place(_name(given))
        again = resumed(given, place, grows=False)
        base = 0
        with ExitStack() as stack:
            producer = stack.enter_context(PacedProducer(self._url, self._names.prefix, lambda _: self._settle(loop)))
            sender = Sender(producer, Summary(), self._configuration)
            stack.enter_context(sender.speaking())
            for batch in follow_input(self._configuration, again):
                if self._ended.is_set():
                    return
                if not (batch.read or batch.records or batch.dead):
                    continue
                sender.batch(again, batch)
                sender.send()
                producer.settle()
                now, last = place_of(given.path, 0), place.before
                if place.head and not same_file(given.path, place):
                    # Another file has taken its place: what of this batch is its own is not known, and counts once.
                    base, last = _rows(again), (place.head, place.digest)
                place = self._noted(given, Place(_rows(again) - base, now.head, now.digest, last))
                self._log.set_place(name, place)

    def _settle(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until all that was sent is counted, in history and in the kept log."""
        waiting = asyncio.run_coroutine_threadsafe(self._settled(), loop)
        while True:
            try:
                waiting.result(0.2)
            except TimeoutError:
                if self._ended.is_set():
                    raise _EndedError from None
            else:
                return

    async def _settled(self) -> None:
        worker, history = self._worker, self._worker.history
        ends = await asyncio.to_thread(self._keeper.ends, TOPIC_CALL_DATA)
        new = {partition: end for partition, end in ends.items() if end > self._begun[partition]}
        while any(worker.progress.next_offset(partition) < end for partition, end in new.items()):  # noqa: ASYNC110 - a worker tells nobody
            await asyncio.sleep(_LOOK_SECONDS)
        while worker.flusher.pending:  # noqa: ASYNC110 - as above
            await asyncio.sleep(_LOOK_SECONDS)
        if history is not None:
            heads = {engine.queue: engine.view.results for engine in worker.engines}
            while not await asyncio.to_thread(_holds, history, heads):  # noqa: ASYNC110 - as above
                await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.to_thread(self._keeper.wait_for, TOPIC_CALL_DATA, ends)


def _holds(history: HistorySink, heads: Mapping[str, int]) -> bool:
    """Whether history holds what was published; while it cannot be read, it does not."""
    try:
        return not history.behind(heads)
    except UserError:
        return False  # the sink says so, and tries again


def _name(given: Input) -> str:
    return f"{given.source.name}={given.path}"


def _rows(given: Input) -> int:
    reader = given.source.reader
    assert isinstance(reader, ResumedReader)  # noqa: S101 - `resumed` has put it there
    return reader.rows
