"""How an order is called at the bank: a short name that its answers bring back (point 16)."""

import hashlib
from base64 import b32encode

PREFIX = "PSDF"
LONGEST = 35


def end_to_end_id(order_id: str) -> str:
    """Name the order for the bank: ``PSDF`` and 31 characters A-Z, 2-7 of the base32 of the sha256 of its id.

    The bank takes at most 35 characters of a small set, and an order's id holds a provider's own invoice number; a hash
    fits any number, and 155 bits of it never meet by chance. The same order always has the same name.
    """
    digest = hashlib.sha256(order_id.encode()).digest()
    return (PREFIX + b32encode(digest).decode())[:LONGEST]
