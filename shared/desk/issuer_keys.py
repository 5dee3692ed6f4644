"""The keys of an identity provider (JWKS, RFC 7517): fetched when they are asked for, kept for a while, and bounded.

A key that is not known is looked for once more, at most every half a minute, for a provider changes its keys. Where it
can't be reached the keys that are known count for an hour, and then nobody is let in.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc import jwk
from joserfc.errors import JoseError

from shared.desk.people import PeopleError

Key: TypeAlias = jwk.RSAKey | jwk.ECKey | jwk.OKPKey

FRESH_S, AGAIN_S, LONGEST_S, PATIENCE_S = 600.0, 30.0, 3_600.0, 5.0
"""How long keys are not asked for again; after how long they are where one is unknown; how long they count where the
provider is away; how long it may take to answer. Seconds."""
MOST_BYTES, MOST_KEYS = 256 * 1024, 100
KINDS = ("RSA", "EC", "OKP")
"""Kinds of public keys. A provider that publishes a secret (oct) has published nothing that proves something."""
SHORTEST_RSA = 342
"""How long the modulus of an RSA key of 2048 bits is, in base64url."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Away(Exception):  # noqa: N818 - what is so
    """The provider does not say its keys now: why."""


def is_private(url: str) -> bool:
    """Whether nobody between can change what an address answers: TLS, or this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme, parts.hostname in LOOPBACK) == ("http", True)
    )


class IssuerKeys:
    """The keys of one provider, for all threads of a process."""

    def __init__(self, issuer: str, url: str = "", clock: Callable[[], float] = monotonic) -> None:
        """Take the provider, and where its keys are; without an address its own metadata says it."""
        self._issuer, self._url, self._clock = issuer, url, clock
        self._lock = threading.Lock()
        self._known: dict[str, Key] = {}
        self._read_at, self._asked_at, self._fault = float("-inf"), float("-inf"), ""

    def of(self, keyid: str) -> Key | None:
        """The key of an id; None where the provider has none of it. Raises PeopleError where it can't be asked."""
        found, now = self._known.get(keyid), self._clock()
        if found and now - self._read_at <= FRESH_S:
            return found  # who is known waits for nobody
        with self._lock:
            due = now - self._read_at > FRESH_S or keyid not in self._known
            if due and now - self._asked_at > AGAIN_S:
                self._ask(now)
            if now - self._read_at > LONGEST_S:
                raise PeopleError(
                    f"the keys of {self._issuer} can't be read: {self._fault}; nobody is let in until then"
                )
            return self._known.get(keyid)

    def _ask(self, now: float) -> None:
        self._asked_at = now
        try:
            self._known = self._fetched()
            self._read_at = now
        except Away as away:
            self._fault = str(away)

    def _fetched(self) -> dict[str, Key]:
        with httpx.Client(timeout=PATIENCE_S, follow_redirects=False) as client:
            where = self._url or self._said_by_its_metadata(client)
            if not is_private(where):
                raise Away(f"{where} is no https address")
            said = _answer(client, where)
        found = said.get("keys")
        if not isinstance(found, list) or len(found) > MOST_KEYS:
            raise Away(f"{where} gives no list of at most {MOST_KEYS} keys")
        return {each["kid"]: key for each in found if (key := _key(each))}

    def _said_by_its_metadata(self, client: httpx.Client) -> str:
        where = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        said = _answer(client, where)
        if said.get("issuer") != self._issuer:
            raise Away(f"{where} is of issuer {str(said.get('issuer'))[:200]}, not of {self._issuer}")
        return str(said.get("jwks_uri", ""))


def _answer(client: httpx.Client, url: str) -> dict[str, Any]:
    """What an address gives, as JSON. Raises Away."""
    try:
        with client.stream("GET", url, headers={"Accept": "application/json"}) as answer:
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise Away(f"{url} gives more than {MOST_BYTES} bytes")
        if not answer.is_success:
            raise Away(f"{url} answers {answer.status_code}")
        said: dict[str, Any] = msgspec.json.decode(bytes(body), type=dict[str, Any])
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Away(f"{url}: {type(error).__name__} {error}") from None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Away(f"{url} gives no object of JSON") from None
    return said


def _key(said: object) -> Key | None:
    """A key with which tokens may be signed; None for any other: a provider publishes more than concerns us."""
    if not isinstance(said, dict) or said.get("kty") not in KINDS or not isinstance(said.get("kid"), str):
        return None
    if said.get("use", "sig") != "sig" or (said["kty"] == "RSA" and len(str(said.get("n", ""))) < SHORTEST_RSA):
        return None
    try:
        found = jwk.import_key(said)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, Key) else None
