"""From each role's credentials, every type of event that is not its own, on every path: refused, each and every one.

By path, how many were tried and how many refused is compared with the page that says it, ``deploy/forged.md``. On Kafka
nobody from outside has credentials; who has some is tried in ``tests/deploy``. The cluster's door is this one (``tests/cluster/test_gate.py``).
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from unittest import mock

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from psdf_provider import Key
from psdf_provider import sign as kit_signs
from shared.adapters.bank.answers import BankFileError
from shared.edge import jws
from shared.edge.einvoice.reception import Judges
from shared.edge.rates import Rates
from shared.edge.tokens import token
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE
from shared.journal.home import Home, reading
from shared.journal.parked import parked_events
from shared.messages.examples import EXAMPLES
from shared.runtime.http import fund_app
from shared.runtime.mutual import Mutual
from tests.bank.independent import MORNING
from tests.edge.certificates import Authority, client_cert
from tests.edge.einvoice.made import FUND, invoice, ubl
from tests.edge.forging_persons import at_the_console, at_the_desk, by_commands, by_one_person, by_tokens, words
from tests.edge.signing import Signer
from tests.forged import ALL, ON_KAFKA, PAGE, ROW, Row, Table, page
from tests.hostile import ways
from tests.hostile.making import BANK
from tests.rules.authority.test_who_may_do_what import ALONE
from tests.runtime.funds import fund, worked_start

ROLES_OUTSIDE = (
    "/vlk", "/tlk/TLK-KAUNAS", "/providers/300111224", "/providers/390000017", "/treasury", "/ministry", "/government", "/sodra",
)  # fmt: skip
ANOTHER = "390000024"
ANOTHER_SOURCE = f"/providers/{ANOTHER}"
OPERATOR = {"Authorization": "Bearer the operator's"}
PAYERS = {"/vlk", "/tlk/TLK-KAUNAS"}
STRUCTURED = "application/cloudevents+json"
BATCH, LINES = "application/cloudevents-batch+json", "application/x-ndjson"
USES = "reserve.use.proposed"
ids = count()


def may(source: str, type_: str) -> bool:
    """Who may say what: written down, not asked of the program."""
    if type_ == USES:
        return source in ("/ministry", "/government")
    owner = ALONE.get(type_)
    return (
        source in PAYERS
        if owner is None
        else source == owner or (type_ == "invoice.submitted" and "/providers/" in source)
    )


def forgeries(source: str) -> Iterator[bytes]:
    """Every type that is not the role's: under its own name, and under that of who may say it."""
    for type_ in sorted(CATALOGUE | INTERNAL):
        example = EXAMPLES.get(type_) or example_of(type_)
        if type_ not in OUTSIDE or not may(source, type_):
            yield anew(example | {"source": source})
        if example["source"] != source:
            yield anew(example)


def example_of(type_: str) -> dict[str, Any]:
    """Of what the fund says to itself, which no example shows."""
    said = {"specversion": "1.0", "type": type_, "source": INTERNAL[type_].sources[0], "data": {}}
    return said | {"time": "2022-02-07T10:00:00+02:00", "datacontenttype": "application/json"}


def anew(event: dict[str, Any]) -> bytes:
    return json.dumps(event | {"id": f"forged-{next(ids)}"}).encode()


def forged(signer: Signer) -> Iterator[bytes]:
    """The same, signed with the role's key."""
    return map(signer.sign, forgeries(signer.source))


def signed(signer: Signer, event: dict[str, Any]) -> bytes:
    return signer.sign(anew(event))


Held: TypeAlias = dict[str, Signer]
"""By source, a key that is good today: events of these tests are of 2022, tokens and connections of today."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whose client certificates count."""
    return Authority(tmp_path / "ca")


@pytest.fixture
async def here(
    tmp_path: Path, authority: Authority
) -> AsyncIterator[tuple[httpx.AsyncClient, list[Signer], ways.Stack]]:
    """A fund that others reach; each role has its key registered, by two persons."""
    async with fund(tmp_path) as stack:
        await stack.publish(worked_start())
        signers = [await Signer(source).registered(stack, days=366 * 3) for source in ROLES_OUTSIDE]
        stack.signatures.all_sign = True
        mutual = Mutual(authorities=[authority.certificate], proxies=[ip_network("127.0.0.1/32")])
        transport = httpx.ASGITransport(app=fund_app(stack, operator="the operator's", mutual=mutual))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as client:
            yield client, signers, stack


async def over_http(client: httpx.AsyncClient, signer: Signer, table: Table) -> None:
    """Structured, binary, batch, lines; by either form of a signature, and with it taken off."""
    for structured in forged(signer):
        answer = await client.post("/events", content=structured, headers={"Content-Type": STRUCTURED})
        heard(answer, "HTTP, structured", 1, table)
    for binary in forged(signer):
        whole = json.loads(binary)
        headers = {f"ce-{name}": str(value) for name, value in whole.items() if name not in ("data", "datacontenttype")}
        heard(await client.post("/events", json=whole["data"], headers=headers), "HTTP, binary", 1, table)
    kit = Key(signer.key)
    for path, mode, sign in (
        ("HTTP, batch", BATCH, signer.sign),
        ("HTTP, lines", LINES, signer.sign),
        ("HTTP, signed by a detached JWS", LINES, lambda raw: jws.sign(raw, signer.keyid, signer.key)),
        ("HTTP, signed by the provider's kit", BATCH, lambda raw: kit_signs(raw, kit)),
        ("HTTP, its signature taken off", LINES, bytes),
    ):
        again = list(map(sign, forgeries(signer.source)))
        body = b"[" + b",".join(again) + b"]" if mode == BATCH else b"\n".join(again)
        token = kit.token(signer.source, FUND.fund_id, datetime.now().astimezone())
        bearer = {"Authorization": f"Bearer {token}"} if "kit" in path else {}
        answer = await client.post("/events", content=body, headers={"Content-Type": mode} | bearer)
        heard(answer, path, len(again), table)


def heard(answer: httpx.Response, path: str, many: int, table: Table) -> None:
    answers = answer.json()["answers"]
    assert len(answers) == many
    for each in answers:
        table.add(path, refused=each["outcome"] == "parked" or each["status"] == HTTPStatus.FORBIDDEN, what=each)


async def over_ubl(client: httpx.AsyncClient, signer: Signer, table: Table) -> None:
    """Another's e-invoice, with one's own token and with none; and what stands of another's invoice."""
    own = token(signer.source, FUND.fund_id, signer.keyid, signer.key, datetime.now().astimezone())
    for headers in ({"Authorization": f"Bearer {own}"}, {}):
        number = f"F{next(ids)}"
        document = ubl(invoice(number=number, provider_code=ANOTHER, invoice_id=f"{ANOTHER}/{number}"))
        answer = await client.post("/ubl", content=document, headers=headers | {"Content-Type": "application/xml"})
        refused = answer.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY)
        table.add("UBL, another's invoice", refused=refused, what=answer.text)
        asked = await client.get(f"/invoices/{ANOTHER}/F1/response", headers=headers)
        turned_away = asked.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED)
        table.add("UBL, another's responses", refused=turned_away, what=asked.text)


async def over_the_keepers_doors(client: httpx.AsyncClient, signer: Signer, table: Table) -> None:
    """What the fund's own persons alone bring: keys, webhooks, statements, the desk's events, releases."""
    own = token(signer.source, FUND.fund_id, signer.keyid, signer.key, datetime.now().astimezone())
    for path in ("/keys", "/webhooks", "/statements", "/desk", "/parked/x/release"):
        for headers in ({"Authorization": f"Bearer {own}"}, {"Authorization": "Bearer guessed"}, {}):
            kind = {"Content-Type": STRUCTURED}
            answer = await client.post(path, content=next(forged(signer)), headers=headers | kind)
            table.add(f"HTTP, {path}", refused=answer.status_code == HTTPStatus.UNAUTHORIZED, what=answer.text)


async def with_the_keepers_token(client: httpx.AsyncClient, signer: Signer, another: str, table: Table) -> None:
    """Who keeps the registry brings what one person has said, or a request that is not of this key."""
    for path, door, word in words(signer, another):
        answer = await client.post(door, content=word, headers={"Content-Type": STRUCTURED} | OPERATOR)
        refused = answer.status_code in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT)
        table.add(path, refused=refused, what=answer.text)


async def by_import(stack: ways.Stack, home: Path, signers: list[Signer], table: Table) -> None:
    """What ``psdf publish`` reads from a file: each is laid aside, byte for byte."""
    raws = [raw for signer in signers for raw in forged(signer)]
    await stack.publish(raws)
    with reading(Home(path=home)) as connection:
        aside = {each.raw for each in parked_events(connection)}
    for raw in raws:
        table.add("import, a file of events", refused=raw in aside, what=raw)


async def over_a_connection(
    client: httpx.AsyncClient, signer: Signer, signers: list[Signer], held: Held, authority: Authority, table: Table
) -> None:
    """What others have rightly signed, over the connection of another's certificate: stolen, and sent on."""
    stolen = [signed(each, EXAMPLES[type_]) for type_ in sorted(OUTSIDE) for each in signers if each is not signer]
    body, showing = b"\n".join(stolen), {"Client-Cert": client_cert(authority.certify(held[signer.source].key, "x"))}
    heard(
        await client.post("/events", content=body, headers=showing | {"Content-Type": LINES}),
        "HTTP, another's connection",
        len(stolen),
        table,
    )
    for other in (each for source, each in held.items() if source != signer.source):
        bearer = token(other.source, FUND.fund_id, other.keyid, other.key, datetime.now().astimezone())
        for path in ("/answers", "/contracts/C-1"):
            answer = await client.get(path, headers=showing | {"Authorization": f"Bearer {bearer}"})
            refused = answer.status_code == HTTPStatus.FORBIDDEN
            table.add("HTTP, asked over another's connection", refused=refused, what=answer.text)


async def over_a_connection_of_nobody(
    client: httpx.AsyncClient, signer: Signer, authority: Authority, table: Table
) -> None:
    """A key that nobody registered, and the source's own key certified by somebody else."""
    another = Authority(authority.folder / "another")
    for shown in (authority.certify(Ed25519PrivateKey.generate(), signer.source), another.certify(signer.key, "x")):
        answer = await client.get("/answers", headers={"Client-Cert": client_cert(shown)})
        table.add("HTTP, a certificate of nobody", refused=answer.status_code == HTTPStatus.FORBIDDEN, what=answer.text)


async def by_bank_files(folder: Path, table: Table) -> None:
    """Files of another fund's accounts, and of orders that were never sent: nothing is told of any."""
    async with ways.ways(folder) as other:
        for number, content in enumerate(BANK * 3):
            try:
                taken = await other.desk.take(f"{number}.xml", content.replace("E1", f"E{number}").encode(), MORNING)
            except BankFileError:
                table.add("bank file, another fund's account", refused=True, what=content)
            else:
                assert taken is not None
                refused = not taken.told and bool(taken.aside)
                table.add("bank file, an order that is not ours", refused=refused, what=taken)


async def test_from_each_roles_credentials_nothing_of_anothers_is_taken_on_any_path(
    here: tuple[httpx.AsyncClient, list[Signer], ways.Stack],
    authority: Authority,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    client, signers, stack = here
    yesterday = datetime.now().astimezone() - timedelta(days=1)
    held = {each.source: await Signer(each.source).registered(stack, yesterday) for each in signers}
    table, before = Table(), ways.standing(stack)
    ever_so_often = mock.patch.object(Rates, "take", return_value=None)
    with mock.patch.object(Judges, "check", ways.breaks_nothing), ever_so_often:
        for signer in signers:
            await over_http(client, signer, table)
            await over_ubl(client, held[signer.source], table)
            await over_the_keepers_doors(client, held[signer.source], table)
            await with_the_keepers_token(client, signer, ANOTHER_SOURCE, table)
            await over_a_connection(client, signer, signers, held, authority, table)
            await over_a_connection_of_nobody(client, held[signer.source], authority, table)
    await by_import(stack, tmp_path, signers, table)
    await by_bank_files(tmp_path_factory.mktemp("other"), table)
    at_the_desk(table)
    by_tokens(tmp_path_factory.mktemp("tokens"), table)
    by_commands(tmp_path_factory.mktemp("commands"), table)
    by_one_person(table)
    at_the_console(tmp_path_factory.mktemp("console"), table)
    assert ways.standing(stack) == before, "a forged event has changed something"
    assert all(tried == refused > 0 for tried, refused in table.paths.values())
    assert table["HTTP, batch", "tried"] == table["HTTP, lines", "tried"] > 1_000
    table.holds()
    assert page().keys() - {ALL} == table.paths.keys() | ON_KAFKA


def test_the_page_has_each_path_once_and_says_how_many_were_tried_in_all() -> None:
    rows = [row for path, row in page().items() if path != ALL]
    assert page()[ALL] == Row(ALL, "", sum(row.tried for row in rows), sum(row.refused for row in rows))
    assert len(rows) == len(ROW.findall(PAGE.read_text(encoding="utf-8"))) - 1
    assert all(row.tried == row.refused for row in rows)


async def test_what_is_a_roles_own_is_taken_with_the_same_credentials(
    here: tuple[httpx.AsyncClient, list[Signer], ways.Stack],
) -> None:
    """So that the table above is not one of a door that is shut."""
    client, signers, _ = here
    treasury = next(signer for signer in signers if signer.source == "/treasury")
    raw = signed(treasury, EXAMPLES["revenue.received"])
    answer = await client.post("/events", content=raw, headers={"Content-Type": STRUCTURED})
    assert answer.json()["answers"][0]["outcome"] == "taken", answer.text


async def test_a_copy_without_its_signature_is_laid_aside_however_often_it_comes(
    here: tuple[httpx.AsyncClient, list[Signer], ways.Stack],
) -> None:
    """It is never answered as what it copies, though the fund knows an invoice of this content."""
    client, _, _ = here
    copied = next(raw for raw in worked_start() if b"invoice.submitted" in raw)
    copy = json.dumps(json.loads(copied) | {"id": "a-copy"}).encode()
    for _ in range(2):
        answer = await client.post("/events", content=copy, headers={"Content-Type": STRUCTURED})
        (only,) = answer.json()["answers"]
        assert (answer.status_code, only["outcome"], only.get("receipt")) == (422, "parked", None)
        assert "signature is missing" in only["error"]
