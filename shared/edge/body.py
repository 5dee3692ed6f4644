"""The events of a request's body: read within limits, and split byte for byte."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from shared.edge.jws import with_header
from shared.edge.modes import Mode, form_of, structured
from shared.messages.read import MAX_BYTES

MAX_EVENTS = 1_000
"""Events of one request."""
MAX_COMMAS_OF_A_BODY = 1_000_000
"""Of a whole body: what is more holds no events, and each value of a list costs memory before it can be counted."""
WAITING_REQUESTS, WAITING_BYTES = 200, 5 * MAX_BYTES
"""Requests with events whose body is there, and bytes of all, that may be under way at once; others come again later.
"""
RETRY_AFTER_S = 2
_LINE = re.compile(rb"\S[^\n]*")


class Room:
    """How much room there is for requests with events that are not answered yet."""

    def __init__(self) -> None:
        self._bytes = WAITING_BYTES
        self._coming: dict[Place, None] = {}
        self._whole = 0

    @contextmanager
    def taken(self) -> Iterator["Place"]:
        """A request's place while a block runs."""
        place = Place(self)
        self._coming[place] = None
        try:
            yield place
        finally:
            self._bytes += place.size
            if place in self._coming:
                del self._coming[place]
            elif place.whole:
                self._whole -= 1

    def grow(self, place: "Place", size: int) -> None:
        """Take room for so many bytes more; where there is none, a body that has been coming for longer goes.

        Raises HTTPException 503 where there is none.
        """
        while size > self._bytes:
            other = next((each for each in self._coming if each is not place and each.size), None)
            if other is None:
                raise busy(f"{WAITING_BYTES - self._bytes} bytes of events are under way")
            self._bytes += other.give_up()
            del self._coming[other]
        self._bytes -= size
        place.size += size

    def stay(self, place: "Place") -> None:
        """Its body is there: it waits for its turn now. Raises HTTPException 503 where too many do."""
        if self._whole == WAITING_REQUESTS:
            raise busy(f"{WAITING_REQUESTS} requests with events are under way")
        self._coming.pop(place, None)
        place.whole = True
        self._whole += 1


class Place:
    """A request's part of the room: ``size`` in bytes."""

    def __init__(self, room: Room) -> None:
        self.size, self.whole = 0, False
        self._room = room
        self._reading: asyncio.Timeout | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """The body comes while a block runs. Raises HTTPException 503 where it has to make room."""
        try:
            async with asyncio.timeout(None) as self._reading:
                yield
        except TimeoutError:
            raise busy(f"{WAITING_BYTES} bytes of events are under way, and this body was the slowest") from None
        self.stay()

    def stay(self) -> None:
        """The body is there. Raises HTTPException 503 where too many wait."""
        self._room.stay(self)

    def grow(self, size: int) -> None:
        """Take room for so many bytes more. Raises HTTPException 503 where there is none."""
        self._room.grow(self, size)

    def give_up(self) -> int:
        """Stop reading; how many bytes that makes free."""
        size, self.size = self.size, 0
        assert self._reading
        self._reading.reschedule(0)
        return size


def busy(why: str) -> HTTPException:
    """Ask to come again a little later: 503 with Retry-After."""
    again = f"send it again in {RETRY_AFTER_S} seconds; nothing of it was taken"
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, f"{why}: {again}", headers)


async def messages_of(request: Request, place: Place) -> list[bytes]:
    """The messages of a body, in whatever mode; none in an empty batch.

    Raises HTTPException 400, 413, 415 for a body that is none, 503 for no room.
    """
    form = form_of(request.headers)
    said = request.headers.get("content-length", "0")
    if said.isdigit() and int(said) > MAX_BYTES:
        raise _too_large(f"the body has more than {MAX_BYTES} bytes")
    body = await _body(request, place)
    if form.mode == "binary":
        return with_header(request.headers, form.mode, [structured(form.attributes, body)])
    raws = with_header(request.headers, form.mode, split(body, form.mode))
    if not raws and form.mode != "batch":
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the body holds no event")
    return raws


async def _body(request: Request, place: Place) -> bytes:
    body = bytearray()
    try:
        async with place.reading():
            async for chunk in request.stream():
                if len(body) + len(chunk) > MAX_BYTES:
                    raise _too_large(f"the body has more than {MAX_BYTES} bytes")
                place.grow(len(chunk))
                body += chunk
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the body ended too early; nothing of it was taken") from None
    return bytes(body)


def split(body: bytes, mode: Mode) -> list[bytes]:
    """The messages, byte for byte; a batch that is no list is one message that can't be read.

    Lines that are one JSON document together are one message. Raises HTTPException 413 for more than ``MAX_EVENTS``.
    """
    if mode == "one" or (mode == "lines" and _is_one_document(body)):
        return [body] if body.strip() else []
    if mode == "lines":
        raws: list[bytes] = []
        for found in _LINE.finditer(body):
            if len(raws) == MAX_EVENTS:
                lines = body.count(b"\n") + 1
                raise _too_large(f"the body has more than {MAX_EVENTS} events ({lines} lines)")
            raws.append(found.group().rstrip())
        return raws
    if (commas := body.count(b",")) > MAX_COMMAS_OF_A_BODY:
        raise _too_large(
            f"the body has {commas} commas, more than {MAX_COMMAS_OF_A_BODY}, so more than {MAX_EVENTS} events"
        )
    try:
        batch = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return [body] if body.strip() else []
    if len(batch) > MAX_EVENTS:
        raise _too_large(f"the body has {len(batch)} events, more than {MAX_EVENTS}")
    return [bytes(raw) for raw in batch]


def _is_one_document(body: bytes) -> bool:
    """Whether a body of lines is one JSON document; found out at its second line where it is not."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True


def _too_large(why: str) -> HTTPException:
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{why}: send the events in several requests")
