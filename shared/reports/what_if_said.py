"""The answer of a what-if in words, Lithuanian or English: totals, what differs by day, and what waits at the end."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from shared.kernel.language import LANGUAGES
from shared.kernel.money import Cents
from shared.kernel.reason import REGISTER
from shared.reports.flow import Flow
from shared.reports.what_if import DAYS_SHORT, Answer, Line

if TYPE_CHECKING:
    from datetime import date

KINDS: Final = {
    "paid": ("apmokėta", "paid"),
    "deferred": ("atidėta", "deferred"),
    "notified": ("pranešta ministerijai", "notified"),
    "late": ("vėluoja", "late"),
    "short": ("trūksta lėšų", "short"),
    DAYS_SHORT: ("dienos, kai trūksta lėšų", "days short of cash"),
}
_REFUSED: Final = tuple(
    (re.compile(pattern), lithuanian)
    for pattern, lithuanian in (
        (r"article (.+): (\d+) has no budget with it", "{1} m. biudžeto su {0} straipsniu nėra"),
        (r"(\d+) has a budget already: ask from a journal of before it", "{0} m. biudžetas jau yra: klauskite pagal ankstesnį žurnalą"),
        (r"(\d+): its start is not between (\S+) and (\S+), or (\d+) has no budget", "{0} m. pradžia ne tarp {1} ir {2}, arba nėra {3} m. biudžeto"),
    )
)  # fmt: skip


def refused(why: str, lang: str) -> str:
    """Why a question can't be asked of a journal; in English where the Lithuanian of it is not known."""
    found = ((pattern.fullmatch(why), lithuanian) for pattern, lithuanian in _REFUSED)
    said = (lithuanian.format(*match.groups()) for match, lithuanian in found if match)
    return next(said, why) if lang == "lt" else why


def text(answer: Answer, lang: str = "en") -> str:
    """All of it, a line each: as it is -> with the change."""
    return "\n".join(_lines(answer, lang)) + "\n"


def kind(code: str, lang: str) -> str:
    """What a sum is of, in words."""
    return KINDS[code][lang != "lt"]


def assumed(comes: Flow, lang: str, currency: str = "EUR") -> str:
    """What both plays assume to come."""
    if not comes.year:
        return _t(
            lang,
            "Nei sąskaitų, nei pinigų neateina: tik tai, kas jau priimta.",
            "No invoices and no money come: only what is accepted already.",
        )
    invoiced, credited = (_eur(each, lang, currency) for each in (comes.invoiced_cents, comes.credited_cents))
    return _t(
        lang,
        f"Ateina kaip {comes.year} m.: sąskaitų {comes.invoices} ({invoiced}), į sąskaitas įskaitoma {credited}.",
        f"What comes is like {comes.year}: {comes.invoices} invoices ({invoiced}), {credited} credited to the accounts.",
    )


def waits_for(reason: str, lang: str) -> str:
    """Why something waits, in words where the register has them; in English by its code, as other answers name it."""
    known = REGISTER.get(reason)
    return (known.label.get(lang) if known and lang == "lt" else None) or reason


def _t(lang: str, lt: str, en: str) -> str:
    return lt if lang == "lt" else en


def _eur(cents: Cents, lang: str, currency: str) -> str:
    return f"{LANGUAGES[lang].sum_of(cents)} {_t(lang, 'Eur', currency)}"


def _lines(answer: Answer, lang: str) -> Iterator[str]:
    yield _t(
        lang,
        f"Nuo {answer.today} iki {answer.horizon}, kaip yra -> su pakeitimu:",
        f"From {answer.today} to {answer.horizon}, as it is -> with the change:",
    )
    for total in answer.totals():
        counts = f"{total.baseline_count} -> {total.changed_count}"
        sums = f"{LANGUAGES[lang].sum_of(total.baseline)} -> {_eur(total.changed, lang, answer.currency)} ({counts})"
        yield f"{kind(total.kind, lang)}: {counts if total.kind == DAYS_SHORT else sums}"
    yield assumed(answer.comes, lang, answer.currency)
    alike: dict[str, list[date]] = {}
    for line in answer.differences():
        alike.setdefault(_difference(line, lang, answer.currency), []).append(line.day)
    many = f"{len(alike)} difference{'' if len(alike) == 1 else 's'}"
    yield f"{_t(lang, f'Skirtumų: {len(alike)}', many)}{':' if alike else ''}"
    for what, days in alike.items():
        span = f"{days[0]} {_t(lang, 'iki', 'to')} {days[-1]}, {len(days)} {_t(lang, 'd.', 'days')},"
        yield f"{days[0] if len(days) == 1 else span} {what}"
    for article, reason, before, after in answer.waits():
        sums = f"{LANGUAGES[lang].sum_of(before.cents)} -> {_eur(after.cents, lang, answer.currency)}"
        yield _t(
            lang,
            f"pabaigoje {article} straipsnyje laukia ({waits_for(reason, lang)}): {sums}",
            f"at the end, article {article} waits ({waits_for(reason, lang)}): {sums}",
        )


def _difference(line: Line, lang: str, currency: str) -> str:
    article = _t(lang, f"{line.article} straipsnis", f"article {line.article}")
    where = article if line.article else _t(lang, "sąskaita banke", "account")
    counts = f"({line.baseline_count} -> {line.changed_count})"
    return f"{where} {kind(line.kind, lang)}: {LANGUAGES[lang].sum_of(line.baseline)} -> {_eur(line.changed, lang, currency)} {counts}"
