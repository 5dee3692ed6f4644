"""What of others is served is what VENDORED.toml says, byte for byte; nothing else of others is."""

import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path

STATIC = Path(str(files("shared.console"))) / "static"
OURS = {"console.css", "icon.svg", "live.js", "VENDORED.toml"}


def test_each_file_of_others_has_its_digest_and_its_licence() -> None:
    packages = tomllib.loads((STATIC / "VENDORED.toml").read_text(encoding="utf-8"))["package"]
    named = {Path(path).name: digest for package in packages for path, digest in package["files"].items()}
    assert {path.name for path in STATIC.iterdir()} == named.keys() | OURS
    for name, digest in named.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name
    assert all(package["licence"] == "0BSD" and len(package["sha512"]) == 128 for package in packages)
