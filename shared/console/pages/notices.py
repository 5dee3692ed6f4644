"""P8: notices to the ministry by which an article may be exceeded (point 18, HIL 14(3)), and what each covers."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol, TypeAlias

from shared.console.index.ask import Row as Found
from shared.console.pages import svg
from shared.console.pages.blocks import Block, Button, Cell, Chart, Facts, Form, Page, Row, Table, Tag, Text, Tone
from shared.console.pages.offers import offers
from shared.console.pages.story import quotes, said, timeline
from shared.console.pages.traces import trace_row
from shared.console.pages.view import View
from shared.desk.acts import DEEDS, may_see
from shared.desk.deeds import LETTER_NOW
from shared.desk.events import Hurried
from shared.desk.matters import Matter
from shared.desk.words import word
from shared.engine.waiting import Tried
from shared.journal.events import RecordedEvent
from shared.kernel.calendar import in_vilnius
from shared.telemetry.context import NOTICE


class AtDesk(Protocol):
    """What a desk knows of notices."""

    def said(self, cause: str) -> Matter | None:
        """The matter that was sent as an event of this id."""

    def hurried(self, notice_no: str) -> tuple[Hurried, datetime] | None:
        """Who had the letter tried last, and when."""


Tries: TypeAlias = Callable[[str], Tried | None]
"""How often a notice's letter could not be delivered, and when last; None where that is not known."""
Letter: TypeAlias = Callable[[str], bytes | None]
"""The PDF of a notice's letter, as it is kept or written anew."""
CARRY_LT = (
    "Raštas dar neįteiktas; jis siunčiamas, kol ministerijos sistema atsakys. Jei ji neatsako, raštą atspausdinkite, "
    "įteikite asmeniškai arba per e. pristatymą ir įteikimą įrašykite."
)
CARRY_EN = (
    "The letter is not delivered yet; it is sent until the ministry's system answers. Where it does not, print the letter, "
    "deliver it by hand or by e-delivery, and record that."
)

NOTICE_STATES: dict[str, tuple[str, str, Tone]] = {
    "prepared": ("neįteiktas", "not delivered", "warn"),
    "told": ("įteiktas", "delivered", "good"),
    "withdrawn": ("atšauktas", "withdrawn", "quiet"),
}


def state_of(view: View, row: Found) -> str:
    """How a notice stood at the end of the page's day: prepared, told or withdrawn."""
    return str(row["state"]) if row["ended"] and row["ended"] <= view.index.day else "prepared"


def _notice_state(view: View, row: Found) -> Tag:
    return view.tag(*NOTICE_STATES[state_of(view, row)])


def notices_table(view: View, article: str | None = None, year: int | None = None) -> Table:
    """18. The notices, the last first, with their four sums in the law's words."""
    where, values = "prepared <= ?", [view.index.day]
    if article:
        where, values = where + " AND article = ? AND year = ?", [*values, article, str(year)]
    rows = view.index.rows(f"SELECT * FROM notice WHERE {where} ORDER BY prepared DESC, no DESC", values)
    return Table(
        key="notices",
        title=view.t("Pranešimai ministerijai (18 p.)", "Notices to the ministry (p. 18)"),
        columns=view.columns(
            no="Numeris|Number|id", article="Str.|Art.", prepared="Parengtas|Prepared|date",
            allotted="Skirta|Allotted|money", transferred="Pervesta|Transferred|money",
            exceeding="Viršija asignavimus|Exceeding|money", planned="Numatoma pervesti|Planned|money",
            covers="Sąskaitų|Invoices|count", state="Būklė|State", ended="Diena|Day|date",
        ),
        rows=tuple(
            Row.of(
                view.link(row["no"], f"/notices/{row['no']}"), row["article"], date.fromisoformat(row["prepared"]),
                row["allotted"], row["transferred"], row["exceeding"], row["planned"], row["covers"],
                _notice_state(view, row), date.fromisoformat(row["ended"]) if row["ended"] and row["ended"] <= view.index.day else None,
            )
            for row in rows
        ),
        empty=view.t("Pranešimų nebuvo.", "There were no notices."),
    )  # fmt: skip


def notices(view: View) -> Page:
    """P8. Every notice to the ministry."""
    table = notices_table(view)
    return Page(
        title=view.t("Pranešimai ministerijai", "Notices to the ministry"),
        lead=view.t(
            f"Iš viso {len(table.rows)}. Kas viršija straipsnio asignavimus, mokama tik pranešus ministerijai keturias sumas (18 p.).",
            f"{len(table.rows)} in all. What exceeds an article is paid only after the ministry was told four sums (p. 18).",
        ),
        blocks=(table,),
        nav="notices",
    )


def notice(view: View, no: str, desk: AtDesk | None, letter: Letter, tries: Tries) -> Page | None:
    """One notice: the four sums as the letter has them, what it covers, and how it came about. None for an unknown one.

    ``letter`` is what is printed; ``tries`` are asked of a letter that is on its way now.
    """
    row = view.index.one("SELECT * FROM notice WHERE no = ? AND prepared <= ?", [no, view.index.day])
    if row is None:
        return None
    events = view.index.about("notice", no)
    prepared = next(event for event in events if event.type == "notice.prepared")
    own = [event for event in events if event.type in ("notice.prepared", "overrun.notified", "overrun.withdrawn")]
    told = next((event for event in own if event.type == "overrun.notified"), None)
    covered = prepared.data["invoices"]
    sums = Facts(
        title=view.t("Keturios sumos, teisės žodžiais (18 p.)", "The four sums, in the law's words (p. 18)"),
        rows=(
            (view.t("kokia lėšų suma yra skirta", "allotted: kokia lėšų suma yra skirta"), view.eur(row["allotted"])),
            (view.t("kokia lėšų suma pervesta", "transferred: kokia lėšų suma pervesta"), view.eur(row["transferred"])),
            (
                view.t(
                    "kokia lėšų suma viršija numatytus asignavimus",
                    "exceeding the appropriation: kokia lėšų suma viršija numatytus asignavimus",
                ),
                view.eur(row["exceeding"]),
            ),
            (
                view.t(
                    "kokią lėšų sumą numatoma pervesti", "planned to be transferred: kokią lėšų sumą numatoma pervesti"
                ),
                view.eur(row["planned"]),
            ),
        ),
    )
    blocks: list[Block] = [sums, _picture(view, row)]
    if told:
        blocks.append(_delivery(view, told, desk, letter))
    blocks.append(
        Text(text="", links=(view.link(view.t("Raštas (PDF)", "The letter (PDF)"), f"/notices/{no}/letter.pdf"),))
    )
    if state_of(view, row) == "prepared":
        if view.index.on is None and (tried := tries(no)):
            blocks += [_tried(view, tried, desk.hurried(no) if desk else None), *_try_now(view, no)]
        blocks.append(Text(text=view.t(CARRY_LT, CARRY_EN)))
        blocks += offers(view, "letter-delivered", notice_no=no)
    if led := trace_row(view, NOTICE, no):
        blocks.append(Facts(title=view.t("Eksploatacijai", "For operations"), rows=tuple(led)))
    blocks += [_covered(view, covered), timeline(view, view.t("Kas įvyko", "What happened"), own), quotes(view, own)]
    return Page(
        title=view.t(f"Pranešimas {no}", f"Notice {no}"),
        lead=said(view, own[-1]),
        blocks=tuple(blocks),
        nav="notices",
        crumbs=(view.link(view.t("Pranešimai", "Notices"), "/notices"), view.link(f"{row['article']} {view.article(row['article'])}", f"/articles/{row['article']}")),
        tag=_notice_state(view, row),
    )  # fmt: skip


def _picture(view: View, row: Found) -> Chart:
    """18. How the article comes to be exceeded: all that it is to bear, against its limit."""
    whole = row["allotted"] + row["exceeding"]
    said = view.t(
        f"Skirta {view.eur(row['allotted'])} (brūkšnys). Su tuo, kas pervesta, įsipareigota, laukia ir palikta teritorinėms ligonių kasoms, reikia {view.eur(whole)}.",
        f"Allotted: {view.eur(row['allotted'])} (the mark). With what is transferred, committed, waits and is kept for the territorial funds it takes {view.eur(whole)}.",
    )
    return Chart(
        title=view.t("Kaip viršijama", "How it is exceeded"), svg=svg.ruler(whole, row["allotted"], said), sentence=said
    )


def _tried(view: View, tried: Tried, hurried: tuple[Hurried, datetime] | None) -> Facts:
    """18. How often the letter was sent in vain, and who had it tried last."""
    rows = [
        (view.t("Nepavyko įteikti, kartų", "Tries that failed"), str(tried.count)),
        (view.t("Paskutinį kartą", "The last of them"), f"{in_vilnius(datetime.fromisoformat(tried.at)):%Y-%m-%d %H:%M:%S}"),
    ]  # fmt: skip
    if hurried:
        who, at = hurried
        rows.append((view.t("Bandyti prašė", "Tried at the word of"), f"{who.by}, {in_vilnius(at):%Y-%m-%d %H:%M:%S}"))
    return Facts(title=view.t("Siuntimas ministerijai", "Sending to the ministry"), rows=tuple(rows))


def _try_now(view: View, no: str) -> Iterator[Form]:
    """What has the letter tried now, for who may."""
    person = view.person
    if person and person.role in DEEDS[LETTER_NOW].first and may_see(person, view.fund, view.fund.state_payer):
        yield Form(
            title="",
            action=view.url(f"/desk/letter/{no}"),
            inputs=(),
            buttons=(Button(action="try", text=view.t("Bandyti dabar", "Try now")),),
            text=view.t(
                "Bandoma ir savaime, kas penkias minutes arba dažniau; tas pats raštas antrą kartą neįteikiamas.",
                "It is tried by itself too, every five minutes or sooner; one letter is never delivered twice.",
            ),
        )


def _delivery(view: View, told: RecordedEvent, desk: AtDesk | None, letter: Letter) -> Facts:
    """When and how the ministry got the letter; where people said so, who and by which document."""
    data, rows = told.data, [(view.t("Įteiktas", "Delivered"), date.fromisoformat(told.data["delivered_on"]))]
    more: list[tuple[str, Cell]] = []
    if how := data.get("how"):
        more += [
            (view.t("Valanda", "Hour"), data["delivered_at"]),
            (view.t("Kaip", "How"), word("options", how, view.base)),
            (view.t("Kas įteikė", "Delivered by"), data["delivered_by"]),
            (view.t("Dokumentas", "Document"), data["document"]),
        ]
        if digest := data.get("document_sha256"):
            more.append((view.t("Dokumento SHA-256", "SHA-256 of the document"), digest))
        if matter := desk.said(told.cause) if desk else None:
            more += [
                (view.t("Įrašė", "Recorded by"), matter.by),
                (view.t("Patvirtino", "Confirmed by"), matter.decided_by),
            ]
    else:
        more.append((view.t("Kaip", "How"), view.t("per ministerijos sistemą", "over HTTP, by the ministry's system")))
    same = sha256(letter(data["notice_no"]) or b"").hexdigest() == data["letter_sha256"]
    agrees = (
        view.tag("sutampa su įteiktu", "as it was delivered", "good")
        if same
        else view.tag("kitoks, nei įteiktas", "not as it was delivered", "bad")
    )
    digests: tuple[tuple[str, Cell], ...] = (
        ("SHA-256", data["letter_sha256"]),
        (view.t("Spausdinamas raštas", "The letter that is printed"), agrees),
    )
    return Facts(title=view.t("Raštas", "The letter"), rows=(*rows, *more, *digests))  # fmt: skip


def _covered(view: View, covered: list[dict[str, str | int]]) -> Table:
    return Table(
        key="covered",
        title=view.t("Kurias sąskaitas apima", "The invoices that it covers"),
        columns=view.columns(
            invoice="Sąskaita|Invoice|id", provider="Ūkio subjektas|Provider", amount="Suma|Sum|money",
            over="Viršija|Over|money", accepted="Priimta|Accepted|date", due="Apmokėti iki|Due on|date",
        ),
        rows=tuple(
            Row.of(
                view.invoice_link(str(each["invoice_id"])), view.provider_link(str(each["provider_code"])),
                each["amount_cents"], each["over_cents"], date.fromisoformat(str(each["accepted_on"])), date.fromisoformat(str(each["due_on"])),
            )
            for each in covered
        ),
    )  # fmt: skip
