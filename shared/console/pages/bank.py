"""P7. The bank's files: what each holds and how far it is, who let it go, and what a person must look at."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from shared.adapters.bank.answers import BankFileError
from shared.console.pages.bank_forms import forms
from shared.console.pages.blocks import (
    Block,
    Button,
    Card,
    Cell,
    Facts,
    Form,
    Input,
    Link,
    Page,
    Row,
    Table,
    Text,
    Tone,
)
from shared.console.pages.invoice import outcome_tag
from shared.console.pages.signing import why_not
from shared.console.pages.view import View
from shared.desk.acts import DEEDS
from shared.desk.matters import NotDone
from shared.desk.words import roles
from shared.effects.bank.desk import Desk, DeskError
from shared.effects.bank.events import AnswerTaken
from shared.effects.bank.said import in_lithuanian
from shared.effects.bank.state import File, FileState, Order
from shared.engine.faults import Broken, Unavailable
from shared.kernel.calendar import in_vilnius

T = TypeVar("T")

FILE, ANSWER = "bank-file", "bank-answer"
"""The deeds by which two persons let a file go, and bring an answer of the bank."""
FILES, ORDERS = 100, 500
"""So many are shown; a file of the table has all."""
STATES: dict[FileState, tuple[str, str, Tone]] = {
    "sealed": ("laukia patvirtinimo", "waits for approval", "warn"),
    "approved": ("leista siųsti", "let go", ""),
    "leaves": ("siunčiama", "being sent", ""),
    "sent": ("išsiųsta", "sent", ""),
    "acknowledged": ("bankas gavo", "acknowledged", ""),
    "closed": ("atsakyta į visus nurodymus", "settled: all orders are answered", "good"),
}
REFUSED: dict[str, tuple[str, str]] = {
    "not_waiting": ("Byla jau nebelaukia patvirtinimo.", "The file waits for no approval any more."),
    "changed": (
        "Bylos turinys nebe tas, kuris buvo užantspauduotas (SHA-256): ją turi patikrinti eksploatacija.",
        "The file is not what was sealed, by its digest: those who run it must look.",
    ),
    "typed": (
        "Šią bylą tvirtina prisijungusieji per tapatybės tiekėją.",
        "This file is approved by persons who have signed in with the identity provider.",
    ),
    "same_person": (
        "Jūs šią bylą jau patvirtinote: ją turi patvirtinti ir kitas asmuo.",
        "You have approved this file: another person must approve it too.",
    ),
    "not_aside": (
        "Šiuo numeriu nieko nebeatidėta: galbūt kitas asmuo jau įrašė, kas paaiškėjo.",
        "Nothing is set aside under this number any more: another person may have said what came of it.",
    ),
    "not_failed": (
        "Šio nurodymo nebegalima pateikti iš naujo: jis jau pateiktas, arba bankas jo neatmetė.",
        "This order can't be given again: it has been, or the bank has not rejected it.",
    ),
}
"""Why the desk does not take what a person says."""


class Looks(Protocol):
    """Looks at the bank's desk."""

    def look(self, of: Callable[[Desk], T]) -> T:
        """What is seen of it. Raises DeskError, Broken, Unavailable."""


def files(
    view: View, bank: Looks | None, *, everything: bool = False, said: Text | None = None, status: int = 200
) -> Page | str:
    """The files, the newest first, and what is set aside; or why there are none to see. ``said``: of what was brought."""
    if view.index.on:
        return view.url("/bank", on="")  # a file is as it is now
    title = view.t("Banko bylos", "The bank's files")
    if bank is None:
        return Page(title=title, lead=view.t("Banko žurnalo čia nėra.", "The bank's journal is not here."), blocks=(_not_here(view),), nav="payments", crumbs=_crumbs(view)[:1])  # fmt: skip
    return bank.look(lambda desk: _files(view, title, desk, everything=everything, said=said, status=status))


def _not_here(view: View) -> Text:
    text = view.t(
        "Konsolė jį atveria fondo aplanke ar klasteryje, kai yra banko nuostatų byla (PSDF_BANK). Kopijoje ir be tos bylos banko bylas rodo ir tvirtina komandos:",
        "The console opens it in a fund's own folder or in the cluster, with a bank file (PSDF_BANK). In a copy, and without that file, commands show and approve the bank's files:",
    )
    commands = "psdf bank status, psdf bank approve"
    return Text(text=f"{text} {commands}.", tone="warn")


def _files(view: View, title: str, desk: Desk, *, everything: bool, said: Text | None, status: int) -> Page:
    state, settings = desk.state, desk.settings
    found = list(reversed(state.files.items()))
    waiting, cents = state.to_approve()
    lead = view.t("Nė viena byla nelaukia patvirtinimo.", "No file waits for approval.")
    if waiting:
        lead = view.t(
            f"Patvirtinimo laukia bylų: {waiting}, {view.eur(cents)}.",
            f"{waiting} waiting for approval, {view.eur(cents)}.",
        )
    columns = view.columns(
        file="Byla|File|id", payer="Mokėtojas|Payer", source="Lėšos|Money", day="Banko diena|Bank day|date",
        orders="Nurodymų|Orders|count", sum="Suma|Sum|money", state="Būsena|State", approved="Patvirtino|Approved by",
        digest="SHA-256|SHA-256|id",
    )  # fmt: skip
    table = Table(
        key="files",
        title=title,
        columns=columns,
        rows=tuple(_row(view, file_id, file) for file_id, file in (found if everything else found[:FILES])),
        empty=view.t("Bankui dar nieko nesudėta į bylą.", "No order was put into a file yet."),
    )
    aside = Table(
        key="aside",
        title=view.t("Atidėta: turi pažiūrėti žmogus", "Set aside: a person must look"),
        columns=view.columns(number="Nr.|No.|count", at="Kada|When", text="Kas|What"),
        rows=tuple(
            Row.of(each.number, _moment(each.at), view.t(in_lithuanian(each.text), each.text))
            for each in state.aside.values()
        ),
        empty=view.t("Nieko neatidėta.", "Nothing is set aside."),
    )
    return Page(title=title, lead=lead, blocks=(*((said,) if said else ()), table, aside, *forms(view, state, settings), *_bringing(view)), nav="payments", crumbs=_crumbs(view)[:1], status=status, live=said is None)  # fmt: skip


def _bringing(view: View) -> Iterator[Block]:
    """A form for an answer of the bank, for who may bring it."""
    deed, person = DEEDS[ANSWER], view.person
    if person is None or person.role not in deed.first or person.payer != view.fund.state_payer:
        return
    text = view.t(
        f"Kai bankas ar jo kelias neveikia: pain.002, camt.054, camt.053 ar pacs.004. Tą patį failą per parą turi pateikti du asmenys; antras pateikia: {roles(','.join(deed.second), view.base)}.",
        f"When the way from the bank is out of order: pain.002, camt.054, camt.053 or pacs.004. Two persons bring the same file within a day; the second is one of: {roles(','.join(deed.second), view.base)}.",
    )
    yield Form(
        title=view.t("Pateikti banko atsakymą", "Bring an answer of the bank"),
        action=view.url("/desk/bank", on=""),
        inputs=(Input(key="file", label=view.t("Failas", "File"), kind="file", needed=True),),
        buttons=(Button(action="take", text=view.t("Pateikti", "Bring it")),),
        text=text,
        has_file=True,
    )


def waits(view: View, digest: str) -> Text:
    """An answer that one person brought."""
    text = view.t(
        f"Failas (SHA-256 {digest}) dar neperskaitytas: tą patį per parą turi pateikti kitas asmuo.",
        f"The file (SHA-256 {digest}) is not read yet: another person must bring the same one within a day.",
    )
    return Text(text=text, tone="warn")


def taken(view: View, answer: AnswerTaken | None) -> Text:
    """What was read; None is an answer that was read before."""
    if answer is None:
        known = view.t("Šis failas jau buvo perskaitytas: iš jo niekas daugiau neišplaukia.", "This file was read before: nothing follows from it again.")  # fmt: skip
        return Text(text=known, tone="quiet")
    outcomes = [each.outcome for each in answer.answered]
    told = ", ".join(f"{outcome_tag(view, each).text}: {outcomes.count(each)}" for each in dict.fromkeys(outcomes))
    text = view.t(
        f"Perskaityta: {answer.kind}. Nurodymai: {told or '0'}; įskaitymai: {len(answer.credits)}; išrašai: {len(answer.statements)}; atidėta: {len(answer.aside)}. Fondas tai sužino, kai veikia (psdf run, klasteryje procesas bank), arba su kita psdf bank komanda.",
        f"Read: {answer.kind}. Orders: {told or '0'}; credits: {len(answer.credits)}; statements: {len(answer.statements)}; set aside: {len(answer.aside)}. The fund hears of it while it runs (psdf run, in the cluster the process bank), or with the next command of psdf bank.",
    )
    return Text(text=text, tone="good")


def unread(view: View, error: BankFileError) -> Text:
    """A file that is no answer of the bank."""
    why = view.t(f"Tai ne banko atsakymas: {in_lithuanian(str(error))}", f"This is no answer of the bank: {error}")
    return Text(text=why, tone="bad")


def _row(view: View, file_id: str, file: File) -> Row:
    sealed = file.sealed
    return Row.of(
        view.link(file_id, f"/bank/{file_id}"), view.payer_link(sealed.payer), view.source(sealed.source), sealed.on,
        len(sealed.orders), sealed.sum_cents, view.tag(*STATES[file.state]), _approved(view, file), sealed.sha256[:16],
    )  # fmt: skip


def _approved(view: View, file: File) -> str:
    """Who let it go, of how many; or that nobody has to."""
    if not file.sealed.approvals:
        return view.t("nereikia", "not needed")
    of = view.t("iš", "of")
    return f"{len(file.approved_by)} {of} {file.sealed.approvals} {', '.join(file.approved_by)}".strip()


def file_page(view: View, desk: Desk, file_id: str, may: Callable[[str], None], fault: str = "") -> Page | None:
    """One file with its orders; a form for who may approve it, or why not. None for one that there is none of.

    ``may`` raises NotDone where the person may not approve a file of a payer.
    """
    file = desk.state.files.get(file_id)
    if file is None:
        return None
    sealed = file.sealed
    told: tuple[tuple[str, Cell], ...] = (
        (view.t("Mokėtojas", "Payer"), view.payer_link(sealed.payer)),
        (view.t("Lėšos", "Money"), view.source(sealed.source)),
        (view.t("Sąskaita banke", "Account"), sealed.iban),
        (view.t("Banko diena", "Bank day"), sealed.on),
        (view.t("Nurodymų", "Orders"), str(len(sealed.orders))),
        (view.t("Suma", "Sum"), view.eur(sealed.sum_cents)),
        ("SHA-256", sealed.sha256),
        (view.t("Užantspauduota", "Sealed"), _moment(file.sealed_at)),
        (view.t("Patvirtino", "Approved by"), _approved(view, file)),
        (view.t("Išsiųsta", "Sent"), f"{_moment(file.sent_at)} {file.receipt}" if file.sent_at else "–"),
    )
    orders = [desk.state.orders[order_id] for order_id in sealed.orders]
    shown = orders if view.asked.get("as", "").startswith("csv") else orders[:ORDERS]
    table = Table(
        key="orders",
        title=view.t("Nurodymai", "Orders"),
        columns=view.columns(
            order="Nurodymas|Order|id", about="Už ką|For|id", creditor="Gavėjas|Creditor", iban="IBAN|IBAN|id",
            sum="Suma|Sum|money", outcome="Kas įvyko|What came of it",
        ),
        rows=tuple(_order(view, each) for each in shown),
        note=view.t(f"Rodoma {ORDERS} iš {len(orders)}; CSV turi visus.", f"{ORDERS} of {len(orders)} are shown; the CSV has all.") if len(orders) > len(shown) else "",
    )  # fmt: skip
    blocks: list[Block] = [Text(text=fault, tone="bad")] if fault else []
    blocks += [Facts(title=view.t("Byla", "The file"), rows=told), *_approving(view, file_id, file, may), table]
    missing = sealed.approvals - len(file.approved_by)
    return Page(
        title=view.t(f"Banko byla {file_id}", f"The bank's file {file_id}"),
        lead=view.t(f"Dar turi patvirtinti asmenų: {missing}.", f"Approvals that it waits for: {missing}.") if file.state == "sealed" else view.t("Patvirtinimo nelaukia.", "It waits for no approval."),
        blocks=tuple(blocks),
        nav="payments",
        crumbs=_crumbs(view),
        tag=view.tag(*STATES[file.state]),
        status=409 if fault else 200,
        live=False,
    )  # fmt: skip


def _order(view: View, order: Order) -> Row:
    about = view.invoice_link(order.about) if order.kind == "payment" and "/" in order.about else order.about
    outcome = outcome_tag(view, order.outcome) if order.outcome else view.t("neatsakyta", "unanswered")
    return Row.of(order.order_id, about, order.creditor, order.iban, order.amount_cents, outcome)


def _approving(view: View, file_id: str, file: File, may: Callable[[str], None]) -> Iterator[Block]:
    if file.state != "sealed":
        return
    sealed = file.sealed
    title = view.t("Patvirtinti bylą", "Approve the file")
    try:
        may(sealed.payer)
    except NotDone as why:
        yield Text(title=title, text=why_not(view, why), tone="warn")
        return
    if view.person is None:
        people = view.t("Tvirtina prisijungęs asmuo: žmones įrašo psdf people add.", "Who approves has signed in: psdf people add names people.")  # fmt: skip
        yield Text(title=title, text=people, tone="warn")
        return
    text = view.t(
        f"{view.person.name} leidžia bankui siųsti {view.eur(sealed.sum_cents)}: nurodymų {len(sealed.orders)}, SHA-256 {sealed.sha256}.",
        f"{view.person.name} lets {view.eur(sealed.sum_cents)} go to the bank: {len(sealed.orders)} orders, SHA-256 {sealed.sha256}.",
    )
    button = Button(action="approve", text=view.t("Patvirtinti", "Approve"), tone="good")
    yield Form(title=title, action=view.url(f"/desk/bank/{file_id}", on=""), inputs=(), buttons=(button,), text=text)


def refused(view: View, error: DeskError) -> str:
    """Why the desk does not take it, in words."""
    return view.t(*REFUSED[error.why]) if error.why in REFUSED else str(error)


def card(view: View, bank: Looks, *, leads: bool) -> Card:
    """How many files wait for approval, with their sum, and how much is set aside; it leads to them who may see them."""
    label, href = view.t("Banko bylos, laukia patvirtinimo", "The bank's files, waiting for approval"), ""
    if leads:
        href = view.url("/bank")
    try:
        (files, cents), aside = bank.look(lambda desk: (desk.state.to_approve(), len(desk.state.aside)))
    except (DeskError, Broken, Unavailable) as error:
        return Card(label=label, value="–", note=str(error), href=href, tone="bad")
    note = view.t(f"{view.eur(cents)}; atidėta: {aside}", f"{view.eur(cents)}; set aside: {aside}")
    return Card(label=label, value=str(files), note=note, href=href, tone="warn" if files or aside else "good")  # fmt: skip


def _crumbs(view: View) -> tuple[Link, ...]:
    return (
        view.link(view.t("Mokėjimai", "Payments"), "/payments"),
        view.link(view.t("Banko bylos", "The bank's files"), "/bank"),
    )


def _moment(at: datetime) -> str:
    return f"{in_vilnius(at):%Y-%m-%d %H:%M}"
