"""``make bench``: measures the embedded stack, writes build/bench.json and prints a table. One run, one machine."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

from services.invoicing.domain import InvoiceAccepted
from services.payments.events import Scheduled
from shared.kernel.calendar import VILNIUS
from tests.bench import embedded, world

RUNS = 3
INVOICES = 24_000
LARGE = 300_000
RESTART = 100_000
WINDOW = 10_000

ACCEPTED = InvoiceAccepted(
    invoice_id="300000001/1-1",
    contract_id="C-1",
    provider_code="300000001",
    iban="LT121000011101001000",
    payer="VLK",
    article="01",
    source="PSDF",
    kind="invoice",
    corrects=None,
    service_month="2022-01",
    amount_cents=18_750,
    received_on=date(2022, 2, 1),
    resubmitted_on=None,
    check_by=date(2022, 2, 17),
    accepted_on=date(2022, 2, 1),
    due_on=date(2022, 3, 3),
    arrived_at=datetime(2022, 2, 1, 8, tzinfo=VILNIUS),
    content="0" * 32,
    rules=("15", "16"),
)
SCHEDULED = Scheduled(
    payment_id="300000001/1-1@2022",
    invoice_id="300000001/1-1",
    year=2022,
    payer="VLK",
    article="01",
    source="PSDF",
    amount_cents=18_750,
    over_appropriation_cents=0,
    notice_no=None,
    accepted_on=date(2022, 2, 1),
    pay_on=date(2022, 3, 3),
    due_on=date(2022, 3, 3),
    terms={"share_cents": 1, "payer_committed_cents": 1, "article_limit_cents": 1, "asked_cents": 1},
    rules=("16", "HIL 14(3)"),
)


def main() -> None:
    """Measure and print."""
    print(json.dumps(measure(), indent=1), file=sys.stderr)


if __name__ == "__main__":
    main()
