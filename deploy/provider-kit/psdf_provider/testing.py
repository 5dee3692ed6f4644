"""A fund for tests of one's own: a real HTTP server that speaks the door's contract, and answers as it is told to.

    with Fund(contracts=[contract]) as fund:
        provider = Provider.at(fund.url, "/providers/300111224", tmp_path / "outbox.sqlite3")
        fund.will_answer("300111224/A2", "refused", wrong_payer={"got": "VLK", "contract": "TLK-KAUNAS"})
        fund.will_fail(503, retry_after=0)

It reads what it gets by the same models, checks as ``check`` does, takes an id once, keeps answers by a cursor, and
asks for signatures and tokens where a key is given. Its document is the door's own (``GET /openapi.json``).
"""

import base64
import hashlib
import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any, Self

from psdf_provider.checking import Finding, check
from psdf_provider.errors import FileError, SignatureError
from psdf_provider.invoices import TYPE, Invoice, invoice
from psdf_provider.keys import thumbprint
from psdf_provider.serving import Answering, Handler, Response, part_of, problem
from psdf_provider.signing import MATERIAL, verify
from psdf_provider.words import advice, may_be_sent_again, register, why

LOOK_S = 0.02
"""How often the server looks whether it is to end."""


@dataclass
class _Plan:
    """What is answered to an invoice, or goes wrong, next."""

    outcome: str
    reasons: list[dict[str, Any]] = field(default_factory=list)


class Fund:
    """The fund: start it with ``with``; then ``url`` is where it listens, on this machine only."""

    def __init__(
        self,
        contracts: Sequence[Mapping[str, Any]] = (),
        *,
        public_keys: Sequence[str] = (),
        on: date | None = None,
        port: int = 0,
    ) -> None:
        """Take the contracts that it holds, as ``GET /contracts/{id}`` gives them; the day that it has (today).

        Where there are ``public_keys`` it takes nothing that is not signed with one of them.
        """
        self.contracts = {str(each["contract_id"]): dict(each) for each in contracts}
        self.public_keys = {thumbprint(key): key for key in public_keys}
        self.taken: dict[tuple[str, str], Invoice] = {}
        """Each invoice that was taken, by its source and id."""
        self.came: list[bytes] = []
        """Every event's bytes, as often as they came."""
        self._on, self._port = on, port
        self._plans: dict[str, _Plan] = {}
        self._failures: list[tuple[int, float | None]] = []
        self._given: dict[tuple[str, str], dict[str, Any]] = {}
        self._told: dict[str, list[dict[str, Any]]] = {}
        self._receipts: dict[str, dict[str, str]] = {}
        self._news = threading.Condition()
        self._server: ThreadingHTTPServer | None = None

    # ---------------------------------------------------------------------------------------------- what a test says

    def will_answer(self, invoice_id: str, outcome: str, **reasons: Mapping[str, Any]) -> None:
        """What the next invoice of this number is answered: accepted, returned, refused or waiting; for which reasons.

        Each reason is a code of the register with its terms. Raises ValueError for a code that it does not have.
        """
        if unknown := reasons.keys() - register().keys():
            raise ValueError(f"{sorted(unknown)} are no codes: the register has {sorted(register())}")
        found = [{"code": code, "terms": dict(terms)} for code, terms in reasons.items()]
        self._plans[invoice_id] = _Plan(outcome, found)

    def will_fail(self, status: int, *, retry_after: float | None = None, times: int = 1) -> None:
        """What is answered to the next requests instead: a status, or with 0 the connection is cut.

        When it is cut the request was taken before: so a program learns nothing of what has become of it.
        """
        self._failures += [(status, retry_after)] * times

    def say(self, source: str, type_: str, data: Mapping[str, Any]) -> None:
        """Tell a source something, as the fund does: ``payment.executed``, say."""
        subject = str(data.get("invoice_id") or data.get("contract_id") or "")
        event = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": "/invoicing",
            "type": type_,
            "subject": subject,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "datacontenttype": "application/json",
            "data": dict(data),
        }
        reasons = [_explained(each) for each in data.get("reasons") or ()]
        with self._news:
            told = self._told.setdefault(source, [])
            cursor = base64.urlsafe_b64encode(json.dumps({"test": len(told) + 1}).encode()).decode().rstrip("=")
            words = {"lt": f"{type_}: {subject}", "en": f"{type_}: {subject}"}
            told.append({"event": event, "sentence": words, "reasons": reasons or None, "cursor": cursor})
            self._news.notify_all()

    # ---------------------------------------------------------------------------------------------- as a server

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server, "start it with `with`"
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        fund = self

        class Bound(Handler):
            of: Answering = fund

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Bound)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(LOOK_S,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server
        self._server.shutdown()
        self._server.server_close()

    def failure(self) -> tuple[int, float | None] | None:
        """What goes wrong with this request."""
        return self._failures.pop(0) if self._failures else None

    # ---------------------------------------------------------------------------------------------- what it answers

    def events(self, raws: Sequence[bytes]) -> Response:
        """``POST /events``."""
        with self._news:
            answers = [self._take(raw) for raw in raws]
        if answers and all(each["status"] >= HTTPStatus.BAD_REQUEST for each in answers):
            return problem(answers[0]["status"], answers[0]["error"], answers=answers)
        undecided = not answers or any(each["status"] == HTTPStatus.ACCEPTED for each in answers)
        return 202 if undecided else 200, {"answers": answers}, {}

    def _take(self, raw: bytes) -> dict[str, Any]:
        self.came.append(raw)
        try:
            source, id_, one = self._read(raw)
        except FileError as error:
            return {"id": None, "type": "unknown", "outcome": "parked", "error": str(error), "status": 422}
        known = self.taken.setdefault((source, id_), one)
        if known != one:
            why_not = f"id: {id_} of {source} came before with other content"
            return {"id": id_, "type": TYPE, "outcome": "parked", "error": why_not, "status": 422}
        if (source, id_) not in self._given:
            self._given[source, id_] = self._decided(source, id_, one, self._on)
        digest = hashlib.sha256(raw).hexdigest()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        place = {"received_at": now, "lies_at": f"test/{len(self.taken)}"}
        self._receipts.setdefault(digest, {"digest": digest, "source": source, "id": id_, "type": TYPE, **place})
        return {**self._given[source, id_], "receipt": f"/receipts/{digest}"}

    def _read(self, raw: bytes) -> tuple[str, str, Invoice]:
        """The source, the id and the invoice of an event. Raises FileError, as the door parks it."""
        try:
            event = json.loads(raw)
            source, id_, kind = str(event["source"]), str(event["id"]), str(event["type"])
        except (ValueError, TypeError, KeyError) as error:
            raise FileError(f"{error} is missing" if isinstance(error, KeyError) else f"not JSON: {error}") from None
        if kind != TYPE:
            raise FileError(f"type: {kind} is not one that this fund for tests takes")
        one = invoice(event.get("data"))
        if source != one.sender:
            raise FileError(f"source: {source} may not send this {kind}, which comes from {one.sender}")
        self._check_signature(raw, event)
        return source, id_, one

    def _check_signature(self, raw: bytes, event: Mapping[str, Any]) -> None:
        """Raise FileError, as the door parks it."""
        if not self.public_keys:
            return
        if not event.get(MATERIAL):
            raise FileError(f"signature is missing: {event['source']} signs its events")
        try:
            verify(raw, self.public_keys)
        except SignatureError as error:
            raise FileError(f"signature: {error}") from None

    def _decided(self, source: str, id_: str, one: Invoice, on: date | None) -> dict[str, Any]:
        plan = self._plans.pop(one.invoice_id, None) or self._checked(one, on)
        answer: dict[str, Any] = {"id": id_, "type": TYPE, "outcome": plan.outcome, "invoice_id": one.invoice_id}
        if plan.outcome == "waiting":
            return {**answer, "status": 202, "waits_for": "review"}
        reasons = [_explained(each) for each in plan.reasons] or None
        data = {"invoice_id": one.invoice_id, "contract_id": one.contract_id, "reasons": plan.reasons}
        self.say(source, f"invoice.{plan.outcome}", data)
        return {**answer, "status": 200, "reasons": reasons}

    def _checked(self, one: Invoice, on: date | None) -> _Plan:
        contract = self.contracts.get(one.contract_id)
        found = check(one, contract, on)
        if self.contracts and contract is None:
            found = [Finding("unknown_contract", {})]
        if not found:
            return _Plan("accepted")
        outcome = "returned" if all(each.mends for each in found) else "refused"
        return _Plan(outcome, [{"code": each.code, "terms": dict(each.terms)} for each in found])

    def answers(self, source: str, after: str, wait_s: float, limit: int) -> Response:
        """``GET /answers``."""
        start = _number(after)
        if start is None:
            return problem(400, f"after is {after[:40]}: it is no cursor of this fund")
        with self._news:
            self._news.wait_for(lambda: len(self._told.get(source, ())) > start, timeout=wait_s)
            items = self._told.get(source, [])[start : start + limit]
        cursor = items[-1]["cursor"] if items else after
        return 200, {"source": source, "answers": items, "after": cursor, "more": len(items) == limit}, {}

    def receipt(self, digest: str) -> Response:
        """``GET /receipts/{digest}``: not signed, as this fund has no key."""
        found = self._receipts.get(digest)
        if found is None:
            return problem(404, f"no event was taken whose bytes have the SHA-256 {digest[:64]}")
        return 200, {"receipt": found}, {}

    def contract(self, source: str, contract_id: str) -> Response:
        """``GET /contracts/{id}``."""
        found = self.contracts.get(contract_id)
        if found is None or source != f"/providers/{found['provider']['code']}":
            return problem(404, f"{source} has no contract {contract_id}")
        return 200, found, {}


def _explained(reason: Mapping[str, Any]) -> dict[str, Any]:
    code, terms = str(reason["code"]), reason.get("terms") or {}
    row = register().get(code)
    return {
        "code": code,
        "rule": row["points"][0] if row else None,
        "terms": terms,
        "why": {"lt": why(code, terms, "lt"), "en": why(code, terms, "en")},
        "mends": may_be_sent_again(code),
        "advice": {"lt": advice(code, "lt"), "en": advice(code, "en")} if row else None,
    }


def _number(cursor: str) -> int | None:
    """The number in a cursor; 0 for none, None for what is none."""
    if not cursor:
        return 0
    found = part_of(cursor).get("test")
    return found if isinstance(found, int) else None
