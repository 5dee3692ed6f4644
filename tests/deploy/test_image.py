"""The image judges e-invoices: what it is made of, and its own steps run; then as a container, without network or rights."""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.local.artefacts import check_jars
from shared.edge.einvoice.artefacts import SOURCE
from tests.deploy import image
from tests.deploy.started import PROGRAMS
from tests.docs.points import ROOT
from tests.edge.einvoice.conftest import rules

__all__ = ["rules"]

EXAMPLE = "shared/edge/einvoice/example.xml"
CONTAINED = 'mount -o remount,bind,ro / && exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs env -i "$@"'
"""No network but one that is down, nothing of the disk to write to, no right beyond reading one's own files, no HOME."""

NOT_THERE = {
    f"open({str(ROOT / 'written')!r}, 'w')": "Read-only file system",
    "import socket; socket.create_connection(('192.0.2.1', 443))": "Network is unreachable",
    "import os; os.environ['HOME']": "KeyError: 'HOME'",
}
"""What a container can't do here, and how it is told so."""


def blocks(lock: str) -> dict[str, str]:
    """What a lock pins, by its name: releases and hashes."""
    found = re.split(r"^(?=\S)", (ROOT / lock).read_text(), flags=re.MULTILINE)
    return {re.split(r"[=\[ ]", block, maxsplit=1)[0]: block for block in found if block}


def test_what_the_image_is_made_of_is_in_the_context_of_its_build() -> None:
    assert {path for path in image.copied() if not image.let_in(path) or not (ROOT / path).exists()} == set()
    assert {"requirements-ubl.lock", "."} <= set(image.copied())


def test_saxon_comes_by_its_hashes_the_same_as_for_tests_and_only_as_an_extra() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["ubl"]
    own, tested, runs = (blocks(f"requirements{which}.lock") for which in ("-ubl", "-dev", ""))
    assert own.keys() == {re.split(r"[^\w-]", each, maxsplit=1)[0] for each in extra}
    assert own == {name: tested[name] for name in own}
    assert not own.keys() & runs.keys()
    (install,) = [words for _, words in image.stages()[0] if "/opt/psdf/bin/pip install --require-hashes" in words]
    assert install.endswith("/opt/psdf/bin/pip install --require-hashes -r requirements.lock -r requirements-ubl.lock")


def test_the_rules_lie_where_the_image_looks_for_them_and_nobody_of_it_may_change_them() -> None:
    assert image.environment(0)["PSDF_CACHE"] == image.environment()["PSDF_CACHE"] == image.RULES
    last = image.stages()[-1]
    assert ("COPY", f"--from=build {image.RULES} {image.RULES}") in last, "with the owner that it was made by, root"
    assert last.index(("USER", "10001:10001")) > last.index(("COPY", f"--from=build {image.RULES} {image.RULES}"))


def run(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)


@pytest.mark.usefixtures("rules")
def test_the_images_own_steps_fetch_the_rules_and_a_container_judges_by_them(tmp_path: Path) -> None:
    # given the steps of the build, done in a folder of the test
    folder, path = tmp_path / "rules", os.environ["PATH"]
    for program, *arguments in image.steps():
        done = run([str(PROGRAMS[program]), *arguments], PSDF_CACHE=str(folder), PATH=path, HOME=os.environ["HOME"])
        assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("example.xml: valid\n")
    (jars,) = [each for each in folder.iterdir() if each.is_dir()]
    check_jars(jars, SOURCE / "jars.sha256")
    assert all(each.stat().st_mode & 0o444 == 0o444 for each in jars.iterdir()), "read by whoever runs the image"
    assert jars.stat().st_mode & 0o555 == 0o555

    # when a document is judged as in a container
    judged = contained([str(PROGRAMS["psdf"]), "ubl", "check", EXAMPLE], folder)

    # then it is judged, though nothing can be fetched, written or looked up in a home
    assert (judged.returncode, judged.stdout) == (0, f"{EXAMPLE}: valid\n"), judged.stderr
    wrong = tmp_path / "wrong.xml"
    wrong.write_bytes(
        (ROOT / EXAMPLE).read_bytes().replace(b">3000.00</cbc:PayableAmount>", b">1.00</cbc:PayableAmount>")
    )
    refused = contained([str(PROGRAMS["psdf"]), "ubl", "check", str(wrong)], folder)
    assert (refused.returncode, "BR-CO-16" in refused.stdout) == (1, True), refused.stdout + refused.stderr
    nothing = contained([str(PROGRAMS["psdf"]), "ubl", "fetch"], tmp_path / "none")
    assert "there is no mvn on PATH" in nothing.stderr
    for deed, why in NOT_THERE.items():
        assert why in contained([str(PROGRAMS["python"]), "-c", deed], folder).stderr


def contained(command: Sequence[str], rules: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with the image's environment and without what a container has not."""
    told = {**image.environment(), "PATH": str(PROGRAMS["psdf"].parent), "PSDF_CACHE": str(rules)}
    alone = ["unshare", "--mount", "--net", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    if shutil.which("unshare") is None or run([*alone, "true"], PATH=os.environ["PATH"]).returncode:
        pytest.skip("THE IMAGE IS NOT TRIED AS A CONTAINER: this machine lets nobody make a namespace (unshare)")
    settings = [f"{name}={said}" for name, said in told.items()]
    return run([*alone, "sh", "-c", CONTAINED, "sh", *settings, *command], PATH=os.environ["PATH"])
