"""Tokens of an identity provider: whom they let in, and each fault with its answer; its keys over real sockets."""

import base64
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any

import pytest
from joserfc import jwk, jwt

from deploy.render import DEPLOY
from shared.desk.issuer import Issuer, read_issuer
from shared.desk.issuer_http import MOST_BYTES
from shared.desk.issuer_keys import AGAIN_S, FRESH_S, LONGEST_S, IssuerKeys
from shared.desk.people import People
from shared.desk.person import PeopleError, TokenError
from shared.kernel.stop import Wrong
from tests.desk import provider
from tests.desk.provider import AUDIENCE, IdentityProvider, issuer_file
from tests.runtime.funds import FUND

PEOPLE = {
    "ona": {"roles": ["psdf-clerk", "others"], "payer": "vlk", "name": "Ona Onaitė"},
    "kazys": {"roles": "psdf-second", "payer": ["kaunas"], "name": "Kazys  Kaunietis"},
    "milda": {"roles": ["psdf-ministry"], "name": "Milda Mildaitė"},
    "nule": {"roles": ["others"], "payer": "vlk"},
}
Forger = Callable[[IdentityProvider], str]
there = provider.there


@pytest.fixture(scope="module")
def issuer(there: IdentityProvider) -> Issuer:
    return read_issuer(there.file, FUND)


def test_who_signs_in_there_is_who_the_provider_says_with_the_role_and_payer_of_the_table(
    there: IdentityProvider, issuer: Issuer, tmp_path: Path
) -> None:
    people = People(tmp_path, issuer)
    assert people.anybody()
    for login, name, role, payer in (
        ("ona", "Ona Onaitė", "clerk", "VLK"),
        ("kazys", "Kazys Kaunietis", "second", "TLK-KAUNAS"),
        ("milda", "Milda Mildaitė", "ministry", ""),
        ("nule", "nule", None, ""),
    ):
        found = people.by_token(there.signed_in(login))
        assert found is not None
        assert (found.name, found.role, found.payer, found.identity) == (name, role, payer, f"{there.url} {login}")
        assert found.until is not None
        assert timedelta() < found.until - datetime.now(UTC) < timedelta(minutes=11)


def test_a_token_that_the_provider_gave_for_somebody_else_is_not_taken(there: IdentityProvider, issuer: Issuer) -> None:
    token = there.signed_in("ona", "urn:another:place")
    with pytest.raises(TokenError, match="the token is for urn:another:place, and this is urn:psdf:desk"):
        issuer.person(token)


HS256 = {"alg": "HS256", "typ": "at+jwt", "kid": "one"}


def text(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def unsigned(there: IdentityProvider) -> str:
    """By hand: no library of repute makes one."""
    return f"{text({'alg': 'none', 'typ': 'at+jwt', 'kid': 'one'})}.{text(there.says())}."


def by_the_public_key(there: IdentityProvider) -> str:
    """HS256 with what everybody may read as the secret; by hand: a good library makes none."""
    signed = unsigned(there).replace(text({"alg": "none", "typ": "at+jwt", "kid": "one"}), text(HS256)).rstrip(".")
    proof = hmac.digest(there.key.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"


def bits(there: IdentityProvider, at: int) -> str:
    """A token of which one character is another."""
    token = there.forged(there.says())
    where = at if at >= 0 else len(token) + at
    return token[:where] + ("A" if token[where] != "A" else "B") + token[where + 1 :]


def strangers(there: IdentityProvider, kid: str) -> str:
    return there.forged(there.says(), {"kid": kid}, jwk.ECKey.generate_key("P-256"))


def raw_text(part: str) -> str:
    return base64.urlsafe_b64encode(part.encode()).decode().rstrip("=")


def now(seconds: float) -> int:
    return int(time() + seconds)


LISTS = '{"alg": [], "kid": {}}'
FORGED: dict[str, tuple[Forger, str]] = {
    "alg none": (unsigned, "signed by alg none: RS256, PS256, ES256, EdDSA is allowed"),
    "HS256 with the public key": (by_the_public_key, "signed by alg HS256"),
    "another key under its id": (lambda there: strangers(there, "one"), "signature does not fit"),
    "a key that it does not have": (lambda there: strangers(there, "two"), "key two is none of"),
    "a changed claim": (lambda there: bits(there, 90), "(signature does not fit|no JWT)"),
    "a changed signature": (lambda there: bits(there, -20), "signature does not fit"),
    "an alg of another kind of key": (
        lambda there: there.forged(there.says(), {"alg": "RS256"}, jwk.RSAKey.generate_key(2048)),
        "key one is none of .* for RS256",
    ),
    "an id token": (lambda there: there.forged(there.says(), {"typ": "JWT"}), "typ is jwt"),
    "no typ": (lambda there: there.forged(there.says(), {"typ": None}), "typ is none"),
    "no kid": (lambda there: there.forged(there.says(), {"kid": None}), "key None is none of"),
    "another issuer": (lambda there: there.forged(there.says(iss="https://evil.example")), "of issuer https://evil"),
    "another audience": (lambda there: there.forged(there.says(aud=["a", "b"])), "is for"),
    "no audience": (lambda there: there.forged(there.says(aud=None)), "is for None"),
    "expired": (lambda there: there.forged(there.says(iat=now(-700), exp=now(-31))), "has expired at"),
    "no end": (lambda there: there.forged(there.says(exp=None)), "exp is no moment"),
    "an end in words": (lambda there: there.forged(there.says(exp="never")), "(exp is no moment|signature)"),
    "an end that is true": (lambda there: there.forged(there.says(exp=True)), "(exp is no moment|signature)"),
    "too long": (lambda there: there.forged(there.says(exp=now(86_500))), "good for longer than"),
    "not yet": (lambda there: there.forged(there.says(nbf=now(60))), "is good from"),
    "of tomorrow": (lambda there: there.forged(there.says(iat=now(60))), "is good from"),
    "nobody": (lambda there: there.forged(there.says(sub=None)), "sub is no text"),
    "an empty sub": (lambda there: there.forged(there.says(sub="")), "sub is no text"),
    "two lines of name": (lambda there: there.forged(there.says(name="Ona\u202e")), "is no name"),
    "two roles": (
        lambda there: there.forged(there.says(roles=["psdf-clerk", "psdf-second"])),
        "names two roles, clerk and second",
    ),
    "no payer": (lambda there: there.forged(there.says(payer=None)), "names no payer: one is due"),
    "two payers": (lambda there: there.forged(there.says(payer=["vlk", "kaunas"])), "names TLK-KAUNAS and VLK"),
    "a planner elsewhere": (
        lambda there: there.forged(there.says(roles=["psdf-planner"], payer="kaunas")),
        "a planner is of VLK",
    ),
    "an extension that has to be known": (
        lambda there: there.forged(there.says(), {"crit": ["b64"], "b64": False}),
        "(no JWT|does not fit)",
    ),
    "no JWT": (lambda _: "a.b.c", "is no JWT"),
    "empty parts": (lambda _: "..", "is no JWT"),
    "letters of others": (lambda _: "ą.č.ę", "is no JWT"),
    "a deep one": (lambda _: f"{raw_text('[' * 6_000)}.e30.e30", "is no JWT"),
    "a list for a header": (lambda _: f"{raw_text('[]')}.e30.e30", "is no JWT"),
    "lists in a header": (lambda _: f"{raw_text(LISTS)}.e30.e30", "(is no JWT|signed by alg)"),
    "a long one": (lambda _: "a" * 20_000 + ".b.c", "is longer than 16384 characters"),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_does_not_hold_lets_nobody_in_and_says_why(there: IdentityProvider, issuer: Issuer, what: str) -> None:
    forge, why = FORGED[what]
    with pytest.raises(TokenError, match=why):
        issuer.person(forge(there))


def test_clocks_may_differ_by_half_a_minute(there: IdentityProvider, issuer: Issuer) -> None:
    assert issuer.person(there.forged(there.says(iat=now(-600), exp=now(-20)))).role == "clerk"
    assert issuer.person(there.forged(there.says(iat=now(20), nbf=now(20)))).role == "clerk"


# ---------------------------------------------------------------------------------------------------------- its keys


class Published:
    """What a provider publishes, over a real socket; how often it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes, str]] = {}
        self.asked, self.sent = 0, ("", "")  # the form that came last, and its Authorization
        self.busy, self.free = threading.Event(), threading.Event()
        self.free.set()
        published = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                published.asked += self.path == "/keys"
                published.busy.set()
                published.free.wait(30)
                status, body, where = published.answers.get(self.path, (404, b"", ""))
                self.send_response(status)
                if where:
                    self.send_header("Location", where)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                published.sent = (form, self.headers.get("Authorization", ""))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.gives("/.well-known/openid-configuration", {"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    def gives(self, path: str, said: object, status: int = 200, where: str = "") -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.answers[path] = (status, body, where)

    def has(self, *keys: Any) -> None:  # noqa: ANN401 - keys of any kind
        self.gives("/keys", {"keys": [key if isinstance(key, dict) else key.as_dict(private=False) for key in keys]})


@contextmanager
def publishing() -> Iterator[Published]:
    made = Published()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.free.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def made(kind: str, kid: str) -> Any:  # noqa: ANN401
    given = {"kid": kid, "use": "sig"}
    if kind == "RSA":
        return jwk.RSAKey.generate_key(2048, given)
    return jwk.ECKey.generate_key("P-256", given) if kind == "EC" else jwk.OKPKey.generate_key("Ed25519", given)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 names the curve; providers do not yet
@pytest.mark.parametrize(("algorithm", "kind"), [("RS256", "RSA"), ("PS256", "RSA"), ("ES256", "EC"), ("EdDSA", "OKP")])
def test_each_algorithm_that_is_allowed_is_taken_and_only_where_the_file_allows_it(
    tmp_path: Path, algorithm: str, kind: str
) -> None:
    key = made(kind, "k")
    with publishing() as there:
        there.has(key)
        says = {"iss": there.url, "aud": AUDIENCE, "sub": "x", "iat": now(0), "exp": now(60), "roles": "psdf-auditor"}
        token = jwt.encode({"alg": algorithm, "typ": "at+jwt", "kid": "k"}, says | {"payer": "vlk"}, key, [algorithm])
        path = issuer_file(tmp_path / "oidc.toml", there.url)
        assert read_issuer(path, FUND).person(token).role == "auditor"
        other = next(each for each in ("ES256", "RS256") if each != algorithm)
        path.write_text(f'algorithms = ["{other}"]\n' + path.read_text())
        with pytest.raises(TokenError, match=f"signed by alg {algorithm}: {other} is allowed"):
            read_issuer(path, FUND).person(token)


def test_keys_are_kept_asked_for_again_when_one_is_unknown_and_not_too_often() -> None:
    clock = Clock()
    with publishing() as there:
        one, two = made("EC", "one"), made("EC", "two")
        there.has(one)
        keys = IssuerKeys(there.url, clock=clock)
        assert keys.of("one") is not None
        clock.now += FRESH_S - 1
        assert (keys.of("one") is not None, there.asked) == (True, 1)
        there.has(two)
        assert (keys.of("two") is not None, keys.of("one"), there.asked) == (True, None, 2)
        for number in range(100):
            assert keys.of(f"guessed-{number}") is None
        assert there.asked == 2, "who guesses ids makes nobody ask"
        clock.now += AGAIN_S + 1
        assert (keys.of("guessed"), there.asked) == (None, 3)
        clock.now += FRESH_S + 1
        assert (keys.of("two") is not None, there.asked) == (True, 4)


def test_where_the_provider_is_away_known_keys_count_for_an_hour_and_then_nobody_is_let_in() -> None:
    clock = Clock()
    with publishing() as there:
        there.has(made("EC", "one"))
        keys = IssuerKeys(there.url, clock=clock)
        assert keys.of("one")
        there.gives("/keys", b"", 503)
        clock.now += LONGEST_S - 1
        assert keys.of("one")
        clock.now += 2
        with pytest.raises(PeopleError, match="/keys answers 503; nobody is let in until then"):
            keys.of("one")
        there.has(made("EC", "one"))
        clock.now += AGAIN_S
        assert keys.of("one")


@pytest.mark.parametrize(
    ("path", "said", "why"),
    [
        ("/keys", b"x" * (MOST_BYTES + 1), "gives more than"),
        ("/keys", b"[]", "gives no object of JSON"),
        ("/keys", b"\xff", "gives no object of JSON"),
        ("/keys", {"keys": {}}, "gives no list of at most 100 keys"),
        ("/keys", {"keys": [{}] * 101}, "gives no list of at most 100 keys"),
        ("/.well-known/openid-configuration", {"issuer": "https://evil.example"}, "is of issuer https://evil.example"),
        ("/.well-known/openid-configuration", {"jwks_uri": "http://10.0.0.1/keys"}, "is no https address"),
        ("/.well-known/openid-configuration", {"jwks_uri": "file:///etc/hostname"}, "is no https address"),
    ],
)
def test_what_is_no_set_of_keys_lets_nobody_in(path: str, said: Any, why: str) -> None:  # noqa: ANN401
    with publishing() as there:
        there.has(made("EC", "one"))
        there.gives(path, {"issuer": there.url} | said if path != "/keys" and isinstance(said, dict) else said)
        with pytest.raises(PeopleError, match=why):
            IssuerKeys(there.url).of("one")


def test_a_redirect_is_not_followed_and_a_provider_that_is_not_there_is_named() -> None:
    with publishing() as there:
        there.gives("/keys", b"", 302, f"{there.url}/elsewhere")
        with pytest.raises(PeopleError, match="/keys answers 302"):
            IssuerKeys(there.url).of("one")
    with pytest.raises(PeopleError, match="ConnectError"):
        IssuerKeys(there.url).of("one")


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_keys_that_prove_nothing_are_none() -> None:
    short = jwk.RSAKey.generate_key(1024, {"kid": "short"})
    with publishing() as there:
        there.has(
            {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
            short,
            made("EC", "enc").as_dict(private=False) | {"use": "enc"},
            {"kty": "EC", "kid": "broken", "crv": "P-256"},
            {"kty": "EC"},
            {"kid": 1},
            made("EC", "good"),
        )
        keys = IssuerKeys(there.url, f"{there.url}/keys")
        assert keys.of("good") is not None
        assert [keys.of(kid) for kid in ("secret", "short", "enc", "broken")] == [None] * 4


def test_a_file_that_can_not_be_used_names_what_is_wrong(tmp_path: Path) -> None:
    good = issuer_file(tmp_path / "oidc.toml", "https://login.example.lt").read_text()
    for change, why in (
        (("https://login", "http://login"), "http://login.example.lt is no https address"),
        (('"clerk"', '"chief"'), "role chief is none of"),
        (('"VLK"', '"VLKX"'), "payer VLKX is none of the fund's"),
        ((AUDIENCE, ""), "audience is empty"),
        (("[roles]", "algorithms = []\n[roles]"), "algorithms is empty"),
        (("[roles]", 'algorithms = ["HS256"]\n[roles]'), "Invalid enum value 'HS256'"),
        (("[roles]", "secret = 1\n[roles]"), "unknown field `secret`"),
        (("issuer", "="), "PSDF_OIDC="),
    ):
        path = tmp_path / "changed.toml"
        path.write_text(good.replace(*change))
        with pytest.raises(Wrong, match=why):
            read_issuer(path, FUND)
    with pytest.raises(Wrong, match="No such file"):
        read_issuer(tmp_path / "nowhere", FUND)


def test_the_file_of_the_runbook_can_be_used(tmp_path: Path) -> None:
    (said,) = re.findall(r"```toml\n(issuer.*?)```", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "oidc.toml").write_text(said, encoding="utf-8")
    issuer = read_issuer(tmp_path / "oidc.toml", FUND)
    assert (issuer.issuer, issuer.step_up["max_age"]) == ("https://login.example.lt", "900")
    (client,) = re.findall(
        r"```toml\n(\[client\].*?)```", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    (tmp_path / "oidc.toml").write_text(said + client, encoding="utf-8")
    found = read_issuer(tmp_path / "oidc.toml", FUND).client
    assert found is not None
    assert found.console == "https://console.example.lt"


def test_a_claim_may_lie_in_another(tmp_path: Path) -> None:
    with publishing() as there:
        key = made("EC", "k")
        there.has(key)
        path = issuer_file(tmp_path / "oidc.toml", there.url)
        path.write_text(path.read_text().replace('claim = "roles"', 'claim = "realm_access.roles"'))
        says = {"iss": there.url, "aud": [AUDIENCE, "x"], "sub": "x", "iat": now(0), "exp": now(60), "payer": "vlk"}
        header = {"alg": "ES256", "typ": "AT+JWT", "kid": "k"}
        for roles, role in (({"roles": ["psdf-clerk"]}, "clerk"), ("psdf-clerk", None), ({}, None)):
            token = jwt.encode(header, says | {"realm_access": roles}, key)
            assert read_issuer(path, FUND).person(token).role == role
