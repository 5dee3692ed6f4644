"""Which rules a document breaks, ours and the official ones: what ``psdf ubl check`` tells."""

from shared.edge.einvoice.checker import Checker
from shared.edge.einvoice.into_event import Terms, submitted_of
from shared.edge.einvoice.records import Refused
from shared.edge.einvoice.xml import read_document
from tests.edge.einvoice.made import FUND, IBAN

TERMS = Terms(article="04", source="PSDF", iban=IBAN, payment_days=30)


def broken_rules(content: bytes, checker: Checker) -> list[str]:
    """The ids of all rules that are fatal, sorted, each once."""
    try:
        document = read_document(content)
        findings = [each for each in checker.check(document.xml, document.kind) if each.fatal]
        if not findings:
            submitted_of(document, FUND, TERMS)
    except Refused as refused:
        findings = list(refused.findings)
    return sorted({each.rule for each in findings})
