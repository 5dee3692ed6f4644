"""The bank's desk of a home, for pages, and who lets its files go there: by the same code as ``psdf bank approve``.

Pages are made in threads, and one at a time asks the desk. What it knows is kept from page to page, its lock is not:
the running fund's desk and commands act beside it.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias, TypeVar

from shared.adapters.bank.answers import BankFileError, read_answer
from shared.adapters.bank.orders import BankUnavailable
from shared.console.pages import bank
from shared.console.pages.blocks import Page, Text
from shared.console.pages.view import View
from shared.desk.acts import DEEDS
from shared.desk.deeds import may_do
from shared.desk.desk import Desk as PeopleDesk
from shared.desk.matters import NotDone, is_sure
from shared.desk.people import People, Person
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.desk import Desk, DeskError
from shared.effects.bank.embedded import HomeDesk, open_desk
from shared.engine.faults import Broken, Unavailable
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund

T = TypeVar("T")
Opens: TypeAlias = Callable[[], AbstractContextManager[PeopleDesk]]
LONGEST_NAME = 200
"""So much of a file's name is kept."""


class Banking:
    """The desk, opened when it is first asked."""

    def __init__(self, home: Home, fund: Fund, settings: BankSettings) -> None:
        self._home, self._fund, self._settings = home, fund, settings
        self._one, self._runner = threading.Lock(), asyncio.Runner()
        self._opened: AsyncExitStack | None = None
        self._desk: HomeDesk | None = None

    def look(self, of: Callable[[Desk], T]) -> T:
        """What is seen of the desk as its journal has it now. Raises DeskError, Broken, Unavailable."""

        async def looked(opened: HomeDesk) -> T:
            await opened.desk.load()
            return of(opened.desk)

        return self._asked(looked)

    def act(self, act: Callable[[Desk, datetime], Awaitable[object]]) -> None:
        """Act as the home's only desk, and send what may leave by then. Raises the same, BankUnavailable, and its own.

        What was done before the bank could not be reached is kept: the next turn goes on.
        """

        async def acted(opened: HomeDesk) -> None:
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

    def _asked(self, ask: Callable[[HomeDesk], Awaitable[T]]) -> T:
        with self._one:
            return self._runner.run(self._answered(ask))

    async def _answered(self, ask: Callable[[HomeDesk], Awaitable[T]]) -> T:
        if self._desk is None or self._opened is None:
            self._opened = AsyncExitStack()
            self._desk = await self._opened.enter_async_context(open_desk(self._home, self._fund, self._settings))
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
    """One file as a page, and its approval; an answer that two persons bring."""

    def __init__(self, fund: Fund, people: People, banking: Banking, desk: Opens) -> None:
        """``desk`` opens the people's desk, at which two agree on an answer of the bank."""
        self._fund, self._people, self._banking, self._desk = fund, people, banking, desk

    def page(self, view: View, parts: Mapping[str, str], fault: str = "") -> Page | None:
        """The file; None for one that there is none of. ``fault`` is why it was not let go."""

        def may(payer: str) -> None:
            if view.person:
                self._may(view.person, payer)

        return self._banking.look(lambda desk: bank.file_page(view, desk, parts["file"], may, fault))

    def let_go(
        self, view: View, parts: Mapping[str, str], person: Person, sent: Mapping[str, str]
    ) -> Page | str | None:
        """Approve a file; the last one who has to lets it leave. Raises NotDone."""
        file_id = parts["file"]

        async def approve(desk: Desk, now: datetime) -> None:
            if file_id not in desk.state.files:
                raise NotDone("unknown", matter=file_id)
            self._may(person, desk.state.files[file_id].sealed.payer)
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
        self._is_of_provider(person)
        may_do(person, self._fund, DEEDS[bank.ANSWER].first, self._fund.state_payer)
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

    def _is_of_provider(self, person: Person) -> None:
        """See that a person is one of the identity provider's, where the fund has one."""
        if self._people.issuer and not person.identity:
            raise NotDone("not_of_provider", name=person.name)

    def _may(self, person: Person, payer: str) -> None:
        """See that a person may let a payer's file go."""
        self._is_of_provider(person)
        may_do(person, self._fund, DEEDS["bank-file"].first, payer)
