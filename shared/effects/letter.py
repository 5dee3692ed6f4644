"""The letter that tells the Ministry of Health of an overrun, as a PDF (point 18 of the Rules, HIL 14(3)).

18. "... Valstybinė ligonių kasa, prieš apmokėdama sutartis sudariusių ūkio subjektų pateiktas sąskaitas, kai viršijami
atitinkamame išlaidų straipsnyje numatyti asignavimai, raštu informuoja Sveikatos apsaugos ministeriją, kokia lėšų suma
yra skirta, kokia lėšų suma pervesta, kokia lėšų suma viršija numatytus asignavimus ir kokią lėšų sumą, vadovaujantis
Sveikatos draudimo įstatymo 14 straipsnio 3 dalimi, numatoma pervesti."

The text stands in ``overrun.typ``, or in the template that a fund's file names. What varies travels to it as JSON, as
words and never as source, so no number of an invoice can become markup. No clock, no font of the machine: the same
notice gives the same bytes, for as long as template and typst stay the same. The ministry refuses other bytes under a
number, so who delivers a letter keeps its bytes until the receipt is there. The PDF is PDF/A-2a and PDF/UA-1: it can
be archived, and read aloud.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

import typst

from shared.kernel.fund import Fund
from shared.kernel.language import LANGUAGES, LT, NO_BREAK_SPACE, UNWRITABLE, Language
from shared.kernel.value import value

TEMPLATE = Path(__file__).with_name("overrun.typ")
SUMS = ("allotted", "transferred", "exceeding", "planned")
LETTERHEAD = ("office", "signed_by", "address", "prepared_by", "contacts")


@value
class Form:
    """What a fund's letters are written in: the template in Typst, and the language of its sums and days."""

    template: bytes
    language: Language


def form_of(fund: Fund) -> Form:
    """The form of a fund's letters: its own template, or the packaged one."""
    return Form(template=fund.letter or TEMPLATE.read_bytes(), language=LANGUAGES[fund.languages[0]])


def overrun_letter(
    notice: Mapping[str, object], names: Mapping[str, str] = MappingProxyType({}), form: Form | None = None
) -> bytes:
    """Write the letter of a prepared notice, with its annex of the covered invoices, in the form of a fund.

    Without a form it is that of the packaged fund, in Lithuanian.

    ``notice`` is the data of ``notice.prepared``: ``notice_no, year, article, article_name`` (may be empty), the four
    sums ``allotted_cents, transferred_cents, exceeding_cents, planned_cents``, ``prepared_on``, and ``invoices``, each
    ``invoice_id, provider_code, amount_cents, over_cents, accepted_on, due_on``. May be left out: ``surplus_cents``
    (over-plan revenue in the allotted sum), ``office, signed_by`` (else a line is left), ``address, prepared_by,
    contacts``, and an invoice's ``service_month``. ``names`` are the providers' by their codes. Sums are whole cents,
    dates are ISO strings or ``date``. The only sums computed here are those of the annex's last line. It takes some
    30 ms, and a second or two for a thousand invoices: not for an event loop's thread.

    Raises ValueError, naming the field, for a notice that lacks one or holds something else in it.
    """
    form = form or Form(template=TEMPLATE.read_bytes(), language=LANGUAGES[LT])
    words = json.dumps(_words(notice, names, form.language), ensure_ascii=False, sort_keys=True)
    return typst.compile(
        form.template,
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"notice": words},
        pdf_standards=["a-2a", "ua-1"],
    )


@cache
def _fonts() -> typst.Fonts:
    """Take the fonts inside typst and no others: the letter is the same on each machine."""
    return typst.Fonts(include_system_fonts=False)


def _words(notice: Mapping[str, object], names: Mapping[str, str], language: Language) -> dict[str, object]:
    """Put the notice as the template reads it: all in words of the language."""

    def money(cents: int) -> str:
        return language.sum_of(cents).replace(" ", NO_BREAK_SPACE)

    prepared_on = _day(notice, "prepared_on")
    article, name = _text(notice, "article"), _text(notice, "article_name")
    name = "" if name == article else name  # no edition of the budget names it
    rows = _invoices(notice)
    return {
        "sums": {name: money(_whole(notice, f"{name}_cents")) for name in SUMS},
        "surplus": money(surplus) if (surplus := _whole(notice, "surplus_cents", 0)) else "",
        **{name: _text(notice, name, "") for name in LETTERHEAD},
        "notice_no": _text(notice, "notice_no"),
        "year": str(_whole(notice, "year")),
        "article": article,
        "article_name": name,
        "prepared": {"year": prepared_on.year, "month": prepared_on.month, "day": prepared_on.day},
        "prepared_on": prepared_on.isoformat(),
        "prepared_in_words": language.day.format(**_parts(prepared_on, language)),
        "unit": language.currency,
        "count": str(len(rows)),
        "amount_total": money(sum(_whole(row, "amount_cents") for row in rows)),
        "over_total": money(sum(_whole(row, "over_cents") for row in rows)),
        "invoices": [
            {
                "no": str(number),
                "invoice_id": _text(row, "invoice_id"),
                "provider_code": _text(row, "provider_code"),
                "provider": drawable(names.get(_text(row, "provider_code"), "")),
                "month": _text(row, "service_month", ""),
                "accepted_on": _day(row, "accepted_on").isoformat(),
                "due_on": _day(row, "due_on").isoformat(),
                "amount": money(_whole(row, "amount_cents")),
                "over": money(_whole(row, "over_cents")),
            }
            for number, row in enumerate(rows, start=1)
        ],
    }


def _parts(day: date, language: Language) -> dict[str, object]:
    return {"year": day.year, "month": language.months[day.month - 1], "day": day.day}


def drawable(text: str) -> str:
    """A text of which the letter's font draws every character; what it can't is told by its code."""
    return UNWRITABLE.sub(lambda c: f"<U+{ord(c[0]):04X}>", unicodedata.normalize("NFC", text))


def _invoices(notice: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    rows = notice.get("invoices")
    if isinstance(rows, list | tuple) and all(isinstance(row, Mapping) for row in rows):
        return rows
    raise ValueError(f"notice {notice.get('notice_no')}: invoices is a list of covered invoices, not {rows!r}")


def _text(record: Mapping[str, object], field: str, absent: str | None = None) -> str:
    value = record.get(field, absent)
    if isinstance(value, str):
        return drawable(value)
    raise ValueError(f"{_name(record)}: {field} is a text, not {value!r}")


def _whole(record: Mapping[str, object], field: str, absent: int | None = None) -> int:
    value = record.get(field, absent)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"{_name(record)}: {field} is a whole number, not {value!r}")


def _day(record: Mapping[str, object], field: str) -> date:
    value = record.get(field)
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{_name(record)}: {field} is a date YYYY-MM-DD, not {value!r}") from None


def _name(record: Mapping[str, object]) -> str:
    """Call the record as a person does: by its notice or invoice number."""
    return f"notice {record['notice_no']}" if "notice_no" in record else f"invoice {record.get('invoice_id')}"
