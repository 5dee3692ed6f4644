"""A letter that could not be delivered is tried now, at somebody's word, which stays in the desk's journal."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime

from shared.console.operations import tried
from shared.console.pages.view import View
from shared.desk.desk import Desk
from shared.desk.matters import NotDone
from shared.desk.person import Person
from shared.journal.home import Home
from shared.kernel.calendar import VILNIUS


def try_now(
    home: Home,
    opened: Callable[[], AbstractContextManager[Desk]],
    hurry: Callable[[str], object],
    view: View,
    parts: Mapping[str, str],
    person: Person,
    sent: Mapping[str, str],
) -> str:
    """Have a notice's letter tried; gives the address of its page. Raises NotDone.

    ``opened`` opens the desk, ``hurry`` reaches who sends the letter, where that is not who reads the desk's journal.
    """
    notice_no = parts["no"]
    if sent:
        with opened() as desk:
            if not tried(home, notice_no, view.statuses):
                raise NotDone("not_on_its_way", notice=notice_no)
            asyncio.run(desk.hurry(person, notice_no, datetime.now(VILNIUS)))
        hurry(notice_no)
    return view.url(f"/notices/{notice_no}", on="")
