"""M4. Who may say what about whom: every source, every type from outside, on what is the VLK's and a territorial fund's.

A cell is what the fund answers: taken, refused ``not_yours`` or ``wrong_decider``, or parked as a sender that speaks for
another. Points 13, 15, 20, 21: each payer acts on its own; the VLK claims for any, as the damage is the fund's.
"""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from services.reconciliation.service import RECONCILIATION
from shared.events.catalogue import OUTSIDE
from shared.kernel.calendar import VILNIUS
from shared.reports.replay import replay
from tests.given import (
    FUND,
    IBAN,
    PROVIDER,
    because,
    bill,
    event,
    expense_line,
    invoice,
    revenue_line,
    said,
    sender,
    story,
)

KAUNAS, VILNIUS_FUND = "TLK-KAUNAS", "TLK-VILNIUS"
SOURCES = (
    "/vlk",
    "/tlk/TLK-KAUNAS",
    "/tlk/TLK-VILNIUS",
    "/tlk/NOWHERE",
    f"/providers/{PROVIDER}",
    "/providers/999999999",
    "/treasury",
    "/ministry",
    "/government",
    "/sodra",
    "/clock",
    "/payments",
    "/anyone",
)
PAYERS = ("/vlk", "/tlk/TLK-KAUNAS", "/tlk/TLK-VILNIUS", "/tlk/NOWHERE")

ALONE = {
    "day.started": "/clock",
    "budget.approved": "/vlk",
    "distribution.proposed": "/vlk",
    "month.plan.approved": "/vlk",
    "reserve.transfer.approved": "/vlk",
    "overrun.delivered": "/vlk",
    "sodra.statement.reviewed": "/vlk",
    "payer.merged": "/vlk",
    "account.credited": "/treasury",
    "payment.reported": "/treasury",
    "administration.paid": "/treasury",
    "revenue.received": "/treasury",
    "reserve.transfer.reported": "/treasury",
    "surplus.proposed": "/ministry",
    "sodra.statement.submitted": "/sodra",
    "invoice.submitted": f"/providers/{PROVIDER}",
}
"""Types that one source alone may send; all others are parked."""
OF_THE_CONTRACT = {"contract.change.proposed", "contract.account.proposed", "contract.ended", "invoice.reviewed"}
OF_THE_DAMAGE = {"recovery.claimed", "recovery.settled"}


def expected(type_: str, source: str, owner: str) -> str:  # noqa: PLR0911 - a table, row by row
    """The cell, written down and not asked of the program."""
    if type_ in ALONE:
        return "taken" if source == ALONE[type_] else "parked"
    if type_ == "reserve.use.proposed":  # the main part is the Government's to use
        return {"/government": "taken", "/ministry": "wrong_decider"}.get(source, "parked")
    if source not in PAYERS:
        return "parked"
    own = source == sender(owner)
    if type_ == "payer.year.reported":
        return "taken" if own and owner != "VLK" else "parked"
    if type_ == "contract.proposed":
        return "taken" if own else "not_yours" if source == "/vlk" else "parked"
    if type_ in OF_THE_DAMAGE:
        return "taken" if own or source == "/vlk" else "not_yours"
    assert type_ in OF_THE_CONTRACT
    return "taken" if own else "not_yours"


def data_of(type_: str, owner: str) -> dict[str, Any]:
    """The data of an event of a type, about what is the owner's."""
    contract_id, invoice_id = f"C-{owner}", f"{PROVIDER}/I-{owner}"
    line = {"service_code": "S", "quantity": 1, "unit_price_cents": 7, "amount_cents": 7}
    contract = {
        "contract_id": f"new-{owner}",
        "year": 2026,
        "payer": owner,
        "article": "04",
        "source": "PSDF",
        "provider": {"code": PROVIDER, "name": "UAB Klinika", "iban": IBAN},
        "ceiling_cents": 10,
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
        "services": [],
        "review": "clerk",
    }
    quarters = {"q1_cents": 0, "q2_cents": 0, "q3_cents": 0, "q4_cents": 1_000}
    statement = {"year": 2025, "quarter": 4, "submission": 1}
    transfer = {"year": 2026, "kind": "9.1", "amount_cents": 5}
    return {
        "day.started": {"date": "2026-02-03"},
        "budget.approved": budget(edition=2),
        "distribution.proposed": {
            "year": 2026,
            "edition": 1,
            "quarters": [{"article": "04", **quarters}],
            "shares": [{"payer": payer, "article": "04", "amount_cents": 500} for payer in ("VLK", KAUNAS)],
        },
        "month.plan.approved": {
            "month": "2027-01",
            "expenses": [{"article": "04", "amount_cents": 1}],
            "document": "V-1",
        },
        "overrun.delivered": {
            "notice_no": "2026-04-1",
            "how": "by_hand",
            "delivered_by": "Ona Onaitė",
            "delivered_on": "2026-02-02",
            "delivered_at": "10:00",
            "document": "D",
            "letter_sha256": "0" * 64,
        },
        "contract.proposed": contract,
        "contract.change.proposed": {"contract_id": contract_id, "ceiling_cents": 90},
        "contract.account.proposed": {"contract_id": contract_id, "iban": IBAN},
        "contract.ended": {"contract_id": contract_id, "on": "2026-02-02"},
        "invoice.submitted": {
            "invoice_id": f"{PROVIDER}/new",
            "number": "new",
            "kind": "invoice",
            "corrects": None,
            "contract_id": contract_id,
            "provider_code": PROVIDER,
            "payer": owner,
            "article": "04",
            "source": "PSDF",
            "service_month": "2026-01",
            "issued_on": "2026-02-01",
            "amount_cents": 7,
            "lines": [line],
        },
        "invoice.reviewed": {"invoice_id": invoice_id, "contract_id": contract_id, "verdict": "accept"},
        "account.credited": {"payer": owner, "amount_cents": 5, "value_on": "2026-02-02", "reference": "R"},
        "payment.reported": {"order_id": f"{PROVIDER}/paid-{owner}#1", "outcome": "executed", "on": "2026-02-02"},
        "administration.paid": {
            "payer": owner,
            "year": 2026,
            "article": "06",
            "amount_cents": 5,
            "paid_on": "2026-02-02",
            "reference": "R",
        },
        "revenue.received": {
            "year": 2026,
            "code": "01.01",
            "amount_cents": 5,
            "received_on": "2026-02-02",
            "offset": False,
            "reference": "R",
        },
        "surplus.proposed": {
            "year": 2026,
            "article": "04",
            "amount_cents": 5,
            "decided_on": "2026-02-02",
            "document": "D",
        },
        "reserve.use.proposed": {
            "year": 2026,
            "part": "main",
            "amount_cents": 5,
            "purpose": "care",
            "decided_on": "2026-02-02",
            "document": "D",
        },
        "reserve.transfer.approved": {**transfer, "document": "D"},
        "reserve.transfer.reported": {**transfer, "on": "2026-02-02"},
        "sodra.statement.submitted": {
            **statement,
            "transferred_cents": 0,
            "offset_cents": 0,
            "related_cents": 0,
            "compensation_cents": 0,
        },
        "sodra.statement.reviewed": {**statement, "verdict": "approve"},
        "payer.year.reported": {
            "payer": owner,
            "year": 2025,
            "received_cents": 0,
            "used_cents": 0,
            "balance_cents": 0,
        },
        "payer.merged": {"payer": KAUNAS, "into": VILNIUS_FUND, "on": "2026-03-01"},
        "recovery.claimed": {
            "claim_id": "new",
            "provider_code": PROVIDER,
            "invoice_id": f"{PROVIDER}/paid-{owner}",
            "amount_cents": 1,
            "basis": "20",
            "reason": "not provided",
        },
        "recovery.settled": {"claim_id": f"claim-{owner}", "amount_cents": 1, "how": "repaid", "document": "D"},
    }[type_]


def budget(edition: int = 1) -> dict[str, Any]:
    return {
        "year": 2026,
        "edition": edition,
        "law": "law",
        "in_force_from": "2026-01-01",
        "revenue": [revenue_line("01.01", 1_000, sodra=True)],
        "revenue_total_cents": 1_000,
        "expenses": [expense_line("04", 1_000)],
        "expenses_total_cents": 1_000,
        "working_capital_cents": 0,
        "reserve_main_cents": 10,
        "reserve_risk_cents": 0,
        "state_funds_cents": 0,
    }


def beginnings(owner: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A fund with a contract, an invoice that waits for a clerk, a paid one and a claim, all the owner's."""
    voice = sender(owner)
    yield "/vlk", "budget.approved", budget()
    yield "/vlk", "distribution.proposed", data_of("distribution.proposed", owner)
    contract = data_of("contract.proposed", owner)
    yield voice, "contract.proposed", {**contract, "contract_id": f"C-{owner}", "ceiling_cents": 100}
    yield voice, "contract.proposed", {**contract, "contract_id": f"D-{owner}", "review": "automatic"}
    yield "/treasury", "account.credited", {**data_of("account.credited", owner), "amount_cents": 9, "reference": "0"}
    invoice = data_of("invoice.submitted", owner)
    for number, contract_id in ((f"I-{owner}", f"C-{owner}"), (f"paid-{owner}", f"D-{owner}")):
        named = {"invoice_id": f"{PROVIDER}/{number}", "number": number, "contract_id": contract_id}
        yield f"/providers/{PROVIDER}", "invoice.submitted", {**invoice, **named}
    yield voice, "recovery.claimed", {**data_of("recovery.claimed", owner), "claim_id": f"claim-{owner}"}


def answer(type_: str, source: str, owner: str) -> str:
    """What the fund answers to one event of a source about what is the owner's."""
    moment = datetime(2026, 2, 2, 9, tzinfo=VILNIUS)
    happened = [*beginnings(owner), (source, type_, data_of(type_, owner))]
    raws = []
    for number, (who, what, data) in enumerate(happened):
        at = moment + timedelta(minutes=number)
        if what == "day.started":
            at = datetime(2026, 2, 3, tzinfo=VILNIUS)
        event = {"specversion": "1.0", "id": f"e{number}", "source": who, "type": what, "time": at.isoformat()}
        raws.append(json.dumps({**event, "data": data}).encode())
    told: list[bytes] = []
    asyncio.run(replay(raws[:-1], told.append, FUND))
    assert not [raw for raw in told if b'.parked"' in raw or b"not_yours" in raw]
    told.clear()
    asyncio.run(replay(raws, told.append, FUND))
    last = [one for one in map(json.loads, told) if one["causationid"] == f"e{len(raws) - 1}"]
    spoke_for_another = [one for one in map(json.loads, told) if one["type"] == f"{type_}.parked"]
    if any("may not send this" in one["data"]["error"] for one in spoke_for_another):
        return "parked"
    codes = {reason["code"] for one in last for reason in one["data"].get("reasons", ())}
    return next((code for code in ("not_yours", "wrong_decider") if code in codes), "taken")


@pytest.mark.parametrize("type_", sorted(OUTSIDE))
def test_M4_F4_each_source_does_what_is_its_own(type_: str) -> None:
    cells = {(source, owner): answer(type_, source, owner) for source, owner in product(SOURCES, ("VLK", KAUNAS))}
    assert cells == {(source, owner): expected(type_, source, owner) for source, owner in cells}


@pytest.mark.parametrize("owner", ["VLK", KAUNAS, VILNIUS_FUND])
@pytest.mark.parametrize("source", ["/vlk", "/tlk/TLK-KAUNAS", "/tlk/TLK-VILNIUS"])
def test_M4_F4_a_claim_of_ones_own_is_set_off_against_an_invoice_of_ones_own(source: str, owner: str) -> None:
    """A claim that names no invoice is the sender's; set off against another's invoice it would keep back its payment."""
    claim = {"claim_id": "K", "provider_code": PROVIDER, "amount_cents": 7, "basis": "20", "reason": "damage"}
    settled = {"claim_id": "K", "amount_cents": 7, "how": "set_off", "invoice_id": bill("A"), "document": "D"}
    fund = story(RECONCILIATION).given(invoice("A", 100, payer=owner), event("recovery.claimed", source, **claim))
    fund.when(event("recovery.settled", source, **settled))
    if source in ("/vlk", sender(owner)):
        fund.then(said("recovery.set_off", rest_cents=0))
    else:
        terms = {"sender": source.removeprefix("/tlk/"), "owner": owner}
        fund.then(said("recovery.refused", rest_cents=7, reasons=[because("not_yours", "20", **terms)]))


def test_M4_F4_the_refusal_names_sender_owner_and_point() -> None:
    moment = datetime(2026, 2, 2, 9, tzinfo=VILNIUS)
    happened = [*beginnings(KAUNAS)] + [
        ("/tlk/TLK-VILNIUS", type_, data_of(type_, KAUNAS))
        for type_ in (
            "contract.change.proposed",
            "contract.ended",
            "invoice.reviewed",
            "recovery.claimed",
            "recovery.settled",
        )
    ]
    raws = [
        json.dumps(
            {
                "specversion": "1.0",
                "id": f"e{number}",
                "source": who,
                "type": what,
                "time": (moment + timedelta(minutes=number)).isoformat(),
                "data": data,
            }
        ).encode()
        for number, (who, what, data) in enumerate(happened)
    ]
    told: list[bytes] = []
    asyncio.run(replay(raws, told.append, FUND))
    refused = [one for one in map(json.loads, told) if "not_yours" in json.dumps(one)]
    reasons = [(one["type"], one["data"]["reasons"][0]) for one in refused]
    terms = {"sender": VILNIUS_FUND, "owner": KAUNAS}
    assert reasons == [
        ("contract.change.refused", {"code": "not_yours", "rule": "13", "terms": terms}),
        ("contract.change.refused", {"code": "not_yours", "rule": "13", "terms": terms}),
        ("invoice.review.refused", {"code": "not_yours", "rule": "15", "terms": terms}),
        ("recovery.refused", {"code": "not_yours", "rule": "20", "terms": terms}),
        ("recovery.refused", {"code": "not_yours", "rule": "20", "terms": terms}),
    ]
