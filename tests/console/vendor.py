"""``python -m tests.console.vendor``: fetch what VENDORED.toml names from npm again, compare it, and put it in its place."""

import hashlib
import subprocess
import tarfile
import tempfile
import tomllib
from pathlib import Path

from tests.console.test_vendored import STATIC


def main() -> None:
    """Write the files. Raises AssertionError where a package is not the one that is named."""
    for package in tomllib.loads((STATIC / "VENDORED.toml").read_text(encoding="utf-8"))["package"]:
        with tempfile.TemporaryDirectory() as folder:
            wanted = f"{package['name']}@{package['version']}"
            subprocess.run(["npm", "pack", "--silent", wanted], cwd=folder, check=True, capture_output=True)
            (packed,) = Path(folder).iterdir()
            assert hashlib.sha512(packed.read_bytes()).hexdigest() == package["sha512"], wanted
            with tarfile.open(packed) as archive:
                for path in package["files"]:
                    member = archive.extractfile(f"package/{path}")
                    assert member is not None, path
                    (STATIC / Path(path).name).write_bytes(member.read())
            print(f"{wanted}: as VENDORED.toml says")


if __name__ == "__main__":
    main()
