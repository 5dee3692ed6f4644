"""What an identity provider answers over HTTP: its metadata (OpenID Connect Discovery), and JSON that is bounded."""

from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

PATIENCE_S, WHOLE_S = 5.0, 10.0
"""How long a provider may take for each part of an answer, and for all of it. Seconds."""
MEANWHILE_S = 1.0
"""How long who comes while the provider is asked waits for what it says, where nothing is known yet. Seconds."""
MOST_BYTES = 256 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Away(Exception):  # noqa: N818 - what is so
    """The provider does not say now what is asked: why."""


def is_private(url: str) -> bool:
    """Whether nobody between can change what an address answers: TLS, or this machine."""
    try:
        parts = urlsplit(url)
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme, parts.hostname in LOOPBACK) == ("http", True)
    )


def asking_provider() -> httpx.Client:
    """A client that is patient for a while and follows nobody elsewhere."""
    return httpx.Client(timeout=PATIENCE_S, follow_redirects=False)


def metadata_of(client: httpx.Client, issuer: str) -> dict[str, Any]:
    """What a provider says of itself; it has to be of this issuer. Raises Away."""
    where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    said = answer_of(client, where)
    if said.get("issuer") != issuer:
        raise Away(f"{where} is of issuer {str(said.get('issuer'))[:200]}, not of {issuer}")
    return said


def answer_of(client: httpx.Client, url: str) -> dict[str, Any]:
    """What an address gives, as JSON. Raises Away."""
    status, body = exchanged(client, url)
    if not httpx.codes.is_success(status):
        raise Away(f"{url} answers {status}")
    return as_object(url, body)


def exchanged(
    client: httpx.Client, url: str, form: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
) -> tuple[int, bytes]:
    """The status and the body of an answer: to what is asked, or to a form that is sent. Raises Away."""
    headers, until = {"Accept": "application/json"}, monotonic() + WHOLE_S
    try:
        request = client.build_request("POST" if form else "GET", url, data=form, headers=headers)
        answer = client.send(request, auth=auth, stream=True)
        try:
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise Away(f"{url} gives more than {MOST_BYTES} bytes")
                if monotonic() > until:
                    raise Away(f"{url} takes longer than {WHOLE_S:.0f} seconds")
        finally:
            answer.close()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Away(f"{url}: {type(error).__name__} {error}") from None
    return answer.status_code, bytes(body)


def as_object(url: str, body: bytes) -> dict[str, Any]:
    """A body as an object of JSON. Raises Away."""
    try:
        said: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Away(f"{url} gives no object of JSON") from None
    return said
