"""``psdf keys``: keys and requests as files, and two persons' words to the registry, wherever it is kept."""

import asyncio
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import typer

from shared.cli.desk import TokenOption
from shared.cli.options import HomeOption, JsonOption, settings
from shared.cli.persons import ApprovedOption, ByOption, by_two, data_of
from shared.cli.screen import screen, table
from shared.edge.keys import ASKED, KeyFileError, keyid_of, request_of, write_new
from shared.edge.registry import read_word, word_on
from shared.engine.faults import Unavailable
from shared.engine.ingress import Word
from shared.events.keys import KeyRegistered, KeyRevoked
from shared.journal.events import facts, written
from shared.journal.home import Home, reading
from shared.kernel.calendar import VILNIUS, in_vilnius
from shared.kernel.stop import Stop, Wrong
from shared.messages.read import Event, Malformed
from shared.runtime.embedded import Stack
from shared.runtime.reach import reach
from shared.runtime.settings import Settings, fund_of

app = typer.Typer(no_args_is_help=True)
Said = dict[str, Any]
Words = list[tuple[str, Said]]
SIDE_BY_SIDE = timedelta(days=30)
"""So long two keys of a source may be valid at once: who changes its key needs no more."""


@app.callback()
def about() -> None:
    """Keys with which sources sign their events: a new pair, and the fund's registry of them.

      psdf keys new /providers/300111224          at the source: a key and a request
      psdf keys register request.json --by "Ona Onaitė" --approved-by "Petras Petraitis"
      psdf keys list

    Once a source has a key registered, an event of it without a signature is parked. A key is changed by registering a
    second one while the first is valid, and revoking the first within 30 days.
    With PSDF_KAFKA set, the registry is the cluster's.

    Where the fund has an identity provider (PSDF_OIDC) two persons type the same command within a day, an operator
    first, each with a token of their own (--token, PSDF_TOKEN); else --by and --approved-by are typed names.
    """


@app.command("new")
def new(
    source: Annotated[str, typer.Argument(help="whose: /providers/300111224, /sodra, ...", show_default=False)],
    out: Annotated[Path, typer.Option(help="the folder of key.pem and request.json")] = Path(),
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the first day, else from now", show_default=False)
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the last day, else a year", show_default=False)
    ] = None,
) -> None:
    """Make a pair of keys of Ed25519: key.pem stays with the source, request.json goes to the fund."""
    if not source.startswith("/"):
        raise Wrong(f"{source} is no source: give one such as /providers/300111224, /tlk/TLK-KAUNAS or /sodra")
    since = valid_from.replace(tzinfo=VILNIUS) if valid_from else datetime.now(UTC)
    until = datetime.combine(valid_to.date() + timedelta(days=1), time(), VILNIUS) if valid_to else None
    key_file, request_file = out / "key.pem", out / "request.json"
    if request_file.exists():
        raise Stop(f"{request_file} is there already: choose another folder, by --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        key = write_new(key_file)
        request_file.write_bytes(request_of(key, source, since, until) + b"\n")
    except KeyFileError as error:
        raise Stop(str(error)) from None
    except OSError as error:
        raise Stop(f"{out}: {error.strerror}; choose another folder, by --out") from None
    tell = screen().print
    tell(f"{key_file}      the private key: it stays here, and nobody else may read it")
    tell(f"{request_file}  the request: hand it to the fund")
    tell(f"key {keyid_of(key)} of {source}; compare this id with the fund by another way, such as a telephone call")


@app.command("register")
def register(
    request: Annotated[Path, typer.Argument(help="what the source has handed in", show_default=False)],
    by: ByOption = None,
    approved_by: ApprovedOption = None,
    token: TokenOption = None,
    mtls: Annotated[
        bool | None,
        typer.Option(
            "--mtls/--no-mtls", help="whether its source is heard over client certificates alone", show_default=False
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Register a source's key, by two different persons: at a running fund, in a home, or on Kafka.

    With --mtls nothing of the source is taken but over a connection with a client certificate of a key of its own,
    until a key is registered with --no-mtls.
    """
    try:
        asked = msgspec.json.decode(request.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise Stop(f"{request}: {error.strerror}") from None
    except (msgspec.MsgspecError, ValueError):
        raise Stop(f"{request} is no request: psdf keys new makes one") from None
    if more := ", ".join(sorted(asked.keys() - {*ASKED})):
        raise Stop(f"{request} says {more}, which the fund's two persons say and no source: ask it for a new one")
    data = {**asked, **({} if mtls is None else {"mtls": mtls})}
    if said_by_two("key", KeyRegistered.type, data, by, approved_by, token, home):
        screen().print(f"registered: {asked['source']} signs with key {asked['keyid']} from now on", markup=False)
        words = _words(settings(home=home))
        for old in (word for _, word in words if word.get("source") == asked["source"]):
            if due := _ends(words).get(old["keyid"]):
                told = f"key {old['keyid']} is valid until {old['valid_to'][:10]} too"
                screen().print(
                    f"{told}: psdf keys revoke {old['keyid']} by {due}, where the new one stands in its place"
                )


@app.command("revoke", context_settings={"ignore_unknown_options": True})  # an id may begin with a hyphen
def revoke(
    keyid: Annotated[str, typer.Argument(help="the key's id", show_default=False)],
    reason: Annotated[str, typer.Option(help="why, in words", show_default=False)],
    by: ByOption = None,
    approved_by: ApprovedOption = None,
    token: TokenOption = None,
    home: HomeOption = None,
) -> None:
    """Revoke a key, by two different persons: what arrives from now on is not taken with it."""
    if said_by_two("key-end", KeyRevoked.type, {"keyid": keyid, "reason": reason}, by, approved_by, token, home):
        screen().print(f"revoked: nothing that arrives from now on is taken with key {keyid}", markup=False)


@app.command("list")
def show_list(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the keys there are and were: whose, until when, and who registered and revoked them."""
    words = _words(settings(home=home))
    revoked = {word["keyid"]: word for type_, word in words if type_ == KeyRevoked.type}
    known = [word for type_, word in words if type_ == KeyRegistered.type]
    if as_json:
        screen().print_json(json.dumps([{**word, "revoked": revoked.get(word["keyid"])} for word in known]))
        return
    ends = _ends(words)
    rows = [_row(word, revoked.get(word["keyid"]), ends.get(word["keyid"])) for word in known]
    screen().print(table("Keys", ["source", "key", "valid to", "registered by", "revoked"], rows))


def _words(chosen: Settings) -> Words:
    if chosen.kafka:
        return on_the_cluster(chosen)
    return in_the_home(Home(path=chosen.home), KeyRegistered.type, KeyRevoked.type)


def _ends(words: Words) -> dict[str, date]:
    """By when a key is to be revoked: it would be valid for longer than thirty days beside one registered after it."""
    gone = {word["keyid"] for type_, word in words if type_ == KeyRevoked.type}
    known = [word for type_, word in words if type_ == KeyRegistered.type and word["keyid"] not in gone]
    ends = {}
    for number, old in enumerate(known, 1):
        begun = [_since(new) for new in known[number:] if new["source"] == old["source"]]
        if begun and datetime.fromisoformat(old["valid_to"]) > (due := min(begun) + SIDE_BY_SIDE):
            ends[old["keyid"]] = in_vilnius(due).date()
    return ends


def _since(word: Said) -> datetime:
    return max(datetime.fromisoformat(word["valid_from"]), datetime.fromisoformat(word["at"]))


def _row(word: Said, end: Said | None, due: date | None) -> tuple[str, ...]:
    revoked = f"{end['at'][:19]}: {end['reason']}" if end else f"another follows: revoke by {due}" if due else ""
    return word["source"], word["keyid"], word["valid_to"][:10], f"{word['by']}, {word['approved_by']}", revoked


# ------------------------------------------------------------------------------------------------ where the registry is


def said_by_two(
    deed: str, type_: str, data: Said, by: str | None, approved_by: str | None, token: Path | None, home: Path | None
) -> bool:
    """Bring two persons' word to the registry; False where the second is still to come. Raises Stop, Wrong."""
    chosen = settings(home=home)
    _read(word_on(type_, data | {"by": "the first", "approved_by": "the second"}))  # what is none waits for nobody
    two = by_two(chosen, deed, data_of(data), by, approved_by, token, of_home=home is not None)
    if two:
        say(chosen, type_, data | {"by": two[0], "approved_by": two[1]})
    return two is not None


def say(settings: Settings, type_: str, data: Said) -> None:
    """Bring a word to the registry. Raises Stop, Wrong where it is not taken."""
    raw = word_on(type_, data)
    event = _read(raw)
    if settings.kafka:
        _over_kafka(settings, event, raw)
        return
    fund, home = fund_of(settings), Home(path=settings.home)

    async def here(stack: Stack) -> None:
        assert isinstance(event.data, Word)
        if why_not := stack.registry.why_not(event.data):
            raise Stop(why_not)
        try:
            await stack.register(event)
        except ValueError as error:
            raise Stop(str(error)) from None

    def there(url: str) -> None:
        over_http(home, f"{url}{event.source}", raw)

    reach(settings, home, fund, here, there)


def _read(raw: bytes) -> Event:
    """The event of a word. Raises Wrong."""
    try:
        return read_word(raw)
    except Malformed as malformed:
        raise Wrong(malformed.error) from None


def over_http(home: Home, url: str, raw: bytes) -> dict[str, Any]:
    """At the running fund, with the token that its home holds; what it answers. Raises Stop where it is not taken."""
    try:
        headers = {"Authorization": f"Bearer {home.operator_token.read_text()}"}
        answer = httpx.post(url, content=raw, headers=headers | {"Content-Type": "application/json"})
    except (OSError, httpx.TransportError) as error:
        raise Stop(f"{url} can't be asked: {error}") from None
    said: dict[str, Any] = answer.json()
    if answer.is_error:
        raise Stop(str(said.get("detail", answer.text[:200])))
    return said


def in_the_home(home: Home, *types: str) -> Words:
    """The words of these types in a home's journal, in order. Raises HomeError."""
    with reading(home) as connection:
        found = facts(connection, [written(type_) for type_ in types], service="door")
        return [(fact.type, fact.data) for fact in found if fact.type in types]


def on_the_cluster(settings: Settings) -> Words:
    """The words that lie on the topics of the registry, in order. Raises Stop."""
    from shared.edge.registry_topics import words
    from shared.runtime.cluster import kafka_of

    try:
        return asyncio.run(words(kafka_of(settings, fund_of(settings))))
    except TimeoutError:
        raise Stop(f"PSDF_KAFKA={settings.kafka}: the broker does not answer") from None


def _over_kafka(settings: Settings, event: Event, raw: bytes) -> None:
    from aiokafka.errors import KafkaError

    from shared.edge.registry_topics import say
    from shared.runtime.cluster import kafka_of

    fund = fund_of(settings)
    try:
        asyncio.run(say(kafka_of(settings, fund), fund.fund_id, event, raw))
    except Unavailable as error:
        raise Stop(str(error)) from None
    except (KafkaError, TimeoutError) as error:
        raise Stop(f"PSDF_KAFKA={settings.kafka}: the broker has not taken it: {error!r}") from None
