"""Floors that nothing of ours can make faster or slower: they import none of it, and are never changed.

``same_rows`` stores what an invoice leaves behind as we do, one row a stream and hop; ``bare`` one row a hop and batch.
Each reads the message by msgspec into typed records, writes the same seven documents as JSON, and commits a batch in one
durable SQLite transaction of its own file. Against the first one sees what rules, chain and memory cost; against the
second what the design costs.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

DAY, DUE, MONTH, INVOICE = "2022-02-01", "2022-03-03", "2022-01", "300000001/1-1"
POT = {"payer": "VLK", "article": "01", "source": "PSDF"}
ABOUT = {"invoice_id": INVOICE, "contract_id": "C-1", "provider_code": "300000001"}
ACCEPTED = {
    **ABOUT, **POT, "iban": "LT121000011101001000", "kind": "invoice", "corrects": None, "service_month": MONTH,
    "amount_cents": 18_750, "received_on": DAY, "resubmitted_on": None, "check_by": "2022-02-17", "accepted_on": DAY,
    "due_on": DUE, "arrived_at": "2022-02-01T08:00:00+02:00", "content": "0" * 32, "rules": ["15", "16"],
}  # fmt: skip
COUNTED = {"contract_id": "C-1", "amount_cents": 18_750}
ENTERED = {
    **ABOUT, **POT, "iban": "LT121000011101001000", "service_month": MONTH, "amount_cents": 18_750, "accepted_on": DAY,
    "due_on": DUE, "arrived_at": "2022-02-01T08:00:00+02:00", "compensation": False,
}  # fmt: skip
SCHEDULED = {
    **POT, "payment_id": f"{INVOICE}@2022", "invoice_id": INVOICE, "year": 2022, "amount_cents": 18_750,
    "over_appropriation_cents": 0, "notice_no": None, "accepted_on": DAY, "pay_on": DUE, "due_on": DUE,
    "terms": {
        "share_cents": 90_000_000_000_000, "payer_committed_cents": 18_750_000,
        "article_limit_cents": 90_000_000_000_000, "article_committed_cents": 18_750_000, "notified_cents": 0,
        "asked_cents": 18_750, "total_limit_cents": 90_000_000_000_000, "total_committed_cents": 18_750_000,
    },
    "rules": ["16", "HIL 14(3)"],
}  # fmt: skip
KNOWN = {**ABOUT, "service_month": MONTH, "amount_cents": 18_750}

_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct):
    """A line of an invoice."""

    service_code: str
    quantity: int
    unit_price_cents: int
    amount_cents: int


class Invoice(msgspec.Struct):
    """What a provider says."""

    invoice_id: str
    contract_id: str
    provider_code: str
    payer: str
    article: str
    source: str
    service_month: str
    amount_cents: int
    lines: list[Line]


class Submitted(msgspec.Struct):
    """The message in which it says so."""

    id: str
    source: str
    type: str
    time: str
    data: Invoice


_submitted = msgspec.json.Decoder(Submitted)


class FrozenFloor:
    """A file of its own, durable at each batch."""

    def __init__(self, path: Path, *, same_rows: bool) -> None:
        """``same_rows`` is one row a stream and hop; else one a hop and batch."""
        self._same_rows, self._number = same_rows, 0
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE rows (hop TEXT, stream TEXT, number INTEGER, body BLOB)")

    def handle(self, batch: Sequence[bytes]) -> None:
        """Let a batch of submitted invoices pass all hops."""
        invoices = [_submitted.decode(raw) for raw in batch]
        self._number += 1
        of_stream: dict[str, list[bytes]] = {}
        for submitted in invoices:
            stream = submitted.data.provider_code if self._same_rows else ""
            of_stream.setdefault(stream, []).append(_decision(("invoice.accepted", ACCEPTED)))
        messages = [_encode({"id": each.id, "data": ACCEPTED}) for each in invoices]
        messages += [_encode({"id": each.id, "data": SCHEDULED}) for each in invoices]
        rows = [("door", "door", list(batch)), *(("invoicing", *found) for found in of_stream.items())]
        rows.append(("contracts", "contracts", [_decision(("counted", COUNTED)) for _ in batch]))
        paid = [_decision(("entered", ENTERED), ("payment.scheduled", SCHEDULED)) for _ in batch]
        rows += [("payments", "fund", paid), ("claims", "claims", [_decision(("known", KNOWN)) for _ in batch])]
        self._db.execute("BEGIN IMMEDIATE")
        stored = [(hop, stream, self._number, b"[%s]" % b",".join(bodies)) for hop, stream, bodies in rows]
        self._db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", stored)
        self._db.execute("COMMIT")


def _decision(*events: tuple[str, dict[str, Any]]) -> bytes:
    told = [{"type": type_, "data": data} for type_, data in events]
    return _encode({"source": "/providers/300000001", "id": "i1-1", "day": DAY, "position": 1, "events": told})
