"""A2. What is deployed starts: each process as its manifest says, on a Kafka with the rights and topics of the manifests.

Only addresses, ports and folders of secrets are others, for all runs on one machine and no container is around it. The
store asks for no password here, so the one of compose.yaml stands in its address no more.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local import Stack
from deploy.render import DEPLOY
from deploy.store_rights import RIGHTS
from services.all import RECEIVES
from shared.adapters.ministry.sim import ministry_app
from shared.edge.keys import write_new
from shared.effects.bank.accounts import bank_file_of
from shared.kernel.calendar import VILNIUS, midnight
from shared.messages.write import day_started
from shared.runtime.hears import HEARS
from tests.adapters.serving import running
from tests.cluster.fleet import Fleet
from tests.cluster.quiet import until
from tests.deploy import image, secured
from tests.deploy.banking import bank_file_at, money_goes_through_the_bank_to_try_with
from tests.deploy.einvoices import an_e_invoice_is_judged_by_the_gate, rules_of_the_image
from tests.deploy.forging import (
    a_certificate_of_nobody_is_refused_behind_the_ingress,
    nobody_writes_what_is_anothers,
    what_is_not_signed_is_parked_by_the_gate,
)
from tests.deploy.manifests import OVERLAYS, Resource, built, environment, mounted, of
from tests.deploy.started import Processes, Started, elsewhere, processes
from tests.deploy.told import OF_THE_CLUSTER
from tests.deploy.year import PROVIDER, Year
from tests.edge.certificates import Authority
from tests.stack import HEAP, QUICK_JAVA, require_connected
from tests.telemetry.receiver import Receiver, receiving

pytestmark = pytest.mark.connected

NAMES = (*RECEIVES, "clock", "letters", "gate", "bank", "console")
STORE = "mongodb://NAME:secret@psdf-mongo-0.psdf-mongo-svc.psdf.svc.cluster.local:27017/admin?w=majority&journal=true"
MINISTRY = "http://ministry.example"
SUMS = {f"{PROVIDER}/A1": 300_00, f"{PROVIDER}/A2": 9_800_00}
READY_S = 90.0
ENTRYPOINT = ["psdf"]
"""Of the image; test_compose compares it with the Dockerfile."""


def address_of(user: str) -> str:
    """The store as the operator writes it for a user."""
    return STORE.replace("NAME", user)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    require_connected()
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", QUICK_JAVA)
    with receiving(keeps=False) as receiver:
        yield receiver


@dataclass(kw_only=True)
class Outside(Fleet):
    """Kafka as senders and readers outside see it: each with a producer of its own; operators may look at all."""

    producers: dict[str, AIOKafkaProducer] = field(default_factory=dict)

    async def say(self, raws: Iterable[bytes]) -> None:
        """Send each event as the one who speaks in it."""
        for raw in raws:
            speaker = yaml.safe_load(raw)["source"].split("/")[1]
            for topic, key, number, value in self.places_of([raw]):
                await self.producers[speaker].send_and_wait(topic, value, key=key, partition=number)

    async def found(self, topic: str) -> list[dict[str, Any]]:
        return [event["data"] for event in await self.told([topic])]

    async def comes(self, topic: str, count: int = 1) -> list[dict[str, Any]]:
        """What lies on a topic, when it is as much."""

        async def holds() -> bool:
            return await self.count(topic) >= count

        await until(holds, f"{count} x {topic}", READY_S)
        return await self.found(topic)


@asynccontextmanager
async def outside(stack: Stack, folder: Path, secrets: Path | None = None, tls: str = "") -> AsyncIterator[Outside]:
    """With ``secrets``: who has a principal shows its certificate at ``tls``; for others the operators stand in here."""
    report = stack.status()
    async with AsyncExitStack() as opened:
        reader = AIOKafkaConsumer(bootstrap_servers=report.bootstrap, enable_auto_commit=False)
        await opened.enter_async_context(reader)
        admin = AIOKafkaAdminClient(bootstrap_servers=report.bootstrap)
        await admin.start()
        opened.push_async_callback(admin.close)
        producers = {}
        for speaker in ("vlk", "treasury", "providers", "clock"):
            given: dict[str, Any] = {"bootstrap_servers": report.bootstrap}
            if secrets and (secrets / speaker).is_dir():
                given = {"bootstrap_servers": tls, "security_protocol": "SSL"}
                given["ssl_context"] = secured.context_of(secrets, speaker)
            producers[speaker] = await opened.enter_async_context(AIOKafkaProducer(**given))
        yield Outside(
            stack=report,
            prefix="",
            folder=folder,
            producer=producers["vlk"],
            admin=admin,
            reader=reader,
            producers=producers,
        )


async def all_ready(started: Processes) -> None:
    for each in started.of.values():
        await until(each.ready, f"{each.name} is ready;", READY_S, each.said)
        assert each.listens_on() == {f"0.0.0.0:{each.port}"}, f"{each.name}: whoever probes it comes from outside"


async def asked_as_prometheus_asks(started: Processes, targets: dict[str, str]) -> None:
    """Each process by its name and port; it tells that it is ready."""
    assert targets.keys() == set(NAMES)
    for name, target in targets.items():
        assert target == f"{name}:8080"
        found = await started.of[name].scrape()
        assert found["psdf_ready{}"] == 1, name


async def told_as_the_boards_ask(started: Processes) -> None:
    """Each service tells what the boards show of the cluster alone, and what lies parked; letters what is on its way."""
    wanted = {name: {*OF_THE_CLUSTER, "psdf_parked_open"} for name in RECEIVES}
    for name, metrics in (wanted | {"letters": {"psdf_letters_under_way", "psdf_letters_failing"}}).items():
        process = started.of[name]

        async def tells(process: Started = process, metrics: set[str] = metrics) -> bool:
            return metrics <= {sample.partition("{")[0] for sample in await process.scrape()}

        await until(tells, f"{name} tells what the boards show;", READY_S, process.said)


async def an_invoice_is_scheduled(there: Outside, started: Processes, year: Year) -> None:
    there.members = [each for name, each in started.of.items() if name not in ("clock", "console")]  # they hear nothing
    await there.comes("day.started", there.partitions)
    for raw in year.beginning():
        await there.say([raw])
        await there.quiet(READY_S)
    assert len(await there.found("contract.concluded")) == 2, await there.told()
    await there.say([year.invoice("A1", "C-1", 3)])
    (answered,) = await there.comes(year.first_answer)
    assert answered["invoice_id"] == f"{PROVIDER}/A1"
    await there.quiet(READY_S)
    assert await there.count("unknown.parked") == 0
    await until(
        lambda: shows(started.of["console"], f"/invoices/{PROVIDER}/A1"), "the console shows the invoice", READY_S
    )
    await until(lambda: nobody_is_behind(started.of["console"]), "the console sees who is behind", READY_S)


async def nobody_is_behind(console: Started) -> bool:
    """Whether the console shows of each topic that a process hears that it has heard all."""
    rows = (await console.get("/ops?as=json")).json()["topics"]
    heard = {(row["service"], row["topic"]) for row in rows if row["lag"] == 0}
    return heard >= {(name, topic) for name, topics in HEARS.items() for topic in topics}


async def shows(console: Started, path: str) -> bool:
    """Whether the console has a page there already."""
    answer = await console.get(path)
    return answer is not None and answer.status_code == httpx.codes.OK


@dataclass(kw_only=True)
class Kubernetes:
    """The small overlay: its processes are started as their pods are; ``places`` are addresses of this machine."""

    resources: list[Resource]
    secrets: Path
    folder: Path
    places: dict[str, str]
    tls: str
    """Where Kafka asks for certificates."""
    clients: Authority
    """Whose client certificates the ingress asks for."""

    def start(self, started: Processes, *names: str, **changed: str) -> None:
        made = {f"psdf-mongo-{user}-url": {"connectionString.standard": address_of(user)} for user in RIGHTS}
        made["ministry"] = {"url": MINISTRY}
        made["gate"] = {"names": "gate.example", "proxies": "127.0.0.0/8"}
        made["console"] = {"names": "console"}
        for name in names:
            pod = of("Deployment", self.resources)[name]["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            folders = {path: str(each) for path, each in mounted(pod, self.secrets, self.folder / name).items()}
            if "/etc/bank" in folders:  # the ConfigMap that a person makes
                (Path(folders["/etc/bank"])).mkdir(parents=True, exist_ok=True)
                shutil.copy(bank_file_of("psdf"), Path(folders["/etc/bank"]) / "bank.toml")
            told = elsewhere(image.environment() | environment(pod, self.resources, made), self.places | folders)
            (port,) = container["ports"]
            assert told["PSDF_HTTP"].endswith(f":{port['containerPort']}")
            started.start(name, container.get("command", ENTRYPOINT) + container["args"], told | changed)

    def targets(self) -> dict[str, str]:
        """What Prometheus asks: the ports of the Services that have the name which the monitor gives."""
        (endpoint,) = of("ServiceMonitor", self.resources)["psdf"]["spec"]["endpoints"]
        assert endpoint["path"] == "/metrics"
        ports = {name: service["spec"]["ports"] for name, service in of("Service", self.resources).items()}
        return {
            name: f"{name}:{port['port']}"
            for name, some in ports.items()
            for port in some
            if port["name"] == endpoint["port"]
        }


@asynccontextmanager
async def kubernetes(folder: Path, collector: Receiver) -> AsyncIterator[tuple[Kubernetes, Outside]]:
    """Kafka with the topics, users and rights of the small overlay, the store, the ministry; no process of ours yet."""
    resources, secrets = built(OVERLAYS / "small"), folder / "secrets"
    users, topics = of("KafkaUser", resources), of("KafkaTopic", resources)
    secured.make_secrets(secrets, list(users))
    (secrets / "receipts").mkdir()
    write_new(secrets / "receipts" / "receipts.pem")
    authority = Authority(secrets / "clients")
    config = of("Kafka", resources)["psdf"]["spec"]["kafka"]["config"]
    stack = secured.SecuredStack(folder / "home", secrets, config, heap=HEAP)
    try:
        report = await asyncio.to_thread(stack.up)
        async with (
            outside(stack, folder, secrets, stack.tls) as there,
            running(ministry_app(folder / "post")) as ministry,
        ):
            await secured.apply(there.admin, list(topics.values()), list(users.values()))
            there.partitions = topics["invoice.submitted"]["spec"]["partitions"]
            places = {
                "psdf-kafka-bootstrap:9093": stack.tls,
                **{address_of(user).partition("?")[0]: report.mongo_url.rstrip("/") + "/" for user in RIGHTS},
                MINISTRY: ministry,
                image.RULES: str(rules_of_the_image(folder)),
                "http://otel-collector.observability:4318": collector.url,
            }
            cluster = Kubernetes(
                resources=resources, secrets=secrets, folder=folder, places=places, tls=stack.tls, clients=authority
            )
            yield cluster, there
    finally:
        stack.down()


async def test_A2_kubernetes_starts_and_invoices_are_told_to_the_ministry_ordered_and_paid(
    tmp_path: Path, collector: Receiver
) -> None:
    async with kubernetes(tmp_path, collector) as (cluster, there):
        with processes(tmp_path / "logs") as started:
            cluster.start(started, *NAMES)
            await all_ready(started)
            await asked_as_prometheus_asks(started, cluster.targets())
            assert {name for name, each in started.of.items() if "PSDF_MONGO" not in each.environment} == {"clock"}
            year = Year(datetime.now(VILNIUS).date())
            await an_invoice_is_scheduled(there, started, year)
            await what_is_not_signed_is_parked_by_the_gate(there, started.of["gate"], year)
            await a_certificate_of_nobody_is_refused_behind_the_ingress(started.of["gate"], cluster.clients)
            await told_as_the_boards_ask(started)
            await nobody_writes_what_is_anothers(cluster.resources, cluster.secrets, cluster.tls)
            await an_e_invoice_is_judged_by_the_gate(
                started.of["gate"],
                {"PSDF_KAFKA": cluster.tls, "PSDF_KAFKA_TLS": str(secured.folder_of(cluster.secrets, "keys"))},
                of("Deployment", cluster.resources)["gate"],
            )
            assert started.stop() == dict.fromkeys(NAMES, 0)

            # The days that follow, as they will come: only whose clock decides is another than in the manifests.
            after = [name for name in NAMES if name != "clock"]
            cluster.start(started, *after, PSDF_MOMENT="event")
            await all_ready(started)
            await the_days_that_follow(there, year)
            await the_treasury_pays(there, year)
            assert [path.suffix for path in sorted((tmp_path / "post").iterdir())] == [".json", ".pdf"]
            assert started.stop() == dict.fromkeys(after, 0)


async def the_days_that_follow(there: Outside, year: Year) -> None:
    """The first invoice is ordered; one above the article is told to the ministry, and ordered too."""
    moment = midnight(year.today + timedelta(days=1)) + timedelta(hours=9)
    await there.say([day_started(moment.date()), year.invoice("A2", "C-2", 98, moment)])
    await there.quiet(READY_S)
    assert f"{PROVIDER}/A2" in {deferred["invoice_id"] for deferred in await there.found("payment.deferred")}
    for number in range(2, 15):
        await there.say([day_started(year.today + timedelta(days=number))])
        await there.quiet(READY_S)
        if await there.count("payment.ordered") == 2:
            break
    (notified,) = await there.found("overrun.notified")
    assert notified["exceeding_cents"] == 100_00
    ordered = {order["invoice_id"]: order["amount_cents"] for order in await there.found("payment.ordered")}
    assert ordered == SUMS


async def the_treasury_pays(there: Outside, year: Year) -> None:
    orders = await there.found("payment.ordered")
    last = date.fromisoformat(max(order["on"] for order in orders))
    for order in orders:
        answer = {"order_id": order["order_id"], "outcome": "executed", "on": f"{last}"}
        await there.say([year.say("/treasury", "payment.reported", answer, midnight(last) + timedelta(hours=15))])
    paid = await there.comes("payment.executed", len(orders))
    assert {order["invoice_id"]: order["amount_cents"] for order in paid} == SUMS


GIVEN = {"PSDF_MONGO_PASSWORD": "secret", "PSDF_GRAFANA_PASSWORD": "secret"}
"""What a person writes into .env."""
CONTAINERS: dict[str, Any] = yaml.safe_load(
    re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: GIVEN[found[1]], (DEPLOY / "compose.yaml").read_text())
)["services"]


@asynccontextmanager
async def compose(
    folder: Path, collector: Receiver
) -> AsyncIterator[tuple[Callable[..., None], Outside, Processes, Processes]]:
    """Kafka, the store, ministry and bank to try with; what starts a container's process, those that run, these two."""
    stack = Stack(folder / "home", heap=HEAP)
    try:
        report = await asyncio.to_thread(stack.up)
        async with outside(stack, folder) as there:
            places = {
                "kafka:9092": report.bootstrap,
                **{
                    f"mongodb://{user}:secret@mongo:27017/?authSource=admin&": report.mongo_url.rstrip("/") + "/?"
                    for user in RIGHTS
                },
                "/var/psdf": str(folder / "var"),
                image.RULES: str(rules_of_the_image(folder)),
                "http://otel-collector:4318": collector.url,
            }
            with processes(folder / "logs") as started, processes(folder / "beside") as beside:

                def start(name: str, among: Processes = started, **changed: str) -> None:
                    container = CONTAINERS[name]
                    told = image.environment() | container["environment"] | changed
                    told = elsewhere(told, places | {"/var/lib/psdf": str(folder / name)})
                    assert told["PSDF_HTTP"].endswith(":8080")
                    among.start(name, container.get("entrypoint", ENTRYPOINT) + container["command"], told)

                for name, page in {"ministry": "/notices", "bank-sim": "/answers"}.items():
                    start(name, beside)
                    await until(lambda: shows(beside.of[name], page), f"{name} is there", READY_S)  # noqa: B023
                    await beside.of[name].healthy(CONTAINERS[name]["healthcheck"]["test"])
                places["http://ministry:8080"] = f"http://127.0.0.1:{beside.of['ministry'].port}"
                reached = f"http://127.0.0.1:{beside.of['bank-sim'].port}"
                places["/etc/psdf/bank.toml"] = str(bank_file_at(folder, reached))
                yield start, there, started, beside
    finally:
        stack.down()


async def test_A2_compose_starts_and_an_invoice_is_paid_by_the_bank_to_try_with(
    tmp_path: Path, collector: Receiver
) -> None:
    async with compose(tmp_path, collector) as (start, there, started, beside):
        start("topics")
        assert await asyncio.to_thread(started.of.pop("topics").process.wait, READY_S) == 0
        for name in NAMES:
            start(name)
        await all_ready(started)
        for name, each in started.of.items():
            await each.healthy(CONTAINERS[name]["healthcheck"]["test"])
        jobs = yaml.safe_load((DEPLOY / "compose" / "prometheus.yaml").read_text())["scrape_configs"]
        targets = {
            job["job_name"]: target for job in jobs for each in job["static_configs"] for target in each["targets"]
        }
        await asked_as_prometheus_asks(started, targets)
        year = Year(datetime.now(VILNIUS).date())
        await an_invoice_is_scheduled(there, started, year)
        await told_as_the_boards_ask(started)
        await an_e_invoice_is_judged_by_the_gate(started.of["gate"], {"PSDF_KAFKA": there.stack.bootstrap})
        assert started.stop() == dict.fromkeys(NAMES, 0)

        after = [name for name in NAMES if name not in ("clock", "gate", "console")]
        for name in after:
            start(name, PSDF_MOMENT="event")
        await all_ready(started)
        await the_days_that_follow(there, year)
        await money_goes_through_the_bank_to_try_with(there, started.of["bank"], beside, tmp_path / "bank-sim")
        assert started.stop() == dict.fromkeys(after, 0)
