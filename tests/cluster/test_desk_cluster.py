"""The desk on the cluster: two persons say something in the console or by command, and the fund hears it once.

The three tasks of a clerk are played in a real browser; what follows comes over Kafka and the store.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest
from playwright.sync_api import Browser

from deploy.local import Report
from shared.adapters.mongo.client import close, motor_client
from shared.adapters.mongo.store import open_store
from shared.desk.desk import NAME, Desk, event_id
from shared.desk.matters import Matter
from shared.desk.people import People
from tests.cluster.fleet import Fleet, fleet
from tests.cluster.member import Member
from tests.cluster.quiet import PATIENCE_S, until
from tests.console.conftest import launched
from tests.console.desks import NAMES, PERSONS, WHEN, reviewed_contract, signed_in
from tests.console.test_daily_tasks import a_year
from tests.console.test_desk_browser import accepted, confirm, person, propose
from tests.console.test_work_counted import counted
from tests.desk.provider import provider
from tests.runtime.funds import FUND, day, event, invoice, psdf, worked_start

pytestmark = [pytest.mark.connected, pytest.mark.browser]

Seat: TypeAlias = tuple[str, dict[str, str], Path]
"""Where the console is, everybody's token, a folder."""


@dataclass(kw_only=True)
class At:
    """A fund on the cluster with people at its desk."""

    here: Fleet
    people: Path
    tokens: dict[str, str]
    stack: Report
    database: str

    def console(self, name: str = "console", **env: str) -> Member:
        """Start a console on a copy of its own; it hears no topic that a group reads."""
        folder = self.here.folder / name
        member = self.here.start("console", PSDF_HOME=str(folder), PSDF_PEOPLE=str(self.people), **env)
        self.here.members.remove(member)
        return member

    def psdf(self, *args: str, by: str = "", home: Path | None = None) -> str:
        env = {
            "PSDF_MONGO": self.stack.mongo_url,
            "PSDF_PREFIX": self.here.prefix,
            "PSDF_PEOPLE": str(self.people),
            "PSDF_TOKEN": self.tokens.get(NAMES.get(by, ""), ""),
            "PSDF_MOMENT": "event",
        }
        where = home or self.here.folder / "console"
        done = psdf(*args, home=where, **env)
        return done.stdout + done.stderr

    async def told(self, id_: str, topic: str) -> int:
        """How many events of an id lie on a topic."""
        return sum(each["id"] == id_ for each in await self.here.told([topic]))


@asynccontextmanager
async def at_the_desk(stack: Report, fund: str, folder: Path) -> AsyncIterator[At]:
    people = People(folder / "people")
    tokens = {name: people.add(FUND, name, role, payer) for name, (role, payer) in PERSONS.items()}
    async with fleet(stack, fund, folder, partitions=1) as here:
        await here.started("contracts", "invoicing", "payments", "reserve", "reconciliation")
        for raw in [*worked_start()[:4], reviewed_contract(), day("2022-02-07")]:
            await here.send([raw])
            await here.quiet()
        await here.send([invoice("R1", 4_500_00, WHEN, contract_id="C-2")])
        await here.quiet()
        yield At(here=here, people=folder / "people", tokens=tokens, stack=stack, database=fund)


async def test_three_tasks_of_a_clerk_in_a_browser(stack: Report, fund: str, tmp_path: Path) -> None:
    async with at_the_desk(stack, fund, tmp_path) as at:
        used = {"contract_id": "C-1", "ceiling_cents": 2_000_000_00}
        unreadable = event("/providers/300111224", "p0", "invoice.submitted", WHEN, {"a": 1})
        balance = {"payer": "TLK-KAUNAS", "amount_cents": 100_00, "value_on": "2022-02-07", "reference": "K1"}
        credit = event("/treasury", "k1", "account.credited", WHEN, balance)
        await at.here.send([event("/vlk", "c-2", "contract.change.proposed", WHEN, used), unreadable, credit])
        await at.here.quiet()
        console = at.console()
        await until(console.ready, "the console is ready")
        desk = (f"http://127.0.0.1:{console.port}", at.tokens, tmp_path)
        await asyncio.to_thread(work, desk, a_review, a_release)
        for on in ("2022-12-31", "2023-01-03"):
            await at.here.send([day(on)])
            await at.here.quiet()
        await asyncio.to_thread(work, desk, a_year)
        assert await console.stop() == 0
        anew = at.console("anew")
        await until(anew.ready, "a console on an empty folder is ready")
        auditor = {"Authorization": f"Bearer {at.tokens[NAMES['auditor']]}", "Accept": "text/html"}

        words = ""

        async def dismissed() -> bool:
            nonlocal words
            url = f"http://127.0.0.1:{anew.port}/parked"
            async with httpx.AsyncClient(headers=auditor, timeout=20) as client:
                words = re.sub(r"<[^>]+>|\s+", " ", (await client.get(url)).text)
            return all(said in words for said in (" paliktas ", " pateiktas iš naujo ", f" {NAMES['operator']} "))

        what = "it knows from the desk's journal what was dismissed, released, and whose sender was told"
        await until(dismissed, what, PATIENCE_S, lambda: words + anew.log.read_text())


def work(desk: Seat, *tasks: Callable[[Browser, Seat], None]) -> None:
    """Play tasks one after another in one browser."""
    with launched() as browser:
        for task in tasks:
            task(browser, desk)


def a_review(browser: Browser, desk: Seat) -> None:
    """15. An invoice that waits for a clerk is looked at by one, and confirmed by another person."""
    with person(browser, desk, "clerk") as ona, person(browser, desk, "second") as jonas:
        ona.locator("tr", has_text="300111224/R1").get_by_role("link", name="Patikrinti sąskaitą").click()
        ona.get_by_text("apmokėti iki 2022-03-09").wait_for()
        accepted(ona, jonas)


def a_release(browser: Browser, desk: Seat) -> None:
    """What a service decided not to decide is given to it again; what nobody can read is dismissed."""
    with person(browser, desk, "clerk") as ona, person(browser, desk, "operator") as oskaras:
        parked = {row["topic"]: row["id"] for row in ona.request.get("/parked?as=json").json()["parked"]}
        assert sorted(parked) == ["contract.change.proposed", "invoice.submitted"]
        ona.goto(f"/desk/new/release?ids={parked['contract.change.proposed']}")
        ona.locator("#why").fill("Dabar suprantama")
        ona.get_by_role("button", name="Peržiūrėti prieš siunčiant").click()
        ona.get_by_text("Dabar suprantama: 1 iš 1.").wait_for()
        ona.get_by_role("button", name="Siųsti tvirtinti").click()
        ona.get_by_text("Tvirtina kitas asmuo").wait_for()
        confirm(oskaras, ona.locator("h1").inner_text().partition(".")[0])
        oskaras.goto("/parked")
        oskaras.get_by_text("pateiktas iš naujo", exact=True).wait_for()
        oskaras.goto(f"/desk/new/dismiss?ids={parked['invoice.submitted']}")
        oskaras.locator("#why").fill("Bandymas")
        with person(browser, desk, "second") as jonas:
            confirm(jonas, propose(oskaras))
            jonas.goto("/parked")
            jonas.get_by_text("paliktas", exact=True).wait_for()
        oskaras.goto("/parked")
        oskaras.get_by_role("link", name=parked["invoice.submitted"]).click()
        oskaras.get_by_role("button", name="Siuntėjui pranešta").click()
        oskaras.get_by_role("button", name="Atšaukti: siuntėjui nepranešta").wait_for()


async def as_processes(at: At, console: Member) -> dict[str, str]:
    """How each process is, as the page of operations says."""
    headers = {"Authorization": f"Bearer {at.tokens[NAMES['operator']]}"}
    async with httpx.AsyncClient(headers=headers, timeout=20) as client:
        page = (await client.get(f"http://127.0.0.1:{console.port}/ops?as=json&lang=en")).json()
    return {each["process"]: each["how"] for each in page["processes"]}


async def test_what_was_confirmed_is_sent_once_though_the_console_is_killed_before_and_after(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with at_the_desk(stack, fund, tmp_path) as at:
        next(each for each in at.here.members if each.name == "reserve").kill()
        away = at.console(PSDF_KAFKA="127.0.0.1:1")
        await until(away.ready, "the console is ready, though no broker answers")
        said = await asyncio.to_thread(proposed_and_confirmed, away.port, at.tokens)
        assert "siunčiama, kol fondas atsakys" in said
        assert await at.told(await sent_as(at, "D-1"), "contract.change.proposed") == 0
        away.kill()

        there = at.console()
        await until(there.ready, "the console is ready again")
        await until(lambda: answered(at, "D-1"), "what was confirmed before the kill is answered", PATIENCE_S)
        there.kill()
        once_more = at.console()
        await until(once_more.ready, "the console is ready once more")

        assert "no role" not in await asyncio.to_thread(
            at.psdf, "propose", "contract-change", "contract_id=C-1", "ceiling=3000000,00", by="contracts"
        )

        async def counts(wanted: int) -> bool:
            return await asyncio.to_thread(waits_for_second, once_more.port, at.tokens) == wanted

        await until(partial(counts, 1), "a page counts what a command proposed", PATIENCE_S)
        confirmed = await asyncio.to_thread(at.psdf, "confirm", "D-2", by="second")
        assert "The fund has taken it." in confirmed, confirmed
        await until(partial(counts, 0), "a page counts no more what a command confirmed", PATIENCE_S)
        refused = await asyncio.to_thread(
            at.psdf, "propose", "contract-change", "contract_id=C-1", "ceiling=990000000,00", by="contracts"
        )
        assert "it does not fit" in refused, refused
        confirmed = await asyncio.to_thread(at.psdf, "confirm", "D-3", by="second")
        assert "The fund has refused it." in confirmed, confirmed
        for matter in ("D-1", "D-2", "D-3"):
            assert await at.told(await sent_as(at, matter), "contract.change.proposed") == 1, matter
        same = await asyncio.to_thread(at.psdf, "confirm", "D-3", by="second")
        assert "D-3 is sent" in same, same

        async def silent() -> bool:
            return (await as_processes(at, once_more)).get("reserve") == "silent"

        await until(silent, "the process that was killed is silent", PATIENCE_S)
        others = {name: how for name, how in (await as_processes(at, once_more)).items() if name != "console"}
        running = ("contracts", "invoicing", "payments", "reconciliation")
        assert others == dict.fromkeys(running, "works") | {"reserve": "silent"}
        assert await once_more.stop() == 0
        verified = await asyncio.to_thread(psdf, "verify", "--mongo", stack.mongo_url, "--database", fund)
        assert re.search(r"desk +desk +15 ", verified.stdout), verified
        assert verified.returncode == 0, verified


async def test_people_of_an_identity_provider_propose_and_confirm_and_the_store_says_who_they_are(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    people = {
        role: {"name": NAMES[role], "roles": [f"psdf-{role}"], "payer": "vlk"} for role in ("contracts", "second")
    }
    (tmp_path / "provider").mkdir()
    with provider(tmp_path / "provider", people) as there:
        async with at_the_desk(stack, fund, tmp_path) as at:
            console = at.console(PSDF_OIDC=str(there.file))
            await until(console.ready, "the console is ready")
            tokens = {NAMES[role]: await asyncio.to_thread(there.signed_in, role) for role in people}
            assert "D-1" in await asyncio.to_thread(proposed_and_confirmed, console.port, tokens)
            await until(lambda: answered(at, "D-1"), "the fund has answered", PATIENCE_S)
            matter = await matter_of(at, "D-1")
            assert (matter.outcome, matter.identity) == ("taken", f"{there.url} contracts")
            assert matter.decided_identity == f"{there.url} second"
            stolen = await asyncio.to_thread(there.signed_in, "second", "urn:another:place")
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{console.port}") as client:
                refused = await client.get("/fund", headers={"Authorization": f"Bearer {stolen}"})
                assert (refused.status_code, "is for urn:another:place" in refused.text) == (401, True)


def proposed_and_confirmed(port: int, tokens: dict[str, str]) -> str:
    """Two persons change a contract at a console; the page of the matter afterwards."""
    url = f"http://127.0.0.1:{port}"
    with signed_in(url, tokens[NAMES["contracts"]]) as rasa, signed_in(url, tokens[NAMES["second"]]) as jonas:
        drafted = rasa.post(
            "/desk/new/contract-change", data={"action": "look", "contract_id": "C-1", "ceiling": "1 000 000,00"}
        )
        assert drafted.url.path == "/desk/D-1", drafted.text
        assert "Telpa: fondas priimtų" in drafted.text, "what would follow is decided on the copy"
        rasa.post("/desk/D-1", data={"action": "propose"})
        assert counted(jonas) == 1, "the navigation counts it for the second person"
        said = jonas.post("/desk/D-1", data={"action": "confirm"}).text
        assert counted(jonas) == 0
        return said


def waits_for_second(port: int, tokens: dict[str, str]) -> int:
    """How many matters the navigation counts for the second person."""
    with signed_in(f"http://127.0.0.1:{port}", tokens[NAMES["second"]]) as jonas:
        return counted(jonas)


async def matter_of(at: At, matter_id: str) -> Matter:
    """A matter as the desk's journal in the store has it."""
    client = motor_client(at.stack.mongo_url)
    desk = Desk(FUND, await open_store(client, at.database, NAME))
    await desk.load()
    await close(client)
    return desk.matter(matter_id)


async def sent_as(at: At, matter_id: str) -> str:
    return event_id(await matter_of(at, matter_id))


async def answered(at: At, matter_id: str) -> bool:
    return (await matter_of(at, matter_id)).stage == "answered"
