"""The environment of this repository, ``.venv``, as the locks say: ``run`` is what runs, ``dev`` tests and checks too.

``make`` calls it; where nothing changed it is done in a moment. An older Python than ours must be able to read it.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
BUILD = ("hatchling", "editables", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")
"""What puts ``psdf`` itself into the environment; pinned in the lock of dev."""
NOT_REACHED = re.compile(
    r"Max retries|NewConnectionError|ConnectTimeout|Failed to establish|name resolution|ProxyError"
)


class Failed(Exception):  # noqa: N818 - what is so: one line for a person
    """The environment can't be made: what, and what to do."""


def version_of(python: Path) -> str:
    """The version of an interpreter that has pip, ``3.12.4``; nothing where it does not start."""
    try:
        said = subprocess.run(
            [str(python), "-c", "import pip, platform; print(platform.python_version())"],
            capture_output=True,
            check=False,
        )
    except OSError:
        return ""
    return said.stdout.decode().strip()


def minor(version: str) -> str:
    """``3.12`` of ``3.12.4``."""
    return ".".join(version.split(".")[:2])


def prepared(root: Path, *, asked: bool) -> Path:
    """The interpreter of the environment, made anew where there is none or another was asked for. Raises Failed."""
    python = root / ".venv" / "bin" / "python"
    has, wanted = version_of(python), ".".join(map(str, sys.version_info[:3]))
    if has and not (asked and minor(has) != minor(wanted)):
        return python
    if sys.version_info < OLDEST:
        raise Failed(f"psdf needs Python 3.11 or newer, this is {wanted}: try make PYTHON=python3.12")
    say(f".venv has Python {has}, {wanted} is asked for: it is made anew" if has else f"making .venv, Python {wanted}")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(root / ".venv")], capture_output=True, check=False
    )
    if made.returncode:
        said = (made.stdout + made.stderr).decode(errors="replace").strip()
        raise Failed(f"an environment can't be made (on Debian the package python3-venv is needed): {said}")
    return python


def install(root: Path, group: str, *, asked: bool) -> str:
    """Bring the environment to what a group's lock says; the version of its Python. Raises Failed."""
    python = prepared(root, asked=asked)
    version, stamp = version_of(python), root / ".venv" / ".installed.json"
    known = json.loads(stamp.read_text()) if stamp.is_file() else {}
    digest = digest_of(root, version)
    if known.get("digest") != digest:
        known = {"digest": digest, "groups": []}
    if not {group, "dev"} & set(known["groups"]):
        say(f"installing what {'tests and checks need' if group == 'dev' else 'runs'} (a minute or two the first time)")
        pip(python, "--require-hashes", "-r", str(root / LOCKS[group]))
        with tempfile.NamedTemporaryFile("w", suffix=".lock") as build:
            build.write(pinned(root, BUILD))
            build.flush()
            pip(python, "--require-hashes", "-r", build.name)
        pip(python, "--no-deps", "--no-build-isolation", "-e", str(root))
        stamp.write_text(json.dumps({"digest": digest, "groups": sorted({*known["groups"], group})}))
    return version


def digest_of(root: Path, version: str) -> str:
    """What an environment is made of: its Python, the locks, and how this project is installed."""
    files = (root / name for name in (*LOCKS.values(), "pyproject.toml"))
    return hashlib.sha256(b"\0".join([version.encode(), *(file.read_bytes() for file in files)])).hexdigest()


def pinned(root: Path, names: tuple[str, ...]) -> str:
    """The blocks of some packages in the lock of dev, with their hashes."""
    blocks = re.split(r"^(?=\S)", (root / LOCKS["dev"]).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "".join(block for block in blocks if re.split(r"[=\[ ]", block, maxsplit=1)[0] in names)


def pip(python: Path, *arguments: str) -> None:
    """Install with pip, in silence. Raises Failed."""
    quiet = ["--quiet", "--disable-pip-version-check", "--retries", "2"]
    done = subprocess.run([str(python), "-m", "pip", "install", *quiet, *arguments], capture_output=True, check=False)
    said = done.stderr.decode(errors="replace")
    if done.returncode and NOT_REACHED.search(said):
        raise Failed("the package registry can't be reached: look at the network, or name another by PIP_INDEX_URL")
    if done.returncode:
        raise Failed(f"pip could not install: {said.strip()[-2000:]}")


def say(line: str) -> None:
    """Tell a person what is under way."""
    print(line, flush=True)


def main(arguments: list[str]) -> int:
    """``[--asked] run|dev``; ``--asked``: the Python that runs this is the one that was asked for."""
    try:
        version = install(ROOT, arguments[-1], asked="--asked" in arguments)
    except Failed as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    say(f"ready: .venv/bin/psdf on Python {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
