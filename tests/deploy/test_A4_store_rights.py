"""A4. In the store each user writes its own journal alone, and nobody may change or delete a commit.

No MongoDB is here to hold anybody to it, and FerretDB knows no roles: what the code really sends is written down and
compared with the rights that are rendered.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from deploy import render
from deploy.local import Report
from deploy.store_rights import DATABASE, READERS, RIGHTS, resource
from services.all import SERVICES
from shared.adapters.mongo.backup import dump, hear_only, load
from shared.adapters.mongo.client import close
from shared.adapters.mongo.documents import COMMITS
from shared.adapters.mongo.store import MOST_HEARD, MongoStore, open_store
from shared.edge.gate_store import StoreCalls, StoreDocuments, Turn
from shared.effects.bank.desk import Desk
from shared.effects.bank.journals import heard_in
from shared.effects.letters_store import MongoLetters
from shared.engine.journal import SEALER, Snapshot, chain, genesis
from shared.engine.webhooks import Webhook
from shared.journal.journals import MongoJournals
from shared.journal.moment import of_one_moment
from tests.adapters.test_letter import notice
from tests.bank.independent import FUND, MORNING, SETTINGS, ordered
from tests.deploy import manifests

ACTIONS = {
    "insert": "insert",
    "find": "find",
    "aggregate": "find",
    "getMore": "find",
    "delete": "remove",
    "update": "update",
    "findAndModify": "update",
    "createIndexes": "createIndex",
    "listCollections": "listCollections",
}
"""What MongoDB asks of whoever sends a command; others are of the connection."""
OF_THE_CONNECTION = {"hello", "ismaster", "ping", "endSessions", "killCursors"}
SERVICE_NAMES = [service.name for service in SERVICES]
USER_OF = re.compile(r"mongodb://(\w+):")


class Sent(CommandListener):
    """What a client sent: the action that it needs, and on which collection (none: on the database)."""

    def __init__(self) -> None:
        self.needs: set[tuple[str, str]] = set()

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in OF_THE_CONNECTION:
            return
        collection = event.command.get("collection" if event.command_name == "getMore" else event.command_name)
        self.needs.add((collection if isinstance(collection, str) else "", ACTIONS[event.command_name]))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


def may(user: str, collection: str, action: str) -> bool:
    rights = RIGHTS[user]
    reads = user in READERS and action in {"find", "listCollections"}
    return reads or action in {*rights.get(collection, ()), *rights.get("", ())}


@asynccontextmanager
async def as_user(user: str, stack: Report) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    """A client of whom everything is written down; at the end each need is a right of the user."""
    sent = Sent()
    client = AsyncMongoClient[dict[str, Any]](stack.mongo_url, event_listeners=[sent])
    try:
        yield client
    finally:
        await close(client)
    assert sent.needs
    assert not [need for need in sorted(sent.needs) if not may(user, *need)], user


async def all_of_a_journal(store: MongoStore, service: str) -> None:
    first = chain("s", 1, b"[]", genesis(service, "s"))
    second = chain("s", 2, b"[]" * 300, first.hash)
    await store.append([first])
    await store.append([second])
    assert [commit.version async for commit in store.read("s")] == [1, 2]
    assert await store.heads() == {"s": 2}
    for version in (1, 2):
        await store.mark({"s": version})
        await store.close()
    assert [commit.version async for commit in store.unpublished()] == []
    for offset in range(MOST_HEARD + 2):
        await store.hear({"t/0": offset})
    assert await store.heard() == {"t/0": MOST_HEARD + 1}
    for version in (1, 2):
        await store.save([Snapshot(stream="s", version=version, hash=bytes(32), body=b"state")])
    assert [snapshot.version for snapshot in await store.load()] == [2]


@pytest.mark.connected
@pytest.mark.parametrize(("user", "service"), [("contracts", "contracts"), ("bank", "bank"), ("seal", SEALER)])
async def test_A4_whoever_has_a_journal_needs_no_more_than_its_rights(
    stack: Report, fund: str, user: str, service: str
) -> None:
    async with as_user(user, stack) as client:
        await all_of_a_journal(await open_store(client, fund, service), service)
        await hear_only(client, fund, service, {"t/0": 3})
        await open_store(client, fund, service)


@pytest.mark.connected
async def test_A4_who_reads_copies_restores_and_keeps_letters_needs_no_more_than_its_rights(
    stack: Report, fund: str, tmp_path: Path
) -> None:
    async with as_user("contracts", stack) as client:
        await all_of_a_journal(await open_store(client, fund, "contracts"), "contracts")
    async with as_user("letters", stack) as client:
        letters = MongoLetters(client, fund)
        assert await letters.keep(notice(), {}) == await letters.keep(notice(), {})
        assert [commit async for commit in MongoJournals(client, fund).store("desk").read("desk")] == []
    async with as_user("gate", stack) as client:
        documents, calls, turn = StoreDocuments(client, fund), StoreCalls(client, fund), Turn(client, fund)
        await documents.keep("d", b"<Invoice/>")
        assert await documents.answered("d", b"{}") == await documents.receipt("d")
        webhook = Webhook(source="/vlk", url="https://a.lt", networks="", registered_at=datetime.now(UTC))
        await calls.keep(await calls.of(webhook, "end"))
        assert len(await calls.all()) == 1
        await turn.taken()
        await turn.give()
    async with as_user("console", stack) as client:
        journals = MongoJournals(client, fund)
        assert await journals.count() == 2
        assert [commit.version async for commit in journals.since("contracts", {})] == [1, 2]
        assert (await journals.news("contracts"), await journals.marks()) == ({"s": 2}, {("contracts", "s"): 2})
        assert (await journals.heard("contracts"))["t/0"] > 0
    async with as_user("backup", stack) as client:
        ends = partial(of_one_moment, MongoJournals(client, fund))
        await dump(client, fund, "psdf", "2026-03-04T00:00:00Z", tmp_path / "copy", ends, lambda: None)
    async with as_user("restore", stack) as client:
        await load(client, f"{fund}-again", tmp_path / "copy", lambda: None)
        assert await MongoJournals(client, f"{fund}-again").count() == 2
        assert await StoreDocuments(client, f"{fund}-again").receipt("d") == b"{}"
        assert [call.cursor for call in await StoreCalls(client, f"{fund}-again").all()] == ["end"]
        await hear_only(client, f"{fund}-again", "contracts", {"t/0": 3})
        assert await heard_in(MongoJournals(client, f"{fund}-again").store, {}) == ([], {})
        desk = Desk(FUND, SETTINGS, await open_store(client, f"{fund}-again", "bank"), None)
        await desk.collect([ordered(1, 1)], MORNING)
    async with as_user("contracts", stack) as client:
        assert await (await open_store(client, f"{fund}-again", "contracts")).heads() == {"s": 2}
    async with as_user("console", stack) as client:
        for journal in ("desk", "bank"):
            store = MongoStore(client.get_database(fund), journal)
            await store.check()
            await store.append([chain(journal, 1, b"[]", genesis(journal, journal))])
            assert [commit.version async for commit in store.read(journal)] == [1]


@pytest.mark.parametrize("user", sorted(RIGHTS))
def test_A4_nobody_changes_or_deletes_a_commit_or_a_letter_and_each_writes_its_own_alone(user: str) -> None:
    granted = {action for actions in RIGHTS[user].values() for action in actions}
    assert granted <= {"find", "insert", "remove", "createIndex", "listCollections"}
    for collection, actions in RIGHTS[user].items():
        if collection.endswith(COMMITS) or collection in {"", "letters"}:
            assert "remove" not in actions
    own = {"seal": SEALER, "console": "desk"}.get(user, user)
    written = {name for name, actions in RIGHTS[user].items() if "insert" in actions} - {"meta", own}
    if user == "console":  # two persons let a file of the bank go there
        written.remove(f"bank{COMMITS}")
    assert user == "restore" or all(name.startswith(f"{own}.") for name in written)
    assert set(SERVICE_NAMES) <= RIGHTS.keys()


def test_A4_what_is_rendered_says_the_same() -> None:
    """As the operator reads it, and as the MongoDB of compose runs it."""
    spec = resource()["spec"]
    told = {
        role["role"]: {each["resource"]["collection"]: tuple(each["actions"]) for each in role["privileges"]}
        for role in spec["security"]["roles"]
    }
    assert told == {user: dict(rights) for user, rights in RIGHTS.items() if rights}
    assert {each["resource"]["db"] for role in spec["security"]["roles"] for each in role["privileges"]} == {DATABASE}
    (made,) = manifests.of("MongoDBCommunity", manifests.built(manifests.OVERLAYS / "small")).values()
    assert (made["spec"]["users"], made["spec"]["security"]["roles"]) == (spec["users"], spec["security"]["roles"])
    assert made["spec"]["security"]["authentication"] == {"modes": ["SCRAM"]}
    script = (render.DEPLOY / "compose" / "store-users.js").read_text()
    run = [json.loads(line) for line in re.findall(r"fund\.createRole\((.*)\);", script)]
    assert [each["privileges"] for each in run] == [role["privileges"] for role in spec["security"]["roles"]]
    assert re.findall(r'createUser\(\{"user": "(\w+)"', script) == list(RIGHTS)


@pytest.mark.parametrize("overlay", ["small", "production"])
def test_A4_each_process_logs_in_as_its_own_user(overlay: str) -> None:
    resources = manifests.built(manifests.OVERLAYS / overlay)
    pods = {name: made["spec"]["template"]["spec"] for name, made in manifests.of("Deployment", resources).items()}
    for name, job in manifests.of("CronJob", resources).items():
        pods[name] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    asked = {}
    for name, pod in pods.items():
        env = {each["name"]: each for each in pod["containers"][0].get("env", [])}
        if "PSDF_MONGO" in env:
            asked[name] = env["PSDF_MONGO"]["valueFrom"]["secretKeyRef"]["name"]
    assert asked == {name: f"psdf-mongo-{name}-url" for name in asked}
    assert asked.keys() == RIGHTS.keys() - {"restore", *(() if overlay == "production" else ("backup", "seal"))}


def test_A4_each_process_of_compose_logs_in_as_its_own_user() -> None:
    services = yaml.safe_load((render.DEPLOY / "compose.yaml").read_text())["services"]
    addresses = {name: each["environment"]["PSDF_MONGO"] for name, each in services.items() if _is_stored(each)}
    assert {name: USER_OF.match(address)[1] for name, address in addresses.items()} == {  # type: ignore[index]
        name: name for name in addresses
    }
    assert addresses.keys() == RIGHTS.keys() - {"backup", "seal", "restore"}
    assert "./compose/store-users.js:/docker-entrypoint-initdb.d/store-users.js:ro" in services["mongo"]["volumes"]


def _is_stored(service: dict[str, Any]) -> bool:
    return "PSDF_MONGO" in (service.get("environment") or {})


def test_A4_a_person_is_told_to_make_each_password() -> None:
    runbook = (render.DEPLOY / "README.md").read_text()
    (users,) = re.findall(r"for user in ([\w ]+); do\n  kubectl -n psdf create secret generic psdf-mongo-", runbook)
    assert users.split() == list(RIGHTS)
