"""What is looked at while a browser stands on a page, in one visit of each language; ``looks.js`` asks the page.

Axe (with targets of 24 px, which it leaves out unless told) · 320 px, and there with the text spacing of WCAG 1.4.12 ·
the colours that a reader forces · A4 · the keyboard alone · no scripts, where each form can be sent.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

Fault: TypeAlias = tuple[str, str, str]
"""Where, which look, what it saw."""

ASKS = Path(__file__).with_name("looks.js")
AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
WIDE = {"width": 1280, "height": 720}
NARROW = {"width": 320, "height": 640}
PAPER = {"width": 1032, "height": 720}
"""A4 on its side between its margins, at 96 pixels an inch."""
STEPS_A_STOP = 5
"""A field for a day takes four steps of the keyboard."""
SERVER_FAULT = 500


@contextmanager
def opened(browser: Browser, url: str, token: str = "", *, scripts: bool = True) -> Iterator[Page]:
    """A page of somebody who signed in with a token, or of nobody."""
    headers = {"Authorization": f"Bearer {token}"} if token else None
    context = browser.new_context(base_url=url, extra_http_headers=headers, java_script_enabled=scripts)
    context.add_init_script(path=ASKS)
    yield context.new_page()
    context.close()


def looked_at(page: Page, paths: Iterable[str]) -> list[Fault]:
    """All that is found on pages, in both languages; what one tabs along is the same in English."""
    found = []
    for path in paths:
        for lang in ("", "en"):
            where = f"{path}{'&' if '?' in path else '?'}lang={lang}" if lang else path
            page.goto(where)
            looks = [*_seen(page), *([] if lang else _walked(page))]
            found += [(where, *each) for each in looks]
    return found


def sent_plainly(page: Page, paths: Iterable[str]) -> list[Fault]:
    """What is not read on pages without scripts, or cannot be sent there: each form of an address is sent once."""
    found, sent = [], set[str]()
    for path in paths:
        page.goto(path)
        blocks = page.locator("main > :not(.sign, :empty)")  # the first is for paper alone
        if not page.locator("h1").is_visible() or not all(each.is_visible() for each in blocks.all()):
            found.append((path, "plain", "a part of it is not seen"))
        forms = page.locator("main form")
        for place in range(forms.count()):
            form = forms.nth(place)
            to = form.get_attribute("action") or path
            if to in sent:
                continue
            sent.add(to)
            with page.expect_navigation() as going:
                form.locator("button").first.click()
            answer = going.value
            if answer is None or answer.status >= SERVER_FAULT or not page.locator("h1").is_visible():
                found.append((path, "plain", f"cannot be sent: {to}"))
            page.goto(path)
    return found


def _seen(page: Page) -> Iterator[tuple[str, str]]:
    """What axe finds, and what does not hold in forced colours, on paper, and where the window is narrow."""
    for each in Axe().run(page, options=AXE).response["violations"]:
        yield each["id"], each["nodes"][0]["html"][:160]
    page.emulate_media(forced_colors="active", color_scheme="dark")
    yield from _asked(page, "forced")
    page.emulate_media(forced_colors="none", color_scheme="light", media="print")
    page.set_viewport_size(PAPER)
    yield from _asked(page, "printed")
    page.emulate_media(media="screen")
    page.set_viewport_size(NARROW)
    yield from _asked(page, "fits")
    page.evaluate("looks.spaced(true)")
    yield from (("spaced", fault) for _, fault in _asked(page, "fits"))
    page.evaluate("looks.spaced(false)")
    page.set_viewport_size(WIDE)


def _asked(page: Page, look: str) -> list[tuple[str, str]]:
    return [(look, fault) for fault in page.evaluate(f"looks.{look}()")]


def _walked(page: Page) -> list[tuple[str, str]]:
    """Along all that one can use, from the top, with Tab alone."""
    for _ in range(page.evaluate("looks.begins()") * STEPS_A_STOP):
        page.keyboard.press("Tab")
        if page.evaluate("looks.over()"):
            break
    return _asked(page, "walk")
