"""The Invoice Responses of an invoice, as it stands."""

from datetime import date

from shared.edge.einvoice.into_event import due_date
from shared.edge.einvoice.into_response import response_xml
from shared.edge.einvoice.kept import PREFIX, Documents
from shared.edge.einvoice.records import Refused
from shared.edge.einvoice.responses import Known, payer_of, responses_of
from shared.edge.einvoice.story import Standing
from shared.edge.einvoice.xml import read_document
from shared.kernel.fund import Fund
from shared.kernel.value import value


@value
class Given:
    """One Invoice Response: its status, its day, the document."""

    status: str
    on: date
    xml: bytes


def given(standing: Standing | None, fund: Fund, original: bytes | None) -> list[Given]:
    """What was answered to an invoice so far, in order; nothing where none is known.

    ``original`` is the document that it came in; None where it came as an event.
    """
    if standing is None:
        return []
    last, contract = standing.last, standing.contract
    known = Known(fund=fund, contract=contract, payer=standing.payer, named_due_on=_named_due_on(original))
    seller = contract.provider.name if contract else last.submitted.provider_code
    return [
        Given(status=each.status, on=each.on, xml=response_xml(each, last.submitted, payer_of(last, fund), seller))
        for each in responses_of(last, known)
    ]


async def original_of(standing: Standing | None, documents: Documents) -> bytes | None:
    """The document in which an invoice came; None for an event, or where none is kept. Raises OSError, Unavailable."""
    if standing is None or not standing.last.document.startswith(PREFIX):
        return None
    return await documents.original(standing.last.document.removeprefix(PREFIX))


def _named_due_on(original: bytes | None) -> date | None:
    """BT-9 of the original."""
    try:
        return due_date(read_document(original)) if original is not None else None
    except Refused:
        return None
