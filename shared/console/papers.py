"""What a page leads to and is no page: the letter of a notice, the file of a seal, a year's closing word for word."""

import asyncio
import sqlite3
from datetime import date
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.adapters.sqlite.store import SqliteStore
from shared.console.index.ask import asking
from shared.console.index.keeper import Keeper
from shared.console.pages.budget import known_years
from shared.console.pages.view import View
from shared.effects.letter_to_carry import letter_to_carry
from shared.engine.faults import Broken, Unavailable
from shared.journal.home import Home, reading
from shared.journal.services import SERVICES
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop
from shared.reports.close import Close, close_year, fold_states

KEPT = 8
"""So many closings are kept besides the last, of the journal as it stood."""


class Papers:
    """The files of one home. Each gives None where there is nothing."""

    def __init__(self, home: Home, fund: Fund, keeper: Keeper) -> None:
        """Take the home, and who knows how far its journal is read."""
        self._home, self._fund, self._keeper = home, fund, keeper
        self._closes: dict[tuple[int, date, int], Close] = {}

    async def letter(self, request: Request) -> Response | None:
        """The letter of a notice, to be read or carried."""
        no = str(request.path_params["no"])
        try:
            raw = await asyncio.to_thread(letter_to_carry, self._home, self._fund, no)
        except (sqlite3.Error, OSError, Stop) as error:
            return PlainTextResponse(f"{error}\n", 503)
        if raw is None:
            return None
        headers = {"Content-Disposition": f'inline; filename="{Path(no).name}.pdf"'}
        return Response(raw, media_type="application/pdf", headers=headers)

    async def seal(self, request: Request) -> Response | None:
        """The file of a seal, for somebody else to keep."""
        number = str(request.path_params["number"])
        found = sorted(self._home.proof.glob(f"seal-{number:0>6}-*.json")) if number.isdecimal() else []
        if not found:
            return None
        raw, name = await asyncio.to_thread(found[0].read_bytes), found[0].name
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(raw, media_type="application/json", headers=headers)

    async def closing(self, request: Request) -> Response | None:
        """A closing as ``psdf close --out`` writes it: what is open; where nothing is, every chain's last hash."""
        year, on = str(request.path_params["year"]), request.query_params.get("on", "")
        try:
            return await asyncio.to_thread(self._closing, year, date.fromisoformat(on) if on else None)
        except ValueError:
            return None
        except (sqlite3.Error, Stop, Broken, Unavailable) as error:
            return PlainTextResponse(f"{error}\n", 503)

    def _closing(self, year: str, on: date | None) -> Response | None:
        with asking(self._keeper.path, on) as index:
            view = View(index, self._fund, self._fund.languages[0], {})
            days, years = index.days(), known_years(view)
        if not days or not days[0] <= view.today <= days[1] or year not in map(str, years):
            return None
        raw = self.close_of(int(year), view.today).json()
        headers = {"Content-Disposition": f'attachment; filename="closing-{year}-{view.today}.json"'}
        return Response(raw, media_type="application/json", headers=headers)

    def close_of(self, year: int, cut_off: date) -> Close:
        """What is open of a year at the end of a day; kept while the journal stands. Raises HomeError, Broken."""
        key = (year, cut_off, self._keeper.read)
        if key not in self._closes:
            with reading(self._home) as connection:
                stores = {service.name: SqliteStore(connection, service.name) for service in SERVICES}
                found = asyncio.run(_close(stores, self._fund, cut_off, year))
            self._closes = {**dict(list(self._closes.items())[-KEPT:]), key: found}
        return self._closes[key]


async def _close(stores: dict[str, SqliteStore], fund: Fund, cut_off: date, year: int) -> Close:
    return close_year(await fold_states(stores, cut_off), fund, year)
