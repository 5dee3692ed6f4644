"""A fund that says yes: it accepts, schedules and orders, so that the world has somebody to answer. It has no rule."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.demo import Event, Sent
from shared.demo.days import calendar, pay_day
from shared.messages.read import Malformed, parse

Account = tuple[str, str]


def raw(sent: Sent) -> bytes:
    """What is sent, as bytes."""
    return sent if isinstance(sent, bytes) else json.dumps(sent, ensure_ascii=False).encode()


class Echo:
    """Contracts are concluded, invoices accepted on the day they come and ordered on their pay day, cash permitting."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.parked = 0
        self.today = date.min
        self.days: dict[str, int] = {}
        self.numbers: set[str] = set()
        self.open: dict[str, dict[str, Any]] = {}
        self.cash: dict[Account, int] = defaultdict(int)
        self.orders: dict[str, dict[str, Any]] = {}
        self.outcomes: dict[str, list[str]] = defaultdict(list)
        self.short: list[tuple[date, str]] = []
        self.credits: dict[tuple[str, str, int], int] = defaultdict(int)
        self.reports: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.balances: dict[Account, int] = {}

    def publish(self, batch: Sequence[Sent]) -> list[Event]:
        emitted: list[Event] = []
        for sent in batch:
            self.received.append(raw(sent))
            try:
                event = parse(self.received[-1], outside=True)
            except Malformed:
                self.parked += 1
                continue
            assert isinstance(sent, dict)
            hear = getattr(self, event.type.replace(".", "_"), None)
            if hear:
                emitted += hear(sent["data"])
        return emitted

    def day_started(self, data: dict[str, Any]) -> list[Event]:
        self.today = date.fromisoformat(data["date"])
        if (self.today.month, self.today.day) == (1, 1):
            self.balances = {account: cents for account, cents in self.cash.items() if account[0] != "VLK"}
            self.cash = defaultdict(int, {a: cents for a, cents in self.cash.items() if a[0] == "VLK"})
        return [order for account in sorted(self.cash) for order in self._run(account)]

    def _run(self, account: Account) -> list[Event]:
        due = [i for i in self.open.values() if (i["payer"], i["source"]) == account and i["pay_on"] <= self.today]
        if not due or not calendar().is_bank_day(self.today):
            return []
        if sum(invoice["amount_cents"] for invoice in due) > self.cash[account]:
            self.short.append((self.today, account[0]))
        return [self._order(i) for i in due if i["amount_cents"] <= self.cash[account]]

    def _order(self, invoice: dict[str, Any]) -> Event:
        account = (invoice["payer"], invoice["source"])
        self.cash[account] -= invoice["amount_cents"]
        invoice["orders"] = invoice.get("orders", 0) + 1
        order_id = f"{invoice['invoice_id']}#{invoice['orders']}"
        self.orders[order_id] = self.open.pop(invoice["invoice_id"])
        invoice["ordered_in"] = self.today.year
        return {"type": "payment.ordered", "data": {**_told(invoice), "order_id": order_id, "on": str(self.today)}}

    def contract_proposed(self, data: dict[str, Any]) -> list[Event]:
        self.days[data["contract_id"]] = data["payment_days"]
        return [{"type": "contract.concluded", "data": data}]

    def invoice_submitted(self, data: dict[str, Any]) -> list[Event]:
        if data["invoice_id"] in self.numbers:
            reused = {"invoice_id": data["invoice_id"], "reasons": [{"code": "number_reused", "rule": "14"}]}
            return [{"type": "invoice.refused", "data": reused}]
        self.numbers.add(data["invoice_id"])
        accepted = {"type": "invoice.accepted", "data": {"invoice_id": data["invoice_id"], "kind": data["kind"]}}
        if data["kind"] == "credit" or data["contract_id"] not in self.days:
            return [accepted]
        pay_on = pay_day(self.today, self.days[data["contract_id"]])
        invoice = {**data, "pay_on": pay_on, "payment_id": f"{data['invoice_id']}@{pay_on.year}", "year": pay_on.year}
        self.open[data["invoice_id"]] = invoice
        return [accepted, {"type": "payment.scheduled", "data": _told(invoice)}]

    def account_credited(self, data: dict[str, Any]) -> list[Event]:
        self.cash[data["payer"], data["source"]] += data["amount_cents"]
        self.credits[data["payer"], data["source"], int(data["value_on"][:4])] += data["amount_cents"]
        return []

    def payment_reported(self, data: dict[str, Any]) -> list[Event]:
        self.outcomes[data["order_id"]].append(data["outcome"])
        if data["outcome"] == "executed":
            return []
        invoice = self.orders[data["order_id"]]
        if invoice["payer"] == "VLK" or invoice["ordered_in"] == self.today.year:
            self.cash[invoice["payer"], invoice["source"]] += invoice["amount_cents"]
        self.open[invoice["invoice_id"]] = invoice
        rejected = {"type": "payment.rejected", "data": {**_told(invoice), "order_id": data["order_id"]}}
        if invoice["ordered_in"] == self.today.year:
            return [rejected]
        invoice["payment_id"], invoice["year"] = f"{invoice['invoice_id']}@{self.today.year}", self.today.year
        return [rejected, {"type": "payment.scheduled", "data": _told(invoice)}]

    def payer_year_reported(self, data: dict[str, Any]) -> list[Event]:
        key = (data["payer"], data["source"], data["year"])
        if data["balance_cents"] != data["received_cents"] - data["used_cents"]:
            return [{"type": "payer.year.refused", "data": data | {"reasons": [{"code": "differs_from_ledger"}]}}]
        self.reports[key] = data
        if not data["balance_cents"]:
            return []
        return [{"type": "balance.return.ordered", "data": data | {"amount_cents": data["balance_cents"]}}]


def _told(invoice: dict[str, Any]) -> dict[str, Any]:
    names = ("invoice_id", "payment_id", "year", "payer", "article", "source", "amount_cents")
    return {name: invoice[name] for name in names} | {"pay_on": str(invoice["pay_on"])}
