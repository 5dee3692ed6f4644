"""From what somebody wrote to what can be sent: checked by the record, then by the catalogue's own reader."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.desk.acts import Act, source_of, voices
from shared.desk.desk import event_of
from shared.desk.forms import Fault, fault_of, read, written_of
from shared.desk.matters import NotDone
from shared.desk.person import Person
from shared.journal.events import Data, facts, written
from shared.journal.home import Home, reading
from shared.journal.parked import dismissed, parked_events
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.money import equal_parts
from shared.messages.read import Malformed, parse

NO_WORDS = "needed where it is returned; the sender reads these words as they are"
MOST_PARKED = 200
"""How many parked messages are released or dismissed at once."""


def checked(fund: Fund, act: Act, person: Person, sent: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """The data of a form, and what is wrong with it. Raises NotDone where the person can't speak for its payer."""
    data, faults = read(act, sent)
    return data, faults or faults_of(fund, act, person, data)


def faults_of(fund: Fund, act: Act, person: Person, data: dict[str, Any]) -> list[Fault]:
    """What the catalogue's reader says of data. Raises NotDone where the person can't speak for its payer."""
    source = source_of(act, person, fund, data)
    if source is None:
        raise NotDone("no_voice", payer=person.payer or "ministry", sources=voices(act, fund, data))
    if not act.is_event:
        many = len(data["ids"]) > MOST_PARKED
        return [fault_of(act, f"data.ids: at most {MOST_PARKED} at once")] if many else []
    if data.get("verdict") == "return" and not data.get("reasons"):
        return [fault_of(act, f"data.reasons: {NO_WORDS}")]
    try:
        parse(event_of(act, data, source, "desk", datetime(2022, 1, 1, tzinfo=VILNIUS)), outside=True)
    except Malformed as malformed:
        return [fault_of(act, told) for told in malformed.error.split("; ")]
    return []


# ------------------------------------------------------------------------------------------- what is filled in at first


def begun(home: Home, act: Act, fund: Fund) -> dict[str, str]:
    """What is known before anything is written: a distribution begins with the one before, or in equal parts."""
    if act.name != "distribution":
        return {}
    budget, before = _last(home, "budget.adopted"), _last(home, "distribution.adopted")
    if budget is None:
        return {}
    if before is not None and before["year"] == budget["year"]:
        return written_of(act, before | {"edition": before["edition"] + 1})
    data = {
        "year": budget["year"],
        "edition": 1,
        "quarters": [_quarters(each["article"], each["amount_cents"]) for each in budget["expenses"]],
        "shares": [
            {"payer": fund.state_payer, "article": each["article"], "amount_cents": each["amount_cents"]}
            for each in budget["expenses"]
        ],
    }
    return written_of(act, data)


def begun_like(act: Act, adopted: Sequence[Data], like: str) -> dict[str, str] | None:
    """A next edition of a budget with the lines of an adopted one (``2022-1``); None where there is none of that name.

    Its number is the year's next, its law and the day from which it is in force are not known yet.
    """
    found = next((each for each in adopted if f"{each['year']}-{each['edition']}" == like), None)
    if found is None:
        return None
    last = max(each["edition"] for each in adopted if each["year"] == found["year"])
    return written_of(act, {**found, "edition": last + 1, "law": "", "in_force_from": ""})


def _quarters(article: str, cents: int) -> dict[str, Any]:
    return {"article": article} | {f"q{n}_cents": part for n, part in enumerate(equal_parts(cents, 4), 1)}


def _last(home: Home, type_: str) -> dict[str, Any] | None:
    with reading(home) as connection:
        found = [fact.data for fact in facts(connection, [written(type_)]) if fact.type == type_]
    return found[-1] if found else None


def codes_of(adopted: Iterable[Data]) -> frozenset[str]:
    """The codes of all articles and lines of revenue of budgets."""
    return frozenset(
        line.get("article") or line["code"] for each in adopted for line in [*each["expenses"], *each["revenue"]]
    )


def adopted_codes(home: Home) -> frozenset[str]:
    """The codes of all budgets that were adopted; none where there is no journal."""
    if not home.journal.is_file():
        return frozenset()
    with reading(home) as connection:
        found = facts(connection, [written("budget.adopted")])
        return codes_of(fact.data for fact in found if fact.type == "budget.adopted")


def parked_with(home: Home, error: str) -> list[str]:
    """The ids of what lies parked with an error, or whose error begins so."""
    gone = dismissed(home)
    with reading(home) as connection:
        open_ = [
            e.id for e in parked_events(connection) if e.error.startswith(error) and not e.released and e.id not in gone
        ]
    return open_[:MOST_PARKED]
