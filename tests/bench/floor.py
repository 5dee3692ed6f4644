"""The floor of the embedded stack: the same hops without a rule.

An invoice passes the door, invoicing, and then contracts, payments and claims; its three messages are validated with
the same models where they are heard, each service serialises what it stores and says, and commits a group of 500: one
row a stream, in one transaction, with our store. That is all the work here: no state, no decision, no chain, no check of
what came twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from services.contracts.state import AcceptedCounted
from services.payments.events import InvoiceEntered
from services.reconciliation.claims import InvoiceKnown
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.codec import Decision, Entry, encode_decisions
from shared.engine.journal import GENESIS, Commit
from shared.events.invoicing import InvoiceAccepted
from shared.events.payments import PaymentScheduled
from shared.kernel.calendar import VILNIUS
from shared.messages.read import parse
from shared.messages.write import _CloudEvent as CloudEvent

DAY, MOMENT, DUE = date(2022, 2, 1), datetime(2022, 2, 1, 8, tzinfo=VILNIUS), date(2022, 3, 3)
INVOICE = "300000001/1-1"
COUNTED = AcceptedCounted(contract_id="C-1", amount_cents=18_750)
KNOWN = InvoiceKnown(
    invoice_id=INVOICE, provider_code="300000001", contract_id="C-1", service_month="2022-01", amount_cents=18_750
)
BOTH: dict[str, Any] = {
    "invoice_id": INVOICE,
    "contract_id": "C-1",
    "provider_code": "300000001",
    "iban": "LT121000011101001000",
    "payer": "VLK",
    "article": "01",
    "source": "PSDF",
    "service_month": "2022-01",
    "amount_cents": 18_750,
    "accepted_on": DAY,
    "due_on": DUE,
    "arrived_at": MOMENT,
}
ACCEPTED = InvoiceAccepted(
    **BOTH,
    kind="invoice",
    corrects=None,
    received_on=DAY,
    resubmitted_on=None,
    check_by=date(2022, 2, 17),
    content="0" * 32,
    rules=("15", "16"),
)
ENTERED = InvoiceEntered(**BOTH, compensation=False)
SCHEDULED = PaymentScheduled(
    payment_id=f"{INVOICE}@2022",
    invoice_id=INVOICE,
    year=2022,
    payer="VLK",
    article="01",
    source="PSDF",
    amount_cents=18_750,
    over_appropriation_cents=0,
    notice_no=None,
    accepted_on=DAY,
    pay_on=DUE,
    due_on=DUE,
    terms={
        "share_cents": 90_000_000_000_000,
        "payer_committed_cents": 18_750_000,
        "article_limit_cents": 90_000_000_000_000,
        "article_committed_cents": 18_750_000,
        "notified_cents": 0,
        "asked_cents": 18_750,
        "total_limit_cents": 90_000_000_000_000,
        "total_committed_cents": 18_750_000,
    },
    rules=("16", "HIL 14(3)"),
)

HOPS = ("door", "invoicing", "contracts", "payments", "reconciliation")
Hop: TypeAlias = list[list[tuple[str, bytes]]]

_encode = msgspec.json.Encoder().encode


class Floor:
    """A journal as ours, with each provider's invoices in a stream of their own."""

    def __init__(self, path: Path) -> None:
        connection = connect(path)
        self._stores = {name: SqliteStore(connection, name) for name in HOPS}
        self._versions: Counter[tuple[str, str]] = Counter()

    async def handle(self, batch: Sequence[bytes]) -> None:
        """Let a batch of submitted invoices pass all hops."""
        streams = [str(parse(raw, outside=True).data.key("psdf")) for raw in batch]
        await self._commit("door", {"door": [[("door.received", raw)] for raw in batch]})
        accepted = [_encode(ACCEPTED) for _ in batch]
        of_stream: dict[str, Hop] = {}
        for stream, data in zip(streams, accepted, strict=True):
            of_stream.setdefault(stream, []).append([(ACCEPTED.type, data)])
        await self._commit("invoicing", of_stream)
        for message in [said("/invoicing", ACCEPTED.type, data) for data in accepted]:
            parse(message, outside=False)
        await self._commit("contracts", {"contracts": [[(COUNTED.type, _encode(COUNTED))] for _ in batch]})
        scheduled = [_encode(SCHEDULED) for _ in batch]
        entered = [[(ENTERED.type, _encode(ENTERED)), (SCHEDULED.type, data)] for data in scheduled]
        await self._commit("payments", {"fund": entered})
        await self._commit("reconciliation", {"claims": [[(KNOWN.type, _encode(KNOWN))] for _ in batch]})
        for message in [said("/payments", SCHEDULED.type, data) for data in scheduled]:
            parse(message, outside=False)

    async def _commit(self, hop: str, decided: Mapping[str, Hop]) -> None:
        commits = []
        for stream, decisions in decided.items():
            self._versions[hop, stream] += 1
            body = encode_decisions([decision(events) for events in decisions])
            version = self._versions[hop, stream]
            commits.append(Commit(stream=stream, version=version, body=body, prev_hash=GENESIS, hash=GENESIS))
        await self._stores[hop].append(commits)


def decision(events: Sequence[tuple[str, bytes]]) -> Decision:
    """A decision as it is stored."""
    return Decision(
        source="/providers/300000001",
        id="i1-1",
        content="0" * 32,
        moment="2022-02-01T08:00:00+02:00",
        day=DAY,
        rules="Nutarimas Nr. 589, Nr. 1181 redakcija",
        position=1,
        events=tuple(Entry(type=type_, data=msgspec.Raw(data)) for type_, data in events),
    )


def said(source: str, type_: str, data: Any) -> bytes:  # noqa: ANN401 - bytes of any event
    """A message as it is told."""
    return _encode(
        CloudEvent(
            specversion="1.0",
            id="b747855f-5457-5ffa-a2c3-51bee7a7e1f6",
            source=source,
            type=type_,
            subject=INVOICE,
            time="2022-02-01T08:00:00+02:00",
            datacontenttype="application/json",
            causationid="i1-1",
            data=msgspec.Raw(data),
        )
    )
