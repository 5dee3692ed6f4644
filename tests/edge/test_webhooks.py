"""Webhooks: who is registered is called, once each and signed; nowhere but where calls may go; and not for ever."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from deploy.local import free_port
from psdf_provider import SignatureError, check_webhook
from shared.edge.book import Item
from shared.edge.calls import Calls
from shared.edge.keys import OwnKey
from shared.edge.outward import NotAllowed, Outward
from shared.edge.registry import read_word, word_on
from shared.edge.webhooks import Patience, WebhookCalls, signed
from shared.events.webhooks import WebhookRegistered, WebhookRemoved, networks_of
from shared.messages.read import Malformed
from shared.runtime.embedded import Stack
from shared.runtime.http import fund_app
from tests.adapters.serving import running
from tests.edge.receiver import Receiver, receiving
from tests.edge.signing import PERSONS, PROVIDER
from tests.runtime.funds import day, fund, invoice, psdf, running_fund, until, worked_start

AT = "2022-02-07T10:00:00+02:00"
HERE = "127.0.0.0/8,::1/128"
SOON = Patience(pauses_s=(0.05,))


@asynccontextmanager
async def called(stack: Stack, receiver: Receiver, patience: Patience = SOON) -> AsyncIterator[WebhookCalls]:
    """The fund's calls, as ``psdf run`` makes them, with a receiver that is trusted."""
    calls, outward = Calls(stack.home.webhooks), Outward(receiver.trust)
    own = OwnKey(stack.home.receipt_key)
    made = WebhookCalls(lambda: stack.registry.webhooks, lambda: stack.library, own, calls, outward, patience)
    stack.listeners.append(made.listen)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        stack.listeners.remove(made.listen)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await outward.close()
        calls.close()


async def registered(stack: Stack, url: str, source: str = PROVIDER) -> None:
    await stack.register(
        read_word(word_on(WebhookRegistered.type, {"source": source, "url": url, "networks": HERE, **PERSONS}))
    )


def begun(stack: Stack) -> Callable[[], bool]:
    """Whether the calls know how far they are: what is said from now on is told."""
    return lambda: stack.home.webhooks.exists() and bool(Calls(stack.home.webhooks).all())


def all_noted(stack: Stack) -> bool:
    """Whether it is noted that each call was answered: one that was not is called again, by the same id."""
    (call,) = Calls(stack.home.webhooks).all()
    return not stack.library.book.page(call.source, call.cursor, 1).items


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start()[:4])
        yield stack


@pytest.fixture
async def receiver(tmp_path: Path) -> AsyncIterator[Receiver]:
    async with receiving(tmp_path) as receiver:
        yield receiver


async def test_a_source_is_called_for_each_answer_once_and_reads_it_where_the_call_says(
    stack: Stack, receiver: Receiver
) -> None:
    async with called(stack, receiver):
        await registered(stack, receiver.url)
        await until(begun(stack))
        await stack.publish([invoice("A1", 500, AT)])
        await until(lambda: len(receiver.came) == 2)
        key = OwnKey(stack.home.receipt_key).webhook_key
        async with running(fund_app(stack)) as url, httpx.AsyncClient(base_url=url) as client:
            for (headers, body), type_ in zip(receiver.came, ("invoice.accepted", "payment.scheduled"), strict=True):
                assert check_webhook(headers, body, [key]) == headers["webhook-id"]
                said = json.loads(body)
                assert (said["type"], said["data"]["invoice_id"]) == (type_, "300111224/A1")
                assert "500" not in body.decode(), "no money in it"
                read = await client.get(f"{said['data']['answers']}&source={PROVIDER}")
                assert [each["event"]["id"] for each in read.json()["answers"]] == [headers["webhook-id"]]
        headers, body = receiver.came[0]
        for wrong in (body + b" ", body.replace(b"A1", b"A2")):
            with pytest.raises(SignatureError, match="none of its signatures"):
                check_webhook(headers, wrong, [key])
        with pytest.raises(SignatureError, match="five minutes"):
            check_webhook(headers | {"webhook-timestamp": "1600000000"}, body, [key])


async def test_what_failed_is_called_again_in_its_order_with_the_same_id(stack: Stack, receiver: Receiver) -> None:
    receiver.statuses = [500, 503, 302]
    receiver.headers = {"Location": receiver.url.replace("/hook", "/elsewhere")}
    async with called(stack, receiver):
        await registered(stack, receiver.url)
        await until(begun(stack))
        await stack.publish([invoice("A1", 500, AT)])
        await until(lambda: len(receiver.came) == 5)
    first, *_, last = receiver.ids
    assert receiver.ids == [first, first, first, first, last]
    assert receiver.elsewhere == 0, "a redirect is not followed"


async def test_who_was_told_is_not_told_again_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    async with fund(tmp_path / "home") as stack:
        await stack.publish(worked_start()[:4])
        async with called(stack, receiver):
            await registered(stack, receiver.url)
            await until(begun(stack))
            await stack.publish([invoice("A1", 500, AT)])
            await until(lambda: len(receiver.came) == 2 and all_noted(stack))
    async with fund(tmp_path / "home") as stack:
        await stack.publish([invoice("A2", -1, AT)])  # it can't be read, and its sender is told
        async with called(stack, receiver):
            await until(lambda: len(receiver.came) == 3)
    assert len(set(receiver.ids)) == 3
    assert json.loads(receiver.came[-1][1])["type"] == "invoice.submitted.parked"


@pytest.mark.parametrize(("status", "give_up"), [(410, timedelta(days=5)), (500, timedelta(0))])
async def test_who_is_gone_or_fails_for_long_is_not_called_and_two_persons_begin_anew(
    status: int, give_up: timedelta, stack: Stack, receiver: Receiver
) -> None:
    receiver.statuses = [status]
    async with called(stack, receiver, Patience(pauses_s=(0.05,), give_up=give_up)) as calls:
        await registered(stack, receiver.url)
        await until(begun(stack))
        await stack.publish([invoice("A1", 500, AT)])
        await until(lambda: calls.disabled() == 1)
        assert len(receiver.came) == 1
        stack.telemetry.metrics.watch_webhooks(calls.disabled)
        assert b"\npsdf_webhooks_disabled 1.0\n" in stack.telemetry.metrics.text()
        await stack.publish([day("2022-02-08")])
        await registered(stack, receiver.url)
        await until(lambda: len(receiver.came) >= 3)
        assert receiver.ids[0] == receiver.ids[1], "it goes on where it was"
        assert calls.disabled() == 0


async def test_who_is_removed_is_called_no_more(stack: Stack, receiver: Receiver) -> None:
    async with called(stack, receiver):
        await registered(stack, receiver.url)
        await registered(stack, receiver.url, "/vlk")
        await until(lambda: begun(stack)() and len(Calls(stack.home.webhooks).all()) == 2)
        word = {"source": "/vlk", "reason": "moved", **PERSONS}
        await stack.register(read_word(word_on(WebhookRemoved.type, word)))
        assert stack.registry.why_not(WebhookRemoved(**word)) == "/vlk has no webhook"
        await stack.publish([invoice("A1", 500, AT)])
        await until(lambda: len(receiver.came) == 2)
    assert {json.loads(body)["data"]["invoice_id"] for _, body in receiver.came} == {"300111224/A1"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"url": "http://a.lt/x"}, "url: 'http://a.lt/x' is not an address https://"),
        ({"url": "https://user@a.lt"}, "is not an address https://"),
        ({"url": "https://[::1]/"}, "is not an address https://"),
        ({"approved_by": "ONA  ONAITĖ"}, "by and approved_by are one person"),
        ({"networks": "10.0.0.1/8"}, "networks: 10.0.0.1/8 has host bits set"),
        ({"at": AT}, "at: the fund's own clock says"),
    ],
)
def test_a_word_on_a_webhook_that_is_none_is_refused(more: dict[str, str], told: str) -> None:
    data = {"source": PROVIDER, "url": "https://a.lt/x", **PERSONS}
    assert read_word(word_on(WebhookRegistered.type, data)).of(WebhookRegistered).url == "https://a.lt/x"
    with pytest.raises(Malformed, match=r"address|person|clock|networks") as refused:
        read_word(word_on(WebhookRegistered.type, data | more))
    assert told in refused.value.error


# ----------------------------------------------------------------------------------------------------- where it may go


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "0.0.0.0",  # noqa: S104 - it is called, not listened on
        "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "[::1]", "[fe80::1]", "[fc00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]",
        "[2002:a00:1::]", "[ff02::1]", "0177.0.0.1", "2130706433",
    ],
)  # fmt: skip
async def test_nothing_is_called_that_is_not_of_the_public_internet(host: str) -> None:
    outward = Outward()
    with pytest.raises(NotAllowed, match="is not of the public internet"):
        await outward.post(f"https://{host}:{free_port()}/", b"", {})
    await outward.close()


async def test_only_https_is_called() -> None:
    outward = Outward()
    for url in ("http://127.0.0.1/", "file:///etc/passwd", "https:///x"):
        with pytest.raises(NotAllowed, match="is no https"):
            await outward.post(url, b"", {}, networks_of(HERE))
    await outward.close()


@pytest.mark.parametrize("where", ["a..example.lt", f"{64 * 'a'}.lt", "a.example.lt:99999"])
async def test_an_address_that_is_none_is_a_fault_of_the_call_and_does_not_end_it_unheard(where: str) -> None:
    outward = Outward()
    with pytest.raises(NotAllowed, match="is no address"):
        await outward.post(f"https://{where}/psdf", b"{}", {})
    await outward.close()


async def test_a_name_is_resolved_once_and_all_its_addresses_must_be_allowed(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    found = ["127.0.0.1"]
    loop = asyncio.get_running_loop()
    real = loop.getaddrinfo

    async def getaddrinfo(host: str, port: int, **more: int) -> object:
        if host.replace(".", "").isdigit():
            return await real(host, port, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    outward = Outward(receiver.trust)
    status, _ = await outward.post(receiver.url, b"{}", {}, networks_of(HERE))
    assert (status, asked) == (204, ["localhost"])
    assert receiver.came[0][0]["host"] == receiver.url.split("/")[2]
    found.append("10.0.0.1")
    with pytest.raises(NotAllowed, match=r"10\.0\.0\.1"):
        await outward.post(receiver.url, b"{}", {}, networks_of(HERE))
    await outward.close()


async def test_a_certificate_that_nobody_trusts_is_not_called(receiver: Receiver) -> None:
    outward = Outward()
    with pytest.raises(httpx.ConnectError, match="certificate"):
        await outward.post(receiver.url, b"{}", {}, networks_of(HERE))
    assert receiver.came == []
    await outward.close()


# ---------------------------------------------------------------------------------------------------------- as it is run


def test_two_persons_register_list_and_remove_a_webhook_at_a_running_fund(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    persons = ("--by", PERSONS["by"], "--approved-by", PERSONS["approved_by"])
    with running_fund(home, port, "--seed"):
        url = f"https://127.0.0.1:{free_port()}/hook"
        done = psdf("webhooks", "register", PROVIDER, url, *persons, home=home)
        assert (done.returncode, f"{PROVIDER} is called at {url}" in done.stdout) == (0, True), done.stderr
        alone = psdf("webhooks", "register", PROVIDER, url, "--by", "Ona", "--approved-by", "ona", home=home)
        assert (alone.returncode, "one person" in alone.stderr) == (2, True)
        asked = httpx.post(f"http://127.0.0.1:{port}/webhooks", json={})
        assert asked.status_code == 401, "not without the operator's token"
        token = {"Authorization": f"Bearer {(home / 'operator.token').read_text()}"}
        word = word_on(WebhookRegistered.type, {"source": PROVIDER, "url": url, **PERSONS})
        kind = {"Content-Type": "application/json"}
        wrong = httpx.post(f"http://127.0.0.1:{port}/keys", content=word, headers=token | kind)
        assert (wrong.status_code, "is not taken here" in wrong.json()["detail"]) == (422, True)
        raw = invoice("A1", 500, AT)
        httpx.post(
            f"http://127.0.0.1:{port}/events", content=raw, headers={"Content-Type": "application/cloudevents+json"}
        )
        asyncio.run(until(lambda: "failing" in psdf("webhooks", "list", home=home).stdout))
        listed = json.loads(psdf("webhooks", "list", "--json", home=home).stdout)
        assert listed["key"].startswith("whpk_")
        assert "not of the public internet" in listed["webhooks"][0]["fault"]
        gone = psdf("webhooks", "remove", PROVIDER, "--reason", "moved", *persons, home=home)
        assert gone.returncode == 0, gone.stderr
        again = psdf("webhooks", "remove", PROVIDER, "--reason", "moved", *persons, home=home)
        assert (again.returncode, "has no webhook" in again.stderr) == (1, True)
        assert json.loads(psdf("webhooks", "list", "--json", home=home).stdout)["webhooks"] == []


# ------------------------------------------------------------------------------------------------- as others verify it

OTHERS = """
import asyncio, base64, json, sys
from authweave_core import InMemoryReplayStore
from authweave_webhooks import Ed25519PublicKey, PublicKeyDocument, StandardWebhooksVerifier, StaticPublicKeyResolver

given = json.load(sys.stdin)
key = Ed25519PublicKey(base64.b64decode(given["key"]))
document = PublicKeyDocument(
    version="1", environment="e", owner="o", endpoint="p", not_before=0, retire_after=None, keys=(key,)
)
verifier = StandardWebhooksVerifier(
    StaticPublicKeyResolver(document), replay_store=InMemoryReplayStore(capacity=9, time_source=lambda: 0.0), expected_environment="e", expected_owner="o",
    expected_endpoint="p", time_source=lambda: given["now"],
)
names = ("webhook-id", "webhook-timestamp", "webhook-signature")
for body in given["bodies"]:
    headers = {name: given["headers"][name] for name in names}
    try:
        print((asyncio.run(verifier.verify(headers=headers, body=body.encode()))).webhook_id)
    except Exception as error:
        print(type(error).__name__)
"""


def newer_python() -> str | None:
    """A Python of 3.12 or newer: one on the path, or one that pyenv keeps."""
    pyenv = ["pyenv", "versions", "--bare"]
    has = shutil.which(pyenv[0])
    kept = subprocess.run(pyenv, capture_output=True, text=True, check=False).stdout.split() if has else []
    for version in filter(lambda name: shutil.which(f"python{name}"), ("3.12", "3.13", "3.14")):
        for chosen in ({}, *({"PYENV_VERSION": each} for each in kept if each.startswith(version))):
            say = [f"python{version}", "-c", "import sys; print(sys.executable)"]
            done = subprocess.run(say, env=os.environ | chosen, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return done.stdout.strip()
    return None


def test_somebody_else_s_verifier_takes_the_signature(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    python = newer_python()
    if python is None:
        pytest.skip(
            "WEBHOOKS ARE NOT VERIFIED BY OTHERS HERE: authweave-webhooks needs Python 3.12, which is not found"
        )
    made = subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=False, capture_output=True)
    pip = [sys.executable, "-m", "pip", "--python", tmp_path / "venv", "install", "-q", "authweave-webhooks==8.0.2"]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if made.returncode or done.returncode:
        pytest.skip(f"WEBHOOKS ARE NOT VERIFIED BY OTHERS HERE: {done.stderr[-300:]}")
    own, now = OwnKey(tmp_path / "key.pem"), datetime.now(UTC)
    event = {"id": "e-1", "type": "invoice.accepted", "time": AT, "data": {"invoice_id": "1/ž"}}
    body, headers = signed(Item(raw=json.dumps(event).encode(), cursor="b"), "a", own, now)
    given = {
        "key": own.webhook_key.removeprefix("whpk_"),
        "headers": headers,
        "bodies": [body.decode(), body.decode() + " "],
        "now": int(now.timestamp()),
    }
    verify = [tmp_path / "venv" / "bin" / "python", "-c", OTHERS]
    said = subprocess.run(verify, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert said.stdout.splitlines() == ["e-1", "WebhookVerificationError"], said.stderr
