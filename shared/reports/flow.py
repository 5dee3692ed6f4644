"""The flow of a past year: what came from outside on its days comes again on the same days of the days to come.

Invoices, clerks' words on them, credits of accounts, and contracts where the year has none yet. An invoice goes to the
contract of its provider and article for the month that it is now of, at the prices of that contract. It is an
assumption, the same in both plays of a what-if.
"""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final, TypeAlias

import msgspec

from services.contracts.state import Contract, State
from shared.engine.codec import Received, decode_decisions
from shared.engine.ingress import INGRESS
from shared.kernel.calendar import VILNIUS
from shared.kernel.money import Cents
from shared.kernel.value import value
from shared.messages.write import cloud_event

COMES: Final = ("contract.proposed", "invoice.submitted", "invoice.reviewed", "account.credited")
NOTHING: Final = 0
"""As a year: nothing comes."""

Came: TypeAlias = tuple[datetime, dict[str, Any]]
"""An event from outside, with its moment in Vilnius."""
Pot: TypeAlias = tuple[str, str, str, str, int]
"""Provider, payer, article, source, year: whose contract it is."""


@value
class Flow:
    """What is assumed to come: like which year (0: nothing), how many invoices, their sum, and the credits. Cents."""

    year: int
    invoices: int
    invoiced_cents: Cents
    credited_cents: Cents
    events: tuple[bytes, ...]


NO_FLOW: Final = Flow(year=NOTHING, invoices=0, invoiced_cents=0, credited_cents=0, events=())


def flow(journal: sqlite3.Connection, agreed: State, like: int | None, today: date, horizon: date) -> Flow:
    """What comes after today up to the horizon, like a past year; None is the last year whose same days are all known.

    ``agreed`` are the contracts as they stand. Where no year's days are all known, nothing comes. Raises ValueError for
    a year that the journal holds nothing of.
    """
    if like == NOTHING:
        return NO_FLOW
    came = tuple(came_from_outside(journal))
    first = min((moment.date() for moment, _ in came), default=today)
    year = last_whole_year(first, today, horizon) if like is None else like
    if year is None:
        return NO_FLOW
    of_year = [each for each in came if each[0].year == year]
    if not of_year:
        raise ValueError(f"like {year}: nothing of {year} that came from outside is in this journal")
    return _Again(year, agreed).flow(of_year, today, horizon)


def came_from_outside(journal: sqlite3.Connection) -> Iterator[Came]:
    """What the door kept of the kinds that come again, in order. A copy of a cluster's journals holds none."""
    for (body,) in journal.execute("SELECT plain(body) FROM commits WHERE service = ? ORDER BY rowid", [INGRESS.name]):
        for decision in decode_decisions(body):
            for entry in decision.events:
                if entry.type == Received.type:
                    told = msgspec.json.decode(entry.data)
                    if told["type"] in COMES:
                        yield datetime.fromisoformat(decision.moment).astimezone(VILNIUS), told


def last_whole_year(first: date, today: date, horizon: date) -> int | None:
    """The last year in which each of the days to come was a day of this journal; None where there is none."""
    for year in range(today.year, first.year - 1, -1):
        days = [each for y in range(today.year, horizon.year + 1) if (each := _part(y, year, today, horizon))]
        if all(first <= begin and end <= today for begin, end in days):
            return year
    return None


def _part(of: int, year: int, today: date, horizon: date) -> tuple[date, date] | None:
    """The days to come of one year, as days of the past one."""
    begin, end = max(today, date(of, 1, 1)), min(horizon, date(of, 12, 31))
    return (_moved(begin, year), _moved(end, year)) if begin <= end else None


def _moved(day: date, year: int) -> date:
    """The same day of another year; 29 February is 28 where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _event(id_: str, source: str, type_: str, at: datetime, data: dict[str, Any]) -> bytes:
    return cloud_event(id_=id_, source=source, type_=type_, subject=None, time=at.isoformat(), data=data)


class _Again:
    """Turns what came in a year into what comes in another."""

    def __init__(self, year: int, agreed: State) -> None:
        self._year, self._agreed = year, agreed
        self._contracts: dict[Pot, list[Contract]] = {}
        for contract in agreed.contracts.values():
            said = contract.proposed
            pot = (said.provider.code, contract.payer, said.article, said.source, said.year)
            self._contracts.setdefault(pot, []).append(contract)
        self._known: dict[str, str] = {}
        """Contracts and invoices that come, each with the contract that it is of."""
        self._invoices = self._invoiced = self._credited = 0

    def flow(self, came: list[Came], today: date, horizon: date) -> Flow:
        events = []
        for to in range(today.year, horizon.year + 1):
            by = to - self._year
            for moment, told in came:
                at = datetime.combine(_moved(moment.date(), to), moment.time(), VILNIUS)
                data = self._data(told["type"], told["data"], by) if today < at.date() <= horizon else None
                if data:
                    id_, by_whom = f"like-{self._year}-{told['id']}-{to}", told["source"]
                    events.append(_event(id_, by_whom, told["type"], at, data))
        return Flow(
            year=self._year,
            invoices=self._invoices,
            invoiced_cents=self._invoiced,
            credited_cents=self._credited,
            events=tuple(events),
        )

    def _data(self, type_: str, data: dict[str, Any], by: int) -> dict[str, Any] | None:
        """An event's data so many years later; None where it can't be: it is about something that does not come."""
        match type_:
            case "account.credited":
                self._credited += data["amount_cents"]
                later = _moved(date.fromisoformat(data["value_on"]), int(data["value_on"][:4]) + by)
                return data | {"value_on": later.isoformat(), "reference": f"{data['reference']}-later-{by}"}
            case "contract.proposed":
                return self._contract(data, by)
            case "invoice.submitted":
                return self._invoice(data, by)
            case _:
                invoice_id = f"{data['invoice_id']}-later-{by}"
                contract_id = self._known.get(invoice_id)
                return data | {"invoice_id": invoice_id, "contract_id": contract_id} if contract_id else None

    def _contract(self, data: dict[str, Any], by: int) -> dict[str, Any] | None:
        """The contract for the later year, where its provider has none of the pot yet."""
        payer = self._agreed.payers.resolve(data["payer"])
        if (data["provider"]["code"], payer, data["article"], data["source"], data["year"] + by) in self._contracts:
            return None
        contract_id = f"{data['contract_id']}-later-{by}"
        self._known[contract_id] = contract_id
        days = {
            name: _moved(date.fromisoformat(data[name]), int(data[name][:4]) + by).isoformat()
            for name in ("valid_from", "valid_to")
        }
        return data | {"contract_id": contract_id, "year": data["year"] + by, "payer": payer, **days}

    def _invoice(self, data: dict[str, Any], by: int) -> dict[str, Any] | None:
        """The invoice, or credit, for the later month, under the contract of its year."""
        month = f"{int(data['service_month'][:4]) + by}{data['service_month'][4:]}"
        payer = self._agreed.payers.resolve(data["payer"])
        pot = (data["provider_code"], payer, data["article"], data["source"], int(month[:4]))
        found = self._contracts.get(pot, [])
        later = f"{data['contract_id']}-later-{by}"
        if not found and later not in self._known:
            return None
        corrects = f"{data['corrects']}-later-{by}" if data["corrects"] else None
        if corrects and corrects not in self._known:
            return None
        again = data | {
            "invoice_id": f"{data['invoice_id']}-later-{by}", "number": f"{data['number']}-later-{by}",
            "corrects": corrects, "contract_id": later, "payer": payer, "service_month": month,
            "issued_on": _moved(date.fromisoformat(data["issued_on"]), int(data["issued_on"][:4]) + by).isoformat(),
        }  # fmt: skip
        if found:
            of_month = [each for each in found if f"{each.proposed.valid_from}"[:7] <= month]
            again |= _under((of_month or found)[-1], data)
        if again["invoice_id"] not in self._known and data["kind"] == "invoice":
            self._invoices, self._invoiced = self._invoices + 1, self._invoiced + again["amount_cents"]
        self._known[again["invoice_id"]] = again["contract_id"]
        return again


def _under(contract: Contract, data: dict[str, Any]) -> dict[str, Any]:
    """What an invoice says under another contract: the same quantities, at its prices.

    A service that the contract does not have becomes its first one, for about the same sum.
    """
    said = contract.proposed
    prices = {each.code: each.unit_price_cents for each in said.services}
    lines = [_line(line, prices) for line in data["lines"]] if prices else data["lines"]
    sums = {"lines": lines, "amount_cents": sum(line["amount_cents"] for line in lines)} if prices else {}
    return {"contract_id": said.contract_id, **sums}


def _line(line: dict[str, Any], prices: dict[str, Cents]) -> dict[str, Any]:
    code, quantity = line["service_code"], line["quantity"]
    if code not in prices:
        code = next(iter(prices))
        quantity = max(1, line["amount_cents"] // max(prices[code], 1))
    price = prices[code]
    return {"service_code": code, "quantity": quantity, "unit_price_cents": price, "amount_cents": quantity * price}
