"""Reference model of point 17: the run of a day, the shortage of cash, orders and what the bank says of them."""

from shared.kernel.calendar import DAY
from tests.model.model_ledger import Ledger
from tests.model.model_lowering import lower_entering
from tests.model.model_notices import withdraw
from tests.model.model_queues import try_queues
from tests.model.plain import VLK, Data, Event

RETURN_DAYS = 60


def cash_of(fund: Ledger, payer: str, source: str) -> int:
    """Of a TLK that of the year; the VLK's runs on."""
    return sum(
        c["amount"]
        for c in fund.cash
        if (c["payer"], c["source"]) == (payer, source)
        and c["on"] <= fund.day
        and (payer == VLK or c["on"].year == fund.year)
    )


def run_orders(fund: Ledger) -> None:
    """Of each account, what is scheduled for days until today."""
    due = [i for i in fund.invoices.values() if i["scheduled"] and not i["held"] and i["pay_on"] <= fund.day]
    for payer, source in sorted({(i["payer"], i["source"]) for i in due}):
        own = sorted((i for i in due if (i["payer"], i["source"]) == (payer, source)), key=lambda i: i["place"])
        run_account(fund, payer, source, own)


def run_account(fund: Ledger, payer: str, source: str, due: list[Data]) -> None:
    """Earliest acceptance day first; the first that does not fit is split, later ones get nothing."""
    cash, whole = cash_of(fund, payer, source), sum(i["scheduled"] for i in due)
    left, short = cash, cash < whole
    for accepted_on in sorted({i["accepted_on"] for i in due}):
        group = [i for i in due if i["accepted_on"] == accepted_on]
        asks = sum(i["scheduled"] for i in group)
        if asks <= left:
            left -= asks
            for i in group:
                give_order(fund, i, i["scheduled"])
            continue
        assert short
        fund.say(
            "shortage.declared",
            {
                "payer": payer,
                "source": source,
                "on": str(fund.day),
                "due_cents": whole,
                "cash_cents": cash,
                "group_accepted_on": accepted_on,
                "group_due_cents": asks,
                "group_paid_cents": left,
            },
        )
        for i, part in zip(group, pro_rata(left, group), strict=True):
            if part:
                give_order(fund, i, part)
        return


def pro_rata(cash: int, group: list[Data]) -> list[int]:
    """By unpaid rest; the cents that are left go to the largest remainders, ties by place."""
    asks = sum(i["scheduled"] for i in group)
    paid = [cash * i["scheduled"] // asks for i in group]
    best = sorted(range(len(group)), key=lambda n: (-(cash * group[n]["scheduled"] % asks), group[n]["place"]))
    for n in best[: cash - sum(paid)]:
        paid[n] += 1
    return paid


def give_order(fund: Ledger, invoice: Data, amount: int) -> None:
    invoice_id = invoice["invoice_id"]
    n = 1 + sum(1 for o in fund.orders if o["invoice_id"] == invoice_id)
    invoice["scheduled"] -= amount
    told = {
        "order_id": f"{invoice_id}#{n}",
        "payment_id": f"{invoice_id}@{fund.year}",
        **fund.of_invoice(invoice),
        "amount_cents": amount,
    }
    entry = {"payer": told["payer"], "source": told["source"], "on": fund.day, "amount": -amount}
    fund.cash.append(entry)
    fund.orders.append({**told, "outcome": None, "entry": entry, "pay_on": invoice["pay_on"]})
    fund.say(
        "payment.ordered",
        {
            **told,
            "iban": invoice["iban"],
            "on": str(fund.day),
            "partial": bool(invoice["scheduled"] or invoice["waiting"]),
        },
    )


def report_order(fund: Ledger, event: Event, data: Data) -> None:
    """The first outcome stands; what comes back is scheduled again, of a past year it waits."""
    order = next((o for o in fund.orders if o["order_id"] == data["order_id"]), None)
    if order is not None and (order["outcome"], data["outcome"]) == ("returned", "executed"):
        return
    expected = "executed" if data["outcome"] == "returned" else None
    if order is None or order["outcome"] not in (expected, data["outcome"]):
        fund.park(event, "unknown order, or another outcome")
        return
    if order["outcome"] == data["outcome"]:
        return
    if data["outcome"] == "returned" and order["told_on"] < fund.day - RETURN_DAYS * DAY:
        fund.park(event, "no bank returns so late")
        return
    order["outcome"], order["told_on"] = data["outcome"], fund.day
    told = {k: order[k] for k in ("order_id", "payment_id", "invoice_id", "amount_cents")}
    if data["outcome"] == "executed":
        fund.say("payment.executed", {**told, "on": data["on"]})
        return
    fund.say(f"payment.{data['outcome']}", {**told, "on": data["on"], "reason": data["reason"]})
    order["entry"]["amount"] = 0
    invoice = fund.invoices[order["invoice_id"]]
    invoice["held"] = invoice["held"] or (data["outcome"] == "returned" and invoice["kind"] != "compensation")
    invoice["scheduled" if order["year"] == fund.year else "waiting"] += order["amount_cents"]
    ours = order["year"] == fund.year
    lowers = any(c["open"] and c["contract_id"] == invoice["contract_id"] for c in fund.credits)
    if lowers if ours else invoice["invoice_id"] in fund.under_way():
        withdraw(fund, "payment.reported", {invoice["article"]})
    lower_entering(fund, invoice)
    try_queues(fund)
