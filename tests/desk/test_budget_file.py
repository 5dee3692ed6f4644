"""A budget's file fills the form as it was written, to the cent; what is wrong in it is named with its line."""

import json
from typing import Any

import pytest

from shared.desk.acts import ACTS
from shared.desk.budget_file import MAX_BYTES, MOST_FAULTS, budget_of, filled
from shared.desk.budget_parts import BUDGET, rows_of
from shared.desk.forms import Fault, read
from shared.desk.person import Person
from tests.runtime.funds import FUND

PLANNER = Person(name="Petras Petraitis", role="planner", payer="VLK", token_sha256="0" * 64)
PLAIN = """part,code,name,amount_eur,health_care,sodra
year,2023,,,,
edition,1,,,,
law,XIV-1650,,,,
in_force_from,2023-01-01,,,,
revenue,01.01,Įmokos,3000000.03,,yes
revenue_total,,,3000000.03,,
expenses,04,"Ortopedija, ir kita",2000000.03,yes,
expenses,07,„Sodros“ sąnaudos,1000000,,yes
expenses_total,,,3000000.03,,
working_capital,,,0,,
reserve_main,,,45000.00,,
reserve_risk,,,0,,
state_funds,,,0,,
"""
LITHUANIAN = """Kas;Kodas;Pavadinimas;Suma, Eur;Sveikatos priežiūra;„Sodra“
Metai;2023;;;;
Redakcija;1;;;;
Įstatymas;XIV-1650;;;;
Įsigalioja;2023-01-01;;;;
Pajamos;01.01;Įmokos;3 000 000,03;;taip
Pajamų iš viso, Eur;;;3000000,03;;
Išlaidos;04;Ortopedija, ir kita;2 000 000,03;Taip;ne
Išlaidos;07;„Sodros“ sąnaudos;1000000;;x
Išlaidų iš viso, Eur;;;3 000 000,03;;
;;;;;
Apyvartos lėšos, Eur;;;0;;
Rezervo pagrindinė dalis, Eur;;;45000,00;;
Rezervo rizikos valdymo dalis, Eur;;;0;;
Valstybės biudžeto lėšos (19 p.), Eur;;;0;;
"""
DATA: dict[str, Any] = {
    "year": 2023, "edition": 1, "law": "XIV-1650", "in_force_from": "2023-01-01",
    "revenue": [{"code": "01.01", "name": "Įmokos", "sodra": True, "amount_cents": 3_000_000_03}],
    "revenue_total_cents": 3_000_000_03,
    "expenses": [
        {"article": "04", "name": "Ortopedija, ir kita", "health_care": True, "sodra": False, "amount_cents": 2_000_000_03},
        {"article": "07", "name": "„Sodros“ sąnaudos", "health_care": False, "sodra": True, "amount_cents": 1_000_000_00},
    ],
    "expenses_total_cents": 3_000_000_03, "working_capital_cents": 0, "reserve_main_cents": 45_000_00,
    "reserve_risk_cents": 0, "state_funds_cents": 0, "reserve_transfer_cents": 0, "working_capital_before_cents": None,
}  # fmt: skip


def said(content: bytes) -> list[str]:
    """What is wrong with a file, in English."""
    return [fault.said("en") for fault in faults_of(content)]


def faults_of(content: bytes) -> list[Fault]:
    return filled(FUND, PLANNER, content, {})[1]


def data_of(content: bytes) -> dict[str, Any]:
    now, faults = filled(FUND, PLANNER, content, {})
    assert faults == []
    return read(BUDGET, now)[0]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + LITHUANIAN.replace("\n", "\r\n").encode(),
        LITHUANIAN.replace(" 000", "\u00a0000").encode(),
        json.dumps(DATA).encode(),
        json.dumps({"type": "budget.approved", "data": DATA}, ensure_ascii=False, indent=1).encode(),
    ],
    ids=["plain", "as a spreadsheet writes it", "with no-break spaces", "JSON", "the whole event"],
)
def test_each_kind_of_file_says_the_same_budget_to_the_cent(content: bytes) -> None:
    assert data_of(content) == DATA


def test_what_rows_of_gives_is_what_is_read() -> None:
    lines = [f"part,{','.join(columns)}" for columns in [("code", "name", "amount_eur", "health_care", "sodra")]]
    for part, cells in rows_of(DATA):
        amount = f"{cells['amount'] / 100:.2f}" if "amount" in cells else ""
        ticks = ("yes" if cells.get(key) else "" for key in ("health_care", "sodra"))
        lines.append(",".join((part, cells.get("code", ""), f'"{cells.get("name", "")}"', amount, *ticks)))
    assert data_of("\n".join(lines).encode()) == DATA


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty"),
        (b" \r\n\r\n", "The file is empty"),
        (b";;;\n;;;\n", "The file is empty"),
        (PLAIN.encode("utf-16"), "Line 1: no UTF-8; save it as “CSV UTF-8” in the spreadsheet"),
        (PLAIN.encode("cp1257"), "Line 6: no UTF-8; save it as “CSV UTF-8” in the spreadsheet"),
        (b"x" * (MAX_BYTES + 1), f"The file has {MAX_BYTES + 1} bytes, and {MAX_BYTES} are the most"),
        (PLAIN.encode() + b"expenses,9,x,1,,\n" * 10_000, "The file has 10014 lines, and 1100 are the most"),
        (PLAIN.replace("part,code", "part,colour").encode(), "Line 1: there is no column “colour”"),
        (PLAIN.replace("part,code", "part,name").encode(), "Line 1: column “Name” stands twice"),
        (PLAIN.replace(",amount_eur", ",").encode(), "Line 1: there is no column “Sum, EUR”"),
        (PLAIN.replace("law,XIV", 'law,"XIV').encode(), "Line 4: no CSV: a cell between quotes has ended, and no separator follows; quotes within a cell are written twice"),
        (PLAIN.replace("law,XIV", 'law,"XIV').replace('"Ortopedija, ir kita"', "x").encode(), "Line 4: no CSV: a cell begins with a quote and does not end"),
        (PLAIN.replace("XIV", "X" * 140_000).encode(), "Line 4: no CSV: a cell is too long"),
        (b"[" * 200_000, "It is no JSON: brackets within brackets go too deep"),
        (b'{"law": "\\ud800"}', "It is no JSON: a text has half a character: \\ud800"),
        (b'{"year": ' + b"1" * 5_000 + b"}", "It is no JSON: a number is too long"),
        (b"[]", "data: not a JSON object"),
        (b'{"law": "a", "law": "b"}', "law stands twice in one object"),
        (json.dumps(dict.fromkeys(map(str, range(80_000)), 1)).encode(), "0: a budget has no such field"),
        (b'{"colour": 1}', "colour: a budget has no such field"),
        (b'{"revenue_total_cents": "100"}', 'revenue_total_cents: "100" is not a whole number of cents'),
        (b'{"revenue_total_cents": 1.5}', "revenue_total_cents: 1.5 is not a whole number of cents"),
        (b'{"revenue_total_cents": true}', "revenue_total_cents: true is not a whole number of cents"),
        (b'{"year": NaN}', "year: NaN is not a whole number"),
        (b'{"law": ["XIV"]}', 'law: ["XIV"] is not a text'),
        (b'{"expenses": {}}', "expenses: not a list"),
        (b'{"expenses": [1]}', "expenses.0: not a JSON object"),
        (b'{"expenses": [{"sodra": "no"}]}', 'expenses.0.sodra: "no" is not true or false'),
        (json.dumps({"expenses": [{}] * 10_000}).encode(), "expenses: 10000 lines, and 500 are the most"),
    ],
)  # fmt: skip
def test_a_file_that_fills_nothing_says_why_and_what_was_written_stays(content: bytes, why: str) -> None:
    before = {"law": "XIV-1", "expenses.0.article": "04"}
    now, faults = filled(FUND, PLANNER, content, before)
    assert why in [fault.said("en") for fault in faults]
    assert all(fault.key == "file" and fault.said("lt") != fault.said("en") for fault in faults)
    assert now == before


@pytest.mark.parametrize(
    ("content", "lt", "en"),
    [
        (b"{", '1 eilutė, 2 simbolis: reikia lauko vardo tarp kabučių "; čia eilutės galas', "line 1, column 2: a field's name between quotes \" is needed; here the line ends"),
        (b"{'law': 1}", "1 eilutė, 2 simbolis: reikia lauko vardo tarp kabučių \"; čia: 'law': 1}", "line 1, column 2: a field's name between quotes \" is needed; here: 'law': 1}"),
        (b'{\r\n "year": 2023\r\n "law": "XIV"\r\n}', '3 eilutė, 2 simbolis: reikia kablelio arba skliausto pabaigos; čia: "law": "XIV"', 'line 3, column 2: a comma or a closing bracket is needed; here: "law": "XIV"'),
        (b'{"year" 2023}', "1 eilutė, 9 simbolis: reikia dvitaškio; čia: 2023}", "line 1, column 9: a colon is needed; here: 2023}"),
        (b'{"year": }', "1 eilutė, 10 simbolis: reikia reikšmės; čia: }", "line 1, column 10: a value is needed; here: }"),
        (b'{"law": "XIV', '1 eilutė, 9 simbolis: tekstas nesibaigia: trūksta kabučių "; čia: "XIV', 'line 1, column 9: a text does not end: a quote " is missing; here: "XIV'),
        (b'{"law": "XIV\n"}', "1 eilutė, 13 simbolis: tekstas laužomas per dvi eilutes; čia eilutės galas", "line 1, column 13: a text is broken over two lines; here the line ends"),
        (b'{"law": "a\\x"}', '1 eilutė, 11 simbolis: po ženklo \\ stovi ne tai, ką žino JSON; čia: \\x"}', 'line 1, column 11: what stands after \\ is not known to JSON; here: \\x"}'),
        (b"{} {}", "1 eilutė, 4 simbolis: JSON baigėsi, o failas ne; čia: {}", "line 1, column 4: the JSON has ended, and the file has not; here: {}"),
    ],
)  # fmt: skip
def test_where_json_breaks_off_is_said_in_both_languages_with_what_stands_there(
    content: bytes, lt: str, en: str
) -> None:
    (fault,) = faults_of(content)
    assert (fault.said("lt"), fault.said("en")) == (f"Tai ne JSON: {lt}", f"It is no JSON: {en}")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("2000000.03", '"1.234,50"', "Line 8: Sum, EUR: “1.234,50” is not a sum in euros, such as 1 234,56"),
        ("2000000.03", "-5", "Line 8: Sum, EUR: “-5” is not a sum in euros, such as 1 234,56"),
        ("2000000.03", "=SUM(A1:A9)", "Line 8: Sum, EUR: “=SUM(A1:A9)” is a formula, and not what comes of it"),
        ("2000000.03", "", "Line 8: Sum, EUR: is missing: a sum in euros, such as 1 234,56"),
        ("XIV-1650", "", "Line 4: Law: is missing: a name: text of 1 to 300 characters without control characters"),
        ("in_force_from,2023-01-01", "in_force_from,2023-02-30", "Line 5: In force from: “2023-02-30” is not a day YYYY-MM-DD from 2000 to 2199"),
        ("expenses,07", "expenses,04", "Line 9: Article 04 stands twice, first on: Line 8"),
        ("law,XIV-1650", "year,2024", "Line 4: Year: it stands there already, Line 2"),
        ("working_capital,", "colour,", "Line 11: a budget has no “colour”"),
        ("edition,1,", "edition,1,One", "Line 3: Edition: nothing stands in column “Name” here, and it has “One”"),
        (",,yes\nrevenue_total", ",,perhaps\nrevenue_total", "Line 6: Sodra: “perhaps” is not yes or nothing"),
        (",yes,\n", ",yes,,more\n", "Line 8: “more” stands beside the columns"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_csv_is_named_with_line_field_and_value(old: str, new: str, why: str) -> None:
    content = PLAIN.replace(old, new, 1).replace('"Ortopedija, ir kita"', "Ortopedija").encode()
    assert why in said(content)
    assert why.partition(":")[0].replace("Line ", "") + " eilutė" in faults_of(content)[0].said("lt")


@pytest.mark.parametrize(
    ("line", "cell", "lt", "en"),
    [
        ("revenue,01.01", "01-Jan", "6 eilutė: Kodas", "Line 6: Code"),
        ("revenue,01.01", "Jan-01", "6 eilutė: Kodas", "Line 6: Code"),
        ("revenue,01.01", "sau.-01", "6 eilutė: Kodas", "Line 6: Code"),
        ("revenue,01.01", "sausio 1 d.", "6 eilutė: Kodas", "Line 6: Code"),
        ("revenue,01.01", "2026-01-01", "6 eilutė: Kodas", "Line 6: Code"),
        ("revenue,01.01", "2026-01-01 00:00:00", "6 eilutė: Kodas", "Line 6: Code"),
        ("revenue,01.01", "01.01.2026", "6 eilutė: Kodas", "Line 6: Code"),
        ("revenue,01.01", "1/1/2026", "6 eilutė: Kodas", "Line 6: Code"),
        ("revenue,01.01", "01-01", "6 eilutė: Kodas", "Line 6: Code"),
        ("expenses,04", "04-May", "8 eilutė: Straipsnis", "Line 8: Article"),
    ],
)
def test_a_code_that_a_spreadsheet_turned_into_a_date_is_said_to_be_one(line: str, cell: str, lt: str, en: str) -> None:
    (fault,) = faults_of(PLAIN.replace(line, f"{line.partition(',')[0]},{cell}").encode())
    assert (
        fault.said("lt")
        == f"{lt}: „{cell}“: panašu, kad skaičiuoklė kodą pavertė data; stulpelį „Kodas“ laikykite tekstu"
    )
    assert fault.said("en") == (
        f"{en}: “{cell}”: it looks as if the spreadsheet has turned the code into a date; keep the column “Code” as text"
    )


@pytest.mark.parametrize(
    ("cell", "known", "is_turned"),
    [
        ("1.1", (), True), ("1.01", (), True), ('"1,1"', (), True), ("1.1", ("1.1",), False),
        ("4", ("04",), True), ("4", (), False), ("4", ("4", "04"), False),
        ("12.3", ("12.30",), True), ("12.3", (), False), ("01.02", ("01.01",), False), ("05.1", ("05.01",), False),
        ("01-Jan", ("01-Jan",), False), ("MAR-x", (), False), ("04a", (), False), ("A1", (), False),
    ],
)  # fmt: skip
def test_a_number_is_a_code_that_lost_its_zeros_where_no_budget_had_it(
    cell: str, known: tuple[str, ...], is_turned: bool
) -> None:
    content = PLAIN.replace("revenue,01.01", f"revenue,{cell}").encode()
    told = [fault.said("lt") for fault in filled(FUND, PLANNER, content, {}, known)[1]]
    assert ["kad skaičiuoklė kodą pavertė skaičiumi" in one for one in told] == [True] * is_turned


def test_what_is_wrong_in_json_is_named_with_its_line_of_the_list() -> None:
    wrong = DATA | {"expenses": [DATA["expenses"][0], DATA["expenses"][1] | {"amount_cents": -5}]}
    assert said(json.dumps(wrong).encode()) == [
        "Expenses, line 2: Sum, EUR: “-0,05” is not a sum in euros, such as 1 234,56"
    ]
    twice = DATA | {"expenses": [DATA["expenses"][0], DATA["expenses"][1] | {"article": "04"}]}
    assert said(json.dumps(twice).encode()) == ["Expenses, line 2: Article 04 stands twice, first on: Expenses, line 1"]


def test_what_the_file_does_not_say_stays_as_it_was_written() -> None:
    lines = b"part,code,name,amount\nexpenses,04,Ortopedija,1\n"
    before = {"law": "XIV-1", "expenses.0.article": "01", "expenses.1.article": "02", "revenue.0.code": "01"}
    now, faults = filled(FUND, PLANNER, lines, before)
    assert {key: now[key] for key in ("law", "revenue.0.code", "expenses.0.article")} == {
        "law": "XIV-1", "revenue.0.code": "01", "expenses.0.article": "04",
    }  # fmt: skip
    assert "expenses.1.article" not in now
    assert "Year: is missing: a year from 2000 to 2199" in [fault.said("en") for fault in faults]


def test_of_many_faults_the_first_are_told_and_how_many_more_there_are() -> None:
    told = said(b"part,code,amount\n" + b"colour,1,1\n" * 1_000)
    assert (len(told), told[0], told[-1]) == (MOST_FAULTS + 1, "Line 2: a budget has no “colour”", "and 950 more")


def test_a_spreadsheets_apostrophe_before_what_looks_like_a_formula_is_no_part_of_it() -> None:
    found = budget_of(PLAIN.replace("„Sodros“ sąnaudos", "'-sąnaudos").encode())
    assert found.written["expenses.1.name"] == "-sąnaudos"


def test_the_budget_is_the_act_of_the_desk() -> None:
    assert BUDGET is ACTS["budget"]
