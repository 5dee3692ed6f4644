"""What is forged by persons and by those who keep the registry: at the desk, in the console, with tokens, alone for two."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import msgspec
import pytest
from joserfc import jwt

from shared.cli.persons import by_one, by_two
from shared.desk import matters
from shared.desk.acts import ACTS, DEEDS, OWN, Act, confirmers
from shared.desk.deeds import agree
from shared.desk.forms import written_of
from shared.desk.issuer import read_issuer
from shared.desk.matters import NotDone, State, evolve
from shared.desk.people import People
from shared.desk.person import ROLES, Person, TokenError
from shared.edge.registry import word_on
from shared.edge.statement import StatementError, imported
from shared.events.keys import KeyRegistered
from shared.events.webhooks import WebhookRegistered
from shared.kernel.stop import Wrong
from shared.messages.examples import EXAMPLES
from shared.runtime.settings import read_settings
from tests.console.desks import NAMES, a_fund, desk_of, signed_in
from tests.desk.acting import MOMENT, person
from tests.desk.provider import AUDIENCE, issuer_file
from tests.desk.test_desk_people import COMMANDS, TABLE
from tests.desk.test_issuer import made, publishing
from tests.edge.einvoice.made import FUND
from tests.edge.signing import PERSONS, Signer
from tests.edge.test_statement import AT, CSV, XML
from tests.forged import Table

ALONE = (("Ona", "Ona"), ("Ona", "ONA "), ("Ona", " "), ("", "Ona"), ("Ona", "Ona\u200b"), ("Žukė", "Z\u030cuke\u0307"))
"""Who brings something that two persons have to bring."""
KAUNAS = "TLK-KAUNAS"


def of_payer(act: Act, role: str) -> str:
    """For whom a person speaks who may say an act."""
    return "" if role == "ministry" else KAUNAS if act.name == "payer-year" else "VLK"


def data_of(act: Act, payer: str) -> dict[str, Any]:
    """What is said, about this payer's matter."""
    said = EXAMPLES[act.record.type]["data"] if act.is_event else {"ids": ["x"], "why": "x"}
    return said | ({"payer": payer} if "payer" in said or act.name == "payer-year" else {})


# -------------------------------------------------------------------------------------------------- the law of the desk


def at_the_desk(table: Table) -> None:
    """Each role drafts what is not its own, each payer another's, and who may not confirm does."""
    for name, (drafts, _) in TABLE.items():
        act = ACTS[name]
        for role in ROLES:
            ona = person("Ona", role, of_payer(act, role))
            if role not in drafts.split():
                refused(table, "desk, another role's act", ona, act, data_of(act, ona.payer))
            elif role != "ministry":
                _anothers_payers(table, person("Kazys", role, KAUNAS), act)
        for role in drafts.split():
            _confirmed(table, act, person("Ona", role, of_payer(act, role)))  # type: ignore[arg-type] # a role


def refused(table: Table, path: str, who: Person, act: Act, data: dict[str, Any]) -> None:
    """Let somebody draft it, who may not."""
    try:
        done = list(matters.draft(State(), FUND, who, act, data, act.name, None))
    except NotDone:
        done = []
    table.add(path, refused=not done, what=(who, act.name, done))


def _anothers_payers(table: Table, kazys: Person, act: Act) -> None:
    """A territorial fund's person says what only others may, or says it of another fund."""
    of_another = act.name != "payer-year" and "payer" in data_of(act, "VLK")
    if of_another or OWN not in act.record.sources:
        refused(table, "desk, another payer's act", kazys, act, data_of(act, "VLK"))


def _confirmed(table: Table, act: Act, ona: Person) -> None:
    """What Ona has proposed is confirmed by herself in each role, by other roles, and by another payer's people."""
    state, data = State(), data_of(act, ona.payer)
    for step in (
        matters.draft(state, FUND, ona, act, data, act.name, None),
        matters.propose(state, FUND, ona, "D-1", MOMENT),
    ):
        for event in list(step):
            evolve(state, event, MOMENT)
    for role in ROLES:
        payer = of_payer(act, role)
        tries = [("desk, confirmed by oneself", person("ONA ", role, payer))]
        if role not in confirmers(act, data):
            tries += [("desk, confirmed by another role", person("Jonas", role, payer))]
        elif payer == "VLK":
            tries += [("desk, confirmed by another payer's", person("Jonas", role, KAUNAS))]
        for path, who in tries:
            try:
                done = list(matters.confirm(state, FUND, who, "D-1", "{}", MOMENT))
            except NotDone:
                done = []
            table.add(path, refused=not done, what=(who, act.name, done))


def by_tokens(folder: Path, table: Table) -> None:
    """For each role at the desk, tokens of its identity provider that it never gave, or gave for something else."""
    ours, stranger = made("EC", "one"), made("EC", "one")
    with publishing() as there:
        there.has(ours)
        people = People(folder, read_issuer(issuer_file(folder / "oidc.toml", there.url), FUND))
        at = int(time())
        good = {"iss": there.url, "aud": AUDIENCE, "sub": "ona", "iat": at, "exp": at + 60, "payer": "vlk"}
        for role in ROLES:
            said, head = good | {"roles": f"psdf-{role}"}, {"alg": "ES256", "typ": "at+jwt", "kid": "one"}
            assert people.by_token(jwt.encode(head, said, ours)), "so that none is refused for another reason"
            for token in (
                jwt.encode(head, said, stranger),
                jwt.encode(head | {"kid": "two"}, said, stranger),
                jwt.encode(head | {"typ": "JWT"}, said, ours),
                jwt.encode(head, said | {"aud": "another"}, ours),
                jwt.encode(head, said | {"iss": "https://evil.example"}, ours),
                jwt.encode(head, said | {"iat": at - 600, "exp": at - 60}, ours),
                jwt.encode(head, said | {"roles": [f"psdf-{role}", "psdf-clerk", "psdf-second"]}, ours),
            ):
                try:
                    taken = people.by_token(token)
                except TokenError:
                    taken = None
                table.add("desk, a token that was not given", refused=taken is None, what=token)


# --------------------------------------------------------------------------------------------- commands where people sign in


def by_commands(folder: Path, table: Table) -> None:
    """Each role is the first or the second who is not; one person is both; another payer's; names are typed."""
    for name, (first, second) in COMMANDS.items():
        for role in ROLES:
            is_firsts = role in first.split()
            what, payer = ("another payer's deed", KAUNAS) if is_firsts else ("another role's deed", "VLK")
            forges(State(), table, f"command, {what}", signs_in("1", role, payer), name)
        for role in ROLES if second else ():
            state = State()
            assert agreed(state, signs_in("1", first.split()[0]), name)
            forges(state, table, "command, one person in place of two", signs_in("1", role), name)
            if role not in second.split():
                forges(state, table, "command, another role's deed", signs_in("2", role), name)
    here = read_settings(oidc=folder / "oidc.toml", home=folder)
    for by, approved_by in (("Ona", "Petras"), ("Ona", None), (None, "Petras")):
        for name in COMMANDS:
            alone = partial(by_one, here, FUND, by or approved_by, None)
            two = partial(by_two, here, name, b"x", by, approved_by, None, of_home=True)
            does: Callable[[], object] = alone if name.startswith("bank") else two
            with pytest.raises(Wrong, match="not a typed name") as refused:
                does()
            table.add("command, a typed name where people sign in", refused=bool(refused), what=(name, by))


def forges(state: State, table: Table, path: str, who: Person, deed: str) -> None:
    table.add(path, refused=not agreed(state, who, deed), what=(who, deed))


def signs_in(sub: str, role: str, payer: str = "VLK") -> Person:
    """One of an identity provider's, by another name each time."""
    return replace(person(f"{role} {sub}", role, payer), identity=f"https://login.example.lt {sub}")  # type: ignore[arg-type]


def agreed(state: State, who: Person, deed: str) -> bool:
    """Whether a person's word on a deed was taken."""
    try:
        for event in agree(state, FUND, who, DEEDS[deed], "1", MOMENT):
            evolve(state, event, MOMENT)
    except NotDone:
        return False
    return True


# ---------------------------------------------------------------------------------------------------------- the console


def at_the_console(folder: Path, table: Table) -> None:
    """Each role, and who has not signed in, sends each form that is not its own; and confirms what it may not."""
    tokens = a_fund(folder / "home")
    with desk_of(folder / "home") as url:
        for role in ("", *NAMES):
            with signed_in(url, tokens[NAMES[role]] if role else "") as client:
                client.follow_redirects = False
                path = "console, another role's form" if role else "console, nobody signed in"
                for act in ACTS.values():
                    if role not in act.drafts:
                        form = written_of(act, data_of(act, of_payer(act, role))) | {"action": "look"}
                        answer = client.post(f"/desk/new/{act.name}", data=form)
                        table.add(
                            path,
                            refused=answer.status_code == (403 if role else 401),
                            what=(role, act.name, answer.status_code),
                        )
        _of_another_site(url, tokens, table)
        _confirmed_in_the_console(url, tokens, table)


def _of_another_site(url: str, tokens: dict[str, str], table: Table) -> None:
    """A page of somebody else sends each role's own forms in its name."""
    for act in ACTS.values():
        for role in act.drafts:
            with signed_in(url, tokens[NAMES[role]]) as client:
                client.headers["Origin"] = "https://evil.example"
                form = written_of(act, data_of(act, of_payer(act, role))) | {"action": "look"}
                answer = client.post(f"/desk/new/{act.name}", data=form)
                table.add("console, a form of another site", refused=answer.status_code == 403, what=act.name)


def _confirmed_in_the_console(url: str, tokens: dict[str, str], table: Table) -> None:
    """What is proposed is confirmed by who proposed it, by roles that do not confirm it, and by another payer's."""
    data = EXAMPLES["contract.change.proposed"]["data"] | {"contract_id": "C-1"}
    act = ACTS["contract-change"]
    with signed_in(url, tokens[NAMES["contracts"]]) as rasa:
        here = rasa.post("/desk/new/contract-change", data=written_of(act, data) | {"action": "look"}).url.path
        assert rasa.post(here, data={"action": "propose"}).status_code == 200
    for name in (*(NAMES[role] for role in NAMES if role not in act.confirms), "Zita Kaunietė"):
        with signed_in(url, tokens[name]) as client:
            answer = client.post(here, data={"action": "confirm"})
            table.add("console, confirmed by who may not", refused=answer.status_code == 403, what=(name, answer.text))


# ------------------------------------------------------------------------------------------- one person in place of two


def by_one_person(table: Table) -> None:
    """Sodra's statement is imported by one person, in either form."""
    for content in (CSV, XML):
        for by, approved_by in ALONE:
            try:
                taken: bytes | None = imported(content, AT, by, approved_by)
            except StatementError:
                taken = None
            table.add("statement, imported by one person", refused=taken is None, what=(by, approved_by))


def words(signer: Signer, another: str) -> Iterator[tuple[str, str, bytes]]:
    """Words on keys and webhooks with the operator's token that two persons have not said, or not of this key."""
    good = msgspec.json.decode(Signer(signer.source).word(datetime.now().astimezone()))["data"]
    theirs = msgspec.json.decode(Signer(another).word(datetime.now().astimezone()))["data"]
    called = {"source": signer.source, "url": "https://a.example.lt/psdf", **PERSONS}
    for by, approved_by in ALONE:
        alone = {"by": by, "approved_by": approved_by}
        yield "keys, registered by one person", "/keys", word_on(KeyRegistered.type, good | alone)
        yield "webhooks, registered by one person", "/webhooks", word_on(WebhookRegistered.type, called | alone)
    for changed in (
        good | {"source": another},
        good | {"proof": theirs["proof"]},
        good | {"public_key": theirs["public_key"], "keyid": theirs["keyid"]},
        good | {"valid_to": "2100-01-01T00:00:00+02:00"},
        good | {"at": "2020-01-01T00:00:00+02:00"},
    ):
        yield "keys, another's request or a changed one", "/keys", word_on(KeyRegistered.type, changed)
