"""Given, when, then of the desk's law: who did what before, who does what now, what follows or why not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.desk import matters
from shared.desk.acts import ACTS
from shared.desk.events import Event
from shared.desk.matters import NotDone, State, evolve
from shared.desk.person import Person, Role
from tests.runtime.funds import FUND

MOMENT = datetime(2022, 2, 7, 8, tzinfo=UTC)
CHANGE = {"contract_id": "C-1", "ceiling_cents": 5}
Step = Callable[[State], Iterable[Event]]


def person(name: str, role: Role | None, payer: str = "VLK") -> Person:
    return Person(name=name, role=role, payer=payer, token_sha256="")


RASA = person("Rasa Rasaitė", "contracts")
JONAS = person("Jonas Jonaitis", "second")
DORA = person("Dora Doraitė", "director")
ONA = person("Ona Onaitė", "clerk")
KAUNAS = person("Kazys Kaunietis", "second", "TLK-KAUNAS")


def drafts(
    who: Person, act: str = "contract-change", data: dict[str, Any] = CHANGE, *, again: str | None = None
) -> Step:
    about = f"{act} {data.get('contract_id', data.get('claim_id', ''))}"
    return lambda state: matters.draft(state, FUND, who, ACTS[act], data, about, again)


def proposes(who: Person, matter: str = "D-1", *, now: datetime = MOMENT) -> Step:
    return lambda state: matters.propose(state, FUND, who, matter, now)


def confirms(who: Person, matter: str = "D-1", *, now: datetime = MOMENT) -> Step:
    return lambda state: matters.confirm(state, FUND, who, matter, "{}", now)


def refuses(who: Person, words: str, matter: str = "D-1") -> Step:
    return lambda state: matters.refuse(state, FUND, who, matter, words)


def withdraws(who: Person, matter: str = "D-1") -> Step:
    return lambda state: matters.withdraw(state, who, matter)


@dataclass
class Given:
    state: State
    said: list[Event] = field(default_factory=list)
    error: NotDone | None = None

    def when(self, step: Step) -> "Given":
        try:
            self.said = list(step(self.state))
        except NotDone as error:
            self.error = error
        return self

    def then(self, *events: Event) -> None:
        assert self.error is None, self.error
        assert self.said == list(events)

    def then_not(self, why: str, **terms: str) -> None:
        assert self.error is not None, f"it was done: {self.said}"
        assert (self.error.why, self.error.terms) == (why, terms)
        for lang in ("lt", "en"):
            told = self.error.said(lang)  # type: ignore[arg-type]
            assert "{" not in told
            assert told.endswith((".", "yours.", "kodėl"))


def given(*steps: Step) -> Given:
    state, moment = State(), MOMENT
    for step in steps:
        for event in list(step(state)):
            evolve(state, event, moment)
            moment += timedelta(minutes=1)
    return Given(state)
