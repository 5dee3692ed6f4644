"""All that was handed to the fund while its year is watched, and what of it no journal knows: what was lost."""

import threading
from collections.abc import Sequence
from hashlib import blake2b
from itertools import islice

from shared.demo.post import Event, Sent
from shared.demo.run import Publish, raw_of
from shared.engine.codec import Decision, decode_decisions
from shared.engine.ingress import INGRESS, UNREADABLE
from shared.journal.home import Home, reading
from shared.kernel.value import value

READ = "SELECT rowid, plain(body) FROM commits WHERE rowid > ? AND (? OR service = ?) ORDER BY rowid"
LAST = "SELECT coalesce(max(rowid), 0) FROM commits"


@value
class Handed:
    """How many messages were handed over, how many of them came again, and which the fund took and does not know.

    ``under_way`` are on topics of the cluster: it is not said yet that all is done that follows from them.
    """

    count: int
    again: int
    lost: tuple[str, ...]
    under_way: int = 0


class Ledger:
    """What was handed over, in order. It is asked from other threads than the one that hands over.

    On the embedded stack the door's journal knows what it took. On the cluster Kafka is the door: what it acknowledged
    stands as a cause in the journals of who heard it, or on a topic of what can't be read; and ``copied`` says when the
    home has all of it.
    """

    def __init__(self, home: Home) -> None:
        """Take the home whose journal is looked through."""
        self._home = home
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        """Of what was taken, by source and id, the digest of its bytes: so it is named where it can't be read."""
        self._count = self._behind = 0
        self._found: set[str] = set()
        self._due: int | None = None
        """So many of the names stand in the copy, unless they are lost; None where the journal is no copy."""
        self._whole: set[int] = set()
        """The last row of the journal each time that all was copied."""

    def through(self, publish: Publish) -> Publish:
        """Hand over, and write down what was taken: it is durable then."""

        async def handed(sent: Sequence[Sent]) -> list[Event]:
            said = await publish(sent)
            self.took(sent)
            return said

        return handed

    def took(self, sent: Sequence[Sent]) -> None:
        """The fund took messages."""
        with self._lock:
            self._count += len(sent)
            for each in sent:
                digest = digest_of(raw_of(each))
                self._names.setdefault(f"{each['source']} {each['id']}" if isinstance(each, dict) else digest, digest)

    def laid_aside(self, raw: bytes) -> None:
        """A service of the cluster said that it can't read a message: it is on a topic, and in no journal."""
        with self._lock:
            self._found.add(digest_of(raw))

    def copied(self) -> None:
        """Nothing is left to be done of what was handed over, and all of it is copied. Raises HomeError."""
        with self._lock, reading(self._home) as journal:
            self._whole.add(journal.execute(LAST).fetchone()[0])
            self._due = len(self._names)

    def is_whole(self, read: int) -> bool:
        """Whether a journal that is read up to a row holds, of all that it holds, what followed from it too."""
        with self._lock:
            return self._due is None or read in self._whole

    def stands(self) -> Handed:
        """How it stands. Raises HomeError where the journal can't be read."""
        with self._lock:
            self._read()
            due = islice(self._names.items(), self._due)
            lost = tuple(name for name, digest in due if not {name, digest} & self._found)
            taken = len(self._names)
            under_way = 0 if self._due is None else taken - self._due
            return Handed(count=self._count, again=self._count - taken, lost=lost, under_way=under_way)

    def _read(self) -> None:
        """Read on: what the door received and laid aside; on the cluster, what each service decided on."""
        with reading(self._home) as journal:
            for row, body in journal.execute(READ, [self._behind, self._due is not None, INGRESS.name]):
                self._behind = row
                self._found.update(map(_named, decode_decisions(body)))


def _named(decision: Decision) -> str:
    """What a decision was asked by; where that can't be read, the digest of its bytes."""
    unreadable = decision.source == UNREADABLE
    return decision.id.partition("-")[0] if unreadable else f"{decision.source} {decision.id}"


def digest_of(raw: bytes) -> str:
    """How the door names what it can't read."""
    return blake2b(raw, digest_size=16).hexdigest()
