"""Signing in at the fund's identity provider and coming back (``desk/issuer_client.py``), as addresses of the console.

The session's cookie is ``SameSite=Strict``, so a browser that comes from the provider's page brings none, and would
not bring the new one to the next address of a redirect either: the way back ends in a page of ours, which leads on by
itself.
"""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from shared.console.gate import COOKIE, PERSON, Sessions, inside, keep_session, quoted
from shared.console.pages import signing
from shared.console.pages.blocks import Page
from shared.console.pages.view import View
from shared.desk.beside import beside
from shared.desk.issuer_client import LONGEST_S, RETURN, IssuerClient, NotSignedIn, Why
from shared.kernel.language import EN

log = logging.getLogger(__name__)

STATUS: dict[Why, HTTPStatus] = {
    "away": HTTPStatus.SERVICE_UNAVAILABLE,
    "setup": HTTPStatus.SERVICE_UNAVAILABLE,
    "begun": HTTPStatus.BAD_REQUEST,
    "elsewhere": HTTPStatus.BAD_REQUEST,
    "denied": HTTPStatus.FORBIDDEN,
    "code": HTTPStatus.UNAUTHORIZED,
    "token": HTTPStatus.UNAUTHORIZED,
}


class CodeFlow:
    """The way to the provider and back."""

    def __init__(
        self,
        client: IssuerClient,
        sessions: Sessions,
        written: Callable[[Callable[[View, dict[str, str]], Page], Request], Response],
    ) -> None:
        """Take the console as a client, where sessions begin, and what writes a page as an answer."""
        self._client, self._sessions, self._written = client, sessions, written
        self._cookie = "__Host-psdf-sign-in" if client.secure else "psdf-sign-in"

    def routes(self) -> list[Route]:
        """What is answered."""
        return [Route(signing.BEGIN, self._begin), Route(RETURN, self._return)]

    async def _begin(self, request: Request) -> Response:
        then = inside(request.query_params.get("then", ""))
        lang = EN if request.query_params.get("lang") == EN else ""
        try:
            where, carried = await beside(self._client.begin, then, lang, anew=signing.ANEW in request.query_params)
        except NotSignedIn as why:
            return await self._refused(request, why, then, lang)
        moved = RedirectResponse(where, HTTPStatus.SEE_OTHER)
        age = int(LONGEST_S)
        moved.set_cookie(self._cookie, carried, age, secure=self._client.secure, httponly=True, samesite="lax")
        return moved

    async def _return(self, request: Request) -> Response:
        answer, brought = dict(request.query_params), request.cookies.get(self._cookie, "")
        try:
            ticket = self._client.opened(brought, answer.get("state", ""))
        except NotSignedIn as why:  # what was begun goes on: who sends others here with a state of theirs ends nothing
            return await self._refused(request, why, "/work", "")
        try:
            person = await beside(self._client.person, ticket, answer)
        except NotSignedIn as why:
            done = await self._refused(request, why, ticket.then, ticket.lang)
        else:
            done = await self._page(request, lambda view, _: signing.signed_in(view, person, ticket.then), ticket.lang)
            done.headers["Refresh"] = f"0; url={quoted(ticket.then)}"
            self._sessions.end(request.cookies.get(COOKIE, ""))
            keep_session(done, self._sessions.begin(person), secure=self._client.secure)
        done.delete_cookie(self._cookie, secure=self._client.secure, httponly=True, samesite="lax")
        return done

    async def _refused(self, request: Request, why: NotSignedIn, then: str, lang: str) -> Response:
        log.warning("somebody was not let in (%s): %.400r", why.why, str(why))
        status = STATUS[why.why]
        return await self._page(
            request, lambda view, _: signing.not_signed_in(view, self._client, why, then, status), lang, then
        )

    async def _page(
        self, request: Request, make: Callable[[View, dict[str, str]], Page], lang: str, then: str = ""
    ) -> Response:
        """A page that stands at /sign-in whatever was asked, and is nobody's: no link says again what was sent."""
        asked = urlencode({name: text for name, text in (("then", then), ("lang", lang)) if text})
        here = {"path": "/sign-in", "raw_path": b"/sign-in", "query_string": asked.encode(), "path_params": {}}
        return await asyncio.to_thread(self._written, make, Request({**request.scope, **here, PERSON: None}))
