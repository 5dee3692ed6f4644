"""Who asks: a source shows a token that it has signed itself with its registered key; an operator shows the home's own.

A source's token is a JWT (RFC 7519) by EdDSA (RFC 8037): ``kid`` its key, ``iss`` the source, ``aud`` the fund's id,
``exp`` at most ten minutes ahead. A connection with its client certificate (``peers.py``) says as much, and a token
over it is the same source's. Where nobody but this machine can call (loopback) a source without a key needs none.
"""

import base64
import hmac
import os
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.edge.ed25519 import holds
from shared.edge.head import NOT_READ
from shared.edge.peers import Peer, peer_of, refusal
from shared.engine.keys import Keys

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

LONGEST = timedelta(minutes=10)
SKEW = timedelta(seconds=30)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="psdf"'}


class _Header(msgspec.Struct):
    alg: str
    kid: str
    typ: str = "JWT"
    crit: msgspec.Raw | None = None


class _Claims(msgspec.Struct):
    iss: str
    aud: str
    exp: Annotated[int, msgspec.Meta(ge=0, lt=2**33)]


_header, _claims = msgspec.json.Decoder(_Header), msgspec.json.Decoder(_Claims)


def token(source: str, audience: str, keyid: str, key: Ed25519PrivateKey, now: datetime) -> str:
    """A token of a source for a fund, good for five minutes."""
    header = {"alg": "EdDSA", "typ": "JWT", "kid": keyid}
    claims = {"iss": source, "aud": audience, "exp": int((now + timedelta(minutes=5)).timestamp())}
    signed = ".".join(_text(msgspec.json.encode(part)) for part in (header, claims))
    return f"{signed}.{_text(key.sign(signed.encode()))}"


class Callers:
    """How callers are known; ``open`` is whether other machines can call, ``operator`` the operator's token."""

    def __init__(self, keys: Callable[[], Keys], fund_id: str, *, is_open: bool = False, operator: str = "") -> None:
        self._keys, self._fund_id, self._open, self._operator = keys, fund_id, is_open, operator

    def source(self, request: Request) -> str:
        """The source that asks, by token or certificate; who needs neither says it as ``?source=``.

        Raises HTTPException 401 where a token is due or does not hold, 403 where the connection is another's, or has
        no certificate and should, 400 where no source is said.
        """
        source = self._asks(request)
        if why_not := refusal(request, source, self._keys()):
            raise HTTPException(HTTPStatus.FORBIDDEN, why_not)
        return source

    def _asks(self, request: Request) -> str:
        said, bearer, peer = request.query_params.get("source", ""), _bearer(request), peer_of(request)
        if bearer and not self._is_operator(request):
            source = self._source_of(bearer)
            if said and said != source:
                raise HTTPException(HTTPStatus.FORBIDDEN, f"the token is of {source}, and {said[:100]} is asked for")
            return source
        if peer:
            return said or peer.source
        if not bearer and (self._open or said in self._keys().sources):
            raise _no_token("a token is needed: a JWT that the source has signed with its registered key")
        if not said:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "whose? Give ?source=, such as /providers/300111224")
        return said

    def signed_in(self, request: Request) -> str | None:
        """The source that has shown who it is; None where none has, and none has to. Raises HTTPException 401, 403."""
        due = self._open or any(asked for _, asked in self._keys().by_certificate.values())
        return self.source(request) if due or _bearer(request) or peer_of(request) else None

    def holds(self, request: Request) -> bool:
        """Whether certificate and token still speak for their source: what is asked may take hours to answer."""
        peer, bearer, keys, now = peer_of(request), _bearer(request), self._keys(), datetime.now(UTC)
        shown = [peer.keyid] if peer else []
        if bearer and not self._is_operator(request):
            shown.append(_header.decode(_bytes(bearer.partition(".")[0])).kid)
        known = [keys.by_id[keyid] for keyid in shown]
        return all(key.is_active(now) and not refusal(request, key.source, keys) for key in known)

    def operator(self, request: Request) -> None:
        """See that an operator asks. Raises HTTPException 401 where the fund is open to others, and it is not one."""
        if peer := peer_of(request):
            raise _not_the_operators(peer)
        if self._open and not self._is_operator(request):
            raise _no_token("this is for the operator: send the token of the home (operator.token)")

    def only_operator(self, handler: Handler) -> Handler:
        """The handler, for operators only where the fund is open to others."""

        @wraps(handler)
        async def guarded(request: Request) -> Response:
            self.operator(request)
            return await handler(request)

        return guarded

    def only_keeper(self, handler: Handler) -> Handler:
        """The handler, for operators only, also on this machine."""

        @wraps(handler)
        async def guarded(request: Request) -> Response:
            self.keeper(request)
            return await handler(request)

        return guarded

    def its_own(self, handler: Handler) -> Handler:
        """The handler, for the provider in the path and operators only where the fund is open to others."""

        @wraps(handler)
        async def guarded(request: Request) -> Response:
            source = f"/providers/{request.path_params['provider']}"
            due = self._open or bool(peer_of(request)) or self._keys().needs_certificate(source)
            if due and not self._is_operator(request) and (asks := self.source(request)) != source:
                raise HTTPException(HTTPStatus.FORBIDDEN, f"{asks} asks, and it is {source}'s")
            return await handler(request)

        return guarded

    def keeper(self, request: Request) -> None:
        """See that an operator asks, also on this machine. Raises HTTPException 401, 403."""
        if peer := peer_of(request):
            raise _not_the_operators(peer)
        if not self._is_operator(request):
            raise _no_token("this is for the operator: send the token of the home (operator.token)")

    def _is_operator(self, request: Request) -> bool:
        """Whether it is the operator; never over a source's connection."""
        shown = _bearer(request).encode()
        return bool(self._operator) and not peer_of(request) and hmac.compare_digest(shown, self._operator.encode())

    def _source_of(self, bearer: str) -> str:
        """Whose token it is. Raises HTTPException 401."""
        try:
            head, body, signature = bearer.split(".")
            header, claims = _header.decode(_bytes(head)), _claims.decode(_bytes(body))
            proof = _bytes(signature)
        except NOT_READ:
            raise _no_token("the token is no JWT with alg, kid, iss, aud and exp") from None
        now = datetime.now(UTC)
        key = self._keys().by_id.get(header.kid)
        expires = datetime.fromtimestamp(claims.exp, UTC)
        if header.typ.upper() != "JWT" or header.crit is not None:
            raise _no_token("the token's header asks for more than is known here: alg, kid and typ JWT are")
        if header.alg != "EdDSA" or key is None or key.source != claims.iss or not key.is_active(now):
            raise _no_token("the token names no key of its source that is valid now, by EdDSA")
        if not holds(key.public_key, proof, f"{head}.{body}".encode()):
            raise _no_token("the token's signature does not fit")
        if claims.aud != self._fund_id:
            raise _no_token(f"the token is for {claims.aud[:60]}, and this is {self._fund_id}")
        if not now - SKEW <= expires <= now + LONGEST + SKEW:
            raise _no_token("the token has expired, or is good for more than ten minutes")
        return claims.iss


def operator_token(path: Path) -> str:
    """A new token of the operator, in a file that only its owner may read."""
    made = secrets.token_urlsafe(32)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made)
    return made


def _bearer(request: Request) -> str:
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


def _no_token(why: str) -> HTTPException:
    return HTTPException(HTTPStatus.UNAUTHORIZED, why, CHALLENGE)


def _not_the_operators(peer: Peer) -> HTTPException:
    why = f"this is for the operator, and this connection is {peer.source}'s by its certificate (key {peer.keyid})"
    return HTTPException(HTTPStatus.FORBIDDEN, why)


def _text(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _bytes(part: str) -> bytes:
    """Raise ValueError for what is no base64url."""
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True)
