"""``psdf sodra``: a statement as a file is looked at, and imported by two persons."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from shared.cli.desk import TokenOption
from shared.cli.keys import over_http
from shared.cli.options import HomeOption, settings
from shared.cli.persons import ApprovedOption, ByOption, by_two
from shared.cli.screen import screen, table
from shared.edge.statement import StatementError, imported, read_statement
from shared.explain.results import answers
from shared.explain.sentences import reason_sentence
from shared.journal.home import Home, reading
from shared.kernel.calendar import VILNIUS
from shared.kernel.money import euro
from shared.kernel.stop import Stop
from shared.runtime.embedded import Stack
from shared.runtime.reach import reach
from shared.runtime.settings import Settings, fund_of

app = typer.Typer(no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="CSV or XML", show_default=False)]


@app.callback()
def about() -> None:
    """Sodra's quarterly statements (point 22) that come as a file, not as an event.

      psdf sodra check statement.csv
      psdf sodra import statement.csv --by Ona --approved-by Petras

    What a file holds, and its XML, says shared/edge/README.md. The same file imported again gets the same answer.
    Where the fund has an identity provider (PSDF_OIDC) a clerk and a second type the same command within a day, each
    with a token of their own; else --by and --approved-by are names as they are typed. With PSDF_KAFKA set it goes to
    the cluster, which the certificate of the console may do.
    """


@app.command("check")
def check(file: FileArgument) -> None:
    """Show what a file states, and take nothing."""
    try:
        said = read_statement(_bytes(file))
    except StatementError as error:
        raise Stop(f"{file}: {error}") from None
    rows = [
        (name.removesuffix("_cents"), f"{euro(cents)} EUR") for name, cents in said.items() if name.endswith("_cents")
    ]
    title = f"{said['year']} Q{said['quarter']}, submission {said['submission']}"
    screen().print(table(title, ["line", ">stated"], rows))


@app.command("import")
def take_in(
    file: FileArgument,
    by: ByOption = None,
    approved_by: ApprovedOption = None,
    token: TokenOption = None,
    at: Annotated[
        datetime | None, typer.Option(help="when it came, where events bring their own time", show_default=False)
    ] = None,
    home: HomeOption = None,
) -> None:
    """Import a statement, by two different persons: into a running fund, a home, or on Kafka. Its answer is shown."""
    moment = at.replace(tzinfo=VILNIUS) if at else datetime.now(VILNIUS)
    chosen, content = settings(home=home), _bytes(file)
    try:
        read_statement(content)
        two = by_two(chosen, "statement", content, by, approved_by, token, of_home=home is not None)
        if two is None:
            return
        raw = imported(content, moment, *two)
    except StatementError as error:
        raise Stop(f"{file}: {error}") from None
    if chosen.kafka:
        (place,) = asyncio.run(_on_kafka(chosen, raw))
        screen().print(f"{file}: lies on {place}; the console shows what the fund says", markup=False)
        return
    answer = _brought(chosen, raw)
    screen().print(f"{file}: {answer['outcome']}", markup=False)
    if answer.get("error"):
        raise Stop(f"{file}: {answer['error']}")
    for reason in answer.get("reasons") or ():
        for lang in ("lt", "en"):
            screen().print(f"  {reason_sentence(reason, lang)}", markup=False)


def _brought(asked: Settings, raw: bytes) -> dict[str, Any]:
    """Bring it to the fund of the home, running or not; its answer. Raises Stop."""
    home = Home(path=asked.home)

    async def here(stack: Stack) -> dict[str, Any]:
        told = await stack.publish([raw], own=True)
        (answer,) = answers([raw], told, stack.engine("invoicing"), lambda: reading(home))
        found: dict[str, Any] = msgspec.to_builtins(answer)
        return found

    def there(url: str) -> dict[str, Any]:
        answer: dict[str, Any] = over_http(home, f"{url}/statements", raw)["answers"][0]
        return answer

    return reach(asked, home, fund_of(asked), here, there)


async def _on_kafka(asked: Settings, raw: bytes) -> Mapping[str, int]:
    """Put it on its topic, as the console does what two persons said; each place. Raises Stop."""
    from aiokafka.errors import KafkaError

    from shared.adapters.kafka.post import Post
    from shared.runtime.cluster import kafka_of

    fund = fund_of(asked)
    post = Post(kafka_of(asked, fund), fund.fund_id)
    try:
        return await post.put([raw])
    except (KafkaError, OSError) as error:
        raise Stop(f"PSDF_KAFKA={asked.kafka}: the broker has not taken it: {error!r}") from None
    finally:
        await post.close()


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Stop(f"{file}: {error.strerror}") from None
