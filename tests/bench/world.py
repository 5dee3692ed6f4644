"""What the benchmarks play: a fund with one budget, many contracts, and invoices of a given number of lines."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from shared.kernel.calendar import last_day
from tests import sent
from tests.sent import at

YEAR = 2022
PROVIDERS = 2_500
MONTHS = 10
"""Service months that are invoiced: of the later ones some are paid in the year after."""
ARTICLE_CENTS = 90_000_000_000_000
PRICE_CENTS = 12_50
FIRST = date(YEAR, 1, 3)


def event(source: str, number: str, type_: str, moment: datetime, data: sent.Json) -> bytes:
    """A CloudEvent as it is sent."""
    return json.dumps(sent.event(source, number, type_, moment, data)).encode()


def started(day: date) -> bytes:
    """The start of a day."""
    return json.dumps(sent.started(day)).encode()


def executed(order: str, day: date) -> bytes:
    """The bank's word that an order of a day was carried out on it."""
    data = {"order_id": order, "outcome": "executed", "on": day.isoformat()}
    return event("/treasury", f"r{order}", "payment.reported", at(day, 30_000), data)


def beginning(invoices: int) -> Iterator[bytes]:
    """Budget, distribution, cash, and as many contracts without a ceiling as so many invoices in a year need."""
    whole = {"01": ARTICLE_CENTS}
    yield event("/vlk", "b", "budget.approved", at(FIRST), sent.budget(YEAR, "bench", whole))
    yield event("/vlk", "d", "distribution.proposed", at(FIRST, 1), sent.distribution(YEAR, whole))
    yield event("/treasury", "t", "account.credited", at(FIRST, 2), sent.cash(ARTICLE_CENTS, FIRST))
    for number in range(-(-invoices // MONTHS)):
        yield event("/vlk", f"c{number}", "contract.proposed", at(FIRST, 3), contract(number))


def provider_of(contract_number: int) -> str:
    """The provider of a contract; each has several."""
    return f"{300_000_000 + contract_number % PROVIDERS}"


def contract(number: int) -> sent.Json:
    """A contract with five priced services."""
    return sent.contract(f"C-{number}", YEAR, provider_of(number), {f"S-{n}": PRICE_CENTS for n in range(5)})


def invoice(contract_number: int, month: int, lines: int) -> bytes:
    """An invoice that passes every check, sent early in the month after its service month."""
    service_month, under = f"{YEAR}-{month:02d}", contract(contract_number)
    day = last_day(service_month) + timedelta(days=1 + contract_number % 10)
    number = f"{contract_number}-{month}"
    made = [sent.line(f"S-{n % 5}", n + 1, PRICE_CENTS) for n in range(lines)]
    data = sent.invoice(under, number, service_month, day.isoformat(), made)
    source = f"/providers/{data['provider_code']}"
    return event(source, f"i{number}", "invoice.submitted", at(day, contract_number % 30_000), data)


def month_of_invoices(contracts: int, month: int, lines: int = 5) -> list[bytes]:
    """A month's invoices in order of their days."""
    order = sorted(range(contracts), key=lambda number: (number % 10, number))
    return [invoice(number, month, lines) for number in order]
