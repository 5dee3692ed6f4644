"""Who works at the desk, as the settings say: by the file of people, and by the fund's identity provider."""

from shared.desk.home import people_of
from shared.desk.people import People
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.runtime.settings import Settings


def people_as_set(settings: Settings, home: Home, fund: Fund) -> People:
    """Who can sign in. Raises Wrong for a file of a provider that can't be used."""
    if settings.oidc is None:
        return people_of(home, settings.people)
    from shared.desk.issuer import read_issuer

    return people_of(home, settings.people, read_issuer(settings.oidc, fund))
