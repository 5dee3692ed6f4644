"""A small fund of this very day: a budget, a share, cash, two contracts, invoices. Decided by the broker's clock.

Service months are over, whatever day it is; budgets stand for every year that the test may touch.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from shared.kernel.calendar import VILNIUS
from tests import sent
from tests.bench.world import event

ARTICLE, SHARE_CENTS, PRICE_CENTS = "01", 10_000_00, 100_00
PROVIDER = "300111224"
SUMS = {ARTICLE: SHARE_CENTS, "02": SHARE_CENTS}
"""As much for another article: what is above the first fits into the year's total."""


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
            yield self.say("/vlk", "budget.approved", sent.budget(year, "a test's", SUMS))
            yield self.say("/vlk", "distribution.proposed", sent.distribution(year, {ARTICLE: SHARE_CENTS}))
        yield self.say("/treasury", "account.credited", sent.cash(10 * SHARE_CENTS, self.today))
        for contract_id in ("C-1", "C-2"):
            yield self.say("/vlk", "contract.proposed", self.contract(contract_id))

    def contract(self, contract_id: str) -> dict[str, Any]:
        code, prices = PROVIDER, {"S": PRICE_CENTS}
        return sent.contract(contract_id, self.service_day.year, code, prices, payment_days=2)

    def invoice(self, number: str, contract_id: str, quantity: int, moment: datetime | None = None) -> bytes:
        line = sent.line("S", quantity, PRICE_CENTS)
        data = sent.invoice(self.contract(contract_id), number, f"{self.service_day:%Y-%m}", f"{self.today}", [line])
        return self.say(f"/providers/{PROVIDER}", "invoice.submitted", data, moment)
