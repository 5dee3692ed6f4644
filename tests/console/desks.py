"""A fund with people at its desk, for tests: the worked start, whose contract C-2 a clerk reviews; and the console."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from shared.desk.home import people_of
from shared.journal.home import Home
from shared.runtime.settings import Settings
from tests.console.conftest import shown
from tests.runtime.funds import FUND, day, event, fund, invoice, worked_start

PERSONS = {
    "Ona Onaitė": ("clerk", "VLK"),
    "Jonas Jonaitis": ("second", "VLK"),
    "Rasa Rasaitė": ("contracts", "VLK"),
    "Petras Petraitis": ("planner", "VLK"),
    "Dora Doraitė": ("director", "VLK"),
    "Milda Mildaitė": ("ministry", ""),
    "Mantas Mantaitis": ("ministry", ""),
    "Aldona Aldonė": ("auditor", "VLK"),
    "Oskaras Oskaris": ("operator", "VLK"),
    "Kazys Kaunietis": ("clerk", "TLK-KAUNAS"),
    "Zita Kaunietė": ("second", "TLK-KAUNAS"),
}
NAMES = {role: name for name, (role, payer) in reversed(PERSONS.items()) if payer in ("VLK", "")}
CONTRACT = {
    "action": "look", "contract_id": "C-7", "year": "2022", "payer": "VLK", "article": "04", "source": "PSDF",
    "provider.code": "300111224", "provider.name": "UAB Ortopedijos centras", "provider.iban": "LT121000011101001000",
    "ceiling": "1 000,00", "valid_from": "2022-01-01", "valid_to": "2022-12-31",
}  # fmt: skip
WHEN = "2022-02-07T10:00:00+02:00"


def reviewed_contract() -> bytes:
    """A contract like the worked start's, of which a clerk looks at the invoices."""
    told = next(json.loads(raw) for raw in worked_start() if b'"contract.proposed"' in raw)
    told["id"] = "c-2"
    told["data"] |= {"contract_id": "C-2", "review": "clerk"}
    told.pop("subject", None)
    return json.dumps(told, ensure_ascii=False).encode()


async def _begin(home: Path, extra: list[bytes]) -> None:
    async with fund(home) as stack:
        await stack.publish([*worked_start()[:4], reviewed_contract(), day("2022-02-07")])
        waits = invoice("R1", 4_500_00, WHEN, contract_id="C-2")
        unreadable = [event("/providers/300111224", f"p{n}", "invoice.submitted", WHEN, {"a": n}) for n in range(2)]
        used = event(
            "/vlk", "c-2", "contract.change.proposed", WHEN, {"contract_id": "C-1", "ceiling_cents": 2_000_000_00}
        )
        await stack.publish([waits, *unreadable, used, *extra])


def a_fund(home: Path, *extra: bytes) -> dict[str, str]:
    """The fund, and each person's token by name."""
    with ThreadPoolExecutor(1) as beside:  # a browser of the test has a loop of its own here
        beside.submit(asyncio.run, _begin(home, list(extra))).result()
    people = people_of(Home(path=home))
    return {name: people.add(FUND, name, role, payer) for name, (role, payer) in PERSONS.items()}


@contextmanager
def desk_of(home: Path) -> Iterator[str]:
    """The console with its desk over a home whose events bring their own days; its address."""
    with shown(home, Settings(home=home, moment="event", traces=0)) as url:
        yield url


@contextmanager
def signed_in(url: str, token: str) -> Iterator[httpx.Client]:
    """A client that sends what a browser would, signed in."""
    with httpx.Client(
        base_url=url, timeout=60, headers={"Accept": "text/html", "Origin": url}, follow_redirects=True
    ) as client:
        if token:
            assert client.post("/sign-in", data={"token": token}).status_code == 200
        yield client


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str], Path]]:
    home = tmp_path_factory.mktemp("desk") / "home"
    tokens = a_fund(home)
    with desk_of(home) as url:
        yield url, tokens, home


def as_(desk: tuple[str, dict[str, str], Path], role: str) -> str:
    return desk[1][NAMES[role]]
