"""Settings: where things are. No setting switches a rule off; what the law says stands in ``shared/statute``.

Each is an environment variable ``PSDF_*``; an option of the command line goes before it.
"""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AliasChoices, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop, Wrong

if TYPE_CHECKING:
    from shared.effects.bank.accounts import BankSettings
    from shared.telemetry.setup import Telemetry
    from shared.telemetry.viewer import Viewer

PREFIX = "PSDF_"
OTLP, STANDARD_OTLP = f"{PREFIX}OTLP", "OTEL_EXPORTER_OTLP_ENDPOINT"

HostPort = Annotated[str, StringConstraints(pattern=r"^[^\s:/]+:[0-9]{1,5}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


class SettingsError(Wrong):
    """A setting can't be used: the message names it, its value and what is expected, in one line."""


class Settings(BaseSettings):
    """Where the fund is, and whom it speaks to."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True, populate_by_name=True
    )

    home: Path = Field(default=Path("psdf-home"), description="the folder of the journal and the letters")
    http: HostPort = Field(default="127.0.0.1:8080", description="host:port that the running fund listens on")
    open_to: str = Field(
        default="",
        pattern=r"^[0-9A-Za-z.,\[\]:-]*$",
        description="the names, with commas between, by which other machines call the running fund; none: only this",
    )
    https: HostPort | None = Field(
        default=None, description="host:port that the running fund, or the gate, listens on with TLS besides"
    )
    tls: Path | None = Field(
        default=None,
        description="the folder of ca.crt, whose client certificates count, and for PSDF_HTTPS of tls.crt and tls.key",
    )
    proxies: str = Field(
        default="",
        pattern=r"^[0-9A-Fa-f.,:/]*$",
        description="the addresses or networks, with commas between, of who ends TLS before it and says Client-Cert",
    )
    probes: HostPort | None = Field(
        default=None, description="host:port of /livez, /readyz and /metrics, if not that of the running fund"
    )
    receipt_key: Path | None = Field(
        default=None, description="the file of the key that signs receipts, if not receipts.pem of the home"
    )
    moment: Literal["arrival", "event"] = Field(
        default="arrival", description="whose clock: arrival (ours, when it came) or event (its own time: demo, tests)"
    )
    most_days: int = Field(default=400, ge=1, description="how many days may start at once; more need a person's word")
    ministry_url: Url | None = Field(default=None, description="where the letters of point 18 are delivered")
    fund: str = Field(
        default="psdf", description="a packaged fund's id, or the path of a fund's file; else the fund of the home"
    )
    people: Path | None = Field(
        default=None, description="the folder of people.json: who works at the desk, if not desk of the home"
    )
    oidc: Path | None = Field(
        default=None, description="the file of the identity provider whose tokens let people in at the desk"
    )
    bank: Path | None = Field(
        default=None, description="the bank file: accounts, cut-offs, limits; without one, that beside the fund's file"
    )
    sodra_review: Literal["automatic", "clerk"] = Field(default="automatic", description="who looks at p. 22 first")
    kafka: str | None = Field(default=None, description="the brokers of the cluster, host:port[,host:port]")
    prefix: str = Field(default="", pattern=r"^[a-z0-9.-]*$", description="stands before the name of each topic")
    partitions: int | None = Field(default=None, ge=1, description="of each topic, if not as deploy/topics.toml says")
    kafka_tls: Path | None = Field(default=None, description="the folder of the keys for Kafka")
    mongo: str | None = Field(default=None, description="the store of the cluster, mongodb://...")
    otlp: Url | None = Field(
        default=None,
        validation_alias=AliasChoices(OTLP, STANDARD_OTLP),
        description="the collector of traces and metrics (OTLP over HTTP); without one, traces go to files of the home",
    )
    traces: float = Field(default=0.1, ge=0, le=1, description="the share of invoices that are traced, 0 (off) to 1")
    traces_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S*\{trace\}\S*$",
        description="where a trace is shown, http://..., with {trace} for its id: pages lead there",
    )
    console_url: Url | None = Field(
        default=None, description="where people reach the console, http://...: traces lead there"
    )
    log: Literal["debug", "info", "warning", "error"] = Field(default="info", description="what is logged, to stderr")


def read_settings(**given: Any) -> Settings:  # noqa: ANN401 - whatever the fields are
    """Read the environment; what is given (and not None) goes before it. Raises SettingsError."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = "_".join(map(str, fault["loc"])).upper()
        name = place if place.startswith(PREFIX) else PREFIX + place
        if name == OTLP and OTLP not in os.environ and STANDARD_OTLP in os.environ:
            name = STANDARD_OTLP
        raise SettingsError(f"{name}={fault['input']}: {fault['msg'][:1].lower()}{fault['msg'][1:]}") from None


def fund_name(settings: Settings) -> str:
    """The fund that is meant: the one that is given, else the packaged one that lives in the home."""
    from shared.statute.load import PACKAGED

    lives_there = Home(path=settings.home).fund_id
    if "fund" not in settings.model_fields_set and lives_there.is_file():
        known = lives_there.read_text(encoding="utf-8").strip()
        if (PACKAGED / "funds" / f"{known}.toml").is_file():
            return known
    return settings.fund


def fund_of(settings: Settings, as_of: date | None = None) -> Fund:
    """Read the fund that decides, under the law of a day if one is given. Raises SettingsError for files of no use."""
    from shared.statute.load import PACKAGED, load_fund
    from shared.statute.tables import StatuteError

    name = fund_name(settings)
    path = Path(name)
    if path.suffix != ".toml":
        packaged = PACKAGED / "funds" / f"{name}.toml"
        if not packaged.is_file():
            raise SettingsError(f"{PREFIX}FUND={name}: no such packaged fund, and no path of a .toml file")
        path = Path(str(packaged))
    try:
        return load_fund(path, sodra_review=settings.sodra_review, as_of=as_of)
    except StatuteError as error:
        raise SettingsError(f"{PREFIX}FUND={name}: {error}") from error


def bank_of(settings: Settings, fund: Fund) -> "BankSettings | None":
    """Read the fund's bank file; None where none is named and none stands beside the fund's. Raises SettingsError."""
    from shared.effects.bank.accounts import bank_file_of, load_bank_settings

    path = settings.bank or bank_file_of(fund_name(settings))
    if settings.bank is None and not path.is_file():
        return None
    return load_bank_settings(path, fund)


def viewer_of(settings: Settings) -> "Viewer | None":
    """Where traces are shown; None where nobody said."""
    from shared.telemetry.share import Share
    from shared.telemetry.viewer import Viewer

    return Viewer(url=settings.traces_url, share=Share(settings.traces)) if settings.traces_url else None


def telemetry_of(settings: Settings) -> "Telemetry":
    """What a process tells of itself. Raises Stop where the files of traces can't be written."""
    from shared.telemetry.setup import Telemetry

    try:
        folder = Home(path=settings.home).traces
        return Telemetry(traces=settings.traces, otlp=settings.otlp, folder=folder, console_url=settings.console_url)
    except OSError as error:
        raise Stop(f"{error.filename}: {error.strerror}; PSDF_TRACES=0 goes without traces") from error
