"""The provider that README and the other texts name: its contract C-1, and its invoices A1 and A2.

It lives in the demo's year. A fund to try out (``psdf run --seed``) holds its contract, and waits for its invoices.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from shared.demo import plot
from shared.demo.budgets import VLK, Budget, budget_2022, distribution, shares
from shared.demo.days import plus
from shared.demo.deals import PSDF
from shared.demo.invoices import Invoice, line, submission, total
from shared.demo.post import Data, Draft, Ears, Event, Post, clock, speaker
from shared.kernel.money import Cents

PROVIDER: Final = "300111224"
CONTRACT: Final = "C-1"
ARTICLE: Final = "04"
PRICES: Final[dict[str, Cents]] = {"ORT-1": 100_000, "ORT-2": 45_000}
CONTRACT_ON: Final = date(2022, 1, 3)
FIRST_ON: Final = date(2022, 2, 7)
SECOND_ON: Final = date(2022, 11, 7)  # the article has run out by then: the ministry must be told first
SENT_AT: Final = {FIRST_ON: clock(10)}
EARLY: Final = clock(7, 45)  # before all others of the day: nobody stands before A2 in the queue
SEED_CASH_CENTS: Final[Cents] = 2_000_000_000


def contract() -> Data:
    """The ``data`` of its ``contract.proposed``: a price list, no ceiling, 30 days."""
    provider = {"code": PROVIDER, "name": "UAB Ortopedijos centras", "iban": "LT121000011101001000"}
    return proposed(CONTRACT, ARTICLE, provider, PRICES)


def proposed(contract_id: str, article: str, provider: Data, prices: Mapping[str, Cents]) -> Data:
    """A contract of the plot's year with the VLK, of a price list, without ceiling."""
    return {
        "contract_id": contract_id,
        "year": plot.YEAR,
        "payer": VLK,
        "article": article,
        "source": PSDF,
        "provider": provider,
        "ceiling_cents": None,
        "valid_from": f"{plot.YEAR}-01-01",
        "valid_to": f"{plot.YEAR}-12-31",
        "payment_days": 30,
        "services": [{"code": code, "unit_price_cents": price} for code, price in prices.items()],
        "review": "automatic",
    }


def _invoice(number: str, month: str, issued_on: date, lines: list[Data]) -> Invoice:
    return {
        "invoice_id": f"{PROVIDER}/{number}",
        "number": number,
        "kind": "invoice",
        "corrects": None,
        "contract_id": CONTRACT,
        "provider_code": PROVIDER,
        "payer": VLK,
        "article": ARTICLE,
        "source": PSDF,
        "service_month": month,
        "issued_on": issued_on.isoformat(),
        "amount_cents": total(lines),
        "lines": lines,
    }


def first() -> Invoice:
    """A1: three pieces in January, accepted as it comes."""
    return _invoice("A1", "2022-01", date(2022, 2, 5), [line("ORT-1", 3, PRICES["ORT-1"])])


def second() -> Invoice:
    """A2: October's work, as it should be."""
    lines = [line("ORT-1", 4, PRICES["ORT-1"]), line("ORT-2", 2, PRICES["ORT-2"])]
    return _invoice("A2", "2022-10", date(2022, 11, 5), lines)


def mistyped() -> Invoice:
    """A2 as it is sent first: one line is miscounted, the other has a price that is not the contract's."""
    good = second()
    lines = [good["lines"][0] | {"amount_cents": 410_000}, line("ORT-2", 2, PRICES["ORT-2"] + 500)]
    return good | {"lines": lines, "amount_cents": total(lines)}


class Example:
    """The example among the others of the demo's year; what it sends is the same for every seed."""

    def __init__(self) -> None:
        """Nothing was returned yet."""
        self._again: dict[date, Invoice] = {}
        self.ears: Ears = {"invoice.returned": self._returned}

    def morning(self, day: date) -> Iterator[Draft]:
        """The contract, A1, A2, and A2 again."""
        if day == CONTRACT_ON:
            yield _proposed()
        invoice = {FIRST_ON: first, SECOND_ON: mistyped}.get(day, lambda: self._again.pop(day, None))()
        if invoice:
            yield submission(SENT_AT.get(day, EARLY), invoice)

    def _returned(self, day: date, data: Data) -> tuple[Draft, ...]:
        if data["invoice_id"] == second()["invoice_id"]:
            self._again[plus(day, 1)] = second()
        return ()


def _proposed() -> Draft:
    return Draft(at=clock(11), source=speaker(VLK), kind="contract.proposed", subject=CONTRACT, data=contract())


def seed() -> list[Event]:
    """What a fund to try out begins with: the real budget of 2022, its distribution, the contract C-1, and cash."""
    budget = Budget(budget_2022().data | {"in_force_from": f"{plot.YEAR}-01-01"})
    shared_out = distribution(budget, shares(budget), with_revenue=True)
    credit = {
        "payer": VLK,
        "amount_cents": SEED_CASH_CENTS,
        "value_on": CONTRACT_ON.isoformat(),
        "reference": "SEED-1",
    }
    subject = f"{budget.year}-{budget.edition}"
    post = Post("seed")
    post.open(CONTRACT_ON)
    drafts = (
        Draft(at=clock(9), source=speaker(VLK), kind="budget.approved", subject=subject, data=budget.data),
        Draft(at=clock(10), source=speaker(VLK), kind="distribution.proposed", subject=subject, data=shared_out),
        _proposed(),
        Draft(at=clock(12), source="/treasury", kind="account.credited", subject=VLK, data=credit),
    )
    return [sent for sent in post.send(drafts) if isinstance(sent, dict)]
