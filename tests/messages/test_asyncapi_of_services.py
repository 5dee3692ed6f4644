"""What FastStream's own generator says of the five services is what the exported catalogue says.

Both documents are brought to one form before they are compared: references are put in place, titles fall away (pydantic
gives every field one, the catalogue none), and names of components with them, since each generator has its own. Of an
event the catalogue says more than its model can, the one type, its sources and subject: these it keeps for itself.
"""

import json
from collections.abc import Callable
from dataclasses import make_dataclass
from typing import Any

import pytest
from faststream.specification import AsyncAPI

from services.all import RECEIVES, SERVICES
from shared.adapters.kafka.broker import Kafka
from shared.adapters.kafka.bus import KafkaBus
from shared.adapters.sqlite.store import SqliteStore, connect
from shared.engine.journal import SEALER
from shared.engine.service import Service
from shared.engine.waiting import Status
from shared.events.catalogue import CATALOGUE, INTERNAL
from shared.events.payments import PaymentOrdered
from shared.events.psdf import ProofSealed
from shared.messages import export
from shared.runtime.cluster import parks
from shared.statute.load import load_fund
from shared.telemetry.setup import Telemetry
from tests.messages import declared as kafka_declared

Schema = dict[str, Any]
Operations = set[tuple[str, str, str]]

NAMES = [service.name for service in SERVICES]
BY_TYPE = ("type", "source", "subject", "data")
"""Attributes of the envelope of which the catalogue says more, type by type."""


def generated(services: tuple[Service, ...] = SERVICES, prefix: str = "") -> Schema:
    """FastStream's document of the brokers as the processes of the cluster build them."""
    fund, kafka = load_fund(), Kafka(bootstrap="localhost:9092", prefix=prefix)
    brokers = []
    for service in services:
        store = SqliteStore(connect(None), service.name)
        watch = Telemetry(traces=0)
        bus = KafkaBus(service, fund, store, kafka, parks=parks(service), status=Status(), watch=watch)
        kafka_declared.declare_heard(bus._subscriber, prefix)
        kafka_declared.declare_said(bus.broker, service.name, prefix, parks(service))
        brokers.append(bus.broker)
    found: Schema = AsyncAPI(*brokers, title="services", version="1").to_specification().to_jsonable()
    return found


@pytest.fixture(scope="module")
def running() -> Schema:
    return generated()


@pytest.fixture(scope="module")
def exported() -> Schema:
    """Without what no service says: the seals of all of them."""
    found: Schema = json.loads(export.schemas(RECEIVES)["asyncapi.json"])
    del found["operations"][f"{SEALER}.send.{ProofSealed.type}"]
    return found


# --- one form for both


def resolved(node: Any, document: Schema) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """References put in place, titles left out; in which order names are required says nothing."""
    if isinstance(node, list):
        found = [resolved(each, document) for each in node]
        return sorted(found) if all(isinstance(each, str) for each in found) else found
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return resolved(at(node["$ref"], document), document)
    return {
        name: resolved(value, document)
        for name, value in node.items()
        if not (name == "title" and isinstance(value, str))
    }


def at(reference: str, document: Schema) -> Any:  # noqa: ANN401 - JSON in, JSON out
    for part in reference.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


def operations(document: Schema, service_of: Callable[[str, Schema], str]) -> Operations:
    """Who receives and sends what: service, action, address."""
    return {
        (service_of(name, each), each["action"], at(each["channel"]["$ref"], document)["address"])
        for name, each in document["operations"].items()
    }


def said_of_services(document: Schema) -> Operations:
    return operations(document, lambda name, _: name.partition(".")[0])


def said_in_catalogue(document: Schema) -> Operations:
    return operations(document, lambda _, each: str(each["tags"][0]["name"]))


def payloads(document: Schema) -> dict[str, list[Schema]]:
    """Every payload that is said to lie at an address."""
    found: dict[str, list[Schema]] = {}
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            payload = resolved(at(message["$ref"], document)["payload"], document)
            found.setdefault(channel["address"], []).append(payload)
    return found


def of_the_contract(found: Operations) -> Operations:
    return {each for each in found if each[2] not in INTERNAL and not each[2].endswith(".parked")}


def data_of(event: Schema) -> Schema:
    """What the type has of its own."""
    found: Schema = event["properties"]["data"]
    return found


def attributes_of(envelope: Schema) -> Schema:
    """What every event has, without the catalogue's words beside it."""
    return {
        name: {key: value for key, value in each.items() if key != "description"}
        for name, each in envelope["properties"].items()
        if name not in BY_TYPE
    }


def differences(running: Schema, exported: Schema) -> list[str]:
    """Where what runs is not as the catalogue says."""
    runs, says = of_the_contract(said_of_services(running)), said_in_catalogue(exported)
    found = [f"only what runs: {each}" for each in sorted(runs - says)]
    found += [f"only the catalogue: {each}" for each in sorted(says - runs)]
    wanted = payloads(exported)
    for address, events in payloads(running).items():
        if address in INTERNAL or address.endswith(".parked"):
            continue
        envelope, own = wanted[address][0]["allOf"]
        for event in events:
            if data_of(event) != data_of(own):
                found.append(f"{address}: data differ")
            if attributes_of(event) != attributes_of(envelope) or event["required"] != envelope["required"]:
                found.append(f"{address}: the envelope differs")
    return found


# --- the comparison, and that it can fail


def test_what_runs_is_what_the_catalogue_says(running: Schema, exported: Schema) -> None:
    assert differences(running, exported) == []


def test_it_is_of_all_channels_and_services(running: Schema, exported: Schema) -> None:
    runs = of_the_contract(said_of_services(running))
    assert {service for service, _, _ in runs} == set(NAMES)
    assert {address for _, _, address in runs} == CATALOGUE.keys() - {ProofSealed.type}
    assert exported["channels"].keys() == CATALOGUE.keys() | {"parked"}
    assert len(runs) == len(exported["operations"])
    assert all(len(data_of(event)["properties"]) > 0 for events in payloads(running).values() for event in events)


def test_beside_the_contract_there_are_only_the_letters_of_the_fund_itself(running: Schema) -> None:
    beside = said_of_services(running) - of_the_contract(said_of_services(running))
    assert {address for _, _, address in beside if not address.endswith(".parked")} <= INTERNAL.keys()


def test_what_is_laid_aside_goes_where_the_catalogue_says(running: Schema, exported: Schema) -> None:
    parked = [(address, events) for address, events in payloads(running).items() if address.endswith(".parked")]
    topics = set(exported["channels"]["parked"]["parameters"]["topic"]["enum"])
    event_of_contract = resolved(exported["components"]["messages"]["parked"]["payload"], exported)
    _, own = event_of_contract["allOf"]
    assert {address.removesuffix(".parked") for address, _ in parked} <= topics
    assert all(data_of(event) == data_of(own) for _, events in parked for event in events)
    assert ("invoicing", "send", "invoice.submitted.parked") in said_of_services(running)


def test_a_second_fund_has_the_same_under_its_prefix(running: Schema) -> None:
    second = said_of_services(generated(prefix="second."))
    assert {(service, action, address.removeprefix("second.")) for service, action, address in second} == (
        said_of_services(running)
    )


def test_a_subscription_that_is_dropped_is_seen(exported: Schema) -> None:
    def without(service: Service) -> Service:
        if service.name != "payments":
            return service
        heard = {topic: hear for topic, hear in service.routes.items() if topic != "invoice.accepted"}
        return Service(name=service.name, domains=service.domains, streams=service.streams, routes=heard)

    found = differences(generated(tuple(map(without, SERVICES))), exported)
    assert found == ["only the catalogue: ('payments', 'receive', 'invoice.accepted')"]


def test_a_field_of_another_type_is_seen(exported: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_dataclass("PaymentOrdered", [("amount_cents", str)], bases=(PaymentOrdered,), kw_only=True)
    monkeypatch.setitem(kafka_declared.MODELS, "payment.ordered", other)
    assert set(differences(generated(), exported)) == {"payment.ordered: data differ"}


def test_an_operation_more_in_the_catalogue_is_seen(running: Schema, exported: Schema) -> None:
    operation = exported["operations"]["payments.send.payment.ordered"] | {"tags": [{"name": "reserve"}]}
    more = exported | {"operations": exported["operations"] | {"reserve.send.payment.ordered": operation}}
    assert differences(running, more) == ["only the catalogue: ('reserve', 'send', 'payment.ordered')"]
