"""The OpenAPI document: what it says is so, tried by schemathesis against a fund that runs."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deploy.local import free_port
from shared.edge.openapi_paths import OPERATIONS
from shared.events.catalogue import OUTSIDE
from tests.runtime.funds import invoice, running_fund, worked_start

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 15


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    raws = [*worked_start(), invoice("B1", -1, "2022-03-09T10:00:00+02:00")]
    headers = {"Content-Type": "application/x-ndjson"}
    with running_fund(tmp_path_factory.mktemp("fund") / "home", port):
        httpx.post(f"{here}/events", content=b"\n".join(raws), headers=headers, timeout=60)
        yield here


@pytest.fixture(scope="module")
def document(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}/openapi.json").json()
    return found


def test_every_operation_of_the_fund_is_described_and_nothing_else(document: dict[str, Any]) -> None:
    there = {(path, method.upper()) for path, some in document["paths"].items() for method in some}
    assert there == set(OPERATIONS)
    for path, some in document["paths"].items():
        for method, operation in some.items():
            assert operation["summary"], (path, method)
            names = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
            assert names == {part.strip("{}") for part in path.split("/") if part.startswith("{")}


def test_it_describes_every_event_that_may_be_sent_and_every_record_that_it_names(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert OUTSIDE - schemas.keys() == {"day.started"}
    named = {part.split('"')[0] for part in json.dumps(document).split('"#/components/schemas/')[1:]}
    assert named <= schemas.keys()


OPERATIONS_TRIED = sorted(OPERATIONS.keys() - {("/events", "OPTIONS"), ("/openapi.json", "GET")})


@pytest.mark.parametrize(("path", "method"), OPERATIONS_TRIED, ids=str)
def test_what_it_says_is_so(url: str, document: dict[str, Any], path: str, method: str) -> None:
    schema = schemathesis.openapi.from_dict(document)
    operation = schema[path][method]
    tried: list[int] = []

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    @given(case=operation.as_strategy())
    def once(case: schemathesis.Case) -> None:
        case.query = {name: text for name, text in (case.query or {}).items() if name != "wait"}
        case.headers = {name: text for name, text in (case.headers or {}).items() if name.lower() not in NOT_TRIED}
        response = case.call(base_url=url, timeout=30)
        case.validate_response(response, checks=CHECKS)
        tried.append(response.status_code)

    once()
    assert tried


NOT_TRIED = {"host", "origin", "content-length", "transfer-encoding", "prefer"}
"""What is another layer's, and what only waits."""
