"""E-invoices over HTTP: ``POST /ubl`` takes one, ``GET /invoices/{provider}/{number}/response`` answers it.

Faults are ``application/problem+json`` (RFC 9457) with ``errors``, a list of rule, path, and words.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from shared.edge.einvoice.given import given, original_of
from shared.edge.einvoice.reception import Reception, finding_json
from shared.edge.einvoice.records import CannotSay, Finding, Refused
from shared.edge.einvoice.xml import MOST_BYTES, too_large
from shared.edge.problems import problem
from shared.edge.tokens import Callers
from shared.engine.faults import Unavailable
from shared.journal.home import HomeError
from shared.kernel.fund import Fund

Sender: TypeAlias = Callable[[Request], str | None]
"""Which source sent a request, ``/providers/{code}``, as it was authenticated; None where nobody is."""

XML = "application/xml"
MOST_COMING, BODY_S = 16, 30.0
"""Bodies that may be coming at once, and the seconds that one may take."""
READERS, READS_WAITING = 2, 20
RETRY_AFTER_S = 2


def nobody(_: Request) -> str | None:
    """No sender is known."""
    return None


def takes_ubl(fund: Fund) -> bool:
    """Whether the fund takes e-invoices: what is read and written here is in euro, with Lithuanian legal codes."""
    return (fund.country, fund.currency) == ("LT", "EUR")


def ubl_routes(reception: Reception, sender_of: Sender = nobody) -> list[Route]:
    """The routes of e-invoices, for the door to add before ``/invoices/{provider}/{number}``."""
    handlers = Handlers(reception, sender_of)
    return [
        Route("/ubl", handlers.ubl, methods=["POST"]),
        Route("/invoices/{provider}/{number:path}/response", handlers.response),
    ]


def of_callers(reception: Reception, callers: Callers) -> Iterator[Route]:
    """The same for a stack that knows its callers: who sends is bound by a token, what is read is its provider's."""
    for route in ubl_routes(reception, callers.signed_in):
        reads = "{provider}" in route.path
        yield Route(route.path, callers.its_own(route.endpoint)) if reads else route


class Handlers:
    """What answers the requests."""

    def __init__(self, reception: Reception, sender_of: Sender) -> None:
        self._reception, self._sender_of = reception, sender_of
        self._coming = self._asking = 0
        self._readers = asyncio.Semaphore(READERS)

    async def ubl(self, request: Request) -> Response:
        """``POST /ubl``: one UBL 2.1 Invoice or CreditNote; 202 with a receipt once it is in the journal.

        403 from another than the seller, 413 too large, 415 no XML in UTF-8, 422 with each rule that is broken, 503
        where it can't be said now. The same document gets the same receipt.
        """
        try:
            sender = self._sender_of(request)
            receipt = await self._reception.take(await self._body(request), sender)
        except Refused as refused:
            errors = [finding_json(each) for each in refused.findings]
            return problem(refused.status, refused.findings[0].text, errors=errors)
        except CannotSay as unsaid:
            again = {"Retry-After": str(RETRY_AFTER_S)} if unsaid.again else {}
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(unsaid), again)
        except ClientDisconnect:
            return problem(HTTPStatus.BAD_REQUEST, "the body ended too early; nothing of it was taken")
        except TimeoutError:
            return problem(HTTPStatus.REQUEST_TIMEOUT, f"the body did not come within {BODY_S:.0f} seconds")
        return Response(receipt, HTTPStatus.ACCEPTED, media_type="application/json")

    async def response(self, request: Request) -> Response:
        """``GET /invoices/{provider}/{number}/response``: the Invoice Response that stands now, as XML.

        ``?status=AB`` asks for an earlier one; the header ``Psdf-Statuses`` names all, in order. With
        ``?document=sha256:...`` it answers that one of several documents of this number, else the last.
        """
        invoice_id = f"{request.path_params['provider']}/{request.path_params['number']}"
        sender, owner = self._sender_of(request), f"/providers/{request.path_params['provider']}"
        if sender not in (None, owner):
            return problem(HTTPStatus.FORBIDDEN, f"{sender} asks, and it is {owner}'s")
        document, status = request.query_params.get("document"), request.query_params.get("status")
        behind = self._reception.behind
        if self._asking == READS_WAITING:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{READS_WAITING} others ask the journal: come again")
        self._asking += 1
        try:
            async with self._readers:
                standing = await behind.standing(invoice_id, document)
                original = await original_of(standing, behind.documents)
                found = await asyncio.to_thread(given, standing, behind.fund, original)
        except (HomeError, sqlite3.Error, OSError, Unavailable) as error:
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, f"the journal can't be read: {error}")
        finally:
            self._asking -= 1
        asked = [each for each in found if status in (None, each.status)]
        if not asked:
            statuses = ", ".join(each.status for each in found) or "none"
            return problem(HTTPStatus.NOT_FOUND, f"invoice {invoice_id} has no such response; it has {statuses}")
        return Response(asked[-1].xml, media_type=XML, headers={"Psdf-Statuses": " ".join(s.status for s in found)})

    async def _body(self, request: Request) -> bytes:
        """Read the body. Raises Refused, CannotSay, TimeoutError, ClientDisconnect."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        coding = request.headers.get("content-encoding", "identity").strip().lower()
        if kind != XML or coding != "identity":
            what = f"Content-Type is {kind or 'missing'}, Content-Encoding {coding}: send {XML} as it is"
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, [Finding(rule="HTTP", path="/", text=what)])
        length = request.headers.get("content-length", "0")
        if length.isdecimal() and int(length) > MOST_BYTES:
            raise too_large(int(length))
        if self._coming == MOST_COMING:
            raise CannotSay(f"{MOST_COMING} others are being sent")
        self._coming += 1
        try:
            async with asyncio.timeout(BODY_S):
                return await _all_of(request)
        finally:
            self._coming -= 1


async def _all_of(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise too_large(len(body))
    return bytes(body)
