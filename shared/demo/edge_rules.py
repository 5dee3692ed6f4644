"""The official rules of e-invoices in the edge's demo: where they are on the machine they judge, else that is said."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.edge.einvoice.artefacts import RELEASE, Kind, NotHere, artefacts, need_engine
from shared.edge.einvoice.checker import Checker
from shared.kernel.stop import Stop

UNHURRIED_S = 60.0
"""How long the demo lets a check take, in seconds: the machine may be busy."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules, or why they are not here."""

    checker: Checker | None
    said: str

    @classmethod
    @contextmanager
    def here(cls) -> Iterator["Rules"]:
        """The rules of this machine, for as long as a block runs."""
        try:
            need_engine()
            found = artefacts(lambda _: None)
        except NotHere as missing:
            yield cls(None, f"The official rules of e-invoices do not judge here: {missing}.")
            return
        checker = Checker(found, wall_s=UNHURRIED_S)
        try:
            yield cls(checker, f"E-invoices are judged by the official rules (Peppol {RELEASE}).")
        finally:
            checker.close()

    @property
    def are_here(self) -> bool:
        """Whether they judge."""
        return self.checker is not None

    async def judge(self, content: bytes, kind: Kind) -> str:
        """By which rules a document is valid. Raises Stop where it is not."""
        if self.checker is None:
            return "not judged by the official rules"
        findings = await asyncio.to_thread(self.checker.check, content.decode(), kind)
        if fatal := [each for each in findings if each.fatal]:
            raise Stop(f"{kind} breaks {fatal[0].rule}: {fatal[0].text}")
        return "valid by the official rules"
