"""Every unit file and example of CEN and OpenPEPPOL that a folder has: our verdict is the expected one.

They are not in this repository: ``official.py`` says where they are published. ``PSDF_EINVOICE_FILES`` names the folder.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import mockeinvoice
import pytest
from lxml import etree
from mockeinvoice.rules import check
from mockeinvoice.ubl import parse_tree

from shared.edge.einvoice.artefacts import KINDS
from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.records import Finding
from shared.edge.einvoice.xml import read_tree
from tests.edge.einvoice.official import examples, unit_tests

FOLDER = "PSDF_EINVOICE_FILES"
STRICTER_NOW = {"DK-R-003"}
"""Rules that are fatal in the release of 2026.5 and were warnings when the newest unit files were published."""
NOT_IN_FRAGMENTS = {"BR-CL-18"}
"""Rules that mock-einvoice asks of whole documents only."""


@pytest.fixture(scope="module")
def files() -> Path:
    if not os.environ.get(FOLDER):
        pytest.skip(
            f"THE OFFICIAL FILES ARE NOT HERE: {FOLDER} names no folder of them (tests/edge/einvoice/official.py)"
        )
    return Path(os.environ[FOLDER])


def outcome(rule: str, fatal: dict[str, bool]) -> str:
    return "success" if rule not in fatal else "error" if fatal[rule] else "warning"


def test_each_unit_test_keeps_and_breaks_what_its_publisher_says(files: Path, checker: Checker) -> None:
    wrong, seen = [], 0
    for test in unit_tests(files):
        fatal = {each.rule: each.fatal for each in checker.ask(test.xml, [test.sheet])}
        for rule, expected in test.expected:
            seen += 1
            if (got := outcome(rule, fatal)) != expected and rule not in STRICTER_NOW:
                wrong.append((test.name, rule, expected, got))
    assert wrong == []
    assert seen > 0, f"{files} holds no unit test"
    print(f"{seen} expectations of unit tests are met")


def test_mock_einvoice_is_of_the_same_opinion_on_each_unit_test(files: Path, checker: Checker) -> None:
    wrong = []
    for test in unit_tests(files):
        if test.sheet == "T111":
            continue
        document, findings, sent = parse_tree(test.xml)
        report = check(document, "peppol", findings, sent)
        theirs = {each.code: each.level == "fatal" for each in report.findings}
        ours = {each.rule: each.fatal for each in checker.ask(test.xml, [test.sheet])}
        wrong += [
            (test.name, rule)
            for rule, _ in test.expected
            if outcome(rule, theirs) != outcome(rule, ours) and rule not in NOT_IN_FRAGMENTS
        ]
    assert wrong == []


def test_both_find_the_same_rules_broken_in_each_example(files: Path, checker: Checker) -> None:
    different, seen = [], 0
    for name, ours, theirs in _opinions(files, checker):
        seen += 1
        if ours != theirs:
            different.append((name, ours ^ theirs))
    assert different == []
    assert seen > 0, f"{files} holds no example"
    print(f"{seen} examples are judged alike")


def test_what_openpeppol_shows_as_billing_examples_and_responses_is_valid(files: Path, checker: Checker) -> None:
    shown = [each for each in examples(files) if re.search(r"2026\.5/(billing|Invoice reponse use cases)/", each.name)]
    for example in shown:
        xml = etree.tostring(read_tree(example.xml), encoding="unicode")
        assert _fatal(checker.check(xml, example.kind)) == set(), example.name
    assert shown, f"{files} holds no examples of the release in force"
    print(f"{len(shown)} examples of the release in force are valid")


def _opinions(files: Path, checker: Checker) -> Iterator[tuple[str, set[str], set[str]]]:
    """The fatal rules of each whole document, by Saxon and by mock-einvoice."""
    for example in examples(files):
        assert example.kind in KINDS
        xml = etree.tostring(read_tree(example.xml), encoding="unicode")
        try:
            if example.kind == "ApplicationResponse":
                findings = checker.ask(xml, ["T111"])
                _, report = mockeinvoice.validate_response(example.xml)
            else:
                findings = checker.ask(xml, ["CEN", "PEPPOL"])
                document, read, sent = parse_tree(example.xml)
                report = check(document, "peppol", read, sent)
        except mockeinvoice.Refused:
            assert _fatal(findings), f"{example.name}: it is of another specification, and we take it"
            continue
        yield example.name, _fatal(findings), {each.code for each in report.findings if each.level == "fatal"}


def _fatal(findings: tuple[Finding, ...]) -> set[str]:
    return {each.rule for each in findings if each.fatal}
