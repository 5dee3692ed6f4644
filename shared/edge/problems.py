"""What went wrong with a request, as RFC 9457 has it: ``application/problem+json`` with a ``type`` for each fault."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

PROBLEM = "application/problem+json"
URN = "urn:psdf:problem:"
KINDS: Mapping[int, tuple[str, str]] = {
    400: ("bad-request", "The request can't be read"),
    401: ("no-token", "A token is needed"),
    403: ("not-yours", "It is not yours to ask or to send"),
    404: ("not-found", "There is no such thing"),
    405: ("method", "The method is not allowed here"),
    409: ("done-before", "It was done before"),
    413: ("too-large", "The request is too large"),
    415: ("media-type", "The form of the body is not one that is read here"),
    421: ("not-our-name", "The fund is not called so"),
    422: ("not-taken", "Nothing of it was taken"),
    429: ("too-many", "Too many events of one sender"),
    500: ("failed", "The fund failed; nothing of it is known to be taken"),
    503: ("busy", "Not now"),
}
"""Of each status its ``type`` behind the URN, and its title."""


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """The answer: ``detail`` is one line for a person; ``more`` are members of this fault's own."""
    kind, title = KINDS.get(status, ("other", HTTPStatus(status).phrase))
    record: dict[str, Any] = {"type": URN + kind, "title": title, "status": int(status), "detail": detail, **more}
    return Response(msgspec.json.encode(record), status, dict(headers or {}), media_type=PROBLEM)


async def as_problem(_: Request, error: Exception) -> Response:
    """Answer for a handler that has raised HTTPException; its headers (Allow, Retry-After) go along."""
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail, error.headers)
