"""What can be said about what a page shows: links to the desk, for who may say it, by role and by payer."""

from collections.abc import Iterator

from shared.console.pages.blocks import Block, Link, Text
from shared.console.pages.view import View
from shared.desk.acts import ACTS, has_voice
from shared.desk.words import word


def offers(view: View, *names: str, of: str | None = None, **begun: str) -> Iterator[Block]:
    """The acts of these names that the person may draft, with what is known filled in already.

    ``of`` is the payer whose matter it is; None where it is nobody's yet.
    """
    links = tuple(offer(view, name, **begun) for name in names if _is_open(view, name, of))
    if links and view.index.on is None:
        yield Text(title=view.t("Ką galite padaryti", "What you can do"), text="", links=links)


def _is_open(view: View, name: str, of: str | None) -> bool:
    """Whether an act is for the person by its role, and the person may speak for that payer."""
    act, person = ACTS[name], view.person
    return person is not None and person.role in act.drafts and has_voice(person, act, view.fund, of)


def next_edition(view: View, year: int, edition: int) -> Iterator[Link]:
    """A link to the form of the year's next budget that begins with the lines of an edition, for who may draft it."""
    if _is_open(view, "budget", None) and view.index.on is None:
        words = view.t(f"Pradėti nuo {edition}-os redakcijos", f"Begin with edition {edition}")
        yield view.link(words, "/desk/new/budget", like=f"{year}-{edition}")


def offer(view: View, name: str, **begun: str) -> Link:
    """A link to the form of an act."""
    return view.link(word("acts", name, view.base), f"/desk/new/{name}", **begun)
