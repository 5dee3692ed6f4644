"""18. The letter: four sums, points of law, covered invoices; the same notice gives the same bytes."""

import hashlib
import io
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from shared.effects.letter import overrun_letter

Notice = dict[str, object]


def notice(rows: int = 1, **changes: object) -> Notice:
    """The notice of the worked start, with as many invoices as asked."""
    return {
        "notice_no": "2022-04-1",
        "year": 2022,
        "article": "04",
        "article_name": "Ortopedijos techninės priemonės",
        "allotted_cents": 1_721_000_000,
        "transferred_cents": 1_720_000_000,
        "exceeding_cents": 2_000_000,
        "planned_cents": 2_000_000,
        "prepared_on": "2022-03-05",
        "invoices": [invoice(f"300111224/A{n}") for n in range(2, rows + 2)],
        **changes,
    }


def invoice(invoice_id: str, **changes: object) -> Notice:
    return {
        "invoice_id": invoice_id,
        "provider_code": "300111224",
        "amount_cents": 3_000_000,
        "over_cents": 2_000_000,
        "accepted_on": "2022-03-04",
        "due_on": "2022-04-04",
        **changes,
    }


def pages(letter: bytes) -> list[str]:
    """The text of each page, blanks of every kind as one space."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(letter)).pages]


def unbroken(text: str) -> str:
    return text.replace(" ", "")


def test_18_the_letter_tells_the_four_sums_under_its_points_of_law() -> None:
    letter, annex = pages(overrun_letter(notice()))
    assert "Lietuvos Respublikos sveikatos apsaugos ministerijai" in letter
    assert "191351679" in letter
    assert "2022-03-05 Nr. 2022-04-1" in letter
    assert "prie Sveikatos apsaugos ministerijos 2022 m. kovo 5 d. rašto Nr. 2022-04-1 priedas" in annex
    assert "04 „Ortopedijos techninės priemonės“" in letter
    for law in ("nutarimu Nr. 589", "Nr. 1181 redakcija", "18 punktu", "14 straipsnio 3 dalimi", "kokia lėšų suma yra"):
        assert law in letter
    sums = ("17 210 000,00 Eur", "17 200 000,00 Eur", "20 000,00 Eur", "20 000,00 Eur")
    labels = (
        "Skirta lėšų suma",
        "Pervesta lėšų suma",
        "Numatytus asignavimus viršijanti lėšų suma",
        "Numatoma pervesti lėšų suma",
    )
    at = 0
    for label, amount in zip(labels, sums, strict=True):
        at = letter.index(amount, letter.index(label, at))
    assert "300111224/A2 300111224 2022-03-04 2022-04-04 30 000,00 20 000,00" in annex
    assert "Iš viso (sąskaitų – 1) 30 000,00 20 000,00" in annex
    assert "nelaukiama" not in letter
    assert "elektroniniu būdu" not in letter


def test_V11_the_letter_names_who_signs_and_leaves_the_line_where_nobody_is_named() -> None:
    nobody = pages(overrun_letter(notice(office="Direktorius")))[0]
    assert "Direktorius (parašas) (vardas, pavardė)" in nobody
    somebody = notice(office="Direktorius", signed_by="Vardas Pavardaitis", address="Gatvės g. 1, Vilnius",
                      prepared_by="Vardenė Pavardenė", contacts="tel. 1, el. p. a@b.lt")  # fmt: skip
    letter = pages(overrun_letter(somebody))[0]
    assert "(vardas, pavardė)" not in letter
    for told in (
        "Vardas Pavardaitis",
        "Biudžetinė įstaiga, Gatvės g. 1, Vilnius.",
        "Vardenė Pavardenė, tel. 1, el. p.",
    ):
        assert told in letter


def test_V11_the_annex_names_the_providers_and_the_months() -> None:
    rows = [invoice("300111224/A2", service_month="2022-02"), invoice("300111225/B", provider_code="300111225")]
    annex = pages(overrun_letter(notice(invoices=rows), {"300111224": "VšĮ Klinika"}))[1]
    assert "300111224/A2 VšĮ Klinika, 300111224 2022-02 2022-03-04" in annex
    assert "300111225/B 300111225 2022-03-04" in annex


def test_23_over_plan_revenue_is_told_apart_in_what_is_allotted() -> None:
    assert "ir papildomai skirtos" not in pages(overrun_letter(notice()))[0]
    letter = pages(overrun_letter(notice(surplus_cents=2_000_000_000)))[0]
    assert "metų asignavimai ir papildomai skirtos viršplaninės pajamos (20 000 000,00 Eur, Taisyklių 23" in letter


def test_every_lithuanian_letter_is_written_and_read_back() -> None:
    letters = "ą č ę ė į š ų ū ž Ą Č Ę Ė Į Š Ų Ū Ž"
    assert letters in pages(overrun_letter(notice(article_name=letters)))[0]


@pytest.mark.parametrize("name", ["", "04"])
def test_an_article_without_a_name_is_called_by_its_code(name: str) -> None:
    letter = pages(overrun_letter(notice(article_name=name)))[0]
    assert "straipsnyje 04 numatyti" in letter
    assert f"„{name}“" not in letter


def test_the_same_notice_gives_the_same_bytes_in_another_process_too() -> None:
    first = overrun_letter(notice(40))
    assert overrun_letter(notice(40)) == first
    assert overrun_letter(notice(40, prepared_on=date(2022, 3, 5))) == first
    program = (
        "import hashlib, json, sys; from shared.effects.letter import overrun_letter;"
        "print(hashlib.sha256(overrun_letter(json.load(sys.stdin))).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(notice(40)),
        text=True,
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"TZ": "Asia/Tokyo"},
    )
    assert told.stdout.strip() == hashlib.sha256(first).hexdigest()
    assert overrun_letter(notice(41)) != first


@pytest.mark.parametrize(
    "number",
    [
        '*bold* _it_ #panic("x") $a$ <lab> @ref `c` // c',
        "#sys.inputs",
        "\\u{41} ~ -- --- ... \"q\" 'q' [x] {y} = h",
        "/* */ #set page(width: 1pt)",
    ],
)
def test_what_looks_like_typst_source_stays_text(number: str) -> None:
    letter = pages(overrun_letter(notice(article_name=number, invoices=[invoice(f"300111224/{number}")])))
    assert f"„{number}“" in letter[0]
    assert unbroken(f"300111224/{number}") in unbroken(letter[1])


def test_what_the_font_cannot_draw_is_told_by_its_code() -> None:
    annex = pages(overrun_letter(notice(invoices=[invoice("3/\u4e2d\x00\u202e1")])))[1]
    assert unbroken("3/<U+4E2D><U+0000><U+202E>1") in unbroken(annex)


def test_a_long_number_breaks_and_stays_in_its_column() -> None:
    number = "300111224/" + "A1B2C3D4E5" * 20
    annex = pages(overrun_letter(notice(invoices=[invoice(number, provider_code="3" * 40)])))[1]
    assert number in unbroken(annex)
    assert "30 000,00 20 000,00" in annex


def test_two_thousand_invoices_repeat_the_header_and_add_up() -> None:
    rows = [invoice(f"300111224/A{n}", amount_cents=100_000_000 + n, over_cents=n) for n in range(1, 2001)]
    _, *annex = pages(overrun_letter(notice(invoices=rows)))
    assert len(annex) > 40
    for page in annex:
        assert "Ūkio subjektas, jo kodas" in page
        assert "Nr. 2022-04-1" in page
    text = " ".join(annex)
    assert all(f"300111224/A{n} " in text for n in range(1, 2001))
    assert "Iš viso (sąskaitų – 2000) 2 000 020 010,00 20 010,00" in annex[-1]
    assert f"{len(annex) + 1} / {len(annex) + 1}" in annex[-1]


def test_the_letter_can_be_archived_and_read_aloud() -> None:
    letter = PdfReader(io.BytesIO(overrun_letter(notice())))
    assert letter.metadata is not None
    assert letter.metadata.title == "Pranešimas Nr. 2022-04-1"
    assert str(letter.root_object["/Lang"]) == "lt"
    xmp = letter.root_object["/Metadata"].get_object().get_data().decode()  # type: ignore[union-attr]
    assert "pdfaid" in xmp
    assert "pdfuaid" in xmp


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"planned_cents": "20000"}, "notice 2022-04-1: planned_cents is a whole number, not '20000'"),
        ({"planned_cents": None}, "notice 2022-04-1: planned_cents"),
        ({"prepared_on": "5 March"}, "notice 2022-04-1: prepared_on is a date YYYY-MM-DD, not '5 March'"),
        ({"article": 4}, "notice 2022-04-1: article is a text, not 4"),
        ({"invoices": "A2"}, "notice 2022-04-1: invoices is a list"),
        ({"invoices": [{"invoice_id": "3/1"}]}, "invoice 3/1: amount_cents is a whole number, not None"),
    ],
)
def test_a_notice_that_lacks_something_is_named(changes: Notice, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        overrun_letter(notice() | changes)
