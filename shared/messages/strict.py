"""What is asked of an event from outside beyond its model: there is one way only to read it.

An identifier looks like no other one, a text says what it shows, no key stands twice in an object, the subject is what
the data says, and the moment is of the years that the fund can write in Vilnius time. Of this nothing is asked of what
a service says, nor of what was taken earlier and is read again: every journal stays readable.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from math import isinf
from operator import attrgetter
from string import Formatter
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from shared.events.record import Record
from shared.kernel.written import IDENTIFIER, LATIN, UNSEEN, Written

FIRST_YEAR, LAST_YEAR = 2000, 2099
_IDENTIFIER = re.compile(IDENTIFIER)
_NOT_OF_IDENTIFIERS = re.compile(f"[^ -~{LATIN}]")
_TERM = Written("lines", needed=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a text: where it stands, the text, and why."""

    where: str
    text: str
    why: str


# -------------------------------------------------------------------------------------------------- where texts stand


@dataclass(frozen=True, slots=True)
class Texts:
    """Where the texts of a record stand: its own, those of its records and lists of records, and its terms.

    ``members`` is how many fields it always has, ``optional`` which it may have, with their defaults. Every text that
    may hold a colon is here: ``key_twice`` counts them.
    """

    members: int
    optional: tuple[tuple[str, object], ...]
    own: tuple[tuple[str, Written], ...]
    records: tuple[tuple[str, "Texts"], ...]
    lists: tuple[tuple[str, "Texts"], ...]
    terms: tuple[str, ...]
    each: tuple[Callable[[Any], str], ...] | None
    """How to get the texts of a record that always has them all and has nothing else: quick for long lists."""


@cache
def texts_of(model: type) -> Texts:
    """Find the texts of an envelope or a record by its annotations."""
    own, terms = [], []
    optional: list[tuple[str, object]] = []
    records: list[tuple[str, Texts]] = []
    lists: list[tuple[str, Texts]] = []
    members, always = 0, True
    for name, annotation, metadata, default in _fields(model):
        kind, many = _kind(annotation, metadata)
        members += default is MISSING
        if default is not MISSING:
            optional.append((name, default))
        if isinstance(kind, Written):
            own.append((name, kind))
            always = always and get_origin(annotation) is Annotated and get_args(annotation)[0] is str
        elif kind is dict:
            terms.append(name)
        elif isinstance(kind, type):
            (lists if many else records).append((name, texts_of(kind)))
    flat = always and not (optional or records or lists or terms)
    return Texts(
        members=members,
        optional=tuple(optional),
        own=tuple(own),
        records=tuple(records),
        lists=tuple(lists),
        terms=tuple(terms),
        each=tuple(attrgetter(name) for name, _ in own) if flat else None,
    )


def _fields(model: Any) -> Iterator[tuple[str, Any, Iterable[object], object]]:  # noqa: ANN401
    """Each field: its name, annotation, marks beside it, and its default, MISSING where it must be there."""
    if issubclass(model, BaseModel):
        for name, found in model.model_fields.items():
            yield name, found.annotation, found.metadata, MISSING if found.is_required() else found.default
        return
    hints = get_type_hints(model, include_extras=True)
    for field in fields(model):
        default = field.default if field.default_factory is MISSING else field.default_factory()
        yield field.name, hints[field.name], (), default


def _kind(annotation: Any, metadata: Iterable[object] = ()) -> tuple[Any, bool]:  # noqa: ANN401 - annotations are so
    """What a field holds: how its text is written, a model, dict for terms, or None; and whether many of it."""
    written = [each for each in metadata if isinstance(each, Written)]
    if written:
        return written[-1], False
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(args[0], args[1:])
    if origin in (Union, UnionType):
        return next((found for arg in args if (found := _kind(arg))[0]), (None, False))
    if origin is tuple:
        return _kind(args[0])[0], True
    if origin is dict:
        return dict, False
    return (annotation if isinstance(annotation, type) and is_dataclass(annotation) else None), False


def gather(record: Any, texts: Texts, found: list[str]) -> int:  # noqa: ANN401 - an envelope or a record
    """Add all texts of a record; how many members it and all in it have at least: a default may have been written."""
    members = texts.members
    for name, default in texts.optional:
        members += getattr(record, name) != default
    for name, _ in texts.own:
        if (text := getattr(record, name)) is not None:
            found.append(text)
    for name, inner in texts.records:
        if (part := getattr(record, name)) is not None:
            members += gather(part, inner, found)
    for name, inner in texts.lists:
        entries = getattr(record, name)
        if inner.each is None:
            members += sum(gather(entry, inner, found) for entry in entries)
            continue
        members += inner.members * len(entries)
        for text_of in inner.each:
            found.extend(map(text_of, entries))
    for name in texts.terms:
        members += _gather_terms(getattr(record, name), found)
    return members


def _gather_terms(term: object, found: list[str]) -> int:
    match term:
        case str():
            found.append(term)
        case list():
            return sum(_gather_terms(entry, found) for entry in term)
        case dict():
            return len(term) + sum(_gather_terms(value, found) for value in term.values())
    return 0


def _placed(record: Any, texts: Texts, where: str = "") -> Iterator[tuple[str, str, Written]]:  # noqa: ANN401
    """Each text of a record with its path, in the order of its fields' kinds."""
    for name, written in texts.own:
        if (text := getattr(record, name)) is not None:
            yield where + name, text, written
    for name, inner in texts.records:
        if (part := getattr(record, name)) is not None:
            yield from _placed(part, inner, f"{where}{name}.")
    for name, inner in texts.lists:
        for number, entry in enumerate(getattr(record, name)):
            yield from _placed(entry, inner, f"{where}{name}.{number}.")
    for name in texts.terms:
        yield from _placed_terms(getattr(record, name), where + name)


def _placed_terms(term: object, where: str) -> Iterator[tuple[str, str, Written]]:
    match term:
        case str():
            yield where, term, _TERM
        case list():
            for number, entry in enumerate(term):
                yield from _placed_terms(entry, f"{where}.{number}")
        case dict():
            for name, value in term.items():
                yield from _placed_terms(value, f"{where}.{name}")


# ------------------------------------------------------------------------------------------------------------ the texts


def wrong_texts(read: BaseModel, found: list[str]) -> Iterator[Fault]:
    """Each text that is not written as it must be; ``found`` are all of them, as ``gather`` gives them."""
    if not _plain(found):
        for where, text, written in _placed(read, texts_of(type(read))):
            if why := _why(text, written):
                yield Fault(where, text, why)


def _plain(found: list[str]) -> bool:
    """Whether all are such as any field may hold: nothing is to be looked for, one by one."""
    lines = "\n".join(["", *found, ""])
    one_line_each = all(found) and lines.count("\n") == len(found) + 1 and "\t" not in lines and "\r" not in lines
    if one_line_each and lines.isascii() and not any(blank in lines for blank in ("\n ", " \n", "  ")):
        return True
    return all(map(_IDENTIFIER.fullmatch, set(found)))


def _why(text: str, written: Written) -> str | None:
    """What is wrong with a text; None where it is written as it must be."""
    if written.how == "as_it_was" or _IDENTIFIER.fullmatch(text):
        return None
    if written.how == "identifier":
        return _no_identifier(text)
    if hidden := UNSEEN.search(text):
        return f"has {_named(hidden.group())}, which can't be seen or turns the direction of the text"
    if not text.strip():
        return "is blank, and so not given" if written.needed else None
    if text != text.strip():
        return "begins or ends with a blank"
    return None if unicodedata.is_normalized("NFC", text) else "is not in NFC: send each letter as one character"


def _no_identifier(text: str) -> str:
    if not text.strip():
        return "is blank, and so not given"
    if other := _NOT_OF_IDENTIFIERS.search(text):
        return (
            f"has {_named(other.group())}: an identifier is of ASCII characters and Latin letters, each one character"
        )
    return "begins or ends with a blank, or has two in a row"


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


# ------------------------------------------------------------------------------------------------- keys and the subject


def key_twice(raw: bytes, colons_of_time: int, members: int, found: list[str]) -> str | None:
    r"""Find a key that stands twice in one object, at any depth; None where each stands once.

    A colon follows each key, and all others stand in texts that are known: where a message has as many as its members
    and texts have at least, no key was dropped. That is counted in a microsecond. Where a text may hide a colon as
    ``\u003a``, where a default is written or the envelope has attributes of others, every object is looked at.
    Raises ValueError, which says it, for a number in these that no reader can hold: kept, it would stop a later one.
    """
    if b"\\u" not in raw:
        in_texts = "\n".join(found).count(":") + colons_of_time
        if raw.count(b":") - in_texts == members:
            return None
    try:
        json.loads(raw, object_pairs_hook=_each_once, parse_int=str, parse_float=_held)
    except _TwiceError as twice:
        return twice.key
    return None


def _held(number: str) -> None:
    if isinf(float(number)):
        raise ValueError("an attribute has a number that is too large for a reader of JSON")


class _TwiceError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _each_once(pairs: list[tuple[str, object]]) -> None:
    """Raise _TwiceError for a key that stands twice, also in capitals: some readers see no difference."""
    seen: set[str] = set()
    for key, _ in pairs:
        if (small := key.lower()) in seen:
            raise _TwiceError(key)
        seen.add(small)


@cache
def _subject(template: str) -> Callable[[Record], str]:
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    if template == f"{{{names[0]}}}":
        only = attrgetter(names[0])
        return lambda data: str(only(data))
    return lambda data: template.format_map({name: getattr(data, name) for name in names})


def other_subject(subject: str | None, data: Record) -> str | None:
    """What the subject should be, where it is given and is another one."""
    if subject is None or subject == (due := _subject(data.subject)(data)):
        return None
    return due
