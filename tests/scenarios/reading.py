"""Scenarios as a lawyer reads them: day by day, what happens and what is decided.

Money is euro with two decimals (``1 000.00``), its field is written without ``_cents``; an invoice is named by its
number alone. A day that the story does not name decides nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from shared.kernel.calendar import VILNIUS
from tests.engine.story import Happening, Json, Said, envelope
from tests.given import (
    PROVIDER,
    bill,
    budget,
    cash,
    contract,
    credit,
    day,
    event,
    invoice,
    merged,
    report,
    said,
    shares,
)

MONEY = re.compile(r"-?\d[\d ]*\.\d\d")
NUMBERS = {"year", "edition", "quarter", "submission", "payment_days", "from_year", "to_year", "lines"}
CODES = {"line"}
"""Of these fields the value is a code, though it may look like money."""
WORDS = {"null": None, "true": True, "false": False}
ASIDE = ("budget.adopted", "distribution.adopted", "contract.concluded")
"""Decisions of setting the scene, which a scenario names only if it is about them."""


@dataclass
class Scenario:
    """A story: its title, the points of law, what comes in, and what must come out, by day."""

    title: str
    points: list[str]
    raws: list[bytes] = field(default_factory=list)
    decided: dict[str, list[Said]] = field(default_factory=dict)
    aside: tuple[str, ...] = ASIDE


class Teller:
    """Reads one scenario."""

    def __init__(self, told: Json) -> None:
        self._told, self._bills, self._contracts = told, set[str](), dict[str, Json]()
        self._references = count(1)
        self._scenario = Scenario(title=told["title"], points=told["points"], aside=tuple(told.get("aside", ASIDE)))

    def read(self) -> Scenario:
        """The whole story."""
        for on in self._told["days"]:
            today = on["day"]
            moment = datetime.fromisoformat(today).replace(tzinfo=VILNIUS)
            self._add(day(today), moment)
            for minute, happened in enumerate(on.get("happens", ()), 1):
                for word, facts in happened.items():
                    self._add(self._happening(word, self._read(facts)), moment + timedelta(hours=9, minutes=minute))
            self._scenario.decided[today] = [self._said(entry) for entry in on.get("decides", ())]
        return self._scenario

    def _add(self, happening: Happening, moment: datetime) -> None:
        type_ = next(iter(happening.forms))
        self._scenario.raws.append(envelope(happening, type_, moment))

    def _said(self, entry: Json) -> Said:
        ((type_, facts),) = entry.items()
        return said(type_, **self._read(facts or {}))

    # --- values

    def _read(self, facts: Any) -> Any:  # noqa: ANN401 - whatever stands in the story
        if isinstance(facts, dict):
            return dict(self._field(name, value) for name, value in facts.items())
        if isinstance(facts, list):
            return [self._read(value) for value in facts]
        return self._value(facts)

    def _field(self, name: str, value: Any) -> tuple[str, Any]:  # noqa: ANN401 - as above
        if isinstance(value, str) and MONEY.fullmatch(value) and name not in CODES:
            return f"{name}_cents", int(value.replace(" ", "").replace(".", ""))
        if name == "terms":
            return name, self._read(value)
        if name in NUMBERS:
            return name, [int(one) for one in value] if isinstance(value, list) else int(value)
        return name, self._read(value)

    def _value(self, value: str) -> Any:  # noqa: ANN401 - as above
        if value in WORDS:
            return WORDS[value]
        stem = re.split(r"[#@]", value)[0]
        return bill(value) if stem in self._bills else value

    # --- what happens

    def _happening(self, word: str, facts: Json) -> Happening:
        return getattr(self, f"_{word.replace(' ', '_')}")(**facts)  # type: ignore[no-any-return]

    def _budget(
        self, articles: Json, total_cents: int | None = None, state_funds_cents: int = 0, **facts: object
    ) -> Happening:
        sums = {name.removesuffix("_cents"): cents for name, cents in articles.items()}
        return budget(sums, total=total_cents, state=state_funds_cents, **facts)

    def _shares(self, article: str, of: Json, **facts: object) -> Happening:
        return shares(article, **facts, **{name.removesuffix("_cents"): cents for name, cents in of.items()})

    def _contract(self, contract_id: str, ceiling_cents: int | None = None, **facts: object) -> Happening:
        self._contracts[contract_id] = {
            "payer": "VLK",
            "article": "04",
            "source": "PSDF",
            "provider": PROVIDER,
            **facts,
        }
        return contract(contract_id, ceiling_cents, **facts)

    def _change(self, contract_id: str, ceiling_cents: int | None = None) -> Happening:
        return event("contract.change.proposed", "/vlk", contract_id=contract_id, ceiling_cents=ceiling_cents)

    def _end(self, contract_id: str, last_day: str) -> Happening:
        return event("contract.ended", "/vlk", contract_id=contract_id, on_=last_day)

    def _invoice(self, number: str, sum_cents: int, contract_id: str, month: str, **facts: object) -> Happening:
        self._bills.add(number.removeprefix(f"{PROVIDER}/"))
        pot = self._contracts.get(contract_id, {})
        known = {name: pot[name] for name in ("payer", "article", "source") if name in pot}
        return invoice(number, sum_cents, contract_id=contract_id, service_month=month, **known, **facts)

    def _credit(self, number: str, sum_cents: int, corrects: str, contract_id: str, month: str) -> Happening:
        self._bills.add(number)
        pot = self._contracts[contract_id]
        known = {name: pot[name] for name in ("payer", "article", "source")}
        return credit(number, sum_cents, corrects, contract_id=contract_id, service_month=month, **known)

    def _review(self, invoice_id: str, contract_id: str, verdict: str, words: str | None = None) -> Happening:
        reasons = [{"code": "review", "rule": "15", "terms": {"text": words}}] if words else []
        facts = {"invoice_id": invoice_id, "contract_id": contract_id, "verdict": verdict, "reasons": reasons}
        return event("invoice.reviewed", "/vlk", **facts)

    def _cash(self, payer: str, sum_cents: int, source: str = "PSDF", **facts: object) -> Happening:
        return cash(sum_cents, payer, source, **facts)

    def _bank(self, order: str, outcome: str, reason: str | None = None) -> Happening:
        return report(order, outcome, reason=reason)

    def _revenue(self, line: str, sum_cents: int, received_on: str, *, set_off: bool = False) -> Happening:
        facts = {"year": int(received_on[:4]), "code": line, "amount_cents": sum_cents, "received_on": received_on}
        reference = f"revenue-{next(self._references)}"
        return event("revenue.received", "/treasury", **facts, offset=set_off, reference=reference)

    def _surplus(self, article: str, sum_cents: int, document: str, decided_on: str) -> Happening:
        facts = {"year": int(decided_on[:4]), "article": article, "amount_cents": sum_cents}
        return event("surplus.proposed", "/ministry", **facts, document=document, decided_on=decided_on)

    def _reserve_use(self, part: str, sum_cents: int, by: str, document: str, decided_on: str) -> Happening:
        facts = {"year": int(decided_on[:4]), "part": part, "amount_cents": sum_cents, "decided_on": decided_on}
        return event("reserve.use.proposed", by, **facts, purpose="care", article=None, document=document)

    def _transfer_approved(self, year: int, kind: str, sum_cents: int, document: str) -> Happening:
        facts = {"year": year, "kind": kind, "amount_cents": sum_cents, "document": document}
        return event("reserve.transfer.approved", "/vlk", **facts)

    def _transfer_reported(self, year: int, kind: str, sum_cents: int, done_on: str) -> Happening:
        return event(
            "reserve.transfer.reported", "/treasury", year=year, kind=kind, amount_cents=sum_cents, on_=done_on
        )

    def _statement(self, **facts: object) -> Happening:
        return event("sodra.statement.submitted", "/sodra", **{"related_cents": 0, "offset_cents": 0, **facts})

    def _year_report(self, payer: str, year: int, source: str = "PSDF", **sums: int) -> Happening:
        return event("payer.year.reported", f"/tlk/{payer}", payer=payer, year=year, source=source, **sums)

    def _merger(self, payer: str, into: str, acts_on: str) -> Happening:
        return merged(payer, into, acts_on)

    def _claim(
        self, claim_id: str, sum_cents: int, basis: str, reason: str, invoice_id: str | None = None
    ) -> Happening:
        facts = {"claim_id": claim_id, "amount_cents": sum_cents, "basis": basis, "reason": reason}
        return event("recovery.claimed", "/vlk", **facts, provider_code=PROVIDER, invoice_id=invoice_id)

    def _settlement(
        self, claim_id: str, sum_cents: int, how: str, document: str, invoice_id: str | None = None
    ) -> Happening:
        facts = {"claim_id": claim_id, "amount_cents": sum_cents, "how": how, "document": document}
        return event("recovery.settled", "/vlk", **facts, invoice_id=invoice_id)


def scenarios(folder: Path) -> Iterator[tuple[str, Scenario]]:
    """The scenarios of a folder, by file name; every value is read as text, so that money is never a float."""
    for path in sorted(folder.glob("*.yaml")):
        told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - texts only
        yield path.stem, Teller(told).read()
