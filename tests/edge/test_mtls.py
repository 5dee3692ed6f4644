"""Client certificates at the door, over real TLS: whose a connection is, what is heard over it, and what is not."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from random import Random
from unittest import mock

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shared.edge import answers
from shared.edge.einvoice.reception import Judges
from shared.edge.head import head_of
from shared.edge.keys import keyid_of
from shared.edge.tls import TlsError, authorities, server_context
from shared.edge.tokens import token
from shared.kernel.stop import Wrong
from shared.messages.read import Malformed, parse
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from shared.runtime.mutual import Mutual, mutual_of
from shared.runtime.settings import read_settings
from tests.adapters.serving import running
from tests.edge import certificates
from tests.edge.certificates import Authority, client_cert, over_tls, proxied
from tests.edge.einvoice import made
from tests.edge.haproxy import FRONTS, haproxied
from tests.edge.signing import PROVIDER, SINCE, Signer
from tests.hostile import making
from tests.hostile.ways import breaks_nothing
from tests.runtime.funds import FUND, fund, invoice, psdf, worked_start

AT = "2022-02-07T10:00:00+02:00"
OTHER = "/providers/390000017"
ONE, LINES = {"Content-Type": "application/cloudevents+json"}, {"Content-Type": "application/x-ndjson"}
BATCH, XML = {"Content-Type": "application/cloudevents-batch+json"}, {"Content-Type": "application/xml"}


@dataclass
class Here:
    """A fund that asks for client certificates, and two sources with keys and certificates."""

    stack: Stack
    authority: Authority
    tls: str
    plain: str
    signer: Signer
    other: Signer

    def client(self, shows: Path | None = None) -> httpx.AsyncClient:
        return self.authority.client(self.tls, shows)

    def own(self) -> httpx.AsyncClient:
        return self.client(self.authority.certify(self.signer.key, "Ortopedija"))

    def bearer(self, signer: Signer) -> dict[str, str]:
        made = token(signer.source, FUND.fund_id, signer.keyid, signer.key, datetime.now().astimezone())
        return {"Authorization": f"Bearer {made}"}


async def register(stack: Stack, signer: Signer, **more: object) -> Signer:
    """Register a key that is good today: the fund's events are of 2022, its connections of today."""
    since = datetime.now().astimezone() - timedelta(days=1)
    return await signer.registered(stack, since, 1_000, **more)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start()[:4])
        authority = Authority(tmp_path / "ca")
        folder = authority.serves()
        signer, other = await register(stack, Signer()), await register(stack, Signer(OTHER))
        mutual = Mutual(authorities(folder), (), server_context(folder))
        app = fund_app(stack, operator="the operator's", mutual=mutual)
        async with over_tls(app, mutual) as tls, running(app) as plain:
            yield Here(stack, authority, tls, plain, signer, other)


def today() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def signed(signer: Signer, number: str = "A1") -> bytes:
    raw = json.loads(invoice(number, 500, today(), id_=f"{number}-{signer.keyid[:6]}"))
    return signer.sign(json.dumps(raw | {"source": signer.source}).encode())


def binary(raw: bytes) -> dict[str, object]:
    whole = json.loads(raw)
    headers = {f"ce-{name}": str(value) for name, value in whole.items() if name not in ("data", "datacontenttype")}
    return {"json": whole["data"], "headers": headers}


# ------------------------------------------------------------------------------------------------- whose a connection is


async def test_a_source_is_heard_over_its_own_connection_on_every_path_and_needs_no_token(here: Here) -> None:
    async with here.own() as client:
        sent = await client.post("/events", content=signed(here.signer), headers=ONE)
        assert sent.json()["answers"][0]["outcome"] == "accepted", sent.text
        again = await client.post("/events", content=b"[%s]" % signed(here.signer), headers=BATCH)
        assert again.json()["answers"][0]["outcome"] == "accepted"
        page = (await client.get("/answers")).json()
        assert (page["source"], len(page["answers"])) == (PROVIDER, 3)
        assert (await client.get("/contracts/C-1")).json()["contract_id"] == "C-1"
        assert (await client.get("/invoices/300111224/A1")).status_code == 200
        assert (await client.get("/answers", headers=here.bearer(here.signer))).json()["source"] == PROVIDER
        assert (await client.get(sent.headers["Location"])).status_code == 200


async def test_nothing_of_another_source_is_heard_over_it_and_the_answer_names_both(here: Here) -> None:
    raw, whose = signed(here.other, "B1"), f"this connection is {PROVIDER}'s, by key {here.signer.keyid}"
    document = made.ubl(made.invoice(number="B2", provider_code="390000017", invoice_id="390000017/B2"))
    async with here.own() as client:
        refused = {
            "structured": await client.post("/events", content=raw, headers=ONE),
            "binary": await client.post("/events", **binary(raw)),
            "batch": await client.post("/events", content=b"[%s,%s]" % (raw, raw), headers=BATCH),
            "lines": await client.post("/events", content=raw + b"\n" + raw, headers=LINES),
            "answers": await client.get("/answers", params={"source": OTHER, "wait": "30"}),
            "its token": await client.get("/answers", headers=here.bearer(here.other)),
            "stream": await client.get("/answers", params={"source": OTHER}, headers={"Accept": "text/event-stream"}),
            "contract": await client.get("/contracts/C-1", params={"source": OTHER}),
        }
        for path, answer in refused.items():
            assert answer.status_code == 403, (path, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"].startswith(whose), path
            assert f"not {OTHER}'s" in answer.json()["detail"], path
        with mock.patch.object(Judges, "check", breaks_nothing):
            bill = await client.post("/ubl", content=document, headers=XML)
        assert (bill.status_code, PROVIDER in bill.json()["detail"], "390000017" in bill.json()["detail"]) == (
            403, True, True,
        )  # fmt: skip
        story = await client.get("/invoices/390000017/B1")
        assert (story.status_code, story.json()["detail"]) == (403, f"{PROVIDER} asks, and it is {OTHER}'s")
        mixed = await client.post("/events", content=signed(here.signer, "A2") + b"\n" + raw, headers=LINES)
        assert [each["outcome"] for each in mixed.json()["answers"]] == ["accepted", "refused"]


async def test_the_operators_doors_are_shut_over_a_sources_connection_though_the_token_is_right(here: Here) -> None:
    async with here.own() as client:
        for method, path in (
            ("POST", "/keys"), ("POST", "/webhooks"), ("POST", "/statements"), ("POST", "/desk"), ("GET", "/fund"),
            ("GET", "/parked"), ("POST", "/parked/x/release"), ("GET", "/notices"),
        ):  # fmt: skip
            answer = await client.request(method, path, headers={"Authorization": "Bearer the operator's"})
            assert answer.status_code == 403, path
            assert f"this connection is {PROVIDER}'s" in answer.json()["detail"]


# ---------------------------------------------------------------------------------------- certificates that are no good


async def test_a_certificate_of_another_authority_or_an_old_one_does_not_come_to_terms_on_tls(
    here: Here, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    another, same_name = Authority(tmp_path / "another", "Another"), Authority(tmp_path / "same")

    def asked(shown: Path) -> None:
        with httpx.Client(base_url=here.tls, verify=here.authority.trusts(shown)) as client:
            client.get("/openapi.json")

    for shown, why in (
        (another.certify(here.signer.key, "Ortopedija"), "unknown ca"),
        (same_name.certify(here.signer.key, "Ortopedija"), "decrypt error"),
        (here.authority.certify(here.signer.key, "x", -2 * certificates.YEAR), "certificate expired"),
        (here.authority.certify(here.signer.key, "x", certificates.YEAR), "bad certificate"),
    ):
        caplog.clear()
        with pytest.raises(httpx.TransportError, match=f"(?i){why}"):
            await asyncio.to_thread(asked, shown)
        assert "a client certificate was refused in TLS: " in caplog.text


def nobodys(here: Here) -> tuple[Path, str]:
    key = Ed25519PrivateKey.generate()
    return here.authority.certify(key, PROVIDER), f"no source has registered key {keyid_of(key)}"


def of_rsa(here: Here) -> tuple[Path, str]:
    return here.authority.certify(generate_private_key(65537, 2048), PROVIDER), "key is not of Ed25519"


async def ended(here: Here) -> tuple[Path, str]:
    signer = await Signer().registered(here.stack, SINCE, 30)
    return here.authority.certify(
        signer.key, "x"
    ), f"key {signer.keyid} of {PROVIDER}, that of the client certificate, is"


async def revoked(here: Here) -> tuple[Path, str]:
    signer = await register(here.stack, Signer())
    await signer.revoked(here.stack)
    return here.authority.certify(
        signer.key, "x"
    ), f"key {signer.keyid} of {PROVIDER}, that of the client certificate, was"


@pytest.mark.parametrize("shows", [nobodys, of_rsa, ended, revoked])
async def test_a_certificate_that_speaks_for_nobody_is_answered_so_on_every_path(
    here: Here, shows: Callable[[Here], object]
) -> None:
    found = shows(here)
    shown, why = await found if asyncio.iscoroutine(found) else found  # type: ignore[misc]
    async with here.client(shown) as client:
        for answer in (
            await client.post("/events", content=signed(here.signer), headers=ONE),
            await client.get("/answers", headers=here.bearer(here.signer)),
            await client.post("/ubl", content=made.ubl(), headers=XML),
            await client.get("/contracts/C-1"),
            await client.get("/openapi.json"),
        ):
            assert answer.status_code == 403
            assert why in answer.json()["detail"], answer.text


@pytest.mark.parametrize(
    ("by_token", "is_revoked", "why"),
    [
        (False, True, (403, "was revoked at")),
        (True, True, (401, "names no key of its source that is valid now")),
        (True, False, (403, "with its client certificate alone")),
    ],
)
async def test_a_key_that_is_revoked_ends_open_connections_and_streams_that_were_begun_before(
    here: Here, monkeypatch: pytest.MonkeyPatch, *, by_token: bool, is_revoked: bool, why: tuple[int, str]
) -> None:
    monkeypatch.setattr(answers, "KEEP_ALIVE_S", 0.2)
    shown = here.bearer(here.signer) if by_token else {}
    async with here.client() if by_token else here.own() as client:
        assert (await client.get("/answers", headers=shown)).status_code == 200
        asks = {"Accept": "text/event-stream", **shown}
        async with asyncio.timeout(20), client.stream("GET", "/answers", headers=asks) as stream:
            parts = stream.aiter_bytes()
            assert (await anext(parts)).startswith(b"id: ")
            await (here.signer.revoked(here.stack) if is_revoked else register(here.stack, Signer(), mtls=True))
            async for _ in parts:  # it ends, or the test does
                pass
        late = await client.get("/answers", headers=shown)
        assert (late.status_code, why[1] in late.json()["detail"]) == (why[0], True)


# --------------------------------------------------------------------------------------- who has to show a certificate


async def test_a_source_that_is_registered_so_is_heard_over_its_certificate_alone_until_two_persons_say_otherwise(
    here: Here,
) -> None:
    strict = await register(here.stack, Signer(), mtls=True)
    why = f"{PROVIDER} is heard over a connection with its client certificate alone, and this one showed none"
    another = here.authority.certify(here.other.key, "x")
    for signer in (here.signer, strict):  # the older key is no way round it
        async with (
            here.client() as tls,
            httpx.AsyncClient(base_url=here.plain) as plain,
            here.client(another) as theirs,
        ):
            for client in (tls, plain, theirs):
                due = why if client is not theirs else f"this connection is {OTHER}'s"
                for answer in (
                    await client.post("/events", content=signed(signer), headers=ONE),
                    await client.post("/events", **binary(signed(signer))),
                    await client.get("/answers", headers=here.bearer(signer)),
                    await client.get("/contracts/C-1", headers=here.bearer(signer)),
                    await client.post("/ubl", content=made.ubl(), headers=XML | here.bearer(signer)),
                ):
                    assert (answer.status_code, answer.json()["detail"].startswith(due)) == (403, True), answer.text
            nobody = await plain.post("/ubl", content=made.ubl(), headers=XML)
            assert nobody.status_code == 400, "whose it is has to be said"
            free = await plain.post("/events", content=signed(here.other), headers=ONE)
            assert free.json()["answers"][0]["outcome"] != "refused", "others are as before"
        async with here.client(here.authority.certify(signer.key, "x")) as own:
            assert (await own.get("/answers")).status_code == 200
    await register(here.stack, Signer())
    async with httpx.AsyncClient(base_url=here.plain) as plain:
        silent = await plain.get("/answers", headers=here.bearer(strict))
        assert silent.status_code == 403, "a registration that says nothing of it changes nothing of it"
        await register(here.stack, Signer(), mtls=False)
        assert (await plain.get("/answers", headers=here.bearer(strict))).status_code == 200


def test_what_can_be_read_names_its_sender_where_the_door_looks_for_it() -> None:
    """Else an event could be another's by its head, and its sender's by its reading."""
    dice, read = Random(11), 0
    for _ in range(3_000):
        raw = making.event(dice)
        try:
            event = parse(raw, outside=True)
        except Malformed:
            continue
        read += 1
        assert head_of(raw).source == event.source
    assert read > 100


# ---------------------------------------------------------------------------------------- a proxy that ends TLS (RFC 9440)


@asynccontextmanager
async def behind(here: Here, proxies: str = "127.0.0.1/32") -> AsyncIterator[str]:
    mutual = Mutual(authorities(here.authority.folder), (ip_network(proxies),))
    async with running(fund_app(here.stack, operator="o", mutual=mutual)) as url:
        yield url


@pytest.mark.parametrize("front", [proxied, *(partial(haproxied, how=how) for how in FRONTS)], ids=["own", *FRONTS])
async def test_behind_a_proxy_that_ends_tls_a_connection_is_its_sources_too(
    here: Here, front: Callable[[Path, str], AbstractAsyncContextManager[str]]
) -> None:
    async with behind(here) as url, front(here.authority.folder, url) as tls:
        shown = here.authority.certify(here.signer.key, "x")
        async with here.authority.client(tls, shown) as client:
            sent = await client.post("/events", content=signed(here.signer), headers=ONE)
            assert sent.json()["answers"][0]["outcome"] == "accepted"
            assert (await client.get("/answers")).json()["source"] == PROVIDER
            theirs = await client.post("/events", content=signed(here.other), headers=ONE)
            assert (theirs.status_code, PROVIDER in theirs.json()["detail"]) == (403, True)
        async with here.authority.client(tls) as bare:
            stolen = {"Client-Cert": client_cert(shown)}
            assert (await bare.get("/answers", headers=stolen)).status_code == 400, (
                "the proxy strips what it did not see"
            )
        await here.signer.revoked(here.stack)
        async with here.authority.client(tls, shown) as client:
            assert "was revoked at" in (await client.get("/answers")).json()["detail"]


async def test_the_header_is_believed_from_a_proxy_alone_and_only_of_an_authority(here: Here, tmp_path: Path) -> None:
    good = client_cert(here.authority.certify(here.signer.key, "x"))
    another = client_cert(Authority(tmp_path / "another").certify(here.signer.key, "x"))
    same_name = client_cert(Authority(tmp_path / "same", here.authority.called).certify(here.signer.key, "x"))
    old = client_cert(here.authority.certify(here.signer.key, "x", -2 * certificates.YEAR))
    none = "Client-Cert is no one certificate of an authority of this door"
    async with behind(here) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/answers", headers={"Client-Cert": good})).json()["source"] == PROVIDER
        for said, why in (
            (another, none), (same_name, none), (old, "the client certificate is valid from"), ("x", none), ("::", none),
            (good.strip(":"), none), (f":{'A' * 20_000}:", none), (":not base64:", none), (":AAAA:", none),
        ):  # fmt: skip
            answer = await client.get("/openapi.json", headers={"Client-Cert": said})
            assert (answer.status_code, why in answer.json()["detail"]) == (403, True), said[:30]
        twice = await client.get("/answers", headers=[("Client-Cert", good), ("Client-Cert", good)])
        assert twice.status_code == 403
    async with behind(here, "10.0.0.0/8") as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/answers", headers={"Client-Cert": good})
        assert (
            answer.json()["detail"] == "Client-Cert came from 127.0.0.1: that is no proxy of this door (PSDF_PROXIES)"
        )
    async with here.own() as client:
        own = await client.get("/answers", headers={"Client-Cert": good})
        assert own.status_code == 403, "nor beside a certificate"


# -------------------------------------------------------------------------------------------------------------- settings


def test_settings_that_lack_another_and_files_of_no_use_are_named(tmp_path: Path) -> None:
    empty, authority = tmp_path / "empty", Authority(tmp_path / "tls")
    empty.mkdir()
    for given, said in (
        ({"https": "127.0.0.1:1"}, "PSDF_HTTPS=127.0.0.1:1: PSDF_TLS says where"),
        ({"proxies": "10.0.0.1"}, "PSDF_PROXIES=10.0.0.1: PSDF_TLS says where"),
        ({"tls": authority.folder}, "nobody could show a certificate"),
        ({"tls": authority.folder, "proxies": "10.0.0.1/8"}, "has host bits set"),
        ({"tls": empty, "proxies": "10.0.0.1"}, "ca.crt: No such file"),
        ({"tls": authority.folder, "https": "127.0.0.1:1"}, "tls.crt and tls.key are no certificate and its key"),
    ):
        with pytest.raises((Wrong, TlsError), match=said):
            mutual_of(read_settings(**given))
    (empty / "ca.crt").write_text("x")
    with pytest.raises(TlsError, match="holds no certificates in PEM"):
        authorities(empty)
    opened = psdf("run", home=tmp_path / "home", PSDF_TLS=str(authority.serves()), PSDF_HTTPS="0.0.0.0:1")
    assert (opened.returncode, "PSDF_HTTPS=0.0.0.0:1 listens to other machines" in opened.stderr) == (2, True)


def test_tls_is_of_today(tmp_path: Path) -> None:
    assert server_context(Authority(tmp_path).serves()).minimum_version is ssl.TLSVersion.TLSv1_2
