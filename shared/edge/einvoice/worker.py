"""The process that judges: UBL's schemas, and the official rules run by Saxon. It is started by ``checker`` alone.

It holds nothing of the fund: no environment, no journal, no network to follow. It gets a document over one socket and
says what it found; whatever kills it costs this process and nothing else.

Two remedies keep Saxon from what a DTD could name (its ``parse_xml`` reads ``file:///`` through an entity, whatever
``allowedProtocols`` says): what comes here was parsed and written anew without one, and its parser refuses a DOCTYPE.
"""

import re
import resource
import socket
import sys
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from shared.edge.einvoice.artefacts import KINDS, SHEETS, Artefacts
from shared.edge.einvoice.frames import Ask, Said, receive, send
from shared.edge.einvoice.records import Finding

MEMORY = 1 << 30
"""Bytes that it may write to. Not of its addresses (``RLIMIT_AS``): Saxon's runtime reserves 32 GiB of those."""
NO_DOCTYPE = (
    "http://saxon.sf.net/feature/parserFeature?uri=http%3A//apache.org/xml/features/disallow-doctype-decl",
    "true",
)
NO_FETCHING = ("http://saxon.sf.net/feature/allowedProtocols", "")
MOST_WORDS, MOST_FINDINGS = 300, 200
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_STEP = re.compile(r"\*:(\w+)\[namespace-uri\(\)='([^']*)'\]|Q\{([^}]*)\}(\w+)")
_NAMESPACE = re.compile(r"\{urn:[^}]*\}")
_SHORT = {"CommonAggregateComponents-2": "cac:", "CommonBasicComponents-2": "cbc:"}


def main() -> None:
    """Judge what comes over the socket that is standard input, until it is closed."""
    folder, memory = Path(sys.argv[1]), int(sys.argv[2])
    _within(memory)
    with socket.socket(fileno=0) as line:
        judge = Judge(Artefacts(folder=folder))
        send(line, Said(findings=()))
        while (raw := receive(line)) is not None:
            send(line, Said(findings=tuple(judge.judged(msgspec.json.decode(raw, type=Ask)))))


def _within(memory: int) -> None:
    """Set its own limits: memory; no file that grows, no core file."""
    limits = ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0))
    for kind, most in limits:
        resource.setrlimit(kind, (most, most))


class Judge:
    """The schemas and the rules, compiled."""

    def __init__(self, artefacts: Artefacts) -> None:
        import saxonche

        self._saxon = saxonche.PySaxonProcessor(license=False)
        for name, said in (NO_DOCTYPE, NO_FETCHING):
            self._saxon.set_configuration_property(name, said)
        compiler = self._saxon.new_xslt30_processor()
        self._fault = saxonche.PySaxonApiError
        self._sheets = {name: compiler.compile_stylesheet(stylesheet_text=artefacts.sheet(name)) for name in SHEETS}
        self._schemas: dict[str, Any] = {kind: artefacts.schema(kind) for kind in KINDS}

    def judged(self, ask: Ask) -> list[Finding]:
        """What a document breaks, step by step, what is fatal first; no rule is asked where the schema isn't kept."""
        found: list[Finding] = []
        for step in ask.steps:
            name, _, kind = step.partition(":")
            if kind:
                found += self._by_schema(ask.xml, kind)
                if found:
                    break
            else:
                found += self._by_rules(ask.xml, name)
        return sorted(found, key=lambda each: not each.fatal)[:MOST_FINDINGS]

    def _by_schema(self, xml: str, kind: str) -> list[Finding]:
        schema = self._schemas[kind]
        try:
            if schema.validate(
                etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
            ):
                return []
        except etree.LxmlError as error:
            return [Finding(rule="XSD", path="/", text=f"the schema can't be asked: {str(error)[:MOST_WORDS]}")]
        return [
            Finding(rule="XSD", path=f"line {each.line}", text=_NAMESPACE.sub("", each.message))
            for each in schema.error_log
        ]

    def _by_rules(self, xml: str, name: str) -> list[Finding]:
        """What the rules say; a document on which they can't be computed has not passed."""
        try:
            node = self._saxon.parse_xml(xml_text=xml)
            report = self._sheets[name].transform_to_string(xdm_node=node)
        except self._fault as error:
            return [Finding(rule=name, path="/", text=f"the rules can't be computed: {str(error)[:MOST_WORDS]}")]
        return [_finding(each) for each in etree.fromstring(report.encode()).iter(*_FAILED)]


_FAILED = (f"{SVRL}failed-assert", f"{SVRL}successful-report")


def _finding(each: Any) -> Finding:  # noqa: ANN401 - lxml ships no types
    words = " ".join("".join(each.find(f"{SVRL}text").itertext()).split())
    return Finding(
        rule=each.get("id", "?"),
        path=plain_path(each.get("location", "/")),
        text=words,
        fatal=each.get("flag", "fatal") != "warning",
    )


def plain_path(location: str) -> str:
    """A place in a document as a person reads it: ``/Invoice/cac:InvoiceLine[2]``, without full namespaces."""

    def short(found: re.Match[str]) -> str:
        name, namespace = (found[1], found[2]) if found[1] else (found[4], found[3])
        return _SHORT.get(namespace.rpartition(":")[2], "") + name

    return _STEP.sub(short, location).replace("[1]", "")


if __name__ == "__main__":
    main()
