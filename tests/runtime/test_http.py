"""The fund over HTTP, with real sockets."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.journal.parked import release_id
from shared.messages.read import MAX_BYTES
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.runtime.funds import day, event, fund, invoice, worked_start
from tests.telemetry.prometheus import samples

LINES = {"Content-Type": "application/x-ndjson"}
ONE = {"Content-Type": "application/cloudevents+json"}
CREDIT_OF_NOTHING: dict[str, Any] = {"kind": "credit", "corrects": "300111224/NONE"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A fund with the first four events of the worked start: a budget, its shares, a contract and cash."""
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
        async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
            yield client


async def post(client: httpx.AsyncClient, *raws: bytes) -> list[dict[str, Any]]:
    answer = await client.post("/events", content=b"\n".join(raws), headers=LINES)
    given: list[dict[str, Any]] = answer.json()["answers"]
    outcomes = {each["outcome"] for each in given}
    assert answer.status_code == (422 if outcomes == {"parked"} else 202 if "waiting" in outcomes else 200), answer.text
    return [{name: said for name, said in each.items() if name not in ("status", "receipt")} for each in given]


async def test_an_invoice_is_answered_with_its_dates_and_again_with_the_first_answer(client: httpx.AsyncClient) -> None:
    first = invoice("A1", 500, "2022-02-07T10:00:00+02:00")
    (answer,) = await post(client, first)
    assert answer == {
        "id": "i-A1",
        "type": "invoice.submitted",
        "outcome": "accepted",
        "invoice_id": "300111224/A1",
        "dates": {
            "received_on": "2022-02-07",
            "check_by": "2022-02-22",
            "accepted_on": "2022-02-07",
            "due_on": "2022-03-09",
        },
    }
    assert await post(client, first) == [answer]
    later = invoice("A1", 500, "2022-02-09T10:00:00+02:00", issued_on="2022-02-07", id_="another")
    assert await post(client, later) == [answer | {"id": "another"}]


async def test_a_returned_and_a_refused_invoice_are_answered_with_their_reasons(client: httpx.AsyncClient) -> None:
    early = invoice("A1", 500, "2022-02-07T10:00:00+02:00", month="2022-02")
    credit = invoice("K1", 500, "2022-02-07T10:00:00+02:00", **CREDIT_OF_NOTHING)
    returned, refused = await post(client, early, credit)
    assert (returned["outcome"], [reason["code"] for reason in returned["reasons"]]) == ("returned", ["month_not_over"])
    assert returned["reasons"][0]["terms"] == {"month": "2022-02", "received_on": "2022-02-07"}
    assert (refused["outcome"], [r["code"] for r in refused["reasons"]]) == ("refused", ["unknown_correction"])
    assert await post(client, early, credit) == [returned, refused]


async def test_an_invoice_whose_contract_is_not_known_waits(client: httpx.AsyncClient) -> None:
    orphan = invoice("A1", 500, "2022-02-07T10:00:00+02:00", contract_id="C-9")
    (answer,) = await post(client, orphan)
    assert (answer["outcome"], answer["waits_for"], answer["dates"]["check_by"]) == (
        "waiting",
        "contract",
        "2022-02-22",
    )
    assert await post(client, orphan) == [answer]
    await post(client, day("2022-02-08"))
    (answer,) = await post(client, orphan)
    assert (answer["outcome"], answer["reasons"][0]["code"]) == ("returned", "unknown_contract")


async def test_what_can_not_be_read_is_parked_and_the_others_go_on(client: httpx.AsyncClient) -> None:
    good = invoice("A1", 500, "2022-02-07T10:00:00+02:00")
    negative = invoice("A2", -500, "2022-02-07T10:00:00+02:00")
    changed = invoice("A1", 501, "2022-02-07T10:00:00+02:00")
    spoken_for = good.replace(b"/providers/300111224", b"/providers/300111222")
    answers = await post(client, b"rubbish", negative, good, changed, spoken_for)
    assert [answer["outcome"] for answer in answers] == ["parked", "parked", "accepted", "parked", "parked"]
    assert answers[0]["error"].startswith("not JSON")
    assert "amount_cents: -500 is not a whole number of cents from 1" in answers[1]["error"]
    assert "i-A1 of /providers/300111224 came before with other content" in answers[3]["error"]
    assert "source" in answers[4]["error"]
    parked = (await client.get("/parked")).json()["parked"]
    assert sorted(each["topic"] for each in parked) == ["invoice.submitted"] * 3 + ["unknown"]
    metrics = (await client.get("/metrics")).text
    assert samples(metrics)["psdf_parked_total{topic=invoice.submitted}"] == 3


async def test_a_parked_event_is_released_once(client: httpx.AsyncClient) -> None:
    await post(client, invoice("A1", 500, "2022-02-07T10:00:00+02:00"))
    reused_id = invoice("A2", 600, "2022-03-07T10:00:00+02:00", month="2022-02", id_="i-A1")
    assert (await post(client, reused_id))[0]["outcome"] == "parked"
    (parked,) = (await client.get("/parked")).json()["parked"]
    released = await client.post(f"/parked/{parked['id']}/release", json={})
    assert (released.status_code, released.json()["answers"][0]["outcome"]) == (200, "accepted")
    assert [each["released"] for each in (await client.get("/parked")).json()["parked"]] == [True]
    again = await client.post(f"/parked/{parked['id']}/release", json={})
    assert (again.status_code, "released before" in again.json()["detail"]) == (409, True)


@pytest.mark.parametrize(("code", "answered"), [("300111222", 200), ("300111224", 422)])
async def test_a15_who_sends_an_event_under_the_id_of_a_release_releases_nothing(
    client: httpx.AsyncClient, code: str, answered: int
) -> None:
    """The id is public: it follows from the parked one's. What counts is that the same event comes again.

    Another sender changes nothing; the parked event's own sender only takes the id from itself, and that is told.
    """
    await post(client, invoice("A1", 500, "2022-02-07T10:00:00+02:00"))
    reused_id = invoice("A2", 600, "2022-03-07T10:00:00+02:00", month="2022-02", id_="i-A1")
    await post(client, reused_id)
    (parked,) = (await client.get("/parked")).json()["parked"]
    forged = json.loads(invoice("A3", 700, "2022-04-07T10:00:00+03:00", month="2022-03", id_=release_id(parked["id"])))
    data = {**forged["data"], "provider_code": code, "invoice_id": f"{code}/A3"}
    event = {**forged, "source": f"/providers/{code}", "causationid": parked["id"], "data": data}
    await post(client, json.dumps(event).encode())
    shown = (await client.get("/parked")).json()["parked"]
    assert shown[0]["released"] is False
    assert (await client.post(f"/parked/{parked['id']}/release", json={})).status_code == answered


async def test_one_event_lines_and_a_batch_are_taken(client: httpx.AsyncClient) -> None:
    raws = [invoice(f"A{n}", 500, "2022-06-07T10:00:00+03:00", month=f"2022-0{n}") for n in range(1, 5)]
    one = await client.post("/events", content=raws[0], headers=ONE)
    lines = await client.post("/events", content=b"\n\n".join(raws[1:3]) + b"\n", headers=LINES)
    batch = {"Content-Type": "application/cloudevents-batch+json; charset=utf-8"}
    many = await client.post("/events", content=b"[" + raws[3] + b"]", headers=batch)
    answers = [each for answer in (one, lines, many) for each in answer.json()["answers"]]
    assert [each["outcome"] for each in answers] == ["accepted"] * 4
    no_list = await client.post("/events", content=b'{"a": 1}', headers=batch)
    assert [each["outcome"] for each in no_list.json()["answers"]] == ["parked"]


@pytest.mark.parametrize(
    ("headers", "body", "status", "told"),
    [
        ({"Content-Type": "text/plain"}, b"{}", 415, "Content-Type is text/plain: give application/cloudevents+json"),
        ({}, b"{}", 415, "Content-Type is missing"),
        (LINES, b"\n \n", 400, "the body holds no event"),
        (ONE, b"x" * (MAX_BYTES + 1), 413, f"the body has more than {MAX_BYTES} bytes: send the events in several"),
    ],
)
async def test_a_body_that_is_none_is_one_clear_error(
    client: httpx.AsyncClient, headers: dict[str, str], body: bytes, status: int, told: str
) -> None:
    answer = await client.post("/events", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(told)
    assert (await client.get("/parked")).json() == {"parked": [], "next": None}


async def test_other_events_are_taken_refused_or_known(client: httpx.AsyncClient) -> None:
    raise_ceiling = event(
        "/vlk", "c-1", "contract.change.proposed", "2022-02-07T10:00:00+02:00",
        {"contract_id": "NONE", "ceiling_cents": 1},
    )  # fmt: skip
    taken, refused = await post(client, day("2022-02-07"), raise_ceiling)
    assert taken == {"id": "2022-02-07", "type": "day.started", "outcome": "taken"}
    assert (refused["outcome"], refused["reasons"][0]["code"]) == ("refused", "unknown_contract")
    assert [each["outcome"] for each in await post(client, day("2022-02-07"), raise_ceiling)] == ["known", "known"]


async def test_the_story_of_an_invoice_and_errors_are_json(client: httpx.AsyncClient) -> None:
    await post(client, invoice("A/1 ž", 500, "2022-02-07T10:00:00+02:00"))
    story = (await client.get("/invoices/300111224/A%2F1%20%C5%BE", params={"lang": "lt"})).json()
    assert [step["type"] for step in story["steps"]] == ["invoice.submitted", "invoice.accepted", "payment.scheduled"]
    assert story["steps"][1]["sentence"].startswith("Sąskaita patikrinta ir priimta")
    assert {point["number"] for point in story["points"]} >= {"15", "16"}
    unknown = await client.get("/invoices/300111224/A9")
    assert (unknown.status_code, unknown.headers["Content-Type"]) == (404, "application/problem+json")
    assert unknown.json() == {
        "type": "urn:psdf:problem:not-found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "no event about invoice 300111224/A9 is known",
    }
    wrong = await client.get("/invoices/300111224/A9", params={"lang": "de"})
    assert (wrong.status_code, wrong.json()["detail"]) == (400, "lang is lt or en, not de")
    assert (await client.get("/nothing")).json()["type"] == "urn:psdf:problem:not-found"


async def test_18_a_letter_on_its_way_is_tried_at_the_operators_word(client: httpx.AsyncClient) -> None:
    """This fund has no ministry: nothing is on its way. That one is tried: tests/console/test_letter_tries.py."""
    json_ = {"Content-Type": "application/json"}
    unknown = await client.post("/notices/2022-04-1/try", content=b"{}", headers=json_)
    assert (unknown.status_code, unknown.json()["detail"]) == (404, "no letter of a notice 2022-04-1 is on its way")
    form = await client.post("/notices/2022-04-1/try", data={"a": "b"})
    assert (form.status_code, "give application/json" in form.json()["detail"]) == (415, True)


async def test_views_and_metrics_show_the_same_numbers(client: httpx.AsyncClient) -> None:
    await post(client, *worked_start()[4:])
    record = (await client.get("/fund")).json()
    notices = (await client.get("/notices")).json()
    metrics = samples((await client.get("/metrics")).text)
    (queue,), (cash,) = record["standing"]["queues"], record["standing"]["cash"]
    assert (queue["length"], queue["age_days"], cash["cash_cents"]) == (1, 5, 280_000_000)
    assert metrics["psdf_queue_length{article=04,payer=VLK,source=PSDF}"] == 1
    assert metrics["psdf_queue_age_days{article=04,payer=VLK,source=PSDF}"] == 5
    assert metrics["psdf_cash_cents{payer=VLK,source=PSDF}"] == 280_000_000
    assert metrics["psdf_article_left_cents{article=04}"] == 1_000_000
    assert metrics["psdf_days_to_nearest_term{}"] == 26
    assert metrics["psdf_ready{}"] == 1
    assert metrics["psdf_decisions_total{kind=payment.executed,service=payments}"] == 1
    assert metrics["psdf_relay_lag{service=payments}"] == 0
    count = metrics["psdf_commit_seconds_count{service=payments}"]
    assert metrics["psdf_commit_seconds_bucket{le=+Inf,service=payments}"] == count > 0
    assert [each["notice_no"] for each in notices["under_way"]] == ["2022-04-1"]
    assert json.dumps(notices["told"]) == "[]"
    assert (await client.get("/readyz")).text == (await client.get("/livez")).text == "ok"
