"""The desk over its own journal: each act is durable before anything follows from it. One for every store.

Two at once (a page and a command, two confirmations) do not harm one another (``OwnStream``). What was confirmed is
sent under an id that follows from the matter, so that however often it is sent, the fund takes it once.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import uuid5

from shared.desk import deeds, matters
from shared.desk.acts import ACTS, Act, Deed
from shared.desk.events import Answered, Asked, Event, Sent
from shared.desk.matters import Matter, NotDone, State, evolve, known
from shared.desk.person import Person
from shared.engine.codec import Codec
from shared.engine.outbox import NAMESPACE
from shared.engine.own_stream import Journal, OwnStream
from shared.kernel.fund import Fund
from shared.messages.write import cloud_event

NAME = "desk"
Undecided: TypeAlias = tuple[int, tuple[Matter, ...]]
"""How far the desk's journal was read, and what waits for a second person's word there, the first first."""


class Desk:
    """The desk of a fund. ``load`` before the first question."""

    def __init__(self, fund: Fund, store: Journal) -> None:
        self.fund, self.state = fund, State()
        self._stream: OwnStream[Event] = OwnStream(NAME, store, Codec(Event), partial(evolve, self.state))

    async def load(self) -> None:
        """Fold what is in the journal and not known yet. Raises Broken where it contradicts itself; Unavailable."""
        await self._stream.load()

    # --- what people do

    async def draft(
        self, person: Person, act: Act, data: dict[str, Any], now: datetime, again: str | None = None
    ) -> Matter:
        """Write something down. Raises NotDone."""
        about = f"{act.name} {about_of(act, data)}"

        def decide() -> Iterable[Event]:
            return matters.draft(self.state, self.fund, person, act, data, about, again)

        (event,) = await self._stream.append(decide, now, person.name)
        return known(self.state, getattr(event, "matter", ""))

    async def propose(self, person: Person, matter_id: str, now: datetime) -> Matter:
        """Ask for another person's word. Raises NotDone."""
        await self._stream.append(
            lambda: matters.propose(self.state, self.fund, person, matter_id, now), now, person.name
        )
        return known(self.state, matter_id)

    async def confirm(self, person: Person, matter_id: str, now: datetime, moment: datetime) -> Matter:
        """Give that word: the event is sealed as it will be sent, as of a moment. Raises NotDone."""

        def decide() -> Iterable[Event]:
            raw = raw_of(known(self.state, matter_id), moment)
            return matters.confirm(self.state, self.fund, person, matter_id, raw.decode(), now)

        matters.is_sure(person, now)
        await self._stream.append(decide, now, person.name)
        return known(self.state, matter_id)

    async def refuse(self, person: Person, matter_id: str, words: str, now: datetime) -> Matter:
        """Give it back. Raises NotDone."""

        def decide() -> Iterable[Event]:
            return matters.refuse(self.state, self.fund, person, matter_id, words)

        await self._stream.append(decide, now, person.name)
        return known(self.state, matter_id)

    async def withdraw(self, person: Person, matter_id: str, now: datetime) -> Matter:
        """Take it back. Raises NotDone."""
        await self._stream.append(lambda: matters.withdraw(self.state, person, matter_id), now, person.name)
        return known(self.state, matter_id)

    async def agree(self, person: Person, deed: Deed, what: bytes, now: datetime) -> Asked | None:
        """Do a deed to some bytes as one of two persons: the first's word where this is the second. Raises NotDone."""
        digest, first = sha256(deed.name.encode() + b"\n" + what).hexdigest(), None

        def decide() -> Iterable[Event]:
            nonlocal first
            first = deeds.asked(self.state, digest, now)
            return deeds.agree(self.state, self.fund, person, deed, digest, now)

        await self._stream.append(decide, now, person.name)
        return first

    async def tell(self, person: Person, parked: str, now: datetime, *, is_told: bool) -> None:
        """Tick that a parked message's sender was told, or take it back. Raises NotDone."""

        def decide() -> Iterable[Event]:
            return deeds.tell(self.state, self.fund, person, parked, is_told=is_told)

        await self._stream.append(decide, now, person.name)

    async def hurry(self, person: Person, notice_no: str, now: datetime) -> None:
        """Keep that somebody has a notice's letter tried now. Raises NotDone."""
        await self._stream.append(lambda: deeds.hurry(self.fund, person, notice_no), now, person.name)

    async def sent(self, matter_id: str, places: tuple[tuple[str, int], ...], now: datetime) -> Matter:
        """Keep where it lies, so that it is not put there again."""
        await self._stream.append(lambda: matters.sent(self.state, Sent(matter=matter_id, places=places)), now, NAME)
        return known(self.state, matter_id)

    async def answered(self, answer: Answered, now: datetime) -> Matter:
        """Keep what the fund said of it."""
        await self._stream.append(lambda: matters.answer(self.state, answer), now, NAME)
        return known(self.state, answer.matter)

    # --- what stands on it

    def matter(self, matter_id: str) -> Matter:
        """One matter. Raises NotDone for an unknown id."""
        return known(self.state, matter_id)

    def unsent(self) -> list[Matter]:
        """What was confirmed, and the fund has not answered."""
        return [matter for matter in self.state.matters.values() if matter.stage == "confirmed"]

    def mine(self, person: Person) -> list[Matter]:
        """What a person drafted, the last first."""
        return [
            matter for matter in reversed(self.state.matters.values()) if person.is_same(matter.by, matter.identity)
        ]

    def undecided(self) -> Undecided:
        """What waits for anybody's word, for who counts it."""
        found = tuple(each for each in self.state.matters.values() if each.stage == "proposed")
        return self._stream.version, found

    def to_confirm(self, person: Person) -> list[Matter]:
        """What waits for this person's word, the first first."""
        return to_confirm(self.fund, person, self.undecided())

    def may_decide(self, person: Person, matter: Matter) -> bool:
        """Whether a matter is this person's to confirm."""
        return is_to_decide(self.fund, person, matter)


def to_confirm(fund: Fund, person: Person, undecided: Undecided) -> list[Matter]:
    """What of it waits for this person's word."""
    return [each for each in undecided[1] if is_to_decide(fund, person, each)]


def is_to_decide(fund: Fund, person: Person, matter: Matter) -> bool:
    """Whether a matter is this person's to confirm."""
    try:
        matters.may_decide(person, matter, fund)
    except NotDone:
        return False
    return True


def about_of(act: Act, data: dict[str, Any]) -> str:
    """What is meant, in a word: the event's subject, or how many messages."""
    if not act.is_event:
        return ", ".join(str(each)[:8] for each in data["ids"][:3]) + (" …" if len(data["ids"]) > 3 else "")  # noqa: PLR2004
    return act.record.subject.format_map(data)


def event_id(matter: Matter) -> str:
    """The id under which it is sent: that of the matter, and of no other desk's."""
    return str(uuid5(NAMESPACE, f"{NAME}/{matter.id}/{matter.first_drafted.isoformat()}"))


def raw_of(matter: Matter, moment: datetime) -> bytes:
    """The CloudEvent of a matter, as of a moment; nothing where parked messages are meant."""
    act = ACTS[matter.act]
    if not act.is_event:
        return b""
    return event_of(act, matter.said, matter.source, event_id(matter), moment, about_of(act, matter.said))


def event_of(
    act: Act, data: dict[str, Any], source: str, id_: str, moment: datetime, subject: str | None = None
) -> bytes:
    """The CloudEvent of an act's data."""
    return cloud_event(
        id_=id_,
        source=source,
        type_=act.record.type,
        subject=subject,
        time=moment.isoformat(timespec="seconds"),
        data=data,
    )
