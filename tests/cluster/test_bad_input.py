"""What a process of the cluster does where something is not as it should be."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local import Report, Stack
from shared.adapters.mongo.client import close, motor_client
from shared.adapters.mongo.documents import COMMITS
from shared.kernel.calendar import VILNIUS
from tests.adapters.serving import running
from tests.bench import world
from tests.cluster.fleet import fleet
from tests.cluster.member import Member
from tests.cluster.quiet import killed, until

pytestmark = [pytest.mark.connected, pytest.mark.faults]


async def test_a_journal_of_another_schema_version_is_refused(stack: Report, fund: str, tmp_path: Path) -> None:
    client = motor_client(stack.mongo_url)
    await client[fund].meta.insert_one({"_id": "schema", "version": 99})
    async with fleet(stack, fund, tmp_path, partitions=1) as here:
        payments = here.start("payments")

        async def ended() -> bool:
            return not payments.lives

        await until(ended, "payments ends")
    assert payments.process.exitcode == 1
    assert f"payments does not start: database {fund} has schema version 99" in payments.log.read_text()
    assert await client[fund]["payments" + COMMITS].count_documents({}) == 0
    await close(client)


async def test_the_brokers_clock_counts_and_not_the_senders(stack: Report, fund: str, tmp_path: Path) -> None:
    """Two budgets of this year, by their own word from long ago and from the future: both are adopted today."""
    before = datetime.now(UTC) - timedelta(seconds=5)
    (budget, *_) = map(json.loads, world.beginning(1))
    year = datetime.now(VILNIUS).year
    async with fleet(stack, fund, tmp_path, partitions=1, moment="arrival") as here:
        await here.started("contracts")
        for edition, time in ((1, "2019-01-01T00:00:00+02:00"), (2, "2099-01-01T00:00:00+02:00")):
            data = {**budget["data"], "year": year, "edition": edition, "in_force_from": f"{year}-01-01"}
            await here.send([json.dumps({**budget, "id": f"b{edition}", "time": time, "data": data}).encode()])
            await here.quiet()
        adopted = await here.told(["budget.adopted"])
    assert [event["data"]["edition"] for event in adopted] == [1, 2]
    for event in adopted:
        assert before <= datetime.fromisoformat(event["time"]) <= datetime.now(UTC) + timedelta(seconds=5)


async def test_without_a_broker_a_service_waits_and_says_so(own: Stack, fund: str, tmp_path: Path) -> None:
    report = own.up()
    async with fleet(report, fund, tmp_path, partitions=3) as here:
        await killed(report.kafka)
        payments = here.start("payments")
        await payments.told_waiting("topics", "no broker")
        own.up()
        await until(payments.ready, "payments is ready")
        assert payments.lives


async def test_a_service_without_its_topics_waits_and_names_them(stack: Report, fund: str, tmp_path: Path) -> None:
    async with fleet(stack, fund, tmp_path, partitions=3) as here:
        await here.admin.delete_topics([f"{here.prefix}budget.adopted"])
        here.partitions = 4
        payments = here.start("payments")
        why = await payments.told_waiting("topics", "budget.adopted is missing")
        assert "has 3 partitions, and this service is set to 4" in why


def notice(number: int) -> bytes:
    sums = {f"{name}_cents": 0 for name in ("allotted", "transferred", "exceeding", "planned")}
    named = {"notice_no": f"P-2022-{number}", "year": 2022, "article": "01", "article_name": "care"}
    data = {**named, **sums, "invoices": [], "prepared_on": "2022-03-01"}
    return world.event("/payments", f"n{number}", "notice.prepared", world.at(world.FIRST), data)


async def test_a_notice_that_is_refused_holds_up_no_other(stack: Report, fund: str, tmp_path: Path) -> None:
    refuses = {"P-2022-1"}

    async def box(request: Request) -> Response:
        number = request.path_params["number"]
        if number in refuses:
            return Response("not like this", HTTPStatus.CONFLICT)
        received = {"notice_no": number, "sha256": sha256(await request.body()).hexdigest()}
        return JSONResponse({**received, "received_at": "2022-03-02T10:00:00+02:00"}, HTTPStatus.CREATED)

    app = Starlette(routes=[Route("/notices/{number}", box, methods=["PUT"])])
    async with running(app) as ministry, fleet(stack, fund, tmp_path, partitions=1, ministry=ministry) as here:
        (letters,) = await here.started("letters")
        await here.send_to([(f"{here.prefix}notice.prepared", b"psdf", 0, notice(number)) for number in (1, 2)])

        async def told(*numbers: int) -> bool:
            events = await here.told(["notice.delivered"])
            found = sorted(event["data"]["notice_no"] for event in events)  # each goes beside the others
            return found == [f"P-2022-{number}" for number in numbers]

        async def second_is_told() -> bool:
            return await told(2)

        async def first_is_told_too() -> bool:
            return await told(1, 2, 2)

        await until(second_is_told, "the second notice is delivered")
        await letters.told_waiting("notice P-2022-1", "a person must look")
        letters.kill()
        refuses.clear()
        here.start("letters")
        await until(first_is_told_too, "after a new start, the first is delivered, and the second with the same answer")


async def test_a12_a_notice_that_cannot_be_read_holds_up_no_other(stack: Report, fund: str, tmp_path: Path) -> None:
    """Of an article without a name, of an older version; one that nobody can read; and another article's behind them."""
    nameless = notice(1).replace(b'"article_name": "care"', b'"article_name": ""')
    broken = notice(2).replace(b'"year": 2022', b'"year": "soon"')

    async def box(request: Request) -> Response:
        received = {
            "notice_no": request.path_params["number"],
            "sha256": sha256(await request.body()).hexdigest(),
            "received_at": "2022-03-02T10:00:00+02:00",
        }
        return JSONResponse(received, HTTPStatus.CREATED)

    app = Starlette(routes=[Route("/notices/{number}", box, methods=["PUT"])])
    async with running(app) as ministry, fleet(stack, fund, tmp_path, partitions=1, ministry=ministry) as here:
        (letters,) = await here.started("letters")
        await here.send_to(
            [(f"{here.prefix}notice.prepared", b"psdf", 0, raw) for raw in (nameless, broken, notice(3))]
        )

        async def told() -> bool:
            delivered = await here.told(["notice.delivered"])
            return {event["data"]["notice_no"] for event in delivered} == {"P-2022-1", "P-2022-3"}

        await until(told, "the others are delivered", why_not=letters.log.read_text)
        await letters.told_waiting("notice 0@1", "it can't be read, a person must look: notice.prepared: data.year")


async def test_a_process_stops_in_order_while_the_broker_is_away(own: Stack, fund: str, tmp_path: Path) -> None:
    report = own.up()
    async with fleet(report, fund, tmp_path, partitions=1) as here:
        (payments,) = await here.started("payments")
        await killed(report.kafka)
        await payments.told_waiting("broker")
        assert await payments.stop() == 0, payments.log.read_text()
        own.up()


async def test_S7_that_the_broker_is_away_takes_one_line_and_that_it_is_back_another(
    own: Stack, fund: str, tmp_path: Path
) -> None:
    report = own.up()
    async with fleet(report, fund, tmp_path, partitions=1, ministry="http://127.0.0.1:9") as here:
        members = await here.started("payments", "letters")
        await here.quiet()
        said = {member.name: len(lines_of(member)) for member in members}
        await killed(report.kafka)

        async def tried() -> bool:
            return all([await member.count("waits_broker") >= 4 for member in members])

        await until(tried, "each has looked for the broker four times")
        own.up()
        for member in members:
            await until(member.ready, f"{member.name} is ready")
            await here.send([world.started(world.FIRST)])
            await here.quiet()
            assert [line["message"] for line in lines_of(member)[said[member.name] :]] == [
                f"waiting for broker: {report.bootstrap} does not answer",
                "broker: it works again",
            ]


def lines_of(member: Member) -> list[dict[str, str]]:
    return [json.loads(line) for line in member.log.read_text().splitlines()]
