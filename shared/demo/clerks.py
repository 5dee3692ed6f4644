"""Clerks look at the invoices of contracts that ask for it; one invoice is forgotten past its day."""

from collections.abc import Iterator
from datetime import date

from shared.demo import plot
from shared.demo.days import plus, working_day_from
from shared.demo.deals import Deal
from shared.demo.dice import dice
from shared.demo.invoices import Case
from shared.demo.post import Draft, clock, speaker

LOOKS_AFTER_DAYS = (2, 9)
FORGOTTEN_DAYS = 24
RETURNED_SHARE = 0.08
RETURNED_ONCE = 2  # what came twice is accepted
TEXTS = (
    "trūksta įgalioto asmens parašo",
    "paslaugų kiekis nesutampa su ataskaita",
    "neaiškus paslaugos kodas, prašome patikslinti",
)


class Clerks:
    """What waits for a clerk, by the day on which somebody takes it up."""

    def __init__(self, seed: int) -> None:
        """Nothing waits at first."""
        self._seed = seed
        self._waiting: dict[str, tuple[date, Case]] = {}
        self._forgotten = ""
        self._found_again = False

    def expect(self, day: date, case: Case) -> None:
        """An invoice was sent on the day: a clerk will look at it, unless the check itself returns or refuses it."""
        invoice = case.sent
        chance = dice(self._seed, "clerk", invoice["invoice_id"], case.tries)
        after = chance.randint(*LOOKS_AFTER_DAYS)
        if not self._forgotten and invoice["service_month"] >= plot.FORGOTTEN_MONTH:
            self._forgotten, after = invoice["invoice_id"], FORGOTTEN_DAYS
        self._waiting[invoice["invoice_id"]] = (working_day_from(plus(day, after)), case)

    def forget(self, invoice_id: str) -> None:
        """The invoice was decided; one that the check itself returned was not forgotten by a clerk: the next one is."""
        self._waiting.pop(invoice_id, None)
        if invoice_id == self._forgotten and not self._found_again:
            self._forgotten = ""

    def morning(self, day: date) -> Iterator[Draft]:
        """Look at what is due to be looked at; what waits unanswered stays until the decision is heard."""
        for invoice_id, (on, case) in self._waiting.items():
            if on == day:
                yield self._look(invoice_id, case, case.deal)

    def _look(self, invoice_id: str, case: Case, deal: Deal) -> Draft:
        self._found_again = self._found_again or invoice_id == self._forgotten
        chance = dice(self._seed, "verdict", invoice_id, case.tries)
        returned = case.tries < RETURNED_ONCE and chance.random() < RETURNED_SHARE
        text = chance.choice(TEXTS)
        data = {
            "invoice_id": invoice_id,
            "contract_id": case.sent["contract_id"],
            "verdict": "return" if returned else "accept",
            "reasons": [{"code": "review", "rule": "15", "terms": {"text": text}}] if returned else [],
        }
        at = chance.randrange(clock(9), clock(14))
        return Draft(at=at, source=speaker(deal.payer), kind="invoice.reviewed", subject=invoice_id, data=data)
