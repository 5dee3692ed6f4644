"""The process that judges: nothing of this machine gets into it, and whatever becomes of it, nothing becomes valid."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import psutil
import pytest

from shared.edge.einvoice.artefacts import Artefacts
from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.records import CannotSay
from shared.edge.einvoice.worker import plain_path
from shared.edge.einvoice.xml import read_document
from tests.edge.einvoice.made import changed, invoice, line, ubl

GOOD = read_document(ubl()).xml
BAD = read_document(
    changed('<cbc:PayableAmount currencyID="EUR">3000.00', '<cbc:PayableAmount currencyID="EUR">1.00')
).xml


@pytest.fixture
def own(rules: Artefacts) -> Iterator[Checker]:
    """A checker that a test may break."""
    with closing(Checker(rules, wall_s=60.0)) as checker:
        yield checker


def test_a_valid_document_breaks_nothing_and_another_names_rule_place_and_words(checker: Checker) -> None:
    assert checker.check(GOOD, "Invoice") == ()
    (found,) = checker.check(BAD, "Invoice")
    assert (found.rule, found.path, found.fatal) == ("BR-CO-16", "/Invoice/cac:LegalMonetaryTotal", True)
    assert "Amount due for payment (BT-115)" in found.text


def test_rules_are_not_asked_where_the_schema_is_not_kept(checker: Checker) -> None:
    (found,) = checker.check(BAD.replace("cbc:IssueDate", "cbc:IssueDay"), "Invoice")
    assert (found.rule, found.path[:5]) == ("XSD", "line ")
    assert "IssueDay" in found.text


@pytest.mark.parametrize("step", ["CEN", "PEPPOL", "T111", "XSD:Invoice"])
def test_saxon_and_the_schemas_read_no_file_through_an_entity(step: str, checker: Checker, tmp_path: Path) -> None:
    """What comes here never has a DOCTYPE; if it had, Saxon's own parser refuses it, and lxml resolves nothing."""
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    doctype = f'<!DOCTYPE Invoice [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    found = checker.ask(doctype + GOOD.replace("<cbc:ID>A1", "<cbc:ID>&s;"), [step])
    assert found
    assert not any("the secret" in each.text for each in found)
    if ":" not in step:
        assert [each.rule for each in found] == [step]
        assert "DOCTYPE" in found[0].text


def test_of_many_findings_the_fatal_ones_are_told_and_few(checker: Checker) -> None:
    wrong = ubl(invoice(lines=tuple(line(f"ORT-{number}", 3, 100, 1_000) for number in range(300))))
    found = checker.check(read_document(wrong).xml, "Invoice")
    assert len(found) == 200
    assert {each.rule for each in found} == {"PEPPOL-EN16931-R120"}


def test_rules_that_can_not_be_computed_are_broken(checker: Checker) -> None:
    (found,) = checker.ask(GOOD.replace(">3000.00</cbc:PayableAmount>", ">many</cbc:PayableAmount>"), ["CEN"])
    assert (found.rule, found.fatal) == ("CEN", True)
    assert "can't be computed" in found.text


def test_a_worker_that_is_killed_in_the_middle_of_a_file_says_nothing_and_is_replaced(own: Checker) -> None:
    own.check(GOOD, "Invoice")
    first = own.pid
    assert first
    os.kill(first, signal.SIGSTOP)
    said: list[object] = []

    def ask() -> None:
        try:
            said.append(own.check(GOOD, "Invoice"))
        except CannotSay as unsaid:
            said.append(unsaid)

    asking = threading.Thread(target=ask)
    asking.start()
    os.kill(first, signal.SIGKILL)
    asking.join(60)
    (unsaid,) = said
    assert isinstance(unsaid, CannotSay)
    assert unsaid.again
    assert own.check(GOOD, "Invoice") == ()
    assert own.pid not in (None, first)


def test_a_worker_that_takes_too_long_is_killed_and_replaced(own: Checker) -> None:
    own.check(GOOD, "Invoice")
    first = own.pid
    assert first
    os.kill(first, signal.SIGSTOP)
    with mock.patch.object(own, "_wall_s", 1.0), pytest.raises(CannotSay, match="longer than 1 seconds"):
        own.check(GOOD, "Invoice")
    assert not psutil.pid_exists(first)
    assert own.check(GOOD, "Invoice") == ()


def test_a_worker_without_memory_does_not_start_and_nothing_is_valid(rules: Artefacts) -> None:
    with closing(Checker(rules, memory=64_000_000)) as checker, pytest.raises(CannotSay, match="did not start"):
        checker.check(GOOD, "Invoice")


def test_a_worker_is_replaced_after_so_many_documents(rules: Artefacts) -> None:
    with closing(Checker(rules, wall_s=60.0, uses=2)) as checker:
        pids = []
        for _ in range(3):
            checker.check(GOOD, "Invoice")
            pids.append(checker.pid)
    assert pids[0] == pids[1] != pids[2]


def test_a_worker_is_told_nothing_of_the_fund_and_ends_with_it(
    rules: Artefacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PSDF_MONGO", "mongodb://secret")
    with closing(Checker(rules, wall_s=60.0)) as checker:
        checker.check(GOOD, "Invoice")
        assert checker.pid
        worker = psutil.Process(checker.pid)
        assert worker.environ() == {"PATH": ""}
        assert worker.cwd() == "/"
        assert not worker.net_connections("inet")
    assert not worker.is_running()


def test_a_place_is_told_by_the_names_of_ubl() -> None:
    cac = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
    by_stars = f"/*:Invoice[namespace-uri()='urn:x:Invoice-2'][1]/*:InvoiceLine[namespace-uri()='{cac}'][2]"
    assert plain_path(by_stars) == "/Invoice/cac:InvoiceLine[2]"
    assert plain_path(f"/Q{{urn:x:Invoice-2}}Invoice[1]/Q{{{cac}}}InvoiceLine[2]") == "/Invoice/cac:InvoiceLine[2]"
