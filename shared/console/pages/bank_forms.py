"""What one person says at the bank's desk: what came of what was set aside, and that an order goes out once more."""

from collections.abc import Iterator

from shared.console.pages.blocks import Block, Button, Form, Input, Text
from shared.console.pages.view import View
from shared.desk.acts import DEEDS, may_see
from shared.effects.bank.accounts import BankSettings
from shared.effects.bank.said import in_lithuanian
from shared.effects.bank.state import State

SETTLE, AGAIN = "bank-settle", "bank-again"
"""The deeds, by which roles do them."""
LONGEST_WORD, LONGEST_OPTION = 1_000, 100


def forms(view: View, state: State, settings: BankSettings) -> Iterator[Block]:
    """A form of each kind, where something is there and the person may do it."""
    if state.aside and _may(view, SETTLE, view.fund.state_payer):
        yield _settling(view, state)
    if failed := [each for each in state.failed if _may(view, AGAIN, state.orders[each].payer)]:
        yield _again(view, state, settings, failed)


def _may(view: View, deed: str, payer: str) -> bool:
    person = view.person
    return person is not None and person.role in DEEDS[deed].first and may_see(person, view.fund, payer)


def _settling(view: View, state: State) -> Form:
    number = Input(
        key="number",
        label=view.t("Kas atidėta", "What is set aside"),
        kind="select",
        options=tuple(
            (f"{each.number}", _short(f"{each.number}. {view.t(in_lithuanian(each.text), each.text)}"))
            for each in state.aside.values()
        ),
        needed=True,
    )
    word = Input(
        key="word",
        label=view.t("Kas paaiškėjo", "What came of it"),
        kind="textarea",
        needed=True,
        longest=LONGEST_WORD,
    )
    text = view.t(
        "Žodžiai su Jūsų vardu lieka banko žurnale ir nebekeičiami; eilutė iš sąrašo dingsta, dėl jos nebeįspėjama. Nei bankui, nei fondui nieko nepasakoma, pinigai nejuda.",
        "The words stay in the bank's journal with your name, for good; the line goes from the list, and its alarm ends. Nothing is told to the bank or to the fund, and no money moves.",
    )
    button = Button(action="settle", text=view.t("Įrašyti, kas paaiškėjo", "Keep what came of it"))
    return Form(
        title=view.t("Įrašyti, kas paaiškėjo", "Say what came of it"),
        action=view.url("/desk/bank/settle", on=""),
        inputs=(number, word),
        buttons=(button,),
        text=text,
    )


def _again(view: View, state: State, settings: BankSettings, failed: list[str]) -> Form:
    orders = [state.orders[each] for each in failed]
    order = Input(
        key="order",
        label=view.t("Nurodymas", "Order"),
        kind="select",
        options=tuple(
            (each.order_id, f"{each.order_id}: {view.eur(each.amount_cents)}, {each.creditor}, {each.iban}")
            for each in orders
        ),
        needed=True,
    )
    limit = view.eur(settings.four_eyes_cents)
    text = view.t(
        f"Bankui bus duotas naujas nurodymas: ta pati suma tam pačiam gavėjui, į tą pačią sąskaitą. Jis laukia artimiausios savo sąskaitos bylos; jei jos suma siekia {limit}, bylą dar tvirtina du asmenys. Bankas jį vykdo kaip naują: prieš tai įsitikinkite, kad ankstesnis tikrai neįvykdytas ir kad priežastis pašalinta.",
        f"The bank will be given a new order: the same sum to the same creditor, to the same account. It waits for the next file of its account; where that has {limit} or more, two persons still approve it. To the bank it is another order: be sure first that the one before was not carried out, and that the cause is mended.",
    )
    button = Button(action="again", text=view.t("Pateikti iš naujo", "Order once more"))
    return Form(
        title=view.t("Pateikti nurodymą iš naujo", "Order once more"),
        action=view.url("/desk/bank/again", on=""),
        inputs=(order,),
        buttons=(button,),
        text=text,
    )


def _short(text: str) -> str:
    """As much as an option shows; the table has all."""
    return text if len(text) <= LONGEST_OPTION else f"{text[:LONGEST_OPTION]}…"


def settled(view: View, number: int) -> Text:
    """It is kept what came of it."""
    return Text(text=view.t(f"Įrašyta, kas paaiškėjo dėl {number}.", f"What came of {number} is kept."), tone="good")


def repeated(view: View, order_id: str, new: str) -> Text:
    """An order goes out once more."""
    text = view.t(
        f"Vietoj {order_id} pateiktas naujas nurodymas {new}: jis laukia artimiausios bylos.",
        f"In place of {order_id} there is a new order {new}: it waits for the next file.",
    )
    return Text(text=text, tone="good")


def wordless(view: View) -> Text:
    """What was sent does not say what came of it."""
    text = view.t(
        f"Pasakykite, kas atidėta ir kas paaiškėjo: ne daugiau kaip {LONGEST_WORD} ženklų.",
        f"Say what is set aside and what came of it, in {LONGEST_WORD} characters at most.",
    )
    return Text(text=text, tone="bad")
