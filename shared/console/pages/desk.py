"""P2 and the desk: what waits for a person, one matter with what would follow from it, signing in, and who may not."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from shared.console.pages.blocks import (
    Block,
    Button,
    Cell,
    Column,
    Facts,
    Form,
    Input,
    Link,
    Page,
    Row,
    Table,
    Tag,
    Text,
    Tone,
)
from shared.console.pages.offers import offer
from shared.console.pages.story import held, said
from shared.console.pages.view import View
from shared.desk.acts import ACTS, Act, confirmers
from shared.desk.desk import Desk, event_id
from shared.desk.dry import Foreseen
from shared.desk.forms import Field, form_of, written_of
from shared.desk.matters import Matter
from shared.desk.people import Person
from shared.desk.words import word
from shared.explain.sentences import numbers, reason_sentence, sentence
from shared.kernel.calendar import in_vilnius

SHOWN = 50
"""Lines of what would follow, and of one's own matters."""
SHOWN_ERROR = 160
STAGES: dict[str, Tone] = {"proposed": "warn", "answered": "good", "refused": "bad", "confirmed": "warn"}


# ------------------------------------------------------------------------------------------------------------ P2 my work


def work(view: View, desk: Desk, person: Person) -> Page:
    """P2. What waits for this person: matters to confirm, what the law's terms ask for, one's own, and what can begin."""
    waits = desk.to_confirm(person)
    blocks: list[Block] = [
        _matters(
            view,
            "confirm",
            view.t("Tvirtinti", "To confirm"),
            waits,
            view.t("Tvirtinti nėra ko.", "There is nothing to confirm."),
        )
    ]
    due = list(_due(view, person))
    if due:
        blocks.append(
            Table(
                key="due",
                title=view.t("Rengti", "To prepare"),
                columns=_due_columns(view),
                rows=tuple(sorted(due, key=lambda row: str(row.cells[2]))),
            )
        )
    mine = [each for each in desk.mine(person) if each.stage != "withdrawn"]
    blocks.append(
        _matters(
            view,
            "mine",
            view.t("Mano pasiūlymai", "My proposals"),
            mine[:SHOWN],
            view.t("Dar nieko nesiūlėte.", "You have proposed nothing yet."),
        )
    )
    links = tuple(offer(view, act.name) for act in ACTS.values() if person.role in act.drafts)
    if links:
        blocks.append(Text(title=view.t("Pradėti", "Begin"), text="", links=links))
    blocks.append(
        Form(
            title="",
            action="/sign-out",
            inputs=(),
            buttons=(Button(action="out", text=view.t("Atsijungti", "Sign out")),),
        )
    )
    count = len(waits) + len(due)
    return Page(
        title=view.t("Mano darbai", "My work"),
        lead=view.t(f"{person.name}: laukia {count}.", f"{person.name}: {count} wait for you.") if count else view.t("Šiandien darbų nėra.", "There is nothing to do today."),
        blocks=tuple(blocks),
        nav="work",
        live=False,
    )  # fmt: skip


def _matters(view: View, key: str, title: str, found: Sequence[Matter], empty: str) -> Table:
    return Table(
        key=key,
        title=title,
        columns=(
            Column(key="matter", label="Nr.", kind="id"),
            Column(key="what", label=view.t("Kas", "What")),
            Column(key="about", label=view.t("Apie", "About")),
            Column(key="by", label=view.t("Rengė", "Drafted by")),
            Column(key="at", label=view.t("Kada", "When")),
            Column(key="stage", label=view.t("Būklė", "State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    view.link(each.id, f"/desk/{each.id}"), word("acts", each.act, view.lang), each.about.partition(" ")[2],
                    each.by, f"{in_vilnius(each.at):%Y-%m-%d %H:%M}", stage(view, each),
                )
            )
            for each in found
        ),
        empty=empty,
    )  # fmt: skip


def stage(view: View, matter: Matter) -> Tag:
    """How far a matter is; what the fund refused is no success."""
    if matter.stage == "answered" and matter.outcome in ("refused", "returned", "parked"):
        return Tag(text=word("outcomes", matter.outcome, view.lang).rstrip("."), tone="bad")
    return Tag(text=word("stages", matter.stage, view.lang), tone=STAGES.get(matter.stage, ""))


def _due_columns(view: View) -> tuple[Column, ...]:
    return (
        Column(key="what", label=view.t("Kas", "What")),
        Column(key="sum", label=view.t("Suma", "Sum"), kind="money"),
        Column(key="by", label=view.t("Iki", "By"), kind="date"),
        Column(key="left", label=view.t("Liko", "Left")),
        Column(key="act", label=view.t("Atverti", "Open")),
    )


def _due(view: View, person: Person) -> Iterator[Row]:
    """What the journal says is to be done by who has this role, each with its term."""
    of_state = person.payer == view.fund.state_payer
    if person.role == "clerk":
        yield from _reviews(view, None if of_state else person.payer)
    if person.role == "clerk" and of_state:
        yield from _statements(view)
    if person.role in ("clerk", "operator") and of_state:
        yield from _parked(view)
    if person.role == "planner":
        yield from _transfers(view)


def _reviews(view: View, payer: str | None) -> Iterator[Row]:
    """15. Invoices that wait for a clerk's word, of one payer or of all."""
    rows = view.index.rows(
        f"SELECT * FROM invoice WHERE waits_for = 'review' AND state = 'waits' AND {view.index.in_force} "
        f"{'AND payer = ?' if payer else ''} ORDER BY check_by LIMIT {SHOWN}",
        [*view.index.spans, *([payer] if payer else [])],
    )
    for row in rows:
        begun = {"invoice_id": row["id"], "contract_id": row["contract"]}
        yield _row(
            view, view.invoice_link(row["id"]), row["amount"], date.fromisoformat(row["check_by"]), "review", begun
        )


def _statements(view: View) -> Iterator[Row]:
    """22. Sodra's statements that wait for a clerk's word."""
    for each in view.index.said_by("sodra"):
        if each.status == "waits":
            begun = {"year": str(each.year), "quarter": str(each.quarter), "submission": str(each.submission)}
            what = view.link(f"{each.year}-Q{each.quarter}", "/statements")
            yield _row(view, what, each.stated_cents, each.approve_by, "sodra-review", begun)


def _parked(view: View) -> Iterator[Row]:
    """Parked messages, an error a line."""
    waits: dict[str, list[str]] = {}
    for row in view.index.rows("SELECT id, error, received FROM parked WHERE released IS NULL ORDER BY received"):
        if row["id"] not in view.dismissed:
            waits.setdefault(row["error"], []).append(row["received"][:10])
    for error, days in list(waits.items())[:SHOWN]:
        what = view.link(view.t(f"Atidėta: {len(days)}", f"Parked: {len(days)}"), "/parked", hint=error[:SHOWN_ERROR])
        yield Row(
            cells=(
                what,
                None,
                None,
                view.t(f"nuo {days[0]}", f"since {days[0]}"),
                offer(view, "release", error=error[:SHOWN_ERROR]),
            )
        )


def _transfers(view: View) -> Iterator[Row]:
    """9, 10. Transfers to the reserve that are planned; they are due by the year's end."""
    for year in view.index.said_by("reserve"):
        for each in year.transfers:
            if each.status == "planned":
                begun = {"year": str(year.year), "kind": each.kind, "amount": view.money(each.amount_cents)}
                what = view.link(f"{each.kind}, {year.year}", f"/reserve/{year.year}")
                yield _row(view, what, each.amount_cents, date(year.year, 12, 31), "reserve-transfer", begun)


def _row(view: View, what: Cell, cents: int | None, by: date, act: str, begun: dict[str, str]) -> Row:
    left = (by - view.today).days
    told = view.days(left) if left >= 0 else view.t(f"praleista prieš {view.days(-left)}", f"{view.days(-left)} late")
    tag = Tag(text=told, tone="bad" if left < 0 else "warn" if left <= 3 else "")  # noqa: PLR2004
    return Row(cells=(what, cents, by, tag, offer(view, act, **begun)))


# ------------------------------------------------------------------------------------------------------------ one matter


def matter(view: View, desk: Desk, person: Person, one: Matter, foreseen: Foreseen | None, fault: str = "") -> Page:
    """One matter: what is said, what would follow or followed, who did what, and what this person may do."""
    act = ACTS[one.act]
    blocks: list[Block] = [*_said(view, act, one.said)]
    if foreseen is not None:
        blocks += _foreseen(view, act, foreseen)
    if one.stage == "answered":
        blocks += _answered(view, one)
    if one.words:
        blocks.append(Text(title=view.t("Kodėl grąžinta", "Why it was given back"), text=one.words, tone="warn"))
    blocks.append(_history(view, one))
    blocks += _actions(view, desk, person, one, fault)
    return Page(
        title=f"{one.id}. {word('acts', one.act, view.lang)}",
        lead=view.t(f"Rengė {one.by}.", f"Drafted by {one.by}.") + (view.t(f" Sprendė {one.decided_by}.", f" Decided by {one.decided_by}.") if one.decided_by else ""),
        blocks=tuple(blocks),
        nav="work",
        crumbs=(view.link(view.t("Mano darbai", "My work"), "/work"),),
        tag=stage(view, one),
        status=409 if fault else 200,
        live=False,
    )  # fmt: skip


def _said(view: View, act: Act, data: dict[str, Any]) -> Iterator[Block]:
    """What is proposed, word for word."""
    written = written_of(act, data)
    inputs = form_of(act)
    flat = [each for each in inputs if each.kind != "rows"]
    rows: list[tuple[str, Cell]] = [
        (each.label(view.lang), _value(view, each, written.get(each.key, ""))) for each in flat
    ]
    yield Facts(title=view.t("Kas siūloma", "What is proposed"), rows=tuple(rows))
    for each in inputs:
        if each.kind == "rows" and data.get(each.name):
            lines = [
                {f.key: _value(view, f, written.get(f"{each.key}.{n}.{f.key}", "")) for f in each.inner}
                for n in range(len(data[each.name]))
            ]
            yield Table(
                key=each.key,
                title=each.label(view.lang),
                columns=tuple(Column(key=f.key, label=f.label(view.lang), kind="count" if f.kind == "money" else "text") for f in each.inner),
                rows=tuple(Row(cells=tuple(line.values())) for line in lines),
            )  # fmt: skip


def _value(view: View, field: Field, written: str) -> str:
    if field.kind == "payer" and written:
        return f"{view.payer(written)} ({written})"
    if field.kind == "tick":
        return view.t("taip", "yes") if written else view.t("ne", "no")
    if field.kind == "choice" and written:
        return word("options", written, view.lang)
    return held(written) or "–"


def _foreseen(view: View, act: Act, foreseen: Foreseen) -> Iterator[Block]:
    """What would follow if it were sent now, decided by the services themselves."""
    if act.name == "release":
        read, many = sum(each.outcome != "parked" for each in foreseen.answers), len(foreseen.answers)
        yield Text(text=view.t(f"Dabar suprantama: {read} iš {many}.", f"{read} of {many} can be meant now."))
    for answer in foreseen.answers:
        if answer.error:
            yield Text(title=view.t("Fondas to neįvykdytų", "The fund could not do it"), text=answer.error, tone="warn")
        if answer.reasons:
            yield from _reasons(
                view, view.t("Netelpa: fondas atmestų", "It does not fit: the fund would refuse it"), answer.reasons
            )
    told = [(type_, data) for type_, data in foreseen.told if type_ != act.record.type]
    rows = tuple(Row(cells=(type_, held(sentence(type_, data, view.lang)))) for type_, data in told[:SHOWN])
    yield Table(
        key="foreseen",
        title=view.t("Telpa: fondas priimtų. Kas iš to sektų", "It fits: the fund would take it. What would follow") if foreseen.fits else view.t("Kas iš to sektų", "What would follow"),
        columns=(Column(key="type", label=view.t("Įvykis", "Event")), Column(key="sentence", label=view.t("Kas įvyktų", "What would happen"))),
        rows=rows,
        empty=view.t("Daugiau nieko.", "Nothing more."),
        note=view.t(f"Iš viso {len(told)}.", f"{len(told)} in all.") if len(told) > SHOWN else "",
    )  # fmt: skip


def _reasons(view: View, title: str, reasons: Sequence[dict[str, Any]]) -> Iterator[Block]:
    for each in reasons:
        point = view.t(f"{each['rule']} p.", f"p. {each['rule']}")
        yield Text(title=title, text=f"{held(reason_sentence(each, view.lang))} ({point})", tone="warn")
    rows = tuple((name, shown) for name, shown in numbers({"reasons": list(reasons)}, view.lang))
    if rows:
        yield Facts(title=view.t("Visi skaičiai", "Every number"), rows=rows)


def _answered(view: View, one: Matter) -> Iterator[Block]:
    assert one.outcome is not None
    bad = one.outcome in ("refused", "returned", "parked")
    text = word("outcomes", one.outcome, view.lang) + (" " + "; ".join(one.told) if one.told else "")
    yield Text(title=view.t("Ką atsakė fondas", "What the fund answered"), text=text, tone="warn" if bad else "")
    plain: list[dict[str, Any]] = [msgspec.to_builtins(each) for each in one.reasons]
    yield from _reasons(view, view.t("Kodėl", "Why"), plain)
    caused = view.index.events("cause = ?", [event_id(one)])
    if caused:
        columns = (
            Column(key="day", label=view.t("Diena", "Day"), kind="date"),
            Column(key="what", label=view.t("Kas įvyko", "What happened")),
        )
        rows = tuple(
            Row(cells=(each.day, view.link(said(view, each), f"/events/{each.event_id}"))) for each in caused[:SHOWN]
        )
        yield Table(key="caused", title=view.t("Kas iš to sekė", "What followed"), columns=columns, rows=rows)


def _history(view: View, one: Matter) -> Table:
    return Table(
        key="history",
        title=view.t("Kas ir kada", "Who and when"),
        columns=(
            Column(key="at", label=view.t("Kada", "When")),
            Column(key="what", label=view.t("Kas padaryta", "What was done")),
            Column(key="by", label=view.t("Kas", "Who")),
        ),
        rows=tuple(
            Row(
                cells=(
                    f"{in_vilnius(at):%Y-%m-%d %H:%M:%S}",
                    word("stages", done, view.lang),
                    by or view.t("fondas", "the fund"),
                )
            )
            for at, done, by in one.history
        ),
    )


def _actions(view: View, desk: Desk, person: Person, one: Matter, fault: str) -> Iterator[Block]:
    """What this person may do with it now; where nothing, who may."""
    action = view.url(f"/desk/{one.id}")
    own = person.is_same(one.by)
    buttons: list[Button] = []
    inputs: tuple[Input, ...] = ()
    if own and one.stage == "drafted":
        buttons += [
            Button(action="propose", text=view.t("Siųsti tvirtinti", "Send to be confirmed"), tone="good"),
            Button(action="mend", text=view.t("Taisyti", "Mend")),
        ]
    if own and one.stage in ("drafted", "proposed"):
        buttons.append(Button(action="withdraw", text=view.t("Atsisakyti", "Withdraw"), tone="bad"))
    if one.stage == "proposed" and desk.may_decide(person, one):
        label = view.t("Kodėl grąžinama (kai grąžinama)", "Why it is given back (where it is)")
        inputs = (Input(key="words", label=label, kind="textarea"),)
        buttons += [
            Button(action="confirm", text=view.t("Patvirtinti ir išsiųsti", "Confirm and send"), tone="good"),
            Button(action="refuse", text=view.t("Grąžinti rengėjui", "Give it back"), tone="bad"),
        ]
    if own and one.stage in ("refused", "withdrawn", "answered"):
        yield Text(
            text="",
            links=(view.link(view.t("Siūlyti iš naujo", "Propose it anew"), f"/desk/new/{one.act}", of=one.id),),
        )
    faults = (Link(text=fault, href=""),) if fault else ()
    if buttons or faults:
        yield Form(
            title=view.t("Sprendimas", "What you decide"),
            action=action,
            inputs=inputs,
            buttons=tuple(buttons),
            faults=faults,
        )
    if one.stage == "proposed" and not desk.may_decide(person, one):
        who = ", ".join(word("roles", role, view.lang) for role in confirmers(ACTS[one.act], one.said))
        yield Text(text=view.t(f"Tvirtina kitas asmuo: {who}.", f"Another person confirms it: {who}."))
    if one.stage == "confirmed":
        yield Text(
            text=view.t("Patvirtinta; siunčiama, kol fondas atsakys.", "Confirmed; it is sent until the fund answers."),
            tone="warn",
        )
