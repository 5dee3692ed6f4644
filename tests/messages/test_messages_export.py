"""The exported files agree with the code, and are what they say they are."""

import html
import importlib
import json
import re
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, validators

from services.all import RECEIVES
from shared.adapters.kafka.records import Reader
from shared.engine.ingress import INGRESS
from shared.events.catalogue import CATALOGUE, OUTSIDE, SERVICE
from shared.events.parked import Parked
from shared.kernel.reason import REGISTER
from shared.messages import export
from shared.messages.examples import EXAMPLES
from shared.messages.read import Malformed

ASYNCAPI = Path(__file__).with_name("asyncapi-3.0.0.schema.json")
"""The specification's own JSON Schema, as @asyncapi/specs 6.11.1 on npm has it (Apache-2.0), on one line."""


FILES = cache(partial(export.schemas, RECEIVES))


def schema(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILES()[f"{kind}.json"])
    return found


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return schema("asyncapi")


def test_the_committed_files_are_what_the_code_says() -> None:
    assert export.check(RECEIVES) == [], "run: psdf schema --write"


def test_the_export_is_the_same_every_time() -> None:
    assert export.schemas(RECEIVES) == export.schemas(RECEIVES)


def test_what_differs_is_named_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "FOLDER", tmp_path / "schemas")
    assert len(export.write(RECEIVES)) == len(CATALOGUE) + 4
    assert export.check(RECEIVES) == []
    (export.FOLDER / "day.started.json").write_text("{}", encoding="utf-8")
    (export.FOLDER / "old.type.json").write_text("{}", encoding="utf-8")
    (export.FOLDER / "index.html").unlink()
    assert export.check(RECEIVES) == ["day.started.json", "index.html", "old.type.json"]
    assert export.write(RECEIVES) == ["day.started.json", "index.html", "old.type.json"]
    assert export.check(RECEIVES) == []


@pytest.mark.parametrize("kind", CATALOGUE)
def test_a_schema_takes_its_example_and_nothing_unknown(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))
    validator = Draft202012Validator(schema(kind))
    assert list(validator.iter_errors(EXAMPLES[kind])) == []
    unknown = EXAMPLES[kind] | {"data": EXAMPLES[kind]["data"] | {"patient": "x"}}
    assert [error.validator for error in validator.iter_errors(unknown)] == ["additionalProperties"]
    assert not validator.is_valid(EXAMPLES[kind] | {"source": "/somebody/else"})
    assert not validator.is_valid(EXAMPLES[kind] | {"type": "another"})
    assert not validator.is_valid({name: value for name, value in EXAMPLES[kind].items() if name != "data"})


def test_the_schema_of_an_invoice_has_its_limits() -> None:
    validator = Draft202012Validator(schema("invoice.submitted"))
    event = EXAMPLES["invoice.submitted"]
    line = event["data"]["lines"][0]
    for lines in ([], [line | {"quantity": 0}], [line | {"amount_cents": 1.5}], [line] * 10_001):
        assert not validator.is_valid(event | {"data": event["data"] | {"lines": lines}})


def test_the_asyncapi_document_is_one_by_the_specification(document: dict[str, Any]) -> None:
    specification = json.loads(ASYNCAPI.read_text(encoding="utf-8"))
    validator = validators.validator_for(specification)(specification)
    assert list(validator.iter_errors(document)) == []
    broken = document | {"operations": {"x": {"action": "publish", "channel": {"$ref": "#/channels/day.started"}}}}
    assert not validator.is_valid(broken)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "(#[^"]+)"', json.dumps(document)))
    assert references
    for reference in references:
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place


def test_every_topic_is_a_channel_and_every_speaker_an_operation(document: dict[str, Any]) -> None:
    assert document["channels"].keys() == CATALOGUE.keys() | {"parked"}
    sent = {name.partition(".send.")[2] for name, found in document["operations"].items() if found["action"] == "send"}
    assert sent == SERVICE


@pytest.mark.parametrize("service", RECEIVES)
def test_a_service_is_said_to_receive_what_it_subscribes_to(service: str, document: dict[str, Any]) -> None:
    app = importlib.import_module(f"services.{service}.service")
    subscribed = set(getattr(app, service.upper()).routes) & CATALOGUE.keys() | {"day.started"}
    assert subscribed == set(RECEIVES[service])
    for kind in subscribed:
        assert document["operations"][f"{service}.receive.{kind}"]["action"] == "receive"


def test_nothing_from_outside_is_left_unheard() -> None:
    assert {kind for kinds in RECEIVES.values() for kind in kinds} >= OUTSIDE


def test_the_payloads_of_the_document_take_the_examples(document: dict[str, Any]) -> None:
    for kind, example in EXAMPLES.items():
        whole = document["components"]["messages"][kind]["payload"] | {"components": document["components"]}
        assert list(Draft202012Validator(whole).iter_errors(example)) == []


def test_the_page_opens_offline_and_names_every_type_and_field() -> None:
    page = FILES()["index.html"]
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", page)
    assert "@import" not in page
    assert "url(" not in page
    for kind, model in CATALOGUE.items():
        assert f'id="{kind}"' in page
        section = page.partition(f'<section class="type" id="{kind}">')[2].partition("</section>")[0]
        for name in (each.name for each in fields(model)):  # type: ignore[arg-type] # each is a dataclass
            assert f'<td class="name">{name}</td>' in section
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(re.findall(r'id="([^"]+)"', page))


NO_DECISION = {"day.started", "proof.sealed"}
"""What serves no point of the Rules: time, and the seals of what was decided."""


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_model_says_what_it_says(kind: str) -> None:
    model = CATALOGUE[kind]
    assert model.__doc__
    assert len(model.__doc__.splitlines()) <= 2
    assert model.points or kind in NO_DECISION
    assert hasattr(model, "rules") or kind in OUTSIDE | NO_DECISION


def test_what_is_laid_aside_is_an_event_by_its_schema() -> None:
    record = SimpleNamespace(topic="day.started", partition=0, offset=7, timestamp=1_645_000_000_000, value=b"{}")
    malformed = Malformed("day.started", "id is missing")
    parked = Reader("", "psdf", 6, arrival=True).parked(record, malformed, "contracts")
    validator = Draft202012Validator(schema("parked"))
    assert list(validator.iter_errors(json.loads(parked.raw))) == []
    assert msgspec.convert(json.loads(parked.raw)["data"], Parked).about() == "day.started"
    assert f"/{INGRESS.name}" in Parked.sources, "the embedded stack lays aside at its door"


@pytest.mark.parametrize("file", ["index.html", "asyncapi.json"])
def test_A15_readers_are_told_that_an_event_may_come_twice(file: str) -> None:
    """A service that was killed tells again what it does not know to be told: thousands of orders came twice."""
    assert re.search(r"may come twice.{1,400}payment\.ordered", FILES()[file], re.DOTALL)


@pytest.mark.parametrize("key", sorted(REGISTER))
def test_a_reason_says_what_it_means_what_to_do_and_what_its_terms_are(key: str) -> None:
    row, kind = json.loads(FILES()["reasons.json"])[key], REGISTER[key]
    assert (row["code"], row["points"], row["send_again"]) == (kind.code, list(kind.points), kind.mends)
    assert [term["name"] for term in row["terms"]] == list(kind.terms)
    for lang in ("lt", "en"):
        assert row["do"][lang].endswith((".", ")"))
        assert all(term[lang] for term in row["terms"])
    section = FILES()["index.html"].partition(f'id="reason-{key}"')[2].partition("</section>")[0]
    shown = html.unescape(section)
    for text in (*row["means"].values(), *row["do"].values(), *kind.terms):
        assert text in shown
