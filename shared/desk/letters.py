"""A letter delivered by hand: what the form begins with, what of it can't be, and who stands behind a record."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.desk.acts import Act
from shared.desk.desk import Desk, event_id
from shared.desk.forms import Fault, form_of
from shared.desk.home import JOURNAL, open_desk
from shared.desk.matters import Matter
from shared.effects.letter_to_carry import letter_to_carry, prepared
from shared.events.payments import OverrunNotified
from shared.events.vlk import OverrunDelivered
from shared.explain.sentences import Lang
from shared.explain.why import Story
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.language import LANGUAGES

BEFORE = "an hour after the letter was prepared"
OTHER_LETTER = "the digest of the letter of this notice, as its page prints it"


def begun_letter(home: Home, fund: Fund, notice_no: str) -> dict[str, str]:
    """What is known of a letter before anything is written: its digest. Raises HomeError."""
    pdf = letter_to_carry(home, fund, notice_no) if notice_no else None
    return {"letter_sha256": hashlib.sha256(pdf).hexdigest()} if pdf else {}


def letter_faults(home: Home, fund: Fund, act: Act, data: Mapping[str, Any]) -> Iterator[Fault]:
    """What the journal and the letter say against a record: its hour, and its digest. Raises HomeError.

    That there is no such notice, or that it is delivered already, is the fund's own to say: it stands in the preview.
    """
    if act.record is not OverrunDelivered or not home.journal.is_file():
        return
    notice = prepared(home, data["notice_no"])
    if notice is None:
        return
    moment = datetime.fromisoformat(f"{data['delivered_on']}T{data['delivered_at']}").replace(tzinfo=VILNIUS)
    if moment < notice.moment.replace(second=0, microsecond=0):
        yield _fault(act, "delivered_at", f"{moment:%Y-%m-%d %H:%M}", BEFORE)
    if begun_letter(home, fund, data["notice_no"])["letter_sha256"] != data["letter_sha256"]:
        yield _fault(act, "letter_sha256", data["letter_sha256"], OTHER_LETTER)


def _fault(act: Act, key: str, written: str, why: str) -> Fault:
    field = next(each for each in form_of(act) if each.key == key)
    return Fault(key=key, label=(field.label("lt"), field.label("en")), written=written, why=why)


def said_at(desk: Desk, cause: str) -> Matter | None:
    """The matter of the desk under whose id an event was sent; None where it came from elsewhere."""
    return next((each for each in desk.state.matters.values() if each.raw and event_id(each) == cause), None)


def recorded_by(home: Home, fund: Fund, story: Story, lang: Lang) -> Mapping[str, str]:
    """By an event's id, for a story: who recorded a letter's delivery, and who confirmed it. Raises HomeError.

    The desk of a cluster lies in its store, not in a copy of the journals: then nothing is said.
    """
    steps = [step for step in story.steps if step.type == OverrunNotified.type and step.data.get("how")]
    found: dict[str, str] = {}
    if steps and (home.desk / JOURNAL).is_file():
        with open_desk(home, fund) as desk:
            asyncio.run(desk.load())
            for step in steps:
                if matter := said_at(desk, step.cause):
                    words = LANGUAGES[lang].words["why.desk"]
                    found[step.event_id] = words.format(by=matter.by, approved_by=matter.decided_by, matter=matter.id)
    return found
