"""Letters as they were first written, in the store of the cluster."""

import asyncio
from collections.abc import Mapping
from typing import Any

from bson import Binary
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from shared.adapters.mongo.client import Client, named
from shared.effects.letter import Form, overrun_letter
from shared.effects.letters import NAME


class MongoLetters:
    """Letters by the number of their notice; a majority of the store has each before it is sent."""

    def __init__(self, client: Client, database: str, form: Form | None = None) -> None:
        self._form = form
        self._letters = client.get_database(database).get_collection(NAME, write_concern=WriteConcern("majority"))

    async def keep(self, notice: Mapping[str, Any], names: Mapping[str, str]) -> bytes:
        """The letter of a notice, with the names of its providers: written now, or as it was written the first time.

        Raises Unavailable where the store does not answer, ValueError for a notice of which none can be written.
        """
        with named(NAME):
            kept = await self._letters.find_one({"_id": notice["notice_no"]})
            if kept is None:
                letter = await asyncio.to_thread(overrun_letter, notice, names, self._form)
                try:
                    await self._letters.insert_one({"_id": notice["notice_no"], "pdf": Binary(letter)})
                except DuplicateKeyError:
                    return await self.keep(notice, names)
                return letter
        return bytes(kept["pdf"])
