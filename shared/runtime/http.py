"""The embedded stack over HTTP: events in, answers and views out, in JSON; an error is a problem (RFC 9457)."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from time import monotonic, perf_counter
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from services.payments.views import notices
from shared.edge import openapi
from shared.edge.answers import Inquiries, awaited
from shared.edge.body import Room, busy, messages_of
from shared.edge.callers import OurNames
from shared.edge.door import Door, receipt_of, reply
from shared.edge.einvoice.of_journal import OfJournal
from shared.edge.einvoice.reception import Reception
from shared.edge.einvoice.routes import of_callers, takes_ubl
from shared.edge.keys import OwnKey
from shared.edge.problems import as_problem, problem
from shared.edge.registry import Registry, published
from shared.edge.signatures import as_it_came, at_arrival
from shared.edge.statement import StatementError, read_imported
from shared.edge.tokens import Callers
from shared.engine.faults import Broken
from shared.engine.outbox import Message
from shared.engine.waiting import Waits
from shared.explain.overview import overview
from shared.explain.results import Answer, Answers, no_fault
from shared.explain.sentences import Lang
from shared.explain.why import story_of
from shared.journal.events import facts, written
from shared.journal.home import Home, HomeError, reading
from shared.journal.parked import ParkedEvent, ReleaseError, find_parked, parked_events, parked_page, released
from shared.kernel.fund import Fund
from shared.kernel.language import EN
from shared.runtime.embedded import Stack
from shared.runtime.mutual import Mutual
from shared.telemetry.metrics import CONTENT_TYPE

PAGE, LARGEST_PAGE = 100, 1_000
"""Parked messages on a page, unless told; and at most."""
READERS, READS_WAITING, READ_S = 2, 20, 10.0
"""Questions to the journal at once, those that may wait for them, and the seconds that one may take."""
TURN_S = 0.05
"""How long answers are made for one sender before others have their turn, in seconds."""


def fund_app(
    stack: Stack,
    names: Iterable[str] = (),
    *,
    probes: bool = True,
    operator: str = "",
    more: Iterable[Route] = (),
    mutual: Mutual | None = None,
) -> ASGIApp:
    """The HTTP interface of a running fund, which is called by ``names`` beside those of loopback.

    Without ``probes`` these have a port of their own (``probes_app``). ``operator`` is the token of who runs it;
    ``more`` are routes of others, ``mutual`` is whose client certificates count.
    """
    callers = Callers(
        lambda: stack.registry.keys, stack.fund.fund_id, is_open=stack.signatures.all_sign, operator=operator
    )
    app = Starlette(
        routes=openapi.served([*routes_of(stack, callers), *more, *(probe_routes(stack) if probes else ())]),
        exception_handlers={HTTPException: as_problem, Broken: _stopped, HomeError: _unreadable},
    )
    return OurNames(mutual.known(app, lambda: stack.registry.keys) if mutual else app, names)


def routes_of(stack: Stack, callers: Callers) -> list[Route]:
    """What is answered: sources' own matters, then the operator's."""
    handlers = Handlers(stack)
    own, registry = OwnKey(stack.home.receipt_key), Registry(stack, callers)
    return [
        Route("/events", handlers.door.events, methods=["POST", "OPTIONS"]),
        *Inquiries(stack.library, callers.source, own.receipt, stack.fund.languages, callers.holds).routes(),
        Route("/.well-known/jwks.json", published(lambda: stack.registry.keys, own)),
        Route("/keys", registry.keys, methods=["POST"]),
        Route("/webhooks", registry.webhooks, methods=["POST"]),
        Route("/statements", callers.only_keeper(handlers.statement), methods=["POST"]),
        *(of_callers(Reception(OfJournal(stack)), callers) if takes_ubl(stack.fund) else ()),
        Route("/invoices/{provider}/{number:path}", callers.its_own(handlers.invoice)),
        Route("/fund", callers.only_operator(handlers.fund)),
        Route("/notices", callers.only_operator(handlers.notices)),
        Route("/notices/{no}/try", callers.only_operator(handlers.try_letter), methods=["POST"]),
        Route("/parked", callers.only_operator(handlers.parked)),
        Route("/parked/{id}", callers.only_operator(handlers.parked_whole)),
        Route("/parked/{id}/release", callers.only_operator(handlers.release), methods=["POST"]),
        Route("/desk", callers.only_keeper(handlers.desk), methods=["POST"]),
    ]


def probes_app(stack: Stack, names: Iterable[str] = ()) -> ASGIApp:
    """What an orchestrator and Prometheus ask, on a port of its own: they may call it by its address."""
    return OurNames(Starlette(routes=probe_routes(stack)), names, any_address=True)


def probe_routes(stack: Stack) -> list[Route]:
    """Does it live, is it ready, what has it done."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        fault, health = stack.look(), stack.health
        if fault is None:
            return PlainTextResponse("ok")
        waits = Waits() if health.broken else health.waits
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, fault, waits=dict(waits), waits_since=waits.since)

    async def metrics(_: Request) -> Response:
        await stack.parked.look()
        return Response(stack.telemetry.metrics.text(), media_type=CONTENT_TYPE)

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]


class Handlers:
    """What answers the requests that are of the embedded stack alone, and takes its events."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.door = Door(
            self,
            days=stack.moment == "event" and not stack.signatures.all_sign,
            languages=stack.fund.languages,
            keys=lambda: stack.registry.keys,
            known=stack.signatures.knows,
        )
        self._of_desk = Door(OwnPeople(self), languages=stack.fund.languages)
        self._readers, self._waiting = asyncio.Semaphore(READERS), 0
        self._lookups, self._room = asyncio.Semaphore(READERS), Room()

    async def invoice(self, request: Request) -> Response:
        """``GET /invoices/{provider}/{number}?lang=en``: the whole story, for its provider and the operator."""
        invoice_id = f"{request.path_params['provider']}/{request.path_params['number']}"
        lang = _lang(request, self._stack.fund)
        story = await self._read(lambda connection: story_of(connection, self._stack.fund, invoice_id, lang))
        if story is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no event about invoice {invoice_id} is known")
        return _json(story)

    async def statement(self, request: Request) -> Response:
        """``POST /statements``: Sodra's statement of a file, for which two persons stand; with the operator's token."""
        with self._room.taken() as place:
            raws = await messages_of(request, place)
        if len(raws) != 1:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "give one statement at a time")
        try:
            read_imported(raws[0])
        except StatementError as error:
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from None
        return reply(await self._answers(raws, await self._stack.publish(raws, own=True), own=True))

    async def fund(self, _: Request) -> Response:
        """``GET /fund``: where the fund stands."""
        return _json(overview(self._stack.fund, self._stack.engine))

    async def notices(self, _: Request) -> Response:
        """``GET /notices``: notices under way, with how often and when last their delivery failed; and those told."""
        letters = self._stack.letters
        deliveries = letters.deliveries if letters else {}
        under_way = []
        for notice in notices(self._stack.payments):
            delivery = deliveries.get(notice.notice_no)
            record = msgspec.to_builtins(notice)
            record["failures"], record["fault"] = (delivery.failures, delivery.fault) if delivery else (0, None)
            record["failed_at"] = delivery.failed_at if delivery else None
            under_way.append(record)
        told = await self._read(lambda connection: [f.data for f in facts(connection, [written("overrun.notified")])])
        return _json({"under_way": under_way, "told": told})

    async def try_letter(self, request: Request) -> Response:
        """``POST /notices/{no}/try``: send a letter now that waits for its next try; one being sent stays so."""
        _see_json(request)
        notice_no, letters = str(request.path_params["no"]), self._stack.letters
        if not (letters and letters.hurry(notice_no)):
            raise HTTPException(HTTPStatus.NOT_FOUND, f"no letter of a notice {notice_no} is on its way")
        return _json({"notice_no": notice_no})

    async def parked(self, request: Request) -> Response:
        """``GET /parked?after=ID&limit=100``: what was laid aside, in its order, by pages, without its bytes."""
        after, limit = request.query_params.get("after"), _limit(request)
        try:
            page = await self._read(lambda connection: parked_page(connection, after, limit))
        except ReleaseError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None
        return _json(page)

    async def parked_whole(self, request: Request) -> Response:
        """``GET /parked/{id}``: one message that was laid aside, with all its bytes in base64."""
        try:
            return _json(await self._parked(request))
        except ReleaseError as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None

    async def release(self, request: Request) -> Response:
        """``POST /parked/{id}/release``: give the bytes to the door again; the answer is that of ``/events``.

        Its content type is ``application/json``, which no form of another site's page can send.
        """
        _see_json(request)
        try:
            parked = await self._parked(request)
            raw = released(parked, as_it_came(self._stack.signatures, self._stack.moment))
        except ReleaseError as error:
            raise HTTPException(HTTPStatus.CONFLICT, str(error)) from None
        self._stack.parked.changed()
        return await self._of_desk.again(raw, request)

    async def desk(self, request: Request) -> Response:
        """``POST /desk``: an event that two persons of the fund agreed on, with the operator's token; no signature.

        The answer is that of ``/events``.
        """
        return await self._of_desk.events(request)

    async def _parked(self, request: Request) -> ParkedEvent:
        prefix = str(request.path_params["id"])
        found: ParkedEvent = await self._read(lambda connection: find_parked(parked_events(connection), prefix))
        return found

    async def take(self, raws: Sequence[bytes], wait_s: float, *, own: bool = False) -> list[Answer]:
        """Decide on events; an invoice that waits for something is waited for, as long as is asked."""
        told = await self._stack.publish(raws, own=own)
        given = await self._answers(raws, told, own=own)
        if wait_s and any(answer.outcome == "waiting" for answer in given):
            return await awaited(wait_s, self._stack.library, lambda: self._decided(raws, told, own=own)) or given
        return given

    async def _decided(self, raws: Sequence[bytes], told: Sequence[Message], *, own: bool) -> list[Answer] | None:
        """The answers, when no invoice waits any more."""
        given = await self._answers(raws, told, own=own)
        return None if any(answer.outcome == "waiting" for answer in given) else given

    async def _answers(self, raws: Sequence[bytes], told: Sequence[Message], *, own: bool) -> list[Answer]:
        fault_of = no_fault if own else at_arrival(self._stack.signatures, self._stack.moment)
        answers, began = Answers(told, self._stack.engine("invoicing"), fault_of), perf_counter()
        for raw in raws:
            answers.add(raw)
            answers.given[-1].receipt = receipt_of(raw) if answers.given[-1].outcome != "parked" else None
            if perf_counter() - began > TURN_S:
                await asyncio.sleep(0)
                began = perf_counter()
        if not answers.are_given:
            async with self._lookups:
                await asyncio.to_thread(answers.fill, lambda: reading(self._stack.home))
        return answers.given

    async def _read(self, ask: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401 - whatever is asked
        """Ask the journal's file beside the loop, which goes on deciding; few at once, and none for long."""
        if self._waiting == READS_WAITING:
            raise busy(f"{READS_WAITING} questions to the journal wait")
        self._waiting += 1
        try:
            async with self._readers:
                return await asyncio.to_thread(_asked, self._stack.home, ask)
        finally:
            self._waiting -= 1


class OwnPeople:
    """The way in of the desk: what the fund's own people say has two names under it, and no signature."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    async def take(self, raws: Sequence[bytes], wait_s: float) -> list[Answer]:
        """Decide on events as on those that are signed."""
        return await self._handlers.take(raws, wait_s, own=True)


def _asked(home: Home, ask: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401 - whatever is asked
    until = monotonic() + READ_S
    try:
        with reading(home) as connection:
            connection.set_progress_handler(lambda: monotonic() > until, 200)
            return ask(connection)
    except HomeError:
        if monotonic() > until:
            raise busy(f"the journal could not be read in {READ_S:.0f} seconds") from None
        raise


def _limit(request: Request) -> int:
    asked = request.query_params.get("limit", str(PAGE))
    if not (re.fullmatch("[0-9]{1,4}", asked) and 1 <= int(asked) <= LARGEST_PAGE):
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"limit is {asked[:20]}: give 1 to {LARGEST_PAGE}")
    return int(asked)


def _see_json(request: Request) -> None:
    """See that it is called JSON, which no form of another site's page can send."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        told = f"Content-Type is {kind or 'missing'}: give application/json, the body may be empty"
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, told)


def _lang(request: Request, fund: Fund) -> Lang:
    asked = request.query_params.get("lang", EN)
    if (tag := fund.lang(asked)) is None:
        codes = " or ".join(each.partition("@")[0] for each in fund.languages)
        raise HTTPException(HTTPStatus.BAD_REQUEST, f"lang is {codes}, not {asked}")
    return tag


def _json(record: Any, status: HTTPStatus = HTTPStatus.OK) -> Response:  # noqa: ANN401 - any record
    return Response(msgspec.json.encode(record), status, media_type="application/json")


async def _stopped(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"the fund has stopped: {error}", {"Retry-After": "60"})


async def _unreadable(_: Request, error: Exception) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), {"Retry-After": "60"})
