"""What the commands of the desk do: the same people, matters and forms as in the console."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from shared.cli.screen import screen, table
from shared.desk.acts import ACTS, Act, offered
from shared.desk.desk import Desk, event_of
from shared.desk.drafts import checked, faults_of
from shared.desk.dry import foresee, moment_of
from shared.desk.forms import Fault, form_of
from shared.desk.home import open_desk, people_of
from shared.desk.matters import Matter, may_draft
from shared.desk.people import Person
from shared.desk.words import word
from shared.explain.results import Answer
from shared.explain.sentences import reason_sentence, sentence
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop, Wrong
from shared.runtime.desk import Sender
from shared.runtime.settings import Settings, fund_of
from shared.telemetry.logs import configure

TOKEN = "PSDF_TOKEN"  # noqa: S105 - the name of the variable, not the token
SHOWN = 20


def add_person(settings: Settings, name: str, role: str | None, payer: str | None) -> None:
    """Add a person. Raises Stop, Wrong."""
    fund, home = fund_of(settings), Home(path=settings.home)
    if not home.journal.is_file():
        raise Stop(f"{home.path} holds no fund yet: give --home its folder, or start one there with psdf run")
    token = people_of(home).add(fund, name, role, payer or fund.state_payer)
    _say(f"{name} signs in with this token; it is shown once and kept nowhere:\n{token}")


def list_people(settings: Settings) -> None:
    """List the people."""
    rows = [(each.name, each.role or "-", each.payer or "-") for each in people_of(Home(path=settings.home)).all()]
    screen().print(table("People", ["name", "role", "payer"], rows))


def remove_person(settings: Settings, name: str) -> None:
    """Take a person away. Raises Stop."""
    people_of(Home(path=settings.home)).remove(name)
    _say(f"{name} can sign in no more")


def propose(
    settings: Settings, token: Path | None, name: str, written: Sequence[str], file: Path | None, *, draft: bool
) -> None:
    """Draft and propose. Raises Stop, Wrong."""
    act = ACTS.get(name)
    if act is None:
        raise Wrong(f"{name} is none of {', '.join(ACTS)}")
    if not written and file is None:
        _fields(act)
        return
    with _at_the_desk(settings, token) as (desk, person, home, fund):
        may_draft(person, act)
        data, faults = _data(fund, act, person, written, file)
        if faults:
            raise Wrong("; ".join(fault.said("en") for fault in faults))
        matter = asyncio.run(desk.draft(person, act, data, _now()))
        if act.is_event:
            _foreseen(settings, home, fund, act, matter)
        if not draft:
            matter = asyncio.run(desk.propose(person, matter.id, _now()))
        _told(matter)


def confirm(settings: Settings, token: Path | None, matter_id: str) -> None:
    """Confirm and send. Raises Stop."""
    with _at_the_desk(settings, token) as (desk, person, home, fund):
        moment = moment_of(home, fund, settings.moment)
        matter = asyncio.run(desk.confirm(person, matter_id, _now(), moment))
        _told(Sender(settings, home, fund).send(desk, matter))


def refuse(settings: Settings, token: Path | None, matter_id: str, words: str) -> None:
    """Give it back. Raises Stop."""
    with _at_the_desk(settings, token) as (desk, person, _, _):
        _told(asyncio.run(desk.refuse(person, matter_id, words, _now())))


def withdraw(settings: Settings, token: Path | None, matter_id: str) -> None:
    """Take it back. Raises Stop."""
    with _at_the_desk(settings, token) as (desk, person, _, _):
        _told(asyncio.run(desk.withdraw(person, matter_id, _now())))


def show_work(settings: Settings, token: Path | None) -> None:
    """Show what waits."""
    with _at_the_desk(settings, token) as (desk, person, _, fund):
        columns = ["id", "what", "about", "drafted by", "state"]
        for title, found in (("To confirm", desk.to_confirm(person)), ("Mine", desk.mine(person)[:SHOWN])):
            rows = [(each.id, each.act, each.about.partition(" ")[2], each.by, each.stage) for each in found]
            screen().print(table(title, columns, rows))
        acts = [(act.name, word("acts", act.name, "en")) for act in offered(person, fund)]
        screen().print(table("What you may propose", ["act", "what"], acts))


# ------------------------------------------------------------------------------------------------------------- inside


@contextmanager
def _at_the_desk(settings: Settings, token: Path | None) -> Iterator[tuple[Desk, Person, Home, Fund]]:
    """The desk, and who asks. Raises Stop where the token is nobody's."""
    configure("warning", for_people=True)
    fund, home = fund_of(settings), Home(path=settings.home)
    try:
        said = token.read_text(encoding="utf-8").strip() if token else os.environ.get(TOKEN, "")
    except OSError as error:
        raise Stop(f"{token}: {error.strerror}") from error
    if home.cluster_prefix.exists():
        raise Stop(f"{home.path} is a copy: nothing is proposed or confirmed in it")
    person = people_of(home).by_token(said) if said else None
    if person is None:
        raise Stop(f"who are you? Give --token FILE or {TOKEN}; psdf people add makes a token")
    with open_desk(home, fund) as desk:
        asyncio.run(desk.load())
        yield desk, person, home, fund


def _data(
    fund: Fund, act: Act, person: Person, written: Sequence[str], file: Path | None
) -> tuple[dict[str, Any], list[Fault]]:
    if file is not None:
        if not act.is_event:
            raise Wrong(f"{act.name} takes its fields by field=value, and no file")
        try:
            data = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            raise Stop(f"{file}: {error}") from None
        return data, faults_of(fund, act, person, data)
    given = {}
    for each in written:
        key, is_, value = each.partition("=")
        if not is_:
            raise Wrong(f"{each}: give field=value; psdf propose {act.name} lists the fields")
        given[key] = value
    return checked(fund, act, person, given)


def _fields(act: Act) -> None:
    rows = [
        (inner, each.label("en"), " ".join(each.options) or each.wanted, "needed" if each.needed else "")
        for field in form_of(act)
        for inner, each in ([(f"{field.key}.0.{x.key}", x) for x in field.inner] or [(field.key, field)])
    ]
    screen().print(table(word("acts", act.name, "en"), ["field", "what", "expected", ""], rows))


def _foreseen(settings: Settings, home: Home, fund: Fund, act: Act, matter: Matter) -> None:
    raw = event_of(act, matter.said, matter.source, f"desk-asks-{matter.id}", moment_of(home, fund, settings.moment))
    foreseen = foresee(home, fund, settings.moment, settings.most_days, [raw])
    _say("what would follow: it fits" if foreseen.fits else "what would follow: it does not fit")
    for answer in foreseen.answers:
        _reasons(answer)
    for type_, data in [each for each in foreseen.told if each[0] != act.record.type][:SHOWN]:
        _say(f"  {type_}: {sentence(type_, data, 'en')}")


def _reasons(answer: Answer) -> None:
    for each in answer.reasons or ():
        _say(f"  point {each['rule']}: {reason_sentence(each, 'en')}")
    if answer.error:
        _say(f"  {answer.error}")


def _told(matter: Matter) -> None:
    _say(f"{matter.id} {word('stages', matter.stage, 'en')}")
    if matter.outcome:
        _say(word("outcomes", matter.outcome, "en"))
        _reasons(Answer(id=None, type="", outcome="refused", reasons=msgspec.to_builtins(matter.reasons)))
        for told in matter.told:
            _say(f"  {told}")


def _now() -> datetime:
    return datetime.now(VILNIUS)


def _say(text: str) -> None:
    screen().print(text, markup=False, soft_wrap=True)
