"""The catalogue as one page for people: no network, no other file."""

import json
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.events.catalogue import CATALOGUE, OUTSIDE
from shared.events.parked import Parked
from shared.events.record import Record
from shared.messages.asyncapi import VERSION, Receives
from shared.messages.examples import EXAMPLES
from shared.messages.reasons import reasons
from shared.messages.schema import Schema, event_schema, parked_schema, said

_TEMPLATE = "page.html.jinja"
_SPEAKERS = {
    "clock": "The clock",
    "vlk": "The VLK and the TLK",
    "providers": "Providers",
    "treasury": "The treasury",
    "ministry": "The ministry and the Government",
    "sodra": "Sodra",
}

_KINDS = {"boolean": "true or false", "object": "named numbers, texts, and lists or records of these", "string": "text"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field: its name, what it holds, whether it must be there, and what it means."""

    name: str
    holds: str
    record: str | None
    presence: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Part:
    """A record that fields are made of, such as the line of an invoice."""

    name: str
    says: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Type:
    """One type of event, as the page shows it."""

    name: str
    says: str
    sources: str
    subject: str
    key: str
    points: str
    received_by: str
    rows: list[Row]
    records: list[str]
    example: str


@dataclass(frozen=True, slots=True)
class Group:
    """The types of one speaker."""

    title: str
    outside: bool
    types: list[Type]


def page(receives: Receives) -> str:
    """Write the page, as HTML."""
    schemas = {kind: event_schema(kind) for kind in CATALOGUE}
    groups: dict[str, Group] = {}
    for kind, model in CATALOGUE.items():
        speaker = model.__module__.rpartition(".")[2]
        group = groups.setdefault(speaker, Group(_SPEAKERS.get(speaker, f"The service {speaker}"), kind in OUTSIDE, []))
        group.types.append(_type(kind, model, schemas[kind], receives))
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(_TEMPLATE).render(
        version=VERSION,
        groups=list(groups.values()),
        records=_records(schemas),
        envelope=_rows(schemas["invoice.submitted"], skip="data"),
        parked=_rows(parked_schema()["$defs"][Parked.__name__]),
        reasons=reasons(),
    )


def _type(kind: str, model: type[Record], schema: Schema, receives: Receives) -> Type:
    data = schema["$defs"][model.__name__]
    return Type(
        name=kind,
        says=said(model),
        sources=" or ".join(model.sources),
        subject=model.subject,
        key="the fund's id" if model.keyed_by is None else "the provider's code",
        points=", ".join(model.points),
        received_by=", ".join(service for service, kinds in receives.items() if kind in kinds),
        rows=_rows(data),
        records=sorted(name for name in schema["$defs"] if name != model.__name__),
        example=json.dumps(EXAMPLES[kind], indent=2, ensure_ascii=False),
    )


def _records(schemas: dict[str, Schema]) -> list[Part]:
    """Describe every record that is no event's data itself, by name."""
    events = {model.__name__ for model in CATALOGUE.values()}
    found = {name: record for schema in schemas.values() for name, record in schema["$defs"].items()}
    return [
        Part(name, " ".join(found[name].get("description", "").split()), _rows(found[name]))
        for name in sorted(found.keys() - events)
    ]


def _rows(schema: Schema, skip: str | None = None) -> list[Row]:
    needed = schema.get("required", [])
    return [
        Row(name, _holds(field), _record(field), _presence(name, field, needed), field.get("description", ""))
        for name, field in schema["properties"].items()
        if name != skip
    ]


def _holds(field: Schema) -> str:
    """Say what a field holds, in words."""
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    if "title" in field:
        return str(field["title"])
    if "anyOf" in field:
        return " or ".join(_holds(option) for option in field["anyOf"])
    if "items" in field:
        return f"a list of {_holds(field['items'])}"
    if values := field.get("enum") or [field[word] for word in ("const",) if word in field]:
        return " or ".join(f"“{value}”" for value in values)
    return str(field.get("pattern") or _KINDS.get(field["type"], field["type"]))


def _record(field: Schema) -> str | None:
    """Name the record that a field, or each entry of a list, is."""
    ref = field.get("$ref") or field.get("items", {}).get("$ref")
    return str(ref).rpartition("/")[2] if ref else None


def _presence(name: str, field: Schema, needed: list[str]) -> str:
    if name in needed:
        return "needed"
    default = json.dumps(field.get("default"), ensure_ascii=False)
    return "optional" if default == "null" else f"= {default}"
