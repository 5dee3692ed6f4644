"""A browser whose form is not taken has a page: why, in its language, and what was written waits there to be sent again."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.console.conftest import shown
from tests.console.desks import CONTRACT, a_fund, as_, desk, signed_in
from tests.console.test_console_pages import CSP
from tests.console.test_desk_browser import person

__all__ = ["desk"]

Desk = tuple[str, dict[str, str], Path]
FORM = "/desk/new/contract"
BROWSER = {"Accept": "text/html,*/*"}
SCRIPT = '"><script>alert(1)</script>'


def sent(url: str, path: str, **headers: str) -> httpx.Response:
    """What a browser is answered that nobody has signed in with."""
    written = CONTRACT | {"provider.name": SCRIPT}
    return httpx.post(f"{url}{path}", data=written, headers=BROWSER | headers, timeout=60)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}])
def test_a_form_of_another_site_has_a_page_that_says_so(desk: Desk, headers: dict[str, str]) -> None:
    for path, words in (
        (FORM, "Tai atsiųsta ne iš mūsų puslapio"),
        (f"{FORM}?lang=en", "This did not come from a page of ours"),
    ):
        answer = sent(desk[0], path, **headers)
        assert (answer.status_code, words in answer.text) == (403, True)
        assert "<html lang=" in answer.text
        assert answer.headers["content-security-policy"] == CSP
        assert "alert(1)" not in answer.text, "nothing of what another site sends is on a page of ours"
    program = httpx.post(f"{desk[0]}{FORM}", data=CONTRACT, headers=headers)
    assert (program.status_code, "<html" in program.text) == (403, False)


def test_where_nothing_is_changed_a_page_says_so(desk: Desk, tmp_path: Path) -> None:
    with signed_in(desk[0], as_(desk, "contracts")) as client:
        for path in ("/fund", "/contracts/C-1"):
            answer = client.post(path, data=CONTRACT)
            assert (answer.status_code, "Čia nieko nekeičiama" in answer.text) == (405, True)
    a_fund(tmp_path)
    with shown(tmp_path) as url:
        assert "Čia nieko nekeičiama" in sent(url, "/fund", Origin=url).text, "where nobody signs in"


def test_what_was_written_in_a_session_that_has_ended_waits_to_be_sent_again(desk: Desk) -> None:
    answer = sent(desk[0], f"{FORM}?lang=en", Origin=desk[0])
    assert (answer.status_code, "You are not signed in any more" in answer.text) == (401, True)
    assert f'action="{FORM}?lang=en"' in answer.text
    for key, value in CONTRACT.items():
        kept = f'name="{key}" value="{value}"'
        assert (kept in answer.text) == (key != "provider.name"), key
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    signed_out = httpx.post(f"{desk[0]}/sign-out", data={"action": "out"}, headers=BROWSER | {"Origin": desk[0]})
    assert (signed_out.status_code, "Siųsti iš naujo" in signed_out.text) == (401, False), "nothing was written"


@pytest.mark.browser
def test_somebody_whose_session_ends_over_a_form_loses_nothing(browser: Browser, desk: Desk) -> None:
    with person(browser, desk, "contracts", scripts=False) as rasa:
        rasa.goto("/desk/new/contract-change?contract_id=C-1")
        rasa.locator("#ceiling").fill("323 000,01")
        rasa.context.clear_cookies()
        rasa.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
        expect(rasa.locator("h1")).to_have_text("Jūs nebe prisijungę")
        beside = rasa.context.new_page()
        beside.goto("/sign-in")
        beside.get_by_label("Raktas").fill(as_(desk, "contracts"))
        beside.get_by_role("button", name="Prisijungti").click()
        rasa.get_by_role("button", name="Siųsti iš naujo").click()
        expect(rasa.get_by_text("323 000,01").first).to_be_visible()
        expect(rasa.get_by_role("button", name="Siųsti tvirtinti")).to_be_visible()
