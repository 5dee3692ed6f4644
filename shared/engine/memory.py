"""The streams that one engine has in memory: those at work, and those asleep, of which only bytes are kept.

Most providers send once a month. A stream that waits for no day and has heard nothing for a week is kept as its
snapshot would be, and is whole again when something comes for it: what it decides is the same.
"""

from collections import deque
from datetime import date, timedelta
from typing import Any

import msgspec

from shared.engine.codec import Codec, StateCodec
from shared.engine.journal import Snapshot, genesis, opened
from shared.engine.service import Service
from shared.engine.stream import Inbox, SnapshotBody, Stream

QUIET = timedelta(days=7)
"""How long a stream has heard nothing before it sleeps."""
AT_ONCE = 64
"""So many are laid down after a batch, the others after the next ones: no day's start is held up by what is open."""


class Memory:
    """Streams by name. Whoever looks at a state that sleeps gets a copy; whoever decides on it wakes it."""

    def __init__(self, service: Service, always_awake: str) -> None:
        """Nothing yet; one stream never sleeps, for it is asked at each event."""
        self.awake: dict[str, Stream] = {}
        self._asleep: dict[str, Stream] = {}
        self._quiet: deque[tuple[str, date]] = deque()
        self._service, self._always_awake = service, always_awake
        self._codecs = {name: Codec(domain.events) for name, domain in service.domains.items()}
        self._states = {name: StateCodec(domain.state) for name, domain in service.domains.items()}

    def names(self) -> list[str]:
        """Of all of them."""
        return sorted([*self.awake, *self._asleep])

    def clear(self) -> None:
        """Forget them all."""
        self.awake.clear()
        self._asleep.clear()

    def drop(self, name: str) -> None:
        """Forget one: it is to be loaded anew."""
        self.awake.pop(name, None)
        self._asleep.pop(name, None)

    def codec(self, name: str) -> Codec:
        """How a stream's events are written."""
        return self._codecs[name.partition(":")[0]]

    def stream(self, name: str) -> Stream:
        """A stream to decide on: woken where it sleeps, a new one where there is none."""
        if found := self.awake.get(name):
            return found
        stream = self._asleep.pop(name, None)
        if stream is None:
            domain = self._service.domain(name)
            first = genesis(self._service.name, name)
            stream = Stream(name=name, domain=domain, codec=self.codec(name), state=domain.state(), hash=first)
        else:
            stream.state, stream.packed = self._decoded(stream), None
        self.awake[name] = stream
        return stream

    def asleep_or_awake(self, name: str) -> Stream:
        """A stream to ask how far it is, never for its state: none is woken for that."""
        return self._asleep.get(name) or self.stream(name)

    def state(self, name: str) -> Any:  # noqa: ANN401 - the state class is the service's own
        """The state of a stream, to look at and never to change."""
        asleep = self._asleep.get(name)
        return self._decoded(asleep) if asleep else self.stream(name).state

    def day_started(self, day: date) -> None:
        """See who has heard nothing for a while."""
        self._quiet = deque((s.name, s.today) for s in self.awake.values() if s.today and s.today + QUIET <= day)

    def let_sleep(self) -> None:
        """Let some of those sleep, where they have heard nothing since and wait for no day."""
        for name, today in [self._quiet.popleft() for _ in range(min(AT_ONCE, len(self._quiet)))]:
            stream = self.awake.get(name)
            if stream and stream.today == today and self._may_sleep(stream):
                del self.awake[name]
                self._sleep(stream, self._encoded(stream))

    def restore(self, snapshot: Snapshot) -> None:
        """Start a stream from a stored snapshot, asleep where it waits for no day.

        Raises Unsealed (of an older version), Forged, or ValueError where it can't be read.
        """
        name = snapshot.stream
        memory = msgspec.msgpack.decode(opened(self._service.name, snapshot), type=SnapshotBody)
        stream = Stream(
            name=name,
            domain=self._service.domain(name),
            codec=self.codec(name),
            state=self._of(name).decode(memory.state),
            version=snapshot.version,
            hash=snapshot.hash,
            position=memory.position,
            today=memory.today,
            causes=Inbox(memory.causes),
            snapshot_version=snapshot.version,
            snapshot_bytes=len(snapshot.body),
        )
        self.drop(name)
        if self._may_sleep(stream):
            self._sleep(stream, bytes(memory.state))
        else:
            self.awake[name] = stream

    def snapshot(self, stream: Stream) -> Snapshot:
        """The snapshot of a stream as it is now, awake or not."""
        memory = SnapshotBody(
            position=stream.position,
            today=stream.today,
            causes=stream.causes.shelves,
            state=memoryview(self._encoded(stream)),
        )
        return Snapshot(
            stream=stream.name, version=stream.version, hash=stream.hash, body=msgspec.msgpack.encode(memory)
        )

    def _may_sleep(self, stream: Stream) -> bool:
        return stream.name != self._always_awake and not stream.domain.waits(stream.state)

    def _sleep(self, stream: Stream, packed: bytes) -> None:
        stream.state, stream.packed = None, packed
        self._asleep[stream.name] = stream

    def _encoded(self, stream: Stream) -> bytes:
        return stream.packed or self._of(stream.name).encode(stream.state)

    def _decoded(self, stream: Stream) -> Any:  # noqa: ANN401
        return self._of(stream.name).decode(stream.packed or b"")

    def _of(self, name: str) -> StateCodec:
        return self._states[name.partition(":")[0]]
