"""The closing of a year in words, Lithuanian or English: what is open, the sums, one hash; the chains are in its JSON."""

import re
from collections.abc import Iterator
from typing import Final

from shared.kernel.language import LANGUAGES
from shared.kernel.money import Cents
from shared.reports.close import Close, Matter
from shared.reports.handing_in import HandIn

MATTERS: Final = {
    "year": ("Metai nesibaigė", "The year is not over"),
    "invoice": ("Nepatikrinta sąskaita", "An unchecked invoice"),
    "notice": ("Neįteiktas pranešimas", "A notice not delivered"),
    "order": ("Neatsakytas mokėjimo nurodymas", "An unanswered order"),
    "report": ("Nepriimta TLK ataskaita", "A TLK's report not accepted"),
    "return": ("Negrąžintas likutis", "A balance not returned"),
    "statement": ("„Sodros“ pažyma", "Sodra's statement"),
    "compensation": ("Kompensacija „Sodrai“", "Sodra's compensation"),
    "transfer": ("Pervedimas į rezervą", "A transfer to the reserve"),
    "reserve": ("Rezervas", "The reserve"),
    "credit": ("Neįskaitytas kreditas", "A credit not used"),
    "claim": ("Nepadengtas reikalavimas", "A claim with a rest"),
    "sums": ("Sumos nesutampa", "Sums that differ"),
}
"""What kinds of open matters are called."""
WHAT: Final = (
    (r"not over, unpaid so far", "kol kas neapmokėta"),
    (r"(\S+) waits for contract", r"\1 laukia sutarties"),
    (r"(\S+) waits for review", r"\1 laukia tikrintojo"),
    (r"(\d+)-Q(\d)", r"\1 m. \2 ketv."),
    (r"(\d+)-Q(\d) missing", r"\1 m. \2 ketv. nepateikta"),
    (r"(\d+)-Q(\d) waits", r"\1 m. \2 ketv. tikrinama"),
    (r"(\d+)-Q(\d) returned", r"\1 m. \2 ketv. grąžinta tikslinti"),
    (r"(\S+) PSDF", r"\1, PSDF lėšos"),
    (r"(\S+) STATE", r"\1, valstybės lėšos"),
    (r"(\S+) planned", r"\1 p. suplanuotas"),
    (r"(\S+) approved", r"\1 p. patvirtintas"),
    (r"(\S+) ordered", r"\1 p. pateiktas bankui"),
    (r"under 5 % at the year's end", "metų pabaigoje mažesnis nei 5 proc."),
    (r"used by the payers' ledgers of (\d+), PSDF", r"panaudota pagal mokėtojų apskaitą \1 m., PSDF lėšos"),
    (r"used by the payers' ledgers of (\d+), STATE", r"panaudota pagal mokėtojų apskaitą \1 m., valstybės lėšos"),
    (r"revenue received in (\d+)", r"gautos pajamos \1 m."),
)
"""What is said of a matter in Lithuanian; its JSON says it in English."""
SUMS: Final = {
    "plan": "planas", "allotted": "viršplaninės pajamos", "committed": "įsipareigota", "ordered": "pateikta mokėjimo nurodymų",
    "transferred": "pervesta", "unpaid": "neapmokėta", "received": "gauta", "main": "pagrindinė dalis", "risk": "rizikos valdymo dalis",
}  # fmt: skip
OF: Final = {"PSDF": "PSDF lėšos", "STATE": "valstybės lėšos", "revenue": "pajamos", "reserve": "rezervas"}


def close_text(close: Close, lang: str = "en") -> str:
    """The closing for a person: one line a matter, or the sums; the heads of the chains are in the JSON."""
    return "\n".join(_lines(close, lang)) + "\n"


def not_closed(close: Close, lang: str = "en") -> str:
    """That a year is not closed yet, and what is to be done first."""
    first = matter_line(close.open[0], lang)
    if lang == "lt":
        return f"{close.year} metai neuždaryti: neužbaigta {len(close.open)}, pirmiausia – {first}"
    return f"year {close.year} is not closed: {len(close.open)} open, the first {first}"


def matter_line(matter: Matter, lang: str = "en") -> str:
    """A matter in a line."""
    amount = "" if matter.amount is None else f" {_eur(matter.amount, matter.currency, lang)}"
    if lang == "lt":
        by = f"iki {matter.by}" if matter.by else "kol bus padengta"
        return f"{MATTERS[matter.kind][0]}: {what_of(matter, lang)}{amount}, {by}, {matter.rule} p."
    by = f"by {matter.by}" if matter.by else "until it is settled"
    return f"{matter.kind}: {matter.what}{amount}, {by}, point {matter.rule}"


def what_of(matter: Matter, lang: str) -> str:
    """Which matter it is."""
    for pattern, said in WHAT if lang == "lt" else ():
        if re.fullmatch(pattern, matter.what):
            return re.sub(pattern, said, matter.what)
    return matter.what


def sum_name(name: str, lang: str) -> str:
    """What a sum of the proof is of."""
    if lang != "lt":
        return name
    first, _, rest = name.partition(" ")
    if first == "cash":
        payer, _, source = rest.partition(" ")
        return f"sąskaita {payer}, {OF[source]}"
    return f"{OF[first]}: {SUMS[rest]}"


def _lines(close: Close, lang: str) -> Iterator[str]:
    lithuanian = lang == "lt"
    if lithuanian:
        state = "uždaryti" if close.proof else f"neuždaryti, neužbaigta {len(close.open)}"
        yield f"{close.fund} {close.year} metai {close.cut_off} pabaigoje: {state}"
    else:
        state = "closed" if close.proof else f"not closed: {len(close.open)} open"
        yield f"Year {close.year} of {close.fund} at the end of {close.cut_off}: {state}"
    yield from (f"{number}. {matter_line(matter, lang)}" for number, matter in enumerate(close.open, 1))
    if close.proof:
        heads = len(close.proof.heads)
        yield (
            f"Grandinių {heads}: kiekvienos galva ir maiša yra JSON faile (--out)"
            if lithuanian
            else f"{heads} chains stand as the JSON of --out names them, each with its hash"
        )
        for each in close.proof.sums:
            yield f"{sum_name(each.name, lang)}: {_eur(each.cents, close.currency, lang)}"
    if close.hand_in:
        yield "Pateikti:" if lithuanian else "To be handed in:"
        yield from (f"- {_paper(paper, lang)}" for paper in close.hand_in)
    yield f"sha256 {close.sha256}"


def _eur(cents: Cents, currency: str, lang: str) -> str:
    """A sum with the fund's currency; Lithuanians write theirs ``Eur``."""
    return f"{LANGUAGES[lang].sum_of(cents)} {'Eur' if lang == 'lt' else currency}"


def _paper(paper: HandIn, lang: str) -> str:
    if lang != "lt":
        return paper.line()
    period = f", {paper.quarter} ketv." if paper.quarter else ""
    return f"{paper.what_lt}{period}: {', '.join(paper.payers)}, gauna {paper.to_lt}, iki {paper.by}, {paper.order_lt}"
