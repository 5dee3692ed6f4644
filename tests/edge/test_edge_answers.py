"""What a source may ask: answers with their words, by a cursor that holds; receipts; contracts; and who it is."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.adapters.kafka.records import CAUSED_BY
from shared.edge import answers
from shared.edge.audience import CAUSES
from shared.edge.book import Book, Entry, Receipt
from shared.edge.gate import Gate
from shared.edge.signatures import Signatures
from shared.edge.tokens import token
from shared.edge.topics_feed import TopicsLibrary
from shared.engine.keys import Keys
from shared.engine.outbox import Message
from shared.events.catalogue import CATALOGUE, OUTSIDE, SERVICE
from shared.journal.home import Home
from shared.kernel.dsse import signing_bytes
from shared.messages.write import cloud_event
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.edge.signing import PROVIDER, Signer
from tests.runtime import served
from tests.runtime.funds import FUND, event, fund, invoice, worked_start

AT = "2022-02-07T10:00:00+02:00"
LINES = {"Content-Type": "application/x-ndjson"}
stack, client = served.stack, served.client


async def asked(client: httpx.AsyncClient, source: str = PROVIDER, **more: str) -> dict[str, Any]:
    answer = await client.get("/answers", params={"source": source} | more)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def types(page: dict[str, Any]) -> list[str]:
    return [each["event"]["type"] for each in page["answers"]]


async def test_each_source_reads_its_own_answers_in_words(stack: Stack, client: httpx.AsyncClient) -> None:
    await stack.publish([invoice("A1", 500, AT), invoice("A2", 500, AT, month="2022-02"), b"rubbish"])
    negative = invoice("A3", -1, AT)
    await stack.publish([negative])
    page = await asked(client)
    assert types(page) == [
        "contract.concluded", "invoice.accepted", "invoice.returned", "payment.scheduled", "invoice.submitted.parked",
    ]  # fmt: skip
    accepted, returned, parked = page["answers"][1], page["answers"][2], page["answers"][4]
    assert accepted["sentence"]["lt"].startswith("Sąskaita patikrinta ir priimta")
    (reason,) = returned["reasons"]
    assert reason["code"] == "month_not_over"
    assert reason["advice"]["en"] == "Send again when the month is over."
    assert reason["why"]["lt"] in returned["sentence"]["lt"]
    assert parked["event"]["data"]["sha256"] == hashlib.sha256(negative).hexdigest()
    assert parked["event"]["data"]["raw_base64"] is None
    assert "amount_cents: -1 is not" in parked["sentence"]["lt"]
    assert types(await asked(client, "/vlk"))[:2] == ["budget.adopted", "distribution.adopted"]
    assert types(await asked(client, "/providers/999")) == []


async def test_a_deferral_is_told_with_its_reason_in_words(stack: Stack, client: httpx.AsyncClient) -> None:
    await stack.publish(worked_start()[4:6])
    last = (await asked(client))["answers"][-1]
    assert last["event"]["type"] == "payment.deferred"
    (reason,) = last["reasons"]
    assert (reason["code"], reason["mends"]) == (last["event"]["data"]["reason"], False)
    assert reason["advice"]["lt"]


async def test_a_cursor_holds_over_pages_restarts_and_a_book_made_anew(tmp_path: Path) -> None:
    numbers = range(1, 6)
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
        await stack.publish([invoice(f"A{n}", 500, "2022-07-07T10:00:00+03:00", month=f"2022-0{n}") for n in numbers])
        async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
            everything = await asked(client)
            first = await asked(client, limit="4")
            assert (len(first["answers"]), first["more"]) == (4, True)
            assert first["answers"][-1]["cursor"] == first["after"]
    Home(path=tmp_path).answers.unlink()
    async with fund(tmp_path) as stack, running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        rest = await asked(client, after=first["after"])
        ids = [each["event"]["id"] for page in (first, rest) for each in page["answers"]]
        assert ids == [each["event"]["id"] for each in everything["answers"]]
        assert (await asked(client, after=rest["after"]))["answers"] == []
        wrong = await client.get("/answers", params={"source": PROVIDER, "after": "%%%"})
        assert (wrong.status_code, wrong.json()["detail"].startswith("after is %%%")) == (400, True)


async def test_a_long_poll_is_answered_when_there_is_something(stack: Stack, client: httpx.AsyncClient) -> None:
    page = await asked(client)
    waiting = asyncio.create_task(asked(client, after=page["after"], wait="30"))
    others = asyncio.create_task(asked(client, "/providers/999", wait="1"))
    await stack.publish([invoice("A1", 500, AT)])
    assert types(await waiting) == ["invoice.accepted", "payment.scheduled"]
    assert types(await others) == []


async def test_those_who_wait_leave_room_for_others(
    stack: Stack, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_WAITING", 1)
    page = await asked(client)
    awaited, waits = answers.awaited, asyncio.Event()

    async def noted(wait_s: float, *more: object) -> object:
        waits.set()
        return await awaited(wait_s, *more)

    monkeypatch.setattr(answers, "awaited", noted)
    waiting = asyncio.create_task(asked(client, after=page["after"], wait="30"))
    await waits.wait()
    full = await client.get("/answers", params={"source": PROVIDER, "after": page["after"]})
    assert (full.status_code, full.headers["Retry-After"]) == (503, "5")
    await stack.publish([invoice("A1", 500, AT)])
    assert types(await waiting) == ["invoice.accepted", "payment.scheduled"]
    assert len(types(await asked(client))) == len(types(page)) + 2


async def test_one_who_waits_often_leaves_room_for_others_and_so_do_those_whom_nobody_knows(
    stack: Stack, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_OF_ONE", 1)
    monkeypatch.setattr(answers, "RECEIPT_S", 30.0)
    raw = invoice("A1", 500, AT)
    receipt = f"/receipts/{hashlib.sha256(raw).hexdigest()}"
    after = (await asked(client))["after"]
    awaited, waits = answers.awaited, asyncio.Semaphore(0)

    async def noted(wait_s: float, *more: object) -> object:
        waits.release()
        return await awaited(wait_s, *more)

    monkeypatch.setattr(answers, "awaited", noted)
    waiting = asyncio.create_task(asked(client, after=after, wait="30"))
    unknown = asyncio.create_task(client.get(receipt))
    await waits.acquire()
    await waits.acquire()
    again = await client.get("/answers", params={"source": PROVIDER, "after": after, "wait": "5"})
    assert (again.status_code, f"1 of {PROVIDER} wait" in again.json()["detail"]) == (503, True)
    assert (await client.get(f"/receipts/{'1' * 64}")).status_code == 503
    assert types(await asked(client, "/vlk"))
    await stack.publish([raw])
    assert (await client.get(receipt)).status_code == 200
    assert types(await waiting)
    assert (await unknown).status_code == 200


async def test_a_stream_goes_on_from_the_last_event_that_its_reader_has(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    asks = {"Accept": "text/event-stream"}

    async def read(count: int, **headers: str) -> list[tuple[str, str]]:
        """So many events: the id and the type of each."""
        found: list[tuple[str, str]] = []
        mine = asks | {name.replace("_", "-"): text for name, text in headers.items()}
        async with (
            asyncio.timeout(60),
            client.stream("GET", "/answers", params={"source": PROVIDER}, headers=mine) as answer,
        ):
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            cursor = ""
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    cursor = line.removeprefix("id: ")
                elif line.startswith("data: "):
                    found.append((cursor, json.loads(line.removeprefix("data: "))["event"]["type"]))
                if len(found) == count:
                    return found
        return found

    ((cursor, type_),) = await read(1)
    assert type_ == "contract.concluded"
    rest = asyncio.create_task(read(2, Last_Event_ID=cursor))
    await stack.publish([invoice("A1", 500, AT)])
    assert [each for _, each in await rest] == ["invoice.accepted", "payment.scheduled"]
    wrong = await client.get("/answers", params={"source": PROVIDER}, headers=asks | {"Last-Event-ID": "%"})
    assert wrong.status_code == 400


async def test_a_receipt_is_signed_by_the_fund_and_names_bytes_moment_and_place(client: httpx.AsyncClient) -> None:
    raw = invoice("A1", 500, AT)
    posted = await client.post("/events", content=raw, headers={"Content-Type": "application/cloudevents+json"})
    assert posted.headers["Location"] == f"/receipts/{hashlib.sha256(raw).hexdigest()}"
    given = (await client.get(posted.headers["Location"])).json()
    assert given["receipt"] == {
        "digest": hashlib.sha256(raw).hexdigest(),
        "source": PROVIDER,
        "id": "i-A1",
        "type": "invoice.submitted",
        "received_at": AT,
        "lies_at": "door/door/5",
    }
    envelope = given["dsse"]
    payload = base64.b64decode(envelope["payload"])
    assert json.loads(payload) == given["receipt"]
    (jwk,) = (await client.get("/.well-known/jwks.json")).json()["keys"]
    (signature,) = envelope["signatures"]
    assert signature["keyid"] == jwk["kid"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
    public.verify(base64.b64decode(signature["sig"]), signing_bytes(envelope["payloadType"], payload))
    assert (await client.get(posted.headers["Location"])).json() == given
    assert (await client.get(f"/receipts/{'0' * 64}")).status_code == 404


async def test_a_contract_is_shown_to_its_provider_and_its_payer(stack: Stack, client: httpx.AsyncClient) -> None:
    for source, status in ((PROVIDER, 200), ("/vlk", 200), ("/tlk/TLK-KAUNAS", 404), ("/providers/9", 404)):
        answer = await client.get("/contracts/C-1", params={"source": source})
        assert answer.status_code == status, source
    contract = (await client.get("/contracts/C-1", params={"source": PROVIDER})).json()
    assert (contract["provider"]["code"], contract["ceiling_cents"]) == ("300111224", None)
    change = json.loads(worked_start()[2])
    change |= {"id": "ch", "type": "contract.change.proposed", "data": {"contract_id": "C-1", "ceiling_cents": 900_000}}
    await stack.publish([json.dumps(change).encode()])
    assert (await client.get("/contracts/C-1", params={"source": PROVIDER})).json()["ceiling_cents"] == 900_000


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"audience": "another"}, "the token is for another"),
        ({"after": timedelta(minutes=-6)}, "the token has expired"),
        ({"after": timedelta(hours=1)}, "good for more than ten minutes"),
        ({"source": "/sodra"}, "names no key of its source"),
        ({"keyid": "A" * 43}, "names no key of its source"),
        ({"key": Signer().key}, "the token's signature does not fit"),
    ],
)
async def test_who_has_a_key_shows_a_token(
    stack: Stack, client: httpx.AsyncClient, change: dict[str, Any], told: str
) -> None:
    now = datetime.now(UTC)
    signer = await Signer().registered(stack, now - timedelta(days=1))
    good = {"source": PROVIDER, "audience": FUND.fund_id, "keyid": signer.keyid, "key": signer.key, "now": now}
    bare = await client.get("/answers", params={"source": PROVIDER})
    assert (bare.status_code, bare.headers["WWW-Authenticate"]) == (401, 'Bearer realm="psdf"')
    assert (await client.get("/answers", params={"source": "/vlk"})).status_code == 200, "it has no key, and is here"
    mine = {"Authorization": f"Bearer {token(**good)}"}
    assert (await client.get("/answers", headers=mine)).json()["source"] == PROVIDER
    assert (await client.get("/answers", headers=mine, params={"source": "/vlk"})).status_code == 403
    if after := change.get("after"):
        change = {"now": now + after}
    wrong = {"Authorization": f"Bearer {token(**(good | change))}"}
    refused = await client.get("/answers", headers=wrong)
    assert (refused.status_code, told in refused.json()["detail"]) == (401, True), refused.text


async def test_a_token_without_an_algorithm_or_of_a_revoked_key_is_none(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    now = datetime.now(UTC)
    signer = await Signer().registered(stack, now - timedelta(days=1))
    made = token(PROVIDER, FUND.fund_id, signer.keyid, signer.key, now)
    _, claims, _ = made.split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": signer.keyid}).encode()).decode().rstrip("=")
    for bad in (f"{header}.{claims}.", "x", "a.b.c", made + "A", "-"):
        answer = await client.get("/answers", headers={"Authorization": f"Bearer {bad}"}, params={"source": PROVIDER})
        assert answer.status_code == 401, bad
    await signer.revoked(stack)
    assert (await client.get("/answers", headers={"Authorization": f"Bearer {made}"})).status_code == 401


async def test_where_others_can_call_the_operators_pages_ask_for_its_token(stack: Stack) -> None:
    stack.signatures.all_sign = True
    async with running(fund_app(stack, operator="secret")) as url, httpx.AsyncClient(base_url=url) as client:
        for path in ("/fund", "/notices", "/parked", "/parked/x", "/invoices/300111224/A1", "/answers?source=/vlk"):
            assert (await client.get(path)).status_code == 401, path
        assert (await client.post("/parked/x/release", json={})).status_code == 401
        xml = {"Content-Type": "application/xml"}
        assert (await client.post("/ubl", content=b"<Invoice/>", headers=xml)).status_code == 401
        assert (await client.get("/invoices/300111224/A1/response")).status_code == 401
        mine = {"Authorization": "Bearer secret"}
        assert (await client.get("/fund", headers=mine)).status_code == 200
        assert (await client.get("/answers?source=/vlk", headers=mine)).status_code == 200
        assert (await client.get("/fund", headers={"Authorization": "Bearer secrets"})).status_code == 401


def test_each_refusal_is_known_by_what_it_may_answer_to() -> None:
    refusals = {type_ for type_ in SERVICE if type_.endswith(".refused")}
    done = {"contract.changed", "contract.account.confirmed"}
    assert {*CAUSES, "invoice.refused"} == refusals | done, "that of an invoice is its provider's"
    for type_, causes in CAUSES.items():
        for cause in causes:
            assert (cause in OUTSIDE, CATALOGUE[cause].subject) == (True, CATALOGUE[type_].subject), (type_, cause)


def test_who_sends_another_event_under_the_id_of_a_fund_neither_hides_nor_reads_its_refusal(tmp_path: Path) -> None:
    """An id is a sender's own: another may have the same, on topics that are read in any order."""
    theirs = receipt("/tlk/TLK-KAUNAS", "contract.proposed")
    same_id = receipt(PROVIDER, "invoice.submitted")
    data = {"contract_id": "K-1", "reasons": [], "rules": ["13"]}
    raw = cloud_event(
        id_="r-1", source="/contracts", type_="contract.refused", subject="K-1", time=AT, data=data, cause="x-1"
    )
    refused = Entry(place="refused", number=0, type="contract.refused", raw=raw)
    for number, (before, readers) in enumerate((([same_id, theirs], ["/tlk/TLK-KAUNAS"]), ([same_id], []))):
        book = Book(tmp_path / f"book-{number}", "VLK")
        book.write([*before, refused], {})
        found = [source for source in ("/tlk/TLK-KAUNAS", PROVIDER) if book.page(source, "", 9).items]
        assert found == readers
        book.close()


async def test_two_of_one_role_with_one_type_and_id_read_each_its_own_answer(client: httpx.AsyncClient) -> None:
    kaunas, vilnius = "/tlk/TLK-KAUNAS", "/tlk/TLK-VILNIUS"
    ends = [ended(source) for source in (kaunas, vilnius, "/vlk")]
    sent = (await client.post("/events", content=b"\n".join(ends), headers=LINES)).json()["answers"]
    assert [each["outcome"] for each in sent] == ["refused", "refused", "taken"]
    assert [each["reasons"][0]["terms"]["sender"] for each in sent[:2]] == ["TLK-KAUNAS", "TLK-VILNIUS"]
    for source in (kaunas, vilnius):
        (own,) = (await asked(client, source))["answers"]
        assert own["reasons"][0]["terms"]["sender"] == source.removeprefix("/tlk/")


async def test_the_gate_answers_two_of_one_role_with_one_type_and_id_each_with_its_own(tmp_path: Path) -> None:
    """As on the cluster: what the services said lies on their topics, with whose event led to it."""
    library = TopicsLibrary(Book(tmp_path / "book", "VLK"), "")
    gate: Any = Gate(Topics(), library, Signatures(Keys), arrival=False)  # type: ignore[arg-type]
    data = {"contract_id": "C-1", "reasons": [{"code": "not_yours", "terms": {}, "rule": "13"}]}
    said = [
        ("contract.changed", "/vlk", {"contract_id": "C-1", "valid_to": "2022-06-30"}),
        ("contract.change.refused", "/tlk/TLK-KAUNAS", data),
    ]
    for number, (type_, sender, what) in enumerate(said):
        raw = cloud_event(
            id_=f"r-{number}", source="/contracts", type_=type_, subject="C-1", time=AT, data=what, cause="x-1"
        )
        lies: Any = SimpleNamespace(
            topic=type_, partition=0, offset=0, value=raw, headers=((CAUSED_BY, sender.encode()),), timestamp=0
        )
        await library.take([lies], {})
    assert [len(library.book.page(source, "", 9).items) for source in ("/vlk", "/tlk/TLK-KAUNAS")] == [1, 1]
    given = await gate.take([ended("/vlk"), ended("/tlk/TLK-KAUNAS"), ended("/tlk/TLK-VILNIUS")], 0, own=True)
    assert [each.outcome for each in given] == ["taken", "refused", "queued"]
    assert library.book.page("/tlk/TLK-VILNIUS", "", 9).items == []
    library.book.close()


class Topics:
    """In place of the broker: it acknowledges everything."""

    async def tell(self, messages: Sequence[Message]) -> None:
        self.told = messages


def ended(source: str) -> bytes:
    """The end of the contract of the state payer, said by a fund under the id that every fund uses."""
    data = {"contract_id": "C-1", "on": "2022-06-30"}
    return event(source, "x-1", "contract.ended", AT, data)


def receipt(source: str, type_: str) -> Entry:
    taken = Receipt(digest=f"{source} {type_}", source=source, id="x-1", type=type_, received_at=AT, lies_at="")
    return Entry(place=type_, number=0, type=type_, receipt=taken)


def test_a_book_of_another_version_is_made_anew(tmp_path: Path) -> None:
    book = Book(tmp_path / "book", "VLK")
    book.write([], {"journal": 7})
    book.close()
    again = Book(tmp_path / "book", "VLK")
    assert again.next() == {"journal": 7}
    again._db.execute("PRAGMA user_version=99")
    again.close()
    assert Book(tmp_path / "book", "VLK").next() == {}
