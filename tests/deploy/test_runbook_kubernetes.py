"""The runbook's lines for Kubernetes, done as they stand there as far as no cluster is asked.

What persons give the cluster is made by the client alone (``--dry-run=client``) and compared with what the manifests take
of it; a command as a Job is made by the runbook's own function, with a stand-in for the cluster.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import pytest
import yaml

from services.all import SERVICES
from shared.effects.bank.accounts import bank_file_of
from tests.deploy.manifests import OVERLAYS, Resource, built, of
from tests.docs.commands import BLOCK, fault
from tests.edge.certificates import Authority
from tests.runtime.runbook import RUNBOOK

TEXT = RUNBOOK.read_text(encoding="utf-8")
BLOCKS = BLOCK.findall(TEXT)
RESOURCES = built(OVERLAYS / "production")
DEPLOYMENTS = of("Deployment", RESOURCES)
BEFORE = ("psdf proof key new", "openssl genpkey", "export PSDF_PEOPLE", "psdf people add")
"""Lines of the blocks that make what others read."""
CREATES = re.compile(
    r"^kubectl -n psdf create (?:secret|configmap) .*|^for user in .*\n.*create secret.*\ndone", re.MULTILINE
)
OF_THE_BANK = re.compile(r"`(kubectl -n psdf create configmap bank [^`]+)`, where FOLDER holds it as `([\w.]+)`")
CLIENT_ALONE = 'kubectl() { command kubectl "$@" --dry-run=client -o yaml; echo ---; }'
CLUSTER = """#!/bin/sh
case "$*" in
  *" get deployment "*) cat "$5.json" ;;
  *" create -f -") cat >> created.json ;;
  *) exit 1 ;;
esac
"""
"""A stand-in for the cluster: it has the deployments of the overlay, and keeps what is created."""
Key: TypeAlias = tuple[str, str, str]
"""A kind (Secret or ConfigMap), a name and a key."""

pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None or shutil.which("jq") is None,
    reason="NOT TRIED: kubectl or jq is not here, so the runbook's lines for Kubernetes are not done",
)


def bash(lines: list[str], folder: Path) -> str:
    """What lines of the runbook print, done in a folder with its commands and those of this environment."""
    env = {**os.environ, "PATH": f"{folder / 'bin'}:{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}"}
    script = ["bash", "-euo", "pipefail", "-c", "\n".join(lines)]
    done = subprocess.run(script, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> set[Key]:
    """Every key that the runbook lets persons make."""
    folder = Authority(tmp_path_factory.mktemp("made")).serves()
    (folder / "tls.crt").rename(folder / "gate.crt")
    (folder / "tls.key").rename(folder / "gate.key")
    for name in ("oidc.toml", "client.secret"):
        (folder / name).write_text("what the chapter says")
    ((bank, name),) = OF_THE_BANK.findall(TEXT)
    (folder / "FOLDER").mkdir()
    shutil.copy(bank_file_of("psdf"), folder / "FOLDER" / name)
    bash([line for block in BLOCKS for line in block.splitlines() if line.startswith(BEFORE)], folder)
    creates = [line for block in BLOCKS for line in CREATES.findall(block)]
    created = bash([CLIENT_ALONE, *creates, bank], folder)
    found = [each for each in yaml.safe_load_all(created) if each]
    return {(each["kind"], each["metadata"]["name"], key) for each in found for key in each["data"]}


def taken() -> Iterator[Key]:
    """Every key of a Secret or a ConfigMap that a pod of ours takes something from, whoever makes it."""
    for each in RESOURCES:
        spec = each["spec"]["jobTemplate"]["spec"] if each["kind"] == "CronJob" else each.get("spec", {})
        if pod := spec.get("template", {}).get("spec"):
            yield from taken_by(pod)


def taken_by(pod: Resource) -> Iterator[Key]:
    (container,) = pod["containers"]
    paths = []
    for entry in container.get("env", []):
        for source, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
            if said := entry.get("valueFrom", {}).get(source):
                yield kind, said["name"], said["key"]
        paths.append(PurePosixPath(entry.get("value", "")))
    paths += [PurePosixPath(word) for word in container["args"]]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    for mount in container["volumeMounts"]:
        volume = volumes[mount["name"]]
        for source in (volume, *volume.get("projected", {}).get("sources", [])):
            kind = "Secret" if "secret" in source else "ConfigMap"
            if said := source.get("secret") or source.get("configMap"):
                name = said.get("secretName") or said["name"]
                listed = {item["path"]: item["key"] for item in said.get("items", [])}
                asked = {path.name for path in paths if str(path.parent) == mount["mountPath"]}
                yield from ((kind, name, listed.get(each, each)) for each in {*listed, *asked} if asked or listed)


def test_every_key_that_a_pod_takes_of_what_persons_make_is_made(made: set[Key]) -> None:
    by_persons = {(kind, name) for kind, name, _ in made}
    asked = {key for key in taken() if key[:2] in by_persons}
    assert asked - made == set()
    assert {("ConfigMap", "bank", "bank.toml"), ("Secret", "receipts", "receipts.pem")} <= asked
    assert {name for kind, name in by_persons if kind == "ConfigMap"} == {"bank", "console", "gate", "ministry", "oidc"}
    users = {f"psdf-mongo-{name}-password" for name in (*(service.name for service in SERVICES), "bank", "restore")}
    assert {*users, "people", "gate-tls", "clients", "proof-key"} <= {name for _, name in by_persons}


def test_what_a_person_gives_for_tls_is_what_kubernetes_names_so(made: set[Key]) -> None:
    assert {key for kind, name, key in made if name == "gate-tls"} == {"tls.crt", "tls.key"}
    assert ("Secret", "people", "people.json") in made
    assert ("Secret", "clients", "ca.crt") in made
    assert ("Secret", "oidc-client", "secret") in made


def test_a_command_as_a_job_is_the_pod_of_its_service_with_the_copies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kubectl").write_text(CLUSTER)
    (tmp_path / "bin" / "kubectl").chmod(0o755)
    for name, made in DEPLOYMENTS.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(made))
    (block,) = [block for block in BLOCKS if block.startswith("as_service() {")]
    jobs = json.loads(bash([block, "jq -s . created.json"], tmp_path))
    said = [(job["metadata"]["name"].rpartition("-")[0], *_store_and_words(job)) for job in jobs]
    names = [service.name for service in SERVICES]
    assert said[:2] == [
        ("payments", "restore", ["restore", "/backup/psdf-2026-03-04T233000Z.backup"]),
        ("payments", "backup", ["verify"]),
    ]
    assert sorted(said[2:-1]) == sorted((name, name, ["restore-offsets", name]) for name in names)
    assert said[-1] == ("bank", "restore", ["bank", "hear"])
    claims = of("PersistentVolumeClaim", RESOURCES)
    for job in jobs:
        pod = job["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert fault(container["args"]) is None
        assert (pod["restartPolicy"], job["spec"]["backoffLimit"]) == ("Never", 0)
        assert not [name for name in container if name.endswith("Probe")]
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
        assert {each["persistentVolumeClaim"]["claimName"] for each in pod["volumes"] if "persistentVolumeClaim" in each} <= claims.keys()  # fmt: skip


def _store_and_words(job: Resource) -> tuple[str, list[str]]:
    """As whom a Job logs in to the store, and what it does."""
    (container,) = job["spec"]["template"]["spec"]["containers"]
    (store,) = [each["valueFrom"]["secretKeyRef"] for each in container["env"] if each["name"] == "PSDF_MONGO"]
    assert store["key"] == "connectionString.standard"
    return store["name"].removeprefix("psdf-mongo-").removesuffix("-url"), container["args"]
