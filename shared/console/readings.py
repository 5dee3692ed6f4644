"""What pages ask of the journal itself: reports, papers, what-ifs; each made in a process of its own and kept a while.

Who asks for a report waits for the one that is being made; of what-ifs there is one at a time.
"""

import asyncio
import multiprocessing
import threading
from collections import OrderedDict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.console.index.ask import asking
from shared.console.index.keeper import Keeper
from shared.console.pages.draft import Unclear, assumed, base_of
from shared.console.pages.reports import cut_off_of, reported_years
from shared.console.pages.view import View
from shared.journal.apart import Failed
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.kernel.language import LT
from shared.reports.apart import Busy, DraftShown, Drawn, answered, draft_paper, drafted, drawn, made_within, paper
from shared.reports.draft_budget import Assumptions
from shared.reports.questions import Question
from shared.reports.what_if import Answer

if TYPE_CHECKING:
    from collections.abc import MutableSequence

LONGEST_S: Final = 60.0
"""How long one may take, in seconds."""
SPAWN: Final = multiprocessing.get_context("spawn")
"""How processes of readings are begun: what they share with this one is made for that."""
KEPT: Final = 8
"""So many are kept, of the journal as it stood."""


class Readings:
    """The readings of one home."""

    def __init__(self, home: Home, fund: Fund, keeper: Keeper) -> None:
        """Take the home, and who knows how far its journal is read."""
        self._home, self._fund, self._keeper = home, fund, keeper
        self._made: OrderedDict[tuple[object, ...], Any] = OrderedDict()
        self._drawing, self._playing = threading.Lock(), threading.Lock()
        self.passed: MutableSequence[int] | None = None
        """Of the what-if under way how many days were played, of how many; None where there is none."""

    def report(self, year: int, cut_off: date, lang: str) -> Drawn:
        """A report's tables and papers. Raises Failed."""
        with self._drawing:
            made: Drawn = self._kept(drawn, year, cut_off, lang)
        return made

    def answer(self, question: Question, horizon: date, like: int | None) -> Answer:
        """A what-if. Raises Failed, Busy where another one is under way."""
        if not self._playing.acquire(blocking=False):
            raise Busy("another what-if is being played: come again in a minute")
        try:
            self.passed = SPAWN.RawArray("i", 2)
            made: Answer = self._kept(answered, question, horizon, like, beside=(self.passed,))
        finally:
            self.passed = None
            self._playing.release()
        return made

    def draft(self, year: int, cut_off: date, assume: Assumptions) -> DraftShown:
        """A draft of the next budget. Raises Failed."""
        with self._drawing:
            made: DraftShown = self._kept(drafted, year, cut_off, assume)
        return made

    async def paper_of_draft(self, request: Request) -> Response:
        """The paper of a draft as PDF; 404 where there is none."""
        return await asyncio.to_thread(self._paper_of_draft, request)

    def _paper_of_draft(self, request: Request) -> Response:
        try:
            on = date.fromisoformat(said) if (said := request.query_params.get("on", "")) else None
            with asking(self._keeper.path, on) as index:
                view = View(index, self._fund, LT, request.query_params)
                base, assume = base_of(view), assumed(view)
            if base is None:
                return PlainTextResponse("no month of a year with a budget is over\n", 404)
            year, until, _ = base
            with self._drawing:
                raw: bytes = self._kept(draft_paper, year, until, assume)
        except (ValueError, Unclear, Failed) as none:
            return PlainTextResponse(f"{none}\n", 404)
        headers = {"Content-Disposition": f'inline; filename="biudzeto-projektas-{year + 1}.pdf"'}
        return Response(raw, media_type="application/pdf", headers=headers)

    async def paper(self, request: Request) -> Response | None:
        """One paper of a year as PDF; None where there is none, 404 where it cannot be made."""
        return await asyncio.to_thread(self._paper, request)

    def _paper(self, request: Request) -> Response | None:
        year, name = str(request.path_params["year"]), str(request.path_params["name"])
        try:
            on = date.fromisoformat(said) if (said := request.query_params.get("on", "")) else None
            with asking(self._keeper.path, on) as index:
                view = View(index, self._fund, "lt", {})
                known = year.isdecimal() and int(year) in reported_years(view)
                cut_off = cut_off_of(view, int(year)) if known else None
            if cut_off is None or not name.endswith(".pdf"):
                return None
            with self._drawing:
                raw: bytes | None = self._kept(paper, int(year), cut_off, name)
        except (ValueError, Failed) as none:
            return PlainTextResponse(f"{none}\n", 404)
        headers = {"Content-Disposition": f'inline; filename="{year}-{name}"'}
        return Response(raw, media_type="application/pdf", headers=headers) if raw else None

    def _kept(self, make: Any, *asked: object, beside: tuple[object, ...] = ()) -> Any:  # noqa: ANN401 - whatever was asked for
        key = (self._keeper.read, make, *(msgspec.json.encode(each) for each in asked))
        made = self._made.pop(key, None)
        if made is None:
            made = made_within(make, self._home, self._fund, *asked, *beside, timeout_s=LONGEST_S)
        self._made[key] = made  # the last that was asked for is kept longest
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return made
