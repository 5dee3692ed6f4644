"""The catalogue as one AsyncAPI 3 document: topics, messages, and which service sends and receives what."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from shared.events.catalogue import CATALOGUE, SERVICE
from shared.events.record import Record
from shared.messages.examples import EXAMPLES
from shared.messages.schema import Schema, event_schema, parked_schema, said

VERSION = "1.0.0"
"""The version of the contract: a field added raises its second number, anything else its first."""

Receives: TypeAlias = Mapping[str, Sequence[str]]
"""What each service hears, by its name: its routes, which whoever exports hands in."""


_DESCRIPTION = """\
What the fund hears and says. An event is a CloudEvent 1.0 in structured JSON, one a Kafka message; its topic is its
type.
Money is whole euro cents; days are YYYY-MM-DD, months YYYY-MM, moments RFC 3339 with an offset.
An unknown field in data is an error. (source, id) is unique: the same again changes nothing.
What the fund says may come twice, the same bytes under the same id: who acts on it, above all who pays payment.ordered,
keeps the ids it has acted on.
What can't be read goes to the topic's name with .parked behind it, with the error, and can be released again."""

_REFS = "#/components/schemas/{model}"
_KAFKA = "0.5.0"
_CONTENT = "application/cloudevents+json"


_SECURITY: Schema = {
    "certificate": {
        "type": "X509",
        "description": "mutual TLS: a principal of the fund's own; nobody from outside has one",
    },
    "signed": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "for what is asked: signed by the source with its key (EdDSA); events carry dssematerial",
    },
}
_SERVERS: Schema = {
    "kafka": {
        "host": "{bootstrap}",
        "protocol": "kafka-secure",
        "description": "the fund's own: its services, and the gate that writes what comes from outside",
        "variables": {"bootstrap": {"default": "psdf-kafka-bootstrap:9093", "description": "PSDF_KAFKA"}},
        "security": [{"$ref": "#/components/securitySchemes/certificate"}],
        "bindings": {"kafka": {"bindingVersion": _KAFKA}},
    },
    "door": {
        "host": "{door}",
        "protocol": "https",
        "pathname": "/events",
        "description": "the one way in for others: POST /events, answers at /answers; /openapi.json describes it",
        "variables": {"door": {"default": "localhost:8080", "description": "where psdf run or psdf run gate listens"}},
        "security": [{"$ref": "#/components/securitySchemes/signed"}],
    },
}
_PARTITIONER = "its murmur2 hash modulo the number of partitions, as Java's client does, is the partition"


def asyncapi(receives: Receives) -> Schema:
    """Make the document."""
    messages: Schema = {}
    records: Schema = {}
    for kind, model in CATALOGUE.items():
        whole = event_schema(kind, _REFS)
        records |= whole["$defs"] | {"Envelope": _envelope(whole)}
        messages[kind] = _message(kind, model, _payload(whole))
    parked = parked_schema(_REFS)
    records |= parked["$defs"]
    messages["parked"] = _parked_message(_payload(parked))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Payment back office of the compulsory health insurance fund",
            "version": VERSION,
            "description": _DESCRIPTION,
        },
        "defaultContentType": _CONTENT,
        "servers": _SERVERS,
        "channels": {kind: _channel(kind, model) for kind, model in CATALOGUE.items()} | {"parked": _parked_channel()},
        "operations": dict(_operations(receives)),
        "components": {
            "messages": messages,
            "schemas": dict(sorted(records.items())),
            "securitySchemes": _SECURITY,
        },
    }


def _channel(kind: str, model: type[Record]) -> Schema:
    return {
        "address": kind,
        "title": kind,
        "summary": said(model),
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
        "bindings": {"kafka": {"topic": kind, "bindingVersion": _KAFKA}},
    }


_OWN = ("type", "source", "subject", "data")


def _envelope(whole: Schema) -> Schema:
    """Describe what every event has."""
    return {
        "type": "object",
        "description": "A CloudEvent 1.0 in structured JSON.",
        "properties": {name: field for name, field in whole["properties"].items() if name not in _OWN},
        "required": whole["required"],
    }


def _payload(whole: Schema) -> Schema:
    """Describe what the type adds to the envelope."""
    own = {name: whole["properties"][name] for name in _OWN}
    return {"title": whole["title"], "allOf": [{"$ref": _REFS.format(model="Envelope")}, {"properties": own}]}


def _message(kind: str, model: type[Record], payload: Schema) -> Schema:
    whose = "the fund's id" if model.keyed_by is None else "the provider's code"
    key = f"{whose}; {_PARTITIONER}"
    return {
        "name": kind,
        "title": kind,
        "summary": said(model),
        "contentType": _CONTENT,
        "tags": [{"name": f"point {point}" if point[0].isdigit() else point} for point in model.points],
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": _KAFKA}},
        "examples": [{"name": kind, "payload": EXAMPLES[kind]}],
    }


def _parked_channel() -> Schema:
    return {
        "address": "{topic}.parked",
        "title": "parked",
        "summary": "What came on a topic and can't be read.",
        "parameters": {"topic": {"description": "the topic it came on", "enum": [*CATALOGUE, "unknown"]}},
        "messages": {"parked": {"$ref": "#/components/messages/parked"}},
    }


def _parked_message(payload: Schema) -> Schema:
    return {
        "name": "parked",
        "title": "parked",
        "summary": "What could not be read, as it came, with the error; it can be released again by hand.",
        "contentType": _CONTENT,
        "payload": payload,
    }


def _operations(receives: Receives) -> Iterator[tuple[str, Schema]]:
    """Give what each service receives and sends."""
    senders = {source.removeprefix("/") for kind in SERVICE for source in CATALOGUE[kind].sources}
    for service in [*receives, *sorted(senders - receives.keys())]:
        for kind in receives.get(service, ()):
            yield f"{service}.receive.{kind}", _operation(service, "receive", kind)
        for kind in CATALOGUE:
            if f"/{service}" in CATALOGUE[kind].sources:
                yield f"{service}.send.{kind}", _operation(service, "send", kind)


def _operation(service: str, action: str, kind: str) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{kind}"},
        "messages": [{"$ref": f"#/channels/{kind}/messages/{kind}"}],
        "tags": [{"name": service}],
    }
