"""The desk over HTTP: forms in, matters out. What is sent here changes something, and who sends it is known.

An answer to what was sent is where to look (303), so that nothing is sent again by going back; what does not fit comes
back as it was written (422), what may not be with who may (403), what is decided already with who decided (409).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Protocol, TypeAlias

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from shared.console.banking import Banking, LettingGo
from shared.console.demo_people import DemoPeople, who_are_you
from shared.console.gate import COOKIE, PERSON, Sessions, inside, keep_session, over_tls
from shared.console.letters import try_now
from shared.console.pages import budget_file, matter, nowhere, signing, work
from shared.console.pages.blocks import Page
from shared.console.pages.drafting import drafting
from shared.console.pages.signing import NO_SUCH
from shared.console.pages.view import View
from shared.console.posted import File, NotAForm, sent_file, sent_form, sent_with_file
from shared.console.telling import Telling
from shared.console.waiting import Waiting
from shared.desk.acts import ACTS, Act, may_see
from shared.desk.beside import beside
from shared.desk.budget_file import BUDGET, filled
from shared.desk.desk import Desk, Undecided, event_of
from shared.desk.drafts import begun, begun_like, checked, parked_with
from shared.desk.dry import Clock, Foreseen, Understood, foresee, moment_of, understood
from shared.desk.events import Hurried
from shared.desk.forms import Fault, written_of
from shared.desk.letters import begun_letter, letter_faults, said_at
from shared.desk.matters import Matter, NotDone, may_begin
from shared.desk.people import People, PeopleError, Person, TokenError
from shared.engine.ingress import Check
from shared.events.vlk import OverrunDelivered
from shared.explain.results import Answer
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop

FORBIDDEN = frozenset(
    {"not_entitled", "same_person", "not_told_apart", "other_payer", "not_yours", "no_voice", "not_of_provider"}
)

Make: TypeAlias = Callable[[View, dict[str, str]], Page | str | None]
Does: TypeAlias = Callable[[View, dict[str, str], Person, Mapping[str, str]], Page | str | None]
"""The same, of who asks and what was sent; nothing was where the page is only read."""
Answers: TypeAlias = Callable[[Request], Awaitable[Response]]
Opened: TypeAlias = Callable[[], AbstractContextManager[Desk]]
"""Opens the desk for one request."""
Send: TypeAlias = Callable[[Desk, Matter], Matter]
"""Gives a confirmed matter to the fund, and keeps its answer. Raises Stop where it can't now."""


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
        self._home, self._fund, self.people, self._send_on, self._seen = home, fund, people, send, seen
        self._opened, self._check = opened, check
        self._clock: Clock = clock
        self._most_days, self._hurry = most_days, hurry
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
            Route("/work", page(self._work)),
            Route("/desk/letter/{no}", page(partial(try_now, self._home, self._desk, self._hurry)), methods=both),
            Route("/desk/new/budget/model", page(lambda view, *_: budget_file.model(view))),
            Route("/desk/new/budget", self._budget(pages_), methods=both),
            Route("/desk/new/{act}", page(self._new), methods=both),
            *self._bank_files(pages_, page),
            Route("/desk/told/{parked}", page(self.telling.tell), methods=both),
            Route("/desk/{matter}", page(self._one), methods=both),
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
            make: Does = partial(self._filled, file=file) if filling else self._new
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

    def _work(self, view: View, _: dict[str, str], person: Person, __: Mapping[str, str]) -> Page:
        with self._desk() as desk:
            return work.work(view, desk, person)

    def _new(self, view: View, parts: dict[str, str], person: Person, sent: Mapping[str, str]) -> Page | str | None:
        """A form, empty, begun or mended; what was written into it becomes a draft when it fits."""
        act = ACTS.get(parts["act"])
        if act is None:
            return None
        may_begin(person, act, self._fund)
        action = _action(view, act)
        if not sent and act.name == "budget" and (like := view.asked.get("like")):
            adopted = [event.data for event in view.index.of_type("budget.adopted")]
            lines = begun_like(act, adopted, like)
            return self._form(view, act, lines, (), action) if lines else nowhere.no_such_edition(view, like)
        if not sent:
            return self._form(view, act, self._begun(view, act), (), action)
        if sent.get("action") == "rows":
            return self._form(view, act, sent, (), action, more_rows=True)
        with self._desk() as desk:
            data, faults = checked(self._fund, act, person, sent)
            faults = faults or list(letter_faults(self._home, self._fund, act, data))
            if faults:
                return self._form(view, act, sent, faults, action)
            again = view.asked.get("again") or None
            return view.url(f"/desk/{asyncio.run(desk.draft(person, act, data, _now(), again)).id}")

    def _form(
        self,
        view: View,
        act: Act,
        written: Mapping[str, str],
        faults: Sequence[Fault],
        action: str,
        *,
        more_rows: bool = False,
    ) -> Page:
        accepted = self._accepted(written) if act.name == "review" else None
        return drafting(view, act, written, faults, action=action, more_rows=more_rows, accepted=accepted)

    def _filled(
        self, view: View, _: dict[str, str], person: Person, sent: Mapping[str, str], *, file: File | None
    ) -> Page:
        """The form of a budget as a file fills it."""
        may_begin(person, BUDGET, self._fund)
        chosen = file or File(name="", content=b"")
        now, faults = filled(self._fund, person, chosen.content, sent)
        said = () if faults else (budget_file.filled_from(view, chosen.name, now),)
        return drafting(view, BUDGET, now, faults, action=_action(view, BUDGET), said=said)

    def _begun(self, view: View, act: Act) -> Mapping[str, str]:
        """What is filled in before anything was written: an earlier matter, or what the journal and the link say."""
        if earlier := view.asked.get("again") or view.asked.get("of"):
            with self._desk() as desk:
                found = desk.matter(earlier)
            return written_of(act, found.said) if found.act == act.name else {}
        if not act.is_event and (error := view.asked.get("error")):
            return {"ids": "\n".join(parked_with(self._home, error))}
        if act.record is OverrunDelivered:
            return begun_letter(self._home, self._fund, view.asked.get("notice_no", "")) | dict(view.asked)
        return begun(self._home, act, self._fund) | dict(view.asked)

    def _accepted(self, written: Mapping[str, str]) -> dict[str, object] | None:
        """What accepting the invoice now would say: its day and its term, by the service's own rules."""
        invoice, contract = written.get("invoice_id", ""), written.get("contract_id", "")
        if not (invoice and contract):
            return None
        data = {"invoice_id": invoice, "contract_id": contract, "verdict": "accept", "reasons": []}
        raw = event_of(ACTS["review"], data, "/vlk", "desk-asks", moment_of(self._home, self._fund, self._clock))
        told = foresee(self._home, self._fund, self._clock, self._most_days, [raw]).told
        return next((data for type_, data in told if type_ == "invoice.accepted"), None)

    def _one(self, view: View, parts: dict[str, str], person: Person, sent: Mapping[str, str]) -> Page | str | None:
        """One matter; what was sent is done first."""
        fault = ""
        with self._desk() as desk:
            one = desk.matter(parts["matter"])
            if not (person.is_same(one.by, one.identity) or may_see(person, self._fund, one.payer)):
                raise NotDone("other_payer", payer=one.payer or "ministry", own=person.payer or "ministry")
            if sent:
                try:
                    moved = self._act(view, desk, one, person, sent)
                except NotDone as why:
                    if why.why in (*FORBIDDEN, "anew"):
                        raise
                    fault = why.said(view.base)
                else:
                    return moved
            one = desk.matter(one.id)
            foreseen = self._foreseen(one) if one.stage in ("drafted", "proposed") else None
            return matter.matter(view, desk, person, one, foreseen, fault)

    def _act(self, view: View, desk: Desk, one: Matter, person: Person, sent: Mapping[str, str]) -> str:
        here = view.url(f"/desk/{one.id}")
        match sent.get("action"):
            case "propose":
                asyncio.run(desk.propose(person, one.id, _now()))
            case "withdraw":
                asyncio.run(desk.withdraw(person, one.id, _now()))
            case "refuse":
                asyncio.run(desk.refuse(person, one.id, sent.get("words", ""), _now()))
            case "confirm":
                moment = moment_of(self._home, self._fund, self._clock)
                confirmed = asyncio.run(desk.confirm(person, one.id, _now(), moment))
                self._sent(desk, confirmed)
            case "mend":
                return view.url(f"/desk/new/{one.act}", again=one.id)
        return here

    def _sent(self, desk: Desk, matter: Matter) -> None:
        """Give it to the fund now; where that fails, it is given again until it is taken, and the page says so."""
        with suppress(Stop):
            self._send_on(desk, matter)
            self._seen()

    def _foreseen(self, one: Matter) -> Foreseen:
        act = ACTS[one.act]
        moment = moment_of(self._home, self._fund, self._clock)
        if act.is_event:
            raw = event_of(act, one.said, one.source, f"desk-asks-{one.id}", moment)
            return foresee(self._home, self._fund, self._clock, self._most_days, [raw])
        found = understood(self._home, act, one.said, self._check)
        raws = [each.raw for each in found if each.raw]
        played = foresee(self._home, self._fund, self._clock, self._most_days, raws)
        return Foreseen(answers=(*_faults(found), *played.answers), told=played.told)


def _faults(found: Sequence[Understood]) -> list[Answer]:
    """What still can't be read, as answers; and how many now can."""
    return [Answer(id=each.id, type="", outcome="parked", error=each.fault) for each in found if each.fault]


def _action(view: View, act: Act) -> str:
    """Where the form of an act is sent to: what it mends, or is begun with, goes along."""
    return view.url(f"/desk/new/{act.name}", of=view.asked.get("of", ""), again=view.asked.get("again", ""))


def _now() -> datetime:
    return datetime.now(VILNIUS)
