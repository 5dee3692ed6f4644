"""The tick on a parked message: its sender was told. Who ticked it and when stands in the desk's journal."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeAlias

from shared.console.pages.blocks import Page
from shared.console.pages.view import View
from shared.desk.desk import Desk
from shared.desk.events import SenderTold
from shared.desk.person import Person
from shared.engine.faults import Unavailable
from shared.kernel.calendar import VILNIUS

Told: TypeAlias = Mapping[str, tuple[SenderTold, datetime]]
"""By the ids of messages: who said it, and when."""


class Telling:
    """Of which parked messages the sender was told, as the desk says that ``opened`` opens, loaded."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Desk]]) -> None:
        self._opened = opened

    def told(self, view: View) -> Told | None:
        """All of them; None where the desk's journal can't be read now. Where nobody signs in, nobody ticks."""
        if view.person is None:
            return {}
        try:
            with self._opened() as desk:
                return dict(desk.state.told)
        except Unavailable:
            return None

    def tell(self, view: View, parts: dict[str, str], person: Person, sent: Mapping[str, str]) -> Page | str | None:
        """Tick it, or take that back; None for an unknown message. Raises NotDone."""
        parked = parts["parked"]
        if view.index.one("SELECT id FROM parked WHERE id = ?", [parked]) is None:
            return None
        if sent:
            is_told = sent.get("action") == "told"
            with self._opened() as desk:
                asyncio.run(desk.tell(person, parked, datetime.now(VILNIUS), is_told=is_told))
        return view.url(f"/parked/{parked}")
