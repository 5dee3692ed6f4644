"""The form of an act: its inputs as the record has them, what stands beside them, and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from shared.console.index.ask import Row as Found
from shared.console.pages import contracts, invoice, invoices
from shared.console.pages.articles import ledgers_table
from shared.console.pages.blocks import Block, Button, Form, Input, Link, Page, Row, Rows, Table, Text
from shared.console.pages.budget import DONE
from shared.console.pages.budget_file import FILE, file_button, file_input, file_links, rows_make
from shared.console.pages.matters import statements_table
from shared.console.pages.story import held
from shared.console.pages.view import View
from shared.desk.acts import Act
from shared.desk.budget_parts import BUDGET
from shared.desk.forms import Fault, Field, form_of, row_numbers
from shared.desk.words import word
from shared.explain.sentences import sentence
from shared.journal.events import Data
from shared.kernel.calendar import DAY

KINDS = {"day": "date", "choice": "select", "payer": "select", "tick": "checkbox"}
AREAS = frozenset({"words", "lines", "reasons"})
EMPTY_ROWS = 3
"""How many empty rows stand below those that are filled in."""
MORE_ROWS = 10


def drafting(
    view: View,
    act: Act,
    written: Mapping[str, str],
    faults: Sequence[Fault],
    *,
    action: str,
    more_rows: bool = False,
    accepted: Data | None = None,
    said: Sequence[Block] = (),
) -> Page:
    """The form of an act, with what was written kept.

    ``accepted`` is what an acceptance today would say; ``said`` what is told of what has just been done.
    """
    by_key = {fault.key: fault.said(view.base) for fault in faults if fault.key}
    rows = EMPTY_ROWS + (MORE_ROWS if more_rows else 0)
    inputs = tuple(_input(view, each, written, by_key, rows) for each in form_of(act))
    points = ", ".join(act.record.points)
    of_points = view.t(f" ({points} p.)", f" (p. {points})") if points else ""
    summary = tuple(
        Link(
            text=fault.said(view.base) + (of_points if fault.key != FILE else ""),
            href=f"#{fault.key}" if fault.key else "",
        )
        for fault in faults
    )
    buttons = [Button(action="look", text=view.t("Peržiūrėti prieš siunčiant", "Look before it is sent"), tone="good")]
    if any(isinstance(each, Rows) for each in inputs):
        buttons.append(Button(action="rows", text=view.t("Daugiau eilučių", "More rows")))
    of_file = act is BUDGET
    if of_file:
        inputs = (*inputs, file_input(view, by_key.get(FILE, "")))
        buttons.append(file_button(view))
    lead = view.t("Tvirtins kitas asmuo.", "Another person confirms it.")
    if points:
        lead = view.t(f"Taisyklių {points} p. ", f"Points {points}. ") + lead
    return Page(
        title=word("acts", act.name, view.base),
        lead=lead,
        blocks=(
            *said,
            *beside(view, act, written, accepted),
            Form(
                title=view.t("Ką siūlote", "What you propose"),
                action=action,
                inputs=inputs,
                buttons=tuple(buttons),
                faults=summary,
                links=file_links(view) if of_file else (),
            ),
        ),
        nav="work",
        crumbs=(view.link(view.t("Mano darbai", "My work"), "/work"),),
        status=422 if faults else 200,
        live=False,
    )


def _input(view: View, field: Field, written: Mapping[str, str], faults: Mapping[str, str], rows: int) -> Input | Rows:
    if field.kind != "rows":
        return _one(view, field, field.key, written, faults)
    numbers = row_numbers(written, field.key)
    first = numbers[-1] + 1 if numbers else 0
    return Rows(
        key=field.key,
        label=field.label(view.base),
        columns=tuple(each.label(view.base) for each in field.inner),
        rows=tuple(
            tuple(_one(view, each, f"{field.key}.{number}.{each.key}", written, faults) for each in field.inner)
            for number in [*numbers, *range(first, first + rows)]
        ),
    )


def _one(view: View, field: Field, key: str, written: Mapping[str, str], faults: Mapping[str, str]) -> Input:
    value = written.get(key, "")
    if key not in written and field.default is not None and field.kind != "tick":
        value = str(field.default)
    group = "".join(f"{word('fields', part, view.base)}: " for part in field.key.split(".")[:-1])
    return Input(
        key=key,
        label=group + field.label(view.base),
        kind="textarea" if field.kind in AREAS else KINDS.get(field.kind, "text"),
        value=value,
        options=_options(view, field),
        hint=field.hint(view.base),
        fault=faults.get(key, ""),
        needed=field.needed,
        longest=field.longest if field.kind == "text" else None,
    )


def _options(view: View, field: Field) -> tuple[tuple[str, str], ...]:
    if field.kind == "payer":
        return tuple((payer.code, view.payer(payer.code)) for payer in view.fund.payers)
    return tuple((option, word("options", option, view.base)) for option in field.options)


# --------------------------------------------------------------------------------------- what one must see beside it


def beside(view: View, act: Act, written: Mapping[str, str], accepted: Data | None = None) -> Iterator[Block]:
    """What the journal says of what the form is about."""
    contract_id, invoice_id = written.get("contract_id", ""), written.get("invoice_id", "")
    if act.name in ("review", "claim") and (row := view.index.invoice(invoice_id)):
        yield invoice.facts_of(view, row)
        if accepted:
            yield Text(
                title=view.t("Jei priimtumėte šiandien", "If you accepted it today"),
                text=held(sentence("invoice.accepted", accepted, view.lang)),
            )
        yield from invoice.lines_of(view, row, invoice.story(view, invoice_id))
        yield from _month_before(view, row)
        contract_id = row["contract"]
    if act is BUDGET:
        yield from rows_make(view, written)
    if act.name == "contract":
        yield contracts.pots(view)
    elif contract := view.index.contract(contract_id):
        yield contracts.facts_of(view, contract)
        yield contracts.pots(view, (contract["payer"], contract["article"], contract["source"]))
    if act.name == "settle":
        yield _claims(view)
        yield from _unpaid(view, written.get("claim_id", ""))
    if act.name == "reserve-transfer":
        yield _transfers(view)
    if act.name == "payer-year":
        payer = written.get("payer") or view.own_payer
        yield ledgers_table(view, [each for each in view.index.said_by("close") if each.payer == payer])
    if act.name == "sodra-review":
        yield statements_table(view)


def _month_before(view: View, row: Found) -> Iterator[Table]:
    """15. The invoices of the month before under the same contract, to compare with."""
    if not (row["month"] and row["contract"]):
        return
    month = f"{date.fromisoformat(row['month'] + '-01') - DAY:%Y-%m}"
    found = view.index.rows(
        f"SELECT * FROM invoice WHERE contract = ? AND month = ? AND {view.index.in_force} ORDER BY id LIMIT 50",
        [row["contract"], month, *view.index.spans],
    )
    yield Table(
        key="before",
        title=view.t(f"Mėnesiu anksčiau: {month}", f"The month before: {month}"),
        columns=invoices.columns(view),
        rows=tuple(invoices.row_of(view, each) for each in found),
        empty=view.t("Už tą mėnesį sąskaitų nėra.", "There is no invoice of that month."),
    )


def _claims(view: View) -> Table:
    return Table(
        key="claims",
        title=view.t("Atviri reikalavimai", "Open claims"),
        columns=view.columns(claim="Reikalavimas|Claim", provider="Ūkio subjektas|Provider", rest="Likutis|Rest|money"),
        rows=tuple(
            Row.of(
                view.link(each.claim_id, f"/claims/{each.claim_id}"),
                view.provider_link(each.provider_code),
                each.rest_cents,
            )
            for each in view.index.said_by("claims")
            if each.rest_cents
        ),
        empty=view.t("Atvirų reikalavimų nėra.", "There are no open claims."),
    )


def _unpaid(view: View, claim_id: str) -> Iterator[Table]:
    """21. The invoices of the claim's provider with something not ordered, of which it can be set off, the next due first."""
    claim = next((each for each in view.index.said_by("claims") if each.claim_id == claim_id), None)
    if claim is None:
        return
    found = view.index.rows(
        f"SELECT * FROM invoice WHERE provider = ? AND waiting + unordered > 0 AND {view.index.in_force} "
        "ORDER BY due, id LIMIT 50",
        [claim.provider_code, *view.index.spans],
    )
    yield Table(
        key="unpaid",
        title=view.t("Neapmokėtos jo sąskaitos: į jas galima įskaityti", "Its unpaid invoices: it can be set off there"),
        columns=view.columns(
            invoice="Sąskaita|Invoice|id", payer="Mokėtojas|Payer", rest="Neapmokėta|Unpaid|money", due="Apmokėti iki|Due on|date",
            state="Būsena|State",
        ),
        rows=tuple(
            Row.of(
                view.invoice_link(row["id"]), view.payer_link(row["payer"]), row["waiting"] + row["unordered"],
                invoices.day(row["due"]), view.state(row["state"]),
            )
            for row in found
        ),
        empty=view.t("Neapmokėtų sąskaitų nėra: įskaityti nėra į ką.", "There is none: nothing to set it off against."),
    )  # fmt: skip


def _transfers(view: View) -> Table:
    return Table(
        key="transfers",
        title=view.t("Pervedimai į rezervą", "Transfers to the reserve"),
        columns=view.columns(year="Metai|Year", kind="Punktas|Point", amount="Suma|Sum|money", status="Būklė|State"),
        rows=tuple(
            Row.of(str(year.year), each.kind, each.amount_cents, view.tag(*DONE[each.status]))
            for year in view.index.said_by("reserve")
            for each in year.transfers
        ),
        empty=view.t("Pervedimų nesuplanuota.", "No transfer is planned."),
    )
