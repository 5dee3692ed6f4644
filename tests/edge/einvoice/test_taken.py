"""E-invoices over HTTP into a real fund: each step's own answer, receipts, and the responses that follow."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import mockeinvoice
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from shared.edge.einvoice import reception as reception_module
from shared.edge.einvoice.artefacts import NotHere
from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.of_journal import OfJournal
from shared.edge.einvoice.reception import Judges, Reception
from shared.edge.einvoice.records import CannotSay
from shared.edge.einvoice.routes import ubl_routes
from shared.journal.events import facts
from shared.journal.home import Home, reading
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from tests.adapters.serving import closed_port, running
from tests.edge.einvoice.made import IBAN, PROVIDER, changed, credit, invoice, line, ubl
from tests.runtime.funds import PATIENCE_S, day, event, fund, worked_start

XML = {"Content-Type": "application/xml"}
A1 = f"/invoices/{PROVIDER}/A1/response"
Post = Callable[..., Any]


class Here:
    """A fund with a contract and cash, its e-invoice routes, and a client."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, judges: Judges) -> None:
        self.stack, self.client, self.judges = stack, client, judges

    async def post(self, content: bytes, **headers: str) -> httpx.Response:
        return await self.client.post("/ubl", content=content, headers=XML | headers)

    async def statuses(self, path: str = A1) -> str:
        return (await self.client.get(path)).headers.get("Psdf-Statuses", "")

    def presented(self) -> list[str]:
        """The ids of the invoices in the journal."""
        with reading(self.stack.home) as connection:
            return [f.event_id for f in facts(connection, [b"invoice.submitted"], service="door")]


def by_header(request: Request) -> str | None:
    return request.headers.get("x-sender")


@pytest.fixture
async def here(tmp_path: Path, checker: Checker) -> AsyncIterator[Here]:
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
        judges = Judges(checker)
        app = Starlette(routes=ubl_routes(Reception(OfJournal(stack), judges), by_header))
        async with running(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
            yield Here(stack, client, judges)


def rules(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    return [each["rule"] for each in said.get("errors", [])]


async def test_an_e_invoice_is_in_the_journal_when_its_receipt_comes_and_its_bytes_are_kept(here: Here) -> None:
    content = ubl()
    digest = sha256(content).hexdigest()
    answer = await here.post(content)
    assert answer.status_code == HTTPStatus.ACCEPTED, answer.text
    receipt = answer.json()
    assert (receipt["document"], receipt["invoice_id"]) == (f"sha256:{digest}", f"{PROVIDER}/A1")
    assert receipt["warnings"] == []
    unsigned = {name: value for name, value in receipt.items() if name != "receipt"}
    written = json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert receipt["receipt"] == f"sha256:{sha256(written).hexdigest()}"
    assert here.presented() == [f"sha256:{digest}"]
    assert (here.stack.home.documents / f"{digest}.xml").read_bytes() == content


async def test_the_same_bytes_get_the_same_answer_and_are_one_invoice(here: Here) -> None:
    first, second = await asyncio.gather(here.post(ubl()), here.post(ubl()))
    third = await here.post(ubl())
    assert first.content == second.content == third.content
    assert len(set(here.presented())) == 1


async def test_what_was_in_the_journal_before_the_receipt_was_kept_gets_one(here: Here) -> None:
    """A kill between the two."""
    first = await here.post(ubl())
    for path in here.stack.home.documents.glob("*.json"):
        path.unlink()
    assert (await here.post(ubl())).content == first.content


async def test_its_original_stands_in_the_event_and_its_data_is_the_document_s(here: Here) -> None:
    content = ubl(invoice(lines=(line(), line("ORT-2", 7, 1_999))))
    await here.post(content)
    with reading(here.stack.home) as connection:
        (found,) = facts(connection, [b"invoice.submitted"], service="door")
        raw = b"".join(row[0] for row in connection.execute("SELECT plain(body) FROM commits WHERE service = 'door'"))
    assert found.data["amount_cents"] == 313_993
    assert [each["service_code"] for each in found.data["lines"]] == ["ORT-1", "ORT-2"]
    digest = sha256(content).hexdigest().encode()
    assert b'"dataref":"ubl/%s.xml"' % digest in raw
    assert b'"datasha256":"%s"' % digest in raw


@pytest.mark.parametrize(
    ("content", "headers", "status", "expected"),
    [
        (ubl(), {"Content-Type": "text/xml"}, 415, ["HTTP"]),
        (ubl(), {"Content-Encoding": "gzip"}, 415, ["HTTP"]),
        (b" " * 5_000_001, {}, 413, ["PSDF-X01"]),
        (ubl().decode().encode("utf-16"), {}, 415, ["PSDF-X02"]),
        (changed("<Invoice", "<!DOCTYPE Invoice><Invoice", count=1), {}, 422, ["PSDF-X03"]),
        (b"{}", {}, 422, ["PSDF-X04"]),
        (changed("cbc:IssueDate", "cbc:IssueDay"), {}, 422, ["XSD"]),
        (changed(">3000.00</cbc:PayableAmount>", ">1.00</cbc:PayableAmount>"), {}, 422, ["BR-CO-16"]),
        (changed("PSDF:04", "04"), {}, 422, ["PSDF-R13"]),
        (changed("2022-02-07", "1999-02-07"), {}, 422, ["PSDF-R17"]),
        (ubl(), {"x-sender": "/providers/191351679"}, 403, ["PSDF-R16"]),
    ],
)
async def test_each_step_has_its_own_answer_and_nothing_is_taken(
    here: Here, content: bytes, headers: dict[str, str], status: int, expected: list[str]
) -> None:
    answer = await here.post(content, **headers)
    assert (answer.status_code, rules(answer)) == (status, expected)
    assert here.presented() == []
    assert not here.stack.home.documents.exists()


async def test_a_body_without_its_length_is_stopped_where_it_is_too_large(here: Here) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(60):
            yield b" " * 100_000

    answer = await here.client.post("/ubl", content=in_pieces(), headers=XML)
    assert (answer.status_code, rules(answer)) == (413, ["PSDF-X01"])


@pytest.mark.parametrize("number", ["Nr. 7/2", "A/../../fund", "ė#1?x=%2F&", "response", "A/response"])
async def test_the_receipt_s_link_leads_to_the_responses_whatever_the_number_is(here: Here, number: str) -> None:
    receipt = (await here.post(ubl(invoice(number)))).json()
    assert receipt["invoice_id"] == f"{PROVIDER}/{number}"
    answer = await here.client.get(receipt["responses"])
    assert answer.headers.get("Psdf-Statuses") == "AB AP", answer.text
    assert mockeinvoice.read_response(answer.content)[0].document.id == number


async def test_a_sender_that_is_the_seller_is_taken(here: Here) -> None:
    answer = await here.post(ubl(), **{"x-sender": f"/providers/{PROVIDER}"})
    assert answer.status_code == HTTPStatus.ACCEPTED


async def test_responses_are_for_their_provider_alone_where_senders_are_known(here: Here) -> None:
    await here.post(ubl())
    own = await here.client.get(A1, headers={"x-sender": f"/providers/{PROVIDER}"})
    other = await here.client.get(A1, headers={"x-sender": "/providers/191351679"})
    assert (own.status_code, other.status_code) == (HTTPStatus.OK, HTTPStatus.FORBIDDEN)
    assert rules(other) == []
    assert "ApplicationResponse" not in other.text


async def test_errors_say_rule_path_and_words_in_both_languages(here: Here) -> None:
    (error,) = (await here.post(changed("PSDF:04", "04"))).json()["errors"]
    assert (error["rule"], error["path"]) == ("PSDF-R13", "cbc:AccountingCost")
    assert list(error) == ["rule", "path", "text_lt", "text"]
    assert error["text_lt"].startswith("nurodykite lėšas")
    assert error["text"].startswith("give the money's source")


async def test_an_invoice_of_a_closed_year_is_laid_aside_and_gets_no_receipt(here: Here) -> None:
    old = invoice(service_month="2010-01", issued_on=invoice().issued_on.replace(year=2010))
    answer = await here.post(ubl(old))
    assert (answer.status_code, rules(answer)) == (422, ["PSDF-R14"])
    assert not list(here.stack.home.documents.glob("*.json"))


async def test_where_all_must_sign_the_same_unsigned_document_twice_gets_no_receipt_either_time(here: Here) -> None:
    here.stack.signatures.all_sign = True
    for _ in range(2):
        answer = await here.post(ubl(invoice()))
        assert (answer.status_code, rules(answer)) == (422, ["PSDF-R14"]), answer.text


async def test_another_account_and_another_due_day_are_warnings_of_the_receipt(
    here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    content = changed(IBAN, "LT601010012345678901")
    content = changed("<cbc:DueDate>2022-03-09", "<cbc:DueDate>2022-02-28", of=content)
    warnings = (await here.post(content)).json()["warnings"]
    assert [each["rule"] for each in warnings] == ["PSDF-W01", "PSDF-W02"]
    assert "LT601010012345678901" in warnings[0]["text_lt"]
    assert "iban_differs: invoice 300111224/A1" in caplog.text
    assert await here.statuses() == "AB CA AP"


class Silent(Judges):
    def check(self, document: object) -> Any:  # noqa: ANN401, ARG002
        raise CannotSay("its check took longer than 10 seconds")


async def test_what_can_t_be_judged_now_is_503_and_not_taken(tmp_path: Path) -> None:
    async with fund(tmp_path) as stack:
        app = Starlette(routes=ubl_routes(Reception(OfJournal(stack), Silent())))
        async with running(app) as url, httpx.AsyncClient(base_url=url) as client:
            answer = await client.post("/ubl", content=ubl(), headers=XML)
    assert (answer.status_code, answer.headers["retry-after"], rules(answer)) == (503, "2", [])
    assert "took longer" in answer.json()["detail"]
    assert not Home(path=tmp_path).documents.exists()


async def test_without_the_engine_that_is_said_and_the_fund_runs_on(tmp_path: Path) -> None:
    missing = mock.patch.object(reception_module, "need_engine", side_effect=NotHere("saxonche is not installed"))
    async with fund(tmp_path) as stack, running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        with missing:
            answer = await client.post("/ubl", content=ubl(), headers=XML)
        alive = await client.get("/fund")
    assert (answer.status_code, rules(answer)) == (503, [])
    assert "retry-after" not in answer.headers
    assert "saxonche is not installed" in answer.json()["detail"]
    assert alive.status_code == HTTPStatus.OK


async def test_a_disk_that_takes_nothing_is_503_and_nothing_is_in_the_journal(here: Here) -> None:
    with mock.patch("shared.edge.einvoice.kept.os.fsync", side_effect=OSError(28, "No space left on device")):
        answer = await here.post(ubl())
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "No space left" in answer.json()["detail"]
    assert here.presented() == []


async def test_received_accepted_and_paid_is_a_response_each_that_mock_einvoice_takes(
    here: Here,
) -> None:
    await here.post(ubl())
    assert await here.statuses() == "AB AP"
    await _pay(here, on="2022-03-08")
    assert await here.statuses() == "AB AP PD"
    read = []
    for status in ("AB", "AP", "PD"):
        answer = await here.client.get(A1, params={"status": status})
        assert answer.headers["content-type"] == "application/xml"
        response, report = mockeinvoice.validate_response(answer.content)
        assert report.verdict == "valid"
        read.append((response.code, response.document.id))
    assert read == [("AB", "A1"), ("AP", "A1"), ("PD", "A1")]
    last = (await here.client.get(A1)).content
    assert last == (await here.client.get(A1, params={"status": "PD"})).content


async def _pay(here: Here, on: str) -> None:
    """The days until an order goes out, and the bank's answer to it."""
    told = await here.stack.publish([day("2022-02-08"), day(on), day("2022-03-09")])
    orders = [json.loads(each.raw)["data"] for each in told if each.topic == "payment.ordered"]
    for order in orders:
        data = {"order_id": order["order_id"], "outcome": "executed", "on": order["on"]}
        await here.stack.publish(
            [event("/treasury", f"x-{order['order_id']}", "payment.reported", f"{order['on']}T18:00:00+02:00", data)]
        )
    assert orders


async def test_an_invoice_without_its_contract_is_in_process_and_then_rejected(here: Here) -> None:
    await here.post(ubl(invoice(contract_id="C-9")))
    assert await here.statuses() == "AB IP"
    await here.stack.publish([day("2022-02-08")])
    assert await here.statuses() == "AB IP RE"
    response, _ = mockeinvoice.read_response((await here.client.get(A1)).content)
    assert [each.reason_code for each in response.statuses] == ["REF", "NIN"]
    assert response.statuses[0].conditions == [("BT-12", "C-9")]


async def test_other_content_under_a_number_is_rejected_and_the_first_document_keeps_its_answers(here: Here) -> None:
    first = (await here.post(ubl())).json()["document"]
    second = (await here.post(ubl(invoice(lines=(line(price=1),))))).json()["document"]
    assert await here.statuses() == "AB RE"
    assert await here.statuses(f"{A1}?document={first}") == "AB AP"
    assert await here.statuses(f"{A1}?document={second}") == "AB RE"
    assert (await here.client.get(f"{A1}?document=sha256:0")).status_code == HTTPStatus.NOT_FOUND


async def test_a_returned_invoice_that_comes_again_begins_anew(here: Here) -> None:
    content = ubl(invoice(service_month="2022-02"))
    await here.post(content)
    assert await here.statuses() == "AB RE"
    await here.stack.publish([day("2022-03-01")])
    again = changed("<cbc:DueDate>2022-03-09", "<cbc:DueDate>2022-04-08", of=content)
    with mock.patch.object(reception_module, "noon", lambda d: _noon(d.replace(month=3, day=7))):
        assert (await here.post(again)).status_code == HTTPStatus.ACCEPTED
    assert (await here.statuses()).split()[0] == "AB"
    assert (await here.statuses()).split()[-1] == "AP"


_noon = reception_module.noon


async def test_a_credit_note_is_accepted_and_paid_where_it_was_set_off(here: Here) -> None:
    await here.post(ubl())
    await here.post(ubl(credit(lines=(line(quantity=1, price=100_000),))))
    assert await here.statuses(f"/invoices/{PROVIDER}/K1/response") == "AB AP PD"
    assert await here.statuses() == "AB AP"


async def test_an_invoice_that_came_as_an_event_is_answered_too_and_none_is_404(here: Here) -> None:
    from tests.runtime.funds import invoice as as_event

    await here.stack.publish([as_event("A1", 500, "2022-02-07T10:00:00+02:00")])
    assert await here.statuses() == "AB AP"
    answer = await here.client.get(f"/invoices/{PROVIDER}/A2/response")
    assert (answer.status_code, rules(answer)) == (404, [])
    assert (await here.client.get(A1, params={"status": "PD"})).status_code == HTTPStatus.NOT_FOUND


@pytest.fixture
async def supplier(here: Here) -> AsyncIterator[httpx.AsyncClient]:
    """mock-einvoice as the supplier: it sends to our door, and holds what comes back to Peppol's order of statuses."""
    port = int(closed_port().rpartition(":")[2])
    command = [sys.executable, "-m", "mockeinvoice", "--port", str(port), "--buyer-url", f"{here.client.base_url}/ubl"]
    process = await asyncio.create_subprocess_exec(*command, "--quiet", "--clock", "2022-02-07T09:00")
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            await _answers(client)
            yield client
    finally:
        process.terminate()
        await process.wait()


async def _answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                (await client.get("/_mock/sent")).raise_for_status()
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                return


async def test_a_supplier_that_is_not_ours_sends_an_invoice_and_takes_each_response_in_peppol_s_order(
    here: Here, supplier: httpx.AsyncClient
) -> None:
    sent = (
        await supplier.post("/_mock/sent", content=changed("<cbc:DueDate>2022-03-09", "<cbc:DueDate>2022-03-01"))
    ).json()
    assert (sent["verdict"], sent["delivery"]["status"]) == ("valid", HTTPStatus.ACCEPTED)
    await _pay(here, on="2022-03-08")
    statuses = (await here.statuses()).split()
    assert statuses == ["AB", "CA", "AP", "PD"]
    for status in statuses:
        xml = (await here.client.get(A1, params={"status": status})).content
        taken = await supplier.post("/responses", content=xml, headers=XML)
        assert taken.status_code == HTTPStatus.CREATED, taken.text
        assert not taken.json().get("ignored"), taken.text
        assert (await supplier.get(f"/_mock/sent/{sent['id']}")).json()["status"] == status
