"""A small fund of this very day: a budget, a share, cash, two contracts, invoices. Decided by the broker's clock.

Service months are over, whatever day it is; budgets stand for every year that the test may touch.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from shared.kernel.calendar import VILNIUS
from tests.bench.world import event

ARTICLE, SHARE_CENTS, PRICE_CENTS = "01", 10_000_00, 100_00
PROVIDER = "300111224"


class Year:
    """What is sent on a day and after it."""

    def __init__(self, today: date, now: Callable[[], datetime] = lambda: datetime.now(VILNIUS)) -> None:
        self.today, self._now = today, now
        self.service_day = today.replace(day=1) - timedelta(days=1)
        self._sent = 0

    @property
    def first_answer(self) -> str:
        """What is said of an invoice at once: on the last two days of a year its bank day is in the next one."""
        return "payment.deferred" if (self.today + timedelta(days=2)).year > self.today.year else "payment.scheduled"

    def say(self, source: str, type_: str, data: dict[str, Any], moment: datetime | None = None) -> bytes:
        self._sent += 1
        return event(source, f"e{self._sent}", type_, moment or self._now(), data)

    def beginning(self) -> Iterator[bytes]:
        """Budgets, shares, cash, the contracts; each after what it needs."""
        for year in sorted({self.service_day.year, self.today.year, (self.today + timedelta(days=40)).year}):
            yield self.say("/vlk", "budget.approved", budget(year))
            yield self.say("/vlk", "distribution.proposed", distribution(year))
        cash = {"payer": "VLK", "amount_cents": 10 * SHARE_CENTS, "value_on": f"{self.today}", "reference": "cash"}
        yield self.say("/treasury", "account.credited", cash)
        for contract_id in ("C-1", "C-2"):
            yield self.say("/vlk", "contract.proposed", self.contract(contract_id))

    def contract(self, contract_id: str) -> dict[str, Any]:
        year = self.service_day.year
        return {
            "contract_id": contract_id,
            "year": year,
            "payer": "VLK",
            "article": ARTICLE,
            "source": "PSDF",
            "provider": {"code": PROVIDER, "name": "Klinika", "iban": "LT121000011101001000"},
            "ceiling_cents": None,
            "valid_from": f"{year}-01-01",
            "valid_to": f"{year}-12-31",
            "payment_days": 2,
            "services": [{"code": "S", "unit_price_cents": PRICE_CENTS}],
        }

    def invoice(self, number: str, contract_id: str, quantity: int, moment: datetime | None = None) -> bytes:
        amount = quantity * PRICE_CENTS
        line = {"service_code": "S", "quantity": quantity, "unit_price_cents": PRICE_CENTS, "amount_cents": amount}
        data = {
            "invoice_id": f"{PROVIDER}/{number}",
            "number": number,
            "kind": "invoice",
            "corrects": None,
            "contract_id": contract_id,
            "provider_code": PROVIDER,
            "payer": "VLK",
            "article": ARTICLE,
            "source": "PSDF",
            "service_month": f"{self.service_day:%Y-%m}",
            "issued_on": f"{self.today}",
            "lines": [line],
            "amount_cents": amount,
        }
        return self.say(f"/providers/{PROVIDER}", "invoice.submitted", data, moment)


def budget(year: int) -> dict[str, Any]:
    """As much for another article: what is above the first fits into the year's total."""
    whole = 2 * SHARE_CENTS
    named = ((ARTICLE, "care"), ("02", "medicines"))
    return {
        "year": year,
        "edition": 1,
        "law": "a test's",
        "in_force_from": f"{year}-01-01",
        "revenue": [{"code": "01", "name": "revenue", "sodra": True, "amount_cents": whole}],
        "revenue_total_cents": whole,
        "expenses": [
            {"article": article, "name": name, "health_care": True, "amount_cents": SHARE_CENTS}
            for article, name in named
        ],
        "expenses_total_cents": whole,
        "working_capital_cents": 0,
        "reserve_main_cents": 0,
        "reserve_risk_cents": 0,
        "state_funds_cents": 0,
    }


def distribution(year: int) -> dict[str, Any]:
    quarters = {"article": ARTICLE, **{f"q{n}_cents": SHARE_CENTS // 4 for n in (1, 2, 3, 4)}}
    shares = [{"payer": "VLK", "article": ARTICLE, "amount_cents": SHARE_CENTS}]
    return {"year": year, "edition": 1, "quarters": [quarters], "shares": shares}
