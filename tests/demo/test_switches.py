"""The switches of a watched demo: each breaks what it says, none is there elsewhere, and with none pressed nothing differs."""

import asyncio
import base64
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.console.app import Console
from shared.console.index.keeper import INDEX, Keeper
from shared.demo import Sent, World, day_started
from shared.demo.live import Pace, Watch
from shared.demo.mishaps import KEPT, REFUSED, Mishaps
from shared.demo.run import Outside, play_year
from shared.demo.sent import Handed, Ledger
from shared.demo.switch_page import PATH, SwitchPages
from shared.demo.switches import SWITCHES, Switchboard
from shared.events.catalogue import OUTSIDE
from shared.journal.copy import Copier
from shared.journal.home import Home, held, reading
from shared.kernel.stop import Stop
from shared.telemetry.setup import Telemetry
from tests.console.test_console_copy import OfServices
from tests.demo.echo import Echo
from tests.runtime.funds import FUND, PSDF, clean_env

SEED, PROVIDERS = 1, 40
PAYERS = [payer.code for payer in FUND.payers]
PRESSED_ON = date(2022, 1, 3)
UNTIL = date(2022, 2, 10)
WHO = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
LOOPBACK, OTHER = ("127.0.0.1", 50000), ("192.0.2.7", 50000)


def told(world: Outside, until: date) -> list[Sent]:
    """What a world says to a fund that says yes."""
    echo, said = Echo(), list[Sent]()
    for day in takewhile(lambda day: day <= until, world.dates()):
        emitted, sent = echo.publish([day_started(day)]), world.morning(day)
        while sent:
            said += sent
            emitted += echo.publish(sent)
            sent, emitted = world.answer(day, emitted), []
    return said


def test_with_no_switch_pressed_the_world_says_the_same_byte_for_byte() -> None:
    watched = Mishaps(World(SEED, PROVIDERS), Switchboard(), PAYERS)
    assert told(watched, UNTIL) == told(World(SEED, PROVIDERS), UNTIL)


def test_what_befell_one_world_befalls_another_on_the_same_days() -> None:
    asked = [(key, "") for key in ("sent-twice", "broken", "other-name", "bank-refuses")]
    broken = Mishaps(World(SEED, PROVIDERS), Switchboard(), PAYERS, before={PRESSED_ON: asked})
    said = told(broken, UNTIL)
    assert broken.befell == {PRESSED_ON: asked}
    assert said != told(World(SEED, PROVIDERS), UNTIL)
    assert told(Mishaps(World(SEED, PROVIDERS), Switchboard(), before=broken.befell), UNTIL) == said


class Pressing(Watch):
    """Somebody who presses switches on a day, and sees no console."""

    def __init__(self, home: Home, *pressed: str) -> None:
        super().__init__(home, FUND, 512, lambda _: None)
        self._asked = pressed

    async def day_passed(self, day: date) -> None:
        if day == PRESSED_ON:
            for each in self._asked:
                key, _, choice = each.partition(" ")
                assert await asyncio.to_thread(self.board.press, key, choice, day)


async def played(home: Home, *pressed: str) -> tuple[list[dict[str, Any]], Watch]:
    watch = Pressing(home, *pressed)
    world = World(SEED, PROVIDERS)
    days = [day for day in world.dates() if day <= UNTIL]
    home.letters.mkdir(parents=True, exist_ok=True)
    with held(home, FUND.fund_id):
        await play_year(home, FUND, watch.breaking(world), days, lambda *_: None, Telemetry(traces=0), watch)
    lines = (home.path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")], watch


async def test_each_switch_of_the_world_breaks_what_it_says_and_nothing_is_lost(tmp_path: Path) -> None:
    every = ("bank-refuses", "sent-twice", "broken", "other-name", "sodra-wrong", "money-late TLK-KAUNAS")
    events, watch = await played(Home(path=tmp_path / "broken"), *every)
    plain, _ = await played(Home(path=tmp_path / "plain"))

    def more(type_: str, **said: str | int) -> int:
        return sum(
            sign
            for sign, some in ((1, events), (-1, plain))
            for event in some
            if event["type"] == type_ and said.items() <= event["data"].items()
        )

    assert more("payment.rejected", reason="AC04") >= REFUSED
    laid_aside = [sum(event["type"].endswith(".parked") for event in some) for some in (plain, events)]
    assert laid_aside[1] - laid_aside[0] == 2, "one that is cut off, and one in another's name"
    stands = watch.ledger.stands()
    assert 0 < stands.again <= KEPT
    assert more("invoice.submitted") == stands.again + 1, "some came again, and one in another's name"
    assert more("invoice.accepted") <= 0, "and none was accepted for it"
    assert more("sodra.statement.returned", year=2021, quarter=4) == 1
    assert more("shortage.declared", payer="TLK-KAUNAS") > 0
    assert stands.lost == ()
    assert [each.fault for each in watch.board.pressed] == [""] * len(every)


async def test_what_was_taken_and_stands_in_no_journal_is_named_as_lost(tmp_path: Path) -> None:
    _, watch = await played(Home(path=tmp_path))
    ledger = watch.ledger
    assert ledger.stands().count > 0
    assert ledger.stands().lost == ()
    ledger.took([day_started(UNTIL) | {"id": "never-published"}, b'{"broken'])
    lost = ledger.stands().lost
    assert len(lost) == 2
    assert "/clock never-published" in lost


async def test_on_the_cluster_what_is_lost_is_known_once_all_is_copied(home: Home, tmp_path: Path) -> None:
    copy, sent, aside = Home(path=tmp_path), list[Sent](), list[bytes]()
    for line in (home.path / "events.jsonl").read_text(encoding="utf-8").splitlines():
        if not line.endswith("}"):
            sent.append(line.encode())
        elif (event := json.loads(line))["type"] in OUTSIDE:
            sent.append(event)
        elif event["type"].endswith(".parked"):
            aside.append(base64.b64decode(event["data"]["raw_base64"]))
    ledger = Ledger(copy)
    ledger.took(sent)
    with held(copy, FUND.fund_id), reading(home) as journal:
        await Copier(OfServices(journal), copy).copy()
    ledger.copied()
    assert len(ledger.stands().lost) == len(aside) > 0, "what can't be read stands in no journal"
    for raw in aside:
        ledger.laid_aside(raw)
    assert ledger.stands() == Handed(count=len(sent), again=0, lost=())
    assert ledger.is_whole(rows_of(copy))
    assert not ledger.is_whole(rows_of(copy) - 1)
    ledger.took([day_started(UNTIL) | {"id": "never-heard"}])
    assert (ledger.stands().under_way, ledger.stands().lost) == (1, ())
    ledger.copied()
    assert (ledger.stands().under_way, ledger.stands().lost) == (0, ("/clock never-heard",))


def rows_of(home: Home) -> int:
    with reading(home) as journal:
        return int(journal.execute("SELECT max(rowid) FROM commits").fetchone()[0])


@asynccontextmanager
async def console(home: Home, beside: SwitchPages | None, caller: tuple[str, int] = LOOPBACK) -> AsyncIterator[Any]:
    keeper = Keeper(home, FUND, home.path / INDEX)
    keeper.start()
    await asyncio.to_thread(keeper.wait_ready, 60)
    transport = httpx.ASGITransport(Console(home, FUND, keeper, beside=beside).app(), client=caller)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client
    await asyncio.to_thread(keeper.stop)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    path = tmp_path_factory.mktemp("switches") / "year"
    command = [*PSDF, "demo", "--providers", "40", "--until", "2022-01-10", "--home", str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120, env=clean_env())
    return Home(path=path)


async def test_a_console_that_is_no_demos_has_no_switches(home: Home) -> None:
    async with console(home, None) as client:
        assert (await client.get(PATH)).status_code == 404
        assert (await client.post(PATH, data={"action": "broken"}, headers=WHO)).status_code == 405
        assert PATH not in (await client.get("/tour")).text


async def test_from_another_address_there_are_none_either(home: Home) -> None:
    board, pressed = Switchboard(), list[str]()
    board.connect("broken", pressed.append)
    async with console(home, SwitchPages(board, Ledger(home)), OTHER) as client:
        assert (await client.get(PATH)).status_code == 404
        assert (await client.post(PATH, data={"action": "broken"}, headers=WHO)).status_code == 404
    assert (pressed, list(board.pressed)) == ([], [])


async def test_a_switch_is_pressed_by_a_form_of_its_own_page_alone(home: Home) -> None:
    board, pressed = Switchboard(), list[str]()
    board.connect("money-late", pressed.append, PAYERS)
    async with console(home, SwitchPages(board, Ledger(home))) as client:
        post = partial(client.post, PATH, data={"action": "money-late TLK-KAUNAS"})
        for other in ({}, {"sec-fetch-site": "cross-site", "origin": "http://evil.example"}):
            assert (await post(headers=other)).status_code == 403
        assert (await post(headers=WHO | {"content-type": "text/plain"})).status_code == 415
        assert pressed == []
        done = await post(headers=WHO)
        assert (done.status_code, done.headers["location"]) == (303, PATH)
        assert pressed == ["TLK-KAUNAS"]
        for unknown in ("money-late TLK-NIEKUR", "broken", ""):
            assert (await client.post(PATH, data={"action": unknown}, headers=WHO)).status_code == 404
        page = await client.get(PATH)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert "<script>" not in page.text


async def test_the_pace_has_its_buttons_while_there_is_something_to_break(home: Home) -> None:
    async def keys(_: float | None) -> str:
        return ""

    board, pace = Switchboard(), Pace(8, keys)
    board.connect("broken", lambda _: None)
    async with console(home, SwitchPages(board, Ledger(home), pace)) as client:
        assert "Dienų per sekundę: 8<" in (await client.get(PATH)).text
        for action in ("faster", "pause"):
            done = await client.post(PATH, data={"action": f"pace {action}"}, headers=WHO)
            assert (done.status_code, done.headers["location"]) == (303, PATH)
        assert "Days a second: 16 (paused)" in (await client.get(f"{PATH}?lang=en")).text
        await client.post(PATH, data={"action": "pace slower"}, headers=WHO)
        assert (pace.days_a_second, pace.paused) == (8, True)
        assert (await client.post(PATH, data={"action": "pace x"}, headers=WHO)).status_code == 404
        assert len(board.pressed) == 0, "it breaks nothing"
        board.disconnect()
        assert 'value="pace' not in (await client.get(PATH)).text


async def test_what_a_switch_could_not_do_is_said_in_the_page(home: Home) -> None:
    def act(_: str) -> None:
        raise Stop("the ministry took no order")

    board = Switchboard()
    board.connect("ministry-silent", act)
    async with console(home, SwitchPages(board, Ledger(home))) as client:
        await client.post(PATH, data={"action": "ministry-silent"}, headers=WHO)
        assert "the ministry took no order" in (await client.get(f"{PATH}?lang=en")).text


def test_each_switch_says_in_both_languages_what_is_seen_and_what_holds() -> None:
    for switch in SWITCHES:
        for said in (switch.name, switch.seen, switch.holds):
            assert said.keys() == {"lt", "en"}
            assert all(said.values())
        assert switch.path.startswith("/")
