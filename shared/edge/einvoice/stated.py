"""What a document states, as the invoice of the public contract: what the provider kit checks, signs and sends."""

import msgspec

from shared.edge.einvoice.into_event import submitted_of
from shared.edge.einvoice.xml import read_document
from shared.events.providers import InvoiceSubmitted
from shared.kernel.fund import Fund


def stated(content: bytes, fund: Fund) -> tuple[InvoiceSubmitted, bytes]:
    """The invoice, and its JSON. Raises Refused for a document that states none which the fund could take."""
    submitted = submitted_of(read_document(content), fund, None)
    return submitted, msgspec.json.format(msgspec.json.encode(submitted), indent=1) + b"\n"
