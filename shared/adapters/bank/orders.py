"""The day's orders to the bank: one file an account (ISO 20022 pain.001.001.09), and a bank that takes it over HTTP.

16. "Lėšos ne vėliau kaip per 30 dienų nuo sąskaitos, skirtos Valstybinei ligonių kasai ar teritorinei ligonių kasai,
gavimo dienos pervedamos sutartis su Valstybine ligonių kasa ar teritorinėmis ligonių kasomis sudariusiems ūkio
subjektams ..."

The day's orders of an account (payer, source) are one file. The same orders have the same message id, and with the same
``created_at`` the same bytes: a file sent twice is one file to the bank. The bank books each order alone (``BtchBookg``
false): one debit for all of them would tell of none that it was executed. Money is whole euro cents. What the answers
look like: ``answers.py``.
"""

import hashlib
import re
import unicodedata
from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib.resources import as_file, files

import httpx
from lxml import etree
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from sepaxml import SepaTransfer

from shared.adapters.bank.answers import NAMESPACE, BankFileError, BankRecord, read_xml
from shared.kernel.value import value

ORDERS = "pain.001.001.09"
LARGEST_ORDER_CENTS = 99_999_999_999  # a SEPA credit transfer carries at most 999 999 999.99 EUR
NOT_SEPA = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")
TIMEOUT = httpx.Timeout(30.0, connect=5.0)


@value
class Account:
    """An account of a payer for one source of money; ``bic`` may be empty, the bank finds it by the IBAN.

    ``org_id`` is the legal code of its holder, empty where the bank does not ask for it.
    """

    payer: str
    source: str
    name: str
    iban: str
    bic: str = ""
    org_id: str = ""


@value
class Order:
    """One order to pay: what ``payment.ordered`` tells, end-to-end id included, and the creditor's name.

    ``text`` is what the creditor reads; without one it is the invoice's number.
    """

    order_id: str
    end_to_end_id: str
    invoice_id: str
    creditor_name: str
    iban: str
    amount_cents: int
    text: str = ""


@value
class OrderFile:
    """A file for the bank, ``content`` None when no order is left; ``refused`` did not go out: no bank takes them."""

    message_id: str
    content: bytes | None
    refused: tuple[BankRecord, ...]


def order_file(account: Account, orders: Iterable[Order], *, on: date, created_at: datetime) -> OrderFile:
    """Write the day's orders of an account as one pain.001.001.09 file, valid against the official schema.

    ``on`` is the orders' day (requested execution date), ``created_at`` has an offset. The order of ``orders`` does not
    matter. An order whose IBAN fails its check digits (AC01) or whose sum SEPA does not carry (AM02) would cost the
    others their file: it comes back refused, to be answered like a rejection of the bank.

    Raises BankFileError for an account that the schema does not take, ValueError for an end-to-end id used twice.
    """
    sent, refused = [], []
    for order in sorted(orders, key=lambda order: order.order_id):
        if reason := _refusal(order):
            refused.append(
                BankRecord(
                    end_to_end_id=order.end_to_end_id,
                    outcome="rejected",
                    on=on,
                    reason=reason,
                    amount_cents=order.amount_cents,
                )
            )
        else:
            sent.append(order)
    if len({order.end_to_end_id for order in sent}) < len(sent):
        raise ValueError(f"the orders of {account.payer} {account.source} on {on} use an end-to-end id twice")
    named = repr([(account.iban, on.isoformat()), *((o.end_to_end_id, o.iban, o.amount_cents) for o in sent)])
    message_id = ("M" + b32encode(hashlib.sha256(named.encode()).digest()).decode())[:35]
    content = _pain_001(account, sent, on, created_at, message_id) if sent else None
    return OrderFile(message_id=message_id, content=content, refused=tuple(refused))


OF_THE_FILE = frozenset({400, 409, 413, 415, 422})
"""Statuses by which a bank says something of a file; by the others it has not read it (401, 404, 429, ...)."""


class BankUnavailable(Exception):  # noqa: N818 - the kind of fault, as in the architecture
    """The bank was not reached or could not answer: to be tried again; a file sent twice is one file to it."""


class Bank:
    """The bank's file interface at ``base_url``; ``client`` holds the connections and is closed by its owner."""

    def __init__(self, base_url: str, client: httpx.AsyncClient) -> None:
        self._url, self._client = base_url.rstrip("/"), client

    async def send(self, content: bytes) -> None:
        """Hand in a file of orders. Raises BankUnavailable, to be tried again; BankFileError when it is refused."""
        await self._ask("POST", "/files", content=content)

    async def answers(self, since: int) -> list[tuple[int, bytes]]:
        """Fetch the answers numbered above ``since``, each with its number. Raises as ``send`` does."""
        answer = await self._ask("GET", "/answers", params={"since": since})
        try:
            return [(int(one["number"]), str(one["xml"]).encode()) for one in answer.json()["answers"]]
        except (ValueError, KeyError, TypeError) as error:
            raise BankUnavailable(f"GET {self._url}/answers: no list of answers: {answer.text[:200]}") from error

    async def _ask(
        self, method: str, path: str, *, content: bytes | None = None, params: Mapping[str, int] | None = None
    ) -> httpx.Response:
        try:
            answer = await self._client.request(
                method, self._url + path, content=content, params=params, timeout=TIMEOUT
            )
        except httpx.RequestError as error:
            raise BankUnavailable(f"{method} {self._url}{path}: {str(error) or type(error).__name__}") from error
        told = f"{method} {self._url}{path}: {answer.status_code} {answer.text[:200]}"
        if answer.is_success:
            return answer
        if answer.status_code in OF_THE_FILE:
            raise BankFileError(told)
        raise BankUnavailable(told)


def _refusal(order: Order) -> str:
    """Tell why no bank would take the order; empty where it would."""
    if not 0 < order.amount_cents <= LARGEST_ORDER_CENTS:
        return f"AM02 {order.amount_cents} cents"
    try:
        IBAN(order.iban)
    except SchwiftyException as error:
        return f"AC01 {error}"
    return ""


def sepa_text(text: str, longest: int) -> str:
    """Write a text in the set that every SEPA bank takes: letters lose their marks, what else is not in it goes."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub("/+", "/", NOT_SEPA.sub(" ", plain)).strip("/ ").split())[:longest].strip("/ ")


def _pain_001(account: Account, orders: Sequence[Order], on: date, created_at: datetime, message_id: str) -> bytes:
    """Let sepaxml write the file, then set what it takes from chance and the clock."""
    if created_at.tzinfo is None:
        raise ValueError("created_at has an offset")
    try:
        iban = IBAN(account.iban).compact
    except SchwiftyException as error:
        raise BankFileError(f"the account of {account.payer} {account.source}: {error}") from error
    config = {"name": sepa_text(account.name, 70), "IBAN": iban, "currency": "EUR", "batch": True}
    if account.bic:
        config["BIC"] = account.bic
    transfer = SepaTransfer(config, schema=ORDERS, clean=False)
    for order in orders:
        transfer.add_payment(
            {
                "name": sepa_text(order.creditor_name, 70) or sepa_text(order.invoice_id, 70),
                "IBAN": IBAN(order.iban).compact,
                "amount": order.amount_cents,
                "description": sepa_text(order.text or f"Saskaita {order.invoice_id}", 140),
                "execution_date": on,
                "endtoend_id": order.end_to_end_id,
            }
        )
    root = read_xml(transfer.export(validate=False))
    space = f"{{{NAMESPACE}{ORDERS}}}"
    root.find(f".//{space}BtchBookg").text = "false"
    root.find(f".//{space}MsgId").text = message_id
    root.find(f".//{space}PmtInfId").text = message_id
    root.find(f".//{space}CreDtTm").text = created_at.isoformat(timespec="seconds")
    if not account.bic:
        other = etree.SubElement(root.find(f".//{space}DbtrAgt/{space}FinInstnId"), f"{space}Othr")
        etree.SubElement(other, f"{space}Id").text = "NOTPROVIDED"
    if account.org_id:
        for debtor in (root.find(f".//{space}InitgPty"), root.find(f".//{space}Dbtr")):
            named = etree.SubElement(etree.SubElement(debtor, f"{space}Id"), f"{space}OrgId")
            etree.SubElement(etree.SubElement(named, f"{space}Othr"), f"{space}Id").text = account.org_id
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    schema = orders_schema()
    if not schema.validate(etree.fromstring(content)):
        raise BankFileError(f"orders of {account.payer} {account.source} on {on}: {schema.error_log.last_error}")
    return content


@cache
def orders_schema() -> etree.XMLSchema:
    """Load the official schema of the orders, which comes with sepaxml."""
    with as_file(files("sepaxml") / "schemas" / f"{ORDERS}.xsd") as path:
        return etree.XMLSchema(file=str(path))
