"""What the provider kit has of the contract, made from the same records: its models, the door's paths, the reasons.

The kit (``deploy/provider-kit``) runs without this program; ``psdf schema --write`` writes these files into it, and
``--check`` names those that no longer agree.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from starlette.routing import Route

from shared.edge import openapi
from shared.edge.answers import Inquiries
from shared.edge.door import Door
from shared.edge.einvoice import into_event, xml
from shared.edge.einvoice.rules import own_rules
from shared.edge.registry import published
from shared.events.providers import InvoiceSubmitted
from shared.messages.reasons import reasons
from shared.messages.schema import Schema

FOLDER = Path(__file__).parents[2] / "deploy" / "provider-kit" / "psdf_provider"
ROUTES = (
    Route("/events", Door.events, methods=["POST", "OPTIONS"]),
    Route("/answers", Inquiries.answers),
    Route("/receipts/{digest}", Inquiries.receipt),
    Route("/contracts/{id}", Inquiries.contract),
    Route("/.well-known/jwks.json", published),
)
"""What a provider asks of the door: to be described, not to be served."""
MODELS = ("InvoiceLine", "InvoiceSubmitted", "Answer", "Receipt")
STRICT = frozenset({"InvoiceLine", "InvoiceSubmitted"})
"""What the kit sends: a field that nobody knows is an error. What it gets may say more than it knows."""
WIDTH = 118
HEAD = '''"""The records of the door, as it describes them. Made by ``psdf schema --write``: change nothing here."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from psdf_provider.days import Day
'''
MAPPED = '''"""The door's own mapping of e-invoices. Made by ``psdf schema --write``: change nothing here."""

'''
NUMBERS = {
    into_event: ("LEGAL_CODE", "TYPE_CODES", "UNITS", "IDENTIFIER", "MAX_CENTS", "MAX_QUANTITY"),
    xml: ("UBL", "MOST_BYTES", "MOST_ELEMENTS", "MOST_DEPTH", "MOST_LINES", "LINE"),
}
"""What the mapping and the limits of a document go by, and in which module it is at hand."""
ASKED = {
    "string": {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"},
    "integer": {"minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le"},
    "array": {"minItems": "min_length", "maxItems": "max_length"},
}
"""What a schema asks of a value, by its type, as pydantic calls it."""


def files() -> dict[str, str]:
    """Every file of the kit that is made, by its name; the same code gives the same text."""
    whole = openapi.document(openapi.served(list(ROUTES)))
    return {
        "contract.py": HEAD + "".join(_model(name, whole["components"]["schemas"][name]) for name in MODELS),
        "mapping.py": _mapping(),
        "openapi.json": _json(_narrowed(whole)),
        "reasons.json": _json({code: row for code, row in reasons().items() if ":" not in code}),
        "rules.json": _json(
            {rule: {"path": row.path, "lt": row.lt, "en": row.en} for rule, row in own_rules().items()}
        ),
    }


def differing() -> dict[str, str]:
    """The files that are not as they would be made; none where the kit is not here, as in an installed program."""
    if not FOLDER.is_dir():
        return {}
    return {name: text for name, text in files().items() if _there(FOLDER / name) != text}


def _there(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


# ---------------------------------------------------------------------------------------------------------- the mapping


def _mapping() -> str:
    """The door's own mapping of e-invoices, word for word; what it imports the kit has in ``documents.py``."""
    whole = Path(into_event.__file__).read_text(encoding="utf-8")
    text = whole[whole.index("import re\n") :]
    numbers = {name: getattr(module, name) for module, names in NUMBERS.items() for name in names}
    said = sorted(set(re.findall(r"^from shared\..* import (.*)$", text, re.MULTILINE)))
    names = sorted({name for names in said for name in names.split(", ")} - numbers.keys(), key=_as_sorted)
    ours = f"from psdf_provider.documents import {', '.join(names)}\n"
    if len(ours) > WIDTH:
        ours = "from psdf_provider.documents import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"
    ours += "\n" + "".join(f"{name} = {_literal(number)}\n" for name, number in numbers.items())
    first, rest = text.split("from shared.", 1)
    return MAPPED + first + ours + re.sub(r"^.*\n(from shared\..*\n)*\n", "", rest, count=1)


def _as_sorted(name: str) -> tuple[int, str]:
    """How imported names are sorted: constants, classes, others."""
    return 0 if name.isupper() else 1 if name[0].isupper() else 2, name


def _literal(given: object) -> str:
    """A constant as Python writes it."""
    match given:
        case str():
            return _python(given)
        case tuple():
            return f"({', '.join(map(_literal, given))})"
        case dict():
            return "{" + ", ".join(f"{_literal(key)}: {_literal(each)}" for key, each in given.items()) + "}"
    return f"{given:_}"


# ------------------------------------------------------------------------------------------------------------ the paths


def _narrowed(whole: Schema) -> Schema:
    """The document with the events that a provider sends only, and the schemas that its paths lead to."""
    every = whole["components"]["schemas"]
    every = every | {"Event": every[InvoiceSubmitted.type]}
    needed: dict[str, Schema] = {}
    _gather(whole["paths"], every, needed)
    return {**whole, "components": {**whole["components"], "schemas": dict(sorted(needed.items()))}}


def _gather(part: object, every: Mapping[str, Schema], needed: dict[str, Schema]) -> None:
    """Add the schemas to which a part of the document refers."""
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(part)):
        if name not in needed:
            needed[name] = every[name]
            _gather(every[name], every, needed)


# ----------------------------------------------------------------------------------------------------------- the models


def _model(name: str, schema: Schema) -> str:
    """A schema as a class of pydantic."""
    said = re.sub(r"\s+", " ", str(schema.get("description", name))).strip().replace("``", "`")
    extra = "forbid" if name in STRICT else "ignore"
    lines = [f"\n\nclass {name}(BaseModel):", *_docstring(said), ""]
    lines.append(f'    model_config = ConfigDict(extra="{extra}", frozen=True, strict=True)')
    lines.append("")
    must = schema["required"]
    lines += [line for field, each in schema["properties"].items() for line in _field(field, each, field in must)]
    return "\n".join(lines) + "\n"


def _docstring(said: str) -> Iterator[str]:
    if len(said) + 10 <= WIDTH:
        yield f'    """{said}"""'
        return
    first, _, rest = said.partition(". ")
    yield f'    """{first.rstrip(".")}.'
    yield ""
    yield from _wrapped(rest, "    ")
    yield '    """'


def _wrapped(text: str, indent: str) -> Iterator[str]:
    line = indent
    for word in text.split():
        if len(line) + len(word) + 1 > WIDTH:
            yield line.rstrip()
            line = indent
        line += word + " "
    yield line.rstrip()


def _field(name: str, schema: Schema, must: bool) -> Iterator[str]:  # noqa: FBT001 - as the schema has it
    kind, asked = _kind(schema)
    default = "" if must else f" = {schema.get('default')!r}"
    if not asked:
        yield f"    {name}: {kind}{default}"
        return
    one = f"    {name}: Annotated[{kind}, Field({', '.join(asked)})]{default}"
    if len(one) <= WIDTH:
        yield one
        return
    yield f"    {name}: Annotated["
    yield f"        {kind},"
    yield "        Field("
    yield from (f"            {each}," for each in asked)
    yield "        ),"
    yield f"    ]{default}"


def _kind(schema: Schema) -> tuple[str, list[str]]:
    """The type of a field, and what is asked of it beside."""
    if options := schema.get("anyOf"):
        (one,) = [each for each in options if each != {"type": "null"}]
        kind, asked = _kind({**one, **{key: schema[key] for key in ("description",) if key in schema}})
        return f"{kind} | None", asked
    names = {} if schema.get("format") == "date" else ASKED.get(schema.get("type", ""), {})
    asked = [f"{name}={_python(schema[key])}" for key, name in names.items() if key in schema]
    return _type(schema), asked + _described(schema)


def _type(schema: Schema) -> str:
    """The type as Python writes it."""
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(each) for each in schema['enum'])}]"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    match schema:
        case {"type": "array", "items": items}:
            return f"list[{_type(items)}]"
        case {"type": "object", "additionalProperties": {} as of}:
            return f"dict[str, {_type(of)}]"
        case {"type": "string", "format": "date"}:
            return "Day"
    plain = {"string": "str", "integer": "int", "boolean": "bool", "object": "dict[str, Any]"}
    return plain[schema["type"]]


def _described(schema: Schema) -> list[str]:
    found = {"title": schema.get("title"), "description": schema.get("description")}
    return [f"{name}={_python(text)}" for name, text in found.items() if text]


def _python(given: Any) -> str:  # noqa: ANN401 - a text or a number
    """Text as Python writes it: patterns raw, so that they are read as they stand."""
    if not isinstance(given, str):
        return repr(given)
    return f'r"{given}"' if "\\" in given and '"' not in given else json.dumps(given, ensure_ascii=False)
