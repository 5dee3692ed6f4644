"""18. An operator has a letter tried now that could not be delivered: it is sent once, and who pressed is known."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from deploy.local import free_port
from shared.adapters.ministry.sim import ministry_app
from shared.desk.home import open_desk, people_of
from shared.journal.home import Home
from tests.console.desks import desk_of, signed_in
from tests.console.test_letter_by_hand import NOTICE, under_way
from tests.console.test_letter_tries import SHOWN
from tests.runtime.funds import FUND, PATIENCE_S, running_fund, served

MANY, SOON_S = 4, 2.5
"""After so many failures the next try is four seconds away, and more."""


def said_at(home: Path) -> list[tuple[str, str]]:
    """Which letters were tried at whose word, by the desk's journal."""

    async def read() -> list[tuple[str, str]]:
        with open_desk(Home(path=home), FUND) as desk:
            await desk.load()
            return [(notice_no, said.by) for notice_no, (said, _) in desk.state.hurried.items()]

    with ThreadPoolExecutor(1) as beside:  # a browser of the test has a loop of its own here
        return beside.submit(asyncio.run, read()).result()


@contextmanager
def away(ministry: str, times: int) -> Iterator[None]:
    """A ministry that does not answer so many times."""
    httpx.post(f"{ministry}/faults", json={"fail_next": times}).raise_for_status()
    yield


def failed(client: httpx.Client, times: int) -> None:
    """Wait until the page of the notice says so many failures."""
    limit = time.monotonic() + PATIENCE_S
    while not (found := SHOWN.search(client.get(f"/notices/{NOTICE}?lang=en").text)) or int(found[1]) < times:
        assert time.monotonic() < limit
        time.sleep(0.1)


@pytest.mark.browser
def test_18_an_operator_has_it_tried_now_and_it_is_delivered_once(browser: Browser, tmp_path: Path) -> None:
    """Without scripts. After a few failures the next try is seconds away; one at the operator's word is not."""
    home = tmp_path / "home"
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, under_way(home)).result()
    people = people_of(Home(path=home))
    tokens = {role: people.add(FUND, f"{role} N", role, "VLK") for role in ("operator", "clerk")}
    path, press = f"/notices/{NOTICE}", f"/desk/letter/{NOTICE}"
    with (
        served(ministry_app(tmp_path / "ministry")) as ministry,
        away(ministry, MANY),
        running_fund(home, free_port(), PSDF_MINISTRY_URL=ministry),
        desk_of(home) as url,
        signed_in(url, tokens["clerk"]) as ona,
        signed_in(url, tokens["operator"]) as oskaras,
    ):
        failed(oskaras, 1)
        assert "Bandyti dabar" not in ona.get(path).text
        assert ona.post(press, data={"action": "try"}).status_code == 403
        assert oskaras.post(press, data={"action": "try"}, headers={"Origin": "https://a.lt"}).status_code == 403
        assert oskaras.get(press).url.path == path, "to look changes nothing"
        unknown = oskaras.post("/desk/letter/2022-09-9", data={"action": "try"})
        assert (unknown.status_code, "raštas dabar nesiunčiamas" in unknown.text) == (409, True)
        assert said_at(home) == []
        bearer = {"Authorization": f"Bearer {tokens['operator']}"}
        seen = browser.new_context(base_url=url, extra_http_headers=bearer).new_page()
        for lang, words in (("en", "Try now"), ("", "Bandyti dabar")):
            seen.goto(f"{path}?lang={lang}")
            seen.get_by_role("button", name=words).wait_for()
            assert Axe().run(seen).response["violations"] == []
        seen.context.close()
        failed(oskaras, MANY)
        page = browser.new_context(base_url=url, java_script_enabled=False, extra_http_headers=bearer).new_page()
        page.goto(path)
        began = time.monotonic()
        page.get_by_role("button", name="Bandyti dabar").click()
        while "neįteiktas" in page.locator("h1 .tag").inner_text():
            assert time.monotonic() < began + SOON_S, "sooner than by itself"
            page.reload()
        assert [each.name for each in sorted((tmp_path / "ministry").glob("*.pdf"))] == [f"{NOTICE}.pdf"]
        assert said_at(home) == [(NOTICE, "operator N")]
        late = oskaras.post(press, data={"action": "try"})
        assert (late.status_code, "raštas dabar nesiunčiamas" in late.text) == (409, True)
        page.context.close()
