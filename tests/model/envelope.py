"""Reading an inbound event as the contract says: exactly these fields, of these kinds; defaults filled in."""

import json
import re
from datetime import date, datetime
from typing import Any

from tests.model.plain import PAYERS, Data, Event, vilnius

TEXT, FREE, CENTS, COUNT, DATE, MONTH, BOOL, PAYER, SOURCE = (
    "text free cents count date month bool payer source".split()
)
PART = ("main", "risk")
KIND = ("9.1", "9.2")

LINE = {"service_code": TEXT, "quantity": COUNT, "unit_price_cents": CENTS, "amount_cents": CENTS}
REASON = {"code": TEXT, "rule": TEXT, "terms": dict}
Q4 = {"q1_cents": CENTS, "q2_cents": CENTS, "q3_cents": CENTS, "q4_cents": CENTS}

# field: kind, or (kind, default); a list [shape] is a list of records, a dict a record, a tuple of texts a choice
SHAPES: dict[str, dict[str, Any]] = {
    "day.started": {"date": DATE},
    "budget.approved": {
        "year": COUNT,
        "edition": COUNT,
        "law": TEXT,
        "in_force_from": DATE,
        "revenue": [{"code": TEXT, "name": TEXT, "sodra": BOOL, "amount_cents": CENTS}],
        "revenue_total_cents": CENTS,
        "expenses": [
            {"article": TEXT, "name": TEXT, "health_care": BOOL, "sodra": {"": BOOL, "=": False}, "amount_cents": CENTS}
        ],
        "expenses_total_cents": CENTS,
        "working_capital_cents": CENTS,
        "reserve_main_cents": CENTS,
        "reserve_risk_cents": CENTS,
        "state_funds_cents": CENTS,
        "reserve_transfer_cents": {"": CENTS, "=": 0},
        "working_capital_before_cents": {"": CENTS, "=": None},
    },
    "distribution.proposed": {
        "year": COUNT,
        "edition": COUNT,
        "quarters": [{"article": TEXT, **Q4}],
        "shares": [{"payer": PAYER, "article": TEXT, "amount_cents": CENTS}],
        "revenue_quarters": {"": [{"code": TEXT, **Q4}], "=": []},
    },
    "contract.proposed": {
        "contract_id": TEXT,
        "year": COUNT,
        "payer": PAYER,
        "article": TEXT,
        "source": SOURCE,
        "provider": {"code": TEXT, "name": TEXT, "iban": TEXT},
        "ceiling_cents": {"": CENTS, "=": None},
        "valid_from": DATE,
        "valid_to": DATE,
        "payment_days": {"": COUNT, "=": 30},
        "services": [{"code": TEXT, "unit_price_cents": CENTS}],
        "review": {"": ("automatic", "clerk"), "=": "automatic"},
    },
    "contract.change.proposed": {"contract_id": TEXT, "ceiling_cents": {"": CENTS, "=": None}},
    "contract.account.proposed": {"contract_id": TEXT, "iban": TEXT},
    "contract.ended": {"contract_id": TEXT, "on": DATE},
    "invoice.submitted": {
        "invoice_id": TEXT,
        "number": TEXT,
        "kind": ("invoice", "credit"),
        "corrects": {"": TEXT, "=": None},
        "contract_id": TEXT,
        "provider_code": TEXT,
        "payer": PAYER,
        "article": TEXT,
        "source": SOURCE,
        "service_month": MONTH,
        "issued_on": DATE,
        "lines": [LINE],
        "amount_cents": CENTS,
    },
    "invoice.reviewed": {
        "invoice_id": TEXT,
        "contract_id": TEXT,
        "verdict": ("accept", "return"),
        "reasons": {"": [REASON], "=": []},
    },
    "account.credited": {
        "payer": PAYER,
        "source": {"": SOURCE, "=": "PSDF"},
        "amount_cents": CENTS,
        "value_on": DATE,
        "reference": TEXT,
    },
    "administration.paid": {
        "payer": PAYER,
        "year": COUNT,
        "article": TEXT,
        "amount_cents": CENTS,
        "paid_on": DATE,
        "reference": TEXT,
    },
    "payment.reported": {
        "order_id": TEXT,
        "outcome": ("executed", "rejected", "returned"),
        "on": DATE,
        "reason": {"": TEXT, "=": None},
    },
    "revenue.received": {
        "year": COUNT,
        "code": TEXT,
        "amount_cents": CENTS,
        "received_on": DATE,
        "offset": BOOL,
        "reference": TEXT,
    },
    "surplus.proposed": {
        "year": COUNT,
        "article": TEXT,
        "amount_cents": CENTS,
        "decided_on": DATE,
        "document": FREE,
    },
    "reserve.use.proposed": {
        "year": COUNT,
        "part": PART,
        "amount_cents": CENTS,
        "purpose": FREE,
        "article": {"": TEXT, "=": None},
        "decided_on": DATE,
        "document": FREE,
    },
    "reserve.transfer.approved": {"year": COUNT, "kind": KIND, "amount_cents": CENTS, "document": FREE},
    "reserve.transfer.reported": {"year": COUNT, "kind": KIND, "amount_cents": CENTS, "on": DATE},
    "sodra.statement.submitted": {
        "year": COUNT,
        "quarter": COUNT,
        "submission": COUNT,
        "transferred_cents": CENTS,
        "offset_cents": CENTS,
        "related_cents": CENTS,
        "compensation_cents": CENTS,
    },
    "sodra.statement.reviewed": {
        "year": COUNT,
        "quarter": COUNT,
        "submission": COUNT,
        "verdict": ("approve", "return"),
        "reasons": {"": [REASON], "=": []},
    },
    "payer.year.reported": {
        "payer": PAYER,
        "year": COUNT,
        "source": {"": SOURCE, "=": "PSDF"},
        "received_cents": CENTS,
        "used_cents": CENTS,
        "balance_cents": CENTS,
    },
    "payer.merged": {"payer": PAYER, "into": PAYER, "on": DATE},
    "recovery.claimed": {
        "claim_id": TEXT,
        "provider_code": TEXT,
        "invoice_id": {"": TEXT, "=": None},
        "amount_cents": CENTS,
        "basis": ("20", "21"),
        "reason": TEXT,
    },
    "recovery.settled": {
        "claim_id": TEXT,
        "amount_cents": CENTS,
        "how": ("repaid", "set_off", "written_off"),
        "invoice_id": {"": TEXT, "=": None},
        "document": FREE,
    },
}

EDITION, TRANSFER, QUARTER = "{year}-{edition}", "{year}-{kind}", "{year}-Q{quarter}"
SUBJECTS = {
    "day.started": "{date}",
    "budget.approved": EDITION,
    "distribution.proposed": EDITION,
    "contract.proposed": "{contract_id}",
    "contract.change.proposed": "{contract_id}",
    "contract.account.proposed": "{contract_id}",
    "contract.ended": "{contract_id}",
    "invoice.submitted": "{invoice_id}",
    "invoice.reviewed": "{invoice_id}",
    "account.credited": "{payer}",
    "payment.reported": "{order_id}",
    "administration.paid": "{reference}",
    "revenue.received": "{reference}",
    "surplus.proposed": "{document}",
    "reserve.use.proposed": "{document}",
    "reserve.transfer.approved": TRANSFER,
    "reserve.transfer.reported": TRANSFER,
    "sodra.statement.submitted": QUARTER,
    "sodra.statement.reviewed": QUARTER,
    "payer.year.reported": "{payer}-{source}-{year}",
    "payer.merged": "{payer}",
    "recovery.claimed": "{claim_id}",
    "recovery.settled": "{claim_id}",
}


class Malformed(Exception):  # noqa: N818 - it is what the contract calls it
    """An event that cannot be read."""


def scalar(kind: str, got: object) -> bool:
    """Whether a value is of a plain kind."""
    if kind in (CENTS, COUNT):
        return type(got) is int and got >= (0 if kind == CENTS else 1)
    if kind == BOOL:
        return type(got) is bool
    if not isinstance(got, str):
        return False
    if kind == DATE:
        try:
            return str(date.fromisoformat(got)) == got
        except ValueError:
            return False
    choices = {PAYER: PAYERS, SOURCE: ("PSDF", "STATE")}
    if kind == MONTH:
        return bool(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", got))
    return got in choices[kind] if kind in choices else kind == FREE or bool(got)


def read(shape: Any, got: Any, where: str) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """The value with its defaults, or Malformed."""
    if isinstance(shape, dict) and "" in shape:
        return shape["="] if got is None else read(shape[""], got, where)
    if isinstance(shape, dict):
        return record(shape, got, where)
    if isinstance(shape, list):
        if not isinstance(got, list):
            raise Malformed(where)
        return [read(shape[0], item, where) for item in got]
    good = (
        isinstance(got, dict) if shape is dict else (got in shape if isinstance(shape, tuple) else scalar(shape, got))
    )
    if not good:
        raise Malformed(f"{where}: {got!r}")
    return got


def record(shape: dict[str, Any], got: object, where: str) -> Data:
    """A record with exactly these fields."""
    if not isinstance(got, dict) or set(got) - set(shape):
        raise Malformed(f"{where}: {got!r}")
    for name, kind in shape.items():
        if name not in got and not (isinstance(kind, dict) and "" in kind):
            raise Malformed(f"{where}.{name} is missing")
    return {name: read(kind, got.get(name), f"{where}.{name}") for name, kind in shape.items()}


def speaks_for_itself(event: Event, data: Data) -> bool:
    """Whether a provider or a TLK names nobody else."""
    source = event["source"]
    if event["type"] == "invoice.submitted":
        return bool(source == f"/providers/{data['provider_code']}")
    if source.startswith("/tlk/") and "payer" in data:
        return bool(source == f"/tlk/{data['payer']}")
    return True


def invoice_in_range(data: Data) -> bool:
    """Whether amounts and quantities are above 0 and the id is the provider's."""
    return (
        data["amount_cents"] > 0
        and bool(data["lines"])
        and all(line["amount_cents"] > 0 and line["unit_price_cents"] > 0 for line in data["lines"])
        and data["invoice_id"] == f"{data['provider_code']}/{data['number']}"
    )


def parse(event: Event) -> Data:
    """The data of an inbound event with its defaults; Malformed where it cannot be read."""
    if event.get("type") not in SHAPES:
        raise Malformed("unknown type")
    data = record(SHAPES[event["type"]], event.get("data"), event["type"])
    when = datetime.fromisoformat(event["time"])
    if event["type"] == "day.started" and str(vilnius(when)) != data["date"]:
        raise Malformed("not the day of its time")
    if not speaks_for_itself(event, data):
        raise Malformed("speaks for another")
    if event["type"] == "invoice.submitted" and not invoice_in_range(data):
        raise Malformed("out of range")
    if event.get("subject") not in (None, SUBJECTS[event["type"]].format_map(data)):
        raise Malformed("about something else")
    if event["type"] == "invoice.submitted" and not (
        data["number"].isascii() and data["number"] == data["number"].strip()
    ):
        raise Malformed("a number that looks like another one")
    if event["type"] == "recovery.claimed" and not data["reason"].strip():
        raise Malformed("no reason")
    return data


def content(event: Event) -> str:
    """What makes two events with one id the same."""
    return json.dumps(event, sort_keys=True, ensure_ascii=False)
