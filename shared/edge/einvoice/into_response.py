"""A response becomes a UBL ApplicationResponse: Peppol's Invoice Response, transaction T111."""

from shared.edge.einvoice.names import LEGAL_CODE, RESPONSE, RESPONSE_PROFILE, TYPE_CODES, Buyer
from shared.edge.einvoice.responses import Response
from shared.edge.einvoice.xml import Node, new, put, written
from shared.events.providers import InvoiceSubmitted


def response_xml(response: Response, submitted: InvoiceSubmitted, payer: Buyer, seller_name: str) -> bytes:
    """The document that the payer sends to the seller; the same response is the same bytes."""
    root = new("ApplicationResponse")
    put(root, "cbc:CustomizationID", RESPONSE)
    put(root, "cbc:ProfileID", RESPONSE_PROFILE)
    put(root, "cbc:ID", response.response_id)
    put(root, "cbc:IssueDate", response.on)
    _party(root, "cac:SenderParty", payer.legal_code, payer.name)
    _party(root, "cac:ReceiverParty", submitted.provider_code, seller_name)
    document = put(root, "cac:DocumentResponse")
    said = put(document, "cac:Response")
    put(said, "cbc:ResponseCode", response.status)
    put(said, "cbc:EffectiveDate", response.on)
    for each in response.clarifications:
        status = put(said, "cac:Status")
        put(status, "cbc:StatusReasonCode", each.code, listID=each.codes)
        if each.text:
            put(status, "cbc:StatusReason", each.text)
        for term, proposed in each.conditions:
            condition = put(status, "cac:Condition")
            put(condition, "cbc:AttributeID", term)
            put(condition, "cbc:Description", proposed)
    reference = put(document, "cac:DocumentReference")
    put(reference, "cbc:ID", submitted.number)
    put(reference, "cbc:IssueDate", submitted.issued_on)
    put(reference, "cbc:DocumentTypeCode", TYPE_CODES[submitted.kind])
    return written(root)


def _party(root: Node, name: str, code: str, called: str) -> None:
    party = put(root, name)
    put(party, "cbc:EndpointID", code, schemeID=LEGAL_CODE)
    put(party, "cac:PartyLegalEntity/cbc:RegistrationName", called)
