"""Signatures of events: our published vectors, and each row of what is checked, on the embedded stack."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.edge.registry import read_word
from shared.edge.signatures import Signatures, core_digest, fault_of
from shared.engine.keys import Key, Keys
from shared.messages.read import Event, Malformed, parse
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.edge import vectors
from tests.edge.signing import PROVIDER, SINCE, Signer
from tests.runtime import served
from tests.runtime.funds import day, fund, invoice, psdf, worked_start

AT = "2022-02-07T10:00:00+02:00"
ONE = {"Content-Type": "application/cloudevents+json"}
PUBLISHED: dict[str, Any] = json.loads(vectors.FILE.read_text(encoding="utf-8"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ---------------------------------------------------------------------------------------------------------- the vectors


def test_the_published_vectors_are_those_that_are_made() -> None:
    assert vectors.FILE.read_text(encoding="utf-8") == vectors.document(), "python -m tests.edge.vectors"


@pytest.mark.parametrize("vector", PUBLISHED["vectors"], ids=lambda vector: vector["name"])
def test_a_vector_verifies_as_it_says(vector: dict[str, Any]) -> None:
    keys = Keys()
    keys.by_id[vectors.KEYID] = a_key(PROVIDER, public=vectors.PUBLIC, keyid=vectors.KEYID)
    event = bare(vector["event"].encode())
    fault = fault_of(event, moment(AT), keys, must=True)
    assert (fault is None) is vector["fits"], fault
    if vector["fits"]:
        assert vectors.b64(core_digest(event.raw)) == vector["core"]


def bare(raw: bytes) -> Event:
    """An event whose data nobody has read."""
    event = parse(invoice("A1", 500, AT), outside=True)
    event.source, event.raw = json.loads(raw)["source"], raw
    return event


def a_key(source: str, *, public: str = "", keyid: str = "", **more: datetime) -> Key:
    times = {"valid_from": SINCE, "valid_to": SINCE + timedelta(days=366), "registered_at": SINCE}
    return Key(source=source, keyid=keyid, public_key=public, window_hours=24, **(times | more))


# ----------------------------------------------------------------------------------------------------- what is checked


stack = served.stack


async def answered(stack: Stack, *raws: bytes) -> list[str]:
    """Outcome, or why an event was parked."""
    async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
        body = b"\n".join(raws)
        answer = await client.post("/events", content=body, headers={"Content-Type": "application/x-ndjson"})
        return [each.get("error", each["outcome"]) for each in answer.json()["answers"]]


async def test_a_signed_event_is_taken_and_kept_with_its_signature(stack: Stack) -> None:
    signer = await Signer().registered(stack)
    raw = signer.sign(invoice("A1", 500, AT))
    assert await answered(stack, raw) == ["accepted"]
    with pytest.raises(Malformed, match="is not in the catalogue"):
        parse(signer.word(), outside=True)


async def test_what_is_stripped_is_missing_and_nobody_else_need_sign(stack: Stack) -> None:
    assert await answered(stack, invoice("A1", 500, AT)) == ["accepted"]
    await Signer().registered(stack)
    await stack.publish([day("2022-02-08")])
    stripped = invoice("A2", 500, AT)
    other = invoice("A3", 500, AT, provider_code="9", invoice_id="9/A3").replace(
        b"/providers/300111224", b"/providers/9"
    )
    missing, waiting = await answered(stack, stripped, other)
    assert missing == f"signature is missing: {PROVIDER} signs its events, and nothing without one is taken"
    assert waiting == "waiting"


@pytest.mark.parametrize(
    "change",
    [
        (b'"amount_cents": 500', b'"amount_cents": 501'),
        (b'"unit_price_cents": 500', b'"unit_price_cents":500'),
        (b'"i-A1"', b'"i-A2"'),
        (b"T10:00:00", b"T10:00:01"),
    ],
)
async def test_what_was_changed_does_not_fit(stack: Stack, change: tuple[bytes, bytes]) -> None:
    signer = await Signer().registered(stack)
    raw = signer.sign(invoice("A1", 500, AT))
    assert change[0] in raw
    (fault,) = await answered(stack, raw.replace(*change))
    assert "the event is not the one that was signed" in fault
    assert await answered(stack, raw) == ["accepted"], "what was parked has not used up the id"


async def test_a_key_is_its_sources_own_and_known(stack: Stack) -> None:
    signer, other = await Signer().registered(stack), await Signer("/treasury").registered(stack)
    unknown = Signer()
    raw = invoice("A1", 500, AT)
    assert await answered(stack, other.sign(raw), unknown.sign(raw)) == [
        f"signature: key {other.keyid} is of another source, /treasury",
        f"signature: key {unknown.keyid} is not registered",
    ]
    forged = Signer()
    forged.keyid = signer.keyid
    assert await answered(stack, forged.sign(raw)) == [
        f"signature: it does not fit: it was not made with key {signer.keyid}"
    ]


async def test_keys_overlap_and_one_is_revoked_by_the_moment_of_arrival(stack: Stack) -> None:
    old = await Signer().registered(stack)
    new = await Signer().registered(stack)
    first, second = old.sign(invoice("A1", 500, AT)), new.sign(invoice("A2", 500, AT, month="2021-12"))
    assert await answered(stack, first, second) == ["accepted", "refused"], "read both, one of them of a month before"
    await stack.publish([day("2022-02-10")])
    await old.revoked(stack)
    later = "2022-02-10T10:00:00+02:00"
    kept_back, taken = await answered(stack, old.sign(invoice("A3", 500, later)), new.sign(invoice("A4", 500, later)))
    assert kept_back.startswith(
        f"signature: key {old.keyid} was revoked at 2022-02-10T00:00:00+02:00, and it arrived at"
    )
    assert taken == "refused", "its month was invoiced before: it was read, and decided"


async def test_a_key_counts_in_its_time_only(stack: Stack) -> None:
    signer = await Signer().registered(stack, SINCE, days=30)
    (late,) = await answered(stack, signer.sign(invoice("A1", 500, AT)))
    assert f"key {signer.keyid} is valid from 2022-01-01T00:00:00+02:00 to 2022-01-31" in late
    (early,) = await answered(stack, signer.sign(invoice("A2", 500, "2021-12-31T10:00:00+02:00", month="2021-11")))
    assert "and its time 2021-12-31T10:00:00+02:00" in early


def test_a_signed_event_is_not_kept_back_for_long() -> None:
    signer, keys = Signer(), Keys()
    keys.by_id[signer.keyid] = a_key(PROVIDER, public=read_word(signer.word()).data.public_key, keyid=signer.keyid)  # type: ignore[attr-defined]
    keys.sources[PROVIDER] = 1
    event = parse(signer.sign(invoice("A1", 500, AT)), outside=True)
    check = Signatures(lambda: keys)
    assert check(event, moment(AT) + timedelta(hours=23)) is None
    for hours in (25, -25):
        fault = check(event, moment(AT) + timedelta(hours=hours))
        assert fault
        assert fault.startswith(f"time: {AT} is more than 24 hours from its arrival")


async def test_where_all_sign_nobody_is_taken_at_his_word(stack: Stack) -> None:
    stack.signatures.all_sign = True
    (fault,) = await answered(stack, invoice("A1", 500, AT))
    assert fault.startswith("signature is missing")
    assert await stack.publish([day("2022-02-08")], own=True), "the fund's own clock signs nothing"


# -------------------------------------------------------------------------------------------------------- the registry


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"approved_by": "ona  onaitė"}, "by and approved_by are one person"),
        ({"keyid": "A" * 43}, "the thumbprint of public_key"),
        ({"source": "/sodra"}, "proof: it was not made with this key over this registration"),
        ({"valid_to": "2032-01-01T00:00:00+02:00"}, "is not within three years after valid_from"),
        ({"alg": "none"}, "data.alg: 'none' is not 'Ed25519'"),
        ({"at": "2022-01-01T00:00:00+02:00"}, "at: the fund's own clock says when"),
    ],
)
def test_a_registration_that_is_none_is_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_word(Signer().word(**more))
    assert told in refused.value.error


async def test_the_registry_is_of_the_journal_and_survives_a_restart(tmp_path: Path) -> None:
    signer = Signer()
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start()[:4])
        await signer.registered(stack)
        await stack.publish([signer.sign(invoice("A1", 500, AT))])
    async with fund(tmp_path) as stack:
        assert stack.registry.keys.by_id[signer.keyid].source == PROVIDER
        (fault,) = await answered(stack, invoice("A2", 500, AT))
        assert fault.startswith("signature is missing")
        await signer.revoked(stack)
    assert (await asyncio.to_thread(psdf, "verify", home=tmp_path)).returncode == 0
    listed = await asyncio.to_thread(psdf, "keys", "list", "--json", home=tmp_path)
    (key,) = json.loads(listed.stdout)
    assert (key["by"], key["revoked"]["reason"]) == ("Ona Onaitė", "the laptop was lost")


@settings(deadline=None)
@given(st.integers(0, 600), st.sampled_from([b"x", b"0", b" ", b'"', b"}"]))
def test_no_byte_of_what_was_signed_can_be_another(at: int, other: bytes) -> None:
    keys, event = SIGNED_KEYS, SIGNED
    where = at % len(event)
    changed = event[:where] + other + event[where + 1 :]
    try:
        read = parse(changed, outside=True)
    except Malformed:
        return
    said = {name: json.loads(changed)[name] for name in json.loads(event) if name != "dssematerial"}
    same = said == {name: text for name, text in json.loads(event).items() if name != "dssematerial"}
    assert fault_of(read, moment(AT), keys, must=True) or same


_signer = Signer()
SIGNED = _signer.sign(invoice("A1", 500, AT))
SIGNED_KEYS = Keys()
SIGNED_KEYS.by_id[_signer.keyid] = a_key(
    PROVIDER, public=read_word(_signer.word()).data.public_key, keyid=_signer.keyid
)  # type: ignore[attr-defined]
SIGNED_KEYS.sources[PROVIDER] = 1


@pytest.mark.bench
def test_a_signature_costs_little_beside_ed25519_itself() -> None:
    event, check, arrival = parse(SIGNED, outside=True), Signatures(lambda: SIGNED_KEYS), moment(AT)
    public, signature = _signer.key.public_key(), _signer.key.sign(SIGNED)
    whole = timed(lambda: check(event, arrival))
    alone = timed(lambda: public.verify(signature, SIGNED))
    print(f"a signed event: {whole * 1e6:.0f} microseconds, of which Ed25519 takes {alone * 1e6:.0f}")
    assert whole < alone + 100e-6


def timed(check: Callable[[], object]) -> float:
    """The best of five times, in seconds."""

    def once() -> float:
        began = time.perf_counter()
        for _ in range(1_000):
            check()
        return (time.perf_counter() - began) / 1_000

    return min(once() for _ in range(5))
