"""What is sent to a fund, as data: the shapes that generators, benchmarks and tests share. Nothing here is random."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from shared.kernel.calendar import VILNIUS

Json = dict[str, Any]
IBAN = "LT121000011101001000"


def event(source: str, id_: str, type_: str, moment: datetime, data: Json) -> Json:
    """A CloudEvent."""
    envelope = {"specversion": "1.0", "id": id_, "source": source, "type": type_, "time": moment.isoformat()}
    return {**envelope, "datacontenttype": "application/json", "data": data}


def at(day: date, seconds: int = 0) -> datetime:
    """A moment of a day, from eight in the morning."""
    return datetime(day.year, day.month, day.day, 8, tzinfo=VILNIUS) + timedelta(seconds=seconds)


def started(day: date) -> Json:
    """The start of a day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=VILNIUS)
    return event("/clock", day.isoformat(), "day.started", midnight, {"date": day.isoformat()})


def budget(year: int, law: str, sums: Mapping[str, int]) -> Json:
    """The first edition of a year: articles of health care with sums, one line of revenue, no reserve."""
    whole = sum(sums.values())
    expenses = [
        {"article": article, "name": f"care {article}", "health_care": True, "amount_cents": cents}
        for article, cents in sums.items()
    ]
    return {
        "year": year,
        "edition": 1,
        "law": law,
        "in_force_from": f"{year}-01-01",
        "revenue": [{"code": "01", "name": "revenue", "sodra": True, "amount_cents": whole}],
        "revenue_total_cents": whole,
        "expenses": expenses,
        "expenses_total_cents": whole,
        "working_capital_cents": 0,
        "reserve_main_cents": 0,
        "reserve_risk_cents": 0,
        "state_funds_cents": 0,
    }


def distribution(year: int, sums: Mapping[str, int]) -> Json:
    """All of these articles for the VLK, in equal quarters."""
    quarters = [{"article": a, **{f"q{n}_cents": cents // 4 for n in (1, 2, 3, 4)}} for a, cents in sums.items()]
    shares = [{"payer": "VLK", "article": a, "amount_cents": cents} for a, cents in sums.items()]
    return {"year": year, "edition": 1, "quarters": quarters, "shares": shares}


def cash(cents: int, on: date) -> Json:
    """Money on the account of the VLK."""
    return {"payer": "VLK", "amount_cents": cents, "value_on": on.isoformat(), "reference": "cash"}


def contract(contract_id: str, year: int, code: str, prices: Mapping[str, int], **other: object) -> Json:
    """A contract of the VLK for a whole year in article 01, without a ceiling unless another says so."""
    return {
        "contract_id": contract_id,
        "year": year,
        "payer": "VLK",
        "article": "01",
        "source": "PSDF",
        "provider": {"code": code, "name": "Klinika", "iban": IBAN},
        "ceiling_cents": None,
        "valid_from": f"{year}-01-01",
        "valid_to": f"{year}-12-31",
        "services": [{"code": service, "unit_price_cents": cents} for service, cents in prices.items()],
        **other,
    }


def line(service: str, quantity: int, price_cents: int) -> Json:
    """A line of an invoice."""
    amount = quantity * price_cents
    return {"service_code": service, "quantity": quantity, "unit_price_cents": price_cents, "amount_cents": amount}


def invoice(under: Json, number: str, month: str, issued_on: str, lines: Sequence[Json]) -> Json:
    """An invoice that agrees with its contract."""
    code = under["provider"]["code"]
    return {
        "invoice_id": f"{code}/{number}",
        "number": number,
        "kind": "invoice",
        "corrects": None,
        "contract_id": under["contract_id"],
        "provider_code": code,
        "payer": under["payer"],
        "article": under["article"],
        "source": under["source"],
        "service_month": month,
        "issued_on": issued_on,
        "lines": list(lines),
        "amount_cents": sum(each["amount_cents"] for each in lines),
    }
