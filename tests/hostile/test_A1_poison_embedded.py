"""A1, A3, A11, A15: nothing of the poison list stops an embedded fund: afterwards, and restarted, an invoice is paid."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from http import HTTPStatus
from pathlib import Path

import httpx

from shared.journal.home import Home, held
from shared.messages.read import MAX_BYTES
from shared.runtime.embedded import Stack, open_fund
from shared.runtime.http import fund_app
from shared.runtime.settings import read_settings
from tests.adapters.serving import running
from tests.bench import world
from tests.hostile.poisonous import found, largest
from tests.runtime.funds import FUND, said

CONTRACTS = 40
PARKED = {"A1", "A3", "A11", "M2", "F7", "F8", "F11", "F12", "F13"}
"""Rows of which nothing is taken; what others say is decided by its rules."""


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Stack]:
    """A fund as ``psdf run`` opens it, but in the events' own time."""
    home = Home(path=folder)
    with held(home, FUND.fund_id):
        async with open_fund(home, FUND, moment="event", most_days=read_settings().most_days) as stack:
            yield stack


async def is_paid(stack: Stack, number: int) -> None:
    """An honest invoice is accepted, scheduled, ordered on its day, and carried out by the bank."""
    told = said(await stack.publish([world.invoice(number, 1, 5)]))
    (payment,) = [data for kind, data in told if kind == "payment.scheduled"]
    day = date.fromisoformat(payment["pay_on"])
    orders = [
        data["order_id"] for kind, data in said(await stack.publish([world.started(day)])) if kind == "payment.ordered"
    ]
    told = said(await stack.publish([world.executed(order, day) for order in orders]))
    assert [data["invoice_id"] for kind, data in told if kind == "payment.executed"][-1:] == [payment["invoice_id"]]


async def test_A1_A3_A11_A15_after_the_whole_poison_list_an_honest_invoice_is_paid(tmp_path: Path) -> None:
    async with opened(tmp_path) as stack:
        await stack.publish(list(world.beginning(CONTRACTS * world.MONTHS)))
        for row, topic, raw in found():
            told = {message.topic for message in await stack.publish([raw])}
            assert row.split()[0] not in PARKED or [each for each in told if each.endswith(".parked")], (
                row,
                topic,
                told,
            )
        async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
            for row, topic, raw in [*found(), *largest()]:
                kinds = ("application/json", "application/x-ndjson", "application/cloudevents-batch+json")
                for kind in kinds if len(raw) < MAX_BYTES // 10 else kinds[:1]:
                    answer = await client.post("/events", content=raw, headers={"Content-Type": kind})
                    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (row, topic, answer.text[:500])
        await is_paid(stack, 0)
    async with opened(tmp_path) as stack:
        await is_paid(stack, 11)
