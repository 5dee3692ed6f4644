"""The command line of the fund: ``psdf --help`` teaches it. A command's file is loaded when it is named."""

import ast
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from shared.kernel.stop import Stop

COMMANDS = {
    "demo": "demo.demo",
    "run": "run.run",
    "publish": "publish.publish",
    "why": "why.why",
    "trace": "trace.trace",
    "fund": "fund.fund",
    "schema": "schema.schema",
    "replay": "replay.replay",
    "stack": "cluster.stack",
    "topics": "cluster.topics",
    "report": "papers.report",
    "close": "papers.close",
    "what-if": "papers.what_if",
    "console": "console.console",
    "propose": "desk.propose",
    "confirm": "desk.confirm",
    "refuse": "desk.refuse",
    "withdraw": "desk.withdraw",
    "work": "desk.work",
    "copy": "copy.copy",
    "verify": "verify.verify",
    "backup": "backup.backup",
    "restore": "restore.restore",
    "restore-offsets": "restore.restore_offsets",
    "draft-budget": "draft.draft_budget",
    "month-plan": "draft.month_plan",
    "parked": "parked.about",
    "bank": "bank.about",
    "proof": "proof.about",
    "ubl": "ubl.about",
    "keys": "keys.about",
    "webhooks": "webhooks.about",
    "sodra": "sodra.about",
    "people": "desk.about",
}
"""The function of each command and the file of this room it is in; ``about`` speaks for a group, its file's ``app``."""


class Commands(TyperGroup):
    """The commands, in order: the file of one is loaded when it is named, and read where all are listed."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - as typer gives it
        """Know them by name alone."""
        super().__init__(**given | {"commands": {name: TyperCommand(name) for name in COMMANDS}})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - click's, of which typer keeps its own copy
        """One for the list, with what it says of itself."""
        command = super().get_command(ctx, cmd_name)
        if command and command.help is None:
            command.help = _docstring(cmd_name)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        """One that is named."""
        if args[0] in self.commands:
            self.commands[args[0]] = _loaded(args[0])
        return super().resolve_command(ctx, args)


def _loaded(name: str) -> Any:  # noqa: ANN401 - click's command, as above
    file, function = COMMANDS[name].split(".")
    module = import_module(f"shared.cli.{file}")
    if function == "about":
        return typer.main.get_group(module.app)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(module, function))
    return typer.main.get_command(alone)


def _docstring(name: str) -> str | None:
    """What a command says of itself, from its source: to load its file is to load all that it needs."""
    file, function = COMMANDS[name].split(".")
    source = ast.parse(Path(__file__).with_name(f"{file}.py").read_bytes())
    found = (each for each in source.body if isinstance(each, ast.FunctionDef) and each.name == function)
    return ast.get_docstring(next(found))


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"psdf {version('psdf')}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="say which version this is")
    ] = False,
) -> None:
    """The payment back office of a national health fund (Resolution No. 589).

    [bold]A first look:[/bold]

      psdf demo                     play a fund year on this machine
      psdf console --home psdf-demo    where that fund stands, in a browser

    [bold]A fund of one's own:[/bold]

      psdf run                      run it, with HTTP and the clock
      psdf run --seed               one to try out, with a budget and a contract
      psdf publish events.jsonl     give it events, one CloudEvent a line
      psdf why 300111224/A1         why an invoice is paid, waits, went back
      psdf trace 300111224/A1       which service decided when, as a tree
      psdf verify                   prove its journal
      psdf proof --help             prove an invoice to somebody who trusts nobody

    Where things are is said by environment variables: PSDF_HOME, PSDF_HTTP, PSDF_MOMENT, PSDF_MINISTRY_URL,
    PSDF_FUND, PSDF_BANK, PSDF_SODRA_REVIEW, PSDF_LOG, PSDF_TRACES, PSDF_OTLP, PSDF_TRACES_URL, PSDF_CONSOLE_URL.
    None switches a rule off.
    """


def main() -> None:
    """Run the command line; what goes wrong is one line for a person."""
    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        if message := error.format_message():
            typer.echo(f"psdf: {message.rstrip('.')}; psdf --help tells more", err=True)
        code = getattr(error, "exit_code", 1)
    except Stop as stop:
        typer.echo(f"psdf: {stop}", err=True)
        code = stop.code
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
