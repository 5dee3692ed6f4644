"""Who is there: signing in, what a person may not do and whom to ask, and how a desk begins that has nobody yet."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from shared.console.pages.blocks import Button, Form, Input, Link, Page, Text
from shared.console.pages.view import View
from shared.desk.matters import NotDone
from shared.desk.people import People
from shared.desk.person import Person
from shared.desk.token_faults import token_fault
from shared.desk.words import refusal, word

if TYPE_CHECKING:
    from shared.console.gate import Refusal
    from shared.desk.issuer_client import IssuerClient, NotSignedIn, Why

NO_SUCH = "no such token"
BEGIN, LEFT, ANEW = "/sign-in/begin", "left", "anew"
"""Where the way to the identity provider begins; how /sign-in is asked by who has just signed out, and BEGIN by who signs in
once more."""

Said: TypeAlias = tuple[str, str]
"""The same in Lithuanian and in English."""
FAULTS: dict["Why", tuple[Said, Said]] = {
    "away": (
        ("Tapatybės tiekėjas HOST dabar neatsako.", "The identity provider HOST does not answer now."),
        (
            "Bandykite po minutės; jei nepavyks, kreipkitės į eksploataciją.",
            "Try in a minute; if it stays so, ask the operator.",
        ),
    ),
    "setup": (
        (
            "Konsolė ir HOST nesusitaria: klaida jų nuostatose.",
            "The console and HOST do not come to terms: how they are set up is wrong.",
        ),
        (
            "Kreipkitės į eksploataciją: kas rasta, yra konsolės žurnale.",
            "Ask the operator: the console's log says what was found.",
        ),
    ),
    "begun": (
        (
            "Šis prisijungimas pradėtas ne čia, per seniai arba jau baigtas.",
            "This sign-in was not begun here, or too long ago, or has ended.",
        ),
        (
            "Pradėkite iš naujo; tarp pradžios ir pabaigos gali praeiti 10 minučių.",
            "Begin again; from begin to end it may take ten minutes.",
        ),
    ),
    "elsewhere": (
        ("Atsakė ne HOST.", "It was not HOST that answered."),
        (
            "Pradėkite iš naujo; jei tai kartojasi, praneškite eksploatacijai: gali būti, kad kas nors bando apgauti.",
            "Begin again; if it comes again tell the operator: somebody may be cheating.",
        ),
    ),
    "denied": (
        (
            "Per HOST neprisijungta: atsisakyta, arba Jums neleidžiama.",
            "You did not sign in with HOST: it was declined, or you may not.",
        ),
        (
            "Pradėkite iš naujo; jei Jums neleidžiama, kreipkitės į tuos, kurie tvarko HOST.",
            "Begin again; if you may not, ask those who run HOST.",
        ),
    ),
    "code": (
        ("HOST nepriėmė prisijungimo kodo.", "HOST did not take the code of this sign-in."),
        (
            "Kodas galioja trumpai ir vieną kartą: pradėkite iš naujo.",
            "A code is good once and for a short while: begin again.",
        ),
    ),
    "token": (
        ("Ką HOST apie Jus sako, čia netinka.", "What HOST says of you is no good here."),
        (
            "Pradėkite iš naujo; jei tai kartojasi, parodykite šį puslapį eksploatacijai.",
            "Begin again; if it comes again, show the operator this page.",
        ),
    ),
}
"""What has happened, and what to do; HOST is the identity provider."""

REFUSALS: dict["Refusal", tuple[Said, Said]] = {
    "elsewhere": (
        ("Tai atsiųsta ne iš mūsų puslapio", "This did not come from a page of ours"),
        (
            "Niekas nepakeista: tai atsiuntė kitos svetainės puslapis. Jei norėjote to Jūs, atverkite puslapį čia ir siųskite iš jo.",
            "Nothing was changed: a page of another site sent it. If you meant it, open the page here and send it from there.",
        ),
    ),
    "reads": (
        ("Čia nieko nekeičiama", "Nothing is changed here"),
        ("Šis puslapis tik skaitomas.", "This page is only read."),
    ),
    "signed_out": (
        ("Jūs nebe prisijungę", "You are not signed in any more"),
        ("Niekas neišsiųsta: prisijungimas baigėsi.", "Nothing was sent: your sign-in has ended."),
    ),
}
"""Why something that was sent is not taken, and what to do."""


def refused(view: View, why: "Refusal", status: HTTPStatus, again: str, kept: Mapping[str, str]) -> Page:
    """What was sent is not taken; ``kept`` is what was written where it can be sent ``again``."""
    title, lead = (view.t(*said) for said in REFUSALS[why])
    path = "/sign-in" if why == "signed_out" else "/work"
    where = view.t("Prisijungti", "Sign in") if why == "signed_out" else view.t("Mano darbai", "My work")
    blocks: list[Text | Form] = [Text(text="", links=(view.link(where, path),))]
    written = tuple(
        Input(key=key, label="", kind="hidden", value=text) for key, text in kept.items() if key != "action"
    )
    if written:
        text = view.t(
            "Ką įrašėte, tas čia laukia: prisijunkite kitame naršyklės skirtuke, grįžkite į šį ir siųskite iš naujo.",
            "What you wrote waits here: sign in in another tab of the browser, come back to this one and send it again.",
        )
        button = Button(action=kept.get("action", ""), text=view.t("Siųsti iš naujo", "Send it again"), tone="good")
        blocks.append(Form(title="", action=again, inputs=written, buttons=(button,), text=text))
    return Page(title=title, lead=lead, blocks=tuple(blocks), nav="work", status=status, live=False)


def sign_in(view: View, then: str, people: People, *, wrong: str = "") -> Page:
    """Lead to the identity provider where there is one, and ask for a token; ``then`` is where to go after it.

    ``wrong`` is why the last token lets nobody in.
    """
    issuer, client = people.issuer, people.client
    hint = view.t("jį padaro psdf people add", "psdf people add makes it")
    if issuer:
        hint += view.t(f"; tinka ir {issuer} prieigos raktas", f"; an access token of {issuer} is good too")
    fault = view.t("Tokio rakto nėra: gal jis pakeistas?", "There is no such token: was it replaced?")
    if wrong not in ("", NO_SUCH):
        fault = view.t(
            f"Tapatybės tiekėjo raktas netinka: {token_fault(wrong)}",
            f"The identity provider's token is no good: {wrong}",
        )
    return Page(
        title=view.t("Prisijungimas", "Sign in"),
        lead=view.t("Čia dirba tie, kuriuos fondas pažįsta.", "Here work those whom the fund knows.")
        if client
        else view.t("Įrašykite raktą, kurį gavote.", "Give the token that you were handed."),
        blocks=(
            *(_at_the_provider(view, client, then) if client else ()),
            Form(
                title=view.t("Arba įrašykite raktą", "Or give a token") if client else "",
                action=view.url("/sign-in", then=then),
                inputs=(
                    Input(
                        key="token",
                        label=view.t("Raktas", "Token"),
                        kind="password",
                        hint=hint,
                        fault=fault if wrong else "",
                        needed=True,
                    ),
                ),
                buttons=(Button(action="in", text=view.t("Prisijungti", "Sign in"), tone="good"),),
                faults=(Link(text=fault, href="#token"),) if wrong else (),
            ),
        ),
        nav="work",
        status=401 if wrong else 200,
        live=False,
    )


def _at_the_provider(view: View, client: "IssuerClient", then: str) -> tuple[Text, ...]:
    """The way to the provider; and for who has just signed out here, the way out there."""
    begin = Text(title=view.t("Tapatybės tiekėjas", "Identity provider"), text="", links=(_begin(view, client, then),))
    if LEFT not in view.asked:
        return (begin,)
    text = view.t(
        f"Čia atsijungėte; {client.host} Jus dar gali atsiminti.",
        f"You have signed out here; {client.host} may still remember you.",
    )
    there = view.t(f"Atsijungti ir iš {client.host}", f"Sign out of {client.host} too")
    links = (Link(text=there, href=client.leave),) if client.leave else ()
    return (Text(title=view.t("Atsijungėte", "You have signed out"), text=text, links=links), begin)


def _begin(view: View, client: "IssuerClient", then: str) -> Link:
    text = view.t(f"Prisijungti per {client.host}", f"Sign in with {client.host}")
    return Link(text=text, href=client.console + view.url(BEGIN, then=then))


def signed_in(view: View, person: Person, then: str) -> Page:
    """Somebody has come back from the provider; the page leads on by itself."""
    on = Link(text=view.t("Tęsti", "Go on"), href=then)
    title = view.t("Prisijungėte", "You are signed in")
    return Page(title=title, lead=person.name, blocks=(Text(text="", links=(on,)),), nav="work", live=False)


def not_signed_in(view: View, client: "IssuerClient", why: "NotSignedIn", then: str, status: int) -> Page:
    """Nobody was signed in: what happened, what was found, and what to do."""
    lead, do = (view.t(lt, en).replace("HOST", client.host) for lt, en in FAULTS[why.why])
    found = Text(title=view.t("Kas rasta", "What was found"), text=view.t(token_fault(str(why)), str(why)), tone="bad")
    by_token = view.link(view.t("Prisijungti raktu", "Sign in by a token"), "/sign-in", then=then)
    links = (_begin(view, client, then), by_token)
    return Page(
        title=view.t("Prisijungti nepavyko", "You were not signed in"),
        lead=lead,
        blocks=(
            *(() if why.why == "setup" else (found,)),  # where a secret lies is the operator's to know
            Text(title=view.t("Ką daryti", "What to do"), text=do, tone="warn", links=links),
        ),
        nav="work",
        status=status,
        live=False,
    )


def forbidden(view: View, why: NotDone, people: Sequence[Person]) -> Page:
    """What the person may not do: which role may, and who has it."""
    roles = why.terms.get("roles", "").split(",")
    able = [each for each in people if each.role in roles]
    named = "; ".join(
        f"{each.name} ({word('roles', each.role or '', view.base)}, {each.payer or '–'})" for each in able
    )
    nobody = view.t("šių pareigų dar niekas neturi: psdf people add", "nobody has this role yet: psdf people add")
    return Page(
        title=view.t("Jūsų pareigos to neleidžia", "Your role does not allow this"),
        lead=why_not(view, why),
        blocks=(
            Text(title=view.t("Į ką kreiptis", "Whom to ask"), text=named or nobody, tone="warn"),
            Text(text="", links=(view.link(view.t("Mano darbai", "My work"), "/work"),)),
        ),
        nav="work",
        status=403,
        live=False,
    )


def why_not(view: View, why: NotDone) -> str:
    """Why the desk does not do it, with payers by name."""
    return refusal(why.why, view.named(why.terms), view.base)


def not_done(view: View, why: NotDone) -> Page:
    """What can't be done any more, or not so."""
    links = (view.link(view.t("Mano darbai", "My work"), "/work"),)
    title = view.t("To padaryti nebegalima", "This can't be done")
    return Page(
        title=title, lead=why.said(view.base), blocks=(Text(text="", links=links),), nav="work", status=409, live=False
    )


def anew(view: View, why: NotDone, client: "IssuerClient | None", then: str) -> Page:
    """Who confirms has to sign in once more: where."""
    there = view.t("Prisijungti iš naujo", "Sign in anew")
    link = Link(text=there, href=client.console + view.url(BEGIN, then=then, **{ANEW: "1"})) if client else None
    return Page(
        title=view.t("Prisijunkite iš naujo", "Sign in anew"),
        lead=why.said(view.base),
        blocks=(Text(text="", links=(link,) if link else ()),),
        nav="work",
        status=401,
        live=False,
    )


def stopped(view: View, fault: str) -> Page:
    """The journal contradicts itself: nothing is said to the fund until somebody has looked."""
    said = view.t(
        "Kol to nepatikrins eksploatacija (psdf verify), nieko nesiūloma ir netvirtinama. Tai, kas jau siūloma, lieka.",
        "Until those who run it have looked (psdf verify), nothing is proposed or confirmed. What was proposed stays.",
    )
    return Page(
        title=view.t("Žurnalas prieštarauja sau", "The journal contradicts itself"),
        lead=said,
        blocks=(
            Text(text=fault, tone="bad"),
            Text(text="", links=(view.link(view.t("Mano darbai", "My work"), "/work"),)),
        ),
        nav="work",
        status=503,
        live=False,
    )


def without_role(view: View, person: Person, people: Sequence[Person]) -> Page:
    """Somebody is known who has no role: what to say, and to whom."""
    ask = "; ".join(each.name for each in people if each.role == "operator") or "psdf people"
    return Page(
        title=view.t("Jums dar neskirtos pareigos", "You have no role yet"),
        lead=view.t(
            f"{person.name}: prisijungėte, bet be pareigų nieko nematysite.",
            f"{person.name}: you are signed in, and see nothing without a role.",
        ),
        blocks=(
            Text(
                title=view.t("Į ką kreiptis", "Whom to ask"),
                text=view.t(
                    f"Pareigas (--role) skiria eksploatacija: {ask}.", f"The operator gives roles (--role): {ask}."
                ),
                tone="warn",
            ),
            Form(
                title="",
                action="/sign-out",
                inputs=(),
                buttons=(Button(action="out", text=view.t("Atsijungti", "Sign out")),),
            ),
        ),
        nav="work",
        status=403,
        live=False,
    )


def nobody_yet(view: View, *, copy: bool) -> Page:
    """There is no desk, or nobody at it: how it begins."""
    lead = view.t("Čia tik skaitoma.", "Here is only read.")
    text = view.t(
        "Kad būtų galima siūlyti ir tvirtinti, įrašykite žmones: kiekvienas gauna savo raktą, o tvirtina visada kitas asmuo.",
        "To propose and confirm, name the people: each gets a token of their own, and another person always confirms.",
    )
    if copy:
        text = view.t(
            "Tai kopija: joje niekas nesiūloma ir netvirtinama.",
            "This is a copy: nothing is proposed or confirmed in it.",
        )
    commands = 'psdf people add "Ona Onaitė" --role clerk --payer VLK\npsdf people add "Jonas Jonaitis" --role second --payer VLK'
    blocks = (
        (Text(text=text),)
        if copy
        else (Text(text=text), Text(title=view.t("Pradžia", "To begin"), text=commands, tone="quiet"))
    )
    return Page(title=view.t("Mano darbai", "My work"), lead=lead, blocks=blocks, nav="work", live=False)
