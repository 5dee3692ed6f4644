"""The registry of keys over HTTP: two persons' words go in with the operator's token, public keys come out for all."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol
from uuid import uuid4

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.edge.body import Room, messages_of
from shared.edge.keys import OwnKey, jwk, unproven
from shared.edge.tokens import Callers
from shared.engine.keys import Keys
from shared.events.keys import KeyRegistered, KeyRevoked
from shared.messages.read import Event, Malformed, parse
from shared.messages.write import cloud_event

SOURCE = "/keys"
"""Who says what is registered and revoked: the persons who keep the registry."""


class Registrar(Protocol):
    """A stack that keeps the registry."""

    @property
    def keys(self) -> Keys:
        """What is registered."""

    async def register(self, event: Event) -> None:
        """Take a word on a key. Raises ValueError where its moment is not known."""


def word_on(type_: str, data: dict[str, Any]) -> bytes:
    """A CloudEvent of the registry."""
    return cloud_event(
        id_=str(uuid4()),
        source=SOURCE,
        type_=type_,
        subject=data["keyid"],
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        data=data,
    )


def read_word(raw: bytes) -> Event:
    """The event of a word on a key, whose proof holds. Raises Malformed."""
    event = parse(raw, outside=False)
    data = event.data
    if not isinstance(data, KeyRegistered | KeyRevoked):
        raise Malformed(event.type, f"type: {event.type} is not {KeyRegistered.type} or {KeyRevoked.type}")
    if isinstance(data, KeyRegistered) and (fault := unproven(data)):
        raise Malformed(event.type, fault)
    if data.at is not None:
        raise Malformed(event.type, "at: the fund's own clock says when it comes into force")
    return event


class Registry:
    """Takes what the keepers of the registry say."""

    def __init__(self, registrar: Registrar, callers: Callers) -> None:
        self._registrar, self._callers, self._room = registrar, callers, Room()

    async def register(self, request: Request) -> Response:
        """``POST /keys``: a ``key.registered`` or ``key.revoked`` as a CloudEvent, with the operator's token."""
        self._callers.keeper(request)
        with self._room.taken() as place:
            raws = await messages_of(request, place)
        if len(raws) != 1:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "give one event at a time")
        try:
            event = read_word(raws[0])
        except Malformed as malformed:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, malformed.error) from None
        assert isinstance(event.data, KeyRegistered | KeyRevoked)
        try:
            if why_not := self._registrar.keys.why_not(event.data):
                raise HTTPException(HTTPStatus.CONFLICT, why_not)
            await self._registrar.register(event)
        except ValueError as error:
            raise HTTPException(HTTPStatus.CONFLICT, str(error)) from None
        body = msgspec.json.encode({"keyid": event.data.keyid, "type": event.type})
        return Response(body, HTTPStatus.CREATED, media_type="application/json")


def published(keys: Callable[[], Keys], own: OwnKey) -> Callable[[Request], Awaitable[Response]]:
    """``GET /.well-known/jwks.json``: the fund's own key, which signs receipts, and those of sources, valid now."""

    async def answer(_: Request) -> Response:
        now = datetime.now(UTC)
        active = [key for key in keys().by_id.values() if key.is_active(now)]
        found = [own.jwk(), *(jwk(key.keyid, key.public_key) | {"psdf:source": key.source} for key in active)]
        return Response(msgspec.json.encode({"keys": found}), media_type="application/jwk-set+json")

    return answer
