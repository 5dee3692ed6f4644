"""``psdf people``, ``propose``, ``confirm``, ``refuse``, ``withdraw`` and ``work``: the desk for those who script."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from shared.cli.options import HomeOption, settings

if TYPE_CHECKING:
    from shared.cli.desk import Asked

TokenOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--token", help="the file of your token (else it stands in PSDF_TOKEN)", show_default=False),
]
MomentOption: TypeAlias = Annotated[
    str | None, typer.Option(help="whose clock the fund goes by, as of psdf run: arrival or event", show_default=False)
]
IdArgument: TypeAlias = Annotated[str, typer.Argument(help="the proposal's id, such as D-3", show_default=False)]

people = typer.Typer(no_args_is_help=True)


def _asked(token: Path | None, home: Path | None, moment: str | None = None) -> "Asked":
    from shared.cli.desk import Asked

    return Asked(settings=settings(home=home, moment=moment), token=token, of_home=home is not None)


@people.callback()
def about_people() -> None:
    """Who works at the desk: each person has a name, a role, a payer, and a token of their own.

    psdf people add "Ona Onaitė" --role clerk --payer VLK
    psdf people list
    psdf people remove "Ona Onaitė"

    The token is printed once; the fund keeps its hash alone. Roles: clerk, contracts, planner, second, director,
    ministry, auditor, operator. The state payer's people see what all propose, others what is theirs. On the cluster
    PSDF_PEOPLE names the folder of the file, for this and for the console.
    """


@people.command("add")
def people_add(
    name: Annotated[str, typer.Argument(help="first and last name", show_default=False)],
    role: Annotated[
        str | None, typer.Option(help="what the person may do; none: sign in, and nothing", show_default=False)
    ] = None,
    payer: Annotated[
        str | None, typer.Option(help="for whom; the payer of the state unless said", show_default=False)
    ] = None,
    home: HomeOption = None,
) -> None:
    """Add a person, and print the token with which that person signs in."""
    from shared.cli.desk import add_person

    add_person(settings(home=home), name, role, payer)


@people.command("list")
def people_list(home: HomeOption = None) -> None:
    """Show who works here."""
    from shared.cli.desk import list_people

    list_people(settings(home=home))


@people.command("remove")
def people_remove(
    name: Annotated[str, typer.Argument(help="whose token is good no more", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Take a person away: the token is good no more. What the person did stays in the desk's journal."""
    from shared.cli.desk import remove_person

    remove_person(settings(home=home), name)


def propose(
    act: Annotated[str, typer.Argument(help="contract, review, budget, ...; psdf work lists all", show_default=False)],
    fields: Annotated[list[str] | None, typer.Argument(help="field=value, as in the form", show_default=False)] = None,
    file: Annotated[
        Path | None, typer.Option(help="the event's data as JSON, cents and all", show_default=False)
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="only write it down, and ask nobody yet")] = False,
    token: TokenOption = None,
    moment: MomentOption = None,
    home: HomeOption = None,
) -> None:
    """Propose something to the fund: what would follow is shown, and another person confirms it.

      psdf propose contract-change contract_id=C-1 ceiling=2000000,00
      psdf propose review invoice_id=300111224/A1 contract_id=C-1 verdict=accept
      psdf propose budget --file budget.json

    Fields are those of the form, money in euros; without any they are listed. Nested ones have dots: provider.code.
    On the cluster (PSDF_MONGO, PSDF_PEOPLE) what would follow is shown where --home is a copy of its journals.
    """
    from shared.cli.desk import propose as say

    say(_asked(token, home, moment), act, fields or [], file, draft=draft)


def confirm(
    matter: IdArgument, token: TokenOption = None, moment: MomentOption = None, home: HomeOption = None
) -> None:
    """Confirm what another person proposed: it is sent, once, and the fund's answer is shown.

    psdf confirm D-3

    On the cluster the console sends it: the answer is shown where it comes within 20 seconds, else by psdf work.
    """
    from shared.cli.desk import confirm as say

    say(_asked(token, home, moment), matter)


def refuse(
    matter: IdArgument,
    words: Annotated[str, typer.Option(help="why, for who drafted it", show_default=False)],
    token: TokenOption = None,
    home: HomeOption = None,
) -> None:
    """Give back what another person proposed.

    psdf refuse D-3 --words "Kita kaina"
    """
    from shared.cli.desk import refuse as say

    say(_asked(token, home), matter, words)


def withdraw(matter: IdArgument, token: TokenOption = None, home: HomeOption = None) -> None:
    """Take back what you proposed and nobody has confirmed.

    psdf withdraw D-3
    """
    from shared.cli.desk import withdraw as say

    say(_asked(token, home), matter)


def work(token: TokenOption = None, home: HomeOption = None) -> None:
    """Show what waits for you, what you proposed, and what you may propose.

    psdf work
    """
    from shared.cli.desk import show_work

    show_work(_asked(token, home))
