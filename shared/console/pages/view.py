"""What each page is given: the index, the fund, the language, and how things are said and linked."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlencode

from shared.console.index.ask import Index
from shared.console.pages.blocks import KINDS, Cell, Column, Link, Tag, Tone
from shared.desk.person import Person
from shared.explain.sentences import Lang
from shared.kernel.fund import Fund
from shared.kernel.language import EN, LT
from shared.kernel.money import Cents
from shared.kernel.reason import REGISTER, label
from shared.reports.year.words import Say

if TYPE_CHECKING:
    from shared.console.operations import Hears
    from shared.telemetry.viewer import Viewer

STATES: dict[str, tuple[str, str, Tone]] = {
    "submitted": ("gauta", "received", ""),
    "waits": ("laukia tikrinimo", "waits for its check", "warn"),
    "accepted": ("priimta", "accepted", "good"),
    "returned": ("grąžinta patikslinti", "returned", "warn"),
    "refused": ("atmesta", "refused", "bad"),
    "deferred": ("laukia eilėje", "waits in the queue", "warn"),
    "scheduled": ("numatyta mokėti", "scheduled", ""),
    "ordered": ("pateikta bankui", "ordered", ""),
    "paid": ("apmokėta", "paid", "good"),
    "lowered": ("sumažinta iki nulio", "lowered to nothing", "quiet"),
}
EVERYTHING = 10**9
"""More rows than there are."""
WHOLE = "all"
"""How the whole fund is asked for by who is shown a payer's figures first."""
DOTS = re.compile(r"/(\.\.?)(?=/|$)")
"""A segment that browsers take out of an address, however its dots are written."""
PAYERS = ("payer", "into", "own")
"""Fields of events, and terms of reasons and refusals, that hold the code of a payer."""
SOURCES = {"PSDF": ("PSDF lėšos", "Fund's money"), "STATE": ("Valstybės lėšos", "State funds")}


def lang_of(fund: Fund, asked: str) -> Lang:
    """The language of a page: Lithuanian where that is the fund's own and nobody asks for English; else English."""
    own = fund.lang(LT)
    return own if own and asked != EN else fund.languages[1]


def address(path: str) -> str:
    """A path of ours as browsers ask for it: a segment of dots stands in one with what is before it."""
    return DOTS.sub(r"%2F\1", quote(path, safe="/"))


class View:
    """One question to one page."""

    def __init__(
        self, index: Index, fund: Fund, lang: Lang, asked: Mapping[str, str], person: Person | None = None
    ) -> None:
        """Take the index at its moment, the query of the request, and who is signed in if somebody is."""
        self.index, self.fund, self.lang, self.asked, self.person = index, fund, lang, asked, person
        self.dismissed: frozenset[str] = frozenset()
        self.viewer: Viewer | None = None
        self.statuses: Hears | None = None
        self.beside: Sequence[str] = ()
        self.say = Say(fund, lang)
        self._names: dict[str, str] | None = None
        self._articles: dict[str, str] | None = None
        self._today: date | None = None

    @property
    def code(self) -> str:
        """The language of the page, as HTML names it."""
        return self.say.language.code

    @property
    def base(self) -> Literal["lt", "en"]:
        """The language of the desk's words, which are those of this program whatever the fund."""
        return "lt" if self.lithuanian else "en"

    @property
    def own_code(self) -> str:
        """The fund's own language, in which its law binds."""
        return self.fund.languages[0].partition("@")[0]

    @property
    def lithuanian(self) -> bool:
        """Whether the page is in Lithuanian; else it is in English."""
        return self.code == LT

    def t(self, lt: str, en: str) -> str:
        """Say it in the language of the page, with the names that the fund has for things in English."""
        return lt if self.lithuanian else self.say.language.said(en)

    def tag(self, lt: str, en: str, tone: Tone) -> Tag:
        """A state in a word."""
        return Tag(text=self.t(lt, en), tone=tone)

    def url(self, path: str, **query: str) -> str:
        """A path of ours, in the same language and of the same day."""
        keep = {"lang": self.asked.get("lang", ""), "on": self.asked.get("on", "")} | query
        said = urlencode({name: text for name, text in keep.items() if text})
        return address(path) + (f"?{said}" if said else "")

    def link(self, text: str, path: str, hint: str = "", **query: str) -> Link:
        """Words that lead to a path of ours."""
        return Link(text=text, href=self.url(path, **query), hint=hint)

    def columns(self, **heads: str) -> tuple[Column, ...]:
        """Columns by their keys: each heading in both languages, and its kind if it is no text, ``Suma|Sum|money``."""
        return tuple(self._column(key, *head.split("|")) for key, head in heads.items())

    def _column(self, key: str, lt: str, en: str = "", kind: str = "text") -> Column:
        return Column(key=key, label=self.t(lt, en or lt), kind=KINDS[kind])

    def most(self, shown: int) -> int:
        """How many rows of a list: so many are shown, a file has all."""
        return EVERYTHING if self.asked.get("as", "").startswith("csv") else shown

    # --- whose figures

    @property
    def own_payer(self) -> str:
        """The territorial fund of who is signed in; empty for all others, who look after the whole."""
        own = self.person.payer if self.person else ""
        return own if own != self.fund.state_payer and own in self._payers else ""

    @property
    def of_payer(self) -> str | None:
        """The payer whose figures are asked for; None for the whole fund's."""
        asked = self.asked.get("payer", "")
        return asked if asked in self._payers else None if asked else self.own_payer or None

    @property
    def _payers(self) -> set[str]:
        return {each.code for each in self.fund.payers}

    # --- how things are written

    def eur(self, cents: Cents) -> str:
        """A sum with its currency."""
        return self.say.eur(cents)

    def money(self, cents: Cents) -> str:
        """A sum."""
        return self.say.money(cents)

    def day(self, day: date | str) -> str:
        """A day in words."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        return self.say.day(day)

    def invoices(self, count: int) -> str:
        """So many invoices."""
        if self.lithuanian:
            return self.say.counted(count, "sąskaita", "sąskaitos", "sąskaitų")
        return f"{count} invoice{'' if count == 1 else 's'}"

    def days(self, count: int) -> str:
        """So many days."""
        if self.lithuanian:
            return self.say.counted(count, "diena", "dienos", "dienų")
        return f"{count} day{'' if count == 1 else 's'}"

    def days_past(self, count: int) -> str:
        """So many days, of what was that long ago: „prieš 1 dieną“."""
        return self.say.counted(count, "dieną", "dienas", "dienų") if self.lithuanian else self.days(count)

    # --- names

    @property
    def today(self) -> date:
        """The legal day that the page is of; the first of all before any started."""
        if self._today is None:
            days = self.index.days()
            self._today = self.index.on or (days[1] if days else date.min)
        return self._today

    def payer(self, code: str) -> str:
        """A payer's name."""
        for payer in self.fund.payers:
            if payer.code == code:
                return self.t(payer.name_lt, payer.name_en)
        return code

    def payer_short(self, code: str) -> str:
        """A payer's short name: the state's is its code, a territorial one is called by its place."""
        name = self.payer(code)
        for long in (" teritorinė ligonių kasa", " Territorial Health Insurance Fund"):
            name = name.replace(long, " TLK")
        return code if code == self.fund.state_payer else name

    def payer_named(self, code: str) -> str:
        """A payer as sentences name it: by its short name, with its code."""
        short = self.payer_short(code)
        return short if short == code else f"{short} ({code})"

    def named(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """What sentences are made of, with payers by name; for a machine (``as``) all stays as it was decided."""
        if self.asked.get("as"):
            return dict(said)
        names = {key: self.payer_named(said[key]) for key in PAYERS if isinstance(said.get(key), str)}
        terms = {"terms": self.named(said["terms"])} if isinstance(said.get("terms"), Mapping) else {}
        reasons = {key: [self.named(each) for each in said[key]] for key in ("reasons", "flags") if said.get(key)}
        return {**said, **names, **terms, **reasons}

    def payer_link(self, code: str) -> Cell:
        """A payer, by its short name."""
        return self.link(self.payer_short(code), f"/payers/{code}")

    def provider(self, code: str) -> str:
        """A provider's name."""
        if self._names is None:
            self._names = self.index.providers()
        if code == "SODRA":
            return self.t("Sodra", "Sodra")
        return self._names.get(code, code)

    def provider_link(self, code: str) -> Cell:
        """A provider by its name."""
        return self.link(self.provider(code), f"/providers/{code}", hint=code)

    def article(self, code: str) -> str:
        """An article's name in the newest budget that is known."""
        if self._articles is None:
            self._articles = {}
            for event in self.index.of_type("budget.adopted"):
                for line in event.data["expenses"]:
                    self._articles[line["article"]] = line["name"]
        return self._articles.get(code, "")

    def article_link(self, code: str, *, name: bool = False) -> Cell:
        """An article by its code, or with its name."""
        text = f"{code} {self.article(code)}".strip() if name else code
        return self.link(text, f"/articles/{code}")

    def source(self, source: str) -> str:
        """Whose money."""
        return self.t(*SOURCES[source]) if source in SOURCES else source

    def invoice_link(self, invoice_id: str) -> Cell:
        """An invoice by its number."""
        return self.link(invoice_id, f"/invoices/{invoice_id}")

    def state(self, state: str) -> Tag:
        """How an invoice stands."""
        return self.tag(*STATES[state])

    def reason(self, code: str | None) -> str:
        """Why it waits, or went back, in a few words."""
        if not code:
            return ""
        if code.startswith("notice "):
            return self.t(f"rengiamas pranešimas {code.split()[1]}", f"notice {code.split()[1]} under way")
        if code == "scheduled":
            return self.t("numatyta mokėti", "scheduled")
        told = []
        for each in code.split(", "):
            known = REGISTER.get(each)
            told.append(label(each, self.lang) if known and known.label else each.replace("_", " "))
        return "; ".join(told)
