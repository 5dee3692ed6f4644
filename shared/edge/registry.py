"""The registry over HTTP: two persons' words go in with the operator's token, public keys come out for all."""

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
from shared.engine.ingress import OfKeys, OfWebhooks, State, Word
from shared.engine.keys import Keys
from shared.events.keys import KeyRegistered, KeyRevoked
from shared.events.webhooks import WebhookRegistered, WebhookRemoved
from shared.messages.read import Event, Malformed, parse
from shared.messages.write import cloud_event

WORDS = tuple(record.type for record in (KeyRegistered, KeyRevoked, WebhookRegistered, WebhookRemoved))


def _speaker(type_: str) -> str:
    """Who says what is registered: the persons who keep the registry."""
    return f"/{type_.partition('.')[0]}s"


class Registrar(Protocol):
    """A stack that keeps the registry."""

    @property
    def registry(self) -> State:
        """What is registered."""

    async def register(self, event: Event) -> None:
        """Take a word on a key or a webhook. Raises ValueError where its moment is not known."""


def word_on(type_: str, data: dict[str, Any]) -> bytes:
    """A CloudEvent of the registry."""
    return cloud_event(
        id_=str(uuid4()),
        source=_speaker(type_),
        type_=type_,
        subject=data["keyid"] if "keyid" in data else data["source"],
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        data=data,
    )


def read_word(raw: bytes, *, strict: bool = False) -> Event:
    """A word on a key, whose proof holds, or on a webhook; ``strict``: as from outside. Raises Malformed."""
    event = parse(raw, outside=False, strict=strict)
    data = event.data
    if not isinstance(data, Word):
        raise Malformed(event.type, f"type: {event.type} is none of {', '.join(WORDS)}")
    if isinstance(data, KeyRegistered) and (fault := unproven(data)):
        raise Malformed(event.type, fault)
    if data.at is not None:
        raise Malformed(event.type, "at: the fund's own clock says when it comes into force")
    return event


class Registry:
    """Takes what the keepers of the registry say."""

    def __init__(self, registrar: Registrar, callers: Callers) -> None:
        self._registrar, self._callers, self._room = registrar, callers, Room()

    async def keys(self, request: Request) -> Response:
        """``POST /keys``: a ``key.registered`` or ``key.revoked`` as a CloudEvent, with the operator's token."""
        word = await self._taken(request, OfKeys)
        return _json({"keyid": word.keyid, "type": word.type})

    async def webhooks(self, request: Request) -> Response:
        """``POST /webhooks``: a ``webhook.registered`` or ``webhook.removed``, with the operator's token."""
        word = await self._taken(request, OfWebhooks)
        return _json({"source": word.source, "type": word.type})

    async def _taken(self, request: Request, wanted: Any) -> Any:  # noqa: ANN401 - a union of records, and one of them
        """The word of a request, when it is in force. Raises HTTPException."""
        self._callers.keeper(request)
        with self._room.taken() as place:
            raws = await messages_of(request, place)
        if len(raws) != 1:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "give one event at a time")
        try:
            event = read_word(raws[0], strict=True)
        except Malformed as malformed:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, malformed.error) from None
        if not isinstance(event.data, wanted):
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, f"type: {event.type} is not taken here")
        try:
            if why_not := self._registrar.registry.why_not(event.data):
                raise HTTPException(HTTPStatus.CONFLICT, why_not)
            await self._registrar.register(event)
        except ValueError as error:
            raise HTTPException(HTTPStatus.CONFLICT, str(error)) from None
        return event.data


def _json(record: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(record), HTTPStatus.CREATED, media_type="application/json")


def published(keys: Callable[[], Keys], own: OwnKey) -> Callable[[Request], Awaitable[Response]]:
    """``GET /.well-known/jwks.json``: the fund's own key, which signs receipts, and those of sources, valid now."""

    async def answer(_: Request) -> Response:
        now = datetime.now(UTC)
        active = [key for key in keys().by_id.values() if key.is_active(now)]
        found = [own.jwk(), *(jwk(key.keyid, key.public_key) | {"psdf:source": key.source} for key in active)]
        return Response(msgspec.json.encode({"keys": found}), media_type="application/jwk-set+json")

    return answer
