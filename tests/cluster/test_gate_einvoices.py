"""A gate takes e-invoices and calls webhooks on a real Kafka and a real store; killed with ``kill -9`` it loses no call."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.local import Report
from psdf_provider import check_webhook
from shared.edge.einvoice.artefacts import Artefacts
from tests.cluster.fleet import Fleet, fleet
from tests.cluster.quiet import until
from tests.cluster.test_gate import ONE, SERVICES, called
from tests.edge.einvoice.conftest import rules
from tests.edge.einvoice.made import invoice, ubl
from tests.edge.einvoice.sending import XML, Side, a_number_with_other_content_is_rejected
from tests.edge.einvoice.sending import an_invoice_is_received_accepted_and_paid as is_paid
from tests.edge.einvoice.sending import what_is_wrong_is_told_and_not_taken as is_told
from tests.edge.receiver import Receiver, receiving
from tests.edge.signing import PROVIDER
from tests.runtime.funds import psdf, worked_start

__all__ = ["rules"]

pytestmark = pytest.mark.connected

PERSONS = ("--by", "Ona Onaitė", "--approved-by", "Petras Petraitis")


@asynccontextmanager
async def with_a_contract(
    stack: Report, fund: str, folder: Path, receiver: Receiver | None = None
) -> AsyncIterator[Fleet]:
    """Services and a gate, with the first four events of the worked start; the gate trusts the receiver."""
    async with fleet(stack, fund, folder, partitions=2) as here:
        here.env = {"SSL_CERT_FILE": str(folder / "receiver.pem")} if receiver else {}
        *_, gate = await here.started(*SERVICES, "gate")
        async with called(gate) as client:
            for raw in worked_start()[:4]:
                await client.post("/events", content=raw, headers=ONE | {"Prefer": "wait=30"})
            await here.quiet()
        yield here


@pytest.mark.parametrize("meets", [is_paid, is_told, a_number_with_other_content_is_rejected])
@pytest.mark.usefixtures("rules")
async def test_what_a_sender_of_e_invoices_meets(
    meets: Callable[[Side], Awaitable[None]], stack: Report, fund: str, tmp_path: Path
) -> None:
    async with with_a_contract(stack, fund, tmp_path) as here, called(here.members[-1]) as client:

        async def orders() -> list[dict[str, Any]]:
            return [each["data"] for each in await here.told(["payment.ordered"])]

        await meets(Side(client, here.send, orders))


async def test_a_gate_that_is_killed_has_lost_no_call_and_another_goes_on_with_the_same_ids(
    stack: Report, fund: str, tmp_path: Path, rules: Artefacts
) -> None:
    assert rules
    numbers = [f"A{number}" for number in range(1, 9)]
    async with (
        receiving(tmp_path) as receiver,
        with_a_contract(stack, fund, tmp_path, receiver) as here,
    ):
        env = {"PSDF_KAFKA": stack.bootstrap, "PSDF_MONGO": stack.mongo_url}
        env |= {"PSDF_PREFIX": here.prefix, "PSDF_PARTITIONS": "2"}

        async def typed(*args: str) -> str:
            done = await asyncio.to_thread(psdf, "webhooks", *args, **env)
            assert done.returncode == 0, done.stderr
            return done.stdout

        async def listed() -> list[dict[str, str]]:
            return list(json.loads(await typed("list", "--json"))["webhooks"])

        await typed("register", PROVIDER, receiver.url, "--networks", "127.0.0.0/8,::1/128", *PERSONS)
        (webhook,) = await listed()
        assert (webhook["source"], webhook["state"]) == (PROVIDER, "called")
        await until(lambda: here_calls(here), "the gate knows from where on it calls")
        gate = here.members[-1]
        key = here.folder / "gate" / "receipts.pem"
        async with called(gate) as client:
            for number in numbers:
                answer = await client.post("/ubl", content=ubl(a_month(number)), headers=XML)
                assert answer.status_code == 202, answer.text

        async def some_came() -> bool:
            return len(receiver.came) >= 3

        await until(some_came, "it calls")
        gate.kill()
        assert gate.log
        (again,) = await here.started("gate")
        await here.quiet()
        said = await here.told(["invoice.accepted", "payment.scheduled"])
        due = {each["id"] for each in said}
        assert len(due) == 2 * len(numbers)

        async def all_came() -> bool:
            return set(receiver.ids) >= due

        await until(all_came, "every answer was called")
        assert set(receiver.ids) == due
        assert len(receiver.ids) - len(due) <= 1, "but for the one that was under way each is called once"
        from shared.edge.keys import OwnKey

        for headers, body in receiver.came:
            assert check_webhook(headers, body, [OwnKey(key).webhook_key]) == headers["webhook-id"]
        await typed("remove", PROVIDER, "--reason", "moved", *PERSONS)
        assert await listed() == []
        assert again.lives


async def here_calls(here: Fleet) -> bool:
    """Whether it is written down from where on the source is called."""
    from pymongo import AsyncMongoClient

    from shared.edge.gate_store import StoreCalls

    async with AsyncMongoClient[dict[str, Any]](here.stack.mongo_url) as client:
        return bool(await StoreCalls(client, here.prefix.rstrip(".")).all())


def a_month(number: str) -> Any:  # noqa: ANN401 - an invoice
    """An invoice of a month of its own."""
    from datetime import date

    month = int(number[1:])
    return invoice(number, service_month=f"2022-{month:02}", issued_on=date(2022, 9, 7))
