"""A provider's kit for the compulsory health insurance fund: check invoices, sign and send them, hear the answers."""

from psdf_provider.checking import Finding, check
from psdf_provider.contract import Answer, InvoiceLine, Receipt
from psdf_provider.door import VERSION, Door, Patience
from psdf_provider.errors import FileError, NotReached, NotTaken, ProviderError, SignatureError
from psdf_provider.invoices import Invoice, invoice, read
from psdf_provider.keys import Key
from psdf_provider.mending import Do, Mended, mend, what_to_do
from psdf_provider.outbox import Entry, Outbox
from psdf_provider.provider import Provider, Told
from psdf_provider.signing import sign, verify
from psdf_provider.ubl import Checked, check_ubl
from psdf_provider.webhooks import check_webhook

__all__ = [
    "VERSION",
    "Answer",
    "Checked",
    "Do",
    "Door",
    "Entry",
    "FileError",
    "Finding",
    "Invoice",
    "InvoiceLine",
    "Key",
    "Mended",
    "NotReached",
    "NotTaken",
    "Outbox",
    "Patience",
    "Provider",
    "ProviderError",
    "Receipt",
    "SignatureError",
    "Told",
    "check",
    "check_ubl",
    "check_webhook",
    "invoice",
    "mend",
    "read",
    "sign",
    "verify",
    "what_to_do",
]
