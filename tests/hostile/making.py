"""Hostile inputs from a seed: what the fund reads from outside, changed so that somebody means harm, or just rubbish."""

import base64
import gzip
import json
import random
import re
from copy import deepcopy
from typing import Any

from shared.adapters.bank.answers import NAMESPACE, NOTIFICATION, RETURN, STATEMENT, STATUS_REPORT
from shared.adapters.bank.sim import (
    BOOKED_XML,
    CREDITED_XML,
    NOTIFICATION_XML,
    REJECTED_XML,
    STATEMENT_XML,
    STATUS_REPORT_XML,
)
from shared.desk.acts import ACTS
from shared.desk.forms import form_of, written_of
from shared.events.catalogue import OUTSIDE
from shared.messages.examples import EXAMPLES
from tests.edge.einvoice.test_hostile import mutated
from tests.edge.test_statement import CSV, XML

EVENTS = [EXAMPLES[kind] for kind in sorted(OUTSIDE)]
TEXTS = [
    "", " ", "0", "-1", "1e999", "NaN", "Infinity", "9" * 400, "null", "\u202eA1", "A\u200b1", "ＡＢ", "А1", "e\u0301", "\ud800",
    "../../etc/passwd", "A/1/../2", "' OR 1=1 --", "=cmd|'/c calc'!A0", "@SUM(1)", "\x00", "\x1b[2J", "\ufeff", "<script>x</script>",
    "{{7*7}}", "%s%n", "https://169.254.169.254/", "2022-02-30", "9999-99-99T99:99:99Z", "x" * 20_000, "/vlk", "/clock", "VLK",
]  # fmt: skip
SPELLINGS = [
    "NaN",
    "1E400",
    "-0",
    "1.0",
    "9" * 4_500,
    "[" * 3_000 + "]" * 3_000,
    '{"a":' * 500 + "1" + "}" * 500,
    '"\\ud800"',
    "tru",
]
DOCTYPES = (
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>',
    '<!DOCTYPE d SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>',
)
ABOUT = {"on": "2022-03-09", "iban": "LT121000011101001000", "message_id": "M1", "amount": "1.00", "id": "E1"}
BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>"
    "<Dt><Dt>2022-03-09</Dt></Dt></Bal>"
)
BALANCES = BALANCE.format(kind="OPBD", amount="0", side="CRDT") + BALANCE.format(
    kind="CLBD", amount="1.00", side="DBIT"
)
RETURNED = (
    f'<Document xmlns="{NAMESPACE}{RETURN}"><PmtRtr><GrpHdr><MsgId>R</MsgId><CreDtTm>2022-03-09T12:00:00</CreDtTm></GrpHdr>'
    "<TxInf><RtrId>1</RtrId><OrgnlEndToEndId>E1</OrgnlEndToEndId><RtrdIntrBkSttlmAmt Ccy='EUR'>1.00</RtrdIntrBkSttlmAmt>"
    "</TxInf></PmtRtr></Document>"
)


def _answer(whole: str, kind: str, entries: str) -> str:
    said = {"number": 1, "orders": "x", "at": "18:00:00", "sequence": 1, "balances": BALANCES, "entries": entries}
    return whole.format(**ABOUT, **said, namespace=NAMESPACE + kind).partition("?>")[2]


BANK = [
    _answer(STATUS_REPORT_XML, STATUS_REPORT, REJECTED_XML.format(**ABOUT)),
    _answer(NOTIFICATION_XML, NOTIFICATION, BOOKED_XML.format(**ABOUT)),
    _answer(NOTIFICATION_XML, NOTIFICATION, CREDITED_XML.format(**ABOUT, reference="C1")),
    _answer(STATEMENT_XML, STATEMENT, BOOKED_XML.format(**ABOUT)),
    RETURNED,
]
XML_TEXT, XML_TAG = re.compile(r">([^<>\n]+)<"), re.compile(r"<(/?)(\w+)")


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any value of JSON
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, entry in inner for place in places(entry, (*way, key)))]


def put(event: Any, way: tuple[Any, ...], value: object) -> Any:  # noqa: ANN401
    if not way:
        return value
    event = deepcopy(event)
    place = event
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = value
    return event


def other_text(whole: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    return json.dumps(put(whole, dice.choice(places(whole)), dice.choice(TEXTS))).encode()


def other_spelling(whole: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    text = json.dumps(put(whole, dice.choice(places(whole)), "THE-PLACE"))
    return text.replace('"THE-PLACE"', dice.choice(SPELLINGS)).encode()


def key_twice(whole: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    key = dice.choice(list(whole["data"]) or ["a"])
    return json.dumps(whole).replace('"data": {', f'"data": {{"{key}": 1, ', 1).encode()


def other_attribute(whole: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    name = dice.choice(["dssematerial", "extra", "data_base64", "time", "specversion"])
    if dice.random() < 0.2:
        return b'%s, "%s": %s}' % (json.dumps(whole)[:-1].encode(), name.encode(), dice.choice(SPELLINGS).encode())
    return json.dumps(whole | {name: dice.choice(TEXTS)}).encode()


def other_signature(whole: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    material = {"payload": "e30=", "payloadType": dice.choice(TEXTS), "signatures": dice.choice([[], [{}], "x"])}
    said = json.dumps(material).replace('"x"', dice.choice(SPELLINGS)).encode()
    return json.dumps(whole | {"dssematerial": base64.b64encode(said).decode()}).encode()


def other_bytes(whole: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    return bytes_changed(json.dumps(whole, ensure_ascii=False).encode(), dice)


def rubbish(_: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    return dice.randbytes(dice.randrange(1, 400))


def other_shape(whole: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    return json.dumps(dice.choice([[], {}, 0, "x", None, [whole] * 3, {"events": [whole]}])).encode()


def other_sender(whole: Any, dice: random.Random) -> bytes:  # noqa: ANN401
    source = dice.choice([whole["source"], "/vlk", "/x", "/clock"])
    return json.dumps(whole | {"id": f"h-{dice.randrange(10**9)}", "source": source}).encode()


FAULTS = (
    other_text,
    other_spelling,
    key_twice,
    other_attribute,
    other_signature,
    other_bytes,
    rubbish,
    other_shape,
    other_sender,
)


def event(dice: random.Random) -> bytes:
    """An event with something wrong in one place, or only nobody's signature."""
    return dice.choice(FAULTS)(dice.choice(EVENTS), dice)


def bytes_changed(raw: bytes, dice: random.Random) -> bytes:
    found = bytearray(raw)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(found) or 1)
        found[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
    return bytes(found)


def xml(content: str, dice: random.Random) -> bytes:
    """A bank's file or a statement with something else in it."""
    match dice.randrange(7):
        case 0:
            return (dice.choice(DOCTYPES) + content).encode()
        case 1:
            found = list(XML_TAG.finditer(content))
            at = dice.choice(found)
            return (
                content[: at.start(2)] + dice.choice(["x", "Ntry", "Bal", "TxDtls"]) + content[at.end(2) :]
            ).encode()
        case 2:
            return ("<a>" * dice.choice([10, 300, 5_000]) + content).encode()
        case 3:
            return bytes_changed(content.encode(), dice)
        case 4:
            return gzip.compress(content.encode())
        case _:
            found = list(XML_TEXT.finditer(content))
            at = dice.choice(found)
            said = dice.choice([*TEXTS, "1E5", "-1.00", "0.001", "RJCT", "DUPL", "DBIT", "CRDT", "BOOK", "USD"])
            said = re.sub("[<&\x00\x1b\ud800]", "", said)
            return (content[: at.start(1)] + said + content[at.end(1) :]).encode("utf-8", "replace")


def bank(dice: random.Random) -> bytes:
    return xml(dice.choice(BANK), dice)


def ubl(dice: random.Random) -> bytes:
    content = mutated(dice)
    if dice.random() < 0.8 or not XML_TEXT.search(content.decode("utf-8", "replace")):
        return content
    return xml(content.decode("utf-8", "replace"), dice)


def statement(dice: random.Random) -> bytes:
    """Sodra's statement as a file."""
    if dice.random() < 0.4:
        return xml(XML.decode(), dice)
    cells = CSV.decode().splitlines()
    at = dice.randrange(len(cells))
    row = cells[at].split(";")
    row[dice.randrange(len(row))] = dice.choice(TEXTS)
    cells[at] = dice.choice([";", ",", "\t", ""]).join(row)
    made = dice.choice(["\n", "\r\n", "\r", "\x00"]).join(dice.sample(cells, dice.randint(1, len(cells))))
    return (
        bytes_changed(made.encode("utf-8", "replace"), dice) if dice.random() < 0.3 else made.encode("utf-8", "replace")
    )


def form(dice: random.Random) -> tuple[str, dict[str, str]]:
    """What somebody writes into a form of the desk: an act's name, and its fields."""
    name = dice.choice(sorted(ACTS))
    act = ACTS[name]
    example = EXAMPLES.get(act.record.type)
    written = dict(written_of(act, example["data"])) if example else {each.key: "x" for each in form_of(act)}
    for _ in range(dice.randint(1, 4)):
        key = dice.choice([*written, "x", "lines.99999.y", "shares.0.", "_"])
        written[key] = dice.choice(TEXTS).encode("utf-8", "replace").decode()  # as HTTP brings it
    return name, written
