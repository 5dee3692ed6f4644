"""The keys of an identity provider (JWKS, RFC 7517): fetched when they are asked for, kept for a while, and bounded.

A key that is not known is looked for once more, at most every half a minute, for a provider changes its keys. Where it
can't be reached the keys that are known count for an hour, and then nobody is let in. One at a time asks: who comes
meanwhile takes what is known, and waits a second for what is not.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

from joserfc import jwk
from joserfc.errors import JoseError

from shared.desk.issuer_http import MEANWHILE_S, Away, answer_of, asking_provider, is_private, metadata_of
from shared.desk.person import PeopleError

Key: TypeAlias = jwk.RSAKey | jwk.ECKey | jwk.OKPKey

FRESH_S, AGAIN_S, LONGEST_S = 600.0, 30.0, 3_600.0
"""How long keys are not asked for again; after how long they are where one is unknown; how long they count where the
provider is away. Seconds."""
MOST_KEYS = 100
KINDS = ("RSA", "EC", "OKP")
"""Kinds of public keys. A provider that publishes a secret (oct) has published nothing that proves something."""
SHORTEST_RSA = 342
"""How long the modulus of an RSA key of 2048 bits is, in base64url."""


class IssuerKeys:
    """The keys of one provider, for all threads of a process."""

    def __init__(self, issuer: str, url: str = "", clock: Callable[[], float] = monotonic) -> None:
        """Take the provider, and where its keys are; without an address its own metadata says it."""
        self._issuer, self._url, self._clock = issuer, url, clock
        self._lock = threading.Lock()
        self._known: dict[str, Key] = {}
        self._read_at, self._asked_at = float("-inf"), float("-inf")
        self._fault = "it is being asked"

    def of(self, keyid: str) -> Key | None:
        """The key of an id; None where the provider has none of it. Raises PeopleError where it can't be asked."""
        found, now = self._known.get(keyid), self._clock()
        if found and now - self._read_at <= FRESH_S:
            return found  # who is known waits for nobody
        is_known = found is not None and now - self._read_at <= LONGEST_S
        if not self._lock.acquire(timeout=0 if is_known else MEANWHILE_S):
            return self._counts(keyid, now)
        try:
            due = now - self._read_at > FRESH_S or keyid not in self._known
            if due and now - self._asked_at > AGAIN_S:
                self._ask(now)
        finally:
            self._lock.release()
        return self._counts(keyid, now)

    def _counts(self, keyid: str, now: float) -> Key | None:
        """The key of an id as it is known now. Raises PeopleError where nothing is."""
        if now - self._read_at > LONGEST_S:
            raise PeopleError(f"the keys of {self._issuer} can't be read: {self._fault}; nobody is let in until then")
        return self._known.get(keyid)

    def _ask(self, now: float) -> None:
        self._asked_at = now
        try:
            self._known = self._fetched()
            self._read_at = now
        except Away as away:
            self._fault = str(away)

    def _fetched(self) -> dict[str, Key]:
        with asking_provider() as client:
            where = self._url or str(metadata_of(client, self._issuer).get("jwks_uri", ""))
            if not is_private(where):
                raise Away(f"{where} is no https address")
            said = answer_of(client, where)
        found = said.get("keys")
        if not isinstance(found, list) or len(found) > MOST_KEYS:
            raise Away(f"{where} gives no list of at most {MOST_KEYS} keys")
        return {each["kid"]: key for each in found if (key := _key(each))}


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
