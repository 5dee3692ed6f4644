"""The bank's desk of a home or of the cluster, for pages: who lets its files go, by the code of ``psdf bank approve``.

Pages are made in threads, and one at a time asks the desk. What it knows is kept from page to page, a home's lock is
not: the running fund's desk, the process ``bank`` and commands act beside it.
"""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol, TypeAlias, TypeVar

from shared.adapters.bank.answers import BankFileError, read_answer
from shared.adapters.bank.orders import BankUnavailable
from shared.console.pages import bank, bank_forms
from shared.console.pages.blocks import Page, Text
from shared.console.pages.view import View
from shared.desk.acts import DEEDS
from shared.desk.deeds import may_do
from shared.desk.desk import Desk as PeopleDesk
from shared.desk.matters import NotDone, is_sure
from shared.desk.people import People
from shared.desk.person import Person, named
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.desk import Desk, DeskError
from shared.engine.faults import Broken, Unavailable
from shared.engine.own_stream import Journal
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund

T = TypeVar("T")
Opens: TypeAlias = Callable[[], AbstractContextManager[PeopleDesk]]
LONGEST_NAME = 200
"""So much of a file's name is kept."""
NUMBER = re.compile(r"[0-9]{1,9}")


class Seat(Protocol):
    """A desk that is open."""

    @property
    def desk(self) -> Desk:
        """To look at."""

    def acting(self, *, wait: bool) -> AbstractAsyncContextManager[Desk]:
        """To act at, for as long as the block runs."""


@dataclass(frozen=True)
class StoreSeat:
    """A desk over the cluster's store: the process ``bank`` sends and tells, the store takes one of two commits."""

    desk: Desk

    @asynccontextmanager
    async def acting(self, *, wait: bool) -> AsyncIterator[Desk]:  # noqa: ARG002 - nobody is waited for
        """The desk, as its journal has it now. Raises Broken, Unavailable."""
        await self.desk.load()
        yield self.desk


@asynccontextmanager
async def desk_in_store(fund: Fund, settings: BankSettings, store: Journal) -> AsyncIterator[Seat]:
    """Open the desk of the cluster beside its process."""
    yield StoreSeat(Desk(fund, settings, store, None))


class Banking:
    """The desk, opened when it is first asked."""

    def __init__(self, opens: Callable[[], AbstractAsyncContextManager[Seat]]) -> None:
        self._opens = opens
        self._one, self._runner = threading.Lock(), asyncio.Runner()
        self._opened: AsyncExitStack | None = None
        self._desk: Seat | None = None

    def look(self, of: Callable[[Desk], T]) -> T:
        """What is seen of the desk as its journal has it now. Raises DeskError, Broken, Unavailable."""

        async def looked(opened: Seat) -> T:
            await opened.desk.load()
            return of(opened.desk)

        return self._asked(looked)

    def act(self, act: Callable[[Desk, datetime], Awaitable[object]]) -> None:
        """Act, as a home's only desk, and send what may leave by then. Raises the same, BankUnavailable, and its own.

        What was done before the bank could not be reached is kept: the next turn goes on.
        """

        async def acted(opened: Seat) -> None:
            async with opened.acting(wait=True) as desk:
                now = datetime.now(VILNIUS)
                await act(desk, now)
                await desk.send(now)

        self._asked(acted)

    def end(self) -> None:
        """Let go of it."""
        with self._one:
            self._runner.run(self._close())
            self._runner.close()

    def _asked(self, ask: Callable[[Seat], Awaitable[T]]) -> T:
        with self._one:
            return self._runner.run(self._answered(ask))

    async def _answered(self, ask: Callable[[Seat], Awaitable[T]]) -> T:
        if self._desk is None or self._opened is None:
            self._opened = AsyncExitStack()
            self._desk = await self._opened.enter_async_context(self._opens())
        try:
            return await ask(self._desk)
        except Broken:
            await self._close()  # read anew, should somebody put the journal right
            raise

    async def _close(self) -> None:
        if self._opened:
            await self._opened.aclose()
        self._opened = self._desk = None


class LettingGo:
    """One file as a page, and its approval; an answer that two persons bring; what one says of what is left."""

    def __init__(self, fund: Fund, people: People, banking: Banking, desk: Opens) -> None:
        """``desk`` opens the people's desk, at which two agree on an answer of the bank."""
        self._fund, self._people, self._banking, self._desk = fund, people, banking, desk

    def page(self, view: View, parts: Mapping[str, str], fault: str = "") -> Page | None:
        """The file; None for one that there is none of. ``fault`` is why it was not let go."""

        def may(payer: str) -> None:
            if view.person:
                self._may(view.person, bank.FILE, payer)

        return self._banking.look(lambda desk: bank.file_page(view, desk, parts["file"], may, fault))

    def let_go(
        self, view: View, parts: Mapping[str, str], person: Person, sent: Mapping[str, str]
    ) -> Page | str | None:
        """Approve a file; the last one who has to lets it leave. Raises NotDone."""
        file_id = parts["file"]

        async def approve(desk: Desk, now: datetime) -> None:
            if file_id not in desk.state.files:
                raise NotDone("unknown", matter=file_id)
            self._may(person, bank.FILE, desk.state.files[file_id].sealed.payer)
            is_sure(person, now)
            await desk.approve(file_id, person.name, now, person.identity or None)

        try:
            if sent:
                self._banking.act(approve)
        except DeskError as error:
            return self.page(view, parts, bank.refused(view, error))
        except (BankUnavailable, Unavailable) as error:
            kept = view.t(
                "kas padaryta, tas liko, ir bus siunčiama iš naujo", "what was done is kept, and is sent again"
            )
            return self.page(view, parts, f"{error}; {kept}")
        return view.url(f"/bank/{file_id}")

    def take(self, view: View, person: Person, name: str, content: bytes) -> Page | str:
        """Read an answer of the bank that a second person has brought too, as ``psdf bank in`` does. Raises NotDone."""
        if not content and not name:
            return view.url("/bank", on="")
        self._may(person, bank.ANSWER, self._fund.state_payer)
        digest = sha256(content).hexdigest()
        said = list[Text]()

        async def take(desk: Desk, now: datetime) -> None:
            said.append(bank.taken(view, await desk.take(name[:LONGEST_NAME], content, now)))

        try:
            read_answer(content)
            if self._banking.look(lambda desk: digest in desk.state.answers):
                return bank.files(view, self._banking, said=bank.taken(view, None))
            with self._desk() as desk:
                first = asyncio.run(desk.agree(person, DEEDS[bank.ANSWER], content, datetime.now(VILNIUS)))
            if first is None:
                return bank.files(view, self._banking, said=bank.waits(view, digest))
            self._banking.act(take)
        except BankFileError as error:
            return bank.files(view, self._banking, said=bank.unread(view, error), status=422)
        except BankUnavailable:  # a file could not leave; the answer is read
            pass
        return bank.files(view, self._banking, said=said[0])

    def settle(self, view: View, _: Mapping[str, str], person: Person, sent: Mapping[str, str]) -> Page | str | None:
        """Keep what came of what was set aside, as ``psdf bank settle`` does. Raises NotDone."""
        if not sent:
            return view.url("/bank", on="")
        self._may(person, bank_forms.SETTLE, self._fund.state_payer)
        number, told = sent.get("number", ""), " ".join(sent.get("word", "").split())
        if not NUMBER.fullmatch(number) or not 0 < len(told) <= bank_forms.LONGEST_WORD:
            return bank.files(view, self._banking, said=bank_forms.wordless(view), status=422)

        async def settle(desk: Desk, now: datetime) -> Text:
            await desk.settle(int(number), named(person.name, person.identity), told, now)
            return bank_forms.settled(view, int(number))

        return self._said(view, settle)

    def again(self, view: View, _: Mapping[str, str], person: Person, sent: Mapping[str, str]) -> Page | str | None:
        """Order once more what the bank rejected, as ``psdf bank again`` does. Raises NotDone."""
        if not sent:
            return view.url("/bank", on="")
        order_id = sent.get("order", "")

        async def again(desk: Desk, now: datetime) -> Text:
            known = desk.state.orders.get(order_id)
            self._may(person, bank_forms.AGAIN, known.payer if known else self._fund.state_payer)
            is_sure(person, now)
            new = await desk.again(order_id, named(person.name, person.identity), now)
            return bank_forms.repeated(view, order_id, new)

        return self._said(view, again)

    def _said(self, view: View, act: Callable[[Desk, datetime], Awaitable[Text]]) -> Page | str:
        """The files, with what came of an act or why the desk does not do it."""
        said = list[Text]()

        async def acted(desk: Desk, now: datetime) -> None:
            said.append(await act(desk, now))

        try:
            self._banking.act(acted)
        except DeskError as error:
            return bank.files(view, self._banking, said=Text(text=bank.refused(view, error), tone="bad"), status=409)
        except BankUnavailable:  # a file could not leave; what was said is kept
            pass
        return bank.files(view, self._banking, said=said[0])

    def _is_of_provider(self, person: Person) -> None:
        """See that a person is one of the identity provider's, where the fund has one."""
        if self._people.issuer and not person.identity:
            raise NotDone("not_of_provider", name=person.name)

    def _may(self, person: Person, deed: str, payer: str) -> None:
        """See that a person may do a deed to what is a payer's."""
        self._is_of_provider(person)
        may_do(person, self._fund, DEEDS[deed].first, payer)
