"""How an invoice stands, as Peppol Invoice Responses: one for each step, in Peppol's order, by ``responses.toml``.

Each status may be left out and none goes back: AB < IP < CA < RE < AP < PD. Nothing follows RE or a payment in full,
after AP only PD. So what happens to a payment meanwhile (deferred, rejected by the bank, carried over) has no response.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from shared.edge.einvoice.conditions import Basis, proposed
from shared.edge.einvoice.into_ubl import euros
from shared.edge.einvoice.names import Buyer, buyer_of
from shared.edge.einvoice.story import PAID, WAITS, Round, Told
from shared.events.contracts import ContractConcluded
from shared.events.invoicing import InvoiceAccepted, InvoiceRefused, InvoiceReturned
from shared.events.payments import PaymentExecuted, PaymentReturned
from shared.explain.sentences import reason_sentence
from shared.journal.events import Data
from shared.kernel.fund import Fund
from shared.kernel.value import value

REASONS, ACTIONS = "OPStatusReason", "OPStatusAction"
ACTION_ORDER = ("NIN", "NOA")
"""Of several reasons the first of these is asked for."""
CLERKS_OWN = "review"
MOST_TEXT = 1_000


@value
class Row:
    """A row of the table: the status, and the codes and terms that explain it."""

    status: str
    reason: str | None = None
    action: str | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)


@value
class Table:
    """Rows by the state of an invoice, and by the code of a reason of the register."""

    state: Mapping[str, Row]
    reason: Mapping[str, Row]


@cache
def table() -> Table:
    """The table of ``responses.toml``."""
    rows = tomllib.loads((files("shared.edge.einvoice") / "responses.toml").read_text(encoding="utf-8"))
    return Table(**{part: {name: Row(**row) for name, row in of_part.items()} for part, of_part in rows.items()})


@value
class Clarification:
    """A ``cac:Status``: a code of a list, words, and what is proposed for which terms."""

    codes: str
    code: str
    text: str | None = None
    conditions: tuple[tuple[str, str], ...] = ()


@value
class Response:
    """One Invoice Response: of which event, on which day, which status and why."""

    response_id: str
    status: str
    on: date
    clarifications: tuple[Clarification, ...] = ()


@value
class Known:
    """What a response needs beside the round: the fund, the contract and whose it is, the due day the invoice names."""

    fund: Fund
    contract: ContractConcluded | None = None
    payer: str | None = None
    named_due_on: date | None = None


def responses_of(each: Round, known: Known) -> list[Response]:
    """What was answered to a round so far, in order."""
    return list(_in_order(_said(each, known)))


def _in_order(said: Iterable[Response]) -> Iterator[Response]:
    """Leave out what Peppol's order does not allow after what was said: a second IP (first contract, then clerk)."""
    in_process = False
    for response in said:
        if response.status == "IP" and in_process:
            continue
        in_process |= response.status == "IP"
        yield response


def _said(each: Round, known: Known) -> Iterator[Response]:
    yield _response(each.presented, "received", _basis(each, known))
    asked = each.submitted.amount_cents
    paid = settled = 0
    for fact in each.followed:
        match fact.type:
            case kind if kind == WAITS:
                yield _response(fact, f"waits_for_{fact.data['waits_for']}", _basis(each, known))
            case InvoiceReturned.type | InvoiceRefused.type:
                yield _rejected(fact, each, known)
            case InvoiceAccepted.type:
                yield from _accepted(fact, each, known)
            case kind if kind in PAID:
                more, moved = _moved(fact, each)
                paid, settled = paid + more, settled + moved
                if paid and (more > 0 or settled >= asked):
                    yield _paid(fact, paid, asked, _basis(each, known), whole=settled >= asked)
                if settled >= asked:
                    return


def _basis(each: Round, known: Known, due_on: date | None = None) -> Basis:
    contract = known.contract
    payer = buyer_of(known.fund, known.payer or (contract.payer if contract else each.submitted.payer))
    return Basis(submitted=each.submitted, contract=contract, payer=payer, due_on=due_on)


def _accepted(fact: Told, each: Round, known: Known) -> Iterator[Response]:
    """AP; before it CA, where the fund pays on another day than the invoice names."""
    due_on = date.fromisoformat(fact.data["due_on"])
    if known.named_due_on and known.named_due_on != due_on:
        yield _response(fact, "due_another_day", _basis(each, known, due_on))
    yield _response(fact, "accepted", _basis(each, known))


def _moved(fact: Told, each: Round) -> tuple[int, int]:
    """Of an event of payments: what was paid by it (or of a credit: set off), and what no longer stays to be paid."""
    data = fact.data
    if fact.type == PaymentExecuted.type:
        return data["amount_cents"], data["amount_cents"]
    if fact.type == PaymentReturned.type:
        return -data["amount_cents"], -data["amount_cents"]
    lowered = data["lowered_cents"]
    return (lowered if each.submitted.kind == "credit" else 0), lowered


def _paid(fact: Told, paid: int, asked: int, basis: Basis, *, whole: bool) -> Response:
    if whole:
        return _response(fact, "paid", basis)
    response = _response(fact, "paid_in_part", basis)
    day = _day(fact).isoformat()
    words = f"{euros(paid)} iš {euros(asked)} EUR, {day} / {euros(paid)} of {euros(asked)} EUR, {day}"
    (part,) = response.clarifications
    said = Clarification(codes=part.codes, code=part.code, text=words)
    return Response(response_id=response.response_id, status=response.status, on=response.on, clarifications=(said,))


def _response(fact: Told, state: str, basis: Basis) -> Response:
    """The response of a state of the table, because of an event."""
    row = table().state[state]
    clarifications = []
    if row.reason:
        clarifications.append(
            Clarification(codes=REASONS, code=row.reason, conditions=_conditions(row, basis, fact.data))
        )
    if row.action:
        clarifications.append(Clarification(codes=ACTIONS, code=row.action))
    return Response(
        response_id=f"{fact.event_id}-{row.status}",
        status=row.status,
        on=_day(fact),
        clarifications=tuple(clarifications),
    )


def _rejected(fact: Told, each: Round, known: Known) -> Response:
    """RE: a clarification for each failed check, and the one thing to do."""
    basis = _basis(each, known)
    reasons: Sequence[Data] = fact.data["reasons"]
    rows = [row_of(reason["code"]) for reason in reasons]
    said = [
        Clarification(
            codes=REASONS,
            code=row.reason or "OTH",
            text=_words(reason),
            conditions=_conditions(row, basis, reason.get("terms") or {}),
        )
        for reason, row in zip(reasons, rows, strict=True)
    ]
    asked = {row.action for row in rows}
    action = next(code for code in ACTION_ORDER if code in asked)
    return Response(
        response_id=f"{fact.event_id}-RE",
        status="RE",
        on=_day(fact),
        clarifications=(*said, Clarification(codes=ACTIONS, code=action)),
    )


def row_of(code: str) -> Row:
    """The row of a reason; a code that is not one of invoicing's is a clerk's own."""
    return table().reason.get(code) or table().reason[CLERKS_OWN]


def _conditions(row: Row, basis: Basis, terms: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((term, text) for term, name in row.conditions.items() for text in proposed(name, basis, terms))


def _words(reason: Data) -> str:
    """Why, in both languages; a clerk's own words once."""
    lt, en = reason_sentence(reason, "lt"), reason_sentence(reason, "en")
    return (lt if lt == en else f"{lt} / {en}")[:MOST_TEXT]


def _day(fact: Told) -> date:
    """The day of what it says: of a payment the bank's, else the day it was decided on."""
    on = fact.data.get("on")
    return date.fromisoformat(on) if on else fact.day


def payer_of(each: Round, fund: Fund) -> Buyer:
    """Who answers: the payer that the invoice names; where the fund has no such payer, the one that answers for all."""
    found = buyer_of(fund, each.submitted.payer) or buyer_of(fund, fund.state_payer)
    assert found
    return found
