"""Our own documents, each changed in one place: what we say of them is what is expected, and a second opinion agrees."""

import tomllib
from pathlib import Path

import mockeinvoice
import pytest

from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.rules import own_rules
from tests.edge.einvoice.verdict import broken_rules

FOLDER = Path(__file__).with_name("mutated")
TABLE = tomllib.loads((FOLDER / "changes.toml").read_text(encoding="utf-8"))
EXPECTED: dict[str, list[str]] = {name: row["breaks"] for name, row in TABLE.items()}


def mutated(name: str) -> bytes:
    """A document of ours with its changes, each of which is of one place."""
    text = (FOLDER / f"{TABLE[name]['of']}.xml").read_text(encoding="utf-8")
    for change in TABLE[name].get("changes", ()):
        assert text.count(change["old"]) == 1, change
        text = text.replace(change["old"], change["new"])
    return text.encode()


def test_there_are_many_and_each_is_another() -> None:
    assert len({mutated(name) for name in EXPECTED}) == len(EXPECTED) == 44
    assert {path.stem for path in FOLDER.glob("*.xml")} == {row["of"] for row in TABLE.values()}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_verdict_is_the_expected_one(name: str, checker: Checker) -> None:
    assert broken_rules(mutated(name), checker) == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name, rules in EXPECTED.items() if not {"XSD", "PSDF-X07"} & {*rules}])
def test_mock_einvoice_finds_the_same_official_rules_broken(name: str) -> None:
    content = mutated(name)
    official = [rule for rule in EXPECTED[name] if not rule.startswith("PSDF-")]
    if EXPECTED[name] == ["PSDF-X03"]:
        with pytest.raises(mockeinvoice.Refused):
            mockeinvoice.validate(content)
    elif name == "other-specification":
        with pytest.raises(mockeinvoice.Refused, match="specification"):
            mockeinvoice.validate(content)
    else:
        _, report = mockeinvoice.validate(content)
        assert sorted({each.code for each in report.findings if each.level == "fatal"}) == official


def test_every_rule_of_the_fund_is_told_in_both_languages_and_says_where() -> None:
    for rule, row in own_rules().items():
        assert row.path, rule
        assert row.lt != row.en, rule
        names = [{part.split("}")[0] for part in text.split("{")[1:]} for text in (row.lt, row.en)]
        assert names[0] == names[1], rule
