"""The programs of the stack: fetched or built once, checked, and kept in a cache that all checkouts share.

The cache is `PSDF_CACHE`, or `~/.cache/psdf`. A folder in it is named after what it was made from, so that another
release never meets the files of this one.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import tools
from deploy.local.records import StackError

KAFKA = Path(__file__).parent / "kafka"
FERRETDB = Path(__file__).parent / "ferretdb"
KAFKA_PROGRAM = "Apache Kafka 4.4.0"
FERRETDB_PROGRAM = "FerretDB 1.24.0"

Say = Callable[[str], None]


def cache() -> Path:
    """Folder of the cache; it need not exist yet."""
    return Path(os.environ.get("PSDF_CACHE") or "~/.cache/psdf").expanduser().absolute()


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """One process at a time; the others wait. The lock is free again when its holder dies."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def kafka_jars(say: Say) -> Path:
    """Folder with the jars of Apache Kafka, each as `jars.sha256` lists it."""
    return jars_of(KAFKA, KAFKA_PROGRAM, "43 MB", tools.MAVEN, say)


def jars_of(source: Path, program: str, size: str, maven: tools.Tool, say: Say) -> Path:
    """Folder with the jars of a `pom.xml`, fetched once by Maven, each as `jars.sha256` beside it lists it.

    Where they are already nothing is written: the cache may be one that can only be read, as in the image. Raises
    StackError where they can't be fetched, or are not the ones listed.
    """
    listed = source / "jars.sha256"
    folder = cache() / f"{source.name}-{_digest(source / 'pom.xml', listed)}"
    if not folder.exists():
        found = tools.find(maven)
        with held(cache() / "lock"):
            if not folder.exists():
                say(f"fetching the jars of {program} ({size}, once)")
                with _scratch() as scratch:
                    jars = scratch / "jars"
                    _fetch_jars(found, source / "pom.xml", program, scratch, jars)
                    check_jars(jars, listed)
                    jars.rename(folder)
    check_jars(folder, listed)
    return folder


def check_jars(folder: Path, listed: Path = KAFKA / "jars.sha256") -> None:
    """StackError that names every jar which is missing, extra, or not the one listed."""
    lines = (line.split() for line in listed.read_text().splitlines())
    expected = {name: sha256 for sha256, name in lines}
    found = {jar.name: _sha256(jar) for jar in folder.iterdir()}
    wrong = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    wrong += [f"{name} is not in the list" for name in sorted(found.keys() - expected.keys())]
    wrong += [
        f"{name} has sha256 {found[name]} and not {expected[name]}"
        for name in sorted(expected.keys() & found.keys())
        if found[name] != expected[name]
    ]
    if wrong:
        raise StackError(
            f"the jars in {folder} are not those of {listed.name}: {'; '.join(wrong)}. Nothing was started; "
            f"if the list is right, remove the folder and start again"
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def ferretdb(say: Say) -> Path:
    """FerretDB's program, built from its Go module; go.sum pins every source it is built from."""
    folder = cache() / f"ferretdb-{_digest(*(FERRETDB / name for name in ('main.go', 'go.mod', 'go.sum')))}"
    program = folder / "ferretdb"
    with held(cache() / "lock"):
        if not program.exists():
            go = tools.find(tools.GO)
            say(f"building {FERRETDB_PROGRAM} (a minute or two, once)")
            with _scratch() as scratch:
                _build(go, scratch, scratch / "bin" / "ferretdb")
                shutil.rmtree(folder, ignore_errors=True)
                (scratch / "bin").rename(folder)
    return program


def _fetch_jars(maven: str, pom: Path, program: str, scratch: Path, jars: Path) -> None:
    shutil.copy(pom, scratch)  # Maven writes beside the pom it reads
    said = tools.run(
        [maven, "-q", "-B", "-Dstyle.color=never", "dependency:copy-dependencies", f"-DoutputDirectory={jars}"],
        cwd=scratch,
    )
    if not said.ok:
        errors = [line for line in said.text.splitlines() if line.startswith("[ERROR]")]
        raise StackError(f"mvn could not fetch the jars of {program}: {errors[0] if errors else said.last_line}")


def _build(go: str, scratch: Path, program: Path) -> None:
    source = scratch / "source"
    shutil.copytree(FERRETDB, source)
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-tags=ferretdb_no_postgresql"]
    said = tools.run([go, "build", *flags, "-o", str(program), "."], cwd=source)
    if not said.ok:
        raise StackError(f"go could not build {FERRETDB_PROGRAM}: {said.last_line}")


@contextmanager
def _scratch() -> Iterator[Path]:
    """Make a folder in the cache itself, so that what is finished moves to its place at once or not at all."""
    with tempfile.TemporaryDirectory(dir=cache(), prefix="making-") as folder:
        yield Path(folder)


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]
