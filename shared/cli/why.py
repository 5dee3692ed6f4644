"""``psdf why``: the whole story of one invoice, offline."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
import typer
from rich.padding import Padding
from rich.text import Text

from shared.cli.options import HomeOption, InvoiceArgument, JsonOption, settings
from shared.cli.screen import lines, say, screen, table
from shared.desk.letters import recorded_by
from shared.explain.sentences import point_name
from shared.explain.signers import signers_of
from shared.explain.why import Story, story_of
from shared.journal.home import Home, reading
from shared.kernel.fund import Fund
from shared.kernel.language import LANGUAGES
from shared.kernel.stop import Stop, Wrong
from shared.runtime.settings import fund_of, viewer_of
from shared.telemetry.context import INVOICE, Subject
from shared.telemetry.viewer import Viewer

INDENT = 18
HEADS = ("invoice", "number", "value", "points", "point", "says")


def language_of(fund: Fund, code: str) -> str:
    """The tag of one of the fund's languages. Raises Wrong for one that it does not speak."""
    if (tag := fund.lang(code)) is None:
        codes = " or ".join(each.partition("@")[0] for each in fund.languages)
        raise Wrong(f"--lang {code}: fund {fund.fund_id} speaks {codes}")
    return tag


def why(
    invoice_id: InvoiceArgument,
    lang: Annotated[str, typer.Option(help="en, or the fund's own language: lt")] = "en",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the whole story of an invoice: each decision, its points of law, and every number that decided it.

    psdf why 300111224/A1
    psdf why 300111224/A1 --lang lt

    Where PSDF_TRACES_URL says where traces are shown, it ends with the address of the invoice's.
    """
    chosen = settings(home=home)
    fund = fund_of(chosen)
    tag = language_of(fund, lang)
    place = Home(path=chosen.home)
    with reading(place) as connection:
        story = story_of(connection, fund, invoice_id, tag)
        persons = {**signers_of(place, connection, story, tag), **recorded_by(place, fund, story, tag)} if story else {}
    if story is None:
        raise Stop(f"{chosen.home} knows nothing of invoice {invoice_id}; an id is {{provider_code}}/{{number}}")
    if as_json:
        say(msgspec.json.encode(story).decode())
    else:
        _show(story, tag, persons)
        if viewer := viewer_of(chosen):
            say(f"\n{_trace(viewer, Subject(fund.fund_id, INVOICE, invoice_id), tag)}")


def _trace(viewer: Viewer, subject: Subject, lang: str) -> str:
    """Where the invoice's trace is shown, or that it is not recorded: as its page in the console says it."""
    words = LANGUAGES[lang].words
    if not viewer.knows(subject):
        return words["why.trace"].format(words["why.not_traced"].format(share=f"{viewer.share.share:.0%}"))
    return words["why.trace"].format(viewer.address(subject.trace))


def _show(story: Story, lang: str, persons: Mapping[str, str]) -> None:
    """Each event with its day, its sentence, who stands behind it, its points, and a table of the numbers."""
    title, number, value, points, point, says = (LANGUAGES[lang].words[f"why.{head}"] for head in HEADS)
    console = screen()
    console.print(Text(title.format(story.invoice_id), style="bold"))
    for step in story.steps:
        first, *more = lines(console, step.sentence, INDENT)
        console.print()
        console.print(Text.assemble((f"{step.moment:%Y-%m-%d %H:%M}  ", "cyan"), first), soft_wrap=True)
        behind = persons.get(step.event_id)
        for line in [*more, *(lines(console, behind, INDENT) if behind else ())]:
            console.print(Text(" " * INDENT + line), soft_wrap=True)
        if step.rules:
            said = f"{points}: {', '.join(point_name(rule, lang) for rule in step.rules)} ({step.type})"
            console.print(Text(" " * INDENT + said, style="dim"), soft_wrap=True)
        if step.numbers:
            terms = table("", [number, f">{value}"], step.numbers)
            console.print(Padding(terms, (0, 0, 0, INDENT - 1), expand=False))
    if story.points:
        console.print()
        rows = ((point_name(quoted.number, lang), f"{quoted.wording} ({quoted.act})") for quoted in story.points)
        console.print(table(points, [point, says], rows))
