"""An invoice before it is sent: its lines, its sums, its month; with the contract also what that says (points 14, 15).

The codes and numbers are those with which the fund itself would answer. What only the fund knows is not checked here:
whether the month has an accepted invoice already, and how much of the ceiling is left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psdf_provider.days import last_day
from psdf_provider.invoices import Invoice
from psdf_provider.words import advice, may_be_sent_again, why


@dataclass(frozen=True)
class Finding:
    """What the fund would say against an invoice: the code of its register, and every number of the test."""

    code: str
    terms: Mapping[str, Any]

    @property
    def lt(self) -> str:
        """Kodėl, ir ką daryti."""
        return f"{why(self.code, self.terms, 'lt')}. {advice(self.code, 'lt')}"

    @property
    def en(self) -> str:
        """Why, and what to do."""
        return f"{why(self.code, self.terms, 'en')}. {advice(self.code, 'en')}"

    @property
    def mends(self) -> bool:
        """Whether it may be mended under the same number, once it was sent."""
        return may_be_sent_again(self.code)


def check(invoice: Invoice, contract: Mapping[str, Any] | None = None, on: date | None = None) -> list[Finding]:
    """What is wrong with an invoice that arrives ``on`` a day of Vilnius (today); none where all is well.

    ``contract`` is what ``GET /contracts/{id}`` gives.
    """
    return [Finding(code, terms) for code, terms in _found(invoice, contract, on or today())]


def _found(invoice: Invoice, contract: Mapping[str, Any] | None, on: date) -> Iterator[tuple[str, dict[str, Any]]]:
    month = invoice.service_month
    if on <= last_day(month):
        yield "month_not_over", {"month": month, "received_on": on.isoformat()}
    if contract:
        yield from _differs(invoice, contract)
        since, until = date.fromisoformat(contract["valid_from"]), date.fromisoformat(contract["valid_to"])
        if last_day(month) < since or until < last_day(month).replace(day=1) or until < since:
            valid = {"valid_from": since.isoformat(), "valid_to": until.isoformat()}
            yield "outside_contract", {"month": month, **valid}
    yield from _lines(
        invoice, {each["code"]: each["unit_price_cents"] for each in (contract or {}).get("services", ())}
    )


def _differs(invoice: Invoice, contract: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for code, got, due in (
        ("wrong_payer", invoice.payer, contract["payer"]),
        ("wrong_article", invoice.article, contract["article"]),
        ("wrong_source", invoice.source, contract["source"]),
    ):
        if got != due:
            yield code, {"got": got, "contract": due}


def _lines(invoice: Invoice, prices: Mapping[str, int]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Products, the sum, and the prices of the contract; lines are numbered from 1."""
    numbered = list(enumerate(invoice.lines, 1))
    total = sum(line.amount_cents for line in invoice.lines)
    if wrong := [n for n, line in numbered if line.quantity * line.unit_price_cents != line.amount_cents]:
        yield "line_arithmetic", {"lines": wrong}
    if total != invoice.amount_cents:
        yield "sum_mismatch", {"lines_sum_cents": total, "asked_cents": invoice.amount_cents}
    if not prices:
        return
    if unknown := [n for n, line in numbered if line.service_code not in prices]:
        yield "unknown_service", {"lines": unknown}
    named = [(n, line) for n, line in numbered if line.service_code in prices]
    if mispriced := [n for n, line in named if prices[line.service_code] != line.unit_price_cents]:
        yield "price_mismatch", {"lines": mispriced}


def today() -> date:
    """The day in Vilnius."""
    try:
        return datetime.now(ZoneInfo("Europe/Vilnius")).date()
    except ZoneInfoNotFoundError:  # a machine without the zones of the world: two hours ahead is never a day too far
        return datetime.now(UTC).astimezone(timezone(timedelta(hours=2))).date()
