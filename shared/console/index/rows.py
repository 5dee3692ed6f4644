"""What an event changes in the rows of the index: whom it is about, how an invoice, a contract, an order then stands.

Sums of an invoice are those that the payments' own state holds after the event; nothing is added up here.
"""

import base64
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import msgspec

from services.contracts.state import Contract
from services.payments.state import Invoice
from shared.console.index.days import FOREVER, Days, Held, Row
from shared.journal.parked import again, release_id
from shared.kernel.clock import Parked

Data: TypeAlias = Mapping[str, Any]

NAMED = {
    "invoice_id": "invoice",
    "by": "invoice",
    "corrects": "invoice",
    "contract_id": "contract",
    "notice_no": "notice",
    "order_id": "order",
    "claim_id": "claim",
    "document": "document",
}
"""Fields that say what an event is about."""
INVOICE = {
    "contract": "contract_id",
    "payer": "payer",
    "article": "article",
    "source": "source",
    "month": "service_month",
    "amount": "amount_cents",
}
"""What a row of an invoice holds of its event, and how the event names it."""
ANSWERED = {"invoice.accepted": "accepted", "invoice.returned": "returned", "invoice.refused": "refused"}
AT_REST = frozenset({"paid", "lowered", "returned", "refused"})
"""Of an invoice that seldom changes any more."""
OUTCOMES = {"payment.executed": "executed", "payment.rejected": "rejected"}


def subjects(type_: str, data: Data) -> Iterator[tuple[str, str]]:
    """Whom and what an event is about: kinds and keys."""
    for field, kind in NAMED.items():
        if isinstance(key := data.get(field), str) and not (field == "by" and "/" not in key):
            yield kind, key
    for covered in data.get("invoices") or ():
        yield "invoice", covered if isinstance(covered, str) else str(covered["invoice_id"])
    if type_.startswith("sodra.") or type_ == "compensation.due":
        yield "statement", f"{data['year']}-Q{data['quarter']}"
    if type_.startswith(("payer.year", "balance.return")):
        yield "payer_year", f"{data['payer']} {data['source']} {data['year']}"
    if type_ == "shortage.declared":
        yield "shortage", f"{data['on']}"
    for rule in {str(rule) for rule in data.get("rules") or ()}:
        yield "point", rule


class Rows:
    """The rows of one connection, which changes them within its transaction; those of days are written at its end."""

    def __init__(self, connection: sqlite3.Connection, *, anew: bool = False) -> None:
        """Take the connection to the index; ``anew`` where it is begun, and nobody reads it before its end."""
        self._db = connection
        self._invoices = Days(connection, "invoice", lambda row: row["state"] in AT_REST, anew=anew)
        self._contracts = Days(connection, "contract", lambda _: False, anew=anew)
        self._orders = Held(connection, "payorder", lambda row: row["outcome"] is not None, anew=anew)
        self._held = (self._invoices, self._contracts, self._orders)
        self._releases: dict[str, str] | None = None
        self._by_type: dict[str, Callable[[str, str, Data], None]] = {
            "invoice.submitted": self._submitted,
            "invoicing.invoice_waits": self._waits,
            "invoice.accepted": self._accepted,
            "invoice.returned": self._answered,
            "invoice.refused": self._answered,
            "compensation.due": self._compensation,
            "payment.ordered": self._ordered,
            "payment.executed": self._reported,
            "payment.rejected": self._reported,
            "payment.returned": self._came_back,
            "payment.overdue": self._overdue,
            "notice.prepared": self._prepared,
            "overrun.notified": self._notified,
            "overrun.withdrawn": self._withdrawn,
            "contract.concluded": self._concluded,
        }

    def follow_from(self, type_: str) -> bool:
        """Whether an event of the type changes any."""
        return type_ in self._by_type or type_ == Parked.type

    def told(self, type_: str, day: str, data: Data) -> None:
        """Take an event."""
        if change := self._by_type.get(type_):
            change(type_, day, data)

    def write(self) -> None:
        """Write the rows that were changed."""
        for held in self._held:
            held.write()

    def write_all(self) -> None:
        """Write the rows that were changed, also those that were held so that they are written once."""
        for held in self._held:
            held.write_all()

    def forget(self) -> None:
        """Forget the rows that were changed and are not written."""
        for held in self._held:
            held.forget()

    # --- invoices

    def _submitted(self, _: str, day: str, data: Data) -> None:
        invoice_id = str(data["invoice_id"])
        known = self._invoices.latest(invoice_id)
        if known and known["state"] not in ("submitted", "returned"):
            return  # what was answered keeps its answer
        said = {
            **_of_invoice(data),
            "state": "submitted",
            "kind": data["kind"],
            "provider": data["provider_code"],
            "received": day,
        }
        self._invoices.change(invoice_id, day, said)

    def _waits(self, _: str, day: str, data: Data) -> None:
        said = {
            **_of_invoice(data),
            "state": "waits",
            "waits_for": data["waits_for"],
            "received": data["first_received_on"],
            "check_by": data["check_by"],
            "provider": str(data["invoice_id"]).partition("/")[0],
        }
        self._invoices.change(data["invoice_id"], day, said)

    def _accepted(self, _: str, day: str, data: Data) -> None:
        said = {
            **_of_invoice(data),
            "state": "accepted",
            "kind": data["kind"],
            "provider": data["provider_code"],
            "received": data["received_on"],
            "check_by": data["check_by"],
            "accepted": data["accepted_on"],
            "arrived": data["arrived_at"],
            "due": data["due_on"] if data["kind"] == "invoice" else None,
            "waits_for": None,
            "reason": None,
        }
        self._invoices.change(data["invoice_id"], day, said)

    def _answered(self, type_: str, day: str, data: Data) -> None:
        known = self._invoices.latest(data["invoice_id"])
        if known and known["accepted"]:
            return  # the number is reused; what was accepted stays accepted
        reasons = ", ".join(str(reason["code"]) for reason in data["reasons"])
        said = {
            "state": ANSWERED[type_],
            "contract": data["contract_id"],
            "provider": str(data["invoice_id"]).partition("/")[0],
            "received": data["received_on"],
            "reason": reasons,
            "waits_for": None,
        }
        self._invoices.change(data["invoice_id"], day, said)

    def _compensation(self, _: str, day: str, data: Data) -> None:
        said = {
            "state": "accepted",
            "kind": "compensation",
            "provider": "SODRA",
            "payer": data["payer"],
            "article": data["article"],
            "source": "PSDF",
            "amount": data["amount_cents"],
            "accepted": data["accepted_on"],
            "due": data["due_on"],
        }
        self._invoices.change(data["invoice_id"], day, said)

    def _overdue(self, _: str, day: str, data: Data) -> None:
        if self._invoices.latest(data["invoice_id"]):
            self._invoices.change(data["invoice_id"], day, {"late": 1})

    def stands(self, invoice_id: str, day: str, type_: str, invoice: Invoice | None) -> None:
        """Take how the payments' state has an invoice after an event; None where nothing of it is open."""
        if self._invoices.latest(invoice_id) is None:
            return
        if invoice is None:
            paid = type_ == "payment.executed" or self._was_paid(invoice_id)
            said: Row = {"state": "paid" if paid else "lowered", "waiting": 0, "unordered": 0, "reason": None}
        else:
            said = {
                "state": _state(invoice),
                "payer": invoice.pot.payer,
                "waiting": invoice.waiting_cents,
                "unordered": invoice.unordered_cents,
                "over": invoice.over_cents,
                "notice": invoice.notice_no,
                "pay_on": _iso(invoice.pay_on),
                "reason": invoice.standing.reason if invoice.waiting_cents else None,
                "arrived": invoice.arrived_at.isoformat(),
            }
        self._invoices.change(invoice_id, day, said)

    def joined(self, payer: str, into: str, day: str) -> None:
        """Of a payer that is merged into another, each invoice that may still change is the other's (12, 13).

        No event says so of each of them: what is scheduled, and what waits on, is not announced again.
        """
        self._invoices.write_all()
        query = f"SELECT id, state FROM invoice WHERE payer = ? AND until = '{FOREVER}'"
        for invoice_id, state in self._db.execute(query, [payer]).fetchall():
            if state not in AT_REST:
                self._invoices.change(invoice_id, day, {"payer": into})

    def _was_paid(self, invoice_id: str) -> bool:
        """Whether an order of the invoice was executed, and did not come back."""
        self._orders.write_all()
        query = "SELECT 1 FROM payorder WHERE invoice = ? AND outcome = 'executed' AND returned_day IS NULL LIMIT 1"
        return self._db.execute(query, [invoice_id]).fetchone() is not None

    # --- contracts and providers

    def _concluded(self, _: str, __: str, data: Data) -> None:
        code, name = data["provider"]["code"], data["provider"]["name"]
        known = self._db.execute("SELECT name FROM provider WHERE code = ?", [code]).fetchone()
        if known is None or known[0] != name:
            self._db.execute("INSERT OR REPLACE INTO provider VALUES (?, ?)", [code, name])
            if known:
                self._db.execute("DELETE FROM name WHERE kind = 'provider' AND key = ?", [code])
            self._db.execute("INSERT INTO name VALUES ('provider', ?, ?)", [code, f"{name} {code}"])

    def contracted(self, contract_id: str, day: str, contract: Contract) -> None:
        """Take how the contracts' state has a contract."""
        proposed = contract.proposed
        said = {
            "year": proposed.year,
            "provider": proposed.provider.code,
            "payer": contract.payer,
            "article": proposed.article,
            "source": proposed.source,
            "ceiling": contract.ceiling_cents,
            "accepted": contract.accepted_cents,
            "valid_from": _iso(proposed.valid_from),
            "valid_to": _iso(proposed.valid_to),
            "ended_on": _iso(contract.ended_on),
        }
        self._contracts.change(contract_id, day, said)

    # --- orders and notices

    def _ordered(self, _: str, day: str, data: Data) -> None:
        if self._orders.latest(data["order_id"]):
            return
        said = {
            "invoice": data["invoice_id"],
            "year": data["year"],
            "payer": data["payer"],
            "article": data["article"],
            "source": data["source"],
            "amount": data["amount_cents"],
            "day": day,
            "partial": data["partial"],
            "e2e": data["end_to_end_id"],
            "iban": data.get("iban"),
        }
        self._orders.put(data["order_id"], said)

    def _reported(self, type_: str, day: str, data: Data) -> None:
        if self._orders.latest(data["order_id"]):
            said = {"outcome": OUTCOMES[type_], "outcome_day": day, "outcome_on": data["on"]}
            self._orders.put(data["order_id"], {**said, "outcome_reason": data.get("reason")})

    def _came_back(self, _: str, day: str, data: Data) -> None:
        """What was executed stays so on the days before."""
        if self._orders.latest(data["order_id"]):
            self._orders.put(data["order_id"], {"returned_day": day, "returned_on": data["on"]})

    def _prepared(self, _: str, day: str, data: Data) -> None:
        sums = [data[f"{name}_cents"] for name in ("allotted", "transferred", "exceeding", "planned")]
        row = [data["notice_no"], data["year"], data["article"], "prepared", day, len(data["invoices"]), *sums]
        self._db.execute(
            "INSERT OR IGNORE INTO notice (no, year, article, state, prepared, covers, allotted, transferred, "
            "exceeding, planned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )

    def _notified(self, _: str, day: str, data: Data) -> None:
        self._db.execute(
            "UPDATE notice SET state = 'told', ended = ?, sha256 = ? WHERE no = ?",
            [day, data["letter_sha256"], data["notice_no"]],
        )

    def _withdrawn(self, _: str, day: str, data: Data) -> None:
        self._db.execute(
            "UPDATE notice SET state = 'withdrawn', ended = ?, because = ? WHERE no = ?",
            [day, data["because"], data["notice_no"]],
        )

    # --- seals

    def sealed(self, data: Data) -> None:
        """Take a seal."""
        names = ("number", "day", "root", "previous", "streams", "events", "public_key")
        self._db.execute("INSERT OR IGNORE INTO seal VALUES (?, ?, ?, ?, ?, ?, ?)", [data[name] for name in names])

    # --- what was laid aside

    def parked(self, event_id: str, service: str, day: str, data: Data) -> None:
        """Take a message that was laid aside."""
        raw = base64.b64decode(data["raw_base64"])
        self._db.execute(
            "INSERT OR IGNORE INTO parked VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            [event_id, day, service, data["topic"], data["received"], data["error"], raw],
        )
        if self._releases is not None:
            self._releases[release_id(event_id)] = event_id

    def came_under(self, cause: str, day: str) -> None:
        """See whether a release caused what was decided: on the cluster its id says so, for its bytes are Kafka's."""
        if self._releases is None:
            self._releases = {release_id(id_): id_ for (id_,) in self._db.execute("SELECT id FROM parked")}
        if parked_id := self._releases.get(cause):
            self._db.execute("UPDATE parked SET released = coalesce(released, ?) WHERE id = ?", [day, parked_id])

    def came_again(self, raw: bytes, day: str) -> None:
        """See whether what came from outside is the release of something parked, word for word."""
        cause = msgspec.json.decode(raw, type=_Caused).causationid
        found = self._db.execute("SELECT raw FROM parked WHERE id = ?", [cause]).fetchone() if cause else None
        if cause and found and again(cause, found[0]) == raw:
            self._db.execute("UPDATE parked SET released = ? WHERE id = ?", [day, cause])


class _Caused(msgspec.Struct):
    causationid: str | None = None


def _of_invoice(data: Data) -> Row:
    return {column: data[field] for column, field in INVOICE.items()}


def _iso(day: date | datetime | None) -> str | None:
    return day.isoformat() if day else None


def _state(invoice: Invoice) -> str:
    if invoice.waiting_cents:
        return "deferred"
    return "scheduled" if invoice.unordered_cents else "ordered"
