"""A payer that changed a contract reads at the door what became of it, as it reads that it was refused."""

import json

import httpx

from shared.edge.audience import audience
from tests.edge.signing import PROVIDER
from tests.edge.test_edge_answers import AT, LINES, asked, types
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
