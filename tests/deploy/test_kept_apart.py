"""What persons gave the cluster is in no back-up of its store, and the runbook names each piece of it."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from tests.deploy.manifests import OVERLAYS, built, of
from tests.runtime.runbook import RUNBOOK

RESOURCES = built(OVERLAYS / "production")
OPERATORS = {*of("KafkaUser", RESOURCES), "psdf-cluster-ca-cert", "mongo-tls", "mongo-ca"}
"""Secrets that Strimzi and cert-manager make anew."""
SECRETS, MAPS = ("secret", "secretKeyRef", "passwordSecretRef"), ("configMap", "configMapKeyRef")


def named(part: Any, kinds: Collection[str], under: str = "") -> Iterator[str]:  # noqa: ANN401 - what YAML holds
    """The Secrets, or the ConfigMaps, that a resource takes something from."""
    if isinstance(part, dict):
        if under in kinds:
            yield from (part[key] for key in ("name", "secretName") if key in part)
        for key, value in part.items():
            yield from named(value, kinds, key)
    elif isinstance(part, list):
        for each in part:
            yield from named(each, kinds, under)


def by_persons(part: Any) -> set[str]:  # noqa: ANN401 - as above
    """Those that no operator and no file here makes; of the passwords one, by the name that stands for all."""
    secrets = {re.sub(r"^psdf-mongo-\w+-password$", "psdf-mongo-NAME-password", name) for name in named(part, SECRETS)}
    made = {name for name in secrets - OPERATORS if not re.fullmatch(r"psdf-mongo-\w+-url", name)}
    return made | set(named(part, MAPS))


def test_the_runbook_names_what_is_to_be_kept_apart() -> None:
    told = RUNBOOK.read_text(encoding="utf-8").partition("**Kept apart from a cluster's back-up**")[2]
    listed = set(re.findall(r"`([\w-]+)`", told.partition("Keep the files")[0]))
    assert by_persons(RESOURCES) == listed
    assert {"people", "receipts", "bank"} <= listed


def test_the_nightly_back_up_has_none_of_it() -> None:
    (job,) = [each for each in RESOURCES if each["kind"] == "CronJob" and each["metadata"]["name"] == "backup"]
    assert by_persons(job) == set()
