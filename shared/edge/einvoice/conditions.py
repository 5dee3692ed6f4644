"""What an Invoice Response proposes for a term of the invoice: the values that ``responses.toml`` names."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias

from shared.edge.einvoice.into_ubl import euros
from shared.edge.einvoice.names import Buyer
from shared.events.contracts import ContractConcluded
from shared.events.providers import InvoiceSubmitted
from shared.kernel.calendar import first_day, last_day
from shared.kernel.value import value

Terms: TypeAlias = Mapping[str, Any]
MOST_LINES = 20
"""Lines of an invoice for each of which a value is proposed."""


@value
class Basis:
    """What a value is made of: the invoice, its contract and payer where they are known, and when it is due."""

    submitted: InvoiceSubmitted
    contract: ContractConcluded | None
    payer: Buyer | None
    due_on: date | None = None


def proposed(name: str, basis: Basis, terms: Terms) -> Iterator[str]:
    """The values by a name of ``VALUES``; ``terms`` are those of the reason. None where what they need isn't known.

    A clerk may give a reason of the register with terms of their own: then nothing is proposed.
    """
    try:
        found = list(VALUES[name](basis, terms))
    except (KeyError, TypeError, IndexError, AttributeError):
        return
    yield from found


def _right_amounts(basis: Basis, terms: Terms) -> Iterator[str]:
    for number in terms["lines"][:MOST_LINES]:
        line = basis.submitted.lines[number - 1]
        yield f"line {number}: {euros(line.quantity * line.unit_price_cents)}"


def _unknown_services(basis: Basis, terms: Terms) -> Iterator[str]:
    for number in terms["lines"][:MOST_LINES]:
        yield f"line {number}: {basis.submitted.lines[number - 1].service_code}"


def _contract_prices(basis: Basis, terms: Terms) -> Iterator[str]:
    if basis.contract:
        prices = {service.code: service.unit_price_cents for service in basis.contract.services}
        for number in terms["lines"][:MOST_LINES]:
            code = basis.submitted.lines[number - 1].service_code
            if code in prices:
                yield f"line {number}: {euros(prices[code])}"


def _payer_legal_code(basis: Basis, _: Terms) -> Iterator[str]:
    if basis.payer:
        yield basis.payer.legal_code


def _source_and_article(basis: Basis, _: Terms) -> Iterator[str]:
    if basis.contract:
        yield f"{basis.contract.source}:{basis.contract.article}"


def _due_day(basis: Basis, _: Terms) -> Iterator[str]:
    if basis.due_on:
        yield basis.due_on.isoformat()


def _number_of(invoice_id: str) -> str:
    return invoice_id.partition("/")[2]


VALUES: Mapping[str, Callable[[Basis, Terms], Iterator[str]]] = {
    "accepted_number": lambda _, terms: iter([_number_of(terms["accepted"])]),
    "contract": lambda basis, _: iter([basis.submitted.contract_id]),
    "contract_prices": _contract_prices,
    "corrected_number": lambda _, terms: iter([_number_of(terms["corrects"] or "")]),
    "creditable_sum": lambda _, terms: iter([euros(max(terms["invoice_cents"] - terms["credited_cents"], 0))]),
    "due_day": _due_day,
    "free_sum": lambda _, terms: iter([euros(max(terms["free_cents"], 0))]),
    "lines_sum": lambda _, terms: iter([euros(terms["lines_sum_cents"])]),
    "number": lambda basis, _: iter([basis.submitted.number]),
    "payer": lambda _, terms: iter([str(terms["contract"])]),
    "payer_legal_code": _payer_legal_code,
    "period_end": lambda basis, _: iter([last_day(basis.submitted.service_month).isoformat()]),
    "period_start": lambda basis, _: iter([first_day(basis.submitted.service_month).isoformat()]),
    "right_amounts": _right_amounts,
    "source_and_article": _source_and_article,
    "unknown_services": _unknown_services,
    "valid_from": lambda _, terms: iter([str(terms["valid_from"])]),
    "valid_to": lambda _, terms: iter([str(terms["valid_to"])]),
}
"""Each value by its name: text as UBL writes it; of lines one for each, with its number from 1."""
