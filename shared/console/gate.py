"""Who may ask what of the console: whoever reaches it reads, until people are known; then those who signed in.

A page of another site can send a form here with our cookie only where a browser is old: the cookie is for this site
alone (``SameSite=Strict``), and what changes something has to come from a page of ours besides (``Origin``,
``Sec-Fetch-Site``).
"""

import logging
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Literal, TypeAlias
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.desk.beside import beside
from shared.desk.people import People, is_jwt
from shared.desk.person import PeopleError, Person, TokenError

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser says no Origin of our own forms either
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
COOKIE = "psdf-session"
SESSION_S = 8 * 3600
"""How long somebody stays signed in, in seconds: a working day."""
OPEN = ("/static/", "/livez", "/readyz", "/sign-in", "/open")
"""What is answered to whoever asks: beside what a page needs, what the public may know."""
CHANGES = ("/sign-in", "/sign-out", "/desk/")
"""Where something may be sent to."""
INVALID = 'Bearer realm="psdf", error="invalid_token"'
"""What is said of a token that does not hold (RFC 6750)."""
INSIDE = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
"""A path, and no address that a browser could read as another site's."""
LONGEST_THEN = 2_000
"""How long it may be, in bytes: it goes with a browser in a cookie, which holds 4 096."""
PERSON = "psdf.person"
"""Under which name of the scope the person stands who asks."""

Refusal: TypeAlias = Literal["elsewhere", "reads", "signed_out"]
REFUSED: dict[Refusal, tuple[HTTPStatus, str]] = {
    "elsewhere": (
        HTTPStatus.FORBIDDEN,
        "this came from a page of another site, or from none: open the page here, and send it from there",
    ),
    "reads": (HTTPStatus.METHOD_NOT_ALLOWED, "nothing is changed here"),
    "signed_out": (HTTPStatus.UNAUTHORIZED, "sign in first: /sign-in, or Authorization: Bearer TOKEN"),
}
"""Why what was sent is not taken, as programs are told; browsers have a page."""


class Sessions:
    """Who is signed in, by the cookie; in memory, so that a restart signs everybody out."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Person, float]] = {}  # by the cookie: who it is, and until when

    def begin(self, person: Person) -> str:
        """The cookie of a new session."""
        now = monotonic()
        self._known = {key: each for key, each in self._known.items() if each[1] > now}
        key = secrets.token_urlsafe(32)
        left_s = (person.until - datetime.now(UTC)).total_seconds() if person.until else SESSION_S
        self._known[key] = (person, now + min(left_s, SESSION_S))
        return key

    def whose(self, cookie: str) -> Person | None:
        """Who signed in, as it was then; None where it has ended."""
        person, until = self._known.get(cookie, (None, 0.0))
        return person if until > monotonic() else None

    def end(self, cookie: str) -> None:
        """Sign out."""
        self._known.pop(cookie, None)


class Gate:
    """An ASGI application that says what a browser may do with an answer, and asks who is there before it answers."""

    def __init__(
        self,
        app: ASGIApp,
        people: People | None,
        sessions: Sessions,
        changes: Sequence[str] = (),
        shown: Callable[[Refusal], ASGIApp] | None = None,
    ) -> None:
        """Take the application that is guarded; without ``people`` nobody signs in, and it is only read.

        But for ``changes``, addresses of somebody beside the console: to these a page of ours sends without a sign-in.
        ``shown`` gives a browser the page of a refusal.
        """
        self._app, self._people, self._sessions, self._shown = app, people, sessions, shown
        self._open, self._changes = tuple(changes), (*CHANGES, *changes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if is_jwt(_bearer(request)):  # the provider may have to be asked for its keys
            answer = await beside(self._instead, request, scope) or self._app
        else:
            answer = self._instead(request, scope) or self._app
        await told(answer)(scope, receive, send)

    def _instead(self, request: Request, scope: Scope) -> ASGIApp | None:
        """What is answered instead; None where the request goes on, with the person in its scope."""
        reads, path = request.method in ("GET", "HEAD"), request.url.path
        try:
            if not (self._people and self._people.anybody()):
                return None if reads else self._of_nobody(request)
            scope[PERSON] = person = self._person(request)
        except (TokenError, PeopleError) as error:
            return _nobody(error)
        if not reads and (refused := self._not_from_here(request)):
            return refused
        if person is not None or path.startswith(OPEN):
            return None
        if not reads or not _is_a_browser(request):
            return self._refused("signed_out", request)
        then = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?then={quote(then, safe='/')}", HTTPStatus.SEE_OTHER)

    def _refused(self, why: Refusal, request: Request) -> ASGIApp:
        return self._shown(why) if self._shown and _is_a_browser(request) else _plain(*REFUSED[why])

    def _of_nobody(self, request: Request) -> ASGIApp | None:
        """Why something is not taken where nobody is known."""
        if request.url.path in self._open:
            return self._not_from_here(request)
        return self._refused("reads", request)

    def _person(self, request: Request) -> Person | None:
        """Who asks, as the file of people says it now; of a provider's, as its token says it."""
        assert self._people is not None
        if token := _bearer(request):
            return self._people.by_token(token)
        begun = self._sessions.whose(request.cookies.get(COOKIE, ""))
        if begun is None or begun.identity:
            return begun
        return next((person for person in self._people.all() if person.token_sha256 == begun.token_sha256), None)

    def _not_from_here(self, request: Request) -> ASGIApp | None:
        """Why something that changes is not taken: here nothing is changed, or no page of ours sent it."""
        if not request.url.path.startswith(self._changes):
            return self._refused("reads", request)
        if (_bearer(request) and _is_a_program(request.headers)) or _from_here(request.headers):
            return None
        return self._refused("elsewhere", request)


def inside(then: str) -> str:
    """Where somebody wants to go after signing in, if that is a page of ours; else to their work."""
    away = not INSIDE.fullmatch(then) or then.startswith("/sign-")
    return "/work" if away or len(then.encode()) > LONGEST_THEN else then


def quoted(path: str) -> str:
    """A path of ours as a header may have it."""
    return quote(path, safe="/%?=&#:@+,;~!$()*")


def keep_session(answer: Response, cookie: str, *, secure: bool) -> None:
    """Give a browser the cookie of its session."""
    answer.set_cookie(COOKIE, cookie, SESSION_S, secure=secure, httponly=True, samesite="strict")


def over_tls(request: Request) -> bool:
    """Whether a browser came over TLS, to us or to an ingress that says so. Who lies gets a stricter cookie."""
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))


def _is_a_browser(request: Request) -> bool:
    """Whether somebody looks at the answer."""
    return "text/html" in request.headers.get("accept", "")


def _plain(status: HTTPStatus, said: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{said}\n", status, headers)


def _nobody(why: TokenError | PeopleError) -> Response:
    """Who asks is not known: the token does not hold, or that can't be told now."""
    log.warning("somebody was not let in: %.400r", str(why))
    if isinstance(why, TokenError):
        return _plain(HTTPStatus.UNAUTHORIZED, str(why), {"WWW-Authenticate": INVALID})
    return _plain(HTTPStatus.SERVICE_UNAVAILABLE, str(why))


def _is_a_program(headers: Mapping[str, str]) -> bool:
    """Whether no browser sent it: a proxy that signs people in adds their token to whatever their browser sends."""
    return not {"sec-fetch-site", "origin", "cookie"} & set(headers)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _from_here(headers: Mapping[str, str]) -> bool:
    """Whether a page of ours sent it: by what the browser says of itself, which no page can change."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None:
        return site == "same-origin"
    return origin.lower().partition("://")[2] == headers.get("host", "").lower()


def told(app: ASGIApp) -> ASGIApp:
    """An application that says with each answer what a browser may do with it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, partial(_send, send))

    return answer


async def _send(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = MutableHeaders(scope=message)
        for name, said in HEADERS.items():
            headers[name] = said
    await send(message)
