"""What is wrong with a fund after a campaign: a line each, and none where all is well."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from services.all import SERVICES
from shared.adapters.mongo.client import Client
from shared.engine.codec import Codec
from shared.engine.outbox import messages_of
from shared.journal.journals import MongoJournals
from shared.journal.verify import verify
from shared.kernel.calendar import VILNIUS
from tests.cluster.history import TIGHT, Event, History
from tests.invariants.auditor import audit
from tests.model.compare import line
from tests.model.model import play

SHOWN = 5
DAY_LENGTH = len("2022-09-10")


async def chains(client: Client, database: str) -> Iterator[str]:
    """As ``psdf verify``: chains, folds against snapshots, balances, services against each other."""
    checked = await verify(MongoJournals(client, database), lambda: None, door=False)
    assert sum(each.commits for each in checked), "there is a journal"
    return (f"verify: {each.fault}" for each in checked if each.fault)


async def journalled(client: Client, database: str) -> list[Event]:
    """What the services have decided to say, each day by service and stream, as it lies in the journals."""
    found: list[tuple[Any, Event]] = []
    for number, service in enumerate(SERVICES):
        codecs = {name: Codec(domain.events) for name, domain in service.domains.items()}
        async for commit in MongoJournals(client, database).store(service.name).read():
            for message in messages_of(service.name, commit, codecs[commit.stream.partition(":")[0]]):
                event = json.loads(message.raw)
                day = datetime.fromisoformat(event["time"]).astimezone(VILNIUS).date()
                found.append(((day, number), event))
    return [event for _, event in sorted(found, key=lambda each: each[0])]


def lost_or_doubled(told: Iterable[Event], decided: Iterable[Event]) -> Iterator[str]:
    """The topics hold what the journals hold: nothing less, nothing else, whatever came twice the same."""
    said: dict[str, Event] = {}
    for event in told:
        if said.setdefault(event["id"], event)["data"] != event["data"]:
            yield f"topics: {event['type']} {event['id']} says two things"
    ids = {event["id"]: event for event in decided}
    yield from (f"topics: {event['type']} {id_} was never told" for id_, event in ids.items() if id_ not in said)
    others = (event for id_, event in said.items() if id_ not in ids and event["source"] != "/letters")
    yield from (f"topics: {event['type']} {event['id']} was never decided" for event in others)


def answered(history: History, decided: list[Event]) -> Iterator[str]:
    """Each invoice has one answer, each accepted one a payment, each order is given once."""
    submitted = {e["data"]["invoice_id"] for e in history.inbound() if e["type"] == "invoice.submitted"}
    by_type: dict[str, Counter[str]] = defaultdict(Counter)
    for event in decided:
        named = event["data"].get("order_id" if event["type"] == "payment.ordered" else "invoice_id")
        by_type[event["type"]][named] += 1
    accepted = by_type["invoice.accepted"]
    unanswered = submitted - {
        name for kind in ("accepted", "returned", "refused") for name in by_type[f"invoice.{kind}"]
    }
    yield from (f"{name}: no answer" for name in sorted(unanswered))
    for what in ("invoice.accepted", "payment.ordered"):
        yield from (f"{what} {name}: {count} times" for name, count in by_type[what].items() if count > 1)
    reduced = {e["data"]["invoice_id"] for e in decided if e["data"].get("kind") == "credit"}
    settled = set().union(*(by_type[f"payment.{what}"] for what in ("scheduled", "deferred", "lowered")))
    yield from (f"{name}: accepted, and nothing was decided on it" for name in accepted.keys() - reduced - settled)


def certain(events: Iterable[Event]) -> list[Event]:
    """What does not depend on who came first.

    All but what payments say of the article that has too little, the sums that a payment found when it came, and which
    moment of a day it was when a credit and the sum that it lowers were both there.
    """
    known = list(events)
    tight = {
        e["data"]["invoice_id"] for e in known if e["type"] == "invoice.accepted" and e["data"]["article"] == TIGHT
    }

    def depends(event: Event) -> bool:
        data = event["data"]
        return event["source"] == "/payments" and (data.get("article") == TIGHT or data.get("invoice_id") in tight)

    def without_sums(event: Event) -> Event:
        data = {k: v for k, v in event["data"].items() if k != "terms" or event["source"] != "/payments"}
        time = event["time"][:DAY_LENGTH] if event["type"] == "payment.lowered" else event["time"]
        return {**event, "time": time, "data": data}

    return [without_sums(e) for e in known if not depends(e) and not e["type"].startswith("notice.")]


def differs(wanted: Iterable[str], found: Iterable[str], name: str) -> Iterator[str]:
    """Lines of one and not of the other."""
    ours, theirs = Counter(found), Counter(wanted)
    yield from (f"only {name}: {each}" for each in (theirs - ours).elements())
    yield from (f"not {name}: {each}" for each in (ours - theirs).elements())


def exactly(event: Event) -> str:
    return json.dumps([event["type"], event["source"], event["time"], event["data"]], sort_keys=True)


async def faults(client: Client, database: str, told: list[Event], history: History, letters: set[str]) -> list[str]:
    """All that is wrong; ``letters`` are the numbers of those that the ministry has."""
    decided = await journalled(client, database)
    inbound = history.inbound()
    notices = {e["data"]["notice_no"] for e in decided if e["type"] == "notice.prepared"}
    return [
        *await chains(client, database),
        *lost_or_doubled(told, decided),
        *answered(history, decided),
        *differs(map(exactly, certain(history.told)), map(exactly, certain(decided)), "undisturbed"),
        *differs(map(line, certain(play(inbound))), map(line, certain(decided)), "the auditor's model"),
        *(f"auditor: {each}" for each in audit(inbound, decided)),
        *(f"letters: {notice} is not with the ministry" for notice in sorted(notices - letters)),
    ]
