"""``psdf parked``: list, show and release."""

from typing import Annotated, TypeAlias

import typer

from shared.cli.options import HomeOption, settings

ParkedArgument: TypeAlias = Annotated[str, typer.Argument(help="the id, or how it begins", show_default=False)]

parked = typer.Typer(no_args_is_help=True)


@parked.callback()
def about_parked() -> None:
    """List, show and release what was laid aside because it can't be meant.

    psdf parked list
    psdf parked show 6f0c1c9e
    psdf parked release 6f0c1c9e
    psdf parked seen
    """


@parked.command("list")
def parked_list(
    *,
    home: HomeOption = None,
    everything: Annotated[bool, typer.Option("--all", help="released ones too")] = False,
) -> None:
    """List what was laid aside and not released."""
    from shared.cli.parked import show_list

    show_list(settings(home=home), everything=everything)


@parked.command("show")
def parked_show(parked_id: ParkedArgument, home: HomeOption = None) -> None:
    """Show one with its error and its bytes."""
    from shared.cli.parked import show_one

    show_one(settings(home=home), parked_id)


@parked.command("seen")
def parked_seen(home: HomeOption = None) -> None:
    """Say that a person has looked at all that is parked: the alarm ends, and all of it stays as evidence.

    In the cluster (where PSDF_KAFKA says where that is, and no --home is given) as in a home.
    """
    from shared.cli.parked import look_at

    look_at(settings(home=home), of_home=home is not None)


@parked.command("release")
def parked_release(parked_id: ParkedArgument, home: HomeOption = None) -> None:
    """Give it to the door again, now that it can be meant; at a running fund, or in a home that nobody holds."""
    from shared.cli.parked import release

    release(settings(home=home), parked_id)
