"""How the desk speaks: every label, hint and refusal stands in ``words.toml``, Lithuanian first."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

Lang: TypeAlias = Literal["lt", "en"]


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    found: Mapping[str, Mapping[str, Mapping[str, str]]] = tomllib.loads(
        (files("shared.desk") / "words.toml").read_text(encoding="utf-8")
    )
    return found


def word(kind: str, name: str, lang: Lang) -> str:
    """What something is called; its name where it has no word."""
    known = _words()[kind].get(name)
    return known[lang] if known else name.replace("_", " ")


def hint(name: str, lang: Lang) -> str:
    """What to know of a field before it is filled in; empty where nothing is to be said."""
    known = _words()["hints"].get(name)
    return known[lang] if known else ""


def phrase(english: str, lang: Lang) -> str:
    """What a value must be, as the record says it in English, in the language of the reader."""
    if lang == "en":
        return english
    known = next((each for each in _words()["phrases"].values() if each["en"] == english), None)
    return known["lt"] if known else english


def roles(names: str, lang: Lang) -> str:
    """Roles, with commas between them."""
    return ", ".join(word("roles", name, lang) for name in names.split(",") if name) or "–"


def refusal(why: str, terms: Mapping[str, str], lang: Lang) -> str:
    """Why the desk does not do something, with every term."""
    said = {**terms}
    for name in ("role", "roles"):
        if name in said:
            said[name] = roles(said[name], lang)
    if "stage" in said:
        said["stage"] = word("stages", said["stage"], lang)
    return _words()["refusals"][why][lang].format_map(said)
