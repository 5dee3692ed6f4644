"""A payer that changed a contract reads at the door what became of it, as it reads that it was refused."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from shared.adapters.kafka.records import CAUSED_BY
from shared.edge.audience import audience
from shared.edge.book import Book
from shared.edge.gate import Gate
from shared.edge.signatures import Signatures
from shared.edge.topics_feed import TopicsLibrary
from shared.engine.keys import Keys
from shared.messages.write import cloud_event
from tests.edge.signing import PROVIDER
from tests.edge.test_edge_answers import AT, LINES, Topics, asked, types
from tests.runtime import served
from tests.runtime.funds import event, worked_start

stack, client = served.stack, served.client


async def test_the_payer_that_changed_a_contract_reads_it_and_no_other_payer(client: httpx.AsyncClient) -> None:
    kaunas, vilnius = "/tlk/TLK-KAUNAS", "/tlk/TLK-VILNIUS"
    theirs = json.loads(worked_start()[2])
    theirs |= {"id": "k-1", "source": kaunas, "subject": "K-1"}
    theirs["data"] |= {"contract_id": "K-1", "payer": "TLK-KAUNAS"}
    account = {"contract_id": "K-1", "iban": theirs["data"]["provider"]["iban"]}
    said = [
        json.dumps(theirs).encode(),
        event(kaunas, "k-2", "contract.change.proposed", AT, {"contract_id": "K-1", "ceiling_cents": 0}),
        event(kaunas, "k-3", "contract.account.proposed", AT, account),
        event(kaunas, "k-4", "contract.ended", AT, {"contract_id": "K-1", "on": "2022-06-30"}),
    ]
    sent = (await client.post("/events", content=b"\n".join(said), headers=LINES)).json()["answers"]
    assert [each["outcome"] for each in sent] == ["taken"] * 4, sent
    changes = ["contract.concluded", "contract.changed", "contract.account.confirmed", "contract.changed"]
    assert types(await asked(client, kaunas)) == changes
    provider = [each["event"] for each in (await asked(client))["answers"]]
    told = [each["type"] for each in provider if each["subject"] == "K-1"]
    assert told == changes, "as before, and nothing that the fund says to itself"
    assert types(await asked(client, vilnius)) == []
    assert not {"K-1"} & {each["event"]["subject"] for each in (await asked(client, "/vlk"))["answers"]}


def test_a_contract_that_the_clock_gave_another_payer_is_no_answer_to_the_clock() -> None:
    data = {"contract_id": "K-1", "provider_code": "300111224", "payer": "TLK-VILNIUS"}
    assert audience("contract.changed", data, "VLK", "/clock") == {PROVIDER, "/tlk/TLK-VILNIUS"}


@pytest.mark.parametrize(
    ("said", "outcome"), [("contract.account.confirmed", "taken"), ("contract.change.refused", "refused")]
)
async def test_the_gate_answers_a_payer_that_confirms_an_account_at_once(
    tmp_path: Path, said: str, outcome: str
) -> None:
    """As on the cluster, where the header of the topic says whose proposal it was."""
    library, kaunas = TopicsLibrary(Book(tmp_path / "book", "VLK"), ""), "/tlk/TLK-KAUNAS"
    gate: Any = Gate(Topics(), library, Signatures(Keys), arrival=False)  # type: ignore[arg-type]
    data = {"contract_id": "K-1", "iban": "LT121000011101001000"}
    raw = cloud_event(id_="r-1", source="/contracts", type_=said, subject="K-1", time=AT, data=data, cause="k-3")
    lies: Any = SimpleNamespace(
        topic=said, partition=0, offset=0, value=raw, headers=((CAUSED_BY, kaunas.encode()),), timestamp=0
    )
    await library.take([lies], {})
    (given,) = await gate.take([event(kaunas, "k-3", "contract.account.proposed", AT, data)], 0, own=True)
    assert given.outcome == outcome
    assert [item.raw for item in library.book.page(kaunas, "", 9).items] == [raw]
    library.book.close()
