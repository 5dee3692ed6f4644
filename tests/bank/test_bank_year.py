"""A year of the whole fund paid through a bank that somebody else wrote, which behaves in all its ways.

Invoices are submitted, decided, ordered, sealed, sent; the bank accepts, rejects, returns, is silent, loses entries. At the
end its books and the fund's are the same to the cent, and no order was carried out twice.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from shared.effects.bank.embedded import HomeDesk, collect, open_desk
from shared.journal.events import facts
from shared.journal.home import Home, reading
from shared.kernel.calendar import VILNIUS
from shared.runtime.embedded import Stack
from tests.bank.independent import FUND, SETTINGS, Place, banking, iban
from tests.runtime.funds import event, fund

FIRST = date(2022, 1, 3)
LAST = date(2022, 12, 23)
PAYERS = ("VLK", "TLK-KAUNAS")
CONTRACTS = 16
CLOSED, NO_BANK = 1, 2
"""Providers whose account is at the bank itself: it may be closed, or its bank may not be found."""
WAYS = (
    "accept",
    "accept",
    "return-later",
    "reject-file",
    "silent",
    "statement-gap",
    "insufficient-funds",
    "duplicate-file",
)


class Year:
    """Who sends what to the fund, and how the bank behaves: by a seed."""

    def __init__(self, place: Place, stack: Stack, desk: HomeDesk, seed: int) -> None:
        self.place, self.stack, self.desk, self.rng = place, stack, desk, Random(seed)
        self.count, self.held = 0, dict[str, date]()
        self.billed: set[tuple[int, str]] = set()
        self.told: list[dict[str, object]] = []
        self.ways = Counter[str]()

    async def say(self, source: str, type_: str, on: date, data: dict[str, object], at: time = time(8)) -> None:
        self.count += 1
        moment = datetime.combine(on, at, VILNIUS) + timedelta(microseconds=self.count)
        await self.publish([event(source, f"y{self.count}", type_, moment.isoformat(), data)])

    async def publish(self, raws: list[bytes]) -> None:
        for message in await self.stack.publish(raws):
            self.told.append(json.loads(message.raw))

    async def begin(self) -> None:
        """Budgets of two years, and a contract with each provider."""
        for year in (2022, 2023):
            line = {"code": "01.01", "name": "Sodra", "sodra": True, "amount_cents": 10**11}
            article = {"article": "04", "name": "gydymas", "health_care": True, "sodra": False, "amount_cents": 10**11}
            budget = {
                "year": year, "edition": 1, "law": "XV-1", "in_force_from": f"{year}-01-01", "revenue": [line],
                "revenue_total_cents": 10**11, "expenses": [article], "expenses_total_cents": 10**11,
                "working_capital_cents": 0, "reserve_main_cents": 0, "reserve_risk_cents": 0, "state_funds_cents": 0,
            }  # fmt: skip
            await self.say("/vlk", "budget.approved", FIRST, budget)
            quarters = {"article": "04", "q1_cents": 10**11, "q2_cents": 0, "q3_cents": 0, "q4_cents": 0}
            shares = [{"payer": payer, "article": "04", "amount_cents": 10**11 // 2} for payer in PAYERS]
            await self.say(
                "/vlk",
                "distribution.proposed",
                FIRST,
                {"year": year, "edition": 1, "quarters": [quarters], "shares": shares},
            )
        for number in range(1, CONTRACTS + 1):
            payer = PAYERS[number % 2]
            contract = {
                "contract_id": f"C-{number}", "year": 2022, "payer": payer, "article": "04", "source": "PSDF",
                "provider": {"code": f"3001112{number:02}", "name": f"Klinika {number}", "iban": iban(number)},
                "ceiling_cents": None, "valid_from": "2022-01-01", "valid_to": "2022-12-31", "payment_days": 7,
                "services": [], "review": "automatic",
            }  # fmt: skip
            await self.say("/vlk" if payer == "VLK" else f"/tlk/{payer}", "contract.proposed", FIRST, contract)
        for number, name in ((CLOSED, "CLOSED"), (NO_BANK, "NOBANK")):
            there = {"id": name, "iban": iban(number), "name": name, "currency": "EUR", "balance": 0}
            self.place.bank.post("/_mock/accounts", json=there).raise_for_status()

    async def day(self, day: date) -> None:
        """One day of the fund, in the morning and after the cut-off, and of the bank."""
        rng, bills = self.rng, [
            (number, f"{month:%Y-%m}")
            for number in range(1, CONTRACTS + 1)
            for month in (date(2022, m, 1) for m in range(1, day.month))
            if (number, f"{month:%Y-%m}") not in self.billed
        ]  # fmt: skip
        midnight = datetime.combine(day, time(), VILNIUS).isoformat()
        await self.publish([event("/clock", f"{day}", "day.started", midnight, {"date": f"{day}"})])
        for number, month in rng.sample(bills, min(len(bills), rng.choice((0, 0, 1, 3)))):
            self.billed.add((number, month))
            await self.bill(number, month, day)
        if day.weekday() == 0:
            for payer in PAYERS:
                self.behave(payer)
                self.place.credit(rng.randint(1, 60_000), f"{payer}-PSDF")
        for contract_id, since in list(self.held.items()):
            if (day - since).days > 4:
                await self.confirm(contract_id, day)
        await collect(self.desk.desk, self.desk.store, self.stack.home, datetime.combine(day, time(9, 30), VILNIUS))
        self.place.now = datetime.combine(day, time(10, 1), VILNIUS)
        for _ in range(2):
            for strange in (*self.place.inbox.glob("*-CLOSED-*.xml"), *self.place.inbox.glob("*-NOBANK-*.xml")):
                strange.unlink()  # the bank tells the providers of their accounts, not us
            await self.turn()
            self.place.scan()

    def behave(self, payer: str, way: str = "") -> None:
        """How the bank treats a payer's account, and the providers' accounts at it, this week."""
        way = way or self.rng.choice(WAYS)
        self.ways[way] += 1
        more = {"days": 2} if way == "return-later" else {}
        self.place.behaves(way, f"{payer}-PSDF", **more)
        for name, odd in (("CLOSED", "closed-account"), ("NOBANK", "bad-bank-id")):
            found = odd if self.rng.random() < 0.3 else "accept"
            self.ways[found] += 1
            self.place.behaves(found, name)

    async def bill(self, number: int, month: str, day: date) -> None:
        cents = self.rng.randint(1, 60_000)
        line = {"service_code": "S", "quantity": 1, "unit_price_cents": cents, "amount_cents": cents}
        code = f"3001112{number:02}"
        invoice = {
            "invoice_id": f"{code}/{month}", "number": month, "kind": "invoice", "corrects": None,
            "contract_id": f"C-{number}", "provider_code": code, "payer": PAYERS[number % 2], "article": "04",
            "source": "PSDF", "service_month": month, "issued_on": f"{day}", "lines": [line], "amount_cents": cents,
        }  # fmt: skip
        await self.say(f"/providers/{code}", "invoice.submitted", day, invoice)

    async def confirm(self, contract_id: str, day: date) -> None:
        """The provider says that its account is right."""
        number = int(contract_id.partition("-")[2])
        payer = PAYERS[number % 2]
        data = {"contract_id": contract_id, "iban": iban(number)}
        await self.say("/vlk" if payer == "VLK" else f"/tlk/{payer}", "contract.account.proposed", day, data)
        del self.held[contract_id]

    async def turn(self) -> None:
        await collect(self.desk.desk, self.desk.store, self.stack.home, self.place.now)
        await self.desk.desk.turn(self.place.now, self.publish)  # type: ignore[arg-type]
        for told in self.told:
            if told["type"] == "payment.returned":
                number = int(str(told["data"]["invoice_id"])[7:9])  # type: ignore[index]
                self.held.setdefault(f"C-{number}", self.place.now.date())
        self.told.clear()


def bank_days(first: date, last: date) -> Iterator[date]:
    day = FUND.calendar.bank_day_from(first)
    while day <= last:
        yield day
        day = FUND.calendar.bank_day_from(day + timedelta(days=1))


def balances(place: Place) -> dict[str, int]:
    return {account["iban"]: account["balance"] for account in place.bank.get("/_mock/accounts").json()}


@pytest.mark.parametrize("seed", [1])
async def test_a_year_through_an_independent_bank_is_the_same_in_both_books_to_the_cent(
    tmp_path: Path, seed: int
) -> None:
    home = Home(path=tmp_path / "home")
    with banking(home.bank, clock=datetime.combine(FIRST, time(9), VILNIUS)) as place:
        async with fund(home.path) as stack, open_desk(home, FUND, SETTINGS) as desk:
            year, yesterday = Year(place, stack, desk, seed), FIRST
            await year.begin()
            for day in bank_days(FIRST, LAST):
                if day > yesterday:
                    place.advance((day - yesterday).days)
                yesterday = day
                if day > date(2022, 12, 1):  # the last weeks are quiet, so that all that is due is paid
                    for payer in PAYERS:
                        place.behaves("accept", f"{payer}-PSDF")
                    place.behaves("accept", "CLOSED")
                    place.behaves("accept", "NOBANK")
                    year.held = dict.fromkeys(year.held, FIRST)
                    place.credit(3_000_000, "VLK-PSDF")
                    place.credit(3_000_000, "TLK-KAUNAS-PSDF")
                await year.day(day)
            state, known, paid = stack.payments, balances(place), place.paid()
            unanswered = [order for order in desk.desk.state.orders.values() if order.outcome is None]
            for payer in PAYERS:
                (cash,) = [cents for account, cents in state.cash.items() if account == (payer, "PSDF")]
                on_its_way = sum(order.amount_cents for order in unanswered if order.payer == payer)
                assert cash + on_its_way == known[SETTINGS.accounts[payer, "PSDF"].iban], payer
            # A silent bank that rejected: nobody knows, an alarm stays, and nothing is ordered twice.
            alarms = " ".join(desk.desk.alarms(place.now))
            assert {place.status(order.end_to_end_id) for order in unanswered} <= {"rejected"}
            assert all(order.order_id in alarms for order in unanswered)
    with reading(home) as connection:
        told = list(facts(connection, [b":"], service="payments"))
    by_order = {fact.data["order_id"]: fact.data for fact in told if fact.type == "payment.ordered"}
    kept = Counter(fact.data["order_id"] for fact in told if fact.type == "payment.executed")
    kept.subtract(fact.data["order_id"] for fact in told if fact.type == "payment.returned")
    fund_paid = {
        by_order[order_id]["end_to_end_id"]: [by_order[order_id]["amount_cents"]]
        for order_id, times in kept.items()
        if times
    }
    assert paid == fund_paid
    assert not [fact.data for fact in told if fact.type.endswith("parked")]
    assert {
        "accept",
        "return-later",
        "reject-file",
        "silent",
        "statement-gap",
        "insufficient-funds",
    } <= year.ways.keys()
    assert {"duplicate-file", "closed-account", "bad-bank-id"} <= year.ways.keys()
    kinds = Counter(fact.type for fact in told)
    assert min(kinds[f"payment.{kind}"] for kind in ("executed", "rejected", "returned")) > 5
    assert kinds["shortage.declared"]
