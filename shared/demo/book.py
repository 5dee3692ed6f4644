"""What the outside world can know of the fund: how each invoice stands, what falls due, what is committed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from shared.demo.budgets import VLK
from shared.demo.deals import PSDF
from shared.demo.post import Data
from shared.kernel.money import Cents

Account = tuple[str, str]  # payer and source of money
Pot = tuple[str, str, str]  # payer, article, source


@dataclass(slots=True)
class Standing:
    """How an invoice stands: what is scheduled of it and not ordered, for which day, and what waits in a queue."""

    pot: Pot
    year: int
    payment_id: str = ""
    pay_on: str = ""
    unordered: Cents = 0
    ordered: Cents = 0
    waiting: Cents = 0


@dataclass(slots=True)
class Order:
    """An order to the bank."""

    account: Account
    invoice_id: str
    amount: Cents
    on: date


class Book:
    """Folds what the payments service says; ``committed`` and ``waiting`` are of the year that a pot is in."""

    def __init__(self) -> None:
        """Nothing is known at first."""
        self.standings: dict[str, Standing] = {}
        self.orders: dict[str, Order] = {}
        self.due: dict[Account, dict[str, Cents]] = {}
        self.committed: dict[tuple[int, Pot], Cents] = {}
        self.waiting: dict[Pot, Cents] = {}
        self.short_of_share: dict[str, str] = {}  # the VLK's invoices that wait for a larger share, and their articles
        self.ears: dict[str, Callable[[date, Data], None]] = {
            "payment.scheduled": self._scheduled,
            "payment.deferred": self._deferred,
            "payment.lowered": self._lowered,
            "payment.carried": self._carried,
            "payment.ordered": self._ordered,
            "payment.rejected": self._rejected,
        }

    def due_until(self, account: Account, day: date) -> Cents:
        """What is scheduled of the account and not ordered, to be paid up to the day."""
        until = day.isoformat()
        return sum(cents for on, cents in self.due.get(account, {}).items() if on <= until)

    def accounts(self) -> Iterator[Account]:
        """Accounts of which anything was ever due."""
        yield from sorted(self.due)

    def asked_of(self, year: int, pot: Pot) -> Cents:
        """What is committed of the pot in the year, and what waits."""
        return self.committed.get((year, pot), 0) + self.waiting.get(pot, 0)

    # ----------------------------------------------------------------------------------------------------- the folds

    def _standing(self, data: Data) -> Standing:
        pot = (data["payer"], data["article"], data["source"])
        return self.standings.setdefault(data["invoice_id"], Standing(pot, data["year"]))

    def _move(self, standing: Standing, cents: Cents) -> None:
        """More (or less) of the invoice is scheduled and not ordered."""
        standing.unordered += cents
        payer, _, source = standing.pot
        days = self.due.setdefault((payer, source), {})
        days[standing.pay_on] = days.get(standing.pay_on, 0) + cents
        if not days[standing.pay_on]:
            del days[standing.pay_on]

    def _commit(self, standing: Standing, cents: Cents) -> None:
        key = (standing.year, standing.pot)
        self.committed[key] = self.committed.get(key, 0) + cents

    def _wait(self, standing: Standing, cents: Cents) -> None:
        """So much of the invoice waits now."""
        self.waiting[standing.pot] = self.waiting.get(standing.pot, 0) + cents - standing.waiting
        standing.waiting = cents

    def _clear(self, invoice_id: str, standing: Standing) -> None:
        """Forget how the invoice stood before: nothing of it is scheduled."""
        self.short_of_share.pop(invoice_id, None)
        self._commit(standing, -standing.unordered)
        if standing.unordered:
            self._move(standing, -standing.unordered)

    def _scheduled(self, _day: date, data: Data) -> None:
        standing = self._standing(data)
        self._clear(data["invoice_id"], standing)
        self._wait(standing, 0)
        if data["payment_id"] != standing.payment_id:
            standing.payment_id, standing.ordered = data["payment_id"], 0
        standing.year, standing.pay_on = data["year"], data["pay_on"]
        left = data["amount_cents"] - standing.ordered
        self._move(standing, left)
        self._commit(standing, left)

    def _deferred(self, _day: date, data: Data) -> None:
        standing = self._standing(data)
        self._clear(data["invoice_id"], standing)
        standing.year = data["year"]
        self._wait(standing, 0 if data["reason"] == "next_year" else data["amount_cents"])
        if data["reason"] == "payer_share" and data["payer"] == VLK and data["source"] == PSDF:
            self.short_of_share[data["invoice_id"]] = data["article"]

    def _lowered(self, _day: date, data: Data) -> None:
        standing = self.standings.get(data["invoice_id"])
        if standing is None:
            return
        if data.get("payment_id"):
            self._commit(standing, -data["lowered_cents"])
            self._move(standing, -data["lowered_cents"])
        elif standing.waiting:
            self._wait(standing, standing.waiting - data["lowered_cents"])

    def _carried(self, _day: date, data: Data) -> None:
        standing = self.standings.get(data["invoice_id"])
        if standing:
            self._clear(data["invoice_id"], standing)
            self._wait(standing, 0)
            standing.year, standing.payment_id, standing.ordered = data["to_year"], "", 0

    def _ordered(self, _day: date, data: Data) -> None:
        standing = self._standing(data)
        self._move(standing, -data["amount_cents"])
        standing.ordered += data["amount_cents"]
        account, on = (data["payer"], data["source"]), date.fromisoformat(data["on"])
        self.orders[data["order_id"]] = Order(account, data["invoice_id"], data["amount_cents"], on)

    def _rejected(self, _day: date, data: Data) -> None:
        standing = self.standings[data["invoice_id"]]
        if data["payment_id"] == standing.payment_id:
            standing.ordered -= data["amount_cents"]
            self._move(standing, data["amount_cents"])
