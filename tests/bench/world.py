"""What the benchmarks play: a fund with one budget, many contracts, and invoices of a given number of lines."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from shared.kernel.calendar import VILNIUS, last_day

YEAR = 2022
PROVIDERS = 2_500
MONTHS = 10
"""Service months that are invoiced: of the later ones some are paid in the year after."""
ARTICLE_CENTS = 90_000_000_000_000
PRICE_CENTS = 12_50
FIRST = date(YEAR, 1, 3)


def event(source: str, number: str, type_: str, moment: datetime, data: dict[str, Any]) -> bytes:
    """A CloudEvent as it is sent."""
    envelope = {"specversion": "1.0", "id": number, "source": source, "type": type_, "time": moment.isoformat()}
    return json.dumps({**envelope, "datacontenttype": "application/json", "data": data}).encode()


def at(day: date, seconds: int = 0) -> datetime:
    """A moment of a day."""
    return datetime(day.year, day.month, day.day, 8, tzinfo=VILNIUS) + timedelta(seconds=seconds)


def started(day: date) -> bytes:
    """The start of a day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=VILNIUS)
    return event("/clock", day.isoformat(), "day.started", midnight, {"date": day.isoformat()})


def beginning(invoices: int) -> Iterator[bytes]:
    """Budget, distribution, cash, and as many contracts without a ceiling as so many invoices in a year need."""
    budget = {
        "year": YEAR,
        "edition": 1,
        "law": "bench",
        "in_force_from": f"{YEAR}-01-01",
        "revenue": [{"code": "01", "name": "revenue", "sodra": True, "amount_cents": ARTICLE_CENTS}],
        "revenue_total_cents": ARTICLE_CENTS,
        "expenses": [{"article": "01", "name": "care", "health_care": True, "amount_cents": ARTICLE_CENTS}],
        "expenses_total_cents": ARTICLE_CENTS,
        "working_capital_cents": 0,
        "reserve_main_cents": 0,
        "reserve_risk_cents": 0,
        "state_funds_cents": 0,
    }
    distribution = {
        "year": YEAR,
        "edition": 1,
        "quarters": [{"article": "01", **{f"q{n}_cents": ARTICLE_CENTS // 4 for n in (1, 2, 3, 4)}}],
        "shares": [{"payer": "VLK", "article": "01", "amount_cents": ARTICLE_CENTS}],
    }
    cash = {"payer": "VLK", "amount_cents": ARTICLE_CENTS, "value_on": FIRST.isoformat(), "reference": "cash"}
    yield event("/vlk", "b", "budget.approved", at(FIRST), budget)
    yield event("/vlk", "d", "distribution.proposed", at(FIRST, 1), distribution)
    yield event("/treasury", "t", "account.credited", at(FIRST, 2), cash)
    for number in range(-(-invoices // MONTHS)):
        yield event("/vlk", f"c{number}", "contract.proposed", at(FIRST, 3), contract(number))


def provider_of(contract_number: int) -> str:
    """The provider of a contract; each has several."""
    return f"{300_000_000 + contract_number % PROVIDERS}"


def contract(number: int) -> dict[str, Any]:
    """A contract with five priced services."""
    return {
        "contract_id": f"C-{number}",
        "year": YEAR,
        "payer": "VLK",
        "article": "01",
        "source": "PSDF",
        "provider": {"code": provider_of(number), "name": f"Clinic {number}", "iban": "LT121000011101001000"},
        "ceiling_cents": None,
        "valid_from": f"{YEAR}-01-01",
        "valid_to": f"{YEAR}-12-31",
        "services": [{"code": f"S-{n}", "unit_price_cents": PRICE_CENTS} for n in range(5)],
    }


def invoice(contract_number: int, month: int, lines: int) -> bytes:
    """An invoice that passes every check, sent early in the month after its service month."""
    service_month, code = f"{YEAR}-{month:02d}", provider_of(contract_number)
    day = last_day(service_month) + timedelta(days=1 + contract_number % 10)
    number = f"{contract_number}-{month}"
    amounts = [(n + 1) * PRICE_CENTS for n in range(lines)]
    data = {
        "invoice_id": f"{code}/{number}",
        "number": number,
        "kind": "invoice",
        "corrects": None,
        "contract_id": f"C-{contract_number}",
        "provider_code": code,
        "payer": "VLK",
        "article": "01",
        "source": "PSDF",
        "service_month": service_month,
        "issued_on": day.isoformat(),
        "lines": [
            {"service_code": f"S-{n % 5}", "quantity": n + 1, "unit_price_cents": PRICE_CENTS, "amount_cents": amount}
            for n, amount in enumerate(amounts)
        ],
        "amount_cents": sum(amounts),
    }
    return event(f"/providers/{code}", f"i{number}", "invoice.submitted", at(day, contract_number % 30_000), data)


def month_of_invoices(contracts: int, month: int, lines: int = 5) -> list[bytes]:
    """A month's invoices in order of their days."""
    order = sorted(range(contracts), key=lambda number: (number % 10, number))
    return [invoice(number, month, lines) for number in order]
