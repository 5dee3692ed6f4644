"""The unit files of CEN and of OpenPEPPOL, and their examples: each document with what its publisher expects of it.

They are not in this repository (OpenPEPPOL's state no licence). A folder of them is given by ``PSDF_EINVOICE_FILES``:
checkouts, or parts, of ConnectingEurope/eInvoicing-EN16931, OpenPEPPOL/peppol-bis-invoice-3,
OpenPEPPOL/poacc-upgrade-3 and phax/phive-rules.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from shared.edge.einvoice.artefacts import KINDS as OURS
from shared.edge.einvoice.artefacts import UBL, Kind
from shared.kernel.value import value

TESTS = "{http://difi.no/xsd/vefa/validator/1.0}"
SHEETS = {"tc434-ubl": "CEN", "peppolbis-en16931-base-3.0-ubl": "PEPPOL", "peppolbis-t111-base-3.0": "T111"}
"""Which rules a set of unit tests is for."""
KINDS = {f"{{{UBL}:{kind}-2}}{kind}": kind for kind in OURS}


@value
class UnitTest:
    """A document, part of one at times, and which rule it keeps or breaks: ``success``, ``warning``, ``error``."""

    name: str
    sheet: str
    xml: str
    expected: tuple[tuple[str, str], ...]


@value
class Example:
    """A whole document that its publisher holds for valid, or shows."""

    name: str
    kind: Kind
    xml: bytes


def unit_tests(folder: Path) -> Iterator[UnitTest]:
    """All unit tests under a folder, in the order of their files."""
    for path, root in _parsed(folder):
        sheet = SHEETS.get(root.get("configuration", "")) if root.tag == f"{TESTS}testSet" else None
        if sheet is None:
            continue
        for number, test in enumerate(root.iter(f"{TESTS}test"), 1):
            document = next((each for each in test if each.tag in KINDS), None)
            if document is not None:
                xml = etree.tostring(document, encoding="unicode", with_tail=False)
                expected = tuple(_expected(test.find(f"{TESTS}assert")))
                yield UnitTest(name=f"{path.name} {number}", sheet=sheet, xml=xml, expected=expected)


def _expected(said: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - lxml ships no types
    for each in said:
        name = etree.QName(each).localname if isinstance(each.tag, str) else ""
        if name in ("success", "warning", "error"):
            yield each.text.strip(), name


def examples(folder: Path) -> Iterator[Example]:
    """All whole documents under a folder, in the order of their files."""
    for path, root in _parsed(folder):
        if root.tag in KINDS:
            yield Example(name=path.relative_to(folder).as_posix(), kind=KINDS[root.tag], xml=path.read_bytes())


def _parsed(folder: Path) -> Iterator[tuple[Path, Any]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() == ".xml"):
        try:
            yield path, etree.parse(path, parser).getroot()
        except etree.XMLSyntaxError:
            continue
