"""The states of agents, from the agent events and the calls of a queue_log.

The log tells who was added to a queue, who logged in, paused and took a call. An agent is free in the queues of which
the log (or the source, for members that only Asterisk's configuration names) makes a member. Calls alone do not show
how long somebody was there, so they give no state of an agent whose presence no line tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

from config.sources.fields import LIST_ENTRIES
from streams.admission import admit_agent_state
from streams.limits import require_size
from streams.records import AgentState
from streams.sources.batch import Batch

__all__ = ["Presence"]

_HELD: Final = 64
"""States of an agent without a known queue that are kept until one is."""

_NEVER: Final = 1 << 62
_SEEN: Final = 50
"""Queues in which an agent is met at most."""
_LONGEST_MS: Final = 7 * 86_400_000
"""A log-in that is said to have lasted longer is none."""

_Shown = tuple[str, tuple[str, ...], str | None, str | None]
"""State, queues, the queue that is handled, reason."""
_OFFLINE: Final[_Shown] = ("offline", (), None, None)


@dataclass(slots=True)
class _Agent:
    """One agent, as far as the log has told."""

    name: str
    static: tuple[str, ...]
    """Queues by the source's `members`."""
    logged: bool | None = None
    """Whether logged in; None: no line tells."""
    known: bool = False
    """Whether lines tell without a log-in that the agent is there."""
    listed: bool = False
    """Whether the log says into which queues the agent is put."""
    added: set[str] = field(default_factory=set)
    queues: tuple[str, ...] = ()
    """Queues of which the agent is a member."""
    seen: set[str] = field(default_factory=set)
    """Queues in which the agent was met; they count where no line adds to a queue."""
    paused: set[str] = field(default_factory=set)
    all_paused: bool = False
    reason: str | None = None
    calls: dict[str, str] = field(default_factory=dict)
    """Queue by callid of the calls at hand."""
    hung_up: tuple[str, int] = ("", 0)
    """The last call that ended before it was known, and when."""
    wrap_queue: str | None = None
    wrap_until: int = 0
    """Until when there is wrap; 0: there is none."""
    shown: _Shown = ("", (), None, None)
    shown_in: tuple[str, ...] = ()
    """Queues that know of the last state."""
    admitted: tuple[str, ...] | None = None
    """The queues with which a state was admitted last."""
    since: int = 0
    sequence: int = 0
    held: list[tuple[int, _Shown]] = field(default_factory=list)
    """States while no queue was known."""

    def note_queues(self) -> None:
        """Lay out the queues of which the agent is a member, after what makes them up has changed."""
        self.queues = tuple(sorted({*self.added, *self.static, *(() if self.listed else self.seen)}))

    def present(self) -> bool:
        """Whether the agent is there, as far as lines tell."""
        if self.logged is None:
            return bool(self.added) or (self.known and not (self.listed and not self.static))
        return self.logged

    def state(self) -> _Shown:
        """The state as it is to be told."""
        queues = self.queues
        if not self.present() or (not queues and self.listed and not self.calls):
            return _OFFLINE
        if self.calls:
            at = next(reversed(self.calls.values()))
            return "handling", queues or (at,), at, None
        if self.wrap_until:
            return "wrap", queues, self.wrap_queue, None
        if not self.paused and not self.all_paused:
            return "available", queues, None, None
        free = () if self.all_paused else tuple(queue for queue in queues if queue not in self.paused)
        return ("available", free, None, None) if free else ("unavailable", queues, None, self.reason)


class Presence:
    """The agents of one source.

    Args:
        members: queues by agent, of those that only Asterisk's configuration names.
    """

    def __init__(self, members: Mapping[str, Sequence[str]]) -> None:
        self.batch = Batch()
        """Where states go."""
        self._members = members
        self._agents: dict[str, _Agent] = {}
        self._wraps: list[tuple[int, str]] = []
        self.due = _NEVER
        """When the next wrap ends, milliseconds."""

    # --- events: each tells whether its row gave a state ------------------------------------------------

    def log_in(self, ms: int, row: int, name: str) -> bool:
        """The agent logs in."""
        agent = self._agent(name)
        agent.logged = True
        return self._show(agent, ms, row)

    def log_off(self, ms: int, row: int, name: str, lasted: int | None) -> bool:
        """The agent logs off; where no line tells since when, `lasted` does."""
        agent = self._agent(name)
        if lasted and lasted < _LONGEST_MS and agent.logged is None and not agent.shown[0]:
            agent.logged = True
            self._show(agent, ms - lasted, -row)
        agent.logged = False
        agent.calls.clear()
        agent.wrap_until = 0
        agent.all_paused = False
        agent.paused.clear()
        return self._show(agent, ms, row)

    def add(self, ms: int, row: int, name: str, queue: str, *, paused: bool) -> bool:
        """The agent becomes a member of a queue.

        Raises:
            RecordError: there are too many.
        """
        agent = self._agent(name)
        require_size("queues", [*agent.added, queue], LIST_ENTRIES)
        agent.listed = True
        agent.added.add(queue)
        agent.note_queues()
        (agent.paused.add if paused else agent.paused.discard)(queue)
        if agent.logged is False:
            agent.logged = None
        return self._show(agent, ms, row)

    def remove(self, ms: int, row: int, name: str, queue: str) -> bool:
        """The agent is a member of a queue no longer."""
        agent = self._agent(name)
        agent.listed = True
        agent.added.discard(queue)
        agent.paused.discard(queue)
        agent.note_queues()
        return self._show(agent, ms, row)

    def pause(self, ms: int, row: int, name: str, queue: str | None, reason: str | None, *, pause: bool) -> bool:
        """The agent pauses, or goes on, in a queue or (None) in all."""
        agent = self._agent(name)
        agent.known = True
        if queue is not None:
            self._meet(agent, queue)
        if pause:
            agent.reason = reason or agent.reason
            agent.all_paused = agent.all_paused or queue is None
            agent.paused.update(agent.queues if queue is None else (queue,))
        elif queue is None:
            agent.all_paused = False
            agent.paused.clear()
        else:
            if agent.all_paused:
                agent.paused.update(agent.queues)
            agent.all_paused = False
            agent.paused.discard(queue)
        if not agent.paused and not agent.all_paused:
            agent.reason = None
        return self._show(agent, ms, row)

    def meet(self, ms: int, row: int, name: str, queue: str) -> None:
        """A line names the agent and a queue."""
        agent = self._agents.get(name) or self._agent(name)
        if not agent.listed and queue not in agent.seen:
            self._meet(agent, queue)
            self._show(agent, ms, -row)

    def take(self, ms: int, row: int, name: str, callid: str, queue: str) -> None:
        """The agent takes a call."""
        agent = self._agents.get(name) or self._agent(name)
        if agent.logged is False:
            agent.logged, agent.known = None, True
        if not agent.listed and queue not in agent.seen:
            self._meet(agent, queue)
        agent.calls[callid] = queue
        agent.wrap_until = 0
        self._show(agent, ms, -row)
        over, at = agent.hung_up
        if over == callid and at >= ms:  # the line of its end came before
            del agent.calls[callid]
            self._show(agent, at, -row)

    def end(self, ms: int, row: int, name: str, callid: str) -> None:
        """A call of the agent ends."""
        agent = self._agents.get(name) or self._agent(name)
        if agent.calls.pop(callid, None) is None:
            agent.hung_up = callid, ms
            return
        self._show(agent, ms, -row)

    def wrap(self, ms: int, row: int, name: str, queue: str | None, lasts: int) -> bool:
        """The agent has work after a call of `queue`."""
        agent = self._agent(name)
        if agent.calls or not lasts:
            return False
        agent.wrap_until, agent.wrap_queue = ms + lasts, queue
        heappush(self._wraps, (ms + lasts, name))
        self.due = self._wraps[0][0]
        return self._show(agent, ms, row)

    def restart(self, ms: int, row: int) -> None:
        """Asterisk starts: no call goes on. Members and pauses stay, as Asterisk keeps them itself."""
        for agent in self._agents.values():
            if agent.calls or agent.wrap_until:
                agent.calls.clear()
                agent.wrap_until = 0
                self._show(agent, ms, -row)

    def advance(self, ms: int, row: int) -> None:
        """Time has come to an instant: wrap that ends by then is over."""
        while self._wraps and self._wraps[0][0] <= ms:
            until, name = heappop(self._wraps)
            agent = self._agents[name]
            if agent.wrap_until == until:
                agent.wrap_until = 0
                self._show(agent, until, -max(1, row))
        self.due = self._wraps[0][0] if self._wraps else _NEVER

    # --- states -------------------------------------------------------------------------------------

    def _agent(self, name: str) -> _Agent:
        agent = self._agents.get(name)
        if agent is None:
            static = tuple(self._members.get(name, ()))
            agent = self._agents[name] = _Agent(name, static, known=bool(static), queues=static)
        return agent

    def _meet(self, agent: _Agent, queue: str) -> None:
        """Note that the agent was met in a queue; if it is the first one, that queue learns what was before."""
        if agent.listed or len(agent.seen) >= _SEEN:
            return
        agent.seen.add(queue)
        agent.note_queues()
        held, agent.held = agent.held, []
        for ms, (state, _, at, reason) in held:
            self._send(agent, ms, (state, () if state == "offline" else (queue,), at, reason), (queue,), 0)

    def _show(self, agent: _Agent, ms: int, row: int) -> bool:
        """Tell the agent's queues of the state that holds from an instant, if it is another one than before."""
        shown = agent.state()
        if shown == agent.shown or (shown[0] == "offline" and not agent.shown[0]):
            return False
        state, queues, at, _ = shown
        concerned = queues if at is None or at in queues else (*queues, at)
        if not queues and state != "offline":
            agent.held = [*agent.held[-_HELD:], (ms, shown)]
        elif state == "offline" and agent.held:
            agent.held.append((ms, shown))
        agent.shown = shown
        before = agent.shown_in
        if before == concerned:
            return self._send(agent, ms, shown, concerned, row)
        agent.shown_in = concerned
        targets = (*concerned, *(queue for queue in before if queue not in concerned))
        return self._send(agent, ms, shown, targets, row)

    def _send(self, agent: _Agent, ms: int, shown: _Shown, targets: Sequence[str], row: int) -> bool:
        if not targets:
            return False
        state, queues, at, reason = shown
        agent.sequence = agent.sequence + 1 if ms == agent.since else 0
        agent.since = ms
        if agent.admitted is queues and state != "offline":
            # The same queues again: nothing that a rule asks for has changed.
            record = AgentState(agent.name, ms, state, queues, agent.sequence, at, reason)
        else:
            record = admit_agent_state(agent.name, ms, state, queues, agent.sequence, at, reason, None, None)
            agent.admitted = queues
        batch = self.batch
        batch.queues += targets
        batch.records += [record] * len(targets)
        batch.rows.append(row)
        batch.rows += [-abs(row)] * (len(targets) - 1)
        return True
