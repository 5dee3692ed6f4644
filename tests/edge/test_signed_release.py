"""What was parked for its signature is released where that is proved now, as of when it came; else by nobody."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import free_port
from shared.desk.acts import ACTS
from shared.desk.dry import understood
from shared.edge import jws
from shared.edge.again import keys_of
from shared.edge.signatures import Signatures, as_it_came
from shared.engine.keys import Keys
from shared.journal.home import Home, reading
from shared.journal.parked import ParkedEvent, ReleaseError, parked_events, released
from shared.messages.read import parse
from shared.runtime.embedded import Stack
from tests.edge.signing import PROVIDER, Signer
from tests.edge.test_signatures_again import told_of
from tests.runtime import served
from tests.runtime.funds import fund, invoice, psdf, running_fund, worked_start

AT = "2022-02-07T10:00:00+02:00"
stack, client = served.stack, served.client


async def only(client: httpx.AsyncClient) -> dict[str, Any]:
    (parked,) = (await client.get("/parked")).json()["parked"]
    return dict(parked)


@pytest.mark.parametrize("form", ["dsse", "jws"])
async def test_an_event_whose_key_was_registered_late_is_released_once_and_its_journal_holds(
    stack: Stack, client: httpx.AsyncClient, form: str
) -> None:
    signer, raw = Signer(), invoice("A1", 500, AT)
    signed = signer.sign(raw) if form == "dsse" else jws.sign(raw, signer.keyid, signer.key)
    await stack.publish([signed])
    parked = await only(client)
    assert "is not registered" in parked["error"]
    before = await client.post(f"/parked/{parked['id']}/release", json={})
    assert before.status_code == 409
    assert "its sender has to send it again" in before.json()["detail"]
    await signer.registered(stack)
    done = await client.post(f"/parked/{parked['id']}/release", json={})
    assert (done.status_code, done.json()["answers"][0]["outcome"]) == (200, "accepted"), done.text
    assert (await only(client))["released"] is True
    again = await client.post(f"/parked/{parked['id']}/release", json={})
    assert (again.status_code, "released before" in again.json()["detail"]) == (409, True)
    assert await told_of(stack.home.path) == []


async def test_what_nobody_has_signed_or_another_or_too_late_is_released_by_nobody(
    stack: Stack, client: httpx.AsyncClient
) -> None:
    signer = await Signer().registered(stack)
    old = signer.sign(invoice("A2", 500, AT))
    changed = old.replace(b'"amount_cents": 500', b'"amount_cents": 501')
    await stack.publish([invoice("A1", 500, AT), changed, Signer().sign(invoice("A3", 500, AT))])
    parked = (await client.get("/parked")).json()["parked"]
    assert len(parked) == 3
    for each in parked:
        answer = await client.post(f"/parked/{each['id']}/release", json={})
        assert (answer.status_code, "is not proved to be of" in answer.json()["detail"]) == (409, True), answer.text
    assert all(not each["released"] for each in (await client.get("/parked")).json()["parked"])


def laid_aside(home: Home, signer: Signer) -> tuple[str, str]:
    """An event that came before its key was registered, and one that nobody has signed: their ids."""

    async def play() -> None:
        async with fund(home.path) as stack:
            await stack.publish([*worked_start()[:4], signer.sign(invoice("A1", 500, AT))])
            await signer.registered(stack)
            await stack.publish([invoice("A3", 500, AT)])

    asyncio.run(play())
    with reading(home) as connection:
        late, unsigned = [each.id for each in parked_events(connection)]
    return late, unsigned


def test_at_a_fund_that_others_reach_the_command_shows_the_token_of_the_home(tmp_path: Path) -> None:
    home, port = Home(path=tmp_path), free_port()
    late, unsigned = laid_aside(home, Signer())
    with running_fund(home.path, port, "--open-to", "fund.example.lt"):
        done = psdf("parked", "release", late, home=home.path)
        assert "invoice.submitted accepted" in " ".join(done.stdout.split()), done.stderr
        refused = psdf("parked", "release", unsigned, home=home.path)
        assert (refused.returncode, "has to send it again" in " ".join(refused.stderr.split())) == (1, True)
        assert psdf("parked", "dismiss", unsigned, home=home.path).returncode == 0
        assert "Parked: 0" in psdf("parked", "list", home=home.path).stdout


def test_in_a_copy_of_a_clusters_journals_nothing_is_released_or_dismissed(tmp_path: Path) -> None:
    home = Home(path=tmp_path)
    late, _ = laid_aside(home, Signer())
    home.cluster_prefix.write_text("psdf\n", encoding="utf-8")
    before = home.journal.read_bytes()
    for verb in ("release", "dismiss"):
        done = psdf("parked", verb, late, home=home.path, PSDF_MOMENT="event")
        assert (done.returncode, "is a copy" in done.stderr) == (1, True), done.stdout + done.stderr
    assert (home.journal.read_bytes(), home.dismissed.exists()) == (before, False)


def test_in_a_home_the_desk_foresees_it_and_the_command_does_it(tmp_path: Path) -> None:
    signer, home = Signer(), Home(path=tmp_path)
    late, unsigned = laid_aside(home, signer)
    check = as_it_came(Signatures(lambda: keys_of(home)), "event")
    fits, not_so = understood(home, ACTS["release"], {"ids": [late, unsigned]}, check)
    assert (bool(fits.raw), b"dssematerial" in fits.raw, not_so.raw) == (True, False, b"")
    assert "signature is missing" in not_so.fault
    done = psdf("parked", "release", late, home=home.path, PSDF_MOMENT="event")
    assert "invoice.submitted accepted" in " ".join(done.stdout.split()), done.stderr
    told = " ".join(psdf("why", "300111224/A1", home=home.path).stdout.split())
    assert signer.keyid in told, "who has signed what was released"
    refused = psdf("parked", "release", unsigned, home=home.path, PSDF_MOMENT="event")
    assert (refused.returncode, "has to send it again" in " ".join(refused.stderr.split())) == (1, True)
    assert psdf("verify", home=home.path).returncode == 0


def aside(service: str, error: str, raw: bytes) -> ParkedEvent:
    said = base64.b64encode(raw).decode()
    return ParkedEvent(
        id="p-1", service=service, topic="invoice.submitted", received=AT, error=error, raw_base64=said, released=False
    )


def test_what_the_gate_laid_aside_for_want_of_a_signature_is_released_by_nobody_though_its_source_has_no_key() -> None:
    raw, check = invoice("A1", 500, AT), Signatures(Keys)
    with pytest.raises(ReleaseError, match="signature is missing"):
        released(aside("gate", f"signature is missing: {PROVIDER} signs its events", raw), check)
    assert parse(released(aside("gate", "data: it can be read now", raw), check), outside=True).source == PROVIDER
