"""A parked message is ticked: its sender was told. Who and when stand in the desk's journal, and on the pages."""

import csv
import io
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from shared.engine.faults import Unavailable
from shared.kernel.calendar import VILNIUS
from tests.console.conftest import shown
from tests.console.desks import PERSONS, a_fund, as_, desk, desk_of, signed_in
from tests.runtime.funds import psdf

__all__ = ["desk"]

OSKARAS, PATH = "Oskaras Oskaris", re.compile(r"/parked/([0-9a-f-]{36})")


def parked(client: httpx.Client) -> list[str]:
    return list(dict.fromkeys(PATH.findall(client.get("/parked").text)))


def rows(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in client.get("/parked?as=json&lang=en").json()["parked"]}


def test_who_ticked_it_and_when_is_kept_shown_and_can_be_taken_back(tmp_path: Path) -> None:
    tokens = a_fund(tmp_path)
    with desk_of(tmp_path) as url, signed_in(url, tokens[OSKARAS]) as client:
        one, other = parked(client)[:2]
        assert {row["told"] for row in rows(client).values()} == {None}
        answer = client.post(f"/desk/told/{one}?lang=en", data={"action": "told"})
        assert answer.url.path == f"/parked/{one}"
        assert "Sender told" in answer.text
        assert "Take it back: the sender was not told" in answer.text
        row = rows(client)[one[:8]]
        assert row["told_by"] == OSKARAS
        at = datetime.fromisoformat(row["told"]).replace(tzinfo=VILNIUS)
        assert abs(datetime.now(VILNIUS) - at) < timedelta(minutes=2)
        assert rows(client)[other[:8]]["told"] is None
        file = csv.DictReader(io.StringIO(client.get("/parked?as=csv&table=parked").text))
        assert {each["id"]: each["told_by"] for each in file}[one[:8]] == OSKARAS
        assert OSKARAS in client.get(f"/parked/{one}").text

        with signed_in(url, tokens["Ona Onaitė"]) as clerk:
            clerk.post(f"/desk/told/{one}", data={"action": "told"})
            assert rows(clerk)[one[:8]] == row, "who was first stays"
            clerk.post(f"/desk/told/{one}", data={"action": "not-told"})
            assert rows(clerk)[one[:8]]["told"] is None
    held = psdf("verify", home=tmp_path)
    assert held.returncode == 0, held.stderr


@pytest.mark.parametrize("name", PERSONS)
def test_only_who_looks_after_parked_messages_of_the_fund_may_tick(
    desk: tuple[str, dict[str, str], Path], name: str
) -> None:
    url, tokens, _ = desk
    role, payer = PERSONS[name]
    may = role in ("clerk", "second", "operator") and payer == "VLK"
    with signed_in(url, tokens[OSKARAS]) as operator:
        one = parked(operator)[0]
    with signed_in(url, tokens[name]) as client:
        page = client.get(f"/parked/{one}")
        assert (f"/desk/told/{one}" in page.text) is may
        answer = client.post(f"/desk/told/{one}", data={"action": "told"})
        assert answer.status_code == (200 if may else 403)
        assert client.post("/desk/told/nothing", data={"action": "told"}).status_code == 404
        assert client.get(f"/desk/told/{one}").url.path == f"/parked/{one}", "read, it changes nothing"


def test_where_nobody_signs_in_the_desks_journal_is_not_even_begun(tmp_path: Path) -> None:
    a_fund(tmp_path)
    (tmp_path / "desk" / "people.json").unlink()
    with desk_of(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert {row["told"] for row in rows(client).values()} == {None}
    assert not (tmp_path / "desk" / "desk.sqlite3").exists()
    with shown(tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert rows(client), "and a console without a desk shows them all the same"


def test_where_the_journal_does_not_answer_the_page_says_that_it_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = a_fund(tmp_path)
    with desk_of(tmp_path) as url, signed_in(url, tokens[OSKARAS]) as client:

        def away(*_: object) -> None:
            raise Unavailable("the store does not answer")

        with monkeypatch.context() as patched:
            patched.setattr("shared.runtime.console.open_desk", away)
            patched.setattr("shared.desk.desk.Desk.load", away)
            page = client.get("/parked?lang=en")
        assert page.status_code == 200
        assert "is not known now" in page.text
        assert "is not known now" not in client.get("/parked?lang=en").text


@pytest.mark.browser
def test_an_operator_ticks_it_in_a_browser_without_scripts(
    browser: Browser, desk: tuple[str, dict[str, str], Path]
) -> None:
    headers = {"Authorization": f"Bearer {as_(desk, 'operator')}"}
    context = browser.new_context(base_url=desk[0], extra_http_headers=headers, java_script_enabled=False)
    page = context.new_page()
    page.goto("/parked")
    page.locator("#parked tbody a").last.click()
    page.get_by_role("button", name="Siuntėjui pranešta").click()
    expect(page.locator("main")).to_contain_text(OSKARAS)
    page.get_by_role("button", name="Atšaukti: siuntėjui nepranešta").click()
    expect(page.locator("main")).not_to_contain_text(OSKARAS)
    context.close()
