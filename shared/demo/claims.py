"""Damage and its recovery: claims are repaid, set off and written off; credits that met nothing become claims too."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from shared.demo import plot
from shared.demo.book import Book
from shared.demo.days import plus, working_day_from
from shared.demo.deals import PSDF, SHORT
from shared.demo.dice import dice
from shared.demo.post import Data, Draft, Ears, clock, speaker

CLAIMED_AT, SETTLED_AT = clock(13), clock(13, 20)
PAYERS = {short: payer for payer, short in SHORT.items()}
CLAIM_PART = (0.05, 0.2)
COMPENSATION = "SODRA/"  # no provider's invoice
LARGEST_CLAIMED = 20_000_000
SETTLED_AFTER_DAYS = (6, 15, 24)
REASONS = (
    "Sąskaitoje nurodytos nesuteiktos paslaugos (demo)",
    "Patikrinimo metu nustatyta žala fondui (demo)",
    "Paslauga apmokėta du kartus (demo)",
    "Viršytas paslaugos įkainis (demo)",
)
# What happens to a claim, in turns: parts in permille of it, one after the other, and how.
PLANS: tuple[tuple[tuple[int, str], ...], ...] = (
    ((400, "repaid"), (600, "set_off")),
    ((350, "repaid"), (650, "written_off")),
    ((600, "repaid"), (900, "repaid"), (400, "repaid")),  # the second asks more than is left, and is refused
    ((1000, "repaid"),),
)


class Claims:
    """Claims of the payers, followed to their end."""

    def __init__(self, seed: int, book: Book) -> None:
        """``book`` tells which invoices are paid, and which a claim may be set off against."""
        self._seed = seed
        self._book = book
        self._drafts: dict[date, list[Draft]] = {}
        self._demanded = 0
        self._claims: dict[str, tuple[str, str]] = {}  # claim: who speaks for it, and the provider
        self.ears: Ears = {"recovery.demanded": self._followed, "payment.credit.unused": self._unused}

    def morning(self, day: date) -> Iterator[Draft]:
        """Claims and settlements of the day."""
        if day in plot.CLAIMS_ON:
            yield from self._claim(day, plot.CLAIMS_ON.index(day))
        for draft in self._drafts.pop(day, []):
            yield self._against_an_invoice(draft) if draft.data["how"] == "set_off" else draft

    def _claim(self, day: date, place: int) -> Iterator[Draft]:
        paid = [
            (order.invoice_id, order.amount)
            for order in self._book.orders.values()
            if order.on < day and order.account[1] == PSDF and not order.invoice_id.startswith(COMPENSATION)
        ]
        paid = [found for found in paid if found[1] <= LARGEST_CLAIMED] or paid
        if not paid:
            return
        chance = dice(self._seed, "claim", place)
        invoice_id, amount = chance.choice(paid)
        source = speaker(self._book.standings[invoice_id].pot[0])
        claim_id, provider = f"Z-{day:%Y}-{place + 1:03d}", invoice_id.split("/")[0]
        cents = max(1000, int(amount * chance.uniform(*CLAIM_PART)))
        self._claims[claim_id] = (source, provider)
        data = {
            "claim_id": claim_id,
            "provider_code": provider,
            "invoice_id": invoice_id,
            "amount_cents": cents,
            "basis": "20" if place % 2 else "21",
            "reason": REASONS[place % len(REASONS)],
        }
        yield Draft(at=CLAIMED_AT, source=source, kind="recovery.claimed", subject=claim_id, data=data)

    # ------------------------------------------------------------------------------------------------------- answers

    def _unused(self, _day: date, data: Data) -> tuple[Draft, ...]:
        """A credit met nothing left to lower: it becomes a claim under its own number."""
        payer = PAYERS[data["contract_id"].split("-")[1]]
        self._claims.setdefault(data["by"], (speaker(payer), data["provider_code"]))
        return ()

    def _followed(self, day: date, data: Data) -> tuple[Draft, ...]:
        """A claim was demanded: lay out how it ends."""
        if data["claim_id"] not in self._claims:
            return ()
        source, _ = self._claims[data["claim_id"]]
        plan = PLANS[self._demanded % len(PLANS)]
        self._demanded += 1
        left = data["amount_cents"]
        for number, (permille, how) in enumerate(plan):
            last = number == len(plan) - 1
            asked = left if last else max(1, data["amount_cents"] * permille // 1000)
            left -= asked if asked <= left else 0
            on = working_day_from(plus(day, SETTLED_AFTER_DAYS[number]))
            told = {
                "claim_id": data["claim_id"],
                "amount_cents": asked,
                "how": how,
                "invoice_id": None,
                "document": f"S-{data['claim_id']}-{number + 1} (demo)",
            }
            kind, subject = "recovery.settled", data["claim_id"]
            draft = Draft(at=SETTLED_AT, source=source, kind=kind, subject=subject, data=told)
            self._drafts.setdefault(on, []).append(draft)
        return ()

    def _against_an_invoice(self, draft: Draft) -> Draft:
        """Name the invoice of provider and payer to set the rest off against; where none is unpaid, it is repaid."""
        source, provider = self._claims[draft.data["claim_id"]]
        for invoice_id, standing in self._book.standings.items():
            own = invoice_id.startswith(f"{provider}/") and speaker(standing.pot[0]) == source
            if own and standing.unordered >= draft.data["amount_cents"]:
                return replace(draft, data=draft.data | {"invoice_id": invoice_id})
        return replace(draft, data=draft.data | {"how": "repaid"})
