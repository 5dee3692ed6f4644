"""A4. What answers the browsers of this machine alone: where whoever looks may be anybody, as in a demo."""

import socket

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.edge.callers import LOOPBACK, is_loopback, without_port
from shared.edge.problems import problem
from shared.kernel.stop import Wrong

PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""What a proxy on this machine adds to a request of somebody else."""
ELSEWHERE = (
    "--sign-in demo lets whoever looks in as anybody: only a browser of this machine is answered, by its own name"
)


def see_alone(listener: socket.socket) -> None:
    """See that only this machine reaches what listens. Raises Wrong."""
    if not is_loopback(host := str(listener.getsockname()[0])):
        raise Wrong(f"{ELSEWHERE}; it can't listen on {host}")


class OnlyHere:
    """An ASGI application that answers the browsers of this machine alone; others are told why not (403)."""

    def __init__(self, app: ASGIApp) -> None:
        """Take what is guarded."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        here = scope["type"] != "http" or _is_here(Request(scope))
        await (self._app if here else problem(403, ELSEWHERE))(scope, receive, send)


def _is_here(request: Request) -> bool:
    known = request.client is not None and is_loopback(request.client.host)
    called = without_port(request.headers.get("host", "").lower())
    return known and called in LOOPBACK and not any(each in request.headers for each in PROXIED)
