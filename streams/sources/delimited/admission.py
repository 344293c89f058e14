"""Mapped rows to records: the rules of `streams.admission`, row by row, refused rows to dead letters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from config.sources.settings import SourceSettings
from streams.admission import admit, admit_agent_state, admit_contact
from streams.limits import FIRST_MS, LAST_MS, require_past
from streams.records import RECORD_TYPES, AgentState, Record, RecordError
from streams.sources.batch import Batch, DeadLetter, cut
from streams.sources.delimited.mapping import Mapped
from streams.sources.delimited.plans import NO_DEFAULTS, PlanDefaults

__all__ = ["Admission"]

_CONTACT: Final = tuple(RECORD_TYPES["contact"].inside)
"""The fields in the order of `admit_contact`, which is that of the structure."""
_TIMES: Final = ("offered_at", "exited_at", "wait_seconds", "updated_at")
_INSTANT: Final = {"contact": "offered_at", "interval": "interval_start"}
"""The field that says which interval a row of call data is of."""
_LISTS: Final = ("queues", "checks")
_FOREVER_MS: Final = 1 << 62

_Fields = Mapping[str, Any]


def _latest(columns: Sequence[Sequence[Any]]) -> int:
    """No instant that contacts give, or that follows from a wait of theirs, is later; milliseconds."""
    offered, exited, wait, updated = (max(filter(None, columns[_CONTACT.index(name)]), default=0) for name in _TIMES)
    return max(offered, exited, updated, offered + wait)


class Admission:
    """Admits the rows of one source.

    Args:
        source: the settings.
        queue_length: interval length of a (queue, program) in milliseconds.
        skew_ms: clock skew of a queue.
        now: the driver's clock, milliseconds, asked once a block; None: no record lies in the future.
        named: adds to a reason the column its field comes from.
        agents: each agent's queues as last seen; kept up to date.
        defaults: what the file says of the plans in it.
        queue_zone: IANA name of a queue's time zone; None: all are in UTC.
    """

    def __init__(
        self,
        source: SourceSettings,
        queue_length: Callable[[str, str | None], int],
        skew_ms: Callable[[str], int],
        now: Callable[[], int] | None,
        named: Callable[[str], str],
        agents: dict[str, tuple[str, ...]] | None = None,
        defaults: PlanDefaults = NO_DEFAULTS,
        queue_zone: Callable[[str], str] | None = None,
    ) -> None:
        assert source.record is not None  # noqa: S101 - a delimited source has a record type
        self._source = source
        self._record = source.record
        self._inside = RECORD_TYPES[source.record].inside
        self._queue_length = queue_length
        self._skew_ms = skew_ms
        self._now = now
        self._named = named
        self._queue_zone = queue_zone
        self._zones: dict[str, str] = {}
        self._skews: dict[str, int] = {}
        self._lengths: dict[tuple[str, str | None], int] = {}
        self._defaults = defaults
        self._agents = {} if agents is None else agents

    def admit(
        self,
        mapped: Mapped,
        numbers: Sequence[int],
        raw: Callable[[int], str],
        batch: Batch,
        headings: Sequence[str] | None = None,
    ) -> None:
        """Put the records of a block into `batch`, and the rows that give none into its dead letters.

        Args:
            mapped: the rows' fields.
            numbers: the rows' numbers.
            raw: the text of a row by its place in the block.
            batch: where they go.
            headings: of the rows' cells, where columns were made into rows.
        """
        refused: dict[int, str] = dict(mapped.faults)
        if self._record == "contact":
            self._contacts(mapped, numbers, refused, batch)
        elif self._record == "agent_state":
            self._agent_states(mapped, numbers, refused, batch)
        else:
            self._others(mapped, numbers, refused, batch)
        for place in sorted(refused):
            reason = refused[place] if place in mapped.faults else self._named(refused[place])
            queue, at_ms = self._whose(mapped, place)
            heading = None if headings is None else headings[place]
            batch.dead.append(DeadLetter(numbers[place], reason, cut(raw(place)), queue, at_ms, heading))

    def _whose(self, mapped: Mapped, place: int) -> tuple[str | None, int | None]:
        """The queue and the instant of a row of call data that was refused, as far as both can be read."""
        field = _INSTANT.get(self._record)
        if field is None:
            return None, None
        queue, at_ms = mapped.column("queue")[place], mapped.column(field)[place]
        latest = _FOREVER_MS if self._now is None else self._now()
        if not queue or at_ms is None or not FIRST_MS <= at_ms <= min(latest, LAST_MS):
            return None, None
        return queue, at_ms

    def _contacts(self, mapped: Mapped, numbers: Sequence[int], refused: dict[int, str], batch: Batch) -> None:
        # The hot path of replay: a block without a bad row is admitted in one sweep.
        now = _FOREVER_MS if self._now is None else self._now()
        queues = mapped.column("queue")
        columns = [mapped.column(name) for name in _CONTACT]
        if not refused and (self._now is None or _latest(columns) <= now):
            try:
                skews = {queue: self._skew(queue) for queue in set(queues)}
                records = list(map(admit_contact, *columns, map(skews.__getitem__, queues)))
            except RecordError:
                pass  # row by row below, to tell which
            else:
                batch.queues += queues
                batch.records += records
                batch.rows += numbers
                return
        for place, (queue, *fields) in enumerate(zip(queues, *columns, strict=True)):
            if place in refused:
                continue
            try:
                skew = self._skew(queue)
                record = admit_contact(*fields, skew)  # type: ignore[call-arg]  # the fields of _CONTACT, in its order
                require_past(record, now, skew)
            except RecordError as error:
                refused[place] = str(error)
                continue
            batch.queues.append(queue)
            batch.records.append(record)
            batch.rows.append(numbers[place])

    def _others(self, mapped: Mapped, numbers: Sequence[int], refused: dict[int, str], batch: Batch) -> None:
        now = None if self._now is None else self._now()
        names = list(mapped.values)
        for place, row in enumerate(zip(*mapped.values.values(), strict=True)):
            if place in refused:
                continue
            fields = dict(zip(names, row, strict=True))
            if mapped.rounding and self._record == "interval":
                fields["derived"] = [
                    f"{name}={rows[place]:.6g}" for name, rows in mapped.rounding.items() if place in rows
                ]
            queue = fields["queue"]
            try:
                skew = self._skew(queue)
                record = self._admit(fields)
                if now is not None:
                    require_past(record, now, skew)
            except RecordError as error:
                refused[place] = str(error)
                continue
            batch.queues.append(queue)
            batch.records.append(record)
            batch.rows.append(numbers[place])
            if place in mapped.twins:
                batch.covered.add((queue, mapped.twins[place]))

    def _agent_states(self, mapped: Mapped, numbers: Sequence[int], refused: dict[int, str], batch: Batch) -> None:
        """Each state goes to the agent's queues (empty: as before), and to those of before that it has no longer."""
        now = None if self._now is None else self._now()
        names = list(mapped.values)
        for place, row in enumerate(zip(*mapped.values.values(), strict=True)):
            if place in refused:
                continue
            fields = dict(zip(names, row, strict=True))
            try:
                values = self._values(fields)
                known = self._agents.get(values["agent"] or "", ())
                values["queues"] = values["queues"] or known
                record = _with_queues(admit_agent_state(**values))
                if now is not None:
                    require_past(record, now, max((self._skew(queue) for queue in record.queues), default=0))
            except RecordError as error:
                refused[place] = str(error)
                continue
            left = [queue for queue in known if queue not in record.queues]
            self._agents[record.agent] = record.queues
            for queue in (*record.queues, *left):
                batch.queues.append(queue)
                batch.records.append(record)
                batch.rows.append(numbers[place])

    def _skew(self, queue: str | None) -> int:
        if not queue:
            raise RecordError("queue: is empty")
        skew = self._skews.get(queue)
        if skew is None:
            skew = self._skews[queue] = self._skew_ms(queue)
        return skew

    def _length(self, queue: str, program: str | None) -> int:
        length = self._lengths.get((queue, program))
        if length is None:
            length = self._lengths[queue, program] = self._queue_length(queue, program)
        return length

    def _zone(self, queue: str) -> str:
        zone = self._zones.get(queue)
        if zone is None:
            zone = self._zones[queue] = "UTC" if self._queue_zone is None else self._queue_zone(queue)
        return zone

    def _values(self, fields: _Fields) -> dict[str, Any]:
        """A row's fields by their name inside, None where they are not mapped; of lists and checks none."""
        values = {inside: fields.get(name) for name, inside in self._inside.items()}
        for name in _LISTS:
            if name in values:
                values[name] = values[name] or ()
        return values

    def _admit(self, fields: _Fields) -> Record:
        values = self._values(fields)
        source, queue_length_ms = self._source, 0
        if "length_ms" in values:
            queue_length_ms = self._length(fields["queue"], fields.get("program"))
            if values["length_ms"] is None:
                values["length_ms"] = source.interval_ms
        if self._record == "interval" and values["threshold_ms"] is None:
            values["threshold_ms"] = source.threshold_ms
        if source.shrinkage is not None and values["scheduled_agents"] is not None:
            values["scheduled_agents"] *= 1 - source.shrinkage
        if self._record == "plan":
            self._defaults.fill(values)
        return admit(self._record, values, queue_length_ms, self._zone(fields["queue"]))


def _with_queues(state: AgentState) -> AgentState:
    """The state, if there is a queue that it can go to; nobody misses the log-off of an agent who was nowhere."""
    if not state.queues and state.state != "offline":
        raise RecordError("queues: is empty, and no row before it names queues of this agent")
    return state
