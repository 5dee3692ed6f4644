"""Seals and proofs of the cluster's journals, by the commands that a nightly job and an auditor run."""

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local import Report, topics
from shared.adapters.mongo.client import close, motor_client
from shared.adapters.mongo.documents import COMMITS, documents_of
from shared.adapters.mongo.store import open_store
from shared.engine.ingress import INGRESS
from shared.engine.journal import SEALER
from shared.journal.journals import MongoJournals, SqliteJournals
from shared.proof.keys import new_key
from shared.proof.published import read_file
from shared.runtime.sealing import LatestSeal
from tests.proof.forging import rechained
from tests.runtime.years import Year

pytestmark = pytest.mark.connected


class Cluster:
    """A fund's journals in the cluster's store, as services left them; and commands on them."""

    def __init__(self, stack: Report, fund: str, folder: Path) -> None:
        self.stack, self.fund, self.folder = stack, fund, folder
        self.public = new_key(folder / "proof.key").public
        self._year = Year(7)

    async def services_wrote(self, share: float) -> None:
        """So much of a year, from each stream's beginning."""
        client = motor_client(self.stack.mongo_url)
        journals = SqliteJournals(self._year.connection)
        for service in await journals.services():
            if service == INGRESS.name:  # in the cluster that is Kafka
                continue
            store, there = await open_store(client, self.fund, service), await journals.store(service).heads()
            known = await store.heads()
            commits = [
                commit
                async for commit in journals.store(service).read()
                if known.get(commit.stream, 0) < commit.version <= there[commit.stream] * share
            ]
            await store.append(commits)
        await close(client)

    async def psdf(self, *words: str | Path, code: int = 0, **env: str) -> str:
        """What a command says."""
        command = [sys.executable, "-c", "from shared.cli.main import main; main()", *map(str, words)]
        where = {
            "PSDF_MONGO": self.stack.mongo_url,
            "PSDF_PREFIX": f"{self.fund}.",
            "PSDF_HOME": str(self.folder / "home"),
        }
        ran = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, check=False, env={**ENVIRONMENT, **where, **env}
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def seal(self) -> tuple[str | Path, ...]:
        return "proof", "seal", "--key", self.folder / "proof.key", "--out", self.folder / "seals"


ENVIRONMENT = {"PATH": "", "COLUMNS": "200"}


@pytest.fixture
async def cluster(stack: Report, fund: str, tmp_path: Path) -> Cluster:
    return Cluster(stack, fund, tmp_path)


async def test_a_job_seals_the_cluster_s_journals_and_an_auditor_holds_them_against_it(cluster: Cluster) -> None:
    client = motor_client(cluster.stack.mongo_url)
    latest = LatestSeal(MongoJournals(client, cluster.fund).store(SEALER))
    await cluster.services_wrote(0.5)
    await latest.look()
    assert latest.day is None
    assert "seal 1 of" in await cluster.psdf(*cluster.seal())
    await cluster.services_wrote(1)
    assert "seal 2 of" in await cluster.psdf(*cluster.seal())
    assert "nothing was decided since seal 2" in await cluster.psdf(*cluster.seal())
    first, second = sorted((cluster.folder / "seals").iterdir())
    assert read_file(second).statement().previous == read_file(first).statement().digest()
    held = ("verify", "--seal", cluster.folder / "seals", "--key", cluster.public)
    assert "2 seals, the last seal 2" in await cluster.psdf(*held)
    await latest.look()  # as payments does, to tell how old the latest seal is
    assert latest.day == read_file(second).statement().day

    commits = client[cluster.fund]["payments" + COMMITS]
    stored = [commit async for commit in MongoJournals(client, cluster.fund).store("payments").read("fund")]
    bodies = [commit.body for commit in stored]
    forged = rechained("payments", "fund", [*bodies[:3], bodies[3].replace(b'"rules":"', b'"rules":" '), *bodies[4:]])
    assert forged[2] == stored[2]
    await commits.delete_many({})
    await commits.insert_many([each for commit in forged for each in documents_of(commit)])
    await close(client)
    told = await cluster.psdf(*held, code=1)
    assert re.search(
        r"payments: stream fund: seal 1 of .* says that commit \d+ is .* lies in commits 1 to \d+", told
    ), told


async def test_the_proof_of_an_invoice_is_made_from_the_cluster_s_journals(cluster: Cluster) -> None:
    await cluster.services_wrote(1)
    await cluster.psdf(*cluster.seal())
    client = motor_client(cluster.stack.mongo_url)
    bodies = [c.body async for c in MongoJournals(client, cluster.fund).store("invoicing").read()]
    await close(client)
    accepted = next(
        found for body in bodies if (found := re.search(rb'accepted","data":\{[^{]*?"invoice_id":"([^"]+)"', body))
    )
    proof = cluster.folder / "proof.json"
    await cluster.psdf("proof", "invoice", accepted[1].decode(), "--out", proof, "--key", cluster.folder / "proof.key")
    told = await cluster.psdf("proof", "check", proof, "--key", cluster.public)
    assert f"Invoice {accepted[1].decode()}: " in told


async def test_a_seal_is_told_on_its_topic_once_the_broker_is_there(cluster: Cluster) -> None:
    wanted = [replace(topic, partitions=1) for topic in topics.load() if topic.name == "proof.sealed"]
    await topics.apply(cluster.stack.bootstrap, f"{cluster.fund}.", topics=wanted)
    await cluster.services_wrote(0.5)
    gone = await cluster.psdf(*cluster.seal(), code=1, PSDF_KAFKA="127.0.0.1:9", PSDF_PARTITIONS="1")
    assert "the seal is kept, and told by the next psdf proof seal" in gone
    await cluster.services_wrote(1)
    await cluster.psdf(*cluster.seal(), PSDF_KAFKA=cluster.stack.bootstrap, PSDF_PARTITIONS="1")
    place = TopicPartition(f"{cluster.fund}.proof.sealed", 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=cluster.stack.bootstrap)
    async with consumer:
        consumer.assign([place])
        ends = await consumer.end_offsets([place])
        consumer.seek(place, 0)
        records = [await consumer.getone() for _ in range(ends[place])]
    assert [json.loads(record.value)["data"]["number"] for record in records] == [1, 2]
