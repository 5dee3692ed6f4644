"""``psdf report``, ``close`` and ``what-if``: what people take out of the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from services.all import SERVICES
from services.payments.service import FUND, PAYMENTS
from services.reconciliation.service import RECONCILIATION, SODRA
from shared.adapters.sqlite.store import SqliteStore
from shared.cli.options import HomeOption, LangOption, settings
from shared.cli.screen import say, screen
from shared.engine.gc import calmed
from shared.journal.fold import at_once, latest
from shared.journal.home import Home, reading
from shared.kernel.calendar import DECEMBER, quarter_end
from shared.kernel.fund import Fund
from shared.kernel.money import Cents
from shared.kernel.stop import Stop, Wrong
from shared.messages.read import Malformed
from shared.reports.apart import report_of
from shared.reports.close import Close, close_year, fold_states
from shared.reports.close_said import close_text, not_closed
from shared.reports.questions import ArticleCut, Happens, MoneyComes, NoBudget, Question
from shared.reports.simulate import ndjson
from shared.reports.what_if import what_if as foreseen
from shared.reports.what_if_said import text
from shared.reports.year.files import report_files
from shared.runtime.settings import fund_of

CutOffOption: TypeAlias = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="as of the end of that day", show_default=False),
]


@contextmanager
def stores(home: Home) -> Iterator[dict[str, SqliteStore]]:
    """The stores of all services of a home, to read; what is folded of them has no cycles to be looked for."""
    with reading(home) as connection, calmed():
        yield {service.name: SqliteStore(connection, service.name) for service in SERVICES}


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
    chosen = settings(home=home)
    until = day_of(cut_off) or (quarter_end(year, quarter) if quarter else date(year, DECEMBER, 31))
    at = Home(path=chosen.home)
    with stores(at) as found:
        must_be_here(found, year, until, last_day(found))
        made = report_of(at, fund_of(chosen), year, until)
    written = write(out, report_files(made, lang))
    said = {
        "lt": f"{year} m., iki {until}: konsoliduota = mokėtojų suma = žurnalas = bankas, iki cento. Įrašyta į {out}:",
        "en": f"{year}, to {until}: consolidated = sum of payers = journal = bank, to the cent. Written to {out}:",
    }
    screen().print(said[lang])
    screen().print("\n".join(f"  {name}" for name in written))


def write(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Write files into a folder; their names. Raises Stop where it can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise Stop(f"{folder}: {error.strerror}; give --out another folder") from error
    return sorted(files)


def closing(home: Home, fund: Fund, year: int, cut_off: date | None) -> Close:
    """What is open of a year at the end of a day, or of the last day that started. Raises Stop as ``must_be_here``."""
    with stores(home) as found:
        last = last_day(found)
        until = cut_off or last
        must_be_here(found, year, until, last)
        return close_year(at_once(fold_states(found, until)), fund, year)


def must_be_here(found: dict[str, SqliteStore], year: int, until: date, last: date) -> None:
    """Raise Stop for a day after the last one, and for a year of which nothing is here at the end of the day."""
    if until > last:
        raise Stop(
            f"{until} has not come: the last day that started is {last}; give --cut-off {last}, or an earlier one"
        )
    if year < (first := first_day(found).year):
        raise Stop(f"nothing of {year} is in this journal: the fund's first day here is of {first}")
    if until.year < year:
        raise Stop(f"{year} has not begun on {until}: take a day from {year}-01-01 on")


def last_day(found: dict[str, SqliteStore]) -> date:
    """The last day that started in payments. Raises Stop where none did."""
    today: date | None = at_once(latest(found[PAYMENTS.name], PAYMENTS, FUND)).today
    if today is None:
        raise Stop("no day has started yet: there is nothing to tell")
    return today


def first_day(found: dict[str, SqliteStore]) -> date:
    """The first day that started here. Raises Stop where none did."""
    first: date | None = at_once(latest(found[RECONCILIATION.name], RECONCILIATION, SODRA)).first_day
    return first or last_day(found)


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
    chosen = settings(home=home)
    found = closing(Home(path=chosen.home), fund_of(chosen), year, day_of(cut_off))
    screen().print(close_text(found, lang), highlight=False, soft_wrap=True)
    if out:
        out.write_bytes(found.json())
    if found.proof is None:
        raise Stop(not_closed(found, lang))


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
    chosen = settings(home=home)
    question = question_of(money, payer, cut, no_budget, events, day_of(on))
    with reading(Home(path=chosen.home)) as connection:
        try:
            answer = at_once(foreseen(connection, fund_of(chosen), question, until.date(), like=like))
        except (ValueError, Malformed) as error:
            raise Wrong(str(error)) from None
    say(text(answer, lang))


def day_of(moment: datetime | None) -> date | None:
    """The day that a person typed."""
    return moment.date() if moment else None


def question_of(
    money: str | None, payer: str, cut: str | None, no_budget: int | None, events: Path | None, on: date | None
) -> Question:
    """The one question that was asked. Raises Wrong for none, for several, or for one that lacks its day."""
    asked = [each for each in (money, cut, no_budget, events) if each is not None]
    if len(asked) != 1:
        raise Wrong("ask one question: --money, --cut, --no-budget or --events")
    if no_budget is not None:
        return NoBudget(year=no_budget)
    if events is not None:
        return Happens(events=tuple(ndjson(events.read_bytes())))
    if on is None:
        raise Wrong("--on says the day on which it happens, YYYY-MM-DD")
    if money is not None:
        return MoneyComes(on=on, payer=payer, amount_cents=cents_of(money))
    article, _, percent = str(cut).partition("=")
    return ArticleCut(on=on, article=article, permille=int(number_of(percent, "--cut ARTICLE=PERCENT") * 10))


def cents_of(euros: str, what: str = "--money EUROS") -> Cents:
    """Euros as a person types them, in cents. Raises Wrong, naming what they are for."""
    return int(number_of(euros.replace(" ", ""), what) * 100)


def cents_in(euros: str | None, what: str) -> Cents | None:
    """The same of an option that need not be given; no sum of a budget is below 0. Raises Wrong."""
    if euros is not None and cents_of(euros, what) < 0:
        raise Wrong(f"{what}: {euros} is below 0")
    return None if euros is None else cents_of(euros, what)


def number_of(text: str, what: str) -> Decimal:
    """A number as a person types it. Raises Wrong, naming what it is for."""
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise Wrong(f"{what}: {text!r} is no number") from None
