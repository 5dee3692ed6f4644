"""How far the what-if under way is, told to each page that waits: in tenths, so that little is read out."""

import asyncio
import time
from collections.abc import AsyncIterator
from html import escape

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.console.bell import STILL_HERE_S
from shared.console.index.keeper import NO_MORE, Keeper
from shared.console.pages.view import lang_of
from shared.console.readings import Readings
from shared.kernel.fund import Fund
from shared.kernel.language import LT, NO_BREAK_SPACE
from shared.reports.year.words import Say

LOOK_S = 0.2


class Progress:
    """Tells it by server-sent events. There is one what-if at a time, so whoever waits waits for that one."""

    def __init__(self, keeper: Keeper, readings: Readings, fund: Fund) -> None:
        """Take who says when the console ends, and who plays what-ifs."""
        self._keeper, self._readings, self._fund = keeper, readings, fund

    async def answer(self, request: Request) -> Response:
        """The words as they change; none while nothing is played."""
        headers = {"X-Accel-Buffering": "no"}
        lang = lang_of(self._fund, request.query_params.get("lang", ""))
        lithuanian = Say(self._fund, lang).language.code == LT
        return StreamingResponse(self._told(lithuanian=lithuanian), media_type="text/event-stream", headers=headers)

    async def _told(self, *, lithuanian: bool) -> AsyncIterator[str]:
        queue, told, at = self._keeper.listen(), "", time.monotonic()
        try:
            yield ": here\n\n"
            while True:
                try:
                    async with asyncio.timeout(LOOK_S):
                        if await queue.get() == NO_MORE:
                            return
                except TimeoutError:
                    words = self._words(lithuanian=lithuanian)
                    if words != told:
                        yield f"data: {escape(words)}\n\n"
                    elif time.monotonic() - at > STILL_HERE_S:
                        yield ": here\n\n"
                    else:
                        continue
                    told, at = words, time.monotonic()
        finally:
            self._keeper.leave(queue)

    def _words(self, *, lithuanian: bool) -> str:
        passed = self._readings.passed
        if passed is None:
            return ""
        days, of = passed
        tenths = f"{10 * days // of * 10 if of else 0}{NO_BREAK_SPACE}%"
        return f"Skaičiuojamas klausimas: {tenths}" if lithuanian else f"A question is being played: {tenths}"
