"""compose.yaml and the image, read as files."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import deploy
from deploy.images import OWN, floats
from shared.effects.bank.accounts import bank_file_of, load_bank_settings
from shared.runtime import cluster as known
from shared.statute.load import load_fund

FOLDER = Path(deploy.__file__).parent
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
STORED = ("contracts", "invoicing", "payments", "reserve", "reconciliation", "letters", "gate", "bank", "console")
PROCESSES = (*STORED, "clock")
STAND_INS = {"ministry": "ministry-sim", "bank-sim": "bank-sim"}
"""Who is no part of the fund, to try it with: they ask for no store, and tell Prometheus nothing."""


def test_what_is_run_is_a_process_that_there_is() -> None:
    run = {name: service["command"] for name, service in SERVICES.items() if service.get("command", [])[:1] == ["run"]}
    assert run.keys() == {*PROCESSES, *STAND_INS}
    assert {name: run[name] for name in STAND_INS} == {name: ["run", process] for name, process in STAND_INS.items()}
    assert {process for _, process, *_ in run.values()} <= set(known.PROCESSES)


@pytest.mark.parametrize("name", PROCESSES)
def test_each_process_is_run_by_its_name_from_the_one_image(name: str) -> None:
    service = SERVICES[name]
    more = (
        ["--prometheus", f"http://prometheus:{SERVICES['prometheus']['ports'][0].rpartition(':')[2]}"]
        if name == "console"
        else []
    )
    assert service["command"] == ["run", name, *more]
    assert service["image"] == SERVICES["contracts"]["image"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert ("PSDF_MONGO" in service["environment"]) is (name in STORED)


def test_letters_go_to_the_ministry_that_is_there_to_try_with() -> None:
    assert SERVICES["letters"]["environment"]["PSDF_MINISTRY_URL"] == address_of("ministry")


def test_orders_go_to_the_bank_that_is_there_to_try_with() -> None:
    (mounted,) = [each for each in SERVICES["bank"]["volumes"] if each.startswith(".")]
    assert mounted in SERVICES["console"]["volumes"]
    assert SERVICES["console"]["environment"]["PSDF_BANK"] == SERVICES["bank"]["environment"]["PSDF_BANK"]
    file, inside, _ = mounted.split(":")
    assert inside == SERVICES["bank"]["environment"]["PSDF_BANK"]
    settings = load_bank_settings(FOLDER / file, load_fund())
    packaged = load_bank_settings(bank_file_of("psdf"), load_fund())
    assert settings == replace(packaged, url=address_of("bank-sim"), four_eyes_cents=10_000_00)


@pytest.mark.parametrize("name", STAND_INS)
def test_a_stand_in_keeps_what_it_was_told_and_has_no_rights(name: str) -> None:
    stand_in = SERVICES[name]
    assert (stand_in["read_only"], stand_in["cap_drop"]) == (True, ["ALL"])
    assert stand_in["volumes"] == [f"{name}:{stand_in['environment']['PSDF_HOME']}"]


def address_of(name: str) -> str:
    """Where a stand-in is reached by the others."""
    return f"http://{name}:{SERVICES[name]['environment']['PSDF_HTTP'].rpartition(':')[2]}"


def test_what_a_service_waits_for_is_there() -> None:
    for name, service in SERVICES.items():
        for needed, condition in service.get("depends_on", {}).items():
            assert needed in SERVICES, name
            if condition["condition"] == "service_healthy":
                assert "test" in SERVICES[needed]["healthcheck"], needed


def test_no_secret_has_a_default_and_each_is_in_the_example() -> None:
    text = (FOLDER / "compose.yaml").read_text()
    asked = re.findall(r"\$\{(\w+)([^}]*)\}", text)
    assert asked
    assert all(rest.startswith(":?") for _, rest in asked)
    example = (FOLDER / ".env.example").read_text()
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == {name for name, _ in asked}


def test_nothing_listens_beyond_this_machine() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_is_mounted_exists() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (FOLDER / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_with_an_identity_provider_console_and_bank_have_its_file_and_one_the_secret_where_the_runbook_says() -> None:
    more = yaml.safe_load((FOLDER / "compose.oidc.yaml").read_text())["services"]
    assert more.keys() == {"bank", "console"}
    assert more["bank"]["environment"] == more["console"]["environment"]
    assert more["bank"]["volumes"] == more["console"]["volumes"][:1]
    mounted = dict(volume.removesuffix(":ro").split(":") for volume in more["console"]["volumes"])
    assert mounted == {
        "./psdf-oidc/oidc.toml": more["console"]["environment"]["PSDF_OIDC"],
        "./psdf-oidc/client.secret": "/run/secrets/oidc/secret",
    }
    said = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(each in said for each in ("deploy/psdf-oidc", 'secret_file = "/run/secrets/oidc/secret"'))


def images() -> dict[str, str]:
    """Each image of others that is deployed, and where it stands."""
    found = {service["image"]: f"compose.yaml, {name}" for name, service in SERVICES.items()}
    for file in [FOLDER / "Dockerfile", *(FOLDER / "kubernetes").rglob("*.yaml")]:
        named = re.findall(r"^ *(?:- )?(?:FROM|image:) +(\S+)", file.read_text(), re.MULTILINE)
        found |= {image: str(file.relative_to(FOLDER)) for image in named}
    return {image: place for image, place in found.items() if release_of(image).partition(":")[0] != OWN}


def release_of(image: str) -> str:
    """The image without its digest, which a fund writes behind it."""
    return image.partition("@")[0]


def test_V13_no_image_floats() -> None:
    assert {image: where for image, where in images().items() if floats(image)} == {}
    assert len({image for image in images() if image.startswith(("mongo:", "python:"))}) == 2


def test_V13_the_store_has_one_release() -> None:
    operated = yaml.safe_load_all((FOLDER / "kubernetes" / "base" / "mongo.yaml").read_text())
    (release,) = [found["spec"]["version"] for found in operated if found["kind"] == "MongoDBCommunity"]
    assert release_of(SERVICES["mongo"]["image"]) == f"mongo:{release}"


def test_prometheus_asks_every_process_under_its_name() -> None:
    jobs = yaml.safe_load((FOLDER / "compose" / "prometheus.yaml").read_text())["scrape_configs"]
    assert {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs} == {
        name: [f"{name}:8080"] for name in PROCESSES
    }


def test_kafka_is_the_release_of_the_local_stack() -> None:
    release = re.search(r"<version>(\d+\.\d+\.\d+)</version>", (FOLDER / "local" / "kafka" / "pom.xml").read_text())
    assert release
    assert release_of(SERVICES["kafka"]["image"]) == f"apache/kafka:{release[1]}"
    cluster = yaml.safe_load_all((FOLDER / "kubernetes" / "base" / "kafka.yaml").read_text())
    assert [found["spec"]["kafka"]["version"] for found in cluster if found["kind"] == "Kafka"] == [release[1]]


def test_the_image_runs_as_nobody_special_and_is_made_from_the_lock() -> None:
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    assert "USER 10001:10001" in lines
    assert 'ENTRYPOINT ["psdf"]' in lines
    assert sum("--require-hashes" in line for line in lines) == 2
