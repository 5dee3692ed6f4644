"""Offline proof of a journal: every chain, every fold against its snapshot, every balance against its events.

``hash = sha256(prev_hash + body)`` from commit 1 on without gaps: one changed byte in a body or a hash breaks the chain
at its commit. Commits that are missing at a chain's end show where a snapshot or a mark knows of them.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Protocol

import msgspec

from services.all import SERVICES
from services.payments.service import FUND, PAYMENTS
from shared.engine.codec import Codec, StateCodec, decode_decisions
from shared.engine.door import DOOR
from shared.engine.handle import Memory
from shared.engine.journal import GENESIS, Commit, Snapshot, Store
from shared.engine.service import Domain, Service
from shared.kernel.value import value
from shared.runtime.audit import Audit

SHOWN_DIFFERENCES = 5


@value
class Checked:
    """A stream: how many commits and events hold, whether its snapshot was compared, and the first fault, if any."""

    service: str
    stream: str
    commits: int
    events: int
    snapshot: int | None
    balances: bool
    fault: str | None


class Fault(Exception):  # noqa: N818 - what is found, not what went wrong here
    """What does not hold, in one line."""


class Journals(Protocol):
    """Every journal of a place."""

    async def services(self) -> list[str]:
        """The names of those who have committed."""

    def store(self, service: str) -> Store:
        """A service's journal."""

    async def marks(self) -> Mapping[tuple[str, str], int]:
        """Up to which version each stream of each service was told."""


async def verify(journals: Journals, step: Callable[[], None]) -> list[Checked]:
    """Check every stream of every service; ``step`` is called after each commit. Raises what the store raises."""
    services = {service.name: service for service in (DOOR, *SERVICES)}
    found: list[Checked] = []
    marks = await journals.marks()
    for name in await journals.services():
        if name in services:
            found += [each async for each in _service(services[name], journals.store(name), step)]
        else:
            found.append(_unknown(name))
    return found + list(_ahead(marks, {(each.service, each.stream): each for each in found}))


def _unknown(service: str) -> Checked:
    fault = "no service of this name is known to this version"
    return Checked(service=service, stream="*", commits=0, events=0, snapshot=None, balances=False, fault=fault)


async def _service(service: Service, store: Store, step: Callable[[], None]) -> AsyncIterator[Checked]:
    """Check the streams of a service, one after the other."""
    snapshots = {snapshot.stream: snapshot for snapshot in await store.load()}
    check: StreamCheck | None = None
    async for commit in store.read():
        if check is None or check.name != commit.stream:
            if check:
                yield check.end()
            check = StreamCheck(service, commit.stream, snapshots.get(commit.stream))
        check.take(commit)
        step()
    if check:
        yield check.end()


class StreamCheck:
    """One stream, commit by commit, up to its first fault."""

    def __init__(self, service: Service, name: str, snapshot: Snapshot | None) -> None:
        self.name, self._service, self._snapshot = name, service.name, snapshot
        self._domain: Domain | None = None
        self._fault: str | None = None
        self._version, self._hash, self._events, self._compared = 0, GENESIS, 0, False
        self._audit = Audit() if (service.name, name) == (PAYMENTS.name, FUND) else None
        try:
            self._domain = service.domain(name)
            self._state, self._codec = self._domain.state(), Codec(self._domain.events)
        except LookupError:
            self._fault = f"stream {name}: {service.name} has no such stream"

    def take(self, commit: Commit) -> None:
        """Check the next commit; after the first fault nothing more can be said."""
        if self._fault:
            return
        try:
            self._chain(commit)
            self._fold(commit)
            if self._snapshot and self._snapshot.version == commit.version:
                self._compare(self._snapshot)
        except Fault as fault:
            self._fault = f"stream {self.name}, commit {commit.version}: {fault}"
        except (LookupError, AssertionError, TypeError, ValueError, ArithmeticError) as error:
            self._fault = f"stream {self.name}, commit {commit.version}: can't be folded: {error!r}"

    def _chain(self, commit: Commit) -> None:
        """The commit follows the one before it, and its hash is that of its body."""
        if commit.version != self._version + 1:
            raise Fault(f"commit {self._version + 1} is missing")
        if commit.prev_hash != self._hash:
            raise Fault(f"its prev_hash is not the hash of commit {self._version}")
        if hashlib.sha256(commit.prev_hash + commit.body).digest() != commit.hash:
            raise Fault("its hash is not that of its body: body or hash were changed")

    def _fold(self, commit: Commit) -> None:
        """Its events are numbered on, and change the state."""
        assert self._domain
        for decision in decode_decisions(commit.body):
            if decision.position != self._events:
                raise Fault(f"event {decision.position} stands where event {self._events} comes next")
            for entry in decision.events:
                event = self._codec.decode(entry)
                self._domain.evolve(self._state, event)
                if self._audit:
                    self._audit.take(event)
                self._events += 1
        self._version, self._hash = commit.version, commit.hash

    def _compare(self, snapshot: Snapshot) -> None:
        """The snapshot must be the fold of all commits up to its own."""
        assert self._domain
        states, kept = StateCodec(self._domain.state), msgspec.msgpack.decode(snapshot.body, type=Memory)
        same_state = states.encode(states.decode(kept.state)) == states.encode(self._state)
        if snapshot.hash != self._hash or kept.position != self._events or not same_state:
            raise Fault("the snapshot of this version is not what the commits fold to")
        self._compared = True

    def end(self) -> Checked:
        """What can be said of the stream."""
        fault = self._fault
        if not fault and self._snapshot and self._snapshot.version > self._version:
            missing = f"the snapshot knows of version {self._snapshot.version}"
            fault = f"stream {self.name}, commit {self._version + 1}: is missing at the end, {missing}"
        if not fault and self._audit:
            differences = list(self._audit.differences(self._state))
            fault = "; ".join(differences[:SHOWN_DIFFERENCES]) or None
        return Checked(
            service=self._service,
            stream=self.name,
            commits=self._version,
            events=self._events,
            snapshot=self._snapshot.version if self._snapshot and self._compared else None,
            balances=self._audit is not None and not fault,
            fault=fault,
        )


def _ahead(marks: Mapping[tuple[str, str], int], checked: Mapping[tuple[str, str], Checked]) -> Iterator[Checked]:
    """Streams whose mark of what was told lies behind their last commit: commits at the end are missing."""
    for (service, stream), mark in sorted(marks.items()):
        known = checked.get((service, stream)) or checked.get((service, "*"))
        last = known.commits if known else 0
        if mark > last and not (known and known.fault):
            fault = f"stream {stream}, commit {last + 1}: is missing at the end, version {mark} was told"
            yield Checked(
                service=service, stream=stream, commits=last, events=0, snapshot=None, balances=False, fault=fault
            )
