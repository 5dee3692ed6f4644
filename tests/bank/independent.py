"""A bank that somebody else wrote (mock-bank), a desk over a folder of its own, and the two brought together."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import mockbank
from schwifty import IBAN

from shared.adapters.bank.carrier import Folders
from shared.adapters.bank.orders import sepa_text
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.accounts import BankSettings, bank_file_of, load_bank_settings
from shared.effects.bank.collecting import Heard
from shared.effects.bank.desk import NAME, Desk
from shared.events.payments import PaymentOrdered
from shared.events.reconciliation import BalanceReturnOrdered
from shared.events.reserve import ReserveTransferOrdered
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.order_ref import end_to_end_id
from shared.statute.load import load_fund

FUND: Fund = load_fund()
SETTINGS: BankSettings = load_bank_settings(bank_file_of("psdf"), FUND)
DAY = date(2022, 3, 9)  # a Wednesday
MORNING = datetime(2022, 3, 9, 9, 0, tzinfo=VILNIUS)
VLK = SETTINGS.accounts["VLK", "PSDF"]


def iban(number: int) -> str:
    """The account of a provider at another bank."""
    return str(IBAN.generate("LT", "10100", f"{number:011d}"))


def ordered(number: int, cents: int, **changed: object) -> Heard:
    """The fund ordered a sum to a provider."""
    order_id = str(changed.pop("order_id", f"300111224/A{number}#1"))
    invoice_id = order_id.partition("#")[0]
    said = {
        "order_id": order_id,
        "payment_id": f"{invoice_id}@2022",
        "invoice_id": invoice_id,
        "year": 2022,
        "payer": "VLK",
        "article": "04",
        "source": "PSDF",
        "iban": iban(number),
        "amount_cents": cents,
        "on": DAY,
        "partial": False,
        "end_to_end_id": end_to_end_id(order_id),
        "rules": ("16",),
        **changed,
    }
    return Heard(id=f"e{order_id}", on=said["on"], said=PaymentOrdered(**said))


def transfer(cents: int) -> Heard:
    """A transfer to the reserve."""
    said = ReserveTransferOrdered(year=2022, kind="9.1", amount_cents=cents, by=date(2022, 12, 31), rules=("9",))
    return Heard(id="t1", on=DAY, said=said)


def balance(cents: int, payer: str = "TLK-KAUNAS") -> Heard:
    """What a territorial fund has left returns."""
    said = BalanceReturnOrdered(
        payer=payer, year=2021, source="PSDF", amount_cents=cents, by=date(2022, 1, 10), rules=("25",)
    )
    return Heard(id=f"b-{payer}", on=DAY, said=said)


@dataclass
class Told:
    """What the desk told the fund: each event once by its id, as the door takes it."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def publish(self, raws: Sequence[bytes]) -> None:
        for raw in raws:
            event = json.loads(raw)
            known = self.events.setdefault(event["id"], event)
            assert known == event, "one id, two contents"

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [event["data"] for event in self.events.values() if event["type"] == type_]

    def outcomes(self) -> dict[str, list[str]]:
        """What was told of each order, in order."""
        found: dict[str, list[str]] = {}
        for data in self.of("payment.reported"):
            found.setdefault(data["order_id"], []).append(data["outcome"])
        return found


@dataclass
class Place:
    """A desk's folder beside the folders of the bank, and the clock of both."""

    path: Path
    bank: httpx.Client
    now: datetime = MORNING
    told: Told = field(default_factory=Told)
    settings: BankSettings = SETTINGS

    @property
    def out(self) -> Path:
        return self.path / "out"

    @property
    def inbox(self) -> Path:
        return self.path / "in"

    def desk(self) -> Desk:
        """A desk that has just been started."""
        store = SqliteStore(connect(self.path / "bank.sqlite3"), NAME)
        return Desk(FUND, self.settings, store, Folders(self.out, self.inbox))

    async def turn(self, desk: Desk | None = None) -> Desk:
        """The bank reads its folder, the desk takes a turn."""
        self.scan()
        desk = desk or self.desk()
        await desk.turn(self.now, self.told.publish)
        return desk

    async def settle(self, desk: Desk | None = None) -> Desk:
        """Turns until what leaves has come back."""
        desk = await self.turn(desk)
        return await self.turn(desk)

    def scan(self) -> None:
        """The bank looks into its folder."""
        self.bank.post("/_mock/drop/scan").raise_for_status()

    def advance(self, days: int = 1) -> None:
        """Days pass, at the bank and here."""
        self.bank.post(f"/_mock/advance?days={days}").raise_for_status()
        self.now += timedelta(days=days)

    def later(self, **passed: int) -> None:
        """Time passes here; the bank's clock runs by itself."""
        self.now += timedelta(**passed)

    def behaves(self, behaviour: str, account: str = "VLK-PSDF", **parameters: object) -> None:
        """The bank treats an account so."""
        answer = self.bank.patch(f"/_mock/accounts/{account}", json={"behaviour": behaviour, "parameters": parameters})
        assert answer.is_success, answer.text

    def credit(self, cents: int, account: str = "VLK-PSDF", **more: object) -> None:
        """Money comes to an account from elsewhere."""
        debtor = {"name": "Sodra", "iban": SETTINGS.sodra.iban}
        answer = self.bank.post("/_mock/credits", json={"account": account, "amount": cents, "debtor": debtor, **more})
        assert answer.is_success, answer.text

    def paid(self) -> dict[str, list[int]]:
        """What the bank carried out and kept, by end-to-end id: by its own books."""
        found: dict[str, list[int]] = {}
        for payment in self.bank.get("/_mock/payments").json():
            if payment["booked_at"] and not payment["returned_at"]:
                found.setdefault(payment["end_to_end_id"], []).append(payment["amount"])
        return found

    def status(self, end_to_end_id: str) -> str:
        """What the bank decided on an order, whether it told so or not."""
        return str(self.bank.get(f"/_mock/payments/{end_to_end_id}").json()["status"])


@contextmanager
def banking(path: Path, *, clock: datetime = MORNING) -> Iterator[Place]:
    """An independent bank with the fund's accounts, whose folders are the desk's."""
    (path / "out").mkdir(parents=True)
    (path / "in").mkdir()
    config = mockbank.Config(
        port=0,
        quiet=True,
        timezone="Europe/Vilnius",
        clock=f"{clock:%Y-%m-%dT%H:%M}",
        drop_dir=str(path / "out"),
        pickup_dir=str(path / "in"),
        drop_settle_ms=0,
        drop_interval_ms=3_600_000,
    )
    server = mockbank.make_server(config)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", timeout=30) as bank:
            for name in ("ACME", "GLOBEX", "INITECH", "EURODIS"):  # its own: their statements are none of ours
                bank.patch(f"/_mock/accounts/{name}", json={"closed": True}).raise_for_status()
            for (payer, source), account in SETTINGS.accounts.items():
                opened = {
                    "id": f"{payer}-{source}",
                    "iban": account.iban,
                    "name": sepa_text(account.name, 70),
                    "currency": "EUR",
                    "balance": 0,
                }
                answer = bank.post("/_mock/accounts", json=opened)
                assert answer.is_success, answer.text
            yield Place(path, bank, now=clock)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
