"""How a report says sums, days and payers: in the fund's own language, in English for the summary."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Final

from shared.kernel.fund import Fund
from shared.kernel.language import EN, LANGUAGES, NO_BREAK_SPACE, UNWRITABLE, Language
from shared.kernel.money import Cents
from shared.kernel.reason import REGISTER, Reason, register_words
from shared.kernel.reason import label as label_of

DASH: Final = "–"
MINUS: Final = "−"
ROMAN: Final = ("I", "II", "III", "IV")
WAITS: Final = ("carried", "none")
"""Why an accepted invoice waits, where no test failed; else the register tells it."""


class Voice:
    """How a language writes sums, numbers and days; ``voice(key, term=...)`` is the sentence of a key."""

    def __init__(self, language: Language) -> None:
        """Take the language."""
        self.language = language

    def __call__(self, key: str, **terms: object) -> str:
        """The words of a key. Raises KeyError for a key that the language does not have."""
        return self.language.words[key].format(**terms)

    def has(self, key: str) -> bool:
        """Whether the language has words for a key; an empty text leaves it out."""
        return bool(self.language.words.get(key))

    # --- sums and numbers

    def money(self, cents: Cents) -> str:
        """Cents as ``1 234 567,89``, held together on one line; a minus is a real one."""
        return self.language.sum_of(cents).replace(" ", NO_BREAK_SPACE).replace("-", MINUS)

    def eur(self, cents: Cents) -> str:
        """A sum with its currency, held together."""
        return f"{self.money(cents)}{NO_BREAK_SPACE}{self.language.currency}"

    def change(self, cents: Cents) -> str:
        """A sum with its sign, also where it is above 0."""
        return f"{'+' if cents > 0 else ''}{self.money(cents)}"

    def change_eur(self, cents: Cents) -> str:
        """The same with its currency."""
        return f"{self.change(cents)}{NO_BREAK_SPACE}{self.language.currency}"

    def percent(self, part: Cents, whole: Cents) -> str:
        """A share of a whole with one decimal, rounded down, ``98,7 proc.``; a dash where the whole is 0."""
        if not whole:
            return DASH
        permille = abs(part) * 1000 // abs(whole)
        sign = MINUS if (part < 0) != (whole < 0) and permille else ""
        return self._percent(f"{sign}{permille // 10}{self.language.decimal}{permille % 10}")

    def rate(self, hundredths: int) -> str:
        """A rate in hundredths of a percent: ``8,50 proc.``."""
        return self._percent(f"{hundredths // 100}{self.language.decimal}{hundredths % 100:02d}")

    def _percent(self, number: str) -> str:
        return self.language.percent.format(number=number).replace(" ", NO_BREAK_SPACE)

    def number(self, count: int, key: str) -> str:
        """A number with its noun in the right form: ``1 sąskaita``, ``2 sąskaitos``, ``10 sąskaitų``."""
        return self.counted(count, *self(key).split("|"))

    def counted(self, count: int, *forms: str) -> str:
        """The same, of the noun's forms."""
        return f"{count}{NO_BREAK_SPACE}{forms[self.language.form(count)]}"

    # --- days

    def day(self, day: date) -> str:
        """A day in words, held together: ``2022 m. kovo 5 d.``."""
        return self.spaced(day).replace(" ", NO_BREAK_SPACE)

    def spaced(self, day: date) -> str:
        """The same, with blanks that may break."""
        return self.language.day.format(year=day.year, month=self.language.months[day.month - 1], day=day.day)

    def quarter(self, quarter: int) -> str:
        """A quarter in the genitive: ``II ketvirčio``."""
        return self("quarter", roman=ROMAN[quarter - 1]).replace(" ", NO_BREAK_SPACE)


class Say(Voice):
    """The voice of a fund's papers: it knows the fund's names, and why its tests failed."""

    def __init__(self, fund: Fund, lang: str = "") -> None:
        """Speak the fund's own language, or the one of a tag."""
        self.fund, self.lang = fund, lang or fund.languages[0]
        super().__init__(LANGUAGES[self.lang])

    def payer(self, code: str) -> str:
        """A payer's name; its code where the fund does not know it."""
        payer = self.fund.payer(code)
        return code if payer is None else payer.name_en if self.language.code == EN else payer.name_lt

    def money_of(self, source: str) -> str:
        """Whose money, in brackets."""
        return self(f"money.{source}")

    def source(self, source: str) -> str:
        """Whose money, in a table."""
        return self(f"source.{source}")

    def faults(self, reasons: Iterable[Reason]) -> str:
        """Why it did not pass: each failed test with its numbers, or a clerk's own words.

        Where there is no surplus at all, that more was asked goes without saying.
        """
        told, reasons = [], tuple(reasons)
        none = any(reason.code == "no_surplus" for reason in reasons)
        for reason in (each for each in reasons if not (none and each.code == "more_than_surplus")):
            if "text" in reason.terms or reason.code not in REGISTER:
                told.append(str(reason.terms.get("text", reason.code)))
                continue
            terms = {n: self.eur(int(str(each))) if n.endswith("_cents") else each for n, each in reason.terms.items()}
            told.append(register_words(reason.code, reason.rule, self.lang).format(**terms))
        return "; ".join(told)

    def waits(self, code: str) -> str:
        """Why an accepted invoice waits, in a table."""
        if code in REGISTER:
            return label_of(code, self.lang)
        return self(f"waits.{code}") if code in WAITS else code

    def points(self, reasons: Iterable[Reason]) -> str:
        """The points of the tests that failed: ``8 punktas``, ``8 ir 23 punktai``."""
        points = sorted({reason.rule for reason in reasons}, key=lambda rule: (len(rule), rule))
        if len(points) == 1:
            return self("point", point=points[0])
        return self("points", points=", ".join(points[:-1]), last=points[-1])

    def decided_by(self, reasons: Iterable[Reason]) -> str:
        """The law of the tests that failed: who may decide stands in the insurance law, all else in the Rules."""
        told = tuple(reasons)
        of_rules = [reason for reason in told if reason.code != "wrong_decider"]
        law = [self("of_law")] if len(of_rules) < len(told) else []
        return ", ".join([*law, *([self("of_rules", points=self.points(of_rules))] if of_rules else [])])


def safe(text: str) -> str:
    """Text that the report's font can draw; what it can't is told by its code."""
    normal = unicodedata.normalize("NFC", text)
    return UNWRITABLE.sub(lambda c: c[0] if c[0] == MINUS else f"<U+{ord(c[0]):04X}>", normal)
