"""How a report says numbers, days and payers: in Lithuanian first, in English for the summary."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final

from shared.effects.letter import MONTHS_EN, MONTHS_LT, NO_BREAK_SPACE, UNWRITABLE
from shared.kernel.fund import Fund
from shared.kernel.money import Cents, euro
from shared.kernel.reason import REGISTER, Reason, kind_of

DASH: Final = "–"
MINUS: Final = "−"
TEENS: Final = range(11, 20)
FEW: Final = range(2, 10)
ROMAN: Final = ("I", "II", "III", "IV")

MONEY: Final = {"PSDF": "PSDF lėšos", "STATE": "valstybės biudžeto lėšos"}
"""The source of money, in brackets."""

SOURCES: Final = {"PSDF": "PSDF biudžeto lėšos", "STATE": "valstybės biudžeto lėšos (19 p.)"}

WAITS: Final = {"carried": "perkelta iš praėjusių metų", "none": "dar netikrinta"}
"""Why an accepted invoice waits, where no test failed; else the register tells it."""

CAUSES: Final = {
    "budget.adopted": "priimta nauja biudžeto redakcija",
    "distribution.adopted": "pakeistas lėšų paskirstymas",
    "surplus.allotted": "skirta viršplaninių pajamų",
    "invoice.accepted": "priimta kreditinė sąskaita",
    "recovery.set_off": "įskaityta žala",
    "payment.reported": "bankas grąžino mokėjimą",
    "administration.paid": "apmokėjus administravimo išlaidas, metų sumos nebeužtenka",
    "payer.merged": "sujungtos ligonių kasos",
    "day.started": "baigėsi metai",
}
"""Why a notice was withdrawn."""

STATUSES: Final = {
    "planned": "suplanuotas",
    "approved": "patvirtintas",
    "ordered": "pateiktas bankui",
    "done": "atliktas",
}
PARTS: Final = {"main": "pagrindinė dalis", "risk": "rizikos valdymo dalis"}


def money(cents: Cents, lang: str = "lt") -> str:
    """Cents as ``1 234 567,89`` (or ``1 234 567.89``), held together on one line; a minus is a real one."""
    return euro(cents, lang).replace(" ", NO_BREAK_SPACE).replace("-", MINUS)


def eur(cents: Cents, lang: str = "lt") -> str:
    """A sum with its currency, held together."""
    return f"{money(cents, lang)}{NO_BREAK_SPACE}{'EUR' if lang == 'en' else 'Eur'}"


def change(cents: Cents, lang: str = "lt") -> str:
    """A sum with its sign, also where it is above 0."""
    return f"{'+' if cents > 0 else ''}{money(cents, lang)}"


def change_eur(cents: Cents) -> str:
    """The same with its currency."""
    return f"{change(cents)}{NO_BREAK_SPACE}Eur"


def percent(part: Cents, whole: Cents) -> str:
    """A share of a whole with one decimal, rounded down, ``98,7 proc.``; a dash where the whole is 0."""
    if not whole:
        return DASH
    permille = abs(part) * 1000 // abs(whole)
    sign = "−" if (part < 0) != (whole < 0) and permille else ""
    return f"{sign}{permille // 10},{permille % 10}{NO_BREAK_SPACE}proc."


def percent_lt(hundredths: int) -> str:
    """A rate in hundredths of a percent: ``8,50 proc.``."""
    return f"{hundredths // 100},{hundredths % 100:02d}{NO_BREAK_SPACE}proc."


def day_lt(day: date) -> str:
    """A day as ``2022 m. kovo 5 d.``, held together."""
    return f"{day.year} m. {MONTHS_LT[day.month - 1]} {day.day} d.".replace(" ", NO_BREAK_SPACE)


def day_en(day: date) -> str:
    """A day as ``5 March 2022``, held together."""
    return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}".replace(" ", NO_BREAK_SPACE)


def number_lt(count: int, one: str, few: str, many: str) -> str:
    """A number with its noun in the right form: ``1 sąskaita``, ``2 sąskaitos``, ``10 sąskaitų``, ``21 sąskaita``."""
    last = count % 10
    noun = many if count % 100 in TEENS or last == 0 else few if last in FEW else one
    return f"{count}{NO_BREAK_SPACE}{noun}"


def payer_lt(fund: Fund, code: str) -> str:
    """A payer's Lithuanian name; its code where the fund does not know it."""
    return next((payer.name_lt for payer in fund.payers if payer.code == code), code)


def faults_lt(reasons: Iterable[Reason]) -> str:
    """Why it did not pass: each failed test with its numbers, or a clerk's own words.

    Where there is no surplus at all, that more was asked goes without saying.
    """
    told, reasons = [], tuple(reasons)
    none = any(reason.code == "no_surplus" for reason in reasons)
    for reason in (each for each in reasons if not (none and each.code == "more_than_surplus")):
        if "text" in reason.terms or reason.code not in REGISTER:
            told.append(str(reason.terms.get("text", reason.code)))
            continue
        terms = {n: eur(int(str(each))) if n.endswith("_cents") else each for n, each in reason.terms.items()}
        told.append(kind_of(reason.code, reason.rule).words["lt"].format(**terms))
    return "; ".join(told)


def waits_lt(code: str) -> str:
    """Why an accepted invoice waits, in a table."""
    return REGISTER[code].label["lt"] if code in REGISTER else WAITS.get(code, code)


def points_lt(reasons: Iterable[Reason]) -> str:
    """The points of the tests that failed: ``8 punktas``, ``8 ir 23 punktai``."""
    points = sorted({reason.rule for reason in reasons}, key=lambda rule: (len(rule), rule))
    return f"{points[0]} punktas" if len(points) == 1 else f"{', '.join(points[:-1])} ir {points[-1]} punktai"


def decided_by_lt(reasons: Iterable[Reason]) -> str:
    """The law of the tests that failed: who may decide stands in the Health Insurance Law, all else in the Rules."""
    told = tuple(reasons)
    of_rules = [reason for reason in told if reason.code != "wrong_decider"]
    law = ["SDĮ 23 str."] if len(of_rules) < len(told) else []
    return ", ".join([*law, *([f"Taisyklių {points_lt(of_rules)}"] if of_rules else [])])


def quarter_lt(quarter: int) -> str:
    """A quarter in the genitive: ``II ketvirčio``."""
    return f"{ROMAN[quarter - 1]}{NO_BREAK_SPACE}ketvirčio"


def safe(text: str) -> str:
    """Text that the report's font can draw; what it can't is told by its code."""
    normal = unicodedata.normalize("NFC", text)
    return UNWRITABLE.sub(lambda c: c[0] if c[0] == MINUS else f"<U+{ord(c[0]):04X}>", normal)
