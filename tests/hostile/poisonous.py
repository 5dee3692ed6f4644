"""The poison list: each message with which the fund was once stopped or misled, and every type at its largest.

Each is named by its row of ``tests/found.md``. Both stacks are sent all of it; afterwards an honest invoice is paid.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from shared.events.catalogue import CATALOGUE, OUTSIDE
from shared.kernel.fields import MAX_CENTS, MAX_ENTRIES
from shared.messages.examples import EXAMPLES
from shared.messages.read import MAX_BYTES
from tests.bench import world

CHANGED = {
    "contract.account.proposed": "contract_id",
    "month.plan.approved": "document",
    "contract.ended": "contract_id",
    "invoice.reviewed": "invoice_id",
    "payer.merged": "into",
    "payment.reported": "order_id",
    "sodra.statement.reviewed": "year",
    "distribution.proposed": "edition",
    "reserve.transfer.approved": "year",
    "overrun.delivered": "delivered_by",
}
"""A field that may say something else, of types whose first sum is not one of the event's own."""
NUMBERS = {"a fraction": b"1e2", "minus nothing": b"-0", "huge": b"9" * 5_000, "endless": b"1e999", "none": b"NaN"}
UNREADABLE = {"nothing": b"", "no text": b"\xff\xfe", "deep": b"[" * 200_000, "a batch": b"[0,0,0]", "a number": b"0"}


def found() -> Iterator[tuple[str, str, bytes]]:
    """Each message of ``tests/found.md``: its row, the topic that it is sent to, its bytes."""
    yield "A1", "invoice.submitted", b" " * 10_000_000
    for name, raw in UNREADABLE.items():
        yield f"A3 {name}", "invoice.submitted", raw
    honest = json.loads(world.invoice(3, 1, 5))
    for moment in ("2099-12-31T23:30:00-01:00", "2000-01-01T00:00:00+05:00", "2099-06-01T00:00:00Z"):
        yield f"A11 S3 S4 {moment}", "invoice.submitted", _changed(honest, time=moment)
    revenue = {"year": 2122, "code": "01", "amount_cents": 1, "received_on": "2122-01-03", "offset": False}
    far = world.event("/treasury", "far", "revenue.received", world.at(world.FIRST, 60), {**revenue, "reference": "R"})
    yield "M2", "revenue.received", far
    deep = b64encode(b"[" * 50_000 + b"]" * 50_000)
    signed = world.event(
        "/treasury", "deep", "revenue.received", world.at(world.FIRST, 60), {**revenue, "reference": "D"}
    )
    yield "F12", "revenue.received", _with(signed, b"dssematerial", b'"%s"' % deep)
    foreign = {"contract_id": "C-3", "on": world.FIRST.isoformat()}
    for source in ("/tlk/NOWHERE", "/tlk/TLK-KAUNAS"):
        yield (
            "M4 F4",
            "contract.ended",
            world.event(source, source, "contract.ended", world.at(world.FIRST, 61), foreign),
        )
    typing_mistake = {"payer": "TLK-KAUNASS", "into": "VLK", "on": world.FIRST.isoformat()}
    yield "M5", "payer.merged", world.event("/vlk", "m", "payer.merged", world.at(world.FIRST, 62), typing_mistake)
    raw = json.dumps(honest).encode()
    yield "F7", "invoice.submitted", raw.replace(b'"number"', b'"number": "other", "number"')
    yield "F8", "invoice.submitted", _changed(honest, data=honest["data"] | {"contract_id": "C\u200b-3"})
    yield "F11", "invoice.submitted", _changed(honest, subject="somebody/else")
    for name, number in NUMBERS.items():
        amount = f'"amount_cents": {honest["data"]["amount_cents"]}'.encode()
        yield f"F7 {name}", "invoice.submitted", raw.replace(amount, b'"amount_cents": ' + number)
    for number in (b"1e400", b'[{"a": [-1e999]}]'):
        yield f"F13 {number.decode()}", "invoice.submitted", _with(raw, b"x", number)
    quarters = {f"q{number}_cents": 1 for number in range(1, 5)}
    for count in (MAX_ENTRIES, 2 * MAX_ENTRIES):
        rows = [{"article": f"{number}", **quarters} for number in range(count)]
        shares = [{"payer": "VLK", "article": f"{number}", "amount_cents": 4} for number in range(count)]
        many = {"year": world.YEAR, "edition": 9, "quarters": rows, "shares": shares}
        moment = world.at(world.FIRST, 63)
        yield (
            f"A15 {count}",
            "distribution.proposed",
            world.event("/vlk", f"{count}", "distribution.proposed", moment, many),
        )
    unnamed = {**world.contract(0), "contract_id": "C-99", "article": "99"}
    yield (
        "A12",
        "contract.proposed",
        world.event("/vlk", "c99", "contract.proposed", world.at(world.FIRST, 64), unnamed),
    )


def _changed(event: dict[str, Any], **attributes: object) -> bytes:
    return json.dumps({**event, "id": "changed", **attributes}).encode()


def _with(raw: bytes, name: bytes, written: bytes) -> bytes:
    return b'%s, "%s": %s}' % (raw.rstrip()[:-1], name, written)


def largest() -> Iterator[tuple[str, str, bytes]]:
    """Every type at its largest, and the same id with other content; as ``found`` gives them."""
    for kind in sorted(OUTSIDE - {"day.started"}):
        yield "A1", kind, filled(kind)
        yield "A1", kind, twice(kind)
    yield "A1", "invoice.submitted", widest(2)


def filled(kind: str, number: int = 0) -> bytes:
    """An event of a type, as long as a message may be: others may add attributes of their own."""
    moment = world.at(world.FIRST, 60).isoformat()
    event = {**EXAMPLES[kind], "id": f"filled-{kind}", "time": moment, "filler": ""}
    event["filler"] = "x" * (MAX_BYTES - len(json.dumps(event).encode()) - number)
    return json.dumps(event).encode()


def widest(number: int) -> bytes:
    """An invoice of as many lines as there may be, each as long as it may be, and each wrong."""
    event = json.loads(world.invoice(number, 1, MAX_ENTRIES))
    event["id"] = "widest"
    for line, entry in enumerate(event["data"]["lines"]):
        entry |= {"service_code": f"{line:05d}" + "\u017e" * 95, "amount_cents": MAX_CENTS - line}
    return json.dumps(event, ensure_ascii=False).encode()


def twice(kind: str) -> bytes:
    """The same id with other content: it is laid aside by whoever decided on the first."""
    event = json.loads(filled(kind, 10))
    name = CHANGED.get(kind) or next(name for name in event["data"] if name.endswith("_cents"))
    said = event["data"][name]
    event["data"][name] = f"{said}0" if isinstance(said, str) else (said or 0) + 1
    event["subject"] = TypeAdapter(CATALOGUE[kind]).validate_json(json.dumps(event["data"])).about()
    return json.dumps(event).encode()
