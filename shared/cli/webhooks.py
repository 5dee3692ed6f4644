"""``psdf webhooks``: register, remove and list."""

import asyncio
import json
from typing import Annotated, TypeAlias

import typer

from shared.cli.desk import TokenOption
from shared.cli.keys import in_the_home, on_the_cluster, said_by_two
from shared.cli.options import HomeOption, JsonOption, settings
from shared.cli.persons import ApprovedOption, ByOption
from shared.cli.screen import screen, table
from shared.edge.calls import Call, Calls
from shared.edge.keys import OwnKey
from shared.engine.faults import Unavailable
from shared.events.webhooks import WebhookRegistered, WebhookRemoved
from shared.journal.home import Home
from shared.kernel.stop import Stop
from shared.runtime.settings import Settings, fund_of

Kept: TypeAlias = tuple[list[tuple[str, dict[str, str]]], dict[str, Call], str | None]
"""The words of the registry in order, how far each source's calls are, the key."""

app = typer.Typer(no_args_is_help=True)
SourceArgument = Annotated[str, typer.Argument(help="whose: /providers/300111224, ...", show_default=False)]


@app.callback()
def about() -> None:
    """Webhooks: addresses at which sources are called when the fund has said something to them.

      psdf webhooks register /providers/300111224 https://a.example.lt/psdf --by Ona --approved-by Petras
      psdf webhooks list

    What is called is on the public internet, or in the networks that its two persons name. Whoever fails for five days
    is not called any more; registered anew it goes on where it was. With PSDF_KAFKA set, the registry is the cluster's,
    whose gates call, one at a time; with PSDF_MONGO too, the list says how far they are. The two persons are
    known as by psdf keys: by tokens of the identity provider, or by typed names where there is none.
    """


@app.command("register")
def register(
    source: SourceArgument,
    url: Annotated[str, typer.Argument(help="https://...", show_default=False)],
    by: ByOption = None,
    approved_by: ApprovedOption = None,
    networks: Annotated[
        str, typer.Option(help="in which it may lie beside the public internet, such as 10.1.0.0/16")
    ] = "",
    token: TokenOption = None,
    home: HomeOption = None,
) -> None:
    """Register where a source is called, by two different persons: at a running fund, or in a home."""
    data = {"source": source, "url": url, "networks": networks}
    if said_by_two("webhook", WebhookRegistered.type, data, by, approved_by, token, home):
        screen().print(f"registered: {source} is called at {url}", markup=False)


@app.command("remove")
def remove(
    source: SourceArgument,
    reason: Annotated[str, typer.Option(help="why, in words", show_default=False)],
    by: ByOption = None,
    approved_by: ApprovedOption = None,
    token: TokenOption = None,
    home: HomeOption = None,
) -> None:
    """Call a source no more, by two different persons."""
    data = {"source": source, "reason": reason}
    if said_by_two("webhook-end", WebhookRemoved.type, data, by, approved_by, token, home):
        screen().print(f"removed: {source} is not called any more", markup=False)


@app.command("list")
def show_list(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List who is called where, what stands in the way, and the key by which calls are signed."""
    told = settings(home=home)
    words, calls, key = _on_the_cluster(told) if told.kafka else _in_the_home(told)
    known: dict[str, dict[str, str]] = {}
    for type_, word in words:
        known.pop(word["source"], None)
        if type_ == WebhookRegistered.type:
            known[word["source"]] = word
    rows = [_row(word, calls.get(source)) for source, word in known.items()]
    if as_json:
        names = ("source", "url", "state", "fault", "registered_by")
        screen().print_json(json.dumps({"key": key, "webhooks": [dict(zip(names, row, strict=True)) for row in rows]}))
        return
    screen().print(table("Webhooks", ["source", "address", "state", "what is wrong", "registered by"], rows))
    screen().print(f"signed with {key or 'the key of the receipts, /.well-known/jwks.json of a gate'}", markup=False)


def _in_the_home(chosen: Settings) -> Kept:
    """What was registered in a home, how far its calls are, and the key."""
    home = Home(path=chosen.home)
    words = in_the_home(home, WebhookRegistered.type, WebhookRemoved.type)
    calls = {call.source: call for call in (Calls(home.webhooks).all() if home.webhooks.exists() else ())}
    return words, calls, OwnKey(home.receipt_key).webhook_key


def _on_the_cluster(chosen: Settings) -> Kept:
    """The same of the cluster: of the topics, of the store, and the key where PSDF_RECEIPT_KEY says where it is."""
    types = (WebhookRegistered.type, WebhookRemoved.type)
    words = [(type_, word) for type_, word in on_the_cluster(chosen) if type_ in types]
    calls = {call.source: call for call in (asyncio.run(_calls_of(chosen)) if chosen.mongo else ())}
    return words, calls, OwnKey(chosen.receipt_key).webhook_key if chosen.receipt_key else None


async def _calls_of(chosen: Settings) -> list[Call]:
    """How far the gates are. Raises Stop where the store does not answer."""
    from shared.adapters.mongo.client import connected
    from shared.edge.gate_store import StoreCalls
    from shared.runtime.cluster import store_of

    cluster = store_of(chosen, fund_of(chosen))
    async with connected(cluster.mongo_url) as client:
        try:
            return await StoreCalls(client, cluster.database).all()
        except Unavailable as error:
            raise Stop(str(error)) from None


def _row(word: dict[str, str], call: Call | None) -> tuple[str, ...]:
    state = "disabled" if call and call.disabled else "failing" if call and call.tries else "called"
    persons = f"{word['by']}, {word['approved_by']}"
    return word["source"], word["url"], state, (call.fault if call else None) or "", persons
