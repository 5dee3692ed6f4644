"""A provider and its fund: what is put is sent once, and what the fund says is heard once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psdf_provider.contract import Answer
from psdf_provider.door import TOO_LARGE, Door
from psdf_provider.errors import NotReached, NotTaken
from psdf_provider.invoices import Invoice
from psdf_provider.keys import Key
from psdf_provider.mending import Do, what_to_do
from psdf_provider.outbox import Entry, Outbox
from psdf_provider.signing import sign

BATCH_EVENTS, BATCH_BYTES = 500, 4_000_000
FRESH = timedelta(hours=12)
"""A signature holds a day from the moment that it names: an event that was not sent for half of it is signed anew."""
WAIT_S = 30


@dataclass(frozen=True)
class Told:
    """Something that the fund said: the event, a sentence in both languages, its reasons in words, what to do."""

    event: Mapping[str, Any]
    lt: str
    en: str
    reasons: tuple[Mapping[str, Any], ...]
    cursor: str

    @property
    def type(self) -> str:
        """What it is, such as ``invoice.accepted``."""
        return str(self.event["type"])

    @property
    def invoice_id(self) -> str | None:
        """The invoice that it is about, where it is about one."""
        found: str | None = self.event["data"].get("invoice_id")
        return found

    @property
    def do(self) -> Do:
        """What it asks of us."""
        return what_to_do(self.type)


class Provider:
    """Sends what is put, and hears what is said. ``clock`` gives the moment, with its offset."""

    def __init__(
        self,
        door: Door,
        outbox: Outbox,
        key: Key | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take the door, the outbox, and the key that signs events (None: none is registered, they are not signed)."""
        self.door, self.outbox, self.clock, self._key = door, outbox, clock, key

    @classmethod
    def at(cls, url: str, source: str, outbox: Path, key: Path | None = None, *, audience: str = "psdf") -> "Provider":
        """The usual one: a fund's address, our source, a file for the outbox, and our key's file. Raises FileError."""
        mine = Key.read(key) if key else None
        return cls(Door(url, source, mine, audience=audience), Outbox(outbox), mine)

    def close(self) -> None:
        """Close the connections and the file."""
        self.door.close()
        self.outbox.close()

    def put(self, *invoices: Invoice) -> list[Entry]:
        """Keep invoices for sending: from when this returns they are on disk. The same content is kept once."""
        now = self.clock()
        return self.outbox.put([(one, self._made(one, now)) for one in invoices], now)

    def send(self, wait_s: int = 0) -> Iterator[tuple[Entry, Answer]]:
        """Send what has no answer yet, in its order; each with its answer, which is on disk by then.

        Raises NotReached (nothing is lost: call it again later), NotTaken (the door takes nothing of this from us).
        """
        most = BATCH_EVENTS
        while entries := self.outbox.unanswered(most, BATCH_BYTES):
            entries = [self._fresh(entry) for entry in entries]
            self.outbox.sending(entries)
            try:
                answers = self.door.send([entry.raw for entry in entries], wait_s)
            except NotTaken as error:
                if error.status != TOO_LARGE or len(entries) == 1:
                    raise
                most = len(entries) // 2
                continue
            self.outbox.answered(entries, answers)
            yield from zip(entries, answers, strict=True)

    def follow(self, wait_s: int = WAIT_S, *, forever: bool = True) -> Iterator[Told]:
        """What the fund says to us, from where we stopped, each once, by long polls.

        It counts as heard when the next is asked for: a program that ends in between hears that one again. With
        ``forever`` false it ends where there is nothing more for ``wait_s`` seconds. Raises NotTaken; NotReached where
        the door can't be reached as often as patience allows.
        """
        while True:
            page = self.door.answers(self._cursor(), wait_s)
            for item in page["answers"]:
                yield (told := _told(item))
                self.outbox.heard(self.door.source, told.cursor, told.event, told.reasons)
            if not (page["answers"] or forever):
                return

    def listen(self) -> Iterator[Told]:
        """The same as one stream (server-sent events), which is opened again whenever it breaks; it has no end."""
        while True:
            with suppress(NotReached):
                for item in self.door.stream(self._cursor()):
                    yield (told := _told(item))
                    self.outbox.heard(self.door.source, told.cursor, told.event, told.reasons)
            self.door.answers(self._cursor(), limit=1)  # with patience, or not at all

    def _cursor(self) -> str:
        return self.outbox.cursor(self.door.source)

    def _fresh(self, entry: Entry) -> Entry:
        """The entry, signed anew where its signature has grown old; the fund knows it by its id and content."""
        now = self.clock()
        if self._key is None or abs(now - entry.made_at) < FRESH:
            return entry
        return replace(entry, raw=self._made(entry.invoice, now), made_at=now)

    def _made(self, one: Invoice, at: datetime) -> bytes:
        raw = one.event(at)
        return sign(raw, self._key) if self._key else raw


def _told(item: Mapping[str, Any]) -> Told:
    sentence = item["sentence"]
    return Told(item["event"], sentence["lt"], sentence["en"], tuple(item.get("reasons") or ()), item["cursor"])
