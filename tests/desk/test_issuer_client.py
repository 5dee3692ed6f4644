"""The console as a client of an identity provider: what it asks, which answers it takes, and each fault with its reason."""

import base64
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote_plus, urlsplit

import pytest
from joserfc import jwk, jwt

from shared.desk.issuer import read_issuer
from shared.desk.issuer_client import AGAIN_S, FRESH_S, LONGEST_S, IssuerClient, NotSignedIn, Ticket
from shared.desk.person import Person
from shared.kernel.stop import Wrong
from tests.desk.provider import AUDIENCE, SECRET, issuer_file, with_client
from tests.desk.test_issuer import Clock, Published, made, publishing
from tests.runtime.funds import FUND

CONSOLE = "https://console.example.lt"
METADATA = "/.well-known/openid-configuration"


class Small:
    """A provider that says whatever it is told to say, and a console that is its client."""

    def __init__(self, there: Published, folder: Path, **more: str) -> None:
        self.there, self.url, self.key = there, there.url, made("EC", "k")
        there.has(self.key)
        self.says()
        self.file = with_client(issuer_file(folder / "oidc.toml", self.url), CONSOLE, **more)
        issuer = read_issuer(self.file, FUND)
        assert issuer.client
        self.clock = Clock()
        self.issuer, self.client = issuer, IssuerClient(issuer.client._said, issuer, self.clock)

    def says(self, **more: object) -> None:
        """What it says of itself."""
        said = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", "authorization_endpoint": f"{self.url}/auth?x=1"}
        self.there.gives(METADATA, said | {"token_endpoint": f"{self.url}/token"} | more)

    def began(self) -> tuple[Ticket, dict[str, str]]:
        """A sign-in that has begun, and what the provider was asked."""
        where, carried = self.client.begin("/work", "")
        asked = dict(parse_qsl(urlsplit(where).query))
        return self.client.opened(carried, asked["state"]), asked

    def signed(self, type_: str, key: Any = None, **claims: object) -> str:  # noqa: ANN401 - keys of any kind
        now = int(time())
        said = {"iss": self.url, "sub": "ona", "iat": now, "exp": now + 600} | claims
        held = {name: each for name, each in said.items() if each is not None}
        return jwt.encode({"alg": "ES256", "typ": type_, "kid": "k"}, held, key or self.key)

    def gives(self, ticket: Ticket, access: dict[str, object] | None = None, **id_claims: object) -> None:
        """Tokens for the next code."""
        says = {"aud": AUDIENCE, "roles": "psdf-clerk", "payer": "vlk", "name": "Ona Onaitė"} | (access or {})
        said = {"aud": "console", "nonce": ticket.nonce} | id_claims
        self.answers(access_token=self.signed("at+jwt", **says), id_token=self.signed("JWT", **said))

    def answers(self, status: int = 200, **said: object) -> None:
        """What it says of the next code."""
        held = {name: each for name, each in ({"token_type": "Bearer"} | said).items() if each is not None}
        self.there.gives("/token", held, status)

    def person(self, ticket: Ticket, **answer: str) -> Person:
        return self.client.person(ticket, {"code": "the-code", "state": ticket.state} | answer)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    with publishing() as there:
        yield Small(there, tmp_path)


# ------------------------------------------------------------------------------------------------------ as it should be


def test_the_provider_is_asked_for_a_code_with_a_challenge_and_the_browser_carries_nothing_that_it_can_read(
    small: Small,
) -> None:
    where, carried = small.client.begin("/fund", "en")
    asked = dict(parse_qsl(urlsplit(where).query))
    ticket = small.client.opened(carried, asked["state"])
    assert (ticket.then, ticket.lang) == ("/fund", "en")
    digest = base64.urlsafe_b64encode(hashlib.sha256(ticket.verifier.encode()).digest()).decode().rstrip("=")
    assert asked == {
        "x": "1", "response_type": "code", "client_id": "console", "redirect_uri": f"{CONSOLE}/sign-in/return",
        "scope": "openid desk", "resource": AUDIENCE, "state": ticket.state, "nonce": ticket.nonce,
        "code_challenge": digest, "code_challenge_method": "S256",
    }  # fmt: skip
    assert len(ticket.verifier) >= 43
    assert ticket.verifier not in where
    carries = b"".join(base64.urlsafe_b64decode(part + "==") for part in carried.split("."))
    assert not any(each.encode() in carries for each in (ticket.state, ticket.nonce, ticket.verifier, "/fund"))
    again = small.began()[0]
    assert not {again.state, again.nonce, again.verifier} & {ticket.state, ticket.nonce, ticket.verifier}


def test_the_code_goes_with_its_verifier_and_the_secret_and_who_comes_is_who_the_access_token_says(
    small: Small,
) -> None:
    ticket, asked = small.began()
    small.gives(ticket)
    person = small.person(ticket, iss=small.url)
    assert (person.name, person.role, person.identity) == ("Ona Onaitė", "clerk", f"{small.url} ona")
    assert person.until is not None
    form, authorization = small.there.sent
    sent = dict(parse_qsl(form))
    assert sent == {
        "grant_type": "authorization_code", "code": "the-code", "redirect_uri": asked["redirect_uri"],
        "code_verifier": ticket.verifier, "resource": AUDIENCE,
    }  # fmt: skip
    assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"console:{quote_plus(SECRET)}"


def test_a_changed_secret_is_the_next_ones_and_a_client_without_one_says_its_name(small: Small, tmp_path: Path) -> None:
    (tmp_path / "client.secret").write_text("another")
    ticket, _ = small.began()
    small.gives(ticket)
    small.person(ticket)
    assert base64.b64decode(small.there.sent[1].removeprefix("Basic ")).decode() == "console:another"
    (tmp_path / "client.secret").unlink()
    with pytest.raises(NotSignedIn, match="No such file") as found:
        small.person(ticket)
    assert found.value.why == "setup"
    (tmp_path / "public").mkdir()
    public = Small(small.there, tmp_path / "public", secret_file="")
    ticket, _ = public.began()
    public.gives(ticket)
    assert public.person(ticket).role == "clerk"
    assert (parse_qs(small.there.sent[0])["client_id"], small.there.sent[1]) == (["console"], "")


def test_where_the_secret_can_not_be_read_nobody_is_sent_away_and_tokens_are_read_all_the_same(
    small: Small, tmp_path: Path
) -> None:
    for write, why in ((b"\n", "client.secret is empty"), (b"\xff", "client.secret: is no text")):
        (tmp_path / "client.secret").write_bytes(write)
        with pytest.raises(NotSignedIn, match=why) as found:
            small.client.begin("/work", "")
        assert found.value.why == "setup"
    (tmp_path / "client.secret").unlink()
    assert read_issuer(small.file, FUND).issuer == small.url, "a command reads the file too, on another machine"


def test_without_openid_an_id_token_is_not_waited_for(small: Small, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    bare = Small(small.there, tmp_path / "bare", scope="desk")
    ticket, _ = bare.began()
    bare.gives(ticket)
    token = bare.signed("at+jwt", aud=AUDIENCE, roles="psdf-clerk", payer="vlk")
    bare.answers(access_token=token)
    assert bare.person(ticket).role == "clerk"
    bare.answers(access_token=token, id_token=bare.signed("JWT", aud="console", nonce="another"))
    with pytest.raises(NotSignedIn, match="nonce"):
        bare.person(ticket)


# --------------------------------------------------------------------------------------------------- what does not hold


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "another"}, r"the answer to another sign-in \(nonce\)"),
        ({"nonce": None}, "nonce"),
        ({"iss": "https://evil.example"}, "the ID token is of issuer https://evil.example"),
        ({"aud": "somebody"}, "the ID token is for somebody, and this is console"),
        ({"aud": ["somebody", "else"]}, "the ID token is for"),
        ({"aud": ["console", "else"], "azp": "else"}, "the ID token is for"),
        ({"exp": 1}, "has expired"),
        ({"exp": None}, "has expired"),
        ({"sub": "jonas"}, r"of two persons \(sub\)"),
        ({"sub": None}, "of two persons"),
        ({"key": jwk.ECKey.generate_key("P-256", {"kid": "k"})}, "signature does not fit"),
    ],
)
def test_an_id_token_that_is_not_the_answer_signs_nobody_in(small: Small, claims: dict[str, Any], why: str) -> None:
    ticket, _ = small.began()
    small.gives(ticket, **claims)
    with pytest.raises(NotSignedIn, match=why) as found:
        small.person(ticket)
    assert found.value.why == "token"


def test_nor_does_an_access_token_in_its_place_or_none_at_all(small: Small) -> None:
    ticket, _ = small.began()
    access = small.signed("at+jwt", aud=[AUDIENCE, "console"], nonce=ticket.nonce, roles="psdf-clerk", payer="vlk")
    small.answers(access_token=access, id_token=access)
    with pytest.raises(NotSignedIn, match=r"typ is at\+jwt: an ID token is jwt"):
        small.person(ticket)
    small.answers(access_token=access)
    with pytest.raises(NotSignedIn, match="no ID token came, and scope openid was asked for"):
        small.person(ticket)


@pytest.mark.parametrize(
    ("access", "why"),
    [
        ({"aud": "urn:another:place"}, "the token is for urn:another:place, and this is urn:psdf:desk"),
        ({"iss": "https://evil.example"}, "the token is of issuer https://evil.example"),
        ({"roles": ["psdf-clerk", "psdf-second"]}, "names two roles"),
    ],
)
def test_an_access_token_is_read_as_any_other(small: Small, access: dict[str, object], why: str) -> None:
    ticket, _ = small.began()
    small.gives(ticket, access)
    with pytest.raises(NotSignedIn, match=why) as found:
        small.person(ticket)
    assert found.value.why == "token"


@pytest.mark.parametrize(
    ("status", "said", "why"),
    [
        (400, {"error": "invalid_grant"}, "code"),
        (401, {"error": "invalid_client"}, "setup"),
        (400, {"error": "a\nb" * 100}, "setup"),
        (500, {"error": "server_error"}, "away"),
        (302, {}, "setup"),
        (200, {}, "setup"),
        (200, {"access_token": 1}, "setup"),
        (200, {"access_token": "a.b.c", "token_type": "DPoP"}, "setup"),
        (200, {"access_token": "a.b.c"}, "token"),
    ],
)
def test_what_is_no_answer_to_a_code_signs_nobody_in(
    small: Small, status: int, said: dict[str, object], why: str
) -> None:
    ticket, _ = small.began()
    small.answers(status, **said)
    with pytest.raises(NotSignedIn) as found:
        small.person(ticket)
    assert found.value.why == why
    assert str(found.value).isprintable()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"iss": "https://evil.example"}, "elsewhere"),
        ({"iss": ""}, "elsewhere"),
        ({"error": "access_denied"}, "denied"),
        ({"error": "login_required"}, "denied"),
        ({"error": "temporarily_unavailable"}, "away"),
        ({"error": "unauthorized_client"}, "setup"),
        ({"error": "access_denied", "iss": "https://evil.example"}, "elsewhere"),
        ({"code": ""}, "code"),
    ],
)
def test_an_answer_of_another_or_without_a_code_is_not_taken_to_the_provider(
    small: Small, answer: dict[str, str], why: str
) -> None:
    ticket, _ = small.began()
    small.gives(ticket)
    with pytest.raises(NotSignedIn) as found:
        small.person(ticket, **answer)
    assert (found.value.why, small.there.sent) == (why, ("", ""))


def test_where_the_provider_says_that_it_names_itself_an_answer_without_a_name_is_anothers(small: Small) -> None:
    small.says(authorization_response_iss_parameter_supported=True)
    ticket, _ = small.began()
    small.gives(ticket)
    with pytest.raises(NotSignedIn, match="the answer says no issuer"):
        small.person(ticket)
    assert small.person(ticket, iss=small.url).role == "clerk"


# ------------------------------------------------------------------------------------------------- what the browser brings


def test_only_what_this_process_began_in_this_browser_and_lately_is_gone_on_with(small: Small) -> None:
    where, carried = small.client.begin("/work", "")
    state = parse_qs(urlsplit(where).query)["state"][0]
    other = parse_qs(urlsplit(small.client.begin("/work", "")[0]).query)["state"][0]
    another_process = IssuerClient(small.client._said, small.issuer, small.clock)
    for client, brought, said in (
        (small.client, carried, other),
        (small.client, carried, ""),
        (small.client, carried, "ą"),
        (small.client, "", state),
        (small.client, "a.b.c.d.e", state),
        (small.client, "ą", state),
        (small.client, carried[:-6] + "AAAAAA", state),
        (another_process, carried, state),
    ):
        with pytest.raises(NotSignedIn) as found:
            client.opened(brought, said)
        assert found.value.why == "begun"
    small.clock.now += LONGEST_S
    assert small.client.opened(carried, state)
    small.clock.now += 1
    with pytest.raises(NotSignedIn, match="more than 10 minutes ago"):
        small.client.opened(carried, state)


# ------------------------------------------------------------------------------------------- what it says of itself


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"issuer": "https://evil.example"}, "is of issuer https://evil.example"),
        ({"code_challenge_methods_supported": ["plain"]}, r"offers no PKCE by S256"),
        ({"authorization_endpoint": "http://10.0.0.1/auth"}, "http://10.0.0.1/auth is no https address"),
        ({"token_endpoint": "http://10.0.0.1/token"}, "http://10.0.0.1/token is no https address"),
        ({"token_endpoint": "https://[x"}, "is no https address"),
        ({"token_endpoint": 1}, "Expected `str`, got `int`"),
    ],
)
def test_nobody_is_sent_to_a_provider_that_says_what_can_not_be(
    small: Small, said: dict[str, object], why: str
) -> None:
    small.says(**said)
    with pytest.raises(NotSignedIn, match=why) as found:
        small.client.begin("/work", "")
    assert found.value.why == "away"


def test_what_it_says_is_kept_for_a_while_and_asked_again_soon_where_it_is_away(small: Small) -> None:
    small.there.gives(METADATA, b"", 503)
    with pytest.raises(NotSignedIn, match="answers 503"):
        small.began()
    small.says(end_session_endpoint=f"{small.url}/end")
    with pytest.raises(NotSignedIn, match="answers 503"):
        small.began()
    assert small.client.leave == ""
    small.clock.now += AGAIN_S + 1
    small.began()
    there = f"{small.url}/end?client_id=console&post_logout_redirect_uri=https%3A%2F%2Fconsole.example.lt%2Fsign-in"
    assert small.client.leave == there
    small.there.gives(METADATA, b"", 503)
    small.clock.now += FRESH_S - 1
    small.began()
    small.clock.now += 2
    with pytest.raises(NotSignedIn, match="answers 503"):
        small.began()


def test_a_client_that_can_not_be_used_names_what_is_wrong(tmp_path: Path) -> None:
    good = with_client(issuer_file(tmp_path / "oidc.toml", "https://login.example.lt"), CONSOLE).read_text()
    for change, why in (
        (('id = "console"', 'id = ""'), "client.id is empty"),
        (("https://console", "http://console"), "client.console http://console.example.lt is no https address"),
        ((CONSOLE, f"{CONSOLE}/psdf"), "client.console is an address without a path"),
        (('scope = "openid desk"', 'scope = ""'), "client.scope is empty"),
        (("https://console", "https://[console"), "is no https address"),
        (('scope = "openid desk"', 'secret = "x"'), "unknown field `secret`"),
    ):
        path = tmp_path / "changed.toml"
        path.write_text(good.replace(*change))
        with pytest.raises(Wrong, match=why):
            read_issuer(path, FUND)


def test_no_secret_stands_in_a_line_of_the_log_or_in_a_fault(small: Small, caplog: pytest.LogCaptureFixture) -> None:
    told = []
    with caplog.at_level(logging.DEBUG):
        ticket, _ = small.began()
        small.gives(ticket)
        small.person(ticket)
        for status, said in (
            (400, {"error": "invalid_grant"}),
            (500, {"error": "x"}),
            (401, {"error": "invalid_client"}),
        ):
            small.answers(status, **said)
            with pytest.raises(NotSignedIn) as found:
                small.person(ticket)
            told.append(str(found.value))
    written = "\n".join([*told, *(record.getMessage() for record in caplog.records)])
    assert "/token" in written
    authorization = base64.b64encode(f"console:{quote_plus(SECRET)}".encode()).decode()
    for each in (
        SECRET,
        quote_plus(SECRET),
        authorization,
        "the-code",
        ticket.verifier,
        ticket.state,
        ticket.nonce,
        "eyJ",
    ):
        assert each not in written
