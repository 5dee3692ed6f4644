"""Options that several commands share, and the settings that they go before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

if TYPE_CHECKING:
    from shared.runtime.settings import Settings

HomeOption: TypeAlias = Annotated[
    Path | None, typer.Option("--home", help="the fund's folder (PSDF_HOME, else psdf-home)", show_default=False)
]
InvoiceArgument: TypeAlias = Annotated[str, typer.Argument(help="{provider_code}/{number}", show_default=False)]
MongoOption: TypeAlias = Annotated[
    str | None, typer.Option(help="the cluster's store, mongodb://... (PSDF_MONGO)", show_default=False)
]
DatabaseOption: TypeAlias = Annotated[
    str | None, typer.Option(help="its database, if not that of PSDF_FUND or PSDF_PREFIX", show_default=False)
]
PrometheusOption: TypeAlias = Annotated[
    str | None, typer.Option(help="the Prometheus whose numbers /ops/boards draws, http://host:port")
]
LangOption: TypeAlias = Annotated[Literal["lt", "en"], typer.Option(help="Lithuanian or English")]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="as JSON, for a program")]


def settings(**given: object) -> "Settings":
    """The environment's settings; what is given on the command line goes before them. Raises SettingsError."""
    from shared.runtime.settings import read_settings

    return read_settings(**given)
