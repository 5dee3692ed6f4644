"""``psdf backup``, ``restore`` and ``restore-offsets``: a fund's copy, and back."""

from pathlib import Path
from typing import Annotated

import typer

from shared.cli.options import HomeOption, settings


def backup(
    target: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="a new file, or a folder", show_default=False),
    ],
    home: HomeOption = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="of a folder's back-ups only so many, the newest", show_default=False)
    ] = None,
) -> None:
    """Copy a fund into one file, while it works: journals, letters, whose they are, how far was heard.

      psdf backup fund.backup --home /srv/fund
      psdf backup /backup --keep 30                    of the cluster's store, where PSDF_MONGO says where that is

    The copy is of one moment, and has digests. Copy it off the machine: psdf restore puts it back, psdf verify proves
    it. What is on Kafka is not in it.
    """
    from shared.cli.backup import backup as back_up

    back_up(settings(home=home), target, keep, of_home=home is not None)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="what psdf backup wrote", show_default=False)],
    home: HomeOption = None,
) -> None:
    """Put a back-up into a home, or the cluster's database (PSDF_MONGO), that holds nothing yet.

      psdf restore fund.backup --home /srv/fund-again
      psdf restore /backup/psdf-2026-03-04T2330Z.backup
      psdf verify                                      afterwards: every chain and every balance
      psdf restore-offsets                             of the cluster, before any service is started

    Nothing is ever overwritten, and a damaged file is put nowhere.
    """
    from shared.cli.restore import restore as put_back

    put_back(settings(home=home), file, of_home=home is not None)


def restore_offsets(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]...", help="all, unless named", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be set")] = False,
) -> None:
    """Set the services' consumer groups back to what their journals have heard, so that what was lost comes again.

      psdf restore-offsets --dry-run
      psdf restore-offsets
      psdf restore-offsets payments

    A journal keeps how far it has heard each topic. Where a group is ahead of it (a journal was restored), the service
    does not start that partition until this is done, while all its processes are stopped. A group that is behind, or
    that does not exist, is left: what is known changes nothing when it comes again. Again is harmless.
    """
    from shared.cli.restore import Asked
    from shared.cli.restore import restore_offsets as set_back

    set_back(settings(), Asked(services=services or [], dry_run=dry_run))
