"""A4. "Kas jūs?": one click at a demo's console; each guard that keeps it from being more than that."""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from deploy.local import free_port
from shared.console.demo_people import DemoPeople
from shared.demo.command import MARK
from shared.desk.person import ROLES
from shared.edge.only_here import OnlyHere, see_alone
from shared.kernel.stop import Wrong
from shared.runtime.settings import Settings
from tests.console.conftest import shown
from tests.console.desks import a_fund
from tests.runtime.funds import FUND, psdf

NAME = "Petras Petraitis"
ON_THIS_MACHINE = "only a browser of this machine is answered"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("demo") / "home"
    a_fund(home)
    (home / "desk" / "people.json").unlink()
    with shown(home, Settings(home=home, moment="event", traces=0), demo=DemoPeople(FUND)) as url:
        yield url


def client_of(url: str, **headers: str) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"Accept": "text/html", "Origin": url} | headers, follow_redirects=True, timeout=60
    )


def test_whoever_looks_is_asked_and_says_who_with_one_click(url: str) -> None:
    with client_of(url) as client:
        asked = client.get("/budget/2022?lang=en")
        assert asked.url.path == "/sign-in"
        assert "Who are you?" in client.get("/sign-in?lang=en").text
        (action,) = set(re.findall(r'<form action="(/sign-in[^"]*)" method="post"', asked.text))
        page = client.post(action.replace("&amp;", "&"), data={"name": NAME})
        assert (page.status_code, page.url.path, NAME in page.text) == (200, "/budget/2022", True)
        assert "signs in as anybody" in page.text
        form = client.get("/desk/new/budget")
        assert (form.status_code, "prisijungia kuo nori" in form.text) == (200, True)
        assert client.post("/sign-out").url.path == "/sign-in"
        assert client.get("/work").url.path == "/sign-in"


def test_there_is_somebody_for_each_role_and_nobody_has_a_secret_or_one_that_lasts(url: str) -> None:
    people, again = DemoPeople(FUND), DemoPeople(FUND)
    assert {person.role for person in people.all()} == set(ROLES)
    assert {person.payer for person in people.all()} == {"VLK", "", "TLK-VILNIUS"}
    hashes = [person.token_sha256 for each in (people, again) for person in each.all()]
    assert len(set(hashes)) == len(hashes)
    assert all(people.by_token(said) is None for said in ("", NAME, people.all()[0].token_sha256))
    with client_of(url) as client:
        for sent in ({"name": "Niekas"}, {"name": ""}, {"token": ""}, {}):
            answer = client.post("/sign-in", data=sent)
            assert "psdf-session" not in answer.cookies
            assert client.get("/work").url.path == "/sign-in"
        assert client.get("/fund", headers={"Authorization": f"Bearer {NAME}"}).url.path == "/sign-in"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "10.0.0.1"}, 403),
        ({"Host": ""}, 403),
        ({"X-Forwarded-For": "10.0.0.9"}, 403),
        ({"Forwarded": "for=10.0.0.9"}, 403),
        ({"Via": "1.1 proxy"}, 403),
        ({"X-Real-IP": "10.0.0.9"}, 403),
    ],
)
def test_another_sites_form_another_name_and_a_proxy_are_refused(
    url: str, headers: dict[str, str], status: int
) -> None:
    with client_of(url, **headers) as client:
        answer = client.post("/sign-in", data={"name": NAME})
        assert (answer.status_code, "psdf-session" in answer.cookies) == (status, False)
    with httpx.Client(base_url=url, headers={"Accept": "text/html"}) as bare:
        assert bare.post("/sign-in", data={"name": NAME}).status_code == 403, "from no page at all"


async def test_another_machine_is_refused_whatever_it_calls_us() -> None:
    reached: list[str] = []

    async def app(_scope: object, _receive: object, _send: object) -> None:
        reached.append("")

    for client, status in (("10.0.0.9", 403), ("::ffff:10.0.0.9", 403), (None, 403)):
        sent: list[dict[str, object]] = []

        async def send(message: dict[str, object], sent: list[dict[str, object]] = sent) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "GET", "path": "/sign-in", "query_string": b"", "http_version": "1.1",
            "headers": [(b"host", b"127.0.0.1:8090")], "client": (client, 1) if client else None,
        }  # fmt: skip
        await OnlyHere(app)(scope, None, send)  # type: ignore[arg-type]
        assert (sent[0]["status"], reached) == (status, [])


def test_no_socket_of_other_machines_is_served() -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener, pytest.raises(Wrong, match=ON_THIS_MACHINE):  # noqa: S104
        see_alone(listener)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        see_alone(listener)


def test_the_command_refuses_to_start_where_it_is_no_demo_or_others_could_come(tmp_path: Path) -> None:
    home = tmp_path / "home"
    a_fund(home)

    def why(*more: str, **env: str) -> str:
        done = psdf("console", "--sign-in", "demo", "--http", f"127.0.0.1:{free_port()}", *more, home=home, **env)
        assert done.returncode in (1, 2)
        return " ".join(done.stderr.split())

    assert "was not made by psdf demo on this machine" in why()
    (home / MARK).write_text("made by psdf demo\n")
    assert "has people of its own" in why()
    shutil.rmtree(home / "desk")
    for address in ("0.0.0.0:0", "10.0.0.1:80", "example.lt:80"):
        assert f"it can't listen on {address}" in why("--http", address)
        assert f"it can't listen on {address}" in why("--http", address, "--open-to", "console.example.lt")
    assert "PSDF_OPEN_TO and PSDF_OIDC are for others" in why("--open-to", "console.example.lt")
    assert "PSDF_OPEN_TO and PSDF_OIDC are for others" in why(PSDF_OIDC=str(tmp_path / "oidc.toml"))
    (home / "cluster.prefix").write_text("psdf.\n")
    assert "was not made by psdf demo on this machine" in why()


def test_without_the_option_a_demos_console_asks_nobody(tmp_path: Path) -> None:
    home = tmp_path / "home"
    a_fund(home)
    (home / "desk" / "people.json").unlink()
    with shown(home, Settings(home=home, moment="event", traces=0)) as url, client_of(url) as client:
        page = client.get("/work")
        assert "signs in as anybody" not in page.text
        assert "prisijungia kuo nori" not in page.text
        assert client.post("/sign-in", data={"name": NAME}).status_code == 405


def sits(page: Page, name: str, path: str) -> None:
    """Somebody else sits down, and opens a page."""
    page.goto("/sign-in")
    page.get_by_role("button", name=f"Aš – {name}").click()
    page.goto(path)


@pytest.mark.browser
def test_one_person_in_a_browser_plays_two_of_whom_one_proposes_and_another_confirms(
    browser: Browser, url: str
) -> None:
    """Without scripts; the same name confirms nothing here either."""
    page = browser.new_context(base_url=url, java_script_enabled=False).new_page()
    sits(page, "Rasa Rasaitė", "/desk/new/contract-change?contract_id=C-1")
    page.locator("#ceiling").fill("310 000")
    page.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
    page.get_by_role("button", name="Siųsti tvirtinti").click()
    page.get_by_text("Tvirtina kitas asmuo").wait_for()
    assert page.get_by_role("button", name="Patvirtinti ir išsiųsti").count() == 0
    matter = page.url
    sits(page, "Jonas Jonaitis", matter)
    page.get_by_role("button", name="Patvirtinti ir išsiųsti").click()
    page.get_by_text("Fondas priėmė.").wait_for()
    page.context.close()


@pytest.mark.browser
def test_axe_finds_nothing_and_nothing_runs_over(browser: Browser, url: str) -> None:
    page = browser.new_context(base_url=url, viewport={"width": 320, "height": 640}).new_page()
    for path in ("/sign-in", "/sign-in?lang=en"):
        page.goto(path)
        assert page.locator(".band:visible").count() >= 1
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.context.close()
