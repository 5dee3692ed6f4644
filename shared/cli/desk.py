"""``psdf people``, ``propose``, ``confirm``, ``refuse``, ``withdraw`` and ``work``: the desk, as in the console."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import msgspec
import typer

from shared.cli.backup import Store, store_of
from shared.cli.options import HomeOption, settings
from shared.cli.screen import say, screen, table
from shared.desk.acts import ACTS, Act, offered
from shared.desk.budget_file import filled
from shared.desk.budget_parts import BUDGET
from shared.desk.desk import NAME, Desk, event_of
from shared.desk.drafts import adopted_codes, checked, faults_of
from shared.desk.dry import foresee, moment_of
from shared.desk.forms import Fault, form_of, read
from shared.desk.home import open_desk, people_of
from shared.desk.json_text import NoJson, json_of, no_object
from shared.desk.letters import begun_letter, letter_faults
from shared.desk.matters import Matter, may_draft
from shared.desk.people import People
from shared.desk.person import Person
from shared.desk.words import word
from shared.engine.faults import Broken, Unavailable
from shared.events.vlk import OverrunDelivered
from shared.explain.results import Answer
from shared.explain.sentences import reason_sentence, sentence
from shared.journal.home import Home, HomeHeld
from shared.kernel.calendar import VILNIUS
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop, Wrong
from shared.kernel.value import value
from shared.runtime.desk import AGAIN_S, Sender
from shared.runtime.desk_cluster import COMMAND_S, answered_within
from shared.runtime.people import people_as_set
from shared.runtime.settings import Settings, fund_of
from shared.telemetry.logs import configure

app = typer.Typer(no_args_is_help=True)
TokenOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--token", help="the file of your token (else it stands in PSDF_TOKEN)", show_default=False),
]
MomentOption: TypeAlias = Annotated[
    str | None, typer.Option(help="whose clock the fund goes by, as of psdf run: arrival or event", show_default=False)
]
IdArgument: TypeAlias = Annotated[str, typer.Argument(help="the proposal's id, such as D-3", show_default=False)]
TOKEN = "PSDF_TOKEN"  # noqa: S105 - the name of the variable, not the token
SHOWN = 20


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


@app.callback()
def about() -> None:
    """Who works at the desk: each person has a name, a role, a payer, and a token of their own.

    psdf people add "Ona Onaitė" --role clerk --payer VLK
    psdf people list
    psdf people remove "Ona Onaitė"

    The token is printed once; the fund keeps its hash alone. Roles: clerk, contracts, planner, second, director,
    ministry, auditor, operator. The state payer's people see what all propose, others what is theirs. On the cluster
    PSDF_PEOPLE names the folder of the file, for this and for the console.
    """


@app.command("add")
def add_person(
    name: Annotated[str, typer.Argument(help="first and last name", show_default=False)],
    role: Annotated[
        str | None, typer.Option(help="what the person may do; none: sign in, and nothing", show_default=False)
    ] = None,
    payer: Annotated[
        str | None, typer.Option(help="for whom; the payer of the state unless said", show_default=False)
    ] = None,
    home: HomeOption = None,
) -> None:
    """Add a person, and print the token with which that person signs in."""
    chosen = settings(home=home)
    fund, place = fund_of(chosen), Home(path=chosen.home)
    if chosen.people is None and not place.journal.is_file():
        raise Stop(f"{place.path} holds no fund yet: give --home its folder, or start one there with psdf run")
    token = people_of(place, chosen.people).add(fund, name, role, payer or fund.state_payer)
    say(f"{name} signs in with this token; it is shown once and kept nowhere:\n{token}")


@app.command("list")
def list_people(home: HomeOption = None) -> None:
    """Show who works here."""
    chosen = settings(home=home)
    rows = [
        (each.name, each.role or "-", each.payer or "-")
        for each in people_of(Home(path=chosen.home), chosen.people).all()
    ]
    screen().print(table("People", ["name", "role", "payer"], rows))


@app.command("remove")
def remove_person(
    name: Annotated[str, typer.Argument(help="whose token is good no more", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Take a person away: the token is good no more. What the person did stays in the desk's journal."""
    chosen = settings(home=home)
    people_of(Home(path=chosen.home), chosen.people).remove(name)
    say(f"{name} can sign in no more")


def propose(
    act: Annotated[str, typer.Argument(help="contract, review, budget, ...; psdf work lists all", show_default=False)],
    fields: Annotated[list[str] | None, typer.Argument(help="field=value, as in the form", show_default=False)] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="the event's data as JSON, cents and all; of a budget CSV too", show_default=False),
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="only write it down, and ask nobody yet")] = False,
    token: TokenOption = None,
    moment: MomentOption = None,
    home: HomeOption = None,
) -> None:
    """Propose something to the fund: what would follow is shown, and another person confirms it.

      psdf propose contract-change contract_id=C-1 ceiling=2000000,00
      psdf propose review invoice_id=300111224/A1 contract_id=C-1 verdict=accept
      psdf propose letter-delivered notice_no=2022-04-1 how=by_hand delivered_by="Ona Onaitė" delivered_on=2022-03-05
        delivered_at=14:30 document="2022-03-05 Nr. G-118"
      psdf propose budget --file budget.json
      psdf propose budget --file biudžetas.csv

    Fields are those of the form, money in euros; without any they are listed. Nested ones have dots: provider.code.
    On the cluster (PSDF_MONGO, PSDF_PEOPLE) what would follow is shown where --home is a copy of its journals.
    """
    known = ACTS.get(act)
    if known is None:
        raise Wrong(f"{act} is none of {', '.join(ACTS)}")
    if not fields and file is None:
        _fields(known)
        return
    chosen = settings(home=home, moment=moment)
    with at_the_desk(chosen, token, of_home=home is not None) as seat:
        desk, person, fund = seat.desk, seat.person, seat.fund
        may_draft(person, known)
        data, faults = _data(seat.home, fund, known, person, fields or [], file)
        if faults:
            raise Wrong("; ".join(fault.said("en") for fault in faults))
        matter = asyncio.run(desk.draft(person, known, data, _now()))
        if known.is_event:
            _foreseen(chosen, seat, known, matter)
        if not draft:
            matter = asyncio.run(desk.propose(person, matter.id, _now()))
        _told(matter)


def confirm(
    matter: IdArgument, token: TokenOption = None, moment: MomentOption = None, home: HomeOption = None
) -> None:
    """Confirm what another person proposed: it is sent, once, and the fund's answer is shown.

    psdf confirm D-3

    On the cluster the console sends it: the answer is shown where it comes within 20 seconds, else by psdf work.
    """
    chosen = settings(home=home, moment=moment)
    with at_the_desk(chosen, token, of_home=home is not None) as seat:
        confirmed = asyncio.run(seat.desk.confirm(seat.person, matter, _now(), _moment(chosen, seat)))
        if not seat.cluster:
            _told(_sent(chosen, seat, confirmed))
            return
        _told(told := answered_within(seat.desk, confirmed, COMMAND_S))
        if told.stage == "confirmed":
            say("the console sends it as soon as it runs and Kafka answers; psdf work shows what the fund says")


def _sent(chosen: Settings, seat: Seat, confirmed: Matter) -> Matter:
    """A matter with the fund's answer."""
    try:
        return Sender(chosen, seat.home, seat.fund).send(seat.desk, confirmed)
    except HomeHeld:  # perhaps by the console, which sends it just then
        told = answered_within(seat.desk, confirmed, 2 * AGAIN_S)
        if told.stage == "confirmed":
            raise
        return told


def refuse(
    matter: IdArgument,
    words: Annotated[str, typer.Option(help="why, for who drafted it", show_default=False)],
    token: TokenOption = None,
    home: HomeOption = None,
) -> None:
    """Give back what another person proposed.

    psdf refuse D-3 --words "Kita kaina"
    """
    with at_the_desk(settings(home=home), token, of_home=home is not None) as seat:
        _told(asyncio.run(seat.desk.refuse(seat.person, matter, words, _now())))


def withdraw(matter: IdArgument, token: TokenOption = None, home: HomeOption = None) -> None:
    """Take back what you proposed and nobody has confirmed.

    psdf withdraw D-3
    """
    with at_the_desk(settings(home=home), token, of_home=home is not None) as seat:
        _told(asyncio.run(seat.desk.withdraw(seat.person, matter, _now())))


def work(token: TokenOption = None, home: HomeOption = None) -> None:
    """Show what waits for you, what you proposed, and what you may propose.

    psdf work
    """
    with at_the_desk(settings(home=home), token, of_home=home is not None) as seat:
        desk, person, fund = seat.desk, seat.person, seat.fund
        columns = ["id", "what", "about", "drafted by", "state"]
        for title, found in (("To confirm", desk.to_confirm(person)), ("Mine", desk.mine(person)[:SHOWN])):
            rows = [(each.id, each.act, each.about.partition(" ")[2], each.by, each.stage) for each in found]
            screen().print(table(title, columns, rows))
        acts = [(act.name, word("acts", act.name, "en")) for act in offered(person, fund)]
        screen().print(table("What you may propose", ["act", "what"], acts))


# ------------------------------------------------------------------------------------------------------------- inside


@contextmanager
def at_the_desk(settings: Settings, token: Path | None, *, of_home: bool) -> Iterator[Seat]:
    """The desk, and who asks; ``of_home``: a folder was named. Raises Stop: a token of nobody's, a silent store."""
    configure("warning", for_people=True)
    fund, home = fund_of(settings), Home(path=settings.home)
    store = _store(settings, home, of_home=of_home)
    person = asks(people_as_set(settings, home, fund), token)
    with _opened(home, fund, store) as desk:
        try:
            asyncio.run(desk.load())
            yield Seat(desk=desk, person=person, home=home, fund=fund, cluster=store is not None)
        except (Unavailable, Broken) as error:
            raise Stop(str(error)) from error


def asks(people: People, token: Path | None) -> Person:
    """Who asks, by the token of a file or of PSDF_TOKEN. Raises Stop."""
    try:
        said = token.read_text(encoding="utf-8").strip() if token else os.environ.get(TOKEN, "")
    except OSError as error:
        raise Stop(f"{token}: {error.strerror}") from error
    person = people.by_token(said) if said else None
    if person is None:
        raise Stop(f"who are you? Give --token FILE or {TOKEN}; psdf people add makes a token")
    return person


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
    home: Home, fund: Fund, act: Act, person: Person, written: Sequence[str], file: Path | None
) -> tuple[dict[str, Any], list[Fault]]:
    if file is not None:
        if not act.is_event:
            raise Wrong(f"{act.name} takes its fields by field=value, and no file")
        try:
            content = file.read_bytes()
            if act is BUDGET and file.suffix.lower() == ".csv":
                filled_in, faults = filled(fund, person, content, {}, adopted_codes(home))
                return read(act, filled_in)[0], faults
        except OSError as error:
            raise Stop(f"{file}: {error}") from None
        data = _object_of(file, content)
        return data, faults_of(fund, act, person, data) or list(letter_faults(home, fund, act, data))
    given: dict[str, str] = {}
    for each in written:
        key, is_, value = each.partition("=")
        if not is_:
            raise Wrong(f"{each}: give field=value; psdf propose {act.name} lists the fields")
        given[key] = value
    if act.record is OverrunDelivered and home.journal.is_file():
        given = begun_letter(home, fund, given.get("notice_no", "")) | given
    data, faults = checked(fund, act, person, given)
    return data, faults or list(letter_faults(home, fund, act, data))


def _fields(act: Act) -> None:
    rows = [
        (inner, each.label("en"), " ".join(each.options) or each.wanted, "needed" if each.needed else "")
        for field in form_of(act)
        for inner, each in ([(f"{field.key}.0.{x.key}", x) for x in field.inner] or [(field.key, field)])
    ]
    screen().print(table(word("acts", act.name, "en"), ["field", "what", "expected", ""], rows))


def _foreseen(settings: Settings, seat: Seat, act: Act, matter: Matter) -> None:
    if not seat.knows_journals:
        say("what would follow: not decided here, it takes a copy of the journals (psdf copy); the console shows it")
        return
    home, fund, moment = seat.home, seat.fund, _moment(settings, seat)
    raw = event_of(act, matter.said, matter.source, f"desk-asks-{matter.id}", moment)
    foreseen = foresee(home, fund, settings.moment, settings.most_days, [raw])
    say("what would follow: it fits" if foreseen.fits else "what would follow: it does not fit")
    for answer in foreseen.answers:
        _reasons(answer)
    for type_, data in [each for each in foreseen.told if each[0] != act.record.type][:SHOWN]:
        say(f"  {type_}: {sentence(type_, data, 'en')}")


def _reasons(answer: Answer) -> None:
    for each in answer.reasons or ():
        say(f"  point {each['rule']}: {reason_sentence(each, 'en')}")
    if answer.error:
        say(f"  {answer.error}")


def _told(matter: Matter) -> None:
    say(f"{matter.id} {word('stages', matter.stage, 'en')}")
    if matter.outcome:
        say(word("outcomes", matter.outcome, "en"))
        _reasons(Answer(id=None, type="", outcome="refused", reasons=msgspec.to_builtins(matter.reasons)))
        for told in matter.told:
            say(f"  {told}")


def _now() -> datetime:
    return datetime.now(VILNIUS)


def _object_of(file: Path, content: bytes) -> dict[str, Any]:
    """A file's JSON object, which names nothing twice. Raises Stop, in Lithuanian and then in English."""
    try:
        data, wrong = json_of(content)
    except NoJson as error:
        data, wrong = None, [error.said]
    if isinstance(data, dict) and not wrong:
        return data
    lt, en = zip(*(wrong or [no_object("data")]), strict=True)
    raise Stop(f"{file}: {'; '.join(lt)} / {'; '.join(en)}")
