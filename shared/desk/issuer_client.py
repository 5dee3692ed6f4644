"""The console as a client of a fund's identity provider: authorization code flow with PKCE (RFC 6749, RFC 7636 S256).

What is remembered of a sign-in that has begun goes with the browser, encrypted under a key of this process: nothing is
kept here, so whoever begins a million of them pushes nobody out. A restart ends what had begun, as it ends sessions.
Who signed in is who the access token says, read as any other (``issuer.py``); the ID token says that it is the answer
to this question (``nonce``) and of the same person.
"""

import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from time import monotonic, time
from typing import Any, Literal, Protocol, TypeAlias
from urllib.parse import quote_plus, urlsplit

import httpx
import msgspec
from joserfc import jwe, jwk
from joserfc.errors import JoseError

from shared.desk.issuer_http import MEANWHILE_S, Away, as_object, asking_provider, exchanged, is_private, metadata_of
from shared.desk.person import PeopleError, Person, TokenError

Why: TypeAlias = Literal["away", "begun", "elsewhere", "denied", "code", "token", "setup"]
"""Why nobody was signed in: the provider is away; it was not begun here, or too long ago; another provider answered;
who would sign in may not, or does not want to; the code is not taken; a token does not hold; the client is set up
wrongly."""
RETURN = "/sign-in/return"
"""Where the provider sends the browser back to."""
LONGEST_S = 600.0
"""How long somebody may take to sign in at the provider, in seconds."""
FRESH_S, AGAIN_S = 600.0, 5.0
"""How long what a provider says of itself is not asked for again, and after how long where it was away. Seconds."""
LEEWAY_S = 30
SEALED = {"alg": "dir", "enc": "A256GCM"}
"""How what a browser carries is encrypted, and in no other way."""
SHOWN = 80
"""How much of what a provider names as an error is said to people."""
DENIED = ("access_denied", "login_required", "consent_required", "interaction_required", "account_selection_required")
AWAY = ("server_error", "temporarily_unavailable")


class ClientFile(msgspec.Struct, forbid_unknown_fields=True):
    """What a fund says of the console as a client: without the file of a secret it is a public one."""

    id: str
    console: str
    secret_file: str = ""
    scope: str = "openid"
    resource: str = ""


class NotSignedIn(Exception):  # noqa: N818 - what is so
    """Nobody was signed in: why, and in one sentence what was found. No code, token or secret stands in it."""

    def __init__(self, why: Why, told: str) -> None:
        super().__init__(told)
        self.why: Why = why


class Ticket(msgspec.Struct, frozen=True):
    """A sign-in that has begun: what the answer has to fit, and where who began it wants to go."""

    state: str
    nonce: str
    verifier: str
    then: str
    lang: str
    until: float


class _Metadata(msgspec.Struct):
    """What a provider says of itself, as far as it concerns a client."""

    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str = ""
    code_challenge_methods_supported: list[str] | None = None
    authorization_response_iss_parameter_supported: bool = False


class Reads(Protocol):
    """Reads the provider's tokens."""

    @property
    def issuer(self) -> str:
        """Who has issued them."""

    def person(self, token: str) -> Person:
        """Whom an access token lets in. Raises TokenError, PeopleError."""

    def id_claims(self, token: str) -> dict[str, Any]:
        """What an ID token says that the provider has signed. Raises TokenError, PeopleError."""

    @property
    def step_up(self) -> dict[str, str]:
        """What is asked for so that tokens say when and how somebody signed in."""

    def sure_until(self, claims: Mapping[str, Any]) -> datetime | None:
        """How long a sign-in is one of now; None where that is not asked."""


class IssuerClient:
    """The console at one provider, for all threads of a process."""

    def __init__(self, said: ClientFile, reads: Reads, clock: Callable[[], float] = monotonic) -> None:
        """Take what the file says, and who reads the provider's tokens."""
        self._said, self._reads, self._clock = said, reads, clock
        self._key = jwk.OctKey.import_key(secrets.token_bytes(32))
        self._lock = threading.Lock()
        self._known: _Metadata | None = None
        self._asked_at, self._fault = float("-inf"), ""

    @property
    def host(self) -> str:
        """How the provider is called to people."""
        return urlsplit(self._reads.issuer).netloc

    @property
    def console(self) -> str:
        """The console's public address, without a slash at its end."""
        return self._said.console.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether browsers reach the console over TLS alone."""
        return self.console.startswith("https://")

    @property
    def leave(self) -> str:
        """Where one signs out at the provider too; empty where it says no such address, or has not been asked yet."""
        if self._known is None or not is_private(self._known.end_session_endpoint):
            return ""
        asked = {"client_id": self._said.id, "post_logout_redirect_uri": f"{self.console}/sign-in"}
        return str(httpx.URL(self._known.end_session_endpoint).copy_merge_params(asked))

    def begin(self, then: str, lang: str, *, anew: bool = False) -> tuple[str, str]:
        """The provider's address to sign in at, and what the browser carries until it returns. Raises NotSignedIn.

        With ``anew`` also who is signed in there signs in once more.
        """
        ticket = Ticket(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            then=then,
            lang=lang,
            until=self._clock() + LONGEST_S,
        )
        asked = {
            "response_type": "code",
            "client_id": self._said.id,
            "redirect_uri": self.console + RETURN,
            "scope": self._said.scope,
            "state": ticket.state,
            "nonce": ticket.nonce,
            "code_challenge": urlsafe_b64encode(sha256(ticket.verifier.encode()).digest()).decode().rstrip("="),
            "code_challenge_method": "S256",
        } | self._resource
        asked |= self._reads.step_up | ({"max_age": "0", "prompt": "login"} if anew else {})
        where = httpx.URL(self._metadata().authorization_endpoint).copy_merge_params(asked)
        if self._said.secret_file:
            self._secret()  # without it the code that comes back would be good for nothing
        carried = jwe.encrypt_compact(SEALED, msgspec.json.encode(ticket), self._key)
        return str(where), carried

    def opened(self, carried: str, state: str) -> Ticket:
        """What this browser began. Raises NotSignedIn where it began nothing, something else, or too long ago."""
        try:
            said = jwe.decrypt_compact(carried, self._key, algorithms=[*SEALED.values()]).plaintext
        except (JoseError, ValueError):
            raise NotSignedIn("begun", "no sign-in was begun in this browser") from None
        ticket = msgspec.json.decode(said or b"", type=Ticket)
        if not compare_digest(ticket.state.encode(), state.encode(errors="replace")):
            raise NotSignedIn("begun", "another sign-in was begun in this browser (state)")
        if ticket.until < self._clock():
            raise NotSignedIn("begun", f"it was begun more than {LONGEST_S / 60:.0f} minutes ago")
        return ticket

    def person(self, ticket: Ticket, answer: Mapping[str, str]) -> Person:
        """Who signed in, by what the provider's answer brings. Raises NotSignedIn."""
        metadata, issuer = self._metadata(), answer.get("iss")
        if issuer is None and metadata.authorization_response_iss_parameter_supported:
            raise NotSignedIn("elsewhere", "the answer says no issuer (iss, RFC 9207)")
        if issuer is not None and issuer != self._reads.issuer:
            raise NotSignedIn("elsewhere", f"the answer is of {_shown(issuer)} (iss), not of {self._reads.issuer}")
        if error := answer.get("error"):
            why: Why = "denied" if error in DENIED else "away" if error in AWAY else "setup"
            raise NotSignedIn(why, f"{self.host} answers {_shown(error)}")
        code = answer.get("code", "")
        if not code:
            raise NotSignedIn("code", "the answer has no code")
        given = self._exchanged(metadata.token_endpoint, code, ticket.verifier)
        try:
            person = self._reads.person(given["access_token"])
            sure = self._reads.sure_until(self._checked(given, ticket, person))
            if sure and person.sure_until:  # what either token says
                person = replace(person, sure_until=max(sure, person.sure_until))
        except TokenError as error:
            raise NotSignedIn("token", str(error)) from None
        except PeopleError as error:
            raise NotSignedIn("away", str(error)) from None
        return person

    # --- what the provider is asked

    @property
    def _resource(self) -> dict[str, str]:
        """For whom tokens are asked for (RFC 8707), where the file says it."""
        return {"resource": self._said.resource} if self._said.resource else {}

    def _exchanged(self, where: str, code: str, verifier: str) -> dict[str, str]:
        """The tokens for a code. Raises NotSignedIn."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.console + RETURN,
            "code_verifier": verifier,
        } | self._resource
        auth = None
        if self._said.secret_file:
            auth = (quote_plus(self._said.id), quote_plus(self._secret()))  # RFC 6749 2.3.1: written as in a form
        else:
            form["client_id"] = self._said.id
        try:
            with asking_provider() as client:
                status, body = exchanged(client, where, form, auth)
            said = as_object(where, body)
        except Away as away:
            raise NotSignedIn("away", str(away)) from None
        if httpx.codes.is_server_error(status):
            raise NotSignedIn("away", f"{where} answers {status}")
        if not httpx.codes.is_success(status):
            error = str(said.get("error"))
            raise NotSignedIn("code" if error == "invalid_grant" else "setup", f"{where} answers {_shown(error)}")
        if not isinstance(said.get("access_token"), str) or str(said.get("token_type")).lower() != "bearer":
            raise NotSignedIn("setup", f"{where} gives no access token of type Bearer")
        return {name: each for name, each in said.items() if isinstance(each, str)}

    def _secret(self) -> str:
        """The client's secret, as its file says it now. Raises NotSignedIn."""
        try:
            found = Path(self._said.secret_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            told = f"client.secret_file {self._said.secret_file}: {getattr(error, 'strerror', None) or 'is no text'}"
            raise NotSignedIn("setup", told) from None
        if not found:
            raise NotSignedIn("setup", f"client.secret_file {self._said.secret_file} is empty")
        return found

    def _checked(self, given: Mapping[str, str], ticket: Ticket, person: Person) -> dict[str, Any]:
        """OpenID Connect Core 3.1.3.7: the claims of the ID token that is the answer to this question, if one is.

        Raises TokenError, PeopleError.
        """
        if "id_token" not in given:
            if "openid" in self._said.scope.split():
                raise TokenError("no ID token came, and scope openid was asked for")
            return {}
        said, client = self._reads.id_claims(given["id_token"]), self._said.id
        audience, until = said.get("aud"), said.get("exp")
        if said.get("iss") != self._reads.issuer:
            raise TokenError(f"the ID token is of issuer {_shown(said.get('iss'))}, not of {self._reads.issuer}")
        if client not in (audience if isinstance(audience, list) else [audience]) or said.get("azp", client) != client:
            raise TokenError(f"the ID token is for {_shown(audience)}, and this is {client}")
        if isinstance(until, bool) or not isinstance(until, int | float) or until <= time() - LEEWAY_S:
            raise TokenError("the ID token has expired, or says no end (exp)")
        if not compare_digest(str(said.get("nonce")).encode(errors="replace"), ticket.nonce.encode()):
            raise TokenError("the ID token is the answer to another sign-in (nonce)")
        if person.identity != f"{said['iss']} {said.get('sub')}":
            raise TokenError("the ID token and the access token are of two persons (sub)")
        return said

    def _metadata(self) -> _Metadata:
        """What the provider says of itself. Raises NotSignedIn where it can't be asked."""
        if self._is_due() and self._lock.acquire(timeout=0 if self._known else MEANWHILE_S):
            try:
                if self._is_due():
                    self._ask()
            finally:
                self._lock.release()
        if self._fault or self._known is None:
            raise NotSignedIn("away", self._fault or f"{self.host} is being asked")
        return self._known

    def _is_due(self) -> bool:
        return self._clock() - self._asked_at > (AGAIN_S if self._fault else FRESH_S)

    def _ask(self) -> None:
        """Ask once; who comes meanwhile takes what is known, and does not ask again when this is over."""
        try:
            self._known, self._fault = _read(self._reads.issuer), ""
        except Away as away:
            self._fault = str(away)
        self._asked_at = self._clock()


def _read(issuer: str) -> _Metadata:
    """A provider's metadata, with which a client can begin something. Raises Away."""
    with asking_provider() as client:
        said = metadata_of(client, issuer)
    try:
        found = msgspec.convert(said, _Metadata)
    except msgspec.ValidationError as error:
        raise Away(f"the metadata of {issuer}: {error}") from None
    for url in (found.authorization_endpoint, found.token_endpoint):
        if not is_private(url):
            raise Away(f"{_shown(url)} is no https address")
    methods = found.code_challenge_methods_supported
    if methods is not None and "S256" not in methods:
        raise Away(f"{issuer} offers no PKCE by S256 (RFC 7636), and without it nobody is sent there")
    return found


def _shown(said: object) -> str:
    """What others wrote, so short and plain that it can be said to a person."""
    return "".join(each if each.isprintable() else "?" for each in str(said)[:SHOWN])


def faults_of(said: ClientFile) -> list[str]:
    """Why a client can't be used, if so; its secret is the console's alone to read, others read the file too."""
    if not is_private(said.console):
        return [f"client.console {said.console} is no https address"]
    parts = urlsplit(said.console)
    return [
        *([] if said.id else ["client.id is empty"]),
        *(["client.console is an address without a path"] if parts.path.strip("/") or parts.query else []),
        *([] if said.scope else ["client.scope is empty"]),
    ]
