"""The bank file of a fund: its accounts by payer and source, those paid beside contracts, and when orders leave.

It stands beside the fund's file, ``psdf.toml`` and ``psdf.bank.toml``, or where ``PSDF_BANK`` says.
"""

import tomllib
from collections.abc import Mapping
from datetime import time
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from shared.adapters.bank.orders import Account
from shared.kernel.fund import Fund
from shared.kernel.stop import Wrong
from shared.kernel.value import value

PACKAGED = Path(str(files("shared.statute"))) / "funds"
MOST_ORDERS = 10_000

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=140)]


class BankSettingsError(Wrong):
    """The bank file can't be used: which file, which key, what is expected."""


@value
class CounterAccount:
    """An account that is paid without a contract: who holds it."""

    name: str
    iban: str


@value
class BankSettings:
    """Where the fund's money lies, and how its orders leave.

    ``accounts`` are by (payer, source), ``reserve`` and ``sodra`` are paid to. ``cut_offs`` are times of a bank day in
    Vilnius at which an account's orders are sealed; ``four_eyes_cents`` is the sum of a file from which two persons
    approve it; ``answer_minutes`` is how long the bank may be silent about a file. ``url`` is where files are sent over
    HTTP, empty where they are laid into a folder.
    """

    accounts: Mapping[tuple[str, str], Account]
    reserve: CounterAccount
    sodra: CounterAccount
    cut_offs: tuple[time, ...]
    orders_per_file: int
    four_eyes_cents: int
    answer_minutes: int
    url: str

    def of_iban(self, iban: str) -> Account | None:
        """Find the account of an IBAN; None where it is not the fund's."""
        return next((account for account in self.accounts.values() if account.iban == iban), None)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _CounterTable(_Table):
    name: Text
    iban: str

    @field_validator("iban")
    @classmethod
    def _is_an_iban(cls, text: str) -> str:
        try:
            return IBAN(text).compact
        except SchwiftyException as error:
            raise ValueError(f"{text} is no IBAN: {error}") from None


class _AccountTable(_CounterTable):
    payer: Text
    source: Annotated[str, StringConstraints(pattern="^(PSDF|STATE)$")]
    bic: str = ""
    org_id: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{0,35}$")] = ""

    @field_validator("bic")
    @classmethod
    def _is_a_bic(cls, text: str) -> str:
        try:
            return BIC(text).compact if text else ""
        except SchwiftyException as error:
            raise ValueError(f"{text} is no BIC: {error}") from None


class _BankFile(_Table):
    fund_id: Text
    cut_offs: list[time] = Field(min_length=1)
    orders_per_file: int = Field(default=MOST_ORDERS, ge=1, le=MOST_ORDERS)
    four_eyes_cents: int = Field(ge=0)
    answer_minutes: int = Field(default=30, ge=1)
    url: Annotated[str, StringConstraints(pattern=r"^(https?://[^\s]+)?$")] = ""
    accounts: list[_AccountTable]
    reserve: _CounterTable
    sodra: _CounterTable

    @model_validator(mode="after")
    def _names_each_account_once(self) -> Self:
        for name, keys in (
            ("payer and source", [f"{account.payer} {account.source}" for account in self.accounts]),
            ("iban", [account.iban for account in self.accounts]),
        ):
            if twice := next((key for key in keys if keys.count(key) > 1), None):
                raise ValueError(f"accounts: {name} {twice} stands twice")
        return self


def bank_file_of(fund_file: str) -> Path:
    """Where the bank file of a fund stands: beside the fund's own, packaged or not."""
    path = Path(fund_file)
    return path.with_suffix(".bank.toml") if path.suffix == ".toml" else PACKAGED / f"{fund_file}.bank.toml"


def load_bank_settings(path: Path, fund: Fund) -> BankSettings:
    """Read a bank file. Raises BankSettingsError for one that is not there, not readable, or of another fund."""
    try:
        with path.open("rb") as file:
            read = _BankFile.model_validate(tomllib.load(file), strict=True)
    except OSError as error:
        raise BankSettingsError(f"{path}: {error.strerror}; it names the accounts of the fund") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BankSettingsError(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise BankSettingsError(
            f"{path}: {where or 'the file'}: {fault['msg'].removeprefix('Value error, ')}"
        ) from None
    if read.fund_id != fund.fund_id:
        raise BankSettingsError(f"{path} is the bank file of fund {read.fund_id}, not of {fund.fund_id}")
    if fund.currency != "EUR":
        raise BankSettingsError(
            f"{path}: fund {fund.fund_id} pays in {fund.currency}, and files to the bank are SEPA's"
        )
    payers = {payer.code for payer in fund.payers}
    accounts = {
        (each.payer, each.source): Account(
            payer=each.payer, source=each.source, name=each.name, iban=each.iban, bic=each.bic, org_id=each.org_id
        )
        for each in read.accounts
    }
    missing = sorted((payer, source) for payer in payers for source in ("PSDF", "STATE"))
    missing = [key for key in missing if key not in accounts]
    if missing:
        raise BankSettingsError(f"{path}: accounts: {' '.join(missing[0])} has none, each payer needs one a source")
    if strange := sorted({payer for payer, _ in accounts} - payers):
        raise BankSettingsError(f"{path}: accounts: {strange[0]} is no payer of the fund {fund.fund_id}")
    return BankSettings(
        accounts=accounts,
        reserve=CounterAccount(name=read.reserve.name, iban=read.reserve.iban),
        sodra=CounterAccount(name=read.sodra.name, iban=read.sodra.iban),
        cut_offs=tuple(sorted(read.cut_offs)),
        orders_per_file=read.orders_per_file,
        four_eyes_cents=read.four_eyes_cents,
        answer_minutes=read.answer_minutes,
        url=read.url,
    )
