"""The desk over HTTP: forms in, matters out. What is sent here changes something, and who sends it is known.

An answer to what was sent is where to look (303), so that nothing is sent again by going back; what does not fit comes
back as it was written (422), what may not be with who may (403), what is decided already with who decided (409).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from typing import Protocol, TypeAlias

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from shared.console.acting import FORBIDDEN, Acting, Send
from shared.console.banking import Banking, LettingGo
from shared.console.demo_people import DemoPeople, who_are_you
from shared.console.gate import COOKIE, PERSON, Sessions, inside, keep_session, over_tls
from shared.console.letters import try_now
from shared.console.pages import budget_file, signing
from shared.console.pages.blocks import Page
from shared.console.pages.signing import NO_SUCH
from shared.console.pages.view import View
from shared.console.posted import File, NotAForm, sent_file, sent_form, sent_with_file
from shared.console.telling import Telling
from shared.console.waiting import Waiting
from shared.desk.beside import beside
from shared.desk.budget_parts import BUDGET
from shared.desk.desk import Desk, Undecided
from shared.desk.dry import Clock
from shared.desk.events import Hurried
from shared.desk.letters import said_at
from shared.desk.matters import Matter, NotDone
from shared.desk.people import People
from shared.desk.person import PeopleError, Person, TokenError
from shared.engine.ingress import Check
from shared.journal.home import Home
from shared.kernel.fund import Fund

Make: TypeAlias = Callable[[View, dict[str, str]], Page | str | None]
Does: TypeAlias = Callable[[View, dict[str, str], Person, Mapping[str, str]], Page | str | None]
"""The same, of who asks and what was sent; nothing was where the page is only read."""
Answers: TypeAlias = Callable[[Request], Awaitable[Response]]
Opened: TypeAlias = Callable[[], AbstractContextManager[Desk]]
"""Opens the desk for one request."""


class Pages(Protocol):
    """What writes a page as an answer."""

    def answer(self, make: Make, request: Request) -> Response:
        """The answer to a request."""


class Counter:
    """The desk's addresses. ``clock`` and ``most_days`` are those of the fund that it speaks to.

    ``check`` proves whose it is what was parked, ``opened`` opens the desk for one request; ``seen`` waits until
    what was just decided stands on the pages. What waits for a second person is ``undecided``.
    """

    def __init__(
        self,
        home: Home,
        fund: Fund,
        people: People,
        opened: Opened,
        send: Send,
        seen: Callable[[], object],
        undecided: Callable[[], Undecided],
        *,
        clock: Clock,
        most_days: int | None,
        check: Check,
        bank: Banking | None = None,
        hurry: Callable[[str], object] = lambda _: None,
    ) -> None:
        """``bank`` is the bank's desk, where it can be opened here; ``hurry`` reaches who sends a notice's letter.

        It does nothing where those who send letters read the desk's journal.
        """
        self._home, self._fund, self.people = home, fund, people
        self._opened, self._hurry = opened, hurry
        self._acting = Acting(home, fund, self._desk, send, seen, clock=clock, most_days=most_days, check=check)
        self.sessions, self.bank, self.waiting = Sessions(), bank, Waiting(undecided)
        self.telling = Telling(self._desk)

    def routes(self, pages_: Pages) -> list[Route]:
        """What is answered."""

        def page(make: Does) -> Answers:
            async def answer(request: Request) -> Response:
                try:
                    written = await sent_form(request) if request.method == "POST" else {}
                except NotAForm as error:
                    return await asyncio.to_thread(pages_.answer, error.page, request)
                return await asyncio.to_thread(pages_.answer, self._guarded(make, request, written), request)

            return answer

        both = ["GET", "POST"]
        return [
            Route("/sign-in", self._sign_in(pages_), methods=both),
            *self._code_flow(pages_),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/work", page(self._acting.work)),
            Route("/desk/letter/{no}", page(partial(try_now, self._home, self._desk, self._hurry)), methods=both),
            Route("/desk/new/budget/model", page(lambda view, *_: budget_file.model(view))),
            Route("/desk/new/budget", self._budget(pages_), methods=both),
            Route("/desk/new/{act}", page(self._acting.new), methods=both),
            *self._bank_files(pages_, page),
            Route("/desk/told/{parked}", page(self.telling.tell), methods=both),
            Route("/desk/{matter}", page(self._acting.one), methods=both),
        ]

    def _budget(self, pages_: Pages) -> Answers:
        """The form of a budget, which a file may fill."""
        parts = {"act": BUDGET.name}

        async def answer(request: Request) -> Response:
            try:
                written, file = await sent_with_file(request) if request.method == "POST" else ({}, None)
            except NotAForm as error:
                return await asyncio.to_thread(pages_.answer, error.page, request)
            filling = written.get("action") == budget_file.FILE
            make: Does = partial(self._acting.filled, file=file) if filling else self._acting.new
            made = self._guarded(lambda view, _, person, sent: make(view, parts, person, sent), request, written)
            return await asyncio.to_thread(pages_.answer, made, request)

        return answer

    def _bank_files(self, pages_: Pages, page: Callable[[Does], Answers]) -> list[Route]:
        """One of the bank's files for whoever reads, and for who lets it go."""
        if self.bank is None:
            return []
        files = LettingGo(self._fund, self.people, self.bank, self._desk)

        async def answer(request: Request) -> Response:
            return await asyncio.to_thread(pages_.answer, files.page, request)

        async def take(request: Request) -> Response:
            try:
                file = await sent_file(request) if request.method == "POST" else File(name="", content=b"")
            except NotAForm as error:
                return await asyncio.to_thread(pages_.answer, error.page, request)
            made = self._guarded(
                lambda view, _, person, __: files.take(view, person, file.name, file.content), request, {}
            )
            return await asyncio.to_thread(pages_.answer, made, request)

        return [
            Route("/bank/{file}", answer),
            Route("/desk/bank", take, methods=["GET", "POST"]),
            Route("/desk/bank/settle", page(files.settle), methods=["GET", "POST"]),
            Route("/desk/bank/again", page(files.again), methods=["GET", "POST"]),
            Route("/desk/bank/{file}", page(files.let_go), methods=["GET", "POST"]),
        ]

    # --- who is there

    def _guarded(self, make: Does, request: Request, written: Mapping[str, str]) -> Make:
        """What may not be is a page that says who may."""
        person: Person | None = request.scope.get(PERSON)

        def made(view: View, parts: dict[str, str]) -> Page | str | None:
            if person is None:
                return signing.nobody_yet(view, copy=False)
            try:
                return make(view, parts, person, written)
            except NotDone as why:
                if why.why in FORBIDDEN:
                    return signing.forbidden(view, why, self.people.all())
                if why.why == "anew":
                    return signing.anew(view, why, self.people.client, request.url.path)
                return None if why.why == "unknown" else signing.not_done(view, why)

        return made

    def _sign_in(self, pages_: Pages) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            then, wrong = inside(request.query_params.get("then", "")), ""
            if request.method == "POST":
                try:
                    sent = await sent_form(request)
                except NotAForm as error:
                    return await asyncio.to_thread(pages_.answer, error.page, request)
                person, wrong = await beside(self._whose, sent)
                if person:
                    moved = RedirectResponse(then, 303)
                    keep_session(moved, self.sessions.begin(person), secure=over_tls(request))
                    return moved
            return await asyncio.to_thread(pages_.answer, lambda view, _: self._asks(view, then, wrong), request)

        return answer

    def _code_flow(self, pages_: Pages) -> list[Route]:
        """The way to the identity provider and back, where the console is a client of one."""
        if self.people.client is None:
            return []
        from shared.console.code_flow import CodeFlow

        return CodeFlow(self.people.client, self.sessions, pages_.answer).routes()

    def _asks(self, view: View, then: str, wrong: str) -> Page:
        """The page that asks who somebody is."""
        if isinstance(self.people, DemoPeople):
            return who_are_you(view, then, self.people)
        return signing.sign_in(view, then, self.people, wrong=wrong)

    def _whose(self, sent: Mapping[str, str]) -> tuple[Person | None, str]:
        """Whose token it is, or why it is nobody's; in a demo, whose name."""
        if isinstance(self.people, DemoPeople):
            return self.people.named(sent.get("name", "")), NO_SUCH
        try:
            return self.people.by_token(sent.get("token", "").strip()), NO_SUCH
        except (TokenError, PeopleError) as error:
            return None, str(error)

    async def _sign_out(self, request: Request) -> Response:
        cookie = request.cookies.get(COOKIE, "")
        person = self.sessions.whose(cookie)
        self.sessions.end(cookie)
        of_provider = self.people.client and person and person.identity
        moved = RedirectResponse(f"/sign-in?{signing.LEFT}=1" if of_provider else "/sign-in", 303)
        moved.delete_cookie(COOKIE)
        return moved

    # --- pages

    def hurried(self, notice_no: str) -> tuple[Hurried, datetime] | None:
        """Who had a notice's letter tried last, and when."""
        with self._desk() as desk:
            return desk.state.hurried.get(notice_no)

    def said(self, cause: str) -> Matter | None:
        """The matter that two persons sent as an event of this id; None where it came from elsewhere."""
        with self._desk() as desk:
            return said_at(desk, cause)

    @contextmanager
    def _desk(self) -> Iterator[Desk]:
        with self._opened() as desk:
            asyncio.run(desk.load())
            yield desk
