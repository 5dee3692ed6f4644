"""Offline proof of a fund's journals: chains, folds against snapshots, balances, and all journals against each other.

``hash = sha256(prev_hash + body)`` from commit 1 on without gaps, from what each stream begins with: one changed byte
in a body or a hash breaks the chain at its commit. Commits that are missing at a chain's end show where a snapshot or a
mark knows of them. Whoever recomputes all hashes of one journal is found by the others (``compare``).
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

import msgspec

from services.all import SERVICES
from services.invoicing.service import INVOICING
from services.payments.service import FUND, PAYMENTS
from shared.engine.codec import Codec, Decision, StateCodec, decode_decisions
from shared.engine.ingress import INGRESS
from shared.engine.journal import SEALER, Commit, Snapshot, Store, Unsealed, follows, genesis, is_intact, opened
from shared.engine.service import Domain, Service
from shared.engine.stream import Inbox, SnapshotBody, short
from shared.journal.audit import Audit
from shared.journal.audit_invoicing import InvoicingAudit
from shared.journal.compare import Comparison, Place
from shared.kernel.clock import Parked
from shared.kernel.compact import KEY_BYTES
from shared.kernel.value import value
from shared.messages.read import cause_key

SHOWN_DIFFERENCES = 5
BESIDE = frozenset({"bank", "desk"})
"""Who keeps a journal beside the services': the bank's desk, and the desk of people. Its chain is checked."""


@value
class Checked:
    """A stream: how many commits and events hold, whether its snapshot was compared, and the first fault, if any.

    ``read`` is whether it could be read to its end; of what it says after that nobody can be reproached.
    """

    service: str
    stream: str
    commits: int
    events: int
    snapshot: int | None
    balances: bool
    fault: str | None
    read: bool = True


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


async def verify(journals: Journals, step: Callable[[], None], *, door: bool) -> list[Checked]:
    """Check every stream of every service, and what they say of each other; ``step`` is called after each commit.

    ``door`` is whether the door is one of the journals (the embedded stack). Raises what the store raises.
    """
    services = {service.name: service for service in (INGRESS, *SERVICES)}
    found: list[Checked] = []
    marks = {name: version for name, version in (await journals.marks()).items() if name[0] != SEALER}
    comparison = Comparison(marks, door=door)
    names = [name for name in await journals.services() if name != SEALER]  # whose journal shared/proof checks
    for name in sorted(names, key=lambda name: (name != INGRESS.name, name)):
        if name in services:
            found += [each async for each in _service(services[name], journals.store(name), comparison, step)]
        elif name in BESIDE:
            found.append(await chained(name, journals.store(name)))
        else:
            found.append(_unknown(name))
    for name in services.keys() - set(names):
        found += [_alone(name, snapshot) for snapshot in await journals.store(name).load()]
    found += _ahead(marks, {(each.service, each.stream): each for each in found})
    broken = frozenset(each.service for each in found if not each.read)
    for name in comparison.unresolved() & set(names) - broken if not door else ():
        await _said_since(services[name], journals.store(name), comparison, found)
    return _with(found, comparison.faults(broken))


async def _said_since(service: Service, store: Store, comparison: Comparison, found: list[Checked]) -> None:
    """What a service has committed since its journal was read: a fund that runs goes on meanwhile."""
    read = {each.stream: each.commits for each in found if each.service == service.name}
    for stream in await store.heads():
        async for commit in store.read(stream, read.get(stream, 0)):
            for decision in decode_decisions(commit.body):
                comparison.take(Place(service.name, stream, commit.version), decision)


def _with(found: list[Checked], faults: Iterable[tuple[Place, str]]) -> list[Checked]:
    """The streams, each with the first of its faults and how many more there are."""
    streams = {(each.service, each.stream): each for each in found}
    more: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for place, fault in faults:
        where = f"stream {place.stream}, commit {place.version}" if place.version else f"stream {place.stream}"
        more[place.service, place.stream].append(f"{where}: {fault}")
    for (service, stream), told in more.items():
        checked = streams.get((service, stream)) or _nothing(service, stream)
        others = f" (and {len(told) - 1} more there)" if len(told) > 1 else ""
        compared = f"{service}: {told[0]}{others}"
        fault = f"{compared}; {checked.fault}" if checked.fault else compared
        streams[service, stream] = replace(checked, fault=fault, balances=False)
    return list(streams.values())


def _nothing(service: str, stream: str) -> Checked:
    return Checked(service=service, stream=stream, commits=0, events=0, snapshot=None, balances=False, fault=None)


def _alone(service: str, snapshot: Snapshot) -> Checked:
    fault = f"stream {snapshot.stream}: there is a snapshot of version {snapshot.version}, and no commit"
    return replace(_nothing(service, snapshot.stream), fault=fault)


async def chained(service: str, store: Store) -> Checked:
    """A journal of an effect: its one chain follows, and no service's rules are asked of it."""
    version, last, events, fault = 0, genesis(service, service), 0, None
    async for commit in store.read(service):
        if not is_intact(commit) or not follows(commit, version, last):
            fault = f"stream {service}, commit {commit.version}: it does not follow the one before it"
            break
        version, last = commit.version, commit.hash
        events += sum(len(decision.events) for decision in decode_decisions(commit.body))
    found = replace(_nothing(service, service), commits=version, events=events)
    return replace(found, fault=fault) if fault else found


def _unknown(service: str) -> Checked:
    return replace(_nothing(service, "*"), fault="no service of this name is known to this version")


async def _service(
    service: Service, store: Store, comparison: Comparison, step: Callable[[], None]
) -> AsyncIterator[Checked]:
    """Check the streams of a service, one after the other."""
    snapshots = {snapshot.stream: snapshot for snapshot in await store.load()}
    check: StreamCheck | None = None
    async for commit in store.read():
        if check is None or check.name != commit.stream:
            if check:
                yield check.end()
            check = StreamCheck(service, commit.stream, snapshots.pop(commit.stream, None), comparison)
        check.take(commit)
        step()
    if check:
        yield check.end()
    for snapshot in snapshots.values():
        yield _alone(service.name, snapshot)


class Remembered:
    """What a stream must remember beside its state: its day, and what it decided because of."""

    def __init__(self, *, every_day: bool) -> None:
        """``every_day`` is whether each day that starts is decided on, so that the last decision tells the day."""
        self._every_day, self._today = every_day, date.min
        self._causes: dict[bytes, bytes] = {}

    def take(self, decision: Decision) -> None:
        """See a decision. What was laid aside may have come under the name of what was heard before."""
        self._today = decision.day
        if any(entry.type != Parked.type for entry in decision.events):
            key = cause_key(decision.source, decision.id)[:KEY_BYTES]
            self._causes[key] = short(bytes.fromhex(decision.content))

    def differs(self, kept: SnapshotBody) -> str | None:
        """What a snapshot says otherwise. It may remember more: what was heard and changed nothing."""
        today = kept.today or date.min
        if today < self._today or (self._every_day and today > self._today):
            return f"stands at {kept.today}, its commits at {self._today}"
        inbox = Inbox(kept.causes)
        for key, content in self._causes.items():
            if inbox.said_otherwise(key, content) is not False:
                return "does not remember a cause as its commits do"
        return None

    def unexplained(self, kept: SnapshotBody) -> Iterator[bytes]:
        """What a snapshot remembers to have heard, and of which nothing was decided."""
        return (key for key, _ in Inbox(kept.causes) if key not in self._causes)


class OlderBody(msgspec.Struct):
    """What every form of a snapshot's body has said; its state was of another form, and none is started from it."""

    position: int


class StreamCheck:
    """One stream, commit by commit, up to its first fault."""

    def __init__(self, service: Service, name: str, snapshot: Snapshot | None, comparison: Comparison) -> None:
        self.name, self._service, self._snapshot = name, service.name, snapshot
        self._comparison, self._memory = comparison, Remembered(every_day=name in service.streams)
        self._domain: Domain | None = None
        self._fault: str | None = None
        self._version, self._hash, self._events, self._compared = 0, genesis(service.name, name), 0, False
        self._audit = Audit() if (service.name, name) == (PAYMENTS.name, FUND) else None
        self._invoicing = InvoicingAudit() if service.name == INVOICING.name else None
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
        if not follows(commit, self._version, self._hash):
            before = f"the hash of commit {self._version}" if self._version else f"what stream {self.name} begins with"
            raise Fault(f"its prev_hash is not {before}")
        if not is_intact(commit):
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
                if self._invoicing and (wrong := self._invoicing.take(event)):
                    raise Fault(wrong)
                self._events += 1
            if self._snapshot and commit.version <= self._snapshot.version:
                self._memory.take(decision)
            self._comparison.take(Place(self._service, self.name, commit.version), decision)
        self._version, self._hash = commit.version, commit.hash

    def _compare(self, snapshot: Snapshot) -> None:
        """The snapshot must be the fold of all commits up to its own."""
        assert self._domain
        kept = self._kept(snapshot)
        same = snapshot.hash == self._hash and kept.position == self._events
        if isinstance(kept, SnapshotBody):
            states = StateCodec(self._domain.state)
            same = same and states.encode(states.decode(kept.state)) == states.encode(self._state)
        if not same:
            raise Fault("the snapshot of this version is not what the commits fold to")
        if isinstance(kept, SnapshotBody):
            self._compare_memory(kept, Place(self._service, self.name, snapshot.version))
        self._compared = True

    def _compare_memory(self, kept: SnapshotBody, place: Place) -> None:
        """What it remembers beside the state, too."""
        if wrong := self._memory.differs(kept):
            raise Fault(f"the snapshot of this version {wrong}")
        for key in self._memory.unexplained(kept):
            self._comparison.remembers(place, key)
        if kept.today:
            self._comparison.stands_at(place, kept.today)

    def _kept(self, snapshot: Snapshot) -> "SnapshotBody | OlderBody":
        """What a snapshot says, as it was sealed."""
        try:
            body = opened(self._service, snapshot)
        except Unsealed as older:
            return msgspec.msgpack.decode(older.body, type=OlderBody)
        except ValueError as error:
            raise Fault(f"the snapshot of this version is not used: {error}") from None
        return msgspec.msgpack.decode(body, type=SnapshotBody)

    def end(self) -> Checked:
        """What can be said of the stream."""
        fault, read = self._fault, self._fault is None
        if not fault and self._snapshot and self._snapshot.version > self._version:
            missing = f"the snapshot knows of version {self._snapshot.version}"
            fault = f"stream {self.name}, commit {self._version + 1}: is missing at the end, {missing}"
        if not fault and self._snapshot and not self._compared:
            fault = f"stream {self.name}: there is a snapshot of version {self._snapshot.version}, and no such commit"
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
            read=read,
        )


def _ahead(marks: Mapping[tuple[str, str], int], checked: Mapping[tuple[str, str], Checked]) -> Iterator[Checked]:
    """Streams whose mark of what was told lies behind their last commit: commits at the end are missing."""
    for (service, stream), mark in sorted(marks.items()):
        known = checked.get((service, stream)) or checked.get((service, "*"))
        last = known.commits if known else 0
        if mark > last and not (known and known.fault):
            fault = f"stream {stream}, commit {last + 1}: is missing at the end, version {mark} was told"
            yield replace(_nothing(service, stream), commits=last, fault=fault)
