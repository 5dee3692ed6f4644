"""What a source may ask: its answers, its receipts, its contracts. Each is its own and nobody else's.

``GET /answers?after=CURSOR&wait=30`` is a long poll: it is answered when there is something behind the cursor, or when
the seconds are over. Who accepts ``text/event-stream`` gets the same as a stream. A cursor holds over restarts, and on
every door of the fund.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from shared.edge.audience import raw_of
from shared.edge.book import Book, CursorError, Item, Page, Receipt, cursor_of
from shared.edge.door import seconds_of
from shared.edge.words import PACKAGED, Languages, all_explained, in_both
from shared.engine.outbox import parked_topic
from shared.explain.sentences import sentence
from shared.kernel.language import LANGUAGES

PAGE, LARGEST_PAGE = 100, 1_000
READERS, MOST_WAITING, MOST_OF_ONE = 2, 200, 20
"""Questions to the book at once; and requests that may wait for what is still to come: half of all connections, and so
many of one source; as many of all who ask for receipts, who need not be known."""
KEEP_ALIVE_S = 15.0
"""A stream says that there is nothing new so often, and finds out that its reader has gone."""
RECEIPT_S = 5.0
"""How long a receipt is waited for: what was taken a moment ago is about to come into the book."""

T = TypeVar("T")
WhoAsks: TypeAlias = Callable[[Request], str]
"""The source that asks. Raises HTTPException 401 or 403."""
Sign: TypeAlias = Callable[[bytes], Mapping[str, object]]


class Library(Protocol):
    """The book of a stack, and how it is kept up."""

    book: Book
    news: "News"

    async def fresh(self) -> None:
        """All that has been told by now is in the book."""


class News:
    """Says to all who wait that something was told."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something was told, and whoever looks now will find it."""
        self._next.set()
        self._next = asyncio.Event()

    def next(self) -> asyncio.Event:
        """What is set when something is told next: take it before looking, wait for it after."""
        return self._next


class Inquiries:
    """Answers what sources ask."""

    def __init__(
        self,
        library: Library,
        who_asks: WhoAsks,
        sign: Sign | None = None,
        languages: Languages = PACKAGED,
        holds: Callable[[Request], bool] = lambda _: True,
    ) -> None:
        """Take the book, how a caller is known, what signs receipts (None: nothing does), the fund's languages.

        ``holds`` says whether what made a caller known still does: a stream ends where it does not.
        """
        self._holds = holds
        self._library, self._who_asks, self._sign, self._languages = library, who_asks, sign, languages
        self._readers, self._waiting = asyncio.Semaphore(READERS), Counter[str]()

    def routes(self) -> list[Route]:
        """What may be asked."""
        return [
            Route("/answers", self.answers),
            Route("/receipts/{digest}", self.receipt),
            Route("/contracts/{id}", self.contract),
        ]

    async def answers(self, request: Request) -> Response:
        """``GET /answers?source=/providers/1&after=CURSOR&wait=30&limit=100``: what the fund said to the source."""
        source, asked = self._who_asks(request), request.query_params
        after, wait_s = asked.get("after", ""), seconds_of(asked.get("wait", "0"), "wait")
        most = _limit(asked.get("limit", str(PAGE)))
        if "text/event-stream" in request.headers.get("accept", ""):
            return await self._stream(source, request.headers.get("last-event-id", after), request)

        try:
            found = await self._within(wait_s, partial(self._new, source, after, most), source)
            page = found or await self._ask(lambda book: book.page(source, after, most))
        except CursorError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from None
        items = [shown(item, self._languages) for item in page.items]
        return _json({"source": source, "answers": items, "after": page.cursor, "more": len(items) == most})

    async def _stream(self, source: str, after: str, request: Request) -> Response:
        """The answers one after another, for as long as the reader stays (server-sent events of the HTML standard).

        Each has its cursor as ``id``, with which a reader goes on after a break (``Last-Event-ID``). Raises
        HTTPException 400 for a cursor that is none.
        """
        _checked(after)
        with self._place(source):  # there is room now; the stream takes its place when it begins
            pass

        async def lines() -> AsyncIterator[bytes]:
            cursor = after
            with self._place(source):
                while True:
                    page = await awaited(KEEP_ALIVE_S, self._library, partial(self._new, source, cursor))
                    if not self._holds(request):
                        return
                    for item in page.items if page else ():
                        told = msgspec.json.encode(shown(item, self._languages))
                        yield b"id: %s\ndata: %s\n\n" % (item.cursor.encode(), told)
                        cursor = item.cursor
                    if page is None:
                        yield b": nothing new\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _new(self, source: str, after: str, most: int = PAGE) -> Page | None:
        """Answers behind a cursor; None where there are none."""
        page: Page = await self._ask(lambda book: book.page(source, after, most))
        return page if page.items else None

    async def receipt(self, request: Request) -> Response:
        """``GET /receipts/{digest}``: that an event with these bytes was taken, when, and where it lies.

        Who asks need not be known: whoever can name the digest has the bytes, or was told by who has.
        """
        digest = str(request.path_params["digest"])

        async def read() -> Receipt | None:
            found: Receipt | None = await self._ask(lambda book: book.receipt(digest))
            return found

        receipt = await read() or await self._within(RECEIPT_S, read, "/receipts")
        if receipt is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no event was taken whose bytes have the SHA-256 {digest[:64]}")
        record = msgspec.to_builtins(receipt)
        signed = self._sign(msgspec.json.encode(record)) if self._sign else None
        return _json({"receipt": record, **({"dsse": signed} if signed else {})})

    async def contract(self, request: Request) -> Response:
        """``GET /contracts/{id}``: a contract of one's own, as it stands now: of its provider, or of its payer."""
        source, contract_id = self._who_asks(request), str(request.path_params["id"])
        contract = await self._ask(lambda book: book.contract(contract_id, source))
        if contract is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"{source} has no contract {contract_id}")
        return _json(contract)

    async def _ask(self, ask: Callable[[Book], Any]) -> Any:  # noqa: ANN401 - whatever is asked
        async with self._readers:
            await self._library.fresh()
            return await asyncio.to_thread(ask, self._library.book)

    async def _within(self, wait_s: float, read: Callable[[], Awaitable[Any]], who: str) -> Any:  # noqa: ANN401 - as above
        """What is read, as soon as it is not None; None after so many seconds."""
        with self._place(who):
            return await awaited(wait_s, self._library, read)

    @contextmanager
    def _place(self, who: str) -> Iterator[None]:
        """One who waits, while a block runs. Raises HTTPException 503 where too many do, or this one too often."""
        if self._waiting.total() >= MOST_WAITING or self._waiting[who] >= MOST_OF_ONE:
            many = f"{MOST_OF_ONE} of {who}" if self._waiting[who] >= MOST_OF_ONE else f"{MOST_WAITING} requests"
            why = f"{many} wait for answers: ask again in 5 seconds, without waiting"
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, why, {"Retry-After": "5"})
        self._waiting[who] += 1
        try:
            yield
        finally:
            self._waiting[who] -= 1
            if not self._waiting[who]:
                del self._waiting[who]


async def awaited(wait_s: float, library: Library, read: Callable[[], Awaitable[T | None]]) -> T | None:
    """What is read, as soon as it is not None, read again whenever something was told; None after so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(wait_s or None):
            while True:
                news = library.news.next()
                if (found := await read()) is not None or not wait_s:
                    return found
                await news.wait()
    return None


def shown(item: Item, languages: Languages = PACKAGED) -> dict[str, object]:
    """An answer as its reader gets it: the event as it was told, a sentence, and its reasons in words."""
    event: dict[str, Any] = msgspec.json.decode(item.raw)
    data = event["data"]
    if event["type"].endswith(parked_topic("")):
        event["data"] = {**data, "raw_base64": None, "sha256": data.get("sha256") or _sha256(data)}
        words = {tag: f"{LANGUAGES[tag].words['parked']}: {data['error']}" for tag in languages}
    else:
        words = {tag: sentence(event["type"], data, tag) for tag in languages}
    reasons = data.get("reasons")
    if "reason" in data and "terms" in data:
        reasons = [{"code": data["reason"], "rule": next(iter(data["rules"]), None), "terms": data["terms"]}]
    said = {"event": event, "sentence": in_both(languages, words), "reasons": all_explained(reasons, languages)}
    return said | {"cursor": item.cursor}


def _sha256(data: Mapping[str, Any]) -> str:
    return sha256(raw_of(data)).hexdigest()


def _checked(after: str) -> None:
    try:
        cursor_of(after)
    except CursorError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST, str(error)) from None


def _limit(text: str) -> int:
    if not (re.fullmatch("[0-9]{1,4}", text) and 1 <= int(text) <= LARGEST_PAGE):
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"limit is {text[:20]}: give 1 to {LARGEST_PAGE}")
    return int(text)


def _json(record: object) -> Response:
    return Response(msgspec.json.encode(record), media_type="application/json", headers={"Cache-Control": "no-store"})
