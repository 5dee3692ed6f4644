"""A4. "Kas jūs?": at the console of a demo whoever looks says who they are, and no token is due.

Nobody has a secret here: the tokens of these people are made at each start, and thrown away. Only a browser of this
machine is answered (``shared/edge/only_here.py``).
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from shared.console.pages.blocks import Block, Button, Form, Input, Page
from shared.console.pages.view import View
from shared.desk.people import People
from shared.desk.person import Person, Role
from shared.desk.words import word
from shared.kernel.fund import Fund

OF_THE_STATE: tuple[tuple[str, Role], ...] = (
    ("Ona Onaitė", "clerk"),
    ("Rasa Rasaitė", "contracts"),
    ("Petras Petraitis", "planner"),
    ("Jonas Jonaitis", "second"),
    ("Dora Doraitė", "director"),
    ("Milda Mildaitė", "ministry"),
    ("Mantas Mantaitis", "ministry"),
    ("Aldona Aldonė", "auditor"),
    ("Oskaras Oskaris", "operator"),
)
OF_A_PAYER: tuple[tuple[str, Role], ...] = (("Kazys Kazaitis", "clerk"), ("Zita Zitaitė", "second"))
"""Who works in a demo: for the payer of the state (the ministry's for none), and for the first of the others."""


class DemoPeople(People):
    """The made-up people of a demo."""

    def __init__(self, fund: Fund) -> None:
        """Make them anew."""
        super().__init__(Path())
        other = next((payer.code for payer in fund.payers if payer.code != fund.state_payer), fund.state_payer)
        self._demo = (
            *(_person(name, role, "" if role == "ministry" else fund.state_payer) for name, role in OF_THE_STATE),
            *(_person(name, role, other) for name, role in OF_A_PAYER),
        )

    def all(self) -> Sequence[Person]:
        """Everybody."""
        return self._demo


def _person(name: str, role: Role, payer: str) -> Person:
    return Person(name=name, role=role, payer=payer, token_sha256=sha256(token_bytes(32)).hexdigest())


def who_are_you(view: View, then: str, people: DemoPeople) -> Page:
    """A button for each person; ``then`` is where to go after it."""
    blocks: list[Block] = [
        Form(
            title=person.name,
            text=f"{word('roles', person.role or '', view.base)}{_of(view, person)}",
            action=view.url("/sign-in", then=then),
            inputs=(Input(key="name", label="", kind="hidden", value=person.name),),
            buttons=(Button(action="in", text=view.t(f"Aš – {person.name}", f"I am {person.name}"), tone="good"),),
        )
        for person in people.all()
    ]
    return Page(
        title=view.t("Kas jūs?", "Who are you?"),
        lead=view.t(
            "Tai bandomasis fondas: pasirinkite, kas esate. Vienas rengia, kitas tvirtina: keiskitės.",
            "This is a fund to try: choose who you are. One proposes, another confirms: take turns.",
        ),
        blocks=tuple(blocks),
        nav="work",
        live=False,
    )


def _of(view: View, person: Person) -> str:
    return f", {view.payer(person.payer)} ({person.payer})" if person.payer else ""
