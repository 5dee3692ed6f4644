"""Who stands behind what was said at the desk, for an invoice's story: two persons, out of the desk's own journal."""

import asyncio
from collections.abc import Mapping

from shared.desk.home import JOURNAL, open_desk
from shared.desk.letters import said_at
from shared.events.payments import OverrunNotified
from shared.explain.sentences import Lang
from shared.explain.why import Story
from shared.journal.home import Home
from shared.kernel.fund import Fund
from shared.kernel.language import LANGUAGES


def said_by(home: Home, fund: Fund, story: Story, lang: Lang) -> Mapping[str, str]:
    """A sentence by an event's id: who recorded a letter's delivery, and who confirmed it. Raises HomeError.

    The desk of a cluster lies in its store, not in a copy of the journals: then nothing is said.
    """
    steps = [step for step in story.steps if step.type == OverrunNotified.type and step.data.get("how")]
    found: dict[str, str] = {}
    if steps and (home.desk / JOURNAL).is_file():
        with open_desk(home, fund) as desk:
            asyncio.run(desk.load())
            for step in steps:
                if matter := said_at(desk, step.cause):
                    words = LANGUAGES[lang].words["why.desk"]
                    found[step.event_id] = words.format(by=matter.by, approved_by=matter.decided_by, matter=matter.id)
    return found
