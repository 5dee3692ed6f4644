"""``psdf webhooks``: register, remove and list."""

import json
from typing import Annotated

import typer

from shared.cli.keys import ApprovedOption, ByOption, in_the_home, say
from shared.cli.options import HomeOption, JsonOption, settings
from shared.cli.screen import screen, table
from shared.edge.calls import Call, Calls
from shared.edge.keys import OwnKey
from shared.events.webhooks import WebhookRegistered, WebhookRemoved
from shared.journal.home import Home

app = typer.Typer(no_args_is_help=True)
SourceArgument = Annotated[str, typer.Argument(help="whose: /providers/300111224, ...", show_default=False)]


@app.callback()
def about() -> None:
    """Webhooks: addresses at which sources are called when the fund has said something to them.

      psdf webhooks register /providers/300111224 https://a.example.lt/psdf --by Ona --approved-by Petras
      psdf webhooks list

    What is called is on the public internet, or in the networks that its two persons name. Whoever fails for five days
    is not called any more; registered anew it goes on where it was.
    """


@app.command("register")
def register(
    source: SourceArgument,
    url: Annotated[str, typer.Argument(help="https://...", show_default=False)],
    by: ByOption,
    approved_by: ApprovedOption,
    networks: Annotated[
        str, typer.Option(help="in which it may lie beside the public internet, such as 10.1.0.0/16")
    ] = "",
    home: HomeOption = None,
) -> None:
    """Register where a source is called, by two different persons: at a running fund, or in a home."""
    data = {"source": source, "url": url, "networks": networks, "by": by, "approved_by": approved_by}
    say(settings(home=home), WebhookRegistered.type, data)
    screen().print(f"registered: {source} is called at {url}", markup=False)


@app.command("remove")
def remove(
    source: SourceArgument,
    reason: Annotated[str, typer.Option(help="why, in words", show_default=False)],
    by: ByOption,
    approved_by: ApprovedOption,
    home: HomeOption = None,
) -> None:
    """Call a source no more, by two different persons."""
    data = {"source": source, "reason": reason, "by": by, "approved_by": approved_by}
    say(settings(home=home), WebhookRemoved.type, data)
    screen().print(f"removed: {source} is not called any more", markup=False)


@app.command("list")
def show_list(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List who is called where, what stands in the way, and the key by which calls are signed."""
    here = Home(path=settings(home=home).home)
    known: dict[str, dict[str, str]] = {}
    for type_, word in in_the_home(here, WebhookRegistered.type, WebhookRemoved.type):
        known.pop(word["source"], None)
        if type_ == WebhookRegistered.type:
            known[word["source"]] = word
    calls = {call.source: call for call in (Calls(here.webhooks).all() if here.webhooks.exists() else ())}
    rows = [_row(word, calls.get(source)) for source, word in known.items()]
    key = OwnKey(here.receipt_key).webhook_key
    if as_json:
        names = ("source", "url", "state", "fault", "registered_by")
        screen().print_json(json.dumps({"key": key, "webhooks": [dict(zip(names, row, strict=True)) for row in rows]}))
        return
    screen().print(table("Webhooks", ["source", "address", "state", "what is wrong", "registered by"], rows))
    screen().print(f"signed with {key}", markup=False)


def _row(word: dict[str, str], call: Call | None) -> tuple[str, ...]:
    state = "disabled" if call and call.disabled else "failing" if call and call.tries else "called"
    persons = f"{word['by']}, {word['approved_by']}"
    return word["source"], word["url"], state, (call.fault if call else None) or "", persons
