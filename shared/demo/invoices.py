"""Invoices as providers write them: lines of whole quantities at unit prices that come near the planned amount."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from shared.demo.days import plus, start_of_next
from shared.demo.deals import Deal
from shared.demo.dice import dice
from shared.demo.post import Draft
from shared.kernel.money import Cents

LINES = (1, 8)
LINES_OF_LONG = (30, 60)
ISSUED_BEFORE_DAYS = 2

Invoice = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Case:
    """An invoice under way: what was sent, and what the provider would send instead if it does not stand.

    ``good`` is None where nothing would replace it: a second invoice of a month, work after the end of a contract.
    """

    deal: Deal
    sent: Invoice
    good: Invoice | None
    planned_on: date
    tries: int = 0
    raised: bool = False


def invoice_id(deal: Deal, number: str) -> str:
    """Numbers are the provider's."""
    return f"{deal.provider.code}/{number}"


def number_of(deal: Deal, month: str) -> str:
    """The number that the deal's invoice of the month bears, e.g. ``2203-0017``."""
    return f"{month[2:4]}{month[5:7]}-{deal.number:04d}"


def _lines(chance: Random, deal: Deal, amount: Cents) -> list[dict[str, Any]]:
    count = chance.randint(*(LINES_OF_LONG if deal.long else LINES))
    services = chance.sample(deal.services, min(count, len(deal.services)))
    parts = [chance.random() + 0.1 for _ in services]
    lines: list[dict[str, Any]] = []
    left, weight = amount, sum(parts)
    for (code, price), part in zip(services, parts, strict=True):
        quantity = max(1, round(left * part / weight / price))
        left, weight = left - quantity * price, weight - part
        lines.append(line(code, quantity, price))
        if left <= 0:
            break
    return lines


def line(code: str, quantity: int, price: Cents) -> dict[str, Any]:
    """One line: its amount is quantity times unit price."""
    return {"service_code": code, "quantity": quantity, "unit_price_cents": price, "amount_cents": quantity * price}


def total(lines: list[dict[str, Any]]) -> Cents:
    """The sum of lines."""
    return sum(item["amount_cents"] for item in lines)


def compose(seed: int, deal: Deal, month: str, amount: Cents, on: date) -> Invoice:
    """The ``data`` of the deal's invoice for a month, as it should be."""
    chance = dice(seed, "invoice", deal.number, month)
    lines = _lines(chance, deal, amount)
    number = number_of(deal, month)
    return {
        "invoice_id": invoice_id(deal, number),
        "number": number,
        "kind": "invoice",
        "corrects": None,
        "contract_id": deal.contract_of(month),
        "provider_code": deal.provider.code,
        "payer": deal.payer,
        "article": deal.article,
        "source": deal.source,
        "service_month": month,
        "issued_on": max(start_of_next(month), plus(on, -chance.randint(0, ISSUED_BEFORE_DAYS))).isoformat(),
        "lines": lines,
        "amount_cents": total(lines),
    }


def renumbered(invoice: Invoice, suffix: str) -> Invoice:
    """The same invoice under a new number."""
    number = invoice["number"] + suffix
    return invoice | {"number": number, "invoice_id": f"{invoice['provider_code']}/{number}"}


def cut_to(invoice: Invoice, most: Cents) -> Invoice | None:
    """The invoice lowered to at most so many cents; None where not even one unit of a line fits."""
    lines, left = [], most
    for item in invoice["lines"]:
        quantity = min(item["quantity"], left // item["unit_price_cents"])
        if quantity:
            lines.append(line(item["service_code"], quantity, item["unit_price_cents"]))
            left -= lines[-1]["amount_cents"]
    return invoice | {"lines": lines, "amount_cents": total(lines)} if lines else None


def credit(chance: Random, invoice: Invoice, share: float, on: date) -> Invoice:
    """A credit of part of an accepted invoice's first line."""
    first = invoice["lines"][0]
    quantity = max(1, int(first["quantity"] * share))
    lines = [line(first["service_code"], quantity, first["unit_price_cents"])]
    number = f"K{invoice['number']}-{chance.randint(1, 9)}"
    return invoice | {
        "number": number,
        "invoice_id": f"{invoice['provider_code']}/{number}",
        "kind": "credit",
        "corrects": invoice["invoice_id"],
        "issued_on": on.isoformat(),
        "lines": lines,
        "amount_cents": total(lines),
    }


def submission(at: int, invoice: Invoice) -> Draft:
    """The invoice as its provider sends it."""
    source = f"/providers/{invoice['provider_code']}"
    return Draft(at=at, source=source, kind="invoice.submitted", subject=invoice["invoice_id"], data=invoice)
