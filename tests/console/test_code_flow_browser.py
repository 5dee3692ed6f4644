"""A real Chromium signs in at a real identity provider, works at the desk, and signs out at both."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from deploy.local import free_port
from shared.runtime.settings import Settings
from tests.console.conftest import shown
from tests.console.desks import a_fund
from tests.console.test_desk_browser import accepted
from tests.desk.provider import IdentityProvider, provider, with_client

pytestmark = pytest.mark.browser

PEOPLE = {
    "ona": {"roles": ["psdf-clerk"], "payer": "vlk", "name": "Ona Onaitė"},
    "jonas": {"roles": ["psdf-second"], "payer": "vlk", "name": "Jonas Jonaitis"},
}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    """The provider is on another site than the console: 127.0.0.1 for localhost."""
    folder, console = tmp_path_factory.mktemp("provider"), f"http://localhost:{free_port()}"
    with provider(folder, PEOPLE, console) as found:
        home = folder / "home"
        a_fund(home)
        settings = Settings(home=home, moment="event", traces=0, oidc=with_client(found.file, console))
        with shown(home, settings, port=urlsplit(console).port or 0):
            yield found


def begins(context: BrowserContext, there: IdentityProvider, then: str) -> Page:
    """Somebody who is sent to the provider from a page that is for those who signed in."""
    page = context.new_page()
    page.goto(there.console + then)
    page.get_by_role("heading", name="Prisijungimas").wait_for()
    page.get_by_role("link", name=f"Prisijungti per {urlsplit(there.url).netloc}").click()
    page.wait_for_url(f"{there.url}/**")
    return page


@contextmanager
def person(browser: Browser, there: IdentityProvider, login: str) -> Iterator[Page]:
    """Somebody who signed in there, without scripts here: the page that leads on needs none."""
    context = browser.new_context(base_url=there.console, java_script_enabled=False)
    page = begins(context, there, "/work")
    page.locator('[name="login"]').fill(login)
    page.locator('[name="password"]').fill("x")
    page.locator("button[type=submit]").click()
    page.locator("button[type=submit]").click()
    page.wait_for_url(f"{there.console}/work")
    page.get_by_role("heading", name="Mano darbai").wait_for()
    yield page
    context.close()


def test_two_sign_in_at_the_provider_review_an_invoice_and_sign_out_at_both(
    browser: Browser, there: IdentityProvider
) -> None:
    with person(browser, there, "ona") as ona, person(browser, there, "jonas") as jonas:
        assert "Ona Onaitė" in ona.locator(".who").inner_text()
        ona.locator("tr", has_text="300111224/R1").get_by_role("link", name="Patikrinti sąskaitą").click()
        accepted(ona, jonas)
        ona.goto("/work")
        ona.get_by_role("button", name="Atsijungti").click()
        ona.get_by_role("heading", name="Atsijungėte").wait_for()
        ona.get_by_role("link", name=f"Atsijungti ir iš {urlsplit(there.url).netloc}").click()
        ona.wait_for_url(f"{there.url}/session/end**")
        ona.locator('button[value="yes"]').click()
        ona.wait_for_url(f"{there.console}/sign-in**")
        again = begins(ona.context, there, "/work")
        again.locator('[name="login"]').wait_for()


@pytest.mark.parametrize("lang", ["", "en"])
def test_axe_finds_nothing_where_one_signs_in_and_where_one_does_not_get_in(
    browser: Browser, there: IdentityProvider, lang: str
) -> None:
    context = browser.new_context(base_url=there.console)
    page, found = context.new_page(), []
    for path in ("/sign-in?a=1", "/sign-in?left=1", "/sign-in/return?code=a"):
        page.goto(f"{path}&lang={lang}")
        violations = Axe().run(page).response["violations"]
        found += [(path, each["id"], each["nodes"][0]["html"][:200]) for each in violations]
    assert found == []
    context.close()


def test_nothing_of_it_runs_over_at_320_pixels(browser: Browser, there: IdentityProvider) -> None:
    context = browser.new_context(base_url=there.console, viewport={"width": 320, "height": 640})
    page = context.new_page()
    for path in ("/sign-in", "/sign-in?left=1", "/sign-in/return"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()
