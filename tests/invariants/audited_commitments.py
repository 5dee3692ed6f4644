"""I1 to I5, I7, I8 and I12 of what is committed: invoices, their tests, notices, and what is paid outside the queues."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.kernel.calendar import midnight
from tests.engine.story import Json
from tests.invariants.book import VLK, Bill, Book
from tests.invariants.findings import Findings, Word


class Commitments:
    """What payments says of invoices before they are ordered."""

    def __init__(self, findings: Findings, book: Book) -> None:
        self.book, self._must, self._must_in_order = book, findings.must, findings.must_in_order
        self.knows = book.knows
        self._at_turn: date | None = None
        self._turning = False
        self._passed_again: dict[str, tuple[int, date]] = {}
        self.steps = {
            "payment.scheduled": self._scheduled,
            "payment.deferred": self._deferred,
            "payment.lowered": self._lowered,
            "payment.carried": self._carried,
            "administration.counted": self._counted,
            "notice.prepared": self._prepared,
            "overrun.notified": self._notified,
            "overrun.withdrawn": self._withdrawn,
        }

    # --- what enters

    def hear(self, word: Word) -> None:
        """What is accepted, and what was allotted: each from its moment on."""
        data = word.data
        if word.type == "surplus.allotted":
            self.knows.learn(word.moment, lambda: self._allot(data))
        if word.type == "invoice.accepted" and data["kind"] != "credit":
            self.book.bills[data["invoice_id"]] = Bill(accepted=data, waiting=data["amount_cents"])
        if word.type == "compensation.due":  # 22: it is paid like an invoice of the VLK; there is no contract of it
            accepted = {**data, "source": "PSDF", "arrived_at": word.told["time"]}
            self.book.bills[data["invoice_id"]] = Bill(accepted=accepted, waiting=data["amount_cents"])

    def _allot(self, data: Json) -> None:
        self.book.allotted[data["year"], data["article"]] += data["amount_cents"]

    # --- a decision

    def begin(self, words: Sequence[Word]) -> None:
        """Payments has come to the moment of a decision, and to the day on which a late invoice was accepted."""
        first, year = words[0], self.book.year
        self.knows.reach(first.moment)
        for word in words:
            if "accepted_on" in word.data:
                self.knows.reach(midnight(date.fromisoformat(word.data["accepted_on"])))
        self.book.year = max(year, first.day.year)
        starts = first.moment == midnight(first.day) and first.day.day == 1 and first.day != self._at_turn
        self._turning = starts and first.day.year == year and self.knows.edition(first.day) is None
        if self._turning:
            self._at_turn = first.day
            said = [word for word in words if word.type in ("payment.scheduled", "payment.deferred")]
            self._turn_of_month({word.data["invoice_id"] for word in said})

    def _turn_of_month(self, said: set[str]) -> None:
        """11: what is scheduled for days without a budget is tested again; where nothing is said it passed as it was."""
        for invoice_id, bill in self.book.bills.items():
            if bill.unordered and bill.pay_on and self.knows.edition(bill.pay_on) is None:
                if invoice_id not in said:
                    self._passed_again[invoice_id] = (bill.unordered, bill.pay_on)
                bill.waiting, bill.unordered = bill.waiting + bill.unordered, 0

    def tested(self) -> None:
        """All is tested: what follows in the decision are its orders, or nothing."""
        for invoice_id, (cents, pay_on) in self._passed_again.items():
            bill = self.book.bills[invoice_id]
            bill.waiting, bill.unordered, bill.pay_on = bill.waiting - cents, cents, pay_on
        self._passed_again = {}

    # --- invoices

    def bill(self, data: Json) -> Bill:
        """The invoice of a word, in whose source, article and payer it stands, and in the fund's year."""
        bill = self.book.bills[data["invoice_id"]]
        ours = (bill.accepted["source"], bill.accepted["article"], self.book.payer(bill), self.book.year)
        theirs = (data["source"], data["article"], data["payer"], data["year"])
        self._must(theirs == ours, f"I8: {data['invoice_id']} is of {ours}: {data}")
        return bill

    def whole(self, data: Json, bill: Bill) -> None:
        """I1: where its cents are, they are all of it, and none twice."""
        sums = (bill.waiting, bill.unordered, bill.lowered)
        adds_up = min(sums) >= 0 and bill.rest == bill.waiting + bill.unordered
        self._must(adds_up, f"I1: {data['invoice_id']}: {sums} and {bill.ordered()} of {bill.accepted['amount_cents']}")

    def _scheduled(self, word: Word) -> None:
        data, year = word.data, self.book.year
        bill, pay_on = self.bill(data), date.fromisoformat(data["pay_on"])
        joins = bill.unordered > 0  # what joins a payment is paid on its day, though that be past
        self._must((joins or pay_on >= word.day) and pay_on.year == year, f"I4: paid on {pay_on}: {data}")
        asked = data["terms"]["asked_cents"]
        self._must(asked == bill.waiting, f"I12: {data['invoice_id']} asks {bill.waiting}: {data['terms']}")
        if not self._turning:
            self._named(data)
        before = self._excesses(data, pay_on)
        over = data["over_appropriation_cents"] - bill.over[year]
        bill.unordered, bill.waiting, bill.pay_on = bill.unordered + bill.waiting, 0, pay_on
        bill.over[year] += over
        committed = bill.unordered + bill.ordered(year)
        self._must(data["amount_cents"] == committed, f"I1: {data['invoice_id']}: {committed} committed: {data}")
        self.whole(data, bill)
        after = self._excesses(data, pay_on)
        if "I3" in after:
            self._of_article(data, bill, over, before.pop("I3"), after.pop("I3"))
        self.book.over[year, data["article"]] += over
        for limit, cents in after.items():
            self._must(cents <= 0, f"{limit}: {cents} above the limit: {data}")

    def _excesses(self, data: Json, pay_on: date) -> dict[str, int]:
        """How far each limit that binds what is scheduled for a day is exceeded."""
        source, article, edition = data["source"], data["article"], self.knows.edition(pay_on)
        if edition is None:
            month = self.book.committed_of_month(source, pay_on.isoformat()[:7])
            return {"I7": month - self.book.cap(source, pay_on.year)}
        if source == "STATE":
            return {"I2": self.book.committed(source) - int(edition["state_funds_cents"])}
        return {
            "I2": self.book.total_committed() - self.book.total(edition),
            "I3": self.book.committed(source, article) - self.book.limit(article, edition),
        }

    def _of_article(self, data: Json, bill: Bill, over: int, before: int, after: int) -> None:
        """I3 binds what is added: what an edition or the end of the 1/12 left over the limit was not added now."""
        article, year, payer = data["article"], self.book.year, self.book.payer(bill)
        told = data["rules"] == ["18", "HIL 14(3)"]
        allowed = max(0, before) + over if told else self.book.notified[year, article]
        self._must(after <= allowed, f"I3: {after} over, {allowed} allowed: {data}")
        known = self.book.over[year, article]
        self._must(after - known - over <= max(0, before - known), f"I3: {after} over, {known + over} told: {data}")
        share = self.knows.share(year, article, payer) + (self.book.allotted[year, article] if payer == VLK else 0)
        of_payer = self.book.committed("PSDF", article, payer)
        self._must(of_payer <= share or told, f"16: {of_payer} of {share}: {data}")

    def _named(self, data: Json) -> None:
        """I12: the numbers in the terms are those of the book."""
        terms, source, article = data["terms"], data["source"], data["article"]
        ours: dict[str, Any] = {
            "article_committed_cents": self.book.committed("PSDF", article),
            "notified_cents": self.book.notified[self.book.year, article],
        }
        if source == "STATE" and "funds_cents" in terms:
            ours["committed_cents"] = self.book.committed("STATE")
        if "month" in terms:
            ours["committed_cents"] = self.book.committed_of_month(source, terms["month"])
        for name, cents in ours.items():
            self._must(terms.get(name, cents) == cents, f"I12: {name} is {cents}: {data}")
        total = self.book.total_committed()
        self._must_in_order(terms.get("total_committed_cents", total) == total, f"I12: committed is {total}: {data}")

    def _deferred(self, word: Word) -> None:
        data, bill = word.data, self.bill(word.data)
        self._must(data["amount_cents"] == bill.waiting, f"I1: {data['invoice_id']}: {bill.waiting} waits: {data}")
        bill.waiting = data["amount_cents"]
        bill.unordered = bill.rest - bill.waiting
        self.whole(data, bill)

    def _lowered(self, word: Word) -> None:
        """What waits is lowered first, then what is scheduled and not ordered."""
        data, bill = word.data, self.book.bills[word.data["invoice_id"]]
        waiting = min(bill.waiting, data["lowered_cents"])
        scheduled = data["lowered_cents"] - waiting
        self._must(bool(data["payment_id"]) == (scheduled > 0), f"16: {waiting} of it waits: {data}")
        bill.lowered += data["lowered_cents"]
        bill.waiting, bill.unordered = bill.waiting - waiting, bill.unordered - scheduled
        self._must(data["amount_cents"] == bill.rest, f"I1: {data['invoice_id']}: {bill.rest} rest after {data}")
        self.whole(data, bill)

    def _carried(self, word: Word) -> None:
        data, bill = word.data, self.book.bills[word.data["invoice_id"]]
        self.book.year = data["to_year"]
        self._must(data["amount_cents"] == bill.rest, f"24: {data['invoice_id']}: {bill.rest} carried as {data}")
        bill.waiting, bill.unordered, bill.pay_on = data["amount_cents"], 0, None

    # --- outside the queues, and notices

    def _counted(self, word: Word) -> None:
        """HIL 14(3): what is paid outside the queues is in K; what it passes is flagged."""
        data = word.data
        self.book.apart.append(data)
        edition = self.knows.edition(date.fromisoformat(data["paid_on"]))
        if edition and data["year"] == self.book.year:
            total = self.book.total_committed()
            flagged = "year_total" in {flag["code"] for flag in data["flags"]}
            passes = total > self.book.total(edition)
            self._must_in_order(flagged == passes, f"HIL 14(3): {total}: {data}")

    def _prepared(self, word: Word) -> None:
        data, held = word.data, self.book.held
        self._must(data["article"] not in held, f"18: two notices of {data['article']}: {data}")
        held[data["article"]] = sum(covered["amount_cents"] for covered in data["invoices"])

    def _notified(self, word: Word) -> None:
        self._withdrawn(word)
        self.book.notified[word.data["year"], word.data["article"]] += word.data["planned_cents"]

    def _withdrawn(self, word: Word) -> None:
        """It is under way no more; outside nobody hears that it was."""
        held = self.book.held.pop(word.data["article"], None)
        self._must_in_order(held is not None, f"18: no notice was under way: {word.data}")
