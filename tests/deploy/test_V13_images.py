"""V13. No image floats: each has its digest, but for those that are named, and a command writes the registry's."""

import shutil
from pathlib import Path

import pytest

from deploy import images

OLD, NEW = "1" * 64, "2" * 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in images.FILES:
        shutil.copy(images.DEPLOY / file, tmp_path / file)
    return tmp_path


def docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, code: int = 0) -> None:
    """A docker on PATH that says this of every image."""
    there = tmp_path / "bin"
    there.mkdir(exist_ok=True)
    program = there / "docker"
    program.write_text(f"#!/bin/sh\necho '{said}'\necho 'no such image' >&2\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{there}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("image", "floats"),
    [
        ("mongo", True),
        ("mongo:latest", True),
        ("mongo:8.0", True),
        ("mongo:8.0-noble", True),
        ("mongo:8.0.12@sha256:12", True),
        ("localhost:5000/mongo", True),
        ("mongo:8.0.12", True),
        (f"mongo:8.0.12@sha256:{OLD}0", True),
        ("apache/kafka:4.4.0", False),
        ("apache/kafka:4.4.1", True),
        (f"mongo@sha256:{OLD}", False),
        (f"mongo:8.0@sha256:{OLD}", False),
    ],
)
def test_V13_what_floats(image: str, floats: bool) -> None:
    assert images.floats(image) is floats


def test_V13_each_image_of_the_folder_is_found_and_none_floats(capsys: pytest.CaptureFixture[str]) -> None:
    assert images.main() == 0
    told = capsys.readouterr().out
    assert told.count("compose.yaml: ") == 6
    assert "Dockerfile: python:" in told
    assert [line for line in told.splitlines() if not line.endswith(": release and digest")] == [
        "compose.yaml: apache/kafka:4.4.0: WITHOUT A DIGEST"
    ], "no public place names the digest of this release yet: once one does, it is pinned and stands here no more"


def test_V13_one_that_floats_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compose = folder / "compose.yaml"
    (mongo,) = [image for image in images.found(folder) if image.startswith("mongo:")]
    compose.write_text(compose.read_text().replace(mongo, "mongo:8.0.12"))
    assert images.main(folder=folder) == 1
    assert "compose.yaml: mongo:8.0.12: WITHOUT A DIGEST" in capsys.readouterr().out


def test_V13_digests_are_written_behind_the_releases_and_a_moved_release_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docker(monkeypatch, folder, f'{{"schemaVersion": 2, "digest": "sha256:{OLD}"}}')
    assert images.main(["--pin"], folder) == 0
    told = capsys.readouterr().out
    assert f"apache/kafka:4.4.0 is sha256:{OLD}, was without one" in told
    assert f"mongo:8.0.12 is sha256:{OLD}, was sha256:95a98776" in told
    assert all(image.endswith(f"@sha256:{OLD}") for image in images.found(folder))
    assert (folder / "Dockerfile").read_text().count(f"FROM python:3.11.14-slim-bookworm@sha256:{OLD}") == 2
    assert "  image: psdf:0.1.0\n" in (folder / "compose.yaml").read_text(), "our own is built here"

    assert images.main(["--pin"], folder) == 0
    assert "every image has the digest that its registry has" in capsys.readouterr().out
    docker(monkeypatch, folder, f'{{"digest": "sha256:{NEW}"}}')
    assert images.main(["--pin"], folder) == 0
    assert f"mongo:8.0.12 is sha256:{NEW}, was sha256:{OLD}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        ("", 1, "apache/kafka:4.4.0: no such image; nothing was written"),
        ("{}", 0, "docker says no manifest"),
        ('{"digest": "latest"}', 0, "latest is no digest"),
    ],
)
def test_V13_what_can_not_be_pinned_stays_as_it_was(
    said: str, code: int, told: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [(folder / file).read_bytes() for file in images.FILES]
    docker(monkeypatch, folder, said, code)
    assert images.main(["--pin"], folder) == 1
    assert told in capsys.readouterr().out
    assert [(folder / file).read_bytes() for file in images.FILES] == before


def test_V13_without_docker_it_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert images.main(["--pin"], folder) == 1
    assert "docker, which asks the registry, is not on PATH" in capsys.readouterr().out
