"""``psdf schema``: the public contract as files, also those that the provider kit has of it."""

from typing import Annotated

import typer

from services.all import RECEIVES
from shared.cli.screen import screen
from shared.edge import kit
from shared.kernel.stop import Stop
from shared.messages import export


def schema(
    write: Annotated[
        bool, typer.Option("--write/--check", help="write the files, or compare them with the code")
    ] = False,
) -> None:
    """Check (or write) the exported contract: JSON Schema, AsyncAPI and its page.

    psdf schema --check
    psdf schema --write
    """
    of_kit = kit.differing()
    if write:
        for name, text in of_kit.items():
            (kit.FOLDER / name).write_text(text, encoding="utf-8")
        changed = [*export.write(RECEIVES), *of_kit]
        screen().print(f"{len(changed)} files of {export.FOLDER} changed {' '.join(changed)}", markup=False)
    elif changed := [*export.check(RECEIVES), *of_kit]:
        raise Stop(f"{len(changed)} exported files differ from the code, psdf schema --write: {' '.join(changed)}")
    else:
        screen().print(f"{export.FOLDER} agrees with the code, and so does the provider kit", markup=False)
