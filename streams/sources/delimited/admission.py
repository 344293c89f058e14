"""Mapped rows to records: the admission rules of `streams.records`, row by row, refused rows to dead letters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from config.sources.settings import SourceSettings
from streams.admission import (
    admit_agent_state,
    admit_contact,
    admit_evaluation,
    admit_plan,
    admit_snapshot,
    require_past,
)
from streams.records import Record, RecordError
from streams.sources.batch import Batch, DeadLetter, cut
from streams.sources.delimited.mapping import Mapped

__all__ = ["Admission"]

_CONTACT: Final = (
    "contact_id",
    "offered_at",
    "outcome",
    "exited_at",
    "wait_seconds",
    "talk_seconds",
    "hold_seconds",
    "wrap_seconds",
    "updated_at",
    "agent",
    "team",
    "shift",
    "channel",
)
_SNAPSHOT: Final = {
    name: name.replace("_seconds", "_ms")
    for name in (
        "program",
        "channel",
        "offered",
        "answered",
        "answered_within",
        "threshold_seconds",
        "abandoned",
        "abandoned_within",
        "short_abandoned",
        "overflowed",
        "waiting",
        "wait_seconds",
        "talk_seconds",
        "hold_seconds",
        "wrap_seconds",
        "handled",
        "occupied_seconds",
        "available_seconds",
        "staffed_seconds",
        "service_level_reported",
        "source",
    )
}
"""Fields of `Snapshot` by their outside name."""
_FOREVER_MS: Final = 1 << 62

_Fields = Mapping[str, Any]


class Admission:
    """Admits the rows of one source.

    Args:
        source: the settings.
        queue_length: interval length of a (queue, program) in milliseconds.
        skew_ms: clock skew of a queue.
        now: the driver's clock, milliseconds, asked once a block; None: no record lies in the future.
        named: adds to a reason the column its field comes from.
        agents: each agent's queues as last seen; kept up to date.
    """

    def __init__(
        self,
        source: SourceSettings,
        queue_length: Callable[[str, str | None], int],
        skew_ms: Callable[[str], int],
        now: Callable[[], int] | None,
        named: Callable[[str], str],
        agents: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._source = source
        self._queue_length = queue_length
        self._skew_ms = skew_ms
        self._now = now
        self._named = named
        self._skews: dict[str, int] = {}
        self._lengths: dict[tuple[str, str | None], int] = {}
        self._agents = {} if agents is None else agents

    def admit(self, mapped: Mapped, numbers: Sequence[int], raw: Callable[[int], str], batch: Batch) -> None:
        """Put the records of a block into `batch`, and the rows that give none into its dead letters.

        Args:
            mapped: the rows' fields.
            numbers: the rows' numbers.
            raw: the text of a row by its place in the block.
            batch: where they go.
        """
        refused: dict[int, str] = dict(mapped.faults)
        if self._source.record == "contact":
            self._contacts(mapped, numbers, refused, batch)
        elif self._source.record == "agent_state":
            self._agent_states(mapped, numbers, refused, batch)
        else:
            self._others(mapped, numbers, refused, batch)
        for place in sorted(refused):
            reason = refused[place] if place in mapped.faults else self._named(refused[place])
            batch.dead.append(DeadLetter(numbers[place], reason, cut(raw(place))))

    def _contacts(self, mapped: Mapped, numbers: Sequence[int], refused: dict[int, str], batch: Batch) -> None:
        # The hot path of replay: a block without a bad row is admitted in one sweep.
        now = _FOREVER_MS if self._now is None else self._now()
        queues = mapped.column("queue")
        columns = [mapped.column(name) for name in _CONTACT]
        if not refused and (self._now is None or max(filter(None, columns[1]), default=0) <= now):
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
        make = {"interval": self._snapshot, "plan": self._plan, "evaluation": _evaluation}[self._source.record or ""]
        now = None if self._now is None else self._now()
        names = list(mapped.values)
        for place, row in enumerate(zip(*mapped.values.values(), strict=True)):
            if place in refused:
                continue
            fields = dict(zip(names, row, strict=True))
            queue = fields["queue"]
            try:
                skew = self._skew(queue)
                record = make(fields)
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
        """Each state goes to the agent's queues, and to those it had by its previous row and has no longer."""
        now = None if self._now is None else self._now()
        names = list(mapped.values)
        for place, row in enumerate(zip(*mapped.values.values(), strict=True)):
            if place in refused:
                continue
            fields = dict(zip(names, row, strict=True))
            try:
                record = admit_agent_state(
                    fields["agent"],
                    fields["since"],
                    fields["state"],
                    fields["queues"] or (),
                    fields.get("sequence"),
                    fields.get("handling_queue"),
                    fields.get("reason"),
                    fields.get("team"),
                    fields.get("shift"),
                )
                if now is not None:
                    require_past(record, now, max((self._skew(queue) for queue in record.queues), default=0))
            except RecordError as error:
                refused[place] = str(error)
                continue
            left = [queue for queue in self._agents.get(record.agent, ()) if queue not in record.queues]
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

    def _snapshot(self, fields: _Fields) -> Record:
        length = fields.get("interval_seconds")
        given = {inside: fields[name] for name, inside in _SNAPSHOT.items() if name in fields}
        if given.get("threshold_ms") is None:
            given["threshold_ms"] = self._source.threshold_ms
        return admit_snapshot(
            fields["interval_start"],
            self._source.interval_ms if length is None else length,
            fields.get("as_of"),
            self._length(fields["queue"], fields.get("program")),
            **given,
        )

    def _plan(self, fields: _Fields) -> Record:
        length = fields.get("interval_seconds")
        scheduled = fields.get("scheduled_agents")
        if scheduled is not None and self._source.shrinkage is not None:
            scheduled *= 1 - self._source.shrinkage
        return admit_plan(
            fields["plan_version"],
            fields["published_at"],
            fields["interval_start"],
            self._source.interval_ms if length is None else length,
            self._length(fields["queue"], None),
            fields.get("forecast_offered"),
            fields.get("forecast_aht_seconds"),
            fields.get("required_agents"),
            scheduled,
        )


def _evaluation(fields: _Fields) -> Record:
    return admit_evaluation(
        fields["evaluation_id"],
        fields["handled_at"],
        fields["evaluated_at"],
        fields.get("selection"),
        fields["checks"] or (),
        fields.get("contact_id"),
        fields.get("agent"),
        fields.get("team"),
        fields.get("shift"),
        fields.get("evaluator"),
    )
