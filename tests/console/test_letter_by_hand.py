"""18. A letter that the ministry's system does not take is printed, carried, and recorded at the desk by two persons."""

import asyncio
import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from shared.desk.home import people_of
from shared.effects.letter_to_carry import letter_to_carry
from shared.journal.home import Home
from tests.adapters.serving import closed_port
from tests.console.desks import desk_of, signed_in
from tests.runtime.funds import FUND, fund, ministry, psdf, worked_start
from tests.runtime.runbook import commands, does

NOTICE, INVOICE = "2022-04-1", "300111224/A2"
ONA, JONAS, KAZYS = "Ona Onaitė", "Jonas Jonaitis", "Kazys Kaunietis"
HANDED = {
    "action": "look", "notice_no": NOTICE, "how": "by_hand", "delivered_by": "Kurjerė Kurjeraitė", "delivered_on": "2022-03-05",
    "delivered_at": "00:00", "document": "2022-03-05 Nr. G-118",
}  # fmt: skip
Desk = tuple[str, dict[str, str], Path]


async def under_way(home: Path) -> None:
    """The worked start: the ministry's system does not answer, so the notice stays under way, and its letter is kept."""
    async with fund(home, closed_port()) as stack:
        await stack.publish(worked_start())
        assert NOTICE in {notice.notice_no for notice in stack.payments.notices.values()}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, under_way(home)).result()
    people = people_of(Home(path=home))
    persons = ((ONA, "clerk", "VLK"), (JONAS, "second", "VLK"), (KAZYS, "clerk", "TLK-KAUNAS"))
    tokens = {name: people.add(FUND, name, role, payer) for name, role, payer in persons}
    with desk_of(home) as url:
        yield url, tokens, home


def begun(client: httpx.Client) -> dict[str, str]:
    """The form as the notice's page leads to it, with what is filled in already."""
    page = client.get(f"/notices/{NOTICE}")
    assert "Raštas dar neįteiktas" in page.text
    (link,) = re.findall(r'href="(/desk/new/letter-delivered[^"]*)"', page.text)
    form = client.get(link.replace("&amp;", "&"))
    (digest,) = re.findall(r'name="letter_sha256"[^>]*value="([0-9a-f]{64})"', form.text)
    return {**HANDED, "letter_sha256": digest}


def written(client: httpx.Client, data: dict[str, str]) -> httpx.Response:
    return client.post("/desk/new/letter-delivered", data=data)


def said(page: httpx.Response) -> str:
    """A page without the marks that keep its days whole."""
    return re.sub("</?span[^>]*>", "", page.text)


def test_18_printed_carried_and_recorded_by_two_persons_it_is_paid(desk: Desk) -> None:
    url, tokens, home = desk
    with signed_in(url, tokens[ONA]) as ona, signed_in(url, tokens[JONAS]) as jonas:
        letter = ona.get(f"/notices/{NOTICE}/letter.pdf")
        data = begun(ona)
        assert data["letter_sha256"] == hashlib.sha256(letter.content).hexdigest(), (
            "what is printed is what is recorded"
        )
        page = written(ona, data)
        for words in (
            "Telpa: fondas priimtų",
            "overrun.notified",
            "payment.scheduled",
            "raštą Nr. 2022-04-1 įteikė Kurjerė",
        ):
            assert words in page.text, "what it leads to is shown before it is sent"
        ona.post("/desk/D-1", data={"action": "propose"})
        assert ona.post("/desk/D-1", data={"action": "confirm"}).status_code == 403
        assert "Fondas priėmė." in jonas.post("/desk/D-1", data={"action": "confirm"}).text
        page = jonas.get(f"/notices/{NOTICE}")
        for words in (
            "asmeniškai",
            "Kurjerė Kurjeraitė",
            "2022-03-05 Nr. G-118",
            "Įrašė",
            ONA,
            "Patvirtino",
            JONAS,
            data["letter_sha256"],
        ):
            assert words in said(page)
        assert "sutampa su įteiktu" in page.text
        kept, printed = home / "letters" / f"{NOTICE}.pdf", letter.content
        kept.write_bytes(printed + b" ")
        assert "kitoks, nei įteiktas" in jonas.get(f"/notices/{NOTICE}").text
        kept.write_bytes(printed)
        assert "Raštas dar neįteiktas" not in page.text
        assert "by hand" in jonas.get(f"/notices/{NOTICE}?lang=en").text
        report = said(jonas.get("/reports/2022"))
        assert "įteiktas 2022-03-05 00:00 asmeniškai: Kurjerė Kurjeraitė, 2022-03-05 Nr. G-118" in report
    told = " ".join(psdf("why", INVOICE, home=home).stdout.split())
    assert "Notice 2022-04-1 was handed to the ministry on 2022-03-05 at 00:00 by Kurjerė Kurjeraitė" in told
    assert "Recorded by Ona Onaitė, confirmed by Jonas Jonaitis (D-1)." in told
    assert "Įrašė Ona Onaitė, patvirtino Jonas Jonaitis (D-1)." in " ".join(
        psdf("why", INVOICE, "--lang", "lt", home=home).stdout.split()
    )
    verified = psdf("verify", home=home)
    assert verified.returncode == 0, verified.stdout


async def test_18_the_ministrys_system_that_is_back_gets_no_letter_that_was_carried(desk: Desk) -> None:
    url, tokens, home = desk
    with signed_in(url, tokens[ONA]) as ona, signed_in(url, tokens[JONAS]) as jonas:
        written(ona, begun(ona))
        ona.post("/desk/D-1", data={"action": "propose"})
        jonas.post("/desk/D-1", data={"action": "confirm"})
    async with ministry(home.parent / "ministry") as address, fund(home, address) as stack:
        assert stack.letters is not None
        assert stack.letters.deliveries == {}
        await stack.letters.tried()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{address}/notices")).json() == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"delivered_at": ""}, "Įteikta (valanda): "),
        (
            {"delivered_at": "25:00"},
            "Įteikta (valanda): „25:00“ netinka; reikia: valanda nuo 00:00 iki 23:59 (18, HIL 14(3) p.)",
        ),
        (
            {"delivered_on": "2022-03-04", "delivered_at": "23:59"},
            "„2022-03-04 23:59“ netinka; reikia: valanda po to, kai raštas parengtas",
        ),
        ({"letter_sha256": "a" * 64}, "šio pranešimo rašto, kurį spausdina jo puslapis, SHA-256"),
        ({"document_sha256": "x"}, "Dokumento SHA-256: „x“ netinka; reikia: SHA-256: 64 šešioliktainiai skaitmenys"),
    ],
    ids=["no hour", "no such hour", "before it was prepared", "another letter", "no digest"],
)
def test_18_what_can_not_be_comes_back_with_field_value_and_point(
    desk: Desk, changed: dict[str, str], words: str
) -> None:
    with signed_in(desk[0], desk[1][ONA]) as ona:
        page = written(ona, {**begun(ona), **changed})
        assert page.status_code == 422
        assert words in said(page)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"notice_no": "2022-04-9"}, "ranešimo Nr. 2022-04-9 nebuvo (18 p.)"),
        ({"delivered_on": "2023-01-02"}, "dar neatėjo"),
        ({"document": ""}, "enurodytas dokumentas (18 p.)"),
    ],
    ids=["a wrong number", "a future hour", "no document"],
)
def test_18_what_the_fund_would_refuse_is_said_before_it_is_sent(
    desk: Desk, changed: dict[str, str], words: str
) -> None:
    with signed_in(desk[0], desk[1][ONA]) as ona:
        page = written(ona, {**begun(ona), **changed})
        assert page.status_code == 200
        assert "Netelpa: fondas atmestų" in page.text
        assert words in page.text


def test_18_the_same_from_the_command_line_as_the_runbook_says(desk: Desk) -> None:
    _, tokens, home = desk
    propose, confirm = commands("PsdfNoticeLate")

    def say(name: str, line: str) -> tuple[int, str]:
        done = does(line, {"HOME": home}, PSDF_TOKEN=tokens[name], PSDF_MOMENT="event", PSDF_TRACES="0")
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    code, told = say(ONA, propose)
    assert code == 0, told
    assert "what would follow: it fits" in told
    assert "overrun.notified: Notice 2022-04-1 was handed to the ministry on 2022-03-05 at 14:30 by Ona Onaitė" in told
    assert told.endswith("D-1 waits to be confirmed")
    assert say(ONA, confirm) == (1, "psdf: D-1 was drafted by Ona Onaitė: another person has to confirm it.")
    assert say(JONAS, confirm) == (0, "D-1 sent The fund has taken it.")
    assert say(ONA, propose)[1].startswith(
        "what would follow: it does not fit point 18: notice 2022-04-1 is delivered already, or was withdrawn"
    )
    code, told = say(ONA, propose.replace("2022-03-05", "2022-03-04"))
    assert code == 2
    assert "Delivered at (hour): “2022-03-04 14:30” is not an hour after the letter was prepared" in told


def signed(browser: Browser, url: str, token: str) -> Page:
    page = browser.new_context(base_url=url).new_page()
    page.goto("/work")
    page.get_by_label("Raktas").fill(token)
    page.get_by_role("button", name="Prisijungti").click()
    page.get_by_role("heading", name="Mano darbai").wait_for()
    return page


@pytest.mark.browser
def test_18_in_a_browser_from_the_page_of_the_notice_to_the_page_of_the_notice(browser: Browser, desk: Desk) -> None:
    url, tokens, _ = desk
    ona, jonas = signed(browser, url, tokens[ONA]), signed(browser, url, tokens[JONAS])
    ona.goto(f"/notices/{NOTICE}")
    ona.get_by_role("link", name="Įrašyti rašto ministerijai įteikimą").click()
    assert ona.locator("#notice_no").input_value() == NOTICE
    ona.get_by_label("Kaip").select_option("by_hand")
    for key in ("delivered_by", "delivered_on", "delivered_at", "document"):
        ona.locator(f"#{key}").fill(HANDED[key])
    ona.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
    ona.get_by_text("Telpa: fondas priimtų").wait_for()
    ona.get_by_role("button", name="Siųsti tvirtinti").click()
    ona.get_by_text("Tvirtina kitas asmuo").wait_for()
    assert not Axe().run(ona).violations_count
    jonas.goto("/desk/D-1")
    jonas.get_by_role("button", name="Patvirtinti ir išsiųsti").click()
    jonas.get_by_text("Fondas priėmė.").wait_for()
    jonas.goto(f"/notices/{NOTICE}")
    jonas.get_by_text("Kurjerė Kurjeraitė").first.wait_for()
    assert jonas.locator("h1 .tag").inner_text() == "įteiktas"
    assert not Axe().run(jonas).violations_count


def test_18_a_copy_of_the_journals_prints_the_same_letter(desk: Desk) -> None:
    """On the cluster the kept letter lies in the store: who reads a copy prints it anew, to the byte."""
    home = desk[2]
    kept = home / "letters" / f"{NOTICE}.pdf"
    first = kept.read_bytes()
    kept.unlink()
    assert letter_to_carry(Home(path=home), FUND, NOTICE) == first
    assert letter_to_carry(Home(path=home), FUND, "2022-04-2") is None
    assert letter_to_carry(Home(path=home), FUND, f"../letters/{NOTICE}") is None


def test_18_a_territorial_funds_clerk_is_shown_no_way_to_what_is_not_theirs(desk: Desk) -> None:
    url, tokens, _ = desk
    with signed_in(url, tokens[KAZYS]) as kazys:
        page = kazys.get(f"/notices/{NOTICE}")
        assert "Raštas dar neįteiktas" in page.text
        assert "/desk/new/" not in page.text
        refused = kazys.get(f"/desk/new/letter-delivered?notice_no={NOTICE}")
        assert refused.status_code == 403
        assert "/vlk" in refused.text


def test_18_a_letter_that_can_not_be_written_is_said_and_no_page_breaks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> bytes:
        raise ValueError("article is a text, not 4")

    url, tokens, home = desk
    (home / "letters" / f"{NOTICE}.pdf").unlink()
    monkeypatch.setattr("shared.effects.letter.overrun_letter", refuses)
    with signed_in(url, tokens[ONA]) as ona:
        assert ona.get(f"/notices/{NOTICE}").status_code == 200
        for path in (f"/notices/{NOTICE}/letter.pdf", f"/desk/new/letter-delivered?notice_no={NOTICE}"):
            answer = ona.get(path)
            assert answer.status_code == 503
            assert "the letter of notice 2022-04-1 can't be written, a person must look: article" in answer.text
