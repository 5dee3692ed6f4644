"""Who the fund is: what differs between two funds that run the same code (configuration, never constants)."""

from shared.kernel.calendar import Calendar
from shared.kernel.statute import Statute
from shared.kernel.value import value


@value
class Payer:
    """A fund that concludes contracts and pays: its code, names for people, its legal code if it has its own."""

    code: str
    name_lt: str
    name_en: str
    legal_code: str | None = None


@value
class Fund:
    """A legal fund: its payers, calendars, statute.

    ``legal_code`` is that of the legal person that administers it: also of its payers, but for those with their own.
    ``state_payer`` is the one payer that answers for whole articles (the VLK); every other payer is territorial.
    ``sodra_review`` is ``clerk`` where a clerk looks at Sodra's statements first, else ``automatic``.
    """

    fund_id: str
    name_lt: str
    name_en: str
    state_payer: str
    payers: tuple[Payer, ...]
    calendar: Calendar
    statute: Statute
    sodra_review: str = "automatic"
    legal_code: str = ""
