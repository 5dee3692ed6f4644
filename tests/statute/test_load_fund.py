"""A fund from its files: the packaged one, one with files of its own, and what is refused."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from shared.kernel.calendar import Holiday
from shared.statute import StatuteError, load_fund

PACKAGED = files("shared.statute")
DAY = date(2026, 1, 9)
FROM = '"""\nfrom = 0001-01-01'
FUND = """
fund_id = "example"
name_lt = "Pavyzdinis fondas"
name_en = "Example fund"
legal_code = "123456789"
state_payer = "CENTRE"
payers = [
  { code = "CENTRE", name_lt = "Centras", name_en = "Centre" },
  { code = "NORTH", name_lt = "Šiaurė", name_en = "North" },
]
"""
OWN_FILES = 'points = "points.toml"\nparameters = "parameters.toml"\nholidays = "holidays.toml"\n'
HOLIDAYS = """
legal = [{ name = "fixed", month = 3, day = 4 }, { name = "moving", easter_offset = 60, from_year = 2020 }]
settlement = []
"""


def packaged(name: str) -> str:
    return (PACKAGED / name).read_text(encoding="utf-8")


def write(folder: Path, *, fund: str = FUND + OWN_FILES, **changed: str) -> Path:
    """Lay down a fund with its own three files: the packaged ones, but for those given."""
    for name in ("points", "parameters", "holidays"):
        (folder / f"{name}.toml").write_text(changed.get(name, packaged(f"{name}.toml")), encoding="utf-8")
    path = folder / "fund.toml"
    path.write_text(fund, encoding="utf-8")
    return path


def test_2_the_packaged_fund_is_the_psdf_with_six_payers() -> None:
    fund = load_fund()
    assert (fund.fund_id, fund.state_payer, fund.sodra_review) == ("psdf", "VLK", "automatic")
    assert [payer.code for payer in fund.payers] == [
        "VLK",
        "TLK-VILNIUS",
        "TLK-KAUNAS",
        "TLK-KLAIPEDA",
        "TLK-SIAULIAI",
        "TLK-PANEVEZYS",
    ]
    assert fund.payers[3].name_lt == "Klaipėdos teritorinė ligonių kasa"


def test_22_a_clerk_may_review_sodras_statements() -> None:
    assert load_fund(sodra_review="clerk").sodra_review == "clerk"
    with pytest.raises(StatuteError, match="sodra_review is automatic or clerk, not Clerk"):
        load_fund(sodra_review="Clerk")


def test_2_another_fund_uses_the_packaged_law_where_it_names_no_file(tmp_path: Path) -> None:
    path = tmp_path / "fund.toml"
    path.write_text(FUND, encoding="utf-8")
    fund = load_fund(path)
    assert (fund.fund_id, fund.state_payer, [payer.code for payer in fund.payers]) == (
        "example",
        "CENTRE",
        ["CENTRE", "NORTH"],
    )
    assert fund.statute.points == load_fund().statute.points
    assert fund.calendar.term(date(2026, 3, 20), 15) == date(2026, 4, 7)


def test_16_another_fund_has_its_own_numbers_and_holidays(tmp_path: Path) -> None:
    own = packaged("parameters.toml").replace('"payment_days"\nvalue = 30', '"payment_days"\nvalue = 45')
    fund = load_fund(write(tmp_path, parameters=own, holidays=HOLIDAYS))
    assert fund.statute.amount("payment_days", DAY) == 45
    assert load_fund().statute.amount("payment_days", DAY) == 30
    assert not fund.calendar.is_working_day(date(2026, 3, 4))
    assert not fund.calendar.is_working_day(Holiday(name="", easter_offset=60).on(2026) or DAY)
    assert fund.calendar.is_working_day(date(2026, 1, 1))
    assert fund.calendar.is_settlement_day(date(2026, 3, 4))


def test_16_a_new_version_of_a_number_and_of_its_point_stands_beside_the_old_one(tmp_path: Path) -> None:
    numbers = packaged("parameters.toml") + (
        '\n[[parameters]]\nname = "balance_return_day"\nvalue = 12\npoint = "25"\nsource_lt = "x"\nfrom = 2030-01-01\n'
    )
    numbers = numbers.replace(
        'PSDF biudžeto sąskaitą."""\nfrom = 0001-01-01',
        'PSDF biudžeto sąskaitą."""\nfrom = 0001-01-01\nto = 2029-12-31',
    )
    points = packaged("points.toml") + (
        '\n[[points]]\nnumber = "27"\nwording_lt = "Naujas."\nsummary_en = "New."\nact = "Naujas"\nfrom = 2030-01-01\n'
    )
    path = write(tmp_path, parameters=numbers, points=points)
    law = load_fund(path).statute
    assert [law.amount("balance_return_day", day) for day in (date(2029, 12, 31), date(2030, 1, 1))] == [10, 12]
    assert (law.point("27", DAY), law.point("27", date(2030, 1, 1))) == (None, law.points[-1])
    assert load_fund(path, as_of=date(2030, 1, 1)).statute.amount("balance_return_day", DAY) == 12


@pytest.mark.parametrize(
    ("found", "instead", "message"),
    [
        ('"check_days"\nvalue = 15', '"check_days"\nvalue = "15"', "entry 2, value: .*valid integer, not '15'"),
        ('"check_days"\nvalue = 15', '"check_days"\nvalue = true', "entry 2, value: .*valid integer, not True"),
        ('"check_days"\nvalue = 15', '"check_days"\nvalue = -1', "check_days has value = -1, .* from 0 to 3650"),
        ('"one_twelfth"\nvalue = 12', '"one_twelfth"\nvalue = -1', "one_twelfth has value = -1, .* from 0 to"),
        (
            '"payer_report_day"\nvalue = 5',
            '"payer_report_day"\nvalue = 31',
            "payer_report_day has value = 31, .* to 28",
        ),
        ('"check_days"', '"check_day"', "rules ask for check_days: give each a value"),
        ('name = "check_days"\n', "", "parameters, entry 2, name: is missing"),
        ('"check_days"\nvalue', '"check_days"\nvalues', r"entry 2, values: is no key here \(it has the value 15\)"),
        (
            '"check_days"\nvalue = 15\npoint = "16"',
            '"check_days"\nvalue = 15\npoint = "99"',
            "check_days: .*point = 99",
        ),
        (FROM, '"""\nfrom = 2020-10-28', "must have a value on every day: .* not 2020-10-28"),
        (FROM, '"""\nfrom = 0001-01-01\nto = 2030-12-31', "on every day: .*without to, not 2030-12-31"),
        (FROM, '"""\nfrom = 2020-01-02\nto = 2020-01-01', "to = 2020-01-01 is before from = 2020-01-02"),
        (FROM, '"""\nfrom = 2020-01-01T00:00:00', "from: .*not datetime"),
        (FROM, '"""\nfrom = 2020-02-30', "is no TOML file"),
        ('"check_days"', '"payment_days"', r"payment_days: the version from = 0001-01-01 must begin on the day after"),
    ],
)
def test_16_a_number_that_no_rule_could_count_with_is_refused(
    tmp_path: Path, found: str, instead: str, message: str
) -> None:
    whole = packaged("parameters.toml")
    assert found in whole
    with pytest.raises(StatuteError, match=rf"parameters\.toml: .*{message}"):
        load_fund(write(tmp_path, parameters=whole.replace(found, instead, 1)))


def test_16_a_number_that_no_rule_asks_for_is_refused(tmp_path: Path) -> None:
    more = '\n[[parameters]]\nname = "grace_days"\nvalue = 3\npoint = "16"\nsource_lt = "x"\nfrom = 0001-01-01\n'
    with pytest.raises(StatuteError, match="no rule asks for grace_days: known are balance_return_day, check_days"):
        load_fund(write(tmp_path, parameters=packaged("parameters.toml") + more))


@pytest.mark.parametrize("from_day", ["2023-12-31", "2024-01-02"])
def test_16_versions_of_a_point_that_overlap_or_leave_a_gap_are_refused(tmp_path: Path, from_day: str) -> None:
    moved = packaged("points.toml").replace("from = 2024-01-01", f"from = {from_day}", 1)
    with pytest.raises(StatuteError, match=rf"points\.toml: HIL 21\(1\): the version from = {from_day} must begin"):
        load_fund(write(tmp_path, points=moved))


@pytest.mark.parametrize(
    ("holiday", "message"),
    [
        ("month = 2, day = 29", "month = 2, day = 29 is no day of every year"),
        ("month = 13, day = 1", "month = 13, day = 1 is no day of every year"),
        ("month = 3", "month = 3, day = 0 is no day of every year"),
        ("month = 3, day = 4, easter_offset = 1", "month and day, or easter_offset, not both"),
        ("easter_offset = 1, from_year = 2021, to_year = 2020", "from_year = 2021 is after to_year = 2020"),
        ("easter_offset = 1, form_year = 2021", "form_year: is no key here"),
    ],
)
def test_16_a_holiday_without_one_date_a_year_is_refused(tmp_path: Path, holiday: str, message: str) -> None:
    text = f'legal = [{{ name = "x", {holiday} }}]\nsettlement = []\n'
    with pytest.raises(StatuteError, match=rf"holidays\.toml: legal, entry 1.*{message}"):
        load_fund(write(tmp_path, holidays=text))


@pytest.mark.parametrize(
    ("found", "instead", "message"),
    [
        ('"CENTRE"\npayers', '"SOUTH"\npayers', "state_payer = SOUTH is none of the payers CENTRE, NORTH"),
        ('code = "NORTH"', 'code = "CENTRE"', "payers: code CENTRE stands there more than once"),
        ('"example"', '"Example Fund"', "fund_id: .*not 'Example Fund'"),
        ('name_en = "North"', 'name_en = " "', "payers, entry 2, name_en: .*not ' '"),
        ('name_en = "Example fund"\n', "", "name_en: is missing"),
        ("holidays.toml", "elsewhere.toml", "elsewhere.toml: cannot be read: No such file"),
    ],
)
def test_2_a_fund_that_cannot_be_meant_is_refused(tmp_path: Path, found: str, instead: str, message: str) -> None:
    whole = FUND + OWN_FILES
    assert found in whole
    with pytest.raises(StatuteError, match=message):
        load_fund(write(tmp_path, fund=whole.replace(found, instead, 1)))


def test_2_every_fault_of_a_file_is_named_not_just_the_first(tmp_path: Path) -> None:
    whole = FUND.replace('"Example fund"', "1").replace('legal_code = "123456789"\n', "")
    with pytest.raises(StatuteError) as refused:
        load_fund(write(tmp_path, fund=whole))
    assert [line.split("fund.toml: ")[1] for line in str(refused.value).splitlines()] == [
        "name_en: Input should be a valid string, not 1",
        "legal_code: is missing",
    ]


def test_2_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(StatuteError, match=r"none\.toml: cannot be read: No such file"):
        load_fund(tmp_path / "none.toml")
    path = tmp_path / "latin.toml"
    path.write_bytes("name_lt = 'Šiaurė'".encode("cp1257"))
    with pytest.raises(StatuteError, match=r"latin\.toml: is no TOML file"):
        load_fund(path)
