"""Who the fund is: what differs between two funds that run the same code (configuration, never constants)."""

from datetime import date
from typing import Literal

from shared.kernel.calendar import Calendar
from shared.kernel.interest import InterestRate
from shared.kernel.language import EN, LT
from shared.kernel.statute import Statute
from shared.kernel.value import value


@value
class Payer:
    """A fund that concludes contracts and pays: its code, its names for people, its legal code if it has its own.

    ``name_lt`` and ``office_lt`` are in the fund's own language, whichever that is.
    Who signs its papers: the office, and the name; a name that is not given is left as a line on the paper.
    """

    code: str
    name_lt: str
    name_en: str
    legal_code: str | None = None
    office_lt: str = "Direktorius"
    signed_by: str = ""


@value
class Sender:
    """What stands on a letter beside its text: where the fund is, and who prepared it; empty where not given."""

    address_lt: str = ""
    prepared_by: str = ""
    contacts: str = ""


@value
class HandedIn:
    """What an order of a director asks to be handed in: what, by whom, to whom, and by when after a period's end.

    ``month`` counts the months after the period (1: the next one), ``day`` is the day of that month, and a day that is
    no working day ends on the next one.
    """

    what_lt: str
    what_en: str
    by: Literal["state", "territorial", "all"]
    to_lt: str
    period: Literal["quarter", "year"]
    month: int
    day: int
    order_lt: str
    from_day: date = date.min


@value
class Fund:
    """A legal fund: its payers, calendars, statute.

    ``legal_code`` is that of the legal person that administers it: also of its payers, but for those with their own.
    ``state_payer`` is the one payer that answers for whole articles (the VLK); every other payer is territorial.
    ``sodra_review`` is ``clerk`` where a clerk looks at Sodra's statements first, else ``automatic``. ``interest`` are
    the rates of late payment (HIL 27(2)), and ``handed_in`` what directors' orders ask for (points 24, 26): none where
    the fund's file names none. ``languages`` are the tags of its own language and of its English, ``currency`` the
    code of its money, and ``country`` its own. ``letter`` is the template of its letters of point 18, None for the
    packaged one.
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
    sender: Sender = Sender()
    interest: tuple[InterestRate, ...] = ()
    handed_in: tuple[HandedIn, ...] = ()
    languages: tuple[str, str] = (LT, EN)
    currency: str = "EUR"
    country: str = "LT"
    letter: bytes | None = None

    def lang(self, code: str) -> str | None:
        """The tag of one of its languages by its code (``lt``, ``en``); None for one that it does not speak."""
        return next((tag for tag in self.languages if tag.partition("@")[0] == code), None)

    def payer(self, code: str) -> Payer | None:
        """The payer of a code; None for one that the fund does not have."""
        return next((payer for payer in self.payers if payer.code == code), None)
