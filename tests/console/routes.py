"""An address of each kind of page that the console has, found by the links that lead to it."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx

from shared.console.app import Console
from shared.console.index.keeper import INDEX, Keeper
from shared.journal.home import Home
from tests.console.test_console_pages import LINK, PAGES
from tests.runtime.funds import FUND

LEAD_ON = {"/", "/budget", "/reserve", "/years", "/traces/{trace}"}
"""What shows nothing itself, and leads to another page."""


VISITED = 2
"""So many addresses of a kind, asked for the same, are looked through for links: others lead to no other kinds."""
SAME_LINKS = re.compile("[?&](as|lang|live|on)=")
"""The same page in another language, as a file, of another day: it leads to the same kinds, and is as dear."""


def kinds(home: Path) -> dict[str, re.Pattern[str]]:
    """Each kind of page as the console has it, and what its addresses look like."""
    place = Home(path=home)
    console = Console(place, FUND, Keeper(place, FUND, home / INDEX))
    paths = [path for path, _ in console._pages() if path not in LEAD_ON]
    return {path: re.compile(re.sub(r"{\w+(:\w+)?}", _part, path)) for path in paths}


def _part(found: re.Match[str]) -> str:
    return "[^?]+" if found[1] == ":path" else "[^/?]+"


def addresses(client: httpx.Client, home: Path) -> Iterator[str]:
    """The pages of ``PAGES``, and the first address of each kind that is not among them. Raises for a kind without one."""
    yield from PAGES
    known, visits = kinds(home), Counter[str]()
    missing = {kind: like for kind, like in known.items() if not any(map(like.fullmatch, map(_plain, PAGES)))}
    todo, seen = ["/work", *PAGES], set[str]()
    while missing and todo:
        path = todo.pop(0)
        like = next((kind for kind, like in known.items() if like.fullmatch(_plain(path))), "") + _asked(path)
        if path in seen or SAME_LINKS.search(path) or not like.startswith("/") or visits[like] == VISITED:
            continue
        seen.add(path)
        visits[like] += 1
        answer = client.get(path, headers={"Accept": "text/html"})
        if "html" not in answer.headers.get("content-type", ""):
            continue
        for kind in [kind for kind, like in missing.items() if like.fullmatch(_plain(path))]:
            del missing[kind]
            yield path
        todo += [html.unescape(each) for each in LINK.findall(answer.text) if "/static/" not in each]
    assert not missing, f"nothing leads to {sorted(missing)}"


def _plain(path: str) -> str:
    return path.partition("?")[0]


def _asked(path: str) -> str:
    """The names of what an address asks."""
    return re.sub("=[^&]*", "", path.partition("?")[2])
