"""What ``psdf keys`` does: keys and requests as files, and two persons' words to the registry, wherever it is kept."""

import asyncio
import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from shared.cli.screen import screen, table
from shared.edge.keys import KeyFileError, keyid_of, request_of, write_new
from shared.edge.registry import read_word, word_on
from shared.engine.faults import Broken, Unavailable
from shared.engine.ingress import Word
from shared.events.keys import KeyRegistered, KeyRevoked
from shared.journal.events import facts, written
from shared.journal.home import Home, HomeHeld, held, reading
from shared.kernel.calendar import VILNIUS
from shared.kernel.stop import Stop, Wrong
from shared.messages.read import Event, Malformed
from shared.runtime.embedded import open_fund
from shared.runtime.settings import Settings, fund_of

Said = dict[str, Any]


def new(source: str, out: Path, valid_from: datetime | None, valid_to: datetime | None) -> None:
    """Make key.pem and request.json. Raises Stop where a file is there already, Wrong for a source that is none."""
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
    say = screen().print
    say(f"{key_file}      the private key: it stays here, and nobody else may read it")
    say(f"{request_file}  the request: hand it to the fund")
    say(f"key {keyid_of(key)} of {source}; compare this id with the fund by another way, such as a telephone call")


def register(settings: Settings, request: Path, by: str, approved_by: str) -> None:
    """Register the key of a request. Raises Stop, Wrong where it can't be."""
    try:
        asked = msgspec.json.decode(request.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise Stop(f"{request}: {error.strerror}") from None
    except (msgspec.MsgspecError, ValueError):
        raise Stop(f"{request} is no request: psdf keys new makes one") from None
    say(settings, KeyRegistered.type, {**asked, "by": by, "approved_by": approved_by})
    screen().print(f"registered: {asked['source']} signs with key {asked['keyid']} from now on", markup=False)


def revoke(settings: Settings, keyid: str, reason: str, by: str, approved_by: str) -> None:
    """Revoke a key. Raises Stop, Wrong where it can't be."""
    say(settings, KeyRevoked.type, {"keyid": keyid, "reason": reason, "by": by, "approved_by": approved_by})
    screen().print(f"revoked: nothing that arrives from now on is taken with key {keyid}", markup=False)


def show_list(settings: Settings, *, as_json: bool) -> None:
    """List the registry."""
    words = (
        on_the_cluster(settings)
        if settings.kafka
        else in_the_home(Home(path=settings.home), KeyRegistered.type, KeyRevoked.type)
    )
    revoked = {word["keyid"]: word for type_, word in words if type_ == KeyRevoked.type}
    known = [word for type_, word in words if type_ == KeyRegistered.type]
    if as_json:
        screen().print_json(json.dumps([{**word, "revoked": revoked.get(word["keyid"])} for word in known]))
        return
    rows = [_row(word, revoked.get(word["keyid"])) for word in known]
    screen().print(table("Keys", ["source", "key", "valid to", "registered by", "revoked"], rows))


def _row(word: Said, end: Said | None) -> tuple[str, ...]:
    revoked = f"{end['at'][:19]}: {end['reason']}" if end else ""
    return word["source"], word["keyid"], word["valid_to"][:10], f"{word['by']}, {word['approved_by']}", revoked


# ------------------------------------------------------------------------------------------------ where the registry is


def say(settings: Settings, type_: str, data: Said) -> None:
    """Bring a word to the registry. Raises Stop, Wrong where it is not taken."""
    raw = word_on(type_, data)
    try:
        event = read_word(raw)
    except Malformed as malformed:
        raise Wrong(malformed.error) from None
    if settings.kafka:
        _over_kafka(settings, event, raw)
        return
    fund, home = fund_of(settings), Home(path=settings.home)
    try:
        with held(home, fund.fund_id):
            asyncio.run(_directly(settings, home, raw))
    except HomeHeld as busy:
        if busy.url is None:
            raise
        over_http(home, f"{busy.url}{event.source}", raw)
    except Broken as error:
        raise Stop(f"{home.path}: {error}; psdf verify --home {home.path} shows where") from error


async def _directly(settings: Settings, home: Home, raw: bytes) -> None:
    event = read_word(raw)
    assert isinstance(event.data, Word)
    async with open_fund(home, fund_of(settings), moment=settings.moment) as stack:
        if why_not := stack.registry.why_not(event.data):
            raise Stop(why_not)
        try:
            await stack.register(event)
        except ValueError as error:
            raise Stop(str(error)) from None


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


def in_the_home(home: Home, *types: str) -> list[tuple[str, Said]]:
    """The words of these types in a home's journal, in order. Raises HomeError."""
    with reading(home) as connection:
        found = facts(connection, [written(type_) for type_ in types], service="door")
        return [(fact.type, fact.data) for fact in found if fact.type in types]


def on_the_cluster(settings: Settings) -> list[tuple[str, Said]]:
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
