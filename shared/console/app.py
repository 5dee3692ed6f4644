"""The console over HTTP: which address is which page, and what stands around each.

A page is HTML for a person, JSON for a machine (``?as=json``, or ``Accept: application/json``), and each of its tables
is CSV (``?as=csv&table=KEY``; ``csv-lt`` as a Lithuanian spreadsheet opens it). ``?on=2022-03-05`` is the end of that
day, ``?lang=en`` English.
"""

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from importlib.resources import files
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from shared.console.access import kept_from
from shared.console.bell import Bell
from shared.console.counter import Counter, Pages
from shared.console.demo_people import DemoPeople
from shared.console.gate import PERSON, Gate, Sessions, told
from shared.console.index.ask import asking
from shared.console.index.keeper import Keeper
from shared.console.operations import BEING_READ, Hears, operations, tried
from shared.console.pages import (
    articles,
    bank,
    boards,
    budget,
    contracts,
    draft,
    invoice,
    invoices,
    matters,
    money,
    notices,
    nowhere,
    ops,
    public,
    queues,
    reports,
    rules,
    seals,
    search,
    signing,
    technical,
    today,
    tour,
    traces,
    twelfth,
    what_if,
)
from shared.console.pages.blocks import Page
from shared.console.pages.late import late_panels
from shared.console.pages.render import as_file, as_json, html
from shared.console.pages.view import View, address, lang_of
from shared.console.papers import Papers
from shared.console.progress import Progress
from shared.console.prometheus import Prometheus
from shared.console.readings import Readings
from shared.console.refusals import shown
from shared.desk.matters import NotDone
from shared.desk.person import Person
from shared.desk.words import word
from shared.effects.letter_to_carry import letter_to_carry
from shared.engine.faults import Broken, Unavailable
from shared.journal.home import Home
from shared.journal.parked import dismissed
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.language import LT
from shared.kernel.stop import Stop
from shared.telemetry.viewer import Viewer

Made: TypeAlias = Callable[[View, dict[str, str]], Page | str | None]
"""Makes a page: of a view and the parts of its address; a text is where to go instead, None is nothing there."""

DESK = "/desk/"
"""Where something is said to the fund: not while its journal contradicts itself."""
READING_LT = "Konsolė dar skaito žurnalą: puslapis atsivers pats."
ASKED = 500
"""The longest word of a query that is looked at."""


class Beside(Protocol):
    """Pages that somebody else has beside the console's own, and to which of their addresses a form is sent."""

    changes: Sequence[str]

    def routes(self, pages: Pages) -> Sequence[Route]:
        """What is answered."""


class Console:
    """The pages of one fund."""

    def __init__(
        self,
        home: Home,
        fund: Fund,
        keeper: Keeper,
        counter: Counter | None = None,
        statuses: Hears | None = None,
        viewer: Viewer | None = None,
        beside: Beside | None = None,
        prometheus: Prometheus | None = None,
    ) -> None:
        """Take the home and who keeps its index fresh; where there are, the counter, processes, a viewer, and more."""
        self._home, self._fund, self._keeper, self._counter = home, fund, keeper, counter
        self._readings, self._papers = Readings(home, fund, keeper), Papers(home, fund, keeper)
        self._statuses, self._viewer, self._prometheus = statuses, viewer, prometheus
        self._beside, self._bank = beside, counter.bank if counter else None

    def app(self) -> ASGIApp:
        """The ASGI application. Answers are packed, all but the bell: what is fetched first is a third of it then."""
        pages = [Route(path, self._route(make)) for path, make in self._pages()]
        static = StaticFiles(directory=str(files("shared.console") / "static"))
        routes = [
            *(self._counter.routes(self) if self._counter else ()),
            *(self._beside.routes(self) if self._beside else ()),
            *pages,
            Route("/notices/{no}/letter.pdf", self._file(self._papers.letter)),
            Route("/seals/{number}/file", self._file(self._papers.seal)),
            Route("/years/{year}/closing.json", self._file(self._papers.closing)),
            Route(draft.PAPER, self._file(self._readings.paper_of_draft)),
            Route("/reports/{year}/{name}", self._file(self._readings.paper)),
            Route("/bell", Bell(self._keeper).answer),
            Route(what_if.PROGRESS, self._file(Progress(self._keeper, self._readings, self._fund).answer)),
            Route("/livez", _alive),
            Route("/readyz", self._ready),
            Mount("/static", static),
            Route("/{path:path}", self._route(_nothing)),
        ]
        people, sessions = (self._counter.people, self._counter.sessions) if self._counter else (None, Sessions())
        changes = self._beside.changes if self._beside else ()
        app = GZipMiddleware(Starlette(routes=routes), compresslevel=4)
        return Gate(app, people, sessions, changes, lambda why: shown(why, self.answer))

    def foreign(self) -> ASGIApp:
        """What a browser is shown that a page of another site has sent here."""
        return told(shown("elsewhere", self.answer))

    def _pages(self) -> list[tuple[str, Made]]:
        def year(make: Callable[[View, int], Page | None]) -> Made:
            return lambda view, parts: make(view, _number(parts["year"]))

        def day(make: Callable[[View, date], Page | None]) -> Made:
            return lambda view, parts: make(view, found) if (found := _day(parts["day"])) else None

        letter = partial(letter_to_carry, self._home, self._fund)
        tries = partial(tried, self._home, statuses=self._statuses)
        told = self._counter.telling.told if self._counter else lambda _: {}
        asked = partial(operations, self._home, self._keeper, self._statuses)
        return [
            ("/", lambda view, _: view.url("/fund")),
            ("/fund", lambda view, _: today.today(view)),
            ("/invoices", lambda view, _: invoices.invoices(view, everything=_as_csv(view))),
            (
                "/invoices/{provider}/{number:path}",
                lambda view, p: invoice.invoice(view, f"{p['provider']}/{p['number']}"),
            ),
            ("/queues", lambda view, _: queues.queues(view)),
            (
                "/queues/{payer}/{article}/{source}",
                lambda view, p: queues.queue(view, p["payer"], p["article"], p["source"]),
            ),
            ("/terms", lambda view, _: money.due(view)),
            ("/articles/{article}", lambda view, p: articles.article(view, p["article"])),
            ("/payers/{payer}", lambda view, p: articles.payer(view, p["payer"])),
            ("/payments", lambda view, _: money.payments(view)),
            ("/payments/{day}", day(money.payment_day)),
            ("/payments/{day}/{payer}/{source}", money.payment_account),
            ("/days/{day}", day(money.day_of)),
            ("/bank", lambda view, _: bank.files(view, self._bank, everything=_as_csv(view))),
            ("/notices", lambda view, _: notices.notices(view)),
            (
                "/notices/{no}",
                lambda view, p: notices.notice(view, p["no"], self._counter, letter, tries),
            ),
            ("/contracts", lambda view, _: contracts.contracts(view)),
            ("/contracts/{contract:path}", lambda view, p: contracts.contract(view, p["contract"])),
            ("/providers/{code}", lambda view, p: contracts.provider(view, p["code"])),
            ("/budget", lambda view, _: view.url(f"/budget/{view.today.year}")),
            ("/budget/draft", lambda view, _: draft.draft(view, self._readings.draft)),
            ("/budget/{year}", year(budget.budget)),
            ("/budget/{year}/month", year(twelfth.month_plan)),
            ("/reserve", lambda view, _: view.url(f"/reserve/{view.today.year}")),
            ("/reserve/{year}", year(budget.reserve)),
            ("/statements", lambda view, _: matters.statements(view)),
            ("/claims", lambda view, _: matters.claims(view)),
            ("/claims/{claim:path}", lambda view, p: matters.claim(view, p["claim"])),
            ("/years", lambda view, _: view.url(f"/years/{matters.year_to_close(view)}")),
            ("/years/{year}", year(self._year)),
            ("/rules", lambda view, _: rules.rules(view)),
            ("/rules/{point:path}", lambda view, p: rules.rule(view, p["point"])),
            ("/seals", lambda view, _: seals.seals(view, self._home.proof, everything=_as_csv(view))),
            ("/seals/{number}", lambda view, p: seals.seal(view, _number(p["number"]), self._home.proof)),
            ("/search", lambda view, _: self._search(view)),
            ("/traces/{trace}", lambda view, p: traces.way_back(view, p["trace"])),
            ("/events/{event:path}", lambda view, p: technical.event(view, p["event"])),
            ("/parked", lambda view, _: technical.parked(view, told(view))),
            ("/parked/{id}", lambda view, p: technical.parked_one(view, p["id"], told(view))),
            ("/tour", lambda view, _: tour.tour(view)),
            ("/ops", lambda view, _: ops.ops(view, self._bank, asked)),
            ("/ops/boards", lambda view, _: boards.index(view, self._prometheus)),
            ("/ops/boards/{uid}", lambda view, p: boards.board(view, p["uid"], self._prometheus)),
            ("/reports", lambda view, _: reports.reports(view)),
            ("/reports/{year}", year(lambda view, of: reports.report(view, of, self._readings.report))),
            ("/what-if", lambda view, _: what_if.what_if(view, self._readings.answer)),
            ("/open", lambda view, _: public.open_data(view)),
            ("/work", lambda view, _: signing.nobody_yet(view, copy=self._home.cluster_prefix.exists())),
        ]

    def _route(self, make: Made) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await asyncio.to_thread(self.answer, make, request)

        return answer

    # --- one request

    def answer(self, make: Made, request: Request) -> Response:
        """The page that is made, as it was asked for; who has no role yet sees none."""
        asked = {name: text[:ASKED] for name, text in request.query_params.items()} | _as_json(request)
        wanted, read = asked.get("on", ""), self._keeper.read
        if not self._keeper.path.is_file():
            said = f"{READING_LT}\n{self._keeper.fault or BEING_READ}: come again in a minute\n"
            return PlainTextResponse(said, 503, {"Refresh": "5"})
        try:
            with asking(self._keeper.path, _day(wanted)) as index:
                person = request.scope.get(PERSON)
                view = View(index, self._fund, lang_of(self._fund, asked.get("lang", "")), asked, person)
                view.dismissed, view.viewer, view.statuses = dismissed(self._home), self._viewer, self._statuses
                view.beside = self._beside.changes if self._beside else ()
                page: Page | str | None = self._kept(view, person, request.url.path)
                page = page or nowhere.no_such_day(view, wanted)
                if self._keeper.broken and request.url.path.startswith(DESK):
                    page = page or signing.stopped(view, self._keeper.fault or "")
                page = page or make(view, {k: str(v) for k, v in request.path_params.items()})
                if isinstance(page, str):
                    return RedirectResponse(page, 303 if request.method == "POST" else 307)
                return self._written(view, page or nowhere.not_found(view, request.url.path), request, asked, read)
        except (sqlite3.Error, Stop, Broken, Unavailable) as error:
            return PlainTextResponse(f"{error}\n", 503)

    def _kept(self, view: View, person: Person | None, path: str) -> Page | None:
        """The page that is shown instead to who may not read an address: which roles do, and whom to ask."""
        if person is None or self._counter is None:
            return None
        people = self._counter.people.all()
        if not person.role:
            return signing.without_role(view, person, people)
        if roles := kept_from(person, path):
            why = NotDone("not_read", role=person.role, roles=",".join(roles))
            return signing.forbidden(view, why, people)
        return None

    def _file(self, gives: Callable[[Request], Awaitable[Response | None]]) -> Callable[[Request], Awaitable[Response]]:
        """What is no page, given to who may read pages of its address; a page says so where there is none."""

        async def answer(request: Request) -> Response:
            person = request.scope.get(PERSON)
            kept = person and (not person.role or kept_from(person, request.url.path))
            given = None if kept else await gives(request)
            return given if given is not None else await asyncio.to_thread(self.answer, _nothing, request)

        return answer

    def _written(self, view: View, page: Page, request: Request, asked: dict[str, str], read: int) -> Response:
        as_, path = asked.get("as", ""), request.url.path
        if as_ == "json":
            said = as_json(page, late_panels(view, path, page))
            return Response(said, page.status, media_type="application/json")
        if as_ in ("csv", "csv-lt") and (file := as_file(view, path, page, asked)):
            return Response(file[0], media_type="text/csv", headers=file[1])
        around = self._around(view, page, request, asked) | {"read": read}
        return Response(html(view, page, around), page.status, media_type="text/html")

    def _around(self, view: View, page: Page, request: Request, asked: dict[str, str]) -> dict[str, Any]:
        path = address(request.scope["path"])
        live = page.live and view.index.on is None and asked.get("live") != "off" and page.status == 200  # noqa: PLR2004

        def here(**changes: str) -> str:
            query = {name: text for name, text in (asked | changes).items() if text and name not in ("as", "table")}
            return path + (f"?{urlencode(query)}" if query else "")

        def file(as_: str, key: str) -> str:
            query = {name: text for name, text in asked.items() if text} | {"as": as_} | ({"table": key} if key else {})
            return f"{path}?{urlencode(query)}"

        return {
            "path": path,
            "home": view.url("/fund"),
            "here": here(),
            "now": here(on=""),
            "other": here(lang="en" if view.lithuanian else "") if self._fund.lang(LT) else "",
            "pause": here(live="" if asked.get("live") == "off" else "off"),
            "technical": asked.get("technical") == "on",
            "switch": here(technical="" if asked.get("technical") == "on" else "on"),
            "along": tour.along(view),
            "file": file,
            "kept": [(name, text) for name, text in asked.items() if name not in ("on", "as", "table")],
            "asked_lang": asked.get("lang", ""),
            "live": live,
            "days": view.index.days(),
            "fault": self._keeper.fault,
            "demo": self._counter is not None and isinstance(self._counter.people, DemoPeople),
            "broken": self._keeper.broken,
            "clock": f"{datetime.now(VILNIUS):%H:%M:%S}",
            "fragment": request.headers.get("hx-request") == "true",
            "waits": {
                "parked": technical.parked_waiting(view) if _may_read(request, "/parked") else 0,
                "work": self._counter.waiting.of(view) if self._counter else 0,
            },
            "role": word("roles", view.person.role, view.base) if view.person and view.person.role else "",
        }

    # --- pages that need more than the index

    def _search(self, view: View) -> Page | str:
        asked = view.asked.get("q", "").strip()
        found = search.exact(view, asked) if asked else None
        return view.url(found) if found else search.search(view, asked)

    def _year(self, view: View, year: int) -> Page | None:
        if view.index.days() is None or year not in budget.known_years(view):
            return None
        return matters.year_end(view, year, self._papers.close_of(year, view.today))

    # --- whether it lives

    async def _ready(self, _: Request) -> Response:
        fault = self._keeper.fault or ("" if self._keeper.wait_ready(0) else BEING_READ)
        return PlainTextResponse(fault or "ok", 503 if fault else 200)


def _as_csv(view: View) -> bool:
    """Whether a list is asked for as a file, which has no pages."""
    return view.asked.get("as", "").startswith("csv")


def _may_read(request: Request, path: str) -> bool:
    """Whether who asks may read an address, as the gate has it: where it knows people, nobody who did not sign in."""
    if PERSON not in request.scope:
        return True
    person: Person | None = request.scope[PERSON]
    return person is not None and not kept_from(person, path)


def _nothing(_: View, __: dict[str, str]) -> None:
    """What is at an address that we do not have."""


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok")


def _as_json(request: Request) -> dict[str, str]:
    """JSON that is asked for by its media type: the same as by the address."""
    accept = request.headers.get("accept", "")
    return {"as": "json"} if "application/json" in accept and "text/html" not in accept else {}


def _number(text: str) -> int:
    """A number of an address, of at most nine digits; -1, which nothing has, for anything else."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else -1


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None
