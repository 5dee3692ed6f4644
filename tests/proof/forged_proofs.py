"""Ways of forging a proof: cut and pasted from whole ones, some signed again by the fund itself."""

import base64
import json
import random
from collections.abc import Callable

from shared.engine.codec import decode_decisions
from shared.proof.invoice import pack_of
from shared.proof.pack import ProofFault, signed_pack, what_is_signed
from tests.engine.story import at_once
from tests.given import FUND
from tests.proof.forging import Json, flipped
from tests.proof.sealed import FUNDS, MemoryJournals, SealedYear

LONG = 30_000
"""Bytes of a proof that tells of a shortage day by day; one such is enough."""


class Packs:
    """Whole proofs of a year's invoices, under its last seal and an earlier one."""

    def __init__(self, year: SealedYear) -> None:
        journals = MemoryJournals.of(year)
        self.whole: list[bytes] = []
        for under in (None, len(year.seals) // 2):
            for invoice_id in accepted(journals):
                try:
                    pack, _ = at_once(pack_of(journals, FUND, invoice_id, under))
                except ProofFault:  # of a later day than the earlier seal
                    continue
                raw = signed_pack(pack, FUNDS)
                if len(raw) < LONG or not self.whole:
                    self.whole.append(raw)
        assert len(self.whole) > 8

    def plain(self, dice: random.Random) -> Json:
        """One of them, as JSON to be changed."""
        found: Json = json.loads(dice.choice(self.whole))
        return found

    def signed_again(self, raw: bytes, change: Callable[[Json], None]) -> bytes:
        """One that was changed, as the fund itself would sign it."""
        plain = json.loads(raw)
        change(plain)
        plain["signature"] = {"keyid": FUNDS.keyid, "sig": FUNDS.sign(what_is_signed(plain))}
        return json.dumps(plain, ensure_ascii=False).encode()


def accepted(journals: MemoryJournals) -> list[str]:
    """The invoices that were accepted."""
    bodies = [c.body for of in journals.stores["invoicing"].streams.values() for c in of]
    events = [e for body in bodies for d in decode_decisions(body) for e in d.events if e.type == "invoice.accepted"]
    return [json.loads(bytes(event.data))["invoice_id"] for event in events]


def cut_and_pasted(packs: Packs, dice: random.Random) -> bytes:
    """A proof in which something is of another, or is missing, or has another bit; half of them signed again."""
    raw = dice.choice(packs.whole)
    other = packs.plain(dice)
    while other["invoice"] == json.loads(raw)["invoice"]:
        other = packs.plain(dice)
    match dice.randrange(4):
        case 0:
            return flipped(raw, dice)
        case 1:
            plain = json.loads(raw)
            dice.choice(PASTED)(plain, other, dice)
            return json.dumps(plain, ensure_ascii=False).encode()
        case 2:
            plain = json.loads(raw)
            part = dice.choice(["seal", "streams", "law", "letters", "signature", "invoice", "format"])
            plain[part] = other[part] if plain[part] != other[part] else None
            return json.dumps(plain, ensure_ascii=False).encode()
        case _:
            return packs.signed_again(raw, lambda plain: dice.choice(PASTED_BY_THE_FUND)(plain, other, dice))


def _event_of_another(plain: Json, other: Json, dice: random.Random) -> None:
    mine, theirs = dice.choice(plain["streams"]), dice.choice(other["streams"])
    mine["events"][dice.randrange(len(mine["events"]))] = dice.choice(theirs["events"])


def _stream_of_another(plain: Json, other: Json, dice: random.Random) -> None:
    plain["streams"][dice.randrange(len(plain["streams"]))] = dice.choice(other["streams"])


def _more_of_another(plain: Json, other: Json, _dice: random.Random) -> None:
    plain["streams"] += other["streams"]


def _another_name(plain: Json, other: Json, _dice: random.Random) -> None:
    plain["invoice"] = other["invoice"]


def _another_number(plain: Json, _other: Json, dice: random.Random) -> None:
    dice.choice(dice.choice(plain["streams"])["events"])["number"] += dice.choice([-1, 1])


def _an_event_changed(plain: Json, _other: Json, dice: random.Random) -> None:
    event = dice.choice(dice.choice(plain["streams"])["events"])
    event["event"] = event["event"].replace('"moment":"2', '"moment":"3')


def _an_end_changed(plain: Json, _other: Json, dice: random.Random) -> None:
    way = dice.choice(plain["streams"])
    way["end"] = way["end"].replace('"version":', '"version":1')


def _a_path_cut(plain: Json, _other: Json, dice: random.Random) -> None:
    way = dice.choice(plain["streams"])
    way["path"] = base64.b64encode(base64.b64decode(way["path"])[:-32]).decode()


def _a_point_left_out(plain: Json, _other: Json, dice: random.Random) -> None:
    del plain["law"][dice.randrange(len(plain["law"]))]


def _a_point_too_many(plain: Json, _other: Json, _dice: random.Random) -> None:
    plain["law"].append(plain["law"][0] | {"point": "26"})


def _a_letter_too_many(plain: Json, _other: Json, _dice: random.Random) -> None:
    plain["letters"].append({"notice_no": "2026-04-9", "sha256": "0" * 64})


def _an_event_left_out(plain: Json, _other: Json, dice: random.Random) -> None:
    events = dice.choice(plain["streams"])["events"]
    del events[dice.randrange(len(events))]


def _every_event_left_out(plain: Json, _other: Json, _dice: random.Random) -> None:
    plain |= {"streams": [], "law": [], "letters": []}


PASTED_BY_THE_FUND = (
    _every_event_left_out,
    _event_of_another,
    _stream_of_another,
    _more_of_another,
    _another_name,
    _another_number,
    _an_event_changed,
    _an_end_changed,
    _a_path_cut,
    _a_point_left_out,
    _a_point_too_many,
    _a_letter_too_many,
)
"""What does not hold though the fund itself signs it. That it leaves an event out is its word alone (threats.md)."""
PASTED = (*PASTED_BY_THE_FUND, _an_event_left_out)
