"""The steps of the edge's demo in their order, each a scene: what came of it, and the command that shows it."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, time
from typing import Final

from services.payments.events import Account
from shared.demo.deals import PSDF
from shared.demo.edge_kit import CONTRACT, INVOICE, NAME, SOURCE, document
from shared.demo.edge_play import Edge
from shared.demo.post import Event, day_started
from shared.demo.run import raw_of
from shared.demo.scenes import Scene, why
from shared.edge.einvoice.stated import stated
from shared.edge.registry import read_word
from shared.effects.bank.desk import DeskError
from shared.effects.bank.state import File
from shared.engine.keys import UNSIGNED
from shared.events.keys import KeyRegistered
from shared.kernel.calendar import DAY, VILNIUS
from shared.kernel.money import euro
from shared.messages.write import cloud_event

ISSUED_ON: Final = date(2022, 2, 5)
ARRIVES_ON: Final = date(2022, 2, 7)
MONEY_ON: Final = date(2022, 3, 7)
MONEY_CENTS: Final = 300_000_000
LAST_DAY: Final = date(2022, 4, 1)
KEEPERS: Final = ("Ona Onaitė", "Petras Petraitis")
"""The two persons who keep the registry of keys."""
TREASURERS: Final = ("Rūta Rūtaitė", "Jonas Jonaitis")
"""The two persons who let files go to the bank."""
STRUCTURED: Final = {"Content-Type": "application/cloudevents+json"}
VLK: Final = ("VLK", PSDF)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of the story."""
    return datetime.combine(day, time(hour, minute), VILNIUS)


async def steps(edge: Edge) -> AsyncIterator[Scene]:
    """The whole way, a scene a step. Raises Stop; AssertionError where something is not as it is told."""
    yield await written(edge)
    yield await checked(edge)
    yield await registered(edge)
    yield await sent(edge)
    yield await forged(edge)
    order = await ordered(edge)
    day = date.fromisoformat(order["data"]["on"])
    yield await let_go(edge, day)
    yield await paid(edge, day)
    yield Scene(
        day + DAY,
        "All of it, by one question",
        f"Each decision with its point and its numbers; who signed ({SOURCE}), who registered that key "
        f"({' and '.join(KEEPERS)}), who let the file go ({' and '.join(TREASURERS)}), and the bank's statement.",
        why(INVOICE),
    )


async def written(edge: Edge) -> Scene:
    """The hospital writes its e-invoice, and the official rules judge it where they are."""
    path, content = edge.kit.folder / "invoice.xml", document(edge.stack.fund)
    path.write_bytes(content)
    valid = await edge.rules.judge(content, "Invoice")
    submitted, text = stated(content, edge.stack.fund)
    (edge.kit.folder / "invoice.json").write_bytes(text)
    verb = "check" if edge.rules.are_here else "read"
    return Scene(
        ISSUED_ON,
        "The hospital's e-invoice",
        f"{NAME} invoices January, {euro(submitted.amount_cents)} EUR, as UBL 2.1 by EN 16931 and Peppol BIS 3: "
        f"{valid}.",
        f"psdf ubl {verb} {{home}}/hospital/invoice.xml",
    )


async def checked(edge: Edge) -> Scene:
    """The kit checks it against the contract that the fund has."""
    said = await edge.kit("check", "invoice.json", "--contract", CONTRACT, "--tries", "1")
    assert f"{INVOICE}: gerai / good" in said, said
    return Scene(
        ARRIVES_ON,
        "The provider kit checks it (point 15)",
        f"psdf-provider check asks the door for contract {CONTRACT} and finds what the fund's law would find: nothing "
        "is wrong with its lines, prices, sum and month.",
        "psdf ubl read {home}/hospital/invoice.xml",
    )


async def registered(edge: Edge) -> Scene:
    """The hospital makes a key, and two persons of the fund register it."""
    await edge.kit("keys", "new", SOURCE, "--out", "keys", "--valid-from", "2022-01-01")
    asked = edge.kit.request() | {"by": KEEPERS[0], "approved_by": KEEPERS[1]}
    word = cloud_event(
        id_=asked["keyid"],
        source="/keys",
        type_=KeyRegistered.type,
        subject=asked["keyid"],
        time=at(ARRIVES_ON, 9).isoformat(),
        data=asked,
    )
    await edge.stack.register(read_word(word))
    return Scene(
        ARRIVES_ON,
        "Two persons register the hospital's key",
        f"psdf-provider keys new makes it, and it never leaves the hospital. {KEEPERS[0]} registers its public half, "
        f"{KEEPERS[1]} approves. From now on nothing of {SOURCE} is taken without its signature.",
        "psdf keys list --home {home}",
    )


async def sent(edge: Edge) -> Scene:
    """The kit signs it and sends it; two Peppol responses come back."""
    moment = at(ARRIVES_ON, 10).isoformat()
    said = await edge.kit("send", "invoice.json", "--time", moment, "--tries", "1", key=True)
    assert f"{INVOICE}: accepted" in said, said
    return Scene(
        ARRIVES_ON,
        "Signed, sent, accepted (points 14, 15)",
        f"psdf-provider send signs it by the hospital's key (Ed25519), keeps it on disk, and sends it to the door "
        f"at {edge.kit.url}; the fund answers: accepted. {await edge.response('AB')} {await edge.response('AP')}",
        f"psdf ubl response {INVOICE} --home {{home}} --status AP",
    )


async def forged(edge: Edge) -> Scene:
    """The same without a signature, and with another sum under the signature: both are laid aside."""
    moment = at(ARRIVES_ON, 11).isoformat()
    bare = await edge.kit("sign", "invoice.json", "--time", moment)
    signed = await edge.kit("sign", "invoice.json", "--time", moment, key=True)
    errors = []
    for number, event in enumerate((bare, signed), 1):
        changed = json.loads(event) | {"id": f"forged-{number}"}
        answer = await edge.client.post(f"{edge.kit.url}/events", content=json.dumps(changed), headers=STRUCTURED)
        (only,) = answer.json()["answers"]
        assert only["outcome"] == "parked", only
        errors.append(only["error"])
    assert errors[0].startswith(UNSIGNED), errors
    assert "does not fit" in errors[1], errors
    return Scene(
        ARRIVES_ON,
        "Nobody else speaks for the hospital",
        f"Without its signature the invoice is laid aside: {errors[0]}. Changed after it was signed: {errors[1]}. Both "
        "change nothing.",
        "psdf parked list --home {home}",
    )


async def ordered(edge: Edge) -> Event:
    """Days pass; money comes to the account by the bank's word, and the fund orders the payment when it is due."""
    day = ARRIVES_ON
    while day < LAST_DAY:
        day += DAY
        said = await edge.publish([raw_of(day_started(day))])
        if day == MONEY_ON:
            account = edge.desk.settings.accounts[VLK]
            await edge.at_the_bank("/credits", id="K-1", iban=account.iban, amount_cents=MONEY_CENTS, on=f"{day}")
            await edge.turn(at(day, 9))
        elif day > MONEY_ON and edge.stack.fund.calendar.is_bank_day(day):
            await edge.turn(at(day, 9))
        if found := [event for event in said if event["type"] == "payment.ordered"]:
            await edge.turn(at(day, 9))
            return found[0]
        if day >= MONEY_ON:
            await edge.at_the_bank("/close", on=f"{day}")
    raise AssertionError(f"nothing was ordered by {LAST_DAY}")


async def let_go(edge: Edge, day: date) -> Scene:
    """The order becomes a sealed file; the bank finds nothing against it; two persons let it go."""
    await edge.turn(at(day, 10, 1))
    (file,) = edge.desk.state.files.values()
    found = await edge.at_the_bank("/check", content=file.sealed.content)
    assert found["findings"] == [], found
    await edge.desk.approve(file.sealed.file_id, TREASURERS[0], at(day, 10, 5))
    twice = await _refused(edge, file, day)
    await edge.desk.approve(file.sealed.file_id, TREASURERS[1], at(day, 10, 20))
    return Scene(
        day,
        "A file for the bank, let go by two persons (points 16, 19)",
        f"{euro(file.sealed.sum_cents)} EUR was ordered, and is sealed as a pain.001: {file.sealed.file_id}. "
        f"{edge.bank.called} checks it: {len(found['findings'])} findings. {TREASURERS[0]} approves it; a second "
        f"time by the same person counts for nothing ({twice}); {TREASURERS[1]} approves it too.",
        "psdf bank status --home {home}",
    )


async def _refused(edge: Edge, file: File, day: date) -> str:
    try:
        await edge.desk.approve(file.sealed.file_id, TREASURERS[0].upper(), at(day, 10, 10))
    except DeskError as error:
        return str(error).partition(": ")[2]
    raise AssertionError("one person approved a file twice")


async def paid(edge: Edge, day: date) -> Scene:
    """The file leaves over HTTP, the bank books it and closes its day, and both books agree."""
    await edge.turn(at(day, 11))
    await edge.turn(at(day, 15))
    await edge.at_the_bank("/close", on=f"{day}")
    await edge.turn(at(day + DAY, 9))
    file = next(iter(edge.desk.state.files.values()))
    statement = edge.desk.state.statements[file.sealed.iban]
    cash = edge.stack.payments.cash[Account(*VLK)]
    assert file.state == "closed", file.state
    assert statement.closing_cents == statement.ours_cents == cash, (statement, cash)
    assert not edge.desk.state.aside, edge.desk.state.aside
    return Scene(
        day,
        "The bank pays, and its statement agrees to the cent (point 16)",
        f"The file goes to the bank over HTTP; its camt.054 books {euro(file.sealed.sum_cents)} EUR on {statement.on}. "
        f"Its camt.053 number {statement.number} closes with {euro(statement.closing_cents)} EUR, and the fund's cash "
        f"is {euro(cash)} EUR. {await edge.response('PD')}",
        f"psdf ubl response {INVOICE} --home {{home}} --status PD",
    )
