"""Where the fund asks for it, who confirms has signed in lately, and strongly enough; else the way to do so is shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from urllib.parse import parse_qs, urlsplit

import httpx

from shared.runtime.settings import Settings
from tests.console.conftest import shown
from tests.console.desks import CONTRACT, a_fund, signed_in
from tests.console.test_code_flow import begun, returns, there
from tests.desk.provider import IdentityProvider, issuer_file, with_client

__all__ = ["there"]

MINUTES = "\n[confirm]\nwithin_minutes = 10\n"
STRONG = 'acr = ["urn:strong", "urn:stronger"]\n'


@contextmanager
def console(there: IdentityProvider, folder: Path, rule: str) -> Iterator[str]:
    """The console of a fund that asks for something of who confirms; its address."""
    a_fund(folder / "home")
    file = with_client(issuer_file(folder / "oidc.toml", there.url), there.console)
    file.write_text(file.read_text() + rule)
    settings = Settings(home=folder / "home", moment="event", traces=0, oidc=file)
    with shown(folder / "home", settings, port=urlsplit(there.console).port or 0) as found:
        yield found


def token(there: IdentityProvider, name: str, role: str, **more: object) -> str:
    return there.forged(there.says(name, name=name, roles=[f"psdf-{role}"], **more))


def confirms(url: str, here: str, shown_token: str) -> httpx.Response:
    with signed_in(url, shown_token) as second:
        return second.post(here, data={"action": "confirm"})


def proposed(there: IdentityProvider, url: str) -> str:
    with signed_in(url, token(there, "Rasa", "contracts")) as rasa:
        here = rasa.post("/desk/new/contract", data=CONTRACT).url.path
        assert rasa.post(here, data={"action": "propose"}).status_code == 200, "to propose, a sign-in of today will do"
    return here


def test_who_confirms_has_signed_in_lately_and_strongly(there: IdentityProvider, tmp_path: Path) -> None:
    now = int(time())
    wrong = [
        {},
        {"auth_time": now},
        {"auth_time": now, "acr": "urn:weak"},
        {"auth_time": now - 601, "acr": "urn:strong"},
        {"auth_time": now + 3_600, "acr": "urn:strong"},
        {"auth_time": str(now), "acr": "urn:strong"},
        {"auth_time": True, "acr": "urn:strong"},
    ]
    with console(there, tmp_path, MINUTES + STRONG) as url:
        here = proposed(there, url)
        for said in wrong:
            answer = confirms(url, here, token(there, "Jonas", "second", **said))
            assert (answer.status_code, "Prisijunkite iš naujo" in answer.text) == (401, True), (said, answer.text)
            assert f'href="{url}/sign-in/begin?then={here.replace("/", "%2F")}&amp;anew=1"' in answer.text
        done = confirms(url, here, token(there, "Jonas", "second", auth_time=now - 500, acr="urn:stronger"))
        assert (done.status_code, "Fondas priėmė." in done.text) == (200, True)


def test_who_signs_in_anew_does_so_at_the_provider_whose_id_token_says_when(
    there: IdentityProvider, tmp_path: Path
) -> None:
    with console(there, tmp_path, MINUTES) as url:
        here = proposed(there, url)
        bare = confirms(url, here, there.signed_in("jonas"))
        assert bare.status_code == 401, "the provider's access tokens do not say when"
        with httpx.Client(base_url=url, timeout=60, headers={"Accept": "text/html", "Origin": url}) as browser:
            for asked, expected in (({}, ("600", None)), ({"anew": "1"}, ("0", ["login"]))):
                said = parse_qs(urlsplit(begun(browser, **asked)).query)
                assert (said["max_age"], said.get("prompt")) == ([expected[0]], expected[1])
            assert browser.get(returns(there, browser, "jonas", then=here, anew="1")).status_code == 200
            done = browser.post(here, data={"action": "confirm"}, follow_redirects=True)
            assert (done.status_code, "Fondas priėmė." in done.text) == (200, True)


def test_a_provider_is_asked_for_how_strongly_too(there: IdentityProvider, tmp_path: Path) -> None:
    with console(there, tmp_path, MINUTES + STRONG) as url, httpx.Client(base_url=url, timeout=60) as browser:
        assert parse_qs(urlsplit(begun(browser)).query)["acr_values"] == ["urn:strong urn:stronger"]
