"""Who may say and hear what on Kafka: the KafkaUsers of the Kubernetes base."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import render
from deploy.local.topics import load
from services.all import RECEIVES
from shared.adapters.kafka.topics import topics_of
from shared.edge.registry_topics import TOPICS
from shared.events.catalogue import CATALOGUE, INTERNAL, OUTSIDE
from shared.events.clock import DayStarted
from shared.statute.load import load_fund
from tests.forged import RENDERED, Table

ITEMS: list[dict[str, Any]] = yaml.safe_load((Path(render.BASE) / "users.yaml").read_text())["items"]
RIGHTS: dict[str, list[dict[str, Any]]] = {
    user["metadata"]["name"]: user["spec"]["authorization"]["acls"] for user in ITEMS
}

INSIDE = {"payments": ["notice.delivered"], "invoicing": ["payer.merger.known", "contract.account.known"]}


@pytest.mark.parametrize(
    ("user", "topic", "may"),
    [
        ("gate", "invoice.submitted", True),
        ("gate", "invoice.accepted", False),
        ("gate", "day.started", False),
        ("keys", "key.registered", True),
        ("gate", "key.registered", False),
        ("payments", "payment.ordered", True),
        ("invoicing", "payment.ordered", False),
        ("treasury", "payment.reported", True),
        ("treasury", "budget.approved", False),
        ("clock", "day.started", True),
        ("keys", "day.started", False),
        ("letters", "notice.delivered", True),
        ("payments", "notice.prepared", True),
        ("payments", "account.credited.parked", True),
    ],
)
def test_each_principal_writes_what_it_speaks(user: str, topic: str, may: bool) -> None:
    assert any(right["resource"]["name"] == topic and "Write" in right["operations"] for right in RIGHTS[user]) is may


@pytest.mark.parametrize(
    ("user", "topics"),
    [
        *((service, {*kinds, *INSIDE.get(service, ())}) for service, kinds in RECEIVES.items()),
        ("letters", {"notice.prepared", "overrun.notified", "overrun.withdrawn", "contract.concluded"}),
        ("clock", set()),
    ],
)
def test_each_principal_reads_what_it_listens_to_in_its_own_group(user: str, topics: set[str]) -> None:
    read = [right["resource"] for right in RIGHTS[user] if "Read" in right["operations"]]
    assert {resource["name"] for resource in read if resource["type"] == "topic"} == topics
    assert [resource["name"] for resource in read if resource["type"] == "group"] == (
        [f"{load_fund().fund_id}.{user}"] if topics else []
    )


def test_A5_nobody_from_outside_has_a_principal_each_is_bound_by_its_key_at_the_gate() -> None:
    """Kafka lets a principal write a type, and does not compare the sender that a message names with it."""
    assert RIGHTS.keys() == {
        *RECEIVES,
        "clock",
        "letters",
        "gate",
        "keys",
        "psdf",
        "treasury",
        "console",
        "operator",
        "keda",
    }
    writers = {
        topic: {user for user, rights in RIGHTS.items() for right in rights if writes(right, topic)}
        for topic in OUTSIDE
    }
    assert {topic for topic, users in writers.items() if users == {"clock"}} == {"day.started"}
    assert {user for topic in OUTSIDE - {"day.started"} for user in writers[topic]} == {
        "gate",
        "treasury",
        "console",
    }, "the desk's acts are the console's, for whom two persons signed"


def own(topic: str) -> set[str]:
    """Whose a topic is to write, by the contract and the runbook: written down, not asked of what renders the rights."""
    if topic == "process.status":
        return {*RECEIVES, "clock", "letters", "gate", "treasury", "console"}
    kind, dot, _ = topic.partition(".parked")
    if dot:
        return {service for service, kinds in RECEIVES.items() if kind in kinds or kind == "unknown"} | {"gate"}
    if kind in TOPICS:
        return {"keys"}
    speakers = {source.split("/")[1] for source in (CATALOGUE | INTERNAL)[kind].sources}
    brought = {"gate", "console"} if kind in OUTSIDE - {DayStarted.type} else set()
    return speakers & RIGHTS.keys() | brought


def test_nobody_of_the_funds_own_may_write_what_is_anothers() -> None:
    """With each certificate, every topic that is not its own: no right of the rendered ones is good for it."""
    table = Table()
    for user, rights in RIGHTS.items():
        for topic in (each.name for each in load()):
            if user not in own(topic):
                may = [right for right in rights if "Write" in right["operations"] and matches(right, topic)]
                table.add(RENDERED, refused=not may, what=(user, topic))
    table.holds()


def matches(right: dict[str, Any], topic: str) -> bool:
    """Whether a right is of a topic, as Kafka reads its pattern."""
    name, pattern = right["resource"]["name"], right["resource"]["patternType"]
    return right["resource"]["type"] == "topic" and (
        name in (topic, "*") or (pattern == "prefix" and topic.startswith(name))
    )


def writes(right: dict[str, Any], topic: str) -> bool:
    return right["resource"]["name"] == topic and "Write" in right["operations"]


def test_every_principal_comes_with_a_certificate_and_nobody_may_do_all() -> None:
    assert {user["spec"]["authentication"]["type"] for user in ITEMS} == {"tls"}
    operations = {operation for rights in RIGHTS.values() for right in rights for operation in right["operations"]}
    assert operations == {"Read", "Write", "Describe", "DescribeConfigs"}


@pytest.mark.parametrize("user", RIGHTS)
def test_A2_each_process_may_read_the_configuration_of_what_it_checks_and_nobody_else_of_anything(user: str) -> None:
    may = {right["resource"]["name"] for right in RIGHTS[user] if "DescribeConfigs" in right["operations"]}
    hears = [*RECEIVES[user], DayStarted.type] if user in RECEIVES else [DayStarted.type] if user == "clock" else []
    hears += OUTSIDE if user == "gate" else ()
    assert may == (topics_of(user, hears) & OUTSIDE if hears else set())
