"""The command line of the fund: ``psdf --help`` teaches it. What a command needs is loaded when it is asked for."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer
from typer.exceptions import TyperException

from shared.cli.backups import backup, restore, restore_offsets
from shared.cli.banking import bank
from shared.cli.console import console, copy
from shared.cli.demo import demo
from shared.cli.desking import confirm, people, propose, refuse, withdraw, work
from shared.cli.drafting import draft_budget, month_plan
from shared.cli.keyring import keys
from shared.cli.options import HomeOption, InvoiceArgument, JsonOption, settings
from shared.cli.parking import parked
from shared.cli.proving import proof, verify
from shared.cli.ubl import ubl
from shared.kernel.stop import Stop, Wrong

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
app.add_typer(parked, name="parked")
app.add_typer(bank, name="bank")
app.add_typer(proof, name="proof")
app.add_typer(ubl, name="ubl")
app.add_typer(keys, name="keys")
app.add_typer(people, name="people")


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
    PSDF_FUND, PSDF_BANK, PSDF_SODRA_REVIEW, PSDF_LOG, PSDF_TRACES, PSDF_OTLP. None switches a rule off.
    """


app.command()(demo)


@app.command()
def run(
    process: Annotated[
        str | None,
        typer.Argument(help="of the cluster: a service, clock, letters, bank, gate, a stand-in", show_default=False),
    ] = None,
    home: HomeOption = None,
    http: Annotated[str | None, typer.Option(help="host:port to listen on (PSDF_HTTP, else 127.0.0.1:8080)")] = None,
    moment: Annotated[
        str | None, typer.Option(help="whose clock: arrival (ours) or event (their own time: demo, tests)")
    ] = None,
    open_to: Annotated[
        str | None, typer.Option(help="the names by which other machines may call it (PSDF_OPEN_TO), else none may")
    ] = None,
    ministry: Annotated[
        str | None, typer.Option(help="the ministry's letter box (PSDF_MINISTRY_URL), http://host:port")
    ] = None,
    seed: Annotated[
        bool,
        typer.Option("--seed", help="a fund to try out: the budget of 2022, contract C-1, events in their own time"),
    ] = False,
) -> None:
    """Run the fund: all services, journal, letters, clock and HTTP in one process, until Ctrl-C or SIGTERM.

      psdf run
      psdf run --seed               a fund to try out, into which the invoice of README goes
      psdf run payments             one service of the cluster (PSDF_KAFKA, PSDF_MONGO)
      psdf run --home /srv/fund --http 0.0.0.0:8080 --open-to fund.example.lt --ministry https://letters.example.lt
      PSDF_TRACES=1 psdf run        trace every invoice; psdf trace draws it

    PSDF_TRACES is the share of the invoices that are traced (0.1 unless set, 0 for none): into files of the home, or to
    the collector of PSDF_OTLP (else OTEL_EXPORTER_OTLP_ENDPOINT), http://host:4318.

    It listens to this machine alone unless --open-to says otherwise; then every event has to be signed with a key that
    two persons have registered (psdf keys). PSDF_PROBES, host:port, gives /livez, /readyz and /metrics their own port.

    A kill at any moment loses nothing. One process holds a home; POST /events, GET /fund, /invoices/{id}, /metrics ...
    """
    if seed and (process or moment == "arrival"):
        raise Wrong("--seed is for a fund of one process whose events bring their own time: leave out the rest")
    moment = "event" if seed else moment
    chosen = settings(home=home, http=http, open_to=open_to, moment=moment, ministry_url=ministry)
    if process:
        from shared.runtime.cluster import run_process

        run_process(chosen, process)
        return
    from shared.cli.run import run as run_fund

    run_fund(chosen, seed=seed)


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="CloudEvents, one a line; - for standard input", show_default=False)],
    url: Annotated[str | None, typer.Option(help="a running fund; without it, the one of the home")] = None,
    home: HomeOption = None,
    moment: Annotated[str | None, typer.Option(help="arrival or event, where no fund runs in the home")] = None,
) -> None:
    """Publish events and show how each was taken; again is harmless, what is known changes nothing.

      psdf publish events.jsonl
      psdf publish events.jsonl --url http://127.0.0.1:8080
      psdf publish year-2022.jsonl --moment event      a past year, in its own time

    Where no fund runs in the home, the events go into it directly.
    """
    from shared.cli.publish import publish as publish_file

    if str(file) != "-" and not file.is_file():
        raise Wrong(f"{file} is no file")
    publish_file(settings(home=home, moment=moment), file, url)


@app.command()
def why(
    invoice_id: InvoiceArgument,
    lang: Annotated[str, typer.Option(help="en, or the fund's own language: lt")] = "en",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the whole story of an invoice: each decision, its points of law, and every number that decided it.

    psdf why 300111224/A1
    psdf why 300111224/A1 --lang lt
    """
    from shared.cli.why import why as tell

    tell(settings(home=home), invoice_id, lang, as_json=as_json)


@app.command()
def trace(invoice_id: InvoiceArgument, home: HomeOption = None) -> None:
    """Draw the trace of an invoice as a tree: when each service decided what, for how long, and why.

      psdf trace 300111224/A1
      psdf trace 300111224/A1 --home psdf-demo
      psdf trace 4bf92f3577b34da6a3ce929d0e0e4736   by the trace_id of a log line

    It reads the files of spans in the home, which all processes of this machine write where no collector is set.
    PSDF_TRACES is the share of the invoices that are traced: 0.1 unless set, 1 for all, 0 for none.
    """
    from shared.cli.trace import trace as draw

    draw(settings(home=home), invoice_id)


@app.command()
def fund(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show where the fund stands: articles, payers, queues, cash, notices under way, terms at risk.

    psdf fund
    psdf fund --json | jq .standing.total
    """
    from shared.cli.fund import show_fund

    show_fund(settings(home=home), as_json=as_json)


@app.command()
def schema(
    write: Annotated[
        bool, typer.Option("--write/--check", help="write the files, or compare them with the code")
    ] = False,
) -> None:
    """Check (or write) the exported contract: JSON Schema, AsyncAPI and its page.

    psdf schema --check
    psdf schema --write
    """
    from shared.cli.schema import schema as export

    export(write=write)


@app.command()
def replay(
    events: Annotated[Path, typer.Argument(help="inbound CloudEvents, one a line")],
    out: Annotated[Path, typer.Option(help="where every event that the services emit goes, one a line")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="under the law of that day; lists what changes")
    ] = None,
) -> None:
    """Play events one by one in their own time; the same input gives the same bytes.

    psdf replay events.jsonl --out emitted.jsonl
    psdf replay events.jsonl --out emitted.jsonl --as-of 2024-01-01

    With --as-of every term and parameter is that of the day (shared/statute): each decision that changes is a line,
    with what differs in it, before and after.
    """
    import asyncio

    from shared.reports.replay import replay as play
    from shared.runtime.settings import fund_of

    if not events.is_file():
        raise Wrong(f"{events} is no file")
    if as_of:
        from shared.cli.papers import show_as_of

        show_as_of(settings(), events, out, as_of.date())
        return
    with events.open("rb") as lines, out.open("wb") as target:

        def write(raw: bytes) -> None:
            target.write(raw + b"\n")

        raws = (line.rstrip(b"\r\n") for line in lines)
        asyncio.run(play((raw for raw in raws if raw.strip()), write, fund_of(settings())))


CutOffOption: TypeAlias = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="as of the end of that day", show_default=False),
]


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@app.command()
def report(
    year: Annotated[int, typer.Argument(help="the fund year")],
    quarter: Annotated[int | None, typer.Option(min=1, max=4, help="to the end of a quarter")] = None,
    cut_off: CutOffOption = None,
    out: Annotated[Path, typer.Option(help="the folder of the files")] = Path("psdf-report"),
    home: HomeOption = None,
) -> None:
    """Write the reports of point 26: execution by payer and article, consolidated, and the note (PDF, CSV, JSON).

    psdf report 2022 --home psdf-demo
    psdf report 2022 --quarter 1 --out q1               from January to the end of March
    psdf report 2022 --cut-off 2023-01-31               with what the bank told of the year later

    Without a cut-off as of 31 December. Sums are euros in the PDF and CSV, cents in the JSON. Where consolidated, the
    payers' parts, the journal and the bank differ by a cent, there is no report, and both sums are named.
    """
    from shared.cli.papers import show_report

    show_report(settings(home=home), year, quarter, _day(cut_off), out)


@app.command()
def close(
    year: Annotated[int, typer.Argument(help="the fund year")],
    cut_off: CutOffOption = None,
    out: Annotated[Path | None, typer.Option(help="the closing as JSON")] = None,
    home: HomeOption = None,
) -> None:
    """Show what is still open of a year, in order; where nothing is, a signed-off proof (points 24, 25).

    psdf close 2022 --home psdf-demo
    psdf close 2022 --cut-off 2023-02-28 --out closing-2022.json

    Without a cut-off as of the last day that started. Each matter has its sum in euros, its date and its point. The
    proof names the last hash of every chain and the year's sums, and has a hash itself; exit code 1 while not closed.
    """
    from shared.cli.papers import show_close

    show_close(settings(home=home), year, _day(cut_off), out)


@app.command(name="what-if")
def what_if(
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the last day that is played")],
    money: Annotated[str | None, typer.Option(help="so many euros come (--payer, --on)")] = None,
    payer: Annotated[str, typer.Option(help="whose account")] = "VLK",
    cut: Annotated[str | None, typer.Option(help="ARTICLE=PERCENT: an article is cut (--on)")] = None,
    no_budget: Annotated[int | None, typer.Option(help="that year starts without a budget")] = None,
    events: Annotated[Path | None, typer.Option(help="any events, one a line")] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="the day on which it happens", show_default=False),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Play the days to come with and without a change, on a copy; nothing is written.

    psdf demo --until 2022-11-30 --home psdf-autumn
    psdf what-if --money 12000000 --on 2022-12-05 --until 2022-12-31 --home psdf-autumn
    psdf what-if --cut 02=5 --on 2023-02-15 --until 2023-03-31
    psdf what-if --no-budget 2024 --until 2024-02-28
    psdf what-if --events expected.jsonl --until 2023-06-30

    Money is in euros. The answer: what is paid, deferred, notified and late, as it is -> with the change, and on which
    days they differ. Invoices to come are in neither, unless --events tells of them.
    """
    from shared.cli.papers import question_of, show_what_if

    question = question_of(money, payer, cut, no_budget, events, _day(on))
    show_what_if(settings(home=home), question, until.date())


@app.command()
def stack(
    what: Annotated[Literal["up", "down", "status", "logs"], typer.Argument(help="what to do")],
    name: Annotated[str | None, typer.Argument(help="of logs: kafka or mongo")] = None,
    home: HomeOption = None,
) -> None:
    """Start a real Kafka and a MongoDB-wire server on this machine, without containers; stop and show them.

    psdf stack up
    psdf stack logs kafka
    """
    from shared.cli.cluster import stack as local

    local(settings(home=home).home, what, name)


@app.command()
def topics(
    what: Annotated[Literal["apply", "check"], typer.Argument(help="create what is missing, or compare")],
) -> None:
    """Create the topics of deploy/topics.toml on the broker of PSDF_KAFKA, or say what differs.

    psdf topics apply
    PSDF_FUND=/srv/air.toml psdf topics check     another fund: the same topics, its id before each name
    """
    from shared.cli.cluster import topics as topics_of

    topics_of(settings(), what)


for each in (
    console,
    propose,
    confirm,
    refuse,
    withdraw,
    work,
    copy,
    verify,
    backup,
    restore,
    restore_offsets,
    draft_budget,
    month_plan,
):
    app.command()(each)


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
