"""What the commands of the desk do: the same people, matters and forms as in the console."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from shared.cli.backup import Store, store_of
from shared.cli.screen import screen, table
from shared.desk.acts import ACTS, Act, offered
from shared.desk.desk import NAME, Desk, event_of
from shared.desk.drafts import checked, faults_of
from shared.desk.dry import foresee, moment_of
from shared.desk.forms import Fault, form_of
from shared.desk.home import open_desk, people_of
from shared.desk.matters import Matter, may_draft
from shared.desk.people import Person
from shared.desk.words import word
from shared.engine.faults import Broken, Unavailable
from shared.explain.results import Answer
from shared.explain.sentences import reason_sentence, sentence
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop, Wrong
from shared.kernel.value import value
from shared.runtime.desk import Sender
from shared.runtime.desk_cluster import COMMAND_S, answered_within
from shared.runtime.settings import Settings, fund_of
from shared.telemetry.logs import configure

TOKEN = "PSDF_TOKEN"  # noqa: S105 - the name of the variable, not the token
SHOWN = 20


@value
class Asked:
    """What every command of the desk is told: settings, the file of the token, whether a folder was named."""

    settings: Settings
    token: Path | None
    of_home: bool


@value
class Seat:
    """The desk, who asks, and the folder: the fund's own, or of the cluster a copy of its journals, or none of use."""

    desk: Desk
    person: Person
    home: Home
    fund: Fund
    cluster: bool

    @property
    def knows_journals(self) -> bool:
        """Whether the journals lie here, so that what would follow can be decided."""
        return not self.cluster or self.home.cluster_prefix.exists()


def add_person(settings: Settings, name: str, role: str | None, payer: str | None) -> None:
    """Add a person. Raises Stop, Wrong."""
    fund, home = fund_of(settings), Home(path=settings.home)
    if settings.people is None and not home.journal.is_file():
        raise Stop(f"{home.path} holds no fund yet: give --home its folder, or start one there with psdf run")
    token = people_of(home, settings.people).add(fund, name, role, payer or fund.state_payer)
    _say(f"{name} signs in with this token; it is shown once and kept nowhere:\n{token}")


def list_people(settings: Settings) -> None:
    """List the people."""
    rows = [
        (each.name, each.role or "-", each.payer or "-")
        for each in people_of(Home(path=settings.home), settings.people).all()
    ]
    screen().print(table("People", ["name", "role", "payer"], rows))


def remove_person(settings: Settings, name: str) -> None:
    """Take a person away. Raises Stop."""
    people_of(Home(path=settings.home), settings.people).remove(name)
    _say(f"{name} can sign in no more")


def propose(asked: Asked, name: str, written: Sequence[str], file: Path | None, *, draft: bool) -> None:
    """Draft and propose. Raises Stop, Wrong."""
    act = ACTS.get(name)
    if act is None:
        raise Wrong(f"{name} is none of {', '.join(ACTS)}")
    if not written and file is None:
        _fields(act)
        return
    with _at_the_desk(asked) as seat:
        desk, person, fund = seat.desk, seat.person, seat.fund
        may_draft(person, act)
        data, faults = _data(fund, act, person, written, file)
        if faults:
            raise Wrong("; ".join(fault.said("en") for fault in faults))
        matter = asyncio.run(desk.draft(person, act, data, _now()))
        if act.is_event:
            _foreseen(asked.settings, seat, act, matter)
        if not draft:
            matter = asyncio.run(desk.propose(person, matter.id, _now()))
        _told(matter)


def confirm(asked: Asked, matter_id: str) -> None:
    """Confirm and send; on the cluster the console sends it, and this waits a while. Raises Stop."""
    settings = asked.settings
    with _at_the_desk(asked) as seat:
        moment = _moment(settings, seat)
        matter = asyncio.run(seat.desk.confirm(seat.person, matter_id, _now(), moment))
        if not seat.cluster:
            _told(Sender(settings, seat.home, seat.fund).send(seat.desk, matter))
            return
        _told(matter := answered_within(seat.desk, matter, COMMAND_S))
        if matter.stage == "confirmed":
            _say("the console sends it as soon as it runs and Kafka answers; psdf work shows what the fund says")


def refuse(asked: Asked, matter_id: str, words: str) -> None:
    """Give it back. Raises Stop."""
    with _at_the_desk(asked) as seat:
        _told(asyncio.run(seat.desk.refuse(seat.person, matter_id, words, _now())))


def withdraw(asked: Asked, matter_id: str) -> None:
    """Take it back. Raises Stop."""
    with _at_the_desk(asked) as seat:
        _told(asyncio.run(seat.desk.withdraw(seat.person, matter_id, _now())))


def show_work(asked: Asked) -> None:
    """Show what waits."""
    with _at_the_desk(asked) as seat:
        desk, person, fund = seat.desk, seat.person, seat.fund
        columns = ["id", "what", "about", "drafted by", "state"]
        for title, found in (("To confirm", desk.to_confirm(person)), ("Mine", desk.mine(person)[:SHOWN])):
            rows = [(each.id, each.act, each.about.partition(" ")[2], each.by, each.stage) for each in found]
            screen().print(table(title, columns, rows))
        acts = [(act.name, word("acts", act.name, "en")) for act in offered(person, fund)]
        screen().print(table("What you may propose", ["act", "what"], acts))


# ------------------------------------------------------------------------------------------------------------- inside


@contextmanager
def _at_the_desk(asked: Asked) -> Iterator[Seat]:
    """The desk, and who asks. Raises Stop where the token is nobody's, or the store does not answer."""
    configure("warning", for_people=True)
    settings, token = asked.settings, asked.token
    fund, home = fund_of(settings), Home(path=settings.home)
    try:
        said = token.read_text(encoding="utf-8").strip() if token else os.environ.get(TOKEN, "")
    except OSError as error:
        raise Stop(f"{token}: {error.strerror}") from error
    store = _store(settings, home, of_home=asked.of_home)
    person = people_of(home, settings.people).by_token(said) if said else None
    if person is None:
        raise Stop(f"who are you? Give --token FILE or {TOKEN}; psdf people add makes a token")
    with _opened(home, fund, store) as desk:
        try:
            asyncio.run(desk.load())
            yield Seat(desk=desk, person=person, home=home, fund=fund, cluster=store is not None)
        except (Unavailable, Broken) as error:
            raise Stop(str(error)) from error


def _store(settings: Settings, home: Home, *, of_home: bool) -> Store | None:
    """Where the desk of a cluster is; None where the fund lives in the folder. Raises Stop for a copy of nobody's."""
    copied = home.cluster_prefix.exists()
    if of_home and not copied:
        return None
    store = store_of(settings)
    if copied and store is None:
        raise Stop(f"{home.path} is a copy: PSDF_MONGO says where the cluster is whose desk is meant; it is not set")
    if copied and store and home.cluster_prefix.read_text(encoding="utf-8").strip().rstrip(".") != store.database:
        raise Stop(f"{home.path} is no copy of {store.database}: PSDF_FUND or PSDF_PREFIX says which fund is meant")
    return store


@contextmanager
def _opened(home: Home, fund: Fund, store: Store | None) -> Iterator[Desk]:
    if store is None:
        with open_desk(home, fund) as desk:
            yield desk
        return
    from shared.adapters.mongo.beside import store_beside

    with store_beside(store.mongo, store.database, NAME) as journal:
        yield Desk(fund, journal)


def _moment(settings: Settings, seat: Seat) -> datetime:
    """The moment that an event bears; by the events' own clock the fund's last day, which the journals know."""
    if settings.moment == "arrival" or seat.knows_journals:
        return moment_of(seat.home, seat.fund, settings.moment)
    raise Stop("--moment event takes the fund's last day, which a copy of its journals knows: psdf copy, then --home")


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


def _foreseen(settings: Settings, seat: Seat, act: Act, matter: Matter) -> None:
    if not seat.knows_journals:
        _say("what would follow: not decided here, it takes a copy of the journals (psdf copy); the console shows it")
        return
    home, fund, moment = seat.home, seat.fund, _moment(settings, seat)
    raw = event_of(act, matter.said, matter.source, f"desk-asks-{matter.id}", moment)
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
