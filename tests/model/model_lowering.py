"""Reference model of points 14 and 21: credits and set-offs lower what is not ordered."""

from datetime import date

from tests.model.model_ledger import Ledger
from tests.model.model_notices import withdraw
from tests.model.model_queues import try_queues
from tests.model.plain import Data


def lower_by(fund: Ledger, credit: Data, named: str, because: str) -> None:
    """Lower the named invoice, then the contract's others; what is left stays open."""
    own = [i for i in fund.invoices.values() if i["contract_id"] == credit["contract_id"]]
    withdraw(fund, because, {i["article"] for i in own if i["waiting"] + i["scheduled"]})
    fund.credits.append(credit)
    others = sorted(
        (i for i in fund.invoices.values() if i["contract_id"] == credit["contract_id"]), key=lambda i: i["place"]
    )
    for invoice in sorted(others, key=lambda i: i["invoice_id"] != named):
        lower(fund, invoice, credit)
    try_queues(fund)


def lower_entering(fund: Ledger, invoice: Data) -> None:
    """Open credits of the contract, oldest first, lower what enters a queue."""
    for credit in fund.credits:
        if invoice["contract_id"] is not None and credit["contract_id"] == invoice["contract_id"]:
            lower(fund, invoice, credit)


def lower(fund: Ledger, invoice: Data, credit: Data) -> None:
    """What waits first, then what is scheduled and not ordered."""
    for part in ("waiting", "scheduled"):
        cents = min(invoice[part], credit["open"])
        if not cents:
            continue
        invoice[part] -= cents
        credit["open"] -= cents
        if part == "waiting" and not invoice["waiting"]:
            invoice["deferral"] = None
        if part == "scheduled" and invoice["told"]:
            year, amount, pay_on, notice_no = invoice["told"]
            invoice["told"] = (year, amount - cents, pay_on, notice_no)
        fund.say(
            "payment.lowered",
            {
                "invoice_id": invoice["invoice_id"],
                "payment_id": f"{invoice['invoice_id']}@{fund.year}" if part == "scheduled" else None,
                "by": credit["by"],
                "lowered_cents": cents,
                "amount_cents": invoice["waiting"] + invoice["scheduled"],
                "open_cents": credit["open"],
            },
        )


def set_off(fund: Ledger, data: Data) -> None:
    """21: a claim lowers as a credit does."""
    named = fund.invoices[data["invoice_id"]]
    lower_by(
        fund,
        {
            "by": data["claim_id"],
            "contract_id": named["contract_id"],
            "provider_code": named["provider_code"],
            "service_month": named["service_month"],
            "open": data["amount_cents"],
        },
        data["invoice_id"],
        "recovery.set_off",
    )


def hand_over_credits(fund: Ledger) -> None:
    """What is left of a credit in February after the year of its month is for others to claim."""
    for c in fund.credits:
        if c["open"] and fund.day >= date(int(c["service_month"][:4]) + 1, 2, 1):
            fund.say(
                "payment.credit.unused",
                {
                    "by": c["by"],
                    "contract_id": c["contract_id"],
                    "provider_code": c["provider_code"],
                    "open_cents": c["open"],
                },
            )
            c["open"] = 0
