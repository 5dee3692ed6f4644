"""Who is there: signing in, what a person may not do and whom to ask, and how a desk begins that has nobody yet."""

from collections.abc import Sequence

from shared.console.pages.blocks import Button, Form, Input, Link, Page, Text
from shared.console.pages.view import View
from shared.desk.matters import NotDone
from shared.desk.people import Person
from shared.desk.words import word

NO_SUCH = "no such token"


def sign_in(view: View, then: str, issuer: str = "", *, wrong: str = "") -> Page:
    """Ask for the token; ``then`` is where to go after it, ``wrong`` why the last one lets nobody in.

    ``issuer`` is the identity provider whose access tokens are good too.
    """
    hint = view.t("jį padaro psdf people add", "psdf people add makes it")
    if issuer:
        hint += view.t(f"; tinka ir {issuer} prieigos raktas", f"; an access token of {issuer} is good too")
    fault = view.t("Tokio rakto nėra: gal jis pakeistas?", "There is no such token: was it replaced?")
    if wrong not in ("", NO_SUCH):
        fault = view.t(
            f"Tapatybės tiekėjo raktas netinka: {wrong}", f"The identity provider's token is no good: {wrong}"
        )
    return Page(
        title=view.t("Prisijungimas", "Sign in"),
        lead=view.t("Įrašykite raktą, kurį gavote.", "Give the token that you were handed."),
        blocks=(
            Form(
                title="",
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
        lead=why.said(view.base),
        blocks=(
            Text(title=view.t("Ko klausti", "Whom to ask"), text=named or nobody, tone="warn"),
            Text(text="", links=(view.link(view.t("Mano darbai", "My work"), "/work"),)),
        ),
        nav="work",
        status=403,
        live=False,
    )


def not_done(view: View, why: NotDone) -> Page:
    """What can't be done any more, or not so."""
    links = (view.link(view.t("Mano darbai", "My work"), "/work"),)
    title = view.t("To padaryti nebegalima", "This can't be done")
    return Page(
        title=title, lead=why.said(view.base), blocks=(Text(text="", links=links),), nav="work", status=409, live=False
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
                title=view.t("Ko klausti", "Whom to ask"),
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
