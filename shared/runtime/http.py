"""The fund over HTTP: events in, answers and views out, in JSON; an error is ``{"error": one line}``."""

import asyncio
import sqlite3
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.payments.views import notices
from shared.engine.journal import Broken
from shared.messages.envelope import MAX_BYTES
from shared.runtime.answers import Answer, answers
from shared.runtime.embedded import Stack
from shared.runtime.facts import facts, written
from shared.runtime.home import reading
from shared.runtime.overview import overview
from shared.runtime.parked import ReleaseError, find_parked, parked_events, released
from shared.runtime.story import Lang
from shared.runtime.telemetry_metrics import CONTENT_TYPE
from shared.runtime.why import story_of

ONE = ("application/json", "application/cloudevents+json")
LINES, BATCH = "application/x-ndjson", "application/cloudevents-batch+json"


def fund_app(stack: Stack) -> Starlette:
    """The HTTP interface of a running fund."""
    desk = Desk(stack)
    return Starlette(
        routes=[
            Route("/events", desk.events, methods=["POST"]),
            Route("/invoices/{provider}/{number:path}", desk.invoice),
            Route("/fund", desk.fund),
            Route("/notices", desk.notices),
            Route("/parked", desk.parked),
            Route("/parked/{id}/release", desk.release, methods=["POST"]),
            Route("/livez", desk.livez),
            Route("/readyz", desk.readyz),
            Route("/metrics", desk.metrics),
        ],
        exception_handlers={HTTPException: _as_json, Broken: _stopped},
    )


class Desk:
    """What answers the requests."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    async def events(self, request: Request) -> Response:
        """``POST /events``: one event, lines, or a batch; 202 when all is durable, with an answer for each."""
        raws = await _messages(request)
        return _json({"answers": await self._publish(raws)}, HTTPStatus.ACCEPTED)

    async def invoice(self, request: Request) -> Response:
        """``GET /invoices/{provider}/{number}?lang=en``: the whole story."""
        invoice_id = f"{request.path_params['provider']}/{request.path_params['number']}"
        lang = _lang(request)
        story = await self._read(lambda connection: story_of(connection, self._stack.fund, invoice_id, lang))
        if story is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no event about invoice {invoice_id} is known")
        return _json(story)

    async def fund(self, _: Request) -> Response:
        """``GET /fund``: where the fund stands."""
        return _json(overview(self._stack.fund, self._stack.engine))

    async def notices(self, _: Request) -> Response:
        """``GET /notices``: notices under way, with how often their delivery failed; and those that were told."""
        letters = self._stack.letters
        deliveries = letters.deliveries if letters else {}
        under_way = []
        for notice in notices(self._stack.payments):
            delivery = deliveries.get(notice.notice_no)
            record = msgspec.to_builtins(notice)
            record["failures"], record["fault"] = (delivery.failures, delivery.fault) if delivery else (0, None)
            under_way.append(record)
        told = await self._read(lambda connection: [f.data for f in facts(connection, [written("overrun.notified")])])
        return _json({"under_way": under_way, "told": told})

    async def parked(self, _: Request) -> Response:
        """``GET /parked``: all that was laid aside, and whether it was released."""
        return _json({"parked": await self._read(parked_events)})

    async def release(self, request: Request) -> Response:
        """``POST /parked/{id}/release``: give the bytes to the door again; the answer is that of ``/events``."""
        prefix = str(request.path_params["id"])
        try:
            raw = released(find_parked(await self._read(parked_events), prefix))
        except ReleaseError as error:
            raise HTTPException(HTTPStatus.CONFLICT, str(error)) from None
        return _json({"answers": await self._publish([raw])}, HTTPStatus.ACCEPTED)

    async def livez(self, _: Request) -> Response:
        """``GET /livez``: the process answers."""
        return PlainTextResponse("ok")

    async def readyz(self, _: Request) -> Response:
        """``GET /readyz``: work is taken, else 503 and why."""
        fault = self._stack.health.fault
        return PlainTextResponse(fault or "ok", HTTPStatus.SERVICE_UNAVAILABLE if fault else HTTPStatus.OK)

    async def metrics(self, _: Request) -> Response:
        """``GET /metrics``: for Prometheus."""
        return Response(self._stack.telemetry.metrics.text(), media_type=CONTENT_TYPE)

    async def _publish(self, raws: list[bytes]) -> list[Answer]:
        told = await self._stack.publish(raws)
        return answers(raws, told, self._stack.engine("invoicing"), lambda: reading(self._stack.home))

    async def _read(self, ask: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401 - whatever is asked
        """Ask the journal's file beside the loop, which goes on deciding."""

        def asked() -> Any:  # noqa: ANN401
            with reading(self._stack.home) as connection:
                return ask(connection)

        return await asyncio.to_thread(asked)


def _lang(request: Request) -> Lang:
    match request.query_params.get("lang", "en"):
        case "lt":
            return "lt"
        case "en":
            return "en"
        case other:
            raise HTTPException(HTTPStatus.BAD_REQUEST, f"lang is lt or en, not {other}")


async def _messages(request: Request) -> list[bytes]:
    """The messages of a body. 400, 413, 415 for a body that is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (*ONE, LINES, BATCH):
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"Content-Type is {kind or 'missing'}: give {ONE[1]} (one event), {LINES} or {BATCH} (many)",
        )
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"the body has more than {MAX_BYTES} bytes: send the events in several requests",
            )
    raws = _split(bytes(body), kind)
    if not raws:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the body holds no event")
    return raws


def _split(body: bytes, kind: str) -> list[bytes]:
    """The messages, byte for byte; a batch that is no list is one message that can't be read."""
    if kind == LINES:
        return [line for each in body.split(b"\n") if (line := each.strip())]
    if kind == BATCH:
        try:
            return [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
        except (msgspec.MsgspecError, ValueError):
            return [body]
    return [body] if body.strip() else []


def _json(record: Any, status: HTTPStatus = HTTPStatus.OK) -> Response:  # noqa: ANN401 - any record
    return Response(msgspec.json.encode(record), status, media_type="application/json")


async def _as_json(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _json({"error": error.detail}, HTTPStatus(error.status_code))


async def _stopped(_: Request, error: Exception) -> Response:
    return _json({"error": f"the fund has stopped: {error}"}, HTTPStatus.SERVICE_UNAVAILABLE)
