"""``psdf schema``: the public contract as files."""

from shared.cli.screen import screen
from shared.kernel.stop import Stop


def schema(*, write: bool) -> None:
    """Write the files, or name those that no longer agree with the code. Raises Stop where some do not."""
    from services.all import RECEIVES
    from shared.messages import export

    if write:
        changed = export.write(RECEIVES)
        screen().print(f"{len(changed)} files of {export.FOLDER} changed {' '.join(changed)}", markup=False)
    elif changed := export.check(RECEIVES):
        raise Stop(f"{len(changed)} exported files differ from the code, psdf schema --write: {' '.join(changed)}")
    else:
        screen().print(f"{export.FOLDER} agrees with the code", markup=False)
