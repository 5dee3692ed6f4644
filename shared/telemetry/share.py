"""Which traces are recorded: a share of the invoices, by their id: every service chooses the same ones."""

from zlib import crc32

SPACE = 1 << 32


class Share:
    """A share of what could be recorded, 0 to 1."""

    def __init__(self, share: float) -> None:
        self.share, self._bound = share, round(share * SPACE)

    def has(self, subject_id: str) -> bool:
        """Whether an invoice, or an event about none, is recorded: the same in every process, always."""
        return crc32(subject_id.encode()) < self._bound
