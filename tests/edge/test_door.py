"""The door by the CloudEvents HTTP binding 1.0.2, its JSON format and its webhook specification: point by point."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from shared.edge.rates import Rates
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.edge.signing import Signer
from tests.runtime import served
from tests.runtime.funds import day, fund, invoice, until, worked_start

ONE, LINES = "application/cloudevents+json", "application/x-ndjson"
BATCH = "application/cloudevents-batch+json"
AT = "2022-02-07T10:00:00+02:00"
stack, client = served.stack, served.client


async def send(client: httpx.AsyncClient, body: bytes, kind: str = ONE, **headers: str) -> httpx.Response:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/events", content=body, headers={"Content-Type": kind} | more)


def outcomes(answer: httpx.Response) -> list[tuple[str, int]]:
    return [(each["outcome"], each["status"]) for each in answer.json()["answers"]]


# --------------------------------------------------------------------------------------------------- the content modes


@pytest.mark.parametrize(
    "kind", [ONE, "APPLICATION/CloudEvents+JSON; charset=UTF-8", 'application/cloudevents+json; charset="utf-8"']
)
async def test_structured_mode_is_taken_however_its_media_type_is_written(client: httpx.AsyncClient, kind: str) -> None:
    answer = await send(client, invoice("A1", 500, AT), kind)
    assert (answer.status_code, outcomes(answer)) == (200, [("accepted", 200)])


def binary(raw: bytes, **more: str) -> tuple[dict[str, str], bytes]:
    event = json.loads(raw)
    data = event.pop("data")
    return {f"ce-{name}": value for name, value in (event | more).items()}, json.dumps(data).encode()


async def test_binary_mode_is_the_same_event_as_structured_mode(client: httpx.AsyncClient) -> None:
    raw = invoice("A1", 500, AT)
    headers, body = binary(raw)
    first = await client.post("/events", content=body, headers=headers | {"Content-Type": "application/json"})
    again = await send(client, raw)
    assert outcomes(first) == outcomes(again) == [("accepted", 200)]
    assert first.json()["answers"][0]["dates"] == again.json()["answers"][0]["dates"]


async def test_a_header_is_unquoted_then_percent_decoded_once(client: httpx.AsyncClient) -> None:
    headers, body = binary(invoice("A ž1", 500, AT), id="Euro%20%E2%82%AC", time=f'"{AT}"')
    answer = await client.post("/events", content=body, headers=headers | {"Content-Type": "application/json"})
    assert "id: 'Euro €'" in answer.json()["detail"], "the euro is no letter of an id, and was decoded"
    headers, body = binary(invoice("A ž1", 500, AT), id='"x%2520y"', subject="300111224/A%20%C5%BE1")
    answer = await client.post("/events", content=body, headers=headers | {"Content-Type": "application/json"})
    assert answer.json()["answers"][0]["id"] == "x%20y"


@pytest.mark.parametrize(
    ("headers", "status", "told"),
    [
        ({"ce-id": "%C0%A0"}, 400, "ce-id: its percent-encoded bytes are not UTF-8"),
        ({"ce-datacontenttype": "application/json"}, 400, "in binary mode Content-Type and the body say it"),
        ({"ce-data": "{}"}, 400, "in binary mode Content-Type and the body say it"),
        ({"Content-Type": "application/json; charset=latin-1"}, 415, "charset is latin-1: JSON is UTF-8"),
        ({"Content-Type": "application/xml"}, 422, "datacontenttype: 'application/xml' is not JSON"),
        ({"ce-specversion": "0.3"}, 422, "specversion: '0.3' is not '1.0'"),
    ],
)
async def test_a_binary_message_that_is_none_is_told_why(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, told: str
) -> None:
    mine, body = binary(invoice("A1", 500, AT))
    answer = await client.post("/events", content=body, headers=mine | {"Content-Type": "application/json"} | headers)
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text


async def test_data_that_is_no_json_or_in_base64_says_what_to_do(client: httpx.AsyncClient) -> None:
    mine, _ = binary(invoice("A1", 500, AT))
    answer = await client.post("/events", content=b"{", headers=mine | {"Content-Type": "application/json"})
    assert (answer.status_code, "data_base64: the data is JSON" in answer.json()["detail"]) == (422, True)


async def test_an_empty_batch_is_a_batch(client: httpx.AsyncClient) -> None:
    answer = await send(client, b" [] ", BATCH)
    assert (answer.status_code, answer.json()) == (202, {"answers": []})


async def test_a_batch_is_answered_event_by_event_and_ids_are_kept(client: httpx.AsyncClient) -> None:
    orphan = invoice("A2", 500, AT, contract_id="C-9")
    returned = invoice("A3", 500, AT, month="2022-02")
    answer = await send(client, b"[%s,%s,%s,7]" % (invoice("A1", 500, AT), orphan, returned), BATCH)
    assert answer.status_code == 202
    assert outcomes(answer) == [("accepted", 200), ("waiting", 202), ("returned", 200), ("parked", 422)]
    assert [each["id"] for each in answer.json()["answers"]] == ["i-A1", "i-A2", "i-A3", None]
    (reason,) = answer.json()["answers"][2]["reasons"]
    assert (reason["code"], reason["mends"], reason["terms"]["month"]) == ("month_not_over", True, "2022-02")
    assert reason["why"]["lt"] == "2022-02 mėn. dar nepasibaigęs (2022-02-07)"
    assert reason["advice"]["lt"] == "Pateikite iš naujo, kai mėnuo pasibaigs."


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/vnd.lab+json", "text/json"])
async def test_json_by_another_name_is_json(client: httpx.AsyncClient, kind: str) -> None:
    event = {**json.loads(invoice("A1", 500, AT)), "datacontenttype": kind, "dataschema": None}
    assert outcomes(await send(client, json.dumps(event).encode())) == [("accepted", 200)]


@pytest.mark.parametrize(
    "kind", ["application/cloudevents+avro", "application/cloudevents-batch+xml", "text/plain", "application/xml"]
)
async def test_another_event_format_and_what_is_no_event_is_415(client: httpx.AsyncClient, kind: str) -> None:
    answer = await send(client, invoice("A1", 500, AT), kind)
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, "application/problem+json")
    assert (await send(client, b"x", ONE, Content_Encoding="gzip")).headers["Accept-Encoding"] == "identity"
    assert (await send(client, invoice("A1", 500, AT), f"{ONE}; charset=iso-8859-13")).status_code == 415


# -------------------------------------------------------------------------------------------- somebody else's programs


@pytest.mark.parametrize("structured", [True, False])
async def test_python_cloudevents_sends_what_is_taken(client: httpx.AsyncClient, structured: bool) -> None:
    event = json.loads(invoice("A ž1", 500, AT))
    data = event.pop("data")
    attributes: dict[str, Any] = event | {"datacontenttype": "application/json", "subject": "300111224/A ž1"}
    attributes["time"] = datetime.fromisoformat(attributes["time"])
    made = CloudEvent(attributes=attributes, data=data)
    message = to_structured_event(made) if structured else to_binary_event(made)
    answer = await client.post("/events", content=message.body, headers=message.headers)
    assert (answer.status_code, outcomes(answer)) == (200, [("accepted", 200)]), answer.text


# ------------------------------------------------------------------------------------------- methods, handshake, rates


async def test_what_is_not_allowed_names_what_is(client: httpx.AsyncClient) -> None:
    answer = await client.put("/events", content=b"{}")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
    assert answer.json()["type"] == "urn:psdf:problem:method"


async def test_the_webhooks_handshake_allows_the_origin_and_tells_the_rate(client: httpx.AsyncClient) -> None:
    asked = {"WebHook-Request-Origin": "his.example.lt", "WebHook-Request-Rate": "120"}
    answer = await client.options("/events", headers=asked)
    assert answer.headers["WebHook-Allowed-Origin"] == "his.example.lt"
    assert int(answer.headers["WebHook-Allowed-Rate"]) >= 120
    assert "POST" in answer.headers["Allow"]
    plain = await client.options("/events")
    assert not [name for name in plain.headers if name.startswith("webhook")]


async def test_a_day_is_nobodys_to_send_where_the_fund_has_a_clock(tmp_path: Path) -> None:
    async with fund(tmp_path, moment="arrival") as stack, running(fund_app(stack)) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            answer = await send(client, day("2022-02-08"))
            assert (answer.status_code, outcomes(answer)) == (403, [("refused", 403)])
            assert "the fund's own clock tells the days" in answer.json()["detail"]
            both = await send(client, b"[%s,%s]" % (day("2022-02-08"), invoice("A1", 500, AT)), BATCH)
            assert outcomes(both) == [("refused", 403), ("waiting", 202)]
        assert stack.engine("door").streams() == ["door"]


async def test_who_sends_too_much_waits_and_others_do_not(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.edge.door.Rates", lambda: Rates(a_second=1, burst=2, clock=lambda: 0.0))
    async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        raws = [invoice(f"A{n}", 500, AT, month="2022-01") for n in range(3)]
        assert (await send(client, b"\n".join(raws[:2]), LINES)).status_code == 200
        over = await send(client, raws[2])
        assert (over.status_code, over.json()["type"]) == (429, "urn:psdf:problem:too-many")
        assert 1 <= int(over.headers["Retry-After"]) <= 2
        assert "/providers/300111224 has sent more" in over.json()["detail"]
        other = raws[2].replace(b"300111224", b"300111222")
        assert (await send(client, other)).status_code == 202
        assert outcomes(await send(client, other)) == [("waiting", 202)]


async def test_who_sends_in_anothers_name_uses_up_its_own_rate_and_not_the_others(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of events that nobody has signed is its address's, whatever sources it names."""
    monkeypatch.setattr("shared.edge.door.Rates", lambda: Rates(a_second=1, burst=4, clock=lambda: 0.0))
    signer = await Signer().registered(stack)
    stack.signatures.all_sign = True
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with (
        running(fund_app(stack)) as url,
        httpx.AsyncClient(base_url=url) as client,
        httpx.AsyncClient(base_url=url, transport=elsewhere) as stranger,
    ):
        forged = b"\n".join(invoice(f"F{n}", 500, AT) for n in range(4))
        assert (await send(stranger, forged, LINES)).status_code == 422
        assert (await send(stranger, forged, LINES)).status_code == 429
        names = [b"/providers/%d" % (300_111_000 + n) for n in range(5)]
        made_up = [invoice("M", 500, AT).replace(b"/providers/300111224", name) for name in names]
        assert (await send(stranger, b"\n".join(made_up[:4]), LINES)).status_code == 422
        over = await send(stranger, made_up[4])
        assert (over.status_code, over.json()["detail"][:23]) == (429, "127.0.0.2 has sent more"), over.text
        assert outcomes(await send(client, signer.sign(invoice("A1", 500, AT)))) == [("accepted", 200)]


def test_a_bucket_fills_again_and_takes_all_or_nothing() -> None:
    now = [0.0]
    rates = Rates(a_second=2, burst=10, clock=lambda: now[0])
    assert rates.take(["/a"] * 8 + ["/b"] * 10) is None
    assert rates.take(["/a", "/b"]) == ("/b", 1)
    assert rates.take(["/a"] * 3) == ("/a", 1)
    now[0] = 0.5
    assert rates.take(["/a"] * 3) is None, "a refused request takes no token, and half a second gives one"
    now[0] = 1000
    assert rates.take(["/a"] * 25) is None, "more than a bucket holds goes when it is full"
    assert rates.take(["/a"]) == ("/a", 8)


# ------------------------------------------------------------------------------------------------------------- waiting


def waits(stack: Stack) -> bool:
    """Whether an invoice waits for its contract."""
    invoicing = stack.engine("invoicing")
    return any(invoicing.state(each).waiting for each in invoicing.streams() if each.startswith("provider:"))


def contract(id_: str) -> bytes:
    """The contract for which an invoice may wait."""
    proposal = json.loads(worked_start()[2])
    data = proposal["data"] | {"contract_id": id_, "services": []}
    return json.dumps(proposal | {"id": id_, "subject": id_, "time": AT, "data": data}).encode()


async def test_prefer_wait_holds_the_answer_until_it_is_there(stack: Stack, client: httpx.AsyncClient) -> None:
    orphan = invoice("A1", 500, AT, contract_id="C-2")
    asked = asyncio.create_task(send(client, orphan, Prefer="respond-async, wait=30"))
    await until(lambda: waits(stack))
    assert not asked.done()
    await stack.publish([contract("C-2")])
    answer = await asked
    assert (outcomes(answer), answer.headers["Preference-Applied"]) == ([("accepted", 200)], "wait=30")
    hurried = await send(client, invoice("A2", 500, AT, contract_id="C-9"), Prefer="wait=0")
    assert (hurried.status_code, outcomes(hurried)) == (202, [("waiting", 202)])
    assert (await send(client, orphan, Prefer="wait=soon")).status_code == 400


async def test_who_has_many_requests_that_wait_is_answered_at_once(
    stack: Stack, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.edge.door.MOST_WAITS", 1)
    first = asyncio.create_task(send(client, invoice("W1", 500, AT, contract_id="C-9"), Prefer="wait=30"))
    await until(lambda: waits(stack))
    second = await send(client, invoice("W2", 500, AT, contract_id="C-9"), Prefer="wait=30")
    assert (second.status_code, "Preference-Applied" in second.headers) == (202, False)
    assert not first.done()
    await stack.publish([contract("C-9")])
    assert outcomes(await first) == [("accepted", 200)]
