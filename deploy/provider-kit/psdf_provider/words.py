"""Why, and what to do: the register of reasons, as sentences in Lithuanian and English."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Lang = Literal["lt", "en"]
_CURRENCY = {"lt": "Eur", "en": "EUR"}


@cache
def register() -> Mapping[str, Any]:
    """Every reason by its code: what it means, what to do, and whether the same number may be sent again."""
    found: dict[str, Any] = json.loads((files("psdf_provider") / "reasons.json").read_text(encoding="utf-8"))
    return found


def why(code: str, terms: Mapping[str, Any], lang: Lang) -> str:
    """A reason in a sentence, with its numbers."""
    if code not in register():  # a clerk's own
        return str(terms.get("text", code))
    said = {name: _value(name, value, lang) for name, value in terms.items()}
    return str(register()[code]["means"][lang].format_map(_Said(said))).rstrip(".")


def advice(code: str, lang: Lang) -> str:
    """What to do about a reason; empty for a clerk's own, which says it itself."""
    row = register().get(code)
    return str(row["do"][lang]) if row else ""


def may_be_sent_again(code: str) -> bool:
    """Whether an invoice with this fault may be mended and sent again under the same number."""
    row = register().get(code)
    return row is None or bool(row["send_again"])


def euro(cents: int, lang: Lang) -> str:
    """Cents as a person reads them."""
    whole = f"{abs(cents) // 100:,}".replace(",", " ")
    return f"{'-' if cents < 0 else ''}{whole}{',' if lang == 'lt' else '.'}{abs(cents) % 100:02d} {_CURRENCY[lang]}"


def _value(name: str, value: object, lang: Lang) -> str:
    if name.endswith("_cents") and isinstance(value, int):
        return euro(value, lang)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


class _Said(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "–"
