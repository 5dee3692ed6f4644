"""JSON Schema of events, made from the models (draft 2020-12)."""

from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from shared.events.catalogue import CATALOGUE
from shared.events.parked import Parked
from shared.events.record import Record
from shared.messages.read import Envelope

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IN_FILE = "#/$defs/{model}"

_VOICES = {
    "{payer}": "[A-Z][A-Z0-9-]{0,39}",
    "{provider_code}": "[0-9A-Za-z][0-9A-Za-z._-]{0,39}",
}


class _Plain(GenerateJsonSchema):
    """Schemas without the titles that would only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - the signature is pydantic's
        return False


@cache
def event_schema(kind: str, refs: str = IN_FILE) -> Schema:
    """Make the schema of a whole event; ``refs`` says where the records it is made of are defined.

    It is made once: read it, don't change it.
    """
    return _whole(CATALOGUE[kind], kind, {"const": kind}, refs)


@cache
def parked_schema(refs: str = IN_FILE) -> Schema:
    """Make the schema of what lies on a parked topic: an event too, whose data is the record of what was parked."""
    return _whole(Parked, "parked", {"type": "string", "pattern": r"^.+\.parked$"}, refs)


def _whole(model: type[Record], name: str, kind: Schema, refs: str) -> Schema:
    whole = _schema(Envelope[model], refs)  # type: ignore[valid-type] # which model is known at run time only
    attributes = whole["properties"]
    attributes["type"] = kind
    attributes["source"] = _sources(model)
    attributes["subject"]["description"] = f"what the event is about: {model.subject}"
    attributes["time"]["description"] = "the business moment"
    attributes["causationid"]["description"] = "the id of the event that caused this one; on every event of a service"
    return {"$schema": DIALECT, "$id": f"urn:psdf:event:{name}", **whole, "title": name, "description": said(model)}


def said(model: type[Record]) -> str:
    """Say what the event says, in the words of its model."""
    return " ".join((model.__doc__ or "").split())


def _schema(model: type[Any], refs: str) -> Schema:
    mode: JsonSchemaMode = "validation"
    found: Schema = model.model_json_schema(ref_template=refs, schema_generator=_Plain, mode=mode)
    for part in found["$defs"].values():
        if "rules" in part.get("properties", {}):  # what decided comes before what was decided
            part["properties"] = {"rules": part["properties"].pop("rules"), **part["properties"]}
            part["required"] = ["rules", *(name for name in part["required"] if name != "rules")]
    return found


def _sources(model: type[Record]) -> Schema:
    """List the sources that may send it: fixed ones, and those that name someone."""
    fixed = [source for source in model.sources if "{" not in source]
    options: list[Schema] = [{"enum": fixed}] if fixed else []
    for source in model.sources:
        stem, brace, name = source.partition("{")
        if brace:
            options.append({"type": "string", "pattern": f"^{stem}{_VOICES[brace + name]}$"})
    return options[0] if len(options) == 1 else {"anyOf": options}
