"""What each operation of the door takes and gives: the data of the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from shared.edge.modes import BATCH, LINES, STRUCTURED
from shared.edge.problems import PROBLEM

Schema: TypeAlias = dict[str, Any]

JSON, TEXT, XML, JWKS = "application/json", "text/plain", "application/xml", "application/jwk-set+json"
TEXT_SCHEMA: Schema = {"type": "string"}
RECORD: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    """A schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def query(name: str, what: str, schema: Schema | None = None, place: str = "query") -> Schema:
    """A parameter."""
    return {
        "name": name,
        "in": place,
        "description": what,
        "schema": schema or TEXT_SCHEMA,
        "required": place == "path",
    }


def gives(what: str, schema: Schema, kind: str = JSON, status: str = "200") -> Schema:
    """A response."""
    return {status: {"description": what, "content": {kind: {"schema": schema}}}}


def problems(*statuses: int) -> Schema:
    """The responses that are problems."""
    return {
        str(status): {"description": "a problem (RFC 9457)", "content": {PROBLEM: {"schema": ref("Problem")}}}
        for status in statuses
    }


UNREADY = {
    "allOf": [
        ref("Problem"),
        {
            "type": "object",
            "required": ["waits", "waits_since"],
            "properties": {
                "waits": {"type": "object", "additionalProperties": TEXT_SCHEMA},
                "waits_since": {"type": "object", "additionalProperties": {"type": "string", "format": "date-time"}},
            },
        },
    ]
}
SECONDS = {"type": "integer", "minimum": 0, "maximum": 60}
SOURCE = query("source", "whose, such as /providers/300111224, where no token says it")
WAIT = query("wait", "seconds to wait for something new", SECONDS)
AFTER = query("after", "the cursor of an answer; none: from the beginning")
LIMIT = query("limit", "the most answers", {"type": "integer", "minimum": 1, "maximum": 1000})
PREFER = query("Prefer", "wait=N: hold the answer for at most N seconds (RFC 7240)", place="header")
JWS = query("JWS-Signature", "a detached JWS by Ed25519 (RFC 7797) over one event in structured mode", place="header")
LANG = query("lang", "the fund's own language (lt), or en")

_OBJECTS: Schema = {
    "type": "object",
    "required": ["answers"],
    "properties": {"answers": {"type": "array", "items": ref("Answer")}},
}
ANSWERED = gives("all of it is decided", _OBJECTS) | gives("something is not decided yet", _OBJECTS, status="202")
ASKING = problems(400, 401, 403, 421, 503)

STREAMED = gives("answers, and the cursor behind them", ref("Page"))
STREAMED["200"]["content"]["text/event-stream"] = {"schema": TEXT_SCHEMA}

OPERATIONS: Mapping[tuple[str, str], Schema] = {
    ("/events", "POST"): {
        "parameters": [PREFER, JWS],
        "requestBody": {
            "required": True,
            "content": {
                STRUCTURED: {"schema": ref("Event")},
                BATCH: {"schema": {"type": "array", "maxItems": 1000, "items": ref("Event")}},
                LINES: {"schema": TEXT_SCHEMA},
            },
        },
        "responses": ANSWERED | problems(400, 403, 413, 415, 421, 422, 429, 503),
    },
    ("/events", "OPTIONS"): {
        "parameters": [query("WebHook-Request-Origin", "who asks to send", place="header")],
        "responses": {"200": {"description": "who may send, and how much"}, **problems(421)},
    },
    ("/answers", "GET"): {
        "parameters": [SOURCE, AFTER, WAIT, LIMIT],
        "responses": STREAMED | ASKING,
    },
    ("/receipts/{digest}", "GET"): {
        "parameters": [query("digest", "the SHA-256 of the event's bytes, in hexadecimal digits", place="path")],
        "responses": gives("the receipt, and the fund's signature over it", ref("SignedReceipt"))
        | problems(404, 421, 503),
    },
    ("/contracts/{id}", "GET"): {
        "parameters": [query("id", "the contract's id", place="path"), SOURCE],
        "responses": gives("the contract as it stands", RECORD) | ASKING | problems(404),
    },
    ("/.well-known/jwks.json", "GET"): {
        "responses": gives("the fund's public key and those of sources", RECORD, "application/jwk-set+json")
        | problems(421),
    },
    ("/openapi.json", "GET"): {"responses": gives("this document", RECORD) | problems(421)},
    ("/keys", "POST"): {
        "requestBody": {"required": True, "content": {STRUCTURED: {"schema": RECORD}}},
        "responses": gives("registered or revoked", RECORD, status="201")
        | problems(400, 401, 409, 413, 415, 421, 422, 503),
    },
    ("/statements", "POST"): {
        "requestBody": {"required": True, "content": {STRUCTURED: {"schema": ref("sodra.statement.submitted")}}},
        "responses": ANSWERED | problems(400, 401, 413, 415, 421, 422, 503),
    },
    ("/webhooks", "POST"): {
        "requestBody": {"required": True, "content": {STRUCTURED: {"schema": RECORD}}},
        "responses": gives("registered or removed", RECORD, status="201")
        | problems(400, 401, 409, 413, 415, 421, 422, 503),
    },
    ("/invoices/{provider}/{number}", "GET"): {
        "parameters": [
            query("provider", "its code", place="path"),
            query("number", "of the invoice", place="path"),
            LANG,
        ],
        "responses": gives("the whole story", RECORD) | ASKING | problems(404),
    },
    ("/ubl", "POST"): {
        "requestBody": {"required": True, "content": {XML: {"schema": TEXT_SCHEMA}}},
        "responses": gives("it is in the journal: the receipt, and what is noticed", RECORD, status="202")
        | problems(400, 401, 403, 408, 413, 415, 421, 422, 503),
    },
    ("/invoices/{provider}/{number}/response", "GET"): {
        "parameters": [
            query("provider", "its code", place="path"),
            query("number", "of the invoice", place="path"),
            query("status", "AB, IP, CA, RE, AP or PD; none: the one that stands"),
            query("document", "sha256:..., which of several documents of the number; none: the last"),
        ],
        "responses": gives("the Peppol Invoice Response", TEXT_SCHEMA, XML) | ASKING | problems(404),
    },
    ("/parked/{id}/release", "POST"): {
        "parameters": [query("id", "the id, or how it begins", place="path")],
        "requestBody": {"required": True, "content": {JSON: {"schema": RECORD}}},
        "responses": ANSWERED | ASKING | problems(404, 409, 415, 422),
    },
    ("/desk", "POST"): {
        "requestBody": {"required": True, "content": {STRUCTURED: {"schema": ref("Event")}}},
        "responses": ANSWERED | ASKING | problems(413, 415, 422, 429),
    },
    ("/parked", "GET"): {
        "parameters": [query("after", "the id behind which it goes on"), LIMIT],
        "responses": gives("what was parked", RECORD) | ASKING | problems(404),
    },
    ("/parked/{id}", "GET"): {
        "parameters": [query("id", "the id, or how it begins", place="path")],
        "responses": gives("one that was parked, with its bytes", RECORD) | ASKING | problems(404),
    },
    ("/fund", "GET"): {"responses": gives("where the fund stands", RECORD) | ASKING},
    ("/notices", "GET"): {"responses": gives("notices to the ministry", RECORD) | ASKING},
    ("/notices/{no}/try", "POST"): {
        "parameters": [query("no", "of the notice", place="path")],
        "requestBody": {"required": True, "content": {JSON: {"schema": RECORD}}},
        "responses": gives("its letter is sent now", RECORD) | ASKING | problems(404, 415),
    },
    ("/livez", "GET"): {"responses": gives("it lives", TEXT_SCHEMA, TEXT) | problems(421)},
    ("/readyz", "GET"): {
        "responses": gives("it is ready", TEXT_SCHEMA, TEXT)
        | gives("it is not, and why: what it waits for, and since when", UNREADY, PROBLEM, "503")
        | problems(421)
    },
    ("/metrics", "GET"): {"responses": gives("counts, for Prometheus", TEXT_SCHEMA, TEXT) | problems(421)},
}
"""What each operation takes and gives, beside what its handler says of itself."""

PROBLEM_SCHEMA: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT_SCHEMA,
        "status": {"type": "integer"},
        "detail": {**TEXT_SCHEMA, "description": "one line for a person"},
        "answers": {"type": "array", "items": ref("Answer")},
    },
}
SIGNED: Schema = {
    "type": "object",
    "required": ["receipt"],
    "properties": {"receipt": ref("Receipt"), "dsse": RECORD},
}
PAGE: Schema = {
    "type": "object",
    "required": ["source", "answers", "after", "more"],
    "properties": {
        "source": TEXT_SCHEMA,
        "after": {**TEXT_SCHEMA, "description": "the cursor behind the last answer"},
        "more": {"type": "boolean"},
        "answers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["event", "sentence", "cursor"],
                "properties": {
                    "event": RECORD,
                    "sentence": {"type": "object", "required": ["en"]},
                    "reasons": {"type": ["array", "null"]},
                    "cursor": TEXT_SCHEMA,
                },
            },
        },
    },
}
