"""The demo's key, and the seal of a year that was played on the cluster."""

from shared.journal.home import Home, writing
from shared.kernel.fund import Fund
from shared.kernel.stop import Stop
from shared.proof.keys import KeyFault, new_key, read_key
from shared.runtime.sealing import Seals


def key_of(home: Home, *, cluster: bool) -> str:
    """Make the key that seals the journals where there is none yet, and say so. Raises Stop for a key that is none."""
    try:
        made = not home.key.exists()
        signer = (new_key if made else read_key)(home.key)
    except KeyFault as error:
        raise Stop(str(error)) from None
    what = "The year is sealed at its end" if cluster else "Each day is sealed"
    return f"{what} by key {signer.keyid}, {'made for this demo' if made else 'found'}: {home.key}"


async def seal(home: Home, fund: Fund) -> None:
    """Seal a journal that was copied from the cluster."""
    with writing(home) as connection:
        seals = Seals(fund.fund_id, connection, read_key(home.key), home.proof)
        await seals.seal()
        await seals.close()
