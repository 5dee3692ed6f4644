"""How a text is written that comes from outside: as an identifier, which looks like no other one, or as free text.

What was taken before this was asked is read without it: the fields keep the wider patterns, ``messages.strict`` asks
for these, and the exported schemas show them.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

LATIN = "À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ-įĴ-ķĹ-ľŁ-ňŊ-ŝŠ-šŤ-žȘ-ț"
"""Letters of identifiers beside ASCII's: those of Europe's languages, without those that look like another one."""
IDENTIFIER = f"[!-~{LATIN}]+( [!-~{LATIN}]+)*"
"""ASCII and Latin letters, for each of which there is one way to write it; one blank at most between two of them."""
HIDDEN = (
    "\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\u2800\\u3164\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffe\\uffff"
)
"""What nobody sees, or what turns the direction of a text; for the inside of a pattern's brackets."""
UNSEEN = re.compile(f"[{HIDDEN}\U000e0000-\U0010ffff]")
"""One of these, or of the planes of tags and of private use."""
SEEN = f"[^\\x00-\\x1f\\x7f-\\x9f{HIDDEN}]"
SEEN_ON_LINES = f"^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f{HIDDEN}]*$"
FREE_TEXT = "NFC; no character that can't be seen or turns the direction; no blank at either end"


@dataclass(frozen=True, slots=True)
class Written:
    """How a field's text is written, and the pattern of it in the exported schema.

    ``how`` is ``identifier``, ``line`` or ``lines`` (free text), or ``as_it_was`` for what is compared with something
    else as it stands. ``needed``: a blank one is not given.
    """

    how: Literal["identifier", "line", "lines", "as_it_was"]
    pattern: str | None = None
    needed: bool = False

    def __get_pydantic_json_schema__(self, schema: dict[str, Any], handler: Any) -> dict[str, Any]:  # noqa: ANN401
        """Give the pattern of what comes in now, and say of free text what no pattern can."""
        said: dict[str, Any] = handler(schema)
        if self.pattern:
            said["pattern"] = self.pattern
        if self.how in ("line", "lines"):
            said["description"] = FREE_TEXT + ("; not blank" if self.needed else "")
        return said
