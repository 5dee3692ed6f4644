"""When a batch waits for company: where small ones never cease, few large ones cost broker, store and service less.

Each batch costs a fetch, a document and its offsets, however few events are in it: of one and a half invoices the
batches of a tenth of the load kept both cores busy, and an invoice waited for these longer than it waits for company.
"""

import asyncio

CEASED_S = 0.2
"""After so long without a batch, batches have ceased."""
MANY_BATCHES, MANY_RECORDS = 8, 256
"""So many that do not cease are a flow; so many records are company enough."""


class Company:
    """Of one member: how long the next batch waits. Who is busy for longer than that has had company meanwhile."""

    def __init__(self, pause_s: float) -> None:
        """``pause_s`` is how long one batch is fetched after another in a flow, at least, in seconds."""
        self._pause_s = pause_s
        self._batches, self._last = 0, -CEASED_S

    async def come(self, records: int) -> None:
        """Called after each batch: wait before the next is fetched, where small ones never cease."""
        loop = asyncio.get_running_loop()
        self._batches = self._batches + 1 if loop.time() - self._last < CEASED_S else 1
        if self._batches > MANY_BATCHES and records < MANY_RECORDS:
            await asyncio.sleep(self._last + self._pause_s - loop.time())
        self._last = loop.time()
