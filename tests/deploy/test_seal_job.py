"""The job that seals the cluster's journals each night: its command, its key, and its right to say so."""

import re

import pytest
import yaml

from deploy import render
from tests.deploy import manifests
from tests.runtime.funds import ROOT, psdf

PRODUCTION = ROOT / "deploy" / "kubernetes" / "overlays" / "production"


@pytest.fixture(scope="module")
def pod() -> manifests.Resource:
    job = manifests.of("CronJob", manifests.built(PRODUCTION))["seal"]
    found: manifests.Resource = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return found


def test_its_command_is_one_of_ours_and_what_it_names_is_mounted(pod: manifests.Resource) -> None:
    (container,) = pod["containers"]
    words = container["args"]
    told = psdf(*words[:2], "--help").stdout
    assert {word for word in words if word.startswith("--")} <= set(re.findall(r"--[a-z]+", told))
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert "/seals" in mounts
    assert words[words.index("--key") + 1] == "/run/secrets/proof/key"
    assert "/run/secrets/proof" in mounts
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


def test_only_its_group_reads_its_key_and_a_person_is_told_to_make_it(pod: manifests.Resource) -> None:
    (secret,) = [volume["secret"] for volume in pod["volumes"] if volume["name"] == "proof"]
    assert secret["defaultMode"] & 0o007 == 0
    assert f"create secret generic {secret['secretName']} --from-file=key=" in (ROOT / "deploy/README.md").read_text()


def test_it_may_say_on_kafka_that_it_has_sealed_and_nothing_else(pod: manifests.Resource) -> None:
    (kafka,) = [volume["projected"] for volume in pod["volumes"] if volume["name"] == "kafka"]
    names = {source["secret"]["name"] for source in kafka["sources"]}
    users = {
        user["metadata"]["name"]: user for user in yaml.safe_load((render.BASE / "users.yaml").read_text())["items"]
    }
    (user,) = names & users.keys()
    rights = users[user]["spec"]["authorization"]["acls"]
    assert [(right["resource"]["name"], right["operations"]) for right in rights] == [
        ("proof.sealed", ["Write", "Describe"])
    ]
