"""Whom the fund answers over HTTP: who calls it by a name of its own, and no page of another site.

A browser on the fund's machine, or in its network, opens any page, and that page sends requests from there. By another
site's name that leads to our address (DNS rebinding) it could read the answers: so the ``Host`` of a request must be
one of ours. By a plain form it could send one: so ``Origin`` must be the same site, and no content type of a form is
taken. And a request that a proxy before us may have read otherwise, where it ends or what it says, is not answered.
"""

import ipaddress
from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.edge.problems import problem

ONCE = ("authorization", "content-encoding", "content-type", "origin")
"""Headers of which one reader takes the first and another the last."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""How a machine calls itself."""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class OurNames:
    """An ASGI application that answers only what is sent to it by one of its names, and can be read one way (400)."""

    def __init__(
        self, app: ASGIApp, names: Iterable[str] = (), *, any_address: bool = False, foreign: ASGIApp | None = None
    ) -> None:
        """Take the names beside those of loopback; with ``any_address`` every IP address too: no site is called so.

        ``foreign`` answers a browser that a page of another site has sent here, instead of a problem.
        """
        self._app, self._any_address, self._foreign = app, any_address, foreign
        self._names = LOOPBACK | {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        if scope["type"] == "http" and (refusal := self._refusal(Request(scope))):
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> ASGIApp | None:
        if two := _read_in_two_ways(request):
            return problem(400, two, {"Connection": "close"})
        host = request.headers.get("host", "").lower()
        if not self._is_ours(without_port(host)):
            return problem(421, f"Host is {host[:100] or 'missing'}: this fund is not called so; PSDF_OPEN_TO names it")
        origin = request.headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] != host:
            if self._foreign and "text/html" in request.headers.get("accept", ""):
                return self._foreign
            return problem(403, f"Origin is {origin[:100]}: pages of other sites may not call this fund")
        return None

    def _is_ours(self, name: str) -> bool:
        return name in self._names or (self._any_address and _is_address(name))


def _read_in_two_ways(request: Request) -> str | None:
    """Why another may have read the request otherwise (RFC 9112 6.3, request smuggling); None where it can't."""
    headers = request.headers
    if "transfer-encoding" in headers and ("content-length" in headers or request.scope["http_version"] == "1.0"):
        return "Transfer-Encoding stands beside Content-Length, or in HTTP/1.0: nobody can say where the body ends"
    twice = next((name for name in ONCE if len(headers.getlist(name)) > 1), None)
    return f"{twice} stands twice: nobody can say which is meant" if twice else None


def without_port(host: str) -> str:
    """A name as ``Host`` says it, without its port."""
    name, _, port = host.rpartition(":")
    return name if port.isdigit() and name else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
