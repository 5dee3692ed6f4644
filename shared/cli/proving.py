"""``psdf verify`` and ``psdf proof``, as the command line takes them."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from shared.cli.options import HomeOption, settings

KeyOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--key", help="the file of the private key, if not that beside the home", show_default=False),
]
MongoOption: TypeAlias = Annotated[
    str | None, typer.Option(help="the cluster's store, mongodb://... (PSDF_MONGO)", show_default=False)
]


def verify(
    home: HomeOption = None,
    mongo: Annotated[
        str | None, typer.Option(help="the cluster's store, mongodb://... (PSDF_MONGO)", show_default=False)
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="its database, if not that of PSDF_FUND or PSDF_PREFIX", show_default=False)
    ] = None,
    seal: Annotated[
        list[Path] | None,
        typer.Option(help="a seal that was kept elsewhere, or a folder of them", show_default=False),
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="the public key that must have signed the seals", show_default=False)
    ] = None,
) -> None:
    """Prove the journals offline: chains, folds, balances, each against the others and against every seal.

    It is the fund's folder that is read, or the cluster's store where PSDF_MONGO says where that is. Exit code 1 names
    what is wrong. A seal that somebody else has kept shows a past that was rewritten in all journals alike.

    psdf verify
    psdf verify --home /srv/fund-copy --seal seal-000041-2022-02-10.json
    psdf verify --mongo mongodb://127.0.0.1:27017/
    """
    from shared.cli.backup import store_of
    from shared.cli.verify import show_verify

    given = settings(home=home, mongo=mongo)
    store = None if home else store_of(given)
    show_verify(given, (database or store.database) if store else None, seal or [], key or [])


proof = typer.Typer(no_args_is_help=True)


@proof.callback()
def about_proof() -> None:
    """Seal the journals, and prove an invoice to somebody who trusts nobody.

    psdf proof key new                              once: the fund's key, beside its home
    psdf proof seal                                 the running fund does it at each day's end
    psdf proof countersign SEAL --key FILE --name WHO
    psdf proof invoice 300111224/A1 --out proof.json
    psdf proof check proof.json --key PUBLIC
    """


@proof.command("key")
def proof_key(
    what: Annotated[Literal["new", "show"], typer.Argument(help="make a key, or show the public one")],
    home: HomeOption = None,
    key: KeyOption = None,
) -> None:
    """Make the key that signs (Ed25519, readable by its owner alone), or show its public one and its name.

    psdf proof key new
    psdf proof key show
    psdf proof key new --key ministry.key           a key of somebody else's, to countersign
    """
    from shared.cli.proof import make_key, show_key

    (make_key if what == "new" else show_key)(settings(home=home), key)


@proof.command("seal")
def proof_seal(
    home: HomeOption = None,
    mongo: MongoOption = None,
    key: KeyOption = None,
    out: Annotated[
        Path | None, typer.Option(help="the folder of the seals, if not proof/ of the home", show_default=False)
    ] = None,
) -> None:
    """Seal all that was decided so far: one signed root over the ends of all streams, chained to the last seal.

    psdf proof seal
    psdf proof seal --mongo mongodb://127.0.0.1:27017/ --key /run/secrets/proof.key --out /seals

    It is kept beside the journals, published as a file, and on the cluster as the event proof.sealed (PSDF_KAFKA).
    Give the file to somebody else: whoever holds it sees if the past is rewritten. The fund may run meanwhile.
    """
    from shared.cli.proof import seal

    seal(settings(home=home, mongo=mongo), key, out, of_home=home is not None)


@proof.command("countersign")
def proof_countersign(
    seal: Annotated[Path, typer.Argument(help="the file of a seal", show_default=False)],
    key: Annotated[Path, typer.Option(help="the file of your private key", show_default=False)],
    name: Annotated[str, typer.Option(help="who you are, as it shall stand there", show_default=False)],
) -> None:
    """Sign a seal as one who has seen it: the ministry, an auditor. The signature is added to its file.

    psdf proof countersign seal-000041-2022-02-10.json --key ministry.key --name "Ministry of Health"
    """
    from shared.cli.proof import countersign

    countersign(seal, key, name)


@proof.command("invoice")
def proof_invoice(
    invoice_id: Annotated[str, typer.Argument(help="{provider_code}/{number}", show_default=False)],
    out: Annotated[Path, typer.Option(help="the file of the proof")] = Path("proof.json"),
    under: Annotated[
        int | None, typer.Option(help="the number of the seal, if not the last one", show_default=False)
    ] = None,
    home: HomeOption = None,
    mongo: MongoOption = None,
    key: KeyOption = None,
) -> None:
    """Write the proof of an invoice: its events as they are stored, and their paths to the root of a seal.

    psdf proof invoice 300111224/A1 --out proof.json
    psdf proof invoice 300111224/A1 --under 41 --out proof.json

    Under the seal that somebody already holds it convinces them. Countersignatures come from proof/ of the home.
    """
    from shared.cli.proof import prove

    prove(settings(home=home, mongo=mongo), invoice_id, out, under, key, of_home=home is not None)


@proof.command("check")
def proof_check(
    file: Annotated[Path, typer.Argument(help="a proof, or a seal", show_default=False)],
    key: Annotated[str, typer.Option(help="the fund's public key (psdf proof key show)", show_default=False)],
    countersigned: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PUBLIC", help="who must have signed it too", show_default=False)
    ] = None,
    letter: Annotated[
        list[Path] | None, typer.Option(help="a letter to the ministry that must be the one", show_default=False)
    ] = None,
    lang: Annotated[str, typer.Option(help="en or lt")] = "en",
) -> None:
    """Check a proof or a seal, without store, home or network; exit code 1 says what does not hold.

    psdf proof check proof.json --key G1Hc...=
    psdf proof check proof.json --key G1Hc...= --countersigned "Ministry of Health=y5Bq...="
    psdf proof check proof.json --key G1Hc...= --letter 2022-04-4.pdf
    """
    from shared.cli.proof import check

    check(file, key, countersigned or [], letter or [], lang)
