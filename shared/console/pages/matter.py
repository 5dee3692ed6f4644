"""One matter of the desk: what is said, what would follow or followed, who did what, and what one may do with it."""

import re
from collections.abc import Iterator, Sequence
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
from shared.console.pages.story import held, said
from shared.console.pages.view import View
from shared.desk.acts import ACTS, Act, confirmers
from shared.desk.desk import Desk, event_id
from shared.desk.dry import Foreseen
from shared.desk.faults import fault_said
from shared.desk.forms import Field, form_of, written_of
from shared.desk.matters import Matter
from shared.desk.person import Person
from shared.desk.words import word
from shared.explain.sentences import numbers, reason_sentence, sentence
from shared.kernel.calendar import in_vilnius

SHOWN = 50
"""Lines of what would follow, or followed."""
AGAIN_S = 5
"""How often a matter that waits for somebody is asked for again, in seconds: no bell rings for what is said at the desk."""
PARKED = re.compile(
    r"(?P<id>\S+)(?: \S+)? (?P<outcome>dismissed|taken|accepted|returned|refused|waiting|parked|known|queued)(?P<error>(?:: .*)?)",
    re.DOTALL,
)
STAGES: dict[str, Tone] = {"proposed": "warn", "answered": "good", "refused": "bad", "confirmed": "warn"}


def stage(view: View, matter: Matter) -> Tag:
    """How far a matter is; what the fund refused is no success."""
    if matter.stage == "answered" and matter.outcome in ("refused", "returned", "parked"):
        return Tag(text=word("outcomes", matter.outcome, view.base).rstrip("."), tone="bad")
    return Tag(text=word("stages", matter.stage, view.base), tone=STAGES.get(matter.stage, ""))


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
        title=f"{one.id}. {word('acts', one.act, view.base)}",
        lead=view.t(f"Rengė {one.by}.", f"Drafted by {one.by}.") + (view.t(f" Sprendė {one.decided_by}.", f" Decided by {one.decided_by}.") if one.decided_by else ""),
        blocks=tuple(blocks),
        nav="work",
        crumbs=(view.link(view.t("Mano darbai", "My work"), "/work"),),
        tag=stage(view, one),
        status=409 if fault else 200,
        live=waits_for_another(desk, person, one),
        again_s=AGAIN_S,
    )  # fmt: skip


def waits_for_another(desk: Desk, person: Person, one: Matter) -> bool:
    """Whether what happens next is another's, or the fund's: who may decide has the page as it is, and writes on it."""
    return one.stage == "confirmed" or (one.stage == "proposed" and not desk.may_decide(person, one))


def _said(view: View, act: Act, data: dict[str, Any]) -> Iterator[Block]:
    """What is proposed, word for word."""
    written = written_of(act, data)
    inputs = form_of(act)
    flat = [each for each in inputs if each.kind != "rows"]
    rows: list[tuple[str, Cell]] = [
        (each.label(view.base), _value(view, each, written.get(each.key, ""))) for each in flat
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
                title=each.label(view.base),
                columns=tuple(Column(key=f.key, label=f.label(view.base), kind="count" if f.kind == "money" else "text") for f in each.inner),
                rows=tuple(Row(cells=tuple(line.values())) for line in lines),
            )  # fmt: skip


def _value(view: View, field: Field, written: str) -> str:
    if field.kind == "payer" and written:
        return f"{view.payer(written)} ({written})"
    if field.kind == "tick":
        return view.t("taip", "yes") if written else view.t("ne", "no")
    if field.kind == "choice" and written:
        return word("options", written, view.base)
    return held(written) or "–"


def _foreseen(view: View, act: Act, foreseen: Foreseen) -> Iterator[Block]:
    """What would follow if it were sent now, decided by the services themselves."""
    if act.name == "release":
        read, many = sum(each.outcome != "parked" for each in foreseen.answers), len(foreseen.answers)
        yield Text(text=view.t(f"Dabar suprantama: {read} iš {many}.", f"{read} of {many} can be meant now."))
    for answer in foreseen.answers:
        if answer.error:
            yield Text(
                title=view.t("Fondas to neįvykdytų", "The fund could not do it"),
                text=fault_said(answer.error, view.lang),
                tone="warn",
            )
        if answer.reasons:
            yield from _reasons(
                view, view.t("Netelpa: fondas atmestų", "It does not fit: the fund would refuse it"), answer.reasons
            )
    told = [(type_, data) for type_, data in foreseen.told if type_ != act.record.type]
    rows = tuple(Row.of(type_, held(sentence(type_, view.named(data), view.lang))) for type_, data in told[:SHOWN])
    yield Table(
        key="foreseen",
        title=view.t("Telpa: fondas priimtų. Kas iš to sektų", "It fits: the fund would take it. What would follow") if foreseen.fits else view.t("Kas iš to sektų", "What would follow"),
        columns=view.columns(type="Įvykis|Event", sentence="Kas įvyktų|What would happen"),
        rows=rows,
        empty=view.t("Daugiau nieko.", "Nothing more."),
        note=view.t(f"Iš viso {len(told)}.", f"{len(told)} in all.") if len(told) > SHOWN else "",
    )  # fmt: skip


def _reasons(view: View, title: str, reasons: Sequence[dict[str, Any]]) -> Iterator[Block]:
    plain = [view.named(each) for each in reasons]
    for each in plain:
        point = view.t(f"{each['rule']} p.", f"p. {each['rule']}")
        told = held(reason_sentence(each, view.lang))
        yield Text(title=title, text=f"{told[:1].upper()}{told[1:]} ({point})", tone="warn")
    rows = tuple((name, shown) for name, shown in numbers({"reasons": plain}, view.lang))
    if rows:
        yield Facts(title=view.t("Visi skaičiai", "Every number"), rows=rows)


def _answered(view: View, one: Matter) -> Iterator[Block]:
    assert one.outcome is not None
    bad = one.outcome in ("refused", "returned", "parked")
    told = "; ".join(_told(view, each) for each in one.told)
    text = f"{word('outcomes', one.outcome, view.base)} {told}".strip()
    yield Text(title=view.t("Ką atsakė fondas", "What the fund answered"), text=text, tone="warn" if bad else "")
    plain: list[dict[str, Any]] = [msgspec.to_builtins(each) for each in one.reasons]
    yield from _reasons(view, view.t("Kodėl", "Why"), plain)
    caused = view.index.events("cause = ?", [event_id(one)])
    if caused:
        columns = view.columns(day="Diena|Day|date", what="Kas įvyko|What happened")
        rows = tuple(
            Row.of(each.day, view.link(said(view, each), f"/events/{each.event_id}")) for each in caused[:SHOWN]
        )
        yield Table(key="caused", title=view.t("Kas iš to sekė", "What followed"), columns=columns, rows=rows)


def _told(view: View, told: str) -> str:
    """What came of a parked message: the desk keeps it in English, ``ID dismissed`` or ``ID TYPE OUTCOME: ERROR``."""
    found = PARKED.fullmatch(told)
    if not (found and view.lithuanian):
        return told
    outcome = word("outcomes", found["outcome"], view.base).rstrip(".")
    return f"{found['id']}: {outcome[:1].lower()}{outcome[1:]}{found['error']}"


def _history(view: View, one: Matter) -> Table:
    return Table(
        key="history",
        title=view.t("Kas ir kada", "Who and when"),
        columns=view.columns(at="Kada|When", what="Kas padaryta|What was done", by="Kas|Who"),
        rows=tuple(
            Row.of(
                f"{in_vilnius(at):%Y-%m-%d %H:%M:%S}",
                word("stages", done, view.base),
                by or view.t("fondas", "the fund"),
            )
            for at, done, by in one.history
        ),
    )


def _actions(view: View, desk: Desk, person: Person, one: Matter, fault: str) -> Iterator[Block]:
    """What this person may do with it now; where nothing, who may."""
    action = view.url(f"/desk/{one.id}")
    own = person.is_same(one.by, one.identity)
    buttons: list[Button] = []
    inputs: tuple[Input, ...] = ()
    if own and one.stage == "drafted":
        buttons += [
            Button(action="propose", text=view.t("Siųsti tvirtinti", "Send to be confirmed"), tone="good"),
            Button(action="mend", text=view.t("Taisyti", "Mend")),
        ]
    if own and one.stage in ("drafted", "proposed"):
        buttons.append(Button(action="withdraw", text=view.t("Atšaukti", "Withdraw"), tone="bad"))
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
            title=view.t("Sprendimas", "What you decide") if inputs else view.t("Kas toliau", "What next"),
            action=action,
            inputs=inputs,
            buttons=tuple(buttons),
            faults=faults,
        )
    if one.stage == "proposed" and not desk.may_decide(person, one):
        who = ", ".join(word("roles", role, view.base) for role in confirmers(ACTS[one.act], one.said))
        yield Text(text=view.t(f"Tvirtina kitas asmuo: {who}.", f"Another person confirms it: {who}."))
    if one.stage == "confirmed":
        yield Text(
            text=view.t("Patvirtinta; siunčiama, kol fondas atsakys.", "Confirmed; it is sent until the fund answers."),
            tone="warn",
        )
