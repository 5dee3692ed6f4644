"""Which traces are recorded: a share of the invoices, by their id: every service chooses the same ones."""

from random import random
from zlib import crc32

SPACE = 1 << 32


class Share:
    """A share of what could be recorded, 0 to 1."""

    def __init__(self, share: float) -> None:
        self.share, self._bound = share, round(share * SPACE)

    def has(self, invoice_id: str) -> bool:
        """Whether an invoice is recorded: the same answer in every process and after every restart."""
        return crc32(invoice_id.encode()) < self._bound

    def draw(self) -> bool:
        """Whether what is about no single invoice is recorded: by lot."""
        return random() < self.share  # noqa: S311 - chooses what is looked at, keeps no secret
