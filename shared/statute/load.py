"""A fund from its files: what stands in them is checked here, so that no rule meets a missing or impossible number."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, model_validator

from shared.kernel.calendar import DAY, Calendar, Holiday, same_days
from shared.kernel.fund import Fund, HandedIn, Payer, Sender
from shared.kernel.interest import InterestRate
from shared.kernel.language import EN, LANGUAGES, LT
from shared.kernel.statute import Parameter, Point, Statute
from shared.statute.tables import StatuteError, Table, Text, bytes_of, read
from shared.statute.words import language_of

PACKAGED = files("shared.statute")
POINTS, PARAMETERS, HOLIDAYS = "points.toml", "parameters.toml", "holidays.toml"
REVIEWS = ("automatic", "clerk")
NO_LEAP_YEAR = 2001

# What a number may be, by the unit at the end of its name; without one it divides or rounds, and 0 can't.
BOUNDS = {"_days": (0, 3650), "_day": (1, 28), "_month": (1, 12), "_percent": (0, 100), "_permille": (0, 1000)}
DIVISOR = (1, 10**12)
MAY_BE_NONE = {"one_twelfth"}  # 0: the fund's law has no such rule


class _Dated(Table):
    """What is in force from a day and, where it is over, to a day: the last one."""

    from_day: date = Field(alias="from")
    to_day: date | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.to_day is not None and self.to_day < self.from_day:
            raise ValueError(f"to = {self.to_day} is before from = {self.from_day}")
        return self


class _PointTable(_Dated):
    number: Text
    wording_lt: Text
    summary_en: Text
    act: Text
    cited: str = ""


class _ParameterTable(_Dated):
    """``source_lt`` is for the reader of the file, interpretations are for the page: a decision names the point."""

    name: Text
    amount: int = Field(alias="value")
    point: Text
    source_lt: Text = Field(exclude=True)
    interpretation: Text | None = None
    interpretation_lt: Text | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        low, high = next((bounds for unit, bounds in BOUNDS.items() if self.name.endswith(unit)), DIVISOR)
        low = 0 if self.name in MAY_BE_NONE else low
        if not low <= self.amount <= high:
            raise ValueError(f"{self.name} has value = {self.amount}, it must be from {low} to {high}")
        return self


class _HolidayTable(Table):
    name: Text
    month: int = 0
    day: int = 0
    easter_offset: int | None = Field(default=None, ge=-100, le=100)
    easter: Literal["western", "orthodox"] = "western"
    from_year: int = Field(default=1, ge=1, le=9999)
    to_year: int = Field(default=9999, ge=1, le=9999)

    @model_validator(mode="after")
    def _has_one_date_each_year(self) -> Self:
        if self.from_year > self.to_year:
            raise ValueError(f"{self.name}: from_year = {self.from_year} is after to_year = {self.to_year}")
        if self.easter_offset is None:
            try:
                date(NO_LEAP_YEAR, self.month, self.day)
            except ValueError:
                raise ValueError(
                    f"{self.name}: month = {self.month}, day = {self.day} is no day of every year; give both, "
                    f"or easter_offset"
                ) from None
        elif self.month or self.day:
            raise ValueError(f"{self.name}: give month and day, or easter_offset, not both")
        return self


class _PointsFile(Table):
    points: list[_PointTable]


class _ParametersFile(Table):
    parameters: list[_ParameterTable]


class _HolidaysFile(Table):
    legal: list[_HolidayTable]
    settlement: list[_HolidayTable]


class _PayerTable(Table):
    """``office_lt`` and ``signed_by`` are who signs its papers; without a name the paper leaves a line for it."""

    code: Text
    name_lt: Text
    name_en: Text
    legal_code: Text | None = None
    office_lt: Text = "Direktorius"
    signed_by: str = ""


class _SenderTable(Table):
    """What stands on the letters to the ministry beside their text."""

    address_lt: str = ""
    prepared_by: str = ""
    contacts: str = ""


class _InterestTable(_Dated):
    """A rate of late payment a year (HIL 27(2)), in hundredths of a percent, with where it stands."""

    hundredths: int = Field(ge=0, le=10_000)
    source_lt: Text


class _HandedInTable(Table):
    """What a director's order asks to be handed in (points 24, 26)."""

    what_lt: Text
    what_en: Text
    by: Literal["state", "territorial", "all"]
    to_lt: Text
    period: Literal["quarter", "year"]
    month: int = Field(ge=1, le=11)
    day: int = Field(ge=1, le=28)
    order_lt: Text
    from_day: date = Field(default=date.min, alias="from")


class _CurrencyTable(Table):
    """The fund's money: its code (ISO 4217), and what stands after a sum in the fund's language and in English."""

    code: str = Field(pattern=r"^[A-Z]{3}$")
    own: Text
    english: Text


class _FundFile(Table):
    """``points``, ``parameters``, ``holidays`` name files of the fund's own; without them the packaged ones serve.

    So do ``language`` (its words) and ``letter`` (the template of point 18). ``english`` are names that the packaged
    English sentences say and this fund calls otherwise. ``time_zone`` is the country's: days must start there when they
    start in Vilnius, for the program has one clock.
    """

    fund_id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    name_lt: Text
    name_en: Text
    legal_code: Text
    state_payer: Text
    payers: list[_PayerTable]
    sender: _SenderTable = _SenderTable()
    interest: list[_InterestTable] = Field(default=[])
    handed_in: list[_HandedInTable] = Field(default=[])
    points: Text | None = None
    parameters: Text | None = None
    holidays: Text | None = None
    language: Text | None = None
    letter: Text | None = None
    currency: _CurrencyTable | None = None
    english: dict[str, Text] = Field(default={})
    country: str = Field(default="LT", pattern=r"^[A-Z]{2}$")
    time_zone: Text = "Europe/Vilnius"

    @model_validator(mode="after")
    def _has_our_days(self) -> Self:
        try:
            zone = ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"time_zone = {self.time_zone} is none that is known, such as Europe/Vilnius") from None
        if not same_days(zone):
            raise ValueError(
                f"time_zone = {self.time_zone}: its days do not start when those of Vilnius do, and this program has "
                f"one clock (shared/kernel/calendar.py): a fund there needs another build of it"
            )
        return self

    @model_validator(mode="after")
    def _has_one_state_payer(self) -> Self:
        codes = [payer.code for payer in self.payers]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"payers: code {', '.join(twice)} stands there more than once")
        if self.state_payer not in codes:
            raise ValueError(f"state_payer = {self.state_payer} is none of the payers {', '.join(codes)}")
        return self


def load_fund(path: Path | None = None, *, as_of: date | None = None, sodra_review: str = "automatic") -> Fund:
    """Read a fund's file, and the points, parameters and holidays that it names; without a path, the packaged PSDF.

    ``as_of`` answers every question to the statute as on that day (how a past period would have been decided under
    another version of the Rules). ``sodra_review`` is ``automatic`` or ``clerk``.

    Raises StatuteError where a file is missing, cannot be read, or holds what no rule could count with.
    """
    if sodra_review not in REVIEWS:
        raise StatuteError(f"sodra_review is {' or '.join(REVIEWS)}, not {sodra_review}")
    folder: Traversable = path.parent if path else PACKAGED / "funds"
    fund = read(folder / (path.name if path else "psdf.toml"), _FundFile)
    holidays = read(folder / fund.holidays if fund.holidays else PACKAGED / HOLIDAYS, _HolidaysFile)
    own = folder / (path.name if path else "psdf.toml")
    _versions(own, (("interest", rate) for rate in fund.interest))
    languages = _languages(fund, folder)
    return Fund(
        fund_id=fund.fund_id,
        name_lt=fund.name_lt,
        name_en=fund.name_en,
        state_payer=fund.state_payer,
        payers=tuple(Payer(**payer.model_dump()) for payer in fund.payers),
        calendar=Calendar(
            legal=tuple(Holiday(**holiday.model_dump()) for holiday in holidays.legal),
            settlement=tuple(Holiday(**holiday.model_dump()) for holiday in holidays.settlement),
        ),
        statute=_statute(
            folder / fund.points if fund.points else PACKAGED / POINTS,
            folder / fund.parameters if fund.parameters else PACKAGED / PARAMETERS,
            as_of,
        ),
        sodra_review=sodra_review,
        legal_code=fund.legal_code,
        sender=Sender(**fund.sender.model_dump()),
        interest=tuple(InterestRate(**rate.model_dump()) for rate in sorted(fund.interest, key=lambda r: r.from_day)),
        handed_in=tuple(HandedIn(**asked.model_dump()) for asked in fund.handed_in),
        languages=languages,
        currency=fund.currency.code if fund.currency else "EUR",
        country=fund.country,
        letter=bytes_of(folder / fund.letter) if fund.letter else None,
    )


def _languages(fund: _FundFile, folder: Traversable) -> tuple[str, str]:
    """Make the fund's own language and its English known, and give their tags; without any, the packaged ones."""
    if not (fund.language or fund.currency or fund.english):
        return LT, EN
    english = LANGUAGES[EN]
    own = language_of(folder / fund.language) if fund.language else LANGUAGES[LT]
    money = (fund.currency.own, fund.currency.english) if fund.currency else (own.currency, english.currency)
    tags = (f"{own.code}@{fund.fund_id}", f"{EN}@{fund.fund_id}")
    LANGUAGES[tags[0]] = replace(own, currency=money[0])
    LANGUAGES[tags[1]] = replace(english, currency=money[1], instead=fund.english)
    return tags


def _statute(points_file: Traversable, parameters_file: Traversable, as_of: date | None) -> Statute:
    points = read(points_file, _PointsFile).points
    parameters = read(parameters_file, _ParametersFile).parameters
    of_number = _versions(points_file, ((point.number, point) for point in points))
    of_name = _versions(parameters_file, ((parameter.name, parameter) for parameter in parameters))
    _check_complete(parameters_file, of_name)
    for parameter in parameters:
        if parameter.point not in of_number:
            raise StatuteError(f"{parameters_file}: {parameter.name}: {points_file} has no point = {parameter.point}")
    return Statute(
        tuple(Point(**point.model_dump()) for point in points),
        tuple(Parameter(**parameter.model_dump()) for parameter in parameters),
        as_of,
    )


def _versions(file: Traversable, named: Iterable[tuple[str, _Dated]]) -> dict[str, list[_Dated]]:
    """Sort the versions of each name by day: each one begins on the day after the one before it has ended."""
    versions: dict[str, list[_Dated]] = {}
    for name, version in named:
        versions.setdefault(name, []).append(version)
    for name, of_name in versions.items():
        of_name.sort(key=lambda version: version.from_day)
        for before, after in pairwise(of_name):
            if before.to_day is None or after.from_day - before.to_day != DAY:
                raise StatuteError(
                    f"{file}: {name}: the version from = {after.from_day} must begin on the day after the one "
                    f"before it ends (from = {before.from_day}, to = {before.to_day})"
                )
    return versions


def _check_complete(file: Traversable, versions: dict[str, list[_Dated]]) -> None:
    """Every parameter of the packaged file, and no other, has a value on every day."""
    asked_for = {parameter.name for parameter in read(PACKAGED / PARAMETERS, _ParametersFile).parameters}
    if missing := sorted(asked_for - versions.keys()):
        raise StatuteError(f"{file}: rules ask for {', '.join(missing)}: give each a value")
    if unknown := sorted(versions.keys() - asked_for):
        raise StatuteError(f"{file}: no rule asks for {', '.join(unknown)}: known are {', '.join(sorted(asked_for))}")
    for name, of_name in versions.items():
        if of_name[0].from_day != date.min or of_name[-1].to_day is not None:
            raise StatuteError(
                f"{file}: {name} must have a value on every day: its first version from = {date.min}, "
                f"not {of_name[0].from_day}, and its last one without to, not {of_name[-1].to_day}"
            )
