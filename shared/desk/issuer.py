"""People whom an identity provider knows (OpenID Connect): its access tokens by RFC 9068, and whom they say.

A person is who the provider says, ``iss`` and ``sub``, whatever the name; role and payer follow from claims, by the
table of a file. Each check is a line of ``_claims``; what does not hold is a TokenError with its reason.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError

from shared.desk.issuer_client import ClientFile, IssuerClient, faults_of
from shared.desk.issuer_http import is_private
from shared.desk.issuer_keys import IssuerKeys
from shared.desk.people import LONGEST_NAME
from shared.desk.person import ROLES, Person, Role, TokenError
from shared.kernel.fund import Fund
from shared.kernel.stop import Wrong

Algorithm: TypeAlias = Literal["RS256", "PS256", "ES256", "EdDSA"]
ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "EdDSA")
KIND_OF: Mapping[str, str] = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
TYPES = ("at+jwt", "application/at+jwt")
ID_TYPES = ("jwt", "none")
"""How an ID token calls itself, if at all."""
LEEWAY, LONGEST = timedelta(seconds=30), timedelta(hours=24)
"""How far two clocks may differ, and how long a token may be good for."""
NEVER = datetime.fromtimestamp(0, UTC)
MOST_CHARACTERS, LONGEST_SUB = 16_384, 255


class _Means(msgspec.Struct, forbid_unknown_fields=True):
    """Which values of a claim mean what here."""

    claim: str
    means: dict[str, str]


class _Confirm(msgspec.Struct, forbid_unknown_fields=True):
    """How lately, and how strongly (``acr``), somebody has to have signed in who confirms something."""

    within_minutes: Annotated[int, msgspec.Meta(ge=1, le=480)] = 15
    acr: tuple[str, ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """What a fund says of its identity provider."""

    issuer: str
    audience: str
    roles: _Means
    payers: _Means
    keys: str = ""
    algorithms: tuple[Algorithm, ...] = ALGORITHMS
    name: str = "name"
    client: ClientFile | None = None
    confirm: _Confirm | None = None


class Issuer:
    """A fund's identity provider: whom its tokens let in."""

    def __init__(self, said: _File, fund: Fund, keys: IssuerKeys) -> None:
        """Take what the file says, whose payers are meant, and the provider's keys."""
        self._said, self._fund, self._keys = said, fund, keys
        self.client = IssuerClient(said.client, self) if said.client else None

    @property
    def issuer(self) -> str:
        """Who issues the tokens."""
        return self._said.issuer

    def person(self, token: str, now: datetime | None = None) -> Person:
        """Whom a token lets in. Raises TokenError; PeopleError where the provider's keys can't be read."""
        claims, until = self._claims(token, now or datetime.now(UTC))
        name = " ".join(str(claims.get(self._said.name) or claims["sub"]).split())
        if not name.isprintable() or len(name) > LONGEST_NAME:
            raise TokenError(f"the token's {self._said.name} is no name of at most {LONGEST_NAME} letters")
        role = self._role(claims)
        return Person(
            name=name,
            role=role,
            payer=self._payer(claims, role),
            token_sha256="",
            identity=f"{claims['iss']} {claims['sub']}",
            until=until,
            sure_until=self.sure_until(claims),
        )

    @property
    def step_up(self) -> dict[str, str]:
        """What a provider is asked for so that its tokens say when and how somebody signed in; nothing if not asked."""
        rule = self._said.confirm
        if rule is None:
            return {}
        return {"max_age": str(rule.within_minutes * 60)} | ({"acr_values": " ".join(rule.acr)} if rule.acr else {})

    def sure_until(self, claims: Mapping[str, Any]) -> datetime | None:
        """How long a sign-in is one of now, by ``auth_time`` and ``acr`` (RFC 9470); None where that is not asked.

        Where the token does not say it, it is none.
        """
        rule, since = self._said.confirm, claims.get("auth_time")
        if rule is None:
            return None
        if isinstance(since, bool) or not isinstance(since, int | float) or not 0 <= since <= time() + LEEWAY.seconds:
            return NEVER
        if rule.acr and claims.get("acr") not in rule.acr:
            return NEVER
        return datetime.fromtimestamp(since, UTC) + timedelta(minutes=rule.within_minutes)

    def _claims(self, token: str, now: datetime) -> tuple[dict[str, Any], datetime]:
        """What a token says that holds, and until when. Raises TokenError, PeopleError."""
        claims = self._signed(token, self._said.algorithms, TYPES)
        issuer, audience, sub = claims.get("iss"), claims.get("aud"), claims.get("sub")
        if issuer != self._said.issuer:
            raise TokenError(f"the token is of issuer {str(issuer)[:200]}, not of {self._said.issuer}")
        if self._said.audience not in (audience if isinstance(audience, list) else [audience]):
            raise TokenError(f"the token is for {str(audience)[:200]}, and this is {self._said.audience}")
        if not isinstance(sub, str) or not sub.isprintable() or not 0 < len(sub) <= LONGEST_SUB:
            raise TokenError(f"the token's sub is no text of at most {LONGEST_SUB} letters")
        until, since = _moment(claims, "exp"), _moment(claims, "iat")
        begins = _moment(claims, "nbf") if "nbf" in claims else since
        if until <= now - LEEWAY:
            raise TokenError(f"the token has expired at {until.isoformat()}: sign in at {self._said.issuer} again")
        if max(begins, since) > now + LEEWAY:
            raise TokenError(f"the token is good from {max(begins, since).isoformat()}: is a clock wrong?")
        if until - since > LONGEST:
            raise TokenError(f"the token is good for longer than {LONGEST}: the provider gives shorter ones")
        return claims, until

    def id_claims(self, token: str) -> dict[str, Any]:
        """What the provider has signed in an ID token, for who asked for it. Raises TokenError, PeopleError.

        The fund's ``algorithms`` are of access tokens: a provider may sign the two differently.
        """
        return self._signed(token, ALGORITHMS, ID_TYPES)

    def _signed(self, token: str, algorithms: Sequence[str], types: Sequence[str]) -> dict[str, Any]:
        """What was signed, by a key of the provider, in a way that is allowed here. Raises TokenError, PeopleError."""
        if len(token) > MOST_CHARACTERS:
            raise TokenError(f"the token is longer than {MOST_CHARACTERS} characters")
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError, TypeError):
            raise TokenError("the token is no JWT (RFC 7519) in three parts") from None
        algorithm, keyid, type_ = header.get("alg"), header.get("kid"), str(header.get("typ")).lower()
        if algorithm not in algorithms:
            allowed = ", ".join(algorithms)
            raise TokenError(f"the token is signed by alg {str(algorithm)[:20]}: {allowed} is allowed")
        if type_ not in types:
            kind = "an access token by RFC 9068" if types is TYPES else "an ID token"
            raise TokenError(f"the token's typ is {type_[:40]}: {kind} is {types[0]}")
        key = self._keys.of(keyid) if isinstance(keyid, str) else None
        if key is None or key.key_type != KIND_OF[str(algorithm)]:
            raise TokenError(f"the token's key {str(keyid)[:80]} is none of {self._said.issuer}'s for {algorithm}")
        try:
            return dict(jwt.decode(token, key, algorithms=[str(algorithm)]).claims)
        except (JoseError, ValueError, TypeError):
            raise TokenError("the token's signature does not fit") from None

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        """The role that is meant; None for who may sign in and do nothing yet. Raises TokenError for two."""
        found = sorted({self._said.roles.means[each] for each in _values(claims, self._said.roles)})
        if len(found) > 1:
            raise TokenError(f"the token names two roles, {' and '.join(found)}: a person has one")
        return next((role for role in ROLES if role in found), None)

    def _payer(self, claims: Mapping[str, Any], role: Role | None) -> str:
        """For whom the person acts; nobody without a role. Raises TokenError."""
        if role in (None, "ministry"):
            return ""
        found = sorted({self._said.payers.means[each] for each in _values(claims, self._said.payers)})
        if len(found) != 1:
            raise TokenError(
                f"the token's {self._said.payers.claim} names {' and '.join(found) or 'no payer'}: one is due"
            )
        if role == "planner" and found[0] != self._fund.state_payer:
            raise TokenError(f"a planner is of {self._fund.state_payer}: the budget is the whole fund's")
        return found[0]


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    said = claims.get(name)
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said < 2**33:
        raise TokenError(f"the token's {name} is no moment (RFC 7519, seconds)")
    return datetime.fromtimestamp(said, UTC)


def _values(claims: Mapping[str, Any], wanted: _Means) -> Iterator[str]:
    """The values of a claim that mean something here; ``a.b`` is b in a, where no claim is called so."""
    said: Any = claims.get(wanted.claim)
    if said is None:
        said = claims
        for part in wanted.claim.split("."):
            said = said.get(part) if isinstance(said, dict) else None
    for each in said if isinstance(said, list) else [said]:
        if isinstance(each, str) and each in wanted.means:
            yield each


def read_issuer(path: Path, fund: Fund, keys: Callable[[str, str], IssuerKeys] = IssuerKeys) -> Issuer:
    """The provider of a file. Raises Wrong for a file that can't be used."""
    try:
        said = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except OSError as error:
        raise Wrong(f"PSDF_OIDC={path}: {error.strerror}") from None
    except (ValueError, msgspec.MsgspecError) as error:
        raise Wrong(f"PSDF_OIDC={path}: {error}") from None
    faults = [
        *(f"{url} is no https address" for url in (said.issuer, said.keys) if url and not is_private(url)),
        *(f"role {each} is none of {', '.join(ROLES)}" for each in said.roles.means.values() if each not in ROLES),
        *(f"payer {each} is none of the fund's" for each in said.payers.means.values() if fund.payer(each) is None),
        *(["audience is empty"] if not said.audience else []),
        *(["algorithms is empty"] if not said.algorithms else []),
        *(faults_of(said.client) if said.client else []),
    ]
    if faults:
        raise Wrong(f"PSDF_OIDC={path}: {faults[0]}")
    return Issuer(said, fund, keys(said.issuer, said.keys))
