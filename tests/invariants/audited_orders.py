"""I4, I5, I8 and I10 of what is ordered: the runs of a day, each order once, and what the bank says of it."""

from datetime import date

from tests.engine.story import Json
from tests.invariants.audited_commitments import Commitments
from tests.invariants.book import Account, Book, Order
from tests.invariants.findings import Findings, Word
from tests.invariants.shortage import pro_rata


class Orders:
    """What payments says of cash and orders."""

    def __init__(self, findings: Findings, book: Book, commitments: Commitments) -> None:
        self.book, self._must, self._must_in_order = book, findings.must, findings.must_in_order
        self._racing, self._commitments = findings.racing, commitments
        self._run: dict[Account, dict[str, int]] = {}
        self.steps = {
            "shortage.declared": self._shortage,
            "payment.ordered": self._ordered,
            "payment.executed": self._reported,
            "payment.rejected": self._reported,
            "payment.returned": self._reported,
        }

    def hear(self, word: Word) -> None:
        """Cash that comes and goes, each from its moment on, and accounts that are confirmed."""
        data, learn = word.data, self.book.knows.learn
        match word.type:
            case "account.credited":
                learn(word.moment, lambda: self._credit(data))
            case "balance.return.ordered":  # 25: it comes as the treasury's credit, also where the payer is merged
                learn(word.moment, lambda: self._give_back(data))
            case "contract.account.confirmed":
                learn(word.moment, lambda: self._confirm(data))

    def _credit(self, data: Json) -> None:
        if data["reference"] not in self.book.references:
            self.book.references.add(data["reference"])
            value_on = date.fromisoformat(data["value_on"])
            self.book.credited.append((data["payer"], data.get("source", "PSDF"), value_on, data["amount_cents"]))

    def _give_back(self, data: Json) -> None:
        end = date(data["year"], 12, 31)
        self.book.credited.append((data["payer"], data["source"], end, -data["amount_cents"]))

    def _confirm(self, data: Json) -> None:
        for bill in self.book.bills.values():
            if bill.accepted.get("contract_id") == data["contract_id"]:
                bill.held = False

    # --- the run of a day

    def _shortage(self, word: Word) -> None:
        data, account = word.data, (word.data["payer"], word.data["source"], word.day)
        self._commitments.tested()
        due, cash = sum(one.cents for one in self.book.due(*account)), self.book.cash(*account)
        told = data["cash_cents"]
        self._must(data["due_cents"] == due > told, f"17: {due} due: {data}")
        self._must_in_order(told == cash, f"17: {cash} on the account: {data}")
        self._run[account] = pro_rata(told, self.book.due(*account))

    def _expected(self, account: Account) -> dict[str, int]:
        """I5: earliest acceptance first, the split group pro rata to the cent, later ones nothing."""
        if account not in self._run:
            self._commitments.tested()
            due = self.book.due(*account)
            cash = sum(one.cents for one in due)  # a shortage would have been told
            self._run[account] = pro_rata(cash, due)
        return self._run[account]

    def _ordered(self, word: Word) -> None:
        data, account = word.data, (word.data["payer"], word.data["source"], word.day)
        part = self._expected(account).pop(data["invoice_id"], 0)
        self._must(data["amount_cents"] == part > 0, f"I5: {data['invoice_id']}: {part} expected: {data}")
        bill = self._commitments.bill(data)
        self._must(bill.accepted["accepted_on"] <= data["on"], f"I4: before acceptance: {data}")
        self._must(data["order_id"] not in self.book.orders, f"I10: {data['order_id']} again: {data}")
        month = bill.pay_on.isoformat()[:7] if bill.pay_on else ""
        order = Order(invoice_id=data["invoice_id"], cents=data["amount_cents"], year=data["year"], month=month)
        self.book.orders[data["order_id"]] = order
        bill.orders.append(order)
        bill.unordered -= data["amount_cents"]
        self._must(data["partial"] == (bill.rest > 0), f"17: partial: {data}")
        self._commitments.whole(data, bill)
        left = self.book.cash(*account)
        if not (self._racing and self.book.knows.joined):
            self._must(left >= 0, f"I8: {-left} more than is on the account: {data}")

    def end(self) -> None:
        """No run is half done."""
        for account, left in self._run.items():
            self._must(not left, f"I5: not ordered in the run of {account}: {left}")
        self._run = {}

    # --- the bank

    def _reported(self, word: Word) -> None:
        """I10: of an order that was given, in its sum, once; and it is returned only after it was executed."""
        data, outcome = word.data, word.type.partition(".")[2]
        order = self.book.orders[data["order_id"]]
        self._must(
            order.outcome == ("executed" if outcome == "returned" else ""),
            f"I10: {data['order_id']} was {order.outcome or 'not executed'} before: {data}",
        )
        self._must(
            (data["amount_cents"], data["invoice_id"]) == (order.cents, order.invoice_id),
            f"I10: {order.cents} of {order.invoice_id} were ordered: {data}",
        )
        if order.stands and outcome in ("rejected", "returned"):
            self._came_back(order, held=outcome == "returned")
        order.outcome = outcome

    def _came_back(self, order: Order, *, held: bool) -> None:
        """In its year the sum is scheduled as before; of a year that is over it waits."""
        bill = self.book.bills[order.invoice_id]
        if order.year == self.book.year:
            bill.unordered += order.cents
        else:
            bill.waiting += order.cents
        bill.held = bill.held or (held and bool(bill.accepted.get("contract_id")))
