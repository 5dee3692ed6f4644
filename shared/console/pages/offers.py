"""What can be said about what a page shows: links to the desk, for who is signed in with a role that may."""

from collections.abc import Iterator

from shared.console.pages.blocks import Block, Link, Text
from shared.console.pages.view import View
from shared.desk.acts import ACTS
from shared.desk.words import word


def offers(view: View, *names: str, **begun: str) -> Iterator[Block]:
    """The acts of these names that the person may draft, with what is known filled in already."""
    role = view.person.role if view.person else None
    links = tuple(offer(view, name, **begun) for name in names if role in ACTS[name].drafts)
    if links and view.index.on is None:
        yield Text(title=view.t("Ką galite padaryti", "What you can do"), text="", links=links)


def offer(view: View, name: str, **begun: str) -> Link:
    """A link to the form of an act."""
    return view.link(word("acts", name, view.base), f"/desk/new/{name}", **begun)
