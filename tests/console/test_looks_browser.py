"""Each look of ``looks.py`` sees the fault that it is for: pages that are broken on purpose, and one that is well."""

import pytest
from playwright.sync_api import Browser, Page

from tests.console.looks import looked_at, opened, sent_plainly

pytestmark = pytest.mark.browser

WELL = (
    "<a class='skip' href='#main'>Skip</a><main id='main' tabindex='-1'><h1>Well</h1>{}"
    "<p class='place'>Read at <code>abc</code> <a href='/there'>JSON</a></p></main>"
)
PAGE = (
    "<!doctype html><html lang='en'><title>A page</title><meta name='viewport' content='width=device-width'>"
    "<style>html {{ background: Canvas }} a, button {{ display: inline-block; min-height: 24px }} :focus-visible {{ outline: 3px solid }}"
    "@media print {{ button, .skip {{ display: none }} }}"
    "@media (forced-colors: active) {{ svg path {{ stroke: CanvasText }} }}</style><body>{body}"
)
BROKEN = {
    "runs over": ("fits", "<p style='width: 400px'>Wide</p>"),
    "cut:": ("fits", "<p style='overflow: hidden; width: 5em; white-space: nowrap'>Words that are cut</p>"),
    "overlap:": ("fits", "<p>One</p><p style='margin-top: -2.2em'>Two</p>"),
    "torn: 2022-01-10": ("fits", "<p style='width: 5em'>From 2022-01-10</p>"),
    "cut: ": ("spaced", "<p style='overflow: hidden; height: 1.3em; line-height: 1.2'>Enough</p>"),
    "its focus is not seen": ("walk", "<p><a href='/a' style='outline: none'>A link</a></p>"),
    "hidden while it has the focus": (
        "walk",
        "<p><a href='/a'>A link</a></p><div style='position: fixed; inset: 0; background: #fff'></div>",
    ),
    "out of order": ("walk", "<p><a href='/a'>First</a> and <a href='/b' tabindex='1'>Second</a></p>"),
    "not reached": ("walk", "<p><a href='/a' onkeydown='event.preventDefault()'>A trap</a> and <a href='/b'>B</a></p>"),
    "one goes back up": (
        "walk",
        "<div style='display: flex; flex-direction: column-reverse'><a href='/a'>Low</a><a href='/b'>High</a></div>",
    ),
    "vanishes": ("forced", "<svg role='img' aria-label='A line'><path style='stroke: #000' d='M0 9H99'/></svg>"),
    "has no edge": ("forced", "<p class='tag' style='border: 0'>Word</p>"),
    "on paper": ("printed", "<nav aria-label='Pages'><a href='/a'>A link</a></nav>"),
    "cut on paper": ("printed", "<table style='width: 1400px'><tr><td>Wide</td></tr></table>"),
    "not repeated": ("printed", "<table><thead style='display: block'><tr><th>Head</th></tr></thead></table>"),
    "<button": ("target-size", "<button style='all: unset; font-size: 8px'>a</button><button style='all: unset; font-size: 8px'>b</button>"),
    "<img": ("image-alt", "<img src='/a.png'>"),
}  # fmt: skip


def served(page: Page, body: str) -> None:
    page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=PAGE.format(body=body)))


def test_a_page_that_is_well_has_no_fault(browser: Browser) -> None:
    for scripts, look in ((True, looked_at), (False, sent_plainly)):
        with opened(browser, "http://broken.test", scripts=scripts) as page:
            served(
                page,
                WELL.format("<form action='/sent'><label>Sum <input name='q'></label><button>Send</button></form>"),
            )
            assert look(page, ["/"]) == []


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_page_is_seen(browser: Browser, fault: str) -> None:
    look, broken = BROKEN[fault]
    with opened(browser, "http://broken.test") as page:
        served(page, WELL.format(broken))
        found = looked_at(page, ["/"])
    assert any(each[1] == look and fault.strip() in each[2] for each in found), found


def test_a_part_that_only_scripts_show_is_seen(browser: Browser) -> None:
    with opened(browser, "http://broken.test", scripts=False) as page:
        served(page, WELL.format("<p hidden>Only with scripts</p>"))
        assert sent_plainly(page, ["/"]) == [("/", "plain", "a part of it is not seen")]
