"""``psdf report``, ``close`` and ``what-if``: what people take out of a journal, as commands."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from shared.cli.options import HomeOption, LangOption, settings

CutOffOption: TypeAlias = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="as of the end of that day", show_default=False),
]


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def report(
    year: Annotated[int, typer.Argument(help="the fund year")],
    quarter: Annotated[int | None, typer.Option(min=1, max=4, help="to the end of a quarter")] = None,
    cut_off: CutOffOption = None,
    out: Annotated[Path, typer.Option(help="the folder of the files")] = Path("psdf-report"),
    lang: LangOption = "en",
    home: HomeOption = None,
) -> None:
    """Write the reports of point 26: execution by payer and article, consolidated, and the note (PDF, CSV, JSON).

    psdf report 2022 --home psdf-demo
    psdf report 2022 --quarter 1 --out q1               from January to the end of March
    psdf report 2022 --cut-off 2023-01-31               with what the bank told of the year later

    Without a cut-off as of 31 December. Sums are euros in the PDF and CSV, cents in the JSON. The papers to be signed
    are Lithuanian, summary-en.pdf is English; --lang says which the words of the CSV are. Where consolidated, the
    payers' parts, the journal and the bank differ by a cent, there is no report, and both sums are named.
    """
    from shared.cli.papers import show_report

    show_report(settings(home=home), year, quarter, _day(cut_off), out, lang)


def close(
    year: Annotated[int, typer.Argument(help="the fund year")],
    cut_off: CutOffOption = None,
    out: Annotated[Path | None, typer.Option(help="the closing as JSON")] = None,
    lang: LangOption = "en",
    home: HomeOption = None,
) -> None:
    """Show what is still open of a year, in order; where nothing is, a signed-off proof (points 24, 25).

    psdf close 2022 --home psdf-demo
    psdf close 2022 --cut-off 2023-02-28 --out closing-2022.json

    Without a cut-off as of the last day that started. Each matter has its sum in euros, its date and its point. The
    proof names the last hash of every chain and the year's sums, and has a hash itself; exit code 1 while not closed.
    """
    from shared.cli.papers import show_close

    show_close(settings(home=home), year, _day(cut_off), out, lang)


def what_if(
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the last day that is played")],
    money: Annotated[str | None, typer.Option(help="so many euros come (--payer, --on)")] = None,
    payer: Annotated[str, typer.Option(help="whose account")] = "VLK",
    cut: Annotated[str | None, typer.Option(help="ARTICLE=PERCENT: an article is cut (--on)")] = None,
    no_budget: Annotated[int | None, typer.Option(help="that year starts without a budget")] = None,
    events: Annotated[Path | None, typer.Option(help="any events, one a line")] = None,
    like: Annotated[
        int | None,
        typer.Option(help="what comes meanwhile is like that past year; 0: nothing comes", show_default=False),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="the day on which it happens", show_default=False),
    ] = None,
    lang: LangOption = "en",
    home: HomeOption = None,
) -> None:
    """Play the days to come with and without a change, on a copy; nothing is written.

    psdf what-if --cut 01=90 --on 2023-04-03 --until 2023-05-31 --home psdf-demo
    psdf what-if --money 12000000 --payer TLK-KAUNAS --on 2023-04-20 --until 2023-05-31 --home psdf-demo --lang lt
    psdf what-if --no-budget 2024 --until 2024-02-28 --like 2022 --home psdf-demo
    psdf what-if --events expected.jsonl --like 0 --until 2023-06-30

    Money is in euros. The answer: what is paid, deferred, notified and late, as it is -> with the change, and on which
    days they differ. Both assume that invoices and money come as on the same days of a past year, under the contracts
    of their own: the last year whose days are all in the journal, unless --like names another.
    """
    from shared.cli.papers import question_of, show_what_if

    question = question_of(money, payer, cut, no_budget, events, _day(on))
    show_what_if(settings(home=home), question, until.date(), like, lang)
