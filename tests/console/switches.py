"""A person at the switches of a watched demo, in a real browser: the line ties at each look."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

FAULTS = "/tour/faults"
TIES = {"lt": "sutampa", "en": "it ties"}


def press(page: Page, action: str) -> None:
    """Press a switch as a person does, and stay on the page."""
    page.goto(FAULTS)
    page.locator(f'button[value="{action}"]').click()
    page.wait_for_url(f"**{FAULTS}")
    expect(page.locator("h1 .tag")).to_have_text(TIES["lt"])


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe finds on the page, in both languages."""
    found = []
    for lang, ties in TIES.items():
        page.goto(f"{FAULTS}?lang={lang}")
        expect(page.locator("h1 .tag")).to_have_text(ties)
        found += [(lang, each["id"]) for each in Axe().run(page).response["violations"]]
    return found
