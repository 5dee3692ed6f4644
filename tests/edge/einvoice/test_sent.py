"""What a provider meets that sends e-invoices, on the embedded stack; ``tests/cluster`` runs the same at a gate."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.of_journal import OfJournal
from shared.edge.einvoice.reception import Judges, Reception
from shared.edge.einvoice.routes import ubl_routes
from shared.engine.outbox import Message
from tests.adapters.serving import running
from tests.edge.einvoice.sending import ALL, Side
from tests.runtime.funds import fund, worked_start


@pytest.mark.parametrize("meets", ALL, ids=lambda each: each.__name__)
async def test_what_a_sender_meets(meets: Callable[[Side], Awaitable[None]], tmp_path: Path, checker: Checker) -> None:
    async with fund(tmp_path) as stack:
        told = list[Message]()
        stack.listeners.append(told.extend)
        await stack.publish(worked_start()[:4])

        async def orders() -> list[dict[str, Any]]:
            return [json.loads(each.raw)["data"] for each in told if each.topic == "payment.ordered"]

        app = Starlette(routes=ubl_routes(Reception(OfJournal(stack), Judges(checker))))
        async with running(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
            await meets(Side(client, stack.publish, orders))
