"""The bank's files in the console: what they hold, who may let one go, and that two persons do."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, time
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.desk.home import people_of
from shared.effects.bank.desk import NAME
from shared.effects.bank.embedded import open_desk as open_bank
from shared.effects.bank.events import Event, OrderRepeated, Settled
from shared.engine.codec import Codec, decode_decisions
from shared.journal.home import DESK, Home
from shared.kernel.calendar import VILNIUS
from shared.runtime.settings import Settings
from tests.bank.independent import MORNING, SETTINGS, balance, banking, transfer
from tests.bank.test_answers_joined import CUT_OFF, report
from tests.bank.test_bank_commands import PAY_DAY, bank, begin, give_over, told
from tests.console.conftest import shown
from tests.console.desks import PERSONS, signed_in
from tests.console.test_every_page_browser import looked_at, opened
from tests.desk.provider import provider
from tests.runtime.funds import FUND

Given = tuple[str, str, Path, dict[str, str]]
"""The console's address, the file, the home, and each person's token by name."""
CENTS = SETTINGS.four_eyes_cents
SUM = "1\u00a0000\u00a0000,00"


def sealed(home: Path) -> str:
    """A file that waits for two persons; gives its id."""

    def begun() -> str:
        begin(home, CENTS)
        return bank("seal", home=home)

    with ThreadPoolExecutor(1) as beside:  # a browser of the test has a loop of its own here
        found = re.match(r"(\w{30,35}): 1 orders of VLK PSDF", beside.submit(begun).result())
    assert found
    return found[1]


def people(home: Path) -> dict[str, str]:
    found = people_of(Home(path=home))
    return {name: found.add(FUND, name, role, payer) for name, (role, payer) in PERSONS.items()}


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    home = tmp_path / "home"
    file_id, tokens = sealed(home), people(home)
    with shown(home, Settings(home=home, moment="event", traces=0)) as url:
        yield url, file_id, home, tokens


def let_go(given: Given, name: str, **headers: str) -> httpx.Response:
    url, file_id, _, tokens = given
    with signed_in(url, tokens[name]) as client:
        return client.post(f"/desk/bank/{file_id}", data={"action": "approve"}, headers=headers)


def left(home: Path) -> list[str]:
    return [path.stem for path in (home / "bank" / "out").glob("*.xml")]


def test_two_persons_let_a_file_go_and_the_same_one_twice_does_not(given: Given) -> None:
    url, file_id, home, tokens = given
    with signed_in(url, tokens["Jonas Jonaitis"]) as client:
        assert 'href="/bank"' in client.get("/payments").text
        files = client.get("/bank").text
        assert f"Patvirtinimo laukia bylų: 1, {SUM}" in files
        assert f'href="/bank/{file_id}"' in files
        page = client.get(f"/bank/{file_id}").text
        (row,) = client.get("/bank", params={"as": "json"}).json()["files"]
        digest = re.search(r"SHA-256 ([0-9a-f]{64})", page)
        assert digest
        assert digest[1].startswith(row["digest"])
        for words in (
            f"Jonas Jonaitis leidžia bankui siųsti {SUM}",
            "300111224/A1",
            "Klinika",
            "laukia patvirtinimo",
        ):
            assert words in page
        assert "<button" in client.get(f"/bank/{file_id}?lang=en").text
    first = let_go(given, "Jonas Jonaitis")
    assert (first.status_code, first.url.path) == (200, f"/bank/{file_id}")
    assert "1 iš 2 Jonas Jonaitis" in first.text
    again = let_go(given, "Jonas Jonaitis")
    assert (again.status_code, "Jūs šią bylą jau patvirtinote" in again.text) == (409, True)
    assert not left(home)
    second = let_go(given, "Dora Doraitė")
    assert "2 iš 2 Jonas Jonaitis, Dora Doraitė" in second.text
    assert "išsiųsta" in second.text
    assert left(home) == [file_id]
    late = let_go(given, "Dora Doraitė")
    assert (late.status_code, "nebelaukia" in late.text) == (409, True)
    assert '"approved_by": "Jonas Jonaitis, Dora Doraitė"' in bank("status", "--json", home=home)


def test_who_may_not_let_it_go_is_told_which_role_may_and_who_has_it(given: Given) -> None:
    url, file_id, home, tokens = given
    for name, words in (
        ("Ona Onaitė", "Tai daro: antrasis asmuo, direktorius. Jūsų pareigos: mokėjimų specialistas."),
        ("Oskaras Oskaris", "Tai daro: antrasis asmuo, direktorius. Jūsų pareigos: eksploatacija."),
        ("Zita Kaunietė", "Tai mokėtojo VLK reikalas, o Jūs veikiate už Kauno TLK (TLK-KAUNAS)."),
    ):
        refused = let_go(given, name)
        assert (refused.status_code, words in refused.text) == (403, True), name
        with signed_in(url, tokens[name]) as client:
            page = client.get(f"/bank/{file_id}")
            assert 'value="approve"' not in page.text
            assert page.status_code == (403 if name == "Oskaras Oskaris" else 200)
    asked = let_go(given, "Ona Onaitė").text
    assert "Jonas Jonaitis (antrasis asmuo, VLK)" in asked
    assert "Dora Doraitė (direktorius, VLK)" in asked
    assert let_go(given, "Dora Doraitė", Origin="https://evil.example").status_code == 403
    with httpx.Client(base_url=url) as client:
        assert client.post(f"/desk/bank/{file_id}", data={"action": "approve"}).status_code == 403
    assert '"approved_by": "-"' in bank("status", "--json", home=home)


def test_a_name_typed_at_the_command_line_is_the_person_of_that_name(given: Given) -> None:
    _, file_id, home, _ = given
    bank("approve", file_id, "--by", "jonas  JONAITIS", home=home)
    again = let_go(given, "Jonas Jonaitis")
    assert (again.status_code, "turi patvirtinti ir kitas asmuo" in again.text) == (409, True)
    assert "2 iš 2" in let_go(given, "Dora Doraitė").text
    assert left(home) == [file_id]


def test_what_is_no_file_has_its_page_and_who_reads_only_sees_how_to_begin(given: Given) -> None:
    url, file_id, home, tokens = given
    with signed_in(url, tokens["Dora Doraitė"]) as client:
        for path in ("/bank/nothing", f"/bank/{file_id[:8]}", "/bank/<script>"):
            assert (client.get(path).status_code, "<script>" in client.get(path).text.partition("<main")[2]) == (
                404,
                False,
            )
        assert client.post("/desk/bank/nothing", data={"action": "approve"}).status_code == 404
        assert client.get(f"/desk/bank/{file_id}").url.path == f"/bank/{file_id}", "a link of the page after a refusal"
        assert client.post(f"/bank/{file_id}", data={"action": "approve"}).status_code == 405
    with signed_in(url, tokens["Oskaras Oskaris"]) as client:
        operations = client.get("/ops").text
        assert "Banko bylos, laukia patvirtinimo" in operations
        assert SUM in operations
        assert 'href="/bank"' not in operations, "accounts are not the operator's"
    for name in PERSONS:
        people_of(Home(path=home)).remove(name)
    with httpx.Client(base_url=url) as client:
        assert "psdf people add" in client.get(f"/bank/{file_id}").text
        assert (
            client.post(f"/desk/bank/{file_id}", data={"action": "approve"}, headers={"Origin": url}).status_code == 405
        )


def test_where_the_bank_is_not_here_the_page_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    sealed(home)
    with shown(home) as url, httpx.Client(base_url=url) as client:
        page = client.get("/bank")
        assert (page.status_code, "Banko žurnalo čia nėra" in page.text, "PSDF_BANK" in page.text) == (200, True, True)
        assert "The bank&#39;s journal is not here" in client.get("/bank?lang=en").text
        assert "Banko bylos" not in client.get("/ops").text
        assert client.get("/bank/x").status_code == 404


def test_where_the_fund_has_an_identity_provider_its_persons_let_a_file_go(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file_id, tokens = sealed(home), people(home)
    logins = {
        "dora": {"roles": "psdf-director", "payer": "vlk", "name": "Ona Onaitė"},
        "petras": {"roles": "psdf-second", "payer": "vlk", "name": "Ona Onaitė"},
    }
    with (
        provider(tmp_path / "provider", logins) as there,
        shown(home, Settings(home=home, moment="event", traces=0, oidc=there.file)) as url,
    ):
        given = (url, file_id, home, tokens | {login: there.signed_in(login) for login in logins})
        of_file = let_go(given, "Dora Doraitė")
        assert (of_file.status_code, "per fondo tapatybės tiekėją" in of_file.text) == (403, True)
        assert "1 iš 2 Ona Onaitė" in let_go(given, "dora").text
        assert let_go(given, "dora").status_code == 409
        assert "2 iš 2 Ona Onaitė, Ona Onaitė" in let_go(given, "petras").text
    assert left(home) == [file_id]


def answered(home: Path, bank_folder: Path) -> bytes:
    """What a bank answers when the sent file is carried to it."""
    with banking(bank_folder, clock=datetime.combine(PAY_DAY, time(9), VILNIUS)) as place:
        place.bank.patch("/_mock/accounts/VLK-PSDF", json={"balance": CENTS}).raise_for_status()
        return next(path for path in give_over(place, home) if "camt.054" in path.name).read_bytes()


def bring(given: Given, name: str, content: bytes, **headers: str) -> httpx.Response:
    url, _, _, tokens = given
    with signed_in(url, tokens[name]) as client:
        return client.post("/desk/bank", files={"file": ("camt.054.xml", content)}, headers=headers)


def test_two_persons_bring_an_answer_of_the_bank_and_it_is_read_once(given: Given, tmp_path: Path) -> None:
    home = given[2]
    for name in ("Jonas Jonaitis", "Dora Doraitė"):
        let_go(given, name)
    answer = answered(home, tmp_path / "bank")
    for rubbish in (b"", b"rubbish", b"<!DOCTYPE a><a/>", answer[:-9]):
        refused = bring(given, "Jonas Jonaitis", rubbish)
        assert (refused.status_code, "Tai ne banko atsakymas" in refused.text) == (422, True), rubbish
    first = bring(given, "Ona Onaitė", answer)
    assert (first.status_code, sha256(answer).hexdigest() in first.text) == (200, True), first.text
    for name, words in (
        ("Ona Onaitė", "antras turi būti kitas asmuo"),
        ("Oskaras Oskaris", "Tai daro: mokėjimų specialistas, antrasis asmuo, direktorius"),
        ("Zita Kaunietė", "Tai mokėtojo VLK reikalas"),
    ):
        assert words in bring(given, name, answer).text, name
    assert bring(given, "Dora Doraitė", answer, Origin="https://evil.example").status_code == 403
    second = bring(given, "Dora Doraitė", answer)
    assert "Perskaityta: camt.054.001.08. Nurodymai: įvykdyta: 1" in second.text, second.text
    assert "atsakyta į visus nurodymus" in second.text
    assert "jau buvo perskaitytas" in bring(given, "Dora Doraitė", answer).text
    assert not told(home, "payment.executed")
    bank("status", home=home)
    assert [data["amount_cents"] for data in told(home, "payment.executed")] == [CENTS], "the next command tells it"


TRANSFER = "reserve/2022-9.1/t1"


def left_to_persons(home: Path) -> None:
    """A transfer to the reserve and a balance were rejected, and something of the bank's could not be read."""

    async def lived() -> None:
        async with open_bank(Home(path=home), FUND, SETTINGS) as opened:
            desk = opened.desk
            await desk.collect([transfer(500), balance(70)], MORNING)
            for one in await desk.seal(CUT_OFF):
                await desk.send(CUT_OFF)
                await desk.take(one.payer, report(one.file_id, "RJCT", "FF01"), CUT_OFF)
            (home / "bank" / "in").mkdir()
            (home / "bank" / "in" / "rubbish.xml").write_text("rubbish")
            await desk.take_all(CUT_OFF)

    asyncio.run(lived())


@pytest.fixture
def left_over(tmp_path: Path) -> Iterator[Given]:
    home = tmp_path / "home"
    with ThreadPoolExecutor(1) as beside:  # a browser of the test has a loop of its own here
        beside.submit(begin, home, 100).result()
        beside.submit(left_to_persons, home).result()
    with shown(home, Settings(home=home, moment="event", traces=0)) as url:
        yield url, "", home, people(home)


def says(given: Given, name: str, path: str, data: dict[str, str], **headers: str) -> httpx.Response:
    url, _, _, tokens = given
    with signed_in(url, tokens[name]) as client:
        return client.post(path, data=data, headers=headers)


def kept(home: Path, kind: type[Settled] | type[OrderRepeated]) -> list[Event]:
    """The events of a kind in the journal of a home's desk."""

    async def read() -> list[Event]:
        with closing(connect(home / "bank" / DESK)) as connection:
            commits = [each async for each in SqliteStore(connection, NAME).read(NAME)]
        entries = [entry for commit in commits for each in decode_decisions(commit.body) for entry in each.events]
        codec = Codec(Event)
        return [codec.decode(entry) for entry in entries]

    return [each for each in asyncio.run(read()) if isinstance(each, kind)]


def test_a_person_says_once_what_came_of_what_was_set_aside(left_over: Given) -> None:
    url, _, home, tokens = left_over
    word = {"action": "settle", "number": "1", "word": " Bandomasis  failas, ne banko "}
    for name, words in (
        ("Oskaras Oskaris", "Tai daro: mokėjimų specialistas, antrasis asmuo, direktorius"),
        ("Zita Kaunietė", "Tai mokėtojo VLK reikalas"),
    ):
        refused = says(left_over, name, "/desk/bank/settle", word)
        assert (refused.status_code, words in refused.text) == (403, True), name
    assert says(left_over, "Ona Onaitė", "/desk/bank/settle", word, Origin="https://evil.example").status_code == 403
    for changed in ({"word": " "}, {"number": "one"}, {"number": ""}, {"word": "x" * 1_001}):
        unsaid = says(left_over, "Ona Onaitė", "/desk/bank/settle", word | changed)
        assert (unsaid.status_code, "Pasakykite, kas atidėta ir kas paaiškėjo" in unsaid.text) == (422, True), changed
    assert kept(home, Settled) == []
    with signed_in(url, tokens["Ona Onaitė"]) as client:
        page = client.get("/bank").text
        assert "failas rubbish.xml nepriimtas: tai ne XML" in page
        assert "rubbish.xml is refused" in client.get("/bank?lang=en").text
        assert "Nei bankui, nei fondui nieko nepasakoma, pinigai nejuda." in page
        assert "Pateikti nurodymą iš naujo" not in page, "a clerk does not order again"
    done = says(left_over, "Ona Onaitė", "/desk/bank/settle", word)
    assert (done.status_code, "Įrašyta, kas paaiškėjo dėl 1." in done.text) == (200, True)
    assert "Nieko neatidėta" in done.text
    again = says(left_over, "Dora Doraitė", "/desk/bank/settle", word)
    assert (again.status_code, "kitas asmuo jau įrašė" in again.text) == (409, True)
    assert kept(home, Settled) == [Settled(number=1, by="Ona Onaitė", word="Bandomasis failas, ne banko")]


def test_a_person_orders_once_more_what_the_bank_rejected_and_once_only(left_over: Given) -> None:
    url, _, home, tokens = left_over
    order = {"action": "again", "order": TRANSFER}
    for name, words in (
        ("Ona Onaitė", "Tai daro: antrasis asmuo, direktorius"),
        ("Zita Kaunietė", "Tai mokėtojo VLK reikalas"),
    ):
        refused = says(left_over, name, "/desk/bank/again", order)
        assert (refused.status_code, words in refused.text) == (403, True), name
    unknown = says(left_over, "Dora Doraitė", "/desk/bank/again", {"order": "<script>"})
    assert (unknown.status_code, "nebegalima pateikti iš naujo" in unknown.text) == (409, True)
    with signed_in(url, tokens["Dora Doraitė"]) as client:
        page = client.get("/bank").text
        assert f"{TRANSFER}: 5,00" in page
        assert f"jei jos suma siekia {SUM}" in page
        assert client.get("/desk/bank/again").url.path == "/bank", "a link of the page after a refusal"
    done = says(left_over, "Jonas Jonaitis", "/desk/bank/again", order)
    assert (done.status_code, f"Vietoj {TRANSFER} pateiktas naujas nurodymas {TRANSFER}~2" in done.text) == (200, True)
    late = says(left_over, "Dora Doraitė", "/desk/bank/again", order)
    assert (late.status_code, "nebegalima pateikti iš naujo" in late.text) == (409, True)
    (repeated,) = kept(home, OrderRepeated)
    assert isinstance(repeated, OrderRepeated)
    assert (repeated.order_id, repeated.by, repeated.new_order_id) == (TRANSFER, "Jonas Jonaitis", f"{TRANSFER}~2")


@pytest.mark.browser
def test_the_forms_of_what_is_left_fit_and_axe_finds_nothing(left_over: Given, browser: Browser) -> None:
    url, _, _, tokens = left_over
    with opened(browser, url, tokens["Dora Doraitė"]) as page:
        assert looked_at(page, ["/bank"]) == []
        page.goto("/bank")
        page.get_by_label("Kas atidėta").select_option("1")
        page.get_by_label("Kas paaiškėjo").fill("Bandomasis")
        page.get_by_role("button", name="Įrašyti, kas paaiškėjo").click()
        expect(page.get_by_text("Nieko neatidėta.")).to_be_visible()
        page.locator("#order").select_option(TRANSFER)
        page.get_by_role("button", name="Pateikti iš naujo").click()
        expect(page.get_by_text(f"naujas nurodymas {TRANSFER}~2")).to_be_visible()


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"file=x", 415),
        ("multipart/form-data", b"", 415),
        ("multipart/form-data; boundary=x", b"", 400),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
            400,
        ),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"y" * 8_000_001, 413),
    ],
)
def test_what_is_no_form_with_a_file_is_not_read(given: Given, kind: str, body: bytes, status: int) -> None:
    with signed_in(given[0], given[3]["Dora Doraitė"]) as client:
        answer = client.post("/desk/bank", content=body, headers={"Content-Type": kind})
        assert (answer.status_code, "<h1>Tai nepriimta</h1>" in answer.text) == (status, True)


@pytest.mark.browser
def test_two_persons_let_a_file_go_in_a_browser_without_scripts(given: Given, browser: Browser) -> None:
    url, file_id, home, tokens = given
    with opened(browser, url, tokens["Dora Doraitė"]) as page:
        assert looked_at(page, ["/bank", f"/bank/{file_id}"]) == []
    for number, name in enumerate(("Jonas Jonaitis", "Dora Doraitė"), 1):
        context = browser.new_context(base_url=url, java_script_enabled=False)
        page = context.new_page()
        page.goto("/sign-in?then=/payments")
        page.get_by_label("Raktas").fill(tokens[name])
        page.get_by_role("button", name="Prisijungti").click()
        page.get_by_role("link", name="Banko bylos").click()
        page.get_by_role("link", name=file_id).click()
        page.get_by_role("button", name="Patvirtinti").click()
        expect(page.get_by_text(f"{number} iš 2")).to_be_visible()
        page.goto("/bank")
        page.get_by_label("Failas").set_input_files({"name": "ą.xml", "mimeType": "text/xml", "buffer": b"rubbish"})
        page.get_by_role("button", name="Pateikti").click()
        expect(page.get_by_text("Tai ne banko atsakymas")).to_be_visible()
        context.close()
    assert left(home) == [file_id]
