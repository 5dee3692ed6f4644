"""The Kubernetes resources, read as files: no cluster is asked."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
import yaml

from deploy import render
from deploy.local.topics import load
from shared.runtime import cluster as known
from shared.runtime.console import prometheus_of
from shared.statute.load import load_fund
from tests.deploy import manifests

Resource: TypeAlias = dict[str, Any]

ROOT = Path(render.__file__).parent / "kubernetes"
BASE = ROOT / "base"
OVERLAYS = ("small", "production")
SERVICES = ("contracts", "invoicing", "payments", "reserve", "reconciliation")
EXIST = frozenset(known.PROCESSES)
PROCESSES = (*SERVICES, "clock", "letters", "gate", "bank", "console")
SETTINGS = {
    "PSDF_FUND",
    "PSDF_KAFKA",
    "PSDF_KAFKA_TLS",
    "PSDF_MOMENT",
    "PSDF_HTTP",
    "PSDF_OTLP",
    "PSDF_MONGO",
    "PSDF_MINISTRY_URL",
    "PSDF_BANK",
    "PSDF_HOME",
    "PSDF_OIDC",
    "PSDF_OPEN_TO",
    "PSDF_PEOPLE",
    "PSDF_PROXIES",
    "PSDF_RECEIPT_KEY",
    "PSDF_TLS",
}
VOLUMES = {
    "gate": ["clients", "book"],
    "bank": ["accounts", "bank", "oidc"],
    "console": ["home", "accounts", "people", "oidc", "oidc-client"],
}
"""What a process has beside its certificate."""
BOARDS = ROOT / "components" / "boards"
FOLDERS = [BASE, *(ROOT / "overlays" / overlay for overlay in OVERLAYS), BOARDS, ROOT.parent / "dashboards"]


@cache
def read(folder: Path) -> list[Resource]:
    found = [resource for file in sorted(folder.glob("*.yaml")) for resource in yaml.safe_load_all(file.read_text())]
    return [item for resource in found for item in (resource["items"] if resource["kind"] == "List" else [resource])]


def of(kind: str, folder: Path = BASE) -> dict[str, Resource]:
    return {resource["metadata"]["name"]: resource for resource in read(folder) if resource.get("kind") == kind}


DEPLOYMENTS = manifests.of("Deployment", manifests.resources(BASE))
(WORKLOAD,) = yaml.safe_load_all((BASE / "workload.yaml").read_text())


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()


def strings(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from (str(key), *strings(entry))
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry)
    else:
        yield str(value)


NO_RESOURCES = {"alerts.yaml", "alerts_test.yaml", "boards.yaml"}
"""What resources are rendered from, and the alarms' own tests."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_folder_lists_each_of_its_files(folder: Path) -> None:
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    listed = {name for name in kustomization.get("resources", []) if name.endswith(".yaml")}
    listed |= {patch["path"] for patch in kustomization.get("patches", []) if "path" in patch}
    there = {file.name for file in folder.glob("*.yaml")} - {"kustomization.yaml", *NO_RESOURCES}
    assert listed - NO_RESOURCES == there
    others = [name for name in kustomization.get("resources", []) if not name.endswith(".yaml")]
    others += kustomization.get("components", [])
    assert all((folder / name / "kustomization.yaml").is_file() for name in others)
    for generator in kustomization.get("configMapGenerator", []):
        assert all((folder / name).is_file() for name in generator.get("files", []))


@pytest.mark.parametrize("folder", FOLDERS[:4], ids=lambda folder: folder.name)
def test_each_resource_says_what_it_is(folder: Path) -> None:
    for resource in read(folder):
        assert resource["apiVersion"], resource
        assert resource["kind"], resource
        if resource["kind"] not in {"Kustomization", "Component"}:
            assert resource["metadata"]["name"], resource


def test_every_process_has_its_deployment_and_is_started_by_its_name() -> None:
    assert DEPLOYMENTS.keys() == set(PROCESSES)
    for name, deployment in DEPLOYMENTS.items():
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["run", name]
        assert name in EXIST


def test_all_processes_have_one_image_and_each_overlay_says_which() -> None:
    images = {made["spec"]["template"]["spec"]["containers"][0]["image"] for made in DEPLOYMENTS.values()}
    assert images == {"psdf"}
    for overlay in FOLDERS[1:3]:
        (image,) = yaml.safe_load((overlay / "kustomization.yaml").read_text())["images"]
        assert image["name"] == "psdf"
        assert image["newTag"] != "latest"


@pytest.mark.parametrize("name", PROCESSES)
def test_selectors_match_the_labels_they_are_to_match(name: str) -> None:
    deployment = DEPLOYMENTS[name]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert selects(deployment["spec"]["selector"]["matchLabels"], labels)
    service, budget = of("Service")[name], of("PodDisruptionBudget")[name]
    for selector in (service["spec"]["selector"], budget["spec"]["selector"]["matchLabels"]):
        chosen = [
            other
            for other, made in DEPLOYMENTS.items()
            if selects(selector, made["spec"]["template"]["metadata"]["labels"])
        ]
        assert chosen == [name]
    (monitor,) = of("ServiceMonitor").values()
    assert selects(monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"])
    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == name


def test_every_network_policy_chooses_some_pods() -> None:
    pods = [made["spec"]["template"]["metadata"]["labels"] for made in DEPLOYMENTS.values()]
    pods += [{"app": f"{name}-svc"} for name in of("MongoDBCommunity")]
    for name, policy in of("NetworkPolicy").items():
        assert any(selects(policy["spec"]["podSelector"]["matchLabels"], labels) for labels in pods), name


def test_ports_and_probes_meet() -> None:
    (container,) = WORKLOAD["spec"]["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": 8080}]
    probes = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/livez",
        "liveness": "/livez",
        "readiness": "/readyz",
    }
    assert {probe["port"] for probe in probes.values()} == {"http"}
    for service in of("Service").values():
        assert service["spec"]["ports"] == [{"name": "http", "port": 8080, "targetPort": "http"}]
    (monitor,) = of("ServiceMonitor").values()
    assert [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]] == ["http"]


def test_processes_have_no_right_that_they_do_not_need() -> None:
    pod = WORKLOAD["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    patches = yaml.safe_load((BASE / "kustomization.yaml").read_text())["patches"]
    everything = next(patch["target"] for patch in patches if patch["path"] == "workload.yaml")
    key, value = everything["labelSelector"].split("=")
    assert all(made["metadata"]["labels"][key] == value for made in DEPLOYMENTS.values())


def test_settings_are_the_known_ones_and_no_secret_is_written_down() -> None:
    (generated,) = yaml.safe_load((BASE / "kustomization.yaml").read_text())["configMapGenerator"]
    literals = dict(literal.split("=", 1) for literal in generated["literals"])
    named = {word for folder in FOLDERS[:3] for resource in read(folder) for word in strings(resource)}
    assert {word for word in named if word.startswith("PSDF_") and "=" not in word} | literals.keys() == SETTINGS
    assert literals["PSDF_MOMENT"] == "arrival"
    assert not [resource for folder in FOLDERS[:3] for resource in read(folder) if resource["kind"] == "Secret"]


def test_who_has_a_store_and_a_certificate() -> None:
    stored = {name for name, made in DEPLOYMENTS.items() if made["metadata"]["labels"].get("psdf/store") == "mongo"}
    assert stored == {*SERVICES, "letters", "gate", "bank", "console"}
    users = of("KafkaUser")
    for name, made in DEPLOYMENTS.items():
        volume, *own = made["spec"]["template"]["spec"]["volumes"]
        secrets = [source["secret"]["name"] for source in volume["projected"]["sources"]]
        user = "treasury" if name == "bank" else name
        assert secrets == ["psdf-cluster-ca-cert", user, *(["receipts"] if name == "gate" else [])]
        assert [each["name"] for each in own] == VOLUMES.get(name, [])
        assert user in users


def test_V13_payments_has_the_memory_that_it_was_measured_with() -> None:
    made = manifests.of("Deployment", manifests.built(ROOT / "overlays" / "production"))
    limits = {
        name: each["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
        for name, each in made.items()
    }
    measured_mi = 1_600_000_000 // 1024**2
    assert int(limits.pop("payments").removesuffix("Mi")) > 2 * measured_mi
    assert limits.pop("gate") == "2Gi", "it judges e-invoices too: tests/deploy/einvoices.py measures it"
    assert set(limits.values()) == {"1Gi"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_console_asks_prometheus_and_is_let_out_to_it_and_to_no_other(overlay: str) -> None:
    resources = manifests.built(ROOT / "overlays" / overlay)
    deployments, policies = manifests.of("Deployment", resources), manifests.of("NetworkPolicy", resources)
    template = deployments["console"]["spec"]["template"]
    run, option, url = template["spec"]["containers"][0]["args"][1:]
    assert (run, option, prometheus_of(url) is not None) == ("console", "--prometheus", True)
    host, namespace = str(urlsplit(url).hostname).split(".")
    assert host == "prometheus-operated"
    policy = policies["console-to-prometheus"]["spec"]
    chosen = [
        name
        for name, made in deployments.items()
        if selects(policy["podSelector"]["matchLabels"], made["spec"]["template"]["metadata"]["labels"])
    ]
    assert (chosen, policy["policyTypes"]) == (["console"], ["Egress"])
    (out,) = policy["egress"]
    (to,), (port,) = out["to"], out["ports"]
    assert to["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": namespace}
    assert to["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "prometheus"}
    assert port == {"protocol": "TCP", "port": urlsplit(url).port}
    (reads,) = policies["metrics"]["spec"]["ingress"]
    assert [each["namespaceSelector"] for each in reads["from"]] == [to["namespaceSelector"]], (
        "it is who reads /metrics"
    )


def test_A2_whoever_is_told_of_the_store_is_let_in_there() -> None:
    policies = of("NetworkPolicy")
    (out,), (into,) = policies["to-store"]["spec"]["egress"], policies["store"]["spec"]["ingress"]
    store = {"app": f"{next(iter(of('MongoDBCommunity')))}-svc"}
    assert [peer["podSelector"]["matchLabels"] for peer in out["to"]] == [store]
    for overlay in OVERLAYS:
        resources = manifests.built(ROOT / "overlays" / overlay)
        for name, made in manifests.of("Deployment", resources).items():
            template = made["spec"]["template"]
            env = {entry["name"] for entry in template["spec"]["containers"][0].get("env", [])}
            goes = selects(policies["to-store"]["spec"]["podSelector"]["matchLabels"], template["metadata"]["labels"])
            let_in = any(
                selects(peer["podSelector"]["matchLabels"], template["metadata"]["labels"]) for peer in into["from"]
            )
            assert ("PSDF_MONGO" in env, goes, let_in) == ((name != "clock",) * 3), name


def test_what_is_rendered_is_up_to_date() -> None:
    assert render.main(["--check"]) == 0


def test_every_topic_is_a_resource_of_the_cluster() -> None:
    made, (cluster,) = of("KafkaTopic"), of("Kafka")
    assert made.keys() == {topic.name for topic in load("cluster")}
    assert {resource["metadata"]["labels"]["strimzi.io/cluster"] for resource in made.values()} == {cluster}


def test_invoicing_alone_scales_and_never_beyond_its_partitions() -> None:
    (scaled,) = of("ScaledObject").values()
    assert scaled["spec"]["scaleTargetRef"]["name"] == "invoicing"
    assert scaled["spec"]["maxReplicaCount"] == load()[0].partitions
    assert "replicas" not in DEPLOYMENTS["invoicing"]["spec"], "the scaler says how many"
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"]["consumerGroup"] == f"{load_fund().fund_id}.invoicing"
    assert trigger["authenticationRef"]["name"] in of("TriggerAuthentication")


def _started(resources: list[Resource]) -> dict[str, list[str]]:
    """With which arguments each process is started."""
    return {
        name: made["spec"]["template"]["spec"]["containers"][0]["args"]
        for name, made in manifests.of("Deployment", resources).items()
    }


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here to build the overlays")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_builds_to_a_whole(overlay: str) -> None:
    built = subprocess.run(
        ["kubectl", "kustomize", str(ROOT / "overlays" / overlay)], capture_output=True, text=True, check=True
    )
    resources = [resource for resource in yaml.safe_load_all(built.stdout) if resource["kind"] != "Namespace"]
    assert {resource["metadata"]["namespace"] for resource in resources} == {"psdf"}
    deployments = [resource for resource in resources if resource["kind"] == "Deployment"]
    assert {made["metadata"]["name"] for made in deployments} == set(PROCESSES)
    ours = manifests.built(ROOT / "overlays" / overlay)
    assert _started(resources) == _started(ours), "the tests read overlays as kustomize does"
    assert manifests.of("NetworkPolicy", resources).keys() == manifests.of("NetworkPolicy", ours).keys()
    for made in deployments:
        pod = made["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert container["image"] == "psdf:0.1.0"
        assert "readinessProbe" in container
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}
    topics = [resource["spec"] for resource in resources if resource["kind"] == "KafkaTopic"]
    brokers = next(resource for resource in resources if resource["kind"] == "KafkaNodePool")["spec"]["replicas"]
    assert {topic["replicas"] for topic in topics} == {brokers}
    assert all(int(topic["config"]["min.insync.replicas"]) == max(1, brokers - 1) for topic in topics)
