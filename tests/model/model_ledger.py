"""Reference model of the fund's lists: invoices, orders, credits, editions, shares, allotments and notices.

Nothing is summed up in advance: each K, P, R and cash is added up from the lists when it is asked for.
"""

from datetime import date, datetime

from tests.model.model_administration import Apart
from tests.model.plain import CAME_BACK, VLK, Data, Stream, day, month_of

Pot = tuple[str, str, str]
Place = tuple[str, datetime, str]


class Ledger(Stream):
    """What payments knows, and its sums."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.editions: list[Data] = []
        self.shares: dict[tuple[int, str, str], int] = {}
        self.allotments: list[Data] = []
        self.invoices: dict[str, Data] = {}
        self.orders: list[Data] = []
        self.credits: list[Data] = []
        self.cash: list[Data] = []
        self.references: set[str] = set()
        self.apart = Apart()
        self.notices: list[Data] = []
        self.run_to_come = False
        self.year = 0

    def of_invoice(self, invoice: Data) -> Data:
        """Of which invoice a payment is, and out of which money of the year."""
        return {"year": self.year, **{name: invoice[name] for name in ("invoice_id", "payer", "article", "source")}}

    def edition(self, on: date) -> Data | None:
        """The edition in force on a day."""
        taken = [e for e in self.editions if e["year"] == on.year and day(e["in_force_from"]) <= on]
        return max(taken, key=lambda e: (e["in_force_from"], e["edition"]), default=None)

    def allotted(self, article: str | None = None) -> int:
        return sum(
            v["amount_cents"] for v in self.allotments if v["year"] == self.year and article in (None, v["article"])
        )

    def appropriation(self, edition: Data, article: str) -> int:
        law = sum(int(line["amount_cents"]) for line in edition["expenses"] if line["article"] == article)
        return law + self.allotted(article)

    def total_limit(self, edition: Data) -> int:
        return int(edition["expenses_total_cents"]) + self.allotted()

    def share(self, payer: str, article: str) -> int:
        return self.shares.get((self.year, payer, article), 0)

    def committed(self, source: str, article: str | None = None, payer: str | None = None) -> int:
        """K: scheduled in the year, ordered or not; of a past year nothing is unordered."""
        unordered = sum(
            int(i["scheduled"])
            for i in self.invoices.values()
            if self.year == self.day.year
            and i["source"] == source
            and article in (None, i["article"])
            and payer in (None, i["payer"])
        )
        apart = self.apart.sum(self.year, article, payer) if source == "PSDF" else 0
        return (
            unordered
            + apart
            + sum(
                int(o["amount_cents"])
                for o in self.orders
                if o["year"] == self.year
                and o["outcome"] not in CAME_BACK
                and o["source"] == source
                and article in (None, o["article"])
                and payer in (None, o["payer"])
            )
        )

    def committed_in_month(self, source: str, month: str) -> int:
        unordered = sum(
            int(i["scheduled"])
            for i in self.invoices.values()
            if i["source"] == source and i["scheduled"] and month_of(i["pay_on"]) == month
        )
        apart = self.apart.in_month(month) if source == "PSDF" else 0
        return (
            unordered
            + apart
            + sum(
                int(o["amount_cents"])
                for o in self.orders
                if o["outcome"] not in CAME_BACK and o["source"] == source and month_of(o["pay_on"]) == month
            )
        )

    def transferred(self, article: str) -> int:
        return self.apart.sum(self.year, article) + sum(
            o["amount_cents"]
            for o in self.orders
            if o["year"] == self.year
            and o["outcome"] == "executed"
            and o["source"] == "PSDF"
            and o["article"] == article
        )

    def held(self) -> int:
        return sum(
            self.invoices[i]["waiting"] for n in self.notices if n["state"] == "under way" for i in n["invoices"]
        )

    def total_committed(self) -> int:
        return self.committed("PSDF") + self.held()

    def notified(self, article: str) -> int:
        return sum(
            n["planned_cents"]
            for n in self.notices
            if n["state"] == "delivered" and n["year"] == self.year and n["article"] == article
        )

    def kept_for_tlk(self, article: str) -> int:
        tlk = sorted({p for (y, p, a) in self.shares if y == self.year and a == article and p != VLK})
        return sum(max(0, self.share(p, article) - self.committed("PSDF", article, p)) for p in tlk)

    def under_way(self) -> set[str]:
        return {i for n in self.notices if n["state"] == "under way" for i in n["invoices"]}

    def heads_under_way(self) -> list[Data]:
        """The first that each notice under way covers: its pot waits for the delivery."""
        return [self.invoices[n["invoices"][0]] for n in self.notices if n["state"] == "under way"]

    def ordered_in_year(self, invoice: Data) -> int:
        return sum(
            o["amount_cents"]
            for o in self.orders
            if o["invoice_id"] == invoice["invoice_id"] and o["year"] == self.year and o["outcome"] not in CAME_BACK
        )
