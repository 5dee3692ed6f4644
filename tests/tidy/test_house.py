"""The house is kept: no file outgrows one purpose, and what is declared is used where it is declared."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("services", "shared", "deploy")
MOST_LINES = 400

UNNAMED = {
    "cramjam": "aiokafka reads compressed batches with it",
    "uvloop": "the loop is chosen by name",
    "opentelemetry-exporter-prometheus": "its package is opentelemetry.exporter",
    "opentelemetry-exporter-otlp-proto-http": "its package is opentelemetry.exporter",
}
"""Run-time dependencies that no line imports under their own name, and why they are there."""
MODULES = {"python-stdnum": "stdnum", "opentelemetry-sdk": "opentelemetry", "pynacl": "nacl"}


def sources(*rooms: str) -> dict[str, str]:
    """The Python files of rooms, by their path."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for room in rooms
        for path in sorted((ROOT / room).rglob("*.py"))
    }


def test_no_two_files_of_tests_have_one_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, many in names.items() if many > 1] == []


def test_no_file_is_long() -> None:
    lines = {path: text.count("\n") for path, text in sources(*ROOMS, "tests").items()}
    assert {path: many for path, many in lines.items() if many > MOST_LINES} == {}


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUN_TIME = [re.split(r"[\[<>=]", line)[0] for line in PROJECT["dependencies"]]


@pytest.mark.parametrize("name", RUN_TIME)
def test_each_run_time_dependency_is_imported_by_what_runs(name: str) -> None:
    if name in UNNAMED:
        return
    module = MODULES.get(name, name.replace("-", "_"))
    pattern = re.compile(rf"^\s*(from|import) {re.escape(module)}\b", re.MULTILINE)
    assert any(pattern.search(text) for text in sources(*ROOMS).values()), f"{name} is declared and not imported"


def test_what_runs_imports_nothing_that_only_tests_are_given() -> None:
    only_tests = {
        "cloudevents",
        "confluent_kafka",
        "holidays",
        "hypothesis",
        "jsonschema",
        "mockeinvoice",
        "psutil",
        "pypdf",
        "pytest",
        "schemathesis",
    }
    for path, text in sources("services", "shared").items():
        found = {name for name in only_tests if re.search(rf"^\s*(from|import) {name}\b", text, re.MULTILINE)}
        assert not found, path
