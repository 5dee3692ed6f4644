"""What the kit sees of an e-invoice before it is sent is what the door's own mapping says of it; the rest is the door's."""

import random
from dataclasses import asdict
from pathlib import Path

import pytest
from stdnum.lt.pvm import calc_check_digit

from psdf_provider import documents, mapping
from psdf_provider.command import main
from psdf_provider.ubl import check_ubl, read_document
from shared.edge.einvoice.into_event import submitted_of
from shared.edge.einvoice.records import Refused
from shared.edge.einvoice.xml import read_document as doors
from shared.events.providers import InvoiceSubmitted
from tests.edge.einvoice.made import FUND, changed, credit, invoice, line, ubl
from tests.edge.einvoice.test_mutated import EXPECTED, mutated
from tests.edge.einvoice.verdict import TERMS
from tests.hostile import making
from tests.kit.invoices import CONTRACT

BUYER, NO_DOCUMENT = "PSDF-R05", "PSDF-X"
"""Whose code the buyer's is the door alone knows; and why something is no document each parser says in its own words."""


def of_door(content: bytes) -> InvoiceSubmitted | list[tuple[str, ...]]:
    try:
        return submitted_of(doors(content), FUND, TERMS)
    except Refused as refused:
        return [found(each.rule, each.path, each.text_lt, each.text) for each in refused.findings if each.rule != BUYER]


def of_kit(content: bytes) -> documents.InvoiceSubmitted | list[tuple[str, ...]]:
    terms = mapping.Terms(article=TERMS.article, source="PSDF", iban=TERMS.iban, payment_days=30)
    try:
        return mapping.submitted_of(read_document(content), documents.Fund(payer="VLK"), terms)
    except documents.Refused as refused:
        return [found(each.code, each.path, each.lt, each.en) for each in refused.findings if each.code != BUYER]


def found(rule: str, *words: str) -> tuple[str, ...]:
    return (NO_DOCUMENT,) if rule.startswith(NO_DOCUMENT) else (rule, *words)


def agrees(content: bytes) -> bool:
    """See that both find the same rules broken, or take it for the same invoice; whether they take it."""
    door, kit = of_door(content), of_kit(content)
    if door == [(NO_DOCUMENT,)]:  # as of a namespace with a blank in it, which the kit's parser lets pass
        assert isinstance(kit, list), content
        assert kit
        return False
    assert (door if isinstance(door, list) else []) == (kit if isinstance(kit, list) else []), content
    if isinstance(door, list) or isinstance(kit, list):
        return False
    assert asdict(door) == asdict(kit)
    return True


@pytest.mark.parametrize("name", EXPECTED)
def test_it_finds_what_the_door_finds_before_the_official_rules(name: str) -> None:
    assert agrees(mutated(name)) or EXPECTED[name] != []


def test_of_hostile_documents_too() -> None:
    dice = random.Random(7)
    seen = [agrees(making.ubl(dice)) for _ in range(500)]
    assert 0 < sum(seen) < len(seen)


def test_arithmetic_and_prices_are_checked_as_of_any_invoice_and_another_account_is_told() -> None:
    assert check_ubl(ubl(), CONTRACT).faults == []
    assert check_ubl(ubl(credit()), CONTRACT).invoice_id == "300111224/K1"
    wrong = ubl(invoice(lines=(line(price=90_000, amount=300_000),)))
    assert [each.code for each in check_ubl(wrong, CONTRACT).faults] == ["line_arithmetic", "price_mismatch"]
    assert [each.code for each in check_ubl(wrong).faults] == ["line_arithmetic"], (
        "without the contract no price is known"
    )
    assert check_ubl(changed("<cbc:AccountingCost>PSDF:04</cbc:AccountingCost>", "")).faults == []
    (warned,) = check_ubl(changed(TERMS.iban, "LT601010012345678901"), CONTRACT).warnings
    assert (warned.code, "C-1" in warned.en) == ("PSDF-W01", True)


def test_a_document_with_a_type_or_without_end_is_no_document() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "' + 100 * b"b" + b'">]><a>' + 1_000 * b"&b;" + b"</a>"
    deep = 200 * b"<a>" + 200 * b"</a>"
    for content, rule in ((bomb, "PSDF-X03"), (deep, "PSDF-X05"), (b"<a", "PSDF-X04"), (b"\xff<a/>", "PSDF-X02")):
        assert [each.code for each in check_ubl(content).faults] == [rule]
        assert not agrees(content)


def test_legal_codes_are_told_by_their_last_digit() -> None:
    dice = random.Random(7)
    for code in (f"{dice.randrange(10**9):09}" for _ in range(3_000)):
        assert documents.is_legal_code(code) == (calc_check_digit(code[:8]) == code[8]), code
    assert not any(map(documents.is_legal_code, ("", "30011122", "3001112240", "30011122x", "３00111224")))


def test_the_command_takes_invoices_and_e_invoices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, wrong = tmp_path / "good.xml", tmp_path / "wrong.xml"
    good.write_bytes(ubl())
    wrong.write_bytes(changed(">EUR<", ">LTL<"))
    assert main(["check", str(good)]) == 0
    assert "300111224/A1: gerai, oficialias taisykles dar taikys fondas" in capsys.readouterr().out
    assert main(["check", str(good), str(wrong)]) == 1
    assert "(PSDF-R11)" in capsys.readouterr().out
