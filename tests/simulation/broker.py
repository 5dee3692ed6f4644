"""Kafka's server in memory: topics of partitions, and groups with generations, as far as its clients can tell."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiokafka import TopicPartition
from aiokafka.errors import IllegalGenerationError, UnknownMemberIdError

from tests.simulation.network import Network


@dataclass(slots=True, frozen=True)
class Record:
    """A record on a topic; ``timestamp`` is the broker's, in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Any, ...] = ()


class Member(Protocol):
    """A consumer as its group sees it."""

    name: str
    hears: Sequence[str]

    def told_to_rejoin(self, *, lost: bool) -> None: ...


@dataclass(slots=True, kw_only=True)
class Joined:
    """A member of a group: how its question to join is answered, while it waits."""

    member: Member
    answer: Callable[[int, list[TopicPartition]], None] | None = None
    places: list[TopicPartition] = field(default_factory=list)


class Log:
    """The broker: its topics and groups."""

    def __init__(
        self, network: Network, partitions: int, now_ms: Callable[[], int], *, session_s: float = 10.0
    ) -> None:
        self.network, self.partitions, self.now_ms, self.session_s = network, partitions, now_ms, session_s
        self.records: dict[TopicPartition, list[Record]] = defaultdict(list)
        self.taken: list[Record] = []
        self.groups: dict[str, Group] = {}
        self.readers: dict[TopicPartition, set[Any]] = defaultdict(set)
        self.clients = self.behind = 0

    def group(self, name: str) -> "Group":
        if name not in self.groups:
            self.groups[name] = Group(self, name)
        return self.groups[name]

    def append(self, place: TopicPartition, key: bytes | None, value: bytes) -> Record:
        """Take a record."""
        lying = self.records[place]
        record = Record(place.topic, place.partition, len(lying), self.now_ms(), key, value)
        lying.append(record)
        self.taken.append(record)
        self.behind += sum(place.topic in group.topics for group in self.groups.values())
        for reader in sorted(self.readers[place], key=lambda reader: reader.number):
            reader.wake()
        return record

    def end(self, place: TopicPartition) -> int:
        return len(self.records[place]) if place in self.records else 0

    @property
    def settled(self) -> bool:
        """Whether every group has committed all that it hears."""
        return not self.behind and all(group.generation and not group.preparing for group in self.groups.values())

    def lag(self) -> Mapping[str, int]:
        """How much of what it hears each group has not committed yet."""
        return {name: lag for name, group in self.groups.items() if (lag := group.lag())}

    def forget_offsets(self) -> None:
        """All groups are to hear all there is again."""
        for group in self.groups.values():
            group.committed.clear()
        self.behind = sum(group.lag() for group in self.groups.values())


class Group:
    """A consumer group: who is in it, which partitions each has, and how far it has committed."""

    def __init__(self, log: Log, name: str) -> None:
        self.log, self.name, self.generation = log, name, 0
        self.members: dict[str, Joined] = {}
        self.committed: dict[TopicPartition, int] = {}
        self.topics: Sequence[str] = ()
        self.preparing = False
        self._round = 0

    def lag(self) -> int:
        places = (TopicPartition(topic, n) for topic in self.topics for n in range(self.log.partitions))
        return sum(self.log.end(place) - self.committed.get(place, 0) for place in places)

    def join(self, member: Member, answer: Callable[[int, list[TopicPartition]], None]) -> None:
        """Take a member in, or in again: it is answered when all others are there too."""
        if self.topics != member.hears:
            self.log.behind -= self.lag()
            self.topics = member.hears
            self.log.behind += self.lag()
        known = self.members.setdefault(member.name, Joined(member=member))
        known.answer = answer
        if not self.preparing:
            self._prepare()
        self._complete()

    def leave(self, name: str) -> None:
        """A member is gone, or was silent for too long."""
        gone = self.members.pop(name, None)
        if gone is None:
            return
        self.log.network.trace.say(f"           broker: {name} is no member any more")
        if self.members and not self.preparing:
            self._prepare()
        self._complete()

    def commit(self, name: str, generation: int, offsets: Mapping[TopicPartition, int]) -> None:
        """Raises UnknownMemberIdError and IllegalGenerationError, as for zombies."""
        if name not in self.members:
            raise UnknownMemberIdError(name)
        if generation != self.generation:
            raise IllegalGenerationError(name)
        self.log.behind -= sum(offset - self.committed.get(place, 0) for place, offset in offsets.items())
        self.committed.update(offsets)

    def _prepare(self) -> None:
        """All have to join again; who does not within the time of a session is a member no more."""
        self.preparing, self._round = True, self._round + 1
        for joined in self.members.values():
            if joined.answer is None:
                self._tell(joined.member)
        self.log.network.later(self.log.session_s, self._give_up, self._round)

    def _tell(self, member: Member) -> None:
        """At its next heartbeat."""
        self.log.network.later(self.log.network.dice.random(), lambda: member.told_to_rejoin(lost=False))

    def _give_up(self, round_: int) -> None:
        if self.preparing and round_ == self._round:
            for name in [name for name, joined in self.members.items() if joined.answer is None]:
                self.log.network.trace.say(f"           broker: {name} has not joined again")
                self.members.pop(name).member.told_to_rejoin(lost=True)
            self._complete()

    def _complete(self) -> None:
        """Share the numbers of partitions out (the range assignor), once all have joined."""
        if not self.members:
            self.preparing = False
        if not self.preparing or any(joined.answer is None for joined in self.members.values()):
            return
        self.preparing, self.generation = False, self.generation + 1
        names, count = sorted(self.members), self.log.partitions
        share, more = divmod(count, len(names))
        at = 0
        for number, name in enumerate(names):
            until = at + share + (number < more)
            joined = self.members[name]
            joined.places = [TopicPartition(topic, n) for topic in self.topics for n in range(at, until)]
            assert joined.answer
            joined.answer(self.generation, joined.places)
            joined.answer, at = None, until
