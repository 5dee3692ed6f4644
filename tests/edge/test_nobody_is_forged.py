"""From each role's credentials, every type of event that is not its own, on every path: refused, each and every one.

The table is printed (``pytest -s``) and asserted: by path, how many were tried and how many refused. On Kafka nobody from
outside has credentials (``tests/deploy/test_kafka_rights.py``); the cluster's door is this one (``tests/cluster/test_gate.py``).
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from time import time
from typing import Any, TypeAlias
from unittest import mock

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt

from shared.adapters.bank.answers import BankFileError
from shared.desk import matters
from shared.desk.acts import ACTS
from shared.desk.issuer import read_issuer
from shared.desk.matters import NotDone, State
from shared.desk.people import ROLES, People, TokenError
from shared.edge.einvoice.reception import Judges
from shared.edge.tokens import token
from shared.events.catalogue import OUTSIDE
from shared.messages.examples import EXAMPLES
from shared.runtime.http import fund_app
from shared.runtime.mutual import Mutual
from tests.bank.independent import MORNING
from tests.desk.acting import person
from tests.desk.provider import AUDIENCE, issuer_file
from tests.desk.test_desk_people import TABLE
from tests.desk.test_issuer import made, publishing
from tests.edge.certificates import Authority, client_cert
from tests.edge.einvoice.made import FUND, invoice, ubl
from tests.edge.signing import Signer
from tests.hostile import ways
from tests.hostile.making import BANK
from tests.rules.authority.test_who_may_do_what import ALONE
from tests.runtime.funds import fund, worked_start

ROLES_OUTSIDE = (
    "/vlk", "/tlk/TLK-KAUNAS", "/providers/300111224", "/providers/390000017", "/treasury", "/ministry", "/government", "/sodra",
)  # fmt: skip
ANOTHER = "390000024"
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


def forged(signer: Signer) -> Iterator[bytes]:
    """Every type that is not the role's: under its own name, and under that of who may say it; signed with its key."""
    for type_ in sorted(OUTSIDE):
        example = EXAMPLES[type_]
        if not may(signer.source, type_):
            yield signed(signer, example | {"source": signer.source})
        if example["source"] != signer.source:
            yield signed(signer, example)


def signed(signer: Signer, event: dict[str, Any]) -> bytes:
    return signer.sign(json.dumps(event | {"id": f"forged-{next(ids)}"}).encode())


Held: TypeAlias = dict[str, Signer]
"""By source, a key that is good today: events of these tests are of 2022, tokens and connections of today."""


class Table(Counter[tuple[str, str]]):
    """By path: how many were tried, how many refused."""

    def add(self, path: str, *, refused: bool, what: object) -> None:
        self[path, "tried"] += 1
        self[path, "refused"] += refused
        assert refused, f"{path}: taken: {what!r}"

    def show(self) -> str:
        paths = dict.fromkeys(path for path, _ in self)
        return "\n".join(
            f"{path:<44} {self[path, 'tried']:>5} tried {self[path, 'refused']:>5} refused" for path in paths
        )


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
    """Structured, binary, batch, lines; and with the signature taken off."""
    raws = list(forged(signer))
    for structured, binary in zip(raws[::2], raws[1::2], strict=False):  # one after another, each by one of the two
        answer = await client.post("/events", content=structured, headers={"Content-Type": STRUCTURED})
        heard(answer, "HTTP, structured", 1, table)
        whole = json.loads(binary)
        headers = {f"ce-{name}": str(value) for name, value in whole.items() if name not in ("data", "datacontenttype")}
        heard(await client.post("/events", json=whole["data"], headers=headers), "HTTP, binary", 1, table)
    for path, mode in (("HTTP, batch", BATCH), ("HTTP, lines", LINES), ("HTTP, its signature taken off", LINES)):
        again = list(forged(signer))
        if "taken off" in path:
            again = [bare(raw) for raw in again]
        body = b"[" + b",".join(again) + b"]" if mode == BATCH else b"\n".join(again)
        heard(await client.post("/events", content=body, headers={"Content-Type": mode}), path, len(again), table)


def bare(raw: bytes) -> bytes:
    return json.dumps({name: said for name, said in json.loads(raw).items() if name != "dssematerial"}).encode()


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


async def over_the_keepers_doors(client: httpx.AsyncClient, signer: Signer, table: Table) -> None:
    """What the fund's own persons alone bring: keys, webhooks, statements, the desk's events, releases."""
    own = token(signer.source, FUND.fund_id, signer.keyid, signer.key, datetime.now().astimezone())
    for path in ("/keys", "/webhooks", "/statements", "/desk", "/parked/x/release"):
        for headers in ({"Authorization": f"Bearer {own}"}, {"Authorization": "Bearer guessed"}, {}):
            kind = {"Content-Type": STRUCTURED}
            answer = await client.post(path, content=next(forged(signer)), headers=headers | kind)
            table.add(f"HTTP, {path}", refused=answer.status_code == HTTPStatus.UNAUTHORIZED, what=answer.text)


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


def at_the_desk(table: Table) -> None:
    """Each role drafts every act that is not its own; and one's own is confirmed by oneself and by other roles."""
    for role in ROLES:
        for name, (drafts, _) in TABLE.items():
            if role in drafts.split():
                continue
            example = EXAMPLES.get(ACTS[name].record.type)
            data = example["data"] if example else {"ids": ["x"], "why": "x"}
            try:
                done = list(matters.draft(State(), FUND, person("Ona", role), ACTS[name], data, name, None))
            except NotDone:
                table.add("desk, another role's act", refused=True, what=name)
            else:
                table.add("desk, another role's act", refused=False, what=done)


def by_tokens(folder: Path, table: Table) -> None:
    """For each role at the desk, tokens of its identity provider that it never gave, or gave for something else."""
    ours, stranger = made("EC", "one"), made("EC", "one")
    with publishing() as there:
        there.has(ours)
        people = People(folder, read_issuer(issuer_file(folder / "oidc.toml", there.url), FUND))
        at = int(time())
        good = {"iss": there.url, "aud": AUDIENCE, "sub": "ona", "iat": at, "exp": at + 60, "payer": "vlk"}
        for role in ROLES:
            said, head = good | {"roles": f"psdf-{role}"}, {"alg": "ES256", "typ": "at+jwt", "kid": "one"}
            assert people.by_token(jwt.encode(head, said, ours)), "so that none is refused for another reason"
            for token in (
                jwt.encode(head, said, stranger),
                jwt.encode(head | {"kid": "two"}, said, stranger),
                jwt.encode(head | {"typ": "JWT"}, said, ours),
                jwt.encode(head, said | {"aud": "another"}, ours),
                jwt.encode(head, said | {"iss": "https://evil.example"}, ours),
                jwt.encode(head, said | {"iat": at - 600, "exp": at - 60}, ours),
                jwt.encode(head, said | {"roles": [f"psdf-{role}", "psdf-clerk", "psdf-second"]}, ours),
            ):
                try:
                    taken = people.by_token(token)
                except TokenError:
                    taken = None
                table.add("desk, a token that was not given", refused=taken is None, what=token)


async def test_from_each_roles_credentials_nothing_of_anothers_is_taken_on_any_path(
    here: tuple[httpx.AsyncClient, list[Signer], ways.Stack],
    authority: Authority,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    client, signers, stack = here
    yesterday = datetime.now().astimezone() - timedelta(days=1)
    held = {each.source: await Signer(each.source).registered(stack, yesterday) for each in signers}
    table, before = Table(), ways.standing(stack)
    with mock.patch.object(Judges, "check", ways.breaks_nothing):
        for signer in signers:
            await over_http(client, signer, table)
            await over_ubl(client, held[signer.source], table)
            await over_the_keepers_doors(client, held[signer.source], table)
            await over_a_connection(client, signer, signers, held, authority, table)
            await over_a_connection_of_nobody(client, held[signer.source], authority, table)
    await by_bank_files(tmp_path_factory.mktemp("other"), table)
    at_the_desk(table)
    by_tokens(tmp_path_factory.mktemp("tokens"), table)
    print(f"\n{table.show()}")
    assert ways.standing(stack) == before, "a forged event has changed something"
    assert {path for path, _ in table} >= {
        "HTTP, structured",
        "HTTP, binary",
        "HTTP, batch",
        "HTTP, lines",
        "UBL, another's invoice",
        "HTTP, another's connection",
        "HTTP, asked over another's connection",
        "HTTP, a certificate of nobody",
        "desk, a token that was not given",
    }
    assert all(table[path, "tried"] == table[path, "refused"] > 0 for path, _ in table)
    assert table["HTTP, batch", "tried"] == table["HTTP, lines", "tried"] > 300
    assert table["desk, another role's act", "tried"] > 80


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
