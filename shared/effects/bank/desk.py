"""The bank's desk: orders are collected, sealed, approved and sent; answers are read and told. One for both stacks.

Each act is in the desk's journal before it is done. Whoever is killed between the two does it again at the next turn:
a file has the bytes that were sealed, the bank knows one that it has (DUPL rejects nothing), an answer is known by its
digest and an event by its id. Two desks over one journal (a command beside the running fund) do not harm one another
(``OwnStream``).
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TypeAlias, cast

from shared.adapters.bank.answers import KINDS, Answer, BankFileError, read_answer
from shared.adapters.bank.carrier import Carrier, Incoming
from shared.effects.bank import answering, sealing
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.collecting import Heard, collected
from shared.effects.bank.events import (
    AnswerRefused,
    AnswerTaken,
    Event,
    FileApproved,
    FileLeaves,
    FileSealed,
    FileSent,
    OrderCollected,
    OrderRepeated,
    OrderWithdrawn,
    ProviderNamed,
    Settled,
)
from shared.effects.bank.state import File, State, evolve
from shared.effects.bank.telling import told
from shared.engine.codec import Codec, Decision, decode_decisions
from shared.engine.faults import Broken
from shared.engine.journal import Store
from shared.engine.own_stream import Journal, OwnStream
from shared.events.keys import same_person
from shared.kernel.calendar import day_of
from shared.kernel.fund import Fund
from shared.kernel.money import euro
from shared.kernel.order_ref import end_to_end_id
from shared.kernel.stop import Stop

log = logging.getLogger(__name__)

NAME = STREAM = "bank"
SHORTEST_ID = 4

Publish: TypeAlias = Callable[[Sequence[bytes]], Awaitable[object]]
"""Gives events to the fund; when it returns they are durable there."""


class DeskError(Stop):
    """What was asked of the desk can't be done: what, and what to do; ``why`` names a refusal that pages say too."""

    def __init__(self, told: str, why: str = "") -> None:
        super().__init__(told)
        self.why = why


class Desk:
    """The desk of a fund over its own journal. ``carrier`` is None for who only looks, seals and approves.

    Who tells the fund has all of the store; for all else its journal is enough.
    """

    def __init__(self, fund: Fund, settings: BankSettings, store: Store | Journal, carrier: Carrier | None) -> None:
        self.fund, self.settings, self.state = fund, settings, State()
        self._store, self._carrier = store, carrier
        self._codec = Codec(Event)
        self._stream: OwnStream[Event] = OwnStream(NAME, store, self._codec, partial(evolve, self.state))
        self._told_until = -1
        self._alarms: dict[str, None] = {}

    async def load(self) -> None:
        """Fold what is in the journal and not known yet. Raises Broken where it contradicts itself; Unavailable."""
        await self._stream.load()

    # --- what is done

    async def turn(self, now: datetime, publish: Publish | None) -> None:
        """Seal what is due, send what may leave, read what has come, and tell the fund what follows.

        Raises BankUnavailable and Unavailable: the next turn goes on from where this one stopped.
        """
        await self.seal(now)
        await self.send(now)
        await self.take_all(now)
        if publish:
            await self.tell(publish)
        self.alarms(now)

    async def collect(self, heard: Sequence[Heard], now: datetime) -> None:
        """Take the fund's orders, each once by its id. One that comes again with other content raises Broken.

        An outcome may be heard before its order, which comes from another topic and may come again after it: the order
        then goes into no file.
        """

        def decide() -> Iterator[Event]:
            names, new, gone = dict(self.state.names), dict[str, OrderCollected](), set[str]()
            for each in heard:
                event = collected(self.fund, self.settings, names, each)
                if isinstance(event, ProviderNamed):
                    names[event.provider_code] = event.name
                    yield event
                elif isinstance(event, OrderWithdrawn):
                    if new.pop(event.order_id, None) or self._is_withdrawn_by(event, gone):
                        gone.add(event.order_id)
                        yield event
                elif event and event.order_id not in gone and self._is_new(event):
                    new[event.order_id] = event
            yield from new.values()

        await self._stream.append(decide, now, "collect")

    def _is_withdrawn_by(self, event: OrderWithdrawn, gone: set[str]) -> bool:
        """Whether an outcome keeps an order out of a file: one that waits, or that is not heard yet."""
        name, state = event.order_id, self.state
        return name not in gone and (
            name in state.waiting or (name not in state.orders and name not in state.withdrawn)
        )

    def _is_new(self, event: OrderCollected) -> bool:
        known = self.state.orders.get(event.order_id)
        if known is None:
            return event.order_id not in self.state.withdrawn
        for name in ("amount_cents", "iban", "payer", "source", "end_to_end_id"):
            if getattr(known, name) != getattr(event, name):
                now, before = getattr(event, name), getattr(known, name)
                raise Broken(f"order {event.order_id} came again with {name} {now}, it had {before}")
        return False

    async def seal(self, now: datetime, *, at_once: bool = False) -> list[FileSealed]:
        """Seal the files that are due, or all that wait. Raises BankFileError for an account that no file takes."""

        def decide() -> Iterator[Event]:
            for account, orders in sealing.due(self.state, self.settings, self.fund.calendar, now, at_once=at_once):
                yield sealing.sealed(self.state, self.settings, self.fund.calendar, account, orders, now)

        return [event for event in await self._stream.append(decide, now, "seal") if isinstance(event, FileSealed)]

    async def approve(self, named: str, by: str, now: datetime, identity: str | None = None) -> File:
        """Let a file go in a person's name, ``identity`` where a provider knows it; two above the limit.

        Raises DeskError.
        """
        await self.load()
        file_id, name = self.file_id(named), " ".join(by.split())
        if not name:
            raise DeskError("an approval has a name: --by NAME")

        def decide() -> Iterator[Event]:
            file = self.state.files[file_id]
            if file.state != "sealed":
                raise DeskError(f"file {file_id} is {file.state}: there is nothing to approve", "not_waiting")
            if sha256(file.sealed.content).hexdigest() != file.sealed.sha256:
                told = f"file {file_id} is not what was sealed, by its digest: a person must look"
                raise DeskError(told, "changed")
            if identity is None and any(each.identity for each in file.counted):
                told = f"file {file_id} is approved by persons who have signed in: a typed name is nobody's"
                raise DeskError(told, "typed")
            if any(_is_one(each, name, identity) for each in file.counted):
                told = f"file {file_id} was approved by {name} before: another person must approve it too"
                raise DeskError(told, "same_person")
            yield FileApproved(file_id=file_id, by=name, sha256=file.sealed.sha256, identity=identity)

        await self._stream.append(decide, now, "approve")
        return self.state.files[file_id]

    def file_id(self, named: str) -> str:
        """The file that an id, its beginning, or its name in the folder means."""
        text = named.rpartition("/")[2].removesuffix(".xml")
        found = [file_id for file_id in self.state.files if file_id.startswith(text)]
        if len(text) < SHORTEST_ID or len(found) != 1:
            many = "more than one file begins so" if len(found) > 1 else "there is no such file"
            raise DeskError(f"{named}: {many}; psdf bank status names them")
        return found[0]

    async def send(self, now: datetime) -> None:
        """Hand over the files that may leave, and those of which a crash left it open. Raises BankUnavailable."""
        if self._carrier is None:
            return
        await self.load()
        for file_id in list(self.state.open_files):
            file = self.state.files[file_id]
            if file.sent_at or len(file.approved_by) < file.sealed.approvals:
                continue
            if sha256(file.sealed.content).hexdigest() != file.sealed.sha256:
                raise Broken(f"file {file_id} is not what was sealed, by its digest: it does not leave")
            if not file.leaves:
                await self._stream.append(lambda: self._unless_gone(FileLeaves(file_id=file_id)), now, file_id)  # noqa: B023
            receipt = await self._carrier.send(file_id, file.sealed.content)
            sent = FileSent(file_id=file_id, receipt=receipt)
            await self._stream.append(lambda: self._unless_gone(sent), now, file_id)  # noqa: B023
            log.info("file %s is sent: %s", file_id, receipt)

    def _unless_gone(self, event: FileLeaves | FileSent) -> list[Event]:
        """The event, unless another desk was first."""
        file = self.state.files[event.file_id]
        return [] if file.sent_at or (file.leaves and isinstance(event, FileLeaves)) else [event]

    async def take_all(self, now: datetime) -> None:
        """Read what has come, in the order in which the bank made it; what can't be taken is put away, with why."""
        if self._carrier is None:
            return
        for came in in_order(await self._carrier.incoming()):
            refusal = None
            try:
                await self.take(came.name, came.content, now)
            except BankFileError as error:
                refusal = str(error)
                await self._refuse(came, refusal, now)
            await self._carrier.put_away(came, refusal)

    async def _refuse(self, came: Incoming, reason: str, now: datetime) -> None:
        digest = sha256(came.content).hexdigest()
        refused = AnswerRefused(sha256=digest, name=came.name, reason=reason)
        await self._stream.append(lambda: [] if digest in self.state.refused else [refused], now, came.name)

    async def take(self, name: str, content: bytes, now: datetime) -> AnswerTaken | None:
        """Read an answer of the bank, once by its digest; None where it is known. Raises BankFileError."""
        answer, digest = read_answer(content), sha256(content).hexdigest()

        def decide() -> Iterator[Event]:
            if digest not in self.state.answers:
                said = answering.read(self.state, self.settings, answer, name, digest)
                yield replace(said, told=tuple(self._told(said, answer)))

        events = await self._stream.append(decide, now, name)
        return events[0] if events and isinstance(events[0], AnswerTaken) else None

    def _told(self, said: AnswerTaken, answer: Answer) -> Iterator[str]:
        return told(self.state, self.settings, iter(said.answered), iter(said.credits), answer.created_at)

    async def tell(self, publish: Publish) -> int:
        """Give the fund what follows from answers and is not told yet; how many events."""
        count, version, store = 0, 0, cast("Store", self._store)
        if (known := self._stream.version) == self._told_until:
            return 0  # the journal is read from its beginning to find what is not told
        async for commit in store.unpublished():
            raws = [raw.encode() for decision in decode_decisions(commit.body) for raw in self._telling(decision)]
            if raws:
                await publish(raws)
            count, version = count + len(raws), commit.version
        if version:
            await store.mark({STREAM: version})
        self._told_until = max(version, known)
        return count

    def _telling(self, decision: Decision) -> Iterator[str]:
        for entry in decision.events:
            event = self._codec.decode(entry)
            if isinstance(event, AnswerTaken | FileSealed):
                yield from event.told

    async def settle(self, number: int, by: str, word: str, now: datetime) -> None:
        """A person has looked at what was set aside. Raises DeskError where there is none of that number."""

        def decide() -> Iterator[Event]:
            if number not in self.state.aside:
                told = f"{number}: nothing is set aside under it; psdf bank status lists what is"
                raise DeskError(told, "not_aside")
            yield Settled(number=number, by=by, word=word)

        await self._stream.append(decide, now, "settle")

    async def again(self, order_id: str, by: str, now: datetime) -> str:
        """Order once more what the bank did not carry out and the fund does not order again. Raises DeskError."""

        def decide() -> Iterator[Event]:
            if order_id not in self.state.failed:
                told = f"{order_id} is no transfer or return that the bank has rejected; payments are ordered anew"
                raise DeskError(told, "not_failed")
            first = order_id.partition("~")[0]
            new = f"{first}~{2 + sum(known.startswith(f'{first}~') for known in self.state.orders)}"
            yield OrderRepeated(order_id=order_id, by=by, new_order_id=new, end_to_end_id=end_to_end_id(new))

        (event,) = await self._stream.append(decide, now, "again")
        assert isinstance(event, OrderRepeated)
        return event.new_order_id

    # --- what is wrong

    def alarms(self, now: datetime) -> list[str]:
        """Why a person must look; the log hears of each when it is new, and when it is over."""
        found = dict.fromkeys(alarms(self.state, self.settings, self.fund, now))
        for alarm in found.keys() - self._alarms.keys():
            log.warning("the bank: %s", alarm)
        for alarm in self._alarms.keys() - found.keys():
            log.info("the bank, over: %s", alarm)
        self._alarms = found
        return list(found)


def _is_one(approved: FileApproved, name: str, identity: str | None) -> bool:
    """Whether it was this person who approved; a typed name does not count beside persons who have signed in."""
    return approved.identity == identity if identity else same_person(approved.by, name)


def alarms(state: State, settings: BankSettings, fund: Fund, now: datetime) -> Iterator[str]:
    """Silence of the bank, what waits for a person, what was set aside. Never a reason for a second order."""
    patience = timedelta(minutes=settings.answer_minutes)
    for file_id in state.open_files:
        file = state.files[file_id]
        about = f"file {file_id} of {len(file.sealed.orders)} orders, {euro(file.sealed.sum_cents)} EUR"
        if file.state == "sealed":
            missing = file.sealed.approvals - len(file.approved_by)
            yield f"{about}, waits for {missing} more to approve it"
        elif file.sent_at and not file.acknowledged and now - file.sent_at > patience:
            yield f"{about}, sent {file.sent_at:%Y-%m-%d %H:%M}: the bank has not said that it has it"
        over = sealing.execution_over(fund.calendar, file.sealed.on)
        if file.sent_at and day_of(now) > over:
            unanswered = [order_id for order_id in file.sealed.orders if state.orders[order_id].outcome is None]
            yield f"{about}: to be carried out on {file.sealed.on}, unanswered are {', '.join(unanswered[:20])}"
    for order_id in state.failed:
        order = state.orders[order_id]
        told = f"order {order_id}, {euro(order.amount_cents)} EUR, is {order.outcome}"
        yield f"{told}: the fund does not order it again; psdf bank again {order_id} --by NAME does"
    for aside in state.aside.values():
        yield f"{aside.number}: {aside.text}"


def in_order(came: Sequence[Incoming]) -> list[Incoming]:
    """Files in the order in which the bank made them; those that can't be read last."""

    def key(incoming: Incoming) -> tuple[float, int, int, str]:
        try:
            answer = read_answer(incoming.content)
        except BankFileError:
            return (float("inf"), 0, 0, incoming.name)
        number = min((each.number for each in answer.statements), default=0)
        return (answer.created_at.timestamp(), KINDS.index(answer.kind), number, incoming.name)

    return sorted(came, key=key)
