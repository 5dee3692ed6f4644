"""The letter of a notice, for who carries it to the ministry: as it was first written, or anew from the journal.

A letter is a function of its notice, so who reads a copy of the cluster's journals prints the same letter.
"""

import sqlite3
from pathlib import Path

from shared.events.contracts import ContractConcluded
from shared.events.internal import NoticePrepared
from shared.journal.events import RecordedEvent, facts, written
from shared.journal.home import Home, reading
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop


def prepared(home: Home, notice_no: str) -> RecordedEvent | None:
    """The event that a notice was prepared; None where there was none. Raises HomeError, sqlite3.Error."""
    with reading(home) as connection:
        return _prepared(connection, notice_no)


def letter_to_carry(home: Home, fund: Fund, notice_no: str) -> bytes | None:
    """The PDF of a notice's letter; None where there is no such notice.

    Raises HomeError, sqlite3.Error, OSError, and Stop for a notice of which no letter can be written.
    """
    path = home.letters / f"{notice_no}.pdf"
    if Path(notice_no).name == notice_no and path.is_file():
        return path.read_bytes()
    with reading(home) as connection:
        notice = _prepared(connection, notice_no)
        if notice is None:
            return None
        codes = {each["provider_code"] for each in notice.data["invoices"]}
        names = {
            each.data["provider"]["code"]: each.data["provider"]["name"]
            for each in facts(connection, [written(ContractConcluded.type)])
            if each.type == ContractConcluded.type and each.data["provider"]["code"] in codes
        }
    from shared.effects.letter import form_of, overrun_letter  # what sets a page is loaded by who prints one

    try:
        return overrun_letter(notice.data, names, form_of(fund))
    except ValueError as error:
        raise Stop(f"the letter of notice {notice_no} can't be written, a person must look: {error}") from error


def _prepared(connection: sqlite3.Connection, notice_no: str) -> RecordedEvent | None:
    found = facts(connection, [written(notice_no)], service="payments")
    return next(
        (each for each in found if (each.type, each.data.get("notice_no")) == (NoticePrepared.type, notice_no)), None
    )
