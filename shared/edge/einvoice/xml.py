"""XML from outside, read within limits, and the names of UBL.

No document type, no entities, no network, UTF-8 alone; at most 5 MB, 200 000 elements, 100 levels, 10 000 lines. What
is checked by others is the tree that was read here, written anew: nobody else ever parses the sender's bytes.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeAlias

from lxml import etree

from shared.edge.einvoice.artefacts import UBL, Kind
from shared.edge.einvoice.records import Finding, Refused
from shared.edge.einvoice.rules import broken
from shared.kernel.value import value

Node: TypeAlias = Any  # lxml ships no types

MOST_BYTES = 5_000_000
MOST_ELEMENTS = 200_000
MOST_DEPTH = 100
MOST_LINES = 10_000
MANY_LINES = 1_000

CAC, CBC = f"{UBL}:CommonAggregateComponents-2", f"{UBL}:CommonBasicComponents-2"
NAMES = {"cac": CAC, "cbc": CBC}
LINE: Mapping[Kind, str] = {"Invoice": "cac:InvoiceLine", "CreditNote": "cac:CreditNoteLine"}

_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t\r\n]+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")


@value
class Document:
    """An invoice or a credit note that was read: its tree, and the SHA-256 of the bytes as they came."""

    kind: Kind
    root: Node
    sha256: str

    @property
    def xml(self) -> str:
        """The tree written anew: what is judged."""
        return str(etree.tostring(self.root, encoding="unicode"))

    @property
    def lines(self) -> list[Node]:
        """The lines, in their order."""
        return nodes(self.root, LINE[self.kind])


def read_document(content: bytes) -> Document:
    """Read an Invoice or a CreditNote. Raises Refused (413, 415, 422) for what is none, or exceeds a limit."""
    root = read_tree(content)
    name = etree.QName(root)
    kinds = {f"{UBL}:{kind}-2": kind for kind in LINE}
    kind = kinds.get(name.namespace or "")
    if kind is None or name.localname != kind:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, [broken("PSDF-X07", root=root.tag)])
    document = Document(kind=kind, root=root, sha256=sha256(content).hexdigest())
    if (lines := len(document.lines)) > MOST_LINES:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, [broken("PSDF-X08", lines=lines, most=MOST_LINES)])
    return document


def read_tree(content: bytes) -> Node:
    """Parse XML within the limits. Raises Refused, and nothing else."""
    if len(content) > MOST_BYTES:
        raise too_large(len(content))
    if said := _other_encoding(content):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, [broken("PSDF-X02", said=said)])
    prolog = _PROLOG.match(content)
    if prolog and content.startswith(b"<!", prolog.end()):
        raise _unreadable(broken("PSDF-X03"))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable(broken("PSDF-X04", why=error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _unreadable(broken("PSDF-X03"))
    _within_limits(root)
    return root


def too_large(size: int) -> Refused:
    """The refusal of a document of so many bytes."""
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, [broken("PSDF-X01", size=size, most=MOST_BYTES)])


def _other_encoding(content: bytes) -> str | None:
    """Which encoding it says, or seems to be in, where that is not UTF-8."""
    if (declared := _ENCODING.match(content)) and declared[1].upper() != b"UTF-8":
        return declared[1].decode("ascii", "replace")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start}"
    return None


def _unreadable(finding: Finding) -> Refused:
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, [finding])


def _within_limits(root: Node) -> None:
    depth = elements = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if depth > MOST_DEPTH:
            raise _unreadable(broken("PSDF-X05", most=MOST_DEPTH))
        if elements > MOST_ELEMENTS:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, [broken("PSDF-X06", most=MOST_ELEMENTS)])


# ---------------------------------------------------------------------------------------------- looking into a tree


def nodes(node: Node, path: str) -> list[Node]:
    """The elements at a path of UBL's names, such as ``cac:Price/cbc:PriceAmount``."""
    found: list[Node] = node.findall(path, NAMES)
    return found


def text(node: Node, path: str) -> str | None:
    """The text of the first element at a path, as it stands there; None where there is none."""
    found = node.find(path, NAMES)
    return None if found is None else found.text or ""


def coded(node: Node, path: str, scheme: str) -> str | None:
    """The text of the first element at a path that has this ``schemeID``."""
    return next((each.text or "" for each in nodes(node, path) if each.get("schemeID") == scheme), None)


# ------------------------------------------------------------------------------------------------- writing a document


def new(kind: Kind) -> Node:
    """An empty document."""
    return etree.Element(f"{{{UBL}:{kind}-2}}{kind}", nsmap=_prefixes(kind))


def _prefixes(kind: Kind) -> dict[str | None, str]:
    return {None: f"{UBL}:{kind}-2", "cac": CAC, "cbc": CBC}


def put(parent: Node, path: str, said: object = None, **attributes: str) -> Node:
    """Append elements one in another, by a path of UBL's names; the last one has the text. Gives the last one."""
    for step in path.split("/"):
        prefix, _, name = step.partition(":")
        parent = etree.SubElement(parent, f"{{{NAMES[prefix]}}}{name}")
    if said is not None:
        parent.text = str(said)
    parent.attrib.update(attributes)
    return parent


def written(root: Node) -> bytes:
    """The document's bytes; one with many lines is not laid out for people, so that the most lines fit the limit."""
    for_people = len(root) < MANY_LINES
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=for_people))
