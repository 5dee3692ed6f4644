"""Events signed by a detached JWS: our vectors, which joserfc has made and verifies too, and no way down from them."""

import json
from typing import Any

import httpx
import pytest
from joserfc.errors import JoseError

from shared.edge import jws
from shared.edge.signatures import fault_of, sign
from shared.engine.keys import Keys
from shared.messages.read import parse
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.edge import jws_vectors, vectors
from tests.edge.signing import PROVIDER, Signer
from tests.edge.test_signatures import AT, ONE, a_key, answered, bare, moment
from tests.runtime import served
from tests.runtime.funds import invoice

PUBLISHED: dict[str, Any] = json.loads(jws_vectors.FILE.read_text(encoding="utf-8"))
LINES = {"Content-Type": "application/x-ndjson"}


def test_the_published_vectors_are_those_that_are_made() -> None:
    assert jws_vectors.FILE.read_text(encoding="utf-8") == jws_vectors.document(), "python -m tests.edge.jws_vectors"


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=lambda vector: vector["name"])
def test_a_vector_verifies_as_it_says(vector: dict[str, Any]) -> None:
    keys = Keys()
    keys.by_id[vectors.KEYID] = a_key(PROVIDER, public=vectors.PUBLIC, keyid=vectors.KEYID)
    raw = vector["event"].encode()
    fault = fault_of(bare(raw), moment(AT), keys, must=True)
    assert (fault is None) is vector["fits"], fault
    if vector["fits"]:
        said = json.loads(raw)["jws"]
        assert jws_vectors.verified(vector["signed"], said) == vector["signed"].encode()
        with pytest.raises(JoseError):
            jws_vectors.verified(vector["signed"] + " ", said)


stack = served.stack


async def posted(stack: Stack, raw: bytes, headers: list[tuple[str, str]]) -> httpx.Response:
    async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        return await client.post("/events", content=raw, headers=headers)


def header_of(raw: bytes) -> str:
    return str(json.loads(raw)["jws"])


async def test_it_is_taken_at_the_end_of_the_event_or_in_the_header_and_kept_with_it(stack: Stack) -> None:
    signer = await Signer().registered(stack)
    first = invoice("A1", 500, AT)
    assert await answered(stack, jws.sign(first, signer.keyid, signer.key)) == ["accepted"]
    second = invoice("A2", 500, "2022-09-07T10:00:00+03:00", month="2022-02")
    signature = header_of(jws.sign(second, signer.keyid, signer.key))
    answer = await posted(stack, second + b"\n", [*ONE.items(), ("JWS-Signature", signature)])
    (told,) = answer.json()["answers"]
    assert told["outcome"] == "accepted"
    from hashlib import sha256

    whole = jws.joined(second, signature)
    assert told["receipt"] == f"/receipts/{sha256(whole).hexdigest()}", "the receipt is of the event with its signature"


@pytest.mark.parametrize("more", [LINES, {"Content-Type": "application/json", "ce-specversion": "1.0"}])
async def test_a_header_signs_one_event_in_structured_mode(stack: Stack, more: dict[str, str]) -> None:
    raw = invoice("A1", 500, AT)
    signature = "e30..".ljust(91, "A")
    for body, headers in (
        (raw + b"\n" + raw, [*more.items(), ("JWS-Signature", signature)]),
        (raw, [*ONE.items(), ("JWS-Signature", signature), ("JWS-Signature", signature)]),
        (raw, [*ONE.items(), ("JWS-Signature", 'x"}')]),
    ):
        answer = await posted(stack, body, headers)
        assert (answer.status_code, "JWS-Signature" in answer.json()["detail"]) == (400, True)


async def test_there_is_no_way_down(stack: Stack) -> None:
    signer, other = await Signer().registered(stack), await Signer("/vlk").registered(stack)
    raw = invoice("A1", 500, AT)
    by_jws, by_dsse = jws.sign(raw, signer.keyid, signer.key), sign(raw, signer.keyid, signer.key)
    both = jws.sign(by_dsse, signer.keyid, signer.key)
    good = header_of(by_jws)
    cases = {
        raw: "signature is missing",
        jws.sign(raw, other.keyid, other.key): "is of another source, /vlk",
        by_jws.replace(b"A1", b"A2"): "it does not fit: the bytes are others",
        jws.joined(
            by_dsse.replace(b"A1", b"A2"), header_of(jws.sign(by_dsse.replace(b"A1", b"A2"), signer.keyid, signer.key))
        ): "it does not fit: the event is not the one",
        jws.joined(by_dsse, good): "it does not fit: the bytes are others",
        jws.joined(by_jws, good): "jws",
        raw[:-1] + b',"jws":7}': "dssematerial or jws is no text",
        raw[:-1] + b',"jws":""}': "signature is missing",
        by_jws[:-1] + b',"note":"x"}': "jws is no detached signature of Ed25519 that stands last",
    }
    for (event, fault), said in zip(cases.items(), await answered(stack, *cases), strict=True):
        assert fault in said, event
    await signer.revoked(stack)
    assert "was revoked" in (await answered(stack, both))[0]


async def test_where_both_forms_stand_both_hold(stack: Stack) -> None:
    signer = await Signer().registered(stack)
    both = jws.sign(signer.sign(invoice("A1", 500, AT)), signer.keyid, signer.key)
    assert await answered(stack, both) == ["accepted"]
    assert parse(both, outside=True).id
