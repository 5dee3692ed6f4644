"""Signing in at a real identity provider by the console itself: the way there and back, and what does not get in."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest

from deploy.local import free_port
from shared.console.code_flow import STATUS
from shared.console.gate import inside
from shared.console.pages.signing import FAULTS
from shared.desk.issuer_client import Why
from shared.runtime.settings import Settings
from tests.console.conftest import shown
from tests.console.desks import a_fund
from tests.desk.provider import SECRET, IdentityProvider, issuer_file, provider, with_client

PEOPLE = {
    "ona": {"roles": ["psdf-clerk"], "payer": "vlk", "name": "Ona Onaitė"},
    "jonas": {"roles": ["psdf-second"], "payer": "vlk", "name": "Jonas Jonaitis"},
    "nule": {"roles": ["others"], "payer": "vlk", "name": "Nulė Nulaitė"},
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    with provider(tmp_path_factory.mktemp("provider"), PEOPLE, f"http://127.0.0.1:{free_port()}") as found:
        yield found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("desk") / "home"
    a_fund(home)
    return home


@pytest.fixture(scope="module")
def url(there: IdentityProvider, home: Path) -> Iterator[str]:
    with_client(there.file, there.console)
    settings = Settings(home=home, moment="event", traces=0, oidc=there.file)
    with shown(home, settings, port=urlsplit(there.console).port or 0) as found:
        yield found


@contextmanager
def a_browser(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=60, headers={"Accept": "text/html", "Origin": url}) as client:
        yield client


def begun(client: httpx.Client, **asked: str) -> str:
    """The provider's address to which a browser is sent that wants to sign in."""
    answer = client.get("/sign-in/begin", params=asked)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def returns(there: IdentityProvider, client: httpx.Client, login: str, **asked: str) -> str:
    """The address with which a browser comes back that has signed in there."""
    with httpx.Client(base_url=there.url, timeout=20) as at_provider:
        return there.goes_through(at_provider, begun(client, **asked), login)


def why(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    assert all(each in answer.text for each in ("Prisijungti nepavyko", "Ką daryti", *words)), answer.text


# ------------------------------------------------------------------------------------------------------ as it should be


@pytest.mark.parametrize("client", ["console", "public"])
def test_who_signs_in_there_works_here_and_signs_out_at_both(
    there: IdentityProvider, home: Path, tmp_path: Path, client: str, caplog: pytest.LogCaptureFixture
) -> None:
    more = {"secret_file": ""} if client == "public" else {}
    port = free_port()  # of its own: the provider minds none of 127.0.0.1 where it leads back (RFC 8252, 7.3)
    file = with_client(issuer_file(tmp_path / "oidc.toml", there.url), f"http://127.0.0.1:{port}", client, **more)
    settings = Settings(home=home, moment="event", traces=0, oidc=file)
    caplog.set_level(logging.DEBUG, logger="httpx")  # a command that ran before may have quieted it
    with caplog.at_level(logging.DEBUG), shown(home, settings, port=port) as url, a_browser(url) as browser:
        page = browser.get("/sign-in", params={"then": "/queues"})
        assert f'href="{url}/sign-in/begin?then=%2Fqueues"' in page.text
        assert f"Prisijungti per {urlsplit(there.url).netloc}" in page.text
        back = returns(there, browser, "ona", then="/queues")
        done = browser.get(back)
        assert (done.status_code, done.headers["refresh"]) == (200, "0; url=/queues")
        assert "Prisijungėte" in done.text
        assert "Ona Onaitė" in done.text
        assert parse_qs(urlsplit(back).query)["code"][0] not in done.text
        assert "Ona Onaitė" in browser.get("/queues").text
        session, carried = browser.cookies["psdf-session"], dict(browser.cookies)
        assert "psdf-sign-in" not in carried, "what the browser carried to the provider has been used"
        left = browser.post("/sign-out")
        assert left.headers["location"] == "/sign-in?left=1"
        page = browser.get("/sign-in?left=1")
        leave = f"{there.url}/session/end?client_id={client}&amp;post_logout_redirect_uri={quote(url, safe='')}"
        assert f'href="{leave}%2Fsign-in"' in page.text
        assert browser.get("/queues", headers={"Cookie": f"psdf-session={session}"}).status_code == 303
    ours = [record for record in caplog.records if record.threadName != threading.current_thread().name]
    written = "\n".join(record.getMessage() for record in ours)
    assert f"{there.url}/token" in written
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert not [each for each in (SECRET, code, session, "eyJ", "code_verifier") if each in written]


def test_what_the_browser_carries_is_kept_from_scripts_and_other_sites(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as browser:
        begins = browser.get("/sign-in/begin").headers["set-cookie"]
        assert begins.startswith("psdf-sign-in=")
        for said in ("HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax"):
            assert said in begins
        done = browser.get(returns(there, browser, "ona"))
        session = next(each for each in done.headers.get_list("set-cookie") if each.startswith("psdf-session="))
        assert "HttpOnly" in session
        assert "SameSite=strict" in session
        assert "form-action 'self'" in done.headers["content-security-policy"]


def test_who_signs_in_again_has_one_session(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as browser:
        browser.get(returns(there, browser, "ona"))
        first = browser.cookies["psdf-session"]
        assert "Jonas Jonaitis" in browser.get(returns(there, browser, "jonas")).text
        assert "Jonas Jonaitis" in browser.get("/work").text
        browser.cookies.clear()
        assert browser.get("/work", headers={"Cookie": f"psdf-session={first}"}).status_code == 303


def test_behind_tls_the_cookies_are_of_tls_and_of_this_host_alone(
    tmp_path: Path, home: Path, there: IdentityProvider
) -> None:
    file = with_client(issuer_file(tmp_path / "oidc.toml", there.url), "https://console.example.lt/")
    with shown(home, Settings(home=home, moment="event", traces=0, oidc=file)) as url, a_browser(url) as browser:
        begins = browser.get("/sign-in/begin")
        assert begins.headers["set-cookie"].startswith("__Host-psdf-sign-in=")
        assert "Secure" in begins.headers["set-cookie"]
        asked = parse_qs(urlsplit(begins.headers["location"]).query)
        assert asked["redirect_uri"] == ["https://console.example.lt/sign-in/return"]
        assert 'href="https://console.example.lt/sign-in/begin?then=%2Fwork"' in browser.get("/sign-in").text


def test_in_english_it_says_the_same(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as browser:
        assert f"Sign in with {urlsplit(there.url).netloc}" in browser.get("/sign-in?lang=en").text
        assert "You have signed out" in browser.get("/sign-in?lang=en&left=1").text
        done = browser.get(returns(there, browser, "ona", lang="en", then="/work?lang=en"))
        assert "You are signed in" in done.text
        assert done.headers["refresh"] == "0; url=/work?lang=en"
        state = parse_qs(urlsplit(begun(browser, lang="en")).query)["state"][0]
        refused = browser.get("/sign-in/return", params={"state": state, "error": "access_denied", "iss": there.url})
        assert (refused.status_code, "it was declined, or you may not" in refused.text) == (403, True)


def test_without_a_client_in_the_file_nothing_of_it_is_there(
    tmp_path: Path, home: Path, there: IdentityProvider
) -> None:
    file = issuer_file(tmp_path / "oidc.toml", there.url)
    with shown(home, Settings(home=home, moment="event", traces=0, oidc=file)) as url, a_browser(url) as browser:
        assert "/sign-in/begin" not in browser.get("/sign-in").text
        assert browser.get("/sign-in/begin").status_code == 404
        assert browser.get("/sign-in/return?code=a&state=b").status_code == 404


# --------------------------------------------------------------------------------------------------- what does not get in


def test_a_state_of_another_browser_signs_nobody_in_and_ends_nothing(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as ona, a_browser(url) as other, a_browser(url) as nobody:
        back = returns(there, ona, "ona")
        begun(other)
        for browser in (other, nobody):
            why(browser.get(back), 400, "pradėtas ne čia")
            assert "psdf-session" not in browser.cookies
        assert "psdf-sign-in" in other.cookies, "what was begun there goes on"
        assert ona.get(back).status_code == 200


def test_a_return_is_good_once(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as browser:
        back = returns(there, browser, "ona")
        carried = browser.cookies["psdf-sign-in"]
        assert browser.get(back).status_code == 200
        browser.cookies.clear()
        why(browser.get(back), 400, "pradėtas ne čia")
        answer = browser.get(back, headers={"Cookie": f"psdf-sign-in={carried}"})
        why(answer, 401, "nepriėmė prisijungimo kodo", "invalid_grant")
        assert "psdf-session" not in browser.cookies


def test_anothers_code_is_not_taken_for_its_challenge_was_anothers(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as ona, a_browser(url) as thief:
        code = parse_qs(urlsplit(returns(there, ona, "ona")).query)["code"][0]
        state = parse_qs(urlsplit(begun(thief)).query)["state"][0]
        answer = thief.get("/sign-in/return", params={"code": code, "state": state, "iss": there.url})
        why(answer, 401, "nepriėmė prisijungimo kodo", "invalid_grant")
        assert "psdf-session" not in thief.cookies


def test_a_code_that_was_asked_for_without_pkce_is_not_taken(url: str, there: IdentityProvider) -> None:
    """Somebody between strips the challenge; the provider has none then, and the verifier that comes fits nothing."""
    with a_browser(url) as browser, httpx.Client(base_url=there.url, timeout=20) as at_provider:
        asked = urlsplit(begun(browser))
        kept = {name: each[0] for name, each in parse_qs(asked.query).items() if not name.startswith("code_challenge")}
        back = there.goes_through(at_provider, f"{there.url}/auth?{urlencode(kept)}", "ona")
        why(browser.get(back), 401, "nepriėmė prisijungimo kodo", "invalid_grant")
        assert "psdf-session" not in browser.cookies


def test_an_answer_of_another_provider_is_not_taken(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as browser:
        back = httpx.URL(returns(there, browser, "ona"))
        assert back.params["iss"] == there.url
        why(browser.get(back.copy_set_param("iss", "https://evil.example")), 400, "https://evil.example")
        back = httpx.URL(returns(there, browser, "ona"))
        why(browser.get(back.copy_remove_param("iss")), 400, "no issuer")


def test_what_the_provider_refuses_is_said(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as browser:
        for error, status, words in (
            ("access_denied", 403, "atsisakyta, arba Jums neleidžiama"),
            ("temporarily_unavailable", 503, "dabar neatsako"),
            ("invalid_scope", 503, "klaida jų nuostatose"),
        ):
            state = parse_qs(urlsplit(begun(browser)).query)["state"][0]
            said = {"state": state, "error": error, "error_description": "<b>not ours</b>", "iss": there.url}
            answer = browser.get("/sign-in/return", params=said)
            why(answer, status, words)
            assert "not ours" not in answer.text


def test_a_token_for_another_audience_lets_nobody_in_and_the_page_says_so(
    there: IdentityProvider, home: Path, tmp_path: Path
) -> None:
    another = {"console": there.console, "resource": "urn:another:place"}
    file = with_client(issuer_file(tmp_path / "oidc.toml", there.url), **another)
    settings = Settings(home=home, moment="event", traces=0, oidc=file)
    with shown(home, settings) as url, a_browser(url) as browser:
        back = returns(there, browser, "ona").removeprefix(there.console)
        why(browser.get(back), 401, "raktas skirtas urn:another:place, o čia urn:psdf:desk")
        assert "psdf-session" not in browser.cookies


def test_each_fault_has_its_words_and_its_answer() -> None:
    assert set(FAULTS) == set(STATUS) == set(get_args(Why))


def test_without_a_role_one_sees_whom_to_ask(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as browser:
        done = browser.get(returns(there, browser, "nule", then="/fund"))
        assert done.headers["refresh"] == "0; url=/fund"
        page = browser.get("/fund")
        assert (page.status_code, "Nulė Nulaitė: prisijungėte, bet be pareigų" in page.text) == (403, True)


@pytest.mark.parametrize(
    "then",
    [
        "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/a\r\nSet-Cookie: x=y", "\\\\evil.example",
        "javascript:alert(1)", "", "evil", "/sign-in/begin?then=/sign-in/begin", "/sign-out",
        "/" + "ė" * 1_000,
    ],
)  # fmt: skip
def test_nobody_is_led_elsewhere(url: str, there: IdentityProvider, then: str) -> None:
    assert inside(then) == "/work"
    with a_browser(url) as browser:
        page = browser.get("/sign-in", params={"then": then})
        assert "begin?then=%2Fwork" in page.text
    if then in ("//evil.example", "/\t/evil.example"):
        with a_browser(url) as browser:
            assert browser.get(returns(there, browser, "ona", then=then)).headers["refresh"] == "0; url=/work"


def test_words_of_any_language_stay_in_the_address_where_one_goes_on(url: str, there: IdentityProvider) -> None:
    with a_browser(url) as browser:
        done = browser.get(returns(there, browser, "ona", then="/search?q=Ona Onaitė"), follow_redirects=False)
        assert done.headers["refresh"] == "0; url=/work", "a space is in no address"
        done = browser.get(returns(there, browser, "ona", then="/search?q=Onaitė"))
        assert done.headers["refresh"] == "0; url=/search?q=Onait%C4%97"


def test_where_the_provider_is_away_it_is_said_and_those_of_the_file_sign_in(tmp_path: Path, home: Path) -> None:
    file = with_client(issuer_file(tmp_path / "oidc.toml", "http://127.0.0.1:9"), "http://127.0.0.1:8090")
    with shown(home, Settings(home=home, moment="event", traces=0, oidc=file)) as url, a_browser(url) as browser:
        answer = browser.get("/sign-in/begin?then=/queues")
        why(answer, 503, "127.0.0.1:9 dabar neatsako", "ConnectError")
        assert 'href="/sign-in?then=%2Fqueues"' in answer.text
        assert browser.get("/sign-in").status_code == 200
