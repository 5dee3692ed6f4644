"""A fund's own words: the file of its language is checked whole, so that no paper meets a text that can't be said."""

from collections.abc import Iterable
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.kernel.language import LANGUAGES, LT, Language, ReasonWords
from shared.kernel.reason import REGISTER, TERMS
from shared.statute.tables import Table, Text, read


class _ReasonTable(Table):
    words: Text
    advice: Text
    label: str = ""


class _LanguageFile(Table):
    """A fund's own language; ``words`` has every key of the packaged ``languages/lt.toml``, with its terms or fewer."""

    code: str = Field(pattern=r"^[a-z]{2,3}$")
    currency: Text
    decimal: Literal[",", "."]
    day: Text
    percent: Text
    months: list[Text] = Field(min_length=12, max_length=12)
    words: dict[str, str]
    sentences: dict[str, Text]
    reasons: dict[str, _ReasonTable]
    terms: dict[str, Text]

    @model_validator(mode="after")
    def _can_be_said(self) -> Self:
        known = LANGUAGES[LT].words
        optional = {key for key in known if key.startswith("section.")}
        _must_be_all("words", self.words.keys(), known.keys(), optional)
        _must_be_all("reasons", self.reasons.keys(), REGISTER.keys())
        _must_be_all("terms", self.terms.keys(), TERMS.keys())
        for key, text in self.words.items():
            _must_be_terms(f"words, {key}", text, _terms_of(known[key]))
        for code, row in self.reasons.items():
            _must_be_terms(f"reasons, {code}", row.words, set(REGISTER[code].terms))
        return self


def _must_be_all(table: str, given: Iterable[str], known: Iterable[str], optional: Iterable[str] = ()) -> None:
    given, known = set(given), set(known)
    if missing := sorted(known - given - set(optional)):
        raise ValueError(f"{table}: give words to {', '.join(missing)}")
    if unknown := sorted(given - known):
        raise ValueError(f"{table}: nothing says {', '.join(unknown)}")


def _must_be_terms(where: str, text: str, known: set[str]) -> None:
    if unknown := sorted(_terms_of(text) - known):
        said = f"its terms are {', '.join(sorted(known))}" if known else "it has no terms"
        raise ValueError(f"{where}: {{{'}, {'.join(unknown)}}} is none of its terms; {said}")


def _terms_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def language_of(file: Traversable) -> Language:
    """A fund's own language. Raises StatuteError for a file that leaves something without words."""
    told = read(file, _LanguageFile)
    return Language(
        **told.model_dump(exclude={"reasons", "months"}),
        months=tuple(told.months),
        reasons={code: ReasonWords(**row.model_dump()) for code, row in told.reasons.items()},
    )
