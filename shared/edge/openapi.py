"""The door as an OpenAPI 3.1 document, made from its routes and the schemas of the records; served offline.

A route that stands in ``OPERATIONS`` is described whole; one of others is there with what its handler says of itself.
"""

import re
from collections.abc import Sequence
from functools import cache

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.edge.book import Receipt
from shared.edge.openapi_paths import JSON, OPERATIONS, PAGE, PROBLEM_SCHEMA, RECORD, SIGNED, Schema, gives, ref
from shared.events.catalogue import CATALOGUE, OUTSIDE
from shared.events.clock import DayStarted
from shared.explain.results import Answer
from shared.messages.asyncapi import VERSION
from shared.messages.schema import event_schema

_REFS = "#/components/schemas/{model}"


def document(routes: Sequence[Route]) -> Schema:
    """The document of some routes."""
    paths: dict[str, Schema] = {}
    for route in routes:
        path = re.sub(r":\w+}", "}", route.path)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            paths.setdefault(path, {})[method.lower()] = _operation(path, method, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The door of the compulsory health insurance fund",
            "version": VERSION,
            "description": "CloudEvents in, answers out. Money is whole cents; days are those of Vilnius.",
        },
        "paths": dict(sorted(paths.items())),
        "security": [{}, {"token": []}, {"certificate": []}],
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "signed by the source with its registered key (EdDSA); aud is the fund's id",
                },
                "certificate": {
                    "type": "mutualTLS",
                    "description": "a client certificate whose key the source has registered",
                },
            },
            "schemas": dict(sorted(_schemas().items())),
        },
    }


def _operation(path: str, method: str, route: Route) -> Schema:
    said = " ".join((getattr(route.endpoint, "__doc__", None) or route.name).split())
    known = OPERATIONS.get((path, method)) or {"responses": gives("an answer", RECORD)}
    name = re.sub(r"[^a-z]+", "-", path.lower()).strip("-") or "root"
    return {"operationId": f"{method.lower()}-{name}", "summary": said, **known}


@cache
def _schemas() -> Schema:
    kinds = [kind for kind in CATALOGUE if kind in OUTSIDE and kind != DayStarted.type]
    found: Schema = {}
    for kind in kinds:
        whole = event_schema(kind, _REFS)
        found |= whole["$defs"]
        found[kind] = {name: part for name, part in whole.items() if name not in ("$defs", "$schema", "$id")}
    _, made = msgspec.json.schema_components([Answer, Receipt], ref_template="#/components/schemas/{name}")
    found |= made
    found["Event"] = {"oneOf": [ref(kind) for kind in kinds]}
    found |= {"Problem": PROBLEM_SCHEMA, "Page": PAGE, "SignedReceipt": SIGNED}
    return found


def served(routes: list[Route]) -> list[Route]:
    """The routes, and one more that describes them all."""

    async def openapi(_: Request) -> Response:
        """``GET /openapi.json``: this document."""
        return Response(body(), media_type=JSON)

    everything = [*routes, Route("/openapi.json", openapi)]
    body = cache(lambda: msgspec.json.encode(document(everything)))
    return everything
