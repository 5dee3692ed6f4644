"""All that was handed to the fund while its year is watched, and what of it no journal knows: what was lost."""

import threading
from collections.abc import Sequence
from hashlib import blake2b

from shared.demo.post import Event, Sent
from shared.demo.run import Publish, raw_of
from shared.engine.codec import decode_decisions
from shared.engine.ingress import INGRESS, UNREADABLE
from shared.journal.home import Home, reading
from shared.kernel.value import value

READ = "SELECT rowid, plain(body) FROM commits WHERE rowid > ? AND service = ? ORDER BY rowid"


@value
class Handed:
    """How many messages were handed over, how many of them came again, and which the fund took and does not know."""

    count: int
    again: int
    lost: tuple[str, ...]


class Ledger:
    """What was handed over, in order. It is asked from other threads than the one that hands over."""

    def __init__(self, home: Home) -> None:
        """Take the home whose journal is looked through."""
        self._home = home
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        """Of what was taken, by source and id, the digest of its bytes: so it is named where it can't be read."""
        self._count = self._behind = 0
        self._found: set[str] = set()

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

    def stands(self) -> Handed:
        """How it stands. Raises HomeError where the journal can't be read."""
        with self._lock:
            self._read()
            lost = tuple(name for name, digest in self._names.items() if not {name, digest} & self._found)
            return Handed(count=self._count, again=self._count - len(self._names), lost=lost)

    def _read(self) -> None:
        """Read on in the door's journal: what was received, and what was laid aside there."""
        with reading(self._home) as journal:
            for row, body in journal.execute(READ, [self._behind, INGRESS.name]):
                self._behind = row
                for decision in decode_decisions(body):
                    unreadable = decision.source == UNREADABLE
                    self._found.add(decision.id.partition("-")[0] if unreadable else f"{decision.source} {decision.id}")


def digest_of(raw: bytes) -> str:
    """How the door names what it can't read."""
    return blake2b(raw, digest_size=16).hexdigest()
