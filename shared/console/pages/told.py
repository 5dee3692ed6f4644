"""What a page says of a parked message whose sender was told: who ticked it and when, and the button that does."""

from collections.abc import Iterator

from shared.console.pages.blocks import Button, Cell, Column, Form, Text
from shared.console.pages.view import View
from shared.console.telling import Told
from shared.desk.acts import DEEDS, may_see
from shared.kernel.calendar import VILNIUS


def columns(view: View) -> tuple[Column, ...]:
    """When its sender was told, and who said so."""
    return view.columns(told="Siuntėjui pranešta|Sender told", told_by="Kas pažymėjo|Ticked by")


def cells(told: Told | None, parked: str) -> tuple[Cell, Cell]:
    """What stands in these columns; nothing where it was not, or is not known."""
    if told is None or parked not in told:
        return None, None
    said, at = told[parked]
    return f"{at.astimezone(VILNIUS):%Y-%m-%d %H:%M}", said.by


def fact(view: View, told: Told | None, parked: str) -> tuple[str, Cell]:
    """The same as a fact."""
    at, by = cells(told, parked)
    return view.t("Siuntėjui pranešta", "Sender told"), f"{at}, {by}" if at else "–"


def unknown(view: View, told: Told | None) -> Iterator[Text]:
    """Why it is not said."""
    if told is None:
        text = view.t(
            "Ar siuntėjams pranešta, dabar nežinoma: stalo žurnalas neatsako.",
            "Whether senders were told is not known now: the desk's journal does not answer.",
        )
        yield Text(text=text, tone="warn")


def form(view: View, told: Told | None, parked: str) -> Iterator[Form]:
    """The tick, or taking it back, for who may."""
    person = view.person
    may = (
        person is not None and person.role in DEEDS["told"].first and may_see(person, view.fund, view.fund.state_payer)
    )
    if not may or told is None or view.index.on is not None:
        return
    is_told = parked in told
    words = (
        view.t("Atšaukti: siuntėjui nepranešta", "Take it back: the sender was not told")
        if is_told
        else view.t("Siuntėjui pranešta", "The sender was told")
    )
    yield Form(
        title=view.t("Ar siuntėjui pranešta", "Was the sender told"),
        action=view.url(f"/desk/told/{parked}"),
        inputs=(),
        buttons=(Button(action="not-told" if is_told else "told", text=words),),
        text=view.t(
            "Pažymima, kai siuntėjui pasakyta, kodėl jo pranešimas atidėtas. Vardas ir laikas lieka stalo žurnale; fondui nieko nepasakoma.",
            "Ticked once the sender knows why its message was parked. The name and the hour stay in the desk's journal; nothing is told to the fund.",
        ),
    )
