"""The Invoice Responses of an invoice, read from the journal of a home."""

from datetime import date

from shared.edge.einvoice.into_event import due_date
from shared.edge.einvoice.into_response import response_xml
from shared.edge.einvoice.kept import PREFIX, Kept
from shared.edge.einvoice.records import Refused
from shared.edge.einvoice.responses import Known, payer_of, responses_of
from shared.edge.einvoice.story import Round, contract_of, payer_now, rounds
from shared.edge.einvoice.xml import read_document
from shared.journal.home import Home, reading
from shared.kernel.fund import Fund
from shared.kernel.value import value


@value
class Given:
    """One Invoice Response: its status, its day, the document."""

    status: str
    on: date
    xml: bytes


def given(home: Home, fund: Fund, invoice_id: str, document: str | None = None) -> list[Given]:
    """What was answered to an invoice so far, in order; nothing where the journal knows no such invoice.

    Where it was presented several times under its number, what counts is the last time, or that of the ``document``:
    the id of the event, of an e-invoice ``sha256:`` and the digest of its bytes. Raises HomeError, sqlite3.Error.
    """
    with reading(home) as connection:
        found = [each for each in rounds(connection, invoice_id) if document in (None, each.document)]
        if not found:
            return []
        last = found[-1]
        contract = contract_of(connection, last.submitted.contract_id)
        payer = payer_now(connection, contract) if contract else None
    known = Known(fund=fund, contract=contract, payer=payer, named_due_on=_named_due_on(home, last))
    seller = contract.provider.name if contract else last.submitted.provider_code
    return [
        Given(status=each.status, on=each.on, xml=response_xml(each, last.submitted, payer_of(last, fund), seller))
        for each in responses_of(last, known)
    ]


def _named_due_on(home: Home, last: Round) -> date | None:
    """BT-9 of the original; None where it came as an event, or is not kept."""
    if not last.document.startswith(PREFIX):
        return None
    content = Kept(home).original(last.document.removeprefix(PREFIX))
    try:
        return due_date(read_document(content)) if content is not None else None
    except Refused:
        return None
