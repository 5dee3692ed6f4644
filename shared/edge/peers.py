"""Whose a connection is: a client certificate (mTLS) speaks for the source that has registered the certificate's key.

Of a certificate its public key counts and nothing that it says of its holder: two persons have registered that key
(``key.registered``), and revoke it. Its authority and its days are checked besides. It is shown in TLS to this door; or
to a proxy that ends TLS before it, which hands it on as ``Client-Cert`` (RFC 9440) and is believed by its address.
"""

import base64
import binascii
import ipaddress
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.edge.connections import CERTIFICATE
from shared.edge.problems import problem
from shared.engine.keys import Keys
from shared.events.keys import thumbprint

log = logging.getLogger(__name__)

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

PEER = "psdf.peer"
"""Under which name of the scope the source stands whose connection it is."""
HEADER = "client-cert"
LONGEST_HEADER = 16_384


class CertificateError(ValueError):
    """A certificate that speaks for nobody: the message says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The source whose connection it is, by the key of its certificate."""

    source: str
    keyid: str


@dataclass(frozen=True, slots=True)
class _Certificate:
    """What counts of a certificate."""

    keyid: str
    valid_from: datetime
    valid_to: datetime


def peer_of(request: Request) -> Peer | None:
    """The source whose connection a request came over; None where no certificate was shown."""
    found: Peer | None = request.scope.get(PEER)
    return found


def refusal(request: Request, source: str, keys: Keys) -> str | None:
    """Why something in a source's name is not heard over this connection; None where it is."""
    peer = peer_of(request)
    if peer is not None and peer.source != source:
        return f"this connection is {peer.source}'s, by key {peer.keyid} of its certificate, and not {source[:100]}'s"
    if peer is None and keys.needs_certificate(source):
        return f"{source} is heard over a connection with its client certificate alone, and this one showed none"
    return None


class Certified:
    """An ASGI application that knows whose a connection is, and answers no certificate that speaks for nobody (403)."""

    def __init__(
        self,
        app: ASGIApp,
        keys: Callable[[], Keys],
        authorities: Sequence[x509.Certificate],
        proxies: Sequence[Network] = (),
    ) -> None:
        """Take the registry, whose certificates count, and the addresses of those that end TLS before the door."""
        self._app, self._keys, self._authorities, self._proxies = app, keys, tuple(authorities), tuple(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        if scope["type"] == "http" and (refused := self._instead(Request(scope))):
            await refused(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _instead(self, request: Request) -> Response | None:
        """What is answered instead; None where the request goes on, with its peer in the scope."""
        try:
            der = self._shown(request)
            request.scope[PEER] = self._peer(der, datetime.now(UTC)) if der else None
        except CertificateError as error:
            log.warning("a client certificate was refused: %s", error)
            return problem(HTTPStatus.FORBIDDEN, str(error))
        return None

    def _shown(self, request: Request) -> bytes | None:
        """The certificate, in DER: what TLS gave, or what a proxy of ours says. Raises CertificateError."""
        said = request.headers.getlist(HEADER)
        if not self._is_proxy(address := request.client.host if request.client else ""):
            if said:
                raise CertificateError(f"Client-Cert came from {address}: that is no proxy of this door (PSDF_PROXIES)")
            found: bytes | None = request.scope.get("state", {}).get(CERTIFICATE)
            return found
        if not said:
            return None
        der = _byte_sequence(said[0]) if len(said) == 1 else None
        if der is None or not any(_is_issued(der, each) for each in self._authorities):
            raise CertificateError("Client-Cert is no one certificate of an authority of this door, in DER (RFC 9440)")
        return der

    def _is_proxy(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in self._proxies)
        except ValueError:
            return False

    def _peer(self, der: bytes, now: datetime) -> Peer:
        """Whose connection it is now. Raises CertificateError."""
        certificate = _read(der)
        if not certificate.valid_from <= now <= certificate.valid_to:
            days = f"{certificate.valid_from.isoformat()} to {certificate.valid_to.isoformat()}"
            raise CertificateError(f"the client certificate is valid from {days}: show one that is valid now")
        key = self._keys().by_id.get(certificate.keyid)
        if key is None:
            raise CertificateError(
                f"no source has registered key {certificate.keyid}, that of the client certificate: psdf keys register"
            )
        if key.was_revoked(now):
            assert key.revoked_at
            raise CertificateError(
                f"key {key.keyid} of {key.source}, that of the client certificate, was revoked at "
                f"{key.revoked_at.isoformat()}"
            )
        if not key.is_active(now):
            valid = f"{key.valid_from.isoformat()} to {key.valid_to.isoformat()}"
            raise CertificateError(
                f"key {key.keyid} of {key.source}, that of the client certificate, is registered for {valid}"
            )
        return Peer(source=key.source, keyid=key.keyid)


def _byte_sequence(said: str) -> bytes | None:
    """The bytes of a structured field (RFC 8941): base64 between colons; None where it is none."""
    said = said.strip()
    if not (2 < len(said) <= LONGEST_HEADER and said[0] == said[-1] == ":"):  # noqa: PLR2004 - two colons
        return None
    try:
        return base64.b64decode(said[1:-1], validate=True)
    except (binascii.Error, ValueError):
        return None


@lru_cache(maxsize=1024)
def _is_issued(der: bytes, authority: x509.Certificate) -> bool:
    try:
        x509.load_der_x509_certificate(der).verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


@lru_cache(maxsize=1024)
def _read(der: bytes) -> _Certificate:
    """What counts of a certificate. Raises CertificateError where its key is of no kind that is registered."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError("the client certificate can't be read") from None
    if not isinstance(key, Ed25519PublicKey):
        raise CertificateError("the client certificate's key is not of Ed25519, as keys of sources are")
    public = base64.urlsafe_b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode().rstrip("=")
    return _Certificate(thumbprint(public), certificate.not_valid_before_utc, certificate.not_valid_after_utc)
