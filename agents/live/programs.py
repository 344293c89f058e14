"""The programs a worker holds: the second kind of machine, fed by topic `program-days`.

Programs rest in the same table as queues, under names no queue can have; since every topic has the same number
of partitions, a program's state comes and goes with the partition of its own messages.
"""

import logging
from collections.abc import Iterator, MutableMapping, Sequence

import msgspec

from agents.engine.program import ProgramEngine, program_of
from agents.intervals.outputs import BreachEvent
from agents.rules.status import QueueStatus
from agents.state.store import Commit
from config.settings import Configuration
from streams.quality.month import Score
from streams.queue_day import decode_queue_day

__all__ = ["Programs"]

log = logging.getLogger("intervalwatch.worker")


class Programs:
    """Machines of programs by partition.

    Args:
        configuration: what is set.
        store: the entries of all partitions held, as for `agents.live.partitions.Partitions`.
        topic: the full name of `program-days`.
        writer: a name no other live process has.
    """

    def __init__(
        self, configuration: Configuration, store: MutableMapping[bytes, bytes], topic: str, writer: str
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._topic = topic
        self._writer = writer
        self._programs: dict[int, dict[str, ProgramEngine]] = {}
        self._dirty: dict[tuple[int, str], ProgramEngine] = {}

    def load(self, partition: int, owner: str, manifests: Sequence[bytes]) -> bool:
        """Make the machine that heads in the store are of; False: they are a queue's."""
        program = program_of(owner)
        if program is None:
            return False
        self._engine_of(partition, program, manifests)
        return True

    def drop(self, partition: int) -> set[str]:
        """Forget a partition; the names its machines' entries in the store have."""
        gone = self._programs.pop(partition, {})
        for program in gone:
            self._dirty.pop((partition, program), None)
        return {engine.owner for engine in gone.values()}

    @property
    def engines(self) -> Iterator[ProgramEngine]:
        """The machines of all programs held."""
        for programs in self._programs.values():
            yield from programs.values()

    def shown(self) -> list[tuple[str, QueueStatus]]:
        """Each program and what it shows."""
        return [(engine.program, engine.status) for engine in self.engines]

    def monitored(self) -> list[tuple[str, str, Score]]:
        """Program, family, and the month's transactions chosen at random: right and n."""
        return [(engine.program, family, sheet) for engine in self.engines for family, sheet in engine.sheets().items()]

    def apply(self, partition: int, offset: int, value: bytes | None) -> None:
        """Apply one message of `program-days`; what follows from it waits for `collect`."""
        source = f"{self._topic}/{partition}"
        try:
            day = decode_queue_day(value or b"")
        except msgspec.MsgspecError as error:
            # Only workers write there, so that this is no record of anybody's calls.
            log.warning("message %s@%d is no program-day: %s", source, offset, error)
            return
        engine = self._engine_of(partition, day.program)
        if offset > engine.applied_offset(source):
            engine.apply_record(day)
            engine.mark_applied(source, offset)
            self._dirty[partition, day.program] = engine

    @property
    def pending(self) -> bool:
        """Whether there is anything to collect."""
        return bool(self._dirty)

    def collect(self) -> Iterator[tuple[int, str, list[BreachEvent], Commit | None]]:
        """Since the last call: partition, program, its breach records in order, and its commit, made in the store."""
        dirty, self._dirty = self._dirty, {}
        for (partition, program), engine in dirty.items():
            events, commit = engine.take(), engine.commit()
            if commit is not None:
                commit.apply(self._store)
            yield partition, program, events, commit

    def _engine_of(self, partition: int, program: str, manifests: Sequence[bytes] = ()) -> ProgramEngine:
        programs = self._programs.setdefault(partition, {})
        engine = programs.get(program)
        if engine is None:
            versions = [settings.program(program) for settings in self._configuration.versions]
            engine = programs[program] = ProgramEngine(versions, self._store, self._writer, manifests)
        return engine
