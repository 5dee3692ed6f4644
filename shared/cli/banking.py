"""``psdf bank``: the fund's files to its bank, and the bank's answers."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from shared.cli.options import HomeOption, JsonOption, settings

ByOption: TypeAlias = Annotated[str, typer.Option("--by", help="who says so", show_default=False)]

bank = typer.Typer(no_args_is_help=True)


@bank.callback()
def about_bank() -> None:
    """Orders to the bank: seal, approve, send; answers of the bank: read and tell.

    psdf bank status
    psdf bank seal
    psdf bank approve MF3K --by "Ona Onaitė"
    psdf bank in camt.054.xml camt.053.xml

    Where PSDF_MONGO says where the cluster's store is, all this is of the cluster: its process bank sends and tells.
    """


@bank.command("status")
def bank_status(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show accounts, files, and what a person must look at."""
    from shared.cli.bank import show_status

    show_status(settings(home=home), as_json=as_json)


@bank.command("seal")
def bank_seal(home: HomeOption = None) -> None:
    """Seal what waits now, without waiting for the cut-off; below the limit it leaves at once."""
    from shared.cli.bank import seal

    seal(settings(home=home))


@bank.command("approve")
def bank_approve(
    file: Annotated[str, typer.Argument(help="the file's id, or how it begins", show_default=False)],
    by: ByOption,
    home: HomeOption = None,
) -> None:
    """Let a file go; above the limit two different persons do, each by a command of one's own."""
    from shared.cli.bank import approve

    approve(settings(home=home), file, by)


@bank.command("in")
def bank_in(
    files: Annotated[list[Path], typer.Argument(help="pain.002, camt.054, camt.053, pacs.004", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Read answers of the bank, each once, and tell the fund what follows; 1 where one is refused."""
    from shared.cli.bank import take_in

    take_in(settings(home=home), files)


@bank.command("settle")
def bank_settle(
    number: Annotated[int, typer.Argument(help="as psdf bank status shows it", show_default=False)],
    by: ByOption,
    word: Annotated[str, typer.Option("--word", help="what came of it", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Say that a person has looked at what was set aside; it is kept, with the name."""
    from shared.cli.bank import settle

    settle(settings(home=home), number, by, word)


@bank.command("again")
def bank_again(
    order: Annotated[str, typer.Argument(help="a transfer or a return that the bank rejected", show_default=False)],
    by: ByOption,
    home: HomeOption = None,
) -> None:
    """Order once more what the bank did not carry out and the fund does not order again by itself."""
    from shared.cli.bank import again

    again(settings(home=home), order, by)
