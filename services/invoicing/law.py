"""The checks of an invoice: points 14, 15, 16. Each failed check is named with its numbers, not just the first.

What resending can mend returns an invoice, what it can't refuses it; both kinds refuse it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from shared.events.providers import InvoiceLine
from shared.kernel.calendar import first_day, last_day
from shared.kernel.money import Cents
from shared.kernel.reason import REGISTER, Reason, reason


def mends_by_resending(reasons: Sequence[Reason]) -> bool:
    """15. Whether the invoice is returned (every fault can be mended by sending it again), else it is refused."""
    return all(REGISTER[each.code].mends for each in reasons if each.code in REGISTER)


def month_not_over(service_month: str, received_on: date) -> Iterator[Reason]:
    """14. "kartą per mėnesį": for a month that is over; received on or before its last day is too early."""
    if received_on <= last_day(service_month):
        yield reason("month_not_over", month=service_month, received_on=received_on.isoformat())


def lines_that_fail(lines: Sequence[InvoiceLine], prices: Mapping[str, Cents], asked: Cents) -> Iterator[Reason]:
    """15. "patikrina ... sąskaitų išrašymo pagrįstumą": products, prices of the contract, and the sum.

    Without prices in the contract they are not checked; a service that it does not name has no price. Lines are
    numbered from 1.
    """
    wrong, unknown, mispriced, lines_sum = [], [], [], 0
    for number, line in enumerate(lines, 1):
        amount, unit_price = line.amount_cents, line.unit_price_cents
        lines_sum += amount
        if line.quantity * unit_price != amount:
            wrong.append(number)
        if prices:
            price = prices.get(line.service_code)
            if price is None:
                unknown.append(number)
            elif price != unit_price:
                mispriced.append(number)
    if wrong:
        yield reason("line_arithmetic", lines=wrong)
    if lines_sum != asked:
        yield reason("sum_mismatch", lines_sum_cents=lines_sum, asked_cents=asked)
    if unknown:
        yield reason("unknown_service", lines=unknown)
    if mispriced:
        yield reason("price_mismatch", lines=mispriced)


def differs(code: str, got: str, contract: str) -> Iterator[Reason]:
    """15. The invoice names another payer, article or source than its contract."""
    if got != contract:
        yield reason(code, got=got, contract=contract)


def outside_contract(service_month: str, valid_from: date, valid_to: date) -> Iterator[Reason]:
    """15. The service month has no day within the contract's validity (its end, if it was ended)."""
    if last_day(service_month) < valid_from or valid_to < first_day(service_month) or valid_to < valid_from:
        yield reason(
            "outside_contract", month=service_month, valid_from=valid_from.isoformat(), valid_to=valid_to.isoformat()
        )


def duplicate_month(service_month: str, accepted_id: str | None) -> Iterator[Reason]:
    """14. "kartą per mėnesį": one accepted invoice per contract and month, also when it was credited in full."""
    if accepted_id is not None:
        yield reason("duplicate_month", month=service_month, accepted=accepted_id)


def ceiling_exceeded(ceiling: Cents | None, accepted: Cents, asked: Cents) -> Iterator[Reason]:
    """13, 15. All that is accepted under a contract stays within its ceiling; equality passes."""
    if ceiling is not None and accepted + asked > ceiling:
        yield reason(
            "ceiling_exceeded",
            ceiling_cents=ceiling,
            accepted_cents=accepted,
            asked_cents=asked,
            free_cents=ceiling - accepted,
        )


def credit_too_large(invoice: Cents, credited: Cents, asked: Cents) -> Iterator[Reason]:
    """15. The credits of an invoice never exceed it."""
    if credited + asked > invoice:
        yield reason("credit_too_large", invoice_cents=invoice, credited_cents=credited, asked_cents=asked)
