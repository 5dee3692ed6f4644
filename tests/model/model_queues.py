"""Reference model of point 16: queues by pot, what is tested when, and what is said of it."""

from datetime import date

from shared.kernel.calendar import DAY
from tests.model.model_ledger import Ledger, Pot
from tests.model.model_limits import first_failed
from tests.model.plain import CALENDAR, Data


def try_queues(fund: Ledger, only: Pot | None = None) -> None:
    """Test heads, the earliest of all pots first; a head that fails blocks its pot."""
    pots = {i["pot"] for i in fund.invoices.values() if i["waiting"]}
    if only is not None:
        pots &= {only}
    busy, covered = {head["pot"]: head for head in fund.heads_under_way() if head["pot"] in pots}, fund.under_way()
    for invoice in fund.invoices.values():
        behind = invoice["pot"] in busy and invoice["deferral"] == ("earlier_unpaid", fund.year)
        if behind or invoice["invoice_id"] in covered:  # said already, and what it stands behind is not tested
            continue
        if invoice["waiting"] and invoice["pot"] in pots and pay_day(fund, invoice).year != fund.year:
            pay_on = pay_day(fund, invoice)
            defer(fund, invoice, "next_year", {"year": pay_on.year, "pay_on": str(pay_on)})
    for pot, head in busy.items():
        pots.remove(pot)
        for other in queue(fund, pot):
            if other is not head:
                defer(fund, other, "earlier_unpaid", {"behind": head["invoice_id"]})
    while heads := [own[0] for pot in sorted(pots) if (own := queue(fund, pot))]:
        head = min(heads, key=lambda i: i["place"])
        failed, terms = first_failed(fund, head, pay_day(fund, head))
        if failed:
            defer(fund, head, failed, terms)
            for other in queue(fund, head["pot"])[1:]:
                defer(fund, other, "earlier_unpaid", {"behind": head["invoice_id"]})
            pots.remove(head["pot"])
        else:
            schedule(fund, head, terms)


def queue(fund: Ledger, pot: Pot) -> list[Data]:
    """Who waits in a pot and does not stand aside for the next year."""
    waiting = [i for i in fund.invoices.values() if i["waiting"] and i["pot"] == pot]
    return sorted((i for i in waiting if pay_day(fund, i).year == fund.year), key=lambda i: i["place"])


def pay_day(fund: Ledger, invoice: Data) -> date:
    """The planned pay day, for which what waits is tested."""
    first = fund.day if fund.run_to_come else fund.day + DAY
    planned = CALENDAR.bank_day_until(invoice["due_on"])
    return planned if planned >= first else CALENDAR.bank_day_from(first)


def schedule(fund: Ledger, invoice: Data, terms: Data, over: int = 0, notice_no: str | None = None) -> None:
    if not invoice["scheduled"]:  # what joins a payment of which something is unordered has its day
        invoice["pay_on"] = pay_day(fund, invoice)
    invoice["scheduled"] += invoice["waiting"]
    invoice["waiting"] = 0
    invoice["over"] += over
    invoice["notice_no"] = notice_no or invoice["notice_no"]
    invoice["deferral"] = None
    amount = invoice["scheduled"] + fund.ordered_in_year(invoice)
    tells = (fund.year, amount, invoice["pay_on"], invoice["notice_no"])
    if invoice["told"] == tells:
        return
    invoice["told"] = tells
    fund.say(
        "payment.scheduled",
        {
            "payment_id": f"{invoice['invoice_id']}@{fund.year}",
            **fund.of_invoice(invoice),
            "amount_cents": amount,
            "over_appropriation_cents": invoice["over"],
            "notice_no": invoice["notice_no"],
            "accepted_on": invoice["accepted_on"],
            "pay_on": str(invoice["pay_on"]),
            "due_on": str(invoice["due_on"]),
            "terms": terms,
        },
    )


def defer(fund: Ledger, invoice: Data, why: str, terms: Data) -> None:
    if invoice["deferral"] == (why, fund.year):
        return
    invoice["deferral"], invoice["told"] = (why, fund.year), None
    fund.say(
        "payment.deferred",
        {
            **fund.of_invoice(invoice),
            "amount_cents": invoice["waiting"],
            "accepted_on": invoice["accepted_on"],
            "due_on": str(invoice["due_on"]),
            "reason": why,
            "terms": terms,
        },
    )
