"""The hospital of the edge's demo: its contract and e-invoice, and the provider kit, run as a program of its own."""

import asyncio
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Final

from shared.demo.budgets import VLK
from shared.demo.deals import PSDF
from shared.demo.example import proposed
from shared.demo.post import Data
from shared.edge.einvoice.into_ubl import Seller, ubl_of
from shared.edge.kit import FOLDER
from shared.events.providers import InvoiceLine, InvoiceSubmitted
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.stop import Stop
from shared.kernel.value import value

HOSPITAL: Final = "390000017"
NAME: Final = "VšĮ Pavyzdinė ligoninė"
SOURCE: Final = f"/providers/{HOSPITAL}"
CONTRACT: Final = "C-LIG"
INVOICE: Final = f"{HOSPITAL}/L1"
IBAN: Final = "LT341000039000001700"
ARTICLE: Final = "01"
PRICES: Final[dict[str, Cents]] = {"STAC-1": 123_456, "DIEN-2": 100_137}
PIECES: Final = {"STAC-1": 1_000, "DIEN-2": 37}
ISSUED_ON: Final = date(2022, 2, 5)
KIT: Final = "from psdf_provider.command import run; run()"


def contract() -> Data:
    """The ``data`` of its ``contract.proposed``: a price list, no ceiling, 30 days."""
    return proposed(CONTRACT, ARTICLE, {"code": HOSPITAL, "name": NAME, "iban": IBAN}, PRICES)


def document(fund: Fund) -> bytes:
    """The hospital's e-invoice of January: UBL 2.1, Peppol BIS Billing 3."""
    lines = tuple(
        InvoiceLine(service_code=code, quantity=many, unit_price_cents=PRICES[code], amount_cents=many * PRICES[code])
        for code, many in PIECES.items()
    )
    submitted = InvoiceSubmitted(
        invoice_id=INVOICE,
        number="L1",
        kind="invoice",
        corrects=None,
        contract_id=CONTRACT,
        provider_code=HOSPITAL,
        payer=VLK,
        article=ARTICLE,
        source=PSDF,
        service_month="2022-01",
        issued_on=ISSUED_ON,
        amount_cents=sum(line.amount_cents for line in lines),
        lines=lines,
    )
    return ubl_of(submitted, Seller(name=NAME, iban=IBAN, due_on=date(2022, 3, 9)), fund)


@value
class Kit:
    """The kit at the hospital: its folder, and the fund's address; what it prints is what a person there reads."""

    folder: Path
    url: str

    async def __call__(self, *words: str, key: bool = False) -> str:
        """Do a command of ``psdf-provider``. Raises Stop where it fails, with what it said."""
        env = {
            **{name: text for name, text in os.environ.items() if not name.startswith("PSDF_")},
            "PYTHONPATH": str(FOLDER.parent),
            "PSDF_FUND_URL": self.url,
            "PSDF_SOURCE": SOURCE,
            "PSDF_OUTBOX": "outbox.sqlite3",
            **({"PSDF_KEY": "keys/key.pem"} if key else {}),
        }
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KIT, *words, cwd=self.folder, env=env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await started.communicate()
        if started.returncode:
            raise Stop(f"psdf-provider {' '.join(words)}: {(out + err).decode().strip()}")
        return out.decode()

    def request(self) -> Data:
        """What the hospital hands in to have its key registered."""
        asked: Data = json.loads((self.folder / "keys" / "request.json").read_bytes())
        return asked
