"""Who stands behind the events of an invoice's story: whose key signed it, and who let its orders go to the bank.

The first is in the journal's door, the second in the journal of the bank's desk; a journal that was copied from the
cluster has neither, and then nothing is said.
"""

import asyncio
import base64
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import msgspec

from shared.adapters.sqlite.store import SqliteStore, connect
from shared.effects.bank.desk import NAME
from shared.effects.bank.history import Handled, handled
from shared.engine.codec import Received, decode_decisions
from shared.engine.keys import DETACHED, MATERIAL
from shared.events.keys import KeyRegistered
from shared.events.payments import PaymentExecuted, PaymentOrdered
from shared.events.providers import InvoiceSubmitted
from shared.explain.sentences import Lang
from shared.explain.why import Step, Story
from shared.journal.events import facts, written
from shared.journal.home import DESK, Home
from shared.journal.parked import again
from shared.kernel.clock import Parked
from shared.kernel.language import LANGUAGES

ORDERS = frozenset({PaymentOrdered.type, PaymentExecuted.type})


def signers_of(home: Home, connection: sqlite3.Connection, story: Story, lang: Lang) -> Mapping[str, str]:
    """A sentence by an event's id, for those events of which somebody is known. Raises sqlite3.Error, Unavailable."""
    files = _files(home, {step.data["order_id"] for step in story.steps if step.type in ORDERS})
    found: dict[str, str] = {}
    for step in story.steps:
        said = ""
        if step.type == InvoiceSubmitted.type:
            said = " ".join(_signed(connection, step, lang))
        elif step.type in ORDERS and step.data["order_id"] in files:
            said = _let_go(step, files[step.data["order_id"]], lang)
        if said:
            found[step.event_id] = said
    return found


def _files(home: Home, order_ids: set[str]) -> Mapping[str, Handled]:
    path = home.bank / DESK
    if not order_ids or not path.is_file():
        return {}
    with closing(connect(path)) as connection:
        return asyncio.run(handled(SqliteStore(connection, NAME), order_ids))


def _signed(connection: sqlite3.Connection, step: Step, lang: Lang) -> Iterator[str]:
    """With which key the event came, and which two persons have registered that."""
    words = LANGUAGES[lang].words
    for event in _received(connection, step.event_id):
        for keyid in _keys(event) or _keys(_released(connection, event)):
            for fact in facts(connection, [written(KeyRegistered.type)], service="door"):
                if fact.type == KeyRegistered.type and fact.data["keyid"] == keyid:
                    persons = {"by": fact.data["by"], "approved_by": fact.data["approved_by"]}
                    yield words["why.signed"].format(key=keyid, source=fact.data["source"], **persons)


def _received(connection: sqlite3.Connection, event_id: str) -> Iterator[dict[str, Any]]:
    """The events of an id as they came, byte for byte once, and read here."""
    query = "SELECT plain(body) FROM commits WHERE service = 'door' AND holds(body, ?) ORDER BY rowid"
    for (body,) in connection.execute(query, (event_id.encode(),)):
        for decision in decode_decisions(body):
            for entry in decision.events:
                if entry.type == Received.type:
                    event: dict[str, Any] = msgspec.json.decode(entry.data)
                    if (event["id"], event["type"]) == (event_id, InvoiceSubmitted.type):
                        yield event


def _released(connection: sqlite3.Connection, event: dict[str, Any]) -> dict[str, Any]:
    """What lay parked, with its signature, where the event is its release word for word; else nothing."""
    cause = event.get("causationid")
    for fact in facts(connection, [written(Parked.type)]) if cause else ():
        if fact.type == Parked.type and fact.event_id == cause:
            raw = base64.b64decode(fact.data["raw_base64"])
            if (came := again(fact.event_id, raw)) and msgspec.json.decode(came) == event:
                said: dict[str, Any] = msgspec.json.decode(raw)
                return said
    return {}


def _keys(event: Mapping[str, Any]) -> list[str]:
    """The ids of the keys that have signed an event, which the door has verified before it took it."""
    keys: list[str] = []
    if material := event.get(MATERIAL):
        keys += [each["keyid"] for each in json.loads(base64.b64decode(material))["signatures"]]
    if detached := event.get(DETACHED):
        header = detached.partition(".")[0]
        keys.append(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])
    return list(dict.fromkeys(keys))


def _let_go(step: Step, file: Handled, lang: Lang) -> str:
    language = LANGUAGES[lang]
    if step.type == PaymentExecuted.type:
        day = file.statement
        if day is None:
            return ""
        said = "why.statement" if day.closing_cents == day.ours_cents else "why.statement.differs"
        sums = {"closing": language.sum_of(day.closing_cents), "ours": language.sum_of(day.ours_cents)}
        return language.words[said].format(number=day.number, on=day.on, **sums)
    about = {"file": file.sealed.file_id, "sha256": file.sealed.sha256}
    persons = "; ".join(f"{by}, {at:%Y-%m-%d %H:%M}" for by, at in file.approved)
    said = "why.approved" if persons else "why.file"
    sent = f"{file.sent_at:%Y-%m-%d %H:%M}" if file.sent_at else language.words["why.not_sent"]
    return language.words[said].format(persons=persons, sent=sent, **about)
