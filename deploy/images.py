"""The images that are run: each named to the last number and by its digest, but for what ``UNPINNED`` names.

    python -m deploy.images          say of each whether it has a digest; fails where one floats
    python -m deploy.images --pin    ask for each digest, by docker, and write it behind the release

A release can be pushed again under the same number; a digest is the bytes, and a wrong one is not pulled. A fund that
has a registry of its own asks it: pin in the fund's own copy of this folder, and look at what changed.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

DEPLOY: Final = Path(__file__).parent
FILES: Final = ("compose.yaml", "Dockerfile")
OWN: Final = "psdf"
"""Built from this folder; its digest is what the push of it prints (README.md)."""
NAMED: Final = re.compile(
    r"^(?P<before> *(?:FROM|image:) +)(?P<name>[^\s:@]+)(?P<tag>:[^\s@]+)?(?P<digest>@\S+)?", re.MULTILINE
)
UNPINNED: Final = frozenset({"apache/kafka:4.4.0"})
"""Releases whose digest is not known here: it is to be read from a registry, by ``--pin``."""
DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")


class NotPinned(Exception):  # noqa: N818 - what is so, not what went wrong here
    """An image whose digest can't be had: which one, and why."""


class Manifest(msgspec.Struct):
    """What a registry says of an image, as far as it is asked."""

    digest: str


def found(folder: Path) -> dict[str, str]:
    """Every image that is not our own, as it stands in the files, and in which file."""
    images: dict[str, str] = {}
    for file in FILES:
        for each in NAMED.finditer((folder / file).read_text(encoding="utf-8")):
            if not _own(each):
                images[each.group().removeprefix(each["before"])] = file
    return images


def floats(image: str) -> bool:
    """Whether another image may be pulled under this name tomorrow, and nobody has said that it may."""
    return not _has_digest(image) and image not in UNPINNED


def pin(folder: Path) -> list[str]:
    """Write behind each image the digest that its registry has now; what changed, line by line. Raises NotPinned."""
    digests: dict[str, str] = {}
    for image in found(folder):
        release = image.partition("@")[0]
        digests[release] = digests.get(release) or asked(release)
    changed = []
    for file in FILES:
        text = (folder / file).read_text(encoding="utf-8")

        def pinned(each: re.Match[str], file: str = file) -> str:
            if _own(each):
                return each.group()
            release = each["name"] + (each["tag"] or "")
            new = f"{each['before']}{release}@{digests[release]}"
            if new != each.group():
                changed.append(f"{file}: {release} is {digests[release]}, was {(each['digest'] or '@without one')[1:]}")
            return new

        (folder / file).write_text(NAMED.sub(pinned, text), encoding="utf-8")
    return changed


def asked(release: str) -> str:
    """The digest of a release, of all its platforms together. Raises NotPinned."""
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{json .Manifest}}", release]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
        digest = msgspec.json.decode(done.stdout, type=Manifest).digest
    except FileNotFoundError:
        raise NotPinned(f"{release}: docker, which asks the registry, is not on PATH") from None
    except subprocess.CalledProcessError as error:
        raise NotPinned(f"{release}: {error.stderr.decode(errors='replace').strip()}") from None
    except msgspec.MsgspecError as error:
        raise NotPinned(f"{release}: docker says no manifest: {error}") from None
    if not DIGEST.fullmatch(f"@{digest}"):
        raise NotPinned(f"{release}: {digest} is no digest")
    return digest


def main(arguments: Iterable[str] = (), folder: Path = DEPLOY) -> int:
    """Say how each image is named, or pin them all; 1 where one floats or can't be pinned."""
    if "--pin" in arguments:
        try:
            changed = pin(folder)
        except NotPinned as error:
            print(f"{error}; nothing was written")
            return 1
        print("\n".join(changed) or "every image has the digest that its registry has")
    images = found(folder)
    for image, file in images.items():
        print(f"{file}: {image}: {'release and digest' if _has_digest(image) else 'WITHOUT A DIGEST'}")
    return int(any(map(floats, images)))


def _has_digest(image: str) -> bool:
    return DIGEST.search(image) is not None


def _own(each: re.Match[str]) -> bool:
    return each["name"] == OWN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
