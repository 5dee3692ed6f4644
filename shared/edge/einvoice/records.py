"""What is said of an e-invoice: findings with their rule, place and words; and the two ways of not taking it."""

from collections.abc import Sequence
from http import HTTPStatus

from shared.kernel.value import value


@value
class Finding:
    """A rule that a document does not keep: the rule's published id (or ``XSD``, or our own), where, in words.

    ``path`` is an XPath of the document, with its line for the schema; ``text_lt`` is empty where the rule's publisher
    has no Lithuanian. Only a ``fatal`` one makes a document invalid.
    """

    rule: str
    path: str
    text: str
    text_lt: str = ""
    fatal: bool = True


class Refused(Exception):  # noqa: N818 - what happened to the document
    """The document is not taken, and sending it again can't help: each finding says why."""

    def __init__(self, status: HTTPStatus, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{each.rule} {each.path}: {each.text}" for each in findings))
        self.status, self.findings = status, tuple(findings)


class CannotSay(Exception):  # noqa: N818 - what is so, not what went wrong
    """Whether the document is valid can't be said now, so it is not taken. ``again``: it may help to come again."""

    def __init__(self, why: str, *, again: bool = True) -> None:
        super().__init__(f"the e-invoice is not taken now: {why}")
        self.again = again
