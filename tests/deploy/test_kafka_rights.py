"""Who may say and hear what on Kafka: the KafkaUsers of the Kubernetes base."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import render
from services.all import RECEIVES
from shared.adapters.kafka.topics import topics_of
from shared.events.catalogue import OUTSIDE
from shared.events.clock import DayStarted
from shared.statute.load import load_fund

ITEMS: list[dict[str, Any]] = yaml.safe_load((Path(render.BASE) / "users.yaml").read_text())["items"]
RIGHTS: dict[str, list[dict[str, Any]]] = {
    user["metadata"]["name"]: user["spec"]["authorization"]["acls"] for user in ITEMS
}

INSIDE = {"payments": ["notice.delivered"], "invoicing": ["payer.merger.known", "contract.account.known"]}


@pytest.mark.parametrize(
    ("user", "topic", "may"),
    [
        ("providers", "invoice.submitted", True),
        ("providers", "invoice.accepted", False),
        ("payments", "payment.ordered", True),
        ("invoicing", "payment.ordered", False),
        ("treasury", "payment.reported", True),
        ("treasury", "budget.approved", False),
        ("clock", "day.started", True),
        ("vlk", "day.started", False),
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
        ("letters", {"notice.prepared"}),
        ("clock", set()),
        ("providers", set()),
    ],
)
def test_each_principal_reads_what_it_listens_to_in_its_own_group(user: str, topics: set[str]) -> None:
    read = [right["resource"] for right in RIGHTS[user] if "Read" in right["operations"]]
    assert {resource["name"] for resource in read if resource["type"] == "topic"} == topics
    assert [resource["name"] for resource in read if resource["type"] == "group"] == (
        [f"{load_fund().fund_id}.{user}"] if topics else []
    )


def test_A5_each_territorial_fund_has_a_principal_of_its_own() -> None:
    funds = {payer.code.lower() for payer in load_fund().payers if payer.code.startswith("TLK-")}
    assert {user for user in RIGHTS if user.startswith("tlk")} == funds
    assert len({json.dumps(RIGHTS[user]) for user in funds}) == 1


def test_every_principal_comes_with_a_certificate_and_nobody_may_do_all() -> None:
    assert {user["spec"]["authentication"]["type"] for user in ITEMS} == {"tls"}
    operations = {operation for rights in RIGHTS.values() for right in rights for operation in right["operations"]}
    assert operations == {"Read", "Write", "Describe", "DescribeConfigs"}


@pytest.mark.parametrize("user", RIGHTS)
def test_A2_each_process_may_read_the_configuration_of_what_it_checks_and_nobody_else_of_anything(user: str) -> None:
    may = {right["resource"]["name"] for right in RIGHTS[user] if "DescribeConfigs" in right["operations"]}
    hears = [*RECEIVES[user], DayStarted.type] if user in RECEIVES else [DayStarted.type] if user == "clock" else []
    assert may == (topics_of(user, hears) & OUTSIDE if hears else set())
