"""Both ways between a trace and its page: where a trace is shown, and where the console shows what it is of."""

from urllib.parse import quote

from shared.kernel.value import value
from shared.telemetry.context import INVOICE, NOTICE, Subject
from shared.telemetry.share import Share

CONSOLE = "psdf.console"
"""What a span says of the console: the address of the page of its invoice or notice."""
PATHS = {INVOICE: "/invoices/", NOTICE: "/notices/"}
"""Under which path of the console the page of each kind lies."""
TRACE = "{trace}"
"""What stands in an address of a viewer for the id of a trace."""


def page_of(subject: Subject) -> str | None:
    """The path of the page of an invoice or a notice; None for what has no page."""
    path = PATHS.get(subject.kind)
    return path + quote(subject.id, safe="/") if path else None


def said_of(subject: Subject | None, console_url: str | None) -> dict[str, str]:
    """The attribute of a span that leads to the page of what it is about; none where one of both is not known."""
    page = page_of(subject) if subject and console_url else None
    return {CONSOLE: f"{console_url}{page}"} if page else {}


@value
class Viewer:
    """Where traces are shown: ``url`` has ``{trace}`` for the id of one, ``share`` says which invoices have one."""

    url: str
    share: Share

    def address(self, trace: str) -> str:
        """Where a trace is shown, by its id."""
        return self.url.replace(TRACE, trace)

    def knows(self, subject: Subject) -> bool:
        """Whether what happens to it is recorded: of invoices a share, of notices all."""
        return subject.kind == NOTICE or self.share.has(subject.id)
