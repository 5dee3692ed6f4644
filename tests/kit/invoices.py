"""Invoices of the fund to try out (``psdf run --seed``), for the provider kit."""

from typing import Any

from tests import sent

SOURCE = "/providers/300111224"
AT = "2022-02-07T10:00:00+02:00"
CONTRACT: dict[str, Any] = {
    "contract_id": "C-1",
    "year": 2022,
    "payer": "VLK",
    "article": "04",
    "source": "PSDF",
    "provider": {"code": "300111224", "name": "UAB Ortopedijos centras", "iban": "LT121000011101001000"},
    "ceiling_cents": None,
    "valid_from": "2022-01-01",
    "valid_to": "2022-12-31",
    "payment_days": 30,
    "services": [{"code": "ORT-1", "unit_price_cents": 100_000}, {"code": "ORT-2", "unit_price_cents": 45_000}],
    "review": "automatic",
}


def data(number: str = "A1", month: str = "2022-01", **more: object) -> dict[str, Any]:
    """The data of a good invoice: three pieces at the contract's price."""
    found = sent.invoice(CONTRACT, number, month, "2022-02-05", [sent.line("ORT-1", 3, 100_000)])
    return found | more
