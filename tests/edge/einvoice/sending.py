"""What a provider that sends e-invoices meets, the same on both stacks: a test of each runs it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx
import mockeinvoice

from tests.cluster.quiet import until
from tests.edge.einvoice.made import PROVIDER, changed, invoice, line, ubl
from tests.runtime.funds import day, event

XML = {"Content-Type": "application/xml"}


@dataclass(frozen=True)
class Side:
    """A fund with a contract and cash behind a door, how others speak to it, and the orders that it gave."""

    client: httpx.AsyncClient
    publish: Callable[[Sequence[bytes]], Awaitable[object]]
    orders: Callable[[], Awaitable[list[dict[str, Any]]]]

    async def post(self, content: bytes) -> httpx.Response:
        return await self.client.post("/ubl", content=content, headers=XML)

    async def response(self, number: str = "A1", **asked: str) -> httpx.Response:
        return await self.client.get(f"/invoices/{PROVIDER}/{number}/response", params=asked)

    async def until(self, statuses: str, number: str = "A1", **asked: str) -> None:
        found = ""

        async def stands() -> bool:
            nonlocal found
            found = (await self.response(number, **asked)).headers.get("Psdf-Statuses", "")
            return found == statuses

        await until(stands, f"{number} has {statuses};", why_not=lambda: found)


async def an_invoice_is_received_accepted_and_paid(side: Side) -> None:
    content = ubl()
    digest = sha256(content).hexdigest()
    first, second = await asyncio.gather(side.post(content), side.post(content))
    assert first.status_code == 202, first.text
    assert first.content == second.content == (await side.post(content)).content
    receipt = first.json()
    assert (receipt["document"], receipt["invoice_id"]) == (f"sha256:{digest}", f"{PROVIDER}/A1")
    assert receipt["warnings"] == []
    await side.until("AB AP")
    assert (await side.client.get(receipt["responses"])).headers["Psdf-Statuses"] == "AB AP"
    await side.publish([day("2022-02-08"), day("2022-03-08"), day("2022-03-09")])

    async def ordered() -> bool:
        return bool(await side.orders())

    await until(ordered, "the invoice is ordered to be paid")
    for order in await side.orders():
        data = {"order_id": order["order_id"], "outcome": "executed", "on": order["on"]}
        at = f"{order['on']}T18:00:00+02:00"
        await side.publish([event("/treasury", f"x-{order['order_id']}", "payment.reported", at, data)])
    await side.until("AB AP PD")
    for status in ("AB", "AP", "PD"):
        answer = await side.response(status=status)
        said, report = mockeinvoice.validate_response(answer.content)
        assert (answer.headers["content-type"], report.verdict) == ("application/xml", "valid")
        assert (said.code, said.document.id) == (status, "A1")


async def what_is_wrong_is_told_and_not_taken(side: Side) -> None:
    for content, rule in [
        (changed("<Invoice", "<!DOCTYPE Invoice><Invoice", count=1), "PSDF-X03"),
        (changed("cbc:IssueDate", "cbc:IssueDay"), "XSD"),
        (changed(">3000.00</cbc:PayableAmount>", ">1.00</cbc:PayableAmount>"), "BR-CO-16"),
        (changed("PSDF:04", "04"), "PSDF-R13"),
    ]:
        answer = await side.post(content)
        assert (answer.status_code, [each["rule"] for each in answer.json()["errors"]]) == (422, [rule])
    assert (await side.response()).status_code == 404
    other = await side.post(changed("<cbc:DueDate>2022-03-09", "<cbc:DueDate>2022-02-28"))
    assert [each["rule"] for each in other.json()["warnings"]] == ["PSDF-W02"], "its contract is known"
    await side.until("AB CA AP")


async def a_number_with_other_content_is_rejected(side: Side) -> None:
    first = (await side.post(ubl())).json()["document"]
    await side.until("AB AP")
    second = (await side.post(ubl(invoice(lines=(line(price=1),))))).json()["document"]
    await side.until("AB RE", document=second)
    await side.until("AB AP", document=first)
    said, _ = mockeinvoice.read_response((await side.response()).content)
    assert (said.code, [each.reason_code for each in said.statuses]) == ("RE", ["LEG", "LEG", "NIN"])


ALL = (
    an_invoice_is_received_accepted_and_paid,
    what_is_wrong_is_told_and_not_taken,
    a_number_with_other_content_is_rejected,
)
