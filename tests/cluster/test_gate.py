"""The gate on a real Kafka: events in over HTTP, answers and receipts out of the topics, keys, and kill -9."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from confluent_kafka import Producer

from deploy.local import Report, free_port
from shared.edge.keys import keyid_of, read_key
from shared.edge.signatures import sign
from shared.edge.tokens import token
from tests.cluster.fleet import Fleet, fleet
from tests.cluster.member import Member
from tests.cluster.quiet import until
from tests.edge.certificates import Authority
from tests.edge.signing import PROVIDER
from tests.runtime.funds import event, invoice, psdf, worked_start

pytestmark = pytest.mark.connected

AT = "2022-02-07T10:00:00+02:00"
LINES = {"Content-Type": "application/x-ndjson"}
ONE = {"Content-Type": "application/cloudevents+json"}
SERVICES = ("contracts", "invoicing", "payments")


def called(member: Member) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{member.port}", timeout=60)


@asynccontextmanager
async def gated(stack: Report, fund: str, folder: Path) -> AsyncIterator[tuple[Fleet, Member]]:
    """Three services and a gate, with the first four events of the worked start sent through it."""
    async with fleet(stack, fund, folder, partitions=2) as here:
        *_, gate = await here.started(*SERVICES, "gate")
        async with called(gate) as client:
            for raw in worked_start()[:4]:  # one after another: each stands on what was decided on the one before
                answer = await client.post("/events", content=raw, headers=ONE | {"Prefer": "wait=30"})
                assert answer.status_code in (200, 202), answer.text
            await here.quiet()
        yield here, gate


async def page(client: httpx.AsyncClient, **asked: str) -> dict[str, Any]:
    answer = await client.get("/answers", params={"source": PROVIDER} | asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_invoice_goes_in_and_its_answers_come_out(stack: Report, fund: str, tmp_path: Path) -> None:
    async with gated(stack, fund, tmp_path) as (here, gate), called(gate) as client:
        raw = invoice("A1", 500, AT)
        held = await client.post("/events", content=raw, headers=ONE | {"Prefer": "wait=30"})
        (answer,) = held.json()["answers"]
        assert (held.status_code, answer["outcome"], answer["dates"]["due_on"]) == (200, "accepted", "2022-03-09")
        assert held.headers["Preference-Applied"] == "wait=30"
        receipt = (await client.get(held.headers["Location"])).json()
        assert (receipt["receipt"]["digest"], receipt["receipt"]["source"]) == (sha256(raw).hexdigest(), PROVIDER)
        assert receipt["receipt"]["lies_at"].startswith(f"{here.prefix}invoice.submitted/")
        assert json.loads(base64.b64decode(receipt["dsse"]["payload"])) == receipt["receipt"]
        first = await page(client, limit="2")
        assert [each["event"]["type"] for each in first["answers"]] == ["contract.concluded", "invoice.accepted"]
        waiting = asyncio.create_task(page(client, after=first["after"], wait="30"))
        assert [each["event"]["type"] for each in (await waiting)["answers"]] == ["payment.scheduled"]
        assert (await client.get("/contracts/C-1", params={"source": PROVIDER})).json()["contract_id"] == "C-1"
        early = invoice("A2", 500, AT, month="2022-02")
        returned = (await client.post("/events", content=early, headers=ONE | {"Prefer": "wait=30"})).json()
        (reason,) = returned["answers"][0]["reasons"]
        assert (reason["code"], reason["advice"]["en"][:10]) == ("month_not_over", "Send again")
        parked = await client.post("/events", content=invoice("A3", -1, AT), headers=ONE)
        assert (parked.status_code, parked.json()["answers"][0]["outcome"]) == (422, "parked")
        (lies,) = await here.told(["invoice.submitted.parked"])
        assert (lies["id"], lies["source"]) == (parked.json()["answers"][0]["parked_id"], "/gate")
        assert base64.b64decode(lies["data"]["raw_base64"]) == invoice("A3", -1, AT)


async def test_two_funds_that_use_one_id_read_each_its_own_answer(stack: Report, fund: str, tmp_path: Path) -> None:
    data = {"contract_id": "C-1", "on": "2022-06-30"}
    async with gated(stack, fund, tmp_path) as (_, gate), called(gate) as client:
        for source, outcome in (("/tlk/TLK-KAUNAS", "refused"), ("/vlk", "taken"), ("/tlk/TLK-KAUNAS", "refused")):
            raw = event(source, "x-1", "contract.ended", AT, data)
            sent = await client.post("/events", content=raw, headers=ONE | {"Prefer": "wait=30"})
            assert [each["outcome"] for each in sent.json()["answers"]] == [outcome], source
        (own,) = (await page(client, source="/tlk/TLK-KAUNAS"))["answers"]
        assert own["event"]["type"] == "contract.change.refused"


async def test_a_killed_gate_loses_nothing_doubles_nothing_and_its_cursor_holds(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    """Killed between the broker's acknowledgement and the answer; what was sent is sent again, to another gate."""
    async with gated(stack, fund, tmp_path) as (here, gate):
        raws = [invoice(f"A{n}", 500, "2022-09-07T10:00:00+03:00", month=f"2022-0{n}") for n in range(1, 9)]
        async with called(gate) as client:
            cursor = (await page(client))["after"]
            asked = asyncio.create_task(
                client.post("/events", content=b"\n".join(raws), headers=LINES | {"Prefer": "wait=30"})
            )

            async def acknowledged() -> bool:
                return await here.count("invoice.submitted") == len(raws)

            await until(acknowledged, "the broker has all events")
            gate.kill()
            with pytest.raises(httpx.TransportError):
                await asked
        (here.folder / "gate" / "answers.sqlite3").unlink()
        (again,) = await here.started("gate")
        async with called(again) as client:
            sent = await client.post("/events", content=b"\n".join(raws), headers=LINES | {"Prefer": "wait=30"})
            assert [each["outcome"] for each in sent.json()["answers"]] == ["accepted"] * 8
            await here.quiet()
            assert len(await here.told(["invoice.accepted"])) == 8
            found: list[str] = []
            while len([each for each in found if each == "invoice.accepted"]) < 8:
                some = await page(client, after=cursor, wait="30", limit="3")
                found += [each["event"]["type"] for each in some["answers"]]
                cursor = some["after"]
            assert found.count("invoice.accepted") == 8


async def test_keys_are_registered_on_the_topics_and_the_gate_asks_for_signatures(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with gated(stack, fund, tmp_path) as (here, gate), called(gate) as client:
        env = {"PSDF_KAFKA": stack.bootstrap, "PSDF_PREFIX": here.prefix, "PSDF_PARTITIONS": "2"}
        persons = ("--by", "Ona Onaitė", "--approved-by", "Petras Petraitis")

        async def typed(*args: str | Path) -> str:
            done = await asyncio.to_thread(psdf, "keys", *args, **env)
            assert done.returncode == 0, done.stderr
            return done.stdout

        await typed("new", PROVIDER, "--out", tmp_path / "a")
        key = read_key(tmp_path / "a" / "key.pem")
        await typed("register", tmp_path / "a" / "request.json", *persons)

        async def published() -> bool:
            keys = (await client.get("/.well-known/jwks.json")).json()["keys"]
            return keyid_of(key) in {each["kid"] for each in keys}

        await until(published, "the gate knows the key")
        today = datetime.now(UTC).isoformat(timespec="seconds")
        raw = invoice("A1", 500, today)
        refused = await client.post("/events", content=raw, headers=ONE)
        assert (refused.status_code, refused.json()["detail"][:20]) == (422, "signature is missing")
        signed = await client.post("/events", content=sign(raw, keyid_of(key), key), headers=ONE)
        assert signed.status_code == 202
        assert (await client.get("/answers", params={"source": PROVIDER})).status_code == 401
        mine = {"Authorization": f"Bearer {token(PROVIDER, 'psdf', keyid_of(key), key, datetime.now(UTC))}"}
        assert (await client.get("/answers", headers=mine)).json()["source"] == PROVIDER
        await typed("revoke", keyid_of(key), "--reason", "lost", *persons)

        async def gone() -> bool:
            now = datetime.now(UTC).isoformat(timespec="seconds")  # here the event's own moment is that of its arrival
            late = sign(invoice("A2", 500, now), keyid_of(key), key)
            answer = await client.post("/events", content=late, headers=ONE)
            return answer.status_code == 422 and "was revoked at" in answer.json()["detail"]

        await until(gone, "the gate knows that the key is revoked")
        (listed,) = json.loads(await typed("list", "--json"))
        assert (listed["keyid"], listed["revoked"]["reason"]) == (keyid_of(key), "lost")


async def test_client_certificates_bind_a_gates_connections_to_sources_by_the_registry_of_the_topics(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with gated(stack, fund, tmp_path) as (here, _):
        authority, port = Authority(tmp_path / "tls"), free_port()
        gate = here.start("gate", PSDF_TLS=str(authority.serves()), PSDF_HTTPS=f"127.0.0.1:{port}")
        await until(gate.ready, "the gate with TLS is ready")
        env = {"PSDF_KAFKA": stack.bootstrap, "PSDF_PREFIX": here.prefix, "PSDF_PARTITIONS": "2"}
        persons = ("--by", "Ona Onaitė", "--approved-by", "Petras Petraitis")
        for folder, source in (("a", PROVIDER), ("b", "/providers/390000017")):
            assert psdf("keys", "new", source, "--out", tmp_path / folder).returncode == 0
            request = tmp_path / folder / "request.json"
            done = await asyncio.to_thread(psdf, "keys", "register", request, *persons, "--mtls", **env)
            assert done.returncode == 0, done.stderr
        mine, theirs = (read_key(tmp_path / folder / "key.pem") for folder in ("a", "b"))
        shown = authority.certify(mine, "Ortopedija")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        raw = sign(invoice("A1", 500, now), keyid_of(mine), mine)
        async with authority.client(f"https://127.0.0.1:{port}", shown) as client, called(gate) as plain:

            async def known() -> bool:
                return (await client.get("/answers")).status_code == 200

            await until(known, "the gate knows the key")
            assert (await client.post("/events", content=raw, headers=ONE)).status_code == 202
            bare = await plain.post("/events", content=raw, headers=ONE)
            assert (bare.status_code, "its client certificate alone" in bare.json()["detail"]) == (403, True)
            other = json.dumps(json.loads(invoice("B1", 500, now)) | {"source": "/providers/390000017"}).encode()
            refused = await client.post("/events", content=sign(other, keyid_of(theirs), theirs), headers=ONE)
            assert (refused.status_code, refused.json()["detail"][:18]) == (403, "this connection is")
            revoke = ("revoke", keyid_of(mine), "--reason", "lost", *persons)
            assert (await asyncio.to_thread(psdf, "keys", *revoke, **env)).returncode == 0

            async def gone() -> bool:
                answer = await client.get("/answers")
                return answer.status_code == 403 and "was revoked at" in answer.json()["detail"]

            await until(gone, "the gate knows that the key is revoked")


async def test_what_the_fund_says_is_read_by_somebody_elses_cloudevents(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with gated(stack, fund, tmp_path) as (here, _):
        consumer = AIOKafkaConsumer(
            f"{here.prefix}contract.concluded", bootstrap_servers=stack.bootstrap, auto_offset_reset="earliest"
        )
        async with consumer:
            record = await consumer.getone()
        headers = dict(record.headers)
        assert headers == {"content-type": b"application/cloudevents+json; charset=UTF-8", "causationsource": b"/vlk"}
        event = from_kafka_event(KafkaMessage(headers=headers, key=record.key, value=record.value))
        assert (event.get_type(), event.get_subject()) == ("contract.concluded", "C-1")


async def test_a_record_with_a_strangers_partitioner_is_parked_and_says_which_way_is_in(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    """librdkafka hashes keys by CRC32 where Java has murmur2, and so may put them elsewhere; the door takes the same."""
    async with gated(stack, fund, tmp_path) as (here, gate), called(gate) as client:
        raws = [invoice(f"A{n}", 500, "2022-09-07T10:00:00+03:00", month=f"2022-0{n}") for n in range(1, 5)]
        stranger = Producer({"bootstrap.servers": stack.bootstrap})
        for raw in raws:
            stranger.produce(f"{here.prefix}invoice.submitted", raw, key="300111224", partition=1)
        await asyncio.to_thread(stranger.flush, 30)
        await here.quiet()
        errors = {each["data"]["error"] for each in await here.told(["invoice.submitted.parked"])}
        assert len(errors) == 1
        assert "send it so" in errors.pop()
        answer = await client.post("/events", content=b"\n".join(raws), headers=LINES | {"Prefer": "wait=30"})
        assert [each["outcome"] for each in answer.json()["answers"]] == ["accepted"] * 4
