"""``psdf keys``: new, register, revoke and list."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from shared.cli.options import HomeOption, JsonOption, settings

ByOption: TypeAlias = Annotated[str, typer.Option("--by", help="who does it", show_default=False)]
ApprovedOption: TypeAlias = Annotated[
    str, typer.Option("--approved-by", help="who has approved it: another person", show_default=False)
]

keys = typer.Typer(no_args_is_help=True)


@keys.callback()
def about_keys() -> None:
    """Keys with which sources sign their events: a new pair, and the fund's registry of them.

      psdf keys new /providers/300111224          at the source: a key and a request
      psdf keys register request.json --by "Ona Onaitė" --approved-by "Petras Petraitis"
      psdf keys list

    Once a source has a key registered, an event of it without a signature is parked. A key is changed by registering a
    second one while the first is valid, and revoking the first. With PSDF_KAFKA set, the registry is the cluster's.
    """


@keys.command("new")
def keys_new(
    source: Annotated[str, typer.Argument(help="whose: /providers/300111224, /sodra, ...", show_default=False)],
    out: Annotated[Path, typer.Option(help="the folder of key.pem and request.json")] = Path(),
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the first day, else from now", show_default=False)
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the last day, else a year", show_default=False)
    ] = None,
) -> None:
    """Make a pair of keys of Ed25519: key.pem stays with the source, request.json goes to the fund."""
    from shared.cli.keys import new

    new(source, out, valid_from, valid_to)


@keys.command("register")
def keys_register(
    request: Annotated[Path, typer.Argument(help="what the source has handed in", show_default=False)],
    by: ByOption,
    approved_by: ApprovedOption,
    home: HomeOption = None,
) -> None:
    """Register a source's key, by two different persons: at a running fund, in a home, or on Kafka."""
    from shared.cli.keys import register

    register(settings(home=home), request, by, approved_by)


@keys.command("revoke")
def keys_revoke(
    keyid: Annotated[str, typer.Argument(help="the key's id", show_default=False)],
    reason: Annotated[str, typer.Option(help="why, in words", show_default=False)],
    by: ByOption,
    approved_by: ApprovedOption,
    home: HomeOption = None,
) -> None:
    """Revoke a key, by two different persons: what arrives from now on is not taken with it."""
    from shared.cli.keys import revoke

    revoke(settings(home=home), keyid, reason, by, approved_by)


@keys.command("list")
def keys_list(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the keys there are and were: whose, until when, and who registered and revoked them."""
    from shared.cli.keys import show_list

    show_list(settings(home=home), as_json=as_json)
