"""What a stranger writes where the door decodes once more: a signature, a token, a cursor. It is refused, and no more."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shared.edge.signatures import PAYLOAD_TYPE, core_digest, envelope
from shared.messages.read import Malformed, parse
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.edge.signing import PROVIDER, Signer
from tests.runtime import served
from tests.runtime.funds import invoice

AT = "2022-02-07T10:00:00+02:00"
ONE = {"Content-Type": "application/cloudevents+json"}
DEEP = b"[" * 50_000 + b"]" * 50_000
stack, client = served.stack, served.client


def b64(raw: bytes) -> bytes:
    return base64.b64encode(raw)


def url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def with_attribute(raw: bytes, name: bytes, written: bytes) -> bytes:
    return b'%s, "%s": %s}' % (raw.rstrip()[:-1], name, written)


def materials() -> Iterator[bytes]:
    """Envelopes of DSSE that nobody has signed."""
    yield DEEP
    yield b'{"x": %s}' % DEEP
    yield b'{"payload": %s}' % DEEP
    payload = b64(b'{"core": "x", "y": %s}' % DEEP).decode()
    yield json.dumps(
        {"payload": payload, "payloadType": PAYLOAD_TYPE, "signatures": [{"keyid": "a", "sig": "b"}]}
    ).encode()


async def is_well(stack: Stack, client: httpx.AsyncClient) -> None:
    assert stack.look() is None
    answer = await client.post("/events", content=invoice("LAST", 500, AT), headers=ONE)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("material", list(materials()), ids=["list", "unknown member", "payload", "payload's own"])
async def test_F12_no_signature_is_so_deep_that_it_stops_the_fund(
    stack: Stack, client: httpx.AsyncClient, material: bytes
) -> None:
    raw = with_attribute(invoice("A1", 500, AT), b"dssematerial", b'"%s"' % b64(material))
    answer = await client.post("/events", content=raw, headers=ONE)
    assert (answer.status_code, "signature: " in answer.text) == (422, True)
    await is_well(stack, client)


@pytest.mark.parametrize("written", [b"[" * 190 + b"]" * 190, b"1.5", b'{"a": 1}'])
async def test_F12_nor_is_an_attribute_that_a_source_has_signed(
    stack: Stack, client: httpx.AsyncClient, written: bytes
) -> None:
    signer = await Signer().registered(stack)
    raw = invoice("A1", 500, AT)
    said = {"core": b64(core_digest(raw)).decode(), "ext": b64(bytes(32)).decode(), "signedextattrs": ["x"]}
    sealed = envelope(PAYLOAD_TYPE, json.dumps(said).encode(), signer.keyid, signer.key)
    signed = with_attribute(
        with_attribute(raw, b"x", written), b"dssematerial", b'"%s"' % b64(json.dumps(sealed).encode())
    )
    answer = await client.post("/events", content=signed, headers=ONE)
    assert (answer.status_code, "x is of no type that can be signed" in answer.text) == (422, True), answer.text
    assert stack.look() is None


@pytest.mark.parametrize("written", [b"1e400", b"-1e400", b'[{"a": [1e999]}]'])
async def test_F13_a_number_that_no_reader_can_hold_is_not_kept(
    stack: Stack, client: httpx.AsyncClient, written: bytes
) -> None:
    """Kept, it would stop who reads the journal later: the story of an invoice, the console."""
    raw = with_attribute(invoice("A1", 500, AT), b"x", written)
    answer = await client.post("/events", content=raw, headers=ONE)
    assert (answer.status_code, "a number that is too large" in answer.text) == (422, True), answer.text
    with pytest.raises(Malformed, match="too large"):
        parse(raw, outside=True)
    await is_well(stack, client)
    assert (await client.get("/invoices/300111224/LAST")).status_code == 200


CLAIMS: dict[str, Any] = {"iss": PROVIDER, "aud": "psdf", "exp": 1}


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b'{"alg": "EdDSA", "kid": "x", "y": %s}' % DEEP[45_000:55_000], b"{}"),
        *(
            (b'{"alg": "EdDSA", "kid": "x"}', json.dumps(CLAIMS | {"exp": at}).encode())
            for at in (-(10**18), -(10**30), 10**30)
        ),
        (b'{"alg": "EdDSA", "kid": "x", "b64": false, "crit": ["b64"]}', json.dumps(CLAIMS).encode()),
        (b'{"alg": "EdDSA", "kid": "x", "typ": "dpop+jwt"}', json.dumps(CLAIMS).encode()),
    ],
    ids=["deep", "long ago", "before time", "after time", "critical", "another type"],
)
async def test_no_token_is_a_fault_of_the_funds(client: httpx.AsyncClient, head: bytes, body: bytes) -> None:
    shown = f"{url64(head)}.{url64(body)}.{url64(bytes(64))}"
    answer = await client.get("/answers", headers={"Authorization": f"Bearer {shown}"})
    assert answer.status_code == 401, answer.text


@pytest.mark.parametrize("number", [-1, 2**63, 10**30])
async def test_no_cursor_is_a_fault_of_the_funds(client: httpx.AsyncClient, number: int) -> None:
    after = url64(json.dumps({"journal": number}).encode())
    answer = await client.get("/answers", params={"source": PROVIDER, "after": after})
    assert (answer.status_code, answer.json()["detail"][:9]) == (400, "after is ")


@pytest.mark.parametrize("limit", ["000000001" + "9" * 30, "0000000015000", "1001", "0", "٣"])
async def test_no_page_is_larger_than_the_largest(client: httpx.AsyncClient, limit: str) -> None:
    answer = await client.get("/answers", params={"source": PROVIDER, "limit": limit})
    assert answer.status_code == 400, answer.text


async def test_what_the_keepers_of_the_registry_say_is_read_one_way(stack: Stack) -> None:
    mine = {"Authorization": "Bearer secret"} | ONE
    async with (
        running(fund_app(stack, operator="secret")) as url,
        httpx.AsyncClient(base_url=url, headers=mine) as client,
    ):
        word = Signer().word()
        for change, why in [
            ((b'"by":', b'"by":"Jonas","by":'), "by stands twice"),
            ((b'"data":{', b'"data":{"extra":1,'), "data.extra is no field"),
            ((b"Ona", b"Ona\\u202e"), "U+202E"),
        ]:
            assert change[0] in word
            answer = await client.post("/keys", content=word.replace(*change))
            assert (answer.status_code, why in answer.text) == (422, True), answer.text
        assert (await client.post("/keys", content=word)).status_code == 201
