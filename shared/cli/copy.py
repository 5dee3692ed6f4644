"""``psdf copy``: a copy of the cluster's journals to read."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.backup import store_of
from shared.cli.options import DatabaseOption, MongoOption, settings
from shared.journal.copy import copy_cluster
from shared.journal.home import Home
from shared.kernel.stop import Wrong


def copy(
    home: Annotated[Path, typer.Option("--home", help="the folder of the copy: an empty one, or an earlier copy")],
    mongo: MongoOption = None,
    database: DatabaseOption = None,
) -> None:
    """Copy the cluster's journals into a home, where every reading command finds them; again, what is new.

      PSDF_MONGO=mongodb://127.0.0.1:27017/ psdf copy --home fund-copy
      psdf why 300111224/A1 --home fund-copy
      psdf console --home fund-copy

    Each commit is checked against its chain. What came from outside is in Kafka and not in the copy.
    """
    given = settings(home=home, mongo=mongo)
    store = store_of(given)
    if store is None:
        raise Wrong("PSDF_MONGO says where the cluster's store is, or --mongo; neither is set")
    taken = asyncio.run(copy_cluster(Home(path=home), store.fund_id, store.mongo, database or store.database))
    typer.echo(f"{home}: {taken} commits copied from {database or store.database}")
